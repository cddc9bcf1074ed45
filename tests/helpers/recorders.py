# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers on loopback that keep what they are sent: a ticket system by HTTP, ServiceNow's tables, a mail server."""

from __future__ import annotations

import json
import socketserver
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.helpers.serving import Serving


@dataclass(frozen=True)
class Request:
    """What was sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.body)


class Recorder(Serving):
    """Answers every request by ``answer``, and keeps it. Use it as a context manager."""

    def __init__(self) -> None:
        super().__init__(self._handler())
        self.requests: list[Request] = []

    def answer(self, request: Request) -> tuple[int, Any]:
        """Status and data of the answer; bytes are sent as they are."""
        return 200, {}

    def sent(self, method: str) -> list[Request]:
        """The requests with a method."""
        return [one for one in self.requests if one.method == method]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = Request(self.command, self.path, dict(self.headers.items()), body)
                recorder.requests.append(request)
                status, data = recorder.answer(request)
                content = data if isinstance(data, bytes) else json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = _take

            def log_message(self, format: str, *args: object) -> None:
                """Keep quiet."""

        return Handler


@dataclass
class Change:
    """A change that a ticket system has."""

    approval: str
    fields: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


class Tickets(Recorder):
    """A ticket system. ``approval`` is what its people say of a change; ``refuses`` holds methods that it refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.approval = "approved"
        self.refuses: set[str] = set()
        self.changes: dict[str, Change] = {}

    def answer(self, request: Request) -> tuple[int, Any]:
        """As the API of examples/change/http.yml."""
        if request.method in self.refuses or request.headers.get("Authorization") != "Bearer ticket-canary":
            return 503, {"error": "maintenance"}
        parts = [unquote(part) for part in urlsplit(request.path).path.strip("/").split("/")]
        if request.method == "POST":
            number = f"CHG{len(self.changes) + 1:07d}"
            self.changes[number] = Change(self.approval, request.json)
            return 201, self._shown(number)
        number = parts[1]
        if number not in self.changes:
            return 404, {"error": "unknown"}
        if request.method == "PUT":
            self.changes[number].files[parts[3]] = request.body
        elif request.method == "PATCH":
            self.changes[number].fields.update(request.json)
        return 200, self._shown(number)

    def _shown(self, number: str) -> dict[str, Any]:
        change = self.changes[number]
        return {"id": number, "status": change.approval, "plan": change.fields.get("plan")}


class ServiceNow(Tickets):
    """The tables of ServiceNow, as far as changes and their attachments go."""

    def answer(self, request: Request) -> tuple[int, Any]:
        """As its Table API."""
        if request.method in self.refuses:
            return 503, {"error": {"message": "maintenance"}}
        split = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        if split.path.endswith("/attachment/file"):
            self.changes[query["table_sys_id"].removeprefix("id-")].files[query["file_name"]] = request.body
            return 201, {"result": {}}
        if request.method == "GET":
            return 200, {"result": [self._record(query["number"])] if query["number"] in self.changes else []}
        if request.method == "POST":
            number = f"CHG{len(self.changes) + 1:07d}"
            self.changes[number] = Change(self.approval, request.json)
            return 201, {"result": self._record(number)}
        number = split.path.rpartition("/id-")[2]
        self.changes[number].fields.update(request.json)
        return 200, {"result": self._record(number)}

    def _record(self, number: str) -> dict[str, Any]:
        change = self.changes[number]
        return {**change.fields, "number": number, "sys_id": f"id-{number}", "approval": change.approval}


class MailSink(Serving):
    """A mail server that keeps every message. Use it as a context manager."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 sink")
                while line := self.rfile.readline().decode().strip():
                    word = line.split()[0].upper()
                    if word == "DATA":
                        self._say("354 go on")
                        sink.messages.append(self._message())
                    self._say("221 bye" if word == "QUIT" else "250 ok")
                    if word == "QUIT":
                        return

            def _message(self) -> str:
                lines: list[str] = []
                while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
                    lines.append(line)
                return "".join(lines)

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        super().__init__(Handler, socketserver.ThreadingTCPServer)
