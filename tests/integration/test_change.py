# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change is opened and approved before anything is written, and closed with the evidence; and somebody is told."""

from __future__ import annotations

import email
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.testing import RunningSimulator
from tests.helpers.recorders import MailSink, Recorder, ServiceNow, Tickets
from tests.integration.fleets import CURSOR
from tests.integration.runner import Ansible, Run

ROOT = Path(__file__).resolve().parents[2]
STANDINS = Path(__file__).resolve().parent / "standins"
SECRETS = ("ticket-canary", "sn-canary", "hook-canary")
LAST = "REFUSED: nothing was written."


@pytest.fixture(params=["http", "servicenow"])
def desk(request: pytest.FixtureRequest) -> Iterator[Tickets]:
    """Each ticket system in turn."""
    with ServiceNow() if request.param == "servicenow" else Tickets() as running:
        yield running


@pytest.fixture
def tickets() -> Iterator[Tickets]:
    """The one with a plain HTTP API."""
    with Tickets() as running:
        yield running


def file_of(desk: Tickets) -> str:
    """The example for a ticket system."""
    return str(ROOT / "examples" / "change" / ("servicenow.yml" if isinstance(desk, ServiceNow) else "http.yml"))


@pytest.fixture
def reconcile(fleet: RunningSimulator, ansible: Ansible) -> Callable[..., Run]:
    """Runs reconcile on the one stuck host, with a change in a ticket system."""
    fleet.per_call(2)
    fleet.clear_ledger()

    def run(desk: Tickets, *arguments: str, apply: bool = True, **given: Any) -> Run:
        variables = {
            "mid_sourcing_apply": apply,
            "mid_sourcing_poll_interval": 0.1,
            "mid_sourcing_run_id": "night",
            "mid_sourcing_change_tasks": file_of(desk),
            "servicenow_group": "Operators",
            "change_wait_minutes": 0,
            **given,
        }
        done = ansible.playbook(
            "campaign.classic.reconcile",
            *("--limit", "stuck", "-vvvv", *arguments, "-e", json.dumps(variables)),
            environment=environment(ansible.work, desk.url),
        )
        for secret in SECRETS:
            assert secret not in done.output
        return done

    return run


def environment(work: Path, url: str) -> dict[str, str]:
    """What the credentials of a job put there, and the stand-ins of collections that cannot be had."""
    collections = work / "collections"
    if not collections.exists():
        shutil.copytree(STANDINS, collections / "ansible_collections")
    return {
        "ANSIBLE_COLLECTIONS_PATH": f"{collections}:{ROOT / '.build' / 'collections'}",
        "TICKET_URL": url,
        "TICKET_TOKEN": "ticket-canary",
        "SN_HOST": url,
        "SN_USERNAME": "robot",
        "SN_PASSWORD": "sn-canary",
    }


def test_an_approved_change_is_opened_before_the_first_write_and_closed_with_all_of_the_evidence(
    desk: Tickets, reconcile: Callable[..., Run], ansible: Ansible, fleet: RunningSimulator
) -> None:
    done = reconcile(desk, change_window_ticket_required=True, change_window_ticket_pattern=r"CHG\d{7}")
    assert done.status == 0, done.output
    (number,) = desk.changes
    change = desk.changes[number]
    evidence = ansible.work / "campaign-evidence" / "night"
    assert change.files == {file.name: file.read_bytes() for file in evidence.iterdir() if file.name[0] != "."}
    assert {"stuck.json", "SHA256SUMS"} <= change.files.keys()
    assert json.loads(change.files["stuck.json"])["ticket"] == number
    said = json.dumps(change.fields)
    digest = done.result("Gate | Decide with the change")["ansible_facts"]["mid_sourcing_gate"]["plan"]["digest"]
    for word in (
        f"Plan {digest}, run night.\\nstuck: {CURSOR} from 2020-03-01",
        "successful",
        "Run night: 1 cured.",
        "1 host",
    ):
        assert word in said, word
    assert done.closing[-1] == "Run night: 1 cured."


def test_without_an_approval_nothing_is_written_and_it_is_said_with_what_to_do(
    desk: Tickets, reconcile: Callable[..., Run], fleet: RunningSimulator
) -> None:
    desk.approval = "rejected"
    done = reconcile(desk)
    assert done.status == 2 and not fleet.ledger(kind="write")
    assert done.closing[-1] == LAST
    assert (
        "The change CHG0000001 is not approved: rejected. Have it approved, and run the same again with -e "
        "change_window_ticket=CHG0000001." in done.said
    )
    assert "closed" not in json.dumps(desk.changes["CHG0000001"].fields) and not desk.changes["CHG0000001"].files

    desk.changes["CHG0000001"].approval = "approved"
    done = reconcile(desk, change_window_ticket="CHG0000001")
    assert done.status == 0 and list(desk.changes) == ["CHG0000001"]
    assert "stuck.json" in desk.changes["CHG0000001"].files


def test_a_change_approves_the_plan_that_it_was_opened_for_and_no_other(
    desk: Tickets, reconcile: Callable[..., Run], fleet: RunningSimulator
) -> None:
    desk.approval = "waiting"
    assert reconcile(desk).status == 2
    desk.changes["CHG0000001"].approval = "approved"
    done = reconcile(desk, change_window_ticket="CHG0000001", mid_sourcing_strategy="now")
    assert done.status == 2 and not fleet.ledger(kind="write"), done.output
    assert "The plan has drifted" in done.said and done.closing[-1] == LAST
    assert not desk.changes["CHG0000001"].files
    (gate,) = done.results("Gate | Decide, and name the run")
    other = gate["ansible_facts"]["mid_sourcing_gate"]["plan"]["digest"]
    bound = {"mid_sourcing_strategy": "now", "mid_sourcing_plan": other}
    done = reconcile(desk, change_window_ticket="CHG0000001", **bound)
    assert done.status == 2 and not fleet.ledger(kind="write"), done.output
    assert f"and this run is bound to another: {other}." in done.said
    assert reconcile(desk, change_window_ticket="CHG0000001").status == 0


def test_a_change_that_does_not_say_its_plan_needs_it_from_whoever_names_the_change(
    tickets: Tickets, reconcile: Callable[..., Run], ansible: Ansible, fleet: RunningSimulator
) -> None:
    file = ansible.work / "change.yml"
    said = {"number": "CHG0000007", "approved": True}
    file.write_text(yaml.safe_dump([{"ansible.builtin.set_fact": {"mid_sourcing_change": said}}]), encoding="utf-8")
    given = {"mid_sourcing_change_tasks": str(file), "change_window_ticket": "CHG0000007"}
    done = reconcile(tickets, **given)
    assert done.status == 2 and not fleet.ledger(kind="write"), done.output
    assert "The change CHG0000007 was there before this run, and its tasks do not say which plan" in done.said
    digest = done.said.partition("-e mid_sourcing_plan=")[2][:64]
    assert reconcile(tickets, **given, mid_sourcing_plan=digest).status == 0
    fleet.set_option("stuck", CURSOR, "2020-03-01 10:00:00.000Z")
    # The run goes on with the plan that it has kept.
    assert "do not say which plan" not in reconcile(tickets, **given).said


def test_a_ticket_system_that_does_not_answer_is_no_approval(
    tickets: Tickets, reconcile: Callable[..., Run], fleet: RunningSimulator
) -> None:
    tickets.refuses = {"POST", "GET", "PATCH"}
    done = reconcile(tickets)
    assert done.status == 2 and not fleet.ledger(kind="write") and done.closing[-1] == LAST
    assert "is not approved: The ticket system did not open a change" in done.said and "503" in done.said


def test_a_change_that_cannot_be_closed_is_a_warning_and_the_outcome_stands(
    tickets: Tickets, reconcile: Callable[..., Run]
) -> None:
    tickets.refuses = {"PUT"}
    done = reconcile(tickets)
    assert done.status == 0, done.output
    assert "WARNING: the change CHG0000001 was not closed: The ticket system did not take everything" in done.said
    assert done.closing[-1] == "Run night: 1 cured."


def test_no_change_is_opened_for_what_is_refused_anyway_nor_in_a_rehearsal(
    tickets: Tickets, reconcile: Callable[..., Run], fleet: RunningSimulator
) -> None:
    for arguments, given in (
        ((), {"mid_sourcing_max_hosts": 0}),
        (("--check",), {}),
        ((), {"apply": False}),
    ):
        done = reconcile(tickets, *arguments, **given)
        assert not tickets.requests and not fleet.ledger(kind="write"), done.output
    assert f"Before anything is written, {file_of(tickets)} opens a change, and one that is not approved" in done.said


@pytest.mark.parametrize(
    ("tasks", "why"),
    [
        ([{"ansible.builtin.debug": {"msg": "nothing"}}], "has set no mid_sourcing_change. Have"),
        ([{"ansible.builtin.set_fact": {"mid_sourcing_change": {"approved": "yes"}}}], "is not approved."),
        ([{"ansible.builtin.fail": {"msg": "The desk is closed."}}], "is not approved: The desk is closed. Have"),
    ],
)
def test_whatever_else_the_tasks_say_is_no_approval(
    tasks: list[Any],
    why: str,
    tickets: Tickets,
    reconcile: Callable[..., Run],
    ansible: Ansible,
    fleet: RunningSimulator,
) -> None:
    file = ansible.work / "change.yml"
    file.write_text(yaml.safe_dump(tasks), encoding="utf-8")
    done = reconcile(tickets, mid_sourcing_change_tasks=str(file))
    assert done.status == 2 and not fleet.ledger(kind="write")
    assert why in done.said and done.closing[-1] == LAST


def test_an_approval_in_the_inventory_or_of_an_earlier_run_is_none_of_this_run(
    tickets: Tickets, reconcile: Callable[..., Run], ansible: Ansible, fleet: RunningSimulator
) -> None:
    approved = {"mid_sourcing_change": {"approved": True}}
    variables = ansible.inventory.parent / "group_vars"
    variables.mkdir()
    (variables / "all.json").write_text(json.dumps(approved), encoding="utf-8")
    file = ansible.work / "change.yml"
    file.write_text(yaml.safe_dump([{"ansible.builtin.debug": {"msg": "nothing"}}]), encoding="utf-8")
    done = reconcile(tickets, mid_sourcing_change_tasks=str(file))
    assert done.status == 2 and not fleet.ledger(kind="write"), done.output
    assert "has set no mid_sourcing_change. Have" in done.said and done.closing[-1] == LAST


def test_tasks_that_would_raise_a_limit_or_write_the_outcome_are_refused_before_anything_is_written(
    tickets: Tickets, reconcile: Callable[..., Run], ansible: Ansible, fleet: RunningSimulator
) -> None:
    file = ansible.work / "upload.yml"
    file.write_text("- set_fact: {mid_sourcing_report: {failures: [], closing: [ok]}}\n", encoding="utf-8")
    done = reconcile(tickets, mid_sourcing_evidence_upload=str(file))
    assert done.status == 2 and not fleet.ledger(kind="write") and not tickets.requests, done.output
    assert "it sets mid_sourcing_report, which this collection works with" in done.said and done.closing[-1] == LAST


# -- notifications -----------------------------------------------------------------------------------------------------


def told(ansible: Ansible, example: str, **more: str) -> Run:
    """Detect, with a notification of the examples."""
    done = ansible.playbook(
        "campaign.classic.detect",
        *("-vvvv", "-e", f"mid_sourcing_notify_tasks={ROOT / 'examples' / 'notify' / example}"),
        *("-e", "mail_to=ops@example.com"),
        environment={**environment(ansible.work, ""), **more},
    )
    assert done.status == 0, done.output
    for secret in SECRETS:
        assert secret not in done.output
    return done


@pytest.mark.parametrize("example", ["slack", "teams"])
def test_a_channel_is_told_the_outcome_and_a_refusal_of_it_is_a_warning(
    example: str, ansible: Ansible, fleet: RunningSimulator
) -> None:
    with Recorder() as channel:
        url = f"{channel.url}/services/hook-canary"
        done = told(ansible, f"{example}.yml", **{f"{example.upper()}_WEBHOOK_URL": url})
        (sent,) = channel.sent("POST")
        assert "WARNING" not in done.said
    text = json.dumps(sent.json)
    assert "stuck" in text and "PLAN ONLY" in text
    if example == "teams":
        assert sent.json["attachments"][0]["content"]["type"] == "AdaptiveCard"
    else:
        assert set(sent.json) == {"text"}
    if example == "slack":
        done = told(ansible, "slack.yml", SLACK_WEBHOOK_URL=url)
        assert "WARNING: the notification failed: Slack did not take the message" in done.said


def test_a_mail_has_the_outcome(ansible: Ansible, fleet: RunningSimulator) -> None:
    with MailSink() as sink:
        done = told(ansible, "mail.yml", MAIL_HOST="127.0.0.1", MAIL_PORT=str(sink.port))
        assert "WARNING" not in done.said
    (raw,) = sink.messages
    message = email.message_from_string(raw)
    assert message["To"] == "ops@example.com" and "PLAN ONLY" in message["Subject"]
    assert "stuck" in message.get_payload()


HANGING = [{"name": "Wait for nobody", "ansible.builtin.wait_for": {"path": "never", "timeout": 600}}]


def test_tasks_that_wait_for_ever_are_ended_and_it_is_said(
    tickets: Tickets, reconcile: Callable[..., Run], ansible: Ansible, fleet: RunningSimulator
) -> None:
    file = ansible.work / "hanging.yml"
    file.write_text(yaml.safe_dump(HANGING), encoding="utf-8")
    # As an AWX job, where blank is an unanswered question.
    hanging = {"mid_sourcing_tasks_timeout": 1, "mid_sourcing_change_tasks": "", "awx_job_id": 42}
    why = "one of its tasks was ended, since it took longer than mid_sourcing_tasks_timeout (1 s)"
    opened = reconcile(tickets, **{**hanging, "mid_sourcing_change_tasks": str(file)})
    assert opened.status == 2 and not fleet.ledger(kind="write"), opened.output
    assert f"is not approved: {why}" in " ".join(opened.closing) and opened.closing[-1] == LAST
    names = ("mid_sourcing_notify_tasks", "mid_sourcing_evidence_upload")
    done = reconcile(tickets, **{**hanging, **dict.fromkeys(names, str(file))})
    assert done.status == 0 and done.closing[-1] == "Run night: 1 cured.", done.output
    closing = " ".join(done.closing)
    assert f"WARNING: the notification failed: {why}" in closing
    assert f"OLD VALUE of this output are enough to undo the run) failed: {why}" in closing
