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
#: What ansible.cfg or the environment may set otherwise, and the consequence.
PINNED = {
    "strategy": "ansible.builtin.linear",  # free: a host is cured before the gate has judged the fleet
    "connection": "local",  # ssh: the modules run elsewhere
    "gather_facts": False,  # true: a Python process for each host
    "become": False,  # true: the task leaves the controller's worker
    "any_errors_fatal": False,  # true: the report after a failed cure is lost
    "ignore_unreachable": True,  # false: a host that is lost in a batch does not stop the next one
    "no_log": False,  # true: the old values, which are enough to undo a cure, are hidden
    "timeout": 0,  # a number: a cure is interrupted between its writes
    "debugger": "never",  # on_failed: a run without a terminal waits for input
}
#: The plays that write, with the playbook whose gate they wait for.
WRITING = {"Cure": "reconcile", "Roll back": "rollback", "Backfill": "backfill", "Change": "siblings"}


#: The plays with which a playbook begins: what an earlier one of the process has said does not count from there on.
BEGINNING = {"Detect", "Require what is to be put back", "Require what a cure has skipped", "Look"}


#: The playbooks that ask instances and never write.
READING = ("detect.yml", "merge_slices.yml", "plan.yml", "report.yml", "snapshot.yml")


#: The plays that come after fleet_info, with the hosts that they have.
CHOSEN = {
    "parts/detect.yml: Detect from elsewhere": "elsewhere",
    "parts/detect.yml: Verdict": "unhealthy",
    "detect.yml: Report": "report",
    "plan.yml: Plan": "stuck",
    "plan.yml: Gate and report": "report",
    "reconcile.yml: Gate": "gate",
    "reconcile.yml: Report": "report",
    "report.yml: Report": "report",
}


#: Those that ask the controller (AWX), and no instance: they have no gate, and no hosts but localhost.
OF_CONTROLLER = (
    "describe_approval.yml",
    "end_failed.yml",
    "nothing_to_change.yml",
    "remove_controller.yml",
    "setup_controller.yml",
)
#: What several playbooks begin with, which nobody starts. Tasks are in another folder.
PARTS = sorted(PLAYBOOKS.glob("parts/*.yml"))
OF_INSTANCES = [path for path in sorted(PLAYBOOKS.glob("*.yml")) if path.name not in OF_CONTROLLER]


def plays() -> list[tuple[str, dict[str, Any]]]:
    """Each play, with the name of its file. An import of a playbook does not count."""
    found = []
    for path in [*PARTS, *OF_INSTANCES]:
        for play in yaml.safe_load(path.read_text(encoding="utf-8")):
            if "ansible.builtin.import_playbook" not in play:
                found.append((f"{path.relative_to(PLAYBOOKS)}: {play['name']}", play))
    return found


ALL = plays()


@pytest.mark.parametrize(("name", "play"), ALL, ids=[name for name, _play in ALL])
def test_a_play_pins_what_it_needs_and_asks_the_guard_for_its_hosts(name: str, play: dict[str, Any]) -> None:
    assert {key: play.get(key) for key in PINNED} == PINNED
    prefix = "siblings" if name.startswith("parts/siblings") else "mid_sourcing"
    after = WRITING.get(play["name"])
    more = f", after='{after}'" if after else ""
    if play["name"] in BEGINNING:
        more = ", begins=true"
    if name in CHOSEN:
        more = f", chosen='{CHOSEN[name]}'"
    if name.startswith(("runs.yml", "rehearse.yml")):
        more = ", here=true"  # it reads what lies on the controller, and needs no inventory
    assert play["hosts"] == f"{{{{ lookup('campaign.classic.__private.guard', '{prefix}_hosts'{more}) }}}}"
    assert "tags" not in play and not re.search(r"\btags:", str(play))


@pytest.mark.parametrize("name", READING)
def test_a_playbook_that_reads_takes_no_permission_to_write_from_the_inventory(name: str) -> None:
    # Or the guard would refuse a blank pattern, which only a run that writes must not have.
    for play in yaml.safe_load((PLAYBOOKS / name).read_text(encoding="utf-8")):
        if play.get("ansible.builtin.import_playbook") != "campaign.classic.detect":
            assert play["vars"]["mid_sourcing_apply"] is False, play["name"]


@pytest.mark.parametrize("name", OF_CONTROLLER)
def test_a_playbook_for_the_controller_runs_one_role_on_this_machine(name: str) -> None:
    [play] = yaml.safe_load((PLAYBOOKS / name).read_text(encoding="utf-8"))
    pinned = {key: play[key] for key in ("hosts", "connection", "gather_facts", "become")}
    assert pinned == {"hosts": "localhost", "connection": "local", "gather_facts": False, "become": False}
    [task] = play["tasks"]
    assert task["ansible.builtin.include_role"]["name"] == "campaign.classic.controller_kit"


def test_the_plays_that_write_are_known_and_each_gate_speaks_once_after_it_has_judged() -> None:
    assert set(WRITING) <= {play["name"] for _name, play in ALL}
    text = {path.name: path.read_text(encoding="utf-8") for path in [*PARTS, *OF_INSTANCES]}
    for playbook in WRITING.values():
        saying = [name for name, words in text.items() if f"passed='{playbook}'" in words]
        assert len(saying) == 1, playbook
        words = text[saying[0]]
        gate = words.index("tasks_from: gate") if playbook in ("reconcile", "siblings") else words.index("require_run")
        assert gate < words.index(f"passed='{playbook}'") < words.index(f"after='{playbook}'")


def test_every_playbook_ends_with_a_report_that_a_failed_host_does_not_prevent() -> None:
    for path in [*OF_INSTANCES, PLAYBOOKS / "parts/siblings.yml"]:
        if path.name in ("runs.yml", "snapshot.yml", "rehearse.yml"):
            continue  # they do one thing once, and end by saying what came of it
        last = yaml.safe_load(path.read_text(encoding="utf-8"))[-1]
        if "ansible.builtin.import_playbook" in last:
            assert last["ansible.builtin.import_playbook"] in (
                "campaign.classic.parts.siblings",
                "campaign.classic.detect",
            )
            continue
        report = last["tasks"][-1]
        assert "ansible.builtin.assert" in report["block"][0]
        assert report["always"][-1]["ansible.builtin.include_role"]["tasks_from"].endswith("report")


def test_what_the_playbooks_say_to_themselves_cannot_be_given_on_the_command_line() -> None:
    said: set[str] = set()
    for path in [*PLAYBOOKS.rglob("*.yml"), *PLAYBOOKS.parent.glob("roles/*/tasks/gate.yml")]:
        said |= _said(yaml.safe_load(path.read_text(encoding="utf-8")))
    options = {
        "mid_sourcing_apply",
        "mid_sourcing_plan",
        "controller_kit_state",
    }  # of the user, and pinned in plays that only read
    left = {name for name in said - options if name not in OWN_WORDS and not name.startswith(OWN_BEGINNINGS)}
    assert not left
    assert {"mid_sourcing_change", "mid_sourcing_fleet"} <= OWN_WORDS


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


def test_a_playbook_that_is_copied_alone_finds_those_that_it_imports() -> None:
    # ansible-rulebook copies the one file of a playbook to a directory of its own, and starts it there.
    for path in PLAYBOOKS.glob("*.yml"):
        for play in yaml.safe_load(path.read_text(encoding="utf-8")):
            name = play.get("ansible.builtin.import_playbook", "campaign.classic.parts.detect")
            assert name.startswith("campaign.classic."), path.name
            assert PLAYBOOKS.joinpath(*name.split(".")[2:]).with_suffix(".yml").is_file()
