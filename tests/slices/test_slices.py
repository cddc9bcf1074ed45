# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet in slices on the nodes of ansible-runner: their plan is that of one sweep, and a node may die."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.testing import RunningSimulator, running_simulator
from tests.integration.fleets import PASSWORD, USER, fleet, marketing
from tests.integration.runner import Ansible, Run, inventory
from tests.slices.nodes import Nodes, slice_of

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = str(ROOT / ".build" / "collections")
COUNT = 3
#: In the order of their names, so that each slice has a stuck one, and the mid is in one of them.
STUCK = ("mkt-01", "mkt-02", "mkt-03")


def _fleet() -> RunningSimulator:
    """Seventeen marketing instances, three of them stuck, and their mid."""
    names = [f"mkt-{number:02d}" for number in range(1, 18)]
    instances = {
        name: marketing(cursor={"value": "2020-03-01T10:00:00Z"} if name in STUCK else {"age": "5m"}) for name in names
    }
    described = fleet(instances)
    described["instances"]["mid"]["deliveries"]["count"] = 60000
    return running_simulator(described)


@pytest.mark.timeout(600)
def test_a_node_that_dies_loses_its_own_hosts_and_the_plan_of_all_slices_is_that_of_one_sweep(tmp_path: Path) -> None:
    with _fleet() as running:
        whole = Ansible(tmp_path, inventory(dict(running.instances), USER, PASSWORD))
        one = whole.playbook("campaign.classic.detect", "-e", "mid_sourcing_plan_file=one.json")
        assert one.status == 0, one.output
        nodes = Nodes(tmp_path, COLLECTIONS, "sweep-1", COUNT)
        lost = slice_of(list(running.instances), 2, COUNT)
        held = running.fault("hold", instance=lost[0], count=1)
        assert nodes.run(2, _hosts_of(running, 2), lambda: bool(running.faults()[held]["held"])).status == "killed"
        running.clear_faults()
        for number in (1, 3):
            assert nodes.run(number, _hosts_of(running, number)).status == "successful"

        merged = _merged(whole, nodes, status=2)
        assert _bound(tmp_path / "merged.json")["hosts"] == [name for name in STUCK if name not in lost]
        assert f"nothing is planned for them: {', '.join(lost)}." in merged.said
        assert "Slice 2 of 3 is missing" in merged.said and merged.closing[-1].endswith("FAILED, as said above.")

        assert nodes.run(2, _hosts_of(running, 2)).status == "successful"
        merged = _merged(whole, nodes)
        assert _bound(tmp_path / "merged.json") == _bound(tmp_path / "one.json")
        assert "3 slices of run sweep-1 with 18 hosts are merged." in merged.said
        assert [line for line in merged.closing if not line.startswith("3 slices of run")] == one.closing


def _hosts_of(running: RunningSimulator, number: int) -> dict[str, object]:
    names = slice_of(list(running.instances), number, COUNT)
    assert len(names) == 6
    return inventory({name: running.instances[name] for name in names}, USER, PASSWORD)


def _merged(whole: Ansible, nodes: Nodes, status: int = 0) -> Run:
    run = whole.playbook(
        "campaign.classic.merge_slices",
        "-e",
        f"mid_sourcing_slices={nodes.outputs}",
        "-e",
        "mid_sourcing_plan_file=merged.json",
    )
    assert run.status == status, run.output
    return run


def _bound(path: Path) -> dict[str, object]:
    """A plan without what the mid said, which drifts by itself and is in no digest."""
    plan = json.loads(path.read_text(encoding="utf-8"))
    bare = [{key: value for key, value in one.items() if key != "mid"} for one in plan["plans"]]
    return {**plan, "plans": bare}
