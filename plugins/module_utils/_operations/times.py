# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Durations and moments in the options of a module. An error names the option."""

from __future__ import annotations

import typing as t

from .._core.errors import ValidationError
from .._core.xtk import parse_datetime, parse_stated_duration

if t.TYPE_CHECKING:
    from datetime import datetime


def seconds(text: str, option: str) -> float:
    """A duration option in seconds. Raises ValidationError that names the option."""
    try:
        return float(parse_stated_duration(text))
    except ValidationError as error:
        raise ValidationError(f"{option}: {error.message}", next_step=error.next_step) from error


def moment(text: str, option: str) -> datetime:
    """A datetime option. Raises ValidationError that names the option."""
    try:
        return parse_datetime(text)
    except ValidationError as error:
        raise ValidationError(f"{option}: {error.message}", next_step=error.next_step) from error
