# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The value types of Campaign: as text on the wire, as Python values, as the database keeps them (campaign_facts, Types
and Values).

Three forms of one value:

* *text*: what an XML attribute holds (``2026-11-23 02:00:00.000Z``, ``0``/``1`` for a boolean, ``""`` for no date);
* *Python*: what the rest of the simulator handles (an aware UTC datetime, int, float, str; None only for a date);
* *stored*: what SQLite holds. Dates are milliseconds since 1970 UTC, so that they compare and subtract as integers;
  strings and numbers are never NULL, because Campaign has no null number and treats a null string as "".
"""

from __future__ import annotations

import enum
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

Stored = int | float | str | None
Value = int | float | str | datetime | None

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
DAY = 86_400_000  # milliseconds


class Kind(enum.Enum):
    """A type of XTK. The values are the names that schemas use."""

    BOOLEAN = "boolean"
    BYTE = "byte"
    SHORT = "short"
    LONG = "long"
    DOUBLE = "double"
    STRING = "string"
    MEMO = "memo"
    DATETIME = "datetime"
    DATE = "date"

    @property
    def numeric(self) -> bool:
        return self in _NUMERIC

    @property
    def textual(self) -> bool:
        return self in (Kind.STRING, Kind.MEMO)

    @property
    def temporal(self) -> bool:
        return self in (Kind.DATETIME, Kind.DATE)


_RANGES = {Kind.BYTE: (-128, 127), Kind.SHORT: (-32768, 32767), Kind.LONG: (-(2**31), 2**31 - 1)}
_NUMERIC = frozenset({Kind.BOOLEAN, Kind.BYTE, Kind.SHORT, Kind.LONG, Kind.DOUBLE})
_BOOLEANS = {"true": 1, "1": 1, "false": 0, "0": 0}

# The column of xtk:option that holds a value of each dataType code (campaign_facts, Types).
OPTION_COLUMNS = {
    **dict.fromkeys((1, 2, 3, 14, 15), "longValue"),
    **dict.fromkeys((4, 5), "doubleValue"),
    6: "stringValue",
    **dict.fromkeys((7, 10), "timeStampValue"),
    **dict.fromkeys((12, 13), "memoValue"),
}
OPTION_DATE = 10


class BadValue(ValueError):
    """A text or Python value that the type cannot hold. The message says which and why."""


# -- dates --------------------------------------------------------------------------------------------------------

_MOMENT = re.compile(
    r"(\d{4})[-/](\d{2})[-/](\d{2})"
    r"(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?"
    r"\s*(?:(Z)|([+-])(\d{2})(?::?(\d{2}))?)?",
    re.ASCII,
)


def to_millis(value: datetime) -> int:
    """Milliseconds since 1970 UTC of an aware datetime."""
    if value.tzinfo is None:
        raise BadValue(f"the date {value!s} has no time zone")
    return (value - EPOCH) // _MILLISECOND


def from_millis(millis: int) -> datetime:
    """The aware UTC datetime of that many milliseconds since 1970."""
    try:
        return EPOCH + timedelta(milliseconds=millis)
    except OverflowError as error:
        raise BadValue(f"a date {millis} milliseconds from 1970 is out of range") from error


def _offset(sign: str | None, hours: str, minutes: str | None) -> timedelta:
    """What a zone such as +01:00 is ahead of UTC; nothing without a sign."""
    if not sign:
        return timedelta()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return offset if sign == "+" else -offset


def parse_moment(text: str) -> tuple[int, bool]:
    """Read a date or datetime: (milliseconds since 1970 UTC, whether the text named a zone or is a plain date).

    A datetime without a zone is ambiguous (campaign_facts, Values); it is read in the zone of the server, which is UTC
    here.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise BadValue(f"'{text}' is not a date")
    year, month, day, hour, minute, second, fraction, utc, sign, zone_hours, zone_minutes = match.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
            int((fraction or "0").ljust(6, "0")[:6]), tzinfo=UTC,
        )  # fmt: skip
        moment -= _offset(sign, zone_hours, zone_minutes)
    except (ValueError, OverflowError) as error:
        raise BadValue(f"'{text}' is not a date: {error}") from error
    return to_millis(moment), bool(utc or sign) or hour is None


@lru_cache(maxsize=512)
def format_millis(millis: int) -> str:
    """The attribute form of a datetime, ``2022-09-26 03:13:36.480Z``."""
    return from_millis(millis).replace(tzinfo=None).isoformat(" ", "milliseconds") + "Z"


def format_date(millis: int) -> str:
    """The attribute form of a date without time, ``2002/02/01``."""
    return from_millis(millis).date().isoformat().replace("-", "/")


# -- text <-> stored ----------------------------------------------------------------------------------------------


def encode(kind: Kind, stored: Stored) -> str:
    """The text of a stored value, as an attribute holds it; raises BadValue for one that no type of the wire holds."""
    if kind.temporal:
        if stored is None:
            return ""
        return format_millis(int(stored)) if kind is Kind.DATETIME else format_date(int(stored))
    if kind.numeric:
        # NULL appears only as the result of arithmetic on a missing date; a number of Campaign is never null.
        number = stored if isinstance(stored, (int, float)) else 0
        if isinstance(number, float) and kind is not Kind.DOUBLE:
            raise BadValue(f"{number} is too large for a whole number")
        return format_number(number)
    return str(stored or "")


def format_number(value: int | float) -> str:
    """Decimal text; a whole double loses its '.0'."""
    text = repr(value)
    return text.removesuffix(".0") if isinstance(value, float) else text


def decode(kind: Kind, text: str) -> Stored:
    """The stored value of a text received in a document. "" is null for a date, 0 for a number.

    Raises BadValue when the type cannot hold it.
    """
    if kind.textual:
        return text
    text = text.strip()
    if not text:
        return None if kind.temporal else 0
    if kind.temporal:
        millis = parse_moment(text)[0]
        return millis if kind is Kind.DATETIME else millis - millis % DAY
    return _decode_number(kind, text)


def _decode_number(kind: Kind, text: str) -> Stored:
    if kind is Kind.BOOLEAN:
        if text not in _BOOLEANS:
            raise BadValue(f"'{text}' is not a boolean")
        return _BOOLEANS[text]
    if kind is Kind.DOUBLE:
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
            raise BadValue(f"'{text}' is not a number")
        return float(text)
    if not re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        raise BadValue(f"'{text}' is not a whole number")
    return _in_range(kind, int(text))


def _in_range(kind: Kind, number: int) -> int:
    low, high = _RANGES.get(kind, (0, 1))
    if not low <= number <= high:
        raise BadValue(f"{number} does not fit the type {kind.value}")
    return number


# -- Python <-> stored --------------------------------------------------------------------------------------------

# What XML 1.0 cannot carry could never be read back over SOAP.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def store(kind: Kind, value: object) -> Stored:
    """The stored form of a Python value. None is "", 0 or null after the type; raises BadValue."""
    if value is None:
        return None if kind.temporal else "" if kind.textual else 0
    if kind.temporal and isinstance(value, datetime):
        return to_millis(value)
    if kind.textual and isinstance(value, str):
        if _UNPRINTABLE.search(value):
            raise BadValue(f"{value!r} has a character that XML cannot carry")
        return value
    if kind.numeric:
        return _store_number(kind, value)
    raise BadValue(f"{value!r} is no value for the type {kind.value}")


def _store_number(kind: Kind, value: object) -> Stored:
    if kind is Kind.DOUBLE and isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, int):
        return _in_range(kind, int(value))
    raise BadValue(f"{value!r} is no value for the type {kind.value}")


def load(kind: Kind, stored: Stored) -> Value:
    """The Python form of a stored value: an aware UTC datetime or None, int, float or str."""
    if kind.temporal and stored is not None:
        return from_millis(int(stored))
    return stored
