# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The oldest ansible-core that the collection supports, installed once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools import compat


@pytest.fixture(scope="session")
def oldest() -> Path:
    """The folder of its programs. ``make matrix`` names that of another ansible-core."""
    if os.environ.get("COMPAT_PROGRAMS"):
        return Path(os.environ["COMPAT_PROGRAMS"])
    try:
        return compat.provide(os.environ)
    except compat.NoPython as error:
        pytest.skip(str(error))
