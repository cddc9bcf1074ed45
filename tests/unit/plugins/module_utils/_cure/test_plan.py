# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ConflictError, ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import LONGEST_DURATION
from ansible_collections.campaign.classic.plugins.module_utils._cure.clocks import Clock, Clocks
from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import (
    STRATEGIES,
    Plan,
    drift,
    fleet_digest,
    is_written,
    make_plan,
)
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import ResumePoint
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Thresholds, Verdict, judge
from tests.helpers.cursors import (
    DAY,
    KIND,
    NIGHTLY,
    NOW,
    TIMEOUT,
    YEARS,
    account,
    ago,
    cursor,
    failed_cursor,
    line,
    option,
)

T = Thresholds()
STUCK = judge(failed_cursor(YEARS, line(600, TIMEOUT)), T)


def plan(**changes: Any) -> Plan:
    known: dict[str, Any] = {
        "instance": "mkt1",
        "workflow": KIND.workflow,
        "option": f"{KIND.prefix}mid1",
        "account": "mid1",
        "old_value": "2020-03-01 10:00:00.000Z",
        "strategy": "lookback",
        "lookback_seconds": DAY,
        **changes,
    }
    return Plan(**known)


def explicit(value: str, **changes: Any) -> Plan:
    return plan(strategy="explicit", lookback_seconds=None, explicit_value=value, **changes)


#: SHA-256 of the canonical text of plan().
DIGEST = "a2306235f0dc356340cba1277e1acc05deb0f00a4db449437f668e93d3f543f3"
NOW_PLAN: dict[str, Any] = {"strategy": "now", "lookback_seconds": None}


# -- what a plan may be -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"instance": ""},
        {"workflow": ""},
        {"option": None},
        {"account": None},
        {"old_value": ""},
        {"old_value": "2020"},
        {"old_value": "2020-03-01 10:00:00"},
        {"strategy": "guess"},
        {"strategy": None},
        {"lookback_seconds": None},
        {"lookback_seconds": -1},
        {"lookback_seconds": 1.5},
        {"lookback_seconds": True},
        {"lookback_seconds": LONGEST_DURATION + 1},
        {"strategy": "now"},
        {"strategy": "explicit"},
        {"explicit_value": "2026-11-23 10:00:00Z"},
        {"allow_backwards": "yes"},
        {"strategy": "explicit", "lookback_seconds": None, "explicit_value": "today"},
    ],
)
def test_plan_that_cannot_be_right_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        plan(**wrong)


@pytest.mark.parametrize("right", [{"account": ""}, {"lookback_seconds": 0}, {"lookback_seconds": LONGEST_DURATION}])
def test_plan_at_the_edge_of_what_can_be_right_is_one(right: dict[str, Any]) -> None:
    assert plan(**right).digest


# -- the new value ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, ago(DAY)), ({"lookback_seconds": 0}, NOW), ({"lookback_seconds": 90}, ago(90)), (NOW_PLAN, ago(600))],
)
def test_new_value_is_reckoned_from_the_clock(changes: dict[str, Any], expected: datetime) -> None:
    assert plan(**changes).target(Clocks(NOW)) == expected
    later = NOW + timedelta(hours=9)
    assert plan(**changes).target(Clocks(later)) == expected + timedelta(hours=9)


def test_explicit_value_does_not_depend_on_the_clock() -> None:
    wanted = explicit("2026-11-20T02:00:00.750+02:00")
    for clock in (NOW, NOW + timedelta(days=9)):
        assert wanted.target(Clocks(clock)) == datetime(2026, 11, 20, tzinfo=UTC)


def test_new_value_has_whole_seconds_in_utc() -> None:
    clock = NOW.astimezone(timezone(timedelta(hours=5))) + timedelta(milliseconds=999)
    found = plan().target(Clocks(clock))
    assert (found, found.microsecond, found.utcoffset()) == (ago(DAY), 0, timedelta(0))


@pytest.mark.parametrize(("seconds", "allowed"), [(-1, True), (0, True), (1, False)])
def test_explicit_value_must_not_lie_in_the_future_of_the_server(seconds: int, allowed: bool) -> None:
    wanted = explicit((NOW + timedelta(seconds=seconds)).isoformat())
    if allowed:
        assert wanted.target(Clocks(NOW)) == NOW + timedelta(seconds=seconds)
    else:
        with pytest.raises(ValidationError, match="future"):
            wanted.target(Clocks(NOW))


@pytest.mark.parametrize(
    ("value", "backwards", "allowed"),
    [
        ("2020-03-01 10:00:01Z", False, True),
        ("2020-03-01 10:00:00Z", False, False),
        ("2020-03-01 09:59:59Z", False, False),
        ("2020-03-01 09:59:59Z", True, True),
        ("2020-03-01 10:00:00Z", True, False),
    ],
)
def test_explicit_value_must_be_later_than_the_old_one_unless_backwards_is_allowed(
    value: str, backwards: bool, allowed: bool
) -> None:
    wanted = explicit(value, allow_backwards=backwards, old_value="2020-03-01 10:00:00.900Z")
    if allowed:
        assert wanted.target(Clocks(NOW)).isoformat(" ").startswith(value[:-1])
    else:
        with pytest.raises(ValidationError, match="not later than the old one"):
            wanted.target(Clocks(NOW))


@pytest.mark.parametrize(
    "changes",
    [
        {"lookback_seconds": 10 * DAY},
        {"lookback_seconds": 10 * DAY + 1},
        {"lookback_seconds": 10 * DAY + 1, "allow_backwards": True},
    ],
)
def test_lookback_must_end_after_the_old_value(changes: dict[str, Any]) -> None:
    old = "2026-11-13 12:00:00.000Z"
    with pytest.raises(ValidationError, match="shorter lookback"):
        plan(old_value=old, **changes).target(Clocks(NOW))
    assert plan(old_value=old, lookback_seconds=10 * DAY - 1).target(Clocks(NOW)) == ago(10 * DAY - 1)


def test_without_another_clock_no_clock_is_spoken_of() -> None:
    old = "2026-11-13 12:00:00.000Z"
    for one, value in (
        (plan(old_value=old, lookback_seconds=11 * DAY), ago(11 * DAY)),
        (explicit(old, old_value=old), ago(10 * DAY)),
    ):
        with pytest.raises(ValidationError) as caught:
            one.target(Clocks(NOW))
        assert caught.value.message == f"The new value {CursorValue.at(value)} is not later than the old one, {old}."
        assert caught.value.next_step == ("Choose a shorter lookback or a later value: moving back asks for even more.")


# -- the digest -------------------------------------------------------------------------------------------------------

BINDING: list[dict[str, Any]] = [
    {"instance": "mkt2"},
    {"workflow": "other"},
    {"option": f"{KIND.prefix}mid2"},
    {"old_value": "2020-03-01 10:00:01.000Z"},
    {"lookback_seconds": DAY + 1},
    NOW_PLAN,
    {"strategy": "explicit", "lookback_seconds": None, "explicit_value": "2026-11-20 00:00:00Z"},
    {"strategy": "explicit", "lookback_seconds": None, "explicit_value": "2026-11-20 00:00:01Z"},
]
FREE: list[dict[str, Any]] = [
    {},
    {"account": "renamed"},
    {"old_value": "2020-03-01 10:00:00.999Z"},
    {"old_value": "2020-03-01T12:00:00+02:00"},
]


def test_digest_differs_with_everything_that_binds() -> None:
    digests = {plan(**changes).digest for changes in ({}, *BINDING)}
    assert len(digests) == len(BINDING) + 1
    assert all(len(digest) == 64 and set(digest) <= set("0123456789abcdef") for digest in digests)


@pytest.mark.parametrize("changes", FREE)
def test_digest_does_not_heed_what_does_not_bind(changes: dict[str, Any]) -> None:
    assert plan(**changes).digest == plan().digest


def test_digest_stays_what_it_was_when_it_was_approved() -> None:
    # A change of this value breaks every approval that is under way.
    assert plan().digest == DIGEST


def test_digest_takes_names_of_any_alphabet() -> None:
    assert len({plan(instance=name).digest for name in ("münchen", "munchen", "大阪")}) == 3


def test_drift_is_said_exactly_when_the_digest_differs() -> None:
    plans = [plan(**changes) for changes in (*FREE, *BINDING)]
    for approved, now in itertools.product(plans, plans):
        assert (drift(approved, now) == []) is (approved.digest == now.digest)


def test_drift_names_what_differs_with_both_values() -> None:
    found = drift(plan(), plan(instance="mkt2", old_value="2021-01-01 00:00:00Z"))
    assert found == [
        "The instance was mkt1 and is mkt2.",
        "The old value was 2020-03-01 10:00:00.000Z and is 2021-01-01 00:00:00.000Z.",
    ]


def test_fleet_digest_does_not_depend_on_the_order() -> None:
    plans = [plan(instance=f"mkt{number}") for number in range(9)]
    shuffled = plans[:]
    random.Random(3).shuffle(shuffled)
    assert shuffled != plans
    assert fleet_digest(iter(shuffled)) == fleet_digest(plans)


def test_fleet_digest_differs_with_every_plan() -> None:
    plans = [plan(instance=f"mkt{number}") for number in range(3)]
    fleets = [
        [],
        plans[:1],
        plans[:2],
        plans,
        [*plans[:2], plan(instance="mkt2", lookback_seconds=60)],
        [plans[0], plans[0]],
    ]
    assert len({fleet_digest(fleet) for fleet in fleets}) == len(fleets)


# -- as data ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [plan(), plan(**NOW_PLAN), explicit("2026-11-20 00:00:00Z", allow_backwards=True)])
def test_plan_comes_back_from_plain_data(given: Plan) -> None:
    data = json.loads(json.dumps(given.to_dict()))
    assert Plan.from_dict(data) == given
    assert data.pop("digest") == given.digest
    assert Plan.from_dict(data) == given


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"old_value": "2021-01-01 00:00:00Z"}, "was changed since"),
        ({"digest": "0" * 64}, "was changed since"),
        (
            dict.fromkeys(("zone", "by", "who", "approach", "when", "cause"), "x"),
            "no approach, by, cause, when, who, zone",
        ),
        ({"strategy": "guess"}, "'guess' is not known. Known are: lookback, now, explicit."),
        ({"explicit_value": ["2026-11-22T02:00:00Z"]}, "explicit_value must be a moment as text"),
        ({"explicit_value": 0}, "explicit_value must be a moment as text"),
    ],
)
def test_plan_that_was_changed_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Plan.from_dict({**plan().to_dict(), **change})


def test_plan_that_is_not_complete_is_refused() -> None:
    data = plan().to_dict()
    del data["workflow"]
    with pytest.raises(ValidationError, match="workflow"):
        Plan.from_dict(data)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (plan(), "the time minus 1d and"),
        (plan(lookback_seconds=0), "the time minus 0s and"),
        (plan(**NOW_PLAN), "the time minus 10m"),
        (explicit("2026-11-20 00:00:00Z"), "to 2026-11-20 00:00:00Z"),
    ],
)
def test_plan_is_described_in_a_sentence(given: Plan, words: str) -> None:
    assert words in given.describe()
    assert given.describe().startswith("mkt1: move NmsMidSourcing_LastDelivery_mid1 from 2020-03-01 10:00:00.000Z to ")


# -- from a diagnosis -------------------------------------------------------------------------------------------------


def test_stuck_cursor_gets_a_plan_with_the_value_as_it_was_read() -> None:
    raw = "2020-03-01T10:00:00.123Z"
    stuck = judge(failed_cursor(YEARS, line(600, TIMEOUT), option=option(raw=raw)), T)
    assert make_plan("mkt1", stuck) == plan(old_value=raw)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"strategy": "now"}, NOW_PLAN),
        ({"lookback_seconds": 3600}, {"lookback_seconds": 3600}),
        ({"strategy": "now", "lookback_seconds": 3600, "explicit_value": ago(60)}, NOW_PLAN),
        (
            {"strategy": "explicit", "explicit_value": ago(60)},
            {"strategy": "explicit", "lookback_seconds": None, "explicit_value": "2026-11-23 11:59:00.000Z"},
        ),
    ],
)
def test_plan_has_the_parameter_of_its_strategy_only(asked: dict[str, Any], expected: dict[str, Any]) -> None:
    assert make_plan("mkt1", STUCK, **asked) == plan(old_value=STUCK.value_text, **expected)


@pytest.mark.parametrize(
    "asked",
    [
        {"strategy": "explicit"},
        {"strategy": "guess"},
        {"lookback_seconds": 3000 * DAY},
        {"strategy": "explicit", "explicit_value": ago(-1)},
        {"strategy": "explicit", "explicit_value": ago(YEARS + 1)},
        {"strategy": "explicit", "explicit_value": datetime(2026, 1, 1)},  # noqa: DTZ001 - the lack of a zone is the point
    ],
)
def test_plan_whose_value_could_not_be_written_is_not_made(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_plan("mkt1", STUCK, **asked)


def test_plan_backwards_is_made_only_when_asked_for() -> None:
    asked: dict[str, Any] = {"strategy": "explicit", "explicit_value": ago(YEARS + 1)}
    assert make_plan("mkt1", STUCK, allow_backwards=True, **asked).target(Clocks(NOW)) == ago(YEARS + 1)


def test_cursor_that_is_only_to_be_seen_on_needs_no_target() -> None:
    """A backfill with a mark was killed: its old value is a recent one, which no lookback leads past."""
    recent = CursorValue.read("2026-11-23 11:50:00.000Z")
    point = ResumePoint("r1", recent, written=True, stopped=False)
    assert make_plan("mkt1", replace(STUCK, resume_point=point)).old_value == recent
    for other in (None, replace(point, written=False)):
        found = replace(STUCK, resume_point=other, value=recent.moment, value_text=recent.text)
        with pytest.raises(ValidationError, match="is not later than the old one"):
            make_plan("mkt1", found)


def test_value_that_was_written_from_another_one_is_not_this_plans() -> None:
    here = plan()
    point = ResumePoint("r1", here.old_value, written=True, stopped=False)
    assert is_written(point, here)
    for other in (None, replace(point, written=False), replace(point, old_value=CursorValue.at(ago(DAY)))):
        assert not is_written(other, here)


def test_plan_is_made_by_the_clocks_that_are_known() -> None:
    behind = Clocks(NOW, (Clock("the controller", ago(2 * YEARS + 2 * DAY)),))
    assert make_plan("mkt1", STUCK, clocks=Clocks(NOW))
    with pytest.raises(ValidationError, match="by the clock of the controller"):
        make_plan("mkt1", STUCK, clocks=behind)


def test_plan_without_a_known_server_time_is_checked_later() -> None:
    found = make_plan("mkt1", replace(STUCK, server_time=None), strategy="explicit", explicit_value=ago(-60))
    with pytest.raises(ValidationError, match="future"):
        found.target(Clocks(NOW))


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.STUCK])
def test_only_a_stuck_cursor_gets_a_plan(verdict: Verdict) -> None:
    with pytest.raises(ConflictError, match=f"the verdict is '{verdict.value}' and not 'stuck'") as caught:
        make_plan("mkt1", replace(STUCK, verdict=verdict))
    assert STUCK.reason in caught.value.message
    assert caught.value.instance == "mkt1"


def test_stuck_cursor_of_a_kind_that_is_never_moved_gets_no_plan() -> None:
    stuck = judge(failed_cursor(YEARS, line(600, TIMEOUT), kind=NIGHTLY, account=None), T)
    with pytest.raises(ConflictError, match="shown and never moved"):
        make_plan("mkt1", stuck)


@pytest.mark.parametrize(
    ("changes", "name"),
    [({}, f"{KIND.prefix}mid7"), ({"option": None}, "mid7"), ({"option": None, "account": None}, KIND.workflow)],
)
def test_refusal_names_the_cursor_else_its_account_else_the_workflow(changes: dict[str, Any], name: str) -> None:
    known: dict[str, Any] = {"option": option(account="mid7"), "account": account("mid7"), **changes}
    with pytest.raises(ConflictError, match=f"No plan for '{name}'"):
        make_plan("mkt1", judge(cursor(**known), T))


def test_strategies_are_those_of_the_design() -> None:
    assert STRATEGIES == ("lookback", "now", "explicit")
