# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""How an attempt at a cure ends, and what follows from it: only this place says which outcomes are good."""

from __future__ import annotations

import typing as t

#: Check mode reports ``planned`` in place of ``cured``.
Outcome = t.Literal[
    "pending",
    "kept",
    "restored",
    "refused",
    "cured_with_warnings",
    "cured",
    "confirmed",
    "unchanged",
    "planned",
]
#: Worst first: what may still change, what was left, what was undone, what was not begun; then what is healthy.
OUTCOMES: tuple[Outcome, ...] = t.get_args(Outcome)

#: How a cursor stands whose cure was undone.
ROLLED_BACK = "rolled_back"
_NEEDED_NOTHING = OUTCOMES.index("unchanged")
#: The same with it: no failure, hides no cursor that is still cured, and is not hidden by one that needed nothing.
_WORST_FIRST: tuple[str, ...] = (*OUTCOMES[:_NEEDED_NOTHING], ROLLED_BACK, *OUTCOMES[_NEEDED_NOTHING:])

#: How a backfill, or a change of an option or a workflow, may end, and the end of a cure that is as good.
_AS_GOOD: dict[str, Outcome] = {
    "not_attempted": "refused",
    "partial": "cured_with_warnings",
    "complete": "cured",
    "changed": "cured",
    "done": "cured",
}


def rank(outcome: t.Any) -> int:
    """The place of an outcome in this order: the lowest is the worst. A task that failed, or was interrupted, without
    an outcome is worse than all of them."""
    outcome = _AS_GOOD.get(outcome, outcome)
    return _WORST_FIRST.index(outcome) if outcome in _WORST_FIRST else -1


#: The cursor was moved, and the workflow moves it again.
CURED: frozenset[Outcome] = frozenset({"cured", "confirmed"})
#: The same, and something else needs a look.
CURED_OR_WARNED: frozenset[Outcome] = CURED | {"cured_with_warnings"}
#: The cursor is healthy, with or without a cure.
HEALTHY_AFTER: frozenset[Outcome] = CURED_OR_WARNED | {"unchanged"}
#: After these a task has not failed.
GOOD_OUTCOMES: frozenset[Outcome] = HEALTHY_AFTER | {"planned"}
#: The attempt has done its work, or has undone it: what came before no longer matters.
FINAL: frozenset[Outcome] = CURED_OR_WARNED | {"restored", "kept"}
#: The attempt may have left its work half done; an interrupted attempt has no outcome.
UNFINISHED: frozenset[str] = frozenset({"", "pending"})
