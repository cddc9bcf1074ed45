# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals take effect between two requests and in waits, once, and are passed on when the operation has ended."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core import interrupts as _interrupts
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import TimedOut
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import (
    SECONDS,
    Interrupted,
    Interrupts,
    current,
    interruptible,
    pause,
)
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import LOGOFF, HttpTransport
from tests.unit.plugins.module_utils.scripted_server import Peer, ScriptedServer, answer, answering

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
#: Real seconds within which an immediate reaction happens on a busy machine.
AT_ONCE = 5.0


@contextmanager
def handled_by(handler: Any, *numbers: signal.Signals) -> Iterator[None]:
    """Meanwhile these signals have this handler, as a process may have set one before."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """The signals that reached the previous handler."""
    found: list[int] = []
    with handled_by(lambda number, _frame: found.append(number), *SIGNALS):
        yield found


def tell(number: int = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_taken_up_before_the_next_request_and_passed_on_at_the_end(
    number: signal.Signals, heard: list[int]
) -> None:
    with interruptible(pass_on=True):
        tell(number)
        assert heard == []
        with pytest.raises(Interrupted, match="Interrupted by"), current().request(30.0, "there:80"):
            raise AssertionError("a request was made")
        assert heard == []
    assert heard == [number]


def test_what_has_a_result_to_hand_over_goes_on(heard: list[int]) -> None:
    with interruptible(pass_on=False), pytest.raises(Interrupted):
        tell()
        pause(30)
    assert heard == []
    tell()
    assert heard == [signal.SIGTERM]  # it has its handler back


def test_it_is_told_once_and_then_all_is_bounded_by_what_is_left(heard: list[int]) -> None:
    with interruptible(pass_on=False):
        assert current().left() is None
        with current().request(30.0, "there:80") as seconds:
            assert seconds == 30.0
        tell()
        with pytest.raises(Interrupted):
            current().check()
        current().check()
        with current().request(30.0, "there:80") as seconds:
            assert 0 < seconds < SECONDS
        began = time.monotonic()
        _interrupts.current()._since -= SECONDS
        pause(30)
        assert time.monotonic() - began < AT_ONCE
        with pytest.raises(TimedOut, match="No time was left") as late, current().request(30.0, "there:80"):
            pass
        assert late.value.reached == "no"
    assert heard == []


def test_a_wait_ends_at_once(heard: list[int]) -> None:
    began = time.monotonic()
    timer = threading.Timer(0.05, tell)
    with interruptible(pass_on=True):
        timer.start()
        with pytest.raises(Interrupted):
            pause(60)
    timer.join()
    assert time.monotonic() - began < AT_ONCE
    assert heard == [signal.SIGTERM]


def test_a_second_signal_of_the_same_ctrl_c_is_not_another_one(heard: list[int]) -> None:
    with interruptible(pass_on=True):
        tell(signal.SIGINT)
        tell(signal.SIGTERM)
        with pytest.raises(Interrupted, match="Ctrl-C"):
            current().check()
        assert heard == []
    assert heard == [signal.SIGINT]


def test_a_later_signal_ends_the_process_without_more_ado(heard: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_interrupts, "AGAIN", 0.0)
    with interruptible(pass_on=False):
        tell(signal.SIGINT)
        tell(signal.SIGTERM)
        assert heard == [signal.SIGTERM]


def test_what_is_ignored_stays_ignored() -> None:
    with handled_by(signal.SIG_IGN, signal.SIGHUP), interruptible(pass_on=True):
        tell(signal.SIGHUP)
        current().check()
        pause(0.001)


class TaskTimeout(BaseException):
    """As Ansible's own for a task with ``timeout``."""


def test_the_timeout_of_a_task_is_passed_on_as_what_it_is() -> None:
    def timed_out(_number: int, _frame: Any) -> None:
        raise TaskTimeout

    ended = []
    with handled_by(timed_out, signal.SIGALRM):
        with pytest.raises(TaskTimeout), interruptible(pass_on=True):
            tell(signal.SIGALRM)
            with pytest.raises(Interrupted, match="the timeout of the task"):
                pause(30)
            ended.append("in order")
        assert signal.getsignal(signal.SIGALRM) is timed_out
    assert ended == ["in order"]


def test_the_end_of_the_parent_is_a_word_too() -> None:
    gone = Interrupts(parent=-1)
    with pytest.raises(Interrupted, match="the end of the process that started it"):
        gone.check()
    gone.leave()
    Interrupts(parent=os.getppid()).check()


def test_a_process_whose_parent_is_gone_ends_though_its_operation_came_to_its_end() -> None:
    ended: list[int] = []
    with handled_by(lambda number, _frame: ended.append(number), signal.SIGTERM):
        Interrupts(parent=os.getppid()).pass_on()
        assert ended == []
        Interrupts(parent=-1).pass_on()
    assert ended == [signal.SIGTERM]


def test_elsewhere_than_in_the_main_thread_nothing_is_changed(heard: list[int]) -> None:
    ran: list[bool] = []

    def work() -> None:
        with interruptible(pass_on=True):
            current().check()
            pause(0.001)
            ran.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    tell()
    assert (ran, heard) == ([True], [signal.SIGTERM])


# -- a request that is under way ---------------------------------------------------------------------------------------


def post(server: ScriptedServer, transport: HttpTransport, action: str) -> bytes:
    return transport.post(server.url, b"<x/>", {"SOAPAction": action}).body


def test_a_request_that_is_under_way_may_end(heard: list[int]) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        tell()
        peer.send(answer(b"done"))

    with ScriptedServer(script) as server, HttpTransport() as transport, interruptible(pass_on=False):
        assert post(server, transport, "xtk:workflow#Stop") == b"done"
        with pytest.raises(Interrupted) as stop:
            post(server, transport, "xtk:workflow#Start")
    assert not stop.value.under_way
    assert len(server.requests) == 1
    assert heard == []


def test_a_request_that_takes_too_long_is_left_alone(heard: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_interrupts, "GRACE", 0.1)

    def script(peer: Peer) -> None:
        peer.request()
        tell()
        peer.hold()

    began = time.monotonic()
    with (
        ScriptedServer(script) as server,
        HttpTransport() as transport,
        interruptible(pass_on=False),
        pytest.raises(Interrupted) as stop,
    ):
        post(server, transport, "xtk:workflow#Stop")
    assert stop.value.under_way
    assert time.monotonic() - began < AT_ONCE
    assert heard == []


def test_a_logoff_is_sent_all_the_same(heard: list[int]) -> None:
    script = answering(answer(b"bye"))
    with ScriptedServer(script) as server, HttpTransport() as transport, interruptible(pass_on=False):
        tell()
        assert post(server, transport, LOGOFF) == b"bye"
    assert heard == []
