# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of journals with their classes, and the places of a journal where they may occur."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import JournalLine
from simulator.engine.journal import parted
from tests.helpers.cursors import UNKNOWN, ago

FILE = Path(__file__).parents[1] / "unit/plugins/module_utils/_diagnosis/causes_corpus.txt"

_ids = itertools.count(1_000_000)


class Sample(NamedTuple):
    """A text, and its class: slow, out or unknown."""

    kind: str
    text: str


def samples() -> list[Sample]:
    """The corpus, in order."""
    rows = [row for row in FILE.read_text(encoding="utf-8").splitlines() if row and not row.startswith("#")]
    pairs = (row.split("\t", 1) for row in rows)
    return [Sample(kind, text.replace("\\n", "\n").replace("\\t", "\t")) for kind, text in pairs]


def row(
    seconds_ago: float, error: str = "", message: str = "", log_type: int | None = 0, activity: str = "soap"
) -> JournalLine:
    """A row of the journal, of the requested type."""
    return JournalLine(next(_ids), 1771, ago(seconds_ago), log_type, activity, error, message)


def cut(text: str, rows: str, at: float, *, message: bool = False) -> list[JournalLine]:
    """A text in two rows of one moment, cut between words or within one."""
    return [row(at, *(("", part) if message else (part, ""))) for part in parted(text, rows)]


#: How one error is written, by the name of the place.
PLACES: Mapping[str, Callable[[str, float], list[JournalLine]]] = {
    "error": lambda text, at: [row(at, text)],
    "message": lambda text, at: [row(at, "", text)],
    "both": lambda text, at: [row(at, text, text)],
    "a flag and the message": lambda text, at: [row(at, "1", text, 2)],
    "a message of no type": lambda text, at: [row(at, "", text, None)],
    "a message that informs": lambda text, at: [row(at, "", text, 2)],
    "error, cut between words": lambda text, at: cut(text, "words", at),
    "error, cut within a word": lambda text, at: cut(text, "word", at),
    "message, cut between words": lambda text, at: cut(text, "words", at, message=True),
    "message, cut within a word": lambda text, at: cut(text, "word", at, message=True),
    "half error, half message": lambda text, at: [row(at, *parted(text, "word"))],
    "a row before the wrapper": lambda text, at: [row(at + 5, "", text, 2), row(at, UNKNOWN)],
    "a typed row before the wrapper": lambda text, at: [row(at + 5, "", text), row(at, UNKNOWN)],
    "a row after the wrapper": lambda text, at: [row(at + 1, UNKNOWN), row(at, "", text)],
    "among rows that inform": lambda text, at: [
        row(at + 3, "", "Run started (process 7).", 3),
        row(at + 2, text),
        row(at + 1, "", "JST-310034 12 deliveries were read", 2),
        row(at, "", "Workflow paused.", 3),
    ],
}
