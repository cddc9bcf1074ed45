# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that returns everything that it receives, in every form: in faults, pages, headers, labels and journals.

It runs in front of a simulated server, on loopback, also as its proxy, and keeps the requests for the test.
"""

from __future__ import annotations

import base64
import html
import json
import re
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from tests.helpers.masking import FORMS
from tests.helpers.serving import Serving

#: Attributes of rows that are texts, and may contain anything.
_WORDS = re.compile(rb'\b(label|description|message|error|account|server)="[^"]*"')
_FAULT = (
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body><SOAP-ENV:Fault>'
    "<faultcode>SOAP-ENV:Server</faultcode><faultstring>{0}</faultstring><detail>{0}</detail>"
    "</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
)
#: Where the simulator issues access tokens.
_IMS = "/_simulator/ims/token"
_TIMED_OUT = "The operation timed out after 60 seconds "


class EchoServer(Serving):
    """``told`` contains the secrets that arrived; ``mode`` says where they are returned."""

    def __init__(self, behind: str, user: str) -> None:
        super().__init__(self._handler())
        self.behind = urlsplit(behind)
        self.user = user
        #: ``labels``, ``fault``, ``page``, ``status`` or ``location``.
        self.mode = "labels"
        self.told: dict[str, str] = {}
        #: Whether it lets the identity service behind it issue tokens; it refuses every account otherwise.
        self.issues = False
        #: Attributes that keep their value.
        self.kept: frozenset[bytes] = frozenset()
        #: A password in the address of each account's server, where that is kept.
        self.server_password = ""
        #: The secrets that each server behind it received: none can return what another one knows.
        self._told: dict[str, dict[str, str]] = {}
        self._count = 0

    # -- the content --------------------------------------------------------------------------------------------------

    def words(self, server: str) -> str:
        """All secrets in all forms. Each time another one is at the place where the text will be cut."""
        self._count += 1
        secrets = list(self._told.setdefault(server, {}).values())
        said = [f"{name}: {form(secret)}" for secret in secrets for name, form in FORMS.items()] + [
            base64.b64encode(f"{self.user}:{secret}".encode()).decode() for secret in secrets
        ]
        turn = self._count * 7 % max(1, len(said))
        return "." * (self._count % 41) + " ".join((said + said)[turn : turn + 40])

    def learn(self, path: str, headers: dict[str, str], body: bytes) -> str:
        """Keep the secrets of a request. Returns who knows them: a server, or the identity service of a client."""
        found = {**_of_headers(headers), **_of_envelope(body, self.user)}
        server = _server(path)
        if body and not body.startswith(b"<"):
            form = parse_qs(body.decode())
            found["client secret"] = form.get("client_secret", [""])[0]
            server = form.get("client_id", [server])[0]
        known = self._told.setdefault(server, {})
        for name, value in found.items():
            if value:
                # An instance and its mid may each have one of a kind.
                other = self.told.get(name, value) != value and name not in known
                known[f"{name} of {server}" if other else name] = value
        self.told.update(known)
        return server

    # -- the form -----------------------------------------------------------------------------------------------------

    # Complex: one case for each path that a test may ask for.
    def answer(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        server = self.learn(path, headers, body)
        if self.issues and body and not body.startswith(b"<"):
            status, kind, content = self._behind(_IMS, body, headers)
            return status, {"Content-Type": kind}, content
        words = self.words(server)
        opens = headers.get("soapaction", "").endswith(("#Logon", "#Logoff", "#GetServerTime"))
        if self.mode == "fault" and not opens:
            return 200, {"Content-Type": "text/xml"}, _FAULT.format(html.escape(words)).encode()
        if self.mode == "page" and not opens:
            return 200, {"Content-Type": "text/html"}, f"<html><body>{words}</body></html>".encode()
        if self.mode == "status" and not opens:
            return 403, {"Content-Type": "text/plain; charset=utf-8", "X-Echo": "x"}, words.encode()
        if self.mode == "location" and not opens:
            secret = re.sub(r"\s", "", next(iter(self.told.values())))
            return 302, {"Location": f"/logon/{secret}?x=1", "Content-Type": "text/plain"}, b""
        if not body.startswith(b"<"):
            return 400, {"Content-Type": "application/json"}, _oauth(words)
        status, kind, content = self._behind(path, body, headers)
        if b"ExecuteQueryResponse" in content:
            said = html.escape(_TIMED_OUT + words).encode("ascii", "xmlcharrefreplace").replace(b"\n", b"&#10;")
            content = _WORDS.sub(
                lambda match: self._kept(match) if match[1] in self.kept else match[1] + b'="' + said + b'"', content
            )
        return status, {"Content-Type": kind}, content

    def _kept(self, match: re.Match[bytes]) -> bytes:
        """An attribute with its value. In the address of a server is a password, too."""
        if match[1] != b"server" or b"://" not in match[0] or not self.server_password:
            return match[0]
        self.told["password in an address"] = self.server_password
        return match[0].replace(b"://", f"://mid:{html.escape(self.server_password)}@".encode())

    def page(self, path: str, headers: dict[str, str]) -> tuple[str, bytes]:
        """The reason of a refusal, and the body, for who asks it as a controller."""
        words = re.sub(r"[^ -~]", " ", self.words(self.learn(path, headers, b"")))
        if self.mode == "reason":
            return words, b""
        links = {"current_version": f"http://127.0.0.1:1/{words}/"} if self.mode == "url" else {}
        return "", json.dumps(links).encode() if links else words.encode()

    def _behind(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        connection = HTTPConnection(str(self.behind.hostname), self.behind.port, timeout=30)
        passed = {
            name: value
            for name, value in headers.items()
            if name in ("content-type", "cookie", "x-security-token", "soapaction", "authorization")
        }
        try:
            connection.request("POST", urlsplit(path).path, body, passed)
            reply = connection.getresponse()
            return reply.status, reply.headers.get("Content-Type", ""), reply.read()
        finally:
            connection.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        echo = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                names = {name.lower(): value for name, value in self.headers.items()}
                reason, content = echo.page(self.path, names)
                self.send_response_only(403 if reason else 200, reason or "OK")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                names = {name.lower(): value for name, value in self.headers.items()}
                status, headers, content = echo.answer(self.path, body, names)
                self.send_response_only(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        return Handler


def _of_headers(headers: dict[str, str]) -> dict[str, str]:
    """The secrets of a request's headers; '' for what it does not have."""
    authorization = headers.get("authorization", "")
    proxy = headers.get("proxy-authorization", "")
    return {
        "session token": headers.get("cookie", "").partition("__sessiontoken=")[2],
        "security token": headers.get("x-security-token", ""),
        "bearer token": authorization.partition("Bearer ")[2],
        "password of a controller": _basic(authorization),
        "proxy password": _basic(proxy),
    }


def _of_envelope(body: bytes, user: str) -> dict[str, str]:
    """The password of a logon, and whose it is."""
    if not body.startswith(b"<"):
        return {}
    texts = {node.tag.partition("}")[2]: node.text or "" for node in ElementTree.fromstring(body).iter()}
    login = texts.get("strLogin", "")
    return {"password" if login == user else f"password of {login}": texts.get("strPassword", "")}


def _basic(header: str) -> str:
    return base64.b64decode(header.partition("Basic ")[2]).decode("latin-1").partition(":")[2]


def _server(path: str) -> str:
    """Which of the servers behind it a request is for."""
    return urlsplit(path).path.strip("/").partition("/")[0]


def _oauth(words: str) -> bytes:
    return json.dumps({"error": "invalid_client", "error_description": words}).encode()
