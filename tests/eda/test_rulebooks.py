# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebooks, run by the real ansible-rulebook against simulated servers. The servers' ledger says what was done."""

from __future__ import annotations

import json
import signal
from datetime import timedelta

import pytest
import yaml

from simulator.testing import RunningSimulator
from tests.eda.recorder import PREFIX, TOKEN, Recorder
from tests.eda.rig import Rig
from tests.integration.fleets import CURSOR, OLD, PASSWORD


def test_an_instance_gets_stuck_and_the_rulebook_cures_it_once(rig: Rig, sim: RunningSimulator) -> None:
    rig.start("stuck_reconcile")
    rig.wait_for(lambda: rig.verdict("mkt-a") == "healthy")
    assert rig.written("mkt-a") == []
    rig.get_stuck("mkt-a")
    rig.wait_for(lambda: rig.verdict("mkt-a") == "stuck")
    rig.wait_for(lambda: rig.verdict("mkt-a") == "healthy")
    rig.wait_for(lambda: "1 cured" in rig.log)
    rig.sweeps()
    assert rig.stop() == 0
    assert rig.written("mkt-a").count("xtk:persist#Write") == 1
    assert rig.written("mkt-b") == []
    assert sim.option("mkt-a", CURSOR) != OLD
    assert sim.sessions() == []
    assert PASSWORD not in rig.logs + json.dumps(rig.state())


@pytest.mark.whole
def test_an_instance_that_does_not_answer_is_reported_once_and_again_when_it_answers(
    rig: Rig, sim: RunningSimulator, recorder: Recorder
) -> None:
    rig.start_named("campaign.classic.unreachable_notify")
    rig.wait_for(lambda: rig.verdict("mkt-a") == "healthy")
    sim.change("mkt-a", down=True)
    rig.wait_for(lambda: len(recorder.posted) == 1)
    rig.sweeps()
    assert rig.stop(signal.SIGINT) == 0
    # What changes while nobody watches is told afterwards; what does not is not told again.
    sim.change("mkt-a", down=False)
    sim.change("mkt-b", down=True)
    rig.start_named("campaign.classic.unreachable_notify")
    rig.wait_for(lambda: len(recorder.posted) == 3)
    sim.change("mkt-b", down=False)
    rig.wait_for(lambda: len(recorder.posted) == 4)
    rig.sweeps()
    assert rig.stop() == 0
    events = [body["event"] for _path, body in recorder.posted]
    told = sorted(f"{one['instance']}: {one['previous']} > {one['verdict']}" for one in events)
    assert told == [
        "mkt-a: healthy > unreachable",
        "mkt-a: unreachable > healthy",
        "mkt-b: healthy > unreachable",
        "mkt-b: unreachable > healthy",
    ]
    assert len({one["id"] for one in events}) == 4
    assert recorder.posted[0][1]["text"].startswith("mkt-a: unreachable, before healthy. mkt-a: 127.0.0.1:")
    assert sim.sessions() == []
    assert PASSWORD not in rig.logs + json.dumps(recorder.posted)


@pytest.mark.whole
def test_a_rulebook_that_is_killed_in_the_middle_of_a_cure_completes_it_after_its_restart_and_writes_once(
    rig: Rig, sim: RunningSimulator
) -> None:
    rig.variables["watch_remind_after"] = 1
    rig.start("stuck_reconcile")
    rig.wait_for(lambda: rig.verdict("mkt-a") == "healthy")
    rig.get_stuck("mkt-a")
    rig.wait_for(lambda: "xtk:persist#Write" in rig.written("mkt-a"))
    rig.kill()
    sim.advance("1m")
    rig.start("stuck_reconcile")
    rig.wait_for(lambda: rig.verdict("mkt-a") == "healthy")
    rig.sweeps()
    assert rig.stop() == 0
    assert rig.written("mkt-a").count("xtk:persist#Write") == 1
    assert sim.workflow("mkt-a", "defaultMidSourcingDlv")["state"] == 11


@pytest.mark.whole
def test_a_stuck_instance_gets_a_plan_and_nothing_is_written(rig: Rig, sim: RunningSimulator) -> None:
    rig.start("stuck_plan")
    rig.wait_for(lambda: rig.verdict("mkt-a") == "healthy")
    rig.get_stuck("mkt-a")
    rig.wait_for(lambda: "PLAN ONLY: nothing was written." in rig.log)
    rig.sweeps()
    assert rig.stop() == 0
    plan = json.loads((rig.work / "plan.json").read_text(encoding="utf-8"))
    assert plan["hosts"] == ["mkt-a"]
    assert rig.log.count("PLAY RECAP") == 1
    assert rig.written("mkt-a") == []


@pytest.mark.whole
def test_a_closed_window_leaves_the_cure_for_later_and_it_is_made_once_the_window_opens(
    rig: Rig, sim: RunningSimulator
) -> None:
    rig.variables["watch_remind_after"] = 1
    never = {"name": "never", "rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "duration": "1h"}
    rig.write_inventory(change_window_windows=[never])
    rig.start("stuck_reconcile")
    rig.wait_for(lambda: rig.verdict("mkt-a") == "healthy")
    rig.get_stuck("mkt-a")
    rig.wait_for(lambda: rig.log.count("PLAY RECAP") == 1)
    assert rig.written("mkt-a") == []
    rig.write_inventory(change_window_windows=[{"name": "always", "rrule": "FREQ=DAILY;BYHOUR=0", "duration": "24h"}])
    rig.wait_for(lambda: rig.verdict("mkt-a") == "healthy")
    assert rig.stop() == 0
    assert rig.written("mkt-a").count("xtk:persist#Write") == 1


@pytest.mark.whole
@pytest.mark.parametrize(("rulebook", "template"), [("stuck_plan_job", "Plan"), ("stuck_reconcile_job", "Reconcile")])
def test_a_stuck_instance_launches_the_job_template_of_the_controller_once(
    rulebook: str, template: str, rig: Rig, sim: RunningSimulator, recorder: Recorder
) -> None:
    rig.start(rulebook, "--controller-url", recorder.url, "--controller-token", TOKEN)
    rig.wait_for(lambda: rig.verdict("mkt-a") == "healthy")
    rig.get_stuck("mkt-a")
    rig.wait_for(lambda: recorder.posted)
    rig.sweeps()
    assert rig.stop() == 0
    assert (recorder.templates, recorder.unknown, recorder.refused) == ([f"{PREFIX}{template}"], [], [])
    variables = {"mid_sourcing_apply": "true"} if template == "Reconcile" else {}
    # The label says that a rulebook has launched it.
    launched = {"limit": "all", "extra_vars": variables, "labels": [3]}
    assert recorder.posted == [("/api/v2/job_templates/7/launch/", launched)]
    assert recorder.tokens == {f"Bearer {TOKEN}"}
    assert TOKEN not in rig.logs + json.dumps(rig.state())


def test_sigterm_in_the_middle_of_a_sweep_leaves_no_session_open(rig: Rig, sim: RunningSimulator) -> None:
    rig.start_named("campaign.classic.unreachable_notify", "-v")
    rig.wait_for(lambda: rig.verdict("mkt-a") == "healthy")
    held = sim.fault("hold", instance="mkt-a", method="xtk:queryDef#ExecuteQuery")
    sim.wait_held(held)
    assert len(sim.sessions("mkt-a")) == 1
    rig.signal(signal.SIGTERM)
    rig.wait_for(lambda: "Received signal SIGTERM" in rig.log)
    sim.clear_faults()
    assert rig.wait() == 0
    assert sim.sessions() == []


def rule(playbook: str, **variables: object) -> str:
    """A rulebook that runs a playbook of the collection when an instance does not answer any more."""
    source = {
        "instances_from": "{{ watch_instances_from }}",
        "state_file": "{{ watch_state_file }}",
        "interval": "{{ watch_interval }}",
    }
    action = {"run_playbook": {"name": f"campaign.classic.{playbook}", "extra_vars": variables}}
    rules = [{"name": "Run it", "condition": 'event.campaign.verdict == "unreachable"', "action": action}]
    book = {"name": "A rule of one's own", "hosts": "all", "sources": [{"campaign.classic.cursor_watch": source}]}
    return yaml.safe_dump([{**book, "rules": rules}], sort_keys=False)


@pytest.mark.whole
@pytest.mark.parametrize(
    ("playbook", "said", "value"),
    [
        ("rollback", "Rolled back: mkt-a.", True),
        ("backfill", "mkt-a", True),
        ("runs", "No run has left evidence in", False),
    ],
)
def test_a_rule_runs_what_undoes_and_completes_a_cure(
    playbook: str, said: str, value: bool, rig: Rig, sim: RunningSimulator
) -> None:
    old = f"{sim.option_time('mkt-a', CURSOR) - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    undo = {"mid_sourcing_restore": f"mkt-a,{CURSOR},{old}", "mid_sourcing_apply": True} if value else {}
    book = rig.work / "own.yml"
    book.write_text(rule(playbook, mid_sourcing_evidence_dir=str(rig.work / "evidence"), **undo), encoding="utf-8")
    rig.start_named(str(book))
    rig.wait_for(lambda: rig.verdict("mkt-a") == "healthy")
    sim.change("mkt-b", down=True)
    rig.wait_for(lambda: "PLAY RECAP" in rig.log)
    assert rig.stop() == 0
    assert said in " ".join(rig.log.split()) and "failed=0" in rig.log, rig.log[-5000:]
    assert ("xtk:persist#Write" in rig.written("mkt-a")) is value
    assert sim.sessions() == []


@pytest.mark.whole
def test_a_wrong_argument_ends_it_with_a_message_that_names_it(rig: Rig) -> None:
    rig.variables["watch_interval"] = "often"
    rig.start("stuck_plan")
    assert rig.wait() == 1
    assert "cursor_watch: interval must be a number, and is a text." in rig.log
