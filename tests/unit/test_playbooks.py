# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every play of the playbooks: what it pins, and that it cannot be reached past the guard."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.plugin_utils._playbook.guard import OWN_BEGINNINGS, OWN_WORDS

PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
#: What ansible.cfg or the environment may say otherwise, and what happens then.
PINNED = {
    "strategy": "ansible.builtin.linear",  # free: a host is cured before the gate has judged the fleet
    "connection": "local",  # ssh: the modules run elsewhere
    "gather_facts": False,  # true: a Python process for each host
    "become": False,  # true: the task leaves the controller's worker
    "any_errors_fatal": False,  # true: the report after a failed cure is lost
    "ignore_unreachable": True,  # false: a host that is lost in a batch does not stop the next one
    "no_log": False,  # true: the old values, which are enough to undo a cure, are hidden
    "timeout": 0,  # a number: a cure is broken off between its writes
    "debugger": "never",  # on_failed: a run without a terminal waits for words
}
#: The plays that write, with the playbook whose gate they wait for.
WRITING = {"Cure": "reconcile", "Roll back": "rollback", "Backfill": "backfill", "Change": "siblings"}


#: The plays that come after fleet_info, with the hosts that they have.
CHOSEN = {
    "_detect.yml: Detect from elsewhere": "elsewhere",
    "_detect.yml: Verdict": "unhealthy",
    "detect.yml: Report": "report",
    "plan.yml: Plan": "stuck",
    "plan.yml: Gate and report": "report",
    "reconcile.yml: Gate": "gate",
    "reconcile.yml: Report": "report",
}


def plays() -> list[tuple[str, dict[str, Any]]]:
    """Each play, with the name of its file. An import of a playbook is none."""
    found = []
    for path in sorted(PLAYBOOKS.glob("*.yml")):
        for play in yaml.safe_load(path.read_text(encoding="utf-8")):
            if "ansible.builtin.import_playbook" not in play:
                found.append((f"{path.name}: {play['name']}", play))
    return found


ALL = plays()


@pytest.mark.parametrize(("name", "play"), ALL, ids=[name for name, _play in ALL])
def test_a_play_pins_what_it_needs_and_asks_the_guard_for_its_hosts(name: str, play: dict[str, Any]) -> None:
    assert {key: play.get(key) for key in PINNED} == PINNED
    prefix = "siblings" if name.startswith("_siblings") else "mid_sourcing"
    after = WRITING.get(play["name"])
    more = f", after='{after}'" if after else ""
    if name in CHOSEN:
        more = f", chosen='{CHOSEN[name]}'"
    if name.startswith("runs.yml"):
        more = ", here=true"  # it reads what lies on the controller, and needs no inventory
    assert play["hosts"] == f"{{{{ lookup('campaign.classic.guard', '{prefix}_hosts'{more}) }}}}"
    assert "tags" not in play and not re.search(r"\btags:", str(play))


def test_the_plays_that_write_are_known_and_each_gate_speaks_once_after_it_has_judged() -> None:
    assert set(WRITING) <= {play["name"] for _name, play in ALL}
    text = {path.name: path.read_text(encoding="utf-8") for path in PLAYBOOKS.glob("*.yml")}
    for playbook in WRITING.values():
        saying = [name for name, words in text.items() if f"passed='{playbook}'" in words]
        assert len(saying) == 1, playbook
        words = text[saying[0]]
        gate = words.index("tasks_from: gate") if playbook in ("reconcile", "siblings") else words.index("require_run")
        assert gate < words.index(f"passed='{playbook}'") < words.index(f"after='{playbook}'")


def test_every_playbook_ends_with_a_report_that_a_failed_host_does_not_prevent() -> None:
    for path in PLAYBOOKS.glob("*.yml"):
        if path.name in ("_detect.yml", "runs.yml"):  # the latter has one host and does nothing but report
            continue
        last = yaml.safe_load(path.read_text(encoding="utf-8"))[-1]
        if "ansible.builtin.import_playbook" in last:
            assert last["ansible.builtin.import_playbook"] == "_siblings.yml"
            continue
        report = last["tasks"][-1]
        assert "ansible.builtin.assert" in report["block"][0]
        assert report["always"][-1]["ansible.builtin.include_role"]["tasks_from"].endswith("report")


def test_what_the_playbooks_say_to_themselves_cannot_be_given_on_the_command_line() -> None:
    said: set[str] = set()
    for path in [*PLAYBOOKS.rglob("*.yml"), *PLAYBOOKS.parent.glob("roles/*/tasks/gate.yml")]:
        said |= _said(yaml.safe_load(path.read_text(encoding="utf-8")))
    options = {"mid_sourcing_apply", "mid_sourcing_plan"}  # of the user, and pinned in plays that only read
    left = {name for name in said - options if name not in OWN_WORDS and not name.startswith(OWN_BEGINNINGS)}
    assert not left


def _said(data: Any) -> set[str]:
    """The names of facts, results and variables that plays and tasks set."""
    if isinstance(data, list):
        return {name for one in data for name in _said(one)}
    if not isinstance(data, dict):
        return set()
    found = {str(data["register"])} if "register" in data else set()
    for key, value in data.items():
        if key in ("vars", "ansible.builtin.set_fact"):
            found |= set(value)
        else:
            found |= _said(value)
    return found
