# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP: from a request to an instance's SOAP router, its pages or the control endpoints, and back.

Nothing that a client sends may end the process or keep another instance's client waiting: a request is read with a
size limit, parsed, executed in its own task, and whatever goes wrong becomes an answer.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
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
from . import control, pages
from .inject import cut, inject

_log = logging.getLogger(__name__)

ROUTER = "nl/jsp/soaprouter.jsp"
_XML = {"Content-Type": "text/xml;charset=utf-8"}
_TEXT = {"Content-Type": "text/plain;charset=utf-8"}
_CODE = re.compile(r"[A-Z]{3}-\d{6}")
_BACKLOG = 1024
_SHUTDOWN = 1.0  # real seconds that calls under way are given when the server stops


def loopback(host: str) -> str:
    """The host as an address. Raises ValueError unless it is of this machine only: a simulator has no secrets to keep
    and takes orders from anybody who reaches it."""
    address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))
    if not address.is_loopback:
        raise ValueError(f"the simulator listens on loopback addresses only, not on {host}")
    return str(address)


class Server:
    """Serves one simulator on one loopback port."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self._control = control.Control(simulator)
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, set the fleet going and return the base URL. OSError when the port is taken, ValueError for a host
        that is not loopback."""
        address = loopback(host)
        self._runner = web.ServerRunner(
            web.Server(self._handle, access_log=None), handle_signals=False, shutdown_timeout=_SHUTDOWN
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, address, port, backlog=_BACKLOG).start()
        bound = self._runner.addresses[0]
        shown = f"[{address}]" if ":" in address else address
        self.simulator.base_url = f"http://{shown}:{bound[1]}"
        await self.simulator.begin()
        return self.simulator.base_url

    async def stop(self) -> None:
        """Stop the fleet, then close the port. Calls that a fault holds are let go first."""
        self.simulator.faults.remove()
        await self.simulator.end()
        if self._runner is not None:
            await self._runner.cleanup()

    # -- one request ----------------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        name, _unused, path = request.path[1:].partition("/")
        try:
            if name == "_simulator":
                return await self._control.handle(path, request)
            instance = self.simulator.instances.get(name)
            if instance is None:
                return web.Response(status=404, text=f"No instance '{name[:80]}' in this fleet.\n")
            if not self.simulator.ready and WORK_HEADER not in request.headers:
                return _not_ready()
            if instance.down:
                return cut(request)
            if path == ROUTER:
                try:
                    return await self._soap(instance, request)
                finally:
                    self.simulator.save_time()
            return pages.page(instance, path, request)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            _log.exception("request for %s failed", request.path[:200])
            return web.Response(status=500, text="The simulator failed; its log has the cause.\n")

    async def _soap(self, instance: Instance, request: web.BaseRequest) -> web.StreamResponse:
        if request.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"})
        clock = self.simulator.clock
        headers = request.headers
        try:
            body = await _read(request)
        except SoapFault as fault:
            answer = _fault(instance, fault)
            answer.force_close()  # the rest of the body is not worth reading
            return answer
        if clock.per_call and WORK_HEADER not in headers:
            await self._pass_time()
        with clock.adopt(headers.get(WORK_HEADER)) as internal:
            return await self._call(instance, request, body, internal)

    async def _pass_time(self) -> None:
        try:
            await self.simulator.clock.pass_call()
        except (ClockStuckError, InternalWorkError):
            _log.exception("the clock did not move on as it should")

    async def _call(
        self, instance: Instance, request: web.BaseRequest, body: bytes, internal: bool
    ) -> web.StreamResponse:
        header = request.headers.get("SOAPAction")
        origin = "internal" if internal else "external"
        try:
            call = wire.read_call(header, body)
        except SoapFault as fault:
            entry = self._enter(instance, (header or "")[:120], "", origin, len(body))
            _note(entry, "fault", fault.string)
            return _fault(instance, fault)
        method = self.simulator.router.find(call)
        name = f"{call.service}#{call.method}"
        entry = self._enter(instance, name, method.kind if method else "", origin, call.size)
        rules = self.simulator.faults.matching(instance.name, name, origin, call)
        shown_by = Credentials(request.headers, request.remote or "127.0.0.1")
        context = Context(instance, call, shown_by, internal, entry, gone=partial(_gone, request))
        try:
            if rules:
                return await inject(self.simulator, context, rules, request, self.executed)
            return web.Response(body=await self.execute(context), headers=_XML)
        except SoapFault as fault:
            _note(entry, entry.outcome or "fault", fault.string)
            return _fault(instance, fault)
        except PlainRefusal as refused:
            _note(entry, entry.outcome or "refused", refused.text)
            return web.Response(status=refused.status, text=refused.text, headers=_TEXT)

    async def execute(self, context: Context) -> bytes:
        """Run a call and enter its outcome. Raises SoapFault or PlainRefusal, never anything else."""
        try:
            answer = await self.simulator.router.run(context)
        except (SoapFault, PlainRefusal):
            raise
        except Exception as error:
            raise unexpected(context.call, error) from error
        context.entry.outcome = "ok"
        return answer

    async def executed(self, context: Context) -> bytes:
        """Run a call; a fault is an answer like another. Raises PlainRefusal."""
        try:
            return await self.execute(context)
        except SoapFault as fault:
            _note(context.entry, "fault", fault.string)
            return wire.fault(shown(context.instance, fault))

    def _enter(self, instance: Instance, call: str, kind: str, origin: str, size: int) -> Entry:
        return self.simulator.ledger.open(instance.name, call, kind, origin, self.simulator.clock.now(), size)


def _gone(request: web.BaseRequest) -> bool:
    return request.transport is None or request.transport.is_closing()


def _not_ready() -> web.Response:
    """During the warm-up instances talk to each other only: a client would change what happens in it."""
    return web.Response(status=503, headers={"Retry-After": "1"}, text="The simulator is warming up.\n")


def _note(entry: Entry, outcome: str, text: str) -> None:
    entry.outcome = outcome
    code = _CODE.match(text)
    entry.code = code[0] if code else ""


def _fault(instance: Instance, fault: SoapFault) -> web.Response:
    """A fault comes with HTTP 200 (campaign_facts, Failures)."""
    return web.Response(body=wire.fault(shown(instance, fault)), headers=_XML)


def shown(instance: Instance, fault: SoapFault) -> SoapFault:
    """The fault as the zone lets the caller see it: perhaps without the technical part."""
    zone = instance.zone
    if not zone.show_errors:
        fault = SoapFault(fault.code, fault.string)
    if not zone.show_codes:
        fault = SoapFault(fault.code, _CODE.sub("", fault.string).strip())
    return fault


async def _read(request: web.BaseRequest) -> bytes:
    """The body, at most MAX_BODY bytes once decompressed; a fault for more, and for what cannot be decompressed."""
    too_large = invalid_message(f"it is larger than {wire.MAX_BODY} bytes")
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer proper has not begun
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
