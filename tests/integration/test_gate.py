# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Approval, change windows, batches, evidence and the last line, from an operator's view."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import parse_datetime
from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, OLD, PASSWORD, USER, WORKFLOW, marketing, mid
from tests.integration.fleets import fleet as whole_fleet
from tests.integration.runner import Ansible, Run, inventory

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "roles/mid_sourcing/files/evidence.schema.json").read_text(encoding="utf-8"))
PLAN_SCHEMA = json.loads((ROOT / "roles/mid_sourcing/files/plan.schema.json").read_text(encoding="utf-8"))
APPLY = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_poll_interval=0.1")
OTHER = "NmsMidSourcing_LastDelivery_other"
SECRETS = (PASSWORD, "mid-canary-51c9")


@pytest.fixture(autouse=True)
def time_passes_with_every_call(fleet: RunningSimulator) -> None:
    fleet.per_call(2)


def written(fleet: RunningSimulator) -> set[str]:
    """The instances that received a write from outside."""
    return {call["instance"] for call in fleet.ledger(kind="write")}


def stats(done: Run) -> dict[str, Any]:
    """The values that the run passed on, by name."""
    found: dict[str, Any] = {}
    for line in done.tasks:
        found.update((line["result"].get("ansible_stats") or {}).get("data") or {})
    return found


def last_words(done: Run) -> list[str]:
    """The lines of the last task."""
    assert done.tasks[-1]["task"].endswith("Say what is left to do"), done.tasks[-1]["task"]
    return done.closing


def host_variables(ansible: Ansible, host: str, **variables: Any) -> None:
    """Give a host of the inventory variables of its own."""
    data = yaml.safe_load(ansible.inventory.read_text(encoding="utf-8"))
    data["campaign"]["hosts"][host].update(variables)
    ansible.inventory.write_text(yaml.safe_dump(data), encoding="utf-8")


def from_now(first: float, last: float) -> list[dict[str, str]]:
    """A window from this many hours ahead to this many."""
    moments = [datetime.now(UTC) + timedelta(hours=hours) for hours in (first, last)]
    return [{"from": f"{moments[0]:%Y-%m-%d %H:%M}", "to": f"{moments[1]:%Y-%m-%d %H:%M}"}]


def workers_of(pid: int) -> list[int]:
    """The processes that a process has forked: Ansible's workers are in sessions of their own."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(path.parent.name))
    return found


def judge_evidence(directory: Path) -> dict[str, dict[str, Any]]:
    """The requirements for the evidence of every run. Returns the records by host."""
    records = {}
    for path in directory.rglob("*"):
        if path.is_dir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
            continue
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        text = path.read_text(encoding="utf-8")
        assert not [secret for secret in SECRETS if secret in text], path
        if path.name == "_plan.json":
            Draft202012Validator(PLAN_SCHEMA).validate(json.loads(text))
        elif path.suffix == ".json":
            records[path.stem] = json.loads(text)
            Draft202012Validator(SCHEMA).validate(records[path.stem])
            sums = (path.parent / "SHA256SUMS").read_text(encoding="utf-8")
            assert f"{hashlib.sha256(text.encode()).hexdigest()}  {path.name}\n" in sums
    return records


def test_an_approved_plan_is_carried_out_proved_and_undone(ansible: Ansible, fleet: RunningSimulator) -> None:
    plan_file = ansible.work / "plan.json"
    planned = ansible.playbook("campaign.classic.plan", "-e", f"mid_sourcing_plan_file={plan_file}")
    assert planned.status == 0, planned.output
    digest = stats(planned)["mid_sourcing_plan"]
    assert json.loads(plan_file.read_text())["digest"] == digest and digest in planned.output
    Draft202012Validator(PLAN_SCHEMA).validate(json.loads(plan_file.read_text()))
    line = f"stuck,{CURSOR},{OLD.replace(' ', 'T')}"
    assert f"OLD VALUE {line}" in planned.output

    # Somebody moves one cursor: the approval no longer holds.
    fleet.set_option("stuck", CURSOR, "2021-05-05 10:00:00.000Z")
    fleet.advance(1500)
    fleet.clear_ledger()
    bound = ("-e", f"mid_sourcing_plan={digest}", "-e", f"mid_sourcing_plan_file={plan_file}", *APPLY)
    refused = ansible.playbook("campaign.classic.reconcile", *bound)
    assert refused.status != 0
    message = stats(refused)["mid_sourcing_outcome"]["refusals"][0]
    assert not written(fleet)
    assert message == (
        f"The plan has drifted from the approved one: stuck: {CURSOR}: The old value was {OLD} and is 2021-05-05 "
        "10:00:00.000Z. Plan again, and have the new plan approved."
    )
    assert message in refused.said and refused.closing[-1] == "REFUSED: nothing was written."
    fleet.set_option("stuck", CURSOR, OLD)
    fleet.advance(1500)

    run = ("-e", "mid_sourcing_run_id=change-1", "-e", "change_window_ticket=CHG0001")
    done = ansible.playbook("campaign.classic.reconcile", "-e", f"mid_sourcing_plan={digest}", *run, *APPLY)
    assert done.status == 0, done.output
    outcome = stats(done)["mid_sourcing_outcome"]
    assert (outcome["cured"], outcome["failed"], outcome["run_id"]) == (["ignoring", "stuck"], [], "change-1")
    assert outcome["not_healthy"] == ["down", "refused"]
    words = last_words(done)
    assert words[-1] == "Run change-1: 2 cured." and outcome["evidence_manifest"] in " ".join(words)
    records = judge_evidence(ansible.work / "campaign-evidence")
    assert set(records) == {"stuck", "ignoring"}
    record = records["stuck"]
    assert (record["ticket"], record["window"]["state"]) == ("CHG0001", "unset")
    [cursor], [move] = record["cursors"], record["result"]["moves"]
    assert (cursor["old_value"], cursor["plan"]["digest"]) == (OLD, move["digest"])
    calls = record["result"]["calls"]
    assert len(calls["log"]) == calls["total"] and calls["log"][0]["method"] == "xtk:session#Logon"
    assert sum(call["class"] == "write" for call in calls["log"]) == calls["writes"] >= 3
    assert record["result"]["skew_seconds"] is not None and record["by"]["user"]

    # Evidence that somebody changed is refused, and a line of the output suffices.
    path = ansible.work / "campaign-evidence/change-1/stuck.json"
    honest = path.read_text(encoding="utf-8")
    path.write_text(honest.replace(OLD, "2025-01-01 00:00:00.000Z"), encoding="utf-8")
    fleet.per_call(0)
    fleet.clear_ledger()
    refused = ansible.playbook("campaign.classic.rollback", "-e", "mid_sourcing_run=change-1", *APPLY)
    assert refused.status != 0 and not written(fleet)
    assert "cannot be trusted: stuck.json was changed since it was written." in refused.output.replace("\n", " ")
    restored = ansible.playbook("campaign.classic.rollback", "-e", f"mid_sourcing_restore={line}", *APPLY)
    assert restored.status == 0, restored.output
    assert written(fleet) == {"stuck"}
    assert fleet.option_time("stuck", CURSOR) == parse_datetime(OLD)
    path.write_text(honest, encoding="utf-8")
    judge_evidence(ansible.work / "campaign-evidence")


def test_a_window_is_asked_at_the_gate_and_again_before_each_host(ansible: Ansible, fleet: RunningSimulator) -> None:
    later, now = from_now(5, 9), from_now(-1, 9)
    fleet.clear_ledger()
    shut = ansible.playbook("campaign.classic.reconcile", *APPLY, "-e", json.dumps({"change_window_windows": later}))
    assert shut.status != 0 and not written(fleet)
    assert (
        "2 hosts may not be changed now (ignoring, stuck): The change window is closed. It opens next"
        in (stats(shut)["mid_sourcing_outcome"]["refusals"][0])
    )

    # The window of the second host closes when the first one is written to.
    first = ansible.work / "campaign-evidence/night/ignoring.json"
    expression = f"{{{{ {later!r} if '{first}' is ansible.builtin.exists else {now!r} }}}}"
    host_variables(ansible, "stuck", change_window_windows=expression)
    run = ("-e", "mid_sourcing_run_id=night", "-e", "mid_sourcing_serial=1")
    done = ansible.playbook("campaign.classic.reconcile", *APPLY, *run)
    assert done.status != 0
    assert written(fleet) == {"ignoring"}
    outcome = stats(done)["mid_sourcing_outcome"]
    assert (outcome["cured"], outcome["failed"]) == (["ignoring"], ["stuck"])
    assert re.search(
        r"stuck +failed .*The change window is closed\.", " ".join(done.result("One line for each host")["msg"])
    )
    assert not (ansible.work / "campaign-evidence/night/stuck.json").exists()

    reason = "severity 1 and agreed"
    forced = ansible.playbook(
        "campaign.classic.reconcile", *APPLY, *run, "-e", json.dumps({"change_window_override": reason})
    )
    assert forced.status == 0, forced.output
    record = judge_evidence(ansible.work / "campaign-evidence")["stuck"]
    assert record["window"]["state"] == "overridden" and record["window"]["override"] == f"{reason}."


def test_a_blank_need_of_a_template_opens_no_window_that_is_about_to_close(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    for host, nothing in (("stuck", "{{ none }}"), ("ignoring", "{{ ' ' }}")):
        host_variables(ansible, host, change_window_windows=from_now(-1, 0.2), change_window_needs=nothing)
    fleet.clear_ledger()
    done = ansible.playbook("campaign.classic.reconcile", *APPLY)
    assert done.status != 0 and not written(fleet)
    refusals = stats(done)["mid_sourcing_outcome"]["refusals"]
    assert ["are needed" in one for one in refusals] == [True, True], refusals


def test_a_bad_cure_ends_the_run_between_batches_and_the_report_is_the_last_word(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    """The mid cannot even serve a day: the run fails as before, and the old value is put back."""
    fleet.add_deliveries("mid", count=5000, from_="2026-11-22T12:00:00Z", to="now", for_=["ignoring"])
    notify = ansible.work / "notify.yml"
    notify.write_text(
        yaml.safe_dump(
            [
                {
                    "name": "Tell somebody",
                    "ansible.builtin.debug": {"msg": "{{ mid_sourcing_outcome.stats.failed | join(',') }} failed"},
                },
                {"name": "Fail to tell", "ansible.builtin.fail": {"msg": "no mail server"}},
            ]
        )
    )
    fleet.clear_ledger()
    done = ansible.playbook(
        "campaign.classic.reconcile",
        *APPLY,
        "--limit",
        "stuck,ignoring,localhost",
        "-e",
        f"mid_sourcing_notify_tasks={notify}",
    )
    assert done.status != 0
    assert fleet.option_time("ignoring", CURSOR) == parse_datetime(OLD)
    assert written(fleet) == {"ignoring"}, "the next batch was begun"
    assert done.result("Tell somebody")["msg"] == "ignoring failed"
    outcome = stats(done)["mid_sourcing_outcome"]
    assert (outcome["outcomes"], outcome["not_attempted"]) == ({"restored": 1}, ["stuck"])
    table = [line.split()[:2] for line in done.result("One line for each host")["msg"] if not line.startswith(" ")]
    assert table == [["ignoring", "restored"], ["stuck", "not_attempted"]]
    assert "WARNING: the notification failed: no mail server" in last_words(done)
    limited = ansible.playbook("campaign.classic.detect", "--limit", "stuck")
    assert limited.status == 0, limited.output
    table = [line.split()[0] for line in limited.result("One line for each host")["msg"] if not line.startswith(" ")]
    assert table == ["stuck"], "the limit is not the report's"


def test_a_run_that_was_killed_is_brought_to_its_end_by_the_same_command(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    """Killed right after the first write; the window has closed in between. It is bound to the plan it began with."""
    run = ("-e", "mid_sourcing_run_id=killed", *APPLY)
    answer = fleet.fault("hold", method="xtk:persist#Write", executed=True)
    process = ansible.start("campaign.classic.reconcile", *run)
    fleet.wait_held(answer, limit=60)
    for pid in (*workers_of(process.pid), process.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait(timeout=30)
    fleet.clear_faults(answer)
    path = next((ansible.work / "campaign-evidence/killed").glob("[a-z]*.json"))
    host = path.stem
    assert json.loads(path.read_text())["state"] == "started"
    host_variables(ansible, host, change_window_windows=from_now(5, 9))
    digest = json.loads((path.parent / "_plan.json").read_text())["digest"]
    done = ansible.playbook("campaign.classic.reconcile", *run, "-e", f"mid_sourcing_plan={digest}")
    assert done.status == 0, done.output
    records = judge_evidence(ansible.work / "campaign-evidence")
    assert set(records) == {"stuck", "ignoring"}
    for name, record in records.items():
        assert record["result"]["outcome"] in ("cured", "unchanged", "confirmed"), record["result"]["reason"]
        first = [*record["earlier"], record][0]
        assert first["cursors"][0]["old_value"] == OLD, "the old value is lost"
        row = fleet.workflow(name, WORKFLOW)
        assert row["state"] == 11 and not row["failed"]
    assert len(records[host]["earlier"]) == 1 and records[host]["window"]["state"] == "begun"


def test_only_what_was_begun_is_completed_outside_the_window(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    """A cursor was planned alone, and its cure was killed after its write. Another one of the same host waits."""
    host = marketing(cursor={"value": OLD}, options={OTHER: {"type": "datetime", "value": OLD}})
    host["accounts"].append({**host["accounts"][0], "name": "other", "mid": "another"})
    fleet = serve(whole_fleet({"two": host, "another": {**mid("two"), "seconds_per_row": 0.001}}))
    fleet.per_call(2)
    ansible = Ansible(tmp_path, inventory(dict(fleet.instances), USER, PASSWORD))
    evidence = {"evidence_dir": f"{tmp_path}/campaign-evidence", "run_id": "alone"}
    alone = {"cursor": CURSOR, "expected_value": OLD, "account": "defaultEmailMid", **evidence}
    answer = fleet.fault("hold", method="xtk:persist#Write", executed=True)
    (tmp_path / "alone.yml").write_text(
        yaml.safe_dump([{"hosts": "two", "gather_facts": False, "tasks": [{"campaign.classic.sync_cursor": alone}]}])
    )
    process = ansible.start(f"{tmp_path}/alone.yml")
    fleet.wait_held(answer, limit=60)
    for pid in (*workers_of(process.pid), process.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait(timeout=30)
    fleet.clear_faults(answer)

    host_variables(ansible, "two", change_window_windows=from_now(5, 9))
    done = ansible.playbook("campaign.classic.reconcile", "-e", "mid_sourcing_run_id=later", *APPLY)
    assert done.status == 0, done.output
    outcome = stats(done)["mid_sourcing_outcome"]
    assert (outcome["postponed"], outcome["cured"], outcome["outcomes"]) == (["two"], [], {"cured": 1})
    assert f"{OTHER} was not begun, and waits: The change window is closed." in done.said
    record = judge_evidence(tmp_path / "campaign-evidence")["two"]
    assert [row["option"] for row in record["cursors"]] == [CURSOR] and record["window"]["state"] == "begun"
    assert done.closing[-1] == "Run later: 1 postponed."
