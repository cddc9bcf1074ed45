# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence before anything is sent and after the end, and the window right before the first write."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from jsonschema import Draft202012Validator

from ansible_collections.campaign.classic.plugins.module_utils._client import connect as _connection
from ansible_collections.campaign.classic.plugins.module_utils._client.session import MethodClass, Session
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import parse_duration
from ansible_collections.campaign.classic.plugins.module_utils._operations.given_plans import PLANS_OPTION
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Answer, Operation, Request
from ansible_collections.campaign.classic.plugins.plugin_utils._action import cure as _cure_action
from ansible_collections.campaign.classic.plugins.plugin_utils._action.cure import (
    EvidenceAction,
    OptionAction,
    WorkflowAction,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.attempt import as_option
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import check_run
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.records import hosts_of, run_of
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.undoing import rollback_targets
from tests.helpers.actions import CONNECTION, PASSWORD, action
from tests.helpers.diagnoses import plan
from tests.helpers.older_ansible import trust_as_template
from tests.unit.plugins.module_utils.fake_transport import FakeTransport, answer, logon

ROOT = Path(__file__).resolve().parents[5]
SCHEMA = json.loads((ROOT / "roles/mid_sourcing/files/evidence.schema.json").read_text(encoding="utf-8"))
OPTION, OLD, NEW = "NmsMidSourcing_LastDelivery_eu", "2020-03-01 10:00:00.000Z", "2026-11-22 02:00:00.000Z"
OPEN = {"windows": [{"rrule": "FREQ=DAILY;BYHOUR=0", "duration": "24h"}], "ticket": "CHG1"}
SHUT = {"windows": [{"from": "2020-01-01 00:00", "to": "2020-01-02 00:00"}]}

OPTIONS: dict[str, Any] = {
    "cursor": {"type": "str"},
    "expected_value": {"type": "str"},
    "cursors": {"type": "list", "elements": "dict"},
    "plans": PLANS_OPTION,
    "workflow": {"type": "str", "default": "defaultMidSourcingDlv"},
    "strategy": {"type": "str", "default": "lookback"},
    "lookback": {"type": "str", "default": "1d"},
    "value": {"type": "str"},
    "evidence_dir": {"type": "path"},
    "run_id": {"type": "str"},
    "earlier": {"type": "list", "elements": "dict", "default": []},
}


def cure(request: Request, session: Session) -> Answer:
    """A cure that wrote, with more of everything than the record keeps, and a secret in it."""
    lines = [{"at": OLD, "activity": "a", "text": f"error {n} {PASSWORD}", "cause": None} for n in range(30)]
    return Answer(
        True,
        {
            "outcome": "cured",
            "reason": f"It ran, with {PASSWORD}.",
            "plan": {"asked": request.params.get("earlier")},
            "moves": [{"option": OPTION, "outcome": "cured", "old_value": OLD, "written": NEW, "after": NEW}],
            "steps": [{"at": NEW, "action": "write", "detail": "accepted"}],
            "errors": [f"error after {n}" for n in range(30)],
            "diagnosis": {"verdict": "stuck", "evidence": {"last_errors": lines, "value": OLD}},
        },
    )


class Cure(EvidenceAction):
    """An action that leaves evidence."""

    OPERATION = Operation(name="sync_cursor", options=OPTIONS, run=cure, traced=True)


def put(_request: Request, _session: Session) -> Answer:
    """An option that was put back."""
    return Answer(True, {"option": {"name": OPTION, "value": OLD}, "previous": {"name": OPTION, "value": NEW}})


class Put(OptionAction):
    """An action that puts an option back."""

    OPERATION = Operation(
        name="option",
        options={
            "name": {"type": "str"},
            "value": {"type": "raw"},
            "expected_value": {"type": "raw"},
            "evidence_dir": {"type": "path"},
            "run_id": {"type": "str"},
        },
        run=put,
        traced=True,
    )


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    """Replaces the real one; it answers three sessions."""
    fake = FakeTransport(*(logon(), answer("Logoff")) * 3)
    monkeypatch.setattr(_connection, "HttpTransport", lambda _settings: fake)
    return fake


def run(
    directory: Path,
    *,
    kind: type[EvidenceAction] = Cure,
    window: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    task: str = "",
    check_mode: bool = False,
    **arguments: Any,
) -> dict[str, Any]:
    given = {**CONNECTION, "cursor": OPTION, "expected_value": OLD, "evidence_dir": str(directory), "run_id": "night"}
    given = {name: value for name, value in {**given, **arguments}.items() if value is not None}
    made = action(kind, given, check_mode=check_mode)
    made._task._uuid = task
    seen = {"inventory_hostname": "mkt1", **(variables or {})}
    if window is not None:
        seen[_cure_action.WINDOW] = dict(window)
    result: dict[str, Any] = made.run(task_vars=seen)
    return result


def kept(directory: Path, name: str = "night") -> dict[str, Any]:
    """The record of the one host, which matches the schema and the manifest."""
    record: dict[str, Any] = json.loads((directory / name / "mkt1.json").read_text(encoding="utf-8"))
    Draft202012Validator(SCHEMA).validate(record)
    assert check_run(directory / name) == []
    assert PASSWORD not in json.dumps(record)
    return record


def test_intent_is_on_disk_before_anything_is_sent(
    tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    post = transport.post

    def look(*arguments: Any, **keywords: Any) -> Any:
        seen.append(kept(tmp_path))
        return post(*arguments, **keywords)

    monkeypatch.setattr(transport, "post", look)
    run(tmp_path)
    assert [record["state"] for record in seen] == ["started", "started"]
    [cursor] = seen[0]["cursors"]
    assert (cursor["option"], cursor["old_value"], cursor["plan"]["option"]) == (OPTION, OLD, OPTION)
    assert len(seen[0]["digest"]) == 64


def test_record_holds_who_what_and_every_call(tmp_path: Path, transport: FakeTransport) -> None:
    job = {"awx_job_id": 4711, "tower_user_name": "ops", "awx_job_template_name": "night"}
    result = run(tmp_path, window=OPEN, variables=job)
    record = kept(tmp_path)
    assert result["evidence"] == str(tmp_path / "night/mkt1.json")
    assert record["by"]["job"] == {"id": "4711", "user": "ops", "template": "night"}
    assert record["by"]["collection"] and record["by"]["ansible"] and record["by"]["controller"]
    assert (record["ticket"], record["window"]["state"], record["failed"]) == ("CHG1", "open", False)
    log = record["result"]["calls"]["log"]
    assert [call["method"] for call in log] == ["xtk:session#Logon", "xtk:session#Logoff"]
    assert {call["outcome"] for call in log} == {"ok"}
    assert len(record["result"]["journal"]) == 20
    assert "last_errors" not in record["result"]["diagnosis"]["evidence"]
    assert isinstance(record["result"]["skew_seconds"], float)


@pytest.mark.parametrize("name", ["windows", "blackouts", "ticket_pattern", "timezone"])
def test_setting_of_the_window_that_cannot_be_read_denies_though_the_role_has_a_default_for_it(
    name: str, tmp_path: Path, transport: FakeTransport
) -> None:
    variables = {f"change_window_{name}": trust_as_template("{{ nowhere.found }}")}
    with pytest.raises(AnsibleActionFail, match="'nowhere' is undefined.*Nothing was sent to the instance"):
        run(tmp_path, window=OPEN, variables=variables)
    assert transport.methods == []


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"change_window_needs": None}, "2h are needed"),
        ({"change_window_needs": trust_as_template("{{ none }}")}, "2h are needed"),
        ({"change_window_needs": trust_as_template("{{ '' }}")}, "2h are needed"),
        ({"change_window_needs": "3h"}, "3h are needed"),
        ({"change_window_windows": None}, "2h are needed"),
        ({"change_window_windows": " "}, "change_window_windows must be a list"),
    ],
)
def test_setting_of_the_window_that_is_null_leaves_that_of_the_role(
    setting: dict[str, Any], says: str, tmp_path: Path, transport: FakeTransport
) -> None:
    now = datetime.now(UTC)
    about_to_close = {
        "from": f"{now - timedelta(days=1):%Y-%m-%d %H:%M}",
        "to": f"{now + timedelta(hours=1):%Y-%m-%d %H:%M}",
    }
    with pytest.raises(AnsibleActionFail, match=f"{says}.*Nothing was sent to the instance"):
        run(tmp_path, window={"windows": [about_to_close], "needs": "2h"}, variables=setting)
    assert transport.methods == []


def test_job_id_comes_from_the_environment_too(
    tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOB_ID", "99")
    run(tmp_path)
    assert kept(tmp_path)["by"]["job"]["id"] == "99"


@pytest.mark.parametrize("arguments", [{}, {"evidence_dir": None, "run_id": None}])
def test_shut_window_sends_nothing_and_leaves_no_file(
    arguments: dict[str, Any], tmp_path: Path, transport: FakeTransport
) -> None:
    with pytest.raises(AnsibleActionFail, match="The change window is closed.*Nothing was sent"):
        run(tmp_path, window=SHUT, **arguments)
    assert transport.sent == [] and list(tmp_path.iterdir()) == []


def test_check_mode_asks_no_window_and_leaves_no_file(tmp_path: Path, transport: FakeTransport) -> None:
    assert run(tmp_path, window=SHUT, check_mode=True)["outcome"] == "cured"
    assert list(tmp_path.iterdir()) == []


def test_override_is_recorded(tmp_path: Path, transport: FakeTransport) -> None:
    run(tmp_path, window={**SHUT, "override": "severity 1, agreed"})
    assert kept(tmp_path)["window"]["state"] == "overridden"
    assert kept(tmp_path)["window"]["override"] == "severity 1, agreed."


def test_instance_that_the_same_task_has_changed_is_brought_to_its_end(
    tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cure, "OPERATION", Operation("sync_cursor", OPTIONS, run=write_too, traced=True))
    run(tmp_path, window=OPEN, task="loop-1")
    run(tmp_path, window=SHUT, task="loop-1")
    record = kept(tmp_path)
    assert record["window"]["state"] == "begun" and len(record["earlier"]) == 1
    with pytest.raises(AnsibleActionFail, match="closed"):
        run(tmp_path, window=SHUT, task="another")


@pytest.mark.parametrize("how", ["the same task", "an attempt that broke off"])
def test_what_was_not_begun_there_waits_for_the_window(
    how: str, tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cursor that became stuck later is none of what was begun, though it is on the same instance."""
    monkeypatch.setattr(Cure, "OPERATION", Operation("sync_cursor", OPTIONS, run=write_too, traced=True))
    with monkeypatch.context() as patched:
        if how != "the same task":
            patched.setattr(Cure, "after", lambda *_arguments: None)
        run(tmp_path, window=OPEN, task="loop-1")
    task = "loop-1" if how == "the same task" else "another"
    other, both = {"cursor": f"{OPTION}2"}, [OPTION, f"{OPTION}2"]
    with pytest.raises(AnsibleActionFail, match="closed"):
        run(tmp_path, window=SHUT, task=task, **other)
    rows = [{"cursor": name, "expected_value": OLD} for name in both]
    with pytest.raises(AnsibleActionFail, match="closed"):
        run(tmp_path, window=SHUT, task=task, cursor=None, expected_value=None, cursors=rows)
    run(tmp_path, window=SHUT, task=task)
    assert kept(tmp_path)["window"]["state"] == "begun"


def write_too(request: Request, session: Session) -> Answer:
    """A cure whose session has a write among its calls."""
    done = cure(request, session)
    wrote = {"service": "xtk:persist", "method": "Write", "kind": MethodClass.WRITE}
    session.calls.append(replace(session.calls[0], **wrote))
    return done


@pytest.mark.parametrize(("age", "goes_on"), [(timedelta(hours=23), True), (timedelta(hours=25), False)])
def test_attempt_that_broke_off_is_brought_to_its_end_for_a_day(
    age: timedelta, goes_on: bool, tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = datetime.now(UTC) - age
    monkeypatch.setattr(_cure_action, "_now", lambda: f"{began:%Y-%m-%dT%H:%M:%S}.000Z")
    monkeypatch.setattr(Cure, "after", lambda *_arguments: None)
    run(tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(_connection, "HttpTransport", lambda _settings: transport)
    if not goes_on:
        with pytest.raises(AnsibleActionFail, match="closed"):
            run(tmp_path, window=SHUT)
        return
    result = run(tmp_path, window=SHUT)
    assert result["plan"]["asked"][0]["outcome"] is None, "the module was not told of the attempt that broke off"
    assert kept(tmp_path)["window"]["state"] == "begun"
    with pytest.raises(AnsibleActionFail, match="needs a ticket"):
        run(tmp_path, window={**SHUT, "ticket_required": True})


def test_attempt_that_broke_off_and_was_rolled_back_opens_no_closed_window(
    tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = Cure.after
    monkeypatch.setattr(Cure, "after", lambda *_arguments: None)
    run(tmp_path)
    monkeypatch.setattr(Cure, "after", after)
    run(tmp_path, kind=Put, cursor=None, name=OPTION, value=OLD, expected_value=NEW)
    with pytest.raises(AnsibleActionFail, match="closed"):
        run(tmp_path, window=SHUT)


def test_rollback_of_several_cursors_is_completed_outside_of_the_window_and_no_cure_is(
    tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each cursor is put back by a task of its own."""
    other = f"{OPTION}2"
    rows = [{"cursor": name, "expected_value": OLD} for name in (OPTION, other)]
    with monkeypatch.context() as patched:
        patched.setattr(Cure, "after", lambda *_arguments: None)
        run(tmp_path, cursor=None, expected_value=None, cursors=rows)
    back: dict[str, Any] = {"kind": Put, "cursor": None, "value": OLD, "expected_value": NEW, "window": SHUT}
    run(tmp_path, task="first", name=OPTION, **back)
    with pytest.raises(AnsibleActionFail, match="closed"):
        run(tmp_path, task="cure", window=SHUT, cursor=other)
    run(tmp_path, task="second", name=other, **back)
    assert kept(tmp_path)["window"]["state"] == "begun"


@pytest.mark.parametrize("by", ["night", "second"], ids=["the same run", "another run"])
@pytest.mark.parametrize(
    ("before", "cured", "refused"),
    [
        ([], ["a", "b"], ["a", "b"]),
        (["a"], ["a", "b"], ["a", "b"]),
        (["a"], ["b"], ["b"]),
        ([], ["a"], ["a"]),
        (["a"], [], []),
    ],
)
def test_an_attempt_that_a_later_one_has_ended_opens_no_closed_window(
    by: str,
    before: list[str],
    cured: list[str],
    refused: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a killed attempt at two cursors, some are put back, and some cured by a later one, in an open window."""
    fake = FakeTransport(*(logon(), answer("Logoff")) * 8)
    monkeypatch.setattr(_connection, "HttpTransport", lambda _settings: fake)
    with monkeypatch.context() as patched:
        patched.setattr(Cure, "after", lambda *_arguments: None)
        cure_all(tmp_path, ["a", "b"], monkeypatch)
    back: dict[str, Any] = {"kind": Put, "cursor": None, "value": OLD, "expected_value": NEW}
    for name in before:
        run(tmp_path, task=f"back {name}", name=name, window=OPEN, **back)
    if cured:
        cure_all(tmp_path, cured, monkeypatch, run_id=by)
    for name in ["a", "b"]:
        if name in refused:
            with pytest.raises(AnsibleActionFail, match="closed"):
                run(tmp_path, task=f"late {name}", name=name, window=SHUT, **back)
        elif name not in before:
            run(tmp_path, task=f"late {name}", name=name, window=SHUT, **back)
            assert kept(tmp_path)["window"]["state"] == "begun"


def test_a_rollback_that_found_the_old_value_ends_no_attempt_whose_write_may_land(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it is given again, whatever the hour."""
    fake = FakeTransport(*(logon(), answer("Logoff")) * 4)
    monkeypatch.setattr(_connection, "HttpTransport", lambda _settings: fake)
    cure_all(tmp_path, ["a"], monkeypatch, outcome="pending", unsure=True)
    back: dict[str, Any] = {"kind": Put, "cursor": None, "value": OLD, "expected_value": NEW, "name": "a"}
    run(tmp_path, task="early", window=OPEN, **back)
    assert kept(tmp_path)["result"]["calls"]["writes"] == 0
    run(tmp_path, task="late", window=SHUT, **back)
    assert kept(tmp_path)["window"]["state"] == "begun"


def cure_all(
    directory: Path,
    names: list[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    outcome: str = "cured",
    run_id: str = "night",
    **told: Any,
) -> None:
    """A cure that has written each of these cursors."""

    def wrote(request: Request, session: Session) -> Answer:
        write_too(request, session)
        moves = [
            {"option": name, "outcome": outcome, "old_value": OLD, "written": NEW, "after": NEW, **told}
            for name in names
        ]
        failed = None if outcome == "cured" else "It has not ended."
        return Answer(True, {"outcome": outcome, "reason": "", "moves": moves}, failed=failed)

    rows = [{"cursor": name, "expected_value": OLD} for name in names]
    with monkeypatch.context() as patched:
        patched.setattr(Cure, "OPERATION", replace(Cure.OPERATION, run=wrote))
        run(
            directory,
            task=f"cure {names} {run_id}",
            window=OPEN,
            cursor=None,
            expected_value=None,
            cursors=rows,
            run_id=run_id,
        )


@pytest.mark.parametrize("failed", [False, True])
def test_a_task_that_has_succeeded_opens_no_closed_window_to_another(
    failed: bool, tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option, or a workflow, has no outcome that could say how it ended."""
    put_back = {"kind": Put, "cursor": None, "name": OPTION, "value": OLD, "expected_value": NEW}

    def wrote(request: Request, session: Session) -> Answer:
        write_too(request, session)
        return replace(put(request, session), failed="Not there." if failed else None)

    monkeypatch.setattr(Put, "OPERATION", replace(Put.OPERATION, run=wrote))
    run(tmp_path, window=OPEN, task="first", **put_back)
    assert kept(tmp_path)["result"]["calls"]["writes"] == 1
    if failed:
        run(tmp_path, window=SHUT, task="another", **put_back)
        return
    with pytest.raises(AnsibleActionFail, match="closed"):
        run(tmp_path, window=SHUT, task="another", **put_back)


def test_an_order_that_broke_off_is_given_again_to_its_own_workflow_only(
    tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"name": {"type": "str"}, "evidence_dir": {"type": "path"}, "run_id": {"type": "str"}}

    class Order(WorkflowAction):
        OPERATION = Operation("workflow", options, run=lambda _request, _session: Answer(True, {}), traced=True)

    order: dict[str, Any] = {"kind": Order, "cursor": None, "expected_value": None}
    with monkeypatch.context() as patched:
        patched.setattr(Order, "after", lambda *_arguments: None)
        run(tmp_path, window=OPEN, name="first", **order)
    with pytest.raises(AnsibleActionFail, match="closed"):
        run(tmp_path, window=SHUT, name="second", **order)
    run(tmp_path, window=SHUT, name="first", **order)
    assert kept(tmp_path)["window"]["state"] == "begun"


@pytest.mark.parametrize("begun", [True, "true", "{{ 1 == 1 }}"])
def test_what_the_diagnosis_has_seen_half_done_is_completed(
    begun: Any, tmp_path: Path, transport: FakeTransport
) -> None:
    """Also what a run of another name has left, or one whose evidence is elsewhere: the gate of the fleet says so."""
    with pytest.raises(AnsibleActionFail, match="closed"):
        run(tmp_path, window=SHUT, variables={_cure_action.BEGUN: False})
    given = trust_as_template(begun) if isinstance(begun, str) else begun
    run(tmp_path, window=SHUT, variables={_cure_action.BEGUN: given})
    assert kept(tmp_path)["window"]["state"] == "begun"


@pytest.mark.parametrize(
    "wrong",
    [
        # It hides that the ticket is missing.
        {"change_window_ticket_required": True, "change_window_override": "yes"},
        {"change_window_ticket": "CHG1", "change_window_ticket_pattern": "("},
        {"change_window_windows": "nightly"},
    ],
)
def test_with_a_wrong_setting_nothing_is_completed(
    wrong: dict[str, Any], tmp_path: Path, transport: FakeTransport
) -> None:
    with pytest.raises(AnsibleActionFail, match="configured wrongly.*Nothing was sent"):
        run(tmp_path, window=SHUT, variables={**wrong, _cure_action.BEGUN: True})
    assert transport.sent == []


def test_check_mode_knows_what_an_attempt_that_broke_off_has_done(
    tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cure, "after", lambda *_arguments: None)
    run(tmp_path)
    before = (tmp_path / "night" / "mkt1.json").read_bytes()
    assert run(tmp_path, check_mode=True)["plan"]["asked"][0]["run_id"] == "night"
    assert (tmp_path / "night" / "mkt1.json").read_bytes() == before


def test_damaged_evidence_of_another_run_is_named_in_check_mode_too(tmp_path: Path, transport: FakeTransport) -> None:
    old = tmp_path / "old"
    old.mkdir(mode=0o700)
    (old / "mkt1.json").write_text("{", encoding="utf-8")
    result = run(tmp_path, check_mode=True)
    assert "evidence" not in result and str(old / "mkt1.json") in " ".join(result["warnings"])


@pytest.mark.parametrize("how", ["removed", "changed"])
def test_a_record_that_is_lost_meanwhile_is_written_again_with_the_attempts_before(
    how: str, tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, task="A")
    path, after = tmp_path / "night/mkt1.json", Cure.after

    def lost(self: Cure, arguments: Any, result: Any) -> None:
        path.unlink() if how == "removed" else path.write_text("{}", encoding="utf-8")
        after(self, arguments, result)

    monkeypatch.setattr(Cure, "after", lost)
    result = run(tmp_path, task="B")
    assert "was taken away, or changed," in result["evidence_problem"]
    record = kept(tmp_path)
    assert [(one["task"], one["state"]) for one in (*record["earlier"], record)] == [("A", "ended"), ("B", "ended")]


@pytest.mark.parametrize("first_to_end", ["P1", "P2"])
def test_two_runs_of_one_name_that_overlap_keep_each_others_attempt(
    first_to_end: str, tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    after, held = Cure.after, dict[str, Callable[[], None]]()

    def hold(self: Cure, arguments: Any, result: Any) -> None:
        held[self._record["task"]] = lambda: after(self, arguments, result)

    monkeypatch.setattr(Cure, "after", hold)
    for task in ("P1", "P2"):
        run(tmp_path, task=task)
    for task in sorted(held, reverse=first_to_end == "P2"):
        held[task]()
    record = kept(tmp_path)
    assert [(one["task"], one["state"], one["result"]["outcome"]) for one in (*record["earlier"], record)] == [
        ("P1", "ended", "cured"),
        ("P2", "ended", "cured"),
    ]
    assert check_run(tmp_path / "night") == []


def test_second_attempt_keeps_the_first_ones_old_value(tmp_path: Path, transport: FakeTransport) -> None:
    run(tmp_path)
    run(tmp_path, expected_value=NEW)
    record = kept(tmp_path)
    assert [one["cursors"][0]["old_value"] for one in (record, *record["earlier"])] == [NEW, OLD]


def test_changed_evidence_stops_the_task_before_anything_is_sent(tmp_path: Path, transport: FakeTransport) -> None:
    run(tmp_path)
    path = tmp_path / "night/mkt1.json"
    path.write_text(path.read_text().replace(OLD, NEW))
    sent = len(transport.sent)
    with pytest.raises(AnsibleActionFail, match="is not what was written"):
        run(tmp_path)
    assert len(transport.sent) == sent


def test_evidence_of_this_run_at_an_instance_elsewhere_stops_the_task(tmp_path: Path, transport: FakeTransport) -> None:
    """Another environment with the same names of hosts: its old values are none of this one."""
    run(tmp_path)
    sent = len(transport.sent)
    with pytest.raises(
        AnsibleActionFail, match="and that host is at https://another.example/nl now. Nothing was written"
    ):
        run(tmp_path, url="https://another.example/nl")
    assert len(transport.sent) == sent


def test_directory_that_cannot_be_written_sends_nothing(tmp_path: Path, transport: FakeTransport) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AnsibleActionFail, match="cannot be written.*Nothing was sent"):
        run(tmp_path / "file")
    assert transport.sent == []


def taken_away(path: Path) -> None:
    shutil.rmtree(path.parent)


def file_in_its_place(path: Path) -> None:
    shutil.rmtree(path.parent.parent)
    path.parent.parent.write_text("")


#: What happens to the evidence during the change, and the resulting message.
DAMAGED: dict[str, tuple[Callable[[Path], object], str]] = {
    "directory removed": (taken_away, "was taken away, or changed, while the change was going on"),
    "record removed": (Path.unlink, "was taken away, or changed, while the change was going on"),
    "a file in its place": (file_in_its_place, "could not be completed"),
    "permission taken away": (lambda path: path.parent.chmod(0o777), "could not be completed .*is not trusted"),
    "manifest cut off": (
        lambda path: (path.parent / "SHA256SUMS").write_text("ab"),
        "could not be completed .*cut off",
    ),
}


@pytest.mark.parametrize(("damage", "words"), DAMAGED.values(), ids=DAMAGED)
def test_evidence_that_cannot_be_completed_is_a_problem_of_the_result(
    damage: Callable[[Path], object],
    words: str,
    tmp_path: Path,
    transport: FakeTransport,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post, path = transport.post, tmp_path / "evidence/night/mkt1.json"

    def spoil_it(*arguments: Any, **keywords: Any) -> Any:
        monkeypatch.setattr(transport, "post", post)
        damage(path)
        return post(*arguments, **keywords)

    monkeypatch.setattr(transport, "post", spoil_it)
    result = run(tmp_path / "evidence")
    assert result["outcome"] == "cured"
    problem = result["evidence_problem"]
    assert re.search(words, problem), problem
    assert str(path) in problem and "OLD VALUE HOST,OPTION,VALUE" in problem and "mid_sourcing_restore" in problem
    assert result["warnings"] == [problem]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_full_disk_at_the_end_does_not_hide_the_result(
    step: str, tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = transport.post

    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    def fill(*arguments: Any, **keywords: Any) -> Any:
        monkeypatch.setattr(os, step, full)
        return post(*arguments, **keywords)

    with monkeypatch.context() as patch:
        patch.setattr(transport, "post", fill)
        result = run(tmp_path)
    monkeypatch.undo()
    assert result["outcome"] == "cured" and "(No space left on device)" in result["evidence_problem"]
    assert result["evidence"] in result["evidence_problem"]
    assert kept(tmp_path)["state"] == "started", "what stood there before is kept"


@pytest.mark.parametrize("value", [float("nan"), {(1, 2): 3}, {1: 2, "a": 3}])
def test_outcome_that_is_no_json_is_a_problem_of_the_evidence(
    value: Any, tmp_path: Path, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_cure_action, "_outcome", lambda *_arguments: {"moves": [], "reason": value})
    result = run(tmp_path)
    assert result["outcome"] == "cured" and "could not be completed" in result["evidence_problem"]
    assert kept(tmp_path)["state"] == "started"


def test_evidence_that_is_complete_is_no_problem(tmp_path: Path, transport: FakeTransport) -> None:
    result = run(tmp_path)
    assert "evidence_problem" not in result and "warnings" not in result


def test_damaged_evidence_of_an_older_run_is_said_and_does_not_hold_up_the_cure(
    tmp_path: Path, transport: FakeTransport
) -> None:
    run(tmp_path, run_id="evening")
    old = tmp_path / "evening/mkt1.json"
    old.write_text(old.read_text()[:50])
    result = run(tmp_path)
    assert result["outcome"] == "cured" and result["plan"]["asked"] == []
    [warning] = result["warnings"]
    assert str(old) in warning and "is cut off" in warning and "move it away" in warning
    assert kept(tmp_path)["state"] == "ended"


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00", '{"format": "another"}'])
def test_damaged_evidence_of_this_very_run_stops_the_task(
    content: str, tmp_path: Path, transport: FakeTransport
) -> None:
    run(tmp_path)
    path = tmp_path / "night/mkt1.json"
    path.write_text(content)
    sent = len(transport.sent)
    with pytest.raises(AnsibleActionFail, match="Nothing was written") as caught:
        run(tmp_path)
    assert str(path) in str(caught.value) and "Expecting" not in str(caught.value)
    assert len(transport.sent) == sent and path.read_text() == content


def test_host_whose_name_is_no_file_name_leaves_evidence_that_is_found_again(
    tmp_path: Path, transport: FakeTransport
) -> None:
    result = run(tmp_path, variables={"inventory_hostname": "a/hôte"})
    assert result["evidence"] == str(tmp_path / "night/a%2Fh%C3%B4te.json")
    assert hosts_of(str(tmp_path), "night") == ["a/hôte"]
    assert run_of(str(tmp_path), "night", "a/hôte")["instance"] == "a/hôte"
    assert check_run(tmp_path / "night") == []


def test_host_whose_name_is_longer_than_a_files_is_found_again(tmp_path: Path, transport: FakeTransport) -> None:
    host = "é" * 200
    run(tmp_path, variables={"inventory_hostname": host})
    assert hosts_of(str(tmp_path), "night") == [host] and run_of(str(tmp_path), "night", host)["instance"] == host


def test_wrong_arguments_are_known_to_have_sent_nothing(tmp_path: Path, transport: FakeTransport) -> None:
    with pytest.raises(AnsibleActionFail, match="unknown"):
        run(tmp_path, unknown=1, expected_value="yesterday")
    record = kept(tmp_path)
    assert record["cursors"][0]["plan"] is None and record["failed"] and record["digest"] == ""
    assert record["result"]["calls"] == {"total": 0, "logons": 0, "writes": 0}


@pytest.mark.parametrize(
    ("arguments", "strategy"),
    [({"strategy": "now"}, "now"), ({"strategy": "explicit", "value": "2026-11-01T00:00:00Z"}, "explicit")],
)
def test_plan_of_every_strategy_is_recorded(
    arguments: dict[str, Any], strategy: str, tmp_path: Path, transport: FakeTransport
) -> None:
    run(tmp_path, **arguments)
    assert kept(tmp_path)["cursors"][0]["plan"]["strategy"] == strategy


def test_option_that_is_put_back_leaves_evidence_of_its_own(tmp_path: Path, transport: FakeTransport) -> None:
    run(tmp_path)
    run(tmp_path, kind=Put, name=OPTION, cursor=None, value=OLD, expected_value=NEW)
    record = kept(tmp_path)
    assert (record["kind"], record["cursors"]) == ("option", [{"option": OPTION, "old_value": NEW, "plan": None}])
    [move] = record["result"]["moves"]
    assert (move["old_value"], move["after"], move["written"], move["outcome"]) == (NEW, OLD, OLD, "changed")
    assert [one["kind"] for one in record["earlier"]] == ["cure"]


def test_password_in_the_url_is_not_kept(tmp_path: Path, transport: FakeTransport) -> None:
    run(tmp_path, url=f"http://ops:{PASSWORD}@mkt1:8080")
    assert kept(tmp_path)["intent"]["url"] == "mkt1:8080"


def test_several_cursors_are_recorded_each_with_its_plan(tmp_path: Path, transport: FakeTransport) -> None:
    both = [{"cursor": OPTION, "expected_value": OLD}, {"cursor": f"{OPTION}2", "expected_value": NEW}]
    run(tmp_path, cursor=None, expected_value=None, cursors=both)
    found = [(one["option"], one["old_value"], one["plan"]["old_value"]) for one in kept(tmp_path)["cursors"]]
    assert found == [(OPTION, OLD, OLD), (f"{OPTION}2", NEW, NEW)]


PLAN = plan("mkt1", option=OPTION, old=OLD, lookback_seconds=7200)


def test_plan_of_the_task_is_the_plan_of_the_record(tmp_path: Path, transport: FakeTransport) -> None:
    run(tmp_path, cursor=None, expected_value=None, plans=[PLAN])
    record = kept(tmp_path)
    [cursor] = record["cursors"]
    assert (cursor["option"], cursor["old_value"]) == (OPTION, OLD)
    assert cursor["plan"] == {name: value for name, value in PLAN.items() if name != "new_value"}
    asked = {name: record["intent"].get(name) for name in ("workflow", "strategy", "lookback", "value")}
    assert asked == {"workflow": PLAN["workflow"], "strategy": "lookback", "lookback": "7200s", "value": None}
    [earlier] = [one for one in [record] if one["state"] == "ended"]
    assert parse_duration(as_option(earlier)["lookback"]) == 7200


def test_explicit_value_of_a_plan_is_recorded(tmp_path: Path, transport: FakeTransport) -> None:
    value = "2026-11-01 00:00:00.000Z"
    made = plan("mkt1", option=OPTION, strategy="explicit", lookback_seconds=None, explicit_value=value)
    run(tmp_path, cursor=None, expected_value=None, plans=[made])
    asked = kept(tmp_path)["intent"]
    assert (asked["strategy"], asked["value"], "lookback" in asked) == ("explicit", value, False)


@pytest.mark.parametrize(
    ("plans", "words"),
    [
        ([{**PLAN, "old_value": NEW}], rf"plans\[0\] \({OPTION}\).*was changed since"),
        ([{name: value for name, value in PLAN.items() if name != "digest"}], "has no digest"),
        ([{**PLAN, "password": PASSWORD}], "password"),
        ([PLAN, "cut off"], "plans"),
        ("cut off", "plans"),
    ],
    ids=["changed", "no digest", "unknown key", "no plan", "no list"],
)
def test_plan_that_is_not_as_it_was_written_leaves_no_evidence_and_no_call(
    tmp_path: Path, transport: FakeTransport, plans: Any, words: str
) -> None:
    with pytest.raises(AnsibleActionFail, match=words):
        run(tmp_path, cursor=None, expected_value=None, plans=plans)
    assert not list(tmp_path.rglob("*.json")) and not transport.sent


def test_several_options_are_recorded_with_what_became_of_each(tmp_path: Path) -> None:
    rows = [
        {"name": "a", "outcome": "changed", "option": {"name": "a", "value": 2}, "previous": {"name": "a", "value": 1}},
        {"name": "b", "outcome": "failed", "error": {}},
    ]
    moves = _cure_action._outcome({"options": rows})["moves"]
    assert [(move["option"], move["old_value"], move["written"]) for move in moves] == [("a", 1, 2), ("b", None, None)]
    assert _cure_action._outcome({"msg": "no answer"})["moves"] == []


def test_orders_to_a_workflow_are_recorded_with_the_states_before_and_after(
    tmp_path: Path, transport: FakeTransport
) -> None:
    rows = {"workflow": {"name": "updateEventsStatus", "state": 11}, "previous": {"state": 20}}

    class Restart(WorkflowAction):
        OPERATION = Operation(
            name="workflow",
            options={name: {"type": "str"} for name in ("name", "state", "evidence_dir", "run_id")},
            run=lambda _request, _session: Answer(True, dict(rows)),
            traced=True,
        )

    names = {"cursor": None, "expected_value": None, "name": "updateEventsStatus", "state": "restarted"}
    done = run(tmp_path, kind=Restart, **names)
    assert not done.get("failed"), done
    record = kept(tmp_path)
    assert (record["kind"], record["cursors"], record["intent"]["state"]) == ("workflow", [], "restarted")
    assert {name: record["result"][name] for name in rows} == rows
    assert rollback_targets(record) == []
