# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a play says stands above the inventory, also where the inventory has it blank or as text."""

from __future__ import annotations

import pytest

from simulator.testing import RunningSimulator
from tests.integration.played import (
    DETECT,
    PLACES,
    PLAY,
    SHOW,
    gates_of,
    imported,
    is_bound,
    judge_books,
    judge_place,
    write_inventory,
)
from tests.integration.runner import Ansible


@pytest.fixture(autouse=True)
def time_passes_with_every_call(fleet: RunningSimulator) -> None:
    fleet.per_call(2)


def test_limits_and_windows_of_an_imported_playbook_hold(ansible: Ansible, fleet: RunningSimulator) -> None:
    write_inventory(ansible)
    begun = fleet.mark()
    done = imported(ansible, [("reconcile", {**PLAY, "mid_sourcing_apply": True})])
    assert done.status != 0
    assert [is_bound(gate) for gate in gates_of(done)] == [True], done.output
    assert not fleet.ledger(kind="write", since=begun)


def test_a_window_of_an_imported_playbook_holds_on_each_host(ansible: Ansible, fleet: RunningSimulator) -> None:
    write_inventory(ansible)
    begun = fleet.mark()
    done = imported(ansible, [("reconcile", {**PLAY, "mid_sourcing_max_hosts": 50, "mid_sourcing_apply": True})])
    assert done.status != 0
    assert [gate["now"] for gate in gates_of(done)] == [[]], done.output
    assert not fleet.ledger(kind="write", since=begun)


def test_each_imported_playbook_has_what_it_says_itself(ansible: Ansible, fleet: RunningSimulator) -> None:
    judge_books(ansible)


@pytest.mark.parametrize("place", PLACES)
def test_wherever_a_play_says_it(place: str, ansible: Ansible, fleet: RunningSimulator) -> None:
    judge_place(ansible, place)


def test_a_blank_of_a_play_leaves_what_the_inventory_says(ansible: Ansible, fleet: RunningSimulator) -> None:
    write_inventory(ansible)
    said = {"mid_sourcing_max_hosts": "", "mid_sourcing_max_age": "9h"}
    done = ansible.play([DETECT, SHOW], hosts="stuck", vars=said)
    assert done.tasks[-1]["result"]["msg"] == [50, "9h"], done.output


def test_what_a_task_has_set_stays(ansible: Ansible, fleet: RunningSimulator) -> None:
    write_inventory(ansible)
    mine = {"ansible.builtin.set_fact": {"mid_sourcing_max_hosts": 7}}
    done = ansible.play([DETECT, mine, DETECT, SHOW], hosts="stuck")
    assert done.tasks[-1]["result"]["msg"] == [7, "6h"], done.output
