# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The results of one process of a sweep so far, in memory that survives when the process is killed.

It has a line for each opened session and for each result. So the parent process loses no result, asks no instance
twice, and closes the sessions that were left open. The memory has no name and is never on a disk; if the system has no
such memory, results go to a file without a name, and sessions are not noted."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
import typing as t
from collections.abc import Mapping

if t.TYPE_CHECKING:
    from ...module_utils._client.session import Session

Data = dict[str, t.Any]

#: Options of a connection that a logoff needs.
_CONNECTION = ("instance", "validate_certs", "ca_path", "client_cert", "client_key", "proxy", "timeout")


class Ledger:
    """The lines of one process. Any thread may write them. Raises OSError when it cannot be created."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_memory = hasattr(os, "memfd_create")
        # It is open for as long as the ledger is: close() ends it.
        self._file: t.IO[bytes] = (
            os.fdopen(os.memfd_create("campaign-sweep"), "w+b") if self._in_memory else tempfile.TemporaryFile()  # noqa: SIM115
        )

    def result(self, name: str, result: Mapping[str, t.Any]) -> None:
        """Note the result of an instance: its session is closed then."""
        self._write({"name": name, "result": result})

    def opened(self, params: Mapping[str, t.Any], session: Session) -> None:
        """Note a session that was just opened with these options."""
        if self._in_memory and session.tokens is not None:
            tokens = {"session_token": session.tokens.session_token, "security_token": session.tokens.security_token}
            connection = {name: params.get(name) for name in _CONNECTION}
            self._write({"name": session.name, "session": {**connection, "url": session.url, "session": tokens}})

    def _write(self, line: Data) -> None:
        """Write immediately, since the process may be killed. If a line cannot be written, its instance is read again.

        The lock is needed: Linux does not protect the position in a memory file, so that threads would overwrite lines.
        """
        with contextlib.suppress(OSError, TypeError, ValueError):
            data = json.dumps(line).encode() + b"\n"
            with self._lock:
                os.write(self._file.fileno(), data)

    def read(self) -> tuple[dict[str, Data], dict[str, Data]]:
        """By name the results, and the options for the logoff of each session that was left open."""
        results: dict[str, Data] = {}
        sessions: dict[str, Data] = {}
        self._file.seek(0)
        for text in self._file:
            try:
                line = json.loads(text)
            except ValueError:
                continue  # the process was killed while it wrote
            if "result" in line:
                results[line["name"]] = line["result"]
                sessions.pop(line["name"], None)
            else:
                sessions[line["name"]] = line["session"]
        return results, sessions

    def close(self) -> None:
        """Forget everything."""
        self._file.close()


#: The ledger of this process, if it has one.
_of_this_process: Ledger | None = None


def keep(ledger: Ledger | None) -> None:
    """Note the sessions of this process in a ledger from now on."""
    global _of_this_process  # noqa: PLW0603  # one per process, as its memory is
    _of_this_process = ledger


def note_session(params: Mapping[str, t.Any], session: Session) -> None:
    """Note a session that was just opened, if this process has a ledger."""
    if _of_this_process is not None:
        _of_this_process.opened(params, session)
