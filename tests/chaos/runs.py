# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a run of the playbook ended by what it left: its exit status, its output and its report, which must agree.

And whether a disturbance was seen in them: that a call was held does not show that anything happened to the run.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.chaos.scenarios import CANCEL, SIGNALS, TELLS
from tests.integration.fleets import CLIENT_SECRET, PASSWORD

#: What nobody may read in an output or a report.
SECRETS = (PASSWORD, CLIENT_SECRET, "mid-canary-51c9", "an-old-one")
#: Words of a program that has a defect; the last ones are those of a module that caught its own.
DEFECTS = ("Traceback (most recent call last)", "This is a defect of the collection")
#: What ansible-core says of a worker that has died, and when it was interrupted.
DEAD_WORKER, INTERRUPTED = "A worker was found in a dead state", "User interrupted execution"
#: Outcomes of a cure: its workflow has moved the cursor on; and besides, it needed nothing. They are not taken from the
#: product, which is on trial.
CURED = frozenset({"cured", "confirmed", "cured_with_warnings"})
_WELL = CURED | {"unchanged"}
#: In the outcome of a report: any host in these fails the run.
_LEFT = ("failed", "blocked", "not_attempted", "evidence_incomplete", "refusals")
#: Verdicts of a row: nothing to do; what a cure is for, and an instance that the report lacks.
_HEALTHY, _TO_CURE = "healthy", ("stuck", "missing")


@dataclass(frozen=True)
class Run:
    """A run that is over.

    :param status: the exit status; negative when a signal ended it.
    :param output: what it printed.
    :param report: by host, its rows; empty when it wrote none.
    :param outcome: of the report.
    :param job: how ansible-runner says that the job ended; '' when it did not start it.
    """

    name: str
    status: int
    output: str
    report: Mapping[str, Mapping[str, Any]]
    outcome: Mapping[str, Any]
    job: str = ""

    def outcomes(self, host: str) -> set[str]:
        """How the cures of a host ended."""
        return {str(cure["outcome"]) for cure in self.report.get(host, {}).get("cures", ())}


def was_ended(kind: str, run: Run) -> bool:
    """Whether the run shows that what this kind of scenario ends was ended: an undisturbed one writes its report."""
    if run.report or not run.status:
        return False
    if kind == CANCEL:
        return run.job == "canceled"
    if kind.endswith("-worker"):
        return DEAD_WORKER in run.output
    if kind in TELLS:
        number = SIGNALS[kind.partition("-")[0]][0]
        return run.status in (-number, 128 + number) or (number == signal.SIGINT and INTERRUPTED in run.output)
    return run.status == -signal.SIGKILL


def conduct(run: Run, hosts: Sequence[str], *, was_cut: bool) -> list[str]:
    """What is wrong with how a run ended.

    :param hosts: the instances that it is to cure.
    :param was_cut: it was ended from outside, so that it could write no report.
    """
    text = f"{run.output}{run.report}"
    problems = [f"{run.name}: its output has '{words}'" for words in DEFECTS if words in text]
    problems += [f"{run.name}: its output or report has a secret" for secret in SECRETS if secret in text]
    if was_cut:
        return problems if run.status else [*problems, f"{run.name}: it was cut off, and its exit status is 0"]
    if not run.report:
        return [*problems, f"{run.name}: it wrote no report, and its exit status is {run.status}"]
    return problems + _disagreeing(run, hosts)


def _disagreeing(run: Run, hosts: Sequence[str]) -> list[str]:
    """An exit status of 0 says that no cure is left to do, by the report; another one, that something is wrong.

    Whether an instance that could not be read fails a run is the operator's choice (``mid_sourcing_fail_on``).
    """
    left = [str(name) for name in _LEFT if run.outcome.get(name)]
    rows = {host: run.report.get(host, {"verdict": "missing"}) for host in hosts}
    stuck = [host for host, row in rows.items() if row["verdict"] in _TO_CURE and not _ended_well(run, host)]
    ill = [host for host, row in rows.items() if row["verdict"] != _HEALTHY and not _ended_well(run, host)]
    if run.status == 0 and (left or stuck):
        return [f"{run.name}: its exit status is 0, and by its report are left: {[*left, *stuck]}"]
    if run.status != 0 and not (left or ill):
        return [f"{run.name}: its exit status is {run.status}, and by its report all is well"]
    return []


def _ended_well(run: Run, host: str) -> bool:
    """Whether a cure has ended, and none badly."""
    outcomes = run.outcomes(host)
    return bool(outcomes) and outcomes <= _WELL
