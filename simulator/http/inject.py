# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The injection of faults, a wrapper round the handler of a call. Which calls they take: ``faults/rules.py``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from ..clock.clock import ClockStuckError, InternalWorkError
from ..config.validation import Section
from ..faults.replaced import ALTERED, page, refusal
from ..faults.rules import FaultRule
from ..methods.router import Context
from ..simulator import Simulator
from ..soap.errors import FleetError
from . import changes
from .answers import failed, interim, succeeded
from .broken import SENT, cut

CUTS = frozenset({"reset", "lose_answer"})
"""Kinds that close the connection without an answer."""

_log = logging.getLogger(__name__)

CallHandler = Callable[[Context, web.BaseRequest], Awaitable[web.Response]]
"""Answers one call. Never raises: a fault is an answer like another."""

Injecting = Callable[[Context, web.BaseRequest], Awaitable[web.StreamResponse]]
"""A handler with faults round it: it may have sent the answer already, or a part of it."""


def injecting(simulator: Simulator, handler: CallHandler) -> Injecting:
    """The handler with the simulator's faults round it."""

    async def injected(context: Context, request: web.BaseRequest) -> web.StreamResponse:
        entry = context.entry
        rules = simulator.faults.matching(entry.instance, entry.call, entry.origin, context.call)
        if not rules:
            return await handler(context, request)
        before = [rule for rule in rules if not rule.executed]
        for rule in before:
            if (instead := await _happen(simulator, context, rule, request, "injected")) is not None:
                return instead
        answer = await handler(context, request)
        if entry.outcome == "refused":  # only the answers of methods are changed
            return answer
        after = [rule for rule in rules if rule.executed]
        return await _changed(simulator, context, after, request, answer)

    return injected


async def _changed(
    simulator: Simulator, context: Context, rules: Sequence[FaultRule], request: web.BaseRequest, answer: web.Response
) -> web.StreamResponse:
    """The answer of a method that has run, as the rules change it, in the order in which they were made. The first
    that ends the exchange wins."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    for rule in rules:
        if rule.loses:
            context.entry.outcome = "lost"
        if rule.kind in ALTERED:
            body = ALTERED[rule.kind](rule, body)
        elif rule.kind in SENT:
            return await SENT[rule.kind](rule, request, body)
        elif (instead := await _happen(simulator, context, rule, request, "lost")) is not None:
            return instead
    return succeeded(body)


async def _happen(
    simulator: Simulator, context: Context, rule: FaultRule, request: web.BaseRequest, outcome: str
) -> web.StreamResponse | None:
    """What a rule does before a call or after it: the answer instead of the method's own, None to continue.

    `outcome` is what the ledger says when there is one.
    """
    match rule.kind:
        case "delay" | "late":
            await asyncio.sleep(rule.seconds)
        case "hold":
            await rule.hold()
        case "change":
            await _change(simulator, context, rule)
        case "interim":
            for _number in range(rule.times):
                await interim(request, rule.status)
        case _:
            context.entry.outcome = outcome
            return _instead(context, rule, request)
    return None


def _instead(context: Context, rule: FaultRule, request: web.BaseRequest) -> web.StreamResponse:
    """The answer of a rule that ends the exchange: a cut connection, a proxy's page, or a fault."""
    if (problem := refusal(rule, context.call)) is not None:
        return failed(context.instance, problem, context.entry)
    if (foreign := page(rule)) is not None:
        return web.Response(status=foreign.status, body=foreign.body, headers=foreign.headers)
    if rule.kind not in CUTS:
        raise NotImplementedError(f"no effect is written for the fault '{rule.kind}'")
    return cut(request, reset=rule.kind == "reset")


async def _change(simulator: Simulator, context: Context, rule: FaultRule) -> None:
    """Change the instance that was called. What cannot be changed any more is logged, and the call continues."""
    place = Section("fault", "change", rule.change)
    try:
        seconds = changes.apply(context.instance, place)
        if seconds:
            await simulator.clock.advance(seconds)
    except (FleetError, ClockStuckError, InternalWorkError):
        _log.exception("fault %d could not change %s", rule.id, context.instance.name)
