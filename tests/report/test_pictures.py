# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the page for the documentation: ``make report-test ARGS="--screenshots DIR"``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.report.browser import opened

#: A picture takes at most so many bytes.
LARGEST = 300_000
#: The page, the settings of its window, and where the picture begins.
PICTURES: dict[str, tuple[str, dict[str, Any], str]] = {
    "report-light": ("small", {"color_scheme": "light", "viewport": {"width": 1280, "height": 1000}}, ""),
    "report-dark": ("small", {"color_scheme": "dark", "viewport": {"width": 1280, "height": 1000}}, ""),
    "report-1000": ("large", {"color_scheme": "light", "viewport": {"width": 1280, "height": 1200}}, "#ages"),
    "report-cures": ("small", {"color_scheme": "light", "viewport": {"width": 1280, "height": 760}}, "#cures"),
    "report-print": ("small", {"color_scheme": "light", "viewport": {"width": 794, "height": 1123}}, ""),
}


@pytest.mark.whole
@pytest.mark.parametrize("name", PICTURES)
def test_picture(name: str, browser: Browser, pages: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    source, settings, place = PICTURES[name]
    folder = Path(request.config.getoption("--screenshots") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    with opened(browser, pages / f"{source}.html", **settings) as found:
        if name == "report-print":
            found.page.emulate_media(media="print")
        if place:
            found.page.locator(place).scroll_into_view_if_needed()
            found.page.evaluate("one => document.querySelector(one).scrollIntoView()", place)
        picture = found.page.screenshot(path=folder / f"{name}.png")
    assert picture.startswith(b"\x89PNG") and len(picture) < LARGEST
