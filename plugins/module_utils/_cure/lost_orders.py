# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""An order whose answer was lost: has it come? Pure.

Orders are asynchronous, and one that was accepted shows at once: the row is in the state that the order leaves behind,
such as "start requested", until the workflow server takes it. So a row that stays as it was before, over several looks,
says that the order never came, and it is sent again. Adobe warns of several Stops while one is under way: none is sent
once the row shows an order, and a Start that comes twice finds a workflow that is started already.
"""

from __future__ import annotations

import typing as t

from .._core.errors import HttpStatusError, TimedOut
from .._resources.workflow_states import WorkflowState

if t.TYPE_CHECKING:
    from .._core.errors import TransportError
    from .._resources.workflows import Workflow

#: Seconds between the looks after a lost answer, however long ``poll_interval`` is.
LOOKS = (1.0, 2.0, 4.0, 8.0)
#: Seconds for which a row must have stayed as it was. The first look alone decides nothing: what was carried out in
#: this moment may show in the next.
QUIET = sum(LOOKS[:3])
#: The same where the caller, or a gateway, gave up waiting: the request may lie at the server still, and come late.
QUIET_AFTER_TIMEOUT = sum(LOOKS)
#: Statuses of a gateway that gave up waiting.
_GAVE_UP = frozenset({408, 504})
#: How many times one order is sent at most.
MOST_SENT = 3

#: The states that an order leaves behind until it is carried out. A restart leads to a start too. An order that is not
#: listed leaves none.
ON_THE_WAY: t.Mapping[str, frozenset[int]] = {
    "start": frozenset(
        {
            WorkflowState.STARTING,
            WorkflowState.RESUMING,
            WorkflowState.RESTARTING,
            WorkflowState.RESTARTING2,
        }
    ),
    "stop": frozenset({WorkflowState.STOPPING, WorkflowState.STOPPING2}),
    "pause": frozenset({WorkflowState.PAUSING}),
}

#: Orders that lead to a state, whatever a run does meanwhile. The others begin a run, which may have come and gone.
_TO_A_STATE = frozenset({"stop", "pause", "kill"})


def quiet_seconds(lost: TransportError) -> float:
    """For how long nothing must show before what got this in place of its answer counts as never come."""
    gave_up = isinstance(lost, TimedOut) or (isinstance(lost, HttpStatusError) and lost.status in _GAVE_UP)
    return QUIET_AFTER_TIMEOUT if gave_up else QUIET


def may_have_come(order: str, before: Workflow, now: Workflow) -> bool:
    """Whether the row can show the effect of an order that was sent after ``before`` was read."""
    if now.transitional and (now.state != before.state or now.state in ON_THE_WAY.get(order, ())):
        return True
    if order in _TO_A_STATE:
        return now.state != before.state
    return _traces(now) != _traces(before)


def _traces(row: Workflow) -> tuple[object, ...]:
    """What a run, or the wait for one, leaves in a row."""
    return (
        row.state,
        row.failed,
        row.process_id,
        row.process_date,
        row.next_processing_date,
        row.last_start,
        row.error_count,
    )
