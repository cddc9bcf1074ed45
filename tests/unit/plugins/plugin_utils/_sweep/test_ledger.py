# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger of a process of a sweep: every line is there, however many threads write, and nothing else is."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client.session import TokenCredentials
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.ledger import Ledger, keep, note_session

PARAMS = {"timeout": 5.0, "validate_certs": True, "user": "ops", "password": "ledger-canary-5"}


class Session:
    url = "http://mkt/nl/jsp/soaprouter.jsp"

    def __init__(self, name: str, tokens: TokenCredentials | None) -> None:
        self.name = name
        self.tokens = tokens


def session(name: str = "mkt-a") -> Any:
    return Session(name, TokenCredentials("___token", "@security"))


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    made = Ledger()
    yield made
    made.close()


def test_a_session_is_open_until_there_is_a_result(ledger: Ledger) -> None:
    ledger.opened(PARAMS, session("mkt-a"))
    ledger.opened(PARAMS, session("mkt-b"))
    ledger.result("mkt-a", {"verdict": "healthy"})
    results, sessions = ledger.read()
    assert results == {"mkt-a": {"verdict": "healthy"}}
    assert list(sessions) == ["mkt-b"]
    assert sessions["mkt-b"]["session"] == {"session_token": "___token", "security_token": "@security"}
    assert (sessions["mkt-b"]["url"], sessions["mkt-b"]["timeout"]) == (Session.url, 5.0)
    assert "ledger-canary-5" not in str(sessions)


def test_a_session_without_tokens_needs_no_logoff(ledger: Ledger) -> None:
    ledger.opened(PARAMS, Session("mkt-a", None))  # type: ignore[arg-type]
    assert ledger.read() == ({}, {})


def test_on_a_disk_no_session_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    ledger = Ledger()
    ledger.opened(PARAMS, session())
    ledger.result("mkt-a", {"verdict": "healthy"})
    assert ledger.read() == ({"mkt-a": {"verdict": "healthy"}}, {})
    ledger.close()


def test_half_a_line_is_no_result(ledger: Ledger) -> None:
    ledger.result("mkt-a", {"verdict": "healthy"})
    os.write(ledger._file.fileno(), b'{"name": "mkt-b", "resu')
    assert ledger.read() == ({"mkt-a": {"verdict": "healthy"}}, {})


def test_what_is_no_data_is_no_result_and_no_error(ledger: Ledger) -> None:
    ledger.result("mkt-a", {"verdict": {1, 2}})
    assert ledger.read() == ({}, {})


def test_no_line_is_lost_however_many_threads_write(ledger: Ledger) -> None:
    together = threading.Barrier(16, timeout=20)

    def write(number: int) -> None:
        together.wait()
        for turn in range(200):
            ledger.result(f"mkt-{number}-{turn}", {"reason": "x" * 2000})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.read()[0]) == 16 * 200


def test_sessions_are_noted_where_the_process_has_a_ledger(ledger: Ledger) -> None:
    note_session(PARAMS, session("mkt-a"))
    keep(ledger)
    try:
        note_session(PARAMS, session("mkt-b"))
    finally:
        keep(None)
    assert list(ledger.read()[1]) == ["mkt-b"]
