# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Rehearsing a cure on a copy of the fleet: once as the snapshot says, and again for each unknown."""

from __future__ import annotations

import secrets
import typing as t
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta

from ...module_utils._core.xtk import parse_datetime
from ...module_utils._diagnosis.model import Thresholds
from ...module_utils._resources.workflow_states import TRANSITIONAL, WorkflowState
from .._snapshot.assumptions import Assumptions
from .._snapshot.facts import counters
from .._snapshot.fleet_file import USER, Copy, fleet_of
from .._snapshot.unknowns import Unknown, open_questions, silent_facts
from .control import Control, VirtualTime
from .virtual import Ending, VirtualRun

Data = dict[str, t.Any]


@dataclass(frozen=True)
class Started:
    """A simulator that is ready: its URL, and those of its instances."""

    url: str
    instances: Mapping[str, str]


#: Starts the simulator of a fleet file, and ends it.
Start = Callable[[Data], AbstractContextManager[Started]]


@dataclass(frozen=True)
class Settings:
    """The options of the diagnosis and of the cure, by host."""

    judging: Mapping[str, Mapping[str, t.Any]] = field(default_factory=dict)
    curing: Mapping[str, Mapping[str, t.Any]] = field(default_factory=dict)

    def cursor_maps(self) -> dict[str, Mapping[str, str]]:
        """By host, the option of that name."""
        return {host: options.get("cursor_map") or {} for host, options in self.judging.items()}


@dataclass(frozen=True)
class Rehearsed:
    """What would become of one instance.

    :param ended: with the assumptions that the snapshot suggests.
    :param silent: what the snapshot does not say, as sentences.
    :param otherwise: the open questions whose other answer leads elsewhere, each with where.
    :param tried: how many were tried.
    """

    ended: Ending
    silent: tuple[str, ...] = ()
    otherwise: tuple[tuple[Unknown, Ending], ...] = ()
    tried: int = 0


class Rehearsal:
    """Rehearsals of one snapshot.

    :param data: its document.
    :param start: starts a simulator.
    """

    def __init__(self, data: Data, settings: Settings, start: Start) -> None:
        self._data = data
        self._settings = settings
        self._start = start
        self._password = secrets.token_hex(12)
        self._overdue = [name for name, row in data["instances"].items() if engine_stands_still(row)]

    def copy(self, assume: Assumptions | None = None, only: Collection[str] | None = None) -> Copy:
        """The simulated fleet."""
        return fleet_of(
            self._data,
            self._password,
            cursor_maps=self._settings.cursor_maps(),
            assume=assume,
            overdue=self._overdue,
            only=only,
        )

    @property
    def login(self) -> tuple[str, str]:
        """Who logs on at the simulated instances."""
        return USER, self._password

    def once(self, assume: Assumptions | None = None, only: Collection[str] | None = None) -> dict[str, Ending]:
        """What becomes of each instance of the copy that is cured or judged; mids are judged too.

        :param only: the marketing instances to be copied.
        """
        copy = self.copy(assume, only)
        with self._start(copy.fleet) as started:
            control = Control(started.url)
            control.calls_advance()
            control.advance(copy.seconds)
            mids = {started.instances[mid].rstrip("/"): started.instances[mid] for mid in copy.mids.values()}
            run = VirtualRun(started.instances, *self.login, VirtualTime(control), mids=mids)
            known = [name for name in started.instances if name in self._data["instances"]]
            names = [name for name in known if only is None or name in only]
            return run.reconcile(names, self._settings.judging, self._settings.curing)

    # Complex: which instances each unknown concerns, and what it changed.
    def both_ways(
        self, first: Mapping[str, Ending], before_each: Callable[[], None] = lambda: None
    ) -> dict[str, Rehearsed]:
        """The same with what the snapshot leaves open.

        :param first: what :meth:`once` returned.
        :param before_each: is called before each further rehearsal, and may end them by an error.
        """
        rows = self._data["instances"]
        cured = [name for name, ended in first.items() if ended.outcome]
        questions = {name: open_questions(rows[name]) for name in cured}
        others: dict[str, list[tuple[Unknown, Ending]]] = {name: [] for name in cured}
        for unknown in {one.name: one for found in questions.values() for one in found}.values():
            before_each()
            concerned = [name for name in cured if unknown in questions[name]]
            for name, ended in self.once(unknown.other, concerned).items():
                if ended.what != first[name].what:
                    others[name].append((unknown, ended))
        return {
            name: Rehearsed(
                ended,
                tuple(silent_facts(rows[name], rows)) if name in questions else (),
                tuple(others.get(name, ())),
                len(questions.get(name, ())),
            )
            for name, ended in first.items()
        }


# Complex: one condition for each sign of the workflow server.
def engine_stands_still(row: Data) -> bool:
    """Whether the workflow server of an instance has done nothing for long, though it was due."""
    if "unread" in row:
        return False
    now = parse_datetime(row["server_time"])
    for workflow in counters(row):
        due = parse_datetime(workflow["due"]) if workflow.get("due") else None
        late = workflow["state"] == WorkflowState.STARTED and not workflow["running"] and due is not None and due <= now
        if not late and workflow["state"] not in TRANSITIONAL:
            continue
        signs = [workflow.get(name) for name in ("processed", "started")] + [workflow["due"] if late else None]
        signs += [entry["at"] for entry in workflow.get("journal") or ()]
        last = max((parse_datetime(sign) for sign in signs if sign), default=None)
        if last is not None and now - last > timedelta(seconds=Thresholds.engine_grace):
            return True
    return False
