# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a cell, by its effects: full, refused with the reason, or partial."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.guards.cells import NOTHING, Cell
from tests.guards.world import Effects

#: A reason as Ansible shows it: its own error, or the message of the task that failed.
_REASON = re.compile(r"^\[?ERROR\]?!?:? .+|^fatal: .+|FAILED!? .*=> .+", re.MULTILINE)
#: Meaningless differences between runs: digests, times, numbers. A run without a given name makes its own.
_CHANCE = re.compile(r"\bRun (guards|([a-z]+-)?\d{8,}(T\d{6}Z)?)\b|\b[0-9a-f]{12,}\b|\d+")


@dataclass(frozen=True)
class Verdict:
    """``result`` is full, refused or partial; ``why`` is the reason of a refusal, or the problem."""

    cell: Cell
    result: str
    why: str = ""


def judge(cell: Cell, seen: Effects, wanted: Callable[[], Effects]) -> Verdict:
    """Judge one run.

    :param wanted: what the playbook does with the same hosts and no disturbance; in a rehearsal, what a dry run does.
        It is called only when the run was not refused.
    """
    if "Traceback (most recent call last)" in seen.output:
        return Verdict(cell, "partial", "a traceback")
    refused = seen.status != 0 and not seen.writes
    # If a cure is to fail, the exit status does not distinguish a refusal from it.
    if cell.column.scope != NOTHING and (not refused or cell.column.broken):
        undisturbed = wanted()
        if _same(seen, undisturbed):
            return Verdict(cell, "full")
        if not refused:
            return Verdict(cell, "partial", _difference(seen, undisturbed))
    if not refused:
        return Verdict(cell, "partial", f"not refused: status {seen.status}, writes {list(seen.writes)}")
    reason = reason_of(seen.output)
    return Verdict(cell, "refused", reason) if reason else Verdict(cell, "partial", "refused without a reason")


def _same(seen: Effects, wanted: Effects) -> bool:
    return (seen.status, seen.writes, _steady(seen.words)) == (wanted.status, wanted.writes, _steady(wanted.words))


def _steady(words: str) -> str:
    return _CHANCE.sub("#", words)


def _difference(seen: Effects, wanted: Effects) -> str:
    if seen.writes != wanted.writes:
        return f"status {seen.status}, writes {list(seen.writes)} in place of {list(wanted.writes)}"
    if seen.status != wanted.status:
        return f"status {seen.status} in place of {wanted.status}: {seen.words[:200]!r}"
    lines = difflib.ndiff(_steady(wanted.words).splitlines(), _steady(seen.words).splitlines())
    changed = [line for line in lines if line[0] in "+-"]
    return f"last words: {changed[:12]}"


def reason_of(output: str) -> str:
    """The first line with the reason, without Ansible's wrapping; empty when there is none."""
    found = _REASON.search(output)
    text = " ".join(found.group().split()) if found else ""
    return re.sub(r"^.*?(lookup plugin 'campaign\.classic\.[\w.]+' failed: |=> |original message: )", "", text)
