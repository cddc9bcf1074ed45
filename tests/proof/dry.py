# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module, role and playbook in check mode and read-only, with all that lets it write: the ledgers show no write.

A module that writes must say in check mode that it would, and read-only that it may not; a playbook or a role must say
what only one says that had something to do, and has withheld it, and end with the status that belongs to that. One that
stops before, or has nothing to do, would prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.controller.provide import Missing, awx_collection
from tests.guards.cells import PLAYBOOKS as GUARDED
from tests.guards.world import World as Prepared
from tests.proof import books
from tests.proof.books import Book
from tests.proof.catalogue import JOBS
from tests.proof.guarded import Words, words_of
from tests.proof.jobs import Job, places

#: By mode: the arguments of a module's job.
MODES: Mapping[str, dict[str, bool]] = {
    books.CHECK: {"check_mode": True},
    books.READ_ONLY: {"read_only": True},
    books.BOTH: {"check_mode": True, "read_only": True},
}


@dataclass(frozen=True)
class Found:
    """One cell of the matrix: what was run, in which mode, how often Campaign was asked and written to.

    :param asked: requests to a controller.
    :param sent: those that change something. Read-only is for Campaign: there they are right.
    :param files: files that were written on the disk.
    """

    kind: str
    name: str
    mode: str
    calls: int
    writes: int
    problems: Sequence[str] = field(default=())
    asked: int = 0
    sent: int = 0
    files: int = 0


# -- modules -----------------------------------------------------------------------------------------------------------


def of_modules(jobs: Iterable[Job] = JOBS) -> list[Found]:
    """Every job in every mode."""
    found = []
    for job in jobs:
        with places(job, len(MODES)) as there:
            for (mode, given), place in zip(MODES.items(), there, strict=True):
                since = place.world.sim.mark()
                result = job.run(place, **given)
                problems = told(job, result, **given)
                calls = place.world.sim.ledger(place.name, since=since)
                writes = sum(call["class"] == "write" for call in calls)
                found.append(Found("module", job.name, mode, len(calls), writes, problems))
    return found


def told(job: Job, result: Mapping[str, Any], *, check_mode: bool = False, read_only: bool = False) -> list[str]:
    """What is wrong with what a task says in a mode in which it writes nothing."""
    failed, said = bool(result.get("failed")), str(result.get("msg"))
    if not job.writes:
        return [f"it failed: {said}"] if failed else []
    if check_mode:
        return [] if result.get("changed") and not failed else [f"it foretells no change: {said}"]
    return [] if read_only and failed and "CAMPAIGN_READ_ONLY" in said else [f"it was not refused: {said}"]


# -- playbooks and roles -----------------------------------------------------------------------------------------------


def of_guarded(work: Path, chosen: Sequence[str] = tuple(GUARDED)) -> list[Found]:
    """The playbooks that may write, on a fleet on which they have something to write, with all that lets them."""
    prepared = Prepared(work)
    found = []
    for name in chosen:
        for mode, arguments in books.ARGUMENTS.items():
            seen = prepared.cell(GUARDED[name][0], name, arguments=arguments)
            problems = unlike(words_of(name, mode), seen.words, seen.status)
            found.append(Found("playbook", name, mode, seen.calls, len(seen.writes), problems))
    return found


def unlike(wanted: Words, said: str, status: int) -> list[str]:
    """What is wrong with the last words of a run, whose lines are broken for a terminal, and with its exit status."""
    found = [] if status == wanted.status else [f"it ended with {status} and not with {wanted.status}"]
    if not re.search(wanted.says, " ".join(said.split())):
        found.append(f"it does not say that it had something to do and has withheld it: {said[-500:]!r}")
    return found


def of_books(work: Path, chosen: Sequence[Book] = books.BOOKS, more: Sequence[Path] = ()) -> list[Found]:
    """The roles and the playbooks that nothing guards, one after the other."""
    with books.world(work, more) as there:
        if any("{given}" in str(one.given) for one in chosen):
            there.prepare()
        return [_read(there, book, mode) for book in chosen for mode in book.modes]


def of_controller(work: Path) -> list[Found]:
    """Those that ask a controller, if its modules can be had here."""
    try:
        return of_books(work, books.OF_CONTROLLER, [awx_collection()])
    except Missing as error:
        return [Found(one.kind, one.name, books.CHECK, 0, 0, [str(error)]) for one in books.OF_CONTROLLER]


def _read(there: books.World, book: Book, mode: str) -> Found:
    seen = there.run(book, books.ARGUMENTS[mode])
    wanted = Words(book.says_in(mode), book.status_in(mode))
    problems = unlike(wanted, seen.output, seen.status)
    if "Traceback" in seen.output:
        problems.append(f"a traceback: {seen.output[-500:]}")
    if seen.sent and mode != books.READ_ONLY:
        problems.append(f"{seen.sent} changes of the controller")
    return Found(book.kind, book.name, mode, seen.calls, seen.writes, problems, seen.asked, seen.sent, seen.files)


def wrong(found: Iterable[Found]) -> list[str]:
    """What must not be."""
    lines = []
    for one in found:
        lines += [f"{one.kind} {one.name}, {one.mode}: {problem}" for problem in one.problems]
        if one.writes:
            lines.append(f"{one.kind} {one.name}, {one.mode}: {one.writes} writes")
    return lines


def table(found: Sequence[Found]) -> str:
    """The matrix: what each row has done in each mode, in calls of Campaign, requests to a controller, and in files;
    then the writes to Campaign in all modes, and those to a controller, which only read-only may have."""
    names = list(dict.fromkeys((one.kind, one.name) for one in found))
    width = max(len(name) for _kind, name in names)
    lines = [
        f"{'':8}  {'':{width}}  " + "  ".join(f"{mode:>17}" for mode in MODES) + "  writes  writes to",
        f"{'':8}  {'':{width}}  " + "  ".join(["calls  asked files"] * len(MODES)) + "       a controller",
    ]
    for kind, name in names:
        rows = {one.mode: one for one in found if (one.kind, one.name) == (kind, name)}
        cells = "  ".join(
            f"{rows[mode].calls:5}  {rows[mode].asked:5} {rows[mode].files:5}" if mode in rows else f"{'-':>18}"
            for mode in MODES
        )
        writes, sent = sum(one.writes for one in rows.values()), sum(one.sent for one in rows.values())
        lines.append(f"{kind:8}  {name:{width}}  {cells}  {writes:6}  {sent:9}")
    lines.append(
        f"{len(found)} cells, {sum(one.calls for one in found)} calls, {sum(one.writes for one in found)} writes"
    )
    return "\n".join(lines)
