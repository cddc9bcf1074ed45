# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last line of a run that is interrupted while it writes."""

from __future__ import annotations

import signal

import pytest

from simulator.testing import RunningSimulator
from tests.integration.interrupting import check_last_line
from tests.integration.runner import Ansible


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_last_line_of_an_interrupted_run_says_what_may_be_written_and_what_to_do(
    number: signal.Signals, ansible: Ansible, fleet: RunningSimulator
) -> None:
    check_last_line(ansible, fleet, number)
