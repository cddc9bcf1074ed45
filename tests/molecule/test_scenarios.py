# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios of molecule, all in one run with two side by side: each step is a test."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import Verdict
from tests.molecule.scenarios import LIMIT, ROOT, SCENARIOS, Molecule, Run, sequences

#: What `make test` has no time for: two of minutes, and verdicts of which nothing is written.
LEFT_OUT = {
    "controller_kit",
    "engine_down",
    "failing",
    "held",
    "siblings",
    "unreached",
    "unusable",
    "unused",
    "waiting",
}
STEPS = [
    pytest.param(name, step, marks=[pytest.mark.whole] if name in LEFT_OUT else [], id=f"{name}-{step}")
    for name, sequence in sequences().items()
    for step in sequence
]
#: No servers bring it about: this machine lacks the means to ask.
NOT_OF_A_SERVER = {Verdict.NOT_ASKED.value}


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run of the scenarios that are chosen, by -k too."""
    there = Molecule(tmp_path_factory.mktemp("molecule"))
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    chosen = {call.params["name"] for call in calls if call and "step" in call.params}
    names = [f"--exclude={name}" for name in sequences() if name not in chosen]
    return there.run("test", "--all", "--workers", "2", "--continue-on-failure", *names)


@pytest.mark.timeout(LIMIT + 20)
@pytest.mark.parametrize(("name", "step"), STEPS)
def test_step(run: Run, name: str, step: str) -> None:
    ended = run.steps.get(name, [])
    assert (step, "Executed: Successful") in ended, run.said(name)
    # A failed scenario ends at the step that failed.
    assert name not in run.failed or ended[-1][0] != step, run.said(name)


def test_run_ends_well_if_every_step_has(run: Run) -> None:
    assert run.status == (1 if run.failed else 0), run.output[-4000:]


def test_every_role_and_every_verdict_has_a_scenario() -> None:
    names = set(sequences())
    assert {path.parent.name for path in (ROOT / "roles").glob("*/tasks")} <= names
    assert _expected_verdicts() | {"stuck"} | NOT_OF_A_SERVER == {verdict.value for verdict in Verdict}
    assert "stuck" in names


def test_every_scenario_has_hosts_in_the_inventory_and_its_playbooks() -> None:
    groups = _inventory()["all"]["children"]
    for name, sequence in sequences().items():
        assert name in groups or name in groups["campaign"]["children"], name
        if "side_effect" in sequence:
            assert Path(SCENARIOS / name / "side_effect.yml").exists(), name


def _inventory() -> dict[str, dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]]]:
    found: dict[str, dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]]] = yaml.safe_load(
        (SCENARIOS / "inventory.yml").read_text(encoding="utf-8")
    )
    return found


def _expected_verdicts() -> set[str]:
    groups = _inventory()["all"]["children"].values()
    hosts = [variables or {} for group in groups for variables in group.get("hosts", {}).values()]
    return {variables["expected_verdict"] for variables in hosts if "expected_verdict" in variables}
