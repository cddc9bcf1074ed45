# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import FaultError
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.snapshot import Facts, gather, read_facts
from ansible_collections.campaign.classic.plugins.module_utils._resources.external_accounts import Account
from ansible_collections.campaign.classic.plugins.module_utils._resources.options import Option
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import JournalLine, Workflow
from tests.helpers.fake_session import Answer, FakeSession, collection

NOW = datetime(2026, 11, 23, 2, 0, 0, 123456, UTC)
DLV, LOG = "defaultMidSourcingDlv", "defaultMidSourcingLog"
KINDS = [
    SimpleNamespace(prefix="NmsMidSourcing_LastDelivery_", workflow=DLV, is_family=True, sibling=False),
    SimpleNamespace(prefix="NmsMidSourcing_LastBroadLog_", workflow=LOG, is_family=True, sibling=True),
    SimpleNamespace(prefix="NmsMidSourcing_Other", workflow="", is_family=False, sibling=True),
]


def options(number: int) -> Answer:
    return collection(
        "option",
        *(
            {
                "id": index,
                "name": f"NmsMidSourcing_LastDelivery_{index}",
                "dataType": 7,
                "timeStampValue": "2020-03-01 10:00:00.000Z",
            }
            for index in range(number)
        ),
    )


def accounts(number: int) -> Answer:
    return collection("extAccount", *({"id": index, "name": str(index), "active": 1} for index in range(number)))


def workflows(*names: str) -> Answer:
    return collection(
        "workflow", *({"id": 1000 + index, "internalName": name, "state": 11} for index, name in enumerate(names))
    )


def journal(number: int) -> Answer:
    return collection(
        "workflowLog",
        *({"id": index, "workflow-id": 1000, "logDate": "2026-11-23 01:00:00.000Z"} for index in range(number)),
    )


def session_of(*answers: Answer) -> Any:
    return FakeSession(*answers, now=NOW)


# -- reading


@pytest.mark.parametrize("cursors", [0, 1, 300])
def test_four_queries_are_enough_whatever_the_number_of_cursors(cursors: int) -> None:
    session = session_of(options(cursors), accounts(cursors), workflows(DLV, LOG), journal(3))
    facts = read_facts(session, KINDS)
    assert session.calls == ["ExecuteQuery"] * 4
    assert [sent.document.get("schema") for sent in session.sent] == [
        "xtk:option",
        "nms:extAccount",
        "xtk:workflow",
        "xtk:workflowLog",
    ]
    assert (len(facts.options), len(facts.accounts), len(facts.workflows), len(facts.journal)) == (
        cursors,
        cursors,
        2,
        3,
    )


def test_prefixes_and_names_are_asked_for_once_each() -> None:
    session = session_of(options(0), accounts(0), workflows(DLV), journal(0))
    read_facts(session, KINDS)
    assert session.sent[0].where == (
        r"(@name like 'NmsMidSourcing\_LastDelivery\_%') or (@name like 'NmsMidSourcing\_LastBroadLog\_%') or "
        r"(@name = 'NmsMidSourcing_Other')"
    )
    assert session.sent[2].where == f"@internalName IN ('{DLV}', '{LOG}')"
    assert session.sent[3].where == "[@workflow-id] = 1000"


def test_the_facts_carry_instance_build_and_the_servers_clock() -> None:
    facts = read_facts(session_of(options(1), accounts(1), workflows(DLV), journal(1)), KINDS)
    assert (facts.instance, facts.build, facts.server_time, facts.skew_seconds) == ("mkt-a", "9396", NOW, 1.5)
    assert facts.options[0].value == datetime(2020, 3, 1, 10, tzinfo=UTC)
    assert facts.workflows[0].internal_name == DLV


def test_no_journal_is_asked_for_when_no_workflow_was_found() -> None:
    session = session_of(options(1), accounts(1), workflows())
    facts = read_facts(session, KINDS)
    assert len(session.calls) == 3
    assert facts.journal == ()
    assert facts.journal_complete


def test_what_is_not_asked_for_costs_no_query() -> None:
    session = session_of(accounts(1))
    facts = gather(session, prefixes=[], workflow_names=[])
    assert session.calls == ["ExecuteQuery"]
    assert (facts.options, facts.workflows, len(facts.accounts)) == ((), (), 1)


def test_the_journals_of_siblings_do_not_push_out_that_of_the_cure() -> None:
    session = session_of(options(0), accounts(0), workflows(LOG, DLV), journal(2))
    facts = read_facts(session, KINDS)
    own = next(one for one in facts.workflows if one.internal_name == DLV)
    assert session.sent[3].where == f"[@workflow-id] = {own.id}"
    session = session_of(options(0), accounts(0), workflows(LOG))
    assert read_facts(session, KINDS).journal == ()
    assert len(session.calls) == 3


@pytest.mark.parametrize(("lines", "complete"), [(4, True), (5, False)])
def test_a_journal_that_may_be_cut_off_says_so(lines: int, complete: bool) -> None:
    session = session_of(options(0), accounts(0), workflows(DLV), journal(lines))
    facts = read_facts(session, KINDS, journal_limit=5)
    assert session.sent[3].document.get("lineCount") == "5"
    assert facts.journal_complete is complete


@pytest.mark.parametrize("failing", range(4))
def test_facts_are_whole_or_not_there_at_all(failing: int) -> None:
    answers: list[Answer] = [options(1), accounts(1), workflows(DLV), journal(1)]
    fault = FaultError("failed")
    answers[failing] = fault
    with pytest.raises(FaultError) as caught:
        read_facts(session_of(*answers), KINDS)
    assert caught.value is fault


def test_facts_cannot_be_changed() -> None:
    facts = read_facts(session_of(options(0), accounts(0), workflows()), KINDS)
    with pytest.raises(FrozenInstanceError):
        facts.build = "1"  # type: ignore[misc]


# -- plain data

TEXTS = st.text(max_size=12)
NUMBERS = st.integers()
MOMENTS = st.datetimes(timezones=st.just(UTC))
MAYBE_MOMENTS = st.none() | MOMENTS
OPTIONS = st.builds(
    Option, name=TEXTS, data_type=NUMBERS, raw=TEXTS, id=TEXTS, description=TEXTS, value_read=st.booleans()
)
ACCOUNTS = st.builds(Account, id=NUMBERS, name=TEXTS, label=TEXTS, active=st.booleans(), server=TEXTS)
WORKFLOWS = st.builds(
    Workflow,
    id=NUMBERS,
    internal_name=TEXTS,
    label=TEXTS,
    state=NUMBERS,
    failed=st.booleans(),
    process_id=NUMBERS,
    process_date=MAYBE_MOMENTS,
    next_processing_date=MAYBE_MOMENTS,
    last_start=MAYBE_MOMENTS,
    error_count=NUMBERS,
)
LINES = st.builds(
    JournalLine,
    id=NUMBERS,
    workflow_id=NUMBERS,
    at=MOMENTS,
    log_type=st.none() | NUMBERS,
    activity=TEXTS,
    error=TEXTS,
    message=TEXTS,
)
FACTS = st.builds(
    Facts,
    instance=TEXTS,
    server_time=MOMENTS,
    skew_seconds=st.floats(allow_nan=False, allow_infinity=False),
    build=TEXTS,
    options=st.lists(OPTIONS, max_size=2).map(tuple),
    accounts=st.lists(ACCOUNTS, max_size=2).map(tuple),
    workflows=st.lists(WORKFLOWS, max_size=2).map(tuple),
    journal=st.lists(LINES, max_size=2).map(tuple),
    journal_complete=st.booleans(),
)

EXAMPLE = Facts(
    instance="mkt-a",
    server_time=NOW,
    skew_seconds=1.5,
    build="9396",
    options=(Option(name="o", data_type=7, raw=""),),
    accounts=(Account(1, "mid", "Mid", True, "http://mid"),),
    workflows=(Workflow(1, DLV, "", 11, False, 0),),
    journal=(JournalLine(1, 1, NOW, None, "", "", "m"),),
)
