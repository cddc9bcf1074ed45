# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each verdict says, to the letter: people decide by these sentences, so no value in them may be another's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import ResumePoint
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CursorKind
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import judge
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.mid_figures import Count, MidFigures
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import CursorFacts, Thresholds
from tests.helpers.cursors import (
    DAY,
    HOUR,
    KIND,
    MINUTE,
    NIGHTLY,
    OTHER,
    TIMEOUT,
    UNKNOWN,
    YEARS,
    account,
    ago,
    cursor,
    failed_cursor,
    line,
    option,
    workflow,
)

T = Thresholds()
CURSOR = "NmsMidSourcing_LastDelivery_mid1"
#: A kind whose workflows are named after accounts, and one of which nobody knows the workflow.
OF_ACCOUNTS, OF_NONE = replace(KIND, workflow="pull_"), replace(KIND, workflow="")
TEXT_KIND = CursorKind(
    prefix=KIND.prefix, workflow="texts", label="Texts", cure="none", source="a test", reading="text"
)

ROW = "workflow 'defaultMidSourcingDlv' is"
STANDS = "The cursor stands at 2026-11-23 11:55:00.000Z, 5m ago"
ANCIENT = "The cursor stands at 2020-04-28 12:00:00.000Z, 2400d ago"
LAST = "on this value, the last at 2026-11-23 11:50:00.000Z"
SLOW = "SCR-160012 JavaScript error: the SOAP call timed out after 60 s (iRc=-53)"
SCRIPT = "SCR-160012 JavaScript error while evaluating script 'activity/script'"
REFUSED = "XSV-350014 The '10.0.0.7' IP address via which you are accessing the server is not accepted"
NO_RUN = "no run is known to have failed on this value"
NOT_SEEN = "is not to be seen: it is not there, or the operator has no rights on its folder"

NOTHING = "Nothing to do."
PERSON = "A person decides: nothing is written by itself."
ASK = "Ask who stopped it and why. It is only treated with start_stopped: true."
MAP = "Name the option in cursor_map with the internal name of its account, after checking both by hand."
ENGINE = "Start the workflow server (wfserver) of the instance, or find out why it does not take its orders."
WAIT = "Wait for the run that is going on, then look again."
NEXT_RUN = "Wait for the next run; if it does not come, restart the workflow."
MOVE = "Move the cursor to a recent time, run the workflow afresh, and see that it moves the cursor itself."
RESTART = "Restart the workflow, and look at what its journal and the server's logs say then"
LOSES_NOTHING = f"{RESTART}: a run from where the cursor stands may succeed, and then nothing is lost."
ADDRESS = (
    "The mid-sourcing server refuses this instance's IP address: have the address added to the security zone of the "
    "operator there."
)
LOGON = (
    "A logon was refused: see that the password in the external account is the one set on the mid-sourcing server, and "
    "that the operator under whom the workflow runs is enabled."
)
MEANS = (
    "If you know what the text means, say so with mid_sourcing_causes (in the modules: causes), a pattern of it and "
    "its class: slow if the other server was asked and did not answer in time, else never_asked or other with a remedy."
)
START_FIRST = (
    "Start it first: a run from where the cursor stands loses nothing. If it goes on to fail, look at the mid-sourcing "
    "server; with small_gap: 0 (mid_sourcing_small_gap) the cursor is moved all the same."
)

TIMEOUTS = (line(20 * MINUTE, TIMEOUT), line(10 * MINUTE, TIMEOUT))
UNKNOWNS = (line(20 * MINUTE, UNKNOWN), line(10 * MINUTE, UNKNOWN))
ONE_OTHER = line(10 * MINUTE, OTHER)
LONG_RUN = workflow(pid=7, processed=3 * HOUR)
FEW = MidFigures("mid-eu", "answered", "", False, 0.2, Count(ago(YEARS), 251, 0.1), Count(ago(DAY), 3, 0.1))
FEW_SAID = "mid-eu answers in 0.2 s; 251 deliveries changed since 2020-04-28, 3 since the planned value"
SILENT = MidFigures("mid-eu", "silent", "mid-eu:443 refused the connection.")
MISSING = MidFigures("mid-eu", "not_asked", "no credentials.", required=True)
FORMER = ResumePoint("r1", CursorValue.read("2020-03-01 10:00:00.000Z"), written=True, stopped=True)

SAID: dict[str, tuple[CursorFacts, str, str]] = {
    "not_applicable, no workflow": (
        cursor(option=None, account=None, workflow=None),
        f"The operator can see neither a workflow 'defaultMidSourcingDlv' nor a cursor '{KIND.prefix}*'.",
        NOTHING,
    ),
    "not_applicable, a bulk account": (
        cursor(option=None, account=account(server=" ")),
        "The account 'mid1' has neither a server nor a cursor: it does not use mid-sourcing.",
        NOTHING,
    ),
    "not_applicable, no account": (
        cursor(option=None, account=None),
        f"The operator can see neither a cursor '{KIND.prefix}*' nor a routing account with a server.",
        NOTHING,
    ),
    "unmatched, no account": (
        cursor(account=None),
        f"The cursor '{CURSOR}' belongs to no one account. None was found for it.",
        MAP,
    ),
    "unmatched, rivals": (
        cursor(mismatch="Several."),
        f"The cursor '{CURSOR}' belongs to no one account. Several.",
        MAP,
    ),
    "inactive": (cursor(account=account(active=False)), "The account 'mid1' is disabled.", NOTHING),
    "missing, of an account": (
        cursor(option=None),
        f"There is no cursor '{KIND.prefix}*' of the account 'mid1', or the operator has no rights to see it; the "
        f"{ROW} started (11).",
        PERSON,
    ),
    "missing, a kind without accounts": (
        cursor(kind=NIGHTLY, option=None, account=None, workflow=workflow(13, failed=True, pid=7)),
        f"There is no cursor 'NmsCleanup_LastCleanup*', or the operator has no rights to see it; the {ROW} paused "
        "(13), in error, process 7.",
        PERSON,
    ),
    "not_applicable, workflows of accounts": (
        cursor(option=None, workflow=None, kind=OF_ACCOUNTS),
        "The operator can see neither a workflow 'pull_' nor a cursor 'NmsMidSourcing_LastDelivery_*'.",
        NOTHING,
    ),
    "unsupported, a date": (
        cursor(option=option(data_type=10, raw="2020/03/01")),
        f"'{CURSOR}' has data type 10 and not 7 (datetime).",
        PERSON,
    ),
    "unsupported, a text": (
        cursor(option=option(data_type=6, raw="soon")),
        f"'{CURSOR}' has data type 6 and not 7 (datetime).",
        PERSON,
    ),
    "unsupported, a text where texts are read": (
        cursor(kind=TEXT_KIND, option=option(data_type=6, raw="soon")),
        f"The value of '{CURSOR}' cannot be read as a moment: soon.",
        PERSON,
    ),
    "unsupported, a memo where texts are read": (
        cursor(kind=TEXT_KIND, option=option(data_type=12, raw="soon")),
        f"'{CURSOR}' has data type 12 and not 7 (datetime).",
        PERSON,
    ),
    "unsupported, no zone": (
        cursor(option=option(raw="2020-03-01 10:00:00")),
        f"The value of '{CURSOR}' cannot be read as a moment: 2020-03-01 10:00:00.",
        PERSON,
    ),
    "unsupported, a long value": (
        cursor(option=option(raw="x" * 501)),
        f"The value of '{CURSOR}' cannot be read as a moment: {'x' * 500} [1 more characters].",
        PERSON,
    ),
    "unsupported, a value as long as is shown": (
        cursor(option=option(raw="x" * 500)),
        f"The value of '{CURSOR}' cannot be read as a moment: {'x' * 500}.",
        PERSON,
    ),
    "empty": (
        cursor(option=option(raw="")),
        f"'{CURSOR}' has no value; the {ROW} started (11).",
        PERSON,
    ),
    "future": (
        cursor(option=option(-DAY)),
        "The cursor stands at 2026-11-24 12:00:00.000Z, 1d ahead of the server's clock (more than 10m): nothing is "
        "synchronised until then, and no error says so.",
        PERSON,
    ),
    "engine_down, an order": (
        cursor(workflow=workflow(15, processed=HOUR)),
        f"The {ROW} stopping (15): an order is not carried out, and there has been no sign of the workflow engine for "
        "1h (more than 15m).",
        ENGINE,
    ),
    "engine_down, a due time": (
        cursor(workflow=workflow(due=HOUR, processed=HOUR + 600)),
        f"The {ROW} started (11): a due time has passed and nothing runs for 1h (more than 15m).",
        ENGINE,
    ),
    "held, stopped": (
        cursor(workflow=workflow(20)),
        f"The {ROW} stopped (20): somebody (or the server, after weeks in pause) stopped it. {STANDS}.",
        ASK,
    ),
    "held, paused": (cursor(workflow=workflow(13)), f"The {ROW} paused (13): somebody paused it. {STANDS}.", ASK),
    "held, never started": (
        cursor(workflow=workflow(0)),
        f"The {ROW} edit (0): nobody ever started it. {STANDS}.",
        ASK,
    ),
    "held, with a process left, though it may be started": (
        failed_cursor(YEARS, *TIMEOUTS, workflow=workflow(20, failed=True, pid=7), start_stopped=True),
        f"The {ROW} stopped (20), in error, process 7: somebody (or the server, after weeks in pause) stopped it. "
        f"{ANCIENT}.",
        ASK,
    ),
    "running, an order": (
        cursor(workflow=workflow(15, processed=MINUTE)),
        f"The {ROW} stopping (15): an order is being carried out, for at most 1m.",
        "Wait, then look again.",
    ),
    "running": (
        cursor(workflow=workflow(pid=7)),
        f"The {ROW} started (11), process 7: a run is going on for 5m (allowed: 2h).",
        "Wait, then look again.",
    ),
    "running, for an unknown time": (
        cursor(workflow=workflow(pid=7, processed=None, started=None, due=None)),
        f"The {ROW} started (11), process 7: a run is going on for an unknown time (allowed: 2h).",
        "Wait, then look again.",
    ),
    "failing_other": (
        failed_cursor(YEARS, ONE_OTHER),
        f"The {ROW} paused (13), in error; 1 run has failed {LAST} (address_refused): {REFUSED}.",
        ADDRESS,
    ),
    "failing_other, where the mid answers": (
        failed_cursor(YEARS, ONE_OTHER, mid=FEW),
        f"The {ROW} paused (13), in error; 1 run has failed {LAST} (address_refused): {REFUSED}. {FEW_SAID}.",
        ADDRESS,
    ),
    "failing_other, after another reason": (
        failed_cursor(YEARS, line(HOUR, TIMEOUT), line(2 * HOUR, TIMEOUT), ONE_OTHER),
        f"The {ROW} paused (13), in error; 3 runs have failed {LAST} (address_refused): {REFUSED}. They failed for "
        "several reasons: 1 x address_refused, 2 x timeout.",
        ADDRESS,
    ),
    "failing_other, a silent mid": (
        failed_cursor(YEARS, *TIMEOUTS, mid=SILENT),
        f"The {ROW} paused (13), in error; 2 runs have failed {LAST} (timeout): {SLOW}. mid-eu does not answer "
        "(mid_unreachable): mid-eu:443 refused the connection.",
        SILENT.remedy,
    ),
    "stuck": (
        failed_cursor(YEARS, *TIMEOUTS),
        f"{ANCIENT} (more than 7d), and 2 runs have failed {LAST} (timeout): {SLOW}.",
        MOVE,
    ),
    "stuck, and never moved": (
        failed_cursor(YEARS, *TIMEOUTS, kind=replace(KIND, cure="none")),
        f"{ANCIENT} (more than 7d), and 2 runs have failed {LAST} (timeout): {SLOW}.",
        "Look at the workflow: the collection does not move this kind of cursor.",
    ),
    "stuck, where a run of ours has only stopped the workflow": (
        failed_cursor(YEARS, *TIMEOUTS, ours=True, resume_point=replace(FORMER, written=False)),
        f"{ANCIENT} (more than 7d), and 2 runs have failed {LAST} (timeout): {SLOW}.",
        MOVE,
    ),
    "stuck, where a run of ours has ended": (
        failed_cursor(DAY, ours=True, resume_point=FORMER, moved_at=ago(HOUR)),
        "The run 'r1' has moved the cursor from 2020-03-01 10:00:00.000Z to 2026-11-22 12:00:00.000Z and did not end: "
        f"the workflow has not moved it since. The {ROW} paused (13), in error.",
        "Run the workflow afresh, and see that it moves the cursor itself.",
    ),
    "failing_unknown, texts that nobody knows": (
        failed_cursor(YEARS, *UNKNOWNS),
        f"The {ROW} paused (13), in error; 2 runs have failed {LAST}: {SCRIPT}. {ANCIENT}. Not shown to be stuck: "
        "nobody knows this text, and only an answer that was too slow shows that, however often a run fails.",
        f"{LOSES_NOTHING} {MEANS}",
    ),
    "failing_unknown, a text that ends in dots and letters": (
        failed_cursor(YEARS, line(600, "SCR-160012 No INDEX... ")),
        f"The {ROW} paused (13), in error; 1 run has failed {LAST}: SCR-160012 No INDEX. {ANCIENT}. Not shown to be "
        "stuck: nobody knows this text, and only an answer that was too slow shows that, however often a run fails.",
        f"{LOSES_NOTHING} {MEANS}",
    ),
    "failing_unknown, several reasons": (
        failed_cursor(YEARS, line(HOUR, OTHER), line(2 * HOUR, OTHER), line(600, UNKNOWN)),
        f"The {ROW} paused (13), in error; 3 runs have failed {LAST}: {SCRIPT}. They failed for several reasons: 1 x "
        f"unknown, 2 x address_refused. {ANCIENT}. Not shown to be stuck: only runs that failed because an answer was "
        "too slow, and all of them, show that.",
        f"{ADDRESS} {LOSES_NOTHING} {MEANS}",
    ),
    "failing_unknown, a timeout after a known reason": (
        failed_cursor(YEARS, line(HOUR, OTHER), line(600, TIMEOUT)),
        f"The {ROW} paused (13), in error; 2 runs have failed {LAST} (timeout): {SLOW}. They failed for several "
        f"reasons: 1 x timeout, 1 x address_refused. {ANCIENT}. Not shown to be stuck: only runs that failed because "
        "an answer was too slow, and all of them, show that.",
        f"{ADDRESS} {LOSES_NOTHING}",
    ),
    "failing_unknown, no error": (
        failed_cursor(YEARS),
        f"The {ROW} paused (13), in error; {NO_RUN}. {ANCIENT}. Not shown to be stuck: no error tells why it failed.",
        f"{RESTART}.",
    ),
    "failing_unknown, not old enough": (
        failed_cursor(7 * DAY, *TIMEOUTS),
        f"The {ROW} paused (13), in error; 2 runs have failed {LAST} (timeout): {SLOW}. The cursor stands at "
        "2026-11-16 12:00:00.000Z, 7d ago. Not shown to be stuck: the cursor is not older than 7d.",
        f"{RESTART}.",
    ),
    "failing_unknown, in a state that is not understood": (
        cursor(option=option(YEARS), workflow=workflow(9), journal=TIMEOUTS),
        f"The {ROW} testing (9); 2 runs have failed {LAST} (timeout): {SLOW}. {ANCIENT}. Not shown to be stuck: its "
        "state is not one that is understood.",
        f"{RESTART}.",
    ),
    "failing_unknown, in such a state, though what stands still may be started": (
        cursor(option=option(YEARS), workflow=workflow(9), journal=TIMEOUTS, start_stopped=True),
        f"The {ROW} testing (9); 2 runs have failed {LAST} (timeout): {SLOW}. {ANCIENT}. Not shown to be stuck: its "
        "state is not one that is understood.",
        f"{RESTART}.",
    ),
    "failing_unknown, little lies between": (
        failed_cursor(YEARS, *TIMEOUTS, mid=FEW),
        f"The {ROW} paused (13), in error; 2 runs have failed {LAST} (timeout): {SLOW}. {FEW_SAID}. {ANCIENT}. Not "
        "shown to be stuck: that is so little (small_gap: 500) that a run from where it stands could fetch it.",
        START_FIRST,
    ),
    "failing_unknown, figures are missing": (
        failed_cursor(YEARS, *TIMEOUTS, mid=MISSING),
        f"The {ROW} paused (13), in error; 2 runs have failed {LAST} (timeout): {SLOW}. The mid-sourcing server was "
        f"not asked: no credentials. {ANCIENT}. Not shown to be stuck: figures of the mid are asked for (ask_mid: "
        "require), and there are none.",
        "Give credentials for the mid-sourcing server that it accepts (mid_sourcing_mids), or ask_mid: auto.",
    ),
    "failing_unknown, while a run goes on": (
        cursor(option=option(DAY), workflow=LONG_RUN, journal=UNKNOWNS),
        f"The {ROW} started (11), process 7; 2 runs have failed {LAST}: {SCRIPT}. The cursor stands at 2026-11-22 "
        "12:00:00.000Z, 1d ago. Not shown to be stuck: the cursor is not older than 7d.",
        WAIT,
    ),
    "stale": (cursor(option=option(YEARS)), f"{ANCIENT} (more than 6h); the {ROW} started (11); {NO_RUN}.", NEXT_RUN),
    "stale, while a run goes on": (
        cursor(option=option(YEARS), workflow=LONG_RUN),
        f"{ANCIENT} (more than 6h); the {ROW} started (11), process 7; {NO_RUN}.",
        WAIT,
    ),
    "stale, without a workflow": (
        cursor(option=option(YEARS), workflow=None),
        f"{ANCIENT} (more than 6h); the workflow 'defaultMidSourcingDlv' {NOT_SEEN}; {NO_RUN}.",
        "Look with an operator who may see the workflow's folder.",
    ),
    "stale, of one of several workflows": (
        cursor(option=option(YEARS), workflow=None, kind=OF_ACCOUNTS),
        f"{ANCIENT} (more than 6h); which workflow moves it is not known; {NO_RUN}.",
        "Look at the workflow that moves it.",
    ),
    "stale, of a workflow that is not known": (
        cursor(option=option(YEARS), workflow=None, kind=OF_NONE),
        f"{ANCIENT} (more than 6h); which workflow moves it is not known; {NO_RUN}.",
        "Look at the workflow that moves it.",
    ),
    "stale, of one of several workflows that was found": (
        cursor(option=option(YEARS), kind=OF_ACCOUNTS),
        f"{ANCIENT} (more than 6h); the {ROW} started (11); {NO_RUN}.",
        NEXT_RUN,
    ),
    "stale, stopped by us": (
        cursor(workflow=workflow(20), ours=True),
        f"The {ROW} stopped (20): our own run stopped it and did not start it again. {STANDS}.",
        "Start the workflow.",
    ),
    "healthy": (cursor(), f"{STANDS} (allowed: 6h); the {ROW} started (11).", NOTHING),
    "healthy, as old as the server's clock": (
        cursor(option=option(0)),
        f"The cursor stands at 2026-11-23 12:00:00.000Z, 0s ago (allowed: 6h); the {ROW} started (11).",
        NOTHING,
    ),
    "healthy, a second ahead": (
        cursor(option=option(-1)),
        "The cursor stands at 2026-11-23 12:00:01.000Z, 1s ahead of the server's clock (allowed: 6h); "
        f"the {ROW} started (11).",
        NOTHING,
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_verdict_says_why_and_what_to_do(name: str) -> None:
    seen, reason, proposal = SAID[name]
    found = judge(seen, T)
    assert (found.verdict.value, found.reason, found.proposal) == (name.partition(",")[0], reason, proposal)


def test_runs_that_are_too_few_are_counted_against_what_is_asked_for() -> None:
    found = judge(failed_cursor(YEARS, *TIMEOUTS), Thresholds(min_failed_runs=3))
    assert found.reason.endswith("Not shown to be stuck: at least 3 such runs are asked for.")
    enough = judge(cursor(option=option(YEARS), workflow=workflow(9), journal=TIMEOUTS), Thresholds(min_failed_runs=2))
    assert enough.reason.endswith("Not shown to be stuck: its state is not one that is understood.")
    assert found.proposal == f"{RESTART}."


def test_remedy_of_each_known_reason_is_proposed_once() -> None:
    logon = line(2 * HOUR, "XSV-350012 Login or password incorrect. Connection denied.")
    found = judge(failed_cursor(YEARS, line(3 * HOUR, OTHER), logon, line(HOUR, OTHER), line(600, UNKNOWN)), T)
    assert found.proposal == f"{ADDRESS} {LOGON} {LOSES_NOTHING} {MEANS}"


# -- what an earlier attempt can have written --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("certain", "changes", "verdict"),
    [
        (False, {}, "healthy"),
        (True, {}, "stuck"),
        (False, {"option": option(int(T.max_age))}, "healthy"),
        (False, {"option": option(int(T.max_age) + 1)}, "stuck"),
        (False, {"workflow": workflow(20)}, "stuck"),
        (False, {"option": option(30 * MINUTE)}, "healthy"),
        (
            False,
            {"option": option(30 * MINUTE), "journal": (line(10 * MINUTE, TIMEOUT), line(20 * MINUTE, TIMEOUT))},
            "stuck",
        ),
    ],
)
def test_value_that_an_attempt_can_have_written_goes_on_by_itself_where_it_is_healthy(
    certain: bool, changes: dict[str, Any], verdict: str
) -> None:
    point = replace(FORMER, written=True, certain=certain)
    seen = cursor(**{"ours": True, "moved_at": ago(100 * DAY), "resume_point": point, **changes})
    assert judge(seen, T).verdict.value == verdict


def test_failures_before_a_start_are_said_to_be_before_it() -> None:
    started = workflow(11, started=HOUR)
    failed = (line(2 * HOUR, TIMEOUT), line(3 * HOUR, TIMEOUT))
    words = " since the workflow was started at 2026-11-23 11:00:00.000Z"
    found = judge(cursor(option=option(YEARS), workflow=started, journal=failed), T)
    assert (found.verdict.value, words in found.reason) == ("stale", True)
    for other in (
        cursor(option=option(YEARS), workflow=started),
        cursor(option=option(YEARS), workflow=workflow(11, started=None)),
    ):
        reason = judge(other, T).reason
        assert (
            "no run is known to have failed on this value" in reason and "since the workflow was started" not in reason
        )


def test_lines_that_are_dated_ahead_are_said_to_count_no_more() -> None:
    words = "(lines of its journal are dated ahead of the server's clock, and count no more)"
    ahead = (line(-2 * DAY, TIMEOUT),)
    assert words in judge(cursor(option=option(YEARS), journal=ahead), T).reason
    assert words not in judge(cursor(option=option(YEARS)), T).reason
