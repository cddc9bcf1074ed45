# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking mids: who is asked what and when, and what each kind of answer means. The mid is a transport with a script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client import connect as _connection
from ansible_collections.campaign.classic.plugins.module_utils._client.mids import Mids
from ansible_collections.campaign.classic.plugins.module_utils._client.mids import shown as shown_address
from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    HttpStatusError,
    NotAsked,
    ProtocolError,
    TimedOut,
    TlsError,
    TransportError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.masking import MASK, Masking, Secret
from ansible_collections.campaign.classic.plugins.module_utils._cure.ask_mid import MidAsker, candidates
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import ResumePoint
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Diagnosis, Thresholds, judge
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.mid_figures import MidFigures
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import HttpReply
from tests.helpers.cursors import DAY, MINUTE, NOW, TIMEOUT, YEARS, account, failed_cursor, line, option, workflow
from tests.unit.plugins.module_utils.fake_transport import FakeTransport, answer, fault, logon, reply

SERVER = "https://mid1.example"
SECRET = "mid-canary-4411"
GIVEN: Mapping[str, Any] = {"server": SERVER, "name": "mid-eu", "user": "ops", "password": SECRET}
OPTION = "NmsMidSourcing_LastDelivery_mid1"
PLANNED = NOW - timedelta(days=3)
#: Where the cursor stood before an earlier attempt.
EARLIER = CursorValue.at(NOW - timedelta(days=700))
#: A logoff is answered too; its content matters to nobody.
BYE = answer("Logoff")


def stuck(age: float = YEARS, *, server: str = SERVER, name: str = "mid1", **more: Any) -> Diagnosis:
    """A cursor that is stuck according to its own instance."""
    seen = failed_cursor(
        age,
        line(20 * MINUTE, TIMEOUT),
        line(10 * MINUTE, TIMEOUT),
        option=option(age, account=name),
        account=account(name, server=server),
        **more,
    )
    found = judge(seen, Thresholds())
    assert found.cures
    return found


def counted(number: int) -> HttpReply:
    return reply(
        "<SOAP-ENV:Envelope xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'><SOAP-ENV:Body>"
        f"<ExecuteQueryResponse xmlns='urn:xtk:queryDef'><pdomOutput><delivery count='{number}'/></pdomOutput>"
        "</ExecuteQueryResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )


class Mid:
    """A mid with a script, its asker, and a clock that each request moves by ``seconds``."""

    def __init__(
        self, *script: HttpReply | BaseException, given: Any = (GIVEN,), seconds: float = 0.1, **more: Any
    ) -> None:
        self.now = 0.0
        self.asked: list[str] = []
        self.wire = FakeTransport(*script)
        post = self.wire.post

        def slow(url: str, body: bytes, headers: Mapping[str, str], **keywords: Any) -> HttpReply:
            self.now += seconds
            if b"queryDef" in body:
                self.asked.append(body.decode())
            return post(url, body, headers, **keywords)

        self.wire.post = slow  # type: ignore[method-assign]
        self.asker = MidAsker(
            Mids(given),
            clock=lambda: self.now,
            sleep=lambda _seconds: None,
            transport=lambda _settings: self.wire,
            **more,
        )

    def figures(self, *found: Diagnosis, planned: datetime | None = PLANNED) -> dict[str, MidFigures]:
        return self.asker.figures(found or (stuck(),), lambda _one, _mid: planned, NOW)

    def one(self, *found: Diagnosis) -> MidFigures:
        (told,) = self.figures(*found).values()
        return told


# -- what is asked ----------------------------------------------------------------------------------------------------


def test_one_logon_three_counting_queries_and_one_logoff() -> None:
    mid = Mid(logon(), counted(7), counted(38), counted(41203), BYE)
    told = mid.one()
    assert mid.wire.methods == ["Logon", *["ExecuteQuery"] * 3, "Logoff"]
    assert (told.name, told.state, told.why) == ("mid-eu", "answered", "")
    assert told.last_day is not None and told.since_planned is not None and told.since_cursor is not None
    assert (told.last_day.deliveries, told.since_planned.deliveries, told.since_cursor.deliveries) == (7, 38, 41203)
    assert told.last_day.since == NOW - timedelta(days=1)
    assert told.since_planned.since == PLANNED
    assert (NOW - told.since_cursor.since).total_seconds() == YEARS
    assert told.seconds == pytest.approx(0.1)
    assert mid.wire.closed
    assert not mid.asker.warnings
    for query, since in zip(mid.asked, ("2026-11-22", "2026-11-20", "2020-04-"), strict=True):
        assert 'operation="count"' in query
        assert f"@lastModified &gt;= #{since}" in query
        assert "deliveryMode" not in query


def test_two_cursors_of_one_mid_share_its_logon_and_the_count_of_the_last_day() -> None:
    mid = Mid(logon(), counted(1), counted(2), counted(3), counted(4), counted(5), BYE)
    told = mid.figures(stuck(), stuck(40 * DAY, name="sms", server=f"{SERVER}:443/"))
    assert mid.wire.methods.count("Logon") == 1
    assert mid.wire.methods.count("ExecuteQuery") == 5
    assert {name: one.since_cursor and one.since_cursor.deliveries for name, one in told.items()} == {
        OPTION: 5,
        "NmsMidSourcing_LastDelivery_sms": 4,
    }


def test_a_strategy_that_gives_no_value_costs_one_query_less() -> None:
    mid = Mid(logon(), counted(1), counted(2), BYE)
    (told,) = mid.figures(planned=None).values()
    assert told.since_planned is None
    assert mid.wire.methods.count("ExecuteQuery") == 2


def test_nobody_is_asked_who_would_not_be_moved_or_whose_move_has_begun() -> None:
    begun = ResumePoint("r1", EARLIER, True, True)
    ours = failed_cursor(
        YEARS, line(10 * MINUTE, TIMEOUT), workflow=workflow(20), ours=True, resume_point=replace(begun, written=False)
    )
    written = failed_cursor(DAY, resume_point=begun)
    found = [judge(seen, Thresholds()) for seen in (ours, written)]
    assert all(one.cures for one in found), "both are resumed"
    healthy = judge(failed_cursor(MINUTE), Thresholds())
    assert candidates([*found, healthy]) == []
    mid = Mid()
    assert mid.figures(*found, healthy) == {}
    assert not mid.wire.sent


def test_the_mid_is_asked_anew_where_an_attempt_was_rolled_back_and_has_left_the_workflow_stopped() -> None:
    over = ResumePoint("r1", EARLIER, False, True, over=NOW)
    one = judge(
        failed_cursor(YEARS, line(10 * MINUTE, TIMEOUT), workflow=workflow(20), ours=True, resume_point=over),
        Thresholds(),
    )
    assert one.cures and candidates([one]) == [one]


def test_a_cursor_whose_workflow_an_attempt_has_not_yet_stopped_is_asked_for() -> None:
    one = stuck(resume_point=ResumePoint("r1", EARLIER, False, True), ours=True)
    assert candidates([one]) == [one]


@pytest.mark.parametrize(
    ("date", "ahead"), [("2026-11-23 08:00:00.000Z", -4 * 3600), ("2026-11-25 12:00:00.000Z", 2 * DAY), ("", None)]
)
def test_its_logon_tells_how_far_its_clock_is_ahead_and_the_planned_value_heeds_it(
    date: str, ahead: float | None
) -> None:
    mid = Mid(logon(date=date), counted(1), counted(2), counted(3), BYE)
    heard: list[MidFigures] = []

    def planned(_one: Diagnosis, told: MidFigures) -> datetime:
        heard.append(told)
        return PLANNED

    (told,) = mid.asker.figures((stuck(),), planned, NOW).values()
    assert mid.wire.methods == ["Logon", *["ExecuteQuery"] * 3, "Logoff"], "no call is made for the time"
    assert [one.name for one in heard] == ["mid-eu"]
    for one in (told, *heard):
        assert one.ahead_seconds == (None if ahead is None else pytest.approx(ahead, abs=1))


def test_time_at_the_end_of_the_calendar_is_none() -> None:
    mid = Mid(logon(date="9999-12-31 23:59:59.999Z"), counted(1), counted(2), counted(3), BYE)
    told = mid.one()
    assert told.state == "answered"
    assert told.ahead_seconds is None or told.ahead_seconds > 0


def test_with_never_nobody_is_asked() -> None:
    mid = Mid(policy="never")
    assert mid.figures() == {}
    assert not mid.wire.sent


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused(seconds: float) -> None:
    with pytest.raises(ValidationError, match="ask_mid_timeout"):
        MidAsker(timeout=seconds)


# -- what it means ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        TransportError("mid1.example:443 refused the connection.", reached="no"),
        TimedOut("mid1.example:443 did not answer in time.", reached="maybe"),
        HttpStatusError("It said 503.", status=503),
        HttpStatusError("It said 404.", status=404),
        ProtocolError("It is a page.", reached="maybe"),
    ],
)
def test_a_mid_without_a_usable_answer_is_silent(error: Exception) -> None:
    mid = Mid(*[error] * 20, seconds=3.0)
    told = mid.one()
    assert (told.state, told.cause) == ("silent", "mid_unreachable")
    assert mid.now <= 33, "however often a logon is repeated, it ends in its time"
    assert told.why == getattr(error, "message", "")


def test_a_mid_whose_logon_ends_in_a_fault_is_silent() -> None:
    assert Mid(fault("PGS-220000 PostgreSQL error: FATAL: the database system is starting up")).one().state == "silent"


@pytest.mark.parametrize(
    "refusal",
    [
        reply("XSV-350012 Invalid login or password. Connection denied.", 403, {"content-type": "text/plain"}),
        reply("XSV-350014 The '10.0.0.7' IP address via which you are accessing the server is not accepted.", 403),
        TlsError("The certificate is not trusted.", reached="no"),
        HttpStatusError("It said 407.", status=407),
        NotAsked("mid1 was not asked: this controller has too little left to connect.", reached="no"),
    ],
)
def test_a_refusal_of_ours_says_nothing_of_the_workflow_and_is_a_warning(refusal: HttpReply | Exception) -> None:
    mid = Mid(refusal)
    told = mid.one()
    assert (told.state, told.cause, told.is_missing) == ("not_asked", "", False)
    (warning,) = mid.asker.warnings
    assert warning.startswith("The mid-sourcing server mid-eu could not be asked: ")
    assert SECRET not in warning + told.why


def test_a_mid_that_lets_us_in_and_not_count_was_not_asked() -> None:
    mid = Mid(logon(), fault("QUE-370030 You do not have the rights needed on folder of identifier 12."), BYE)
    told = mid.one()
    assert told.state == "not_asked"
    assert told.why.startswith("mid-eu answers, but does not let us count: ")
    assert told.seconds is None
    assert told.ahead_seconds == pytest.approx(-4 * 3600, abs=1), "its clock is known all the same"
    assert "QUE-370030" in told.why
    assert mid.wire.methods[-1] == "Logoff"


@pytest.mark.parametrize(
    "gone",
    [
        TransportError("mid1.example:443 refused the connection.", reached="no"),
        HttpStatusError("It said 404.", status=404),
    ],
)
def test_a_mid_that_goes_down_while_it_counts_is_silent(gone: Exception) -> None:
    told = Mid(logon(), counted(1), counted(1), *[gone] * 60, seconds=3.0).one()
    assert (told.state, told.cause) == ("silent", "mid_unreachable")


@pytest.mark.parametrize(
    "late",
    [
        TimedOut("mid1.example:443 did not answer in time.", reached="maybe"),
        fault("PGS-220000 PostgreSQL error: ERROR: canceling statement due to statement timeout"),
    ],
)
def test_a_count_that_takes_too_long_is_an_answer_too(late: HttpReply | Exception) -> None:
    again = [late] if isinstance(late, Exception) else []
    told = Mid(logon(), counted(1), counted(1), late, *again, BYE).one()
    assert told.state == "answered"
    assert told.since_cursor is not None and told.since_cursor.deliveries is None
    assert (told.cause, told.is_small(500)) == ("", False)


def test_a_mid_that_can_count_nothing_in_time_is_overloaded() -> None:
    late = TimedOut("mid1.example:443 did not answer in time.", reached="maybe")
    assert Mid(logon(), *[late] * 6, BYE).one().cause == "mid_overloaded"


@pytest.mark.parametrize(
    "broken",
    [
        TransportError("mid1 closed the connection without an answer.", reached="maybe"),
        ProtocolError("It is a page.", reached="maybe"),
        HttpStatusError("It said 502.", status=502),
    ],
)
def test_a_mid_whose_answers_break_while_it_counts_is_told_so(broken: TransportError) -> None:
    told = Mid(logon(), *[broken] * 30).one()
    assert (told.state, told.cause) == ("answered", "mid_unreachable")
    assert f"could not be counted: {broken.message.rstrip('.')}" in told.says()


@pytest.mark.parametrize("status", [503, 504])
def test_a_mid_that_is_too_busy_to_count_is_overloaded(status: int) -> None:
    told = Mid(logon(), *[HttpStatusError(f"It said {status}.", status=status)] * 30).one()
    assert told.cause == "mid_overloaded"


def test_no_count_gets_more_than_its_share_of_the_time() -> None:
    mid = Mid(logon(), counted(1), counted(1), counted(1), BYE, seconds=3.0, timeout=12.0)
    mid.one()
    # Nine seconds are left after the logon; what one query does not need is left to those after it.
    assert [sent.timeout for sent in mid.wire.sent] == [12.0, 3.0, 3.0, 3.0, 2.0]


def test_a_mid_that_nobody_knows_is_not_asked_and_is_no_warning() -> None:
    mid = Mid(given=())
    told = mid.one()
    assert (told.name, told.state) == (SERVER, "not_asked")
    assert "no credentials for it are given (mids=...)" in told.why
    assert not mid.asker.warnings and not mid.wire.sent


def test_a_mid_whose_credentials_are_not_complete_is_not_asked() -> None:
    mid = Mid(given=({"server": SERVER, "user": "ops"},))
    assert mid.one().state == "not_asked"
    assert "credentials" in mid.asker.warnings[0]


def test_without_figures_that_are_required_they_are_missing() -> None:
    assert Mid(given=(), policy="require").one().is_missing
    assert not Mid(logon(), counted(1), counted(2), counted(3), BYE, policy="require").one().is_missing


def test_an_access_token_needs_no_logon_and_a_cheap_call_tells_whether_the_mid_answers() -> None:
    token = {"server": SERVER, "access_token": "token-canary-1"}
    mid = Mid(answer("GetServerTime", "2026-11-23T12:00:00Z"), counted(1), counted(2), counted(3), given=(token,))
    assert mid.one().state == "answered"
    assert mid.wire.methods == ["GetServerTime", *["ExecuteQuery"] * 3]
    down = TransportError("mid1.example:443 refused the connection.", reached="no")
    assert Mid(down, down, given=(token,)).one().state == "silent"


def test_an_identity_service_that_is_down_is_not_the_mid(monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        def post(self, *_arguments: Any, **_keywords: Any) -> HttpReply:
            raise TransportError("ims:443 refused the connection.", reached="no")

        def close(self) -> None:
            return None

    monkeypatch.setattr(_connection, "HttpTransport", lambda _settings: Down())
    robot = {"server": SERVER, "client_id": "c", "client_secret": SECRET, "scope": "s"}
    told = Mid(given=(robot,)).one()
    assert told.state == "not_asked"
    assert "ims:443" in told.why


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("http://mid.example:8080/x", "http://mid.example:8080/x"),
        ("says @token-of-42/a and 1", f"says {MASK} and {MASK}"),
        ("@token-of-42/a", MASK),
        ("http://mid.example/@token-of-42/a", f"http://mid.example/{MASK}"),
    ],
)
def test_address_of_a_mid_is_masked_and_stays_one(server: str, expected: str) -> None:
    with Masking([Secret("@token-of-42/a"), Secret("1"), Secret("mid")]).active():
        assert shown_address(server) == expected
