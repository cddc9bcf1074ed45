# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is completed on a host whose change window is closed, and what waits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.begun import (
    begun_options,
    is_begun,
    left_for_later,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.gate import FleetLimits, Gate, fleet_gate
from tests.helpers.diagnoses import diagnosis, hostvars, plan

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHUT = {"change_window_windows": [{"from": "2026-11-24 20:00", "to": "2026-11-24 23:00"}]}
NEVER = {"change_window_windows": [{"from": "2026-11-20 20:00", "to": "2026-11-20 23:00"}]}
#: What an attempt that broke off can have left at a cursor.
WRITTEN: dict[str, Any] = {"unfinished_run": "night", "evidence": {"earlier": {"run_id": "night", "written": True}}}
PLANNED: dict[str, Any] = {"evidence": {"earlier": {"run_id": "night", "written": False}}}
STOPPED: dict[str, Any] = {"evidence": {"workflow": {"stopped_by_us": True}}}
ELSEWHERE = {"workflow": "another"}
#: A rollback has put a cursor of its attempt back, this one or another.
UNDONE: dict[str, Any] = {"evidence": {"earlier": {"run_id": "night", "written": False, "undone": True}}}
OTHERS: dict[str, Any] = {
    "unfinished_run": "night",
    "evidence": {"earlier": {"run_id": "night", "written": True, "undone": True}},
}
#: An attempt that has stopped the workflow was to move it, too.
LEFT: dict[str, Any] = {"evidence": {**STOPPED["evidence"], **PLANNED["evidence"]}}


def host(**cursors: dict[str, Any]) -> dict[str, Any]:
    """A host with a stuck and planned cursor for each of these."""
    rows = [diagnosis("s0", cursor={"option": name, **more})["cursors"][0] for name, more in cursors.items()]
    plans = [plan("s0", option=name) for name in cursors]
    return {**diagnosis("s0"), "cursors": rows, "plans": plans}


def gate(seen: dict[str, Any], *, rehearsal: bool = False, **window: Any) -> Gate:
    return fleet_gate(["s0"], hostvars([("s0", seen)], s0=window or SHUT), FleetLimits(), NOW, rehearsal=rehearsal)


@pytest.mark.parametrize(
    ("cursors", "begun"),
    [
        ({"a": {}, "b": {}}, set()),
        ({"a": WRITTEN, "b": {}}, {"a"}),
        # Of one attempt, though it did not come to that.
        ({"a": WRITTEN, "b": PLANNED}, {"a", "b"}),
        ({"a": {"unfinished_run": "night", "evidence": None}, "b": {}}, {"a"}),
        # Nothing was begun there.
        ({"a": PLANNED, "b": {}}, set()),
        # It must be started, with whichever cursor comes first.
        ({"a": STOPPED, "b": {}}, {"a", "b"}),
        ({"a": STOPPED, "b": ELSEWHERE}, {"a"}),
        ({"a": WRITTEN, "b": {**PLANNED, **ELSEWHERE}}, {"a"}),
        ({"a": LEFT, "b": LEFT}, {"a", "b"}),
        # A rollback of the attempt ends it for all its cursors; one of another attempt does not.
        ({"a": UNDONE, "b": {}}, set()),
        ({"a": {"evidence": {**STOPPED["evidence"], **UNDONE["evidence"]}}, "b": {}}, set()),
        ({"a": {"evidence": {**STOPPED["evidence"], **UNDONE["evidence"]}}, "b": LEFT}, {"a", "b"}),
        ({"a": OTHERS, "b": {}}, set()),
        ({"a": OTHERS, "b": PLANNED}, set()),
        ({"a": OTHERS, "b": WRITTEN}, {"b"}),
        ({"a": {"unfinished_run": "day"}, "b": UNDONE}, {"a"}),
    ],
)
def test_cursors_of_an_attempt_that_broke_off_are_begun(cursors: dict[str, Any], begun: set[str]) -> None:
    seen = host(**cursors)
    assert begun_options(seen) == begun
    assert is_begun(seen["plans"], seen) == (begun == set(cursors))
    assert is_begun(seen["plans"][:1], seen) == ("a" in begun)


def test_of_a_host_that_was_not_read_nothing_was_begun() -> None:
    assert begun_options({}) == frozenset() and left_for_later({}) == []
    assert begun_options({"cursors": None}) == frozenset() and left_for_later({"plans": None}) == []


def test_what_was_not_begun_waits_for_the_window_and_says_so() -> None:
    found = gate(host(a=WRITTEN, b={}))
    assert (found.now, found.selected, found.later, found.blocked) == (["s0"], ["s0"], {"s0": ["b"]}, [])
    assert found.windows["s0"]["state"] == "begun"
    [left] = found.postponed
    assert left["opens"] == "2026-11-24 20:00:00.000Z"
    assert left["reason"].startswith(
        "What an earlier attempt has begun is completed. b was not begun, and waits: The change window is closed."
    )
    assert found.to_dict()["later"] == {"s0": ["b"]}


def test_where_all_was_begun_nothing_waits_and_where_nothing_was_all_does() -> None:
    whole, none = gate(host(a=WRITTEN, b=PLANNED)), gate(host(a={}, b={}))
    assert (whole.now, whole.later, whole.postponed) == (["s0"], {}, [])
    assert (none.now, none.later, len(none.postponed)) == ([], {}, 1)


def test_what_waits_for_a_window_that_never_opens_needs_a_person() -> None:
    found = gate(host(a=WRITTEN, b={}), **NEVER)
    assert (found.now, found.later, found.postponed) == (["s0"], {"s0": ["b"]}, [])
    assert "b was not begun, and waits: " in found.blocked[0]["reason"]


def test_without_its_ticket_nothing_is_completed() -> None:
    found = gate(host(a=WRITTEN, b={}), **SHUT, change_window_ticket_required=True)
    assert (found.now, found.later, len(found.blocked)) == ([], {}, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        # It hides that the ticket is missing.
        {"change_window_ticket_required": True, "change_window_override": "yes"},
        {"change_window_ticket": "CHG1", "change_window_ticket_pattern": "("},
        {"change_window_windows": "nightly"},
    ],
)
def test_with_a_wrong_setting_nothing_is_completed(wrong: dict[str, Any]) -> None:
    found = gate(host(a=WRITTEN, b={}), **{**SHUT, **wrong})
    assert (found.now, found.later, found.windows["s0"]["state"]) == ([], {}, "wrong")


def test_rehearsal_leaves_no_cursor_out_and_tells_what_would_wait() -> None:
    found = gate(host(a=WRITTEN, b={}), rehearsal=True)
    assert (found.selected, found.later, len(found.postponed)) == (["s0"], {}, 1)


def test_open_window_lets_all_of_it_through() -> None:
    found = gate(host(a=WRITTEN, b={}), change_window_needs="0s")
    assert (found.now, found.later, found.postponed) == (["s0"], {}, [])
