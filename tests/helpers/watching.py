# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches a run for secrets: what it shows and leaves, and what is there for a moment only.

* Each Python process of the run tells what it writes, anywhere on the machine, keeps a copy of what it removes,
  replaces or empties, and tells the command line and environment of what it starts (``bytecode/watched.py``).
* A thread looks at the run's folder and at ``/proc`` until the run is over: shells write and start things too.

HOME, TMPDIR and the temporary folders of Ansible are below the folder of the run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.helpers.bytecode.watched import is_private
from tests.helpers.masking import FORMS

#: Seconds between two looks; and what is kept of them, at most. Bytes.
PAUSE, MOST = 0.05, 512 * 1024 * 1024
#: A shorter piece of a secret could be a word of ours.
PIECE = 8
#: Where ansible-core puts a module, with its arguments, that is sent to a host; and where our tokens of a session are.
PAYLOAD = re.compile(r"/(?:ansible-local-[^/]+/tmp[^/]+|ansible-tmp-[^/]+/AnsiballZ_\w+\.py)$")
HANDLE = re.compile(r"/ansible-local-[^/]+/campaign-session-[^/]+$")


@dataclass(frozen=True)
class Sink:
    """Something in which a secret could be, and whether only this user can read it."""

    place: str
    text: str
    private: bool = False


def parts(secret: str) -> set[str]:
    """What must appear nowhere: each form of a secret, and each piece of eight characters of it."""
    pieces = {secret[at : at + PIECE] for at in range(len(secret) - PIECE + 1)}
    return pieces | {form(secret) for form in FORMS.values()}


def found_in(sinks: Sequence[Sink], told: Mapping[str, str]) -> list[str]:
    """Where a secret is, and which."""
    return [
        f"{kind} in {sink.place}: {seen}"
        for kind, secret in told.items()
        for sink in sinks
        if (seen := [part for part in parts(secret) if part in sink.text])
    ]


class Watched:
    """Watches from its block's beginning to its end.

    :param work: the folder of the run.
    :param given: what the user sets in the environment of the run; secrets may be in it.
    :param own: names of files that the test itself has written, with secrets in them.
    """

    def __init__(
        self,
        work: Path,
        given: Mapping[str, str] | None = None,
        own: Sequence[str] = ("inventory.yml", "credentials.yml", "play-*.yml"),
    ) -> None:
        self._work = work
        self._own = own
        self._given = dict(given or {})
        self._folder = work / ".watched"
        # The path of a socket has a hundred characters at most, and pytest's folders have nearly as many.
        self._short = Path(tempfile.mkdtemp(prefix="w-"))
        self._looks: dict[str, tuple[tuple[int, ...], list[Sink]]] = {}
        #: Where something of a process is seen, and what.
        self.processes: dict[tuple[str, str], None] = {}
        self._kept = 0
        self._over = threading.Event()
        self._problems: list[BaseException] = []
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def environment(self) -> dict[str, str]:
        """For the run: folders of its own, and all that Ansible can leave behind."""
        return {
            "HOME": str(self._work / "home"),
            "TMPDIR": str(self._short / "t"),
            "ANSIBLE_LOCAL_TEMP": str(self._short / "t"),
            "ANSIBLE_REMOTE_TEMP": str(self._work / "remote"),
            "ANSIBLE_LOG_PATH": str(self._work / "ansible.log"),
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self._work / "facts"),
            "TESTS_WATCHED": str(self._folder),
            "TESTS_WATCHED_ROOT": str(self._work),
            **self._given,
        }

    def __enter__(self) -> Self:
        for name in (self._folder, *(self._work / name for name in ("home", "tmp"))):
            name.mkdir(mode=0o700, exist_ok=True)
        (self._short / "t").symlink_to(self._work / "tmp")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        shutil.rmtree(self._short)

    def unseen(self, told: Mapping[str, str], *shown: Sink, allowed: Sequence[re.Pattern[str]] = ()) -> None:
        """No part of a secret on a screen, in a result, in a file that is or was there, or in another process.

        :param shown: output and results.
        :param allowed: files that may hold secrets, as long as nobody else can read them.
        """
        sinks = [*shown, *self.files(), *self._started(), *(Sink(*one) for one in self.processes)]
        judged = [one for one in sinks if not (one.private and any(place.search(one.place) for place in allowed))]
        assert not self._problems, self._problems
        problems = found_in(judged, told)
        assert not problems, "\n".join(problems)

    # -- files ---------------------------------------------------------------------------------------------------------

    def files(self) -> list[Sink]:
        """Every file of the run, with each of its contents that was seen; our own ones are left out."""
        self._look()
        for place in {one["path"] for one in self._told("written")}:
            self._read(Path(place))
        gone = [
            Sink(one["path"], Path(one["copy"]).read_text(encoding="utf-8", errors="replace"), one["private"])
            for one in self._told("gone")
        ]
        sinks = [*(sink for _key, found in self._looks.values() for sink in found), *gone]
        return [one for one in sinks if not any(Path(one.place).match(name) for name in self._own)]

    def _watch(self) -> None:
        try:
            while not self._over.wait(PAUSE):
                self._look()
                self._look_at_processes()
        except BaseException as error:  # it would be lost in the thread, and the test would see nothing
            self._problems.append(error)
            raise

    def _look(self) -> None:
        for folder, folders, names in os.walk(self._work):
            folders[:] = [name for name in folders if Path(folder, name) != self._folder]
            for name in names:
                self._read(Path(folder, name))

    def _read(self, path: Path) -> None:
        """Keep the content of a file that is new or has changed. One that only grows is kept once."""
        try:
            if path.is_symlink() or not path.is_file():
                return
            state = path.stat()
            key = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_mode)
            before, found = self._looks.get(str(path), ((), []))
            if key == before:
                return
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return  # gone, between two looks at it
        sink = Sink(str(path), text, is_private(str(path), state.st_mode))
        if found and text.startswith(found[-1].text) and sink.private == found[-1].private:
            self._kept -= len(found.pop().text)
        self._kept += len(text)
        if self._kept > MOST:
            raise MemoryError("The run writes more than can be looked at.")
        self._looks[str(path)] = (key, [*found, sink])

    # -- processes -----------------------------------------------------------------------------------------------------

    def _told(self, kind: str) -> Iterator[dict[str, Any]]:
        lines = self._folder / "told.jsonl"
        # A process of Python that has told nothing was not watched, and the test would prove nothing.
        for line in lines.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            if one["kind"] == kind:
                yield one

    def _started(self) -> list[Sink]:
        found = []
        for one in self._told("started"):
            found.append(Sink("a command line", "\0".join(one["arguments"])))
            found.append(Sink("an environment", self._unexpected(one["environ"].items())))
        return list(dict.fromkeys(found))

    def _unexpected(self, environ: Any) -> str:
        """An environment without what the user has set in it."""
        return "\0".join(f"{name}={value}" for name, value in environ if self._given.get(name) != value)

    def _look_at_processes(self) -> None:
        mark = f"TESTS_WATCHED={self._folder}"
        for number in _below(os.getpid()):
            try:
                line, environ = (
                    Path(f"/proc/{number}/{name}").read_text(encoding="utf-8", errors="replace")
                    for name in ("cmdline", "environ")
                )
            except OSError:
                continue
            variables = environ.split("\0")
            if mark in variables:
                pairs = [(name, value) for name, _sign, value in (one.partition("=") for one in variables)]
                self.processes["a command line in /proc", line] = None
                self.processes["an environment in /proc", self._unexpected(pairs)] = None


def _below(number: int) -> Iterator[int]:
    """The processes that a process and its children have started."""
    for children in Path(f"/proc/{number}/task").glob("*/children"):
        try:
            found = [int(one) for one in children.read_text(encoding="ascii").split()]
        except OSError:
            continue
        for child in found:
            yield child
            yield from _below(child)
