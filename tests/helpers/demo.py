# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo must show, from the demo itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo"


def expected_of_demo() -> dict[str, tuple[str, str | None, str]]:
    """By instance: the verdict before, the outcome of the cure, the verdict after."""
    spec = importlib.util.spec_from_file_location("demo", DEMO / "demo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, tuple[str, str | None, str]] = module.EXPECTED
    return found
