# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on loopback in a thread of its own, as a context manager."""

from __future__ import annotations

import socketserver
import threading
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Self


class Serving:
    """Serves from its block's beginning to its end.

    :param handler: answers one connection.
    :param kind: of the server; HTTP by default.
    """

    def __init__(
        self,
        handler: type[socketserver.BaseRequestHandler],
        kind: type[ThreadingHTTPServer | socketserver.ThreadingTCPServer] = ThreadingHTTPServer,
    ) -> None:
        self._serving = kind(("127.0.0.1", 0), handler)
        self._serving.daemon_threads = True
        self._thread = threading.Thread(target=self._serving.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._serving.server_address[1])

    @property
    def url(self) -> str:
        """For one of HTTP."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._serving.shutdown()
        self._serving.server_close()
        self._thread.join()
