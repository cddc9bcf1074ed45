# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document of a report: a row for every host, what was done, and the same bytes for the same input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import CampaignError
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import Verdict
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.seen import Seen
from ansible_collections.campaign.classic.plugins.plugin_utils._report.document import document
from ansible_collections.campaign.classic.plugins.plugin_utils._report.formats import FORMATS
from ansible_collections.campaign.classic.plugins.plugin_utils._report.verdicts import (
    GROUPS,
    MEANINGS,
    WORST_FIRST,
    group_of,
    rank_of,
)
from tests.helpers import reports

ROOT = Path(__file__).resolve().parents[5]
SCHEMA = json.loads((ROOT / "roles/fleet_report/files/report.schema.json").read_text(encoding="utf-8"))
MADE = "2026-11-29T08:00:00Z"


def test_every_verdict_has_a_group_a_meaning_and_a_place() -> None:
    verdicts = {verdict.value for verdict in Verdict}
    assert set(MEANINGS) == set(WORST_FIRST) == verdicts and len(WORST_FIRST) == len(verdicts)
    assert {group_of(verdict) for verdict in verdicts} == set(GROUPS)
    assert rank_of("stuck") == 0 and rank_of("healthy") > rank_of("unreachable") > rank_of("stale")
    assert group_of("from a later version") == "person"


@pytest.mark.parametrize("made", [reports.small, reports.large])
def test_document_fits_its_schema_and_every_verdict_is_in_it(made: Any) -> None:
    found = made()
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert set(SCHEMA["$defs"]["verdict"]["enum"]) == set(WORST_FIRST)
    assert {row["verdict"] for row in found["hosts"]} == set(WORST_FIRST)


def test_schema_refuses_what_is_not_in_it() -> None:
    found = reports.small()
    for broken in ({**found, "further": 1}, {**found, "format": "another"}, {**found, "made": "yesterday"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(SCHEMA).validate(broken)


@pytest.mark.parametrize("name", FORMATS)
def test_same_input_gives_the_same_bytes(name: str) -> None:
    assert FORMATS[name].text(reports.small()) == FORMATS[name].text(reports.small())


@pytest.mark.parametrize("name", FORMATS)
def test_document_is_not_changed_by_a_format(name: str) -> None:
    found = reports.small()
    FORMATS[name].text(found)
    assert found == reports.small()


def test_every_host_of_the_play_has_a_row_whatever_is_known_of_it() -> None:
    hostvars = {
        "failed": {"mid_sourcing_diagnosis": {"failed": True, "msg": "The template failed."}},
        "unreachable": {"mid_sourcing_diagnosis": {"unreachable": True, "msg": "No route to host."}},
        "skipped": {"mid_sourcing_diagnosis": {"skipped": True}},
        "recorded": {"mid_sourcing_failure": "A setting cannot be read."},
        "nothing": {},
    }
    fleet = {"hosts": ["row"], "rows": {"row": {"verdict": "not_asked", "reason": "Too late.", "proposal": ""}}}
    hosts = [*hostvars, "row", "not in hostvars"]
    found = document(hosts, Seen(hostvars, fleet), made=MADE, fleet=fleet)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert [row["host"] for row in found["hosts"]] == hosts
    assert {row["host"]: (row["verdict"], row["answered"], bool(row["reason"])) for row in found["hosts"]} == {
        "failed": ("misconfigured", False, True),
        "unreachable": ("unreachable", False, True),
        "skipped": ("unreachable", False, True),
        "recorded": ("misconfigured", False, True),
        "nothing": ("unreachable", False, True),
        "row": ("not_asked", False, True),
        "not in hostvars": ("unreachable", False, True),
    }


def test_ages_are_those_of_the_servers_clock_and_negative_ahead_of_it() -> None:
    found = reports.report(reports.fleet({"stuck": 1, "future": 1, "empty": 1}))
    ages = {row["verdict"]: row["age_seconds"] for row in found["hosts"]}
    assert ages["stuck"] > 30 * 86400 and ages["future"] < 0 and ages["empty"] is None
    [stuck] = [row for row in found["hosts"] if row["verdict"] == "stuck"]
    assert stuck["cursors"][0]["age_seconds"] == stuck["age_seconds"]
    assert stuck["plans"][0]["changed_between"] == 19513


def test_texts_of_servers_are_visible() -> None:
    fleet = reports.fleet({"healthy": 1})
    [row] = fleet["rows"].values()
    row["reason"] = "two\nlines\x1b[2J"
    assert reports.report(fleet)["hosts"][0]["reason"] == r"two\nlines\x1b[2J"


def test_moment_that_is_none_is_refused() -> None:
    with pytest.raises(CampaignError, match="no time zone"):
        document([], {}, made="2026-11-29 08:00:00")


# -- the headline -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "text"),
    [
        ({}, "The report has no host."),
        ({"healthy": 1}, "The one instance with mid-sourcing is healthy."),
        ({"healthy": 1200, "not_applicable": 3}, "All 1,200 instances with mid-sourcing are healthy."),
        ({"healthy": 3, "running": 1}, "No instance is stuck; 1 instance is in a run."),
        ({"not_applicable": 2}, "No instance has a mid-sourcing cursor that this operator can see."),
        ({"unreachable": 2}, "All 2 instances gave no usable answer: the state of the fleet is not known."),
        ({"unreachable": 1, "healthy": 1}, "No instance is stuck; 1 of 2 gave no usable answer."),
        ({"held": 1, "unreachable": 1, "healthy": 1}, "No instance is stuck; 1 of 3 needs a person."),
    ],
)
def test_headline_says_the_state_of_the_fleet(verdicts: dict[str, int], text: str) -> None:
    assert reports.report(reports.fleet(verdicts))["headline"]["text"] == text


def test_headline_of_an_incident_says_since_when() -> None:
    found = reports.report(reports.fleet({"stuck": 2, "healthy": 3, "held": 1, "denied": 1, "inactive": 1}))
    oldest = max((row["age_seconds"], row["cursors"][0]["value"][:10]) for row in found["hosts"] if row["plans"])
    assert found["headline"]["text"].startswith("2 of 8 instances are stuck: no delivery counters for ")
    assert found["headline"]["text"].endswith(f" at worst, since {oldest[1]}.")
    assert found["headline"]["details"] == [
        "1 more instance needs a person.",
        "1 gave no usable answer.",
        "3 are healthy.",
        "1 has nothing to watch.",
    ]


# -- what was done ----------------------------------------------------------------------------------------------------


def treated(*changes: dict[str, Any]) -> dict[str, Any]:
    """What a report says of the one host of these changes."""
    found = reports.report(reports.fleet({"healthy": 1}), list(changes))
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    [one] = found["treated"]
    entry: dict[str, Any] = one
    return entry


def backfill(days_ago: float, covered_from: str, count: int | None, **other: Any) -> dict[str, Any]:
    result = {"outcome": "partial", "covered_from": covered_from, "affected": {"count": count}}
    return reports.cure("a", days_ago=days_ago, kind="backfill", result=result, **other)


def rollback(old_value: str = "", value: str = "", **other: Any) -> dict[str, Any]:
    """A rollback to a value. Without one, a record that does not say where the cursor stands then."""
    option = reports.cure("a")["cursors"][0]["option"]
    move = {"option": option, "outcome": "changed", "old_value": old_value, "written": value, "after": value}
    result = {"moves": [move] if value else []}
    return reports.cure("a", **{"kind": "rollback", "days_ago": 0.5, "failed": False, "result": result, **other})


def cured(before: str, written: str, count: int | None, **other: Any) -> dict[str, Any]:
    """A cure that moved the cursor from one value to another."""
    found = reports.cure("a", **other)
    found["cursors"][0]["old_value"] = before
    found["result"]["moves"][0].update(old_value=before, written=written, changed_between=count)
    return found


def test_cure_has_before_after_steps_journal_and_what_may_be_affected() -> None:
    found = treated(reports.cure("a"))
    [attempt] = found["attempts"]
    [cursor] = attempt["cursors"]
    assert (found["outcome"], attempt["by"], attempt["ticket"]) == ("cured", "anna (sudo of root)", "CHG0004711")
    assert found["cured_at"] == attempt["ended"] == "2026-11-28T08:05:00Z"
    assert (cursor["before"], cursor["written"], cursor["after"]) == (
        "2020-03-01T10:00:00Z",
        "2026-11-27T08:00:00Z",
        "2026-11-28T08:04:00Z",
    )
    assert cursor["before_age_seconds"] > 6 * 365 * 86400
    assert [step["action"] for step in attempt["steps"]] == ["write", "stop", "start", "wakeup", "verified"]
    assert [line["cause"] for line in attempt["journal"]] == ["timeout"]
    [gap] = found["affected"]
    assert (gap["since"], gap["until"], gap["count"]) == (cursor["before"], cursor["written"], 19513)
    assert gap["text"].startswith("19,513 deliveries changed between 2020-03-01 10:00 and 2026-11-27 08:00 UTC.")


def test_figures_of_a_mid_that_was_not_asked_are_not_known() -> None:
    change = reports.cure("a")
    change["result"]["moves"][0]["changed_between"] = None
    [gap] = treated(change)["affected"]
    assert gap["count"] is None and "is not known" in gap["text"]


@pytest.mark.parametrize(
    ("changes", "outcome", "left"),
    [
        ([reports.cure("a", outcome="restored")], "restored", []),
        ([reports.cure("a", days_ago=2), rollback()], "rolled_back", []),
        ([reports.cure("a", days_ago=2), rollback(state="begun")], "interrupted", [19513]),
        ([reports.cure("a", days_ago=2), backfill(1, "2026-10-30 08:00:00.000Z", 15200)], "cured", [15200]),
        ([reports.cure("a", days_ago=2), backfill(1, "2026-10-30 08:00:00.000Z", None)], "cured", [None]),
        ([reports.cure("a", days_ago=2), backfill(1, "2026-10-30 08:00:00.000Z", 0)], "cured", []),
        ([reports.cure("a", days_ago=2), backfill(1, "2020-03-01 10:00:00.000Z", 3)], "cured", []),
        ([reports.cure("a", days_ago=2), backfill(1, "", None)], "cured", [19513]),
        ([reports.cure("a", state="begun", result=None)], "interrupted", []),
    ],
    ids=[
        "restored",
        "rolled back",
        "rollback broke off",
        "part",
        "part unknown",
        "nothing",
        "whole",
        "none",
        "broke off",
    ],
)
def test_what_stays_affected_follows_what_was_done(changes: list[Any], outcome: str, left: list[Any]) -> None:
    found = treated(*changes)
    assert (found["outcome"], [gap["count"] for gap in found["affected"]]) == (outcome, left)


FIRST = cured("2020-03-01 10:00:00.000Z", "2026-11-01 08:00:00.000Z", 41203, days_ago=20)
SECOND = cured("2026-11-10 08:00:00.000Z", "2026-11-19 08:00:00.000Z", 0, days_ago=9)


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        ([FIRST, SECOND], ("2020-03-01T10:00:00Z", "2026-11-19T08:00:00Z", 41203)),
        (
            [FIRST, SECOND, rollback("2026-11-20 08:00:00.000Z", "2026-11-10 08:00:00.000Z")],
            ("2020-03-01T10:00:00Z", "2026-11-01T08:00:00Z", 41203),
        ),
        ([FIRST, SECOND, rollback()], ("2020-03-01T10:00:00Z", "2026-11-01T08:00:00Z", 41203)),
        ([FIRST, SECOND, rollback("2026-11-20 08:00:00.000Z", "2020-03-01 10:00:00.000Z")], None),
        (
            [
                FIRST,
                SECOND,
                rollback("2026-11-20 08:00:00.000Z", "2020-03-01 10:00:00.000Z"),
                rollback("2020-03-01 10:00:00.000Z", "2026-11-10 08:00:00.000Z"),
            ],
            ("2020-03-01T10:00:00Z", "2026-11-10T08:00:00Z", None),
        ),
        (
            [FIRST, SECOND, backfill(1, "2026-10-05 08:00:00.000Z", 40000)],
            ("2020-03-01T10:00:00Z", "2026-10-05T08:00:00Z", 40000),
        ),
        (
            [FIRST, cured("2026-11-10 08:00:00.000Z", "2026-11-19 08:00:00.000Z", None, days_ago=9)],
            ("2020-03-01T10:00:00Z", "2026-11-19T08:00:00Z", None),
        ),
        (
            [FIRST, cured("2026-11-10 08:00:00.000Z", "2026-11-19 08:00:00.000Z", 7, outcome="restored", days_ago=9)],
            ("2020-03-01T10:00:00Z", "2026-11-01T08:00:00Z", 41203),
        ),
    ],
    ids=[
        "cured again",
        "second cure rolled back",
        "rolled back without a value",
        "both rolled back",
        "rolled back in the wrong order",
        "backfill of the first",
        "second not counted",
        "second restored",
    ],
)
def test_a_gap_stays_until_something_has_fetched_it(changes: list[Any], gap: Any) -> None:
    affected = treated(*changes)["affected"]
    assert [(one["since"], one["until"], one["count"]) for one in affected] == ([gap] if gap else [])


def test_several_gaps_are_told_as_such() -> None:
    [gap] = treated(FIRST, SECOND)["affected"]
    assert gap["text"].startswith(
        "41,203 deliveries changed in 2 gaps between 2020-03-01 10:00 and 2026-11-19 08:00 UTC."
    )


def test_a_cursor_that_had_no_value_has_a_gap_without_beginning() -> None:
    [gap] = treated(cured("", "2026-11-19 08:00:00.000Z", None))["affected"]
    assert (gap["since"], gap["count"]) == ("", None) and " changed before 2026-11-19 08:00 UTC is " in gap["text"]


def test_last_treated_host_comes_first_and_a_backfill_alone_is_no_cure() -> None:
    changes = [reports.cure("a", days_ago=3), reports.cure("b", days_ago=2), {**backfill(1, "", None), "host": "c"}]
    assert [one["host"] for one in reports.report(reports.fleet({"healthy": 1}), changes)["treated"]] == ["b", "a"]


def test_headline_counts_what_was_done() -> None:
    changes = [
        reports.cure("a", days_ago=3),
        {**rollback(), "host": "a"},
        reports.cure("b"),
        reports.cure("c", outcome="restored"),
        reports.cure("d", outcome="unchanged"),
        reports.cure("e", days_ago=3),
        {**rollback(failed=True), "host": "e"},
    ]
    assert reports.report(reports.fleet({"healthy": 1}), changes)["headline"]["details"] == [
        "1 instance was cured.",
        "1 cure was rolled back.",
        "A cure or a rollback failed on 2 instances.",
    ]


# -- several cursors --------------------------------------------------------------------------------------------------


def of(*names: str, at: float, result: dict[str, Any] | None = None, **other: Any) -> dict[str, Any]:
    """A cure, or another attempt, at the cursors of these accounts, so many days ago."""
    return reports.at_cursors(reports.cure("a", days_ago=at, **other), *names, result=result)


BOTH = of("eu", "us", at=3)
#: One cursor was left moved, and the other never came to it.
ONE_KEPT = of("eu", "us", at=3, outcome="kept")
ONE_KEPT["result"]["moves"][1].update(outcome="refused", written=None)
BACK: dict[str, Any] = {"kind": "rollback", "failed": False, "result": {}}
NOT_BACK: dict[str, Any] = {"kind": "rollback", "failed": True, "result": {"msg": "The server has refused it."}}
KILLED: dict[str, Any] = {"state": "started", "ended": None, "result": {}}
BROKEN: dict[str, Any] = {"kind": "rollback", "state": "started", "ended": None, "result": {}}
AT_3, AT_1 = "2026-11-26T08:05:00Z", "2026-11-28T08:05:00Z"


@pytest.mark.parametrize(
    ("changes", "outcome", "cured_at"),
    [
        ([BOTH, of("eu", at=1, **BACK), of("us", at=0.5, **NOT_BACK)], "failed", AT_3),
        ([BOTH, of("us", at=1, **NOT_BACK), of("eu", at=0.5, **BACK)], "failed", AT_3),
        ([BOTH, of("us", at=1, **BROKEN), of("eu", at=0.5, **BACK)], "interrupted", AT_3),
        ([BOTH, of("us", at=1, **NOT_BACK), of("eu", at=0.5, **BACK), of("us", at=0.4, **BACK)], "rolled_back", ""),
        ([BOTH, of("eu", at=1, **BACK)], "cured", AT_3),
        ([BOTH, of("eu", at=2, **BACK), of("eu", at=1)], "cured", AT_1),
        ([BOTH, of("us", at=1), of("us", at=0.5, **BACK)], "cured", AT_3),
        ([of("eu", at=3, outcome="pending"), of("us", at=1)], "pending", AT_1),
        ([of("us", at=3), of("eu", at=1, outcome="pending")], "pending", AT_3),
        ([of("eu", at=3, outcome="pending"), of("us", at=2), of("eu", at=1)], "cured", AT_1),
        ([of("eu", at=3, outcome="unchanged"), of("us", at=2), of("us", at=1, **BACK)], "rolled_back", ""),
        ([of("eu", at=3, state="started", ended=None), of("us", at=1)], "interrupted", AT_1),
        ([of("eu", at=3, result={"outcome": "kept"}), of("us", at=1)], "kept", AT_1),
        ([of("", at=3, result={}, failed=True), of("us", at=1)], "cured", AT_1),
        ([{**of("us", at=3, failed=True), "cursors": None, "result": {}}], "failed", ""),
        ([ONE_KEPT, of("eu", at=1, **BACK)], "rolled_back", ""),
        ([ONE_KEPT, of("eu", at=1, **NOT_BACK)], "failed", ""),
        ([ONE_KEPT, of("eu", at=2), of("eu", at=1, **BACK)], "refused", ""),
        ([of("eu", "us", at=3, **KILLED), of("eu", at=1, **BACK)], "interrupted", ""),
        ([of("eu", "us", at=3, failed=True, result={"msg": "It broke."}), of("eu", at=1, **BACK)], "failed", ""),
    ],
    ids=[
        "one put back, then one not",
        "one not put back, then one",
        "one rollback broke off",
        "put back at last",
        "one put back, one cured",
        "put back and cured again",
        "the last cure put back",
        "pending, then another cured",
        "cured, then another pending",
        "pending, then cured",
        "one needed nothing",
        "broke off before it could say how the cursor ended",
        "no end of its own",
        "a cure that named no cursor",
        "only one that named no cursor",
        "all that was written is put back",
        "what was written is not put back",
        "another cure was put back",
        "a killed cure, of which one was put back",
        "a cure that tells nothing, of which one was put back",
    ],
)
def test_host_stands_as_its_worst_cursor_by_the_last_end_of_each(
    changes: list[Any], outcome: str, cured_at: str
) -> None:
    found = treated(*changes)
    assert (found["outcome"], found["cured_at"]) == (outcome, cured_at)
