# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing on a job's disk outlives it, and the next job undoes a cure all the same."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, PASSWORD, USER
from tests.runner.jobs import Awx, Done
from tests.runner.recorder import Store

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "evidence"
TOKEN, SIGNATURE = "store-canary-19ab", "signature-canary-77"
CURE = {"mid_sourcing_apply": "true", "mid_sourcing_run_id": "change-4711", "mid_sourcing_poll_interval": "1"}
UPLOAD = {"mid_sourcing_evidence_upload": "upload_http.yml"}


def with_store(awx: Awx, kept: Store, *tasks: str) -> Awx:
    """AWX with a credential for the store, and with files of tasks in its project."""
    project = awx.work / "project"
    project.mkdir()
    for name in tasks or ("upload_http.yml",):
        shutil.copy(EXAMPLES / name, project)
    added = {"EVIDENCE_URL": f"{kept.url}/evidence", "EVIDENCE_TOKEN": TOKEN}
    return replace(awx, environment={**awx.environment, **added})


def bundle_of(kept: Store) -> str:
    """The URL of the one bundle that was put, signed as those of stores are."""
    path = next(iter(kept.files))
    return f"{kept.url}{path}?signature={SIGNATURE}"


def manifest(done: Done) -> str:
    """The SHA-256 that a rollback asks for, which AWX gives to the next job of a workflow."""
    found: str = done.artifacts["mid_sourcing_outcome"]["evidence_manifest"]
    return found


def test_rollback_in_another_container_undoes_a_cure_from_the_bundle_alone(awx: Awx, sim: RunningSimulator) -> None:
    with Store() as kept:
        site = replace(with_store(awx, kept), verbosity=4)
        cured = site.job("reconcile", **CURE, **UPLOAD)
        assert cured.status == "successful", cured.stdout
        assert sim.option_time("stuck", CURSOR).year == 2026
        assert list(kept.files) == ["/evidence/change-4711.bundle.json"] and kept.authorizations == [f"Bearer {TOKEN}"]
        assert (
            "The evidence of change-4711 went to upload_http.yml" in cured.closing and manifest(cured) in cured.closing
        )
        sim.per_call(0)
        undo = {"mid_sourcing_evidence_bundle": bundle_of(kept), "mid_sourcing_manifest": manifest(cured)}
        undone = site.job("rollback", mid_sourcing_apply="true", **undo, **UPLOAD)
        assert undone.status == "successful", undone.stdout
        assert "Rolled back: stuck." in undone.closing
        assert sim.option_time("stuck", CURSOR).year == 2020
        assert not list(site.work.rglob("change-4711"))
    for done in (cured, undone):
        for secret in (PASSWORD, TOKEN):
            assert secret not in done.received, f"{secret} is in what the job left"


@pytest.mark.every_job
def test_backfill_and_runs_take_the_bundle_too(awx: Awx, sim: RunningSimulator) -> None:
    with Store() as kept:
        site = with_store(awx, kept)
        cured = site.job("reconcile", **CURE, **UPLOAD)
        took = {"mid_sourcing_evidence_bundle": bundle_of(kept), "mid_sourcing_manifest": manifest(cured)}
        listed = site.job("runs", **took)
        assert listed.status == "successful" and "change-4711" in listed.closing, listed.stdout
        filled = site.job("backfill", mid_sourcing_apply="true", mid_sourcing_backfill_windows="2d", **took)
        assert filled.status == "successful", filled.stdout
        assert "complete" in filled.closing or "partial" in filled.closing


@pytest.mark.every_job
def test_an_upload_that_fails_is_said_and_neither_hides_nor_undoes_the_cure(awx: Awx, sim: RunningSimulator) -> None:
    with Store() as kept:
        kept.status = 503
        done = with_store(awx, kept).job("reconcile", **CURE, **UPLOAD)
    assert done.status == "successful", done.stdout
    assert sim.option_time("stuck", CURSOR).year == 2026
    assert "WARNING: the upload of the evidence" in done.closing and "Run change-4711: 1 cured." in done.closing
    assert "OLD VALUE stuck," in done.stdout


@pytest.mark.every_job
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace(b"2020-03-01", b"2021-03-01"), "stuck.json was changed."),
        (lambda text: text[:-200], "is cut off"),
        (lambda _text: b"<html>Not found</html>", "is not JSON"),
        (lambda text: text.replace(b"evidence-bundle/1", b"evidence-bundle/9"), "is no evidence bundle"),
    ],
)
def test_a_bundle_that_is_not_what_was_written_is_refused_in_the_last_lines(
    change: Callable[[bytes], bytes], said: str, awx: Awx, sim: RunningSimulator
) -> None:
    with Store() as kept:
        site = with_store(awx, kept)
        cured = site.job("reconcile", **CURE, **UPLOAD)
        path = next(iter(kept.files))
        kept.files[path] = change(kept.files[path])
        before, mark = sim.option_time("stuck", CURSOR), sim.mark()
        undo = {"mid_sourcing_evidence_bundle": bundle_of(kept), "mid_sourcing_manifest": manifest(cured)}
        done = site.job("rollback", mid_sourcing_apply="true", **undo)
    assert done.status == "failed"
    assert said in done.closing and "Nothing was written." in done.closing, done.stdout
    assert SIGNATURE not in done.closing
    assert sim.option_time("stuck", CURSOR) == before and not sim.ledger(since=mark, kind="write")


@pytest.mark.every_job
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "mid_sourcing_manifest"),
        ({"mid_sourcing_manifest": "0" * 64}, "is not the one that the run's output named"),
        ({"mid_sourcing_run": "change-1"}, "is that of the run change-4711"),
    ],
)
def test_a_bundle_that_nothing_vouches_for_is_refused(given: dict[str, Any], said: str, awx: Awx) -> None:
    with Store() as kept:
        site = with_store(awx, kept)
        cured = site.job("reconcile", **CURE, **UPLOAD)
        vouched = {"mid_sourcing_manifest": manifest(cured)} if "mid_sourcing_run" in given else {}
        undo = {"mid_sourcing_evidence_bundle": bundle_of(kept), **vouched, **given}
        done = site.job("rollback", mid_sourcing_apply="true", **undo)
    assert done.status == "failed"
    assert said in done.closing, done.stdout


@pytest.mark.every_job
def test_evidence_is_pushed_into_a_repository_of_git(awx: Awx, tmp_path: Path) -> None:
    repository = tmp_path / "evidence.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(repository)], check=True)
    with Store() as kept:
        site = with_store(awx, kept, "upload_git.yml")
    site = replace(site, environment={**site.environment, "EVIDENCE_REPOSITORY": str(repository)})
    done = site.job("reconcile", **CURE, mid_sourcing_evidence_upload="upload_git.yml")
    assert "WARNING" not in done.closing, done.stdout
    command = ["git", "-C", str(repository), "show", "HEAD:change-4711.bundle.json"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "campaign.classic/evidence-bundle/1" in shown and PASSWORD not in shown and USER
