# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: PTH109, PTH115, PTH116, PTH118, PTH120 (within an audit event, the fewer calls the better)
"""Tells what a Python process of a watched run writes, removes and starts, before it does: see ``watching.py``.

A file that lives for a millisecond is seen by nobody who looks from outside. Python's audit events name it inside.
"""

from __future__ import annotations

import itertools
import json
import os
import stat
import sys
from typing import Any

#: Where it is told, and the folder of the run: who may enter the folders above does not count.
FOLDER = os.environ.get("TESTS_WATCHED", "")
ROOT = os.environ.get("TESTS_WATCHED_ROOT", "/")
#: No file of a test is larger. Bytes.
LARGEST = 16 * 1024 * 1024
#: What we write ourselves, and what is no file.
_PASSED_OVER = (FOLDER, os.environ.get("TESTS_BYTECODE") or FOLDER, "/proc/", "/dev/", "/sys/")
_WRITING = os.O_WRONLY | os.O_RDWR
_numbers = itertools.count()


def is_private(path: str, mode: int) -> bool:
    """Whether nobody but the owner can read a file: by its mode, or that of a folder between the run's and it."""
    if not mode & 0o044:
        return True
    folder = os.path.dirname(path)
    while folder.startswith(ROOT) and folder != ROOT:
        try:
            if not os.stat(folder).st_mode & 0o011:
                return True
        except OSError:
            return False
        folder = os.path.dirname(folder)
    return False


def _tell(**what: Any) -> None:
    handle = os.open(f"{FOLDER}/told.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, json.dumps(what).encode() + b"\n")
    finally:
        os.close(handle)


def _path(name: Any, folder: Any = -1) -> str:
    """The whole path; '' for what is none of a file's."""
    if isinstance(name, int):
        return ""
    above: str = os.readlink(f"/proc/self/fd/{folder}") if isinstance(folder, int) and folder >= 0 else os.getcwd()
    folder, name = os.path.split(os.path.join(above, os.fsdecode(name)))
    path = os.path.join(os.path.realpath(folder), name)
    return "" if path.startswith(_PASSED_OVER) else path


def _keep(path: str) -> None:
    """Keep the content of a file that is about to be removed, replaced or emptied."""
    if not path:
        return
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode) or not state.st_size:
            return
        content = os.read(handle, LARGEST)
    finally:
        os.close(handle)
    copy = f"{FOLDER}/{os.getpid()}-{next(_numbers)}"
    target = os.open(copy, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.write(target, content)
    finally:
        os.close(target)
    _tell(kind="gone", path=path, private=is_private(path, state.st_mode), copy=copy)


def _opened(name: Any, _mode: Any, flags: Any) -> None:
    if isinstance(flags, int) and flags & _WRITING:
        path = _path(name)
        if path:
            _tell(kind="written", path=path)
            if flags & os.O_TRUNC:
                _keep(path)


def _started(_program: Any, arguments: Any, _folder: Any, environ: Any) -> None:
    line = [arguments] if isinstance(arguments, (str, bytes)) else list(arguments)
    given = os.environ if environ is None else environ
    _tell(
        kind="started",
        arguments=[os.fsdecode(one) for one in line],
        environ={os.fsdecode(name): os.fsdecode(value) for name, value in given.items()},
    )


def _renamed(source: Any, target: Any, source_folder: Any = -1, target_folder: Any = -1) -> None:
    path = _path(target, target_folder)
    if path:
        _tell(kind="written", path=path)
        _keep(path)


_SEEN = {
    "open": _opened,
    "os.remove": lambda name, folder=-1: _keep(_path(name, folder)),
    "os.rename": _renamed,
    "subprocess.Popen": _started,
    "os.exec": lambda program, arguments, environ=None: _started(program, arguments, None, environ),
    "os.posix_spawn": lambda program, arguments, environ=None: _started(program, arguments, None, environ),
    "os.system": lambda command: _started("", command, None, None),
}


def _hear(event: str, arguments: Any) -> None:
    seen = _SEEN.get(event)
    if seen is not None:
        try:
            seen(*arguments)
        except OSError:
            # It is not there, or not ours: then the process cannot remove or replace it either.
            return


if FOLDER:
    _tell(kind="began", arguments=sys.orig_argv)
    sys.addaudithook(_hear)
