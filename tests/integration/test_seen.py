# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker sees what a module would see, under the newest ansible-core."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.integration.seen import Serve, judge_adhoc, judge_environment, judge_values, judge_vaulted_inventory

PROGRAMS = Path(sys.executable).parent


@pytest.mark.whole  # compat does the same
@pytest.mark.timeout(200)  # two plays, one of them with a process for each task
def test_values_of_every_kind_arrive_as_in_a_module(serve: Serve, tmp_path: Path) -> None:
    judge_values(serve, tmp_path, PROGRAMS, sys.executable)


def test_environment_of_the_task_counts_as_in_a_module(tmp_path: Path) -> None:
    judge_environment(tmp_path, PROGRAMS, sys.executable)


def test_vaulted_values_of_an_instance_list_are_used_and_stay_vaulted(serve: Serve, tmp_path: Path) -> None:
    judge_vaulted_inventory(serve, tmp_path, PROGRAMS)


def test_inventory_is_enough_for_a_single_command(serve: Serve, tmp_path: Path) -> None:
    judge_adhoc(serve, tmp_path, PROGRAMS)
