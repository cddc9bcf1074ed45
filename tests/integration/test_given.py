# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a survey and the command line send: blank is not given, and text is a value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._given import specs
from simulator.testing import RunningSimulator
from tests.integration.runner import Ansible, Run

CONDUCT = sorted(name for name in specs() if not name.startswith("siblings_"))


@pytest.fixture(autouse=True)
def time_passes_with_every_call(fleet: RunningSimulator) -> None:
    fleet.per_call(2)


def given(**variables: Any) -> tuple[str, str]:
    """Extra variables, as AWX sends them."""
    return "-e", json.dumps(variables)


def verdicts(done: Run) -> dict[str, Any]:
    """What was found on each host."""
    return {
        line["host"]: (line["result"].get("verdict"), [plan["digest"] for plan in line["result"].get("plans", [])])
        for line in done.tasks
        if line["task"].endswith("Diagnose the cursors of the instance")
    }


def plan_of_fleet(done: Run) -> Any:
    """The digest that is to be approved."""
    for line in done.tasks:
        data = (line["result"].get("ansible_stats") or {}).get("data") or {}
        if "mid_sourcing_plan" in data:
            return data["mid_sourcing_plan"]
    return None


@pytest.mark.parametrize("blank", ["", None, " \n"])
def test_every_variable_blank_is_as_good_as_none(blank: Any, ansible: Ansible, fleet: RunningSimulator) -> None:
    none = ansible.playbook("campaign.classic.plan")
    every = ansible.playbook("campaign.classic.plan", *given(**dict.fromkeys(CONDUCT, blank)))
    assert every.status == none.status, every.output
    assert {host: one[0] for host, one in verdicts(every).items()} == {h: one[0] for h, one in verdicts(none).items()}
    assert verdicts(none), none.output
    assert plan_of_fleet(none)
    assert bool(plan_of_fleet(every)) == bool(plan_of_fleet(none))
    gate = [
        one["ansible_facts"]["mid_sourcing_gate"]
        for one in (*none.results("Decide, and name the run"), *every.results("Decide, and name the run"))
    ]
    assert gate[0]["order"] == gate[1]["order"]
    assert gate[0]["serial"] == gate[1]["serial"]


def test_a_role_on_its_own_takes_blank_as_absent_and_text_as_a_value(ansible: Ansible, fleet: RunningSimulator) -> None:
    tasks = [{"ansible.builtin.include_role": {"name": "campaign.classic.mid_sourcing", "tasks_from": "detect"}}]
    text = given(mid_sourcing_max_age="", mid_sourcing_min_failed_runs="", mid_sourcing_cursor_map="{}")
    done = ansible.play(tasks, *text, hosts="stuck")
    assert done.status == 0, done.output
    assert verdicts(done)["stuck"][0] == "stuck"


def test_a_blank_answer_does_not_hide_the_guard_of_the_inventory(ansible: Ansible, fleet: RunningSimulator) -> None:
    tasks = [{"ansible.builtin.include_role": {"name": "campaign.classic.change_window"}}]
    hidden = given(change_window_required="", change_window_windows="", change_window_ticket=None)
    assert ansible.play(tasks, *hidden, hosts="stuck").status == 0
    folder = ansible.work / "host_vars"
    folder.mkdir(exist_ok=True)
    (folder / "stuck.yml").write_text("change_window_required: true\n", encoding="utf-8")
    done = ansible.play(tasks, *hidden, hosts="stuck")
    assert done.status != 0
    assert done.failed("Require that a change may begin now")


def test_what_cannot_be_read_is_refused_by_name_before_anything(ansible: Ansible, fleet: RunningSimulator) -> None:
    wrong = ("-e", "mid_sourcing_max_hosts=many", "-e", "mid_sourcing_confirm=2", "-e", "mid_sourcing_causes=[1,")
    done = ansible.playbook("campaign.classic.reconcile", "-e", "mid_sourcing_apply=true", *wrong)
    said = done.result("Require that no variable is mistyped")["msg"]
    assert done.status != 0
    for name in ("mid_sourcing_max_hosts", "mid_sourcing_confirm", "mid_sourcing_causes"):
        assert f"{name} must be " in said
    assert not verdicts(done)


def test_blank_and_text_in_the_inventory_are_read_too(ansible: Ansible, fleet: RunningSimulator) -> None:
    folder = ansible.work / "group_vars"
    folder.mkdir(exist_ok=True)
    lines = "mid_sourcing_max_hosts: ''\nmid_sourcing_serial: '[1, 2]'\nmid_sourcing_max_age: ' '\n"
    (folder / "all.yml").write_text(lines, encoding="utf-8")
    done = ansible.playbook("campaign.classic.plan")
    (gate,) = done.results("Decide, and name the run")
    assert gate["ansible_facts"]["mid_sourcing_gate"]["serial"][0] == 1
    assert verdicts(done)["stuck"][0] == "stuck"
