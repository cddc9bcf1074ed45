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
POST ims/token                                       Adobe's identity service for technical accounts (a form)
GET ims, POST ims {"revoke": true, "seconds": n}     tokens issued; refuse them from now on; how long new ones live
GET faults, POST faults {...}, DELETE faults[?id=]   injected faults, see injected.py
POST instances/NAME {...}                            down, skew, wfserver, switches, zone, timeouts, operators,
                                                     accounts, expire_sessions
POST instances/NAME/options {name: value, ...}       set options, as if by somebody else; {"delete": true} removes
POST instances/NAME/workflows/WF {"order": "Stop"}   an order, as if by somebody else
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
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from ..clock.clock import ClockStuckError, InternalWorkError
from ..config.validation import Section
from ..database.schemas import SCHEMAS
from ..faults.rules import Rule
from ..instance import Instance
from ..simulator import Simulator
from ..soap.errors import FleetError, SoapFault
from . import changes, views

_log = logging.getLogger(__name__)

Handler = Callable[[web.BaseRequest], Awaitable[Any]]
MAX_BODY = 1024 * 1024
_TURN = 1000


class BadRequest(Exception):
    """What the caller asked for makes no sense; the text is a sentence."""


class Control:
    """The control endpoints of one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._handlers: dict[tuple[str, str], Handler] = {
            ("GET", "ready"): self._ready,
            ("GET", "state"): self._state,
            ("GET", "journal"): self._journal,
            ("GET", "rows"): self._rows,
            ("GET", "ledger"): self._ledger,
            ("DELETE", "ledger"): self._clear_ledger,
            ("GET", "sessions"): self._sessions,
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._move_clock,
            ("GET", "ims"): self._ims,
            ("POST", "ims"): self._change_ims,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._remove_faults,
        }

    async def handle(self, path: str, request: web.BaseRequest) -> web.Response:
        """Answer one request; `path` is what follows /_simulator/."""
        path = path.strip("/")
        try:
            if path == "ims/token" and request.method == "POST":
                return await self._token(request)
            if path.startswith("instances/"):
                return _json(await self._change(path.removeprefix("instances/"), request))
            handler = self._handlers.get((request.method, path))
            if handler is None:
                allowed = [method for method, name in self._handlers if name == path]
                if allowed:
                    return _json({"error": f"{path} answers to {', '.join(allowed)}"}, 405)
                return _json({"error": f"there is no /_simulator/{path}"}, 404)
            return _json(await handler(request))
        except FleetError as error:
            return _json({"error": f"{error.place}: {error.problem}" if error.place else error.problem}, 400)
        except (BadRequest, SoapFault) as error:
            return _json({"error": str(error)}, 400)
        except (ClockStuckError, InternalWorkError) as error:
            _log.error("the clock could not be advanced", exc_info=error)
            return _json({"error": str(error)}, 500)

    # -- looking --------------------------------------------------------------------------------------------------

    async def _ready(self, _request: web.BaseRequest) -> Any:
        return views.ready(self._simulator)

    async def _state(self, request: web.BaseRequest) -> Any:
        chosen = self._chosen(request)
        state: dict[str, Any] = {"time": self._simulator.clock.now().isoformat(), "instances": {}}
        async for name, view in views.instances(self._simulator, chosen):
            state["instances"][name] = view
        return state

    async def _journal(self, request: web.BaseRequest) -> Any:
        workflow = request.query.get("workflow", "")
        return {"lines": views.journal(self._one(request, "journal"), workflow, _number(request, "limit", 50))}

    async def _rows(self, request: web.BaseRequest) -> Any:
        schema = request.query.get("schema", "")
        if schema not in SCHEMAS:
            raise BadRequest(f"rows: '{schema[:40]}' is no schema; there are: {', '.join(sorted(SCHEMAS))}")
        return {"rows": views.rows(self._one(request, "rows"), schema, _number(request, "limit", 1000))}

    async def _ledger(self, request: web.BaseRequest) -> Any:
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
        return {"calls": calls, "last": ledger.last, "dropped": ledger.dropped}

    async def _clear_ledger(self, _request: web.BaseRequest) -> Any:
        self._simulator.ledger.clear()
        return {"last": self._simulator.ledger.last}

    async def _sessions(self, request: web.BaseRequest) -> Any:
        origin = _one_of(request, "origin", ("external", "internal", "any")) or "external"
        return {"sessions": views.sessions(self._chosen(request), origin)}

    # -- the identity service -------------------------------------------------------------------------------------

    async def _token(self, request: web.BaseRequest) -> web.Response:
        body = await request.content.read(MAX_BODY)
        status, answer = self._simulator.ims.token(dict(parse_qsl(body.decode("utf-8", "replace"))))
        return _json(answer, status)

    async def _ims(self, _request: web.BaseRequest) -> Any:
        return {"issued": self._simulator.ims.issued, "seconds": self._simulator.ims.seconds}

    async def _change_ims(self, request: web.BaseRequest) -> Any:
        place, service = await _body(request, "ims"), self._simulator.ims
        seconds, revoke = place.integer("seconds", service.seconds, least=1), place.flag("revoke")
        place.done()
        service.seconds = seconds
        if revoke:
            service.revoke()
        return await self._ims(request)

    # -- the clock ------------------------------------------------------------------------------------------------

    async def _clock(self, _request: web.BaseRequest) -> Any:
        return views.clock(self._simulator)

    async def _move_clock(self, request: web.BaseRequest) -> Any:
        place = await _body(request, "clock")
        if len(place.data) != 1:
            place.fail("", "give one of: advance, per_call, time_scale")
        clock = self._simulator.clock
        if place.raw("per_call") is not None:
            clock.per_call = place.seconds("per_call")
        elif place.raw("time_scale") is not None:
            await clock.set_time_scale(place.number("time_scale", least=0))
        elif place.raw("advance") is not None:
            await clock.advance(place.seconds("advance"))
            self._simulator.save_time()
        place.done()
        return views.clock(self._simulator)

    # -- faults ---------------------------------------------------------------------------------------------------

    async def _faults(self, _request: web.BaseRequest) -> Any:
        return {"faults": [rule.as_dict() for rule in self._simulator.faults.rules()]}

    async def _add_fault(self, request: web.BaseRequest) -> Any:
        place = await _body(request, "fault")
        return self._simulator.faults.add(place.data, self._check_fault).as_dict()

    def _check_fault(self, rule: Rule) -> None:
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

    async def _remove_faults(self, request: web.BaseRequest) -> Any:
        rule = _number(request, "id", 0) if "id" in request.query else None
        return {"removed": self._simulator.faults.remove(rule)}

    # -- instances ------------------------------------------------------------------------------------------------

    async def _change(self, path: str, request: web.BaseRequest) -> Any:
        name, *rest = path.split("/")
        instance = self._instance(name)
        if request.method != "POST":
            raise BadRequest(f"instances/{path} answers to POST; GET state?instance={name} shows it")
        place = await _body(request, f"instances/{path}")
        if not rest:
            changes.change_instance(instance, place)
        elif rest == ["options"]:
            changes.set_options(instance, place)
        elif rest == ["deliveries"]:
            changes.add_deliveries(instance, place, self._simulator)
        elif len(rest) == 2 and rest[0] == "workflows":
            changes.give_order(instance, rest[1], place)
        else:
            raise BadRequest(f"there is no /_simulator/instances/{path}")
        return views.instance(self._simulator, instance)

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
