# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence from an operator's view: damaged, copied from a job's output, listed, of hosts with unusual names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import check_run
from ansible_collections.campaign.classic.plugins.plugin_utils._variables.reading import specs
from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, PASSWORD, USER, marketing
from tests.integration.fleets import fleet as whole
from tests.integration.runner import Ansible, Run, inventory

APPLY = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_poll_interval=0.1")
STUCK = ("-e", "mid_sourcing_hosts=stuck")


@pytest.fixture(autouse=True)
def time_passes_with_every_call(fleet: RunningSimulator) -> None:
    fleet.per_call(2)


def writes(fleet: RunningSimulator) -> list[str]:
    """The instances that received a write from outside."""
    return sorted({call["instance"] for call in fleet.ledger(kind="write")})


def cure(ansible: Ansible, run: str, *arguments: str) -> Run:
    return ansible.playbook("campaign.classic.reconcile", *APPLY, "-e", f"mid_sourcing_run_id={run}", *arguments)


def restored(ansible: Ansible, *arguments: str) -> Run:
    return ansible.playbook("campaign.classic.rollback", *APPLY, *arguments)


def test_damaged_record_of_an_older_run_is_named_and_the_host_is_cured_and_that_of_this_run_is_refused(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    old = tmp_path / "campaign-evidence/old"
    old.mkdir(parents=True, mode=0o700)
    old.parent.chmod(0o700)
    (old / "stuck.json").write_text('{"format": "campaign.classic/ev')
    done = cure(ansible, "new", *STUCK)
    assert done.status == 0 and writes(fleet) == ["stuck"], done.output
    said = " ".join(done.output.split())
    assert f"The evidence file {old / 'stuck.json'} is cut off" in said and "move it away" in said
    record = tmp_path / "campaign-evidence/new/stuck.json"
    record.write_text("")
    fleet.clear_ledger()
    fleet.set_option("stuck", CURSOR, "2020-03-01 10:00:00.000Z")
    again = cure(ansible, "new", *STUCK)
    said = " ".join(again.output.split())
    assert f"The evidence file {record} is empty" in said and "Nothing was written" in said
    assert writes(fleet) == [] and "Expecting value" not in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no plan"),
        ('{"format": "campaign.classic/plan/1", "plans": [', "is cut off"),
        ("{}", "is not a plan file"),
    ],
)
def test_damaged_plan_file_approves_nothing_and_is_named(
    content: str | None, words: str, ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    if content is not None:
        plan.write_text(content)
    done = cure(ansible, "one", *STUCK, "-e", "mid_sourcing_plan_file=plan.json")
    said = " ".join(done.output.split())
    assert done.status != 0 and writes(fleet) == [], done.output
    assert str(plan) in said and words in said and "Nothing was written" in said, done.output
    assert "Expecting value" not in said and "Traceback" not in said


def test_kept_plan_is_in_the_manifest_and_a_damaged_one_stops_the_run_that_goes_on(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    assert cure(ansible, "one", *STUCK).status == 0
    run = tmp_path / "campaign-evidence/one"
    digest = json.loads((run / "_plan.json").read_text())["digest"]
    assert "  _plan.json" in (run / "SHA256SUMS").read_text() and check_run(run) == []
    (run / "_plan.json").write_text("{")
    fleet.clear_ledger()
    done = cure(ansible, "one", *STUCK, "-e", f"mid_sourcing_plan={digest}")
    said = " ".join(done.output.split())
    assert done.status != 0 and f"The plan {run / '_plan.json'} is cut off" in said and "Nothing was written" in said
    assert writes(fleet) == []


def test_a_directory_with_a_variable_of_the_environment_is_one_for_all_that_write_and_read(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    at = ("-e", "mid_sourcing_evidence_dir=$KEPT_AT/evidence", *STUCK)
    kept = {"KEPT_AT": str(tmp_path / "kept")}
    tasks = [{"ansible.builtin.copy": {"src": "{{ mid_sourcing_evidence.path }}", "dest": str(tmp_path / "bundle")}}]
    (tmp_path / "upload.yml").write_text(json.dumps(tasks))
    upload = ("-e", "mid_sourcing_evidence_upload=$KEPT_AT/../upload.yml")
    (tmp_path / "kept").mkdir()
    book = "campaign.classic.reconcile"
    done = ansible.playbook(book, *APPLY, "-e", "mid_sourcing_run_id=one", *at, *upload, environment=kept)
    assert done.status == 0 and writes(fleet) == ["stuck"], done.output
    run = tmp_path / "kept/evidence/one"
    assert {"_plan.json", "stuck.json", "SHA256SUMS"} <= {path.name for path in run.iterdir()}
    assert not list(tmp_path.glob("*KEPT_AT*"))
    assert "stuck.json" in (tmp_path / "bundle").read_text()
    rolled = ansible.playbook("campaign.classic.rollback", "-e", "mid_sourcing_run=one", *at, environment=kept)
    assert rolled.status == 0 and "2020-03-01" in rolled.said, rolled.output


def test_blanks_of_the_inventory_for_what_has_no_default_are_not_set(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    given = [name for name, spec in specs().items() if "default" not in spec and not name.startswith("campaign_")]
    assert len(given) > 20
    (tmp_path / "group_vars").mkdir()
    blank = {name: "" for name in given if not name.endswith("_hosts")}
    (tmp_path / "group_vars/all.yml").write_text(json.dumps(blank))
    looked = ansible.playbook("campaign.classic.detect", *STUCK)
    assert looked.status == 0, looked.output
    done = ansible.playbook("campaign.classic.reconcile", *APPLY, *STUCK)
    assert done.status == 0 and writes(fleet) == ["stuck"], done.output
    (run,) = (tmp_path / "campaign-evidence").iterdir()
    for book in ("rollback", "backfill"):
        planned = ansible.playbook(f"campaign.classic.{book}", "-e", f"mid_sourcing_run={run.name}", *STUCK)
        assert planned.status == 0, planned.output
    for book in ("report", "runs"):
        assert ansible.playbook(f"campaign.classic.{book}").status == 0


def test_whole_line_of_the_output_is_put_back_as_it_was_pasted(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    done = cure(ansible, "one", *STUCK)
    (line,) = sorted(set(re.findall(r"OLD VALUE [^\"\s]+", done.output)))
    fleet.per_call(0)
    fleet.clear_ledger()
    refused = restored(ansible, *STUCK, "-e", f"mid_sourcing_restore=please {line}")
    assert refused.status != 0 and writes(fleet) == [] and "please OLD" in refused.output
    assert "Nothing was written" in refused.output
    undone = restored(ansible, *STUCK, "-e", f"mid_sourcing_restore={line}")
    assert undone.status == 0 and writes(fleet) == ["stuck"], undone.output
    assert fleet.option_time("stuck", CURSOR).year == 2020
    pasted = "".join(f"{part}\r\n" for part in (f"ok: [stuck] => (item={CURSOR}) => {{", f'    "msg": "{line}"', "}"))
    (tmp_path / "answers.json").write_text(json.dumps({"mid_sourcing_restore": pasted}))
    again = restored(ansible, *STUCK, "-e", "@answers.json")
    assert again.status == 0, again.output


def test_host_whose_name_is_no_file_name_is_cured_listed_and_rolled_back(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    names = {"hôte": "stuck", "../a b": "ignoring"}
    data: Any = inventory({name: fleet.instances[one] for name, one in names.items()}, USER, PASSWORD)
    strange = Ansible(tmp_path, data)
    chosen = ("-e", "mid_sourcing_hosts=all", "-e", "mid_sourcing_ask_mid=never")
    done = cure(strange, "one", *chosen)
    assert done.status == 0, done.output
    run = tmp_path / "campaign-evidence/one"
    assert sorted(path.name for path in run.glob("*.json")) == ["%2E.%2Fa%20b.json", "_plan.json", "h%C3%B4te.json"]
    listed = strange.playbook("campaign.classic.runs", environment={"PWD": str(tmp_path)})
    assert listed.status == 0 and "hôte" in listed.output, listed.output
    fleet.per_call(0)
    undone = restored(strange, *chosen, "-e", "mid_sourcing_run=one")
    assert undone.status == 0 and fleet.option_time("stuck", CURSOR).year == 2020, undone.output
    assert fleet.option_time("ignoring", CURSOR).year == 2020


def test_runs_lists_them_contacts_nobody_and_writes_nothing(
    ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    assert cure(ansible, "one", *STUCK).status == 0
    assert cure(ansible, "two", "-e", "mid_sourcing_hosts=ignoring").status == 0
    (tmp_path / "campaign-evidence/one/stuck.json").write_text("")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "campaign-evidence").rglob("*")}
    fleet.clear_ledger()
    ansible.inventory.write_text("all:\n  hosts:\n    other:\n    another:\n")
    for mode in ((), ("--check",)):
        done = ansible.playbook("campaign.classic.runs", *mode)
        assert done.status == 0, done.output
        lines = done.result("Say what they did", "localhost")["msg"]
        assert [line for line in lines if not line.startswith(" ")] == ["two: cure", "one: nothing that can be read"]
        # A path that is longer than the screen is wide is cut anywhere.
        assert "stuck.json is empty".replace(" ", "") in "".join("".join(lines).split())
        assert "    ansible-playbook campaign.classic.rollback" in lines and "      -e mid_sourcing_run=two" in lines
        shown = re.findall(r'^        ".*",?$', done.output, re.MULTILINE)
        assert shown and max(map(len, shown)) <= 80
        (stats,) = done.results("Pass them on", "localhost")
        handed = stats["ansible_stats"]["data"]["mid_sourcing_earlier_runs"]
        assert [(run["run_id"], run["outcomes"]) for run in handed] == [("two", {"cured": 1}), ("one", {})]
    detail = ansible.playbook("campaign.classic.runs", "-e", "mid_sourcing_run=two")
    lines = detail.result("Say what they did", "localhost")["msg"]
    assert "    old value 2020-03-01 10:00:00.000Z" in lines and "every file is as it was written" in " ".join(lines)
    never = ansible.playbook("campaign.classic.runs", "-e", "mid_sourcing_run=never")
    assert never.status != 0 and "There is no evidence of the run never" in never.output
    for refused in (("--limit", "other"), ("--tags", "x"), ("-e", "mid_sourcing_runs=1")):
        assert ansible.playbook("campaign.classic.runs", *refused).status != 0
    assert fleet.ledger() == []
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "campaign-evidence").rglob("*")} == before


def test_a_value_is_not_put_back_where_the_workflow_cannot_be_seen(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    """Whether a run is on, which would overwrite it, is not known then."""
    blind = {**marketing(cursor={"age": "5m"}), "workflows": {}}
    there = serve(whole({"blind": blind}))
    there.clear_ledger()
    line = f"OLD VALUE blind,{CURSOR},2020-03-01T10:00:00.000Z"
    ansible = Ansible(tmp_path, inventory({"blind": there.instances["blind"]}, USER, PASSWORD))
    done = restored(ansible, "-e", json.dumps({"mid_sourcing_restore": line}))
    assert done.status == 2, done.output
    assert "defaultMidSourcingDlv is not there, or the operator may not see it" in done.said
    assert writes(there) == []
