# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell round an operation: what it opens, how it handles an answer and an error, and what it hides."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client import connect as _connection
from ansible_collections.campaign.classic.plugins.module_utils._client.connect import (
    ENVIRONMENT,
    SECRET,
    SESSION_SECRET,
)
from ansible_collections.campaign.classic.plugins.module_utils._client.session import Session
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    DeniedError,
    MissingLibrary,
    ReadOnlyError,
    TransportError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import pause
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import HttpSettings
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import (
    Answer,
    Operation,
    Request,
    connection_spec,
    execute,
    main,
)
from tests.helpers.older_ansible import patch_module_args
from tests.unit.plugins.module_utils.fake_transport import FakeTransport, answer, fault, logon

PASSWORD = "ops-canary-7f3a"
PARAMS: Mapping[str, Any] = {
    "url": "http://mkt1:8080",
    "user": "ops",
    "password": PASSWORD,
    "access_token": None,
    "validate_certs": True,
    "ca_path": None,
    "timeout": 30.0,
    "read_only": False,
    "instance": "mkt1",
}
LOGOFF = answer("Logoff")
#: As a server answers; anything that is not asked for is left over.

Run = Callable[[Request, Session], Answer]
Installed = Callable[..., FakeTransport]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Installed:
    """Replaces the real transport by one with these answers, and keeps its settings."""

    def install(*answers: Any) -> FakeTransport:
        transport = FakeTransport(*answers)

        def make(settings: HttpSettings) -> FakeTransport:
            transport.settings = settings  # type: ignore[attr-defined]
            return transport

        monkeypatch.setattr(_connection, "HttpTransport", make)
        return transport

    return install


def operation(run: Run, **more: Any) -> Operation:
    return Operation(name="thing", options={"name": {"type": "str"}}, run=run, **more)


def result_of(
    run: Run, params: Mapping[str, Any] | None = None, *, check_mode: bool = False, **more: Any
) -> dict[str, Any]:
    result, _secrets = execute(operation(run, **more), {**PARAMS, **(params or {})}, check_mode=check_mode, environ={})
    return result


def failing(error: Exception) -> Run:
    def run(_request: Request, _session: Session) -> Answer:
        raise error

    return run


# -- the connection ----------------------------------------------------------------------------------------------------


def test_every_connection_option_but_the_name_comes_from_the_environment_too() -> None:
    spec = connection_spec()
    assert set(spec) - set(ENVIRONMENT) == {"instance", "session"}
    assert all(spec[name]["fallback"][1] == [variable] for name, variable in ENVIRONMENT.items())
    assert {name for name, option in spec.items() if option.get("no_log")} == set(SECRET)
    inner = spec["session"]["options"]
    about = {"handle", "url", "instance", "expires"}
    assert {name for name, option in inner.items() if option.get("no_log")} == set(SESSION_SECRET)
    assert set(SESSION_SECRET) == set(inner) - about


def test_operation_has_the_connection_and_its_own_options() -> None:
    assert set(operation(failing(ValueError())).argument_spec) == {*connection_spec(), "name"}


# -- answers -----------------------------------------------------------------------------------------------------------


def test_answer_becomes_the_result_and_the_session_is_closed(installed: Installed) -> None:
    transport = installed(logon(), answer("GetServerTime", "2026-11-23T08:00:00Z"), LOGOFF)

    def run(request: Request, session: Session) -> Answer:
        assert request.params["name"] == "x"
        assert request.check_mode
        session.refresh_clock()
        return Answer(True, {"thing": 1}, {"before": "a", "after": "b"})

    assert result_of(run, {"name": "x"}, check_mode=True) == {
        "thing": 1,
        "changed": True,
        "diff": {"before": "a", "after": "b"},
        "calls": {"total": 3, "logons": 1, "writes": 0},
    }
    assert transport.methods == ["Logon", "GetServerTime", "Logoff"]
    assert transport.closed == 1


def test_answer_without_a_diff_has_none(installed: Installed) -> None:
    installed(logon(), LOGOFF)
    assert "diff" not in result_of(lambda _request, _session: Answer(False))


def test_bad_end_keeps_its_results(installed: Installed) -> None:
    installed(logon(), LOGOFF)
    result = result_of(lambda _request, _session: Answer(False, {"outcome": "kept"}, failed="mkt1: kept."))
    assert (result["failed"], result["msg"], result["outcome"], result["changed"]) == (
        True,
        "mkt1: kept.",
        "kept",
        False,
    )


# -- errors ------------------------------------------------------------------------------------------------------------


def test_error_is_a_failure_with_its_sentence_and_its_data(installed: Installed) -> None:
    transport = installed(logon(), LOGOFF)
    error = DeniedError("The right is missing.", instance="mkt1", server_text="QUE-370030", next_step="Grant it.")
    result = result_of(failing(error))
    assert result["failed"] is True
    assert result["msg"] == 'mkt1: The right is missing. The server said: "QUE-370030". Grant it.'
    assert result["error"]["kind"] == "denied"
    assert result["error"]["codes"] == ["QUE-370030"]
    assert result["changed"] is False
    assert transport.methods[-1] == "Logoff"


@pytest.mark.parametrize("unfit", [{"password": None}, {"url": "ftp://mkt1"}, {"timeout": -1.0}])
def test_input_that_cannot_be_right_fails_before_anything_is_sent(installed: Installed, unfit: dict[str, Any]) -> None:
    installed()
    result = result_of(failing(AssertionError("must not run")), unfit)
    assert result["error"]["kind"] == "misconfigured"
    assert result["calls"]["total"] == 0


def test_check_of_the_operation_comes_before_the_logon(installed: Installed) -> None:
    transport = installed()

    def check(params: Mapping[str, Any]) -> None:
        raise ValidationError(f"{params['name']} is wrong.")

    result = result_of(failing(AssertionError("must not run")), {"name": "x"}, check=check)
    assert result["msg"] == "mkt1: x is wrong."
    assert transport.sent == [] and result["calls"]["total"] == 0


def test_check_that_finds_nothing_lets_it_run(installed: Installed) -> None:
    installed(logon(), LOGOFF)
    result = result_of(lambda _request, _session: Answer(True), check=lambda _params: None)
    assert result["changed"] is True


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_settings: HttpSettings) -> None:
        raise MissingLibrary("requests", "/usr/bin/python3")

    monkeypatch.setattr(_connection, "HttpTransport", missing)
    result = result_of(failing(AssertionError("must not run")))
    assert "pip install requests" in result["msg"]
    assert result["calls"] == {"total": 0, "logons": 0, "writes": 0}


def test_refused_logon_is_a_failure_and_costs_one_logon(installed: Installed) -> None:
    installed(fault("XSV-350012 Invalid login or password. Connection denied."))
    result = result_of(failing(AssertionError("must not run")))
    assert result["error"]["kind"] == "denied"
    assert result["calls"] == {"total": 1, "logons": 1, "writes": 0}


def test_error_that_is_a_finding_is_an_answer(installed: Installed) -> None:
    installed(logon(), LOGOFF)

    def finding(error: CampaignError, request: Request) -> Answer:
        return Answer(False, {"verdict": "unreachable", "why": error.message, "name": request.params["name"]})

    result = result_of(failing(DeniedError("denied")), {"name": "x"}, on_error=finding)
    assert (result["verdict"], result["why"], result["name"]) == ("unreachable", "denied", "x")
    assert "failed" not in result


def test_error_that_is_no_finding_stays_an_error(installed: Installed) -> None:
    installed(logon(), LOGOFF)
    result = result_of(failing(ReadOnlyError("no")), on_error=lambda _error, _request: None)
    assert result["error"]["kind"] == "read_only"


def test_error_after_a_write_reports_a_change(installed: Installed) -> None:
    installed(logon(), answer("Write"), LOGOFF)

    def run(_request: Request, session: Session) -> Answer:
        session.call("xtk:persist", "Write")
        raise DeniedError("and then this")

    result = result_of(run)
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["calls"] == {"total": 3, "logons": 1, "writes": 1}


def test_write_that_was_refused_is_no_change(installed: Installed) -> None:
    installed(logon(), fault("SOP-330011 Error"), LOGOFF)

    def run(_request: Request, session: Session) -> Answer:
        session.call("xtk:persist", "Write")
        raise AssertionError("the fault must pass")

    assert result_of(run)["changed"] is False


@pytest.mark.parametrize(
    ("lost", "changed"),
    [
        ([TransportError("The connection was lost.", reached="maybe")], True),
        ([TransportError("No connection.", reached="no") for _attempt in range(3)], False),
    ],
    ids=["answer lost", "never sent"],
)
def test_write_without_an_answer_is_a_change_if_it_may_have_been_sent(
    lost: list[TransportError], changed: bool, installed: Installed
) -> None:
    installed(logon(), *lost, LOGOFF)

    def run(_request: Request, session: Session) -> Answer:
        session.call("xtk:persist", "Write")
        raise AssertionError("the error must pass")

    result = result_of(run)
    assert (result["failed"], result["changed"]) == (True, changed)


def test_defect_is_told_with_its_place_and_without_a_traceback(installed: Installed) -> None:
    transport = installed(logon(), LOGOFF)
    result = result_of(lambda _request, _session: Answer(bool(1 / 0)))
    assert result["failed"] is True
    assert "ZeroDivisionError: division by zero; test_runner.py:" in result["msg"]
    assert "please report" in result["msg"]
    assert "Traceback" not in json.dumps(result)
    assert result["error"]["kind"] == "defect"
    assert transport.methods[-1] == "Logoff"


def test_interruption_passes_and_closes_the_session(installed: Installed) -> None:
    transport = installed(logon(), LOGOFF)

    def interrupted(_request: Request, _session: Session) -> Answer:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        result_of(interrupted)
    assert transport.methods[-1] == "Logoff"


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_secrets_are_those_given_and_those_issued(installed: Installed) -> None:
    installed(logon(), LOGOFF)
    _result, secrets = execute(
        operation(lambda _request, _session: Answer(False)), PARAMS, check_mode=False, environ={}
    )
    assert secrets == {PASSWORD, "___token-1", "@security-1=="}


def test_secrets_are_known_even_when_no_session_could_be_made() -> None:
    params = {**PARAMS, "access_token": "ims-canary"}
    _result, secrets = execute(operation(failing(ValueError())), params, check_mode=False, environ={})
    assert secrets == {PASSWORD, "ims-canary"}


# -- as a module -------------------------------------------------------------------------------------------------------


def run_main(run: Run, capsys: pytest.CaptureFixture[str], **arguments: Any) -> tuple[int, dict[str, Any]]:
    given = {name: value for name, value in PARAMS.items() if value is not None}
    with patch_module_args({**given, **arguments}), pytest.raises(SystemExit) as ended:
        main(operation(run))
    return int(ended.value.code or 0), json.loads(capsys.readouterr().out)


def test_module_exits_with_the_result_and_hides_what_is_secret(
    installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    installed(logon(), LOGOFF)
    told = f"{PASSWORD} and ___token-1"
    status, result = run_main(lambda _request, _session: Answer(True, {"told": told}), capsys, name="x")
    assert (status, result["changed"]) == (0, True)
    assert result["told"] == "******** and ********"
    assert PASSWORD not in json.dumps(result)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_module_that_is_told_to_end_logs_off_and_hands_over_its_result(
    number: signal.Signals, installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    server = installed(logon(), LOGOFF)

    def told_to_end(_request: Request, _session: Session) -> Answer:
        os.kill(os.getpid(), number)
        pause(60)
        raise AssertionError("it went on")

    status, result = run_main(told_to_end, capsys)
    assert (status, result["failed"], result["error"]["kind"]) == (1, True, "interrupted")
    assert result["msg"] == f"mkt1: Interrupted by {number.name}. Run the same again."
    assert server.methods[-1] == "Logoff"


def test_module_fails_with_the_sentence(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    installed(logon(), LOGOFF)
    status, result = run_main(failing(DeniedError(f"Not with {PASSWORD}.")), capsys)
    assert (status, result["failed"], result["msg"]) == (1, True, "mkt1: Not with ********.")
    assert result["error"]["message"] == "Not with ********."
    assert result["calls"]["total"] == 2


def test_module_hands_check_mode_on(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    installed(logon(), LOGOFF)
    _status, result = run_main(
        lambda request, _session: Answer(False, {"checked": request.check_mode}), capsys, _ansible_check_mode=True
    )
    assert result["checked"] is True


def test_module_that_keeps_something_runs_on_the_controller_only(
    installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    transport = installed()
    given = {name: value for name, value in PARAMS.items() if value is not None}
    with patch_module_args(given), pytest.raises(SystemExit):
        main(operation(failing(AssertionError("must not run")), controller_only=True))
    assert "runs on the controller only" in json.loads(capsys.readouterr().out)["msg"]
    assert transport.sent == []
