# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that only sends GetOption over kept connections, each with a session of its own.

It runs as a process of its own, so that its cost is not the simulator's. It shares no code with the collection's
client: requests are prepared bytes, and it checks only the status, the length and the type of the value of an answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

OPTION = "NmsMidSourcing_LastDelivery_defaultEmailMid"
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_TOKEN = re.compile(rb"<pstrSessionToken[^>]*>([^<]+)<")
_SECURITY = re.compile(rb"<pstrSecurityToken[^>]*>([^<]+)<")
_DATETIME = b"<pbtType xsi:type='xsd:byte'>7</pbtType>"


def request(path: str, method: str, parameters: Sequence[str], token: str = "", security: str = "") -> bytes:
    """A whole HTTP request in the minimal dialect."""
    listed = "".join(f"<urn:p{number}>{text}</urn:p{number}>" for number, text in enumerate(parameters))
    body = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:xtk:session">'
        f"<soapenv:Header/><soapenv:Body><urn:{method}><urn:sessiontoken>{token}</urn:sessiontoken>{listed}"
        f"</urn:{method}></soapenv:Body></soapenv:Envelope>"
    ).encode()
    shown = f"Cookie: __sessiontoken={token}\r\nX-Security-Token: {security}\r\n" if token else ""
    head = (
        f"POST {path}/nl/jsp/soaprouter.jsp HTTP/1.1\r\nHost: simulator\r\nSOAPAction: xtk:session#{method}\r\n"
        f"Content-Type: text/xml; charset=utf-8\r\nContent-Length: {len(body)}\r\n{shown}\r\n"
    )
    return head.encode() + body


class Caller:
    """One connection with one session."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 80)
        self._path = parts.path
        self.seconds: list[float] = []
        self.errors = 0

    async def open(self, login: str, password: str) -> None:
        """Connect and log on."""
        self._reader, self._writer = await asyncio.open_connection(*self._address)
        status, body = await self._exchange(request(self._path, "Logon", [login, password, ""]))
        token, security = _TOKEN.search(body), _SECURITY.search(body)
        if status != 200 or token is None or security is None:
            raise RuntimeError(f"{self._path}: logon was answered with {status} {body[:200]!r}")
        shown = token[1].decode(), security[1].decode()
        self._ask = request(self._path, "GetOption", [OPTION], *shown)
        self._logoff = request(self._path, "Logoff", [], *shown)

    async def ask_until(self, end: float) -> None:
        """Call after call, until the time is over."""
        while (begun := time.perf_counter()) < end:
            status, body = await self._exchange(self._ask)
            self.seconds.append(time.perf_counter() - begun)
            self.errors += status != 200 or _DATETIME not in body

    async def close(self) -> None:
        """Log off and disconnect."""
        await self._exchange(self._logoff)
        self._writer.close()
        await self._writer.wait_closed()

    async def _exchange(self, data: bytes) -> tuple[int, bytes]:
        self._writer.write(data)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None:
            raise RuntimeError(f"an answer without a length: {head[:200]!r}")
        return int(head[9:12]), await self._reader.readexactly(int(length[1]))


async def run(urls: Sequence[str], login: str, password: str, seconds: float, rounds: int) -> list[dict[str, float]]:
    """All connections at once, in rounds; the results of each round."""
    callers = [Caller(url) for url in urls]
    await asyncio.gather(*(caller.open(login, password) for caller in callers))
    found = []
    for _round in range(rounds):
        for caller in callers:
            caller.seconds, caller.errors = [], 0
        begun = time.perf_counter()
        await asyncio.gather(*(caller.ask_until(begun + seconds) for caller in callers))
        took = time.perf_counter() - begun
        times = sorted(moment for caller in callers for moment in caller.seconds)
        found.append(
            {
                "calls": len(times),
                "errors": sum(caller.errors for caller in callers),
                "per_second": len(times) / took,
                "median_ms": times[len(times) // 2] * 1000,
                "p99_ms": times[len(times) * 99 // 100] * 1000,
            }
        )
    await asyncio.gather(*(caller.close() for caller in callers))
    return found


def main() -> int:
    """Prints one line of JSON: a list with the results of each round."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--login", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--seconds", type=float, required=True, help="of each round")
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("url", nargs="+", help="the base URL of an instance, for a connection each")
    options = parser.parse_args()
    print(json.dumps(asyncio.run(run(options.url, options.login, options.password, options.seconds, options.rounds))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
