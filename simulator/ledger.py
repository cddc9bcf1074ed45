# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: every SOAP call in order, so that a test can show what was done and, above all, what was not."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

CAPACITY = 200_000


@dataclass(slots=True)
class Entry:
    """One call. `outcome` is ok, fault, refused, lost (executed, answer withheld) or injected (never executed).

    `before` and `after` are the value of the option that an executed Write was about: a test sees what it replaced.
    """

    sequence: int
    instance: str
    call: str  # service#method
    kind: str  # session, read or write; "" when the method is unknown
    session: str
    login: str
    origin: str  # external, or internal when a simulated server called
    time: datetime  # virtual
    size: int  # bytes of the request
    outcome: str = ""
    code: str = ""
    object: str = ""
    before: str = ""
    after: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON form; `class` is the name that the outside uses for `kind`."""
        row = asdict(self)
        row["class"] = row.pop("kind")
        row["time"] = self.time.isoformat()
        return row


class Ledger:
    """The last CAPACITY calls; `dropped` counts the older ones that were discarded."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self._capacity = capacity
        self._next = 1
        self.dropped = 0

    def open(self, instance: str, call: str, kind: str, origin: str, time: datetime, size: int) -> Entry:
        """Enter a call when it begins, so that calls stand in the order in which they came."""
        entry = Entry(self._next, instance, call, kind, "", "", origin, time, size)
        self._next += 1
        if len(self._entries) == self._capacity:
            self.dropped += 1
        self._entries.append(entry)
        return entry

    def clear(self) -> None:
        """Forget all calls. Sequence numbers continue."""
        self._entries.clear()
        self.dropped = 0

    @property
    def last(self) -> int:
        """The sequence number of the latest call; pass it as `since` later."""
        return self._next - 1

    def select(self, *, instance: str = "", kind: str = "", origin: str = "", since: int = 0) -> Iterator[Entry]:
        """The calls with a sequence above `since` that match what is given, oldest first."""
        for entry in self._entries:
            if entry.sequence <= since:
                continue
            if instance and entry.instance != instance:
                continue
            if kind and entry.kind != kind:
                continue
            if origin and entry.origin != origin:
                continue
            yield entry
