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
change          the instance changes, as if another user did it: see changes.py; `advance` advances the virtual clock
reset           the connection is reset (RST), no answer
status, html    the page of a proxy (`status`: one of PAGES), or a portal's page with 200
redirect        a redirect (302) to `location`, without a body
empty           an answer with 200 and nothing in it
plain, json     a text, or a document, that is no SOAP, with 200
other_method    a SOAP answer, with 200, to a method that was not called
expired         XSV-350008, in the shape `answer`; the session itself stays open (`change` with expire_sessions ends it)
refused         XSV-350012, HTTP 403: a refused logon
address         XSV-350013 (403, or a fault with 200) or XSV-350014 (500): a refused address
fault           a SOAP fault with `text` and `detail`
deadlock        the fault of a database deadlock
interim         `times` interim answers with `status` (1xx, one of INTERIM) come before the answer (RFC 9110, 15.2)
late            executed, the answer comes after `seconds` of real time
lose_answer     executed, the connection is closed without an answer
truncate        executed, the connection is closed after `size` bytes of the answer
garble          executed, the answer is cut to `size` bytes and looks complete to HTTP
drip            executed, the answer comes in pieces of `size` bytes, one every `seconds` of real time
flood           executed, `size` bytes of white space follow the answer
entities        executed, the answer has entities that a careless parser expands
forbidden       executed, the answer's first value begins with `text`, characters that XML 1.0 forbids (production 2,
                Char), as bytes or as character references (`form`: raw, reference); the answer is not well-formed
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
from ..soap.envelope import Call, printable
from .subject import subject

EITHER = frozenset(
    {
        "delay", "hold", "change", "reset", "status", "html", "redirect", "empty", "plain", "json", "other_method",
        "expired", "refused", "address", "fault", "deadlock", "interim",
    }
)  # fmt: skip
"""Kinds that happen before the method runs, unless the rule says `executed`."""

AFTER = frozenset(
    {
        "late", "lose_answer", "truncate", "garble", "drip", "flood", "entities", "forbidden", "broken_chunks",
        "broken_gzip",
    }
)  # fmt: skip
"""Kinds that change the answer of a method that has run."""

_LOSING = frozenset({"truncate", "garble", "broken_chunks", "broken_gzip"})
INTERIM = (100, 102, 103)  # without 101, which answers an Upgrade only
FORMS = ("raw", "reference")

PAGES = (200, 400, 401, 403, 404, 408, 429, 500, 501, 502, 503, 504)
_MOST = 1024**3  # bytes of a flood


@dataclass(slots=True)
class FaultRule:
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
    times: int = 1
    form: str = FORMS[0]
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

    @property
    def loses(self) -> bool:
        """Whether a client cannot read the answer that the rule leaves."""
        return self.kind in _LOSING

    def takes(self, instance: str, name: str, origin: str, call: Call) -> bool:
        """Whether this call is one that the rule applies to; counts it."""
        if self.origin not in ("any", origin) or not fnmatchcase(instance, self.instance):
            return False
        if self.after and not self.begun:
            self.begun = fnmatchcase(name, self.after)
            return False
        return self._names(name, call) and self._is_due()

    def _names(self, name: str, call: Call) -> bool:
        return fnmatchcase(name, self.method) and (self.object == "*" or fnmatchcase(subject(call), self.object))

    def _is_due(self) -> bool:
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
        self._rules: list[FaultRule] = []
        self._next = 1

    def add(self, data: Mapping[str, Any], check: Callable[[FaultRule], None] = lambda _: None) -> FaultRule:
        """Make a rule of a JSON body. Raises FleetError (place and sentence) for anything that is not one.

        `check` is given the rule before it is in force, and raises for one that the fleet cannot follow.
        """
        rule = read_rule(self._next, data)
        check(rule)
        self._next += 1
        self._rules.append(rule)
        return rule

    def remove(self, rule_id: int | None = None) -> int:
        """Remove one rule, or all; how many were removed. Held calls continue."""
        gone = [rule for rule in self._rules if rule_id is None or rule.id == rule_id]
        self._rules = [rule for rule in self._rules if rule not in gone]
        for rule in gone:
            rule.released.set()
        return len(gone)

    def rules(self) -> list[FaultRule]:
        """The rules, oldest first."""
        return list(self._rules)

    def matching(self, instance: str, name: str, origin: str, call: Call) -> list[FaultRule]:
        """The rules that apply to this call. Nothing is computed while there are no rules."""
        if not self._rules:
            return []
        return [rule for rule in self._rules if rule.takes(instance, name, origin, call)]


def read_rule(rule_id: int, data: Mapping[str, Any]) -> FaultRule:
    """A rule from its JSON form; FleetError says which key is wrong and what is allowed."""
    place = Section("fault", "", data)
    rule = FaultRule(rule_id, place.one_of("kind", sorted(EITHER | AFTER)))
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


def _read_own(rule: FaultRule, place: Section) -> None:
    """The keys that a rule's own kind has."""
    for read in _OWN.get(rule.kind, ()):
        read(rule, place)
    if rule.origin != "external" and (rule.kind == "hold" or "advance" in rule.change):
        # A server's call is part of the virtual time that would have to go by meanwhile.
        place.fail("origin", "calls between servers cannot be held, and cannot move the clock")


def _seconds(rule: FaultRule, place: Section) -> None:
    rule.seconds = place.seconds("seconds")


def _length(rule: FaultRule, place: Section) -> None:
    rule.size = place.integer("size", 100, least=0)


def _piece(rule: FaultRule, place: Section) -> None:
    rule.size = place.integer("size", 1, least=1)


def _flood(rule: FaultRule, place: Section) -> None:
    rule.size = place.integer("size", least=1)
    if rule.size > _MOST:
        place.fail("size", f"{rule.size} is more than {_MOST}")


def _page(rule: FaultRule, place: Section) -> None:
    rule.status = _listed(place, PAGES)
    rule.retry_after = place.text("retry_after", "")


def _location(rule: FaultRule, place: Section) -> None:
    rule.location = place.text("location", "/nl/jsp/logon.jsp")


def _address(rule: FaultRule, place: Section) -> None:
    rule.status = _listed(place, REFUSALS, REFUSALS[0])


def _fault(rule: FaultRule, place: Section) -> None:
    rule.text = place.text("text")
    rule.detail = place.text("detail") if place.raw("detail") is not None else None


def _shape(rule: FaultRule, place: Section) -> None:
    rule.answer = place.one_of("answer", ANSWERS, ANSWERS[0])


def _change(rule: FaultRule, place: Section) -> None:
    rule.change = dict(place.place_of("change").data)
    if not rule.change:
        place.fail("change", "say what changes: instance, options, orders, advance")


def _interim(rule: FaultRule, place: Section) -> None:
    rule.status = _listed(place, INTERIM, 103)
    rule.times = place.integer("times", 1, least=1)


def _forbidden(rule: FaultRule, place: Section) -> None:
    rule.form = place.one_of("form", FORMS, FORMS[0])
    rule.text = place.text("text", "\x01")
    if not rule.text or any(printable(character) == character for character in rule.text):
        place.fail("text", "give characters that XML 1.0 forbids, such as \\u0001")


_OWN: Mapping[str, tuple[Callable[[FaultRule, Section], None], ...]] = {
    "delay": (_seconds,),
    "late": (_seconds,),
    "drip": (_seconds, _piece),
    "truncate": (_length,),
    "garble": (_length,),
    "broken_chunks": (_length,),
    "flood": (_flood,),
    "status": (_page,),
    "redirect": (_location,),
    "address": (_address,),
    "fault": (_fault,),
    "expired": (_shape,),
    "change": (_change,),
    "interim": (_interim,),
    "forbidden": (_forbidden,),
}
"""By kind: what reads its own keys."""


def _listed(place: Section, allowed: tuple[int, ...], *default: int) -> int:
    status = place.integer("status", *default)
    if status not in allowed:
        place.fail("status", f"{status} is not one of: {', '.join(map(str, allowed))}")
    return status
