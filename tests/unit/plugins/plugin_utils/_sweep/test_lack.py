# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine's lack of resources never becomes a verdict of an instance."""

from __future__ import annotations

import errno
import socket
import threading
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core import errors as _errors
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    ConfigurationError,
    NotAsked,
    TransportError,
    for_lack,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep import threads as _sweep
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.threads import (
    AGAIN,
    MOST_TRIES,
    Reader,
    SweepLimits,
    SweepTarget,
    sweep,
)
from tests.unit.plugins.module_utils.fake_transport import FakeTransport, logon

TOO_MANY = OSError(errno.EMFILE, "Too many open files")
ENVIRON = {"CAMPAIGN_USER": "ops", "CAMPAIGN_PASSWORD": "lack-canary-4711"}
LATER = 1e12


def behind(error: BaseException) -> CampaignError:
    """An error of ours, as it is raised because of another one that is not shown."""
    try:
        try:
            raise error
        except BaseException:
            raise ConfigurationError("It cannot be read.") from None
    except ConfigurationError as found:
        return found


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS])
def test_lack_is_found_wherever_it_is_behind_an_error(number: int) -> None:
    error = OSError(number, "x")
    for one in (error, behind(error)):
        found = for_lack("mkt:80", one)
        assert found is not None and found.reached == "no" and found.kind == "not_asked"
        assert str(found).startswith("mkt:80 was not asked: this controller ")
        assert "ulimit -n" in found.next_step


@pytest.mark.parametrize("error", [OSError(errno.ECONNREFUSED, "x"), ValueError("x"), behind(OSError("x"))])
def test_other_errors_are_none(error: BaseException) -> None:
    assert for_lack("mkt:80", error) is None


def test_a_resolver_that_failed_for_lack_is_told_from_one_that_did_not(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    assert for_lack("mkt:80", failed) is None

    def refused(*_given: Any) -> int:
        raise TOO_MANY

    monkeypatch.setattr(_errors.os, "open", refused)
    assert isinstance(for_lack("mkt:80", failed), NotAsked)


@pytest.mark.parametrize("place", ["socket", "getaddrinfo"])
def test_a_reader_says_that_it_may_ask_again_and_nothing_of_the_instance(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_given: Any, **_more: Any) -> Any:
        raise TOO_MANY

    # As a system that has no descriptor left: neither for a socket nor for a file.
    monkeypatch.setattr(socket, place, refused)
    seen = Reader({}, ENVIRON, SweepLimits())(SweepTarget("mkt-a", "http://127.0.0.1:1", {}), LATER)
    assert seen["verdict"] == "not_asked" and seen[AGAIN]
    assert "was not asked: this controller" in seen["reason"]


def test_a_credentials_file_that_cannot_be_opened_for_lack_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sweep, "resolve", lambda *_given: (one for one in ()).throw(behind(TOO_MANY)))
    seen = Reader({}, ENVIRON, SweepLimits())(SweepTarget("mkt-a", "http://mkt", {}), LATER)
    assert seen["verdict"] == "not_asked" and seen[AGAIN]


def test_lack_after_the_logon_costs_no_second_logon(monkeypatch: pytest.MonkeyPatch) -> None:
    lack = for_lack("mkt:80", TOO_MANY)
    assert lack is not None
    inner = FakeTransport(logon(), lack, TransportError("gone", reached="no"))
    monkeypatch.setattr(_sweep, "HttpTransport", lambda _settings: inner)
    seen = Reader({}, ENVIRON, SweepLimits())(SweepTarget("mkt-a", "http://mkt", {}), LATER)
    assert seen["verdict"] == "not_asked" and AGAIN not in seen


def test_an_instance_that_could_not_be_asked_is_asked_again_when_others_have_ended() -> None:
    lock = threading.Lock()
    running, most, asked = 0, 0, 0

    def look(_target: SweepTarget, _until: float) -> dict[str, Any]:
        """A machine that can handle three at once."""
        nonlocal running, most, asked
        with lock:
            if running == 3:
                return {"verdict": "not_asked", AGAIN: True}
            running += 1
            most, asked = max(most, running), asked + 1
        threading.Event().wait(0.01)  # the time in which others are refused
        with lock:
            running -= 1
        return {"verdict": "healthy"}

    targets = [SweepTarget(f"mkt-{number}", "http://mkt", {}) for number in range(40)]
    found = sweep(targets, look, SweepLimits(concurrency=8))
    assert {name: one for name, one in found.items() if one != {"verdict": "healthy"}} == {}
    assert list(found) == [one.name for one in targets]
    assert (asked, most <= 3) == (40, True)


def test_an_instance_that_never_can_be_asked_is_not_tried_for_ever() -> None:
    asked: list[str] = []

    def look(target: SweepTarget, _until: float) -> dict[str, Any]:
        asked.append(target.name)
        return {"verdict": "not_asked", "reason": "this controller", AGAIN: True}

    found = sweep([SweepTarget("mkt-a", "http://mkt", {})], look, SweepLimits())
    assert found == {"mkt-a": {"verdict": "not_asked", "reason": "this controller"}}
    assert len(asked) == MOST_TRIES
