# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Which variables the collection knows, and what is wrong with the others: a mistyped one would be ignored in silence.

What somebody may set stands in the argument specs of the roles, and nowhere else. Only names are looked at, and no
value.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from ...module_utils._client.connect import ENVIRONMENT
from ...module_utils._core.errors import ValidationError

#: What every variable of the collection begins with.
PREFIXES = ("mid_sourcing_", "change_window_", "siblings_", "campaign_")
#: The list of a user's own variables that begin like ours.
OWN = "campaign_own_variables"

#: What the roles and playbooks set: to be read, and not to be given. This includes what plays pass on to each other.
OUTPUTS = frozenset(
    {
        "change_window_decision",
        "mid_sourcing_backfill",
        "mid_sourcing_backfill_targets",
        "mid_sourcing_cure",
        "mid_sourcing_diagnosis",
        "mid_sourcing_earlier_runs",
        "mid_sourcing_failure",
        "mid_sourcing_fleet",
        "mid_sourcing_gate",
        "mid_sourcing_outcome",
        "mid_sourcing_refusal",
        "mid_sourcing_report",
        "mid_sourcing_rollback",
        "mid_sourcing_ended",
        "mid_sourcing_rollback_targets",
        "siblings_cure",
        "siblings_diagnosis",
        "siblings_failure",
        "siblings_gate",
        "siblings_outcome",
        "siblings_plan",
        "siblings_report",
        "siblings_restart",
        "siblings_rewind",
        "siblings_run",
    }
)
#: Of these, what comes back as an extra variable: AWX gives what ``set_stats`` has passed on to the next job.
HANDED_ON = frozenset({"mid_sourcing_earlier_runs", "mid_sourcing_outcome"})
#: What the inventory plugin says of a host, and what a task says to the actions.
OBSERVED = frozenset(
    "campaign_" + name
    for name in (
        "build",
        "cached",
        "change_window",
        "cursors",
        "mids",
        "observed_age_seconds",
        "observed_at",
        "other_servers",
        "proposal",
        "reason",
        "role",
        "server_time",
        "skew_seconds",
        "used_by",
        "verdict",
        "version",
    )
)

#: Two stems that are less alike than this are not proposed for each other.
ALIKE = 0.6
#: So many hosts are named.
MOST_HOSTS = 5

#: Where the roles stand, whose files say what a variable is.
ROLES = Path(__file__).resolve().parents[3] / "roles"
# An option of an entry point, by its depth: this is read in every worker, and a YAML parser would take far longer.
_OPTION = re.compile(rf"^ {{6}}((?:{'|'.join(PREFIXES)})\w+):", re.MULTILINE)


@cache
def inputs(roles: Path = ROLES) -> frozenset[str]:
    """The variables that a user may set: the options of every role's entry points, and those of a connection."""
    found = {f"campaign_{name}" for name in ENVIRONMENT} | {OWN}
    for path in roles.glob("*/meta/argument_specs.yml"):
        found.update(_OPTION.findall(path.read_text(encoding="utf-8")))
    return frozenset(found)


def unknown_variables(
    names: Mapping[str, Iterable[str]], own: Iterable[t.Any] = (), extra: Iterable[str] = ()
) -> list[str]:
    """What is wrong with the variables of some hosts: a sentence for each name, with the name that was meant.

    :param names: the names of each host's variables, by host.
    :param own: names that the user has for other things, or their beginnings with a ``*`` behind.
    :param extra: the names of the variables of the command line: there what a role sets would stand above the role.
    :raises ValidationError: an own name that would hide a variable of ours.
    """
    mine = _Own(own)
    where: dict[str, list[str]] = {}
    for host, variables in names.items():
        for name in variables:
            where.setdefault(str(name), []).append(host)
    found = []
    for name in sorted(where):
        if is_unknown(name) and name not in mine:
            found.append(
                f"{name} ({_on(where[name], len(names), name in extra)}) is no variable of this collection. "
                f"{_meant(name)}"
            )
    for name in sorted(map(str, extra)):
        if (name in OUTPUTS and name not in HANDED_ON | inputs()) or name.startswith(_PRIVATE):
            found.append(f"{name} is what the collection itself sets, and cannot be given on the command line.")
    return found


def is_unknown(name: str) -> bool:
    """Whether a name begins like one of ours and is none, or is one of ours but for one letter."""
    if name in inputs() or name in OUTPUTS or name in OBSERVED:
        return False
    if name.startswith(PREFIXES):
        return True
    # What Ansible itself sets is most of what there is.
    return not name.startswith(("ansible_", "_")) and any(one_edit(name, known) for known in inputs())


def nearest(name: str) -> str:
    """The known variable that a name was most likely meant to be; '' when none is like it."""
    known = sorted(inputs())
    for one in known:
        if one_edit(name, one):
            return one
    prefix, stem = split(name)

    def likeness(one: str) -> tuple[float, bool]:
        return SequenceMatcher(None, stem, split(one)[1]).ratio(), split(one)[0] == prefix

    best = max(known, key=likeness)
    return best if likeness(best)[0] >= ALIKE else ""


def split(name: str) -> tuple[str, str]:
    """A name as its prefix and the rest."""
    prefix = next((one for one in PREFIXES if name.startswith(one)), "")
    return prefix, name[len(prefix) :]


def one_edit(left: str, right: str) -> bool:
    """Whether two different names differ by one letter (missing, too many, another) or by two that are swapped."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    left, right = left[start:], right[start:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    return max(len(left), len(right)) <= 1 or (len(left) == len(right) == 2 and left == right[::-1])


def _require_own(name: str) -> None:
    """Refuse a name, or a beginning of names, that would hide a variable of ours."""
    hidden = [known for known in inputs() if name.endswith("*") and known.startswith(name.rstrip("*"))]
    if not name or hidden or name in inputs():
        raise ValidationError(
            f"{OWN} has '{name}', which would hide {', '.join(sorted(hidden)[:3]) or 'a variable of ours'}.",
            next_step="Name your own variables, or a longer beginning of them with a * behind.",
        )


class _Own:
    """The user's own names."""

    def __init__(self, given: Iterable[t.Any]) -> None:
        self._names: set[str] = set()
        beginnings: list[str] = []
        for one in [given] if isinstance(given, str) else given:
            name = str(one).strip()
            _require_own(name)
            (beginnings.append(name[:-1]) if name.endswith("*") else self._names.add(name))
        self._beginnings = tuple(beginnings)

    def __contains__(self, name: str) -> bool:
        return name in self._names or name.startswith(self._beginnings)


_PRIVATE = tuple(f"__{prefix}" for prefix in PREFIXES)


def _on(hosts: Sequence[str], total: int, extra: bool) -> str:
    if extra:
        return "on the command line"
    more = f" and {len(hosts) - MOST_HOSTS} more" if len(hosts) > MOST_HOSTS else ""
    return f"on {', '.join(hosts[:MOST_HOSTS])}{more}" if len(hosts) < total or total <= MOST_HOSTS else "on every host"


def _meant(name: str) -> str:
    meant = nearest(name)
    return (
        f"Did you mean {meant}?"
        if meant
        else f"The argument specs of the roles have all; one of your own is named in {OWN}."
    )
