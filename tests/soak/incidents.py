# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to the instances: cursors that get stuck, what must be left alone, and faults of servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from simulator.testing import Remote
from tests.helpers.faults import BY_SOMEBODY, FAULTS
from tests.soak.fleet import ACCOUNT, CURSOR, MID_PASSWORD, WORKFLOW, Fleet
from tests.soak.windows import Window

OLD = "2020-03-01T10:00:00Z"
#: Changes of an instance that last: they are disturbances of their own, which are undone.
_LASTING = ("engine-down", *(name for name in FAULTS if name.startswith("clock-")), *BY_SOMEBODY)
#: Faults of single calls.
PASSING = {name: rule for name, rule in FAULTS.items() if name not in _LASTING}
#: A rule that has not struck by then is taken back; and a cursor that was moved this lately was moved by its workflow.
FAULT_LASTS, FRESH = timedelta(hours=2), timedelta(minutes=130)
#: A session that was opened so long before a trouble may still have been open then.
SWEEP = timedelta(hours=1)
#: Within these: what is stuck is named, and what is healthy again is told.
NAMED_WITHIN = timedelta(hours=5)

#: How often something happens for each cursor that gets stuck.
OFTEN: Mapping[str, float] = {"stuck": 1.0, "others": 0.6, "faults": 2.0}
STARTED = 11


@dataclass
class Stuck:
    """A cursor that was set back, and what became of it. Times are those of the fleet."""

    host: str
    window: Window
    made: datetime
    named: datetime | None = None
    #: From when until when is the first window in which it can be cured, once it is named.
    first: tuple[datetime, datetime] | None = None
    cured: datetime | None = None
    told: datetime | None = None
    writes: int = 0

    def name(self, now: datetime) -> None:
        """The event source has named it."""
        self.named, self.first = now, self.window.first(now)

    @property
    def in_time(self) -> bool:
        """Whether it was cured within the first window in which it could be. One that was not named yet was early."""
        return self.cured is not None and (self.first is None or self.cured <= self.first[1])


@dataclass(frozen=True)
class Kind:
    """What somebody else does to an instance, and how it is undone. Nobody may write there meanwhile."""

    make: Callable[[Remote, str], None]
    undo: Callable[[Remote, str], None] = lambda _remote, _host: None


def _stop_stuck(remote: Remote, host: str) -> None:
    remote.order(host, WORKFLOW, "Stop")
    remote.set_option(host, CURSOR, OLD)


def _start_again(remote: Remote, host: str) -> None:
    remote.set_option(host, CURSOR, (remote.now() - timedelta(hours=1)).isoformat())
    remote.order(host, WORKFLOW, "Start")


def _right_password(remote: Remote, host: str) -> None:
    remote.change(host, accounts={ACCOUNT: {"password": MID_PASSWORD}})
    remote.order(host, WORKFLOW, "Restart")


KINDS: Mapping[str, Kind] = {
    "stopped": Kind(
        lambda remote, host: remote.order(host, WORKFLOW, "Stop"),
        lambda remote, host: remote.order(host, WORKFLOW, "Start"),
    ),
    "stopped and stuck": Kind(_stop_stuck, _start_again),
    "wrong password": Kind(
        lambda remote, host: remote.change(host, accounts={ACCOUNT: {"password": "an-old-one"}}), _right_password
    ),
    "engine down": Kind(
        lambda remote, host: remote.change(host, wfserver="down"),
        lambda remote, host: remote.change(host, wfserver="up"),
    ),
    "server down": Kind(
        lambda remote, host: remote.change(host, down=True), lambda remote, host: remote.change(host, down=False)
    ),
    "clock ahead": Kind(
        lambda remote, host: remote.change(host, skew="20m"), lambda remote, host: remote.change(host, skew="0s")
    ),
    "clock behind": Kind(
        lambda remote, host: remote.change(host, skew="-20m"), lambda remote, host: remote.change(host, skew="0s")
    ),
    "late": Kind(lambda remote, host: remote.set_option(host, CURSOR, (remote.now() - timedelta(days=3)).isoformat())),
}


@dataclass
class Trouble:
    """When an instance could not keep to its sessions; its name is '' when it was all of them.

    It ends when it is really over, which is later than planned: the clock goes in steps.
    """

    host: str
    begin: datetime
    end: datetime | None = None


@dataclass
class Other:
    """A disturbance of another kind, from when until when; then the instance has some time to become healthy."""

    host: str
    kind: str
    until: datetime
    trouble: Trouble

    @property
    def undone(self) -> datetime | None:
        """Since when it is over."""
        return self.trouble.end


@dataclass
class World:
    """All that happens to a fleet, drawn by a seed.

    :param every: how much time of the fleet lies between two cursors that get stuck, on the average.
    :param late: real seconds after which an answer is too late.
    """

    remote: Remote
    fleet: Fleet
    seed: int
    began: datetime
    every: timedelta
    late: float
    stuck: list[Stuck] = field(default_factory=list)
    others: list[Other] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    #: The trouble, name and planned end of each fault in force, by its rule.
    rules: dict[int, tuple[Trouble, str, datetime]] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._late: list[Stuck] = []
        self._streams: Mapping[str, Callable[[datetime, Random], None]] = {
            "stuck": self._get_stuck,
            "others": self._disturb,
            "faults": self._fault,
        }
        self._count: Counter[str] = Counter()
        self._due = {happening: self._next(happening, self.began) for happening in self._streams}

    def open_stuck(self) -> dict[str, Stuck]:
        """The cursors that are stuck now, by instance."""
        return {one.host: one for one in self.stuck if one.cured is None}

    def busy(self) -> set[str]:
        """Instances of which something is still to be seen."""
        return {one.host for one in self.stuck if one.told is None} | {one.host for one in self.others}

    def troubled(self, host: str, at: datetime) -> bool:
        """Whether a fault was in force there, somebody disturbed it, or no server could answer."""
        return any(
            one.host in (host, "") and one.begin <= at + SWEEP and (one.end is None or at <= one.end)
            for one in self.troubles
        )

    def pass_time(self, now: datetime, *, quiet: bool) -> None:
        """Let happen what is due.

        :param quiet: the end is near, and nothing more happens.
        """
        self._undo(now)
        for happening, make in self._streams.items():
            while not quiet and self._due[happening][0] <= now:
                due, draw = self._due[happening]
                self._due[happening] = self._next(happening, due)
                make(now, draw)

    def _next(self, happening: str, after: datetime) -> tuple[datetime, Random]:
        """When it happens next, and what draws the rest of it.

        Each has random numbers of its own, whatever has been drawn before.
        """
        self._count[happening] += 1
        draw = Random(f"{self.seed}:{happening}:{self._count[happening]}")
        return after + self.every * draw.expovariate(OFTEN[happening]), draw

    def _free(self, random: Random) -> str | None:
        busy = self.busy()
        # Half of the fleet is always healthy, so that what is wrong is never the greater part.
        if 2 * len(busy) >= len(self.fleet.marketing):
            return None
        drawn = random.sample(list(self.fleet.marketing), len(self.fleet.marketing))
        return next(name for name in drawn if name not in busy)

    def _get_stuck(self, now: datetime, random: Random) -> None:
        if host := self._free(random):
            self.remote.set_option(host, CURSOR, OLD)
            self.stuck.append(Stuck(host, self.fleet.marketing[host], now))

    def _disturb(self, now: datetime, random: Random) -> None:
        kind = random.choice(list(KINDS))
        if host := self._free(random):
            KINDS[kind].make(self.remote, host)
            self.troubles.append(Trouble(host, now))
            self.others.append(Other(host, kind, now + timedelta(hours=random.uniform(1, 8)), self.troubles[-1]))
            self.made[kind] += 1

    def _fault(self, now: datetime, random: Random) -> None:
        """One of a single call, or of four in a row; every second one where a cursor is stuck."""
        stuck, name = list(self.open_stuck()), random.choice(list(PASSING))
        host = random.choice(stuck if stuck and random.random() < 0.5 else list(self.fleet.marketing))
        given = dict(PASSING[name])
        count = 1 if given["kind"] == "change" else random.choice((1, 1, 4))
        if given["kind"] in ("delay", "late"):
            given["seconds"] = self.late
        rule = self.remote.fault(**given, instance=host, nth=random.randint(1, 12), count=count)
        self.troubles.append(Trouble(host, now))
        self.rules[rule] = (self.troubles[-1], name, now + FAULT_LASTS)
        self.made["faults"] += 1

    def _undo(self, now: datetime) -> None:
        for one in self.others:
            if one.undone is None and now >= one.until:
                KINDS[one.kind].undo(self.remote, one.host)
                one.trouble.end = now
        self._take_back_faults(now)

    def _take_back_faults(self, now: datetime) -> None:
        if not self.rules:
            return
        known = self.remote.faults()
        for rule, (trouble, name, until) in list(self.rules.items()):
            fired = known[rule]["fired"] if rule in known else 0
            if now >= until:
                self.struck[name] += bool(fired)
                self.remote.clear_faults(rule)
                del self.rules[rule]
                trouble.end = now

    # -- what is seen

    def look(self, now: datetime) -> None:
        """See which cursors move again, and which disturbed instances are as before."""
        for host, one in self.open_stuck().items():
            if (moved := self._moved(host, now)) and (one.writes or moved > one.made):
                one.cured = moved
                if one.named is None:  # a run over the whole fleet has found it itself: there is nothing to tell
                    one.told = now
                elif not one.in_time:
                    self.wrong.append(f"{host}: cured at {moved:%d %H:%M}, after its window, {self._told(one)}")
        for other in [one for one in self.others if one.undone]:
            if self._moved(other.host, now):
                self.others.remove(other)
            elif now - (other.undone or now) > NAMED_WITHIN:
                self.wrong.append(f"{other.host}: not healthy after '{other.kind}': {self._state(other.host)}")
                self.others.remove(other)
        for one in self.stuck:
            self._judge_times(one, now)

    def unaided(self) -> list[str]:
        """Nothing but a cure moves a cursor that is stuck."""
        return [f"{one.host}: moved, and nobody has written" for one in self.stuck if one.cured and not one.writes]

    def _undisturbed_since(self, one: Stuck, now: datetime) -> datetime:
        """From when on nothing keeps the event source from seeing it: a fault at its own calls does."""
        ends = [trouble.end or now for trouble in self.troubles if trouble.host == one.host and trouble.begin <= now]
        return max([one.made, *ends])

    def _judge_times(self, one: Stuck, now: datetime) -> None:
        """Say once what did not happen in time."""
        begun = self._undisturbed_since(one, now)
        if one.named is None and one.cured is None and now - begun > NAMED_WITHIN:
            self.wrong.append(f"{one.host}: stuck since {one.made:%d %H:%M}, and not named")
            one.name(now)
        if one.cured is None and one.first and now > one.first[1] and one not in self._late:
            self._late.append(one)
            self.wrong.append(f"{one.host}: not cured within its window, {self._told(one)}: {self._state(one.host)}")
        if one.cured and one.told is None and now - one.cured > NAMED_WITHIN:
            self.wrong.append(f"{one.host}: cured at {one.cured:%d %H:%M}, and not told to be healthy")
            one.told = now

    @staticmethod
    def _told(one: Stuck) -> str:
        begin, end = one.first or (one.made, one.made)
        named = f"{one.named:%d %H:%M}" if one.named else "never"
        return f"made {one.made:%d %H:%M}, named {named}, '{one.window.name}' {begin:%d %H:%M} to {end:%d %H:%M}"

    def _moved(self, host: str, now: datetime) -> datetime | None:
        """When the workflow has moved the cursor, if it has done so lately: a cure alone sets it a day back."""
        state = self.remote.state(host)
        row, value = state["workflows"][WORKFLOW], state["options"][CURSOR]["value"]
        at = datetime.fromisoformat(value)
        return at if row["state"] == STARTED and not row["failed"] and now - at < FRESH else None

    def _state(self, host: str) -> str:
        state = self.remote.state(host)
        row = state["workflows"][WORKFLOW]
        return f"state {row['state']}, failed {row['failed']}, cursor {state['options'][CURSOR]['value']}"
