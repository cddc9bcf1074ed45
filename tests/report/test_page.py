# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a fleet report in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.helpers import reports
from tests.report.browser import Opened, opened

#: Seconds until a thousand instances are on the screen.
DRAWN_WITHIN = 1.0


def test_page_opens_without_errors_and_asks_the_network_for_nothing(small: Opened) -> None:
    assert small.page.title() == "Adobe Campaign fleet, 2026-11-29 08:00 UTC"
    assert small.page.locator("h1").inner_text() == reports.small()["headline"]["text"]
    assert len(small.shown) == len(reports.small()["hosts"])
    assert small.page.locator("#count").inner_text() == "23 of 23 instances"


def test_label_that_is_a_script_stays_text(small: Opened) -> None:
    small.page.wait_for_timeout(50)
    assert "pwned" not in small.page.title()
    assert small.page.locator("img").count() == 0 and small.page.locator("script").count() == 1
    assert reports.SCRIPT in small.page.locator("body").inner_text()
    # The policy would stop it, even if it were markup.
    small.page.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", reports.SCRIPT)
    small.page.wait_for_timeout(50)
    assert "pwned" not in small.page.title()
    assert any("Content Security Policy" in one for one in small.said)
    small.said.clear()
    small.requests[:] = [url for url in small.requests if not url.endswith("/x")]


def test_tiles_filter_together(small: Opened) -> None:
    stuck, held = small.tile("stuck"), small.tile("held")
    stuck.click()
    assert set(small.cells(2)) == {"stuck"} and stuck.get_attribute("aria-pressed") == "true"
    assert small.page.locator("#count").inner_text() == "2 of 23 instances"
    held.click()
    assert set(small.cells(2)) == {"stuck", "held"}
    stuck.click()
    assert small.cells(2) == ["held"] and stuck.get_attribute("aria-pressed") == "false"
    small.page.get_by_role("button", name="Show all").click()
    assert len(small.shown) == 23 and held.get_attribute("aria-pressed") == "false"


def test_each_tile_says_how_many_rows_it_shows(small: Opened) -> None:
    for tile in small.page.locator(".tile").all():
        tile.click()
        assert len(small.shown) == int(tile.locator("b").inner_text())
        tile.click()


def test_search_finds_every_word_wherever_it_stands(small: Opened) -> None:
    search = small.page.get_by_label("Search")
    host = small.shown[3]
    search.fill(host.upper())
    assert host in small.shown and all(host in one for one in small.shown)
    search.fill("timeout stuck")
    assert set(small.cells(2)) == {"stuck"} and len(small.shown) == 2
    search.fill("no such thing")
    assert small.shown == [] and small.page.locator("#count").inner_text() == "0 of 23 instances"
    small.page.get_by_role("button", name="Show all").click()
    assert search.input_value() == "" and len(small.shown) == 23


def test_columns_sort_both_ways_and_say_so(small: Opened) -> None:
    def press(name: str) -> str | None:
        head = small.page.get_by_role("columnheader", name=re.compile(name))
        head.get_by_role("button").click()
        assert small.page.locator("[aria-sort]").count() == 1
        return head.get_attribute("aria-sort")

    assert small.cells(2)[:2] == ["stuck", "stuck"]
    assert press("Instance") == "ascending"
    assert small.shown == sorted(small.shown, key=_natural)
    assert press("Instance") == "descending"
    assert small.shown == sorted(small.shown, key=_natural, reverse=True)
    assert press("Behind") == "descending"
    ages = {row["host"]: row["age_seconds"] for row in reports.small()["hosts"]}
    assert [ages[host] for host in small.shown] == _oldest_first(list(ages.values()))
    assert press("Behind") == "ascending"
    assert [ages[host] for host in small.shown if ages[host] is not None] == sorted(
        age for age in ages.values() if age is not None
    )
    assert ages[small.shown[-1]] is None
    assert press("Verdict") == "ascending" and small.cells(2)[0] == "stuck"
    assert press("Verdict") == "descending" and small.cells(2)[-1] == "stuck"


def _natural(name: str) -> list[int | str]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _oldest_first(ages: list[int | None]) -> list[int | None]:
    known = sorted((age for age in ages if age is not None), reverse=True)
    return [*known, *[None] * (len(ages) - len(known))]


def test_filters_remain_when_the_table_is_sorted(small: Opened) -> None:
    small.tile("healthy").click()
    small.page.get_by_role("columnheader", name="Instance").get_by_role("button").click()
    assert set(small.cells(2)) == {"healthy"} and len(small.shown) == 4


def test_everything_can_be_reached_and_done_by_keyboard(small: Opened) -> None:
    keys = small.page.keyboard
    keys.press("Tab")
    assert small.page.evaluate("document.activeElement.textContent") == "Go to the table of instances"
    keys.press("Enter")
    keys.press("Tab")
    assert small.page.evaluate("document.activeElement.id") == "search"
    keys.type("held")
    assert small.cells(2) == ["held"]
    small.tile("stuck").focus()
    keys.press("Space")
    assert small.shown == [] and small.tile("stuck").get_attribute("aria-pressed") == "true"
    small.page.locator("#reset").focus()
    keys.press("Enter")
    small.page.locator("th button").first.focus()
    keys.press("Enter")
    assert small.shown == sorted(small.shown, key=_natural)
    small.page.locator(".tall").focus()
    keys.press("End")
    small.page.wait_for_timeout(300)
    assert small.page.evaluate("document.querySelector('.tall').scrollTop") > 0


def test_dot_of_the_drawing_finds_its_instance(small: Opened) -> None:
    dot = small.page.locator(".lane.stuck circle").first
    dot.click()
    assert dot.get_attribute("data-host") in small.shown and set(small.cells(2)) == {"stuck"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser: Browser, pages: Path, scheme: str) -> None:
    with opened(browser, pages / "small.html", color_scheme=scheme) as found:
        found.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert found.violations() == []
        found.page.locator(".tile").first.click()
        assert found.violations() == []


@pytest.mark.whole
def test_axe_finds_no_violation_among_a_thousand_instances(browser: Browser, pages: Path) -> None:
    with opened(browser, pages / "large.html") as found:
        # The rows are all alike, and it takes a minute for them.
        assert found.violations(without=".fleet tbody tr:nth-child(n + 60), article:nth-of-type(n + 4)") == []


def test_axe_would_find_one(small: Opened) -> None:
    small.page.evaluate(
        "document.querySelector('#search').closest('label').replaceWith(document.querySelector('#search'))"
    )
    assert any(one.startswith("label:") for one in small.violations())


def _is_dark(found: Opened) -> bool:
    colour = found.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(map(int, re.findall(r"\d+", colour)[:3])) < 3 * 128


def test_page_is_light_or_dark_as_the_system_is_and_as_the_button_says(browser: Browser, pages: Path) -> None:
    for scheme in ("light", "dark"):
        with opened(browser, pages / "small.html", color_scheme=scheme) as found:
            assert _is_dark(found) == (scheme == "dark")
            button = found.page.locator("#theme")
            assert button.inner_text() == ("Light" if scheme == "dark" else "Dark")
            button.click()
            assert _is_dark(found) == (scheme == "light")
            found.page.reload()
            assert _is_dark(found) == (scheme == "light"), "the choice is forgotten"


@pytest.mark.whole
def test_paper_has_every_row_and_every_step_and_no_controls(small: Opened) -> None:
    small.page.emulate_media(media="print")
    assert not small.page.locator("#search").is_visible() and not small.page.locator("#theme").is_visible()
    assert not small.page.locator("details[open]").count()
    small.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert small.page.locator("details:not([open])").count() == 0
    small.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert small.page.locator("details[open]").count() == 0
    scroller = small.page.locator(".tall")
    assert scroller.evaluate("one => one.scrollHeight <= one.clientHeight + 1")
    paper = small.page.pdf(format="A4")
    assert paper.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", paper)) >= 3


@pytest.mark.whole
def test_dark_page_is_printed_light(browser: Browser, pages: Path) -> None:
    with opened(browser, pages / "small.html", color_scheme="dark") as found:
        found.page.emulate_media(media="print", color_scheme="dark")
        colour = found.page.evaluate("getComputedStyle(document.querySelector('h1')).color")
        assert sum(map(int, re.findall(r"\d+", colour)[:3])) < 3 * 64


@pytest.mark.whole
@pytest.mark.parametrize("width", [360, 768, 1920])
def test_page_fits_a_window_of_any_width(browser: Browser, pages: Path, width: int) -> None:
    with opened(browser, pages / "small.html", viewport={"width": width, "height": 800}) as found:
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.whole
def test_page_shows_all_without_its_script(browser: Browser, pages: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((pages / "small.html").as_uri())
    assert page.locator(".fleet tbody tr").count() == 23
    assert not page.locator("#search").is_visible() and not page.locator("#theme").is_visible()
    context.close()


def test_thousand_instances_are_searched_and_sorted(browser: Browser, pages: Path) -> None:
    with opened(browser, pages / "large.html") as found:
        assert len(found.shown) == 1000
        found.page.get_by_label("Search").fill("stuck")
        assert len(found.shown) == 12
        found.page.get_by_role("button", name="Show all").click()
        found.page.get_by_role("columnheader", name="Instance").get_by_role("button").click()
        assert found.shown == sorted(found.shown, key=_natural)
        assert found.said == []


@pytest.mark.whole
def test_thousand_instances_are_drawn_in_less_than_a_second(browser: Browser, pages: Path) -> None:
    clock, busy = [], []
    for _time in range(5):
        with opened(browser, pages / "large.html") as found:
            clock.append(found.page.evaluate("window.drawn") / 1000)
            busy.append(found.seconds())
    print(f"1,000 instances are on the screen after {min(clock):.2f} s, and take {min(busy):.2f} s of the processor.")
    # Other suites run beside this one: the clock says as much of them.
    assert min(busy) < DRAWN_WITHIN, busy
