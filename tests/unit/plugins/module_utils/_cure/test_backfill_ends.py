# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a backfill leaves an instance, without a server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import FaultError
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.module_utils._cure import backfill as _backfill
from ansible_collections.campaign.classic.plugins.module_utils._cure.backfill import INTERRUPTED
from ansible_collections.campaign.classic.plugins.module_utils._cure.backfill_model import Window
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import Baseline
from tests.helpers.backfills import BACK, GOOD, LATER, backfill, ends, moving, raising, run_end
from tests.helpers.cure_world import CURSOR
from tests.helpers.cursors import DAY, NOW, ago, workflow

STOP = Interrupted("SIGTERM")


def test_what_is_not_put_back_nor_started_is_said_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    there = moving(backfill(changed=True))
    monkeypatch.setattr(there.actions, "restore", raising(FaultError("One.", next_step="Look.")))
    monkeypatch.setattr(there.actions, "leave_as_found", raising(FaultError("Two.", next_step="Look.")))
    assert there._put_back() == (
        "",
        ["Putting the cursor back failed: One.", "Starting the workflow again failed: Two."],
    )
    assert there.result.after == BACK


def test_what_was_never_read_of_a_window_leaves_the_cursor_as_it_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    there = moving(backfill(changed=True))
    there.course.update_move(CURSOR, after=None)
    monkeypatch.setattr(there.actions, "restore", lambda _option: "old")
    monkeypatch.setattr(there.actions, "leave_as_found", lambda: None)
    assert (there._put_back(), there.result.after) == (("old", []), GOOD)


def test_a_run_on_the_last_good_cursor_is_woken_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    there, asked = backfill(), dict[str, Any]()
    baseline = Baseline(workflow(11), frozenset())
    monkeypatch.setattr(there.actions, "baseline", lambda: baseline)
    monkeypatch.setattr(there.actions, "verify_timeout", lambda given: 60.0 if given == (workflow(11), NOW) else 0.0)

    def ran(given: Any, **more: Any) -> Any:
        asked.update(more, given=given)
        return run_end()

    monkeypatch.setattr(there.actions.watch, "run_end", ran)
    monkeypatch.setattr(there.actions, "read", lambda _option: SimpleNamespace(cursor_value=LATER))
    assert there._prove(GOOD) == []
    assert asked["done"]()
    assert (asked["given"], asked["timeout"], asked["wake"]) == (baseline, 60.0, True)
    assert asked["what"] == "a run on the last good cursor"


def test_an_interrupt_starts_the_workflow_within_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []
    for left, seconds in ((4.5, 4.5), (None, 0.0)):
        there = backfill(Window(ago(DAY)))
        monkeypatch.setattr(_backfill, "current", lambda left=left: SimpleNamespace(left=lambda: left))
        monkeypatch.setattr(there.actions, "start_again", given.append)
        there._interrupted(STOP)
        assert given.pop() == seconds


@pytest.mark.parametrize(("windows", "reason"), [([INTERRUPTED, "planned"], "was last seen"), ([], "No window")])
def test_an_interrupted_window_among_others_is_one(
    monkeypatch: pytest.MonkeyPatch, windows: list[str], reason: str
) -> None:
    there = backfill(*(Window(ago(DAY), outcome=outcome) for outcome in windows))
    monkeypatch.setattr(there.actions, "start_again", lambda _seconds: None)
    there._interrupted(STOP)
    assert reason in there.result.reason


def test_why_the_workflow_is_not_started_is_said_without_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)))
    monkeypatch.setattr(there.actions, "start_again", raising(FaultError("No.", next_step="Look.")))
    there._interrupted(STOP)
    assert "Starting the workflow again failed: No. The cursor" in there.result.reason


def test_several_problems_are_said_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    there = moving(backfill(changed=True))
    monkeypatch.setattr(there, "_put_back", lambda: ("old", ["One.", "Two."]))
    assert ends(there._give_up, GOOD, "It failed.")[1].startswith("It failed. One. Two. The last good cursor")


@pytest.mark.parametrize(
    ("stands", "problems", "said"),
    [
        ("old", [], "It failed. Somebody has paused or stopped the workflow meanwhile. The last good cursor"),
        ("other", [], "It failed. Somebody else, or the workflow, moved the cursor to"),
        ("old", ["One."], "It failed. One. The last good cursor"),
    ],
)
def test_workflow_that_somebody_has_stopped_is_left_to_him_where_all_is_put_back(
    monkeypatch: pytest.MonkeyPatch, stands: str, problems: list[str], said: str
) -> None:
    there = moving(backfill(changed=True))
    there.course.update(stopped_by_others=True)
    monkeypatch.setattr(there, "_put_back", lambda: (stands, problems))
    monkeypatch.setattr(there, "_prove", raising(AssertionError()))
    outcome, reason = ends(there._give_up, GOOD, "It failed.")
    assert (outcome, reason[: len(said)]) == ("pending" if problems else "kept", said)


def test_nothing_is_listed_where_nobody_knows_what_is_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)))
    there.result.outcome, there.result.covered = "partial", None
    there._list_affected()
    assert (there.result.affected, there.result.deliveries) == (None, None)
