# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Sessions that the tasks of one run share: the tokens on the controller's disk, and the handles for them.

The tokens are in the temporary directory that Ansible makes for each of its processes and removes at its end. Its
workers are forked from that process and share the directory. A handle names a file in it and is no secret: it is
useless to another user, in another run, or on another machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import stat
import typing as t
from collections.abc import Mapping
from pathlib import Path

from ansible import constants
from ansible.module_utils.common.validation import check_type_dict

from ...module_utils._client.mids import address
from ...module_utils._core.errors import ValidationError

_HANDLE = re.compile(r"campaign-session-(?P<run>[0-9a-f]{8})-[0-9a-f]{16}")
_AGAIN = "Open a session in this run with campaign.classic.session, and pass on what it returns."
#: A file of tokens is shorter: an access token has some thousand characters.
_MAX_BYTES = 256 * 1024


class Handles:
    """The sessions of this run.

    :param directory: of mode 0700 and this user's; by default the one of this process of Ansible.
    """

    def __init__(self, directory: str | None = None) -> None:
        self._given = directory

    def keep(self, tokens: Mapping[str, str], handle: str = "") -> str:
        """Keep tokens, under a new handle or in place of those of ``handle``.

        :raises ValidationError: the directory is not safe, or the disk refuses.
        """
        handle = handle or f"campaign-session-{self._run()}-{secrets.token_hex(8)}"
        path = self._path(handle)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(fresh, flags, 0o600), "w", encoding="utf-8") as stream:
                json.dump(dict(tokens), stream)
            os.replace(fresh, path)
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise ValidationError(
                f"The session cannot be kept in {path.parent} ({error.strerror or type(error).__name__}).",
                next_step="Look at local_tmp in the configuration of Ansible; the session was not passed on.",
            ) from None
        return handle

    def forget(self, handle: str) -> None:
        """Delete them. It is no error if they are already gone."""
        with contextlib.suppress(FileNotFoundError):
            self._path(handle).unlink()

    def open(self, given: t.Any) -> t.Any:
        """The value of the option ``session``, with the tokens in place of their handle.

        :param given: what ``session`` of the module returned, the same as a text, or the handle alone. Tokens that a
            user gives are left as they are.
        :raises ValidationError: the handle is of another run, was closed, or its file has changed; or another address
            is given with it. Tokens go to the server that issued them, whatever a task says.
        """
        session = _as_dict(given)
        handle = session.get("handle") if isinstance(session, Mapping) else None
        if not handle:
            return session
        tokens = self._read(str(handle))
        url, kept = str(session.get("url") or ""), tokens.get("url", "")
        if url and kept and address(url) != address(kept):
            raise ValidationError(
                f"The session was opened at {kept}, and another url is given with its handle. Nothing was sent.",
                next_step="Pass to each instance the session that was opened there, as it was returned.",
            )
        return {**tokens, "handle": str(handle)}

    def _read(self, handle: str) -> dict[str, str]:
        path = self._path(handle)
        try:
            number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            raise ValidationError("The session was closed, or is not one of this run.", next_step=_AGAIN) from None
        except OSError as error:
            raise _unsafe(path, error.strerror or type(error).__name__) from None
        with os.fdopen(number, encoding="utf-8") as stream:
            state = os.fstat(stream.fileno())
            if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o077:
                raise _unsafe(path, "its owner or its mode is not that of a file of ours")
            try:
                found = json.loads(stream.read(_MAX_BYTES))
            except ValueError:
                found = None
            if not isinstance(found, dict):
                raise _unsafe(path, "it is not what was written")
        return {str(name): str(value) for name, value in found.items()}

    def _path(self, handle: str) -> Path:
        match = _HANDLE.fullmatch(handle)
        if match is None:
            raise ValidationError("The session's handle is malformed.", next_step=_AGAIN)
        if match["run"] != self._run():
            raise ValidationError(
                "The session was opened by another run of Ansible, and its tokens went with that.", next_step=_AGAIN
            )
        return self._directory() / handle

    def _directory(self) -> Path:
        directory = Path(self._given or str(constants.DEFAULT_LOCAL_TMP))
        try:
            state = os.lstat(directory)
        except OSError as error:
            raise _unsafe(directory, error.strerror or type(error).__name__) from None
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o077:
            raise _unsafe(directory, "it is not a directory that this user alone may enter")
        return directory

    def _run(self) -> str:
        name = self._given or str(constants.DEFAULT_LOCAL_TMP)
        return hashlib.sha256(os.path.abspath(name).encode("utf-8", "surrogateescape")).hexdigest()[:8]


def _unsafe(path: Path, why: str) -> ValidationError:
    return ValidationError(f"{path}, which sessions are kept in, cannot be used: {why}.", next_step=_AGAIN)


def _as_dict(given: t.Any) -> t.Any:
    """The given value, as a dictionary if it can be one."""
    if not isinstance(given, str):
        return given
    text = given.strip()
    if _HANDLE.fullmatch(text) or not re.search(r"[{=]", text):
        return {"handle": text} if text else given
    try:
        return check_type_dict(text)
    except TypeError:
        return given
