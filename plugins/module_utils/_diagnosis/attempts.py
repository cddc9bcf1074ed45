# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What earlier attempts left behind: a mark on the server, and evidence on the controller (docs/architecture.md,
Curing, resume). Pure.

A cure can be killed at any moment. The next run then finds a cursor with a recent value, or a stopped workflow. It must
tell whether a person did that, or an unfinished attempt of ours. Three things tell:

* the **mark** in the option's description, written together with the value (``mark: true``). It is exact: as long as
  the value is the marked one, no person and no run has moved the cursor since;
* the **evidence** of an attempt, which names the old value before anything is sent. If it has a result, the result says
  what was written. If it has none, a value counts as ours if that attempt can have calculated it: then the cure is seen
  to its end, but the old value is not put back over what may be a person's;
* the value itself: if it is neither the old one nor ours, the workflow or a person moved it. Then the attempt is over,
  whatever its evidence says.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .._core.cursor_value import CursorValue
from .._core.errors import ValidationError
from .._core.xtk import XtkType, parse_datetime, parse_duration
from .outcomes import FINAL

if t.TYPE_CHECKING:
    from .._resources.options import Option

#: ``now`` stays this far behind the earliest clock, because we do not know which clock the workflow compares with
#: (campaign_facts, unknown 3). Seconds.
NOW_OVERLAP = 600

#: A logon compares the clocks of two hosts; what an attempt calculated is known no more exactly than this.
CLOCK_TOLERANCE = 600

#: An interrupted attempt may be resumed for this long after it began. Nor can it have written later than that.
GOES_ON_FOR = timedelta(days=1)

#: A start of a workflow that came later after the beginning of an attempt is somebody else's, where the attempt's own
#: orders are not known. Seconds.
LONGEST_ATTEMPT = 3600

#: A start is an attempt's own if the workflow began at most this long before or after the answer to the attempt's
#: order, by the server's clock: an answer may be late, and an engine busy. Seconds.
START_TAKES = 300

#: The step of a cure that has the workflow run before anything is written.
AS_IT_STANDS = "run"

#: Names of runs that can stand in a mark.
RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_MARK = re.compile(r" ?\[campaign\.classic was=(?P<was>\S+) to=(?P<to>\S+) run=(?P<run>\S+?)(?P<stopped> stopped)?\]")


# -- the mark on the server --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """What a cure writes into the option's description beside the value.

    :param old_value: the value before. It, and the next one, may be given as XTK text.
    :param written: the value that was written with the mark.
    :param found_stopped: somebody had stopped the workflow before the cure began.
    """

    old_value: CursorValue
    written: CursorValue
    run_id: str
    found_stopped: bool = False

    def __post_init__(self) -> None:
        for name in ("old_value", "written"):
            object.__setattr__(self, name, CursorValue.stated(getattr(self, name)))

    def added_to(self, description: str) -> str:
        """The description with this mark at its end, in place of any older one."""
        found = " stopped" if self.found_stopped else ""
        mark = f"[campaign.classic was={_word(self.old_value)} to={_word(self.written)} run={self.run_id}{found}]"
        return f"{without_mark(description)} {mark}".strip()


def read_mark(description: str) -> Mark | None:
    """The mark in a description, or None when it has no readable one."""
    found = _MARK.search(description)
    if found is None:
        return None
    try:
        old_value, written = (CursorValue.stated(found.group(name)).normal() for name in ("was", "to"))
    except ValidationError:
        return None
    return Mark(old_value, written, found.group("run"), bool(found.group("stopped")))


def without_mark(description: str) -> str:
    """The description as it was before a cure marked it."""
    return _MARK.sub("", description)


def _word(value: CursorValue) -> str:
    """A moment without a space in it."""
    return value.normal().text.replace(" ", "T")


# -- the evidence on the controller ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attempt:
    """An earlier attempt at a workflow, as its evidence describes it.

    :param started: by the controller's clock, aware.
    :param outcome: how it ended; empty when that is unknown, as for a killed one.
    :param old_values: option -> the value that the attempt was to move. These values, ``written`` and ``explicit`` may
        be XTK text.
    :param written: option -> the value that it is known to have written; None when the result says that it wrote
        nothing.
    :param unsure: the options of ``written`` at which it is not known whether the write arrived.
    :param orders: the orders that it is known to have sent, in sequence; other steps between them do not matter.
    :param left_stopped: it is known to have left the workflow stopped, or not to; None when it is not known.
    :param starts: when its orders to start were answered, by the server's clock.
    :param runs: when it began to have the workflow run as it stood, by the server's clock.
    :param stood: option -> where it saw the cursors that the workflow asks for, before it sent anything.
    :param found_stopped: somebody had stopped the workflow before it, or may have.
    :param writes: the calls that may have changed the instance; None when they are unknown.
    :param put_back: when a later task has set its cursors, by the controller's clock; None if none has.
    :param undone: a later task has put one of all its cursors back.
    :param back_seconds: how far before the earliest clock its new value lay, unless ``explicit`` says which it was.
    """

    run_id: str
    started: datetime
    workflow: str
    old_values: t.Mapping[str, CursorValue]
    outcome: str = ""
    written: t.Mapping[str, CursorValue | None] = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()
    orders: tuple[str, ...] = ()
    left_stopped: bool | None = None
    starts: tuple[datetime, ...] = ()
    runs: tuple[datetime, ...] = ()
    stood: t.Mapping[str, CursorValue] = field(default_factory=dict)
    found_stopped: bool = False
    writes: int | None = None
    put_back: datetime | None = None
    undone: bool = False
    back_seconds: int = NOW_OVERLAP
    explicit: CursorValue | None = None

    def __post_init__(self) -> None:
        for name in ("old_values", "written"):
            values = {option: value and CursorValue.stated(value) for option, value in getattr(self, name).items()}
            object.__setattr__(self, name, values)
        if self.explicit is not None:
            object.__setattr__(self, "explicit", CursorValue.stated(self.explicit))

    @property
    def touched_nothing(self) -> bool:
        """Whether it is known to have sent nothing that changes the instance."""
        return self.writes == 0

    @property
    def unfinished(self) -> bool:
        """Whether it may have left its work half done."""
        return self.outcome in ("", "pending") and not self.touched_nothing

    @property
    def may_have_stopped(self) -> bool:
        """Whether it may have left the workflow stopped: its last order was a stop, or its orders are unknown. A
        workflow that it found stopped is left as somebody wanted it."""
        return may_have_stopped(
            self.outcome,
            self.orders,
            left_stopped=self.left_stopped,
            is_theirs=self.touched_nothing or self.found_stopped,
        )

    def wrote(self, option: Option, *, server_time: datetime, skew: float) -> bool:
        """Whether this attempt can have written the present value."""
        if self.touched_nothing:
            return False
        known = self.written.get(option.name)
        if known:
            return option.cursor_value.is_same(known)
        if self.outcome:
            return False  # its result would say so
        if self.explicit is not None:
            return option.cursor_value.is_same(self.explicit)
        reckoned = option.cursor_value.known() + timedelta(seconds=self.back_seconds)
        began, tolerance = self.began(skew), timedelta(seconds=CLOCK_TOLERANCE)
        # Counted back from the earliest of the clocks, which may be the controller's.
        first = min(began, self.started) - tolerance
        last = min(server_time + timedelta(seconds=1), began + GOES_ON_FOR + tolerance)
        return first <= reckoned <= last

    def has_started(self, at: datetime, skew: float) -> bool:
        """Whether a start of the workflow at this time, by the server's clock, can be this attempt's."""
        if self.touched_nothing:
            return False
        if self.outcome:
            return any(abs((at - own).total_seconds()) <= START_TAKES for own in self.starts)
        return -CLOCK_TOLERANCE <= (at - self.began(skew)).total_seconds() <= LONGEST_ATTEMPT

    def is_certain(self, option: Option, marked: Mark | None) -> bool:
        """Whether it is known to have written the present value, by its mark or by its result."""
        return marked is not None or option.cursor_value.is_same(self.written.get(option.name))

    def began(self, skew: float) -> datetime:
        """When it started, by the server's clock."""
        return self.started + timedelta(seconds=skew)

    def over(self, skew: float) -> datetime | None:
        """When a later task has set its cursors, by the server's clock; None if none has."""
        return None if self.put_back is None else self.put_back + timedelta(seconds=skew)


def may_have_stopped(outcome: str, orders: t.Iterable[str], *, left_stopped: bool | None, is_theirs: bool) -> bool:
    """Whether an attempt may have left its workflow stopped.

    :param is_theirs: it sent nothing, or somebody had stopped the workflow before it.
    """
    if is_theirs:
        return False
    if left_stopped is not None:
        return left_stopped
    if not outcome:
        return True
    given = [order for order in orders if order in ("stop", "kill", "start")]
    return bool(given) and given[-1] != "start"


#: Keys of one element of the module option ``earlier``.
ATTEMPT_OPTIONS: dict[str, dict[str, t.Any]] = {
    "run_id": {"type": "str", "required": True},
    "started": {"type": "str", "required": True},
    "outcome": {"type": "str"},
    "workflow": {"type": "str", "default": "defaultMidSourcingDlv"},
    "strategy": {"type": "str", "choices": ["lookback", "now", "explicit"], "default": "lookback"},
    "lookback": {"type": "str", "default": "1d"},
    "value": {"type": "str"},
    "cursors": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "cursor": {"type": "str", "required": True},
            "expected_value": {"type": "str", "required": True},
            "written": {"type": "str"},
            "unsure": {"type": "bool", "default": False},
        },
    },
    "orders": {"type": "list", "elements": "str", "default": []},
    "left_stopped": {"type": "bool"},
    "starts": {"type": "list", "elements": "str", "default": []},
    "runs": {"type": "list", "elements": "str", "default": []},
    "stood": {"type": "dict", "default": {}},
    "found_stopped": {"type": "bool", "default": False},
    "writes": {"type": "int"},
    "put_back": {"type": "str"},
    "undone": {"type": "bool", "default": False},
}


def attempts_of(given: t.Iterable[t.Mapping[str, t.Any]]) -> tuple[Attempt, ...]:
    """The attempts in the module option ``earlier``, newest first.

    :raises ValidationError: a time or a duration is malformed; the message names the attempt.
    """
    found = []
    for number, one in enumerate(given):
        try:
            found.append(_attempt(one))
        except ValidationError as error:
            raise ValidationError(
                f"earlier[{number}]: {error.message}",
                next_step="The evidence of an earlier run is damaged: look at it before you go on.",
            ) from error
    return tuple(sorted(found, key=lambda attempt: attempt.started, reverse=True))


# Complex: what the evidence does not tell has a default.
def _attempt(one: t.Mapping[str, t.Any]) -> Attempt:
    explicit = one.get("value") if one.get("strategy") == "explicit" else None
    return Attempt(
        run_id=one["run_id"],
        started=parse_datetime(one["started"]),
        workflow=one.get("workflow") or "",
        old_values={row["cursor"]: _value(row["expected_value"]) for row in one["cursors"]},
        outcome=one.get("outcome") or "",
        written={row["cursor"]: _value(row["written"]) for row in one["cursors"] if row.get("written")},
        unsure=frozenset(row["cursor"] for row in one["cursors"] if row.get("unsure")),
        orders=tuple(one.get("orders") or ()),
        left_stopped=one.get("left_stopped"),
        starts=tuple(parse_datetime(at) for at in one.get("starts") or ()),
        runs=tuple(parse_datetime(at) for at in one.get("runs") or ()),
        stood={str(option): CursorValue.read(str(value)) for option, value in (one.get("stood") or {}).items()},
        found_stopped=bool(one.get("found_stopped")),
        writes=one.get("writes"),
        put_back=parse_datetime(one["put_back"]) if one.get("put_back") else None,
        undone=bool(one.get("undone")),
        back_seconds=_back_seconds(one),
        explicit=None if explicit is None else _value(explicit),
    )


def _back_seconds(one: t.Mapping[str, t.Any]) -> int:
    """How far before the time of its write an attempt set the cursor."""
    return NOW_OVERLAP if one.get("strategy") == "now" else parse_duration(one.get("lookback") or "1d")


def _value(text: str) -> CursorValue:
    return CursorValue.stated(text).normal()


# -- both together -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ResumePoint:
    """What an earlier attempt left of its work on one cursor.

    :param old_value: the value that the attempt found.
    :param written: the value is the attempt's, and nobody has moved the cursor since.
    :param stopped: the attempt may have left the workflow stopped.
    :param found_stopped: the mark says that somebody else had stopped the workflow before.
    :param since: when the attempt began, by the server's clock. Failures up to then do not concern the value that it
        wrote.
    :param certain: the attempt is known to have written the value; otherwise it can only have calculated it.
    :param over: when the attempt was over, by the server's clock, if that is known: no later run is its own.
    :param undone: a rollback has put this cursor, or another one of the attempt, back: to go on is a new change.
    """

    run_id: str
    old_value: CursorValue
    written: bool
    stopped: bool
    found_stopped: bool = False
    since: datetime | None = None
    certain: bool = True
    over: datetime | None = None
    undone: bool = False


def find_resume_point(
    option: Option, workflow: str, attempts: t.Sequence[Attempt], *, server_time: datetime, skew: float = 0.0
) -> ResumePoint | None:
    """What remains of the newest earlier attempt at this cursor that left anything, or None.

    :param attempts: newest first.
    :param skew: the server's clock minus the controller's, in seconds.
    """
    if option.data_type != XtkType.DATETIME or option.cursor_value.moment is None:
        return None
    mark = _standing_mark(option)
    for attempt in attempts:
        if attempt.workflow == workflow and option.name in attempt.old_values:
            found = _left_by(attempt, option, mark, server_time, skew)
            if found is not None:
                return found
            if attempt.outcome in FINAL:
                # Whoever has left this value has told of its end, whoever had written it.
                mark = None if attempt.wrote(option, server_time=server_time, skew=skew) else mark
                break
    if mark is None:
        return None
    return ResumePoint(mark.run_id, mark.old_value, True, not mark.found_stopped, mark.found_stopped)


def _standing_mark(option: Option) -> Mark | None:
    """The mark in an option's description, unless the cursor has moved since the mark was written."""
    mark = read_mark(option.description)
    return mark if mark is not None and option.cursor_value.is_same(mark.written) else None


def _left_by(
    attempt: Attempt, option: Option, mark: Mark | None, server_time: datetime, skew: float
) -> ResumePoint | None:
    """What one attempt left at this cursor; None when nothing of it remains."""
    old = attempt.old_values[option.name]
    marked = mark if mark is not None and mark.run_id == attempt.run_id else None
    wrote = marked is not None or attempt.wrote(option, server_time=server_time, skew=skew)
    if marked is not None:
        attempt = replace(attempt, found_stopped=marked.found_stopped)  # it knew
    if wrote and attempt.unfinished:
        certain = attempt.is_certain(option, marked)
        began = attempt.began(skew)
        return ResumePoint(
            attempt.run_id,
            old,
            True,
            attempt.may_have_stopped,
            attempt.found_stopped,
            began,
            certain,
            undone=attempt.undone,
        )
    if attempt.may_have_stopped and (wrote or option.cursor_value.is_same(old)):
        began, over = attempt.began(skew), attempt.over(skew)
        return ResumePoint(attempt.run_id, old, False, True, since=began, over=over, undone=attempt.undone)
    return None
