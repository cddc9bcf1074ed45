# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows as a server would hold them, dated in seconds before one fixed moment."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CATALOGUE, CursorKind
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Diagnosis, Thresholds, judge
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.mid_figures import MidFigures
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import CursorFacts
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.snapshot import Facts
from ansible_collections.campaign.classic.plugins.module_utils._resources.external_accounts import Account
from ansible_collections.campaign.classic.plugins.module_utils._resources.options import Option
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import JournalLine, Workflow

#: The server's clock in these tests.
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)

KIND = CATALOGUE[0]
#: A kind as users add it: one option, a workflow of its own, never moved.
NIGHTLY = CursorKind(
    prefix="NmsCleanup_LastCleanup",
    workflow="cleanup",
    label="Database cleanup",
    cure="none",
    source="campaign_facts, Siblings",
    per_account=False,
    thresholds=(("max_age", 30 * 3600), ("remediate_after", 30 * 86400)),
)

MINUTE, HOUR, DAY = 60, 3600, 86400
YEARS = 2400 * DAY

TIMEOUT = "SCR-160012 JavaScript error: the SOAP call timed out after 60 s (iRc=-53)"
UNKNOWN = "SCR-160012 JavaScript error while evaluating script 'activity/script'."
OTHER = "XSV-350014 The '10.0.0.7' IP address via which you are accessing the server is not accepted."

_ids = itertools.count(1)


def ago(seconds: float) -> datetime:
    """A moment this many seconds before NOW; after it when negative."""
    return NOW - timedelta(seconds=seconds)


@functools.cache  # it is called for the same few rows a hundred thousand times, and nobody can change one
def option(
    age: float = 5 * MINUTE,
    *,
    account: str = "mid1",
    name: str | None = None,
    data_type: int = 7,
    raw: str | None = None,
) -> Option:
    """A cursor that is ``age`` seconds old."""
    return Option(
        name=name or f"{KIND.prefix}{account}",
        data_type=data_type,
        raw=format_datetime(ago(age)) if raw is None else raw,
    )


def account(name: str = "mid1", *, active: bool = True, server: str = "https://mid1.example") -> Account:
    """A routing account."""
    return Account(id=next(_ids), name=name, label=f"Account {name}", active=active, server=server)


def workflow(
    state: int = 11,
    *,
    failed: bool = False,
    pid: int = 0,
    processed: float | None = 5 * MINUTE,
    due: float | None = -5 * MINUTE,
    started: float | None = 30 * DAY,
    **changes: Any,
) -> Workflow:
    """The workflow; times are seconds before NOW, so a future ``due`` time is negative."""
    row = Workflow(
        id=1771,
        internal_name=KIND.workflow,
        label=KIND.label,
        state=state,
        failed=failed,
        process_id=pid,
        process_date=None if processed is None else ago(processed),
        next_processing_date=None if due is None else ago(due),
        last_start=None if started is None else ago(started),
    )
    return replace(row, **changes)


def line(seconds_ago: float, error: str = "", message: str = "", *, workflow_id: int = 1771) -> JournalLine:
    """A line of the journal."""
    return JournalLine(
        id=next(_ids),
        workflow_id=workflow_id,
        at=ago(seconds_ago),
        log_type=0 if error else 2,
        activity="soap",
        error=error,
        message=message,
    )


def audit(seconds_ago: float, name: str = f"{KIND.prefix}mid1") -> JournalLine:
    """The journal's line when the workflow moves its cursor."""
    return line(seconds_ago, message=f"AuditTrail: Option '{name}' with id '4711' modified by 'internal'")


def cursor(**changes: Any) -> CursorFacts:
    """The facts about one cursor: healthy, except for the changes."""
    known: dict[str, Any] = {"option": option(), "account": account(), "workflow": workflow(), **changes}
    return CursorFacts(known.pop("kind", KIND), known.pop("server_time", NOW), **known)


def failed_cursor(age: float, *errors: JournalLine, **changes: Any) -> CursorFacts:
    """A cursor of a workflow that waits in error at 13."""
    known: dict[str, Any] = {
        "option": option(age),
        "workflow": workflow(13, failed=True, due=None),
        "journal": tuple(errors),
        **changes,
    }
    return cursor(**known)


def stuck(name: str, age: float = 30 * DAY, text: str = TIMEOUT, figures: MidFigures | None = None) -> Diagnosis:
    """The cursor of an account, so many seconds old, on which the runs fail with this error."""
    facts = failed_cursor(age, line(600, text), option=option(age, account=name), account=account(name))
    return judge(replace(facts, mid=figures), Thresholds())


def facts(**changes: Any) -> Facts:
    """The facts of an instance with one healthy cursor, except for the changes."""
    known: dict[str, Any] = {"options": (option(),), "accounts": (account(),), "workflows": (workflow(),), **changes}
    return Facts(instance="mkt1", server_time=NOW, skew_seconds=0.0, build="9364", **known)
