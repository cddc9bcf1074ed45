# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a play says stands above the inventory, also where that has it blank or as text; on any ansible-core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from tests.integration.runner import Ansible, Run

CLOSED = [{"rrule": "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1", "start": "2020-01-01T00:00:00", "duration": "1h"}]
INVENTORY = {
    "mid_sourcing_max_hosts": "50",
    "mid_sourcing_max_percent": "100",
    "mid_sourcing_ask_mid": "never",
    "mid_sourcing_max_age": "6h",
    "change_window_required": "",
    "change_window_windows": "",
}
PLAY = {"mid_sourcing_max_hosts": 1, "change_window_required": True, "change_window_windows": CLOSED}
DETECT = {"ansible.builtin.include_role": {"name": "campaign.classic.mid_sourcing", "tasks_from": "detect"}}
SHOW = {"ansible.builtin.debug": {"msg": "{{ [mid_sourcing_max_hosts, mid_sourcing_max_age] }}"}}
PLACES = ("vars", "vars_files", "block", "task", "wrapping role")


def write_inventory(ansible: Ansible) -> None:
    (ansible.work / "group_vars").mkdir()
    (ansible.work / "group_vars/all.yml").write_text(yaml.safe_dump(INVENTORY), encoding="utf-8")


def imported(ansible: Ansible, books: Sequence[tuple[str, dict[str, Any]]]) -> Run:
    """Run a playbook of one's own, of playbooks of the collection."""
    path = ansible.work / "site.yml"
    plays = [{"ansible.builtin.import_playbook": f"campaign.classic.{name}", "vars": said} for name, said in books]
    path.write_text(yaml.safe_dump(plays), encoding="utf-8")
    return ansible.playbook(str(path))


def gates_of(done: Run) -> list[dict[str, Any]]:
    return [result["ansible_facts"]["mid_sourcing_gate"] for result in done.results("Decide, and name the run")]


def is_bound(gate: dict[str, Any]) -> bool:
    """Whether the play's limit holds in a gate."""
    return "mid_sourcing_max_hosts is 1." in str(gate["refusals"])


def judge_books(ansible: Ansible) -> None:
    """Each of three imported playbooks has what it says itself."""
    write_inventory(ansible)
    done = imported(ansible, [("plan", {}), ("plan", PLAY), ("plan", {})])
    assert [is_bound(gate) for gate in gates_of(done)] == [False, True, False], done.output


def judge_place(ansible: Ansible, place: str) -> None:
    """Wherever a play says it. ``wrapping role``: a role that includes ours."""
    write_inventory(ansible)
    said = {"mid_sourcing_max_hosts": 1, "mid_sourcing_max_age": "9h"}
    (ansible.work / "said.yml").write_text(yaml.safe_dump(said), encoding="utf-8")
    for part, content in {"vars": said, "tasks": [DETECT, SHOW]}.items():
        path = ansible.work / f"roles/wrapping/{part}/main.yml"
        path.parent.mkdir(parents=True)
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
    tasks: list[dict[str, Any]] = {
        "block": [{"block": [DETECT, SHOW], "vars": said}],
        "task": [{**DETECT, "vars": said}, {**SHOW, "vars": said}],
        "wrapping role": [{"ansible.builtin.include_role": {"name": "wrapping"}}],
    }.get(place, [DETECT, SHOW])
    keywords: dict[str, Any] = {"vars": {"vars": said}, "vars_files": {"vars_files": ["said.yml"]}}.get(place, {})
    done = ansible.play(tasks, hosts="stuck", **keywords)
    assert done.status == 0, done.output
    assert done.tasks[-1]["result"]["msg"] == [1, "9h"], done.output
