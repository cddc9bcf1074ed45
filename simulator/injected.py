# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: what goes wrong between a client and a server, matched by instance and method.

A rule says which calls it takes (`nth` matching call and the `count` that follow) and what happens to them. Some act
before the method runs, and then it never runs; the others run it and spoil the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .errors import SERVER, SoapFault, address_refused, logon_refused, method_failed
from .places import Place
from .sessions import ANSWERS, expired
from .wire import Call

BEFORE = frozenset({"delay", "reset", "status", "html", "expired", "refused", "address", "fault", "deadlock"})
AFTER = frozenset({"truncate", "lose_answer", "entities", "late"})
PAGES = (200, 404, 500, 502, 503, 504)
REFUSALS = (403, 500)

_DEADLOCK = (
    "PGS-220000 PostgreSQL error: ERROR:  deadlock detected\n"
    "DETAIL:  Process 4242 waits for ShareLock on transaction 777; blocked by process 4343."
)


@dataclass(slots=True)
class Rule:
    """One fault. `seen` counts matching calls, `fired` those that it spoilt."""

    id: int
    kind: str
    instance: str = "*"
    method: str = "*"
    origin: str = "external"
    nth: int = 1
    count: int | None = None
    seconds: float = 0.0
    status: int = 503
    retry_after: str = ""
    size: int = 0
    text: str = ""
    detail: str | None = None
    answer: str = ANSWERS[0]
    seen: int = 0
    fired: int = 0

    def takes(self, instance: str, call: str, origin: str) -> bool:
        """Whether this call is one that the rule spoils; counts it."""
        if self.origin not in ("any", origin):
            return False
        if not fnmatchcase(instance, self.instance) or not fnmatchcase(call, self.method):
            return False
        self.seen += 1
        if self.seen < self.nth or (self.count is not None and self.fired >= self.count):
            return False
        self.fired += 1
        return True

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Page:
    """An answer that did not come from Campaign: a proxy's page."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Faults:
    """The rules in force."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._next = 1

    def add(self, data: Mapping[str, Any], instances: Callable[[str], bool] = lambda _: True) -> Rule:
        """Make a rule of a JSON body. Raises FleetError (place and sentence) for anything that is not one.

        `instances` tells whether an instance glob matches any instance: a rule that can never fire is a typing error.
        """
        rule = read_rule(self._next, data)
        if not instances(rule.instance):
            Place("fault", "", data).fail("instance", f"'{rule.instance}' matches no instance")
        self._next += 1
        self._rules.append(rule)
        return rule

    def remove(self, rule_id: int | None = None) -> int:
        """Take one rule away, or all; how many went."""
        kept = [] if rule_id is None else [rule for rule in self._rules if rule.id != rule_id]
        gone = len(self._rules) - len(kept)
        self._rules = kept
        return gone

    def rules(self) -> list[Rule]:
        """The rules, oldest first."""
        return list(self._rules)

    def matching(self, instance: str, call: str, origin: str) -> list[Rule]:
        """The rules that spoil this call. Nothing is computed while there are no rules."""
        if not self._rules:
            return []
        return [rule for rule in self._rules if rule.takes(instance, call, origin)]


def read_rule(rule_id: int, data: Mapping[str, Any]) -> Rule:
    """A rule from its JSON form; FleetError says which key is wrong and what is allowed."""
    place = Place("fault", "", data)
    rule = Rule(rule_id, place.one_of("kind", sorted(BEFORE | AFTER)))
    rule.instance = place.text("instance", "*")
    rule.method = place.text("method", "*")
    rule.origin = place.one_of("origin", ("external", "internal", "any"), "external")
    rule.nth = place.integer("nth", 1, least=1)
    rule.count = place.integer("count", least=1) if place.raw("count") is not None else None
    if rule.kind in ("delay", "late"):
        rule.seconds = place.seconds("seconds")
    elif rule.kind == "status":
        rule.status = place.integer("status")
        if rule.status not in PAGES:
            place.fail("status", f"{rule.status} is not one of: {', '.join(map(str, PAGES))}")
        rule.retry_after = place.text("retry_after", "")
    elif rule.kind == "truncate":
        rule.size = place.integer("size", 100, least=0)
    elif rule.kind == "fault":
        rule.text = place.text("text")
        rule.detail = place.text("detail") if place.raw("detail") is not None else None
    elif rule.kind == "expired":
        rule.answer = place.one_of("answer", ANSWERS, ANSWERS[0])
    elif rule.kind == "address":
        rule.status = place.integer("status", 403)
        if rule.status not in REFUSALS:
            place.fail("status", f"{rule.status} is not one of: {', '.join(map(str, REFUSALS))}")
    place.done()
    return rule


def refusal(rule: Rule, call: Call) -> Exception | None:
    """The Campaign answer that a rule puts in place of the method's own; None for those that are no such answer."""
    if rule.kind == "expired":
        return expired(rule.answer, call)
    if rule.kind == "refused":
        return logon_refused()
    if rule.kind == "address":
        return address_refused("127.0.0.1", status=rule.status)
    if rule.kind == "fault":
        return SoapFault(SERVER, rule.text, rule.detail)
    if rule.kind == "deadlock":
        return method_failed(call.service, call.method, _DEADLOCK)
    return None


_REASONS = {
    404: "Not Found",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def page(rule: Rule) -> Page | None:
    """The page of a proxy, when the rule is one."""
    if rule.kind == "html":
        return Page(200, b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Portal</body></html>")
    if rule.kind != "status":
        return None
    reason = _REASONS.get(rule.status, "OK")
    body = f"<html><head><title>{rule.status} {reason}</title></head><body><h1>{reason}</h1></body></html>"
    return Page(rule.status, body.encode(), {"Retry-After": rule.retry_after} if rule.retry_after else {})


def with_entities(answer: bytes) -> bytes:
    """The same answer with a document type and entities that a careless parser would expand."""
    head, _unused, rest = answer.partition(b"\n")
    dtd = (
        b'<!DOCTYPE SOAP-ENV:Envelope [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY file SYSTEM "file:///etc/hostname">]>\n'
    )
    return head + b"\n" + dtd + rest.replace(b"</SOAP-ENV:Body>", b"<!-- --><x>&c;&file;</x></SOAP-ENV:Body>", 1)
