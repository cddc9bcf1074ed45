# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks as an operator types them. The servers' ledger says who was written to."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import parse_datetime
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import (
    FORMAT,
    evidence_file,
    update_evidence,
)
from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, OLD, WORKFLOW
from tests.integration.runner import Ansible, Run

APPLY = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_poll_interval=0.1")
VERDICTS = {
    "healthy": "healthy",
    "stuck": "stuck",
    "ignoring": "stuck",
    "refused": "failing_other",
    "down": "unreachable",
    "mid": "not_applicable",
}


@pytest.fixture(autouse=True)
def time_passes_with_every_call(fleet: RunningSimulator) -> None:
    fleet.per_call(2)


def written(fleet: RunningSimulator) -> set[str]:
    """The instances that received a write from outside."""
    return {call["instance"] for call in fleet.ledger(kind="write")}


def value(fleet: RunningSimulator, instance: str) -> datetime:
    """Where the cursor of an instance stands."""
    return fleet.option_time(instance, CURSOR)


def reconcile(ansible: Ansible, *arguments: str) -> tuple[Run, dict[str, Any]]:
    """Run reconcile and return its report by host."""
    report = ansible.work / "report.json"
    done = ansible.playbook("campaign.classic.reconcile", "-e", f"mid_sourcing_report_file={report}", *arguments)
    rows = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {"hosts": []}
    return done, {row["host"]: row for row in rows["hosts"]} | {"": rows}


def test_detect_gives_every_host_its_verdict_and_writes_nothing(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.clear_ledger()
    done = ansible.playbook("campaign.classic.detect")
    assert done.status == 0, done.output
    rows = done.result("Diagnose every instance")["rows"]
    assert {host: row["verdict"] for host, row in rows.items()} == VERDICTS
    assert not written(fleet)


def test_detect_costs_one_logon_and_at_most_four_queries_an_instance(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.clear_ledger()
    ansible.playbook("campaign.classic.detect")
    for name in VERDICTS:
        # Their mid is queried for each of the two stuck ones.
        asked = 2 if name == "mid" else 0
        calls = [call["call"] for call in fleet.ledger(instance=name)]
        assert calls.count("xtk:queryDef#ExecuteQuery") <= 4 + 3 * asked
        assert calls.count("xtk:session#Logon") <= (3 if name == "down" else 1 + asked), calls
    assert not fleet.sessions()


def test_without_apply_nothing_is_written_and_the_last_word_is_plan_only(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    fleet.clear_ledger()
    done, _rows = reconcile(ansible)
    assert done.status == 0, done.output
    assert done.closing[-1] == "PLAN ONLY: nothing was written."
    assert "2 hosts would be cured now" in " ".join(done.closing)
    assert not written(fleet)


def test_check_mode_shows_the_exact_change_as_a_diff_and_writes_nothing(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    fleet.clear_ledger()
    done, rows = reconcile(ansible, *APPLY, "--check", "--diff")
    assert done.status == 0, done.output
    assert not written(fleet)
    new = rows["stuck"]["plans"][0]["new_value"]
    assert new.startswith("2026-11-22 ")
    assert f"-{CURSOR} = {OLD}" in done.output
    assert f"+{CURSOR} = 2026-11-22 " in done.output
    assert rows["stuck"]["cures"][0]["outcome"] == "planned"


def test_reconcile_cures_exactly_the_stuck_and_rollback_puts_back_what_it_recorded(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    """That a second reconcile changes nothing is a step of the scenario mid_sourcing of molecule."""
    fleet.clear_ledger()
    done, rows = reconcile(ansible, *APPLY)
    assert done.status == 0, done.output
    assert {name: [cure["outcome"] for cure in rows[name]["cures"]] for name in VERDICTS} == {
        name: ["cured"] if verdict == "stuck" else [] for name, verdict in VERDICTS.items()
    }
    assert written(fleet) == {"stuck", "ignoring"}
    for name in ("stuck", "ignoring"):
        row = fleet.workflow(name, WORKFLOW)
        assert row["state"] == 11 and not row["failed"]
        cure = rows[name]["cures"][0]
        assert cure["after"] > cure["written"] > OLD
    fleet.advance(1800)
    proof = parse_datetime(rows["stuck"]["cures"][0]["after"])
    assert value(fleet, "stuck") > proof, "the workflow does not go on moving its cursor"

    run = rows[""]["run_id"]
    record = Path(rows["stuck"]["cures"][0]["evidence"])
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert json.loads(record.read_text())["cursors"][0]["old_value"] == OLD
    fleet.per_call(0)  # a run that begins right after the rollback would be another test
    fleet.clear_ledger()
    planned = ansible.playbook("campaign.classic.rollback", "-e", f"mid_sourcing_run={run}")
    assert planned.status == 0, planned.output
    assert planned.closing[-1] == "PLAN ONLY: nothing was written."
    assert not written(fleet)
    undone = ansible.playbook("campaign.classic.rollback", "-e", f"mid_sourcing_run={run}", *APPLY)
    assert undone.status == 0, undone.output
    assert written(fleet) == {"stuck", "ignoring"}
    assert value(fleet, "stuck") == value(fleet, "ignoring") == parse_datetime(OLD)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"kind": "refused", "count": 99}, "ignoring failed ignoring: "),
        # It is accepted, and another value is there when it is read back.
        (
            {"kind": "change", "change": {"options": {CURSOR: "2026-11-20T00:00:00Z"}}, "executed": True},
            "but read back it holds 2026-11-20 00:00:00.000Z.",
        ),
    ],
)
def test_rollback_that_fails_on_a_host_does_not_count_it(
    ansible: Ansible, fleet: RunningSimulator, rule: dict[str, Any], reason: str
) -> None:
    done, rows = reconcile(ansible, *APPLY)
    assert done.status == 0, done.output
    fleet.per_call(0)
    fleet.fault(instance="ignoring", method="xtk:persist#Write", **rule)
    undone = ansible.playbook("campaign.classic.rollback", "-e", f"mid_sourcing_run={rows['']['run_id']}", *APPLY)
    assert undone.status != 0
    said = " ".join(undone.closing)
    assert said.startswith("Rolled back: stuck. FAILED: ignoring. Run the same again"), said
    assert reason in undone.said
    assert value(fleet, "stuck") == parse_datetime(OLD) != value(fleet, "ignoring")


@pytest.mark.parametrize("by_line", [False, True])
def test_rollback_that_a_run_overwrites_is_no_success(ansible: Ansible, fleet: RunningSimulator, by_line: bool) -> None:
    """The value was written and read back. Then a run ends that had begun before."""
    done, rows = reconcile(ansible, *APPLY, "--limit", "stuck")
    assert done.status == 0, done.output
    fleet.per_call(0)
    later = "2026-11-23T02:30:00Z"
    # A session for each of: the workflow, the cursor, the write.
    fleet.fault("change", instance="stuck", method="xtk:session#Logoff", nth=3, change={"options": {CURSOR: later}})
    run = f"mid_sourcing_run={rows['']['run_id']}"
    undone = ansible.playbook("campaign.classic.rollback", "-e", run, *APPLY)
    assert undone.status != 0, undone.output
    assert " ".join(undone.closing).startswith("FAILED: stuck."), undone.closing
    assert value(fleet, "stuck") == parse_datetime(later)
    again = f"stuck,{CURSOR},{OLD.replace(' ', 'T')}"
    assert f"OLD VALUE {again}" in undone.said, undone.output
    assert "run the same again, which puts the value back" in undone.said
    fleet.clear_faults()
    restore = f"mid_sourcing_restore={again}"
    repaired = ansible.playbook("campaign.classic.rollback", "-e", restore if by_line else run, *APPLY)
    assert repaired.status == 0, repaired.output
    assert value(fleet, "stuck") == parse_datetime(OLD)
    if not by_line:  # it stands: for this run nothing is left to put back
        fleet.set_option("stuck", CURSOR, later)
        done = ansible.playbook("campaign.classic.rollback", "-e", run, *APPLY)
        assert done.status == 0 and value(fleet, "stuck") == parse_datetime(later), done.output


def killed(ansible: Ansible, run: str, instance: str, **more: Any) -> None:
    """The record of a cure of which nobody knows how far it got, unless more says so."""
    record = {
        "format": FORMAT,
        "kind": "cure",
        "run_id": run,
        "instance": instance,
        "started": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "state": "started",
        "intent": {"workflow": WORKFLOW, "strategy": "lookback", "lookback": "1d"},
        "cursors": [{"option": CURSOR, "old_value": OLD, "plan": None}],
        **more,
    }
    update_evidence(evidence_file(str(ansible.work / "campaign-evidence"), run, instance), lambda _there: record)


@pytest.mark.parametrize(
    "given", ["mid_sourcing_run=night", f"mid_sourcing_restore=stuck,{CURSOR},{OLD[:10]}T{OLD[11:]}"]
)
def test_rollback_of_a_run_that_has_left_the_workflow_stopped_says_so_until_it_is_started(
    ansible: Ansible, fleet: RunningSimulator, given: str
) -> None:
    killed(ansible, "night", "stuck")
    fleet.per_call(0)
    fleet.order("stuck", WORKFLOW, "Stop")
    fleet.advance(30)
    assert fleet.workflow("stuck", WORKFLOW)["state"] == 20
    rehearsed = ansible.playbook("campaign.classic.rollback", "-e", given)
    assert rehearsed.status == 0 and "the run 'night' has stopped it" in rehearsed.said, rehearsed.output
    for _time in range(2):
        undone = ansible.playbook("campaign.classic.rollback", "-e", given, *APPLY)
        assert undone.status != 0, undone.output
        assert "the run 'night' has stopped it and did not start it again, nor does a rollback" in undone.said
        said = " ".join(undone.closing)
        assert "FAILED: stuck. The values are back there" in said and "Run the same again" not in said, said
        assert value(fleet, "stuck") == parse_datetime(OLD)
    found = ansible.playbook("campaign.classic.detect", "--limit", "stuck").result("Diagnose every instance")
    assert found["rows"]["stuck"]["verdict"] == "stuck"  # and not held: it is known whose Stop it is
    fleet.order("stuck", WORKFLOW, "Start")
    fleet.advance(30)
    done = ansible.playbook("campaign.classic.rollback", "-e", given, *APPLY)
    assert done.status == 0, done.output


def run_on(fleet: RunningSimulator, *states: int) -> None:
    """Let time pass until a run is on where failures are ignored, with the workflow in one of these states."""
    for _step in range(6000):
        found = fleet.workflow("ignoring", WORKFLOW)
        if found["processId"] and found["state"] in states:
            return
        fleet.advance(0.25)
    raise AssertionError(found)


def test_rollback_with_nothing_to_put_back_waits_for_our_stop_and_for_no_run_of_a_workflow_that_goes_on(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    """An attempt has sent its Stop and written nothing; the run that is on takes a while to be cancelled."""
    killed(ansible, "night", "ignoring", state="ended", failed=True, result={
        "outcome": "pending", "left_stopped": True, "steps": [{"action": "stop"}], "calls": {"writes": 1},
        "moves": [{"option": CURSOR, "outcome": "pending", "written": None}],
    })  # fmt: skip
    fleet.per_call(0)
    run_on(fleet, 11)
    fleet.order("ignoring", WORKFLOW, "Stop")
    run_on(fleet, 15, 16)
    given = ("campaign.classic.rollback", "-e", "mid_sourcing_run=night", "-e", "mid_sourcing_rollback_retries=1")
    for apply in ((), APPLY):
        waited = ansible.playbook(*given, *apply)
        assert f"{CURSOR}: failed" in waited.said and "is still on" in waited.said, waited.output
    fleet.advance(30)
    stopped = ansible.playbook(*given, *APPLY)
    assert stopped.status != 0 and "the run 'night' has stopped it" in stopped.said, stopped.output
    fleet.order("ignoring", WORKFLOW, "Start")
    run_on(fleet, 11)
    for apply in ((), APPLY):
        done = ansible.playbook(*given, *apply)
        assert done.status == 0 and f"{CURSOR}: unchanged" in done.said, done.output
    assert fleet.workflow("ignoring", WORKFLOW)["processId"] and not fleet.ledger(kind="write")


def test_rollback_of_a_write_that_may_land_yet_is_no_rollback(ansible: Ansible, fleet: RunningSimulator) -> None:
    """The cursor is at its old value, since the answer to the write of the new one was lost."""
    killed(ansible, "night", "stuck", state="ended", failed=True, result={
        "outcome": "pending", "left_stopped": False, "steps": [{"action": "write"}], "calls": {"writes": 1},
        "moves": [{"option": CURSOR, "outcome": "pending", "written": "2026-11-22 02:00:00.000Z", "unsure": True}],
    })  # fmt: skip
    for _time in range(2):
        undone = ansible.playbook("campaign.classic.rollback", "-e", "mid_sourcing_run=night", *APPLY)
        assert undone.status != 0 and "may land until" in undone.said, undone.output
    told = ansible.playbook("campaign.classic.report", "-e", f"fleet_report_dir={ansible.work / 'report'}")
    document = json.loads(next((ansible.work / "report").rglob("fleet.json")).read_text(encoding="utf-8"))
    assert [one["outcome"] for one in document["treated"]] == ["failed"], told.output


def test_rollback_says_that_somebody_has_stopped_the_workflow_and_leaves_that_to_them(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    fleet.per_call(0)
    fleet.order("stuck", WORKFLOW, "Stop")
    fleet.advance(30)
    line = f"stuck,{CURSOR},{OLD[:10]}T{OLD[11:]}"
    done = ansible.playbook("campaign.classic.rollback", "-e", f"mid_sourcing_restore={line}", *APPLY)
    assert done.status == 0, done.output
    assert "is stopped: no evidence shows that a run of ours did that" in done.said


def test_host_of_the_run_that_the_inventory_no_longer_has_is_named(ansible: Ansible, fleet: RunningSimulator) -> None:
    done, rows = reconcile(ansible, *APPLY)
    assert done.status == 0, done.output
    data = yaml.safe_load(ansible.inventory.read_text(encoding="utf-8"))
    data["campaign"]["hosts"]["renamed"] = data["campaign"]["hosts"].pop("ignoring")
    ansible.inventory.write_text(yaml.safe_dump(data), encoding="utf-8")
    fleet.per_call(0)
    fleet.clear_ledger()
    run = ("-e", f"mid_sourcing_run={rows['']['run_id']}", *APPLY)
    refused = ansible.playbook("campaign.classic.rollback", *run)
    assert refused.status != 0
    assert "has evidence of ignoring, which is no host of 'campaign'. Nothing was written." in refused.said
    assert not written(fleet)
    limited = ansible.playbook("campaign.classic.rollback", *run, "--limit", "stuck")
    assert limited.status == 0, limited.output
    assert written(fleet) == {"stuck"}


def test_pattern_of_hosts_in_the_inventory_is_refused(ansible: Ansible, fleet: RunningSimulator) -> None:
    data = yaml.safe_load(ansible.inventory.read_text(encoding="utf-8"))
    data["campaign"].setdefault("vars", {})["mid_sourcing_hosts"] = "stuck"
    ansible.inventory.write_text(yaml.safe_dump(data), encoding="utf-8")
    fleet.clear_ledger()
    refused = ansible.playbook("campaign.classic.reconcile", *APPLY)
    assert refused.status != 0
    assert "mid_sourcing_hosts stands in the inventory" in refused.said
    assert "-e mid_sourcing_hosts=PATTERN, or choose hosts with --limit. Nothing was done." in refused.said
    assert not written(fleet)
    done = ansible.playbook("campaign.classic.detect", "-e", "mid_sourcing_hosts=stuck")
    assert done.status == 0, done.output


def test_rollback_of_an_unknown_run_is_an_error(ansible: Ansible, fleet: RunningSimulator) -> None:
    done = ansible.playbook("campaign.classic.rollback", "-e", "mid_sourcing_run=never", *APPLY)
    assert done.status != 0
    assert "There is no evidence of the run never" in done.output
    assert not written(fleet)


def test_a_pattern_without_hosts_is_an_error(ansible: Ansible, fleet: RunningSimulator) -> None:
    done = ansible.playbook("campaign.classic.reconcile", "-e", "mid_sourcing_hosts=nowhere", *APPLY)
    assert done.status != 0
    assert "No host matches 'nowhere'" in done.output


def test_the_gate_refuses_more_hosts_than_allowed(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.clear_ledger()
    done, _rows = reconcile(ansible, *APPLY, "-e", "mid_sourcing_max_hosts=1")
    assert done.status != 0
    assert "2 hosts have a plan and mid_sourcing_max_hosts is 1" in done.said
    assert not written(fleet)


@pytest.mark.parametrize(("hosts", "said"), [("campaign", "plan reads"), ("healthy", "detect and plan read")])
def test_plan_writes_nothing_whatever_is_asked_of_it(
    ansible: Ansible, fleet: RunningSimulator, hosts: str, said: str
) -> None:
    fleet.clear_ledger()
    apply = ("-e", "mid_sourcing_apply=true")
    done = ansible.playbook("campaign.classic.plan", *apply, "-e", f"mid_sourcing_hosts={hosts}")
    assert done.status != 0
    assert f"{said} only, and mid_sourcing_apply is true." in done.said, done.output
    assert not fleet.ledger(kind="write")
