# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backfill as an operator types it, after a cure: plan only, then done, with its list and its evidence."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema

from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, OLD, WORKFLOW
from tests.integration.runner import Ansible

ROOT = Path(__file__).resolve().parents[2]
APPLY = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_poll_interval=0.1")
BACKFILL = ("campaign.classic.backfill", "-e", '{"mid_sourcing_backfill_windows": ["1d", "3d"]}')


def test_after_a_cure_the_gap_is_filled_as_far_as_allowed_and_the_rest_is_listed(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    fleet.per_call(2)
    only = ("--limit", "stuck,localhost")
    cured = ansible.playbook("campaign.classic.reconcile", *APPLY, *only, "-e", "mid_sourcing_run_id=change-1")
    assert cured.status == 0, cured.output
    fleet.clear_ledger()
    planned = ansible.playbook(*BACKFILL, "-e", "mid_sourcing_run=change-1")
    assert planned.status == 0, planned.output
    assert planned.closing == ["Would backfill: stuck.", "PLAN ONLY: nothing was written."]
    assert "stuck planned Would set the cursor back to" in planned.said
    assert not fleet.ledger(kind="write")
    done = ansible.playbook(
        *BACKFILL, *APPLY, "-e", "mid_sourcing_run=change-1", "-e", "mid_sourcing_run_id=fill-1",
        "-e", "mid_sourcing_backfill_max_window=3d",
    )  # fmt: skip
    assert done.status == 0, done.output
    assert done.closing[0].startswith("PARTIAL: stuck. Not everything was fetched again")
    assert done.closing[-1] == "Run fill-1: 1 partial."
    assert {call["instance"] for call in fleet.ledger(kind="write")} == {"stuck"}
    result = done.result("Backfill | Set the cursor back by growing windows", "stuck")
    assert (result["outcome"], [window["outcome"] for window in result["windows"]]) == ("partial", ["fetched"] * 2)
    assert fleet.workflow("stuck", WORKFLOW)["state"] == 11
    assert not fleet.sessions()

    record = json.loads(Path(result["evidence"]).read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "roles/mid_sourcing/files/evidence.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(record, schema)
    assert record["kind"] == "backfill"
    assert record["cursors"][0]["option"] == CURSOR
    affected = record["result"]["affected"]
    assert affected == result["affected"]
    # The mid counts the years that were skipped; the instance has none of them, so there is no list of its own.
    assert affected["count"] > 5000 and affected["counted_by"] == "mid"
    assert f"at most {affected['count']:,} deliveries possibly affected" in " ".join(done.closing)
    described = fleet.option("stuck", CURSOR)
    assert "campaign.classic" not in described["description"], "a mark that nobody asked for"
    if affected["listed"]:
        with Path(result["affected_file"]).open(encoding="utf-8") as file:
            assert len(list(csv.DictReader(file))) == affected["listed"]
    # The cure can be undone all the same: its run is another one.
    undone = ansible.playbook("campaign.classic.rollback", "-e", "mid_sourcing_run=change-1")
    assert OLD in undone.said


def test_what_is_stuck_still_is_refused_and_fails_the_host(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.clear_ledger()
    line = f"stuck,{CURSOR},{OLD.replace(' ', 'T')}"
    done = ansible.playbook(*BACKFILL, *APPLY, "-e", f"mid_sourcing_restore={line}")
    assert done.status != 0
    assert "not 'healthy'" in done.said
    assert not fleet.ledger(kind="write")


def test_change_window_must_stay_open_for_all_runs_of_a_backfill(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.per_call(2)
    fleet.clear_ledger()
    line = f"healthy,{CURSOR},{OLD.replace(' ', 'T')}"
    now = datetime.now(UTC)
    # Two windows and the one that is added, of five minutes each, and what puts them right, take up to 47.
    window = {
        "from": f"{now - timedelta(hours=1):%Y-%m-%d %H:%M}",
        "to": f"{now + timedelta(minutes=46):%Y-%m-%d %H:%M}",
    }
    given = {"change_window_windows": [window], "mid_sourcing_verify_timeout": 120}
    only = ("-e", json.dumps(given), "-e", f"mid_sourcing_restore={line}")
    rehearsed = ansible.playbook(*BACKFILL, *only)
    assert rehearsed.status == 0, rehearsed.output
    assert "Not now: healthy: " in rehearsed.said
    refused = ansible.playbook(*BACKFILL, *APPLY, *only)
    assert refused.status != 0
    assert "Nothing was sent to the instance." in refused.said
    assert not fleet.ledger(kind="write")
    done = ansible.playbook(*BACKFILL, *APPLY, *only, "-e", "mid_sourcing_backfill_max_run=2m")
    assert done.status == 0, done.output
    assert {call["instance"] for call in fleet.ledger(kind="write")} == {"healthy"}


def test_run_of_a_window_is_waited_for_no_longer_than_the_change_window_was_asked_for(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    """Nobody has said how long: the change window holds two periods of ten minutes, and so does the wait."""
    given = {
        "change_window_windows": [{"rrule": "FREQ=DAILY;BYHOUR=0", "duration": "24h"}],
        "mid_sourcing_restore": f"healthy,{CURSOR},{OLD.replace(' ', 'T')}",
    }
    asked = []
    for more in ({}, {"change_window_needs": "10m"}, {"mid_sourcing_verify_timeout": 900}):
        done = ansible.playbook(*BACKFILL, "-e", json.dumps({**given, **more}))
        assert done.status == 0, done.output
        task = done.result("Set the cursor back by growing windows", "healthy")
        asked.append(task["invocation"]["module_args"].get("verify_timeout"))
    assert asked == [1200, None, 900]
