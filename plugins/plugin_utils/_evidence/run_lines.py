# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The runs of an evidence directory as readable lines. Pure."""

from __future__ import annotations

import itertools
import textwrap
import typing as t
from collections.abc import Mapping, Sequence

from ...module_utils._core.text import visible

Run = Mapping[str, t.Any]

#: Ansible puts eight spaces, quotes and a comma round a line, and a terminal has 80 columns.
WIDTH = 68


def run_lines(run: Run) -> list[str]:
    """One run of a list."""
    return [*_head(run), *_hosts(run), *_undo(run), *_each("DAMAGED: ", run["damaged"])]


def detail_lines(run: Run) -> list[str]:
    """One run with the result of each option of each host."""
    lines = [*_head(run), *_each("DAMAGED: ", run["problems"])]
    if not run["problems"]:
        lines += _wrapped("SHA256SUMS: every file is as it was written.", 1)
    lines += _each("DAMAGED: ", [one for one in run["damaged"] if one not in run["problems"]])
    for (host, kind, started), rows in itertools.groupby(run["attempts"], _of):
        lines += _attempt(host, kind, started, list(rows))
    return [*lines, *_undo(run)]


def _of(row: Mapping[str, t.Any]) -> tuple[str, str, str]:
    return str(row["host"]), str(row["kind"]), str(row["started"])


def _attempt(host: str, kind: str, started: str, rows: Sequence[Mapping[str, t.Any]]) -> list[str]:
    """One attempt on one host."""
    until = f"to {_time(rows[0]['ended'])}" if rows[0]["ended"] else "and did not end"
    lines = _wrapped(f"{host}: {kind}, {_time(started)} {until}, in {rows[0]['file']}", 0)
    for row in rows:
        lines += _wrapped(f"{row['option'] or 'no option was written'}: {row['outcome']}", 1)
        for name, words in (("old_value", "old value"), ("written", "written"), ("after", "then")):
            if row[name] and row["option"]:
                lines += _wrapped(f"{words:<9} {row[name]}", 2)
        if row["reason"]:
            lines += _wrapped(row["reason"], 2)
    return lines


def _head(run: Run) -> list[str]:
    begun, ended = _time(run["started"]), _time(run["ended"])
    when = (
        f"{begun} to {ended} UTC"
        if run["ended"]
        else f"{begun} UTC{', and did not end' if run['kinds'] else ' or later'}"
    )
    lines = _wrapped(f"{run['run_id']}: {', '.join(run['kinds']) or 'nothing that can be read'}", 0)
    lines += _wrapped(when, 1)
    said = [*(f"by {one}" for one in run["by"]), *(f"ticket {one}" for one in run["tickets"])]
    return [*lines, *(_wrapped("; ".join(said), 1) if said else [])]


def _hosts(run: Run) -> list[str]:
    if not run["hosts"]:
        return []
    number = len(run["hosts"])
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(run["outcomes"].items()))
    return [
        *_wrapped(f"{number} {'host' if number == 1 else 'hosts'}: {', '.join(run['hosts'])}", 1),
        *_wrapped(outcomes, 1),
    ]


def _undo(run: Run) -> list[str]:
    """What can be rolled back, and what to type: one line for each option of the command, so that none is wrapped."""
    if not run["undoable"]:
        return _wrapped("Nothing to roll back.", 1) if run["kinds"] else []
    command = str(run["rollback"]).split(" -e ")
    return [
        *_wrapped(f"To roll back {', '.join(run['undoable'])}:", 1),
        f"    {command[0]}",
        *(f"      -e {option}" for option in command[1:]),
    ]


def _each(head: str, sentences: Sequence[str]) -> list[str]:
    return [line for sentence in sentences for line in _wrapped(f"{head}{sentence}", 1)]


def _wrapped(text: str, depth: int) -> list[str]:
    """A text as lines; characters that do not belong in a line are made visible."""
    first = "  " * depth
    return textwrap.wrap(
        visible(text), WIDTH, initial_indent=first, subsequent_indent=f"{first}  ", break_on_hyphens=False
    )


def _time(text: str) -> str:
    """A moment of a record, to the second."""
    return f"{text[:10]} {text[11:19]}" if text else "?"
