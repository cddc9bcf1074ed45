# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Whether a cure may begin, and what is left to do after a run: the instance diagnosed again, beside the plan."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from functools import partial

from .._core.errors import ConflictError, ValidationError, WaitTimeout
from .._core.xtk import format_datetime, parse_datetime
from .._diagnosis.attempts import read_mark, same_cursor
from .._diagnosis.causes import BUILT_IN, Causes
from .._diagnosis.diagnose import Diagnosis, Thresholds, Verdict, diagnose, next_to_move
from .._diagnosis.snapshot import read_facts
from .._resources.workflow_states import WorkflowState
from .model import Ended, in_flight, waiting

if t.TYPE_CHECKING:
    from datetime import datetime

    from .._diagnosis.attempts import Attempt
    from .._diagnosis.catalogue import CursorKind
    from .._diagnosis.mid_figures import MidFigures
    from .._diagnosis.snapshot import Facts
    from .actions import WorkflowActions
    from .ask_mid import MidAsker
    from .model import CureResult, Move


class Preflight:
    """The diagnoses of one workflow's cursors, beside the plans that were made for some of them.

    :param asker: asks the mids of the cursors that are to be moved; None to ask none.

    ``rivals``: cursors of the workflow that are stuck and not planned.
    """

    def __init__(
        self,
        actions: WorkflowActions,
        result: CureResult,
        workflow: str,
        *,
        thresholds: Thresholds,
        kinds: t.Sequence[CursorKind],
        cursor_map: t.Mapping[str, str],
        attempts: t.Sequence[Attempt],
        causes: Causes = BUILT_IN,
        asker: MidAsker | None = None,
    ) -> None:
        self.actions = actions
        self.session = actions.session
        self.result = result
        self.choices = actions.choices
        self.workflow = workflow
        self.thresholds = thresholds
        # Siblings have no part in a cure.
        self.kinds = tuple(kind for kind in kinds if not kind.sibling)
        self.cursor_map = cursor_map
        self.attempts = attempts
        self.causes = causes
        self.asker = asker
        self.rivals: list[str] = []

    def check(self) -> list[Diagnosis]:
        """Diagnose again; only the plans' own incident, on the plans' own values, is treated.

        While a run goes on, nothing is decided: it may move the cursors at its end. Where that is a run on a planned
        cursor that nobody has shown to be stuck, the cure refuses at once. A run that an attempt of ours has begun is
        waited for, and so is one that only concerns another cursor of the workflow.
        """
        found = self.look()
        if not self.choices.check_mode and any(one.verdict is Verdict.RUNNING for one in found):
            self._check_runs(found)
            found = self._after_the_run()
        for move in self.result.moves:
            self._check_move(move, found)
        if not any(move.is_open for move in self.result.moves):
            raise Ended("unchanged", "Nothing to do.")
        self._check_turn(found)
        return found

    def look(self) -> list[Diagnosis]:
        """What the cursors of this workflow are now. Remembers the first diagnosis of each, and the last value."""
        facts = read_facts(self.session, self.kinds)
        found = self._of_workflow(facts)
        figures = self.asker.figures(found, partial(self._planned, facts), facts.server_time) if self.asker else {}
        if figures:
            found = self._of_workflow(facts, figures)
        for move in self.result.moves:
            mine = _of(move, found)
            if mine is None:
                continue
            move.after = mine.value_text
            if move.diagnosis is None or move.written is None:
                move.diagnosis = mine
        self._reckon(facts)
        return found

    def _planned(self, facts: Facts, one: Diagnosis) -> datetime | None:
        """Where a cursor would be moved: all plans of a cure are made with one strategy."""
        try:
            return replace(self.result.moves[0].plan, option=one.option, old_value=one.value_text).target(
                facts.server_time
            )
        except (ValidationError, ConflictError):
            return None

    def _of_workflow(self, facts: Facts, figures: t.Mapping[str, MidFigures] | None = None) -> list[Diagnosis]:
        found = diagnose(
            facts,
            self.thresholds,
            self.kinds,
            self.cursor_map,
            self.attempts,
            start_stopped=self.choices.start_stopped,
            causes=self.causes,
            figures=figures,
        )
        return [one for one in found if one.workflow == self.workflow]

    def _reckon(self, facts: Facts) -> None:
        """Where each cursor would go now, for what is said of the plan."""
        for move in self.result.moves:
            if move.written is None:
                try:
                    move.target = format_datetime(move.plan.target(facts.server_time))
                except (ValidationError, ConflictError):
                    move.target = ""

    def _check_runs(self, found: t.Sequence[Diagnosis]) -> None:
        """Refuse where a planned cursor is ``running`` and no attempt of ours may have begun that run."""
        for move in self.result.moves:
            mine = _of(move, found)
            if mine is not None and mine.verdict is Verdict.RUNNING and not self._is_ours(move, mine):
                raise Ended(
                    "refused",
                    f"A run is going on, and nothing shows that the cursor is stuck: {mine.reason} Nothing was sent; "
                    "detect again when it has ended.",
                )

    def _is_ours(self, move: Move, mine: Diagnosis) -> bool:
        """Whether an attempt that did not end may have begun what goes on now."""
        return mine.resume_point is not None or any(
            one.unfinished and one.workflow == self.workflow and move.option in one.old_values for one in self.attempts
        )

    def _after_the_run(self) -> list[Diagnosis]:
        """Wait for the run, or the order, that is going on, and look again. One that does not end is left alone."""
        row = self.actions.watch.row()
        timeout = self.actions.verify_timeout((row, row.process_date), (row, self.session.server_now()))
        try:
            self.actions.watch.until(
                lambda row: not row.running and not row.transitional, timeout=timeout, what="the run that is going on"
            )
        except WaitTimeout as error:
            raise Ended(
                "refused", f"{self.actions.words(error, advice=False)} Nothing was sent; detect again later."
            ) from error
        return self.look()

    def _check_move(self, move: Move, found: t.Sequence[Diagnosis]) -> None:
        """Whether this cursor is what its plan was made for. Any drift ends the whole cure: it was approved as one."""
        mine = _of(move, found)
        if mine is None:
            raise Ended(
                "refused",
                f"The workflow '{self.workflow}' has no cursor '{move.option}', or the operator may not see it.",
            )
        past = mine.resume_point
        if past is not None and past.written and same_cursor(past.old_value, move.plan.old_value):
            move.written, move.resumed = mine.value_text, past.run_id
            self.actions.found_stopped = self.actions.found_stopped or past.found_stopped
        elif mine.verdict is Verdict.HEALTHY:
            if self._was_moved_on(move, mine):
                move.end(
                    "cured",
                    f"An earlier attempt moved the cursor from {move.plan.old_value}, and the workflow has moved it on "
                    f"since, to {mine.value_text}. {mine.reason}",
                )
            move.end("unchanged", f"Nothing to do: {mine.reason}")
            return
        elif not same_cursor(mine.value_text, move.plan.old_value):
            raise Ended(
                "refused",
                f"The cursor is {mine.value_text or 'empty'} and not {move.plan.old_value} as "
                "planned: somebody moved it since. Detect again and make a new plan.",
            )
        if not mine.cures:
            raise Ended("refused", f"The verdict is '{mine.verdict.value}' and not 'stuck': {mine.reason}")
        if past is not None and past.stopped and _state(mine) not in (WorkflowState.STARTED, WorkflowState.PAUSED):
            self.actions.stopped_by_us = True
        if move.written is None and not move.target:
            try:
                move.plan.target(self.session.server_now())
            except (ValidationError, ConflictError) as error:
                raise Ended("refused", error.message) from error

    def _was_moved_on(self, move: Move, mine: Diagnosis) -> bool:
        """Whether an attempt that did not end had moved this cursor, which has been moved on since."""
        if mine.value is None or mine.value <= parse_datetime(move.plan.old_value):
            return False
        old = move.plan.old_value
        begun = [one for one in self.attempts if one.unfinished and same_cursor(one.old_values.get(move.option), old)]
        mark = read_mark(mine.description)
        if mark is None or any(one.run_id == mark.run_id and not one.unfinished for one in self.attempts):
            return bool(begun)
        return bool(begun) or (same_cursor(mark.was, old) and not same_cursor(mark.to, mine.value_text))

    def _check_turn(self, found: t.Sequence[Diagnosis]) -> None:
        """A cursor that is stuck, and comes first, and is not planned, would make every run fail: nothing is begun."""
        planned = {move.option for move in self.result.moves}
        self.rivals = [one.option for one in found if one.cures and one.option not in planned]
        first = next_to_move(found)
        if first is not None and first.option not in planned and not in_flight(self.result):
            raise Ended(
                "refused",
                f"The cursor '{first.option}' of the same workflow is stuck too and is to be moved "
                "first: it may be what holds this one back.",
            )

    def settle(self, found: t.Sequence[Diagnosis]) -> None:
        """After a run: planned cursors that are not stuck any more need nothing."""
        for move in waiting(self.result):
            mine = _of(move, found)
            if mine is not None and mine.verdict is Verdict.HEALTHY:
                move.end("unchanged", f"Nothing to do any more: {mine.reason}")
            elif mine is None or not mine.cures:
                why = "it is gone" if mine is None else f"the verdict is '{mine.verdict.value}': {mine.reason}"
                move.end("refused", f"Nothing was written to it, because after the run {why}")


def _of(move: Move, found: t.Sequence[Diagnosis]) -> Diagnosis | None:
    return next((one for one in found if one.option == move.option), None)


def _state(found: Diagnosis) -> int | None:
    row = found.evidence.get("workflow")
    return row["state"] if row else None
