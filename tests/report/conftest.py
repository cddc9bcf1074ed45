# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser for all tests, and pages for it to show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ansible_collections.campaign.classic.plugins.plugin_utils._report.page import html_text
from tests.helpers import reports
from tests.report.browser import Opened, chromium, missing, opened


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where pictures go."""
    parser.addoption("--screenshots", metavar="DIR", help="leave pictures of the page for the documentation there")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser. Where there is none, its tests count as skipped, with the reason."""
    if reason := missing():
        pytest.skip(reason)
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a page for a small fleet, with every verdict, and one for a thousand instances."""
    folder = tmp_path_factory.mktemp("pages")
    for name, document in {"small": reports.small(), "large": reports.large()}.items():
        (folder / f"{name}.html").write_text(html_text(document), encoding="utf-8")
    return folder


@pytest.fixture
def small(browser: Browser, pages: Path) -> Iterator[Opened]:
    """The page of the small fleet."""
    with opened(browser, pages / "small.html") as found:
        yield found
        assert found.said == [], "the console has errors"
        assert {url.partition(":")[0] for url in found.requests} == {"file"}
