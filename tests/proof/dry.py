# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module, role and playbook in check mode and read-only, with all that lets it write: the ledgers show no write.

A module that writes must say in check mode that it would, and read-only that it may not: a job that stops before it
comes to its write would prove nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.testing import RunningSimulator, running_simulator
from tests.guards.cells import PLAYBOOKS as GUARDED
from tests.guards.world import World as Prepared
from tests.integration.fleets import PASSWORD, USER, fleet, marketing
from tests.integration.runner import Ansible, inventory
from tests.proof.jobs import JOBS, Job, places

ROOT = Path(__file__).resolve().parents[2]

#: By mode: the arguments of the job, and of ansible-playbook.
MODES: Mapping[str, tuple[dict[str, bool], tuple[str, ...]]] = {
    "check mode": ({"check_mode": True}, ("--check", "--diff")),
    "read-only": ({"read_only": True}, ("-e", "campaign_read_only=true")),
    "both": ({"check_mode": True, "read_only": True}, ("--check", "--diff", "-e", "campaign_read_only=true")),
}


@dataclass(frozen=True)
class Found:
    """One row of the matrix: what was run, in which mode, how often a server was asked and written to."""

    kind: str
    name: str
    mode: str
    calls: int
    writes: int
    problems: Sequence[str] = field(default=())


# -- modules -----------------------------------------------------------------------------------------------------------


def of_modules(jobs: Iterable[Job] = JOBS) -> list[Found]:
    """Every job in every mode."""
    found = []
    for job in jobs:
        with places(job, len(MODES)) as there:
            for (mode, (given, _arguments)), place in zip(MODES.items(), there, strict=True):
                since = place.world.sim.mark()
                result = job.run(place, **given)
                problems = _told(job, result, read_only="read_only" in given, check="check_mode" in given)
                calls = place.world.sim.ledger(place.name, since=since)
                writes = sum(call["class"] == "write" for call in calls)
                found.append(Found("module", job.name, mode, len(calls), writes, problems))
    return found


def _told(job: Job, result: Mapping[str, Any], *, read_only: bool, check: bool) -> list[str]:
    failed, said = bool(result.get("failed")), str(result.get("msg"))
    if not job.writes:
        return [f"it failed: {said}"] if failed else []
    if check:
        return [] if result.get("changed") and not failed else [f"it foretells no change: {said}"]
    return [] if read_only and failed and "CAMPAIGN_READ_ONLY" in said else [f"it was not refused: {said}"]


# -- playbooks and roles -----------------------------------------------------------------------------------------------

#: Playbooks that nothing guards, each with its arguments: those that only read, and those that ask another server than
#: Campaign. Whether they succeed is the matter of other tests; here they are given what lets them run.
OTHERS: Mapping[str, dict[str, Any]] = {
    "report": {"fleet_report_dir": "{work}/report"},
    "snapshot": {"mid_sourcing_snapshot_file": "{work}/fleet.yml"},
    "rehearse": {"mid_sourcing_snapshot_file": "{work}/fleet.yml"},
    "merge_slices": {"mid_sourcing_slices": ["{work}/nothing"]},
    "describe_approval": {},
    "end_failed": {},
    "nothing_to_change": {},
    "setup_controller": {},
    "remove_controller": {},
}
#: What lets the roles write, when a play includes them.
ROLES: Mapping[str, dict[str, Any]] = {
    "mid_sourcing": {"mid_sourcing_apply": True, "mid_sourcing_poll_interval": 0.1},
    "siblings": {"siblings_apply": True, "siblings_poll_interval": 0.1},
    "change_window": {},
    "fleet_report": {"fleet_report_dir": "{work}/report"},
    "controller_kit": {},
}


def playbooks() -> set[str]:
    """The names of all playbooks."""
    return {path.stem for path in (ROOT / "playbooks").glob("*.yml")}


def of_guarded(work: Path, chosen: Sequence[str] = tuple(GUARDED)) -> list[Found]:
    """The playbooks that may write, on a fleet on which they have something to write, with all that lets them."""
    prepared = Prepared(work)
    found = []
    for name in chosen:
        for mode, (_given, arguments) in MODES.items():
            seen = prepared.cell(GUARDED[name][0], name, arguments=arguments)
            problems = [] if seen.words else [f"it has no last words: {seen.output[-500:]}"]
            found.append(Found("playbook", name, mode, seen.calls, len(seen.writes), problems))
    return found


def of_others(work: Path, chosen: Sequence[str] = tuple(OTHERS)) -> list[Found]:
    """The other playbooks, one after the other: a snapshot comes before its rehearsal."""
    with running_simulator(_ill()) as there:
        return [
            _played(there, work, "playbook", name, mode, f"campaign.classic.{name}", OTHERS[name], arguments)
            for mode, (_given, arguments) in MODES.items()
            for name in chosen
        ]


def of_roles(work: Path, chosen: Sequence[str] = tuple(ROLES)) -> list[Found]:
    """Every role, included by a play of somebody's."""
    work.mkdir(parents=True, exist_ok=True)
    found = []
    with running_simulator(_ill()) as there:
        for mode, (_given, arguments) in MODES.items():
            for name in chosen:
                book = work / f"{name}.yml"
                tasks = [{"ansible.builtin.include_role": {"name": f"campaign.classic.{name}"}}]
                book.write_text(
                    json.dumps([{"hosts": "campaign", "gather_facts": False, "tasks": tasks}]), encoding="utf-8"
                )
                found.append(_played(there, work, "role", name, mode, str(book), ROLES[name], arguments))
    return found


def _ill() -> dict[str, Any]:
    """A stuck instance, and a healthy one."""
    return fleet(
        {"healthy": marketing(cursor={"age": "5m"}), "stuck": marketing(cursor={"value": "2020-03-01T10:00:00Z"})}
    )


def _played(
    there: RunningSimulator,
    work: Path,
    kind: str,
    name: str,
    mode: str,
    book: str,
    variables: Mapping[str, Any],
    arguments: Sequence[str],
) -> Found:
    there.per_call(2)
    place = work / f"{kind}-{name}-{mode.replace(' ', '_')}"
    place.mkdir(parents=True)
    since = there.mark()
    ansible = Ansible(place, inventory(there.instances, USER, PASSWORD))
    given = json.dumps(dict(variables)).replace("{work}", str(work))
    done = ansible.playbook(book, "-e", given, *arguments)
    calls = there.ledger(since=since)
    problems = [f"a traceback: {done.output[-500:]}"] if "Traceback" in done.output else []
    return Found(kind, name, mode, len(calls), sum(call["class"] == "write" for call in calls), problems)


def wrong(found: Iterable[Found]) -> list[str]:
    """What must not be."""
    lines = []
    for one in found:
        lines += [f"{one.kind} {one.name}, {one.mode}: {problem}" for problem in one.problems]
        if one.writes:
            lines.append(f"{one.kind} {one.name}, {one.mode}: {one.writes} writes")
    return lines


def table(found: Sequence[Found]) -> str:
    """The matrix: a row for each, its calls in each mode, and the writes of all."""
    names = list(dict.fromkeys((one.kind, one.name) for one in found))
    width = max(len(name) for _kind, name in names)
    lines = [f"{'':8}  {'':{width}}  " + "  ".join(f"{mode:>10}" for mode in MODES) + "    writes"]
    for kind, name in names:
        rows = {one.mode: one for one in found if (one.kind, one.name) == (kind, name)}
        cells = "  ".join(f"{rows[mode].calls:4} calls" if mode in rows else f"{'-':>10}" for mode in MODES)
        lines.append(f"{kind:8}  {name:{width}}  {cells}  {sum(one.writes for one in rows.values()):8}")
    lines.append(
        f"{len(found)} cells, {sum(one.calls for one in found)} calls, {sum(one.writes for one in found)} writes"
    )
    return "\n".join(lines)
