# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One story: an instance over days, with cures, persons, faults and lost evidence; and what was wrong in it.

Everything follows from the seed. What is wrong is judged by the servers alone: by their ledger, by where the cursors
stand, and by what was fetched in the end.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.outcomes import HEALTHY_AFTER
from tests.helpers.cure_world import PREFIX, WORKFLOW, World
from tests.helpers.several_accounts import EACH, OLD_TIME, POSITIONS, accounts, fetched
from tests.stories.controller import HOST, Controller, Data
from tests.stories.events import FURTHER, RECENT, TAKEN, Disturbance, Disturbed, ago, disturbing, drawn

PAUSED, STOPPED = 13, 20
#: What the workflow server has still to do, where it is down.
ON_THEIR_WAY = {12, 15}
#: Undisturbed runs at the end, after which all must be healthy.
MOST_RUNS = 12
#: What passes between two things that happen, in seconds.
PAUSES = (60, 600, 3600, 6 * 3600, 86400)


@dataclass(frozen=True)
class Setting:
    """What a story is about: which accounts are slow, and how the operator runs the playbooks."""

    names: str
    slow: str
    on_error: str
    switches: dict[str, str]
    options: dict[str, Any]
    keeps: bool

    @classmethod
    def drawn(cls, random: Random) -> Setting:
        names = random.choice(["a", "az", "za", "az", "abz"])
        slow = "".join(random.sample(names, random.randint(1, min(2, len(names)))))
        keeps = random.random() < 0.8
        options = {
            "mark": not keeps or random.random() < 0.5,
            "on_failure": random.choice(["restore", "restore", "restore", "keep"]),
            "start_stopped": random.random() < 0.2,
            "confirm": random.random() < 0.1,
        }
        switches = {
            **random.choice(POSITIONS),
            "timeout_text": random.choice(["gateway", "gateway", "timed_out"]),
            # Drawn aside: the other draws of a seed stay what they were, and so its story.
            "error_state": Random(repr(random.getstate())).choice(["paused", "pausing"]),
        }
        return cls(names, slow, random.choice(["stop", "ignore"]), switches, options, keeps)


@dataclass
class Story:
    """It is told once. ``problems`` are what was wrong, ``lines`` what happened."""

    seed: int
    problems: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    #: The kind of disturbance that each cure has had.
    struck: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)

    def tell(self) -> Story:
        """Let all of it happen."""
        self.random = Random(self.seed)
        self.setting = Setting.drawn(self.random)
        self.lines.append(str(self.setting))
        with ExitStack() as stack:
            set_ = self.setting
            self.there: World = stack.enter_context(
                accounts(set_.names, set_.slow, on_error=set_.on_error, **set_.switches)
            )
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            self.controller = Controller(self.there, directory / "evidence", set_.options, set_.keeps)
            #: A person has stopped the workflow, and nobody has started it since.
            self.held = False
            #: Nobody knows how the last attempt ended: a stop may be its own.
            self.unknown = False
            #: Accounts whose cursor a person has moved, or of which the operator has chosen that a new value stays.
            self.given_up: set[str] = set()
            #: The values that a cure has written, by option.
            self.ours: dict[str, set[str]] = {}
            #: A mid was down: runs fail for several reasons then, and a person has to decide.
            self.was_down = False
            self.run = "r0"
            for _number in range(self.random.randint(3, 8)):
                self._event()
                self._pass(self.random.choice(PAUSES))
            self._end()
        return self

    def _pass(self, seconds: float) -> None:
        self.there.sleep(seconds)
        self.lines.append(f"  {seconds:g} s pass: {self._state()}")

    def _state(self) -> str:
        row = self.there.row(HOST)
        where = ", ".join(f"{name} {self.there.cursor(HOST, PREFIX + name):%m-%d %H:%M}" for name in self.setting.names)
        return f"state {row['state']}{' failed' if row['failed'] else ''}; {where}"

    def _event(self) -> None:
        what = self.random.choice(
            ["cure"] * 9
            + ["stop", "pause", "start", "start", "set", "set back", "again", "again", "roll back", "mid", "engine"]
        )
        if what == "cure":
            self._cure(drawn(self.random, self.setting.names))
        elif what == "mid":
            name, down = self.random.choice(self.setting.names), self.random.random() < 0.5
            self.there.sim.change(f"mid-{name}", down=down)
            self.was_down = self.was_down or down
            self.lines.append(f"mid of {name} is {'down' if down else 'up'}")
        elif what == "again":
            # A database that was restored, say: the incident begins again.
            for name in self.setting.names:
                self.there.sim.set_option(HOST, PREFIX + name, FURTHER[0])
            self.lines.append("all cursors are where they were")
        elif what == "engine":
            down = self.random.random() < 0.5
            self.there.sim.change(HOST, wfserver="down" if down else "up")
            self.lines.append(f"the engine is {'down' if down else 'up'}")
        elif what == "roll back":
            done = self.controller.roll_back(self.run)
            self.lines.append(f"roll back {self.run}: {[one.get('msg', one['changed']) for one in done]}")
        else:
            self._person(what)

    def _person(self, what: str) -> None:
        name = self.random.choice(self.setting.names)
        if what.startswith("set"):
            value = ago(self.there, self.random.choice(RECENT)) if what == "set" else self.random.choice(FURTHER)
            if value[:10] > f"{self.there.cursor(HOST, PREFIX + name):%Y-%m-%d}":
                self.given_up.add(name)
            self.there.sim.set_option(HOST, PREFIX + name, value)
        else:
            self.there.sim.order(HOST, WORKFLOW, what.capitalize())
            self.there.sleep(30)
            self.held = what in ("stop", "pause") and self._is_to_stand_still()
        self.lines.append(f"a person: {what} {name if what.startswith('set') else ''}: {self._state()}")

    # -- a cure

    def _cure(self, disturbance: Disturbance) -> str:
        """Detect, and cure what has a plan. Gives the verdict."""
        if self.random.random() < 0.6:
            self.run = f"r{len(self.struck)}"
        found = self.controller.detect(self.run)
        plans = [one for one in found["plans"] if one["workflow"] == WORKFLOW]
        self.lines.append(f"{self.run}: {found['verdict']}, {len(plans)} plans; {disturbance}")
        if not plans:
            return str(found["verdict"])
        before, since = self.there.row(HOST)["state"], self.there.sim.mark()
        with disturbing(self.there, disturbance) as disturbed:
            result = self.controller.cure(self.run, plans)
        calls = disturbed.calls
        happened = disturbance.kind == "calm" or len(calls) >= disturbance.call
        self.struck.append(disturbance.kind if happened else "calm")
        self.lines.append(f"    {calls}")
        self.lines.append(f"    {self._said(result)}; {self._state()}")
        self._judge_calls(plans, since, disturbance, calls)
        if happened and disturbance.by_order:
            self._judge_order(disturbance, disturbed)
        if disturbance.in_the_moment_of_a_run(calls):
            self.given_up.update(option[len(PREFIX) :] for option in self.ours)
        self.was_down = self.was_down or disturbance.kind == "mid down"
        self._judge_end(result, disturbance if happened else Disturbance(), before)
        return str(found["verdict"])

    def _said(self, result: Data | None) -> str:
        if result is None:
            return "killed"
        self.outcomes.append(str(result.get("outcome", "failed")))
        told = [f"{one['option'][len(PREFIX) :]} {one['outcome']}: {one['reason']}" for one in result.get("moves", ())]
        return f"{result.get('outcome', 'failed')} {told or result.get('msg')}"

    def _judge_calls(self, plans: list[Data], since: int, disturbance: Disturbance, calls: list[str]) -> None:
        """What was sent: nothing is started that a person has stopped or paused, and nothing of theirs written over."""
        sent = [one for one in self.there.sim.ledger(HOST, since=since) if one["origin"] == "external"]
        executed = [one for one in sent if one["outcome"] in ("ok", "lost")]
        starts = [one for one in executed if one["call"].endswith(("#Start", "#Wakeup"))]
        if self.held and starts and not (self.setting.options["start_stopped"] or self.unknown):
            self.problems.append(f"{self.run}: started a workflow that a person has stopped")
        old = {one["option"]: _short(one["old_value"]) for one in plans}
        in_this_moment = calls[disturbance.call - 1 : disturbance.call] == ["Write"]
        for one in executed:
            option = _option(one)
            known = {old.get(option, ""), *self.ours.get(option, ())}
            if option and _short(one["before"]) not in known and not (in_this_moment and disturbance.by_person):
                self.problems.append(f"{self.run}: wrote {one['after']} over {one['before']}, which is not ours")
            if option:
                self.ours.setdefault(option, set()).add(_short(one["after"]))

    def _judge_order(self, disturbance: Disturbance, disturbed: Disturbed) -> None:
        """What a person has stopped or paused in the middle is not started again.

        Unless we stop it in that moment, or may start what is stopped, or a killed attempt may have stopped it.
        """
        later = [one["call"] for one in self.there.sim.ledger(HOST, since=disturbed.at) if one["origin"] == "external"]
        in_this_moment = disturbed.calls[disturbance.call - 1 : disturbance.call] in (["Stop"], ["Start"])
        taken = disturbed.state in TAKEN[disturbance.by_order] and not in_this_moment
        # A run that is paused and fails leaves the workflow failed, as any that fails.
        failed = disturbance.by_order == "Pause" and disturbed.running and self.setting.on_error == "stop"
        allowed = self.setting.options["start_stopped"] or self.unknown or failed
        if taken and not allowed and any(one.endswith("#Start") for one in later):
            self.problems.append(f"{self.run}: started a workflow after a person's {disturbance.by_order}")

    def _stands_still(self) -> bool:
        """Whether the workflow stands as somebody has stopped or paused it."""
        row = self.there.row(HOST)
        return row["state"] == STOPPED or (row["state"] == PAUSED and not row["failed"])

    def _is_to_stand_still(self) -> bool:
        return self._stands_still() or self.there.row(HOST)["state"] in ON_THEIR_WAY

    def _judge_end(self, result: Data | None, disturbance: Disturbance, before: int) -> None:
        if disturbance.by_order or disturbance.kind == "person starts":
            self.held = self._stands_still()
        if disturbance.by_person:
            self.given_up.update(disturbance.name)
        unknown, self.unknown = self.unknown, result is None or result.get("outcome") in ("pending", None)
        if result is None and not self.setting.options["mark"]:
            # Nobody can tell the value of an attempt that was killed from a person's: it is not put back.
            self.given_up.update(self._standing())
        if result is not None:
            self._judge_known(result, disturbance, before, unknown=unknown)
        self.held = self.held and self._is_to_stand_still()

    def _standing(self) -> list[str]:
        """The accounts whose cursors stand where a cure has written them."""
        where = {name: self.there.cursor(HOST, PREFIX + name).isoformat()[:19] for name in self.setting.names}
        return [name for name, value in where.items() if value in self.ours.get(PREFIX + name, ())]

    def _judge_known(self, result: Data, disturbance: Disturbance, before: int, *, unknown: bool) -> None:
        """How a cure ended that could tell it."""
        if disturbance.kind == "calm" and not unknown:
            self._judge_calm(result, before)
        for move in result.get("moves", ()):
            name = move["option"][len(PREFIX) :]
            if move["outcome"] == "kept" and (self.setting.options["on_failure"] == "keep" or disturbance.by_person):
                self.given_up.add(name)
            if move["outcome"] in ("cured", "confirmed") and move["written"] and not disturbance.by_person:
                self._judge_cured(name, move)

    def _judge_calm(self, result: Data, before: int) -> None:
        row = self.there.row(HOST)
        if row["state"] == STOPPED and before != STOPPED and result.get("outcome") != "pending":
            self.problems.append(f"{self.run}: {result.get('outcome')} left the workflow stopped")
        if before == STOPPED and self.held and row["state"] != STOPPED:
            good = result.get("outcome") in HEALTHY_AFTER | {"pending"}
            if not good:
                self.problems.append(f"{self.run}: {result.get('outcome')} did not leave the workflow stopped")

    def _judge_cured(self, name: str, move: Data) -> None:
        if not self.there.cursor(HOST, PREFIX + name).isoformat()[:19] > _short(move["written"]):
            self.problems.append(f"{self.run}: {name} is called cured, and stands where it was written")

    # -- the end

    def _end(self) -> None:
        """All is repaired, and the same is run until nothing is left to do: then nothing may be lost."""
        self.lines.append("the end")
        for name in self.setting.names:
            self.there.sim.change(f"mid-{name}", down=False)
        self.there.sim.change(HOST, wfserver="up")
        if self.held or (self.unknown and self.there.row(HOST)["state"] == STOPPED and not self.setting.keeps):
            self.there.sim.order(HOST, WORKFLOW, "Start")
            self.held = False
            self.lines.append("a person starts it")
        verdict = ""
        for number in range(MOST_RUNS):
            # Not at the time of the schedule: a run is on then.
            self._pass(3617 + number)
            verdict = self._cure(Disturbance())
            if verdict == "healthy":
                break
            if verdict in ("failing_unknown", "failing_other", "held"):
                self._restart()
        self._pass(3600)
        if verdict != "healthy" and not self._explained(verdict):
            self.problems.append(f"the verdict is {verdict} after {MOST_RUNS} runs")
        self._judge_fetched()

    def _restart(self) -> None:
        """A person does what the verdict says: the cause is repaired, or failures of several kinds count no more."""
        for order in ("Stop", "Start"):
            self.there.sim.order(HOST, WORKFLOW, order)
            self.there.sleep(30)
        self.held = False
        self.lines.append(f"a person restarts it: {self._state()}")

    def _explained(self, verdict: str) -> bool:
        """A person's value that is far behind, or one that the operator wants to stay, is not moved; nor is one on
        which runs have failed for several reasons."""
        return (verdict == "stale" and bool(self.given_up)) or (verdict == "failing_unknown" and self.was_down)

    def _judge_fetched(self) -> None:
        fast = [
            name
            for name in self.setting.names
            if name not in self.setting.slow
            and name not in self.given_up
            and self.there.cursor(HOST, PREFIX + name) > OLD_TIME
        ]
        number = fetched(self.there)
        if number < EACH * len(fast):
            self.problems.append(
                f"{number} deliveries were fetched, and accounts that are not slow have {EACH * len(fast)}"
            )


def _short(text: str) -> str:
    """A moment without its milliseconds, in one form."""
    return text.replace(" ", "T")[:19]


def _option(call: Data) -> str:
    """The option that a call has written; '' for any other call."""
    return str(call["object"]).split()[1] if call["call"].endswith("#Write") else ""
