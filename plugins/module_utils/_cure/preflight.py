# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Whether a cure may begin, and what is left to do after a run: the instance is diagnosed again and compared with the
plans. What is decided of it is in ``checks.py``."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from functools import partial

from .._core.cursor_value import CursorValue
from .._core.errors import ConflictError, ValidationError, WaitTimeout
from .._diagnosis.causes import BUILT_IN, Causes
from .._diagnosis.diagnose import Diagnosis, Thresholds, Verdict, diagnose
from .._diagnosis.snapshot import read_facts
from .checks import check_move, check_runs, check_turn, diagnosis_of, target_of
from .clocks import Clocks
from .model import Ended

if t.TYPE_CHECKING:
    from datetime import datetime

    from .._diagnosis.attempts import Attempt
    from .._diagnosis.catalogue import CursorKind
    from .._diagnosis.mid_figures import MidFigures
    from .._diagnosis.snapshot import Facts
    from .._resources.workflows import Workflow
    from .actions import WorkflowActions
    from .ask_mid import MidAsker


class Preflight:
    """The diagnoses of one workflow's cursors, beside the plans that were made for some of them.

    :param asker: asks the mids of the cursors that are to be moved; None to ask none.
    """

    def __init__(
        self,
        actions: WorkflowActions,
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
        self.course = actions.course
        self.choices = actions.choices
        self.workflow = workflow
        self.thresholds = thresholds
        # Siblings have no part in a cure.
        self.kinds = tuple(kind for kind in kinds if not kind.sibling)
        self.cursor_map = cursor_map
        self.attempts = attempts
        self.causes = causes
        self.asker = asker

    def check(self) -> list[Diagnosis]:
        """Diagnose again; only the plans' own incident, on the plans' own values, is treated.

        While a run goes on, nothing is decided: it may move the cursors at its end. Where that is a run on a planned
        cursor that nobody has shown to be stuck, the cure refuses at once. A run that an attempt of ours has begun is
        waited for, and so is one that only concerns another cursor of the workflow.
        """
        found = self.look()
        if not self.choices.check_mode and any(one.verdict is Verdict.RUNNING for one in found):
            check_runs(self.course.state, found, self.attempts)
            found = self._after_the_run()
        for move in self.course.state.moves:
            self.course.state = check_move(
                self.course.state,
                move.option,
                found,
                workflow=self.workflow,
                attempts=self.attempts,
                clocks=self.actions.clocks(move.option),
            )
        if not self.course.state.still_open:
            raise Ended("unchanged", "Nothing to do.")
        self.course.state = check_turn(self.course.state, found)
        return found

    def look(self) -> list[Diagnosis]:
        """What the cursors of this workflow are now. Remembers the first diagnosis of each, and the last value."""
        facts = read_facts(self.session, self.kinds)
        found = self._of_workflow(facts)
        figures = self.asker.figures(found, partial(self._planned, facts), facts.server_time) if self.asker else {}
        if figures:
            found = self._of_workflow(facts, figures)
        for move in self.course.state.moves:
            mine = diagnosis_of(move.option, found)
            if mine is None:
                continue
            self.course.update_move(move.option, after=mine.cursor_value)
            if move.diagnosis is None or move.written is None:
                self.course.update_move(move.option, diagnosis=mine)
        self._aim(facts)
        return found

    def _planned(self, facts: Facts, one: Diagnosis, mid: MidFigures) -> datetime | None:
        """Where a cursor would be moved: all plans of a cure are made with one strategy."""
        try:
            plan = replace(self.course.state.moves[0].plan, option=one.option, old_value=one.cursor_value)
        except (ValidationError, ConflictError):
            return None
        return target_of(plan, Clocks.of(facts, mid))

    def _of_workflow(self, facts: Facts, figures: t.Mapping[str, MidFigures] | None = None) -> list[Diagnosis]:
        # A start of ours lets the runs before it count no more. That enough of them had failed was seen before it.
        begun = bool(self.course.state.steps)
        found = diagnose(
            facts,
            replace(self.thresholds, min_failed_runs=1) if begun else self.thresholds,
            self.kinds,
            self.cursor_map,
            self.attempts,
            start_stopped=self.choices.start_stopped,
            causes=self.causes,
            figures=figures,
        )
        return [one for one in found if one.workflow == self.workflow]

    def _aim(self, facts: Facts) -> None:
        """Where each cursor would go now, for what is said of the plan."""
        for move in self.course.state.waiting:
            mid = None if move.diagnosis is None else move.diagnosis.mid
            target = target_of(move.plan, Clocks.of(facts, mid))
            self.course.update_move(move.option, target=None if target is None else CursorValue.at(target))

    def _after_the_run(self) -> list[Diagnosis]:
        """Wait for the run, or the order, that is going on, and look again. One that does not end is left alone."""
        try:
            self.at_rest()
        except WaitTimeout as error:
            raise Ended(
                "refused", f"{self.actions.words(error, advice=False)} Nothing was sent; detect again later."
            ) from error
        return self.look()

    def at_rest(self) -> Workflow:
        """The workflow, once no order is going on and the run that is on has ended. Raises WaitTimeout."""
        row = self.actions.watch.row()
        timeout = self.actions.verify_timeout((row, row.process_date), (row, self.session.server_now()))
        return self.actions.watch.run_over(timeout=timeout, what="the run that is going on")
