# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""How the cures and rollbacks of a host have ended at each of its cursors, and so how the host stands. Pure.

An attempt may treat one cursor of several, and a rollback always does: the last attempt of a host says nothing of its
other cursors.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ...module_utils._diagnosis.outcomes import CURED_OR_WARNED, ROLLED_BACK, rank

#: An attempt as in the document.
AttemptRow = Mapping[str, t.Any]

#: How an attempt ended that has no outcome of its own.
INTERRUPTED, FAILED, DONE = "interrupted", "failed", "done"


class End(t.NamedTuple):
    """How the last cure, or rollback, of a cursor ended."""

    outcome: str
    attempt: AttemptRow
    cursor: Mapping[str, t.Any]


def is_cured(outcome: str) -> bool:
    """Whether the workflow moves its cursor again after this outcome."""
    return outcome in CURED_OR_WARNED


def decisive_end(attempts: Sequence[AttemptRow]) -> End:
    """The end by which a host stands: that of its worst cursor, and of several the last.

    :param attempts: of one host, oldest first, a cure among them.
    """
    return max(_last_ends(attempts), key=lambda end: (-rank(end.outcome), end.attempt["started"]))


def still_cured(attempts: Sequence[AttemptRow]) -> list[End]:
    """The cures that stand. A rollback that failed or broke off has put back nothing, as far as is known."""
    known = [one for one in attempts if one["kind"] != "rollback" or _has_ended_well(one)]
    return [end for end in _last_ends(known) if is_cured(end.outcome)]


def _last_ends(attempts: Sequence[AttemptRow]) -> list[End]:
    """The last end of each cursor."""
    found: dict[str, End] = {}
    for attempt in attempts:
        if attempt["kind"] == "backfill":
            continue
        # One that names no cursor counts for the host, until the next.
        found.pop("", None)
        ends = {one["option"]: End(_outcome(attempt, one), attempt, one) for one in attempt["cursors"]}
        undone = [
            found[option].attempt for option, end in ends.items() if end.outcome == ROLLED_BACK and option in found
        ]
        found = {option: end for option, end in found.items() if not _left_nothing(end, undone)} | ends
    return list(found.values())


def _left_nothing(end: End, undone: Sequence[AttemptRow]) -> bool:
    """Whether a cure has left nothing at a cursor that a rollback of this cure could put back: it is complete without
    it."""
    is_known = end.attempt["kind"] == "cure" and end.attempt["outcome"] != INTERRUPTED and end.cursor["outcome"]
    return bool(is_known) and end.attempt in undone and not end.cursor["written"]


def _outcome(attempt: AttemptRow, cursor: Mapping[str, t.Any]) -> str:
    """How an attempt ended for one cursor."""
    if attempt["kind"] == "rollback" and _has_ended_well(attempt):
        return ROLLED_BACK
    own = cursor["outcome"] if attempt["kind"] == "cure" and attempt["outcome"] != INTERRUPTED else ""
    return str(own or attempt["outcome"])


def _has_ended_well(attempt: AttemptRow) -> bool:
    return attempt["outcome"] not in (INTERRUPTED, FAILED)
