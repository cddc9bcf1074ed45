# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The states of a workflow (campaign_facts, States)."""

from __future__ import annotations

from enum import IntEnum


class WorkflowState(IntEnum):
    """``@state`` by Adobe's constants. A server may send other numbers, so the state of a row is a plain number."""

    EDITION = 0
    RUNNING = 2
    TESTING = 9
    STARTING = 10
    #: Includes waiting for the next schedule.
    STARTED = 11
    PAUSING = 12
    PAUSED = 13
    RESUMING = 14
    STOPPING = 15
    STOPPING2 = 16
    RESTARTING = 17
    RESTARTING2 = 18
    STOPPED = 20

    @property
    def word(self) -> str:
        """What it is called in results and messages."""
        return "edit" if self is WorkflowState.EDITION else self.name.rstrip("2").lower()


#: In these an order is on its way: poll, do not act.
TRANSITIONAL = frozenset(
    {
        WorkflowState.STARTING,
        WorkflowState.PAUSING,
        WorkflowState.RESUMING,
        WorkflowState.STOPPING,
        WorkflowState.STOPPING2,
        WorkflowState.RESTARTING,
        WorkflowState.RESTARTING2,
    }
)
_WORDS = {state.value: state.word for state in WorkflowState}


def state_word(state: int) -> str:
    """A state in a word, also one that is not known."""
    return _WORDS.get(state, f"state {state}")
