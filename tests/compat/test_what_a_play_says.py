# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a play says stands above the inventory, under the oldest ansible-core too: which play asks is its own secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.testing import running_simulator
from tests.integration.fleets import PASSWORD, USER, small_fleet
from tests.integration.played import PLACES, judge_books, judge_place
from tests.integration.runner import Ansible, inventory


@pytest.fixture
def ansible(tmp_path: Path, oldest: Path) -> Iterator[Ansible]:
    with running_simulator(small_fleet()) as fleet:
        fleet.per_call(2)
        yield Ansible(tmp_path, inventory(dict(fleet.instances), USER, PASSWORD), programs=oldest)


@pytest.mark.timeout(300)  # three playbooks
def test_each_imported_playbook_has_what_it_says_itself(ansible: Ansible) -> None:
    judge_books(ansible)


@pytest.mark.parametrize("place", PLACES)
def test_wherever_a_play_says_it(place: str, ansible: Ansible) -> None:
    judge_place(ansible, place)
