# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What is news for whoever watches a fleet: the transitions of its verdicts. Pure; time is a parameter.

An instance has news when its verdict changes, when a further cursor gets the same bad verdict, or when a stuck cursor
is stuck on another value than before: it was moved, and got stuck again between two sweeps.

Each transition gets an id when it is seen. The state keeps it, so that its event has it however often it is delivered
or repeated. The time is a part of it: the numbers of an instance begin again when it comes back to the list.
"""

from __future__ import annotations

import re
import typing as t
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from ...module_utils._diagnosis.model import Verdict
from .._fleet.outcome import NOTHING_TO_DO

Event = dict[str, t.Any]
SeenRow = Mapping[str, t.Any]

#: Says nothing of an instance: the state keeps what was known before.
NO_VERDICT = Verdict.NOT_ASKED.value
#: The verdict before the first one.
UNKNOWN = "unknown"
#: The watch itself has a line of its own among the instances, under a name that no instance can have.
WATCH, WATCHING, WATCH_FAILED = "", "watching", "watch_failed"
#: Nothing to tell of an instance that was never seen before, and nothing to repeat.
FINE = NOTHING_TO_DO | {WATCHING}

#: Ansible runs a text with these as a template when it comes as an extra variable, which an event does.
_TEMPLATE = re.compile(r"\{(?=[{%#])")
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Known:
    """What the last sweeps have said of one instance.

    :param culprits: the cursors that have its verdict; see :func:`culprits_of`.
    :param previous: the verdict before that.
    :param number: of its last transition; 0 before the first one.
    :param since: when the transition was seen, in UTC.
    :param told: when its last event was made; the same, or later where it was repeated.
    :param reminders: how often it was repeated.
    :param id: of its last transition.
    """

    verdict: str
    culprits: tuple[str, ...]
    previous: str
    number: int
    since: str
    told: str
    reminders: int = 0
    id: str = ""


@dataclass(frozen=True)
class WatchState:
    """All that the next sweep is compared with.

    :param watch: a random name, given once, that makes ids differ from those of another watch.
    :param known: by name of the instance.
    :param waiting: events that are not delivered yet, oldest first.
    """

    watch: str
    known: Mapping[str, Known] = field(default_factory=dict)
    waiting: tuple[Event, ...] = ()

    def delivered(self) -> WatchState:
        """The same without the oldest event that waits."""
        return replace(self, waiting=self.waiting[1:])


@dataclass(frozen=True)
class NewsRules:
    """What the user wants to hear.

    :param ignored: verdicts that are no news; the instance keeps the one before.
    :param remind_after: seconds after which an event is repeated while its verdict lasts; None for never.
    """

    ignored: frozenset[str] = frozenset()
    remind_after: float | None = None


def after_sweep(state: WatchState, rows: Mapping[str, SeenRow], now: datetime, rules: NewsRules) -> WatchState:
    """The state after a sweep, with the events for its news at the end of those that wait.

    :param rows: an observation (see ``_sweep/observations.py``) of every instance by name. An instance that is not
        among them has left the fleet, and is forgotten.
    :param now: the controller's time, in UTC.
    """
    watching = {"verdict": WATCHING, "reason": "", "proposal": ""}
    return _after(state, {**rows, WATCH: watching}, now, rules, known={})


def after_failure(state: WatchState, reason: str, proposal: str, now: datetime, rules: NewsRules) -> WatchState:
    """The state after a sweep that could not be made: nothing is known of any instance, which is news itself."""
    row = {"verdict": WATCH_FAILED, "reason": reason, "proposal": proposal}
    return _after(state, {WATCH: row}, now, rules, known=dict(state.known))


def _after(
    state: WatchState, rows: Mapping[str, SeenRow], now: datetime, rules: NewsRules, known: dict[str, Known]
) -> WatchState:
    events = []
    for name, row in rows.items():
        before = state.known.get(name)
        after = _next(before, row, now, rules)
        if after is None:
            continue
        if before is None or after.number != before.number:
            after = replace(after, id=_id(state.watch, name, after))
        known[name] = after
        if before is None or (after.number, after.reminders) != (before.number, before.reminders):
            events += [_event(name, after, row)] if after.number else []
    return replace(state, known=known, waiting=(*state.waiting, *events))


def _id(watch: str, name: str, known: Known) -> str:
    return str(uuid.uuid5(uuid.UUID(watch), f"{name}/{known.number}/{known.verdict}/{known.since}"))


def _next(before: Known | None, row: SeenRow, now: datetime, rules: NewsRules) -> Known | None:
    """What is known of an instance now; None if nothing ever was. A new number or reminder is news."""
    verdict, stamp = str(row["verdict"]), now.strftime(_STAMP)
    if verdict == NO_VERDICT or verdict in rules.ignored:
        return before
    culprits = culprits_of(row)
    if before is None:
        return Known(verdict, culprits, UNKNOWN, number=int(verdict not in FINE), since=stamp, told=stamp)
    if verdict != before.verdict or not set(culprits) <= set(before.culprits):
        return Known(verdict, culprits, before.verdict, number=before.number + 1, since=stamp, told=stamp)
    if _is_due(before, now, rules):
        return replace(before, culprits=culprits, told=stamp, reminders=before.reminders + 1)
    return replace(before, culprits=culprits)


def _is_due(known: Known, now: datetime, rules: NewsRules) -> bool:
    if rules.remind_after is None or known.verdict in FINE:
        return False
    return (now - moment(known.told)).total_seconds() >= rules.remind_after


def moment(text: str) -> datetime:
    """The time that a state holds. Raises ValueError when it is none."""
    return datetime.strptime(text, _STAMP).replace(tzinfo=timezone.utc)


def culprits_of(row: SeenRow) -> tuple[str, ...]:
    """The cursors that have the verdict of their instance. A healthy one has none, since its cursor moves all the time.

    A stuck one is named with its value, which does not change while it is stuck.
    """
    if row["verdict"] in FINE:
        return ()
    return tuple(
        sorted(
            f"{one['option']}={one['value']}" if one["verdict"] == "stuck" else str(one["option"])
            for one in _bad_cursors(row)
        )
    )


def _bad_cursors(row: SeenRow) -> Iterable[SeenRow]:
    return [one for one in row.get("cursors", ()) if one["verdict"] == row["verdict"]]


def _event(name: str, known: Known, row: SeenRow) -> Event:
    """The event of a transition, or its reminder. By ``meta.uuid`` ansible-rulebook finds the job of an event again."""
    told = {
        "id": known.id,
        "instance": name,
        "verdict": known.verdict,
        "previous": known.previous,
        "reason": row["reason"],
        "proposal": row["proposal"],
        "cursors": [dict(one) for one in _bad_cursors(row)] if known.verdict not in FINE else [],
        "since": known.since,
        "reminder": known.reminders,
    }
    event: Event = plain({"campaign": told, "meta": {"uuid": known.id}})
    return event


def plain(value: t.Any) -> t.Any:
    """The same data, with no text that Ansible would run as a template: what a server says is data."""
    if isinstance(value, str):
        return _TEMPLATE.sub(r"\\x7b", value)
    if isinstance(value, Mapping):
        return {plain(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value
