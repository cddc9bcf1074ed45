# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    FaultError,
    NotFoundError,
    ProtocolError,
    TimedOut,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflow_states import WorkflowState
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import (
    JournalLine,
    Workflow,
    Workflows,
)
from ansible_collections.campaign.classic.plugins.module_utils._soap.envelope import Param
from tests.helpers.fake_session import Answer, FakeSession, collection, nothing

DLV = "defaultMidSourcingDlv"
ROW = {
    "id": 1771,
    "internalName": DLV,
    "label": "Mid-sourcing (delivery counters)",
    "state": 13,
    "failed": 1,
    "processId": 0,
    "processDate": "2026-11-23 01:10:02.120Z",
    "nextProcessingDate": "",
    "lastStart": "2026-11-20 09:00:00.000Z",
    "errorCount": 1,
    "status": 3,
    "_cs": "x",
}
AT = datetime(2026, 11, 23, 1, 10, 2, 120000, UTC)


def workflows(*answers: Answer) -> tuple[Workflows, FakeSession]:
    session = FakeSession(*answers, now=AT)
    return Workflows(session), session  # type: ignore[arg-type]


def workflow(**changes: Any) -> Workflow:
    return Workflow(
        **{"id": 1, "internal_name": "w", "label": "", "state": 11, "failed": False, "process_id": 0, **changes}
    )


def line(**changes: Any) -> JournalLine:
    return JournalLine(
        **{"id": 1, "workflow_id": 1, "at": AT, "log_type": None, "activity": "", "error": "", "message": "", **changes}
    )


# -- rows


def test_a_workflow_is_read_with_its_types() -> None:
    reader, _unused = workflows(collection("workflow", ROW))
    assert reader.get(DLV) == Workflow(
        id=1771,
        internal_name=DLV,
        label="Mid-sourcing (delivery counters)",
        state=13,
        failed=True,
        process_id=0,
        process_date=AT,
        next_processing_date=None,
        last_start=datetime(2026, 11, 20, 9, tzinfo=UTC),
        error_count=1,
    )


def test_only_attributes_that_have_a_source_are_asked_for() -> None:
    reader, session = workflows(collection("workflow", ROW))
    reader.get(DLV)
    (sent,) = session.sent
    assert sent.columns == [
        "@id",
        "@internalName",
        "@label",
        "@state",
        "@failed",
        "@processId",
        "@processDate",
        "@nextProcessingDate",
        "@lastStart",
        "@errorCount",
    ]
    assert sent.where == f"@internalName = '{DLV}'"
    assert int(sent.document.get("lineCount")) > 0


def test_a_workflow_that_is_not_there_may_also_be_hidden() -> None:
    reader, _unused = workflows(collection("workflow"))
    with pytest.raises(NotFoundError, match=f"mkt-a: .*'{DLV}', or the operator has no rights on its folder"):
        reader.get(DLV)


def test_find_returns_those_that_are_there_by_name_in_one_query() -> None:
    reader, session = workflows(
        collection(
            "workflow", {"id": 5, "internalName": "b"}, {"id": 4, "internalName": "A"}, {"id": 9, "internalName": "a"}
        )
    )
    assert [(row.internal_name, row.id) for row in reader.find(["b", "a", "c'", "b"])] == [("a", 9), ("b", 5)]
    assert [sent.where for sent in session.sent] == [r"@internalName IN ('b', 'a', 'c\'')"]


def test_finding_nothing_costs_no_call() -> None:
    reader, session = workflows()
    assert reader.find([]) == []
    assert reader.journal([]) == []
    assert session.calls == []


@pytest.mark.parametrize("names", [[""], ["a", "  "]])
def test_an_empty_name_is_refused(names: list[str]) -> None:
    reader, session = workflows()
    with pytest.raises(ValidationError, match="must not be empty"):
        reader.find(names)
    assert session.calls == []


def test_a_state_that_is_no_number_is_an_error_of_the_server() -> None:
    reader, _unused = workflows(collection("workflow", {"internalName": DLV, "state": "started"}))
    with pytest.raises(ProtocolError, match="mkt-a: The server sent state = 'started'"):
        reader.get(DLV)


def test_states_have_their_names_and_an_unknown_one_its_number() -> None:
    assert {state: workflow(state=state).state_name for state in (0, 11, 13, 20)} == {
        0: "edit",
        11: "started",
        13: "paused",
        20: "stopped",
    }
    assert workflow(state=99).state_name == "state 99"


def test_started_is_not_running() -> None:
    assert not workflow(state=11, process_id=0).running
    assert workflow(state=11, process_id=4711).running


def test_transitional_states_are_those_in_which_an_order_is_on_its_way() -> None:
    assert {state for state in WorkflowState if workflow(state=state).transitional} == {10, 12, 14, 15, 16, 17, 18}


# -- journal


def test_the_journal_of_several_workflows_is_one_bounded_query() -> None:
    reader, session = workflows(collection("workflowLog"))
    assert reader.journal([1771, -5, 1771]) == []
    (sent,) = session.sent
    assert sent.document.get("schema") == "xtk:workflowLog"
    assert sent.document.get("lineCount") == "200"
    assert sent.where == "[@workflow-id] IN (1771, -5)"
    assert sent.columns == ["@id", "[@workflow-id]", "@activity", "@logDate", "@logType", "@error", "@message"]
    assert [dict(node.attrib) for node in sent.document.xpath("orderBy/node")] == [
        {"expr": "@logDate", "sortDesc": "true"},
        {"expr": "@id", "sortDesc": "true"},
    ]


def test_the_journal_can_begin_at_a_moment_and_be_shorter() -> None:
    reader, session = workflows(collection("workflowLog"))
    reader.journal([7], limit=20, since=AT)
    assert session.sent[0].document.get("lineCount") == "20"
    assert session.sent[0].where == "([@workflow-id] = 7) and (@logDate >= #2026-11-23T01:10:02.120Z#)"


def test_lines_come_newest_first_and_by_id_within_a_moment() -> None:
    later = "2026-11-23 01:10:03.000Z"
    reader, _unused = workflows(
        collection(
            "workflowLog",
            {
                "id": 7,
                "workflow-id": 1,
                "logDate": "2026-11-23 01:10:02.120Z",
                "logType": "0",
                "activity": "js",
                "error": "SCR-160012 x",
                "message": "m",
            },
            {"id": -3, "workflow-id": 2, "logDate": later},
            {"id": 9, "workflow-id": 1, "logDate": later},
        )
    )
    assert reader.journal([1, 2]) == [
        line(id=9, workflow_id=1, at=AT + timedelta(seconds=0.88)),
        line(id=-3, workflow_id=2, at=AT + timedelta(seconds=0.88)),
        line(id=7, workflow_id=1, log_type=0, activity="js", error="SCR-160012 x", message="m"),
    ]


def test_lines_dated_ahead_of_the_clock_do_not_displace_those_of_today() -> None:
    ahead = {"id": 7, "workflow-id": 1, "logDate": "2026-11-23 01:20:02.121Z"}
    today = {"id": 8, "workflow-id": 1, "logDate": "2026-11-23 01:20:02.120Z"}
    reader, session = workflows(collection("workflowLog", ahead), collection("workflowLog", today))
    assert [one.id for one in reader.journal([1], limit=1)] == [7, 8]
    assert session.sent[1].where == "([@workflow-id] = 1) and (@logDate <= #2026-11-23T01:20:02.120Z#)"
    reader, session = workflows(collection("workflowLog", today))
    assert [one.id for one in reader.journal([1], limit=1)] == [8] and len(session.sent) == 1


def test_a_line_without_a_date_is_an_error_of_the_server() -> None:
    reader, _unused = workflows(collection("workflowLog", {"id": 7, "logDate": ""}))
    with pytest.raises(ProtocolError, match="mkt-a: The server sent line 7 of a journal without a date"):
        reader.journal([1])


@pytest.mark.parametrize(
    ("error", "message", "log_type", "is_error", "text"),
    [
        ("timed out", "Task failed", 2, True, "timed out"),
        ("", "SCR-160012 JavaScript error", 2, True, "SCR-160012 JavaScript error"),
        ("", "  WDB-200001 SQL", None, True, "  WDB-200001 SQL"),
        ("", "Starting workflow (see XSV-350012)", 0, False, "Starting workflow (see XSV-350012)"),
        ("", "AuditTrail: Option 'x' with id '1' modified", 0, False, "AuditTrail: Option 'x' with id '1' modified"),
        ("", "", 0, False, ""),
        ("  ", "done", 1, False, "done"),
        ("0", "done", 2, False, "done"),
        ("false", "done", 2, False, "done"),
        ("1", "it failed", 2, True, "it failed"),
        ("true", "", 2, True, "true"),
    ],
)
def test_a_line_is_an_error_by_its_text_and_never_by_its_type(
    error: str, message: str, log_type: int | None, is_error: bool, text: str
) -> None:
    found = line(error=error, message=message, log_type=log_type)
    assert found.is_error is is_error
    assert found.text == text


# -- orders


@pytest.mark.parametrize("method", ["Start", "Pause", "Stop", "Kill", "Wakeup"])
@pytest.mark.parametrize("reference", [DLV, "-2137278711", -2137278711])
def test_an_order_is_one_call_with_one_text(method: str, reference: str | int) -> None:
    sender, session = workflows(nothing(method))
    sender.order(method.lower(), reference)
    (sent,) = session.sent
    assert (sent.service, sent.method, sent.params) == (
        "xtk:workflow",
        method,
        [Param("strWorkflowId", str(reference))],
    )


@pytest.mark.parametrize("error", [FaultError("failed", fault_string="SOP-330011"), TimedOut("late", reached="maybe")])
def test_a_fault_or_a_lost_answer_of_an_order_passes_and_nothing_is_sent_again(error: Exception) -> None:
    sender, session = workflows(error)
    with pytest.raises(type(error)) as caught:
        sender.order("start", DLV)
    assert caught.value is error
    assert session.calls == ["Start"]


@pytest.mark.parametrize(
    ("method", "reference", "reason"),
    [
        ("Delete", DLV, "'Delete' is not an order"),
        ("restart", DLV, "is not an order"),
        ("start", "", "needs the internal"),
        ("stop", "  ", "needs the internal"),
    ],
)
def test_an_order_that_cannot_be_right_is_refused(method: str, reference: str, reason: str) -> None:
    sender, session = workflows()
    with pytest.raises(ValidationError, match=reason):
        sender.order(method, reference)
    assert session.calls == []
