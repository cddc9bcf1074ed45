# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that somebody else can have written make no playbook write. The servers' own ledger proves it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import (
    FORMAT,
    evidence_file,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.undoing import rollback_targets
from simulator.testing import RunningSimulator
from tests.helpers.evidence_files import write_evidence
from tests.integration.fleets import CURSOR, PASSWORD, USER, WORKFLOW
from tests.integration.runner import Ansible

APPLY = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_poll_interval=0.1")


@pytest.fixture(autouse=True)
def time_passes_with_every_call(fleet: RunningSimulator) -> None:
    fleet.per_call(2)


def writes(fleet: RunningSimulator) -> list[str]:
    """The instances that received a write from outside."""
    return [call["instance"] for call in fleet.ledger(kind="write")]


def cure(instance: str, old: str = "1999-01-01 00:00:00.000Z", **more: object) -> dict[str, object]:
    """The record of a cure that never ended: a rollback restores its old value."""
    return {
        "format": FORMAT,
        "kind": "cure",
        "run_id": "forged",
        "instance": instance,
        "started": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z",
        "state": "started",
        "intent": {"workflow": WORKFLOW, "strategy": "lookback", "lookback": "1d"},
        "cursors": [{"option": CURSOR, "old_value": old, "plan": None}],
        **more,
    }


def by_others(path: Path) -> None:
    """A directory of somebody else's, or where only root can change owners, a world-writable one."""
    for one in (path, *path.rglob("*")):
        if os.geteuid() == 0:
            os.chown(one, 65_534, 65_534)
        one.chmod(0o777 if one.is_dir() else 0o666)


DAMAGED: dict[str, Callable[[Path], None]] = {
    "evidence of others": by_others,
    "run of others": lambda root: by_others(root / "forged"),
    "run for everybody": lambda root: (root / "forged").chmod(0o777),
    "record for everybody": lambda root: (root / "forged/healthy.json").chmod(0o666),
    "manifest for everybody": lambda root: (root / "forged/SHA256SUMS").chmod(0o666),
}


@pytest.mark.parametrize("playbook", ["rollback", "backfill"])
@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_forged_run_with_a_forged_manifest_writes_nothing(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path, playbook: str, damage: Callable[[Path], None]
) -> None:
    root = tmp_path / "campaign-evidence"
    write_evidence(evidence_file(str(root), "forged", "healthy"), cure("healthy"))
    damage(root)
    done = ansible.playbook(f"campaign.classic.{playbook}", *APPLY, "-e", "mid_sourcing_run=forged")
    assert done.status != 0 and "is not trusted" in done.output and "Nothing was" in done.output
    assert "chmod go-w" in done.output or "chown -h" in done.output
    assert writes(fleet) == []
    assert fleet.option_time("healthy", CURSOR).year == 2026


def test_the_same_run_is_rolled_back_where_it_is_ours(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    write_evidence(evidence_file(str(tmp_path / "campaign-evidence"), "forged", "healthy"), cure("healthy"))
    done = ansible.playbook("campaign.classic.rollback", *APPLY, "-e", "mid_sourcing_run=forged")
    assert done.status == 0, done.output
    assert fleet.option_time("healthy", CURSOR).year == 1999


def test_detect_warns_of_evidence_of_others_and_takes_nothing_from_it(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    fleet.order("healthy", WORKFLOW, "Stop")
    fleet.advance(60)
    root = tmp_path / "campaign-evidence"
    now = f"{fleet.option_time('healthy', CURSOR):%Y-%m-%d %H:%M:%S}.000Z"
    more = {"result": {"outcome": "pending", "steps": [{"action": "stop"}], "moves": [], "calls": {"writes": 1}}}
    write_evidence(evidence_file(str(root), "forged", "healthy"), cure("healthy", now, **more))
    diagnose = ("campaign.classic.detect", "-e", "mid_sourcing_hosts=healthy")
    ours = ansible.playbook(*diagnose).result("Diagnose every instance")["rows"]["healthy"]
    by_others(root)
    done = ansible.playbook(*diagnose)
    assert done.status == 0 and "is not trusted" in done.output
    theirs = done.result("Diagnose every instance")["rows"]["healthy"]
    assert (ours["verdict"] != "held", theirs["verdict"]) == (True, "held"), "it was somebody who has stopped it"


def test_a_backfill_leaves_alone_what_no_run_has_skipped(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    """A cure whose Stop was not carried out has written nothing: only a rollback looks at its workflow."""
    result = {"outcome": "pending", "left_stopped": True, "steps": [{"action": "stop"}], "calls": {"writes": 1}}
    moves = [{"option": CURSOR, "outcome": "pending", "written": None}]
    record = cure("healthy", state="ended", failed=True, result={**result, "moves": moves})
    write_evidence(evidence_file(str(tmp_path / "campaign-evidence"), "forged", "healthy"), record)
    (target,) = rollback_targets(record)
    assert target["is_back"]
    run = ("-e", "mid_sourcing_run=forged", "-e", "mid_sourcing_hosts=healthy")
    done = ansible.playbook("campaign.classic.backfill", *APPLY, *run)
    assert done.status == 0 and writes(fleet) == [], done.output


@pytest.mark.parametrize("damage", [by_others, lambda root: root.chmod(0o777)], ids=["of others", "for everybody"])
def test_nothing_is_cured_where_its_evidence_could_be_exchanged(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    root = tmp_path / "campaign-evidence"
    root.mkdir()
    damage(root)
    done = ansible.playbook("campaign.classic.reconcile", *APPLY, "-e", "mid_sourcing_hosts=stuck")
    assert done.status != 0 and "is not trusted" in done.output
    assert writes(fleet) == []


def test_lock_that_is_a_link_creates_nothing_and_nothing_is_cured(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    run = tmp_path / "campaign-evidence" / "one"
    run.mkdir(parents=True, mode=0o700)
    (run / ".lock").symlink_to(tmp_path / "created")
    done = ansible.playbook(
        "campaign.classic.reconcile", *APPLY, "-e", "mid_sourcing_hosts=stuck", "-e", "mid_sourcing_run_id=one"
    )
    assert done.status != 0 and "is a link" in done.output
    assert writes(fleet) == [] and not (tmp_path / "created").exists()


def test_plan_that_others_may_write_is_not_carried_out(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    chosen = ("-e", "mid_sourcing_hosts=stuck", "-e", "mid_sourcing_plan_file=plan.json")
    assert ansible.playbook("campaign.classic.plan", *chosen).status == 0
    (tmp_path / "plan.json").chmod(0o666)
    done = ansible.playbook("campaign.classic.reconcile", *APPLY, *chosen)
    assert done.status != 0 and f"The plan {tmp_path / 'plan.json'} is not trusted" in done.output
    assert writes(fleet) == []


def test_tasks_of_a_notification_that_others_may_write_are_not_run(ansible: Ansible, tmp_path: Path) -> None:
    tasks = tmp_path / "notify.yml"
    tasks.write_text(f"- name: Touch\n  ansible.builtin.file:\n    path: {tmp_path / 'executed'}\n    state: touch\n")
    chosen = ("-e", "mid_sourcing_hosts=healthy", "-e", "mid_sourcing_notify_tasks=notify.yml")
    tasks.chmod(0o666)
    done = ansible.playbook("campaign.classic.detect", *chosen)
    assert "mid_sourcing_notify_tasks: The file of tasks" in done.said and not (tmp_path / "executed").exists()
    tasks.chmod(0o644)
    ansible.playbook("campaign.classic.detect", *chosen)
    assert (tmp_path / "executed").exists()


def test_credentials_in_a_directory_that_others_may_write_are_not_sent(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    file = shared / "credentials.yml"
    file.write_text(json.dumps({"default": {"user": USER, "password": PASSWORD}}))
    file.chmod(0o600)
    task = {"name": "Read", "campaign.classic.instance_info": {"url": "{{ campaign_url }}"}}
    for mode, status in ((0o777, 2), (0o755, 0)):
        shared.chmod(mode)
        mark = fleet.mark()
        done = ansible.play([task], hosts="healthy", environment={"CAMPAIGN_CREDENTIALS_FILE": str(file)})
        assert done.status == status, done.output
        assert bool(fleet.ledger(since=mark)) is (status == 0)
