# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet is made of, as plain data. `fleet.py` makes these of a fleet file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

OPTION_TYPES = {
    "byte": 1,
    "short": 2,
    "long": 3,
    "float": 4,
    "double": 5,
    "string": 6,
    "datetime": 7,
    "date": 10,
    "memo": 12,
    "cdata": 13,
    "timespan": 14,
    "boolean": 15,
}
"""The dataType codes of xtk:option by the names that fleet files use (domain.md 4.1)."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A login. `token` is an IMS bearer token; `folders` false hides the rows that lie in folders."""

    login: str
    password: str = ""
    rights: tuple[str, ...] = ()
    token: str = ""
    enabled: bool = True
    folders: bool = True

    @property
    def admin(self) -> bool:
        """Whether it holds the named right ADMINISTRATION."""
        return "admin" in self.rights


@dataclass(frozen=True, slots=True)
class Zone:
    """Flags of the security zone in which all callers are (domain.md 3.8).

    `show_codes` false makes faults generic altogether (domain.md 7 row 22). `refused` is the HTTP status with which
    every caller's address is refused, 403 or 500; 0 = none.
    """

    session_token_only: bool = False
    allow_user_password: bool = False
    show_errors: bool = True
    show_codes: bool = True
    allow_debug: bool = True
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """An external account. `mid` names an instance of the fleet; without one the account has no server."""

    name: str
    label: str
    mid: str
    login: str
    password: str
    active: bool
    type: int
    suffix: str


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """An option as it is at the start; a value of None is a null."""

    name: str
    data_type: int
    value: Any
    description: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowSpec:
    """A workflow. Durations in seconds; `every` 0 means without a schedule.

    `first_run` is the time to its first due date; by default half a period, so that a warm-up of whole periods does not
    end just when everything begins to run.

    `timeout` is that of the mid-sourcing workflow's calls. The other workflows do nothing for `seconds`, and then note
    the time in the options `marks`.
    """

    name: str
    label: str
    state: str = "started"
    every: float = 0.0
    on_error: str = "stop"
    error_limit: int = 0
    timeout: float = 60.0
    technical: bool = True
    seconds: float = 5.0
    first_run: float | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Deliveries of a mid, spread evenly between two moments, in turn for each of the marketing instances."""

    count: int
    start: datetime
    end: datetime
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """One instance."""

    name: str
    role: str
    build: int
    release: str
    operators: tuple[Operator, ...]
    zone: Zone
    accounts: tuple[Account, ...]
    options: tuple[OptionSpec, ...]
    workflows: tuple[WorkflowSpec, ...]
    deliveries: tuple[Deliveries, ...]
    seconds_per_row: float
    switches: Mapping[str, Any]
    skew: float
    down: bool
    wfserver: bool
    database_id: str


@dataclass(frozen=True, slots=True)
class Fleet:
    """A fleet. `start` is the virtual time when the simulator is ready; the engines begin `warm_up` seconds earlier.

    `stagger` spreads the schedules of a large fleet over their periods, by the seed, instead of letting all be due at
    once.
    """

    source: str
    start: datetime
    warm_up: float
    seed: int
    stagger: bool = False
    instances: Mapping[str, InstanceSpec] = field(default_factory=dict)

    @property
    def begin(self) -> datetime:
        """The virtual time at which the engines begin."""
        return self.start - timedelta(seconds=self.warm_up)
