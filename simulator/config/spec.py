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
"""The dataType codes of xtk:option by the names that fleet files use (campaign_facts, Types)."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A login. `token` is an IMS bearer token; `client_id` and `client_secret` get one from the identity service.

    `folders`: True for all rights on all folders, False for none, or by a folder's name which of FOLDER_RIGHTS it has
    there. `networks`: the addresses from which it may come, any when empty.
    """

    login: str
    password: str = ""
    rights: tuple[str, ...] = ()
    token: str = ""
    enabled: bool = True
    folders: bool | Mapping[str, tuple[str, ...]] = True
    networks: tuple[str, ...] = ()
    client_id: str = ""
    client_secret: str = ""

    @property
    def admin(self) -> bool:
        """Whether it holds the named right ADMINISTRATION."""
        return "admin" in self.rights

    def may(self, right: str, folder: str) -> bool:
        """Whether it holds one of FOLDER_RIGHTS on a folder. ADMINISTRATION holds them all."""
        if self.admin or isinstance(self.folders, bool):
            return self.admin or bool(self.folders)
        return right in self.folders.get(folder, ())


FOLDER_RIGHTS = ("read", "write", "delete")
TECHNICAL_FOLDER = "technicalWorkflows"

REFUSALS = (403, 500, 200)
"""The HTTP status of a refused address: plain text, plain text, a fault. The real one is not known (campaign_facts,
unknown 7).
"""


@dataclass(frozen=True, slots=True)
class Zone:
    """Flags of the security zone in which all callers are (campaign_facts, Authentication).

    `show_codes` false makes faults generic altogether (campaign_facts, unknown 22). `refused` is one of REFUSALS: every
    caller's address is refused, or, when there are `networks`, that of the callers outside them; 0 = none.
    """

    session_token_only: bool = False
    allow_user_password: bool = False
    allow_empty_password: bool = False
    allow_http: bool = True  # the simulator has no TLS
    show_errors: bool = True
    show_codes: bool = True
    allow_debug: bool = True
    refused: int = 0
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeouts:
    """For how many seconds from their logon the tokens work: sessionTimeOutSec, securityTimeOutSec and
    longSessionTimeOutSec of the server's configuration (campaign_facts, Sessions).

    That rememberMe uses the last one, for both tokens, is inferred.
    """

    session: float = 86_400.0
    security: float = 86_400.0
    long_session: float = 1_296_000.0


@dataclass(frozen=True, slots=True)
class Account:
    """An external account. `mid` or `execution` names an instance of the fleet; without one it has no server.

    `suffix` ends the name of the option in which the cursor for this account is kept.
    """

    name: str
    label: str
    mid: str
    login: str
    password: str
    active: bool
    type: int
    suffix: str
    execution: str = ""

    @property
    def peer(self) -> str:
        """The instance that it leads to, "" for none."""
        return self.mid or self.execution


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """An option as it is at the start; a value of None is a null."""

    name: str
    data_type: int
    value: Any
    description: str = ""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A row of a workflow's journal that is there at the start. `type` is a word of LOG_TYPES."""

    at: datetime
    type: str = "info"
    activity: str = ""
    error: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A workflow's row as it is found at the start, in place of the one of a workflow that was never run.

    `state` is the number in the row, which may be a transitional one. `running`: a run is on, from its beginning.
    Dates are the instance's own. A `due` that has passed is done at once, if the workflow server is up.
    """

    state: int
    failed: bool = False
    running: bool = False
    errors: int = 0
    processed: datetime | None = None
    started: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkflowSpec:
    """A workflow. Durations in seconds; `every` 0 means without a schedule.

    `first_run` is the time to its first due date; by default half a period, so that a warm-up of whole periods does not
    end just when everything begins to run. `at`, in seconds from midnight (UTC), gives the first due date instead.

    `folder` names the folder in which it lies.

    `timeout` is that of the calls which a synchronisation makes. The other workflows take `seconds` for their work; one
    whose work is not simulated notes the time in the options `marks`.

    `found` and `journal`: what the rows say at the start, for a fleet that is a copy of another one.

    `fda`: the delivery logs come over FDA, where the option NmsMidSourcing_LogsPeriodHour counts. `history`: for how
    many days the cleanup keeps the journal, 0 = without limit.
    """

    name: str
    label: str
    state: str = "started"
    every: float = 0.0
    on_error: str = "stop"
    error_limit: int = 0
    timeout: float = 60.0
    technical: bool = True
    folder: str = TECHNICAL_FOLDER
    seconds: float = 5.0
    first_run: float | None = None
    marks: tuple[str, ...] = ()
    at: float | None = None
    fda: bool = False
    history: int = 30
    found: FoundRow | None = None
    journal: tuple[JournalRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Deliveries of a mid, spread evenly between two moments, in turn for each of the marketing instances.

    With `logs`, each has that many delivery logs, sent in the `sending` seconds before its last change; its marketing
    instance knows it, with all its logs pending and a validity of so many seconds after its last change.
    """

    count: int
    start: datetime
    end: datetime
    owners: tuple[str, ...]
    logs: int = 0
    sending: float = 3600.0
    validity: float = 86_400.0


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """One instance."""

    name: str
    role: str
    build: int
    release: str
    operators: tuple[Operator, ...]
    zone: Zone
    timeouts: Timeouts
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
    hits: float = 0.0
    """Seconds from one message of the redirection server to the next, which `tracking` recovers; 0 = there are none."""
    events: float = 0.0
    """Seconds from one event to the next, on an execution instance; 0 = there are none."""


@dataclass(frozen=True, slots=True)
class FleetSpec:
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
