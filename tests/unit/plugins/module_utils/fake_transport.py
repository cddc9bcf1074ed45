# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A transport with prepared answers, which records exactly what was sent, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from ansible_collections.campaign.classic.plugins.module_utils._http.transport import HttpReply

ENVELOPE = (
    "<?xml version='1.0'?><SOAP-ENV:Envelope xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
    "xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'><SOAP-ENV:Body>{}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
)

#: Some attributes and elements of a logon's answer (campaign_facts, Calls).
SESSION_INFO = (
    "<sessionInfo><serverInfo buildNumber='9364' instanceName='instance1' releaseName='7.3.4' "
    "serverDate='{date}'/><userInfo login='admin'><login-group id='1060'/><login-right right='admin'/>"
    "<login-right right='workflow'/><installed-package name='core' namespace='nms'/></userInfo></sessionInfo>"
)


def reply(body: str | bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpReply:
    """An answer with this body."""
    data = body.encode() if isinstance(body, str) else body
    return HttpReply(status, {"content-type": "text/xml", **(headers or {})}, data, 0.0)


def answer(method: str, *texts: str) -> HttpReply:
    """An answer whose outputs hold these texts."""
    inner = "".join(f"<p{index}>{text}</p{index}>" for index, text in enumerate(texts))
    return reply(ENVELOPE.format(f"<{method}Response xmlns='urn:xtk:session'>{inner}</{method}Response>"))


def logon(number: int = 1, date: str = "2026-11-23 08:00:00.000Z") -> HttpReply:
    """The answer to a logon, with the tokens ``___token-N`` and ``@security-N==``."""
    return answer("Logon", f"___token-{number}", SESSION_INFO.format(date=date), f"@security-{number}==")


def expired() -> HttpReply:
    """An expired session, as plain text."""
    return reply("XSV-350008 Session has expired or is invalid. Please reconnect.", 403)


def fault(text: str) -> HttpReply:
    """A fault with this text."""
    return reply(ENVELOPE.format(f"<SOAP-ENV:Fault><faultstring>{text}</faultstring></SOAP-ENV:Fault>"))


class Sent:
    """One request that was sent."""

    def __init__(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout: float | None, max_idle: float | None
    ) -> None:
        self.url = url
        self.headers = dict(headers)
        self.timeout = timeout
        self.max_idle = max_idle
        call = etree.fromstring(body)[1][0]
        self.method: str = etree.QName(call).localname
        self.token, *self.params = [child.text or "" for child in call]


class FakeTransport:
    """Answers each request with the next of ``answers``, or raises it; an extra request fails the test.

    Each request takes one second of ``now``.
    """

    def __init__(self, *answers: HttpReply | BaseException) -> None:
        self.answers = list(answers)
        self.sent: list[Sent] = []
        self.pages: list[HttpReply | BaseException] = []
        self.fetched: list[tuple[str, dict[str, str]]] = []
        self.closed = 0
        self.now = 1000.0

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout: float | None = None,
        max_idle: float | None = None,
    ) -> HttpReply:
        """Remember the request and give the next answer."""
        self.sent.append(Sent(url, body, headers, timeout, max_idle))
        self.now += 1
        assert self.answers, f"{self.sent[-1].method} was not expected"
        result: Any = self.answers.pop(0)
        if isinstance(result, BaseException):
            raise result
        return result  # type: ignore[no-any-return]

    def get(self, url: str, headers: Mapping[str, str], *, timeout: float | None = None) -> HttpReply:
        """Remember what was fetched and give the next of ``pages``."""
        self.fetched.append((url, dict(headers)))
        result: Any = self.pages.pop(0)
        if isinstance(result, BaseException):
            raise result
        return result  # type: ignore[no-any-return]

    def close(self) -> None:
        """Count how often."""
        self.closed += 1

    @property
    def methods(self) -> list[str]:
        """The methods that were sent, in order."""
        return [sent.method for sent in self.sent]
