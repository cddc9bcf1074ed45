# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Adobe's SDK can run here at all. Where it cannot, this is the one test that is skipped for all its checks."""

from __future__ import annotations

import os

import pytest

from tools.node import unusable_node


def test_node_can_run_the_sdk() -> None:
    if reason := unusable_node(os.environ):
        pytest.skip(f"no check of Adobe's SDK was run: {reason}")
