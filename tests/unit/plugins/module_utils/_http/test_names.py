# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A name is looked up within a deadline, whatever the resolver does."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._http import names
from ansible_collections.campaign.classic.plugins.module_utils._http.names import NameUnanswered, addresses

FOUND = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A resolver that answers only at the end of the test, and the names that it was asked for."""
    ended, asked = threading.Event(), []

    def blocked(host: str, *_given: Any) -> Any:
        asked.append(host)
        assert ended.wait(60)
        return FOUND

    monkeypatch.setattr(socket, "getaddrinfo", blocked)
    yield asked
    ended.set()
    for thread in threading.enumerate():
        if thread.name == "campaign-name":
            thread.join(10)


def test_nobody_waits_longer_than_there_is_time(silent: list[str]) -> None:
    began = time.monotonic()
    with pytest.raises(NameUnanswered) as caught:
        addresses("mkt:80", "mkt", 80, 0.1)
    assert time.monotonic() - began < 20
    assert caught.value.reached == "no" and caught.value.kind == "unresolved"
    assert str(caught.value).startswith(
        "mkt:80 was not asked: no name server said within 0.1 seconds which address mkt"
    )
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "campaign-name")


def test_several_that_need_one_name_wait_for_one_answer(silent: list[str]) -> None:
    for _one in range(3):
        with pytest.raises(NameUnanswered):
            addresses("mkt:80", "mkt", 80, 0.01)
    assert silent == ["mkt"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_address_needs_no_thread(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_Lookup", None)
    assert addresses("mkt:80", host, 80, 1.0)[0][4][0] == host


@pytest.mark.parametrize("error", [socket.gaierror(socket.EAI_NONAME, "Unknown"), UnicodeError("too long")])
def test_what_the_resolver_raises_is_raised(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given: (one for one in ()).throw(error))
    with pytest.raises(type(error)):
        addresses("mkt:80", "mkt", 80, 10.0)


def test_without_another_thread_it_is_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(names._Lookup, "start", refused)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given: FOUND)
    assert addresses("mkt:80", "mkt", 80, 1.0) == FOUND


def test_a_process_ends_without_waiting_for_a_name() -> None:
    script = f"""
import socket, sys, threading
sys.path[:0] = {sys.path!r}
from ansible_collections.campaign.classic.plugins.module_utils._http.names import NameUnanswered, addresses
socket.getaddrinfo = lambda *given: threading.Event().wait()
try:
    addresses("mkt:80", "mkt", 80, 0.1)
except NameUnanswered:
    print("told")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "told\n"), done.stderr
