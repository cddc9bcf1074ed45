# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The browser of the system, with the page of a report in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.helpers.npm import Package
from tools.environment import BUILD

PROGRAM = "chromium"
AXE = Package("axe-core", Path(__file__).resolve().parent)
#: As root it cannot have its sandbox, and what it would ask of the network is left out.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
#: When the page is on the screen: two frames after it was read. The page's policy forbids polling by an expression.
DRAWN = """
addEventListener('DOMContentLoaded', () => requestAnimationFrame(() => requestAnimationFrame(() => {
  window.drawn = performance.now();
})));
"""
WAIT = """
() => new Promise((end) => {
  const look = () => (window.drawn ? end(window.drawn) : setTimeout(look, 2));
  look();
})
"""


def missing() -> str:
    """Why there is no browser, "" when there is one."""
    return (
        "" if shutil.which(PROGRAM) else f"'{PROGRAM}' is not installed (on Debian, as root: apt-get install {PROGRAM})"
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; it ends with the context."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which(PROGRAM), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Opened:
    """A page that is on the screen.

    ``said`` is what the console has of errors and warnings, ``requests`` what the page has asked for.
    """

    page: Page
    _session: CDPSession
    said: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def shown(self) -> list[str]:
        """The instances in the table that are not filtered, in their order."""
        rows = "rows => rows.filter(row => !row.hidden).map(row => row.cells[0].firstChild.textContent.trim())"
        found: list[str] = self.page.eval_on_selector_all(".fleet tbody tr", rows)
        return found

    def cells(self, number: int) -> list[str]:
        """The text of a column, from 1, of the shown rows."""
        texts = f"rows => rows.filter(row => !row.hidden).map(row => row.cells[{number - 1}].innerText.trim())"
        found: list[str] = self.page.eval_on_selector_all(".fleet tbody tr", texts)
        return found

    def tile(self, verdict: str) -> Any:
        """The tile of a verdict."""
        return self.page.locator(f".tile[data-verdict='{verdict}']")

    def seconds(self) -> float:
        """How long the page has kept the processor busy until now, whatever else the machine has to do."""
        metrics = {one["name"]: one["value"] for one in self._session.send("Performance.getMetrics")["metrics"]}
        return float(metrics["TaskDuration"])

    def violations(self, without: str = "") -> Sequence[str]:
        """What axe finds, one sentence each.

        :param without: a selector of what it does not look at.
        """
        axe = AXE.folder(BUILD / "report") / "node_modules/axe-core/axe.min.js"
        self.page.evaluate(axe.read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = self.page.evaluate(
            "(none) => axe.run(none ? {exclude: [none]} : document).then((result) => result.violations)", without
        )
        return [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}" for one in found]


@contextmanager
def opened(browser: Browser, file: Path, **settings: Any) -> Iterator[Opened]:
    """A file in a window of its own.

    :param settings: of the window, as Playwright names them: ``color_scheme``, ``viewport``.
    """
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    found = Opened(page, session)
    page.on("console", lambda one: found.said.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.said.append(str(error)))
    page.on("request", lambda one: found.requests.append(one.url))
    page.add_init_script(DRAWN)
    try:
        page.goto(file.as_uri())
        page.evaluate(WAIT)
        yield found
    finally:
        context.close()
