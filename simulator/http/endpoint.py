# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SOAP endpoint of the instances: from a request's bytes to the call, and through its handler to the answer."""

from __future__ import annotations

import logging
from functools import partial

import aiohttp
from aiohttp import web

from ..clock.clock import WORK_HEADER, ClockStuckError, InternalWorkError
from ..instance import Instance
from ..ledger import Entry
from ..methods.router import Context, unexpected
from ..security.sessions import Credentials
from ..simulator import Simulator
from ..soap import envelope as wire
from ..soap.errors import PlainRefusal, SoapFault, invalid_message
from .answers import failed, interim, succeeded
from .inject import injecting

_log = logging.getLogger(__name__)


class SoapEndpoint:
    """Answers the SOAP calls of all instances. The injection of faults is a wrapper round the handler of a call."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._handler = injecting(simulator, self._run)

    async def answer(self, instance: Instance, request: web.BaseRequest) -> web.StreamResponse:
        """One request. What is no call is answered with a fault."""
        if request.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"})
        clock, work = self._simulator.clock, request.headers.get(WORK_HEADER)
        try:
            body = await _read(request)
        except SoapFault as fault:
            answer = failed(instance, fault)
            answer.force_close()  # the rest of the body is not worth reading
            return answer
        if clock.per_call and work is None:
            await self._pass_time()
        with clock.adopt(work) as internal:
            return await self._call(instance, request, body, internal)

    async def _pass_time(self) -> None:
        try:
            await self._simulator.clock.pass_call()
        except (ClockStuckError, InternalWorkError):
            _log.exception("the clock did not advance as it should")

    async def _call(
        self, instance: Instance, request: web.BaseRequest, body: bytes, internal: bool
    ) -> web.StreamResponse:
        header = request.headers.get("SOAPAction")
        origin = "internal" if internal else "external"
        try:
            call = wire.read_call(header, body)
        except SoapFault as fault:
            return failed(instance, fault, self._enter(instance, (header or "")[:120], "", origin, len(body)))
        method = self._simulator.router.find(call)
        kind = method.kind if method else ""
        entry = self._enter(instance, f"{call.service}#{call.method}", kind, origin, call.size)
        shown = Credentials(request.headers, request.remote or "127.0.0.1")
        context = Context(instance, call, method, shown, internal, entry, gone=partial(_gone, request))
        return await self._handler(context, request)

    async def _run(self, context: Context, _request: web.BaseRequest) -> web.Response:
        """The handler of a call without injected faults: never raises."""
        try:
            body = await self._simulator.router.run(context)
        except (SoapFault, PlainRefusal) as error:
            return failed(context.instance, error, context.entry)
        except Exception as error:
            return failed(context.instance, unexpected(context.call, error), context.entry)
        context.entry.outcome = "ok"
        return succeeded(body)

    def _enter(self, instance: Instance, call: str, kind: str, origin: str, size: int) -> Entry:
        return self._simulator.ledger.open(instance.name, call, kind, origin, self._simulator.clock.now(), size)


def _gone(request: web.BaseRequest) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _read(request: web.BaseRequest) -> bytes:
    """The body, at most MAX_BODY bytes once decompressed; a fault for more, and for what cannot be decompressed."""
    too_large = invalid_message(f"it is larger than {wire.MAX_BODY} bytes")
    if request.headers.get("Expect", "").lower() == "100-continue":
        await interim(request, 100)
    if (request.content_length or 0) > wire.MAX_BODY:
        raise too_large
    content = request.content
    parts: list[bytes] = []
    size = 0
    try:
        while not content.at_eof():
            part = await content.readany()
            parts.append(part)
            size += len(part)
            if size > wire.MAX_BODY:
                raise too_large
    except (aiohttp.http_exceptions.HttpProcessingError, aiohttp.ClientPayloadError, web.RequestPayloadError) as error:
        raise invalid_message(f"the body cannot be read: {type(error).__name__}") from None
    return parts[0] if len(parts) == 1 else b"".join(parts)
