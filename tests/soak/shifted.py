# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook on the clock of the fleet: ``python -m tests.soak.shifted FILE ARGUMENTS...``.

The change window is judged by the controller's clock. Here that is the time in a file, in which the soak keeps that of
the simulated servers, so that windows of days pass in minutes.
"""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

_REAL = datetime.datetime


class _Kind(type):
    """Whatever is a datetime is one of ours, too: C code makes those of the other class."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _REAL)


class Shifted(_REAL, metaclass=_Kind):
    """A datetime whose present is that of the fleet."""

    file = Path()

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Self:
        """The time of the fleet when it was last moved, and the real seconds since then: no time comes twice."""
        last = _REAL.fromisoformat(cls.file.read_text(encoding="ascii")).timestamp()
        there = cls.fromtimestamp(last + max(0.0, time.time() - cls.file.stat().st_mtime), datetime.UTC)
        return there.astimezone(tz) if tz is not None else there.astimezone().replace(tzinfo=None)

    def __repr__(self) -> str:
        # Ansible writes the time into the program that it sends to a host, where only the other class is known.
        return super().__repr__().replace(type(self).__name__, "datetime.datetime", 1)


def shift(file: Path) -> None:
    """From now on the time is that of the file, for all that is imported afterwards."""
    Shifted.file = file
    module: Any = datetime
    module.datetime = Shifted


def keep_time(file: Path, now: datetime.datetime) -> None:
    """Write the time of the fleet into the file."""
    fresh = file.with_suffix(".new")
    fresh.write_text(now.isoformat(), encoding="ascii")
    fresh.replace(file)


def main(arguments: Sequence[str]) -> None:
    """Shift the clock, and be ansible-playbook."""
    file, *given = arguments
    shift(Path(file))
    from ansible.cli.playbook import main as playbook  # noqa: PLC0415  # it must see the other clock

    playbook(["ansible-playbook", *given])


if __name__ == "__main__":
    # As a module with a name, which is found again when a value of it is sent from one process to another.
    from tests.soak import shifted

    shifted.main(sys.argv[1:])
