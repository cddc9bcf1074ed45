# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disturbed run of a trial: a call of each of its instances is held, and then something ends or passes the run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tests.chaos import judge
from tests.chaos.fleets import CURSOR
from tests.chaos.rig import Playbook, gone, wait_for
from tests.chaos.runs import was_ended
from tests.chaos.scenarios import CANCEL, SIGNALS, TELLS, Scenario
from tests.helpers.faults import FAULTS, filled
from tests.integration.fleets import WORKFLOW

if TYPE_CHECKING:
    from tests.chaos.trial import Trial

#: Real seconds: for the first call to be held; and for the others then, well below the client's time for an answer.
FIRST_LIMIT, OTHERS_LIMIT = 120.0, 2.0


def disturb(trial: Trial, first: Scenario) -> None:
    """Run the playbook, and let happen what the scenarios say, all of the kind of the first."""
    if first.kind == "fault":
        _with_faults(trial)
    elif first.kind in TELLS:
        _with_signals(trial, first.kind)
    elif first.kind == "two-runs":
        _two_runs(trial)
    else:
        _with_kill(trial, first.kind)


def _with_faults(trial: Trial) -> None:
    remote = trial.server.remote
    rules = {}
    for host, verdict in trial.verdicts.items():
        one = verdict.scenario
        rule = filled(FAULTS[one.how], CURSOR, WORKFLOW)
        rules[host] = remote.fault(instance=host, nth=one.call, count=one.times, **rule)
    trial.finish(trial.playbook("disturbed"))
    fired = remote.faults()
    for host, verdict in trial.verdicts.items():
        verdict.struck = fired[rules[host]]["fired"] > 0
    remote.clear_faults()


def _with_kill(trial: Trial, kind: str) -> None:
    # The workers that are killed are all that there are: those of the instances that are held.
    more: dict[str, Any] = {"hosts": ":".join(trial.verdicts)} if kind == "kill-worker" else {}
    playbook = trial.playbook("disturbed", by_runner=kind == CANCEL, **more)
    if not _hold(trial, playbook):
        return
    if kind == "kill-simulator":
        trial.keep_ledger()
        died = trial.server.kill()
        trial.server.start()
        trial.finish(playbook)
        _seen(trial, died)
        return
    if kind == "kill-playbook":
        trial.orphans = playbook.kill_playbook()
    elif kind == "kill-worker":
        playbook.kill_worker(trial.server.port)
    elif kind == "kill-job":
        playbook.kill_job()
    else:
        trial.orphans = playbook.cancel()
    trial.server.remote.clear_faults()
    _seen(trial, was_ended(kind, trial.finish(playbook, kind)))
    # The unwatched run continues while the next one is in progress, or before it.
    if trial.random.random() < 0.5:
        trial.outlive_orphans()


def _with_signals(trial: Trial, kind: str) -> None:
    """Tell it to end while calls are held: an answer comes late, or not before the worker is gone."""
    name, whom = kind.split("-")
    more: dict[str, Any] = {"hosts": ":".join(trial.verdicts)} if whom == "worker" else {}
    playbook = trial.playbook("disturbed", own_group=True, **more)
    rules = _hold(trial, playbook)
    if not rules:
        return
    remote = trial.server.remote
    late = {host: verdict.scenario.how == "late" for host, verdict in trial.verdicts.items()}
    # A logon whose answer never came has opened a session that nobody can close.
    at_the_door = {host for host in rules if not late[host] and remote.ledger(host)[-1]["call"].endswith("#Logon")}
    workers = playbook.tell(whom, SIGNALS[name], trial.server.port)
    for host, rule in rules.items():
        if late[host]:
            remote.clear_faults(rule)
    gone(workers)
    remote.clear_faults()
    left = [session for session in remote.sessions() if session["instance"] not in at_the_door]
    problems = judge.sessions([], left)
    problems += [line for host in trial.stuck for line in judge.not_stopped(remote, host)]
    for verdict in trial.verdicts.values():
        verdict.problems += problems
    _seen(trial, was_ended(kind, trial.finish(playbook, kind)))


def _two_runs(trial: Trial) -> None:
    slow = trial.playbook("disturbed")
    if not _hold(trial, slow):
        return
    rival = trial.finish(trial.playbook("rival", run_id="rival"))
    trial.server.remote.clear_faults()
    trial.finish(slow)
    _seen(trial, bool(rival.report))


def _seen(trial: Trial, happened: bool) -> None:
    """That a call was held shows nothing: what was to happen meanwhile must have been seen, too."""
    for verdict in trial.verdicts.values():
        verdict.struck = verdict.struck and happened


def _hold(trial: Trial, playbook: Playbook) -> Mapping[str, int]:
    """Have the call of each instance held, and wait until all have arrived, or until the first held one must go on.

    Marks whose call is held. When none is, the run has ended.

    :returns: the rule by the name of each instance that is held.
    """
    remote = trial.server.remote
    rules: dict[str, int] = {}
    for host, verdict in trial.verdicts.items():
        one = verdict.scenario
        place: dict[str, Any] = {"instance": host, "nth": one.call, "count": 1}
        rules[host] = remote.fault("hold", executed=one.how == "after", **place)
        if one.how == "before":
            remote.fault("reset", **place)

    def held() -> Sequence[str]:
        found = remote.faults()
        return [host for host, rule in rules.items() if found[rule]["held"]]

    wait_for(lambda: playbook.ended or bool(held()), FIRST_LIMIT, "held call")
    first = time.monotonic()
    wait_for(
        lambda: playbook.ended or len(held()) == len(rules) or time.monotonic() > first + OTHERS_LIMIT,
        FIRST_LIMIT,
        "other held calls",
    )
    there = {host: rules[host] for host in held()}
    for host, verdict in trial.verdicts.items():
        verdict.struck = host in there
    if not there:
        remote.clear_faults()
        trial.finish(playbook)
    return there
