# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which workflows have activities of their own: the activities of each by its internal name."""

from __future__ import annotations

from collections.abc import Callable

from ..config.spec import InstanceSpec, WorkflowSpec
from ..engine.runs import Activity, Busy, MarkDate
from . import cleanup, messagecenter, midlogs, midsourcing, pausedworkflows, tracking
from .outgoing import Outgoing
from .synchronising import SecretOf


def activities(
    workflow: WorkflowSpec,
    spec: InstanceSpec,
    outgoing: Outgoing,
    secret_of: SecretOf,
    stop: Callable[[int], None],
) -> tuple[Activity, ...]:
    """What a run of a workflow passes through. One that is not known here takes its time, and notes it in `marks`.

    `stop` stops a workflow of the instance unconditionally.
    """
    exchanged = _exchange(workflow, outgoing, secret_of)
    if exchanged is not None:
        return exchanged
    return (*_own_work(workflow, spec, secret_of, stop), *(MarkDate(option) for option in workflow.marks))


def _exchange(workflow: WorkflowSpec, outgoing: Outgoing, secret_of: SecretOf) -> tuple[Activity, ...] | None:
    """The activities of a workflow that asks other servers; None for any other."""
    name = workflow.name
    if name == midsourcing.WORKFLOW_NAME:
        return midsourcing.mid_sourcing(outgoing, secret_of, workflow.timeout)
    if name == midlogs.WORKFLOW_NAME:
        return midlogs.mid_logs(outgoing, secret_of, workflow.timeout, fda=workflow.fda)
    if name.startswith(messagecenter.SYNCH_PREFIX):
        return messagecenter.message_center(name, outgoing, secret_of, workflow.timeout)
    return None


def _own_work(
    workflow: WorkflowSpec, spec: InstanceSpec, secret_of: SecretOf, stop: Callable[[int], None]
) -> tuple[Activity, ...]:
    """The activities of a workflow that works on its own instance's data."""
    name = workflow.name
    if name == messagecenter.STATUS_WORKFLOW and spec.events:
        return messagecenter.update_events_status(spec.events, workflow.seconds)
    if name == tracking.WORKFLOW_NAME and spec.hits:
        return tracking.tracking(spec.hits, workflow.seconds)
    if name == cleanup.WORKFLOW_NAME:
        return cleanup.cleanup(secret_of, workflow.seconds)
    if name == pausedworkflows.WORKFLOW_NAME and spec.build >= pausedworkflows.FIRST_BUILD:
        return pausedworkflows.cleanup_paused(stop, workflow.seconds)
    return (Busy(workflow.seconds),)
