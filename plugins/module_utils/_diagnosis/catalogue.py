# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The catalogue of cursors: which option shows how far which workflow has synchronised, and what may be done to it.

A new kind of cursor is a new row, never new code. The collection writes only rows with the cure ``move``. Every other
row is a *sibling*: a sweep shows it, but it does not affect the verdict of an instance and has no part in a cure.
Siblings that an instance does not have are not shown.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._core.errors import ValidationError
from .._core.xtk import parse_datetime, parse_duration

if t.TYPE_CHECKING:
    from datetime import datetime

    from .._resources.external_accounts import Account

#: What the collection may do to a stuck cursor.
CureKind = t.Literal["move", "none"]

HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class CursorKind:
    """One row of the catalogue.

    :param prefix: how the option's name begins. A prefix that does not end in ``_`` is a whole name.
    :param workflow: internal name of the workflow that moves the cursor. One that ends in ``_`` is how the name begins;
        empty when it is not known.
    :param label: what people call the workflow.
    :param cure: ``move`` if the cure may set the cursor, ``none`` if it is only reported.
    :param source: where the behaviour is documented.
    :param per_account: the rest of the name is the internal name of a routing account (campaign_facts, Cursor names).
        Otherwise it is part of the name, and no account belongs to the cursor.
    :param thresholds: names of fields of ``Thresholds`` with this kind's own values, in seconds: a workflow that runs
        once a night is not late after six hours.
    :param reading: ``text`` if the option is a text that contains a moment.
    :param note: what an operator should know about it.
    """

    prefix: str
    workflow: str
    label: str
    cure: CureKind
    source: str
    per_account: bool = True
    thresholds: tuple[tuple[str, int], ...] = ()
    reading: t.Literal["datetime", "text"] = "datetime"
    note: str = ""

    @property
    def sibling(self) -> bool:
        """Whether the cursor is only shown."""
        return self.cure == "none"

    @property
    def is_family(self) -> bool:
        """Whether the prefix is the beginning of many names, and not itself a name."""
        return self.prefix.endswith("_")

    def covers(self, option_name: str) -> bool:
        """Whether an option of this name is a cursor of this kind."""
        if self.is_family:
            return option_name.startswith(self.prefix) and len(option_name) > len(self.prefix)
        return option_name == self.prefix

    def moved_by(self, workflow: str) -> bool:
        """Whether a workflow of this internal name moves cursors of this kind."""
        if self.workflow.endswith("_"):
            return workflow.startswith(self.workflow)
        return bool(self.workflow) and workflow == self.workflow

    def suffix(self, option_name: str) -> str:
        """What follows the prefix: the internal name of an account, where the kind has one cursor an account."""
        return option_name[len(self.prefix) :]


def _sibling(
    prefix: str,
    workflow: str,
    label: str,
    source: str,
    max_age: int,
    *,
    per_account: bool = False,
    thresholds: tuple[tuple[str, int], ...] = (),
    **more: t.Any,
) -> CursorKind:
    """A cursor that is only shown, which is late after ``max_age`` seconds."""
    own = (("max_age", max_age), ("remediate_after", max(7 * DAY, 4 * max_age)), *thresholds)
    return CursorKind(prefix, workflow, label, "none", source, per_account=per_account, thresholds=own, **more)


#: Every kind of cursor. Each has its source; which workflow moves a sibling is
#: documented for some and inferred for others, as campaign_facts, Siblings, marks them.
CATALOGUE: tuple[CursorKind, ...] = (
    CursorKind(
        prefix="NmsMidSourcing_LastDelivery_",
        workflow="defaultMidSourcingDlv",
        label="Mid-sourcing (delivery counters)",
        cure="move",
        source="KA-17742",
    ),
    _sibling(
        "NmsMidSourcing_LastBroadLog_",
        "defaultMidSourcingLog",
        "Mid-sourcing (delivery logs)",
        "campaign_facts, Cursor names and The cleanup",
        6 * HOUR,
        per_account=True,
        note="Never moved: the database cleanup may take it for the date of the last log pull-up, and would then mark "
        "messages that were sent as cancelled.",
    ),
    _sibling(
        "MC_LastTlRtSynch_",
        "mcSynch_",
        "Message Center synchronisation",
        "KA-22897",
        6 * HOUR,
        note="A cursor that moves faster than the execution instance fills loses tracking without an error: both sides "
        "need the same schedule.",
    ),
    _sibling(
        "MC_LastRtEventStat",
        "updateEventsStatus",
        "Update of the events' status",
        "KA-15976",
        DAY,
        note="When it stands still, reports are empty: restart its workflow.",
    ),
    _sibling(
        "MC_LastUpdateFromBL", "updateEventsStatus", "Update of the events' status", "campaign_facts, Siblings", DAY
    ),
    _sibling(
        "NmsTracking_Pointer",
        "tracking",
        "Tracking",
        "KA-17739",
        DAY,
        reading="text",
        # Its zone may be missing, and then it is read as UTC: half a day either way means nothing.
        thresholds=(("future_tolerance", 14 * HOUR),),
        note="A text with a date and a message id, written at the end of a run. A date without a time zone is read as "
        "UTC.",
    ),
    # Both move only when there are new data, so they may stand still for days without an error.
    _sibling("NmsTracking_LastConsolidation", "tracking", "Tracking", "campaign_facts, Siblings", 7 * DAY),
    _sibling("NmsUserAgentStats_LastConsolidation", "tracking", "Tracking", "campaign_facts, Siblings", 7 * DAY),
    _sibling("NmsCleanup_LastCleanup", "cleanup", "Database cleanup", "campaign_facts, Siblings", 36 * HOUR),
    _sibling(
        "Deliverability_LastBroadLogMsgDate",
        "deliverabilityUpdate",
        "Refresh for deliverability",
        "campaign_facts, Siblings",
        7 * DAY,
    ),
    _sibling(
        "NmsInteraction_LastPropositionSynch_",
        "propositionSynch",
        "Proposition synchronisation",
        "campaign_facts, Siblings",
        2 * DAY,
    ),
)

#: Most kinds that one request may add.
MOST_EXTRA = 50

_OPTION_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{2,120}")
_WORKFLOW_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,120}")
#: A moment within a text: date, time, and optionally a zone.
_MOMENT = re.compile(
    r"(?<!\d)(\d{4})[-/](\d{2})[-/](\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}(?::?\d{2})?)?"
)


def with_extra(
    extra: t.Iterable[t.Mapping[str, t.Any]], kinds: tuple[CursorKind, ...] = CATALOGUE
) -> tuple[CursorKind, ...]:
    """The catalogue with the kinds that a user adds, each a mapping with ``name`` and perhaps ``workflow``, ``label``,
    ``max_age``, ``text``. They are siblings: what the collection moves is a closed list.

    :raises ValidationError: a name that cannot be an option's, that is in the catalogue or was added already, or too
        many of them.
    """
    found = list(kinds)
    for number, one in enumerate(extra):
        if number >= MOST_EXTRA:
            raise ValidationError(f"extra_cursors: at most {MOST_EXTRA} kinds can be added.")
        found.append(_extra_kind(one, f"extra_cursors[{number}]", found))
    return tuple(found)


def _extra_kind(one: t.Mapping[str, t.Any], place: str, known: t.Sequence[CursorKind]) -> CursorKind:
    name, workflow = str(one.get("name") or ""), str(one.get("workflow") or "")
    if not _OPTION_NAME.fullmatch(name):
        raise ValidationError(
            f"{place}: {name!r} is no name of an option.",
            next_step="Give the whole name, or the beginning of a name that ends in '_'.",
        )
    if workflow and not _WORKFLOW_NAME.fullmatch(workflow):
        raise ValidationError(f"{place}: {workflow!r} is no internal name of a workflow.")
    for kind in known:
        if _overlap(kind, name):
            raise ValidationError(f"{place}: '{name}' is covered by '{kind.prefix}' already, or covers it.")
    label, reading = str(one.get("label") or workflow), "text" if one.get("text") else "datetime"
    return _sibling(name, workflow, label, "extra_cursors", _max_age(one, place), reading=reading)


def _max_age(one: t.Mapping[str, t.Any], place: str) -> int:
    try:
        return parse_duration(one.get("max_age") or "1d")
    except ValidationError as error:
        raise ValidationError(f"{place}: max_age: {error.message}", next_step=error.next_step) from error


def _overlap(kind: CursorKind, name: str) -> bool:
    """Whether an option could be a cursor of both."""
    if kind.prefix == name:
        return True
    return (kind.is_family and name.startswith(kind.prefix)) or (name.endswith("_") and kind.prefix.startswith(name))


def moment_in(text: str) -> datetime | None:
    """The first moment in a text, in UTC, or None. One without a zone is read as UTC."""
    # A text that was repaired (see ``_soap/repair.py``) is not reliable.
    found = None if "\ufffd" in text else _MOMENT.search(text)
    if found is None:
        return None
    year, month, day, time, zone = found.groups()
    try:
        return parse_datetime(f"{year}-{month}-{day} {time}{zone or 'Z'}")
    except ValidationError:
        return None


def match_account(
    option_name: str, kind: CursorKind, accounts: t.Sequence[Account], cursor_map: t.Mapping[str, str] | None = None
) -> Account | None:
    """The account whose progress this cursor keeps, or None when not exactly one fits.

    A name in ``cursor_map`` (option -> internal name of an account) is used in place of the suffix, also when the
    suffix would fit another account: the operator knows better. Names are compared exactly, because Campaign keys its
    cursors by them (campaign_facts, Instances), and two names that differ in case are two names.
    """
    if not kind.per_account or not kind.covers(option_name):
        return None
    wanted = (cursor_map or {}).get(option_name, kind.suffix(option_name))
    found = [account for account in accounts if account.name == wanted]
    return found[0] if len(found) == 1 else None
