# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statuses and pages: their meaning, and what a person sees of them."""

from __future__ import annotations

import time

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import DeniedError, HttpStatusError
from ansible_collections.campaign.classic.plugins.module_utils._core.masking import Masking, Secret
from ansible_collections.campaign.classic.plugins.module_utils._soap.faults import (
    leading_code,
    looks_like_html,
    status_error,
    visible_text,
)

CALL = "xtk:session#Logon"


def http_error(status: int, **headers: str) -> HttpStatusError:
    error = status_error(CALL, status, {name.replace("_", "-"): value for name, value in headers.items()}, "the page")
    assert isinstance(error, HttpStatusError)
    assert (error.status, error.server_text) == (status, "the page")
    assert error.message.startswith("xtk:session#Logon was answered with ")
    assert error.next_step
    assert error.reached == "maybe"
    return error


def test_redirect_to_a_secret_with_separators_in_it_shows_no_part_of_it() -> None:
    for secret in ("ab;cde", "CANARY;one/two", "CANARY?one#two", "CANARY@one/two"):
        with Masking([Secret(secret)]).active():
            shown = http_error(302, location=f"https://sso.example/{secret}/x").message
            shown += http_error(302, location=f"https://{secret}/x").message
        assert not any(part in shown for part in ("CANARY", "one", "two", "ab;", "cde")), shown


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/nl/jsp/logon.jsp?target=x&token=secret", "/nl/jsp/logon.jsp."),
        (
            "https://me:secret@mkt-a.example/nl/jsp/soaprouter.jsp#secret",
            "https://mkt-a.example/nl/jsp/soaprouter.jsp.",
        ),
        ("", "nowhere."),
        ("http://[secret", "nowhere."),
    ],
)
def test_redirect_names_its_target_without_secrets(location: str, target: str) -> None:
    error = http_error(302, location=location)
    assert error.message.endswith(f"a redirect (HTTP status 302) to {target}")
    assert "secret" not in str(error)
    assert "https://" in error.next_step


@pytest.mark.parametrize(
    ("status", "says", "next_step"),
    [
        (404, "nothing at this URL", "soaprouter.jsp"),
        (407, "proxy", "https_proxy"),
        (429, "too many requests", "forks"),
        (502, "gateway", "web process"),
        (503, "gateway", "web process"),
        (504, "gateway", "web process"),
        (500, "HTTP status 500", "log of the web server"),
        (199, "HTTP status 199", "log of the web server"),
    ],
)
def test_status_says_what_to_do(status: int, says: str, next_step: str) -> None:
    error = http_error(status)
    assert says in error.message
    assert next_step in error.next_step


@pytest.mark.parametrize("status", [401, 403])
def test_refusal_without_a_code_is_a_refusal(status: int) -> None:
    error = status_error(CALL, status, {}, "Forbidden")
    assert error.__class__ is DeniedError
    assert error.server_text == "Forbidden"
    assert str(status) in error.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "120"}, 120.0),
        ({"retry_after": " 0 "}, 0.0),
        ({"retry_after": "9" * 5000}, 999_999_999.0),
        ({"retry_after": "Mon, 23 Nov 2026 08:00:30 GMT", "date": "Mon, 23 Nov 2026 08:00:00 GMT"}, 30.0),
        ({"retry_after": "Mon, 23 Nov 2026 07:00:00 GMT", "date": "Mon, 23 Nov 2026 08:00:00 GMT"}, 0.0),
        ({"retry_after": "Mon, 23 Nov 2026 08:00:30 -0000", "date": "Mon, 23 Nov 2026 08:00:00 GMT"}, None),
        ({"retry_after": "Mon, 23 Nov 2026 08:00:30 GMT"}, None),
        ({"retry_after": "soon", "date": "Mon, 23 Nov 2026 08:00:00 GMT"}, None),
        ({"retry_after": "-5"}, None),
        ({"retry_after": "\u0665"}, None),
        ({}, None),
    ],
)
def test_time_that_the_server_asks_for_is_read(headers: dict[str, str], seconds: float | None) -> None:
    error = http_error(503, **headers)
    assert error.retry_after == seconds
    assert ("Retry-After" in error.message) is (seconds is not None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"XSV-350012 Invalid", "XSV-350012"),
        (b"\xef\xbb\xbf\r\n\t XSV-350012", "XSV-350012"),
        (b"JS-123456 x", "JS-123456"),
        (b"Error XSV-350012", ""),
        (b"XSV-3500123", ""),
        (b"<a>XSV-350012</a>", ""),
        (b"", ""),
        (b"\xff\xff", ""),
    ],
)
def test_code_counts_only_at_the_beginning(body: bytes, code: str) -> None:
    assert leading_code(body) == code


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b" plain, a < b & c \n", "", "plain, a < b & c"),
        (b"two\n\nlines", "", "two\n\nlines"),
        (b"<h1>504&nbsp;Gateway</h1>\n<p>Time  out</p>", "", "504 Gateway Time out"),
        (
            b"<style>x {}</style><script type='a'>if (a < b) {}</script>seen<SCRIPT>x</SCRIPT><!-- <b>no</b> -->",
            "",
            "seen",
        ),
        (b"<p>cut <b", "", "cut"),
        (b"</script>seen", "", "seen"),
        (b"<p>&lt;b&gt; caf\xc3\xa9", "", "<b> caf\u00e9"),
        (b"caf\xe9", "text/plain; charset=ISO-8859-1", "caf\u00e9"),
        (b"\x80", 'text/plain; charset="windows-1252"', "\u20ac"),
        (b"caf\xe9", "text/plain; charset=nonsense", "caf\u00e9"),
        (b"caf\xe9", "", "caf\u00e9"),
        (b"\xef\xbb\xbfmark", "", "mark"),
        (b"\x81", "text/plain; charset=cp1252", "\x81"),
    ],
)
def test_text_is_what_a_person_sees(body: bytes, content_type: str, text: str) -> None:
    assert visible_text(body, content_type) == text


@pytest.mark.parametrize("hostile", [b"<!--", b"<script>", b"<a ", b"<", b"&", b"</script", b"<!-- -->"])
def test_hostile_page_costs_no_time(hostile: bytes) -> None:
    page = b"<html>" + hostile * (1_000_000 // len(hostile))
    started = time.monotonic()
    visible_text(page, "text/html")
    looks_like_html(page)
    looks_like_html(hostile * 100_000)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("body", "is_page"),
    [
        (b"<html>", True),
        (b"\n <!DOCTYPE HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>", True),
        (b"<?xml version='1.0'?><!-- a --><!-- b --><!doctype html><html/>", True),
        (b"<htmlx>", False),
        (b"<a><html/></a>", False),
        (b"<!-- <html> --><a/>", False),
        (b"", False),
    ],
)
def test_page_is_known_by_its_beginning(body: bytes, is_page: bool) -> None:
    assert looks_like_html(body) is is_page


def test_only_the_beginning_of_a_long_text_is_decoded() -> None:
    text = visible_text("\u20ac".encode() * 1_000_000, "text/plain")
    assert set(text) == {"\u20ac"} and 100_000 < len(text) < 200_000
