# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Facts: all that one session reads of an instance for the diagnosis (docs/architecture.md, Diagnosis). Plain data with
the server's time."""

from __future__ import annotations

import math
import typing as t
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from .._core.errors import ValidationError, XtkValueError, shorten
from .._core.xtk import parse_datetime
from .._resources.external_accounts import Account, Accounts
from .._resources.options import Option, Options
from .._resources.workflows import JOURNAL_LINES, JournalLine, Workflow, Workflows

if t.TYPE_CHECKING:
    from .._client.session import Session

#: The form of :meth:`Facts.to_dict`. Grows when an older reader would misunderstand it.
FORMAT = 1


class Kind(t.Protocol):
    """What a kind of cursor says of the reading it needs."""

    @property
    def prefix(self) -> str:
        """How the names of its options begin, or the one name."""

    @property
    def is_family(self) -> bool:
        """Whether the prefix begins many names, and is none itself."""

    @property
    def workflow(self) -> str:
        """The internal name of the workflow that moves it, or how it begins (``mcSynch_``), or nothing."""

    @property
    def sibling(self) -> bool:
        """Whether the cursor is only shown, so that its workflow's journal need not be read."""


@dataclass(frozen=True)
class Facts:
    """What was read of one instance.

    :param server_time: the server's clock (UTC) when the reading ended.
    :param skew_seconds: the server's clock minus the controller's.
    :param options: by name. Long texts are not read (``value_read`` is False).
    :param journal: newest first, over all the workflows.
    :param journal_complete: False when there were as many lines as were asked for: older ones may be missing.
    """

    instance: str
    server_time: datetime
    skew_seconds: float
    build: str
    options: tuple[Option, ...] = ()
    accounts: tuple[Account, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    journal: tuple[JournalLine, ...] = ()
    journal_complete: bool = True

    def to_dict(self) -> dict[str, t.Any]:
        """The facts as data that JSON can carry, to be read again by :meth:`from_dict`."""
        data: dict[str, t.Any] = {"format": FORMAT, **_plain(self)}
        for name, rows in (
            ("options", self.options),
            ("accounts", self.accounts),
            ("workflows", self.workflows),
            ("journal", self.journal),
        ):
            data[name] = [_plain(row) for row in rows]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, t.Any]) -> Facts:
        """The facts in such data.

        :raises ValidationError: something is missing, unknown, or of the wrong type; the message names the place.
        """
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            raise ValidationError(
                f"These are not facts of format {FORMAT}.",
                next_step="Read the instance again with this version of the collection.",
            )
        plain = {name: value for name, value in data.items() if name not in _ROWS and name != "format"}
        read: dict[str, t.Any] = _checked(plain, [f for f in fields(cls) if f.name not in _ROWS], "facts")
        for name, row_class in _ROWS.items():
            rows = data.get(name)
            if not isinstance(rows, (list, tuple)):
                raise ValidationError(f"facts.{name}: a list is expected.")
            read[name] = tuple(_row(row_class, row, f"facts.{name}[{index}]") for index, row in enumerate(rows))
        return cls(**read)


_ROWS: dict[str, type[Option] | type[Account] | type[Workflow] | type[JournalLine]] = {
    "options": Option,
    "accounts": Account,
    "workflows": Workflow,
    "journal": JournalLine,
}


def read_facts(session: Session, kinds: Sequence[Kind], *, journal_limit: int = JOURNAL_LINES) -> Facts:
    """Read the facts for these kinds of cursor, with at most four queries whatever the number of cursors.

    Of siblings the journal is not read: one query reads all journals together, and a talkative workflow would push out
    the lines of the one that is to be cured, which may have been silent for weeks.

    :param journal_limit: the most journal lines over all the workflows together.
    :raises CampaignError: as the session and the queries raise it; facts are whole or not there at all.
    """
    return gather(
        session,
        prefixes=[kind.prefix for kind in kinds if kind.is_family],
        option_names=[kind.prefix for kind in kinds if not kind.is_family],
        workflow_names=[kind.workflow for kind in kinds if kind.workflow],
        journal_limit=journal_limit,
        journals_of=[kind.workflow for kind in kinds if not kind.sibling],
    )


def gather(
    session: Session,
    *,
    prefixes: Sequence[str],
    workflow_names: Sequence[str],
    option_names: Sequence[str] = (),
    journal_limit: int = JOURNAL_LINES,
    journals_of: Sequence[str] | None = None,
) -> Facts:
    """The same, for prefixes and names of options, and internal names of workflows. What is not asked for costs no
    query.

    :param journals_of: the workflows whose journals are read; None for all.
    """
    wanted = prefixes or option_names
    options = Options(session).matching(_distinct(prefixes), _distinct(option_names)) if wanted else []
    accounts = Accounts(session).routing()
    reader = Workflows(session)
    workflows = reader.matching(_distinct(workflow_names))
    read = [one for one in workflows if journals_of is None or one.internal_name in journals_of]
    # No workflow, no query: journal() sends none for an empty list.
    journal = reader.journal([workflow.id for workflow in read], limit=journal_limit)
    # The clock is read last: a cursor that moved during the reading must not look as if it lay in the future.
    return Facts(
        instance=session.name,
        server_time=session.server_now(),
        skew_seconds=float(session.skew),
        build=session.info.build,
        options=tuple(options),
        accounts=tuple(accounts),
        workflows=tuple(workflows),
        journal=tuple(journal),
        journal_complete=len(journal) < journal_limit,
    )


def _distinct(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))


# -- plain data -------------------------------------------------------------------------------------------------------


def _plain(row: t.Any) -> dict[str, t.Any]:
    values = {f.name: getattr(row, f.name) for f in fields(row)}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _row(row_class: t.Any, data: t.Any, place: str) -> t.Any:
    if not isinstance(data, Mapping):
        raise ValidationError(f"{place}: a mapping is expected.")
    return row_class(**_checked(data, list(fields(row_class)), place))


def _checked(data: Mapping[str, t.Any], expected: Sequence[t.Any], place: str) -> dict[str, t.Any]:
    names = [f.name for f in expected]
    unknown = [str(name) for name in data if name not in names]
    missing = [name for name in names if name not in data]
    if unknown or missing:
        problem = f"unknown: {', '.join(unknown)}" if unknown else f"missing: {', '.join(missing)}"
        raise ValidationError(f"{place}: {shorten(problem, 200)}.")
    return {f.name: _value(f.type, data[f.name], f"{place}.{f.name}") for f in expected}


def _value(kind: str, value: t.Any, place: str) -> t.Any:
    if kind.endswith(" | None"):
        if value is None:
            return None
        kind = kind[: -len(" | None")]
    read = _READERS[kind](value)
    if read is None:
        raise ValidationError(f"{place}: {shorten(repr(value), 60)} is not a {kind}.")
    return read


def _read_moment(value: t.Any) -> datetime | None:
    try:
        return parse_datetime(value) if isinstance(value, str) else None
    except XtkValueError:
        return None


def _read_integer(value: t.Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _read_float(value: t.Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


#: By the annotation of the field, which is a text because of the __future__ import.
_READERS: dict[str, Callable[[t.Any], t.Any]] = {
    "str": lambda value: value if isinstance(value, str) else None,
    "bool": lambda value: value if isinstance(value, bool) else None,
    "int": _read_integer,
    "float": _read_float,
    "datetime": _read_moment,
}
