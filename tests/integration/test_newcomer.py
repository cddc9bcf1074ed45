# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody meets who follows the guides, repeats a command, mistypes a file, or pastes what the output shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.testing import RunningSimulator
from tests.integration.runner import Ansible, Run

APPLY = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_poll_interval=0.1")


def closing(done: Run) -> str:
    """The last lines as one text."""
    return " ".join(done.closing)


@pytest.fixture
def plan(ansible: Ansible, fleet: RunningSimulator) -> Path:
    """The file of the fleet's plan."""
    fleet.per_call(2)
    file = ansible.work / "plan.json"
    done = ansible.playbook("campaign.classic.plan", "-e", f"mid_sourcing_plan_file={file}")
    assert done.status == 0, done.output
    assert "give reconcile the same mid_sourcing_plan_file." in " ".join(done.closing)
    return file


@pytest.mark.whole  # several runs of playbooks
def test_dry_run_checks_the_plan_file_as_a_run_that_writes_does(
    ansible: Ansible, fleet: RunningSimulator, plan: Path
) -> None:
    edited = plan.with_name("edited.json")
    edited.write_text(plan.read_text().replace("2020-03-01", "2020-03-02"), encoding="utf-8")
    edited.chmod(0o600)
    fleet.clear_ledger()
    for file, words in ((plan.with_name("nope.json"), "There is no plan file"), (edited, "make a new plan")):
        named = ("-e", f"mid_sourcing_plan_file={file}")
        dry = ansible.playbook("campaign.classic.reconcile", *named)
        wet = ansible.playbook("campaign.classic.reconcile", *named, *APPLY)
        assert dry.status == wet.status != 0, dry.output
        assert words in closing(dry) and words in closing(wet)
        assert "would be cured now" not in closing(dry)
        assert dry.closing[-1] == "PLAN ONLY: nothing was written. FAILED, as said above."
        assert wet.closing[-1] == "REFUSED: nothing was written."
    limited = ansible.playbook(
        "campaign.classic.reconcile", "-e", f"mid_sourcing_plan_file={plan}", "--limit", "stuck,localhost"
    )
    assert limited.status == 0 and "reconcile would refuse now" in closing(limited)
    assert "ignoring: " in closing(limited) and "outside of the limit or the pattern" in closing(limited)
    assert not fleet.ledger(kind="write")


def test_cure_that_is_repeated_after_its_success_has_nothing_to_do_and_says_so(
    ansible: Ansible, fleet: RunningSimulator, plan: Path
) -> None:
    desk = ansible.work / "desk.yml"
    desk.write_text(json.dumps([{"ansible.builtin.copy": {"content": "", "dest": str(ansible.work / "opened")}}]))
    bound = ("-e", f"mid_sourcing_plan_file={plan}", *APPLY)
    cured = ansible.playbook("campaign.classic.reconcile", *bound)
    assert cured.status == 0, cured.output
    fleet.clear_ledger()
    again = ansible.playbook("campaign.classic.reconcile", *bound, "-e", f"mid_sourcing_change_tasks={desk}")
    assert again.status == 0, again.output
    assert "Every cursor of the approved plan is healthy already" in closing(again)
    assert again.closing[-1].endswith("nothing was to be cured.")
    assert not fleet.ledger(kind="write")
    assert not (ansible.work / "opened").exists(), "a change was opened for nothing"


def test_pasted_lines_are_taken_as_the_output_shows_them_and_bad_ones_are_named(
    ansible: Ansible, fleet: RunningSimulator, plan: Path
) -> None:
    cured = ansible.playbook("campaign.classic.reconcile", *APPLY, "-e", "mid_sourcing_run_id=one")
    assert cured.status == 0, cured.output
    lines = [line for line in cured.output.splitlines() if "OLD VALUE stuck," in line]
    assert lines and lines[0].startswith(" ")
    pasted = ("-e", f"mid_sourcing_restore={lines[0]}")
    shown = ansible.playbook("campaign.classic.rollback", *pasted)
    assert shown.status == 0 and shown.closing[0] == "Would roll back: stuck."
    both = ansible.playbook("campaign.classic.rollback", *pasted, "-e", "mid_sourcing_run=one")
    assert both.status != 0 and "mid_sourcing_restore and mid_sourcing_run both say" in both.said
    bad = ansible.playbook("campaign.classic.rollback", "-e", f"mid_sourcing_restore={lines[0].rstrip()} and more")
    assert bad.status != 0 and "mid_sourcing_restore: the line " in bad.said and "filter" not in bad.said


def test_text_that_ansible_would_cut_is_refused_before_anything_is_done(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    fleet.clear_ledger()
    done = ansible.playbook("campaign.classic.reconcile", *APPLY, "-e", "change_window_override=The board agreed")
    assert done.status != 0 and "'board agreed' belongs to no variable" in done.said
    assert not fleet.ledger()
