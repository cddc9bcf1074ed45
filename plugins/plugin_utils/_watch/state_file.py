# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The state of a watch on disk: one file for one watch, for this user alone.

Events are in the file before they are delivered, and leave it afterwards. So after a kill at any moment an event is
delivered again with the same id, or for the first time, and none is lost.

A damaged file is refused and left as it is: a new one would repeat what was told, or hide what was not, in silence.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import typing as t
import uuid
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path

from ...module_utils._core.content import UnusableFile, load_json
from ...module_utils._core.errors import ValidationError
from ...module_utils._core.private_file import make_directories, replace_file
from ...module_utils._core.trust import lock_file, require
from .transitions import Known, WatchState, moment

FORMAT = "campaign.classic/watch/1"
_WHAT = "state of the watch"


# Kept: the event source uses it.
class StateFile:
    """The file of one watch, which no other one uses meanwhile.

    :raises ValidationError: another watch uses it, or others can have written it (see ``_core/trust.py``).
    :raises OSError: the directory cannot be made, or the lock cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(os.path.abspath(os.path.expanduser(os.path.expandvars(path))))
        require(self._path, _WHAT, kind="ours")
        make_directories(self._path.parent)
        self._lock = lock_file(f"{self._path}.lock", f"lock of the {_WHAT}")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise ValidationError(
                f"Another source uses the {_WHAT} {self._path}.",
                next_step="Give each source a state_file of its own, or end the rulebook that still runs.",
            ) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let others use it. The file stays."""
        os.close(self._lock)

    def load(self) -> WatchState:
        """The state of the last time; an empty one if there was none.

        :raises ValidationError: the file is damaged, is something else, or can have been written by others.
        """
        if not os.path.lexists(self._path):
            return WatchState(watch=str(uuid.uuid4()))
        try:
            state = _state_in(load_json(self._path, _WHAT, kind="ours"))
        except UnusableFile as error:
            raise UnusableFile(error.message, next_step=self._move_away()) from None
        if state is None:
            raise UnusableFile(
                f"The {_WHAT} {self._path} is not one: its content has another form.", next_step=self._move_away()
            )
        return state

    def _move_away(self) -> str:
        file = shlex.quote(str(self._path))
        return (
            f"Nothing was asked. Look at who changed it, then begin again with: mv {file} {file}.damaged. Every "
            "instance that is not healthy is then told again, with a new id."
        )

    def save(self, state: WatchState) -> None:
        """Write it. Raises OSError; the old file is as it was then."""
        document = {"format": FORMAT, **asdict(state)}
        replace_file(self._path, json.dumps(document, indent=1, sort_keys=True).encode() + b"\n", ".watch-")


def _state_in(document: t.Any) -> WatchState | None:
    """The state that a document holds; None when it has another form."""
    try:
        if document["format"] != FORMAT:
            return None
        watch = uuid.UUID(document["watch"])
        known = {
            str(name): _known_in({"id": _earlier_id(watch, name, one), **one})
            for name, one in document["known"].items()
        }
        waiting = tuple({"campaign": dict(one["campaign"]), "meta": dict(one["meta"])} for one in document["waiting"])
        return WatchState(str(watch), known, waiting)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _earlier_id(watch: uuid.UUID, name: str, row: Mapping[str, t.Any]) -> str:
    """The id of a transition in a file of an earlier version, which did not keep it: reminders go on with it."""
    return str(uuid.uuid5(watch, f"{name}/{row['number']}/{row['verdict']}"))


def _known_in(row: Mapping[str, t.Any]) -> Known:
    """Raises KeyError, TypeError or ValueError when it has another form."""
    texts = {name: row[name] for name in ("verdict", "previous", "since", "told", "id")}
    numbers = {name: row[name] for name in ("number", "reminders")}
    right = all(isinstance(one, str) for one in (*texts.values(), *row["culprits"]))
    counted = all(isinstance(one, int) and not isinstance(one, bool) for one in numbers.values())
    if not right or not counted or len(row) != len(fields(Known)):
        raise ValueError("another form")
    moment(texts["told"])
    return Known(**texts, **numbers, culprits=tuple(row["culprits"]))
