# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance serves besides SOAP: the probes of domain.md 3.1."""

from __future__ import annotations

import hashlib
from xml.sax.saxutils import quoteattr

from aiohttp import web

from .entities import wire_time
from .instance import Instance
from .sessions import Credentials

_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
_HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(instance: Instance, path: str, request: web.BaseRequest) -> web.Response:
    """The answer to a GET of `path`, relative to the instance."""
    if path == "r/test":
        return _redirection_test(instance, request)
    if path in ("nl/jsp/ping.jsp", "nl/jsp/mcPing.jsp"):
        if instance.sessions.page_operator(Credentials(request.headers)) is None:
            location = f"/{instance.name}/nl/jsp/logon.jsp?target={request.path}"
            return web.Response(status=302, headers={"Location": location})
        return _ping(instance) if path.endswith("/ping.jsp") else _queue(instance)
    if path == "nl/jsp/logon.jsp":
        return web.Response(text="<html><body><form>Adobe Campaign</form></body></html>", headers=_HTML)
    return web.Response(status=404, text="<html><body>Not Found</body></html>", headers=_HTML)


def _redirection_test(instance: Instance, request: web.BaseRequest) -> web.Response:
    """Without allowDebug only the status, the date and the caller's address are told."""
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
    return web.Response(text=f"<redir {listed}/>", headers={"Content-Type": "text/xml; charset=utf-8"})


def _ping(instance: Instance) -> web.Response:
    return web.Response(text=f"OK\n{wire_time(instance.now())}\n", headers=_TEXT)


def _queue(instance: Instance) -> web.Response:
    return web.Response(text=f"Ok\n{wire_time(instance.now())}\n0/400 pending events\n", headers=_TEXT)
