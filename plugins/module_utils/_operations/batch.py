# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Several objects in one task and one session: looked at first, changed one after the other, each with its outcome."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Sequence

from .._core.errors import CampaignError, ValidationError
from .._core.interrupts import Interrupted
from .runner import Answer


def distinct(names: Sequence[str], what: str) -> None:
    """Refuse a list that is empty or has a name twice: which of the two would count?

    :raises ValidationError: it is so.
    """
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or twice:
        raise ValidationError(
            f"{', '.join(twice)}: more than once in {what}." if twice else f"{what} is empty.",
            next_step="Name each object once. Nothing was sent.",
        )


def one_by_one(names: Sequence[str], key: str, change: Callable[[str], Answer], instance: str) -> Answer:
    """Change objects in their order. The first failure ends it: what comes after is not attempted.

    :param key: the key of the result, which is a list with an entry for each object.
    :param change: changes one object.
    """
    entries: list[dict[str, t.Any]] = []
    diffs: list[dict[str, t.Any]] = []
    failed = ""
    for name in names:
        if failed:
            entries.append({"name": name, "outcome": "not_attempted"})
            continue
        try:
            answer = change(name)
        except (CampaignError, Interrupted) as end:
            data = _as_error(end, instance).to_result()
            failed = f"{name}: {data.pop('msg')}"
            entries.append({"name": name, "outcome": "failed", **data})
            continue
        entries.append({"name": name, "outcome": "changed" if answer.changed else "unchanged", **answer.result})
        if isinstance(answer.diff, dict):
            diffs.append(answer.diff)
    changed = any(entry["outcome"] == "changed" for entry in entries)
    return Answer(changed, {key: entries}, diffs, failed + _beside(entries) if failed else None)


def _beside(entries: Sequence[t.Mapping[str, t.Any]]) -> str:
    """What a failure in the middle of a list has to say of the others."""
    changed = [str(entry["name"]) for entry in entries if entry["outcome"] == "changed"]
    rest = sum(entry["outcome"] == "not_attempted" for entry in entries)
    before = f" Changed before: {', '.join(changed)}." if changed else ""
    return f"{before} {rest} more in the list not attempted." if rest else before


def _as_error(end: CampaignError | Interrupted, instance: str) -> CampaignError:
    error = end if isinstance(end, CampaignError) else end.as_error()
    error.instance = error.instance or instance
    return error
