# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a change window is asked for: never less than the change may take when each of its waits takes its whole
timeout."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cure.budget import (
    Timeouts,
    backfill_seconds,
    cure_seconds,
    restart_seconds,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.turns import MOST_TRIES, Tries
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import Watch
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor import SYNC_CURSOR_INFO
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import Workflow
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.needs import (
    backfill_needs,
    cure_needs,
    proof_seconds,
)
from tests.helpers.cure_world import PREFIX, START, WORKFLOW
from tests.helpers.several_accounts import POSITIONS, accounts, actions, plans, too_slow_for_a_day
from tests.unit.plugins.module_utils._cure.test_backfill import backfill, healthy_world

LIMITS = Timeouts(order=10, verify=60)
Waited = Callable[[], float]


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> Waited:
    """What all waits together would have taken, had each of them taken its whole timeout: each that did not find at
    its first look what it waits for."""
    timeouts: list[float] = []
    poll = Watch._poll

    def counted(watch: Watch, look: Callable[[Workflow], Any], *, timeout: float, **more: Any) -> Any:
        looks: list[Any] = []

        def seen(row: Workflow) -> Any:
            looks.append(look(row))
            return looks[-1]

        try:
            return poll(watch, seen, timeout=timeout, **more)
        finally:
            # The looks after a lost answer are none of the waits: they end after seconds.
            timeouts.append(timeout if looks[:1] == [None] and not more.get("waits") else 0.0)

    monkeypatch.setattr(Watch, "_poll", counted)
    return lambda: sum(timeouts)


# -- cures -------------------------------------------------------------------------------------------------------------


def test_each_run_has_a_stop_a_start_and_a_proof_and_all_is_put_back_once() -> None:
    alone, two = Tries(1, named=False, several=False), Tries(2, named=False, several=True)
    assert cure_seconds(alone, LIMITS) == 2 * 20 + 60
    assert cure_seconds(alone, LIMITS, confirm=True) == 2 * 20 + 2 * 60
    assert cure_seconds(alone, Timeouts(order=10, verify=60, force=True)) == 2 * 30 + 60
    assert cure_seconds(alone, Timeouts(order=10, verify=60, ask=5)) == 2 * 20 + 60 + 5
    # A run that is on is waited for, before the first order and before the run as it stands.
    assert cure_seconds(two, LIMITS) == 5 * 20 + 6 * 60
    assert cure_seconds(two, Timeouts(order=10, verify=60, ask=5)) == 5 * 20 + 6 * 60 + 5 * 2 * 5
    assert cure_seconds(Tries(2, named=True, several=True), LIMITS) == 3 * 20 + 3 * 60


@pytest.mark.parametrize("switches", POSITIONS, ids=lambda switches: " ".join(switches.values()))
@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_cure_waits_longer_than_its_window_was_asked_for(
    number: int, seed: int, switches: dict[str, str], waited: Waited
) -> None:
    chance = random.Random(f"{number} {seed} {switches}")
    names = "abcd"[:number]
    slow = "".join(chance.sample(names, chance.randint(1, number)))
    given: dict[str, Any] = {"order_timeout": chance.choice([60.0, 300.0]), "confirm": chance.random() < 0.5}
    # A gateway's answer names no account, and a timeout does.
    text, on_error = chance.choice(["gateway", "timed_out"]), chance.choice(["stop", "ignore"])
    with accounts(names, slow, on_error=on_error, timeout_text=text, **switches) as there:
        planned = plans(there, names)
        if chance.random() < 0.7:
            too_slow_for_a_day(there, slow)
        diagnosis = there.ask("mkt", SYNC_CURSOR_INFO, ask_mid="never", remediate_after="7d").result
        verify = chance.choice([None, 200.0])
        needs = cure_needs(diagnosis, verify_timeout=verify, **given)
        # As the role gives it to a task whose change window closes.
        proof = proof_seconds(diagnosis, WORKFLOW) if verify is None else verify
        result = there.cure("mkt", plans=planned, verify_timeout=proof, **given)
        assert there.passed <= waited() <= needs, (slow, actions(result))


def test_four_accounts_of_which_nothing_is_told_take_all_tries(waited: Waited) -> None:
    with accounts("abcd", "abcd") as there:
        planned = plans(there, "abcd")
        too_slow_for_a_day(there, "abcd")
        diagnosis = there.ask("mkt", SYNC_CURSOR_INFO, ask_mid="never", remediate_after="7d").result
        result = there.cure("mkt", plans=planned, order_timeout=60, verify_timeout=200)
        assert actions(result).count("failed") == MOST_TRIES
        assert waited() <= cure_needs(diagnosis, order_timeout=60, verify_timeout=200) < waited() + 1000
        assert all(there.cursor("mkt", PREFIX + name) < START - timedelta(days=10) for name in "abcd")


# -- backfills ---------------------------------------------------------------------------------------------------------


def test_each_window_has_a_wait_and_a_run_and_the_last_good_cursor_is_put_back_once() -> None:
    assert backfill_seconds(2, LIMITS, max_run=30) == 2 * 70 + 30 + 60
    assert backfill_seconds(2, LIMITS, max_run=300) == 2 * 310 + 30 + 60
    assert backfill_seconds(1, Timeouts(order=10, verify=60, ask=5), max_run=30) == 70 + 30 + 60 + 5


@pytest.mark.parametrize("seed", range(8))
def test_no_backfill_waits_longer_than_its_window_was_asked_for(seed: int, waited: Waited) -> None:
    chance = random.Random(seed)
    windows = chance.choice([["1d"], ["1d", "7d"], ["2d", "1d", "3d"]])
    given: dict[str, Any] = {
        "max_window": chance.choice(["1d", "5d", "20d"]),
        "max_run": chance.choice(["30s", "5m", "30m"]),
        "order_timeout": chance.choice([60.0, 300.0]),
    }
    verify = None if seed % 2 else chance.choice([20.0, 200.0, 900.0])
    age = timedelta(minutes=5) if chance.random() < 0.5 else timedelta(hours=2)
    # The mid can serve all that is asked for, or the last windows fail.
    with healthy_world(seconds_per_row=chance.choice([0.01, 0.3]), age=age) as there:
        diagnosis = there.ask("mkt", SYNC_CURSOR_INFO, ask_mid="never").result
        needs = backfill_needs(windows, diagnosis, workflow=WORKFLOW, verify_timeout=verify, **given)
        proof = proof_seconds(diagnosis, WORKFLOW) if verify is None else verify
        answer = backfill(there, windows=windows, verify_timeout=proof, **given)
        assert answer.result["outcome"] in ("partial", "complete"), answer.result["reason"]
        assert there.passed <= waited() <= needs, answer.result["windows"]


def test_an_appended_window_whose_run_fails_takes_almost_all_that_is_asked_for(waited: Waited) -> None:
    given: dict[str, Any] = {"max_window": "20d", "max_run": "30m", "order_timeout": 60.0}
    with healthy_world(seconds_per_row=0.3) as there:
        diagnosis = there.ask("mkt", SYNC_CURSOR_INFO, ask_mid="never").result
        answer = backfill(there, windows=["1d", "2d"], **given, verify_timeout=proof_seconds(diagnosis, WORKFLOW))
        assert [window["outcome"] for window in answer.result["windows"]] == ["fetched", "fetched", "failed"]
        needs = backfill_needs(["1d", "2d"], diagnosis, workflow=WORKFLOW, **given)
        # No run was on before a window, and the stop was not late.
        assert waited() <= needs <= waited() + 4 * 60 + 1


# -- restarts ----------------------------------------------------------------------------------------------------------


def test_a_restart_waits_for_the_order_before_it_for_both_of_its_own_and_for_a_run() -> None:
    assert restart_seconds(LIMITS) == 3 * 10 + 60
