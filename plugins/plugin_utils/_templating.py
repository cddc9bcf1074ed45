# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""XTK's timestamps, durations and literals for templates: what the filters and the test ``stale`` do."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import wraps

from ansible.errors import AnsibleFilterError

from ..module_utils._core.errors import CampaignError
from ..module_utils._core.xtk import decode, encode, format_datetime, literal, parse_datetime, parse_duration
from ..module_utils._core.xtk import format_duration as _format_duration
from ..module_utils._soap.conditions import TYPES

Value = t.TypeVar("Value")


def _told(function: Callable[..., Value]) -> Callable[..., Value]:
    """Ansible reports an unsuitable value in its own way."""

    @wraps(function)
    def wrapped(*args: t.Any, **kwargs: t.Any) -> Value:
        try:
            return function(*args, **kwargs)
        except CampaignError as error:
            raise AnsibleFilterError(str(error)) from None

    return wrapped


def _moment(value: t.Any) -> datetime:
    if isinstance(value, datetime):
        return parse_datetime(format_datetime(value))  # raises for one without a zone
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, timezone.utc)
        except (OverflowError, ValueError, OSError):
            raise CampaignError(f"{value!r} seconds since 1970 is no moment.") from None
    return parse_datetime(str(value))


@_told
def xtk_timestamp(value: t.Any) -> str:
    """A moment as Campaign writes it, in UTC."""
    return format_datetime(_moment(value))


@_told
def duration_seconds(value: t.Any) -> int:
    """A duration in seconds."""
    return parse_duration(value)


@_told
def duration_text(seconds: t.Any) -> str:
    """Seconds for people to read."""
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        raise CampaignError(f"{seconds!r} is no number of seconds.")
    return _format_duration(seconds)


@_told
def xtk_literal(value: t.Any, kind: str | None = None) -> str:
    """A value as it stands in an expression of XTK."""
    if kind is None:
        return literal(value)
    if kind not in TYPES:
        raise CampaignError(f"{kind!r} is no type.", next_step=f"Types are: {', '.join(TYPES)}.")
    return literal(decode(TYPES[kind], encode(TYPES[kind], value)))


@_told
def stale(value: t.Any, max_age: t.Any, now: t.Any = "now") -> bool:
    """Whether a moment is longer ago than allowed. A missing value is stale, a moment ahead is not."""
    age = timedelta(seconds=parse_duration(max_age))
    if value is None or value == "":
        return True
    today = datetime.now(timezone.utc) if now == "now" else _moment(now)
    return today - _moment(value) > age
