# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches of an instance: where Campaign's behaviour is not known (campaign_facts, Not known), the user chooses.

Each field is one row of that table; its type lists the words that are allowed and its default is the table's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from .validation import Section


@dataclass(frozen=True, slots=True)
class Switches:
    """The choices of one instance."""

    # -- read by the engine and by the mid-sourcing workflow

    cursor_clock: Literal["marketing", "mid"] = "marketing"
    """Row 3. Whose time a cursor is moved to: that of the instance whose workflow runs, or of the server it asks."""

    cursor_after_failure: Literal["keep", "move"] = "keep"
    """Row 4. `keep`: a failed run leaves its cursors as they were. `move`: it moves them all the same."""

    timeout_text: Literal["timed_out", "gateway", "statement", "curl", "unnamed"] = "timed_out"
    """Row 5. The journal's text when a mid does not answer in time; the texts are in midsourcing.TIMEOUT_TEXTS."""

    order_without_effect: Literal["accept", "fault"] = "accept"
    """Row 6. Start of a started workflow, Stop of a stopped one and the like: silence, or an SOP-330011 fault."""

    unknown_workflow: Literal["fault", "accept"] = "fault"
    """Row 6. An order for a workflow that does not exist: the fault of KA-19400, or silence."""

    error_place: Literal["error", "message", "both"] = "error"
    """Row 8. In which column of xtk:workflowLog the text of an error stands."""

    error_rows: Literal["one", "words", "word", "before"] = "one"
    """Rows 8 and 24. One row for an error; two, cut between words or within a word; or the cause in a row before."""

    log_type_numbers: Literal["error_0", "error_1"] = "error_0"
    """Row 8. The values of xtk:workflowLog/@logType: as in the sibling enumeration, or others, where 0 informs."""

    on_error_numbers: Literal["stop_0_ignore_1", "stop_1_ignore_0"] = "stop_0_ignore_1"
    """Row 8. The values of xtk:workflow/@onError."""

    cursor_written: Literal["at_end", "per_account"] = "at_end"
    """Row 15. All cursors at the end of a run that succeeded, or each one as soon as its account is done."""

    failing_account: Literal["stop", "continue"] = "stop"
    """Row 16. Whether a run continues with the other accounts after one has failed."""

    error_state: Literal["paused", "pausing", "stopped"] = "paused"
    """Row 23. Where an error takes a workflow that does not ignore errors: to a pause, at once or by way of pausing; or
    to a stop that cannot be resumed, since the activity says so."""

    spawned: Literal["started", "edited"] = "started"
    """No source says whether an instance made by xtk:workflow#Spawn is started too."""

    clock_set: Literal["elapsed", "date"] = "elapsed"
    """Row 3. What a workflow server that is up waits for once its machine's clock was set: the time that it had left to
    wait, or the date that its clock now shows sooner or later."""

    missing_cursor: Literal["everything", "fail"] = "everything"
    """Rows 2 and 12. An account without a cursor, or with an empty one: ask for everything, or fail."""

    window_end: Literal["advance", "last_row"] = "advance"
    """NEO-30833. Where the cursor goes after a run that asked for a limited period: to the end of that
    period, or to the last row that came (then a period without any row is queried again on every run)."""

    log_pull_up: Literal["cursor", "last_log"] = "cursor"
    """Row 18. What the cleanup takes for the date of the last recovery of logs: the log cursor, or the newest log that
    was really recovered."""

    counting: Literal["free", "rows"] = "free"
    """No source describes it. Whether to count deliveries takes a mid as long as to give them, or no time."""

    # -- read by the sessions, the rights, the store and the queries

    expired_answer: Literal["403-plain", "401-plain", "200-plain", "500-plain", "200-fault"] = "403-plain"
    """Row 7. The shape of XSV-350008. Those of XSV-350013 and XSV-350014 are the zone's `refused`."""

    guessed_attributes: Literal["hidden", "served"] = "hidden"
    """Row 9. Whether clients may use attributes whose names are guesses."""

    rights_refusal: Literal["fault", "missing"] = "fault"
    """Row 11. An order without the right for it: a fault that names the right, or "no such record" (KA-19400)."""

    system_tables: Literal["readable", "admin"] = "readable"
    """Row 11. Whether others than administrators may query the tables of the platform (xtk:option, xtk:workflow...)."""

    empty_element: Literal["null", "ignore", "fault"] = "null"
    """Row 12. What an attribute written as an empty child element does, such as an empty `timeStampValue`."""

    server_time_name: Literal["ptsDate", "ptsTime"] = "ptsDate"
    """Row 19. The name of GetServerTime's result. Both are guesses: results are read by position."""

    collection: Literal["atomic", "each"] = "atomic"
    """No source says whether a WriteCollection that fails halfway leaves what came before."""

    row_cap: int = 200
    """Row 13. How many rows a query without lineCount gives."""

    start_line: Literal["exact", "off_by_one"] = "exact"
    """Row 14. Correct paging, or the row doubled at the page boundary that was measured on a live server."""


@cache
def _hints() -> dict[str, Any]:
    """The types of the switches; to work them out again for each instance would double the start of a large fleet."""
    return get_type_hints(Switches)


def read_switches(place: Section) -> dict[str, Any]:
    """The switches that stand at a place of a fleet file or a control request; FleetError for a wrong one.

    Only those that are given are returned, so that the result can be laid over other choices: `Switches(**merged)` or
    `dataclasses.replace(switches, **given)`.
    """
    hints = _hints()
    given: dict[str, Any] = {}
    for field in fields(Switches):
        kind = hints[field.name]
        if place.raw(field.name) is None:
            continue
        if get_origin(kind) is Literal:
            given[field.name] = place.one_of(field.name, get_args(kind))
        else:
            given[field.name] = place.integer(field.name, least=1)
    place.done()
    return given


def switches_of(given: Mapping[str, Any]) -> Switches:
    """The defaults with what `read_switches` found laid over them."""
    return Switches(**given)
