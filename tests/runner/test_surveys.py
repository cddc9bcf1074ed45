# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a survey sends: text for everything, and an empty text for a question that nobody answered."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._variables.reading import specs
from simulator.testing import RunningSimulator
from tests.runner.jobs import PLAYBOOKS, Awx, Done

#: Every variable that a survey can ask for.
EVERY = dict.fromkeys(sorted(specs()), "")
LINE = "OLD VALUE stuck,NmsMidSourcing_LastDelivery_defaultEmailMid,2020-03-01T10:00:00.000Z"
#: What a playbook cannot do without.
NEEDED: dict[str, dict[str, str]] = {
    "backfill": {"mid_sourcing_restore": LINE},
    "repull_tracking": {"siblings_repull_to": "2026-11-20T00:00:00Z"},
    "rollback": {"mid_sourcing_restore": LINE},
}
_CHANGING = re.compile(r"\d{8}T\d{6}Z|worker-\d+|\d+\.\d+ s|\d\d:\d\d:\d\d\.\d+Z|\d+d \d+h ago|\b[0-9a-f]{64}\b")


def told(done: Done) -> str:
    """The last lines, without what differs from run to run."""
    return _CHANGING.sub("", done.closing)[-900:]


@pytest.mark.parametrize(
    "playbook", [one if one == "reconcile" else pytest.param(one, marks=pytest.mark.every_job) for one in PLAYBOOKS]
)
def test_every_answer_left_empty_is_the_default(playbook: str, awx: Awx, sim: RunningSimulator) -> None:
    sim.per_call(0)
    needed = NEEDED.get(playbook, {})
    none, empty = awx.job(playbook, **needed), awx.job(playbook, **{**EVERY, **needed})
    assert (empty.status, told(empty)) == (none.status, told(none)), empty.stdout
    assert not sim.ledger(kind="write")


@pytest.mark.every_job
@pytest.mark.parametrize("playbook", sorted(NEEDED))
def test_a_question_that_must_be_answered_is_named_in_the_last_lines(playbook: str, awx: Awx) -> None:
    done = awx.job(playbook, **EVERY)
    assert done.status == "failed"
    (needed,) = NEEDED[playbook]
    assert needed in done.closing, done.stdout


@pytest.mark.every_job
def test_numbers_booleans_and_lists_come_as_text(awx: Awx, sim: RunningSimulator) -> None:
    answers: dict[str, Any] = {
        "mid_sourcing_apply": "True",
        "mid_sourcing_confirm": "no",
        "mid_sourcing_fail_on": "unreachable\ndenied",
        "mid_sourcing_max_hosts": "7",
        "mid_sourcing_max_percent": "100.0",
        "mid_sourcing_order_timeout": "60",
        "mid_sourcing_poll_interval": "0.2",
        "mid_sourcing_run_id": " change-1 ",
        "mid_sourcing_serial": "1\n2",
        "mid_sourcing_small_gap": "5",
        "change_window_windows": '[{"rrule": "FREQ=DAILY;BYHOUR=0", "duration": "24h"}]',
        "change_window_timezone": "UTC",
    }
    done = awx.job("reconcile", **answers)
    assert done.status == "successful", done.stdout
    assert "Run change-1: 1 cured." in done.closing


@pytest.mark.every_job
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mid_sourcing_max_hosts", "many"),
        ("mid_sourcing_apply", "perhaps"),
        ("mid_sourcing_serial", "[1,"),
        ("mid_sourcing_on_failure", "panic"),
        ("change_window_windows", "tonight"),
    ],
)
def test_an_answer_that_cannot_be_read_is_named_and_nothing_is_written(
    name: str, value: str, awx: Awx, sim: RunningSimulator
) -> None:
    done = awx.job("reconcile", **{"mid_sourcing_apply": "true", name: value})
    assert done.status == "failed"
    assert name in done.closing and "Nothing was" in done.closing, done.stdout
    assert not sim.ledger(kind="write")
