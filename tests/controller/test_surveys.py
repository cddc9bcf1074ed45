# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of the kit with every answer of their surveys left empty: the last lines say what the job did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from simulator.testing import RunningSimulator, running_simulator
from tests.integration.fleets import PASSWORD, USER, fleet, marketing
from tests.runner.conftest import bare_inventory
from tests.runner.jobs import LONGEST_JOB, Awx

from .kit import objects

#: A template: how its job ends, and what its last lines say.
ENDS = {
    "Detect": ("successful", "1 of 3 hosts is not healthy."),
    "Merge the slices": ("failed", "mid_sourcing_slices is blank. Nothing was done."),
    "Plan": ("successful", "PLAN ONLY: nothing was written."),
    "Reconcile": ("successful", "PLAN ONLY: nothing was written."),
    "Rollback": ("failed", "mid_sourcing_restore"),
    "Backfill": ("failed", "mid_sourcing_restore"),
    "End as failed": ("failed", "This job always fails."),
}


@pytest.fixture(scope="module")
def servers() -> Iterator[RunningSimulator]:
    """A stuck instance, a healthy one and their mid."""
    cursors = {"healthy": {"age": "5m"}, "stuck": {"value": "2020-03-01T10:00:00Z"}}
    with running_simulator(fleet({name: marketing(cursor=cursor) for name, cursor in cursors.items()})) as running:
        yield running


def test_every_template_with_a_survey_is_tried() -> None:
    surveyed = {one["name"].partition("}}")[2] for one in objects("job_template") if one.get("survey")}
    assert surveyed == set(ENDS)


@pytest.mark.full
@pytest.mark.timeout(2 * LONGEST_JOB)
@pytest.mark.parametrize("name", ENDS)
def test_an_empty_survey_writes_nothing_and_says_so(name: str, servers: RunningSimulator, tmp_path: Path) -> None:
    [template] = [one for one in objects("job_template") if one["name"].endswith(f"}}}}{name}")]
    playbook = template["playbook"].partition("}}")[2].removesuffix(".yml")
    book = [{"name": name, "ansible.builtin.import_playbook": f"campaign.classic.{playbook}"}]
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / f"{playbook}.yml").write_text(yaml.safe_dump(book), encoding="utf-8")
    # AWX gives every question its default, which is an empty text, above the variables of the template.
    writes = {"mid_sourcing_mark": True} if "__controller_kit_of_writers" in str(template.get("extra_vars")) else {}
    answers = dict.fromkeys((one["variable"] for one in template["survey"]), "")
    credential = {"CAMPAIGN_USER": USER, "CAMPAIGN_PASSWORD": PASSWORD}
    awx = Awx(tmp_path, bare_inventory(dict(servers.instances)), environment=credential)
    done = awx.job(playbook, **{**writes, **answers})
    assert (done.status, ENDS[name][1] in done.closing) == (ENDS[name][0], True), done.stdout
    assert not servers.ledger(kind="write")
