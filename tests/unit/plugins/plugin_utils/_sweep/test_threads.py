# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sweep: bounded, within its deadline, no thread left behind, one budget for each instance."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client.deadline import EndingTransport
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    TimedOut,
    TransportError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted, current
from ansible_collections.campaign.classic.plugins.module_utils._soap.envelope import build_request
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep import threads as _sweep
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.threads import (
    Reader,
    SweepLimits,
    SweepTarget,
    out_of_time,
    sweep,
    validated,
)
from tests.unit.plugins.module_utils.fake_transport import FakeTransport, answer, logon, reply

SECRET = "sweep-canary-88"
BODY = build_request("xtk:session", "Logon", "", [])
LOGON, READ, LOGOFF = (
    {"SOAPAction": name} for name in ("xtk:session#Logon", "xtk:queryDef#ExecuteQuery", "xtk:session#Logoff")
)


def targets(number: int) -> list[SweepTarget]:
    return [SweepTarget(f"mkt-{index}", f"http://127.0.0.1:1/mkt-{index}", {}) for index in range(number)]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


# -- the threads -------------------------------------------------------------------------------------------------------


def test_every_target_is_found_in_the_order_of_the_list() -> None:
    found = sweep(targets(50), lambda target, _until: {"url": target.url}, SweepLimits(concurrency=7))
    assert list(found) == [f"mkt-{index}" for index in range(50)]
    assert found["mkt-9"] == {"url": "http://127.0.0.1:1/mkt-9"}


def test_no_more_than_the_allowed_number_are_read_at_once_and_that_many_are() -> None:
    together = threading.Barrier(4, timeout=20)
    lock = threading.Lock()
    now, most = 0, 0

    def look(_target: SweepTarget, _until: float) -> dict[str, Any]:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait()
        with lock:
            now -= 1
        return {}

    sweep(targets(16), look, SweepLimits(concurrency=4))
    assert most == 4


def test_an_instance_has_its_own_time_and_never_more_than_all_have() -> None:
    seen: list[float] = []
    times = iter([100.0, 100.0, 109.0, 115.0])

    def look(_target: SweepTarget, until: float) -> dict[str, Any]:
        seen.append(until)
        return {}

    sweep(targets(3), look, SweepLimits(concurrency=1, instance_timeout=10, deadline=12), clock=lambda: next(times))
    assert seen == [110.0, 112.0, 112.0]


def test_an_empty_list_is_swept_at_once() -> None:
    assert sweep([], lambda _target, _until: {}, SweepLimits()) == {}


def test_ctrl_c_begins_nothing_more_and_waits_for_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()
    release = threading.Event()
    looked: list[str] = []
    late: list[str] = []
    join = threading.Thread.join

    def look(target: SweepTarget, _until: float) -> dict[str, Any]:
        looked.append(target.name)
        begun.set()
        release.wait(20)
        while not late:  # what is under way asks nothing more, once it is known
            try:
                with current().request(1.0, target.name):
                    pass
            except TimedOut as error:
                late.append(str(error))
        return {}

    def interrupted(self: threading.Thread, timeout: float | None = None) -> None:
        if not release.is_set():
            begun.wait(20)
            release.set()
            raise KeyboardInterrupt
        join(self, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sweep(targets(500), look, SweepLimits(concurrency=2))
    assert len(looked) < 500
    assert "No time was left for a request to mkt-" in late[0]


def test_another_thread_can_stop_a_sweep_which_waits_for_what_is_under_way() -> None:
    stop, looked, ended = threading.Event(), [], []

    def look(target: SweepTarget, _until: float) -> dict[str, Any]:
        looked.append(target.name)
        stop.set()
        with pytest.raises(TimedOut, match="No time was left"):
            while True:  # what is under way asks nothing more, once it is known
                with current().request(1.0, target.name):
                    pass
        ended.append(target.name)
        return {}

    with pytest.raises(Interrupted):
        sweep(targets(500), look, SweepLimits(concurrency=2), stop=stop)
    assert len(looked) < 500
    assert sorted(ended) == sorted(looked)


def test_fewer_threads_than_wished_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start
    started: list[str] = []

    def limited(self: threading.Thread) -> None:
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        started.append(self.name)
        start(self)

    monkeypatch.setattr(threading.Thread, "start", limited)
    assert len(sweep(targets(20), lambda _target, _until: {}, SweepLimits(concurrency=8))) == 20
    assert len(started) == 2


def test_no_thread_at_all_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError):
        sweep(targets(2), lambda _target, _until: {}, SweepLimits())


@pytest.mark.parametrize("name", ["concurrency", "instance_timeout", "deadline"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_limits_that_are_none_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValidationError, match=f"{name} must be more than 0"):
        SweepLimits(**{name: value})


# -- the end of an instance's time -------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_requests_get_what_is_left_and_the_logoff_its_own_time() -> None:
    clock = Clock()
    inner = FakeTransport(*[reply("") for _number in range(4)])
    transport = EndingTransport(inner, 10.0, clock, over=out_of_time)
    transport.post("u", BODY, LOGON)
    clock.now = 4.0
    transport.post("u", BODY, READ, timeout=30.0)
    transport.post("u", BODY, READ, timeout=1.0)
    clock.now = 99.0
    transport.post("u", BODY, LOGOFF, timeout=2.0)
    assert [sent.timeout for sent in inner.sent] == [10.0, 6.0, 1.0, 2.0]
    transport.close()
    assert inner.closed


def test_when_the_time_is_over_nothing_is_sent() -> None:
    inner = FakeTransport()
    with pytest.raises(TimedOut, match=r"mkt:80 was not asked.*") as caught:
        EndingTransport(inner, 0.0, lambda: 1.0, over=out_of_time).post("http://mkt/a", BODY, READ)
    assert caught.value.reached == "no"
    assert "concurrency" in caught.value.next_step
    assert not inner.sent


def test_pages_get_what_is_left_too() -> None:
    clock = Clock()
    inner = FakeTransport()
    inner.pages = [reply("")]
    transport = EndingTransport(inner, 10.0, clock, over=out_of_time)
    transport.get("http://mkt/r/test", {})
    clock.now = 10.0
    with pytest.raises(TimedOut):
        transport.get("http://mkt/r/test", {})
    assert len(inner.fetched) == 1


def test_what_failed_last_is_said_in_place_of_the_time_that_is_over() -> None:
    clock = Clock()
    inner = FakeTransport(reply(""), TransportError("It said 503.", reached="maybe"), reply(""))
    transport = EndingTransport(inner, 10.0, clock, over=out_of_time)
    transport.post("u", BODY, READ)
    with pytest.raises(TransportError, match="503"):
        transport.post("u", BODY, READ)
    clock.now = 11.0
    with pytest.raises(TransportError, match="503"):
        transport.post("u", BODY, READ)
    clock.now = 9.0
    transport.post("u", BODY, READ)
    clock.now = 11.0
    with pytest.raises(TimedOut, match="was not asked"):
        transport.post("u", BODY, READ)


# -- reading one instance ----------------------------------------------------------------------------------------------

ENVIRON = {"CAMPAIGN_USER": "ops", "CAMPAIGN_PASSWORD": SECRET}
LATER = 1e12


def empty(name: str) -> Any:
    """A query's answer without rows."""
    return reply(
        "<?xml version='1.0'?><SOAP-ENV:Envelope xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'>"
        "<SOAP-ENV:Body><ExecuteQueryResponse xmlns='urn:xtk:queryDef'><pdomOutput>"
        f"<{name}-collection/></pdomOutput></ExecuteQueryResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )


def reading(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> FakeTransport:
    inner = FakeTransport(*answers)
    monkeypatch.setattr(_sweep, "HttpTransport", lambda _settings: inner)
    return inner


def test_an_instance_costs_one_logon_its_queries_and_one_logoff(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = reading(monkeypatch, logon(), empty("option"), empty("extAccount"), empty("workflow"), answer("Logoff"))
    seen = Reader({}, ENVIRON, SweepLimits())(SweepTarget("mkt-a", "http://mkt", {}), LATER)
    assert (seen["verdict"], seen["version"], seen["build"]) == ("not_applicable", "7.3.4", "9364")
    actions = [sent.headers["SOAPAction"].rpartition("#")[2] for sent in inner.sent]
    assert actions == ["Logon", "ExecuteQuery", "ExecuteQuery", "ExecuteQuery", "Logoff"]


def test_an_instance_that_fails_in_the_middle_is_logged_off(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = reading(monkeypatch, logon(), *[TransportError("Cut off.", reached="maybe")] * 2, answer("Logoff"))
    seen = Reader({}, ENVIRON, SweepLimits(instance_timeout=60))(SweepTarget("mkt-a", "http://mkt", {}), LATER)
    assert seen["verdict"] == "unreachable"
    assert "mkt-a: Cut off." in seen["reason"]
    assert inner.sent[-1].headers["SOAPAction"].endswith("#Logoff")
    assert inner.closed


def test_no_wait_goes_beyond_the_instances_time(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(_sweep.time, "sleep", waits.append)
    monkeypatch.setattr(_sweep.time, "monotonic", lambda: 50.0)
    reading(monkeypatch, *[TransportError("Cut off.", reached="maybe")] * 2)
    Reader({}, ENVIRON, SweepLimits())(SweepTarget("mkt-a", "http://mkt", {}), 50.1)
    assert len(waits) == 1 and waits[0] <= 0.1 + 1e-9


def test_a_server_that_repeats_the_password_does_not_make_it_a_host_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    reading(monkeypatch, reply(f"XSV-350012 Invalid login or password {SECRET}. Connection denied.", 403))
    seen = Reader({}, ENVIRON, SweepLimits())(SweepTarget("mkt-a", "http://mkt", {}), LATER)
    assert seen["verdict"] == "denied"
    assert "XSV-350012" in seen["reason"]
    assert SECRET not in str(seen)


@pytest.mark.parametrize(
    ("environ", "options", "words"),
    [
        ({}, {}, "mkt-a: The credentials are not complete"),
        (
            ENVIRON,
            {"timeout": "soon"},
            "mkt-a: argument 'timeout' is of type ",
        ),
        ({**ENVIRON, "CAMPAIGN_CREDENTIALS_FILE": "/nowhere"}, {}, "mkt-a: The credentials file /nowhere"),
    ],
    ids=["no credentials", "no number", "no file"],
)
def test_what_is_wrong_with_one_instance_is_its_verdict(
    environ: dict[str, str], options: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = reading(monkeypatch)
    seen = Reader({}, environ, SweepLimits())(SweepTarget("mkt-a", "http://mkt", options), LATER)
    assert seen["verdict"] == "misconfigured"
    assert seen["reason"].startswith(words)
    assert not inner.sent


def test_a_defect_of_ours_is_the_verdict_of_one_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = reading(monkeypatch, ZeroDivisionError("surprise"))
    assert inner
    seen = Reader({}, ENVIRON, SweepLimits())(SweepTarget("mkt-a", "http://mkt", {}), LATER)
    assert seen["verdict"] == "unreachable"
    assert "defect" in seen["reason"]


def test_connection_options_become_what_the_modules_take() -> None:
    found = validated({"validate_certs": "no", "timeout": "7.5", "ca_path": "~", "user": "ops", "read_only": True})
    assert (found["validate_certs"], found["timeout"], found["user"]) == (False, 7.5, "ops")
    assert not found["ca_path"].startswith("~")


def test_what_is_found_is_told_at_once() -> None:
    told: list[str] = []
    sweep(
        targets(2), lambda _target, _until: {}, SweepLimits(concurrency=1), tell=lambda name, _found: told.append(name)
    )
    assert told == ["mkt-0", "mkt-1"]


def test_two_names_of_one_address_are_two_instances() -> None:
    both = [SweepTarget("mkt-a", "http://mkt", {}), SweepTarget("mkt-b", "http://mkt", {})]
    found = sweep(both, lambda target, _until: {"name": target.name}, SweepLimits())
    assert found == {"mkt-a": {"name": "mkt-a"}, "mkt-b": {"name": "mkt-b"}}


def test_instances_that_hang_keep_nobody_from_being_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sweep, "PATIENCE", 0.0)
    answered = threading.Event()
    asked: list[str] = []

    def look(target: SweepTarget, _until: float) -> dict[str, Any]:
        asked.append(target.name)
        if target.name == "mkt-39":
            answered.set()
        elif int(target.name.partition("-")[2]) < 30:
            answered.wait(20)  # hangs until the last one has answered
        return {"verdict": "healthy"}

    found = sweep(targets(40), look, SweepLimits(start=2))
    assert len(found) == 40 and sorted(asked) == sorted(found)


def test_hanging_instances_do_not_make_it_more_than_the_user_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sweep, "PATIENCE", 0.0)
    lock = threading.Lock()
    now, most = 0, 0

    def look(_target: SweepTarget, _until: float) -> dict[str, Any]:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        threading.Event().wait(0.06)  # longer than a look at the number of threads
        with lock:
            now -= 1
        return {"verdict": "healthy"}

    sweep(targets(30), look, SweepLimits(concurrency=5, start=2))
    assert most == 5


def test_an_instance_whose_time_is_over_in_the_middle_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([50.0])
    inner = reading(monkeypatch, logon(), answer("Logoff"))
    monkeypatch.setattr(
        _sweep, "EndingTransport", lambda *given, **more: EndingTransport(*given, lambda: next(moments, 99.0), **more)
    )
    seen = Reader({}, ENVIRON, SweepLimits())(SweepTarget("mkt-a", "http://mkt", {}), 51.0)
    assert seen["verdict"] == "unreachable" and "its time was over" in seen["reason"]
    assert inner.sent[-1].headers["SOAPAction"].endswith("#Logoff")


def test_an_instance_for_which_no_time_is_left_was_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = reading(monkeypatch)
    seen = Reader({}, ENVIRON, SweepLimits())(SweepTarget("mkt-a", "http://mkt", {}), 0.0)
    assert seen["verdict"] == "not_asked" and "was not asked" in seen["reason"]
    assert not inner.sent


def test_what_instances_have_in_common_is_validated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []

    def counted(options: Any) -> dict[str, Any]:
        seen.append(dict(options))
        return validated(options)

    made: list[dict[str, Any]] = []

    def executed(_operation: Any, params: dict[str, Any], **_more: Any) -> tuple[dict[str, Any], frozenset[str]]:
        made.append(params)
        return {}, frozenset()

    monkeypatch.setattr(_sweep, "validated", counted)
    monkeypatch.setattr(_sweep, "execute", executed)
    monkeypatch.setattr(_sweep, "observation", lambda _result, _now: {})
    read = Reader({}, ENVIRON, SweepLimits())
    others: list[dict[str, Any]] = [{}, {"timeout": "7.5"}, {"proxy": 1}, {"proxy": True}]
    for number, options in enumerate([{}, *others]):
        read(SweepTarget(f"mkt-{number}", f"http://mkt-{number}", options), LATER)
    assert [one["url"] for one in seen] == ["http://mkt-0", "http://mkt-2", "http://mkt-3", "http://mkt-4"]
    assert [(one["url"], one["instance"]) for one in made] == [(f"http://mkt-{n}", f"mkt-{n}") for n in range(5)]
    assert [one["timeout"] for one in made[1:3]] == [30.0, 7.5]
    assert [one["proxy"] for one in made[3:]] == ["1", "True"]
