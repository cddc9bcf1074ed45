# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small world for the engine's tests: one instance, a manual clock, a store that is real or faked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.clock.clock import Clock
from simulator.config.switches import Switches
from simulator.database.rows import OPTION, WORKFLOW, WORKFLOW_LOG, Rows
from simulator.database.store import Store
from simulator.engine.engine import Engine, EngineConfig, WorkflowConfig
from simulator.engine.runs import Activity, ActivityError, RunContext

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MINUTE = 60.0
HOUR = 3_600.0
WORK = "someWorkflow"


class FakeRows:
    """The four calls of `rows.Rows` over dictionaries."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[int, dict[str, Any]]] = {}
        self._last = 1_000

    def insert(self, schema: str, values: Mapping[str, object], /) -> int:
        self._last += 1
        row_id = values.get("id", self._last)
        assert isinstance(row_id, int)
        defaults: dict[str, Any] = {}
        if schema == WORKFLOW:
            defaults = {
                "errorCount": 0, "failed": False, "processId": 0, "nextProcessingDate": None, "lastStart": None,
                "modelName": "", "simulation": False, "isModel": False,
            }  # fmt: skip
        self.tables.setdefault(schema, {})[row_id] = {**defaults, **values, "id": row_id}
        return row_id

    def update(self, schema: str, row_id: int, values: Mapping[str, object], /) -> bool:
        self.tables[schema][row_id].update(values)
        return True

    def get(self, schema: str, row_id: int, /) -> dict[str, Any] | None:
        row = self.tables.get(schema, {}).get(row_id)
        return None if row is None else dict(row)

    def find(self, schema: str, /, **equals: object) -> list[dict[str, Any]]:
        rows = self.tables.get(schema, {}).values()
        return [dict(row) for row in rows if all(row.get(name) == value for name, value in equals.items())]


class Step:
    """An activity that takes its time, and fails as long as the test says."""

    def __init__(self, name: str = "step", seconds: float = 30.0) -> None:
        self.name = name
        self.seconds = seconds
        self.failing = ""
        self.done: list[datetime] = []
        self.cut_off = 0
        self.seen: list[dict[str, str]] = []

    async def run(self, context: RunContext, /) -> None:
        self.seen.append(dict(context.variables))
        try:
            await context.clock.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cut_off += 1
            raise
        if self.failing:
            raise ActivityError(self.failing)
        self.done.append(context.clock.now())


class World:
    """One engine with one workflow `WORK`, unless told otherwise."""

    def __init__(
        self,
        store: Callable[[Callable[[], datetime]], Rows],
        *,
        steps: Sequence[Activity] = (),
        switches: Switches | None = None,
        skew: float = 0,
        config: EngineConfig | None = None,
    ) -> None:
        self.clock = Clock(START)
        self.skew = skew
        self.store = store(self.now)
        self.step = Step()
        self.steps = tuple(steps) or (self.step,)
        self.disabled: set[str] = set()
        self.config = config or EngineConfig()
        self.engine = self.new_engine(switches)

    def new_engine(self, switches: Switches | None = None) -> Engine:
        return Engine(
            "mkt-a", self.store, self.clock, self.config, {WORK: self.steps}, self.now, switches=switches,
            operator_enabled=lambda login: login not in self.disabled,
        )  # fmt: skip

    def now(self) -> datetime:
        return self.clock.now() + timedelta(seconds=self.skew)

    def set_clock(self, skew: float) -> None:
        """Somebody sets the clock of the instance: so many seconds ahead of the simulator's."""
        ahead, self.skew = timedelta(seconds=skew - self.skew), skew
        self.engine.clock_was_set(ahead)

    def add(self, *, first_run: float | None = None, **changes: Any) -> int:
        spec = WorkflowConfig(**{"name": WORK, "every": 10 * MINUTE, **changes})
        return self.engine.add_workflow(spec, first_run=first_run)

    def order(self, method: str, **parameters: object) -> None:
        self.engine.order(method, WORK, "ops", parameters or None)

    def row(self) -> dict[str, Any]:
        return self.store.find(WORKFLOW, internalName=WORK)[0]

    @property
    def state(self) -> tuple[int, bool]:
        """State, and whether a run is on."""
        row = self.row()
        return row["state"], row["processId"] != 0

    def journal(self, kind: int | None = None) -> list[str]:
        """The texts of the journal, oldest first, of one type or of all."""
        rows = self.store.find(WORKFLOW_LOG)
        return [row["error"] or row["message"] for row in rows if kind is None or row["logType"] == kind]

    def dated_journal(self) -> list[tuple[float, int, str, str]]:
        return [
            ((row["logDate"] - START).total_seconds(), row["logType"], row["activity"], row["error"] or row["message"])
            for row in self.store.find(WORKFLOW_LOG)
        ]

    def option(self, name: str) -> dict[str, Any] | None:
        rows = self.store.find(OPTION, name=name)
        return rows[0] if rows else None

    def seconds(self, attribute: str) -> float | None:
        """A date of the workflow's row, in seconds since the start of the clock."""
        value = self.row()[attribute]
        return None if value is None else (value - START).total_seconds()


def fake_store(_now: Callable[[], datetime]) -> Rows:
    return FakeRows()


def real_store(now: Callable[[], datetime]) -> Rows:
    return Store(now)


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 30))
