# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CSV that no spreadsheet runs, and metrics that Prometheus's own parser accepts."""

from __future__ import annotations

import csv
import io
import math
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ansible_collections.campaign.classic.plugins.plugin_utils._report.csv_table import COLUMNS, csv_text
from ansible_collections.campaign.classic.plugins.plugin_utils._report.metrics import METRICS, prometheus_text
from ansible_collections.campaign.classic.plugins.plugin_utils._spreadsheet import FORMULA
from tests.helpers import reports

HOSTILE = [
    *(f"{begin}cmd|'/c calc'!A1" for begin in FORMULA),
    '  =1+1, "quoted"',
    "two\r\nlines",
    "h\u00f4te \U0001f600",
]


def hostile(text: str) -> dict[str, Any]:
    """A report on one host whose name, account and reason a server or a person has chosen."""
    fleet = reports.fleet({"healthy": 1})
    [row] = fleet["rows"].values()
    row["reason"], row["cursors"][0]["account"] = text, text
    return reports.report({**fleet, "hosts": [text], "rows": {text: row}}, [reports.cure(text)])


def lines(document: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text(document), newline="")))


def samples(document: dict[str, Any]) -> dict[str, list[Any]]:
    """The samples of each metric, by Prometheus's own parser."""
    return {one.name: one.samples for one in text_string_to_metric_families(prometheus_text(document))}


# -- CSV --------------------------------------------------------------------------------------------------------------


def test_table_has_a_line_for_each_cursor_and_one_for_a_host_without() -> None:
    document = reports.small()
    found = lines(document)
    assert {one["host"] for one in found} == {row["host"] for row in document["hosts"]}
    assert len(found) == sum(max(1, len(row["cursors"]) + len(row["siblings"])) for row in document["hosts"])
    assert {one["kind"] for one in found} == {"cursor", "sibling", ""}
    cured = [one for one in found if one["cure_outcome"] == "cured" and one["kind"] == "cursor"]
    assert sorted(one["possibly_affected"] for one in cured) == ["15200", "19513"]


def test_rollback_that_failed_is_in_table_and_metrics_beside_the_cure_that_stands() -> None:
    document = reports.half_undone()
    for line in lines(document):
        assert (line["cure_outcome"], line["cure_run"]) == ("failed", "first")
        assert line["cured_at"] == "2026-11-26T08:05:00Z"
    [sample] = samples(document)["campaign_host_cured_timestamp_seconds"]
    assert sample.value == datetime.fromisoformat("2026-11-26T08:05:00Z").timestamp()


def test_run_of_a_cure_is_that_of_its_outcome_and_of_several_the_last() -> None:
    fleet = reports.fleet({"healthy": 1})
    [host] = fleet["hosts"]
    for first, last, run in (("pending", "cured", "first"), ("cured", "pending", "last"), ("cured", "cured", "last")):
        changes = [
            reports.at_cursors(reports.cure(host, days_ago=days, outcome=outcome, run_id=name), account)
            for days, outcome, name, account in ((3, first, "first", "eu"), (1, last, "last", "us"))
        ]
        [line] = lines(reports.report(fleet, changes))
        assert line["cure_run"] == run


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula_and_every_text_is_whole(text: str) -> None:
    [line] = lines(hostile(text))
    assert set(line) == set(COLUMNS)
    for cell in line.values():
        assert not cell.lstrip(" ").startswith(FORMULA), cell
    shown = text.replace("\r\n", "\\r\\n").replace("\t", "\\t").replace("\r", "\\r")
    assert line["host"] in (shown, f"'{shown}")


def test_negative_number_stays_a_number() -> None:
    [line] = lines(reports.report(reports.fleet({"future": 1})))
    assert int(line["age_seconds"]) < 0


def test_guide_has_every_metric_with_its_labels_and_its_words() -> None:
    guide = (Path(__file__).resolve().parents[5] / "docs/docsite/rst/report_guide.rst").read_text(encoding="utf-8")
    rows = re.findall(r"^   \* - ``(campaign_\w+)``\n     -(.*)\n     - (.*)$", guide, re.MULTILINE)
    found = samples(reports.small())
    assert [(name, words) for name, _labels, words in rows] == [(metric.name, metric.help) for metric in METRICS]
    for name, labels, _words in rows:
        assert set(re.findall(r"``(\w+)``", labels)) == set(found[name][0].labels), name


# -- Prometheus -------------------------------------------------------------------------------------------------------


def test_metrics_are_accepted_and_say_what_the_document_says() -> None:
    document = reports.small()
    found = samples(document)
    assert set(found) == {metric.name for metric in METRICS}
    ages = {(one.labels["host"], one.labels["option"]): one.value for one in found["campaign_cursor_age_seconds"]}
    for row in document["hosts"]:
        for cursor in row["cursors"]:
            assert ages.get((row["host"], cursor["option"])) == cursor["age_seconds"]
    assert {one.labels["host"] for one in found["campaign_host_verdict"]} == {row["host"] for row in document["hosts"]}
    assert {one.labels["verdict"]: one.value for one in found["campaign_hosts"]} == document["counts"]["verdicts"]
    assert sum(one.value for one in found["campaign_host_answered"]) == sum(
        row["answered"] for row in document["hosts"]
    )
    assert found["campaign_sweep_duration_seconds"][0].value == 3.8
    assert found["campaign_report_timestamp_seconds"][0].value == reports.NOW.timestamp()
    assert {one.value for one in found["campaign_possibly_affected_deliveries"]} == {15200, 19513}
    assert len(found["campaign_host_cured_timestamp_seconds"]) == 2
    stands = {one.value for one in found["campaign_cursor_timestamp_seconds"]}
    assert all(value < reports.NOW.timestamp() + 4 * 86400 for value in stands)


def test_host_was_observed_when_it_was_read_and_not_when_the_report_is_made() -> None:
    fleet = reports.fleet({"healthy": 2, "unreachable": 1})
    late, wrong = (host for host in fleet["hosts"] if fleet["rows"][host]["verdict"] == "healthy")
    # The one is of a slice that was read a day before; the clock of the other is an hour ahead.
    fleet["rows"][late].update(server_time="2026-11-28 08:00:00.000Z", skew_seconds=0.0)
    fleet["rows"][wrong].update(server_time="2026-11-29 08:59:00.000Z", skew_seconds=3600.0)
    document = reports.report(fleet)
    moments = {late: "2026-11-28T08:00:00Z", wrong: "2026-11-29T07:59:00Z"}
    found = samples(document)["campaign_host_last_observation_timestamp_seconds"]
    assert {one.labels["host"]: one.value for one in found} == {
        host: datetime.fromisoformat(text).timestamp() for host, text in moments.items()
    }
    assert {one["host"]: one["observed_at"] for one in lines(document) if one["observed_at"]} == moments


@pytest.mark.parametrize("text", [*HOSTILE, 'a"b\\c', 'x"} 1\ncampaign_hosts{verdict="stuck"} 7'])
def test_text_of_a_server_stays_within_its_label(text: str) -> None:
    found = samples(hostile(text))
    [one] = found["campaign_cursor_age_seconds"]
    shown = text.replace("\r\n", "\\r\\n").replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n")
    assert (one.labels["host"], one.labels["account"]) == (shown, shown)
    assert sum(sample.value for sample in found["campaign_hosts"]) == 1


def test_no_sample_is_there_twice_nor_without_a_number() -> None:
    fleet = reports.fleet({"unmatched": 1})
    [row] = fleet["rows"].values()
    # Prometheus refuses the whole file if a sample is there twice.
    row["cursors"] = [row["cursors"][0], row["cursors"][0]]
    row["siblings"] = [row["cursors"][0]]
    for samples_of_one in samples(reports.report(fleet)).values():
        keys = [tuple(sorted(one.labels.items())) for one in samples_of_one]
        assert len(keys) == len(set(keys))
        assert not any(math.isnan(one.value) for one in samples_of_one)


def test_host_that_did_not_answer_has_a_verdict_and_nothing_else() -> None:
    found = samples(reports.report(reports.fleet({"unreachable": 1})))
    assert [one.value for one in found["campaign_host_answered"]] == [0]
    assert [one.labels["verdict"] for one in found["campaign_host_verdict"]] == ["unreachable"]
    for name in ("cursor_age_seconds", "host_last_observation_timestamp_seconds", "host_clock_skew_seconds"):
        assert found[f"campaign_{name}"] == []
