# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a workflow's journal says: which rows form which messages, which runs failed and why, when its cursor moved.

A row is not a message. Campaign may cut a message into two rows, even within a word, and the cause may be in a row
beside the error. So rows are joined to messages, and messages to runs, before anything is judged.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from datetime import timedelta

from .._core.errors import CODE
from .._resources.workflows import AHEAD, INFORMS
from .causes import BUILT_IN, SEARCH_LIMIT, Cause, Causes, first, quoted_code

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from .._resources.workflows import JournalLine

#: Rows at most this many seconds apart may be one message.
ONE_MESSAGE = timedelta(seconds=2)
#: At most this many rows of one moment are read as one message.
MOST_ROWS = 20
#: ``@logType`` of an error in the enumeration that Campaign uses for other logs.
ERROR_TYPE = 0
#: The type of a row for the beginning or the end of a workflow or of a run.
STATUS_TYPE = 3
#: The types of an error and of an information, and no type: one message may have two of these.
_ALIKE = frozenset({None, ERROR_TYPE, 2})

#: Errors that follow from a failure and are not failures: a mail to the supervisors that could not be sent.
AFTERMATH = re.compile(r"\s*WKF-560044\b")

#: What Campaign writes when an option changes, whatever the login.
AUDIT_TRAIL = re.compile(r"AuditTrail:\s*Option\s+'([^']*)'", re.IGNORECASE)
_AUDIT = re.compile(r"\s*AuditTrail\b", re.IGNORECASE)
#: How a row begins that is not about a failure. One pattern: it is matched against each row of a fleet.
_NO_FAILURE = re.compile(rf"{INFORMS.pattern}|{AFTERMATH.pattern}|(?i:{_AUDIT.pattern})")


@dataclass(frozen=True)
class FailedRun:
    """One pass of a workflow that left errors in the journal. Times are the server's, of the first and the last error.

    ``started`` is when the first error was *seen*: the run itself began some time before. ``lines`` are those about the
    failure, oldest first; ``quote`` is what they say about the cause.
    """

    started: datetime
    ended: datetime
    lines: tuple[JournalLine, ...]
    cause: Cause | None
    quote: str = ""

    @property
    def is_slow(self) -> bool:
        """Whether it failed because an answer was too slow, and for no other reason."""
        return self.cause is not None and self.cause.is_slow

    @property
    def rules_out(self) -> bool:
        """Whether it failed for a reason that moving a cursor cannot cure."""
        return self.cause is not None and self.cause.rules_out

    @property
    def named(self) -> str:
        """Its cause in a word."""
        return "unknown" if self.cause is None else self.cause.id


# -- rows --------------------------------------------------------------------------------------------------------------


def said(line: JournalLine) -> str:
    """The whole text of a journal line: the cause may be in its error or in its message."""
    return line.said


def informs(line: JournalLine) -> bool:
    """Whether a row is not about a failure, whatever it looks like: a change, or a code that only informs."""
    return _NO_FAILURE.match(said(line)[:SEARCH_LIMIT]) is not None


def failures(lines: Iterable[JournalLine], causes: Causes = BUILT_IN) -> list[JournalLine]:
    """The rows that say that a run failed, and not merely that something followed from it.

    A row says so by its ``@error``; by its ``@logType``, unless the journal gives that number to a change too; or by a
    code at its beginning, if the row has no type or names a known cause.
    """
    rows = list(lines)
    return _failures(rows, _telling(rows), causes)


def _telling(rows: Iterable[JournalLine]) -> list[JournalLine]:
    """The rows that may be about a failure."""
    return [line for line in rows if not informs(line) and said(line).strip()]


def _failures(rows: Iterable[JournalLine], told: Iterable[JournalLine], causes: Causes) -> list[JournalLine]:
    """As :func:`failures`; ``told`` are the rows that may be about one."""
    typed = not any(line.log_type == ERROR_TYPE and _AUDIT.match(said(line)) for line in rows)
    return [line for line in told if _fails(line, causes, typed=typed)]


def _fails(line: JournalLine, causes: Causes, *, typed: bool) -> bool:
    if line.has_error or (typed and line.log_type == ERROR_TYPE):
        return True
    if CODE.match(line.message.strip()) is None:
        return False
    return line.log_type in (None, ERROR_TYPE) or causes.of(said(line)) is not None


def dated_rightly(lines: Iterable[JournalLine], now: datetime) -> tuple[JournalLine, ...]:
    """The rows whose dates tell when they were written.

    While a server's clock is ahead, its rows get dates that lie in the future once the clock is right again. When they
    were written is not known then, nor what of the rows before them came after what: only those that were written
    later count. Their numbers tell which these are.

    :param now: the server's clock.
    """
    rows = tuple(lines)
    ahead = [line.id for line in rows if line.at > now + AHEAD]
    return tuple(line for line in rows if line.id > max(ahead)) if ahead else rows


# -- messages ----------------------------------------------------------------------------------------------------------


def messages(lines: Iterable[JournalLine]) -> list[tuple[JournalLine, ...]]:
    """The rows of a journal joined to messages, oldest first.

    Rows of one moment, of one activity and of a similar type may be one text; a row for the beginning or the end of a
    run belongs to another.
    """
    found: list[list[JournalLine]] = []
    open_ones: dict[tuple[str, int], list[JournalLine]] = {}
    for line in sorted(lines, key=_order):
        key = (line.activity, -1 if line.log_type in _ALIKE else t.cast("int", line.log_type))
        before = open_ones.get(key)
        if before and line.at - before[-1].at <= ONE_MESSAGE and len(before) < MOST_ROWS:
            before.append(line)
        else:
            open_ones[key] = [line]
            found.append(open_ones[key])
    return [tuple(one) for one in found]


def _order(line: JournalLine) -> tuple[datetime, int]:
    return line.at, line.id


def readings(message: Sequence[JournalLine]) -> tuple[str, ...]:
    """The possible readings of a message: its pieces as lines, as words of one line, or as parts of one word.

    An error does not continue a note, nor a sentence that has ended within a word.
    """
    pieces = _pieces(message)
    if len(pieces) < 2:
        return tuple(piece for piece, _apart in pieces)
    spaced, tight = pieces[0][0].strip(), pieces[0][0]
    for piece, apart in pieces[1:]:
        spaced += ("\n" if apart else " ") + piece.strip()
        tight += ("\n" if apart or tight.rstrip().endswith(_ENDS) else "") + piece
    return "\n".join(piece for piece, _apart in pieces), spaced, tight


def _pieces(message: Sequence[JournalLine]) -> list[tuple[str, bool]]:
    """The texts of a message, each with whether it cannot continue a word of the previous one."""
    pieces: list[tuple[str, bool]] = []
    before: JournalLine | None = None
    for line in message:
        apart = before is not None and _is_note(before) and not _is_note(line)
        # As it was sent: a space at its end shows that no word was cut.
        error = line.error if line.error.strip() == line.text else line.text
        for piece in (error, line.message):
            if piece.strip() and piece not in [last for last, _apart in pieces[-1:]]:
                pieces.append((piece, apart))
                apart = False
        before = line
    return pieces


_ENDS = (".", "!", "?", ";", "。")


def _is_note(line: JournalLine) -> bool:
    return not line.has_error and line.log_type not in (None, ERROR_TYPE)


def cause_of_message(message: Sequence[JournalLine], causes: Causes = BUILT_IN) -> Cause | None:
    """The cause that a message names, or None.

    A line of it may be half a sentence whose other half denies a timeout. So a slow answer counts only where the whole
    message says so, and what rules it out counts in any reading.
    """
    whole, *joined = readings(message) or ("",)
    found = causes.of(whole, *joined)
    return causes.of(*joined) if found is not None and found.is_slow and joined else found


def cause_of_lines(lines: Iterable[JournalLine], causes: Causes = BUILT_IN) -> Cause | None:
    """The cause that the rows of one run name together, or None: what rules a cursor out wins over a slow answer."""
    told = [line for line in lines if not informs(line)]
    return first(cause for cause in (cause_of_message(one, causes) for one in messages(told)) if cause is not None)


def rows_of_cause(lines: Iterable[JournalLine], cause: Cause, causes: Causes = BUILT_IN) -> list[JournalLine]:
    """The rows of one run that name its cause themselves: of each message that names it, as few as do so.

    The other rows of a message may be of the same moment only, and about what was done before the failure or after it.
    """
    told = (line for line in lines if not informs(line))
    return [line for message in messages(told) for line in _fewest(message, cause, causes)]


def _fewest(message: Sequence[JournalLine], cause: Cause, causes: Causes) -> tuple[JournalLine, ...]:
    if not _is_same(cause_of_message(message, causes), cause):
        return ()
    for size in range(1, len(message)):
        parts = [message[at : at + size] for at in range(len(message) - size + 1)]
        named = {line for part in parts if _is_same(cause_of_message(part, causes), cause) for line in part}
        if named:
            return tuple(line for line in message if line in named)
    return tuple(message)


def quote_of(message: Sequence[JournalLine], cause: Cause | None, causes: Causes = BUILT_IN) -> str:
    """What a message says about its cause: the line that names it, without its wrapping."""
    whole, *others = readings(message) or ("",)
    if cause is None:
        return quoted_code(whole.strip())
    for text in (*whole.split("\n"), whole, *others):
        found = causes.of(text)
        if found is not None and found.id == cause.id:
            return quoted_code(text.strip())
    return quoted_code(whole.strip())


# -- runs --------------------------------------------------------------------------------------------------------------


def failed_runs(
    lines: Iterable[JournalLine], *, gap_seconds: float, causes: Causes = BUILT_IN, in_error: bool = False
) -> tuple[FailedRun, ...]:
    """Group the rows of **one** workflow's journal into failed runs, newest first.

    Error rows at most ``gap_seconds`` apart belong to one run: the journal has no number for a run. Other rows of that
    time belong to it if they name a cause, or if they form one message with an error.

    :param in_error: the workflow's row says that it has failed. Then its journal tells why, even if no row looks like
        an error.
    """
    rows = list(lines)
    told = _telling(rows)
    gap = timedelta(seconds=gap_seconds)
    wrong = _failures(rows, told, causes)
    if not wrong and in_error:
        wrong = _without_errors(told, gap, causes)
    groups = _grouped(wrong, gap)
    counted = set(wrong)
    others = sorted((line for line in told if line not in counted), key=_order)
    return tuple(_run(group, others, gap, causes) for group in reversed(groups))


def _grouped(lines: Iterable[JournalLine], gap: timedelta) -> list[list[JournalLine]]:
    groups: list[list[JournalLine]] = []
    for line in sorted(lines, key=_order):
        if groups and line.at - groups[-1][-1].at <= gap:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _run(group: list[JournalLine], others: Sequence[JournalLine], gap: timedelta, causes: Causes) -> FailedRun:
    near = [line for line in others if group[0].at - line.at <= gap and line.at - group[-1].at <= gap]
    told = _told(messages([*group, *near]), set(group), causes)
    cause = first(found for _message, found in told if found is not None)
    # Of several messages that name the cause the last is shown; without a cause, the last of all.
    *_others, shown = (message for message, found in told if _is_same(found, cause))
    lines = tuple(sorted((line for message, _cause in told for line in message), key=_order))
    return FailedRun(group[0].at, group[-1].at, lines, cause, quote_of(shown, cause, causes))


def _is_same(found: Cause | None, cause: Cause | None) -> bool:
    return cause is None or (found is not None and found.id == cause.id)


def _told(
    found: Iterable[tuple[JournalLine, ...]], wrong: t.Container[JournalLine], causes: Causes
) -> list[tuple[tuple[JournalLine, ...], Cause | None]]:
    """The messages about the failure, each with the cause that it names.

    :param wrong: the error rows.
    """
    told: list[tuple[tuple[JournalLine, ...], Cause | None]] = []
    for message in found:
        cause = cause_of_message(message, causes)
        # A message without a cause is what its error rows say: other rows of the same moment are not shown.
        kept = message if cause is not None else tuple(line for line in message if line in wrong)
        if kept:
            told.append((kept, cause))
    return told


def _without_errors(told: Sequence[JournalLine], gap: timedelta, causes: Causes) -> list[JournalLine]:
    """The rows by which a workflow failed whose journal has no error: those that name a cause, and the newest, since an
    older run does not tell why the last one failed."""
    named = {line for message in messages(told) if cause_of_message(message, causes) is not None for line in message}
    last_run = (_grouped(told, gap) or [[]])[-1]
    says_why = named.isdisjoint(last_run) and any(line.log_type != STATUS_TYPE for line in last_run)
    return sorted(named.union(last_run if says_why else ()), key=_order) or last_run


def story(lines: Iterable[JournalLine], causes: Causes = BUILT_IN) -> tuple[Cause | None, str]:
    """Why **one** run failed, and what the journal says about it; an empty text if it says nothing."""
    rows = _telling(lines)
    wrong = _failures(rows, rows, causes)
    if not wrong and cause_of_lines(rows, causes) is not None:
        wrong = rows
    if not wrong:
        return None, ""
    whole = _run(sorted(wrong, key=_order), [line for line in rows if line not in wrong], timedelta.max, causes)
    return whole.cause, whole.quote


def cursor_moves(lines: Iterable[JournalLine], option_name: str) -> tuple[datetime, ...]:
    """When the workflow moved this option, according to its journal, newest first."""
    found = (
        line.at for line in lines for name in AUDIT_TRAIL.findall(said(line)[:SEARCH_LIMIT]) if name == option_name
    )
    return tuple(sorted(found, reverse=True))
