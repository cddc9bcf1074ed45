# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mid for the tests of the mid-sourcing workflow: real HTTP on loopback, a real store, and faults on demand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

from aiohttp import web
from lxml import etree
from lxml.etree import _Element as Element

from simulator.clock.clock import WORK_HEADER, Clock
from simulator.config.switches import Switches
from simulator.database.rows import ACCOUNT, DELIVERY, OPTION, WORKFLOW, WORKFLOW_LOG
from simulator.database.store import Store
from simulator.engine.engine import Engine, EngineConfig, WorkflowConfig
from simulator.soap import envelope as wire
from simulator.soap.envelope import Call, Out
from simulator.soap.errors import MethodFailure, SoapFault
from simulator.technical.midsourcing import CURSOR_PREFIX, WORKFLOW_NAME, Secret, mid_deliveries, mid_sourcing
from simulator.technical.outgoing import ROUTER, Outgoing
from tests.unit.simulator.engine_world import MINUTE, START

PASSWORD = "mid-secret"  # noqa: S105
Fault = Callable[[web.Request, Call], Awaitable[web.StreamResponse | None]]


def page(status: int, text: str, kind: str = "text/html") -> Fault:
    async def answer(_request: web.Request, _call: Call) -> web.Response:
        return web.Response(status=status, text=text, content_type=kind)

    return answer


def fault(string: str, detail: str | None = None) -> Fault:
    async def answer(_request: web.Request, _call: Call) -> web.Response:
        error = SoapFault("SOAP-ENV:Server", string, detail)
        return web.Response(body=wire.fault(error), content_type="text/xml")

    return answer


async def reset(request: web.Request, _call: Call) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def cut_short(request: web.Request, _call: Call) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "5000", "Content-Type": "text/xml"})
    await answer.prepare(request)
    await answer.write(b"<?xml version='1.0'?><SOAP-ENV:Envelope")
    assert request.transport is not None
    request.transport.close()
    return answer


class Mid:
    """One mid. `faults` by method; `calls` is what it was asked, with the seconds since the start of the clock."""

    def __init__(self, name: str, clock: Clock, *, seconds_per_row: float = 0.02) -> None:
        self.name = name
        self.clock = clock
        self.store = Store(clock.now)
        self.seconds_per_row = seconds_per_row
        self.password = PASSWORD
        self.faults: dict[str, Fault] = {}
        self.calls: list[tuple[str, float]] = []
        self.queries: list[Element] = []
        self.answered: list[str] = []
        self.real_work = 0.001  # real seconds
        self.sessions = 0
        self.url = ""

    def fill(self, count: int, first: datetime, last: datetime, *owners: str, start: int = 1) -> None:
        self.store.insert_many(DELIVERY, mid_deliveries(owners or ("mkt-a",), count, first, last, start=start))

    def asked(self, method: str) -> list[float]:
        return [when for name, when in self.calls if name == method]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        with self.clock.adopt(request.headers.get(WORK_HEADER)) as internal:
            assert internal
            call = wire.read_call(request.headers.get("SOAPAction"), await request.read())
            self.calls.append((call.method, (self.clock.now() - START).total_seconds()))
            await asyncio.sleep(self.real_work)
            if call.method in self.faults:
                answer = await self.faults[call.method](request, call)
                if answer is not None:
                    return answer
            if call.method != "Logon":
                assert request.headers["Cookie"] == "__sessiontoken=___token"
                assert request.headers["X-Security-Token"] == "@security"
            return web.Response(body=await self.answer(call), content_type="text/xml")

    async def answer(self, call: Call) -> bytes:
        if call.method == "Logon":
            if call.text(1) != self.password:
                raise web.HTTPForbidden(text="XSV-350012 Invalid login or password. Connection denied.")
            self.sessions += 1
            info = etree.Element("sessionInfo")
            outputs = (
                Out("pstrSessionToken", "xsd:string", "___token"),
                Out("pSessionInfo", "ns:Element", info),
                Out("pstrSecurityToken", "xsd:string", "@security"),
            )
            return wire.response(call.service, call.method, outputs)
        if call.method == "Logoff":
            self.sessions -= 1
            return wire.response(call.service, call.method)
        query = call.element(0, "queryDef")
        self.queries.append(query)
        try:
            result = self.store.query(query, login="mid", internal=True)
        except MethodFailure as failure:
            return wire.fault(failure.wrapped(call.service, call.method))
        await self.clock.sleep(result.matched_rows * self.seconds_per_row)
        self.answered.append(str(query.xpath("string(where/condition/@expr)")))
        return wire.response(call.service, call.method, (Out("pdomOutput", "ns:Element", result.element),))


class Marketing:
    """The marketing instance `mkt-a` with its engine, and the mids that it asks."""

    def __init__(self, clock: Clock, outgoing: Outgoing, mids: dict[str, Mid], *, skew: float = 0) -> None:
        self.clock = clock
        self.mids = mids
        self.skew = skew
        self.store = Store(self.now)
        self.passwords: dict[str, str] = {}
        self.suffixes: dict[str, str] = {}
        activities = {WORKFLOW_NAME: mid_sourcing(outgoing, self.secret_of, timeout=60)}
        self.engine = Engine("mkt-a", self.store, clock, EngineConfig(), activities, self.now)

    def now(self) -> datetime:
        return self.clock.now() + timedelta(seconds=self.skew)

    def secret_of(self, instance: str, account: str) -> Secret:
        assert instance == "mkt-a"
        return Secret(self.passwords.get(account, PASSWORD), self.suffixes.get(account, account))

    @property
    def mid(self) -> Mid:
        return next(iter(self.mids.values()))

    def add_account(self, name: str = "defaultEmailMid", mid: Mid | None = None, **changes: object) -> None:
        server = (mid or self.mid).url
        self.store.insert(
            ACCOUNT, {"name": name, "type": 3, "active": True, "server": server, "account": "mid", **changes}
        )

    def add_cursor(self, value: datetime | None, account: str = "defaultEmailMid") -> None:
        self.store.insert(OPTION, {"name": CURSOR_PREFIX + account, "dataType": 7, "timeStampValue": value})

    def cursor(self, account: str = "defaultEmailMid") -> datetime | None:
        rows = self.store.find(OPTION, name=CURSOR_PREFIX + account)
        value = rows[0]["timeStampValue"] if rows else None
        assert value is None or isinstance(value, datetime)
        return value

    def move_cursor(self, value: datetime, account: str = "defaultEmailMid") -> None:
        rows = self.store.find(OPTION, name=CURSOR_PREFIX + account)
        row_id = rows[0]["id"]
        assert isinstance(row_id, int)
        self.store.update(OPTION, row_id, {"timeStampValue": value})

    def add_workflow(self, **changes: object) -> None:
        options: dict[str, object] = {"name": WORKFLOW_NAME, "every": 10 * MINUTE, **changes}
        self.engine.add_workflow(WorkflowConfig(**options))  # type: ignore[arg-type]

    def order(self, method: str) -> None:
        self.engine.order(method, WORKFLOW_NAME, "ops")

    @property
    def row(self) -> dict[str, object]:
        return dict(self.store.find(WORKFLOW, internalName=WORKFLOW_NAME)[0])

    @property
    def failed(self) -> bool:
        return (self.row["state"], self.row["failed"]) == (13, 1)

    def journal(self, *kinds: int) -> list[str]:
        rows = self.store.find(WORKFLOW_LOG)
        return [str(row["error"] or row["message"]) for row in rows if not kinds or row["logType"] in kinds]

    def dated_journal(self) -> list[tuple[object, ...]]:
        return [(row["logDate"], row["logType"], row["error"], row["message"]) for row in self.store.find(WORKFLOW_LOG)]

    @property
    def errors(self) -> list[str]:
        return self.journal(0)

    def switch(self, switches: Switches) -> None:
        self.engine.switches = switches


@contextlib.asynccontextmanager
async def fleet(*names: str, skew: float = 0, seconds_per_row: float = 0.02) -> AsyncIterator[Marketing]:
    """Mids of these names (one by default) on one loopback port, and a marketing instance without accounts."""
    clock = Clock(START)
    mids = {name: Mid(name, clock, seconds_per_row=seconds_per_row) for name in names or ("mid-eu",)}
    app = web.Application()
    for mid in mids.values():
        app.router.add_post(f"/{mid.name}{ROUTER}", mid.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    for mid in mids.values():
        mid.url = f"{site.name}/{mid.name}"
    outgoing = Outgoing(clock)
    here = Marketing(clock, outgoing, mids, skew=skew)
    try:
        yield here
    finally:
        here.engine.close()
        await clock.close()
        await outgoing.close()
        await runner.cleanup()
        here.store.close()
        for mid in mids.values():
            mid.store.close()
