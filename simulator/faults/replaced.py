# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an injected fault puts in the place of an answer, or of a part of it. Pure: a rule and bytes in, bytes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from ..security.sessions import expired
from ..soap.envelope import Call
from ..soap.errors import (
    SERVER,
    PlainRefusal,
    SoapFault,
    address_refused,
    logon_refused,
    method_failed,
)
from .rules import FaultRule

_DEADLOCK = (
    "PGS-220000 PostgreSQL error: ERROR:  deadlock detected\n"
    "DETAIL:  Process 4242 waits for ShareLock on transaction 777; blocked by process 4343."
)

# -- answers that did not come from Campaign ----------------------------------------------------------------------


@dataclass(slots=True)
class Page:
    """An answer that did not come from Campaign: a proxy's page."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})


_OTHER_METHOD = (
    b"<?xml version='1.0'?><SOAP-ENV:Envelope xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'>"
    b"<SOAP-ENV:Body><SomethingElseResponse xmlns='urn:xtk:session'/></SOAP-ENV:Body></SOAP-ENV:Envelope>"
)
#: Bodies that are no answer to the call, with 200.
_BODIES: dict[str, tuple[str, bytes]] = {
    "html": (
        "text/html",
        b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Portal</body></html>",
    ),
    "empty": ("text/xml", b""),
    "plain": ("text/plain", b"The service starts."),
    "json": ("application/json", b'{"status": "starting"}'),
    "other_method": ("text/xml", _OTHER_METHOD),
}


def page(rule: FaultRule) -> Page | None:
    """The page of a proxy, when the rule is one."""
    if rule.kind in _BODIES:
        content_type, content = _BODIES[rule.kind]
        return Page(200, content, {"Content-Type": content_type})
    if rule.kind == "redirect":
        return Page(302, b"", {"Location": rule.location})
    if rule.kind != "status":
        return None
    reason = HTTPStatus(rule.status).phrase
    body = f"<html><head><title>{rule.status} {reason}</title></head><body><h1>{reason}</h1></body></html>"
    page = Page(rule.status, body.encode())
    if rule.retry_after:
        page.headers["Retry-After"] = rule.retry_after
    return page


# -- answers of Campaign ------------------------------------------------------------------------------------------

_REFUSALS: Mapping[str, Callable[[FaultRule, Call], SoapFault | PlainRefusal]] = {
    "expired": lambda rule, call: expired(rule.answer, call),
    "refused": lambda _rule, _call: logon_refused(),
    "address": lambda rule, _call: address_refused("127.0.0.1", status=rule.status),
    "fault": lambda rule, _call: SoapFault(SERVER, rule.text, rule.detail),
    "deadlock": lambda _rule, call: method_failed(call.service, call.method, _DEADLOCK),
}


def refusal(rule: FaultRule, call: Call) -> SoapFault | PlainRefusal | None:
    """The Campaign answer that a rule puts in place of the method's own; None for those that are no such answer."""
    make = _REFUSALS.get(rule.kind)
    return None if make is None else make(rule, call)


# -- answers that are changed -------------------------------------------------------------------------------------

_FIRST_VALUE = re.compile(rb"""(?<!xmlns)="|xsi:type='xsd:string'>""")


def _garbled(rule: FaultRule, answer: bytes) -> bytes:
    return answer[: rule.size]


def _with_entities(_rule: FaultRule, answer: bytes) -> bytes:
    """The same answer with a document type and entities that a careless parser would expand."""
    head, _unused, rest = answer.partition(b"\n")
    dtd = (
        b'<!DOCTYPE SOAP-ENV:Envelope [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY file SYSTEM "file:///etc/hostname">]>\n'
    )
    return head + b"\n" + dtd + rest.replace(b"</SOAP-ENV:Body>", b"<!-- --><x>&c;&file;</x></SOAP-ENV:Body>", 1)


def _with_forbidden(rule: FaultRule, answer: bytes) -> bytes:
    """The same answer with characters that XML 1.0 forbids before its first value: that of the first row, or the text
    of the first output. An answer without a value stays as it is."""
    if rule.form == "reference":
        added = "".join(f"&#x{ord(character):X};" for character in rule.text).encode()
    else:
        added = rule.text.encode("utf-8", "surrogatepass")
    found = _FIRST_VALUE.search(answer)
    return answer if found is None else answer[: found.end()] + added + answer[found.end() :]


ALTERED: Mapping[str, Callable[[FaultRule, bytes], bytes]] = {
    "garble": _garbled,
    "entities": _with_entities,
    "forbidden": _with_forbidden,
}
"""By kind of rule: what becomes of the answer of a method that has run."""
