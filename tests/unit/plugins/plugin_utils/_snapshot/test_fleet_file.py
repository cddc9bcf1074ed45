# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._snapshot.assumptions import Assumptions
from ansible_collections.campaign.classic.plugins.plugin_utils._snapshot.document import document
from ansible_collections.campaign.classic.plugins.plugin_utils._snapshot.facts import (
    limit,
    measured_cost,
    period,
    timeout_text,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._snapshot.fleet_file import Copy, fleet_of
from ansible_collections.campaign.classic.plugins.plugin_utils._snapshot.unknowns import open_questions, silent_facts
from simulator.fleet import load_fleet
from tests.helpers.snapshots import CURSOR, MID, STUCK, WORKFLOW

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOWN = {"unread": {"verdict": "unreachable", "why": "No answer."}}


def data(**rows: Any) -> dict[str, Any]:
    rows = rows or {"mkt": STUCK, "mid": MID}
    hosts = {"mid.example.com:443": "mid"} if "mid" in rows else {}
    return document(copy.deepcopy(rows), hosts, NOON, NOON)


def copied(snapshot: dict[str, Any], **more: Any) -> Copy:
    found = fleet_of(snapshot, "secret", **more)
    load_fleet(found.fleet)  # the simulator takes it
    return found


def test_copy_has_the_rows_of_the_snapshot() -> None:
    instance = copied(data()).fleet["instances"]["mkt"]
    assert instance["options"][CURSOR]["value"] == "2020-03-01 10:00:00.000Z"
    workflow = instance["workflows"][WORKFLOW]
    assert (workflow["found"]["state"], workflow["found"]["failed"], workflow["on_error"]) == (13, True, "stop")
    assert workflow["timeout"] == pytest.approx(60)
    assert "timed out" in workflow["journal"][1]["error"] and "defaultEmailMid" in workflow["journal"][1]["error"]


def test_mid_costs_what_it_took_and_has_the_deliveries_of_each_day() -> None:
    mid = copied(data()).fleet["instances"]["mid"]
    assert mid["seconds_per_row"] == pytest.approx(0.1)
    assert sum(series["count"] for series in mid["deliveries"]) == 4030
    # Of the last 24 hours as many as the mid has counted.
    late = [one for one in mid["deliveries"] if one["from"] >= "2026-11-22T12:00:00"]
    assert sum(one["count"] for one in late) == 20


def test_run_that_has_failed_fails_in_the_copy_whatever_the_mid_took() -> None:
    fast = copy.deepcopy(MID)
    fast["deliveries"]["last_day"]["seconds"] = 0.0001
    cost = copied(data(mkt=STUCK, mid=fast)).fleet["instances"]["mid"]["seconds_per_row"]
    assert 4030 * cost > 60


def test_mid_without_a_host_is_made_so_that_the_run_failed_and_the_next_one_does_not() -> None:
    found = copied(data(mkt=STUCK))
    (mid,) = [name for name in found.fleet["instances"] if name != "mkt"]
    assert mid == "elsewhere-mid.example.com-443"
    assert found.mids == {}
    instance = found.fleet["instances"][mid]
    counts = [series["count"] for series in instance["deliveries"]]
    assert instance["seconds_per_row"] * sum(counts) > 60 > instance["seconds_per_row"] * counts[-1]


def test_assumption_that_the_mid_is_slow_lets_one_delivery_take_too_long() -> None:
    mid = copied(data(), assume=Assumptions(serves="no")).fleet["instances"]["mid"]
    assert mid["seconds_per_row"] > 60


def test_no_password_login_or_address_of_the_fleet_is_in_the_copy() -> None:
    found = copied(data())
    assert "example.com" not in str(found.fleet)
    logins = {one["login"] for instance in found.fleet["instances"].values() for one in instance["operators"]}
    assert logins == {"rehearsal", "workflow"}


@pytest.mark.parametrize(("verdict", "there"), [("unreachable", True), ("denied", True), ("misconfigured", False)])
def test_instance_that_could_not_be_read_is_what_is_known_of_it(verdict: str, there: bool) -> None:
    rows = {"mkt": STUCK, "mid": MID, "other": {"unread": {"verdict": verdict, "why": ""}}}
    instances = copied(data(**rows)).fleet["instances"]
    assert ("other" in instances) is there
    if verdict == "unreachable":
        assert instances["other"]["down"]


def test_mid_that_is_down_is_down() -> None:
    assert copied(data(mkt=STUCK, mid=DOWN)).fleet["instances"]["mid"]["down"]


def test_only_some_instances_are_copied_with_their_share_of_the_deliveries() -> None:
    mid = copied(data(mkt=STUCK, other=STUCK, mid=MID), only=["mkt"]).fleet["instances"]
    assert set(mid) == {"mkt", "mid"}
    assert sum(series["count"] for series in mid["mid"]["deliveries"]) == pytest.approx(2015, abs=1)


def test_cursor_map_says_whose_cursor_an_option_is() -> None:
    row = copy.deepcopy(STUCK)
    row["options"] = {"NmsMidSourcing_LastDelivery_old": row["options"][CURSOR]}
    maps = {"mkt": {"NmsMidSourcing_LastDelivery_old": "defaultEmailMid"}}
    (account,) = copied(data(mkt=row, mid=MID), cursor_maps=maps).fleet["instances"]["mkt"]["accounts"]
    assert account["suffix"] == "old"


def test_workflow_that_goes_on_after_errors_ignores_them_and_its_period_shows() -> None:
    row = copy.deepcopy(STUCK["workflows"][WORKFLOW])
    row.update(state=11, failed=False)
    line = row["journal"][1]
    row["journal"] = [{**line, "at": f"2026-11-23 11:{minute:02}:00.000Z"} for minute in (6, 26, 46)]
    assert period(row) == 1200
    instance = copied(data(mkt={**STUCK, "workflows": {WORKFLOW: row}}, mid=MID)).fleet["instances"]["mkt"]
    assert instance["workflows"][WORKFLOW]["on_error"] == "ignore"


@pytest.mark.parametrize(("errors", "expected"), [(1, ("stop", 0)), (3, ("ignore", 3))])
def test_workflow_that_failed_with_several_errors_has_ignored_those_before(
    errors: int, expected: tuple[str, int]
) -> None:
    row = {**STUCK["workflows"][WORKFLOW], "failed": True, "errors": errors}
    instance = copied(data(mkt={**STUCK, "workflows": {WORKFLOW: row}}, mid=MID)).fleet["instances"]["mkt"]
    workflow = instance["workflows"][WORKFLOW]
    assert (workflow["on_error"], workflow["error_limit"]) == expected


def test_without_a_failure_nothing_is_known_of_the_time_limit() -> None:
    assert limit({"journal": [{"at": "2026-11-23 11:05:00.000Z", "what": "other"}]}) is None
    assert measured_cost({"deliveries": {"by_day": {}}}) is None
    assert timeout_text({"workflows": {}}) == "timed_out"


def test_mark_and_text_cursor_come_into_the_copy() -> None:
    row = copy.deepcopy(STUCK)
    mark = {"was": "2020-03-01 10:00:00.000Z", "to": "2026-11-22 10:00:00.000Z", "run_id": "r", "found_stopped": False}
    row["options"][CURSOR]["mark"] = mark
    row["options"]["NmsMidSourcing_LastDelivery_text"] = {"type": 6, "value": None, "unreadable": True}
    options = copied(data(mkt=row, mid=MID)).fleet["instances"]["mkt"]["options"]
    assert "was=2020-03-01T10:00:00.000Z" in options[CURSOR]["description"]
    assert options["NmsMidSourcing_LastDelivery_text"] == {"type": "string", "value": "?", "description": ""}


def test_questions_of_several_accounts_are_asked_where_there_are_several() -> None:
    row = data()["instances"]["mkt"]
    one = {unknown.name for unknown in open_questions(row)}
    assert "cursor_written" not in one and {"orders", "mid_is_slow", "cursor_clock"} <= one
    row["accounts"]["second"] = {"active": True, "mid": "mid", "server": ""}
    several = {unknown.name for unknown in open_questions(row)}
    assert {"cursor_written", "failing_account", "missing_cursor"} <= several


def test_silent_facts_are_said() -> None:
    rows = data(mkt={**STUCK, "rights": None}, other=STUCK, mid=MID)["instances"]
    said = " ".join(silent_facts(rows["mkt"], rows))
    assert "rights of the operator are not known" in said and "2 instances use the mid mid" in said
    alone = data(mkt=STUCK)["instances"]
    assert "is no host of the snapshot" in " ".join(silent_facts(alone["mkt"], alone))
    unread = data(mkt=STUCK, mid=DOWN)["instances"]
    assert "could not be read (unreachable)" in " ".join(silent_facts(unread["mkt"], unread))
