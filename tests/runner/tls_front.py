# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS in front of a simulator, for clients that show a certificate."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import trustme


@contextlib.contextmanager
def front(url: str, authority: trustme.CA, work: Path) -> Iterator[str]:
    """The URL under which ``url`` answers those who have a certificate of the authority.

    :param work: where the certificates are kept while it runs.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(work / "front-ca.pem")
    context.load_verify_locations(work / "front-ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    port = urlsplit(url).port

    async def serve(ready: threading.Event, ended: asyncio.Event) -> None:
        async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_pipe(reader, inner_writer), _pipe(inner_reader, writer))

        server = await asyncio.start_server(pass_on, "127.0.0.1", 0, ssl=context)
        places.append(server.sockets[0].getsockname()[1])
        ready.set()
        async with server:
            await ended.wait()

    places: list[int] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    def run() -> None:
        loop.run_until_complete(serve(ready, ended))
        loop.run_until_complete(_cancel_all())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    try:
        yield f"https://127.0.0.1:{places[0]}"
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)


async def _cancel_all() -> None:
    """End the connections that are still open."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
