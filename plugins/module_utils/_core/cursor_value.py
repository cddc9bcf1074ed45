# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The value of a cursor: the text as it was read, and the moment that it means. Pure.

A text is parsed once, where it enters the process: in a row of a server, in a plan, in a mark, in evidence. From there
on this value is carried, and its text is used again only on the wire, in results and in messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .errors import XtkValueError
from .xtk import format_datetime, parse_datetime


@dataclass(frozen=True)
class CursorValue:
    """Where a cursor stands.

    :param text: XTK text, as it was read; '' when there is no value.
    :param moment: the same in UTC; None when there is no value, or none that is a moment.
    """

    text: str
    moment: datetime | None

    @classmethod
    def read(cls, text: str | None) -> CursorValue:
        """The value of a text that a server, or a file, holds: any text is one."""
        if not text:
            return NO_VALUE
        try:
            return cls(text, parse_datetime(text))
        except XtkValueError:
            return cls(text, None)

    @classmethod
    def stated(cls, given: str | CursorValue) -> CursorValue:
        """The value that somebody states. Raises XtkValueError when it is no moment."""
        found = given if isinstance(given, CursorValue) else cls(given, parse_datetime(given))
        found.known()
        return found

    @classmethod
    def at(cls, moment: datetime) -> CursorValue:
        """The value for a moment; what is finer than a millisecond is cut off. Raises XtkValueError without a zone."""
        text = format_datetime(moment)
        return cls(text, moment.astimezone(timezone.utc) - timedelta(microseconds=moment.microsecond % 1000))

    def known(self) -> datetime:
        """The moment. Raises XtkValueError when there is none."""
        return parse_datetime(self.text) if self.moment is None else self.moment

    def normal(self) -> CursorValue:
        """The same moment in the form in which servers send it. Raises XtkValueError when there is none."""
        return CursorValue.at(self.known())

    def is_same(self, other: CursorValue | None) -> bool:
        """Whether both are the same moment at whole seconds, as servers keep no more (campaign_facts, Writing options).

        No value is the same only as none, and a text that is no moment only as the same text.
        """
        other = other or NO_VALUE
        if self.moment is None or other.moment is None:
            return self.text == other.text
        return self.moment.replace(microsecond=0) == other.moment.replace(microsecond=0)

    def is_past(self, other: CursorValue) -> bool:
        """Whether this is later, at whole seconds; no value is never. Raises XtkValueError when one is no moment."""
        if not self.text or not other.text:
            return False
        return self.known().replace(microsecond=0) > other.known().replace(microsecond=0)

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text


NO_VALUE = CursorValue("", None)
