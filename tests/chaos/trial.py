# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One trial: a fleet, a disturbed run, an undisturbed run, and the verdict.

A trial holds one scenario, or several faults on as many instances of one fleet.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psutil

from tests.chaos import judge
from tests.chaos.fleets import CURSOR, MODES, chaos_fleet, stuck_name
from tests.chaos.rig import Hung, Playbook, Server, gone, outlive, wait_for
from tests.chaos.scenarios import BY_SOMEBODY, FAULTS, SIGNALS, STOPPED, TELLS, Scenario
from tests.integration.fleets import WORKFLOW

#: A run that met another one, or an orphan of it, may stop cleanly and ask to be repeated.
MOST_RUNS = 3

#: Virtual time that passes after the answer to wait for a run of the workflow.
WAIT = "2m"

#: Virtual time between the disturbed run and the next: none, less than a period, more than one. The controller's clock
#: stands still meanwhile. So over the long gap the times in the evidence cannot tell who wrote what; there the mark in
#: the option's description does.
GAPS = ("0s", "4m", "31m")
LONG_GAP = GAPS[-1]


@dataclass
class Verdict:
    """How a scenario ended. ``struck`` is whether the disturbance happened; ``runs`` how many runs came after it."""

    scenario: Scenario
    struck: bool = False
    runs: int = 0
    problems: list[str] = field(default_factory=list)


class Trial:
    """See the module's text. ``work`` is a directory of its own, kept after a failure; ``programs`` has
    ansible-playbook."""

    def __init__(
        self, scenarios: Sequence[Scenario], work: Path, seed: int, programs: Path = Path(sys.executable).parent
    ) -> None:
        self.work = work
        self.programs = programs
        work.mkdir(parents=True)
        self.random = Random(f"{seed}:{scenarios[0].name}")
        self.gap = self.random.choice(GAPS)
        self.verdicts = {self._host(scenarios, one): Verdict(one) for one in scenarios}
        pairs = max(sum(one.mode == mode for one in scenarios) for mode in MODES)
        self.server = Server(work, chaos_fleet(pairs))
        self.ledger: list[dict[str, Any]] = []
        self.orphans: list[psutil.Process] = []

    @staticmethod
    def _host(scenarios: Sequence[Scenario], one: Scenario) -> str:
        """Each scenario has an instance of its mode for itself."""
        return stuck_name(one.mode, [other for other in scenarios if other.mode == one.mode].index(one))

    def run(self) -> list[Verdict]:
        """Do it all. Every failure is in the verdicts."""
        try:
            self.server.start()
            self._disturb()
            self._recover()
            self._run_again()
        except (Hung, AssertionError) as error:
            for verdict in self.verdicts.values():
                verdict.problems.append(f"{type(error).__name__}: {error}")
        finally:
            self.server.stop()
        if not any(verdict.problems for verdict in self.verdicts.values()):
            shutil.rmtree(self.work)
        return list(self.verdicts.values())

    def playbook(self, name: str, *, own_group: bool = False, **more: Any) -> Playbook:
        """Start a reconcile of the whole fleet in one batch; ``more`` are variables of the role without its name."""
        variables = {
            "apply": True,
            "serial": "100%",
            "max_percent": 100,
            "max_hosts": 50,
            "max_per_mid": 50,
            "poll_interval": 0.1,
            "order_timeout": 12,
            "verify_timeout": 30,
            "evidence_dir": str(self.work / "evidence"),
            "run_id": "chaos",
            "mark": self.gap == LONG_GAP,
            **more,
        }
        prefixed = {f"mid_sourcing_{key}": value for key, value in variables.items()}
        return Playbook(self.work, name, self.server.instances, prefixed, own_group=own_group, programs=self.programs)

    # -- the disturbed run --------------------------------------------------------------------------------------

    def _disturb(self) -> None:
        first = next(iter(self.verdicts.values())).scenario
        if first.kind == "fault":
            self._with_faults()
        elif first.kind in TELLS:
            self._with_signal(next(iter(self.verdicts)), first)
        elif first.kind == "two-runs":
            self._two_runs(next(iter(self.verdicts)), first)
        else:
            self._with_kill(next(iter(self.verdicts)), first)
        self._keep_ledger()

    def _with_faults(self) -> None:
        rules = {}
        for host, verdict in self.verdicts.items():
            one = verdict.scenario
            rule = _filled(FAULTS[one.how])
            rules[host] = self.server.remote.fault(instance=host, nth=one.call, count=one.times, **rule)
        self.playbook("disturbed").finish()
        fired = {rule["id"]: rule["fired"] for rule in self.server.remote.control("GET", "faults")["faults"]}
        for host, verdict in self.verdicts.items():
            verdict.struck = fired[rules[host]] > 0
        self.server.remote.clear_faults()

    def _with_kill(self, host: str, one: Scenario) -> None:
        playbook = self.playbook("disturbed", hosts=host) if one.kind == "kill-worker" else self.playbook("disturbed")
        self.verdicts[host].struck = self._hold(host, one, playbook)
        if not self.verdicts[host].struck:
            return
        if one.kind == "kill-playbook":
            self.orphans = playbook.kill_playbook()
        elif one.kind == "kill-worker":
            playbook.kill_worker(self.server.port)
        elif one.kind == "kill-job":
            playbook.kill_job()
        else:
            self._keep_ledger()
            self.server.kill()
            self.server.start()
        self.server.remote.clear_faults()
        playbook.finish()
        # The unwatched run continues while the next one is in progress, or before it.
        if self.random.random() < 0.5:
            outlive(self.orphans, self.server.port)

    def _with_signal(self, host: str, one: Scenario) -> None:
        """Tell it to end while a call is held: its answer comes late, or not before the worker is gone."""
        name, whom = one.kind.split("-")
        more = {"hosts": host} if whom == "worker" else {}
        playbook = self.playbook("disturbed", own_group=True, **more)
        verdict = self.verdicts[host]
        verdict.struck = self._hold(host, one, playbook)
        if not verdict.struck:
            return
        remote = self.server.remote
        at_the_door = one.how == "after" and remote.ledger(host)[-1]["call"].endswith("#Logon")
        workers = playbook.tell(whom, SIGNALS[name], self.server.port)
        if one.how == "late":
            remote.clear_faults()
        gone(workers)
        remote.clear_faults()
        # A logon whose answer never came has opened a session that nobody can close.
        verdict.problems += [] if at_the_door else judge.sessions([], remote.sessions())
        verdict.problems += [line for mode in MODES for line in judge.not_stopped(remote, stuck_name(mode, 0))]
        playbook.finish()

    def _two_runs(self, host: str, one: Scenario) -> None:
        slow = self.playbook("disturbed")
        self.verdicts[host].struck = self._hold(host, one, slow)
        self.playbook("rival", run_id="rival").finish()
        self.server.remote.clear_faults()
        slow.finish()

    def _hold(self, host: str, one: Scenario, playbook: Playbook) -> bool:
        """Have the call held, and wait until it arrives; False when the run ended without it."""
        remote = self.server.remote
        place: dict[str, Any] = {"instance": host, "nth": one.call, "count": 1}
        rule = remote.fault("hold", executed=one.how == "after", **place)
        if one.how == "before":
            remote.fault("reset", **place)

        def held() -> bool:
            rules = remote.control("GET", "faults")["faults"]
            return any(one["id"] == rule and one["held"] for one in rules)

        wait_for(lambda: playbook.ended or held(), 120, "held call")
        if held():
            return True
        remote.clear_faults()
        playbook.finish()
        return False

    def _keep_ledger(self) -> None:
        """A killed server loses its ledger."""
        self.ledger += self.server.remote.ledger()
        self.server.remote.clear_ledger()

    # -- the undisturbed run ------------------------------------------------------------------------------------

    def _recover(self) -> None:
        """The servers have been repaired; some time passes."""
        for host in self.verdicts:
            self.server.remote.change(host, wfserver="up")
        self.server.remote.advance(self.gap)

    def _run_again(self) -> None:
        remote = self.server.remote
        status = 1
        runs = 0
        playbook: Playbook | None = None
        before: list[dict[str, Any]] = []
        while (status != 0 or self._told_to_wait(playbook)) and runs < MOST_RUNS:
            if runs:
                outlive(self.orphans, self.server.port)
                if status == 0:
                    remote.advance(WAIT)
            before = remote.sessions()
            runs += 1
            playbook = self.playbook(f"again-{runs}")
            status = playbook.finish()
        self._keep_ledger()
        outlive(self.orphans, self.server.port)
        common = judge.bystanders(self.ledger) + judge.sessions(before, remote.sessions())
        for host, verdict in self.verdicts.items():
            verdict.runs = runs
            if verdict.scenario.how in BY_SOMEBODY:
                verdict.problems += common + judge.respected(remote, host, verdict.scenario.how == STOPPED)
                continue
            if status != 0 and playbook is not None:
                row = playbook.report().get(host, {})
                verdict.problems.append(f"{runs} runs later the status is still {status}: {row.get('line', '')}")
            verdict.problems += common + judge.cured(remote, host)
            verdict.problems += judge.old_value_kept(host, self.work / "evidence")

    def _told_to_wait(self, playbook: Playbook | None) -> bool:
        """Whether a run was in progress at an instance: then it is left alone, and the operator told to look again."""
        rows = {} if playbook is None else playbook.report()
        return any(rows.get(host, {}).get("verdict") == "running" for host in self.verdicts)


def _filled(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule with the names of the cursor and of the workflow filled in."""
    names = {"CURSOR": CURSOR, "WORKFLOW": WORKFLOW}

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {names.get(key, key): fill(inner) for key, inner in value.items()}
        return value

    filled: dict[str, Any] = fill(rule)
    return filled
