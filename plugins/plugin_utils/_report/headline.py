# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The state of a fleet in a sentence, and the sentences below it. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ...module_utils._core.counted import counted, verb
from ...module_utils._diagnosis.outcomes import GOOD_OUTCOMES, ROLLED_BACK
from .ends import is_cured
from .times import words_of
from .verdicts import GROUPS

Data = dict[str, t.Any]
Rows = Sequence[Mapping[str, t.Any]]


def headline(hosts: Rows, treated: Rows) -> Data:
    """What the fleet is like.

    :param hosts: of ``hosts.py``.
    :param treated: of ``cures.py``.
    :returns: ``text``, and ``details``, more sentences.
    """
    numbers: dict[str, int] = {group: sum(row["group"] == group for row in hosts) for group in GROUPS}
    return {"text": _text(hosts, numbers), "details": [*_rest(numbers), *_done(treated)]}


def _text(hosts: Rows, numbers: Mapping[str, int]) -> str:
    total, judged = len(hosts), len(hosts) - numbers["silent"]
    if not total:
        return "The report has no host."
    if not judged:
        return f"{_all(total)} gave no usable answer: the state of the fleet is not known."
    if numbers["stuck"]:
        stuck = numbers["stuck"]
        return f"{stuck:,} of {counted(total, 'instance')} {verb(stuck)} stuck{_longest(hosts)}."
    if numbers["person"]:
        people = numbers["person"]
        return f"No instance is stuck; {people:,} of {total:,} {verb(people, 'needs', 'need')} a person."
    if numbers["silent"]:
        return f"No instance is stuck; {numbers['silent']:,} of {total:,} gave no usable answer."
    watched = numbers["healthy"] + numbers["waiting"]
    if not watched:
        return "No instance has a mid-sourcing cursor that this operator can see."
    if numbers["waiting"]:
        return f"No instance is stuck; {counted(numbers['waiting'], 'instance')} {verb(numbers['waiting'])} in a run."
    return f"{_all(watched)} with mid-sourcing {verb(watched)} healthy."


def _all(number: int) -> str:
    return "The one instance" if number == 1 else f"All {counted(number, 'instance')}"


def _longest(hosts: Rows) -> str:
    """Since when the one that is stuck for longest has fetched nothing."""
    cursors = [one for row in hosts if row["group"] == "stuck" for one in row["cursors"] if one["verdict"] == "stuck"]
    ages = [(one["age_seconds"], one["value"]) for one in cursors if one["age_seconds"] is not None]
    if not ages:
        return ""
    age, value = max(ages)
    return f": no delivery counters for {words_of(age)} at worst, since {value[:10]}"


# Complex: a flat list of sentences, each with its condition.
def _rest(numbers: Mapping[str, int]) -> list[str]:
    """What the first sentence leaves out."""
    people, silent, healthy, unused = (numbers[name] for name in ("person", "silent", "healthy", "unused"))
    found = []
    if people and numbers["stuck"]:
        found.append(f"{counted(people, 'more instance')} {verb(people, 'needs', 'need')} a person.")
    if silent and (numbers["stuck"] or people):
        found.append(f"{silent:,} gave no usable answer.")
    if healthy and (numbers["stuck"] or people or silent):
        found.append(f"{healthy:,} {verb(healthy)} healthy.")
    if unused:
        found.append(f"{unused:,} {verb(unused, 'has', 'have')} nothing to watch.")
    return found


def _done(treated: Rows) -> list[str]:
    outcomes = [str(one["outcome"]) for one in treated]
    cured, undone = sum(map(is_cured, outcomes)), outcomes.count(ROLLED_BACK)
    failed = len([one for one in outcomes if one not in GOOD_OUTCOMES and one != ROLLED_BACK])
    found = [f"{counted(cured, 'instance')} {verb(cured, 'was', 'were')} cured."] if cured else []
    found += [f"{counted(undone, 'cure')} {verb(undone, 'was', 'were')} rolled back."] if undone else []
    return [*found, *([f"A cure or a rollback failed on {counted(failed, 'instance')}."] if failed else [])]
