# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles leave the connection to the actions: a list of options in a role would drop those that it does not name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROLES = Path(__file__).resolve().parents[3] / "roles"
FILES = sorted(file for part in ("tasks", "vars", "defaults") for file in ROLES.glob(f"*/{part}/*.yml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROLES)))
def test_no_role_forwards_options_of_the_connection(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "group/campaign.classic.all" not in text
    assert not re.search(r"\b(url|user|password|client_cert|proxy|timeout|read_only): .*\bcampaign_", text)
