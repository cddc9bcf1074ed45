# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin under the oldest ansible-core, where every untagged text is a template."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import RunningSimulator, running_simulator
from tests.integration.inventories import judge_own_groups, judge_templates


@pytest.fixture
def serve() -> Iterator[Callable[..., RunningSimulator]]:
    """Starts a fleet; stops it at the end."""
    contexts = []

    def start(fleet: dict[str, Any]) -> RunningSimulator:
        contexts.append(running_simulator(fleet))
        return contexts[-1].__enter__()

    yield start
    for context in contexts:
        context.__exit__(None, None, None)


def test_what_a_server_says_is_never_run_as_a_template(
    serve: Callable[..., RunningSimulator], tmp_path: Path, oldest: Path
) -> None:
    judge_templates(serve, tmp_path, oldest)


@pytest.mark.parametrize("strict", [False, True])
def test_no_value_of_a_variable_costs_a_host_or_its_groups(tmp_path: Path, oldest: Path, strict: bool) -> None:
    judge_own_groups(tmp_path, oldest, strict=strict)
