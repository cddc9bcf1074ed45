# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices of a fleet as jobs: what is missing is said in the last lines, and the job that misses it is red."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR
from tests.runner.jobs import LONGEST_JOB, Awx, Done

pytestmark = [pytest.mark.every_job, pytest.mark.timeout(2 * LONGEST_JOB)]
SLICE = {"mid_sourcing_slice_output": "true", "mid_sourcing_slice_run": "sweep-1"}
APPLY = {"mid_sourcing_apply": "true", "mid_sourcing_poll_interval": "0.2"}


def slice_job(awx: Awx, name: str, hosts: Mapping[str, Any], **more: str) -> tuple[Done, Path]:
    """A slice with some of the hosts, and its output as a file."""
    campaign = {**awx.inventory["campaign"], "hosts": dict(hosts)}
    work = awx.work / name
    work.mkdir()
    # The inventory of AWX has other hosts too.
    one = replace(awx, work=work, inventory={"campaign": campaign, "other": {"hosts": {"bystander": {}}}})
    return one.job("detect", **SLICE, **more), work / "job-1" / "artifacts" / "1" / "stdout"


def hosts_of(awx: Awx, *names: str) -> dict[str, Any]:
    known = awx.inventory["campaign"]["hosts"]
    return {name: known[name] for name in names}


def test_slice_names_the_merge_as_the_next_step(awx: Awx) -> None:
    done, _output = slice_job(awx, "one", hosts_of(awx, "stuck", "mid"))
    assert done.status == "successful", done.stdout
    assert done.closing.rstrip().endswith(
        "1 host has a plan: stuck. This is a slice of run sweep-1 with 2 hosts: it decides nothing, and its plan "
        "approves nothing. merge_slices makes one plan of all slices. SLICE of run sweep-1: nothing was written. Run "
        'merge_slices when all slices have ended." ] }'
    )
    assert "reconcile" not in done.closing


def test_slice_without_a_host_is_red_and_whole_for_the_merge(awx: Awx) -> None:
    whole, output = slice_job(awx, "whole", hosts_of(awx, "stuck", "healthy", "mid"))
    empty, nothing = slice_job(awx, "empty", {})
    assert (whole.status, empty.status) == ("successful", "failed"), empty.stdout
    assert empty.closing.rstrip().endswith(
        "No host was looked at: the pattern and the limit leave none. This slice of run sweep-1 has no host. "
        "merge_slices takes it for a slice of none. SLICE of run sweep-1: nothing was written. Run merge_slices when "
        'all slices have ended. FAILED, as said above." ] }'
    )
    merged = awx.job("merge_slices", mid_sourcing_slices=f"{output} {nothing}")
    assert merged.status == "successful", merged.stdout
    assert "2 slices of run sweep-1 with 3 hosts are merged." in merged.closing


def test_empty_output_of_a_slice_is_named_and_the_merge_is_red(awx: Awx, sim: RunningSimulator) -> None:
    sim.set_option("healthy", CURSOR, "2020-04-01T00:00:00Z")
    _done, output = slice_job(awx, "one", hosts_of(awx, "stuck", "mid"))
    empty = awx.work / "empty.txt"
    empty.write_text("", encoding="utf-8")
    merged = awx.job("merge_slices", mid_sourcing_slices=f"{output}\n{empty}")
    assert merged.status == "failed", merged.stdout
    assert "empty.txt is empty. Restore it, or create it again." in merged.closing
    assert "Nothing is known of 1 host, and nothing is planned for them: healthy." in merged.closing
    assert merged.closing.rstrip().endswith('PLAN ONLY: nothing was written. FAILED, as said above." ] }')
    assert len(merged.artifacts["mid_sourcing_plan"]) == 64

    cured = awx.job("reconcile", mid_sourcing_slices=f"{output} {empty}", **APPLY)
    assert cured.status == "failed" and "1 cured. FAILED, as said above." in cured.closing, cured.stdout
    assert "planned for them: healthy." in cured.closing
    assert not sim.ledger(kind="write", instance="healthy")
    assert awx.job("merge_slices", mid_sourcing_slices=str(empty)).status == "failed"


def test_a_part_of_the_fleet_is_enough_where_it_is_said_to_be(awx: Awx) -> None:
    _done, output = slice_job(awx, "one", hosts_of(awx, "stuck", "mid"))
    merged = awx.job("merge_slices", mid_sourcing_slices=str(output), mid_sourcing_slices_partial="yes")
    assert merged.status == "successful", merged.stdout
    assert "Nothing is known of 1 host, and nothing is planned for them: healthy." in merged.closing


@pytest.mark.parametrize("given", ["", "gone-*.txt"])
def test_merge_without_a_slice_is_red_and_said(given: str, awx: Awx) -> None:
    done = awx.job("merge_slices", mid_sourcing_slices=given)
    assert done.status == "failed"
    assert "mid_sourcing_slices is blank" in done.said or "No slice was found." in done.closing, done.stdout
