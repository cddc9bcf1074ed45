# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session for tests of the repositories: it answers in a given order and records the requests.

Answers are envelopes as a server sends them (campaign_facts, Answers), read by the collection's own protocol layer.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._soap.envelope import Output, Param, Reply, read_reply

ENVELOPE = (
    "<?xml version='1.0'?><SOAP-ENV:Envelope xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
    "xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'><SOAP-ENV:Body><{method}Response xmlns='urn:any'>"
    "{inner}</{method}Response></SOAP-ENV:Body></SOAP-ENV:Envelope>"
)

#: The reaction of the fake to a call: return these outputs, or raise.
Answer = Sequence[Output] | Exception


class Sent(NamedTuple):
    """One call that was made."""

    service: str
    method: str
    params: list[Param]

    @property
    def document(self) -> Any:
        """The element in the first parameter."""
        return self.params[0].value

    @property
    def where(self) -> str:
        """The one expression of a query's one condition; empty when there is none."""
        conditions: list[str] = self.document.xpath("where/condition/@expr")
        assert len(conditions) <= 1
        return "".join(conditions)

    @property
    def columns(self) -> list[str]:
        """The columns of a query."""
        return [str(name) for name in self.document.xpath("select/node/@expr")]


class FakeSession:
    """Answers each call with the next of ``answers``; a call too many fails the test."""

    name = "mkt-a"
    skew = 1.5

    def __init__(self, *answers: Answer, now: datetime | None = None) -> None:
        self.answers = list(answers)
        self.sent: list[Sent] = []
        self.info = SimpleNamespace(build="9396", release="7.4.3")
        self.now = now

    def call(self, service: str, method: str, params: Sequence[Param] = ()) -> Sequence[Output]:
        """Remember the call and give the next answer."""
        self.sent.append(Sent(service, method, list(params)))
        assert self.answers, f"{service}#{method} was not expected"
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def server_now(self) -> datetime:
        """The server's clock."""
        assert self.now is not None
        return self.now

    @property
    def knows_time(self) -> bool:
        """Whether the server's time is known."""
        return self.now is not None

    @property
    def calls(self) -> list[str]:
        """The methods that were called, in order."""
        return [sent.method for sent in self.sent]

    def spent(self) -> bool:
        """Whether the test has used every answer."""
        return not self.answers


def outputs(inner: str, method: str = "ExecuteQuery") -> Sequence[Output]:
    """The outputs of an answer whose response element holds this XML."""
    body = ENVELOPE.format(method=method, inner=inner).encode()
    return read_reply(Reply(status=200, content_type="text/xml", body=body), "xtk:queryDef", method)


def result(inner: str) -> Sequence[Output]:
    """The outputs of a query that returned this element."""
    return outputs(f"<pdomOutput xsi:type='ns:Element'>{inner}</pdomOutput>")


def collection(name: str, *rows: Mapping[str, object]) -> Sequence[Output]:
    """The outputs of a ``select`` with these rows of attributes."""
    children = "".join(
        f"<{name} {' '.join(f'{key}={quoteattr(str(value))}' for key, value in row.items())}/>" for row in rows
    )
    return result(f"<{name}-collection>{children}</{name}-collection>")


def nothing(method: str = "Write") -> Sequence[Output]:
    """The outputs of a method that returns nothing."""
    return outputs("", method)


def module_without_lxml(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A fresh copy of a file of module_utils, imported where lxml is not installed."""
    return module_without("lxml", name, monkeypatch)


def module_without(library: str, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A fresh copy of a file of module_utils, imported where a library is not installed."""
    monkeypatch.setitem(sys.modules, library, None)
    known = sys.modules[f"ansible_collections.campaign.classic.plugins.module_utils.{name}"]
    spec = importlib.util.spec_from_file_location(known.__name__, str(known.__file__))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its module up while it is made.
    monkeypatch.setitem(sys.modules, known.__name__, module)
    spec.loader.exec_module(module)
    return module
