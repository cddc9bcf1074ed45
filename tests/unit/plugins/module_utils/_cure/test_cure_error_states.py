# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an error takes the workflow (campaign_facts, unknown 23), and runs that follow each other without a pause."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cure.preflight import Preflight
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Diagnosis
from tests.helpers.cure_world import PREFIX, START, WORKFLOW
from tests.helpers.several_accounts import EACH, OLD_TIME, accounts, actions, ends, fetched, plans, too_slow_for_a_day

#: With a workflow that an error stops, a cure needs the permission to start one that stands still.
STATES: dict[str, dict[str, Any]] = {"paused": {}, "pausing": {}, "stopped": {"start_stopped": True}}


@pytest.mark.parametrize(("state", "given"), STATES.items(), ids=STATES)
@pytest.mark.parametrize(("names", "slow"), [("az", "z"), ("za", "az")])
def test_of_several_accounts_the_slow_ones_alone_are_moved(
    names: str, slow: str, state: str, given: dict[str, Any]
) -> None:
    with accounts(names, slow, error_state=state) as there:
        result = there.cure("mkt", plans=plans(there, names), **given)
        assert {name for name, end in ends(result).items() if end != "unchanged"} == set(slow), result.reason
        assert all(there.cursor("mkt", PREFIX + name) > START for name in names)
        assert fetched(there) == EACH * (len(names) - len(slow))
        assert there.row("mkt")["state"] == 11


@pytest.mark.parametrize(("state", "given"), STATES.items(), ids=STATES)
@pytest.mark.parametrize("names", ["a", "az"])
def test_where_moving_does_not_help_the_old_values_are_put_back(names: str, state: str, given: dict[str, Any]) -> None:
    with accounts(names, names, error_state=state) as there:
        planned = plans(there, names)
        too_slow_for_a_day(there, names)
        result = there.cure("mkt", plans=planned, **given)
        assert set(ends(result).values()) == {"restored"}, result.reason
        assert all(there.cursor("mkt", PREFIX + name) == OLD_TIME for name in names)
        # What was found stopped is left so.
        assert there.row("mkt")["state"] == (20 if state == "stopped" else 11)


def test_workflow_that_an_error_has_stopped_is_left_to_whoever_may_start_it() -> None:
    """Without the permission nobody knows whether a person has stopped it; what was moved is put back."""
    with accounts("az", "z", error_state="paused") as there:
        planned = plans(there, "az")
        there.sim.change("mkt", switches={"error_state": "stopped"})
        result = there.cure("mkt", plans=planned)
        assert ends(result) == {"a": "restored", "z": "refused"}, result.reason
        assert there.cursor("mkt", PREFIX + "a") == there.cursor("mkt", PREFIX + "z") == OLD_TIME
        assert there.row("mkt")["state"] == 20


@pytest.mark.parametrize("verify_timeout", [None, 14400.0])
def test_runs_that_last_longer_than_their_period_are_told_from_each_other(verify_timeout: float | None) -> None:
    """Each failed run of a workflow that ignores errors is followed by the next one at once: a process is always on."""
    with accounts("az", "z", on_error="ignore", minutes=11, warm_up=50) as there:
        planned = plans(there, "az")
        result = there.cure("mkt", plans=planned, verify_timeout=verify_timeout)
        assert ends(result) == {"a": "unchanged", "z": "cured"}, result.reason
        assert fetched(there) == EACH


def test_single_account_of_such_a_workflow_is_put_back_after_its_first_run() -> None:
    with accounts("a", "a", on_error="ignore", minutes=11, warm_up=50) as there:
        planned = plans(there, "a")
        too_slow_for_a_day(there, "a")
        result = there.cure("mkt", plans=planned, verify_timeout=14400.0)
        assert ends(result) == {"a": "restored"}, result.reason
        assert there.cursor("mkt", PREFIX + "a") == OLD_TIME
        assert actions(result).count("failed") == 1


@pytest.mark.parametrize(("order", "state"), [("Stop", 20), ("Pause", 13)])
def test_order_of_somebody_right_after_a_look_is_waited_for_and_the_guess_is_put_back(
    order: str, state: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, seen = Preflight.look, list[int]()
    with accounts("az", "z", on_error="ignore") as there:

        def and_then(preflight: Preflight) -> list[Diagnosis]:
            found = look(preflight)
            seen.append(1)
            if len(seen) == 2:
                there.sim.order("mkt", WORKFLOW, order)
            return found

        monkeypatch.setattr(Preflight, "look", and_then)
        result = there.cure("mkt", plans=plans(there, "az"))
        assert ends(result) == {"a": "restored", "z": "refused"}, result.reason
        assert there.cursor("mkt", PREFIX + "a") == there.cursor("mkt", PREFIX + "z") == OLD_TIME
        assert there.row("mkt")["state"] == state
