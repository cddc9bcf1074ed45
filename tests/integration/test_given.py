# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a survey and the command line send: blank is not given, and text is a value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.plugin_utils._variables.reading import specs
from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, PASSWORD, USER
from tests.integration.runner import Ansible, Run, inventory

CONDUCT = sorted(name for name in specs() if not name.startswith("siblings_"))


@pytest.fixture(autouse=True)
def time_passes_with_every_call(fleet: RunningSimulator) -> None:
    fleet.per_call(2)


def given(**variables: Any) -> tuple[str, str]:
    """Extra variables, as AWX sends them."""
    return "-e", json.dumps(variables)


def verdicts(done: Run) -> dict[str, Any]:
    """The findings on each host, in a task of its own or in that of the fleet."""
    found = {
        line["host"]: line["result"]
        for line in done.tasks
        if line["task"].endswith("Diagnose the cursors of the instance")
    }
    for result in done.results("Diagnose every instance"):
        found.update(result["rows"])
    return {
        host: (one.get("verdict"), [plan["digest"] for plan in one.get("plans", [])]) for host, one in found.items()
    }


def gate_of(done: Run) -> dict[str, Any]:
    """The decision of the run's gate."""
    (result,) = done.results("Decide, and name the run")
    gate: dict[str, Any] = result["ansible_facts"]["mid_sourcing_gate"]
    return gate


GUARD = "Require that no variable is mistyped, and that all hosts agree on whether anything may be written"


def say(ansible: Ansible, place: str, **variables: Any) -> None:
    """Variables of a host or a group, beside the inventory."""
    path = ansible.work / f"{place}.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(variables), encoding="utf-8")


@pytest.mark.parametrize("blank", ["", None, " \n"])
def test_every_variable_blank_is_as_good_as_none(blank: Any, ansible: Ansible, fleet: RunningSimulator) -> None:
    none = ansible.playbook("campaign.classic.plan")
    every = ansible.playbook("campaign.classic.plan", *given(**dict.fromkeys(CONDUCT, blank)))
    assert every.status == none.status, every.output
    assert {host: one[0] for host, one in verdicts(every).items()} == {h: one[0] for h, one in verdicts(none).items()}
    assert verdicts(none), none.output
    assert gate_of(none)["order"]
    assert gate_of(every)["plan"]["digest"] == gate_of(none)["plan"]["digest"]
    assert {key: gate_of(every)[key] for key in ("order", "serial")} == {
        key: gate_of(none)[key] for key in ("order", "serial")
    }


def test_a_role_on_its_own_takes_blank_as_absent_and_text_as_a_value(ansible: Ansible, fleet: RunningSimulator) -> None:
    tasks = [{"ansible.builtin.include_role": {"name": "campaign.classic.mid_sourcing", "tasks_from": "detect"}}]
    text = given(mid_sourcing_max_age="", mid_sourcing_min_failed_runs="", mid_sourcing_cursor_map="{}")
    done = ansible.play(tasks, *text, hosts="stuck")
    assert done.status == 0, done.output
    assert verdicts(done)["stuck"][0] == "stuck"


@pytest.mark.parametrize("way", ["include_role", "import_role"])
def test_a_role_on_its_own_reads_the_inventory_too(way: str, ansible: Ansible, fleet: RunningSimulator) -> None:
    tasks = [
        {f"ansible.builtin.{way}": {"name": "campaign.classic.mid_sourcing", "tasks_from": "detect"}},
        {"ansible.builtin.debug": {"msg": "{{ [mid_sourcing_serial, mid_sourcing_max_age, mid_sourcing_ask_mid] }}"}},
    ]
    say(ansible, "group_vars/all", mid_sourcing_serial="[2, '50%']", mid_sourcing_ask_mid="never")
    say(ansible, "host_vars/stuck", mid_sourcing_max_age=" ")
    done = ansible.play(tasks, hosts="stuck")
    assert done.status == 0, done.output
    assert verdicts(done)["stuck"][0] == "stuck"
    assert done.tasks[-1]["result"]["msg"] == [[2, "50%"], "6h", "never"]


def test_a_role_that_is_included_takes_blank_numbers_of_the_inventory_as_absent(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    tasks = [{"ansible.builtin.include_role": {"name": "campaign.classic.mid_sourcing", "tasks_from": "detect"}}]
    say(ansible, "host_vars/stuck", mid_sourcing_min_failed_runs="", mid_sourcing_small_gap=None)
    done = ansible.play(tasks, hosts="stuck")
    assert done.status == 0, done.output
    assert verdicts(done)["stuck"][0] == "stuck"


def test_an_imported_role_refuses_a_blank_number_of_the_inventory_by_name(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    tasks = [{"ansible.builtin.import_role": {"name": "campaign.classic.mid_sourcing", "tasks_from": "detect"}}]
    say(ansible, "host_vars/stuck", mid_sourcing_min_failed_runs="")
    done = ansible.play(tasks, hosts="stuck")
    assert done.status != 0
    assert "mid_sourcing_min_failed_runs" in done.output
    assert not verdicts(done)


def test_a_blank_answer_does_not_hide_the_guard_of_the_inventory(ansible: Ansible, fleet: RunningSimulator) -> None:
    tasks = [{"ansible.builtin.include_role": {"name": "campaign.classic.change_window"}}]
    hidden = given(change_window_required="", change_window_windows="", change_window_ticket=None)
    assert ansible.play(tasks, *hidden, hosts="stuck").status == 0
    say(ansible, "host_vars/stuck", change_window_required=True)
    done = ansible.play(tasks, *hidden, hosts="stuck")
    assert done.status != 0
    assert done.failed("Require that a change may begin now")


def test_what_cannot_be_read_is_refused_by_name_before_anything(ansible: Ansible, fleet: RunningSimulator) -> None:
    wrong = ("-e", "mid_sourcing_max_hosts=many", "-e", "mid_sourcing_confirm=2", "-e", "mid_sourcing_causes=[1,")
    done = ansible.playbook("campaign.classic.reconcile", "-e", "mid_sourcing_apply=true", *wrong)
    said = done.result(GUARD)["msg"]
    assert done.status != 0
    for name in ("mid_sourcing_max_hosts", "mid_sourcing_confirm", "mid_sourcing_causes"):
        assert f"{name} must be " in said
    assert not verdicts(done)


@pytest.mark.parametrize("yes", ["yes", "{{ 1 == 1 }}"])
def test_hosts_that_differ_on_whether_anything_may_be_written_are_refused(
    yes: str, ansible: Ansible, fleet: RunningSimulator
) -> None:
    say(ansible, "host_vars/stuck", mid_sourcing_apply=yes)
    done = ansible.playbook("campaign.classic.reconcile")
    assert done.status != 0
    assert "mid_sourcing_apply is true for some hosts and false for others" in done.result(GUARD)["msg"]
    assert not verdicts(done)


def test_blank_and_text_in_the_inventory_are_read_too(ansible: Ansible, fleet: RunningSimulator) -> None:
    none = gate_of(ansible.playbook("campaign.classic.plan"))
    say(
        ansible, "group_vars/all", mid_sourcing_serial="[2, '50%']", mid_sourcing_max_hosts="", mid_sourcing_max_age=" "
    )
    some = ansible.playbook("campaign.classic.plan")
    assert (none["serial"][0], gate_of(some)["serial"][:1]) == (1, [2])
    assert gate_of(some)["plan"]["digest"] == none["plan"]["digest"]
    assert verdicts(some)["stuck"][0] == "stuck"


def test_a_blank_of_a_host_does_not_hide_the_guard_of_its_group(ansible: Ansible, fleet: RunningSimulator) -> None:
    say(ansible, "group_vars/campaign", change_window_required=True, mid_sourcing_max_hosts=1)
    for host in fleet.instances:
        say(ansible, f"host_vars/{host}", change_window_required="", mid_sourcing_max_hosts=None)
    done = ansible.playbook("campaign.classic.plan", "-e", "mid_sourcing_ask_mid=never")
    gate = gate_of(done)
    assert not gate["now"], gate
    assert "change_window_required" in str(gate["postponed"] + gate["blocked"]), gate
    assert "mid_sourcing_max_hosts" in str(gate["refusals"]), gate


@pytest.mark.parametrize("inventory", [False, True])
@pytest.mark.parametrize("blank", ["", " ", None])
def test_a_blank_pattern_is_no_fleet_in_a_run_that_writes(
    blank: Any, inventory: bool, ansible: Ansible, fleet: RunningSimulator
) -> None:
    if inventory:
        say(ansible, "group_vars/all", mid_sourcing_apply="yes")
    begun = fleet.mark()
    word = {} if inventory else {"mid_sourcing_apply": True}
    done = ansible.playbook("campaign.classic.reconcile", *given(mid_sourcing_hosts=blank, **word))
    assert done.status != 0
    assert "mid_sourcing_hosts is blank. Give a pattern of hosts, or leave it out." in done.said
    assert not fleet.ledger(kind="write", since=begun)


@pytest.mark.parametrize(
    ("name", "blank"), [("mid_sourcing_plan", ""), ("change_window_windows", ""), ("change_window_windows", "null")]
)
def test_a_blank_approval_is_none_in_a_run_that_writes(
    name: str, blank: str, ansible: Ansible, fleet: RunningSimulator
) -> None:
    begun = fleet.mark()
    refused = ansible.playbook("campaign.classic.reconcile", *given(**{name: blank}, mid_sourcing_apply=True))
    assert refused.status != 0
    assert f"{name} is blank in a run that writes." in refused.said
    assert not fleet.ledger(kind="write", since=begun)
    looked = ansible.playbook("campaign.classic.reconcile", *given(**{name: blank}))
    assert looked.status == 0, looked.output


def test_a_blank_approval_is_an_unanswered_question_of_a_survey(ansible: Ansible, fleet: RunningSimulator) -> None:
    answers = {"mid_sourcing_plan": "", "mid_sourcing_apply": True, "mid_sourcing_max_percent": 100, "awx_job_id": 42}
    begun = fleet.mark()
    done = ansible.playbook("campaign.classic.reconcile", *given(**answers))
    assert done.status == 0, done.output
    assert fleet.ledger(kind="write", since=begun)


def test_a_blank_pattern_is_the_whole_group_in_a_run_that_does_not_write(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    done = ansible.playbook("campaign.classic.reconcile", *given(mid_sourcing_hosts="", mid_sourcing_apply=""))
    assert done.status == 0, done.output
    assert set(verdicts(done)) == set(fleet.instances)


@pytest.mark.parametrize(
    ("said", "variables"),
    [
        ({"mid_sourcing_hosts": "{{ target }}"}, {"target": "", "mid_sourcing_apply": "true"}),
        ({"mid_sourcing_apply": True}, {"mid_sourcing_hosts": ""}),
        ({"mid_sourcing_apply": True}, {"mid_sourcing_hosts": "", "mid_sourcing_apply": ""}),
        ({"mid_sourcing_apply": True}, {"mid_sourcing_hosts": ","}),
    ],
)
def test_a_blank_pattern_is_no_fleet_where_a_playbook_of_ones_own_imports_a_run_that_writes(
    said: dict[str, Any], variables: dict[str, Any], ansible: Ansible, fleet: RunningSimulator
) -> None:
    book = ansible.work / "nightly.yml"
    imported = {"ansible.builtin.import_playbook": "campaign.classic.reconcile", "vars": said}
    book.write_text(yaml.safe_dump([imported]), encoding="utf-8")
    begun = fleet.mark()
    done = ansible.playbook(str(book), *given(**variables))
    assert done.status != 0
    assert "Give a pattern of hosts, or leave it out. Nothing was done." in done.said
    assert not fleet.ledger(kind="write", since=begun)


@pytest.mark.parametrize("playbook", ["detect", "plan", "report"])
def test_a_blank_pattern_is_the_whole_group_in_a_playbook_that_never_writes(
    playbook: str, ansible: Ansible, fleet: RunningSimulator
) -> None:
    say(ansible, "group_vars/all", mid_sourcing_apply="yes")
    begun = fleet.mark()
    done = ansible.playbook(f"campaign.classic.{playbook}", *given(mid_sourcing_hosts=""))
    assert done.status == 0, done.output
    assert set(verdicts(done)) == set(fleet.instances)
    assert done.closing[-1] == "PLAN ONLY: nothing was written." and not fleet.ledger(kind="write", since=begun)
    done = ansible.playbook(f"campaign.classic.{playbook}", *given(mid_sourcing_hosts="", mid_sourcing_apply=True))
    assert done.status != 0 and "mid_sourcing_hosts is blank. Give a pattern of hosts" in done.said


def test_a_permission_of_a_host_outside_the_pattern_is_none_of_the_run(fleet: RunningSimulator, tmp_path: Path) -> None:
    others = {"others": {"hosts": {"elsewhere": {"mid_sourcing_apply": True}}}}
    ansible = Ansible(tmp_path, {**inventory(dict(fleet.instances), USER, PASSWORD), **others})
    done = ansible.playbook("campaign.classic.reconcile", *given(mid_sourcing_hosts=""))
    assert done.status == 0, done.output
    assert done.closing[-1] == "PLAN ONLY: nothing was written."


def with_a_fact(ansible: Ansible, approved: bool, playbook: str = "reconcile", **said: Any) -> str:
    """A playbook of one's own whose first play decides on each host whether the second may write."""
    decide = {"name": "Decide", "ansible.builtin.set_fact": {"approved": approved}}
    permission = {"mid_sourcing_apply": "{{ approved }}", "mid_sourcing_poll_interval": 0.1}
    book = ansible.work / "nightly.yml"
    plays = [
        {"hosts": "campaign", "gather_facts": False, "tasks": [decide]},
        {"ansible.builtin.import_playbook": f"campaign.classic.{playbook}", "vars": {**permission, **said}},
    ]
    book.write_text(yaml.safe_dump(plays), encoding="utf-8")
    return str(book)


LINE = f"stuck,{CURSOR},2020-03-01 10:00:00.000Z"


@pytest.mark.parametrize(
    ("playbook", "said"),
    [("reconcile", {}), ("rollback", {"mid_sourcing_restore": LINE})],
)
@pytest.mark.parametrize("approved", [False, True])
def test_a_permission_may_be_a_template_of_what_a_host_has(
    playbook: str, said: dict[str, str], approved: bool, ansible: Ansible, fleet: RunningSimulator
) -> None:
    begun = fleet.mark()
    book = with_a_fact(ansible, approved, playbook, **said)
    done = ansible.playbook(book, "--limit", "stuck")
    assert done.status == 0, done.output
    assert (done.closing[-1] == "PLAN ONLY: nothing was written.") is not approved
    assert bool(fleet.ledger(kind="write", since=begun)) is (approved and playbook == "reconcile")


def test_a_permission_of_a_group_may_be_a_template_of_another_variable(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    say(ansible, "group_vars/campaign", mid_sourcing_apply="{{ night_apply }}", night_apply=True)
    refused = ansible.playbook("campaign.classic.reconcile", *given(mid_sourcing_hosts=""))
    assert refused.status != 0 and "mid_sourcing_hosts is blank. Give a pattern of hosts" in refused.said
    done = ansible.playbook("campaign.classic.reconcile", "--limit", "stuck", *given(mid_sourcing_poll_interval=0.1))
    assert done.status == 0, done.output
    assert done.closing[-1].endswith("1 cured.")


@pytest.mark.parametrize("approved", [False, True])
def test_a_blank_pattern_is_judged_by_what_a_permission_gives_on_the_hosts(
    approved: bool, ansible: Ansible, fleet: RunningSimulator
) -> None:
    begun = fleet.mark()
    done = ansible.playbook(with_a_fact(ansible, approved), *given(mid_sourcing_hosts=""))
    assert (done.status == 0) is not approved, done.output
    assert ("mid_sourcing_hosts is blank. Give a pattern of hosts" in done.said) is approved
    assert not fleet.ledger(kind="write", since=begun)


def test_a_permission_that_cannot_be_worked_out_yet_counts_as_given_with_a_blank_pattern(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    book = ansible.work / "nightly.yml"
    said = {"mid_sourcing_apply": "{{ approved }}"}
    imported = {"ansible.builtin.import_playbook": "campaign.classic.reconcile", "vars": said}
    book.write_text(yaml.safe_dump([imported]), encoding="utf-8")
    say(ansible, "group_vars/campaign", approved=False)
    done = ansible.playbook(str(book), *given(mid_sourcing_hosts=""))
    assert done.status != 0 and "mid_sourcing_hosts is blank. Give a pattern of hosts" in done.said
    named = ansible.playbook(str(book))
    assert named.status == 0, named.output
