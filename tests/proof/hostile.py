# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that mean harm: what one of them, and a sweep of 200, may cost in memory and time, and what they learn.

The servers are a socket on loopback that answers by the first part of the path. Nothing here harms a careful client:
bodies are long or slow, entities are few, and what is referred to is a socket of ours that must not be visited.
"""

from __future__ import annotations

import json
import os
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.bench.measure import watched
from tests.proof.large import LARGE, OF_QUERY, after_logon, bomb

ROOT = Path(__file__).resolve().parents[2]
#: Megabytes, and seconds: for a request, for an instance of a sweep, for a whole sweep.
MOST_MEMORY, TIMEOUT, INSTANCE_TIMEOUT, DEADLINE = 200.0, 4, 5, 20
#: Seconds for one task: three attempts of TIMEOUT each, the waits between them, and the start of a Python.
LONGEST_TASK = 30.0
#: Seconds of a sweep beyond its deadline: Ansible's own start and end, and the logoffs.
BEYOND = 8.0
SECRET = "hostile-canary-31e9"

Answer = Callable[[int], Iterator[bytes]]
"""The pieces of an answer, given the port that must not be visited. It may never end."""


def _soap(inner: str, head: str = "") -> bytes:
    envelope = '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>'
    return f'<?xml version="1.0"?>{head}{envelope}{inner}</SOAP-ENV:Body></SOAP-ENV:Envelope>'.encode()


def _whole(body: bytes, status: str = "200 OK", kind: str = "text/xml", more: str = "") -> Iterator[bytes]:
    yield f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def _without_end(
    piece: bytes, head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<a>"
) -> Iterator[bytes]:
    yield head
    while True:
        yield piece


def _gigabyte(_port: int) -> Iterator[bytes]:
    yield f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {1024**3}\r\n\r\n<a>".encode()
    for _megabyte in range(1024):
        yield b"x" * 1024**2


def _drip(_port: int) -> Iterator[bytes]:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" + b"x" * 1_000_000:
        time.sleep(0.1)
        yield bytes([byte])


def _entities(_port: int) -> Iterator[bytes]:
    return _whole(_soap("&b;", '<!DOCTYPE x [<!ENTITY a "expanded"><!ENTITY b "&a;&a;&a;">]>'))


def _external(port: int) -> Iterator[bytes]:
    return _whole(_soap("&e;", f'<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:{port}/entity">]>'))


def _redirect(port: int) -> Iterator[bytes]:
    return _whole(b"", "302 Found", more=f"Location: http://127.0.0.1:{port}/taken\r\n")


def _kept(port: int) -> Iterator[bytes]:
    """A redirect that asks for the same request again, body and all."""
    return _whole(b"", "307 Temporary Redirect", more=f"Location: http://127.0.0.1:{port}/taken\r\n")


ANSWERS: Mapping[str, Answer] = {
    "endless-text": lambda _port: _without_end(b"x" * 65536),
    "endless-tags": lambda _port: _without_end(b"<x a='1'/>" * 6000),
    "endless-headers": lambda _port: _without_end(b"X-A: " + b"y" * 60000 + b"\r\n", b"HTTP/1.1 200 OK\r\n"),
    "endless-chunks": lambda _port: _without_end(
        b"10000\r\n" + b"x" * 65536 + b"\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    ),
    "endless-interim": lambda _port: _without_end(b"HTTP/1.1 103 Early Hints\r\n\r\n", b""),
    "gigabyte": _gigabyte,
    "drip": _drip,
    "silence": lambda _port: _without_end(b"", b""),
    "entities": _entities,
    "external-entity": _external,
    "redirect": _redirect,
    "redirect-307": _kept,
    "page": lambda _port: _whole(b"<!DOCTYPE html><html><body>Sign in</body></html>", kind="text/html"),
    "json": lambda _port: _whole(b'{"result": []}', kind="application/json"),
    "wrong-encoding": lambda _port: _whole(b'<?xml version="1.0" encoding="UTF-32"?><a>\xff\xfe</a>'),
    "wrong-length": lambda _port: iter([b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n<a/>"]),
    "no-http": lambda _port: iter([b"220 smtp.example ESMTP\r\n"]),
    "nothing": lambda _port: iter([]),
    "half-a-gzip": lambda _port: _whole(b"\x1f\x8b\x08\x00nothing", more="Content-Encoding: gzip\r\n"),
    "deep": lambda _port: _whole(_soap("<a>" * 20000 + "</a>" * 20000)),
    "gzip-bomb": lambda _port: iter([bomb()]),
    **{kind: lambda _port, large=large: large.pieces() for kind, large in LARGE.items()},
}
#: What a diagnosis says of them: no answer, or a fault instead of a logon.
REFUSED = ("unreachable", "denied")
#: Words of an error about an answer above a limit.
LIMIT = "the limit of such an answer"


class _Handler(socketserver.BaseRequestHandler):
    """Answers each request of a connection by the first part of its path."""

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, HostileServer)
        try:
            request = self.request.recv(65536)
            while request:
                kind = request.split(b"/", 2)[1].decode("ascii", "replace")
                if kind in OF_QUERY and b"#ExecuteQuery" not in request:
                    self.request.sendall(after_logon())
                    request = self.request.recv(65536)
                    continue
                for piece in ANSWERS[kind](server.forbidden):
                    if piece:
                        self.request.sendall(piece)
                    elif server.stopping.wait(0.1):
                        return
                return
        except (OSError, IndexError, KeyError):
            return


class HostileServer(socketserver.ThreadingTCPServer):
    """All of them, at one port."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, forbidden: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.forbidden = forbidden
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        """Its address, to which the kind is added."""
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving() -> Iterator[tuple[HostileServer, Callable[[], int]]]:
    """The servers, and how often the place that must not be visited has been."""
    visits = 0
    with socket.create_server(("127.0.0.1", 0)) as forbidden:
        forbidden.settimeout(0.2)
        with HostileServer(forbidden.getsockname()[1]) as server:

            def count() -> None:
                nonlocal visits
                while not server.stopping.is_set():
                    try:
                        forbidden.accept()[0].close()
                    except TimeoutError:
                        continue
                    except OSError:
                        return
                    visits += 1

            bomb()  # made before anybody waits for it
            threads = [threading.Thread(target=work, daemon=True) for work in (server.serve_forever, count)]
            for thread in threads:
                thread.start()
            try:
                yield server, lambda: visits
            finally:
                server.stopping.set()
                server.shutdown()
                for thread in threads:
                    thread.join(10)


@dataclass(frozen=True)
class Cost:
    """What one or many of them cost: megabytes, seconds, what was said, and what is wrong with it."""

    name: str
    memory: float
    seconds: float
    said: str
    problems: Sequence[str]


def one_instance(kind: str, url: str) -> Cost:
    """A module that asks one instance, in a process of its own: a diagnosis, or a query where the answer is to one."""
    large = LARGE.get(kind)
    module = large.module if large else "sync_cursor_info"
    command = [sys.executable, "-m", "tests.proof.one_instance", f"{url}/{kind}", str(TIMEOUT), SECRET, module]
    path = os.pathsep.join(filter(None, [str(ROOT / ".build/collections"), os.environ.get("PYTHONPATH")]))
    done, memory, seconds = _measured(command, LONGEST_TASK * 2, {**os.environ, "PYTHONPATH": path})
    # Before its result a module writes its warnings.
    result = json.loads(done[done.index("{") :]) if "{" in done else {}
    said = str(result.get("reason") or result.get("msg") or "")
    problems = _too_much(memory, seconds, LONGEST_TASK)
    if kind not in OF_QUERY and result.get("verdict") not in REFUSED:
        problems.append(f"the verdict is {result.get('verdict')}")
    if large is not None and large.too_much != (LIMIT in said):
        problems.append("nothing is said of a limit" if large.too_much else "it is refused, and below the limit")
    if not result or "Traceback" in done or "defect" in str(result.get("error")) or SECRET in done:
        problems.append(f"no result, a defect, a traceback, or a secret: {done[-300:]}")
    return Cost(kind, memory, seconds, said or f"{module}: {len(done)} characters", problems)


def sweep(work: Path, url: str, number: int = 200) -> Cost:
    """A sweep of so many of them, by the inventory plugin."""
    kinds = list(ANSWERS)
    instances = [{"name": f"mkt-{n}", "url": f"{url}/{kinds[n % len(kinds)]}/{n}"} for n in range(number)]
    content = {
        "plugin": "campaign.classic.instances", "instances": instances, "instance_timeout": INSTANCE_TIMEOUT,
        "deadline": DEADLINE,
    }  # fmt: skip
    file = work / "hostile.instances.yml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    environment = {**os.environ, "CAMPAIGN_USER": "ops", "CAMPAIGN_PASSWORD": SECRET, "ANSIBLE_HOME": str(work)}
    command = [str(Path(sys.executable).parent / "ansible-inventory"), "-i", str(file), "--list"]
    done, memory, seconds = _measured(command, DEADLINE * 3, environment)
    hosts = json.loads(done[done.index("{") :])["_meta"]["hostvars"] if "{" in done else {}
    # Ansible marks a text that must not be templated: {"__ansible_unsafe": "unreachable"}.
    marked = {name: one.get("campaign_verdict") for name, one in hosts.items()}
    verdicts = {name: str(one["__ansible_unsafe"] if isinstance(one, dict) else one) for name, one in marked.items()}
    problems = _too_much(memory, seconds, DEADLINE + BEYOND)
    # An answer to a query below the limits may be one that a diagnosis can use.
    without = {name for name in verdicts if kinds[int(name.rpartition("-")[2]) % len(kinds)] not in OF_QUERY}
    wrong = {verdicts[name] for name in without} - {*REFUSED, "not_asked"}
    if len(hosts) != number or wrong:
        problems.append(f"{len(hosts)} hosts with the verdicts {sorted(wrong)}")
    if "Traceback" in done or SECRET in done:
        problems.append("a traceback, or a secret")
    return Cost(
        f"sweep of {number}",
        memory,
        seconds,
        f"{len(hosts)} hosts, {', '.join(sorted({*verdicts.values()}))}",
        problems,
    )


def _too_much(memory: float, seconds: float, longest: float) -> list[str]:
    problems = [f"{memory:.0f} MB are more than {MOST_MEMORY:.0f}"] if memory > MOST_MEMORY else []
    return problems + ([f"{seconds:.0f} s are more than {longest:.0f}"] if seconds > longest else [])


def _measured(command: Sequence[str], longest: float, environment: Mapping[str, str]) -> tuple[str, float, float]:
    """The output of a command, the peak of it and its children in megabytes, and its seconds."""
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
    ) as process:
        said: list[bytes] = []
        assert process.stdout is not None
        reader = threading.Thread(target=lambda: said.append(process.stdout.read() if process.stdout else b""))
        reader.start()
        _status, _usage, peak = watched(process, began + longest, shares=True)
        seconds = time.monotonic() - began
        reader.join()
    return b"".join(said).decode("utf-8", "replace"), peak, seconds


def all_costs(work: Path, kinds: Sequence[str] = tuple(ANSWERS), number: int = 200) -> list[Cost]:
    """Every kind alone, and a sweep of all."""
    with serving() as (server, visits):
        found = [one_instance(kind, server.url) for kind in kinds]
        found.append(sweep(work, server.url, number))
        if visits():
            found.append(Cost("elsewhere", 0, 0, "", [f"it was visited {visits()} times"]))
        return found


def table(costs: Sequence[Cost]) -> str:
    """A row for each."""
    lines = [f"{'server':16}      MB        s  what was said"]
    lines += [f"{one.name:16}  {one.memory:6.0f}  {one.seconds:7.1f}  {one.said[:90]}" for one in costs]
    return "\n".join(lines)
