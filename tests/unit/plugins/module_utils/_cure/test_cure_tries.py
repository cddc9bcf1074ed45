# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several accounts, a text that names none, and equally old cursors: what an account that is not slow has to fetch is
fetched, whichever it is."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted, interruptible
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureResult
from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import Plan
from tests.helpers.cure_world import PREFIX, START, Killed, World, at, attempt_for
from tests.helpers.several_accounts import (
    EACH,
    OLD_TIME,
    POSITIONS,
    accounts,
    actions,
    ends,
    fetched,
    plans,
    too_slow_for_a_day,
)
from tests.helpers.unfinished_cures import fail_second_look, tell_to_end, told


@pytest.mark.parametrize("switches", POSITIONS, ids=lambda switches: " ".join(switches.values()))
@pytest.mark.parametrize(("names", "slow"), [("az", "a"), ("az", "z"), ("za", "z"), ("az", "az"), ("za", "az")])
def test_nothing_is_lost_of_an_account_that_is_not_slow(names: str, slow: str, switches: Mapping[str, str]) -> None:
    with accounts(names, slow, **switches) as there:
        result = there.cure("mkt", plans=plans(there, names))
        assert result.outcome in ("cured", "cured_with_warnings"), result.reason
        assert all(there.cursor("mkt", PREFIX + name) > START for name in names)
        # Of a slow one, what lies between its old value and the new one is skipped.
        assert fetched(there) == EACH * (len(names) - len(slow))
        assert {name for name, end in ends(result).items() if end != "unchanged"} == set(slow)
        assert there.row("mkt")["state"] == 11


@pytest.mark.parametrize("on_error", ["stop", "ignore"])
def test_cursor_that_was_moved_in_vain_says_so_and_is_moved_by_the_workflow(on_error: str) -> None:
    with accounts("az", "z", on_error=on_error) as there:
        result = there.cure("mkt", plans=plans(there, "az"))
        assert ends(result) == {"a": "unchanged", "z": "cured"}, result.reason
        first, second = result.moves
        assert first.reason.startswith(
            "It was moved for nothing, and its old value was put back. Nothing to do any more: "
        )
        # A rollback of this run has nothing to put back there.
        assert (first.written, second.written is not None) == (None, True)
        assert (actions(result).count("write"), actions(result).count("restore")) == (2, 1)


def test_only_as_many_are_moved_as_are_slow_among_three() -> None:
    with accounts("abc", "ac") as there:
        result = there.cure("mkt", plans=plans(there, "abc"))
        assert ends(result) == {"a": "cured", "b": "unchanged", "c": "cured"}, result.reason
        assert fetched(there) == EACH
        # a, b, c; then c with a.
        assert actions(result).count("failed") == 3


def test_where_nothing_helps_all_are_put_back() -> None:
    with accounts("az", "az") as there:
        planned = plans(there, "az")
        too_slow_for_a_day(there, "az")
        result = there.cure("mkt", plans=planned)
        assert ends(result) == {"a": "restored", "z": "restored"}, result.reason
        assert there.cursor("mkt", PREFIX + "a") == there.cursor("mkt", PREFIX + "z") == OLD_TIME
        assert actions(result).count("failed") == 3
        assert there.row("mkt")["state"] == 11


def test_what_was_moved_as_a_guess_is_put_back_where_the_others_cannot_be_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fail_second_look(monkeypatch)
    with accounts("az", "z") as there:
        result = there.cure("mkt", plans=plans(there, "az"))
        assert ends(result) == {"a": "restored", "z": "refused"}, result.reason
        assert "The other cursors could not be looked at: Reading failed." in result.moves[0].reason
        assert there.cursor("mkt", PREFIX + "a") == OLD_TIME
        assert there.row("mkt")["state"] == 11


def test_account_that_the_text_names_is_moved_at_once() -> None:
    with accounts("az", "z", timeout_text="timed_out") as there:
        result = there.cure("mkt", plans=plans(there, "az"))
        assert ends(result) == {"a": "unchanged", "z": "cured"}, result.reason
        assert result.moves[0].reason.startswith("Nothing to do any more")
        assert fetched(there) == EACH
        assert there.writes("mkt") == ["Write", "Stop", "Start", "Wakeup"]


def test_value_that_somebody_else_writes_before_it_is_put_back_is_left_to_him() -> None:
    with accounts("az", "z") as there:
        theirs = "2026-11-21T00:00:00Z"
        at(there, "Stop", lambda: there.sim.set_option("mkt", PREFIX + "a", theirs), nth=2)
        result = there.cure("mkt", plans=plans(there, "az"))
        assert ends(result) == {"a": "kept", "z": "refused"}, result.reason
        assert there.cursor("mkt", PREFIX + "a") == datetime(2026, 11, 21, tzinfo=UTC)
        assert there.cursor("mkt", PREFIX + "z") == OLD_TIME
        assert there.row("mkt")["state"] == 11


def test_cursor_of_the_second_that_is_gone_leaves_the_first_put_back() -> None:
    with accounts("az", "z") as there:
        at(there, "Write", lambda: there.sim.set_option("mkt", PREFIX + "z", "2026-11-06T00:00:00Z"), nth=2)
        result = there.cure("mkt", plans=plans(there, "az"))
        assert ends(result) == {"a": "restored", "z": "refused"}, result.reason
        assert result.moves[0].reason == (
            "It was moved for nothing, and its old value was put back. The cure ended then."
        )
        assert there.cursor("mkt", PREFIX + "a") == OLD_TIME
        assert there.row("mkt")["state"] == 11


def disturbed(there: World, planned: list[Plan], number: int, how: str) -> CureResult | None:
    """The cure that is told to end at this call, or killed there; None where nothing is left of it to tell."""

    def kill(_method: str) -> None:
        if next(counted) == number:
            raise Killed

    counted = itertools.count(1)
    if how == "killed":
        there.before = kill
    else:
        tell_to_end(there, number, after=how == "told after")
    try:
        with interruptible(pass_on=False):
            return there.cure("mkt", plans=planned)
    except (Interrupted, Killed):
        return None
    finally:
        there.before = there.after = lambda _method: None


@pytest.mark.parametrize("how", ["told before", "told after", "killed"])
def test_cure_that_breaks_off_while_it_tries_loses_nothing_and_is_resumed(how: str) -> None:
    with accounts("az", "z") as there:
        there.cure("mkt", plans=plans(there, "az"))
        calls = [name.partition("#")[2] for name in there.calls("mkt")]
    second_try = calls.index("Stop", calls.index("Stop") + 1)
    for number in range(second_try, len(calls) + 1, 2):
        with accounts("az", "z") as there:
            planned, began = plans(there, "az"), there.now()
            first = disturbed(there, planned, number, how)
            there.sleep(60)
            if first is None or first.outcome != "cured":
                assert first is None or first.outcome in ("pending", "restored", "refused"), (number, first.reason)
                known = {} if first is None else told(first)
                second = there.cure("mkt", plans=planned, attempts=[attempt_for(began, planned, **known)])
                assert second.outcome in ("cured", "unchanged"), (number, first and first.reason, second.reason)
            assert fetched(there) == EACH, number
            assert there.row("mkt")["state"] == 11
