# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person repairs another account, or pauses the workflow, in the course of a cure: nothing is skipped for that, and
nothing is started that is theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import attempts_of
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.outcomes import HEALTHY_AFTER
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.attempt import as_option
from tests.helpers.cure_world import PREFIX, WORKFLOW, World, attempt_for, plan_for
from tests.helpers.several_accounts import (
    EACH,
    OLD,
    OLD_TIME,
    accounts,
    actions,
    at_the_second_look,
    ends,
    fetched,
    plans,
)

YESTERDAY = "2026-11-22T00:00:00Z"


def calls_of(there: World, before: Callable[[int], None]) -> list[str]:
    """The calls of a cure of both, each of which ``before`` is told of by its number."""
    calls: list[str] = []

    def called(method: str) -> None:
        before(len(calls))
        calls.append(method.partition("#")[2])

    there.before = called
    result = there.cure("mkt", plans=plans(there, "za"))
    there.before = lambda _method: None
    assert result.outcome in HEALTHY_AFTER, result.reason
    return calls


@pytest.mark.parametrize("on_error", ["stop", "ignore"])
@pytest.mark.parametrize("when", ["Write", "Stop", "last look"])
def test_what_somebody_repairs_before_the_run_begins_needs_nothing_of_another_account(on_error: str, when: str) -> None:
    """z makes the runs fail, and is repaired while a is being moved: a is put back, and nothing of it is skipped."""
    with accounts("za", "z", on_error=on_error) as there:
        undisturbed = calls_of(there, lambda _number: None)
    start = undisturbed.index("Start")
    moment = start - 1 if when == "last look" else undisturbed.index(when)

    def repair(number: int) -> None:
        if number == moment:
            there.sim.set_option("mkt", PREFIX + "z", YESTERDAY)

    with accounts("za", "z", on_error=on_error) as there:
        calls = calls_of(there, repair)
        assert calls.index("Start") > start, "a was put back before the start"
        assert fetched(there) == EACH
        assert there.cursor("mkt", PREFIX + "a") > OLD_TIME and there.row("mkt")["state"] == 11


@pytest.mark.parametrize("hours", [0, 3, 26])
@pytest.mark.parametrize("on_error", ["stop", "ignore"])
def test_what_somebody_repairs_during_a_run_is_run_without_the_guess(
    monkeypatch: pytest.MonkeyPatch, hours: int, on_error: str
) -> None:
    """It may look healthy at once, or as if the run had moved it; and the guess is no less one because of that."""
    with accounts("za", "z", on_error=on_error) as there:

        def repair() -> None:
            there.sim.set_option("mkt", PREFIX + "z", format_datetime(there.now() - timedelta(hours=hours)))

        at_the_second_look(monkeypatch, repair)
        result = there.cure("mkt", plans=plans(there, "za"))
        assert ends(result)["a"] in ("unchanged", "restored"), result.reason
        assert actions(result).count("restore") == 1
        there.sleep(3600)
        assert fetched(there) == EACH and there.row("mkt")["state"] == 11


def test_a_run_that_began_before_somebody_has_repaired_another_account_is_no_proof() -> None:
    """It is waited for, and the next one is judged."""
    with accounts("za", "z", on_error="ignore") as there:
        planned = plans(there, "a")
        while not there.row("mkt")["processId"]:
            there.sleep(5)
        there.sleep(5)
        there.sim.set_option("mkt", PREFIX + "z", YESTERDAY)
        result = there.cure("mkt", plans=planned)
        assert ends(result) == {"a": "unchanged"}, result.reason
        assert "Write" not in there.writes("mkt") and fetched(there) == EACH


def test_a_guess_that_an_earlier_attempt_has_left_is_put_back_where_somebody_has_repaired_another_account() -> None:
    with accounts("za", "z") as there:
        planned = plans(there, "a")
        started = there.now()
        first = there.cure("mkt", plans=plans(there, "za"), verify_timeout=1)
        assert ends(first)["a"] == "pending" and there.cursor("mkt", PREFIX + "a") > OLD_TIME, first.reason
        there.sleep(1800)
        assert there.row("mkt")["failed"], "its run has failed, since z is too slow"
        there.sim.set_option("mkt", PREFIX + "z", YESTERDAY)
        written = {move.option: move.written for move in first.moves if move.written}
        earlier = attempt_for(started, planned, outcome="pending", written=written, writes=5, left_stopped=False)
        result = there.cure("mkt", plans=planned, attempts=[earlier])
        assert ends(result) == {"a": "unchanged"}, result.reason
        assert actions(result)[:4] == ["stop", "restore", "run", "start"] and fetched(there) == EACH


def test_what_somebody_repairs_while_the_account_is_put_out_of_use_needs_nothing_of_another() -> None:
    with accounts("za", "z") as there:
        there.sim.change("mkt", accounts={"z": {"active": False}})
        result = there.cure("mkt", plans=plans(there, "a"))
        assert ends(result) == {"a": "unchanged"}, result.reason
        assert "Write" not in there.writes("mkt") and fetched(there) == EACH


@pytest.mark.parametrize(("order", "state", "outcome"), [("Stop", 20, "pending"), ("Pause", 13, "restored")])
def test_workflow_that_somebody_stops_or_pauses_in_a_run_is_left_so(order: str, state: int, outcome: str) -> None:
    """The old value is put back where the run is seen to have failed."""
    with accounts("z", "z", on_error="ignore") as there:

        def interfere() -> None:
            if "Wakeup" in there.writes("mkt") and there.row("mkt")["processId"]:
                there.meanwhile = lambda: None
                there.sim.order("mkt", WORKFLOW, order)

        there.meanwhile = interfere
        too_far = plan_for("mkt", option=PREFIX + "z", account="z", old_value=OLD, lookback_seconds=10 * 86400)
        result = there.cure("mkt", plans=[too_far], verify_timeout=600)
        assert (result.outcome, there.row("mkt")["state"]) == (outcome, state), result.reason
        assert there.writes("mkt").count("Start") == 1


def test_a_run_as_it_stands_that_lasts_too_long_is_not_repeated_by_the_next_cure() -> None:
    """z was put out of use long ago, and stands beside a, because of which the runs fail."""
    with accounts("za", "a", on_error="ignore") as there:
        there.sim.change("mkt", accounts={"z": {"active": False}})
        planned, started = plans(there, "a"), there.now()
        first = there.cure("mkt", plans=planned, verify_timeout=1)
        assert first.outcome == "pending" and "run" in actions(first), first.reason
        there.sleep(3600)
        record = {
            "run_id": "r1",
            "started": format_datetime(started),
            "state": "ended",
            "kind": "cure",
            "intent": {},
            "cursors": [{"option": plan.option, "old_value": str(plan.old_value)} for plan in planned],
            "result": {**first.to_dict(), "calls": {"writes": 1}},
        }
        result = there.cure("mkt", plans=planned, attempts=attempts_of([as_option(record)]))
        assert ends(result) == {"a": "cured"} and "run" not in actions(result), result.reason


def test_a_run_as_it_stands_that_is_interrupted_is_not_repeated_by_every_cure() -> None:
    """A job whose time is over ends it: what it has begun is told, so that the next one goes on."""
    with accounts("za", "a") as there:
        there.sim.change("mkt", accounts={"z": {"active": False}})

        def end() -> None:
            if "Wakeup" in there.writes("mkt"):
                there.meanwhile = lambda: None
                raise Interrupted("Stopped by a signal.")

        there.meanwhile = end
        result = there.cure("mkt", plans=plans(there, "a"))
        assert (result.outcome, actions(result)[-1]) == ("pending", "wakeup"), result.reason
        assert "Run the same again" in result.reason and "Write" not in there.writes("mkt")


def test_an_account_that_somebody_disables_during_a_run_is_run_without_the_guess(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with accounts("zab", "z") as there:
        at_the_second_look(monkeypatch, lambda: there.sim.change("mkt", accounts={"z": {"active": False}}))
        result = there.cure("mkt", plans=plans(there, "zab"))
        assert ends(result) == {"a": "unchanged", "b": "unchanged", "z": "refused"}, result.reason
        assert fetched(there) == 2 * EACH
