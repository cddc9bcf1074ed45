# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page without a browser: its size, its markup, its policy, its drawing. tests/report has the browser."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from typing import Any

import pytest
from lxml import etree, html

from ansible_collections.campaign.classic.plugins.plugin_utils._report.page import FOLDER, html_text
from ansible_collections.campaign.classic.plugins.plugin_utils._report.timeline import (
    AHEAD,
    LEFT,
    MOST_CURES,
    RIGHT,
    timeline,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._report.times import (
    age_text,
    lag_text,
    short,
    words_of,
)
from tests.helpers import reports


@pytest.fixture(scope="module")
def large() -> str:
    return html_text(reports.large())


def parsed(page: str) -> Any:
    return html.document_fromstring(page)


def test_thousand_instances_take_less_than_a_megabyte_and_each_has_a_row(large: str) -> None:
    assert len(large.encode()) < 1_000_000
    assert len(parsed(large).xpath("//table[@class='fleet']/tbody/tr")) == 1000


def test_page_needs_nothing_from_elsewhere(large: str) -> None:
    page = parsed(large)
    assert page.xpath("//link | //img | //iframe | //object | //*[@src] | //*[@style] | //form") == []
    assert [one for one in page.xpath("//@href") if not one.startswith("#")] == []
    for element in ("style", "script"):
        assert not re.search(r"https?://(?!www\.gnu\.org/licenses)|@import|url\(", page.xpath(f"//{element}/text()")[0])


def test_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else(large: str) -> None:
    page = parsed(large)
    [policy] = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    sums = {
        name: base64.b64encode(hashlib.sha256(page.xpath(f"//{name}/text()")[0].encode()).digest()).decode()
        for name in ("style", "script")
    }
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{sums['style']}'; script-src 'sha256-{sums['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_files_of_the_page_do_not_end_their_element() -> None:
    for name in ("report.css", "report.js"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert "</" not in text and "<!--" not in text, name


def test_markup_of_a_server_stays_text() -> None:
    document = reports.small()
    page = parsed(html_text(document))
    assert len(page.xpath("//script")) == len(page.xpath("//style")) == 1 and page.xpath("//img") == []
    texts = [row["reason"] for row in document["hosts"]] + [
        one["account"] for row in document["hosts"] for one in row["cursors"]
    ]
    said = page.text_content()
    assert reports.SCRIPT in said and all(text in said for text in texts)


def test_ids_are_unique_and_every_link_and_label_has_its_target(large: str) -> None:
    for page in (parsed(large), parsed(html_text(reports.small()))):
        ids = Counter(page.xpath("//@id"))
        assert max(ids.values()) == 1
        named = [one[1:] for one in page.xpath("//@href")] + page.xpath("//@aria-labelledby")
        assert named and set(named) <= set(ids)


def test_markup_is_well_formed_enough_for_a_strict_reader() -> None:
    page = html_text(reports.small())
    body = page[page.index("<main>") : page.index("</main>") + len("</main>")]
    body = re.sub(r"<(input[^>]*)>", r"<\1/>", body).replace('tabindex="0"', "").replace(" hidden", "")
    etree.fromstring(body.replace("–", "-"))


def test_fleet_without_anything_has_a_page_too() -> None:
    page = parsed(html_text(reports.report(reports.fleet({}))))
    assert page.xpath("string(//h1)") == "The report has no host."
    assert page.xpath("//svg") == []


def test_page_of_slices_says_when_they_were_read() -> None:
    fleet = reports.fleet({"healthy": 2, "unreachable": 1})
    first = next(row for row in fleet["rows"].values() if row["server_time"])
    first["server_time"] = "2026-11-28 08:00:00.000Z"
    del fleet["seconds"], fleet["calls"]
    [made] = parsed(html_text(reports.report(fleet))).xpath("//p[@class='made']")
    assert made.text_content() == "2026-11-29 08:00 UTC · read between 2026-11-28 07:59 and 2026-11-29 07:59"


def test_evidence_that_is_damaged_is_said() -> None:
    page = parsed(html_text(reports.report(reports.fleet({"healthy": 1}), damaged=["a.json was changed."])))
    assert page.xpath("//div[@class='problems']//li/text()") == ["a.json was changed."]


# -- the drawing ------------------------------------------------------------------------------------------------------


def test_lane_has_dots_for_few_cursors_and_bars_for_many() -> None:
    drawing = timeline(reports.large())
    lanes = {lane["verdict"]: lane for lane in drawing["lanes"]}
    assert lanes["stuck"]["dots"] and not lanes["stuck"]["bars"]
    assert lanes["healthy"]["bars"] and not lanes["healthy"]["dots"]
    assert sum(lane["count"] for lane in drawing["lanes"]) == 1000 - drawing["without"]
    for lane in drawing["lanes"]:
        assert all(LEFT <= one["x"] <= RIGHT for one in lane["dots"] if lane["verdict"] != "future")
    assert {one["x"] for one in lanes["future"]["dots"] + lanes["future"]["bars"]} == {AHEAD}


def test_scale_is_logarithmic_and_reaches_the_oldest_cursor() -> None:
    ticks = {tick["text"]: tick["x"] for tick in timeline(reports.large())["ticks"]}
    assert ticks["1 min"] == LEFT and max(ticks.values()) == RIGHT and "20 y" in ticks
    # Ten times the age is as far everywhere.
    assert ticks["10 min"] - ticks["1 min"] == pytest.approx((ticks["30 d"] - ticks["7 d"]) / 0.632, rel=0.01)


def test_cured_cursors_are_drawn_from_where_they_stood_to_where_they_stand() -> None:
    drawing = timeline(reports.large())
    assert (len(drawing["cures"]), drawing["more_cures"]) == (MOST_CURES, 30 - MOST_CURES)
    assert all(cure["from"] > cure["to"] for cure in drawing["cures"])


def test_every_cursor_that_is_still_cured_is_drawn_and_none_that_was_put_back() -> None:
    document = reports.half_undone()
    assert [cure["name"] for cure in timeline(document)["cures"]] == ["eu"]
    # The host needs a person, though a cure stands.
    [badge] = html.fromstring(html_text(document)).xpath("//article//h3/span")
    assert (badge.text, badge.get("class")) == ("failed", "badge person")


def test_drawing_is_said_in_words() -> None:
    document = reports.report(reports.fleet({"stuck": 1, "future": 1}))
    assert re.fullmatch(
        r"Ages of cursors: 1 cursor stuck, [\d.]+ [dy] old; 1 cursor future, -\d d old\.", timeline(document)["label"]
    )


@pytest.mark.parametrize(
    ("seconds", "age", "lag"),
    [
        (None, "", ""),
        (0, "0 s", "0 s behind"),
        (59, "59 s", "59 s behind"),
        (60, "1 min", "1 min behind"),
        (3599, "59 min", "59 min behind"),
        (3600, "1 h", "1 h behind"),
        (86400, "1 d", "1 d behind"),
        (729 * 86400, "729 d", "729 d behind"),
        (730 * 86400, "2.0 y", "2.0 y behind"),
        (-3 * 86400, "-3 d", "3 d ahead"),
    ],
)
def test_ages_in_words(seconds: int | None, age: str, lag: str) -> None:
    assert (age_text(seconds), lag_text(seconds)) == (age, lag)


def test_ages_in_a_sentence() -> None:
    ages = [1, 7200, 40 * 86400, 6.7 * 365.25 * 86400]
    assert [words_of(one) for one in ages] == ["1 second", "2 hours", "40 days", "6.7 years"]


def test_moment_for_people() -> None:
    assert short("2026-11-29 00:41:32.457Z") == "2026-11-29 00:41"
    assert (short("no moment"), short("")) == ("no moment", "")
