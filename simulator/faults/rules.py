# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: which calls of a client they take, by instance, method and object, and how often.

A rule counts the calls that match it. It begins with the `nth` of them (counted, with `after`, only once a call of
another method has come), takes `count` calls, or all that follow, and says what happens to each of them. What happens,
happens before the method runs, and then a kind that ends the exchange keeps it from running; or, with `executed`, after
it has run, and then the work is done and only the answer is changed. So a test hits exactly before or after one call,
and with `hold` it stops that call there for as long as it likes.

==============  =======================================================================================================
delay           the call waits for `seconds` of real time
hold            the call waits until the rule is taken away; `held` counts those that wait
change          the instance changes, as if by somebody else: see changes.py; `advance` lets virtual time go by
reset           the connection is reset (RST), no answer
status, html    the page of a proxy (`status`: one of PAGES), or a portal's page with 200
redirect        a redirect (302) to `location`, without a body
empty           an answer with 200 and nothing in it
plain, json     a text, or a document, that is no SOAP, with 200
other_method    a SOAP answer, with 200, to a method that was not called
expired         XSV-350008, in the shape `answer`; the session itself goes on (`change` with expire_sessions ends it)
refused         XSV-350012, HTTP 403: a refused logon
address         XSV-350013 (403, or a fault with 200) or XSV-350014 (500): a refused address
fault           a SOAP fault with `text` and `detail`
deadlock        the fault of a database deadlock
late            executed, the answer comes after `seconds` of real time
lose_answer     executed, the connection is closed without an answer
truncate        executed, the connection is closed after `size` bytes of the answer
garble          executed, the answer is cut to `size` bytes and looks complete to HTTP
drip            executed, the answer comes in pieces of `size` bytes, one every `seconds` of real time
flood           executed, `size` bytes of white space follow the answer
entities        executed, the answer has entities that a careless parser expands
broken_chunks   executed, the answer comes in chunks, and the connection is closed within one, after `size` bytes
broken_gzip     executed, the answer says that it is compressed, and is not
==============  =======================================================================================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ..config.spec import REFUSALS
from ..config.validation import Section
from ..security.sessions import ANSWERS
from ..soap.envelope import Call
from .subject import subject

EITHER = frozenset(
    {
        "delay", "hold", "change", "reset", "status", "html", "redirect", "empty", "plain", "json", "other_method",
        "expired", "refused", "address", "fault", "deadlock",
    }
)  # fmt: skip
"""Kinds that happen before the method runs, unless the rule says `executed`."""

AFTER = frozenset(
    {"late", "lose_answer", "truncate", "garble", "drip", "flood", "entities", "broken_chunks", "broken_gzip"}
)
"""Kinds that change the answer of a method that has run."""

PAGES = (200, 400, 401, 403, 404, 408, 429, 500, 501, 502, 503, 504)
_MOST = 1024**3  # bytes of a flood


@dataclass(slots=True)
class Rule:
    """One fault. `seen` counts matching calls, `fired` those that it took, `held` those that wait now."""

    id: int
    kind: str
    instance: str = "*"
    method: str = "*"
    object: str = "*"
    origin: str = "external"
    after: str = ""
    nth: int = 1
    count: int | None = None
    executed: bool = False
    seconds: float = 0.0
    status: int = 503
    retry_after: str = ""
    location: str = ""
    size: int = 0
    text: str = ""
    detail: str | None = None
    answer: str = ANSWERS[0]
    change: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    fired: int = 0
    held: int = 0
    begun: bool = False
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def takes(self, instance: str, name: str, origin: str, call: Call) -> bool:
        """Whether this call is one that the rule applies to; counts it."""
        if self.origin not in ("any", origin) or not fnmatchcase(instance, self.instance):
            return False
        if self.after and not self.begun:
            self.begun = fnmatchcase(name, self.after)
            return False
        if not fnmatchcase(name, self.method):
            return False
        if self.object != "*" and not fnmatchcase(subject(call), self.object):
            return False
        self.seen += 1
        if self.seen < self.nth or (self.count is not None and self.fired >= self.count):
            return False
        self.fired += 1
        return True

    async def hold(self) -> None:
        """Wait until the rule is taken away."""
        self.held += 1
        try:
            await self.released.wait()
        finally:
            self.held -= 1

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "released"}


class Faults:
    """The rules in force."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._next = 1

    def add(self, data: Mapping[str, Any], check: Callable[[Rule], None] = lambda _: None) -> Rule:
        """Make a rule of a JSON body. Raises FleetError (place and sentence) for anything that is not one.

        `check` is given the rule before it is in force, and raises for one that the fleet cannot follow.
        """
        rule = read_rule(self._next, data)
        check(rule)
        self._next += 1
        self._rules.append(rule)
        return rule

    def remove(self, rule_id: int | None = None) -> int:
        """Take one rule away, or all; how many went. Calls that it holds go on."""
        gone = [rule for rule in self._rules if rule_id is None or rule.id == rule_id]
        self._rules = [rule for rule in self._rules if rule not in gone]
        for rule in gone:
            rule.released.set()
        return len(gone)

    def rules(self) -> list[Rule]:
        """The rules, oldest first."""
        return list(self._rules)

    def matching(self, instance: str, name: str, origin: str, call: Call) -> list[Rule]:
        """The rules that apply to this call. Nothing is computed while there are no rules."""
        if not self._rules:
            return []
        return [rule for rule in self._rules if rule.takes(instance, name, origin, call)]


def read_rule(rule_id: int, data: Mapping[str, Any]) -> Rule:
    """A rule from its JSON form; FleetError says which key is wrong and what is allowed."""
    place = Section("fault", "", data)
    rule = Rule(rule_id, place.one_of("kind", sorted(EITHER | AFTER)))
    rule.instance = place.text("instance", "*")
    rule.method = place.text("method", "*")
    rule.object = place.text("object", "*")
    rule.origin = place.one_of("origin", ("external", "internal", "any"), "external")
    rule.after = place.text("after", "")
    rule.nth = place.integer("nth", 1, least=1)
    rule.count = place.integer("count", least=1) if place.raw("count") is not None else None
    rule.executed = place.flag("executed") if rule.kind in EITHER else True
    _read_own(rule, place)
    place.done()
    return rule


def _read_own(rule: Rule, place: Section) -> None:
    """The keys that a rule's own kind has."""
    if rule.kind in ("delay", "late", "drip"):
        rule.seconds = place.seconds("seconds")
    if rule.kind in ("truncate", "garble", "broken_chunks"):
        rule.size = place.integer("size", 100, least=0)
    elif rule.kind == "drip":
        rule.size = place.integer("size", 1, least=1)
    elif rule.kind == "flood":
        rule.size = place.integer("size", least=1)
        if rule.size > _MOST:
            place.fail("size", f"{rule.size} is more than {_MOST}")
    elif rule.kind == "status":
        rule.status = _listed(place, PAGES)
        rule.retry_after = place.text("retry_after", "")
    elif rule.kind == "redirect":
        rule.location = place.text("location", "/nl/jsp/logon.jsp")
    elif rule.kind == "address":
        rule.status = _listed(place, REFUSALS, REFUSALS[0])
    elif rule.kind == "fault":
        rule.text = place.text("text")
        rule.detail = place.text("detail") if place.raw("detail") is not None else None
    elif rule.kind == "expired":
        rule.answer = place.one_of("answer", ANSWERS, ANSWERS[0])
    elif rule.kind == "change":
        rule.change = dict(place.place_of("change").data)
        if not rule.change:
            place.fail("change", "say what changes: instance, options, orders, advance")
    if rule.origin != "external" and (rule.kind == "hold" or "advance" in rule.change):
        # A server's call is part of the virtual time that would have to go by meanwhile.
        place.fail("origin", "calls between servers cannot be held, and cannot move the clock")


def _listed(place: Section, allowed: tuple[int, ...], *default: int) -> int:
    status = place.integer("status", *default)
    if status not in allowed:
        place.fail("status", f"{status} is not one of: {', '.join(map(str, allowed))}")
    return status
