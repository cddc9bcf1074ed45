# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a waiting task prints a line, and which. Time is virtual: a wait moves the clock, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client.session import PasswordCredentials, Session
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    TransportError,
    ValidationError,
    WaitTimeout,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.progress import Progress, waiting_for
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import Pace
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import (
    Answer,
    Operation,
    Request,
    execute,
)
from tests.helpers import cure_world
from tests.helpers.cursors import workflow
from tests.unit.plugins.module_utils._cure.test_workflow_waiter import Script, is_stopped
from tests.unit.plugins.module_utils.fake_transport import FakeTransport, answer, logon

STOPPING = workflow(15)


class Heard:
    """The lines of one operation, each with the second at which it was said."""

    def __init__(self, every: float = 30.0) -> None:
        self.now = 0.0
        self.lines: list[tuple[float, str]] = []
        self.naps: list[float] = []
        self.progress = Progress(every, lambda words: self.lines.append((self.now, words)))

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.naps.append(seconds)
        self.now += seconds

    def pace(self, poll_interval: float = 15.0) -> Pace:
        return Pace(poll_interval, clock=lambda: self.now, sleep=self.sleep, progress=self.progress)

    @property
    def times(self) -> list[float]:
        return [at for at, _words in self.lines]

    @property
    def longest_silence(self) -> float:
        marks = [0.0, *self.times, self.now]
        return max(late - early for early, late in zip(marks, marks[1:], strict=False))


def wait_for_a_stop(heard: Heard, timeout: float, poll_interval: float = 15.0) -> None:
    script = Script(STOPPING)
    watch = script.watch()
    watch.pace = heard.pace(poll_interval)
    with pytest.raises(WaitTimeout):
        watch.until(is_stopped, timeout=timeout, what="the stop")


# -- when ----------------------------------------------------------------------------------------------------------


def test_first_line_comes_soon_and_the_others_in_their_interval() -> None:
    heard = Heard()
    wait_for_a_stop(heard, 120)
    assert heard.times == [10, 40, 70, 100]


@pytest.mark.parametrize("poll_interval", [0.3, 7, 300, 3600])
def test_silence_is_no_longer_than_the_interval_however_seldom_is_looked(poll_interval: float) -> None:
    heard = Heard()
    wait_for_a_stop(heard, 900, poll_interval)
    assert heard.longest_silence <= 30.01
    assert len(heard.lines) in (30, 31)
    # A line costs no look: the waits between them are as long as without.
    assert sum(heard.naps) == pytest.approx(900)


def test_short_waits_in_a_row_are_not_silent_together() -> None:
    heard = Heard()
    for _wait in range(15):
        wait_for_a_stop(heard, 8)
    assert heard.times == [10, 40, 70, 100]


def test_interval_that_is_shorter_than_the_first_silence_counts_from_the_beginning() -> None:
    heard = Heard(every=4)
    wait_for_a_stop(heard, 17)
    assert heard.times == [4, 8, 12, 16]


def test_call_that_took_long_is_followed_by_one_line_and_not_by_those_that_were_missed() -> None:
    heard = Heard()
    pace = heard.pace()
    pace.rest(1, lambda: "before")
    heard.now += 200
    pace.rest(1, lambda: "after")
    pace.rest(29, lambda: "later")
    assert heard.lines == [(201, "after"), (231, "later")]


def test_what_ends_within_the_first_seconds_is_silent() -> None:
    heard = Heard()
    wait_for_a_stop(heard, 9)
    assert heard.lines == []


def test_nothing_is_said_and_no_wait_is_cut_when_it_is_to_be_quiet() -> None:
    heard = Heard(every=0)
    wait_for_a_stop(heard, 600, poll_interval=300)
    assert heard.lines == []
    assert heard.naps == [1, 2, 4, 8, 16, 32, 64, 128, 256, 89]


@pytest.mark.parametrize("every", [-1.0, float("nan"), float("inf")])
def test_interval_that_is_none_is_refused_by_name(every: float) -> None:
    with pytest.raises(ValidationError, match="progress must be a number of seconds, 0 or more"):
        Progress(every, print)


def test_lost_order_is_waited_for_aloud() -> None:
    heard = Heard(every=2)
    gone = TransportError("mkt1:8080 closed the connection without an answer.", reached="maybe")
    script = Script(workflow(11), orders=[gone, gone, gone])
    watch = script.watch()
    watch.pace = heard.pace()
    with pytest.raises(WaitTimeout):
        watch.carry_out("stop", is_stopped, timeout=60, what="the stop")
    _at, words = heard.lines[0]
    assert words == "mkt1: waiting for the order stop to show (defaultMidSourcingDlv, 2s so far, at most 1m)"


def test_cure_is_never_silent_for_long_however_it_is_put_together() -> None:
    """The Stop, the run that proves it, and a second run that the scheduler starts ten minutes later."""
    lines: list[tuple[float, str]] = []
    with cure_world.world({"mkt": cure_world.marketing()}) as there:
        there.progress = Progress(30, lambda words: lines.append((there.passed, words)))
        assert there.cure("mkt", confirm=True).outcome == "confirmed"
        marks = [0.0, *(at for at, _words in lines), there.passed]
    assert max(late - early for early, late in zip(marks, marks[1:], strict=False)) <= 30.01
    assert len(lines) >= 10
    assert any("waiting for a run that the scheduler starts (defaultMidSourcingDlv, " in words for _at, words in lines)


# -- what ----------------------------------------------------------------------------------------------------------


def test_line_says_who_waits_for_what_how_long_so_far_and_at_most() -> None:
    heard = Heard()
    wait_for_a_stop(heard, 900)
    assert [words for _at, words in heard.lines[:4]] == [
        "mkt1: waiting for the stop (defaultMidSourcingDlv, 10s so far, at most 15m)",
        "mkt1: waiting for the stop (defaultMidSourcingDlv, 40s so far, at most 15m)",
        "mkt1: waiting for the stop (defaultMidSourcingDlv, 1m 10s so far, at most 15m)",
        "mkt1: waiting for the stop (defaultMidSourcingDlv, 1m 40s so far, at most 15m)",
    ]
    assert waiting_for("a", "b", "c", 5400, 86400) == "a: waiting for b (c, 1h 30m so far, at most 1d)"


SECRET = "s3cret-canary-0123"


def speaking(words: str) -> Operation:
    def run(request: Request, _session: Session) -> Answer:
        request.progress.silence(0)
        request.progress.speak(30, words)
        return Answer(False, {"silence": request.progress.silence(31)})

    return Operation(name="thing", options={"progress": {"type": "float", "default": 30.0}}, run=run)


def executed(words: str, say: Any, **params: Any) -> dict[str, Any]:
    transport = FakeTransport(logon(), answer("Logoff"))
    session = Session("mkt1", "http://mkt1:8080", PasswordCredentials("ops", SECRET), transport)
    given = {"password": SECRET, "progress": 30.0, **params}

    def opened(_params: Any, _environ: Any) -> Session:
        return session

    return execute(speaking(words), given, check_mode=False, environ={}, opened=opened, say=say)[0]


def test_line_is_one_line_without_a_secret_whatever_a_name_holds() -> None:
    lines: list[str] = []
    executed(f"mkt1: waiting for {SECRET} (a\nPLAY RECAP\x1b[2J, 30s so far)", lines.append)
    assert len(lines) == 1
    assert SECRET not in lines[0] and "\n" not in lines[0] and "\x1b" not in lines[0]
    assert lines[0].startswith("mkt1: waiting for ********")


def test_line_that_cannot_be_shown_ends_nothing() -> None:
    def broken(_line: str) -> None:
        raise BrokenPipeError

    result = executed("mkt1: waiting", broken)
    assert "failed" not in result and result["silence"] == 29


@pytest.mark.parametrize("every", [0.0, None])
def test_option_of_0_is_quiet(every: float | None) -> None:
    heard: list[str] = []
    result = executed("mkt1: waiting", heard.append, progress=every)
    assert heard == [] and "failed" not in result


def test_option_that_is_no_interval_is_refused_before_anything_is_sent() -> None:
    result = executed("mkt1: waiting", None, progress=-1.0)
    assert result["failed"] is True and result["calls"]["total"] == 0
    assert "progress must be a number of seconds, 0 or more, and is -1.0." in result["msg"]
