# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""How a report groups the verdicts, and what each means in a few words. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ...module_utils._diagnosis.model import SEVERITY, SILENT
from .._fleet.outcome import NOTHING_TO_DO

Group = t.Literal["stuck", "person", "silent", "waiting", "healthy", "unused"]

#: The groups, the most urgent first, and what is said of the hosts in one.
GROUPS: Mapping[Group, str] = {
    "stuck": "stuck, and can be cured",
    "person": "a person must look",
    "silent": "no usable answer",
    "waiting": "a run is on",
    "healthy": "healthy",
    "unused": "nothing to watch",
}

#: What a verdict means, for somebody who sees it for the first time.
MEANINGS: Mapping[str, str] = {
    "misconfigured": "its settings cannot work",
    "unreachable": "it gave no answer",
    "denied": "it refused us",
    "stuck": "each run fails, since the cursor is too old",
    "not_asked": "nobody has asked it",
    "engine_down": "orders wait: start wfserver",
    "future": "the cursor is ahead of the clock",
    "empty": "the cursor has no value",
    "unsupported": "the cursor is no date",
    "missing": "there is no cursor",
    "failing_other": "runs fail for a known, other cause",
    "failing_unknown": "runs fail, cause unknown",
    "unmatched": "no account has this cursor",
    "stale": "late, and not known to fail",
    "held": "somebody stopped the workflow",
    "running": "a run is on",
    "healthy": "the workflow moves its cursor",
    "inactive": "its account is disabled",
    "not_applicable": "no mid-sourcing here",
}


def group_of(verdict: str) -> Group:
    """The group of a verdict. One that is unknown is for a person."""
    if verdict in ("stuck", "healthy"):
        return t.cast("Group", verdict)
    if verdict == "running":
        return "waiting"
    if verdict in SILENT:
        return "silent"
    return "unused" if verdict in NOTHING_TO_DO else "person"


#: All verdicts in the order of a report: by group, and in a group the worst first.
WORST_FIRST = tuple(verdict.value for group in GROUPS for verdict in SEVERITY if group_of(verdict.value) == group)
_RANK = {verdict: rank for rank, verdict in enumerate(WORST_FIRST)}


def rank_of(verdict: str) -> int:
    """The place of a verdict among all, 0 for the worst."""
    return _RANK.get(verdict, 0)
