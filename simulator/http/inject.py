# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What injected faults do to one exchange. Which calls they take, and what each kind is: ``faults/rules.py``."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web

from ..clock.clock import ClockStuckError, InternalWorkError
from ..config.validation import Section
from ..faults.rules import Rule
from ..methods.router import Context
from ..security.sessions import expired
from ..simulator import Simulator
from ..soap.envelope import Call
from ..soap.errors import SERVER, FleetError, SoapFault, address_refused, logon_refused, method_failed
from . import changes

_log = logging.getLogger(__name__)

_XML = {"Content-Type": "text/xml;charset=utf-8"}
_PIECE = 65_536  # bytes of a flood that are sent at once

_DEADLOCK = (
    "PGS-220000 PostgreSQL error: ERROR:  deadlock detected\n"
    "DETAIL:  Process 4242 waits for ShareLock on transaction 777; blocked by process 4343."
)


async def inject(
    simulator: Simulator,
    context: Context,
    rules: list[Rule],
    request: web.BaseRequest,
    execute: Callable[[Context], Awaitable[bytes]],
) -> web.StreamResponse:
    """Apply the rules in the order in which they were made; the first that ends the exchange wins.

    `execute` runs the call and gives its answer. Raises SoapFault and PlainRefusal, which are answers too.
    """
    for rule in rules:
        if not rule.executed and (answer := await _apply(simulator, context, rule, request, "injected")) is not None:
            return answer
    body = await execute(context)
    for rule in rules:
        if not rule.executed:
            continue
        if rule.kind == "entities":
            body = with_entities(body)
        elif rule.kind == "garble":
            context.entry.outcome = "lost"
            body = body[: rule.size]
        else:
            answer = await _apply(simulator, context, rule, request, "lost")
            answer = answer or await _sent(context, rule, request, body)
            if answer is not None:
                return answer
    return web.Response(body=body, headers=_XML)


async def _apply(
    simulator: Simulator, context: Context, rule: Rule, request: web.BaseRequest, outcome: str
) -> web.StreamResponse | None:
    """What a rule does before a call or after it: the answer that takes the place of the method's own, None to go on.

    `outcome` is what the ledger says when there is one. Raises SoapFault and PlainRefusal.
    """
    if rule.kind in ("delay", "late"):
        await asyncio.sleep(rule.seconds)
        return None
    if rule.kind == "hold":
        await rule.hold()
        return None
    if rule.kind == "change":
        await _change(simulator, context, rule)
        return None
    if rule.kind in ("reset", "lose_answer"):
        context.entry.outcome = outcome
        return cut(request, reset=rule.kind == "reset")
    if (foreign := page(rule)) is not None:
        context.entry.outcome = outcome
        return web.Response(status=foreign.status, body=foreign.body, headers=foreign.headers)
    if (problem := refusal(rule, context.call)) is not None:
        context.entry.outcome = outcome
        raise problem
    return None


async def _change(simulator: Simulator, context: Context, rule: Rule) -> None:
    """Change the instance that was called. What cannot be changed any more is reported, and the call goes on."""
    place = Section("fault", "change", rule.change)
    try:
        seconds = changes.apply(context.instance, place)
        if seconds:
            await simulator.clock.advance(seconds)
    except (FleetError, ClockStuckError, InternalWorkError):
        _log.exception("fault %d could not change %s", rule.id, context.instance.name)


# -- answers in place of the method's own -------------------------------------------------------------------------


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


def page(rule: Rule) -> Page | None:
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


def with_entities(answer: bytes) -> bytes:
    """The same answer with a document type and entities that a careless parser would expand."""
    head, _unused, rest = answer.partition(b"\n")
    dtd = (
        b'<!DOCTYPE SOAP-ENV:Envelope [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY file SYSTEM "file:///etc/hostname">]>\n'
    )
    return head + b"\n" + dtd + rest.replace(b"</SOAP-ENV:Body>", b"<!-- --><x>&c;&file;</x></SOAP-ENV:Body>", 1)


# -- answers that are badly sent ----------------------------------------------------------------------------------


def cut(request: web.BaseRequest, *, reset: bool = False) -> web.StreamResponse:
    """Close the connection without an answer; with a TCP reset when asked for."""
    transport = request.transport
    if transport is not None:
        if reset:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _sent(context: Context, rule: Rule, request: web.BaseRequest, body: bytes) -> web.StreamResponse | None:
    """The answer as a rule sends it; None for a rule that leaves the sending alone."""
    if rule.kind == "truncate":
        context.entry.outcome = "lost"
        return await _truncated(request, body, rule.size)
    if rule.kind == "broken_chunks":
        context.entry.outcome = "lost"
        return await _broken_chunks(request, body[: rule.size])
    if rule.kind == "broken_gzip":
        context.entry.outcome = "lost"
        return web.Response(body=body, headers={**_XML, "Content-Encoding": "gzip"})
    if rule.kind == "drip":
        pieces = [body[start : start + rule.size] for start in range(0, len(body), rule.size)]
        return await _in_pieces(request, pieces, len(body), rule.seconds)
    if rule.kind == "flood":
        whole, rest = divmod(rule.size, _PIECE)
        pieces = [body, *(b" " * _PIECE for _number in range(whole)), b" " * rest]
        return await _in_pieces(request, pieces, len(body) + rule.size, 0)
    return None


async def _truncated(request: web.BaseRequest, answer: bytes, size: int) -> web.StreamResponse:
    """Announce the whole answer, send its first bytes, close."""
    response = web.StreamResponse(headers=_XML)
    response.content_length = len(answer)
    response.force_close()
    await response.prepare(request)
    await response.write(answer[:size])
    if request.transport is not None:
        request.transport.close()
    return response


async def _broken_chunks(request: web.BaseRequest, answer: bytes) -> web.StreamResponse:
    """Send the first bytes as a chunk, announce another, close."""
    response = web.StreamResponse(headers=_XML)
    response.enable_chunked_encoding()
    response.force_close()
    await response.prepare(request)
    await response.write(answer)
    if request.transport is not None:
        request.transport.write(b"fff\r\n<")
        request.transport.close()
    return response


async def _in_pieces(request: web.BaseRequest, pieces: list[bytes], length: int, seconds: float) -> web.StreamResponse:
    """Send an answer bit by bit, as long as somebody listens."""
    response = web.StreamResponse(headers=_XML)
    response.content_length = length
    response.force_close()
    await response.prepare(request)
    for piece in pieces:
        if request.transport is None or request.transport.is_closing():
            break
        await response.write(piece)
        await asyncio.sleep(seconds)
    return response
