# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session: exactly which requests it makes, in which order, and how it handles their answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client.ims import ImsAccount
from ansible_collections.campaign.classic.plugins.module_utils._client.session import (
    LOGOFF_TIMEOUT,
    WRITE_MAX_IDLE,
    BearerCredentials,
    CallRecord,
    MethodClass,
    Param,
    PasswordCredentials,
    Session,
    TokenCredentials,
    TokenSource,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    DeniedError,
    FaultError,
    HttpStatusError,
    MissingLibrary,
    ProtocolError,
    ReadOnlyError,
    SessionExpired,
    TimedOut,
    TransportError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import (
    HttpReply,
    HttpSettings,
    HttpTransport,
)
from ansible_collections.campaign.classic.plugins.module_utils._soap import envelope as _soap
from tests.unit.plugins.module_utils import scripted_server
from tests.unit.plugins.module_utils.fake_transport import (
    ENVELOPE,
    FakeTransport,
    answer,
    expired,
    fault,
    logon,
    reply,
)

URL = "http://mkt-a.example:8080"
PASSWORD = PasswordCredentials("api", "pass-word")
BEARER = BearerCredentials("bearer-secret")
TOKENS = TokenCredentials("___given", "@given==")
READ = ("xtk:session", "GetOption", [Param("strName", "XtkDatabaseId")])
WRITE = ("xtk:persist", "Write", [Param("domDoc", "x")])


def gone() -> TransportError:
    """An error after which the request may have arrived."""
    return TransportError("It is gone.", reached="maybe")


def never_left() -> TransportError:
    """An error before anything was sent."""
    return TransportError("It never left.", reached="no")


class Bench:
    """A session on a fake transport that gives these answers."""

    def __init__(self, *answers: HttpReply | BaseException, credentials: Any = PASSWORD, **kwargs: Any) -> None:
        self.transport = FakeTransport(*answers)
        self.sleeps: list[float] = []
        self.session = Session(
            "mkt-a",
            URL,
            credentials,
            self.transport,
            clock=lambda: self.transport.now,
            sleep=self.sleep,
            random=lambda: 1.0,
            now=lambda: datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
            **kwargs,
        )

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.transport.now += seconds

    @property
    def methods(self) -> list[str]:
        return self.transport.methods

    @property
    def calls(self) -> list[tuple[str, str, int]]:
        return [(call.method, call.outcome, call.attempt) for call in self.session.calls]

    def fails(self, action: Callable[[], object], error: type[CampaignError]) -> Any:
        """The error of an action: of this type, with the instance's name and without secrets."""
        with pytest.raises(CampaignError) as caught:
            action()
        assert caught.value.__class__ is error
        assert caught.value.instance == "mkt-a"
        shown = f"{caught.value} {caught.value!r} {caught.value.to_result()} {self.session!r} {self.session.calls}"
        assert not [secret for secret in self.session.secrets() if secret in shown]
        return caught.value


# -- logon and logoff -------------------------------------------------------------------------------------------------


def test_session_logs_on_calls_and_logs_off() -> None:
    bench = Bench(logon(), answer("GetOption", "uFE80", "6"), answer("Logoff"))
    with bench.session as session:
        assert session.is_open
        assert [output.text for output in session.call(*READ)] == ["uFE80", "6"]
    assert bench.methods == ["Logon", "GetOption", "Logoff"]
    assert bench.transport.closed == 1
    assert not session.is_open


def test_logon_sends_user_and_password_and_no_token() -> None:
    bench = Bench(logon())
    bench.session.logon()
    (sent,) = bench.transport.sent
    assert sent.url == "http://mkt-a.example:8080/nl/jsp/soaprouter.jsp"
    assert (sent.token, sent.params) == ("", ["api", "pass-word", ""])
    assert sent.headers == {"SOAPAction": "xtk:session#Logon", "Content-Type": "text/xml; charset=utf-8"}


def test_call_sends_both_tokens_in_body_and_headers() -> None:
    bench = Bench(logon(), answer("GetOption"))
    bench.session.logon()
    bench.session.call(*READ)
    sent = bench.transport.sent[1]
    assert (sent.token, sent.params) == ("___token-1", ["XtkDatabaseId"])
    assert sent.headers == {
        "SOAPAction": "xtk:session#GetOption",
        "Content-Type": "text/xml; charset=utf-8",
        "Cookie": "__sessiontoken=___token-1",
        "X-Security-Token": "@security-1==",
    }


def test_bearer_token_goes_with_every_call_and_needs_no_logon() -> None:
    bench = Bench(answer("GetOption"), credentials=BEARER)
    with bench.session as session:
        assert session.is_open
        session.call(*READ)
        assert session.tokens is None
    assert bench.methods == ["GetOption"]
    (sent,) = bench.transport.sent
    assert sent.token == ""
    assert sent.headers == {
        "SOAPAction": "xtk:session#GetOption",
        "Content-Type": "text/xml; charset=utf-8",
        "Authorization": "Bearer bearer-secret",
    }
    assert bench.transport.closed == 1


def test_given_tokens_are_used_and_their_session_left_open() -> None:
    bench = Bench(answer("GetOption"), credentials=TOKENS)
    with bench.session as session:
        session.call(*READ)
    assert bench.methods == ["GetOption"]
    assert bench.transport.sent[0].token == "___given"
    assert bench.transport.sent[0].headers["X-Security-Token"] == "@given=="


def test_session_of_given_tokens_can_be_closed() -> None:
    bench = Bench(answer("Logoff"), credentials=TOKENS)
    bench.session.logon()
    bench.session.logoff()
    assert bench.methods == ["Logoff"]
    assert not bench.session.is_open


def test_tokens_can_be_passed_on() -> None:
    bench = Bench(logon())
    bench.session.logon()
    assert bench.session.tokens == TokenCredentials("___token-1", "@security-1==")


def token_reply(token: str) -> HttpReply:
    return HttpReply(200, {}, json.dumps({"access_token": token, "expires_in": 3600}).encode(), 0.0)


class Issuer:
    """An identity service."""

    def __init__(self, *answers: HttpReply | BaseException) -> None:
        self.answers = list(answers)

    def post(self, *_args: Any, **_kwargs: Any) -> HttpReply:
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        """Nothing to close."""


def account(name: str, *answers: HttpReply | BaseException) -> TokenSource:
    """A source of tokens that answers so; each test has an account of its own, since tokens are kept."""
    issuer: Any = Issuer(*answers)
    return TokenSource(ImsAccount(name, "ims-secret", "openid"), lambda: issuer)


def test_technical_account_gets_a_token_that_goes_with_every_call() -> None:
    bench = Bench(answer("GetOption", "x"), credentials=account("plain", token_reply("ims-1")))
    assert not bench.session.is_open
    with bench.session as session:
        assert session.is_open
        session.call(*READ)
    (sent,) = bench.transport.sent
    assert (sent.headers["Authorization"], sent.token) == ("Bearer ims-1", "")
    assert "Cookie" not in sent.headers
    assert session.secrets() == {"ims-secret", "ims-1"}


def test_busy_identity_service_is_asked_again() -> None:
    busy = HttpReply(503, {}, b"", 0.0)
    bench = Bench(answer("GetOption", "x"), credentials=account("busy", busy, gone(), token_reply("ims-2")))
    with bench.session as session:
        session.call(*READ)
    assert bench.sleeps == [0.5, 1.0]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<!DOCTYPE html><html>Down for maintenance</html>"),
        (200, b""),
        (200, b'{"access_tok'),
        (200, b"{}"),
        (302, b""),
        (404, b"<html>Not found</html>"),
        (429, b'{"error": "too_many"}'),
        (500, b""),
        (502, b"<html>Bad gateway</html>"),
    ],
)
def test_identity_service_that_sends_no_token_is_asked_again(status: int, body: bytes) -> None:
    source = account(f"no token {status} {body!r}", HttpReply(status, {}, body, 0.0), token_reply("ims-3"))
    bench = Bench(answer("GetOption", "x"), credentials=source)
    with bench.session as session:
        session.call(*READ)
    assert bench.sleeps == [0.5]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b'{"error": "invalid_client"}'),
        (401, b'{"error": "invalid_scope"}'),
        (403, b"<html>No</html>"),
        (407, b""),
    ],
)
def test_identity_service_that_refuses_is_not_asked_again(status: int, body: bytes) -> None:
    bench = Bench(credentials=account(f"refusing {status} {body!r}", HttpReply(status, {}, body, 0.0)))
    with pytest.raises(CampaignError):
        bench.session.logon()
    assert bench.sleeps == []


def test_identity_service_that_asks_for_time_gets_it() -> None:
    busy = HttpReply(429, {"retry-after": "7"}, b"", 0.0)
    bench = Bench(answer("GetOption", "x"), credentials=account("asks for time", busy, token_reply("ims-4")))
    with bench.session as session:
        session.call(*READ)
    assert bench.sleeps == [7]


def test_technical_account_that_is_refused_is_told_without_its_secret() -> None:
    said = HttpReply(400, {}, b'{"error": "invalid_client", "error_description": "not ims-secret"}', 0.0)
    bench = Bench(credentials=account("refused", said))
    error = bench.fails(bench.session.logon, DeniedError)
    assert error.server_text == "invalid_client: not ********"


def test_token_that_is_refused_is_fetched_anew_and_the_call_repeated() -> None:
    source = account("renewed", token_reply("ims-old"), token_reply("ims-new"))
    bench = Bench(expired(), answer("GetOption", "x"), credentials=source)
    with bench.session as session:
        session.call(*READ)
    assert [sent.headers["Authorization"] for sent in bench.transport.sent] == ["Bearer ims-old", "Bearer ims-new"]
    assert {"ims-old", "ims-new"} <= session.secrets()


def test_given_session_that_has_ended_is_renewed_and_then_ours_to_close() -> None:
    bench = Bench(expired(), logon(2), answer("GetOption", "x"), answer("Logoff"), credentials=TOKENS, renewal=PASSWORD)
    with bench.session as session:
        session.call(*READ)
    assert bench.methods == ["GetOption", "Logon", "GetOption", "Logoff"]
    assert bench.transport.sent[2].token == "___token-2"


def test_given_token_that_has_ended_is_renewed_with_a_password() -> None:
    bench = Bench(expired(), logon(2), answer("GetOption", "x"), answer("Logoff"), credentials=BEARER, renewal=PASSWORD)
    with bench.session as session:
        session.call(*READ)
    assert bench.methods == ["GetOption", "Logon", "GetOption", "Logoff"]
    assert "Authorization" not in bench.transport.sent[2].headers


def test_session_that_is_handed_over_stays_open() -> None:
    bench = Bench(logon())
    with bench.session as session:
        assert session.hand_over() == TokenCredentials("___token-1", "@security-1==")
    assert bench.methods == ["Logon"]


def test_token_of_an_account_is_handed_over() -> None:
    bench = Bench(credentials=account("shared", token_reply("ims-3")))
    with bench.session as session:
        assert session.hand_over() == BearerCredentials("ims-3")


def test_session_that_is_not_open_cannot_be_handed_over() -> None:
    bench = Bench()
    assert "not open" in str(pytest.raises(CampaignError, bench.session.hand_over).value)


def test_logon_tells_of_the_server() -> None:
    bench = Bench(logon())
    bench.session.logon()
    assert (bench.session.info.build, bench.session.info.user) == ("9364", "admin")


def test_refused_logon_is_not_repeated_and_nothing_is_logged_off() -> None:
    bench = Bench(reply("XSV-350012 Invalid login or password. Connection denied.", 403))
    error = bench.fails(bench.session.__enter__, DeniedError)
    assert "XSV-350012 Invalid login or password" in str(error)
    assert str(error).startswith("mkt-a: xtk:session#Logon was refused.")
    assert bench.calls == [("Logon", "denied", 1)]
    assert bench.transport.closed == 1


def test_logon_without_tokens_is_refused() -> None:
    bench = Bench(*[answer("Logon", "", "", "")] * 6)
    bench.fails(bench.session.logon, ProtocolError)
    assert not bench.session.is_open


def test_logon_that_a_restarting_server_answers_with_nothing_is_repeated() -> None:
    bench = Bench(answer("Logon"), logon())
    bench.session.logon()
    assert bench.session.is_open
    assert bench.methods == ["Logon", "Logon"]


def test_logon_is_repeated_when_nobody_answers() -> None:
    bench = Bench(gone(), reply("<html>Gateway</html>", 503, {"retry-after": "2"}), logon())
    bench.session.logon()
    assert bench.calls == [("Logon", "unreachable", 1), ("Logon", "http_status", 2), ("Logon", "ok", 3)]
    assert bench.sleeps == [0.5, 2.0]
    assert [sent.timeout for sent in bench.transport.sent] == [None, 28.5, 25.5]


def test_password_that_xml_cannot_hold_is_invalid_and_sends_nothing() -> None:
    bench = Bench(credentials=PasswordCredentials("api", "pass\x07word"))
    error = bench.fails(bench.session.logon, ValidationError)
    assert "strPassword" in error.message
    assert (bench.methods, bench.session.calls) == ([], [])


def test_logoff_has_a_short_time_and_one_attempt() -> None:
    bench = Bench(logon(), gone())
    with bench.session:
        pass
    assert bench.calls == [("Logon", "ok", 1), ("Logoff", "unreachable", 1)]
    assert bench.transport.sent[1].timeout == LOGOFF_TIMEOUT == 2.0
    assert bench.sleeps == []


@pytest.mark.parametrize(
    "end", [fault("no"), expired(), reply("<html/>"), RuntimeError("a defect"), gone(), never_left()]
)
def test_logoff_never_raises(end: HttpReply | Exception) -> None:
    bench = Bench(logon(), end)
    with bench.session:
        pass
    assert bench.methods == ["Logon", "Logoff"]
    assert not bench.session.is_open


def test_failing_logoff_does_not_hide_what_failed_before() -> None:
    bench = Bench(logon(), fault("SOP-330011 x"), gone())
    with pytest.raises(FaultError), bench.session as session:
        session.call(*READ)
    assert bench.methods == ["Logon", "GetOption", "Logoff"]


def test_second_logoff_sends_nothing() -> None:
    bench = Bench(logon(), answer("Logoff"))
    bench.session.logon()
    bench.session.logoff()
    bench.session.logoff()
    assert bench.methods == ["Logon", "Logoff"]


def test_interrupted_logon_closes_the_transport() -> None:
    bench = Bench(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        bench.session.__enter__()
    assert bench.transport.closed == 1
    assert bench.calls == [("Logon", "interrupted", 1)]


def test_interrupted_logoff_closes_the_transport() -> None:
    bench = Bench(logon(), KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt), bench.session:
        pass
    assert bench.transport.closed == 1


# -- calls ------------------------------------------------------------------------------------------------------------


def test_call_needs_an_open_session() -> None:
    bench = Bench()
    error = bench.fails(lambda: bench.session.call(*READ), CampaignError)
    assert "not open" in error.message
    assert bench.methods == []


def test_read_is_repeated_until_somebody_answers() -> None:
    bench = Bench(logon(), gone(), TimedOut("Late.", reached="maybe"), answer("GetOption", "x"))
    bench.session.logon()
    assert bench.session.call(*READ)[0].text == "x"
    assert bench.calls[1:] == [("GetOption", "unreachable", 1), ("GetOption", "timeout", 2), ("GetOption", "ok", 3)]
    assert [sent.token for sent in bench.transport.sent[1:]] == ["___token-1"] * 3


def test_write_that_may_have_arrived_is_sent_once() -> None:
    bench = Bench(logon(), gone())
    bench.session.logon()
    error = bench.fails(lambda: bench.session.call(*WRITE), TransportError)
    assert error.reached == "maybe"
    assert bench.methods == ["Logon", "Write"]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_write_that_a_gateway_gave_up_is_sent_once(status: int) -> None:
    bench = Bench(logon(), reply("<html>Gateway</html>", status))
    bench.session.logon()
    bench.fails(lambda: bench.session.call(*WRITE), HttpStatusError)
    assert bench.methods == ["Logon", "Write"]


def test_write_that_never_left_is_sent_again() -> None:
    bench = Bench(logon(), never_left(), answer("Write"))
    bench.session.logon()
    assert bench.session.call(*WRITE) == []
    assert bench.calls[1:] == [("Write", "unreachable", 1), ("Write", "ok", 2)]


@pytest.mark.parametrize(("call", "hinted"), [(WRITE, True), (READ, False)])
def test_only_after_a_write_is_the_operator_told_to_read_the_state_back(
    call: tuple[str, str, list[Param]], hinted: bool
) -> None:
    bench = Bench(logon(), *[gone()] * 5)
    bench.session.logon()
    with pytest.raises(TransportError) as caught:
        bench.session.call(*call)
    assert ("read the state back" in str(caught.value)) is hinted


def test_unknown_method_counts_as_a_write() -> None:
    bench = Bench(logon(), gone())
    bench.session.logon()
    bench.fails(lambda: bench.session.call("nms:delivery", "DoSomething"), TransportError)
    assert bench.methods == ["Logon", "DoSomething"]


def test_write_does_not_trust_a_connection_that_lay_idle() -> None:
    bench = Bench(logon(), answer("GetOption"), answer("Write"), answer("Logoff"))
    with bench.session as session:
        session.call(*READ)
        session.call(*WRITE)
    assert [sent.max_idle for sent in bench.transport.sent] == [None, None, WRITE_MAX_IDLE, None]


def test_fault_is_not_repeated() -> None:
    bench = Bench(logon(), fault("SOP-330011 Error"))
    bench.session.logon()
    error = bench.fails(lambda: bench.session.call(*READ), FaultError)
    assert "SOP-330011 Error" in str(error)
    assert bench.calls[1:] == [("GetOption", "fault", 1)]


def test_parameter_that_cannot_be_carried_sends_nothing() -> None:
    bench = Bench(logon())
    bench.session.logon()
    bench.fails(lambda: bench.session.call("xtk:persist", "Write", [Param("domDoc", 1.5)]), ValidationError)
    assert bench.methods == ["Logon"]


# -- what is no SOAP --------------------------------------------------------------------------------------------------

PAGE = "<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body>Back soon.</body></html>"
LOGON_PAGE = {"location": "https://sso.example/nl/jsp/logon.jsp;jsessionid=canary?ticket=canary"}

#: What may come in place of one answer, and the resulting error.
NO_SOAP: Mapping[str, tuple[HttpReply, str]] = {
    "page": (reply(PAGE), "Down for maintenance"),
    "page without a head": (reply("<html>Back soon"), "Back soon"),
    "portal": (reply("<h1>Sign in</h1>"), "Sign in"),
    "nothing": (reply(""), "is empty"),
    "white space": (reply(" \r\n"), "is empty"),
    "text": (reply("OK"), "OK"),
    "json": (reply('{"status": "busy"}'), "busy"),
    "another document": (reply("<redir status='OK'/>"), "<redir>"),
    "half an envelope": (reply(ENVELOPE[:150]), "ends too early"),
    "bytes": (reply(b"\x00\xff\x1f"), "not a SOAP message"),
    "empty envelope": (reply(ENVELOPE.format("")), "nothing"),
    "another method": (reply(ENVELOPE.format("<TestCnxResponse/>")), "<TestCnxResponse>"),
    "document type": (reply("<!DOCTYPE x><x/>"), "document type"),
    "moved": (reply("", 301, {"location": "https://new.example/x?token=canary"}), "https://new.example/x."),
    "logon page": (reply("", 302, LOGON_PAGE), "https://sso.example/nl/jsp/logon.jsp"),
    "see other": (reply("", 303, {"location": "/maintenance.html"}), "/maintenance.html"),
    "temporary redirect": (reply("", 307, {"location": "/x"}), "307"),
    "permanent redirect": (reply("", 308), "nowhere"),
    "bad request": (reply(PAGE, 400), "400"),
    "page that refuses": (reply(PAGE, 403), "403"),
    "page that asks": (reply(PAGE, 401), "401"),
    "not found": (reply(PAGE, 404), "404"),
    "too many": (reply(PAGE, 429, {"retry-after": "3"}), "429"),
    "server error": (reply(PAGE, 500), "500"),
    "server error without a body": (reply("", 500), "500"),
    "not implemented": (reply(PAGE, 501), "501"),
    "bad gateway": (reply(PAGE, 502), "502"),
    "unavailable": (reply(PAGE, 503), "503"),
    "gateway's time": (reply(PAGE, 504), "504"),
    "edge": (reply(PAGE, 520), "520"),
}
#: Those that a logon takes for its answer.
REFUSING = ("page that refuses", "page that asks")


@pytest.mark.parametrize("kind", NO_SOAP)
def test_read_that_got_no_soap_is_repeated(kind: str) -> None:
    bench = Bench(logon(), NO_SOAP[kind][0], answer("GetOption", "x"))
    bench.session.logon()
    assert bench.session.call(*READ)[0].text == "x"
    assert [attempt for _method, _outcome, attempt in bench.calls[1:]] == [1, 2]


@pytest.mark.parametrize("kind", NO_SOAP)
def test_read_that_never_gets_soap_says_what_came_and_how_often_it_was_tried(kind: str) -> None:
    end, words = NO_SOAP[kind]
    bench = Bench(*[end] * 6, credentials=BEARER)
    bench.session.logon()
    with pytest.raises(TransportError) as caught:
        bench.session.call(*READ)
    assert words in str(caught.value)
    assert "It was tried 6 times." in str(caught.value)
    assert "canary" not in str(caught.value)
    assert len(bench.methods) == 6
    assert bench.transport.now < 1000 + 31, "within the deadline"


@pytest.mark.parametrize("kind", NO_SOAP)
def test_logon_that_got_no_soap_is_repeated_unless_it_is_refused(kind: str) -> None:
    bench = Bench(NO_SOAP[kind][0], logon())
    if kind in REFUSING:
        bench.fails(bench.session.logon, HttpStatusError)
        assert bench.methods == ["Logon"]
    else:
        bench.session.logon()
        assert bench.methods == ["Logon", "Logon"]


@pytest.mark.parametrize("kind", NO_SOAP)
def test_write_that_got_no_soap_is_sent_once_and_its_state_is_for_the_caller_to_read(kind: str) -> None:
    bench = Bench(logon(), NO_SOAP[kind][0])
    bench.session.logon()
    with pytest.raises(TransportError) as caught:
        bench.session.call(*WRITE)
    assert caught.value.reached == "maybe"
    assert "read the state back" in str(caught.value)
    assert bench.methods == ["Logon", "Write"]


@pytest.mark.parametrize("kind", NO_SOAP)
def test_logoff_that_got_no_soap_is_sent_once_and_never_matters(kind: str) -> None:
    bench = Bench(logon(), NO_SOAP[kind][0])
    with bench.session:
        pass
    assert bench.methods == ["Logon", "Logoff"]


@pytest.mark.parametrize(
    ("end", "error"),
    [
        (reply("XSV-350012 Invalid login or password.", 403), DeniedError),
        (reply("XSV-350014 The address is not accepted.", 500), DeniedError),
        (reply("Forbidden", 403), DeniedError),
        (reply(PAGE, 407), HttpStatusError),
        (fault("PGS-220000 deadlock detected"), FaultError),
    ],
    ids=["logon", "address", "forbidden", "proxy", "fault"],
)
def test_refusal_and_fault_stay_final(end: HttpReply, error: type[CampaignError]) -> None:
    bench = Bench(logon(), end)
    bench.session.logon()
    bench.fails(lambda: bench.session.call(*READ), error)
    assert bench.methods == ["Logon", "GetOption"]


def test_who_has_written_reads_with_more_patience() -> None:
    bench = Bench(logon(), gone(), *[reply(PAGE)] * 8, answer("GetOption", "x"))
    bench.session.logon()
    bench.fails(lambda: bench.session.call(*WRITE), TransportError)
    assert bench.session.call(*READ)[0].text == "x"
    assert sum(bench.sleeps) > 20, "a web server that restarts is back by then"


def test_read_that_is_sent_to_the_logon_page_twice_is_asked_again_in_a_new_session() -> None:
    page = reply("", 302, {"location": "/nl/jsp/logon.jsp?target=x"})
    bench = Bench(logon(1), page, page, answer("Logoff"), logon(2), answer("GetOption", "x"), answer("Logoff"))
    with bench.session as session:
        assert session.call(*READ)[0].text == "x"
    assert bench.methods == ["Logon", "GetOption", "GetOption", "Logoff", "Logon", "GetOption", "Logoff"]
    assert [sent.token for sent in bench.transport.sent[3:6]] == ["___token-1", "", "___token-2"]


@pytest.mark.parametrize("location", ["/maintenance.html", "https://idp.example/login", "/nl/jsp/logon.jsp.html"])
def test_redirect_elsewhere_opens_no_new_session(location: str) -> None:
    page = reply("", 302, {"location": location})
    bench = Bench(logon(1), *[page] * 6)
    bench.session.logon()
    bench.fails(lambda: bench.session.call(*READ), HttpStatusError)
    assert bench.methods == ["Logon", *["GetOption"] * 6]


def test_write_that_is_sent_to_the_logon_page_is_not_sent_again() -> None:
    bench = Bench(logon(), reply("", 302, {"location": "/nl/jsp/logon.jsp"}))
    bench.session.logon()
    bench.fails(lambda: bench.session.call(*WRITE), HttpStatusError)
    assert bench.methods == ["Logon", "Write"]


# -- an expired session -----------------------------------------------------------------------------------------------

EXPIRED = [
    pytest.param(expired(), id="plain"),
    pytest.param(reply("XSV-350008 Session has expired", 200), id="plain-200"),
    pytest.param(reply("<html>XSV-350008 Session has expired</html>", 500), id="page-500"),
    pytest.param(fault("XSV-350008 Session has expired"), id="fault"),
]


@pytest.mark.parametrize("end", EXPIRED)
@pytest.mark.parametrize("call", [READ, WRITE], ids=["read", "write"])
def test_expired_session_is_opened_anew_and_the_call_repeated_with_the_new_tokens(
    call: tuple[str, str, list[Param]], end: HttpReply
) -> None:
    bench = Bench(logon(1), end, logon(2), answer(call[1]), answer("Logoff"))
    with bench.session as session:
        session.call(*call)
        assert session.secrets() == {"pass-word", "___token-1", "@security-1==", "___token-2", "@security-2=="}
    assert bench.methods == ["Logon", call[1], "Logon", call[1], "Logoff"]
    assert [sent.token for sent in bench.transport.sent] == ["", "___token-1", "", "___token-2", "___token-2"]
    assert "Cookie" not in bench.transport.sent[2].headers
    assert bench.transport.sent[3].headers["Cookie"] == "__sessiontoken=___token-2"
    assert [outcome for _method, outcome, _attempt in bench.calls] == ["ok", "session_expired", "ok", "ok", "ok"]


def test_session_that_expires_again_at_once_is_an_error() -> None:
    bench = Bench(logon(1), expired(), logon(2), expired())
    bench.session.logon()
    bench.fails(lambda: bench.session.call(*READ), SessionExpired)
    assert bench.methods == ["Logon", "GetOption", "Logon", "GetOption"]


def test_write_repeated_after_expiry_is_still_sent_once() -> None:
    bench = Bench(logon(1), expired(), logon(2), gone())
    bench.session.logon()
    bench.fails(lambda: bench.session.call(*WRITE), TransportError)
    assert bench.methods == ["Logon", "Write", "Logon", "Write"]


def test_session_that_cannot_be_opened_anew_is_closed() -> None:
    bench = Bench(logon(), expired(), reply("XSV-350012 Invalid login or password.", 403))
    with pytest.raises(DeniedError), bench.session as session:
        session.call(*READ)
    assert bench.methods == ["Logon", "GetOption", "Logon"], "there is nothing to log off"


def test_logon_that_is_answered_with_expiry_is_not_followed_by_another() -> None:
    bench = Bench(logon(), expired(), expired())
    bench.session.logon()
    bench.fails(lambda: bench.session.call(*READ), SessionExpired)
    assert bench.methods == ["Logon", "GetOption", "Logon"]


def test_session_that_could_not_be_opened_anew_for_want_of_an_answer_is_opened_by_the_next_call() -> None:
    bench = Bench(logon(1), expired(), gone(), gone(), gone(), logon(2), answer("GetOption", "x"))
    bench.session.logon()
    bench.fails(lambda: bench.session.call(*READ), TransportError)
    assert bench.session.call(*READ)[0].text == "x"
    assert bench.methods == ["Logon", "GetOption", *["Logon"] * 4, "GetOption"]


def test_session_that_was_refused_anew_is_not_tried_again() -> None:
    bench = Bench(logon(), expired(), reply("XSV-350012 Invalid login or password.", 403))
    bench.session.logon()
    bench.fails(lambda: bench.session.call(*READ), DeniedError)
    bench.fails(lambda: bench.session.call(*READ), CampaignError)
    assert bench.methods == ["Logon", "GetOption", "Logon"], "another refusal might lock the operator out"


@pytest.mark.parametrize("credentials", [BEARER, TOKENS], ids=["bearer", "tokens"])
def test_expired_token_cannot_be_renewed(credentials: BearerCredentials | TokenCredentials) -> None:
    bench = Bench(expired(), credentials=credentials)
    bench.session.logon()
    error = bench.fails(lambda: bench.session.call(*READ), SessionExpired)
    assert "new token" in error.next_step
    assert bench.methods == ["GetOption"]


# -- read-only --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [WRITE, ("xtk:workflow", "Start", []), ("cus:anything", "New", [])])
def test_read_only_session_refuses_writes_before_anything_is_sent(call: tuple[str, str, list[Param]]) -> None:
    bench = Bench(logon(), read_only=True)
    bench.session.logon()
    error = bench.fails(lambda: bench.session.call(*call), ReadOnlyError)
    assert f"{call[0]}#{call[1]} changes the instance" in error.message
    assert bench.methods == ["Logon"]


def test_read_only_session_reads_and_renews_itself() -> None:
    bench = Bench(logon(), expired(), logon(2), answer("GetOption"), answer("Logoff"), read_only=True)
    with bench.session as session:
        session.call(*READ)
    assert bench.methods == ["Logon", "GetOption", "Logon", "GetOption", "Logoff"]


# -- the ledger -------------------------------------------------------------------------------------------------------


def test_ledger_has_a_line_for_every_request() -> None:
    bench = Bench(logon(), never_left(), answer("Write"))
    bench.session.logon()
    bench.session.call(*WRITE)
    first, lost, written = bench.session.calls
    assert first.kind is MethodClass.SESSION
    assert first.bytes_sent > 100
    assert lost == CallRecord(
        "xtk:persist",
        "Write",
        MethodClass.WRITE,
        started=1001.0,
        seconds=1.0,
        outcome="unreachable",
        bytes_sent=0,
        attempt=1,
    )
    assert (written.outcome, written.attempt, written.started) == ("ok", 2, 1002.5)


def test_ledger_counts_the_bytes_of_a_write_that_may_have_arrived() -> None:
    bench = Bench(logon(), gone())
    bench.session.logon()
    bench.fails(lambda: bench.session.call(*WRITE), TransportError)
    assert bench.session.calls[-1].bytes_sent > 100


def test_ledger_knows_an_interrupted_write() -> None:
    bench = Bench(logon(), KeyboardInterrupt())
    bench.session.logon()
    with pytest.raises(KeyboardInterrupt):
        bench.session.call(*WRITE)
    assert bench.calls[-1] == ("Write", "interrupted", 1)


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"outcome": "timeout"}, True),
        ({"outcome": "http_status"}, True),
        ({"outcome": "interrupted"}, True),
        ({"outcome": "fault"}, False),
        ({"outcome": "denied"}, False),
        ({"outcome": "session_expired"}, False),
        ({"outcome": "unreachable", "bytes_sent": 0}, False),
        ({"kind": MethodClass.READ}, False),
        ({"kind": MethodClass.SESSION}, False),
    ],
)
def test_a_write_that_was_sent_and_not_refused_may_have_been_carried_out(changes: dict[str, Any], may: bool) -> None:
    call = CallRecord("xtk:persist", "Write", MethodClass.WRITE, 1.0, 1.0, "ok", bytes_sent=900, attempt=1)
    assert replace(call, **changes).may_have_written is may


# -- the clock --------------------------------------------------------------------------------------------------------

EIGHT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_server_time_is_that_of_the_logon_and_what_has_passed_since() -> None:
    bench = Bench(logon(date="2026-11-23 08:00:00.000Z"))
    bench.session.logon()
    assert bench.session.server_now() == EIGHT + timedelta(seconds=0.5), "half of the logon's second has passed"
    bench.transport.now += 60
    assert bench.session.server_now() == EIGHT + timedelta(seconds=60.5)
    assert bench.session.skew == 60.5
    assert bench.methods == ["Logon"]


def test_server_time_is_asked_for_once_where_no_logon_tells_it() -> None:
    bench = Bench(answer("GetServerTime", "2026-11-23T07:00:00.000Z"), credentials=BEARER)
    bench.session.logon()
    assert bench.session.server_now() == EIGHT + timedelta(hours=-1, seconds=0.5)
    assert bench.session.skew == -3599.5
    assert bench.methods == ["GetServerTime"]


@pytest.mark.parametrize("date", ["", "2026-11-23 08:00:00"])
def test_server_time_is_asked_for_where_the_logon_is_vague(date: str) -> None:
    bench = Bench(logon(date=date), answer("GetServerTime", "2026-11-23 09:00:00+01:00"))
    bench.session.logon()
    assert bench.session.server_now() == EIGHT + timedelta(seconds=0.5)


def test_server_time_can_be_asked_for_anew() -> None:
    bench = Bench(logon(), answer("GetServerTime", "2026-11-23 09:00:00.000Z"))
    bench.session.logon()
    bench.session.refresh_clock()
    assert bench.session.server_now() == EIGHT + timedelta(hours=1, seconds=0.5)


def test_server_time_follows_a_new_logon() -> None:
    bench = Bench(logon(), expired(), logon(2, "2026-11-23 10:00:00.000Z"), answer("GetOption"))
    bench.session.logon()
    bench.session.call(*READ)
    assert bench.session.server_now() == EIGHT + timedelta(hours=2, seconds=1.5)


@pytest.mark.parametrize(
    "end",
    [answer("GetServerTime", "2026-11-23 08:00:00"), answer("GetServerTime", "noon"), answer("GetServerTime", "")],
)
def test_server_time_without_a_zone_is_not_guessed(end: HttpReply) -> None:
    bench = Bench(end, credentials=BEARER)
    bench.session.logon()
    error = bench.fails(bench.session.server_now, ProtocolError)
    assert "server's answer has no usable time" in error.message


def test_read_that_is_answered_with_nothing_is_repeated() -> None:
    bench = Bench(answer("GetServerTime"), answer("GetServerTime", "2026-11-23 08:00:00Z"), credentials=BEARER)
    bench.session.logon()
    bench.session.refresh_clock()
    assert bench.methods == ["GetServerTime", "GetServerTime"]


# -- secrets and names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["SOP-330011 api/pass-word is wrong", "___token-1", "cookie __sessiontoken=___token-1; @security-1== "]
)
def test_secret_in_the_words_of_the_server_is_masked(text: str) -> None:
    bench = Bench(logon(), fault(text))
    bench.session.logon()
    error = bench.fails(lambda: bench.session.call(*READ), FaultError)
    assert "********" in error.server_text
    assert "********" in error.fault_string
    assert error.args == (error.message,)


def test_secret_in_a_page_is_masked() -> None:
    bench = Bench(*[reply("<html>Authorization: Bearer bearer-secret</html>")] * 6, credentials=BEARER)
    bench.session.logon()
    error = bench.fails(lambda: bench.session.call(*READ), ProtocolError)
    assert error.server_text == "Authorization: Bearer ********"


def test_secret_within_another_is_masked_with_it() -> None:
    bench = Bench(
        fault("bearer-secret-long bearer-secret"), credentials=TokenCredentials("bearer-secret", "bearer-secret-long")
    )
    bench.session.logon()
    assert bench.fails(lambda: bench.session.call(*READ), FaultError).server_text == "******** ********"


def test_what_the_error_means_is_not_masked() -> None:
    bench = Bench(logon(), gone(), credentials=PasswordCredentials("api", "maybe"))
    bench.session.logon()
    assert bench.fails(lambda: bench.session.call(*WRITE), TransportError).reached == "maybe"


def test_name_given_before_is_kept() -> None:
    bench = Bench(logon(), DeniedError("No.", instance="mid-a"))
    bench.session.logon()
    with pytest.raises(DeniedError, match="^mid-a: No."):
        bench.session.call(*READ)


def test_repr_shows_instance_and_state_and_no_secret() -> None:
    bench = Bench(logon())
    assert repr(bench.session) == "<Session mkt-a at http://mkt-a.example:8080/nl/jsp/soaprouter.jsp, closed>"
    bench.session.logon()
    assert repr(bench.session).endswith(", open>")


def test_url_that_is_none_names_the_instance() -> None:
    with pytest.raises(ValidationError, match="^mkt-a: 'mkt-a' is not the URL of an instance"):
        Session("mkt-a", "mkt-a", PASSWORD, FakeTransport())


def test_missing_lxml_is_found_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_soap, "LXML_IMPORT_ERROR", "ImportError")
    with pytest.raises(MissingLibrary, match="^mkt-a: "):
        Bench()


# -- with the real transport ------------------------------------------------------------------------------------------


def test_whole_session_uses_one_connection() -> None:
    def bytes_of(answer: HttpReply) -> bytes:
        return scripted_server.answer(answer.body)

    script = scripted_server.answering(
        bytes_of(logon()), bytes_of(answer("GetOption", "x")), bytes_of(answer("Write")), bytes_of(answer("Logoff"))
    )
    with scripted_server.ScriptedServer(script) as server:
        with Session("mkt-a", server.url, PASSWORD, HttpTransport(HttpSettings(timeout=5))) as session:
            assert session.call(*READ)[0].text == "x"
            session.call(*WRITE)
            expected = (session.server_now() - datetime.now(UTC)).total_seconds()
            assert session.skew == pytest.approx(expected, abs=1), "against the clock of this machine"
        assert [request.headers["soapaction"].partition("#")[2] for request in server.requests] == [
            "Logon",
            "GetOption",
            "Write",
            "Logoff",
        ]
        assert server.accepted == 1
        assert server.requests[2].headers["cookie"] == "__sessiontoken=___token-1"
        assert server.requests[2].headers["content-type"] == "text/xml; charset=utf-8"


def test_logoff_at_a_silent_server_takes_no_longer_than_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.campaign.classic.plugins.module_utils._client.session.LOGOFF_TIMEOUT", 0.2)

    peer = scripted_server.Peer
    script = scripted_server.in_turn(
        peer.request, scripted_server.sending(scripted_server.answer(logon().body)), peer.request, peer.hold
    )
    with scripted_server.ScriptedServer(script) as server:
        with Session("mkt-a", server.url, PASSWORD, HttpTransport(HttpSettings(timeout=60))) as session:
            pass
        assert session.calls[-1].outcome == "timeout"
        assert session.calls[-1].seconds < 1


def test_answer_of_another_method_is_refused() -> None:
    bench = Bench(logon(), *[reply(ENVELOPE.format("<OtherResponse/>"))] * 6)
    bench.session.logon()
    bench.fails(lambda: bench.session.call(*READ), ProtocolError)
