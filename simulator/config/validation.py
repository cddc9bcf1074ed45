# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading of nested, untrusted mappings with errors that name the place: `instances.mkt-a.accounts[0].mid`.

Used for fleet files and for the bodies of control requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from ..soap.errors import FleetError

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_MISSING: Any = object()


def parse_seconds(value: object) -> float | None:
    """'10m', '1d12h', '-5m', 90 -> seconds; None when it is none of these."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    if not isinstance(value, str):
        return None
    text = value.strip().lower().replace(" ", "")
    sign = -1.0 if text.startswith("-") else 1.0
    text = text.lstrip("+-")
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sign * sum(float(number) * _UNITS[unit or "s"] for number, unit in parts)


def parse_moment(value: object) -> datetime | None:
    """An aware datetime in UTC from a YAML timestamp or an ISO text with a zone; None when it is neither."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    return value.astimezone(UTC)


class Section:
    """One mapping at one place of a document. Every `get` names the keys it knows; `done()` refuses the others."""

    def __init__(self, source: str, place: str, data: object) -> None:
        self.source = source
        self.place = place
        if data is None:
            data = {}
        if not isinstance(data, Mapping):
            self.fail("", f"a mapping is expected here, not {kind(data)}")
        self.data: Mapping[Any, Any] = data
        self._asked: set[str] = set()

    def fail(self, key: str, problem: str) -> NoReturn:
        """Raise the FleetError of `key` (or of the place itself when empty)."""
        raise FleetError(self.source, self.at(key), problem)

    def at(self, key: str) -> str:
        """The place of a key below this one."""
        return f"{self.place}.{key}" if self.place and key else self.place or key

    def done(self) -> None:
        """Refuse the keys that nothing asked for."""
        for key in self.data:
            if key not in self._asked:
                self.fail(str(key), f"unknown key; allowed here: {', '.join(sorted(self._asked))}")

    def has(self, key: str) -> bool:
        """Whether the key is there with a value."""
        return self.data.get(key) is not None

    def raw(self, key: str, default: Any = None) -> Any:
        """Any value."""
        self._asked.add(key)
        value = self.data.get(key)
        return default if value is None else value

    def text(self, key: str, default: str = _MISSING) -> str:
        """A string. Numbers are refused: an unquoted password of digits would lose its zeros."""
        value = self._required(key, default)
        if not isinstance(value, str):
            self.fail(key, f"a text is expected, not {kind(value)} (put it in quotes)")
        return value

    def one_of(self, key: str, allowed: Iterable[str], default: str = _MISSING) -> str:
        """A string out of a set. YAML reads `on`, `off`, `down` and `up` alike: only the first two are no texts."""
        value = self.text(key, default)
        choices = list(allowed)
        if value not in choices:
            self.fail(key, f"'{value}' is not one of: {', '.join(choices)}")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        value = self.raw(key, default)
        if not isinstance(value, bool):
            self.fail(key, f"true or false is expected, not {kind(value)}")
        return value

    def integer(self, key: str, default: int = _MISSING, *, least: int | None = None) -> int:
        """A whole number."""
        value = self._required(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(key, f"a whole number is expected, not {kind(value)}")
        if least is not None and value < least:
            self.fail(key, f"{value} is less than {least}")
        return value

    def number(self, key: str, default: float = _MISSING, *, least: float | None = None) -> float:
        """A number."""
        value = self._required(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fail(key, f"a number is expected, not {kind(value)}")
        if least is not None and value < least:
            self.fail(key, f"{value} is less than {least}")
        return float(value)

    def seconds(self, key: str, default: float = _MISSING, *, least: float | None = 0.0) -> float:
        """A duration, in seconds."""
        value = self._required(key, default)
        seconds = parse_seconds(value)
        if seconds is None:
            self.fail(key, f"'{value}' is no duration; write 90, 90s, 10m, 1h30m, 2d")
        if least is not None and seconds < least:
            self.fail(key, f"'{value}' is less than {least:g} seconds")
        return seconds

    def moment(self, key: str, now: datetime, default: datetime = _MISSING) -> datetime:
        """A moment with a zone; `now` stands for the word of that name, from which a duration may be taken away."""
        value = self._required(key, default)
        word, _minus, ago = str(value).partition("-")
        seconds = parse_seconds(ago) if ago else 0.0
        if word == "now" and seconds is not None and seconds >= 0:
            return now - timedelta(seconds=seconds)
        moment = parse_moment(value)
        if moment is None:
            self.fail(key, f"'{value}' is no moment with a zone; write \"2026-11-23T02:00:00Z\", now or now-6h")
        return moment

    def texts(self, key: str, default: Iterable[str] = ()) -> tuple[str, ...]:
        """A list of strings."""
        value = self.raw(key, list(default))
        if not isinstance(value, (list, tuple)):
            self.fail(key, f"a list is expected, not {kind(value)}")
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self.fail(f"{key}[{index}]", f"a text is expected, not {kind(item)}")
        return tuple(value)

    def place_of(self, key: str) -> Section:
        """The mapping below a key; empty when absent."""
        return Section(self.source, self.at(key), self.raw(key, {}))

    def places(self, key: str) -> list[Section]:
        """The mappings of a list below a key."""
        value = self.raw(key, [])
        if not isinstance(value, (list, tuple)):
            self.fail(key, f"a list is expected, not {kind(value)}")
        return [Section(self.source, self.at(f"{key}[{index}]"), item) for index, item in enumerate(value)]

    def named(self, key: str) -> list[tuple[str, Section]]:
        """The mappings below a key by their names."""
        below = self.place_of(key)
        for name in below.data:
            if not isinstance(name, str):
                below.fail(str(name), f"names must be texts, not {kind(name)} (put it in quotes)")
        return [(name, Section(self.source, below.at(name), item)) for name, item in below.data.items()]

    def _required(self, key: str, default: Any) -> Any:
        value = self.raw(key)
        if value is None:
            if default is _MISSING:
                self.fail(key, "is required")
            return default
        return value


def kind(value: object) -> str:
    """What a value is, in the words of a YAML author."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text '{value[:40]}'"
    if isinstance(value, datetime):
        return f"the date {value.isoformat()}"
    return "a list" if isinstance(value, (list, tuple)) else "a mapping"
