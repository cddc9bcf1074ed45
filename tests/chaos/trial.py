# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One trial: a fleet, a disturbed run, an undisturbed run, and the verdict.

A trial holds one scenario, or several of one kind on as many instances of one fleet.
"""

from __future__ import annotations

import itertools
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import psutil

from tests.chaos import judge
from tests.chaos.disturbing import disturb
from tests.chaos.fleets import MODES, chaos_fleet, stuck_name
from tests.chaos.rig import Hung, Playbook, Server, outlive
from tests.chaos.runs import Run, conduct
from tests.chaos.scenarios import Scenario
from tests.chaos.verdicts import Verdict
from tests.chaos.written import without_reason
from tests.helpers.faults import BY_SOMEBODY, STOPPED

#: A run that met another one, or an orphan of it, may stop cleanly and ask to be repeated.
MOST_RUNS = 3

#: Virtual time that passes after an answer by which the instance is left alone and the operator told to look again: a
#: run is on; or a due time has passed, since the clock was set forward by 20 minutes, and the workflow server still
#: waits for the time that it knew.
#: The longest first.
WAITS = {"engine_down": "21m", "running": "2m"}

#: Virtual time between the disturbed run and the next: none, less than a period, more than one. The controller's clock
#: stands still meanwhile. So over the long gap the times in the evidence cannot tell who wrote what; there the mark in
#: the option's description does.
GAPS = ("0s", "4m", "31m")
LONG_GAP = GAPS[-1]


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
        names = [one.name for one in scenarios]
        self.verdicts = {self._host(scenarios, one): Verdict(one, seed=seed, beside=names) for one in scenarios}
        pairs = max(sum(one.mode == mode for one in scenarios) for mode in MODES)
        self.stuck = [stuck_name(mode, number) for mode in MODES for number in range(pairs)]
        self.server = Server(work, chaos_fleet(pairs), len(self.stuck))
        self.orphans: list[psutil.Process] = []
        self.runs: list[Run] = []
        self._ledger: list[dict[str, Any]] = []

    @staticmethod
    def _host(scenarios: Sequence[Scenario], one: Scenario) -> str:
        """Each scenario has an instance of its mode for itself."""
        return stuck_name(one.mode, [other for other in scenarios if other.mode == one.mode].index(one))

    def run(self) -> list[Verdict]:
        """Do it all. Every failure is in the verdicts."""
        try:
            self.server.start()
            disturb(self, self._first)
            self._judge_disturbed()
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

    def playbook(self, name: str, *, own_group: bool = False, by_runner: bool = False, **more: Any) -> Playbook:
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
        return Playbook(
            self.work,
            name,
            self.server.instances,
            prefixed,
            own_group=own_group,
            by_runner=by_runner,
            programs=self.programs,
        )

    def finish(self, playbook: Playbook, ended_by: str = "") -> Run:
        """Wait for the end of a run, and judge it. Raises Hung.

        :param ended_by: the kind of the scenario that may have ended it without a report.
        """
        run = playbook.finish()
        self.runs.append(run)
        # What somebody else has changed is left to him, so it may be left to do.
        hosts = [host for host in playbook.only or self.stuck if not self._is_somebodys(host)]
        self._add(conduct(run, hosts, was_cut=bool(ended_by) and not run.report))
        return run

    def keep_ledger(self) -> None:
        """A killed server loses its ledger."""
        self._ledger += self.server.remote.ledger()

    @property
    def ledger(self) -> list[dict[str, Any]]:
        """All calls so far."""
        return self._ledger + self.server.remote.ledger()

    def outlive_orphans(self) -> None:
        """Wait until workers whose ansible-playbook was killed have done what they do. Raises Hung."""
        outlive(self.orphans, self.server.port)

    @property
    def _first(self) -> Scenario:
        return next(iter(self.verdicts.values())).scenario

    def _is_somebodys(self, host: str) -> bool:
        """Whether somebody else changes this instance, and may have the last word."""
        return host in self.verdicts and self.verdicts[host].scenario.how in BY_SOMEBODY

    def _add(self, problems: Sequence[str], hosts: Iterable[str] = ()) -> None:
        """A problem of these instances, or of all."""
        for host in hosts or self.verdicts:
            self.verdicts[host].problems += problems

    def _judge_disturbed(self) -> None:
        """What a run says that was not cut off must be true."""
        # Whose call is whose cannot be told where there were two.
        ledger = self.ledger if len(self.runs) == 1 else []
        for run, host in itertools.product(self.runs, self.verdicts):
            if run.report and not self._is_somebodys(host):
                calls = judge.calls_to(host, ledger)
                self._add(judge.truthful(self.server.remote, host, run, calls), [host])

    # -- the undisturbed run ------------------------------------------------------------------------------------

    def _recover(self) -> None:
        """The servers have been repaired; some time passes."""
        for host in self.verdicts:
            self.server.remote.change(host, wfserver="up")
        self.server.remote.advance(self.gap)

    def _run_again(self) -> None:
        remote = self.server.remote
        status, wait = 1, ""
        runs = 0
        rows: Mapping[str, Mapping[str, Any]] = {}
        before: list[dict[str, Any]] = []
        while (status != 0 or wait) and runs < MOST_RUNS:
            if runs:
                self.outlive_orphans()
                if status == 0:
                    remote.advance(wait)
            before = remote.sessions()
            runs += 1
            run = self.finish(self.playbook(f"again-{runs}"))
            status, rows = run.status, run.report
            wait = self._told_to_wait(rows)
        self.outlive_orphans()
        ledger = self.ledger
        common = judge.bystanders(ledger) + judge.sessions(before, remote.sessions())
        cured = judge.cured(remote, self.stuck)
        for host, verdict in self.verdicts.items():
            verdict.runs = runs
            verdict.problems += common + without_reason(host, judge.calls_to(host, ledger), verdict.scenario.calls)
            if verdict.scenario.how in BY_SOMEBODY:
                verdict.problems += judge.respected(remote, host, verdict.scenario.how == STOPPED)
                continue
            if status != 0:
                line = rows.get(host, {}).get("line", "")
                verdict.problems.append(f"{runs} runs later the status is still {status}: {line}")
            verdict.problems += cured[host] + judge.old_value_kept(host, self.work / "evidence")

    def _told_to_wait(self, rows: Mapping[str, Mapping[str, Any]]) -> str:
        """How long an instance is to be left alone by the report of the last run; '' when none is."""
        told = {str(rows.get(host, {}).get("verdict")) for host in self.verdicts}
        return next((WAITS[verdict] for verdict in WAITS if verdict in told), "")
