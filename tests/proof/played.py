# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs as tasks of plays: Ansible itself passes check mode on, to its worker and to a module on another machine.

The other cells give an operation its check mode by hand. Here nothing but ``--check`` and the variables of a user do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from tests.helpers.cure_world import PASSWORD, USER, world
from tests.integration.runner import Ansible, inventory
from tests.proof import books
from tests.proof.catalogue import JOBS
from tests.proof.dry import MODES, Found, told
from tests.proof.jobs import Data, Job, Place

#: By way: the connection of the host.
WAYS: Mapping[str, str] = {"in the worker": "local", "elsewhere": "elsewhere"}
#: Seconds for all tasks of a mode, beside other work.
LONGEST = 1800

Task = tuple[Job, str, Place]


def of_played(work: Path, jobs: Iterable[Job] = JOBS) -> list[Found]:
    """Every job in every mode and in both ways, each on an instance of its own."""
    chosen = [(job, way) for job in jobs for way in WAYS if way == "in the worker" or not job.here_only]
    return [found for mode in MODES for found in _of_mode(work / mode.replace(" ", "-"), mode, chosen)]


def _of_mode(work: Path, mode: str, chosen: Sequence[tuple[Job, str]]) -> Iterator[Found]:
    names = {f"mkt{number}": one for number, one in enumerate(chosen)}
    with world({name: job.finds() for name, (job, _way) in names.items()}) as there:
        # Time passes with calls: should a task wait for what it must not have ordered, it waits for it without success.
        there.sim.per_call(2)
        tasks = [(job, way, Place(there, name, job.at or name)) for name, (job, way) in names.items()]
        tasks = [(job, way, replace(place, given=job.prepare(place))) for job, way, place in tasks]
        since = there.sim.mark()
        results = _results(work, tasks, books.ARGUMENTS[mode])
        for job, way, place in tasks:
            calls = there.sim.ledger(place.name, since=since)
            result = results.get(place.name)
            problems = ["it did not run"] if result is None else told(job, result, **MODES[mode])
            writes = sum(call["class"] == "write" for call in calls)
            yield Found("task", f"{job.name}, {way}", mode, len(calls), writes, problems)


def _results(work: Path, tasks: Sequence[Task], arguments: Sequence[str]) -> dict[str, Data]:
    """What each task returned, by its host. One that fails, as a read-only one must, does not end the run."""
    work.mkdir(parents=True)
    urls = {place.name: place.world.sim.instances[place.name] for _job, _way, place in tasks}
    hosts = inventory(urls, USER, PASSWORD)
    for _job, way, place in tasks:
        hosts["campaign"]["hosts"][place.name]["ansible_connection"] = WAYS[way]
    path = work / "play-1.yml"
    path.write_text(yaml.safe_dump([_play(job, place) for job, _way, place in tasks]), encoding="utf-8")
    run = Ansible(work, hosts).playbook(str(path), *arguments, longest=LONGEST)
    failed = ("failed", "ignored", "unreachable")
    return {line["host"]: {**line["result"], "failed": line["status"] in failed} for line in run.tasks}


def _play(job: Job, place: Place) -> dict[str, Any]:
    options = {**(job.played or job.params)(place), **place.given}
    if "poll_interval" in job.operation.options:
        options["poll_interval"] = 0.1
    # A task that may not write fails, and those after it are to run.
    task = {"name": job.name, f"campaign.classic.{job.module}": options, "ignore_errors": True}
    return {"hosts": place.name, "gather_facts": False, "tasks": [task]}
