# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running simulator for tests, in a thread of the test's own process.

    with running_simulator(fleet) as sim:
        client_of(sim.instances["mkt-a"])
        sim.advance("10m")
        assert sim.ledger(instance="mkt-a", kind="write") == []

Everything goes through the control endpoints, so a simulator that was started elsewhere can be used in the same way:
``Remote(url)``. ``async with`` works too.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .fleet import load_fleet
from .http.server import Server
from .simulator import Simulator

Seconds = float | str
_START_LIMIT = 120.0  # real seconds for warm-up
#: Never through a proxy. One for all: making one reads every certificate authority of the system.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ControlError(Exception):
    """The simulator refused a control request; the text is its answer."""


class Remote:
    """The control endpoints of a simulator at `url`. Methods return the JSON that they describe."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def control(self, method: str, path: str, body: Any = None, /, **query: object) -> Any:
        """One control request; raises ControlError for a refusal."""
        chosen = {name.rstrip("_"): value for name, value in query.items() if value not in (None, "")}
        url = f"{self.url}/_simulator/{path}" + (f"?{urllib.parse.urlencode(chosen)}" if chosen else "")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with _OPENER.open(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode("utf-8", "replace")
            raise ControlError(f"{method} {path}: {error.code} {text.strip()}") from None

    # -- the clock

    def advance(self, seconds: Seconds) -> datetime:
        """Advance the virtual clock ("10m" or seconds); the new time."""
        return self._move({"advance": seconds})

    def per_call(self, seconds: Seconds) -> datetime:
        """From now on the clock advances so much before each SOAP call from outside."""
        return self._move({"per_call": seconds})

    def calls_advance(self, on: bool = True) -> datetime:
        """Let a call from outside that takes virtual time advance a clock that stands, or not."""
        return self._move({"calls_advance": on})

    def time_scale(self, scale: float) -> datetime:
        """Let the clock run by itself, or stop it with 0."""
        return self._move({"time_scale": scale})

    def _move(self, body: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(self.control("POST", "clock", body)["now"])

    def now(self) -> datetime:
        """The virtual time, UTC."""
        return datetime.fromisoformat(self.control("GET", "clock")["now"])

    # -- what happened

    def ledger(
        self, instance: str = "", *, kind: str = "", origin: str = "external", since: int = 0
    ) -> list[dict[str, Any]]:
        """SOAP calls, oldest first. `kind`: session, read or write; `origin`: external, internal or ""."""
        answer = self.control("GET", "ledger", instance=instance, class_=kind, origin=origin, since=since)
        return list(answer["calls"])

    def mark(self) -> int:
        """The number of the latest call, for `since`."""
        return int(self.control("GET", "ledger", since=10**14)["last"])

    def clear_ledger(self) -> None:
        """Forget the calls so far."""
        self.control("DELETE", "ledger")

    def sessions(self, instance: str | None = None, *, origin: str = "external") -> list[dict[str, Any]]:
        """Sessions that are open now."""
        return list(self.control("GET", "sessions", instance=instance, origin=origin)["sessions"])

    # -- state

    def state(self, instance: str) -> dict[str, Any]:
        """All of one instance."""
        return dict(self.control("GET", "state", instance=instance)["instances"][instance])

    def option(self, instance: str, name: str) -> dict[str, Any] | None:
        """{"id", "type", "data_type", "value", "description"} of an option, or None."""
        found = self.state(instance)["options"].get(name)
        return None if found is None else dict(found)

    def option_time(self, instance: str, name: str) -> datetime:
        """The value of a datetime option. LookupError when there is none."""
        found = self.option(instance, name)
        if found is None or found["value"] is None:
            raise LookupError(f"{instance} has no value in option {name}")
        return datetime.fromisoformat(found["value"])

    def workflow(self, instance: str, name: str) -> dict[str, Any]:
        """The row of a workflow by attribute names (state, failed, processId...)."""
        return dict(self.state(instance)["workflows"][name])

    def journal(self, instance: str, workflow: str = "", *, limit: int = 50) -> list[dict[str, Any]]:
        """Journal lines, newest first."""
        answer = self.control("GET", "journal", instance=instance, workflow=workflow, limit=limit)
        return list(answer["lines"])

    def rows(self, instance: str, schema: str, *, limit: int = 1000, **equals: Any) -> list[dict[str, Any]]:
        """The newest rows of a table that have these values, also of a table that clients do not see."""
        rows = self.control("GET", "rows", instance=instance, schema=schema, limit=limit)["rows"]
        return [row for row in rows if all(row[name] == value for name, value in equals.items())]

    # -- changes

    def set_option(self, instance: str, name: str, value: Any) -> None:
        """Change an option as another user would; a mapping with type and value creates one."""
        self.control("POST", f"instances/{instance}/options", {name: value})

    def order(self, instance: str, workflow: str, order: str) -> None:
        """Give an order to a workflow as another user would."""
        self.control("POST", f"instances/{instance}/workflows/{workflow}", {"order": order})

    def change(self, instance: str, **changes: Any) -> None:
        """down, skew, wfserver, switches, zone, timeouts, operators, accounts, pending_events, expire_sessions."""
        self.control("POST", f"instances/{instance}", changes)

    def add_deliveries(self, instance: str, **deliveries: Any) -> None:
        """count, to, for_ (a list of marketing instances), from_: more deliveries on a mid."""
        self.control(
            "POST", f"instances/{instance}/deliveries", {name.rstrip("_"): value for name, value in deliveries.items()}
        )

    def fault(self, kind: str, **rule: Any) -> int:
        """Inject a fault; its id. See faults/rules.py for kinds and their parameters."""
        return int(self.control("POST", "faults", {"kind": kind, **rule})["id"])

    def faults(self) -> dict[int, dict[str, Any]]:
        """The faults in force by id; `fired` counts the calls that each took, `held` those that wait now."""
        return {rule["id"]: rule for rule in self.control("GET", "faults")["faults"]}

    def wait_held(self, rule: int, calls: int = 1, *, limit: float = 30.0) -> None:
        """Wait until a `hold` has so many calls; TimeoutError after `limit` real seconds."""
        end = time.monotonic() + limit
        while self.faults()[rule]["held"] < calls:
            if time.monotonic() > end:
                raise TimeoutError(f"fault {rule} did not hold {calls} calls within {limit:g} seconds")
            time.sleep(0.01)

    def clear_faults(self, rule: int | None = None) -> None:
        """Remove one fault, or all. Calls that a `hold` holds continue."""
        self.control("DELETE", "faults", id=rule)


class RunningSimulator(Remote):
    """A simulator in a thread. Use it as a context manager; `instances` maps names to base URLs."""

    def __init__(
        self, fleet: Mapping[str, Any] | str | Path, *, time_scale: float = 0.0, state: str | Path | None = None
    ) -> None:
        """Raises FleetError at once for a wrong fleet."""
        super().__init__("")
        self._fleet = load_fleet(fleet)
        self._time_scale = time_scale
        self._state = None if state is None else Path(state)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ended: asyncio.Event | None = None
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self.instances: dict[str, str] = {}

    def start(self) -> Self:
        """Start and wait until it is ready; raises what went wrong."""
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._thread.start()
        if not self._started.wait(_START_LIMIT):
            raise TimeoutError(f"the simulator was not ready after {_START_LIMIT:g} seconds")
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def stop(self) -> None:
        """Stop and wait for the thread. Stopping twice is harmless."""
        if self._loop is not None and self._ended is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        server = Server(Simulator(self._fleet, time_scale=self._time_scale, state=self._state))
        try:
            self.url = await server.start()
            self.instances = {name: server.simulator.url_of(name) for name in server.simulator.instances}
            self._started.set()
            await self._ended.wait()
        finally:
            await server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)


def running_simulator(
    fleet: Mapping[str, Any] | str | Path, *, time_scale: float = 0.0, state: str | Path | None = None
) -> RunningSimulator:
    """A simulator of this fleet (a mapping or a file), to be entered with `with` or `async with`."""
    return RunningSimulator(fleet, time_scale=time_scale, state=state)
