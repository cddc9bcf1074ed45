# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoints under /_simulator/: look at everything, move the clock, break things. JSON in and out.

===================================================  ==================================================================
GET ready                                            {"ready": bool, "url", "instances": {name: url}}
GET state[?instance=]                                time, and per instance: role, switches, options, workflows...
GET journal?instance=[&workflow=&limit=]             journal lines, newest first
GET rows?instance=&schema=[&limit=]                  the newest rows of a table, oldest first, also of a hidden one
GET ledger[?instance=&class=&origin=&since=]         SOAP calls, oldest first; `last` is the next `since`
DELETE ledger                                        forget them
GET sessions[?instance=&origin=]                     sessions that are open now (external ones by default)
GET clock                                            now, time_scale, per_call, next_due
POST clock {"advance"|"per_call"|"time_scale": n}    durations as 90, "10m", "1d12h"
POST clock {"calls_advance": true}                   a call that takes virtual time advances a clock that stands
POST ims/token                                       Adobe's identity service for technical accounts (a form)
GET ims, POST ims {"revoke": true, "seconds": n}     tokens issued; refuse them from now on; how long new ones live
GET faults, POST faults {...}, DELETE faults[?id=]   injected faults, see faults/rules.py
POST instances/NAME {...}                            down, skew, wfserver, switches, zone, timeouts, operators,
                                                     accounts, expire_sessions
POST instances/NAME/options {name: value, ...}       set options, as another user would; {"delete": true} removes
POST instances/NAME/workflows/WF {"order": "Stop"}   an order, as another user would give it
POST instances/NAME/deliveries {count, from, to, for}  deliveries of a mid, as in the fleet file
===================================================  ==================================================================

A wrong request is answered with 400 and a sentence that names the place.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from fnmatch import fnmatchcase
from typing import Any, cast
from urllib.parse import parse_qsl

from aiohttp import web

from ..clock.clock import ClockStuckError, InternalWorkError
from ..config.validation import Section
from ..database.schemas import SCHEMAS
from ..faults.rules import FaultRule
from ..instance import Instance
from ..simulator import Simulator
from ..soap.errors import FleetError, SoapFault
from . import changes, views

_log = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024
_PREFIX = "/_simulator"
_TURN = 1000


class BadRequest(Exception):
    """What the caller asked for makes no sense; the text is a sentence."""


class ControlRouter:
    """The control endpoints of a simulator, found by aiohttp's router."""

    def __init__(self, simulator: Simulator) -> None:
        control = Control(simulator)
        self._routes = web.UrlDispatcher()
        self._routes.add_routes(
            [
                web.get(_PREFIX + "/ready", control.ready, allow_head=False),
                web.get(_PREFIX + "/state", control.state, allow_head=False),
                web.get(_PREFIX + "/journal", control.journal, allow_head=False),
                web.get(_PREFIX + "/rows", control.rows, allow_head=False),
                web.get(_PREFIX + "/ledger", control.ledger, allow_head=False),
                web.delete(_PREFIX + "/ledger", control.clear_ledger),
                web.get(_PREFIX + "/sessions", control.sessions, allow_head=False),
                web.get(_PREFIX + "/clock", control.clock, allow_head=False),
                web.post(_PREFIX + "/clock", control.move_clock),
                web.post(_PREFIX + "/ims/token", control.token),
                web.get(_PREFIX + "/ims", control.ims, allow_head=False),
                web.post(_PREFIX + "/ims", control.change_ims),
                web.get(_PREFIX + "/faults", control.faults, allow_head=False),
                web.post(_PREFIX + "/faults", control.add_fault),
                web.delete(_PREFIX + "/faults", control.remove_faults),
                web.post(_PREFIX + "/instances/{name}", control.change_instance),
                web.post(_PREFIX + "/instances/{name}/options", control.set_options),
                web.post(_PREFIX + "/instances/{name}/deliveries", control.add_deliveries),
                web.post(_PREFIX + "/instances/{name}/workflows/{workflow}", control.give_order),
                web.route("*", _PREFIX + "/instances/{path:.+}", control.no_change),
            ]
        )

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request. What a handler refuses, and what the router does not find, is answered as JSON."""
        path = _below_prefix(request.path)
        try:
            found = await self._routes.resolve(_without_outer_slashes(request))
            if found.http_exception is not None:
                raise found.http_exception
            handler: Callable[..., Awaitable[web.StreamResponse]] = found.handler
            return await handler(request, **found)
        except FleetError as error:
            return _json({"error": f"{error.place}: {error.problem}" if error.place else error.problem}, 400)
        except (BadRequest, SoapFault) as error:
            return _json({"error": str(error)}, 400)
        except web.HTTPMethodNotAllowed as error:
            return _json({"error": f"{path} answers to {', '.join(sorted(error.allowed_methods))}"}, 405)
        except web.HTTPNotFound:
            return _json({"error": f"there is no /_simulator/{path}"}, 404)
        except web.HTTPRequestEntityTooLarge:
            return _json({"error": f"{path}: the body is larger than {MAX_BODY} bytes"}, 400)
        except (ClockStuckError, InternalWorkError) as error:
            _log.error("the clock could not be advanced", exc_info=error)
            return _json({"error": str(error)}, 500)


def _below_prefix(path: str) -> str:
    return path.removeprefix(_PREFIX).strip("/")


def _without_outer_slashes(request: web.BaseRequest) -> web.Request:
    """The request as the router gets it, which reads method and URL only: `clock/` and `/clock` are `clock`."""
    path = _below_prefix(request.rel_url.raw_path)
    return cast(web.Request, request.clone(rel_url=f"{_PREFIX}/{path}"))


class Control:
    """The handlers of the control endpoints of one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    # -- looking --------------------------------------------------------------------------------------------------

    async def ready(self, _request: web.BaseRequest) -> web.Response:
        return _json(views.ready(self._simulator))

    async def state(self, request: web.BaseRequest) -> web.Response:
        chosen = self._chosen(request)
        state: dict[str, Any] = {"time": self._simulator.clock.now().isoformat(), "instances": {}}
        async for name, view in views.instances(self._simulator, chosen):
            state["instances"][name] = view
        return _json(state)

    async def journal(self, request: web.BaseRequest) -> web.Response:
        workflow = request.query.get("workflow", "")
        return _json({"lines": views.journal(self._one(request, "journal"), workflow, _number(request, "limit", 50))})

    async def rows(self, request: web.BaseRequest) -> web.Response:
        schema = request.query.get("schema", "")
        if schema not in SCHEMAS:
            raise BadRequest(f"rows: '{schema[:40]}' is no schema; there are: {', '.join(sorted(SCHEMAS))}")
        return _json({"rows": views.rows(self._one(request, "rows"), schema, _number(request, "limit", 1000))})

    async def ledger(self, request: web.BaseRequest) -> web.Response:
        ledger = self._simulator.ledger
        chosen = ledger.select(
            instance=request.query.get("instance", ""),
            kind=_one_of(request, "class", ("session", "read", "write")),
            origin=_one_of(request, "origin", ("external", "internal")),
            since=_number(request, "since", 0),
        )
        calls = []
        for entry in list(chosen):
            calls.append(entry.as_dict())
            if len(calls) % _TURN == 0:
                await asyncio.sleep(0)  # others are served meanwhile
        return _json({"calls": calls, "last": ledger.last, "dropped": ledger.dropped})

    async def clear_ledger(self, _request: web.BaseRequest) -> web.Response:
        self._simulator.ledger.clear()
        return _json({"last": self._simulator.ledger.last})

    async def sessions(self, request: web.BaseRequest) -> web.Response:
        origin = _one_of(request, "origin", ("external", "internal", "any")) or "external"
        return _json({"sessions": views.sessions(self._chosen(request), origin)})

    # -- the identity service -------------------------------------------------------------------------------------

    async def token(self, request: web.BaseRequest) -> web.Response:
        body = await request.content.read(MAX_BODY)
        status, answer = self._simulator.ims.token(dict(parse_qsl(body.decode("utf-8", "replace"))))
        return _json(answer, status)

    async def ims(self, _request: web.BaseRequest) -> web.Response:
        return _json({"issued": self._simulator.ims.issued, "seconds": self._simulator.ims.seconds})

    async def change_ims(self, request: web.BaseRequest) -> web.Response:
        place, service = await _body(request, "ims"), self._simulator.ims
        seconds, revoke = place.integer("seconds", service.seconds, least=1), place.flag("revoke")
        place.done()
        service.seconds = seconds
        if revoke:
            service.revoke()
        return await self.ims(request)

    # -- the clock ------------------------------------------------------------------------------------------------

    async def clock(self, _request: web.BaseRequest) -> web.Response:
        return _json(views.clock(self._simulator))

    async def move_clock(self, request: web.BaseRequest) -> web.Response:
        place = await _body(request, "clock")
        if len(place.data) != 1:
            place.fail("", "give one of: advance, per_call, calls_advance, time_scale")
        clock = self._simulator.clock
        if place.raw("per_call") is not None:
            clock.per_call = place.seconds("per_call")
        elif place.raw("calls_advance") is not None:
            clock.calls_advance = place.flag("calls_advance")
        elif place.raw("time_scale") is not None:
            await clock.set_time_scale(place.number("time_scale", least=0))
        elif place.raw("advance") is not None:
            await clock.advance(place.seconds("advance"))
            self._simulator.save_time()
        place.done()
        return _json(views.clock(self._simulator))

    # -- faults ---------------------------------------------------------------------------------------------------

    async def faults(self, _request: web.BaseRequest) -> web.Response:
        return _json({"faults": [rule.as_dict() for rule in self._simulator.faults.rules()]})

    async def add_fault(self, request: web.BaseRequest) -> web.Response:
        place = await _body(request, "fault")
        return _json(self._simulator.faults.add(place.data, self._check_fault).as_dict())

    def _check_fault(self, rule: FaultRule) -> None:
        """A rule that can never fire, or a change that no instance could make, is a typing error."""
        chosen = [one for name, one in self._simulator.instances.items() if fnmatchcase(name, rule.instance)]
        if not chosen:
            Section("fault", "", {}).fail("instance", f"'{rule.instance}' matches no instance")
        if rule.kind != "change":
            return
        problems = []
        for instance in chosen:
            try:
                changes.plan(instance, Section("fault", "change", rule.change))
            except FleetError as error:
                problems.append(error)
        if len(problems) == len(chosen):
            raise problems[0]

    async def remove_faults(self, request: web.BaseRequest) -> web.Response:
        rule = _number(request, "id", 0) if "id" in request.query else None
        return _json({"removed": self._simulator.faults.remove(rule)})

    # -- instances ------------------------------------------------------------------------------------------------

    async def change_instance(self, request: web.BaseRequest, name: str = "") -> web.Response:
        instance, place = await self._to_change(request, name)
        changes.change_instance(instance, place)
        return _json(views.instance(self._simulator, instance))

    async def set_options(self, request: web.BaseRequest, name: str = "") -> web.Response:
        instance, place = await self._to_change(request, name)
        changes.set_options(instance, place)
        return _json(views.instance(self._simulator, instance))

    async def add_deliveries(self, request: web.BaseRequest, name: str = "") -> web.Response:
        instance, place = await self._to_change(request, name)
        changes.add_deliveries(instance, place, self._simulator)
        return _json(views.instance(self._simulator, instance))

    async def give_order(self, request: web.BaseRequest, name: str = "", workflow: str = "") -> web.Response:
        instance, place = await self._to_change(request, name)
        changes.give_order(instance, workflow, place)
        return _json(views.instance(self._simulator, instance))

    async def no_change(self, request: web.BaseRequest, path: str = "") -> web.Response:
        """Anything else below /instances: 400 as for other wrong changes, not the router's 404 or 405."""
        name = self._instance(path.partition("/")[0]).name
        if request.method != "POST":
            raise BadRequest(f"instances/{path} answers to POST; GET state?instance={name} shows it")
        raise BadRequest(f"there is no /_simulator/instances/{path}")

    async def _to_change(self, request: web.BaseRequest, name: str) -> tuple[Instance, Section]:
        """The instance that a request names, and the body."""
        instance = self._instance(name)
        return instance, await _body(request, _below_prefix(request.path))

    def _instance(self, name: str) -> Instance:
        instance = self._simulator.instances.get(name)
        if instance is None:
            raise BadRequest(f"there is no instance '{name}'; there are: {_some(self._simulator.instances)}")
        return instance

    def _one(self, request: web.BaseRequest, path: str) -> Instance:
        if "instance" not in request.query:
            raise BadRequest(f"{path}: name one instance (?instance=)")
        return self._instance(request.query["instance"])

    def _chosen(self, request: web.BaseRequest) -> list[Instance]:
        name = request.query.get("instance")
        return list(self._simulator.instances.values()) if name is None else [self._instance(name)]


def _some(names: Any) -> str:
    listed = sorted(names)
    return ", ".join(listed[:10]) + (f" and {len(listed) - 10} more" if len(listed) > 10 else "")


async def _body(request: web.BaseRequest, place: str) -> Section:
    """The body as a JSON object."""
    if (request.content_length or 0) > MAX_BODY:
        raise BadRequest(f"{place}: the body is larger than {MAX_BODY} bytes")
    raw = await request.read()
    try:
        data = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{place}: the body is no JSON: {error}") from None
    return Section("request", place, data)


def _number(request: web.BaseRequest, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise BadRequest(f"{name}: a whole number is expected, not '{text[:40]}'")
    return int(text)


def _one_of(request: web.BaseRequest, name: str, allowed: tuple[str, ...]) -> str:
    text = request.query.get(name, "")
    if text and text not in allowed:
        raise BadRequest(f"{name}: '{text[:40]}' is not one of: {', '.join(allowed)}")
    return text


def _json(data: Any, status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=json.dumps(data).encode() + b"\n", headers={"Content-Type": "application/json"}
    )
