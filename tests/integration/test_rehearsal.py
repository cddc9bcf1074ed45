# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks snapshot and rehearse against the simulated fleet, and that the rehearsal does not call it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from simulator.testing import RunningSimulator
from tests.integration.fleets import PASSWORD
from tests.integration.runner import Ansible

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "roles/mid_sourcing/files/snapshot.schema.json").read_text(encoding="utf-8"))


@pytest.mark.timeout(300)
def test_rehearsal_of_a_snapshot_says_what_reconcile_would_do_and_calls_no_real_instance(
    fleet: RunningSimulator, ansible: Ansible
) -> None:
    photographed = ansible.playbook("campaign.classic.snapshot")
    assert photographed.status == 0, photographed.output
    file = ansible.work / "campaign-snapshot.json"
    text = file.read_text(encoding="utf-8")
    data = json.loads(text)
    jsonschema.validate(data, SCHEMA)
    assert set(data["instances"]) == set(fleet.instances)
    assert data["instances"]["down"]["unread"]["verdict"] == "unreachable"
    assert data["instances"]["stuck"]["accounts"]["defaultEmailMid"]["mid"] == "mid"
    assert not any(secret in text for secret in (PASSWORD, "canary", "ops"))
    for name in ("stuck", "mid"):
        calls = [call["call"] for call in fleet.ledger(name)]
        assert calls.count("xtk:session#Logon") == calls.count("xtk:session#Logoff") == 1
        assert calls.count("xtk:queryDef#ExecuteQuery") == len(calls) - 2 <= 7
    assert fleet.ledger(kind="write") == []
    mark = fleet.mark()

    # The real settings go along, and what would act on the real world does not.
    rehearsed = ansible.playbook(
        "campaign.classic.rehearse",
        "-e",
        json.dumps({"mid_sourcing_both_ways": False, "mid_sourcing_notify_tasks": "/nowhere/notify.yml"}),
        environment={"HTTPS_PROXY": "http://127.0.0.1:9", "CAMPAIGN_PASSWORD": "wrong"},
    )
    assert rehearsed.status == 0, rehearsed.output
    found = rehearsed.result("Rehearse | Detect and cure on a copy of the fleet")
    outcomes = {host: row["outcome"] or row["verdict"] for host, row in found["rows"].items()}
    assert outcomes == {
        "down": "unreachable",
        "healthy": "healthy",
        "ignoring": "cured",
        "mid": "not_applicable",
        "refused": "failing_other",
        "stuck": "cured",
    }
    # The playbook itself comes to the same on the copy.
    assert {host: row["reconcile"] for host, row in found["rows"].items()} == outcomes
    assert found["reconcile"]["refusals"] == []
    assert found["rows"]["stuck"]["possibly_affected"] > 5000
    assert fleet.ledger(since=mark, origin="") == []
    assert fleet.option("stuck", "NmsMidSourcing_LastDelivery_defaultEmailMid")["value"].startswith("2020-03-01")
    assert "stuck: cured after" in rehearsed.said


def test_rehearsal_without_a_snapshot_says_what_to_do(ansible: Ansible) -> None:
    run = ansible.playbook("campaign.classic.rehearse", "-e", "mid_sourcing_snapshot_file=nowhere.json")
    assert run.status != 0
    assert "nowhere.json cannot be read" in run.said and "campaign.classic.snapshot writes one" in run.said


def test_snapshot_in_check_mode_writes_no_file(ansible: Ansible) -> None:
    run = ansible.playbook("campaign.classic.snapshot", "--check")
    assert run.status == 0, run.output
    assert not (ansible.work / "campaign-snapshot.json").exists()
    assert "not written (check mode)" in run.said
