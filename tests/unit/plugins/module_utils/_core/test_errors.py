# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors as an operator and a playbook see them."""

from __future__ import annotations

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core import errors as _errors
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
    TlsError,
    TransportError,
    ValidationError,
    WaitTimeout,
    XtkValueError,
    shorten,
)


def test_sentence_has_instance_message_words_of_the_server_and_next_step() -> None:
    error = CampaignError("It failed.", next_step="Look.", instance="mkt-a", server_text=" XSV-350012 No.\n")
    assert str(error) == 'mkt-a: It failed. The server said: "XSV-350012 No.". Look.'


def test_sentence_has_only_what_there_is() -> None:
    assert str(CampaignError("It failed.")) == "It failed."


def test_result_has_the_same_as_data() -> None:
    error = DeniedError("It failed.", next_step="Look.", instance="mkt-a", server_text="XSV-350012 No.")
    assert error.to_result() == {
        "msg": str(error),
        "error": {
            "kind": "denied",
            "message": "It failed.",
            "instance": "mkt-a",
            "server_text": "XSV-350012 No.",
            "codes": ["XSV-350012"],
            "next_step": "Look.",
        },
    }


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("SOP-330011 a PGS-220000 b SOP-330011", ["SOP-330011", "PGS-220000"]),
        ("JS-123456 and ABCD-123456", ["JS-123456", "ABCD-123456"]),
        ("X-123456 ABCDE-123456 AB-1234567 ab-123456", []),
        ("", []),
    ],
)
def test_codes_are_found_once_each_and_in_order(text: str, codes: list[str]) -> None:
    assert CampaignError("x", server_text=text).codes == codes


def test_long_words_of_the_server_are_cut_in_message_and_result() -> None:
    error = CampaignError("It failed.", server_text="x" * 2500)
    assert str(error).endswith('x [500 more characters]".')
    assert error.to_result()["error"]["server_text"].endswith("x [500 more characters]")
    assert len(error.server_text) == 2500


@pytest.mark.parametrize(("length", "expected"), [(3, "xxx"), (4, "xxx [1 more characters]")])
def test_text_is_cut_at_its_limit(length: int, expected: str) -> None:
    assert shorten("x" * length, 3) == expected


def test_fault_joins_what_the_server_gives() -> None:
    error = FaultError("It failed.", fault_code="SOAP-ENV:Server", fault_string=" SOP-330011 a ", detail="\nb\n")
    assert error.server_text == "SOP-330011 a\nb"
    assert (error.fault_code, error.codes) == ("SOAP-ENV:Server", ["SOP-330011"])


def test_fault_without_any_text_works() -> None:
    assert str(FaultError("It failed.", instance="mkt-a")) == "mkt-a: It failed."


def test_missing_library_says_how_to_install_it() -> None:
    error = MissingLibrary("lxml", "/usr/bin/python3")
    assert error.library == "lxml"
    assert "/usr/bin/python3 -m pip install lxml" in str(error)


def test_wait_that_ended_shows_the_last_state() -> None:
    result = WaitTimeout("Too long.", last_state={"state": 13}, instance="mkt-a").to_result()
    assert result["last_state"] == {"state": 13}
    assert result["error"]["kind"] == "wait_timeout"


@pytest.mark.parametrize("error", [ReadOnlyError("x"), ProtocolError("x", reached="maybe")])
def test_next_step_has_a_default(error: CampaignError) -> None:
    assert error.next_step == error.default_next_step != ""


@pytest.mark.parametrize(
    ("status", "transient"),
    [(302, True), (404, True), (407, False), (429, True), (500, True), (502, True), (503, True), (504, True)],
)
def test_every_status_may_pass_but_that_of_a_proxy_that_asks_who_we_are(status: int, transient: bool) -> None:
    error = HttpStatusError("x", status=status, retry_after=3.0)
    assert (error.transient, error.retry_after, error.reached) == (transient, 3.0, "maybe")


@pytest.mark.parametrize(
    ("error", "transient"), [(TransportError, True), (TimedOut, True), (TlsError, False), (ProtocolError, True)]
)
def test_what_will_not_pass_says_so(error: type[TransportError], transient: bool) -> None:
    assert error("x", reached="no").transient is transient


def test_every_kind_of_error_has_a_name_of_its_own() -> None:
    kinds = [
        error.kind
        for error in vars(_errors).values()
        if isinstance(error, type) and issubclass(error, CampaignError) and error is not XtkValueError
    ]
    assert len(kinds) == len(set(kinds)) > 10
    assert XtkValueError.kind == ValidationError.kind


def test_expired_session_is_a_refusal() -> None:
    assert issubclass(SessionExpired, DeniedError)
