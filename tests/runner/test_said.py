# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job that did nothing is red, or says so in its last lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from simulator.testing import RunningSimulator
from tests.integration.fleets import CLIENT, CLIENT_SECRET, CURSOR, PASSWORD, USER
from tests.runner.jobs import Awx

pytestmark = pytest.mark.every_job
DAILY = "FREQ=DAILY;BYHOUR=22"
APPLY = {"mid_sourcing_apply": "true", "mid_sourcing_poll_interval": "0.2"}


@pytest.mark.parametrize("playbook", ["detect", "reconcile"])
def test_limit_without_a_match_is_red_and_said(playbook: str, awx: Awx) -> None:
    done = awx.job(playbook, limit="nobody", **(APPLY if playbook == "reconcile" else {}))
    assert done.status == "failed"
    assert "nobody" in done.said and "no host" in done.said.lower(), done.stdout


def test_inventory_without_hosts_is_red_and_said(awx: Awx) -> None:
    done = replace(awx, inventory={"campaign": {"hosts": {}}}).job("reconcile", **APPLY)
    assert done.status == "failed"
    assert "campaign" in done.said and "host" in done.said, done.stdout


def test_nothing_to_cure_is_said(awx: Awx, sim: RunningSimulator) -> None:
    done = awx.job("reconcile", limit="healthy", **APPLY)
    assert done.status == "successful", done.stdout
    assert "nothing was to be cured" in done.closing


def test_job_without_the_word_to_write_says_plan_only(awx: Awx, sim: RunningSimulator) -> None:
    done = awx.job("reconcile", mid_sourcing_apply="")
    assert done.status == "successful" and "PLAN ONLY: nothing was written." in done.closing, done.stdout
    assert not sim.ledger(kind="write")


def test_digest_of_yesterday_is_refused_and_the_last_lines_say_it(awx: Awx, sim: RunningSimulator) -> None:
    digest = awx.job("plan").artifacts["mid_sourcing_plan"]
    sim.set_option("stuck", CURSOR, "2020-04-01T00:00:00Z")
    done = awx.job("reconcile", mid_sourcing_plan=digest, **APPLY)
    assert done.status == "failed"
    assert "REFUSED: nothing was written." in done.closing and digest[:12] in done.closing, done.stdout
    assert not sim.ledger(kind="write")


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (
            {"change_window_windows": f'[{{"rrule": "{DAILY};UNTIL=20200101T000000Z", "duration": "1h"}}]'},
            "does not open for long enough",
        ),
        ({"change_window_windows": '[{"rrule": "FREQ=SOMETIMES", "duration": "1h"}]'}, "FREQ must be one of YEARLY"),
        ({"change_window_windows": f'[{{"rrule": "{DAILY}", "duration": "soon"}}]'}, "duration"),
        ({"change_window_timezone": "Mars/Olympus", "change_window_required": "true"}, "Mars/Olympus"),
        ({"change_window_ticket_required": "true"}, "ticket"),
    ],
)
def test_window_that_is_over_or_cannot_be_read_is_red_and_said(
    window: dict[str, str], said: str, awx: Awx, sim: RunningSimulator
) -> None:
    done = awx.job("reconcile", **APPLY, **window)
    assert done.status == "failed"
    assert said in done.closing, done.stdout
    assert not sim.ledger(kind="write")


@pytest.mark.parametrize(
    "environment",
    [
        {"CAMPAIGN_USER": "ops", "CAMPAIGN_PASSWORD": "of another system"},
        {"CAMPAIGN_USER": "ops"},
        {"CAMPAIGN_USER": CLIENT, "CAMPAIGN_PASSWORD": CLIENT_SECRET},
        {"CAMPAIGN_CLIENT_ID": USER, "CAMPAIGN_CLIENT_SECRET": PASSWORD},
        {"CAMPAIGN_USER": "ops", "CAMPAIGN_PASSWORD": "x", "CAMPAIGN_ACCESS_TOKEN": "y"},
        {"CAMPAIGN_CREDENTIALS_FILE": "/nonexistent/credentials.yml"},
        {},
    ],
)
def test_credential_of_the_wrong_kind_is_red_and_said(
    environment: dict[str, str], site: Callable[..., Awx], sim: RunningSimulator
) -> None:
    awx = site({name: sim.instances[name] for name in ("stuck", "healthy")}, environment=environment)
    done = awx.job("reconcile", **APPLY)
    assert done.status == "failed", done.stdout
    assert "denied" in done.closing or "misconfigured" in done.closing, done.stdout
    assert "REFUSED: nothing was written." in done.closing
    assert not sim.ledger(kind="write")


def test_half_the_fleet_down_is_said_and_the_others_are_cured(awx: Awx, sim: RunningSimulator) -> None:
    sim.change("healthy", down=True)
    done = awx.job("reconcile", **APPLY)
    assert "unreachable" in done.closing and "1 cured" in done.closing, done.stdout


def test_inventory_source_with_half_the_fleet_down_plans_and_cures_the_rest_and_says_it(
    awx: Awx, sim: RunningSimulator
) -> None:
    sim.change("healthy", down=True)
    instances = [{"name": name, "url": sim.instances[name]} for name in ("stuck", "healthy")]
    source = replace(awx, inventory={"plugin": "campaign.classic.instances", "instances": instances})
    planned, cured = source.job("plan"), source.job("reconcile", **APPLY)
    assert "1 host would be cured now: stuck." in planned.closing and "unreachable" in planned.closing, planned.stdout
    assert "1 cured." in cured.closing and "1 of 2 hosts is not healthy." in cured.closing, cured.stdout
    sim.change("stuck", down=True)
    dead = source.job("reconcile", **APPLY)
    assert dead.status == "failed", dead.stdout
    assert "Nothing could be judged on any of 2 hosts: 2 unreachable." in dead.closing
    assert "REFUSED: nothing was written." in dead.closing


@pytest.mark.parametrize("content", ["", "---\n", "[]\n"])
def test_empty_file_for_the_upload_is_red_before_anything_is_written(
    content: str, awx: Awx, sim: RunningSimulator
) -> None:
    (awx.work / "project").mkdir()
    (awx.work / "project" / "upload.yml").write_text(content, encoding="utf-8")
    done = awx.job("reconcile", mid_sourcing_evidence_upload="upload.yml", **APPLY)
    assert done.status == "failed", done.stdout
    assert "mid_sourcing_evidence_upload" in done.closing and "REFUSED: nothing was written." in done.closing
    assert not sim.ledger(kind="write")


@pytest.mark.parametrize(
    ("playbook", "answers"),
    [
        ("rollback", {"mid_sourcing_run": "of-another-container"}),
        ("backfill", {"mid_sourcing_run": "of-another-container"}),
        ("rollback", {"mid_sourcing_restore": "OLD VALUE nobody,NmsMidSourcing_LastDelivery_x,2020-01-01T00:00:00Z"}),
        ("rollback", {"mid_sourcing_evidence_bundle": "gone.bundle.json"}),
        ("runs", {"mid_sourcing_run": "of-another-container"}),
    ],
)
def test_nothing_to_undo_is_red_and_said(playbook: str, answers: dict[str, Any], awx: Awx) -> None:
    done = awx.job(playbook, **(APPLY if playbook != "runs" else {}), **answers)
    assert done.status == "failed"
    (given,) = answers.values()
    words = ("of-another-container", "nobody", "gone.bundle.json")
    assert any(word in done.closing for word in words if word in given), done.stdout
