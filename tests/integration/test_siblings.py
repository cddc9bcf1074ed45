# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks for siblings, as an operator types them: plan only, then changed and proved, then nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from simulator.testing import RunningSimulator
from tests.integration.fleets import PASSWORD, USER, fleet
from tests.integration.runner import Ansible, Run, inventory

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "roles/mid_sourcing/files/evidence.schema.json").read_text(encoding="utf-8"))
APPLY = ("-e", "siblings_apply=true", "-e", "siblings_poll_interval=0.1")
STATUS, STATUS_WORKFLOW = "MC_LastRtEventStat", "updateEventsStatus"
TRACKING, TRACKING_WORKFLOW, LOG = "MC_LastTlRtSynch_1", "mcSynch_rt", "nms:trackingLogRcp"


def execution(*, age: str = "5m", status: str = "started", **more: Any) -> dict[str, Any]:
    """An execution instance whose events are counted, unless its workflow is not running."""
    options = {name: {"type": "datetime", "age": age} for name in ("MC_LastUpdateFromBL", STATUS)}
    workflows = {STATUS_WORKFLOW: {"every": "10m", "first_run": "10m", "state": status}, **more.pop("workflows", {})}
    return {"role": "execution", "events": "1m", "options": options, "workflows": workflows, **more}


def ask(serve: Callable[..., RunningSimulator], tmp_path: Path, instances: dict[str, Any]) -> tuple[Any, Ansible]:
    """A fleet of these instances, whose time passes with each call, and Ansible to control it."""
    described = fleet(instances)
    del described["instances"]["mid"]
    running = serve(described)
    running.per_call(1)
    running.clear_ledger()
    return running, Ansible(tmp_path, inventory(dict(running.instances), USER, PASSWORD))


def last_line(run: Run) -> str:
    return " ".join(run.closing)


def writes(there: RunningSimulator) -> list[tuple[str, str]]:
    return [(call["instance"], call["call"].partition("#")[2]) for call in there.ledger(kind="write")]


def lost(there: RunningSimulator) -> set[str]:
    """The tracking logs since two o'clock that the control instance has never fetched."""
    since = [row["name"] for row in there.rows("rt", LOG, limit=10_000) if row["logDate"] >= "2026-11-23T02:00:00"]
    assert len(since) > 200
    return {f"rt:{name}" for name in since} - {row["name"] for row in there.rows("control", LOG, limit=10_000)}


def record(run: Run, task: str, host: str) -> dict[str, Any]:
    """The evidence of a task, which matches the schema."""
    path = [one["evidence"] for one in run.results(task, host) if "evidence" in one][-1]
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    jsonschema.validate(found, SCHEMA)
    return found


def test_an_option_that_stands_still_moves_again_after_a_restart(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    """KA-15976: the workflow is not running after an upgrade."""
    there, ansible = ask(serve, tmp_path, {"frozen": execution(age="5d", status="stopped"), "moving": execution()})
    frozen_at = there.option_time("frozen", STATUS)
    book = ("campaign.classic.restart_event_status", "-e", "siblings_start_stopped=true")

    left = ansible.playbook(book[0], *APPLY)
    assert left.status == 0, left.output
    assert "With siblings_start_stopped=true it would be started." in left.said
    assert "Nothing had to be written." in last_line(left)
    planned = ansible.playbook(*book)
    assert planned.status == 0, planned.output
    assert last_line(planned).endswith("Would change: frozen. PLAN ONLY: nothing was written.")
    assert f"OLD VALUE frozen,{STATUS},{frozen_at:%Y-%m-%dT%H:%M:%S}.000Z" in planned.said
    checked = ansible.playbook(*book, *APPLY, "--check", "--diff")
    assert checked.status == 0, checked.output
    assert "+state = started, afresh" in checked.said
    assert last_line(checked).endswith("PLAN ONLY: nothing was written.")
    assert writes(there) == []

    crowd = ansible.playbook(*book, *APPLY, "-e", "siblings_max_hosts=0")
    assert crowd.status != 0
    assert "1 host would be changed, and at most 0 may be" in crowd.said
    shut = ansible.playbook(
        *book, *APPLY, "-e", '{"change_window_blackouts": [{"from": "2000-01-01 00:00", "to": "2100-01-01 00:00"}]}'
    )
    assert shut.status != 0
    assert "Nothing was sent to the instance." in shut.said
    assert "FAILED: frozen. Evidence, also of what can be undone: " in last_line(shut)
    assert re.search(r"Run \S+: 1 failed\. FAILED, as said above\.$", last_line(shut))
    assert writes(there) == []

    gone = ansible.playbook(*book, *APPLY, "-e", "siblings_evidence_upload=gone.yml")
    assert gone.status != 0 and "siblings_evidence_upload: " in gone.said and writes(there) == []
    copy = {"src": "{{ mid_sourcing_evidence.path }}", "dest": f"{tmp_path}/kept.json", "mode": "0600"}
    (tmp_path / "upload.yml").write_text(json.dumps([{"name": "Keep", "ansible.builtin.copy": copy}]), encoding="utf-8")
    # What the command line says for the other role's evidence is not for this one.
    other = ("-e", "mid_sourcing_evidence_dir=elsewhere", "-e", "mid_sourcing_evidence_upload=gone.yml")
    done = ansible.playbook(*book, *APPLY, "-e", "siblings_evidence_upload=upload.yml", *other)
    assert done.status == 0, done.output
    kept = json.loads((tmp_path / "kept.json").read_text(encoding="utf-8"))
    assert "frozen.json" in kept["files"] and f"its manifest: {kept['manifest']}" in done.said
    assert set(writes(there)) == {("frozen", "Start"), ("frozen", "Wakeup")}
    assert re.search(r"Evidence, also of what can be undone: .* Run \S+: 1 cured\.$", last_line(done))
    assert there.option_time("frozen", STATUS) > frozen_at
    assert f"frozen cured {STATUS_WORKFLOW} has moved {STATUS} from" in done.said
    evidence = record(done, "Restart | Stop the workflow, and start it afresh", "frozen")
    assert (evidence["kind"], evidence["intent"]["state"]) == ("workflow", "restarted")
    assert [evidence["result"][name]["state"] for name in ("previous", "workflow")] == [20, 11]
    # That a second run changes nothing is a step of the scenario siblings of molecule.
    assert not there.sessions()


def test_a_template_with_the_time_in_it_names_one_run(serve: Callable[..., RunningSimulator], tmp_path: Path) -> None:
    _there, ansible = ask(serve, tmp_path, {"frozen": execution(age="5d", status="stopped")})
    name = {"siblings_run_id": "{{ 'fix-' ~ now(utc=true, fmt='%H%M%S%f') }}"}
    book = ("campaign.classic.restart_event_status", "-e", "siblings_start_stopped=true", "-e", json.dumps(name))
    done = ansible.playbook(*book, *APPLY)
    assert done.status == 0, done.output
    (run,) = {path.parent.name for path in (tmp_path / "campaign-evidence").glob("*/frozen.json")}
    assert last_line(done).endswith(f"Run {run}: 1 cured.") and run.startswith("fix-")


@pytest.mark.parametrize(
    ("entry", "more"), [("restart_event_status", {}), ("repull", {"siblings_repull_to": "2026-11-23T02:00:00Z"})]
)
def test_a_host_that_cannot_be_reached_at_its_turn_has_failed(
    entry: str, more: dict[str, str], serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    _there, ansible = ask(serve, tmp_path, {"gone": execution(down=True)})
    role = {"name": "campaign.classic.siblings", "tasks_from": entry}
    tasks = [{"ansible.builtin.include_role": role}]
    done = ansible.play(tasks, "-e", json.dumps({"siblings_apply": True, **more}))
    assert done.status != 0
    assert done.failed("Require that the instance could be looked at", "gone")
    assert "Nothing was written. Repair that, and run the same again." in done.said
    # In a rehearsal it is a finding.
    assert ansible.play(tasks, "-e", json.dumps(more)).status == 0
    assert ansible.play(tasks, "--check", "-e", json.dumps({"siblings_apply": True, **more})).status == 0


def test_a_restart_that_broke_off_is_gone_on_with_and_a_workflow_that_somebody_stopped_is_not_touched(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    waiting = {STATUS_WORKFLOW: {"every": "7d", "first_run": "7d"}}
    there, ansible = ask(
        serve,
        tmp_path,
        {
            "ours": execution(age="5d", workflows=waiting),
            "refused": execution(age="5d", workflows=waiting),
            "theirs": execution(age="5d", status="stopped"),
        },
    )
    there.fault("refused", instance="ours", method="xtk:workflow#Start", count=1)
    there.fault("refused", instance="refused", method="xtk:workflow#Stop", count=1)
    for host in ("ours", "refused"):
        broken = ansible.playbook("campaign.classic.restart_event_status", "-e", f"siblings_hosts={host}", *APPLY)
        assert broken.status != 0
        record(broken, "Restart | Stop the workflow, and start it afresh", host)
    assert writes(there) == [("ours", "Stop"), ("ours", "Start"), ("refused", "Stop")]
    # That one our order has not stopped.
    there.order("refused", STATUS_WORKFLOW, "Stop")
    there.clear_ledger()
    done = ansible.playbook("campaign.classic.restart_event_status", *APPLY)
    assert done.status == 0, done.output
    assert "An earlier restart did not finish." in done.said
    assert f"ours cured {STATUS_WORKFLOW} has moved {STATUS} from" in done.said
    assert {instance for instance, _order in writes(there)} == {"ours"}
    there.clear_ledger()
    again = ansible.playbook("campaign.classic.restart_event_status", *APPLY)
    assert (again.status, writes(there)) == (0, [])
    assert "Nothing had to be written." in last_line(again)


def test_lost_tracking_is_fetched_again_once(serve: Callable[..., RunningSimulator], tmp_path: Path) -> None:
    """KA-22897: the pointer moves ahead of a source that fills once an hour."""
    source = execution(hits="1m", workflows={"tracking": {"every": "1h", "seconds": 0}})
    account = {"name": "rt", "execution": "rt", "login": USER, "password": PASSWORD}
    control = {
        "role": "marketing",
        "accounts": [account],
        "options": {TRACKING: {"type": "datetime", "age": "5m"}},
        "workflows": {TRACKING_WORKFLOW: {"every": "2m", "state": "started"}},
    }
    there, ansible = ask(serve, tmp_path, {"control": control, "rt": source})
    there.advance("4h")
    there.clear_ledger()
    assert len(lost(there)) > 100
    book = ("campaign.classic.repull_tracking", "-e", "siblings_repull_to=2026-11-23T02:00:00Z")

    planned = ansible.playbook(*book)
    assert planned.status == 0, planned.output
    assert last_line(planned).endswith("Would change: control. PLAN ONLY: nothing was written.")
    checked = ansible.playbook(*book, *APPLY, "--check", "--diff")
    assert checked.status == 0, checked.output
    assert f"+{TRACKING} = 2026-11-23 02:00:00.000Z" in checked.said
    assert writes(there) == []

    done = ansible.playbook(*book, *APPLY)
    assert done.status == 0, done.output
    assert {instance for instance, _method in writes(there)} == {"control"}
    assert f"control cured {TRACKING_WORKFLOW} has moved {TRACKING} from 2026-11-23 02:00:00.000Z to" in done.said
    assert lost(there) == set()
    evidence = record(done, "Rewind | Set the option back, unless it changes in this moment", "control")
    assert (evidence["kind"], evidence["result"]["moves"][0]["written"]) == ("option", "2026-11-23 02:00:00.000Z")
    assert f"OLD VALUE control,{TRACKING},{evidence['cursors'][0]['old_value'].replace(' ', 'T')}" in done.said

    there.clear_ledger()
    again = ansible.playbook(*book, *APPLY)
    assert again.status == 0, again.output
    assert "To do it again, give another siblings_run_id." in again.said
    assert "Nothing had to be written." in last_line(again) and writes(there) == []
    # Years at once would be the incident of the sibling.
    far = ansible.playbook(book[0], *APPLY, "-e", "siblings_repull_to=2020-01-01T00:00:00Z")
    assert "further back than siblings_repull_max_window (7d) allows." in far.said
    assert writes(there) == []
    assert not there.sessions()


def test_a_workflow_that_is_not_known_is_asked_for(serve: Callable[..., RunningSimulator], tmp_path: Path) -> None:
    """Two begin alike: nothing says which of them moves the option, and neither is run."""
    accounts = [{"name": one, "execution": one, "login": USER, "password": PASSWORD} for one in ("rt", "rt2")]
    control = {
        "role": "marketing",
        "accounts": accounts,
        "options": {TRACKING: {"type": "datetime", "age": "5m"}},
        "workflows": {f"mcSynch_{one}": {"every": "2m", "state": "started"} for one in ("rt", "rt2")},
    }
    there, ansible = ask(serve, tmp_path, {"control": control, "rt": execution(), "rt2": execution()})
    book = ("campaign.classic.repull_tracking", "-e", "siblings_repull_to=2026-11-22T12:00:00Z")
    for blank in ((), ("-e", "siblings_repull_workflow=")):
        done = ansible.playbook(*book, *APPLY, *blank)
        assert f"It is not known which workflow moves {TRACKING}. Name it with siblings_repull_workflow." in done.said
        assert done.status != 0 and writes(there) == []
    named = ansible.playbook(*book, "-e", f"siblings_repull_workflow={TRACKING_WORKFLOW}")
    assert last_line(named).endswith("Would change: control. PLAN ONLY: nothing was written.")


def test_an_option_that_somebody_has_set_back_further_is_not_set_forward(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    """As where it happens while the play waits for the end of a run."""
    control = {
        "role": "marketing",
        "accounts": [{"name": "rt", "execution": "rt", "login": USER, "password": PASSWORD}],
        "options": {TRACKING: {"type": "datetime", "value": "2026-11-20T00:00:00Z"}},
        "workflows": {TRACKING_WORKFLOW: {"every": "1d", "first_run": "1d", "state": "started"}},
    }
    there, ansible = ask(serve, tmp_path, {"control": control, "rt": execution()})
    given = {
        "siblings_repull_to": "2026-11-22T00:00:00Z",
        "siblings_plan": {"option": TRACKING, "workflow": TRACKING_WORKFLOW},
        "__siblings_rewound": False,
    }
    rewind = {"name": "campaign.classic.siblings", "tasks_from": "_rewind"}
    done = ansible.play([{"ansible.builtin.include_role": rewind, "vars": given}])
    assert done.status == 2, done.output
    assert f"{TRACKING} is 2026-11-20 00:00:00.000Z now, before 2026-11-22 00:00:00.000Z: somebody" in done.said
    assert writes(there) == []


@pytest.mark.parametrize("book", ["restart_event_status", "repull_tracking"])
def test_a_pattern_that_matches_no_host_is_an_error(book: str, ansible: Ansible) -> None:
    done = ansible.playbook(f"campaign.classic.{book}", "-e", "siblings_hosts=nowhere")
    assert done.status != 0
    assert "No host matches 'nowhere'." in done.said
    assert "siblings_hosts=PATTERN" in done.said
