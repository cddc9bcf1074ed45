# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a call is sent again, and after how long."""

from __future__ import annotations

import gc
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.module_utils._client.methods import MethodClass
from ansible_collections.campaign.classic.plugins.module_utils._client.retry import Retrier, RetryPolicy, may_repeat
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    DeniedError,
    FaultError,
    HttpStatusError,
    ProtocolError,
    TimedOut,
    TlsError,
    TransportError,
)

READ, WRITE, SESSION = MethodClass.READ, MethodClass.WRITE, MethodClass.SESSION


class Run:
    """One run of a retrier over attempts that end like this, each after ``lasting`` seconds."""

    def __init__(
        self, kind: MethodClass, *ends: Exception | str, policy: RetryPolicy | None = None, lasting: float = 0.0
    ) -> None:
        self.now = 100.0
        self.ends = list(ends)
        self.lasting = lasting
        self.attempts: list[tuple[int, float | None]] = []
        self.sleeps: list[float] = []
        self.outcome: object = None
        retrier = Retrier(policy or RetryPolicy(), lambda: self.now, self.sleep, lambda: 1.0)
        try:
            self.outcome = retrier.run(kind, self.attempt)
        except CampaignError as error:
            self.outcome = error

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds

    def attempt(self, number: int, left: float | None) -> str:
        self.attempts.append((number, left))
        self.now += self.lasting
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end


def gone(reached: str = "maybe") -> TransportError:
    return TransportError("gone", reached="no" if reached == "no" else "maybe")


def test_first_attempt_that_succeeds_is_the_only_one() -> None:
    run = Run(READ, "done")
    assert (run.outcome, run.attempts, run.sleeps) == ("done", [(1, None)], [])


@pytest.mark.parametrize("kind", [READ, SESSION])
def test_read_and_logon_are_repeated_although_they_may_have_arrived(kind: MethodClass) -> None:
    run = Run(kind, gone(), gone(), "done")
    assert run.outcome == "done"
    assert run.sleeps == [0.5, 1.0]
    assert run.attempts == [(1, None), (2, 29.5), (3, 28.5)]


def test_write_is_repeated_only_when_it_cannot_have_arrived() -> None:
    error = gone()
    run = Run(WRITE, gone("no"), error, "never")
    assert run.outcome is error
    assert len(run.attempts) == 2


def test_write_that_never_left_is_repeated() -> None:
    assert Run(WRITE, gone("no"), gone("no"), "done").outcome == "done"


def test_last_error_is_raised_when_no_attempt_is_left() -> None:
    last = gone()
    run = Run(READ, gone(), gone(), last, "never")
    assert run.outcome is last
    assert len(run.attempts) == 3


def test_single_attempt_is_possible() -> None:
    assert len(Run(READ, gone(), policy=RetryPolicy(attempts=1)).attempts) == 1


@pytest.mark.parametrize(
    "error",
    [
        TlsError("x", reached="no"),
        HttpStatusError("x", status=407),
        DeniedError("x"),
        FaultError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_will_not_pass_is_not_repeated(error: CampaignError) -> None:
    run = Run(READ, error, "never")
    assert run.outcome is error
    assert run.sleeps == []


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 501, 502, 503, 504])
def test_whatever_status_came_in_place_of_an_answer_only_a_write_is_not_repeated(status: int) -> None:
    for kind in (READ, SESSION):
        assert Run(kind, HttpStatusError("x", status=status), "done").outcome == "done"
    assert Run(WRITE, HttpStatusError("x", status=status), "never").sleeps == []


def test_what_is_no_answer_of_campaign_is_repeated_unless_it_was_to_a_write() -> None:
    for kind in (READ, SESSION):
        assert Run(kind, ProtocolError("x", reached="maybe"), "done").outcome == "done"
    assert Run(WRITE, ProtocolError("x", reached="maybe"), "never").sleeps == []


@pytest.mark.parametrize("status", [401, 403])
def test_page_that_refuses_is_asked_again_by_a_read_and_not_by_a_logon(status: int) -> None:
    assert Run(READ, HttpStatusError("x", status=status), "done").outcome == "done"
    assert Run(SESSION, HttpStatusError("x", status=status), "never").sleeps == []
    assert Run(WRITE, HttpStatusError("x", status=status), "never").sleeps == []


def test_error_says_how_often_was_tried() -> None:
    run = Run(READ, gone(), gone(), gone())
    assert str(run.outcome) == "gone It was tried 3 times."
    assert "tried" not in str(Run(WRITE, gone()).outcome)


def test_attempt_for_which_there_was_no_time_tells_less_than_the_one_before() -> None:
    page = ProtocolError("a page", reached="maybe")
    assert Run(READ, page, TimedOut("no time", reached="no")).outcome is page
    assert Run(READ, TimedOut("no time", reached="no"), policy=RetryPolicy(attempts=1)).outcome is not page


def test_somebody_who_answers_is_asked_more_often_than_nobody() -> None:
    page = ProtocolError("a page", reached="maybe")
    assert len(Run(READ, *[page] * 9).attempts) == RetryPolicy().answered > RetryPolicy().attempts
    assert len(Run(READ, *[gone()] * 9).attempts) == RetryPolicy().attempts
    assert len(Run(READ, page, policy=RetryPolicy(attempts=1)).attempts) == 1


def test_who_has_changed_something_is_more_patient() -> None:
    assert RetryPolicy(attempts=3, answered=6, total=30.0).patient() == RetryPolicy(9, answered=18, total=60.0)
    assert RetryPolicy(attempts=1).patient() == RetryPolicy(attempts=1)


def test_server_that_asks_for_time_gets_it() -> None:
    run = Run(READ, HttpStatusError("x", status=503, retry_after=12.0), "done")
    assert (run.outcome, run.sleeps, run.attempts[1]) == ("done", [12.0], (2, 18.0))


@pytest.mark.parametrize(("retry_after", "repeated"), [(29.9, True), (30.0, False), (3600.0, False)])
def test_server_that_asks_for_more_time_than_there_is_ends_the_attempts(retry_after: float, repeated: bool) -> None:
    run = Run(READ, HttpStatusError("x", status=503, retry_after=retry_after), "done")
    assert (run.outcome == "done") is repeated
    assert bool(run.sleeps) is repeated


def test_time_that_attempts_take_counts() -> None:
    run = Run(READ, TimedOut("x", reached="maybe"), "never", lasting=29.6)
    assert isinstance(run.outcome, TimedOut)
    assert run.sleeps == []
    assert Run(READ, gone(), "done", lasting=29.4).outcome == "done"


@settings(deadline=None)  # a busy machine is no failure
@given(attempt=st.integers(1, 60), chance=st.floats(0, 1))
def test_wait_is_drawn_between_nothing_and_a_growing_limit(attempt: int, chance: float) -> None:
    policy = RetryPolicy()
    wait = policy.wait(attempt, chance)
    assert 0 <= wait <= min(policy.cap, policy.base * 2 ** (attempt - 1))
    assert policy.wait(attempt, 0.0) == 0
    assert policy.wait(attempt, chance, 10.0) == 10


def test_waits_grow_to_the_cap() -> None:
    assert [RetryPolicy().wait(attempt, 1.0) for attempt in range(1, 8)] == [0.5, 1, 2, 4, 8, 8, 8]


@pytest.mark.parametrize(
    ("kind", "reached", "allowed"),
    [
        (READ, "no", True),
        (READ, "maybe", True),
        (SESSION, "no", True),
        (SESSION, "maybe", True),
        (WRITE, "no", True),
        (WRITE, "maybe", False),
    ],
)
def test_rule_of_repetition(kind: MethodClass, reached: str, allowed: bool) -> None:
    assert may_repeat(kind, gone(reached)) is allowed


def test_failed_attempt_is_remembered_without_its_answer() -> None:
    class Held:
        """Stands for an answer."""

    held: list[weakref.ref[Held]] = []

    def attempt(number: int, _left: float | None) -> str:
        answer = Held()
        held.append(weakref.ref(answer))
        if number == 1:
            raise ProtocolError("no SOAP", reached="maybe")
        gc.collect()
        return "right" if held[0]() is None else "the first answer is still in memory"

    assert Retrier(RetryPolicy(), lambda: 0.0, lambda _seconds: None, lambda: 0.0).run(READ, attempt) == "right"
