# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Which variables belong to the collection, and the problems of all others: Ansible would silently ignore a mistyped
one.

The argument specs of the roles, and nothing else, define what a user may set. Only names are checked, and no value.
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

#: The prefix of every variable of the collection.
PREFIXES = ("mid_sourcing_", "change_window_", "siblings_", "fleet_report_", "controller_kit_", "campaign_")
#: The list of a user's own variables with the same prefix.
OWN = "campaign_own_variables"

#: Variables that the roles and playbooks set: for reading, not for setting. This includes what plays pass on to each
#: other.
OUTPUTS = frozenset(
    {
        "change_window_decision",
        "fleet_report_result",
        "mid_sourcing_backfill",
        "mid_sourcing_backfill_targets",
        "mid_sourcing_change",
        "mid_sourcing_change_evidence",
        "mid_sourcing_change_phase",
        "mid_sourcing_change_request",
        "mid_sourcing_changes",
        "mid_sourcing_changes_count",
        "mid_sourcing_cure",
        "mid_sourcing_diagnosis",
        "mid_sourcing_earlier_runs",
        "mid_sourcing_evidence",
        "mid_sourcing_failure",
        "mid_sourcing_fleet",
        "mid_sourcing_gate",
        "mid_sourcing_outcome",
        "mid_sourcing_refusal",
        "mid_sourcing_rehearsal",
        "mid_sourcing_snapshot",
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
#: The ones among them that return as an extra variable: AWX passes the values of ``set_stats`` to the next job.
HANDED_ON = frozenset(
    {"mid_sourcing_changes", "mid_sourcing_changes_count", "mid_sourcing_earlier_runs", "mid_sourcing_outcome"}
)
#: The variables that the inventory plugin sets for a host, and those that a task passes to the actions.
OBSERVED = frozenset(
    "campaign_" + name
    for name in (
        "build",
        "cached",
        "change_window",
        "change_window_begun",
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

#: Stems that are less similar than this are not proposed for each other.
ALIKE = 0.6
#: A message names this many hosts.
MOST_HOSTS = 5

#: The folder of the roles, whose files define the variables.
ROLES = Path(__file__).resolve().parents[3] / "roles"
# An option of an entry point, by its depth: every worker reads this, and a YAML parser would take far longer.
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
    """The problems of the variables of some hosts: a sentence for each name, with the name that was meant.

    :param names: the names of each host's variables, by host.
    :param own: the user's names for other things, or prefixes of names with a ``*`` behind.
    :param extra: the names of the variables of the command line: these override what a role sets.
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
    """Whether a name begins like ours and is unknown, or differs from one of ours by one letter."""
    if name in inputs() or name in OUTPUTS or name in OBSERVED:
        return False
    if name.startswith(PREFIXES):
        return True
    # Most variables are Ansible's own.
    return not name.startswith(("ansible_", "_")) and any(one_edit(name, known) for known in inputs())


def belongs_to_us(name: str) -> bool:
    """Whether the collection works with a variable: what a user may set, what it sets itself, and what is private."""
    return name in inputs() or name in OUTPUTS or name.startswith(_PRIVATE)


def nearest(name: str) -> str:
    """The known variable that a name most likely meant; '' when none is similar."""
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
    """Whether two different names differ by one letter (missing, extra, replaced) or by two swapped letters."""
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
    """Refuse a name, or a prefix of names, that would hide a variable of ours."""
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
