# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of a workflow, in numbers and in words."""

from __future__ import annotations

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._resources.workflow_states import (
    TRANSITIONAL,
    WorkflowState,
    state_word,
)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (0, "edit"),
        (2, "running"),
        (9, "testing"),
        (10, "starting"),
        (11, "started"),
        (12, "pausing"),
        (13, "paused"),
        (14, "resuming"),
        (15, "stopping"),
        (16, "stopping"),
        (17, "restarting"),
        (18, "restarting"),
        (20, "stopped"),
        (99, "state 99"),
    ],
)
def test_a_state_has_one_word(state: int, word: str) -> None:
    assert state_word(state) == word


def test_a_state_is_known_by_its_number() -> None:
    assert {11, 13} == {WorkflowState.STARTED, WorkflowState.PAUSED}


def test_an_order_is_on_its_way_in_the_states_that_no_workflow_stays_in() -> None:
    assert {10, 12, 14, 15, 16, 17, 18} == TRANSITIONAL
