# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP: from a request to an instance's SOAP endpoint, its pages or the control endpoints, and back.

Nothing that a client sends may end the process or keep another instance's client waiting: a request is read with a
size limit, parsed, executed in its own task, and whatever goes wrong becomes an answer.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging

from aiohttp import web

from ..clock.clock import WORK_HEADER
from ..simulator import Simulator
from . import control, pages
from .broken import cut
from .endpoint import SoapEndpoint

_log = logging.getLogger(__name__)

ROUTER = "nl/jsp/soaprouter.jsp"
_BACKLOG = 1024
_SHUTDOWN = 1.0  # real seconds that calls under way are given when the server stops


def loopback(host: str) -> str:
    """The host as an address. Raises ValueError unless it is of this machine only: a simulator has no secrets to keep
    and obeys every client that reaches it."""
    address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))
    if not address.is_loopback:
        raise ValueError(f"the simulator listens on loopback addresses only, not on {host}")
    return str(address)


class Server:
    """Serves one simulator on one loopback port."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self._endpoint = SoapEndpoint(simulator)
        self._control = control.ControlRouter(simulator)
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, start the fleet and return the base URL. OSError when the port is taken, ValueError for a host
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
        """Stop the fleet, then close the port. Calls that a fault holds are released first."""
        self.simulator.faults.remove()
        await self.simulator.end()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request. A defect of the simulator fails this request; the others continue."""
        try:
            return await self._answer(request)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            _log.exception("request for %s failed", request.path[:200])
            return web.Response(status=500, text="The simulator failed; its log has the cause.\n")

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        name, _unused, path = request.path[1:].partition("/")
        if name == "_simulator":
            return await self._control.answer(request)
        instance = self.simulator.instances.get(name)
        if instance is None:
            return web.Response(status=404, text=f"No instance '{name[:80]}' in this fleet.\n")
        if not self.simulator.ready and WORK_HEADER not in request.headers:
            return _not_ready()
        if instance.down:
            return cut(request)
        if path != ROUTER:
            return pages.page(instance, path, request)
        try:
            return await self._endpoint.answer(instance, request)
        finally:
            self.simulator.save_time()


def _not_ready() -> web.Response:
    """During the warm-up instances talk to each other only: a client would change what happens in it."""
    return web.Response(status=503, headers={"Retry-After": "1"}, text="The simulator is warming up.\n")
