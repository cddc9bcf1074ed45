# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""XTK values: types, their text on the wire, and literals in expressions (campaign_facts, Types, Values and Literals).
Pure.

A moment is an aware ``datetime`` in UTC, everywhere. Campaign keeps milliseconds; finer digits are cut off and never
rounded, because rounding could move a cursor past the intended moment.
"""

from __future__ import annotations

import enum
import math
import re
import sys
import typing as t
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from .errors import XtkValueError, shorten


class XtkType(enum.IntEnum):
    """The codes of ``xtk:option/@dataType`` (campaign_facts, Types)."""

    NONE = 0
    BYTE = 1
    SHORT = 2
    LONG = 3
    FLOAT = 4
    DOUBLE = 5
    STRING = 6
    DATETIME = 7
    DATE = 10
    MEMO = 12
    CDATA = 13
    TIMESPAN = 14
    BOOLEAN = 15


_COLUMNS: dict[XtkType, str] = {
    XtkType.BYTE: "longValue",
    XtkType.SHORT: "longValue",
    XtkType.LONG: "longValue",
    XtkType.TIMESPAN: "longValue",
    XtkType.BOOLEAN: "longValue",
    XtkType.FLOAT: "doubleValue",
    XtkType.DOUBLE: "doubleValue",
    XtkType.STRING: "stringValue",
    XtkType.DATETIME: "timeStampValue",
    XtkType.DATE: "timeStampValue",
    XtkType.MEMO: "memoValue",
    XtkType.CDATA: "memoValue",
}
_RANGES: dict[XtkType, tuple[int, int]] = {
    XtkType.BYTE: (-(2**7), 2**7 - 1),
    XtkType.SHORT: (-(2**15), 2**15 - 1),
    XtkType.LONG: (-(2**31), 2**31 - 1),
    XtkType.TIMESPAN: (-(2**31), 2**31 - 1),
}
#: The relative difference at which two numbers are still equal: a server may print fewer digits than it got.
_TOLERANCES: dict[XtkType, float] = {XtkType.FLOAT: 1e-6, XtkType.DOUBLE: 1e-12}

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"([0-9]{4})([-/])([0-9]{2})\2([0-9]{2})(?:[ Tt]00:00(?::00(?:\.0{1,9})?)?[Zz]?)?")
_DATETIME = re.compile(
    r"([0-9]{4})([-/])([0-9]{2})\2([0-9]{2})[ Tt]"
    r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r" ?(?P<zone>[Zz]|[+-][0-9]{2}(?::?[0-5][0-9])?)?"
)
#: Characters that XML 1.0 does not allow, even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_UNITS: dict[str, int] = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r" ?".join(rf"(?:(?P<{unit}>[0-9]{{1,10}}){unit})?" for unit in _UNITS))
_DURATION_FORMS = "Write whole seconds (90), or numbers with units from w to s, largest first: 10m, 1d12h, 2w."
#: A hundred years. Longer ones are typing errors, and would overflow dates.
LONGEST_DURATION = 36525 * 86400


# -- types ------------------------------------------------------------------------------------------------------------


def column_of(data_type: int) -> str:
    """The attribute of an option's row that holds a value of this type.

    :raises XtkValueError: for type 0 (none) and for unknown codes (campaign_facts, Types).
    """
    kind = _known(data_type)
    if kind not in _COLUMNS:
        raise XtkValueError("Data type 0 means that there is no value: no column holds it.")
    return _COLUMNS[kind]


def _known(data_type: int) -> XtkType:
    try:
        return XtkType(data_type)
    except ValueError:
        known = ", ".join(f"{kind.value} ({kind.name.lower()})" for kind in XtkType)
        raise XtkValueError(f"The data type {data_type!r} is not known. Known are: {known}.") from None


# -- values -----------------------------------------------------------------------------------------------------------


def encode(data_type: int, value: object) -> str:
    """The text of a value for the attribute of its column (campaign_facts, Values).

    Texts are accepted as playbooks write them: ``"42"`` for a whole number, ``"true"`` for a boolean, a date
    with its zone for a datetime. A boolean becomes ``1`` or ``0``, since its column holds whole numbers.

    :raises XtkValueError: the value does not fit the type, is out of its range, or is empty where only text may be.
    """
    kind = _known(data_type)
    if kind is XtkType.NONE:
        raise XtkValueError("Data type 0 means that there is no value: nothing can be written to it.")
    if value is None:
        raise _misfit(kind, "there is no value at all", "Give a value; an empty text is one for texts only.")
    if not _is_text(kind) and isinstance(value, str) and not value.strip():
        raise _misfit(kind, "it is empty", "An empty value is never sent for this type: it might clear the option.")
    return _ENCODERS[kind](kind, value)


def decode(data_type: int, text: str) -> t.Any:
    """The value of an attribute's text: int, float, bool, str, date, or aware datetime in UTC.

    An empty text is ``None`` for dates, ``False`` or 0 for booleans and numbers, which are never null (campaign_facts,
    Types).

    :raises XtkValueError: the text cannot be a value of this type.
    """
    kind = _known(data_type)
    if _is_text(kind):
        return text
    if kind in (XtkType.DATETIME, XtkType.DATE, XtkType.NONE) and not text.strip():
        return None
    if kind is XtkType.NONE:
        raise XtkValueError("Data type 0 means that there is no value, yet there is one.")
    return _DECODERS[kind](kind, text.strip() or "0")


def same_value(data_type: int, a: object, b: object) -> bool:
    """Whether two values, or texts of values, are equal for this type.

    Datetimes are compared at whole seconds (campaign_facts, Writing options); ``None`` and an empty text are the null
    of the type. A text that does not fit the type (a server may hold one) equals only the same text.
    """
    kind = _known(data_type)
    try:
        left, right = _normal(kind, a), _normal(kind, b)
    except XtkValueError:
        return isinstance(a, str) and a == b
    if kind in _TOLERANCES:
        return math.isclose(left, right, rel_tol=_TOLERANCES[kind])
    return bool(left == right)


def _normal(kind: XtkType, value: object) -> t.Any:
    if value is None or value == "":
        return decode(kind, "")
    plain = decode(kind, encode(kind, value))
    return plain.replace(microsecond=0) if isinstance(plain, datetime) else plain


def _is_text(kind: XtkType) -> bool:
    return kind in (XtkType.STRING, XtkType.MEMO, XtkType.CDATA)


def _misfit(kind: XtkType, why: str, next_step: str = "") -> XtkValueError:
    return XtkValueError(f"The value does not fit type {kind.value} ({kind.name.lower()}): {why}.", next_step=next_step)


def _show(value: object) -> str:
    return shorten(repr(value), 60)


def _encode_integer(kind: XtkType, value: object) -> str:
    number = _integer(value)
    if number is None:
        raise _misfit(kind, f"{_show(value)} is not a whole number")
    low, high = _RANGES[kind]
    if not low <= number <= high:
        raise _misfit(kind, f"{_show(value)} is out of range", f"It must lie from {low} to {high}.")
    return str(number)


def _encode_timespan(kind: XtkType, value: object) -> str:
    """Seconds, or a duration with units as people write it."""
    seconds = _with_units(value) if isinstance(value, str) else None
    return _encode_integer(kind, value if seconds is None else seconds)


def _integer(value: object) -> int | None:
    # A bool is an int in Python, but nobody writes true for a number.
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, timedelta) and value % timedelta(seconds=1) == timedelta(0):
        return value // timedelta(seconds=1)
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    return None


def _decode_integer(kind: XtkType, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise _misfit(kind, f"{_show(text)} is not a whole number")
    return int(text)


def _encode_number(kind: XtkType, value: object) -> str:
    number: float | None = None
    if isinstance(value, float):
        number = value
    elif isinstance(value, int) and not isinstance(value, bool):
        # Python's integers are unlimited, its floats are not.
        number = float(value) if abs(value) <= sys.float_info.max else math.inf
    elif isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        number = float(value)
    if number is None or math.isnan(number):
        raise _misfit(kind, f"{_show(value)} is not a number")
    if math.isinf(number):
        raise _misfit(kind, f"{_show(value)} is out of range")
    return _decimal(number)


def _decimal(number: float) -> str:
    # Without an exponent: the sources show decimal points only (campaign_facts, Literals). repr() keeps every digit.
    text = format(Decimal(repr(number)), "f")
    return text[:-2] if text.endswith(".0") else text


def _decode_number(kind: XtkType, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise _misfit(kind, f"{_show(text)} is not a number")
    return float(text)


def _encode_text(kind: XtkType, value: object) -> str:
    if not isinstance(value, str):
        # YAML reads 0123 as 83, 8:30 as 510, 1.10 as 1.1 and yes as true: what was meant cannot be told.
        advice = "Put the value in quotes; to the value of a template add '| string'."
        raise _misfit(kind, f"{_show(value)} is not a text", advice)
    return xml_text(str(value))


def xml_text(text: str) -> str:
    """The same text, if XML allows all its characters.

    :raises XtkValueError: it holds a control character or half of a surrogate pair. The text itself is not shown.
    """
    found = _NOT_XML.search(text)
    if found:
        raise XtkValueError(
            f"The text holds the character U+{ord(found.group()):04X} at position {found.start() + 1}, which XML "
            "cannot carry.",
            next_step="Remove it.",
        )
    return text


def _encode_datetime(kind: XtkType, value: object) -> str:
    if isinstance(value, datetime):
        return format_datetime(value)
    if isinstance(value, str):
        return format_datetime(parse_datetime(value))
    raise _misfit(kind, f"{_show(value)} is not a date with a time", _DATETIME_FORM)


def _encode_date(kind: XtkType, value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return format_date(value)
    if isinstance(value, str):
        return format_date(parse_date(value))
    raise _misfit(kind, f"{_show(value)} is not a date alone", "Write it as 2026-11-23.")


def _encode_boolean(kind: XtkType, value: object) -> str:
    return "1" if _decode_boolean(kind, str(value).strip()) else "0"


def _decode_boolean(kind: XtkType, text: str) -> bool:
    word = text.lower()
    if word not in _TRUE and word not in _FALSE:
        raise _misfit(kind, f"{_show(text)} is neither true nor false")
    return word in _TRUE


_ENCODERS: dict[XtkType, Callable[[XtkType, object], str]] = {
    XtkType.BYTE: _encode_integer,
    XtkType.SHORT: _encode_integer,
    XtkType.LONG: _encode_integer,
    XtkType.TIMESPAN: _encode_timespan,
    XtkType.FLOAT: _encode_number,
    XtkType.DOUBLE: _encode_number,
    XtkType.STRING: _encode_text,
    XtkType.MEMO: _encode_text,
    XtkType.CDATA: _encode_text,
    XtkType.DATETIME: _encode_datetime,
    XtkType.DATE: _encode_date,
    XtkType.BOOLEAN: _encode_boolean,
}
_DECODERS: dict[XtkType, Callable[[XtkType, str], t.Any]] = {
    XtkType.BYTE: _decode_integer,
    XtkType.SHORT: _decode_integer,
    XtkType.LONG: _decode_integer,
    XtkType.TIMESPAN: _decode_integer,
    XtkType.FLOAT: _decode_number,
    XtkType.DOUBLE: _decode_number,
    XtkType.DATETIME: lambda _kind, text: parse_datetime(text),
    XtkType.DATE: lambda _kind, text: parse_date(text),
    XtkType.BOOLEAN: _decode_boolean,
}


# -- dates ------------------------------------------------------------------------------------------------------------

_DATETIME_FORM = "Write it with a time and a zone, as 2026-11-23 02:00:00Z or 2026-11-23T03:00:00+01:00."


def parse_datetime(text: str) -> datetime:
    """A moment in UTC from text: space or ``T``, ``Z`` or an offset (``+02``, ``+02:00``, ``+0200``), any fraction.

    :raises XtkValueError: wrong form, no such day, or no zone, because a time without one is read differently by
        server and operator (campaign_facts, Values).
    """
    if len(text) == 24 and text[23] == "Z" and text[4] == text[7] == "-" and text[10] == " " and text[19] == ".":
        # The form that servers send: Python's own parser is ten times as fast, and a sweep reads hundreds per instance.
        try:
            return datetime.fromisoformat(text[:23]).replace(tzinfo=timezone.utc)
        except ValueError:
            pass  # the code below says why
    found = _DATETIME.fullmatch(text.strip())
    if not found:
        raise XtkValueError(f"{_show(text)} is not a date with a time.", next_step=_DATETIME_FORM)
    if found.groups()[-1] is None:
        raise XtkValueError(
            f"{_show(text)} has no time zone, so the server and the operator may read it differently.",
            next_step=_DATETIME_FORM,
        )
    try:
        return _moment(found)
    except (ValueError, OverflowError) as error:
        raise XtkValueError(f"{_show(text)} is not a moment that exists: {error}.", next_step=_DATETIME_FORM) from None


def _moment(found: re.Match[str]) -> datetime:
    """The moment that the groups of ``_DATETIME`` say.

    :raises ValueError: there is no such.
    :raises OverflowError: it lies outside of the calendar.
    """
    year, _separator, month, day, hour, minute, second, fraction, zone = found.groups()
    local = datetime(
        int(year),
        int(month),
        int(day),
        int(hour),
        int(minute),
        int(second or 0),
        int((fraction or "0").ljust(6, "0")[:6]),
        tzinfo=_zone(zone),
    )
    return local.astimezone(timezone.utc)


def _zone(text: str) -> timezone:
    if text in "Zz":
        return timezone.utc
    hours, minutes = text[1:3], text[3:].lstrip(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-offset if text[0] == "-" else offset)


def format_datetime(value: datetime) -> str:
    """``YYYY-MM-DD HH:MM:SS.mmmZ``, the form that servers send (campaign_facts, Values); finer than a millisecond is
    cut off.

    :raises XtkValueError: the value has no time zone.
    """
    moment = _in_utc(value)
    return f"{_day(moment, '-')} {_time(moment)}"


def _in_utc(value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise XtkValueError(
            f"{value.isoformat(' ')} has no time zone, so the server and the operator may read it differently.",
            next_step=_DATETIME_FORM,
        )
    try:
        return value.astimezone(timezone.utc)
    except OverflowError:
        raise XtkValueError(f"{value.isoformat(' ')} is out of range in UTC.") from None


def _day(value: date, separator: str) -> str:
    # Not strftime: some platforms write years before 1000 with fewer than four digits.
    return f"{value.year:04d}{separator}{value.month:02d}{separator}{value.day:02d}"


def _time(value: datetime) -> str:
    return f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}.{value.microsecond // 1000:03d}Z"


def parse_date(text: str) -> date:
    """A date from ``2002/02/01`` or ``2002-02-01``; a midnight after it is dropped, since the column is a timestamp.

    :raises XtkValueError: wrong form, no such day, or a time of day.
    """
    found = _DATE.fullmatch(text.strip())
    if not found:
        raise XtkValueError(f"{_show(text)} is not a date alone.", next_step="Write it as 2026-11-23.")
    try:
        return date(int(found.group(1)), int(found.group(3)), int(found.group(4)))
    except ValueError as error:
        raise XtkValueError(f"{_show(text)} is not a day that exists: {error}.") from None


def format_date(value: date) -> str:
    """``2002/02/01``, the attribute form of a date (campaign_facts, Values)."""
    return _day(value, "/")


# -- durations --------------------------------------------------------------------------------------------------------


def parse_duration(text: str | int | float) -> int:
    """Seconds from ``90``, ``"90"``, ``"10m"``, ``"1d"``, ``"1d12h"``, ``"2w"``.

    :raises XtkValueError: wrong form, negative, a fraction of a second, or more than a hundred years.
    """
    number = _integer(text)
    if number is None and isinstance(text, str):
        number = _with_units(text)
    if number is None or number < 0:
        raise XtkValueError(f"{_show(text)} is not a duration.", next_step=_DURATION_FORMS)
    if number > LONGEST_DURATION:
        raise XtkValueError(f"{_show(text)} is longer than a hundred years.", next_step=_DURATION_FORMS)
    return number


def _with_units(text: str) -> int | None:
    found = _DURATION.fullmatch(text.strip())
    parts = {unit: int(part) for unit, part in found.groupdict().items() if part} if found else {}
    return sum(part * _UNITS[unit] for unit, part in parts.items()) if parts else None


def parse_stated_duration(text: str | int | float) -> int:
    """The same for user input: a number alone is refused, since YAML reads 8:00 without quotes as 480.

    :raises XtkValueError: as for ``parse_duration``, or there is no unit. ``0`` needs none.
    """
    number = parse_duration(text)
    if number and str(text).strip()[-1] not in _UNITS:
        raise XtkValueError(
            f"{_show(text)} has no unit, and may be {format_duration(number)} or, as YAML reads "
            f"{number // 60}:{number % 60:02d} without quotes, something else.",
            next_step="Write numbers with their units, largest first: 8h, 90m, 1d12h.",
        )
    return number


def format_duration(seconds: float) -> str:
    """The duration in its two largest units of d, h, m, s, truncated: ``2358d 4h``, ``10m``, ``0s``."""
    rest = abs(int(seconds))
    parts = []
    for unit in "dhms":
        number, rest = divmod(rest, _UNITS[unit])
        parts.append(f"{number}{unit}" if number else "")
    first = next((index for index, part in enumerate(parts) if part), None)
    if first is None:
        return "0s"
    sign = "-" if seconds < 0 else ""
    return sign + " ".join(part for part in parts[first : first + 2] if part)


# -- literals in expressions ------------------------------------------------------------------------------------------


def literal(value: str | int | float | bool | datetime | date) -> str:
    """A value as an XTK expression that means exactly this value (campaign_facts, Literals).

    A text is quoted, with backslash and quote escaped; ``$`` could start a parameter, so it is built from its
    code. Nothing in a text can end the literal.

    :raises XtkValueError: a datetime without a zone, a NaN, a text that XML does not allow, another type.
    """
    # A bool is an int, too. The order matters: a datetime is a date.
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _encode_number(XtkType.DOUBLE, value)
    if isinstance(value, datetime):
        moment = _in_utc(value)
        return f"#{_day(moment, '-')}T{_time(moment)}#"
    if isinstance(value, date):
        return f"#{format_date(value)}#"
    if isinstance(value, str):
        return f"'{_without_dollar(_escape(value))}'"
    raise XtkValueError(f"A {type(value).__name__} cannot be used in an XTK expression.")


def like_prefix(prefix: str) -> str:
    """A literal for ``like`` that matches every text with this prefix. Wildcards in it are escaped.

    :raises XtkValueError: a text that XML does not allow.
    """
    escaped = _escape(prefix).replace("%", "\\%").replace("_", "\\_")
    return f"'{_without_dollar(escaped)}%'"


def _escape(text: str) -> str:
    return xml_text(text).replace("\\", "\\\\").replace("'", "\\'")


def _without_dollar(escaped: str) -> str:
    return escaped.replace("$", "' + Char('36') + '")
