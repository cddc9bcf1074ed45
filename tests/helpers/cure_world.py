# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cures over real HTTP against a simulated fleet, in virtual time: a wait moves only the simulator's clock.

Every marketing instance of a fleet is stuck in the same way, so that each test can cure one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._client.mids import Mids
from ansible_collections.campaign.classic.plugins.module_utils._client.session import PasswordCredentials, Session
from ansible_collections.campaign.classic.plugins.module_utils._cure.cure import Cure
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureOptions, CureResult
from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import Plan
from ansible_collections.campaign.classic.plugins.module_utils._cure.progress import Progress
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import Pace, Watch
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import Attempt
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CATALOGUE
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Thresholds
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import (
    HttpReply,
    HttpSettings,
    HttpTransport,
)
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Answer, Operation, Request
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import Workflows
from simulator.testing import RunningSimulator, running_simulator

USER, PASSWORD = "ops", "ops-canary-7f3a"
PREFIX = "NmsMidSourcing_LastDelivery_"
CURSOR = f"{PREFIX}mid"
WORKFLOW = "defaultMidSourcingDlv"
OLD = "2020-03-01 10:00:00.000Z"
OLD_TIME = datetime(2020, 3, 1, 10, tzinfo=UTC)
START = datetime(2026, 11, 23, 2, tzinfo=UTC)


def marketing(*accounts: str, cursor: str = OLD, on_error: str = "stop", **more: Any) -> dict[str, Any]:
    """A marketing instance whose cursors all stand at ``cursor``.

    ``workflow`` and ``options`` override its own workflow's keys and its own options.
    """
    names = accounts or ("mid",)
    options = {PREFIX + name: {"type": "datetime", "value": cursor} for name in names}
    workflow = {"every": "10m", "on_error": on_error, "timeout": "60s", **more.pop("workflow", {})}
    return {
        "role": "marketing",
        "accounts": [{"name": name, "mid": "mid", "login": "mid", "password": "mid-canary"} for name in names],
        "options": {**options, **more.pop("options", {})},
        "workflows": {WORKFLOW: workflow},
        **more,
    }


def fleet(instances: Mapping[str, Mapping[str, Any]], **top: Any) -> dict[str, Any]:
    """The fleet file: a mid that cannot serve years within its minute, and these instances.

    When it is ready, each workflow has failed once, after five minutes.
    """
    return {
        "start": START.isoformat(),
        "warm_up": "7m",
        "seed": 1,
        "defaults": {"operators": [{"login": USER, "password": PASSWORD, "rights": ["admin"]}]},
        "instances": {
            "mid": {
                "role": "mid",
                "operators": [{"login": "mid", "password": "mid-canary", "rights": ["admin"]}],
                "seconds_per_row": 1.0,
                "deliveries": {
                    "count": 100 * len(instances),
                    "from": "2020-01-01T00:00:00Z",
                    "to": "2026-11-01T00:00:00Z",
                    "for": list(instances),
                },
            },
            **instances,
        },
        **top,
    }


class Killed(BaseException):
    """The process is gone: no handler of errors sees this, and nothing is sent after it."""


class Tapped(HttpTransport):
    """A transport with a hook right before a request is sent, and right after it was answered; ``method`` is
    ``xtk:persist#Write`` and so on."""

    before: Callable[[str], None] = staticmethod(lambda _method: None)
    after: Callable[[str], None] = staticmethod(lambda _method: None)

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout: float | None = None,
        max_idle: float | None = None,
    ) -> HttpReply:
        self.before(headers["SOAPAction"])
        answer = super().post(url, body, headers, timeout=timeout, max_idle=max_idle)
        self.after(headers["SOAPAction"])
        return answer


class World:
    """A running fleet and its only clock."""

    def __init__(self, sim: RunningSimulator) -> None:
        self.sim = sim
        self.passed = 0.0
        #: Gets the progress of the waits of a cure.
        self.progress = Progress()
        #: Called after every wait.
        self.meanwhile: Callable[[], None] = lambda: None
        #: Called before every request, with its method.
        self.before: Callable[[str], None] = lambda _method: None
        #: Called after every answer, with the method that was answered.
        self.after: Callable[[str], None] = lambda _method: None

    def clock(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.sim.advance(seconds)
        self.passed += seconds
        self.meanwhile()

    def pace(self, poll_interval: float = 15.0, **more: Any) -> Pace:
        """A pace of this world, also in place of one that an operation makes with the machine's time."""
        kept = {name: value for name, value in more.items() if name not in ("clock", "sleep")}
        return Pace(poll_interval, self.clock, self.sleep, **{"progress": self.progress, **kept})

    def _tap(self, method: str) -> None:
        self.before(method)  # looked up at each call: tests set it late

    def _tap_after(self, method: str) -> None:
        self.after(method)

    def now(self) -> datetime:
        """The controller's clock."""
        return START + timedelta(seconds=self.passed)

    def unopened(self, instance: str, **more: Any) -> Session:
        """A session before its logon. ``more`` goes to Session."""
        transport = Tapped(HttpSettings(timeout=5))
        transport.before, transport.after = self._tap, self._tap_after
        given: dict[str, Any] = {
            "clock": self.clock,
            "sleep": self.sleep,
            "random": lambda: 0.5,
            "now": self.now,
            **more,
        }
        url = self.sim.instances[instance]
        return Session(instance, url, PasswordCredentials(USER, PASSWORD), transport, **given)

    @contextmanager
    def session(self, instance: str, **more: Any) -> Iterator[Session]:
        """An open session. ``more`` goes to Session."""
        with self.unopened(instance, **more) as session:
            yield session

    @contextmanager
    def watch(self, instance: str, **more: Any) -> Iterator[Watch]:
        """A watch on the workflow."""
        with self.session(instance) as session:
            yield Watch(Workflows(session), WORKFLOW, pace=self.pace(), now=session.server_now, **more)

    def cure(
        self,
        instance: str,
        *,
        plan: Plan | None = None,
        plans: Sequence[Plan] = (),
        attempts: Sequence[Attempt] = (),
        thresholds: Thresholds | None = None,
        session: Mapping[str, Any] | None = None,
        poll_interval: float = 15.0,
        **options: Any,
    ) -> CureResult:
        """One cure in a session of its own. ``options`` are those of CureOptions."""
        with self.session(instance, **(session or {})) as opened:
            return Cure(
                opened,
                plans or [plan or plan_for(instance)],
                thresholds=thresholds or Thresholds(),
                kinds=CATALOGUE,
                cursor_map={},
                options=CureOptions(**options),
                pace=self.pace(poll_interval),
                attempts=attempts,
            ).run()

    def ask(self, instance: str, operation: Operation, /, *, check_mode: bool = False, **params: Any) -> Answer:
        """The result of an operation in a session of its own. ``params`` override the defaults of its options."""
        defaults = {name: option.get("default") for name, option in operation.options.items()}
        unknown = set(params) - set(defaults)
        assert not unknown, f"{operation.name} has no option {unknown}"
        with self.session(instance) as session:
            mids = Mids(params.get("mids") or ())
            request = Request({**defaults, **params}, check_mode, mids, clock=self.clock, sleep=self.sleep)
            return operation.run(request, session)

    # -- looking

    def cursor(self, instance: str, name: str = CURSOR) -> datetime:
        return self.sim.option_time(instance, name)

    def row(self, instance: str) -> dict[str, Any]:
        return self.sim.workflow(instance, WORKFLOW)

    def calls(self, instance: str, kind: str = "") -> list[str]:
        """The methods that were called, in order."""
        return [call["call"] for call in self.sim.ledger(instance, kind=kind)]

    def writes(self, instance: str) -> list[str]:
        return [name.partition("#")[2] for name in self.calls(instance, "write")]


def make_slow(there: World) -> None:
    """More deliveries changed within the last day than the mid can tell in a minute."""
    there.sim.add_deliveries("mid", count=100, from_="2026-11-22T12:00:00Z", to="2026-11-23T01:00:00Z", for_=["mkt"])


def at(there: World, method: str, act: Callable[[], Any], *, nth: int = 1) -> None:
    """Run a hook right before the nth call of a method; afterwards never again."""
    seen = 0

    def before(called: str) -> None:
        nonlocal seen
        seen += called.endswith(f"#{method}")
        if called.endswith(f"#{method}") and seen == nth:
            act()

    there.before = before


def attempt_for(started: datetime, plans: Sequence[Plan], run_id: str = "r1", **known: Any) -> Attempt:
    """The evidence of an attempt that began now and was killed."""
    return Attempt(
        run_id=run_id,
        started=started,
        workflow=plans[0].workflow,
        old_values={plan.option: plan.old_value for plan in plans},
        back_seconds=plans[0].lookback_seconds or 600,
        **known,
    )


def plan_for(instance: str, **changes: Any) -> Plan:
    """The plan for the one cursor of an instance."""
    values: dict[str, Any] = {
        "instance": instance,
        "workflow": WORKFLOW,
        "option": CURSOR,
        "account": "mid",
        "old_value": OLD,
        "strategy": "lookback",
        "lookback_seconds": 86400,
    }
    return Plan(**{**values, **changes})


@contextmanager
def world(instances: Mapping[str, Mapping[str, Any]] | Sequence[str], **top: Any) -> Iterator[World]:
    """A world of these instances; for a name alone, an instance that has failed and waits."""
    given = instances if isinstance(instances, Mapping) else {name: marketing() for name in instances}
    with running_simulator(fleet(given, **top)) as sim:
        yield World(sim)


@contextmanager
def stage() -> Iterator[Callable[..., World]]:
    """A function that starts a world with one instance ``mkt``, made with its arguments by ``marketing``."""
    with ExitStack() as stack:

        def start(*accounts: str, **more: Any) -> World:
            return stack.enter_context(world({"mkt": marketing(*accounts, **more)}))

        yield start
