# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook report: a row for every host in every file, nothing written to a server, and a reason when it fails."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from prometheus_client.parser import text_string_to_metric_families

from simulator.testing import RunningSimulator
from tests.integration.fleets import OLD, PASSWORD, USER, marketing, mid
from tests.integration.fleets import fleet as whole_fleet
from tests.integration.runner import Ansible, inventory

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "roles/fleet_report/files/report.schema.json").read_text(encoding="utf-8"))
FILES = ["campaign.prom", "fleet.csv", "fleet.html", "fleet.json"]


def read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "fleet.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def with_others(fleet: RunningSimulator, tmp_path: Path) -> Ansible:
    """The fleet, and hosts that nobody can ask."""
    found = inventory(dict(fleet.instances), USER, PASSWORD)
    found["campaign"]["hosts"] |= {
        "lost": {"campaign_url": "http://127.0.0.1:9/lost"},
        "broken": {"campaign_url": "{{ no_such_variable }}"},
        "elsewhere": {"campaign_url": "http://127.0.0.1:9/x", "ansible_connection": "elsewhere"},
    }
    return Ansible(tmp_path, found)


def test_every_host_has_a_row_in_every_file_and_no_server_is_written_to(
    fleet: RunningSimulator, tmp_path: Path
) -> None:
    run = with_others(fleet, tmp_path).playbook("campaign.classic.report", "-e", "mid_sourcing_apply=false")
    folder = tmp_path / "campaign-report"
    assert folder.is_dir(), run.output
    assert sorted(path.name for path in folder.iterdir()) == FILES
    document = read(folder)
    hosts = [row["host"] for row in document["hosts"]]
    assert set(hosts) == {*fleet.instances, "lost", "broken", "elsewhere"} and len(hosts) == len(set(hosts))
    verdicts = {row["host"]: row["verdict"] for row in document["hosts"]}
    assert (verdicts["stuck"], verdicts["healthy"], verdicts["lost"]) == ("stuck", "healthy", "unreachable")
    assert (verdicts["broken"], verdicts["elsewhere"]) == ("misconfigured", "unreachable")
    [healthy] = [row for row in document["hosts"] if row["host"] == "healthy"]
    assert 0 < healthy["age_seconds"] < 3600 and healthy["cursors"][0]["account"] == "defaultEmailMid"
    with (folder / "fleet.csv").open(newline="", encoding="utf-8") as stream:
        assert {line["host"] for line in csv.DictReader(stream)} == set(hosts)
    metrics = {one.name: one.samples for one in text_string_to_metric_families((folder / "campaign.prom").read_text())}
    assert {one.labels["host"] for one in metrics["campaign_host_verdict"]} == set(hosts)
    assert metrics["campaign_sweep_duration_seconds"][0].value > 0
    page = (folder / "fleet.html").read_text(encoding="utf-8")
    assert all(f'<th scope="row">{host}' in page for host in hosts)
    assert fleet.ledger(kind="write") == []
    # The last lines are those of detect, and say where the page is.
    assert f"{folder}/fleet.html." in "".join(run.closing)
    assert run.closing[-1] == "PLAN ONLY: nothing was written."
    for path in folder.iterdir():
        assert PASSWORD not in path.read_text(encoding="utf-8"), path.name
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {**dict.fromkeys(FILES, 0o600), "campaign.prom": 0o644}


def test_cures_of_the_evidence_are_in_the_report_and_check_mode_writes_it_too(
    fleet: RunningSimulator, ansible: Ansible, tmp_path: Path
) -> None:
    fleet.per_call(2)
    apply = (
        "-e",
        "mid_sourcing_apply=true",
        "-e",
        "mid_sourcing_poll_interval=0.1",
        "-e",
        "mid_sourcing_run_id=change-1",
    )
    cured = ansible.playbook("campaign.classic.reconcile", "--limit", "stuck", *apply)
    assert cured.status == 0, cured.output
    only = '{"fleet_report_formats": ["json"], "fleet_report_dir": "out"}'
    run = ansible.playbook("campaign.classic.report", "--check", "--limit", "stuck,healthy", "-e", only)
    assert run.status == 0, run.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["fleet.json"]
    document = read(tmp_path / "out")
    assert sorted(row["host"] for row in document["hosts"]) == ["healthy", "stuck"]
    [treated] = document["treated"]
    [attempt] = treated["attempts"]
    assert (treated["host"], treated["outcome"], attempt["run_id"]) == ("stuck", "cured", "change-1")
    assert attempt["cursors"][0]["before"] == "2020-03-01T10:00:00Z" and attempt["steps"]
    assert treated["affected"] and document["headline"]["details"][-1] == "1 instance was cured."


def test_rollback_that_failed_at_one_cursor_is_not_hidden_by_that_of_another(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    other = "NmsMidSourcing_LastDelivery_other"
    stuck = marketing(cursor={"value": OLD}, options={other: {"type": "datetime", "value": OLD}})
    stuck["accounts"].append({**stuck["accounts"][0], "name": "other"})
    fleet = serve(whole_fleet({"two": stuck, "mid": mid("two")}))
    ansible = Ansible(tmp_path, inventory(dict(fleet.instances), USER, PASSWORD))
    fleet.per_call(2)
    apply = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_poll_interval=0.1")
    cured = ansible.playbook("campaign.classic.reconcile", "-e", "mid_sourcing_run_id=night", *apply)
    assert cured.status == 0, cured.output
    fleet.fault(kind="refused", count=99, instance="two", method="xtk:persist#Write", nth=2)
    back = ansible.playbook("campaign.classic.rollback", "-e", "mid_sourcing_run=night", *apply)
    assert back.status == 2, back.output
    only = '{"fleet_report_formats": ["json"]}'
    run = ansible.playbook("campaign.classic.report", "--limit", "two", "-e", only)
    assert run.status == 0, run.output
    document = read(tmp_path / "campaign-report")
    [treated] = document["treated"]
    cure, *rollbacks = treated["attempts"]
    assert [one["outcome"] for one in rollbacks] == ["done", "failed"]
    assert (treated["outcome"], treated["cured_at"]) == ("failed", cure["ended"])
    assert document["headline"]["details"][-1] == "A cure or a rollback failed on 1 instance."


def test_report_that_cannot_be_written_fails_the_run_after_its_last_lines(ansible: Ansible, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    run = ansible.playbook("campaign.classic.report", "-e", "fleet_report_dir=file/below")
    assert run.status == 2
    assert "The report could not be written" in run.said and "fleet_report_dir" in run.said
    assert run.closing[-1] == "PLAN ONLY: nothing was written. FAILED, as said above."


def test_tasks_of_the_user_take_the_report_elsewhere(ansible: Ansible, tmp_path: Path) -> None:
    copy = {"src": "{{ fleet_report_result.files.html }}", "dest": str(tmp_path / "web.html"), "mode": "0644"}
    tasks = tmp_path / "upload.yml"
    tasks.write_text(yaml.safe_dump([{"name": "Take it", "ansible.builtin.copy": copy}]), encoding="utf-8")
    run = ansible.playbook("campaign.classic.report", "--limit", "healthy", "-e", "fleet_report_upload=upload.yml")
    assert run.status == 0, run.output
    assert (tmp_path / "web.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")

    tasks.write_text("- no: task\n", encoding="utf-8")
    run = ansible.playbook("campaign.classic.report", "--limit", "healthy", "-e", "fleet_report_upload=upload.yml")
    assert run.status == 2
    assert "fleet_report_upload" in run.said, run.closing
    assert run.closing[-1] == "PLAN ONLY: nothing was written. FAILED, as said above."


def test_role_in_a_play_of_ones_own_reports_what_its_hosts_have_found(ansible: Ansible, tmp_path: Path) -> None:
    role = "ansible.builtin.include_role"
    once = {"run_once": True, "delegate_to": "localhost"}
    detect = {
        role: {"name": "campaign.classic.mid_sourcing", "tasks_from": "detect"},
        "when": "inventory_hostname != 'held'",
    }
    write = {role: {"name": "campaign.classic.fleet_report", "apply": once}, "run_once": True}
    run = ansible.play([detect, write], "-e", "fleet_report_dir=own")
    assert (tmp_path / "own/fleet.json").exists(), run.output
    document = read(tmp_path / "own")
    assert {row["host"]: row["verdict"] for row in document["hosts"]}["stuck"] == "stuck"
    assert len(document["hosts"]) == len(ansible_hosts(ansible)) and document["sweep"]["seconds"] is None


def ansible_hosts(ansible: Ansible) -> list[str]:
    return list(yaml.safe_load(ansible.inventory.read_text(encoding="utf-8"))["campaign"]["hosts"])


def test_mistyped_variable_of_the_report_is_refused_by_name(ansible: Ansible, tmp_path: Path) -> None:
    run = ansible.playbook("campaign.classic.report", "-e", "fleet_report_directory=x")
    assert run.status != 0 and "fleet_report_directory" in run.said
    run = ansible.playbook("campaign.classic.report", "-e", "fleet_report_dirs=x")
    assert run.status != 0 and "Did you mean fleet_report_dir?" in run.said
    assert not (tmp_path / "campaign-report").exists()
