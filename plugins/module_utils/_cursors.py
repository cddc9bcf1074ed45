# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The catalogue of cursors: which options tell how far which workflow has synchronised, and what may be done to them.

A new kind of cursor is a new row, never new code. Only a row with the cure ``move`` is ever written; every other row
is there so that a sweep shows it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from ._accounts import Account
    from ._options import Option

#: What the collection may do to a cursor that is stuck.
CureKind = t.Literal["move", "none"]


@dataclass(frozen=True)
class CursorKind:
    """One row of the catalogue.

    :param prefix: how the option's name begins. A prefix that does not end in ``_`` is a whole name.
    :param workflow: internal name of the workflow that moves the cursor.
    :param label: what people call the workflow.
    :param cure: ``move`` if the cure may set the cursor, ``none`` if it is only reported.
    :param source: where the behaviour is written down.
    :param per_account: the rest of the name is the internal name of a routing account (domain.md 2.2). Otherwise it is
        part of the name, and no account belongs to the cursor.
    :param thresholds: names of fields of ``Thresholds`` with this kind's own values, in seconds: a workflow that runs
        once a night is not late after six hours.
    """

    prefix: str
    workflow: str
    label: str
    cure: CureKind
    source: str
    per_account: bool = True
    thresholds: tuple[tuple[str, int], ...] = ()

    def covers(self, option_name: str) -> bool:
        """Whether an option of this name is a cursor of this kind."""
        if self.prefix.endswith("_"):
            return option_name.startswith(self.prefix) and len(option_name) > len(self.prefix)
        return option_name == self.prefix

    def suffix(self, option_name: str) -> str:
        """What follows the prefix: the internal name of an account, where the kind has one cursor an account."""
        return option_name[len(self.prefix) :]


@dataclass(frozen=True)
class ObservedPrefix:
    """Options that are read and shown beside the cursors, and are neither judged nor moved."""

    prefix: str
    workflow: str
    reason: str
    source: str


#: Every kind of cursor that is judged. Sources are domain.md and the article that it quotes.
CATALOGUE: tuple[CursorKind, ...] = (
    CursorKind(
        prefix="NmsMidSourcing_LastDelivery_",
        workflow="defaultMidSourcingDlv",
        label="Mid-sourcing (delivery counters)",
        cure="move",
        source="KA-17742, domain.md 2.2",
    ),
)

#: What is shown and never moved.
OBSERVED: tuple[ObservedPrefix, ...] = (
    ObservedPrefix(
        prefix="NmsMidSourcing_LastBroadLog_",
        workflow="defaultMidSourcingLog",
        reason="Never moved: the database cleanup may take it for the date of the last log pull-up, and would then "
        "mark messages that were sent as cancelled.",
        source="domain.md 2.5",
    ),
)


def match_account(
    option_name: str, kind: CursorKind, accounts: t.Sequence[Account], cursor_map: t.Mapping[str, str] | None = None
) -> Account | None:
    """The account whose progress this cursor keeps, or None when not exactly one fits.

    A name in ``cursor_map`` (option -> internal name of an account) is used in place of the suffix, also when the
    suffix would fit another account: the operator knows better. Names are compared exactly, because Campaign keys its
    cursors by them (domain.md 1.1), and two names that differ in case are two names.
    """
    if not kind.per_account or not kind.covers(option_name):
        return None
    wanted = (cursor_map or {}).get(option_name, kind.suffix(option_name))
    found = [account for account in accounts if account.name == wanted]
    return found[0] if len(found) == 1 else None


def observed(options: t.Iterable[Option]) -> list[tuple[Option, ObservedPrefix]]:
    """The options that are shown and never moved, each with the reason, in the order of their names."""
    return [
        (option, seen)
        for option in sorted(options, key=lambda option: option.name)
        for seen in OBSERVED
        if option.name.startswith(seen.prefix)
    ]
