# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance serves besides SOAP: the probes (campaign_facts, Endpoints)."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from aiohttp import web

from ..documents.entities import entity, wire_time
from ..instance import Instance
from ..security.sessions import Credentials
from ..soap import wsdl

QUEUE = 400  # events that the queue of Message Center holds

_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
_XML = {"Content-Type": "text/xml; charset=utf-8"}
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]+")
_HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(instance: Instance, path: str, request: web.BaseRequest) -> web.Response:
    """The answer to a GET of `path`, relative to the instance."""
    if path == "r/test":
        return _redirection_test(instance, request)
    if path in _PAGES:
        if instance.sessions.page_operator(Credentials(request.headers)) is None:
            location = f"/{instance.name}/nl/jsp/logon.jsp?target={quote(request.path_qs)}"
            return web.Response(status=302, headers={"Location": location})
        return _PAGES[path](instance, request)
    if path == "nl/jsp/logon.jsp":
        return web.Response(text="<html><body><form>Adobe Campaign</form></body></html>", headers=_HTML)
    return web.Response(status=404, text="<html><body>Not Found</body></html>", headers=_HTML)


def _redirection_test(instance: Instance, request: web.BaseRequest) -> web.Response:
    """Without allowDebug the answer has only the status, the date and the caller's address."""
    attributes = {"status": "OK", "date": wire_time(instance.now())[:-1] + "+00"}
    address = request.remote or "127.0.0.1"
    if instance.zone.allow_debug:
        attributes |= {
            "build": str(instance.spec.build),
            "version": instance.spec.release,
            "sha1": hashlib.sha1(instance.spec.release.encode(), usedforsecurity=False).hexdigest()[:7],
            "instance": instance.name,
        }
    attributes["sourceIP"] = address
    if instance.zone.allow_debug:
        attributes |= {"host": request.host, "localHost": instance.name}
    listed = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    return web.Response(text=f"<redir {listed}/>", headers=_XML)


def _ping(instance: Instance, _request: web.BaseRequest) -> web.Response:
    return web.Response(text=f"OK\n{wire_time(instance.now())}\n", headers=_TEXT)


def _queue(instance: Instance, _request: web.BaseRequest) -> web.Response:
    """How full the queue of Message Center is. A full queue replaces the time."""
    filled = f"{instance.pending_events}/{QUEUE}"
    if instance.pending_events >= QUEUE:
        return web.Response(text=f"Error\nThe queue is full ({filled})\n", headers=_TEXT)
    return web.Response(text=f"Ok\n{wire_time(instance.now())}\n{filled} pending events\n", headers=_TEXT)


def _wsdl(instance: Instance, request: web.BaseRequest) -> web.Response:
    """The WSDL of a service. What Campaign answers for a schema that it does not have is not known."""
    name = request.query.get("schema", "")
    schema = entity(f"xtk:schema|{name}", must_exist=False)
    if schema is None or not wsdl.operations(schema):
        return web.Response(status=404, text=f"No service '{name[:80]}'.\n", headers=_TEXT)
    # The name of this one result is a switch (campaign_facts, unknown 19).
    schema = copy.deepcopy(schema)
    for param in schema.iterfind("methods/method[@name='GetServerTime']/parameters/param"):
        param.set("name", instance.switches.server_time_name.removeprefix("pts"))
    host = request.host if _HOST.fullmatch(request.host) else "127.0.0.1"
    address = f"{request.scheme}://{host}/{instance.name}/nl/jsp/soaprouter.jsp"
    return web.Response(body=wsdl.document(schema, address), headers=_XML)


_PAGES: dict[str, Callable[[Instance, web.BaseRequest], web.Response]] = {
    "nl/jsp/ping.jsp": _ping,
    "nl/jsp/mcPing.jsp": _queue,
    "nl/jsp/schemawsdl.jsp": _wsdl,
}
"""The pages that need a session."""
