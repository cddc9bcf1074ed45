# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers to SOAP calls as HTTP: results, faults and refusals (campaign_facts, Answers and Failures)."""

from __future__ import annotations

import re
from http import HTTPStatus

from aiohttp import HttpVersion11, web

from ..instance import Instance
from ..ledger import Entry
from ..soap import envelope as wire
from ..soap.errors import PlainRefusal, SoapFault

XML = {"Content-Type": "text/xml;charset=utf-8"}
_TEXT = {"Content-Type": "text/plain;charset=utf-8"}
_CODE = re.compile(r"[A-Z]{3}-\d{6}")


def succeeded(body: bytes) -> web.Response:
    """The answer of a method that has run."""
    return web.Response(body=body, headers=XML)


def failed(instance: Instance, error: SoapFault | PlainRefusal, entry: Entry | None = None) -> web.Response:
    """The answer of a call that failed. All faults and refusals become HTTP here; the XML is ``soap/envelope.py``'s.

    Notes the code and the outcome in the ledger; an outcome that an injected fault has noted stays.
    """
    if isinstance(error, PlainRefusal):
        _note(entry, "refused", error.text)
        return web.Response(status=error.status, text=error.text, headers=_TEXT)
    _note(entry, "fault", error.string)
    # A fault comes with HTTP 200 (campaign_facts, Failures).
    return web.Response(body=wire.fault(visible(instance, error)), headers=XML)


def _note(entry: Entry | None, outcome: str, text: str) -> None:
    if entry is not None:
        entry.outcome = entry.outcome or outcome
        code = _CODE.match(text)
        entry.code = code[0] if code else ""


def visible(instance: Instance, fault: SoapFault) -> SoapFault:
    """The fault as the zone lets the caller see it: perhaps without the technical part."""
    zone = instance.zone
    if not zone.show_errors:
        fault = SoapFault(fault.code, fault.string)
    if not zone.show_codes:
        fault = SoapFault(fault.code, _CODE.sub("", fault.string).strip())
    return fault


async def interim(request: web.BaseRequest, status: int) -> None:
    """Send an interim answer (1xx) before the final one. HTTP/1.0 has none (RFC 9110, section 15.2)."""
    if request.version >= HttpVersion11:
        await request.writer.write(f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n\r\n".encode())
        request.writer.output_size = 0  # the answer proper has not begun
