# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that puts line breaks, escape sequences and forged lines into all its texts, and every output of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import RunningSimulator
from tests.helpers.hostile import FORGED, HOSTILE, HOSTILE_XML, raw_in
from tests.integration.fleets import CURSOR, PASSWORD, USER, WORKFLOW, fleet, marketing
from tests.integration.inventories import Inventory
from tests.integration.runner import Ansible, Run, inventory
from tests.unit.plugins.module_utils.scripted_server import ScriptedServer, answer, answering

#: The ways in which Ansible prints.
OUTPUTS: dict[str, dict[str, str]] = {
    "default": {},
    "yaml": {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"},
    "json lines": {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json", "ANSIBLE_CALLBACK_FORMAT_PRETTY": "false"},
    "minimal": {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal"},
    "oneline": {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.oneline"},
}
OURS = re.compile(rf"OLD VALUE (bad|mkt),{re.escape(CURSOR)},2020-03-01T10:00:00\.000Z\W*")


def judge(done: Run) -> None:
    """No character of the server has an effect, and no line is forged."""
    assert raw_in(done.output, lines=True) == []
    for line in done.output.splitlines():
        if "OLD VALUE" in line:
            assert OURS.fullmatch(line.partition("OLD VALUE")[1] + line.partition("OLD VALUE")[2]), line


@pytest.mark.parametrize("line", [FORGED, f"    msg: {FORGED}", "a\x1b[2Jb", "a\u202eb", "OLD VALUE bad,other,2020"])
def test_judge_sees_what_is_forged(line: str) -> None:
    with pytest.raises(AssertionError):
        judge(Run(0, f"TASK\n{line}\n"))
    judge(Run(0, f"ok:\n  msg: OLD VALUE mkt,{CURSOR},2020-03-01T10:00:00.000Z\n"))


@pytest.fixture
def hostile(serve: Callable[..., RunningSimulator]) -> RunningSimulator:
    """A stuck instance with only hostile texts, and a normal one."""
    bad = marketing(
        on_error="ignore",
        cursor={"value": "2020-03-01T10:00:00Z", "description": HOSTILE_XML},
        release=f"7.4{HOSTILE_XML}",
        workflow={"label": f"Counters{HOSTILE_XML}"},
        options={f"{CURSOR}{HOSTILE_XML}": {"type": "datetime", "age": "5m", "description": HOSTILE_XML}},
    )
    bad["accounts"][0]["label"] = HOSTILE_XML
    names = {"name": f"x{HOSTILE_XML}", "label": HOSTILE_XML, "login": HOSTILE_XML}
    bad["accounts"].append({**names, "mid": "mid", "password": "x"})
    running = serve(fleet({"bad": bad, "mkt": marketing(cursor={"value": "2020-03-01T10:00:00Z"})}))
    running.fault(
        "fault",
        instance="mid",
        origin="any",
        text=f"{HOSTILE_XML}\n{FORGED}",
        detail=f"the operation timed out after 60 seconds\n{FORGED}",
    )
    running.advance(3600)
    return running


@pytest.fixture
def ansible(hostile: RunningSimulator, tmp_path: Path) -> Ansible:
    return Ansible(tmp_path, inventory(dict(hostile.instances), USER, PASSWORD))


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS)
def test_no_playbook_prints_what_a_server_forges(
    ansible: Ansible, hostile: RunningSimulator, output: dict[str, str]
) -> None:
    assert any(FORGED in row["error"] for row in hostile.journal("bad", WORKFLOW)), "the journal holds it"
    done = ansible.playbook("campaign.classic.plan", "-v", "--diff", environment=output)
    assert "OLD\\x20VALUE" in done.output.replace("\\\\", "\\"), "it is shown all the same"
    judge(done)


#: The settings that a test's own tasks need, as in the roles.
CONNECTED = {
    "module_defaults": {
        "group/campaign.classic.all": {
            "url": "{{ campaign_url }}",
            "user": "{{ campaign_user }}",
            "password": "{{ campaign_password }}",
        }
    }
}
#: Sends a task to the host, in a process of its own.
FAR = {"ansible_connection": "elsewhere"}
INFO: list[dict[str, Any]] = [
    {"campaign.classic.instance_info": {}},
    {"campaign.classic.external_account_info": {}},
    {"campaign.classic.workflow_info": {"names": [WORKFLOW]}},
    {"campaign.classic.sync_cursor_info": {}},
    {"campaign.classic.workflow_run": {"name": WORKFLOW, "wait_timeout": 5, "poll_interval": 0.1}},
    {
        "campaign.classic.option": {
            "name": CURSOR,
            "value": "2020-03-02T10:00:00Z",
            "expected_value": "1998-01-01 00:00:00Z",
        }
    },
]


@pytest.mark.parametrize("output", ["default", "yaml"])
def test_no_module_prints_what_a_server_forges(ansible: Ansible, hostile: RunningSimulator, output: str) -> None:
    hostile.per_call(60)
    tasks = [{**task, "ignore_errors": True} for task in INFO]
    far = [{**task, "vars": FAR} for task in tasks]
    done = ansible.play([*tasks, *far], "-vv", hosts="bad", environment=OUTPUTS[output], **CONNECTED)
    assert [line["status"] for line in done.tasks] == [*["ok"] * 4, *["ignored"] * 2] * 2, done.output
    assert raw_in([line["result"] for line in done.tasks]) == []
    judge(done)


def test_data_is_what_the_server_sent_and_can_be_shown(ansible: Ansible) -> None:
    done = ansible.play(
        [
            {"campaign.classic.option_info": {"name": CURSOR}, "register": "found"},
            {"campaign.classic.query": {"schema": "nms:extAccount", "fields": ["@id", "@label"]}, "register": "rows"},
            {"name": "Show", "ansible.builtin.debug": {"msg": "{{ found.options[0] | campaign.classic.visible }}"}},
            {"name": "Rows", "ansible.builtin.debug": {"msg": "{{ rows.rows | campaign.classic.visible }}"}},
        ],
        hosts="bad",
        environment=OUTPUTS["yaml"],
        **CONNECTED,
    )
    assert done.result("option_info")["options"][0]["description"] == HOSTILE_XML
    assert HOSTILE_XML in [row["label"] for row in done.result("query")["rows"]]
    assert raw_in(done.result("Show")) == raw_in(done.result("Rows")) == []
    judge(done)


def test_evidence_of_a_cure_holds_no_forged_line(ansible: Ansible, hostile: RunningSimulator, tmp_path: Path) -> None:
    hostile.per_call(30)
    done = ansible.playbook(
        "campaign.classic.reconcile",
        *("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_run_id=one", "-e", "mid_sourcing_poll_interval=0.1"),
        *("-e", "mid_sourcing_hosts=bad", "-e", "mid_sourcing_report_file=report.json"),
        # The mid answers everybody with the same fault.
        *("-e", "mid_sourcing_ask_mid=never"),
        environment=OUTPUTS["yaml"],
    )
    judge(done)
    files = [*(tmp_path / "campaign-evidence/one").glob("*.json"), tmp_path / "report.json"]
    assert len(files) == 3
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert raw_in(text, lines=True) == [] and raw_in(json.loads(text)) == []


def test_inventory_holds_no_forged_line(hostile: RunningSimulator, tmp_path: Path) -> None:
    listed = Inventory(tmp_path, dict(hostile.instances))
    done = listed.run("--list", "--yaml")
    assert done.returncode == 0 and raw_in(done.stdout + done.stderr, lines=True) == []
    assert raw_in(listed.hosts()) == []


TEXT = HOSTILE.encode("utf-8", "surrogatepass")
#: Answers that are not Campaign's, or refuse.
ANSWERS: dict[str, bytes] = {
    "plain text": answer(b"XSV-350012 Invalid login" + TEXT, "403 Forbidden"),
    "page": answer(b"<html><head><title>t" + TEXT + b"</title></head><body>b" + TEXT + b"</body></html>", "500 Bad"),
    "no SOAP": answer(b"gateway" + TEXT),
    "phrase": answer(b"", "404 Gone\x1b[2J\x9b1m\x08"),
    "headers": answer(b"<html></html>", "302 Found", ["Location: http://x/\x1b[2J\xc2\x85\xe2\x80\xae?a=b"]),
    "kind": answer(TEXT).replace(b"text/xml", b"text/plain\x1b[2J; charset=latin-1"),
    "no HTTP": b"\x1b[2J\x08" + TEXT + b"\r\n\r\n",
}


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS)
def test_failure_shows_no_byte_of_a_page_raw(body: bytes, tmp_path: Path) -> None:
    with ScriptedServer(answering(body)) as server:
        ansible = Ansible(tmp_path, inventory({"bad": f"http://{server.peer}"}, USER, PASSWORD))
        task = {"campaign.classic.instance_info": {"timeout": 5}, "ignore_errors": True}
        done = ansible.play([task, {**task, "vars": FAR}], "-vv", environment=OUTPUTS["yaml"], **CONNECTED)
    assert server.requests and len(done.tasks) == 2 and all(line["status"] == "ignored" for line in done.tasks), (
        done.output
    )
    judge(done)
