# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What the journal of a workflow says: why its runs failed, how many runs failed, when it moved its cursor.

No text of Campaign's journal is certain (domain.md 7, row 5), so causes are recognised by patterns, and a text that
none of them knows is simply not named.

Which cause wins when several are named: **any other cause wins over a timeout**, within a line and within a run. The
timeout is what allows a cursor to be moved, and domain.md 2.7 asks to rule the other causes out first; a refused logon
beside a timeout is not ruled out. Between two other causes the one that stands first in the table wins.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from functools import lru_cache

if t.TYPE_CHECKING:
    from datetime import datetime

    from ._workflows import JournalLine

#: A text is searched up to here: a gateway's page in the journal must not cost more than an error line.
SEARCH_LIMIT = 8000

#: ``timeout`` is evidence for a cursor that is stuck; ``other`` rules it out; ``transfer`` says that an exchange with
#: the other server failed and not why, so it neither proves nor rules out anything.
CauseKind = t.Literal["timeout", "transfer", "other"]


@dataclass(frozen=True)
class Cause:
    """Why a run failed, how that is recognised, and what helps.

    :param patterns: any of them, searched in the text without regard to case.
    :param remedy: what the operator should do, as sentences.
    """

    id: str
    kind: CauseKind
    patterns: tuple[re.Pattern[str], ...]
    remedy: str
    source: str

    @property
    def is_timeout(self) -> bool:
        """Whether it is the cause that speaks for a cursor left too far behind."""
        return self.kind == "timeout"

    @property
    def is_other(self) -> bool:
        """Whether it is a cause that moving a cursor cannot cure."""
        return self.kind == "other"

    def matches(self, text: str) -> bool:
        """Whether the text names this cause."""
        return any(pattern.search(text) for pattern in self.patterns)


def _patterns(*sources: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(source, re.IGNORECASE) for source in sources)


#: In the order of precedence. A code is written as it stands in the journal; what surrounds it may be translated.
CAUSES: tuple[Cause, ...] = (
    Cause(
        "address_refused",
        "other",
        _patterns(r"\bXSV-35001[34]\b", r"IP address via which you are accessing the server is not accepted"),
        "The mid-sourcing server refuses this instance's IP address: have the address added to the security zone of "
        "the operator there.",
        "KA-14724, domain.md 2.7 and 3.6",
    ),
    # KA-19458 shows the refused logon of a disabled operator inside a script error; a refusal by the other server comes
    # without one, as far as is known.
    Cause(
        "operator_disabled",
        "other",
        _patterns(r"\bXSV-350012\b[\s\S]{0,2000}\bSCR-160012\b", r"\bSCR-160012\b[\s\S]{0,2000}\bXSV-350012\b"),
        "A logon was refused within a script of the workflow: see that the operator under whom the workflow runs is "
        "enabled. If it is, see that the password in the external account is the one set on the mid-sourcing server.",
        "KA-19458, KA-16946, domain.md 2.7",
    ),
    Cause(
        "password_refused",
        "other",
        _patterns(r"\bXSV-350012\b", r"invalid login or password"),
        "A logon was refused: see that the password in the external account is the one set on the mid-sourcing server, "
        "and that the operator under whom the workflow runs is enabled.",
        "domain.md 2.7",
    ),
    Cause(
        "peer_restarting",
        "other",
        _patterns(r"empty return for method\W{0,8}Logon\b"),
        "The mid-sourcing server restarts while the workflow runs: wait for the next run; if it happens every day, "
        "shift the schedule of the workflow by five to ten minutes.",
        "KA-05406, domain.md 2.7",
    ),
    Cause(
        "folder_rights",
        "other",
        _patterns(r"\bQUE-3700(?:30|23)\b", r"do not have the rights needed", r"cannot load document of type"),
        "The operator lacks rights on a folder, which can look like a missing record: grant them, then restart the "
        "workflow.",
        "KA-17657, KA-19400, domain.md 1.4 and 2.7",
    ),
    Cause(
        "routing_disabled",
        "other",
        _patterns(r"\bDLV-490004\b"),
        "The routing account is disabled: enable it, or take it out of use everywhere.",
        "KA-23329, domain.md 2.7",
    ),
    Cause(
        "schema_mismatch",
        "other",
        _patterns(r"attribute\s+['\"][^'\"\n]{1,80}['\"]\s+unknown\b", r"\bXTK-170036\b"),
        "The schemas of the two servers differ: deploy the same schemas and the same build on both.",
        "KA-19367, domain.md 2.7 and 3.6",
    ),
    Cause(
        "deadlock",
        "other",
        _patterns(r"\bdeadlock"),
        "The database broke a deadlock: restart the workflow. Builds from 9026 on repeat such a statement by "
        "themselves.",
        "KA-23471, KA-14033, domain.md 2.7",
    ),
    Cause(
        "option_not_saved",
        "other",
        _patterns(r"unable to save document of type\W{0,3}[^\n]{0,80}\bxtk:option\b"),
        "The workflow may not save its cursor, and so would not move it after a cure either: give the operator under "
        "whom it runs the right to write options.",
        "domain.md 1.4 and 3.6 (XSV-350023)",
    ),
    Cause(
        "tls_refused",
        "other",
        _patterns(r"\bIOB-0900(?:13|20)\b"),
        "The TLS connection to the mid-sourcing server failed: check its certificate, and which certificates this "
        "server trusts.",
        "KA-17298, domain.md 3.6",
    ),
    Cause(
        "script_error",
        "other",
        _patterns(r"\bJST-310000\b"),
        "A JavaScript library does not compile: repair or reinstall it. A built-in workflow needs no script of yours.",
        "domain.md 3.6",
    ),
    Cause(
        "gateway_timeout",
        "timeout",
        # A bare 504 may be a count or an id, so it needs a word beside it that makes it a status.
        _patterns(
            r"\b(?:https?(?!:)|status|error code|error type)\b[^\n]{0,40}?\b504\b",
            r"\b504\b[^\n]{0,12}\bgateway\b",
            r"\bgateway time[ -]?out\b",
        ),
        "A gateway gave up before the mid-sourcing server answered: if the cursor lies far behind, move it; else "
        "compare the time limits of the gateways between the two servers.",
        "KA-14217, domain.md 2.7",
    ),
    Cause(
        "statement_cancelled",
        "timeout",
        _patterns(r"cancell?ing statement"),
        "The database cancelled a slow statement: if the cursor lies far behind, move it; else look for a "
        "missing index.",
        "KA-23951, domain.md 2.7",
    ),
    Cause(
        "timeout",
        "timeout",
        _patterns(r"timeout", r"\btime[ -]out\b(?! of\b)", r"\btimed[ -]out\b"),
        "A question took longer than it was given: if the cursor lies far behind, move it.",
        "KA-17742, domain.md 7 row 5",
    ),
    Cause(
        "transfer_error",
        "transfer",
        _patterns(r"\bCRL-\d{6}\b", r"\bINT-\d{6}\b", r"\biRc\s*=\s*-?\d+"),
        "The exchange with the mid-sourcing server failed without a cause that is known: look at the logs of both "
        "servers.",
        "domain.md 3.6 and 7 row 5",
    ),
)

#: Errors that follow from a failure and are none: a mail to the supervisors that could not be sent (domain.md 3.6).
AFTERMATH = re.compile(r"\bWKF-560044\b")

#: What Campaign writes when an option changes (domain.md 4.4). The login may be anybody's.
AUDIT_TRAIL = re.compile(r"AuditTrail:\s*Option\s+'([^']*)'", re.IGNORECASE)


@dataclass(frozen=True)
class FailedRun:
    """One pass of a workflow that left errors in the journal. Times are the server's, of the first and the last error.

    ``started`` is when the first error was *seen*: the run itself began some time before.
    """

    started: datetime
    ended: datetime
    lines: tuple[JournalLine, ...]
    cause: Cause | None


@lru_cache(maxsize=2048)
def cause_of(text: str) -> Cause | None:
    """The cause that a journal text names, or None. Other causes win over a timeout (see above)."""
    searched = text[:SEARCH_LIMIT]
    return next((cause for cause in CAUSES if cause.matches(searched)), None)


def cause_of_lines(lines: t.Iterable[JournalLine]) -> Cause | None:
    """The cause that a run's error lines name together: the first in the order of the table, or None."""
    named = {cause.id for cause in (cause_of(said(line)) for line in lines) if cause is not None}
    return next((cause for cause in CAUSES if cause.id in named), None)


def said(line: JournalLine) -> str:
    """All that a journal line says: the cause may stand in its error or in its message."""
    text, message = line.text, line.message
    if text and message and text != message:
        return f"{text}\n{message}"
    return text or message


def is_failure(line: JournalLine) -> bool:
    """Whether a journal line says that a run failed, and not merely that something followed from it."""
    return line.is_error and not AFTERMATH.search(line.text[:SEARCH_LIMIT])


def failed_runs(lines: t.Iterable[JournalLine], *, gap_seconds: float) -> tuple[FailedRun, ...]:
    """Group the error lines of **one** workflow's journal into failed runs, newest first.

    Error lines at most ``gap_seconds`` apart belong to one run: the journal has no number for a run (domain.md 5.6).
    """
    groups: list[list[JournalLine]] = []
    for line in sorted(filter(is_failure, lines), key=lambda line: (line.at, line.id)):
        if groups and (line.at - groups[-1][-1].at).total_seconds() <= gap_seconds:
            groups[-1].append(line)
        else:
            groups.append([line])
    return tuple(
        FailedRun(group[0].at, group[-1].at, tuple(group), cause_of_lines(group)) for group in reversed(groups)
    )


def cursor_moves(lines: t.Iterable[JournalLine], option_name: str) -> tuple[datetime, ...]:
    """When the workflow moved this option, as its journal tells (domain.md 4.4), newest first."""
    found = (
        line.at for line in lines for name in AUDIT_TRAIL.findall(said(line)[:SEARCH_LIMIT]) if name == option_name
    )
    return tuple(sorted(found, reverse=True))
