# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a snapshot keeps of a workflow's journal: when runs failed and for which cause, when cursors moved, and when
something else was written. No text of the server. Pure."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from .._core.xtk import format_datetime
from .causes import BUILT_IN, Causes
from .journal import AUDIT_TRAIL, FailedRun, failed_runs, said
from .model import Thresholds
from .named import names_as_cause

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from .._resources.workflows import JournalLine

#: One line of the tail: ``at`` (XTK text) and ``what`` (``failed``, ``moved`` or ``other``). A failure has ``cause``
#: ('' where nobody knows the text), ``class``, and the ``accounts`` that it names; a move has its ``option``.
Entry = dict[str, t.Any]

_GAP = Thresholds.run_gap
#: A line this long before the first error is not the beginning of that run. Seconds.
_LONGEST_RUN = Thresholds.max_run


# Complex: one case for each kind of line.
def digest(
    lines: Sequence[JournalLine],
    *,
    failed: bool,
    complete: bool,
    accounts: Collection[str],
    options: Collection[str],
    causes: Causes = BUILT_IN,
) -> list[Entry]:
    """The tail of one workflow's journal, oldest first: what the rules of the diagnosis see in it.

    :param failed: the workflow's row says that it has failed.
    :param complete: False when older lines may be missing.
    :param accounts: the names of accounts that a line may name; ``options`` those of the cursors that may have moved.
    """
    runs = list(failed_runs(lines, gap_seconds=_GAP, causes=causes))
    if not runs and failed:
        runs = list(failed_runs(lines, gap_seconds=_GAP, causes=causes, in_error=True))
    if not complete and len(runs) > 1 and runs[-1].cause is None:
        runs.pop()  # its cause may be among the lines that were not read
    found = [entry for run in runs for entry in _failure(run, accounts, causes)]
    found += [{"at": format_datetime(at), "what": "moved", "option": name} for name, at in _moves(lines, options)]
    others = {at for run in runs for at in _before(run, lines)} | {line.at for line in lines[:1]}
    taken = {entry["at"] for entry in found}
    found += [{"at": at, "what": "other"} for at in map(format_datetime, others) if at not in taken]
    return sorted(found, key=lambda entry: (entry["at"], entry["what"], entry.get("option", "")))


def _failure(run: FailedRun, accounts: Collection[str], causes: Causes) -> Iterable[Entry]:
    """A line where the run's errors begin, and where they end; of a long run also those in between, since lines that
    lie far apart are two runs."""
    named = sorted(name for name in accounts if names_as_cause(run.lines, name, run.cause, causes))
    times = {run.started, run.ended}
    if run.ended - run.started > timedelta(seconds=_GAP):
        times |= {line.at for line in run.lines if run.started < line.at < run.ended}
    for at in sorted(times):
        yield {
            "at": format_datetime(at),
            "what": "failed",
            "cause": "" if run.cause is None else run.cause.id,
            "class": "" if run.cause is None else run.cause.kind,
            "accounts": named,
        }


def _moves(lines: Iterable[JournalLine], options: Collection[str]) -> list[tuple[str, datetime]]:
    """The newest move of each option."""
    newest: dict[str, datetime] = {}
    for line in lines:
        for name in AUDIT_TRAIL.findall(said(line)):
            if name in options:
                newest[name] = max(line.at, newest.get(name, line.at))
    return sorted(newest.items())


def _before(run: FailedRun, lines: Iterable[JournalLine]) -> list[datetime]:
    """The last line before a run's first error: how long the run took until it failed."""
    earlier = [line.at for line in lines if line.at < run.started - timedelta(seconds=1)]
    last = max(earlier, default=None)
    return [] if last is None or (run.started - last).total_seconds() > _LONGEST_RUN else [last]
