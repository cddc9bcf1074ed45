# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every unit test with random inputs."""

from __future__ import annotations

from hypothesis import settings

# A deadline for one input fails on a busy machine; that of the whole test is in pyproject.toml.
settings.register_profile("units", deadline=None)
settings.load_profile("units")
