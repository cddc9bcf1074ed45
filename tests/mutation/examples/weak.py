# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that reach the code and see too little of it: a mutant must survive them (test_mutation.py)."""

from __future__ import annotations

from datetime import date

from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_date


def test_date_is_written_somehow() -> None:
    assert format_date(date(2002, 2, 1)).startswith("2002")
