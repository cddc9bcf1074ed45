# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Options (``xtk:option``): typed rows in, typed rows out, and a write that is read back (campaign_facts, Option rows
and Writing options).

Options are read by query and never with ``GetOption``, whose answers may be cached. They are changed by ``Write`` with
``_operation="update"``: it does nothing when the row is missing, answers nothing either way, and never creates what
was only misspelt.
"""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from .._core.cursor_value import CursorValue
from .._core.errors import (
    CampaignError,
    ConflictError,
    FaultError,
    NotFoundError,
    NotWritten,
    ProtocolError,
    TransportError,
    ValidationError,
    XtkValueError,
)
from .._core.xtk import XtkType, column_of, decode, encode, same_value, xml_text
from .._soap.envelope import Param
from .._soap.querydef import all_of, any_of, begins_with, element, equals, fetch, integer, more_than, one_of, query
from .paging import Total

if t.TYPE_CHECKING:
    from .._client.session import Session
    from .._soap.querydef import Row

SCHEMA = "xtk:option"
#: What is read of a row. Only names that have a source (campaign_facts, Option rows): one unknown attribute fails the
#: query.
COLUMNS = ("@id", "@name", "@dataType", "@stringValue", "@longValue", "@doubleValue", "@timeStampValue", "@description")
#: A long text is an element or an attribute; which, is not known (campaign_facts, Option rows). So neither is in
#: ``COLUMNS``.
MEMO_COLUMNS = ("memoValue", "@memoValue")
#: Rows in one page of :meth:`Options.find`.
PAGE = 500
#: Most rows that :meth:`Options.matching` takes in its one query.
MOST_MATCHES = 5000
#: Names in one condition; a longer one may be too complex for the server (XTK-170092).
NAMES_A_QUERY = 50

_TEXTS = frozenset({XtkType.STRING, XtkType.MEMO, XtkType.CDATA})
_MEMOS = frozenset({XtkType.MEMO, XtkType.CDATA})


class _Unset:
    """The type of ``UNSET``."""


#: No value was expected; None means that the option is expected to hold none.
UNSET = _Unset()


@dataclass(frozen=True)
class Option:
    """A row of ``xtk:option``.

    :param raw: the text of the column that belongs to ``data_type``; empty when the value is null.
    :param value_read: False when the value was not read, as for long texts in :meth:`Options.matching`.
    """

    name: str
    data_type: int
    raw: str
    id: str = ""
    description: str = ""
    value_read: bool = True

    @property
    def value(self) -> t.Any:
        """The value in its type. Raises XtkValueError when the text does not fit the type or was not read."""
        if not self.value_read:
            raise XtkValueError(
                f"The value of the option '{self.name}' was not read.",
                next_step="It is a long text: read this one option by its name. If that does not help, "
                "the server gives it in no form that is known: look at it in the console.",
            )
        if self.data_type == XtkType.DATETIME:
            return self.cursor_value.known() if self.raw.strip() else None
        return decode(self.data_type, self.raw)

    @cached_property
    def cursor_value(self) -> CursorValue:
        """The value of an option that is a cursor, parsed once. Any text is one."""
        return CursorValue.read(self.raw)

    @property
    def is_null(self) -> bool:
        """Whether the option is known to hold nothing."""
        return self.value_read and not self.raw

    def holds(self, value: object) -> bool:
        """Whether this is the option's value: dates at whole seconds, None for none (campaign_facts, Writing
        options)."""
        known = self.cursor_value.moment if self.data_type == XtkType.DATETIME else None
        return self.value_read and same_value(self.data_type, self.raw if known is None else known, value)

    def shown(self, value: object) -> str:
        """A value for a message. Texts are not shown, because some options hold secrets."""
        if value is None or value == "":
            return "no value"
        if self.data_type in _TEXTS:
            return f"a text of {len(str(value))} characters"
        return str(value)[:60]


def option_of(row: Row) -> Option:
    """The option in a row. A type that is not known is read as text, as Adobe's own client does (campaign_facts,
    Writing options)."""
    data_type = integer(row, "dataType")
    try:
        column = column_of(data_type)
    except XtkValueError:
        column = "stringValue"
    return Option(
        name=row.get("name", ""),
        data_type=data_type,
        raw=row.get(column, ""),
        id=row.get("id", ""),
        description=row.get("description", ""),
        value_read=data_type not in _MEMOS,
    )


def _counted(page: list[Option], total: Total) -> list[Option]:
    """The page, once it is counted. Raises ValidationError."""
    for option in page:
        total.add((option.name, option.raw, option.description))
    return page


class Options:
    """The options of one instance."""

    def __init__(self, session: Session) -> None:
        self.session = session

    # -- reading ------------------------------------------------------------------------------------------------------

    def get(self, name: str) -> Option | None:
        """The option of exactly this name, or None when there is none that the operator may see."""
        found = [option for option in self._select(equals("@name", _checked(name)), PAGE) if option.name == name]
        return self._with_memos(found[:1])[0] if found else None

    def find(self, prefix: str = "") -> list[Option]:
        """All options whose name begins with the prefix, by name, long texts included. Reads as many pages as needed.

        Pages are told apart by ``@id`` and not by line, and begin at the smallest id, which may be negative
        (campaign_facts, Paging).

        :raises ValidationError: they hold more than a result may.
        """
        condition = begins_with("@name", prefix) if prefix else ""
        total = Total(self.session, "Give a prefix, or a longer one.")
        found = page = _counted(self._select(condition, PAGE), total)
        while len(page) == PAGE:
            last = max(_number(option) for option in page)
            page = _counted(self._select(all_of(condition, more_than("@id", last)), PAGE), total)
            if any(_number(option) <= last for option in page):
                raise ProtocolError(
                    f"The server was asked for options after id {last} and sent others.",
                    reached="maybe",
                    instance=self.session.name,
                )
            found = found + page
        kept = [option for option in found if option.name.startswith(prefix)]
        return self._with_memos(sorted(kept, key=lambda option: option.name), total)

    def matching(self, prefixes: Sequence[str], names: Sequence[str] = ()) -> list[Option]:
        """Options whose name begins with one of the prefixes, or is one of the names, by name, in one query. Long texts
        are not read.

        :raises ValidationError: more than ``MOST_MATCHES`` rows; part of them would be a wrong answer.
        """
        listed = [one_of("@name", names)] if names else []
        condition = any_of(*(begins_with("@name", prefix) for prefix in prefixes), *listed)
        found = self._select(condition, MOST_MATCHES)
        if len(found) >= MOST_MATCHES:
            raise ValidationError(
                f"{MOST_MATCHES} or more options begin with {', '.join((*prefixes, *names))}.",
                instance=self.session.name,
                next_step="Use longer prefixes.",
            )
        kept = [option for option in found if option.name.startswith(tuple(prefixes)) or option.name in names]
        return sorted(kept, key=lambda option: option.name)

    def named(self, names: Sequence[str]) -> list[Option]:
        """The options of these names that are there, in one query for fifty. Long texts are not read."""
        return [option for some in _few_at_a_time(names) for option in self.matching((), some)]

    def _select(self, where: str, line_count: int) -> list[Option]:
        definition = query(SCHEMA, "select", COLUMNS, where=where, order_by=[("@id", False)], line_count=line_count)
        return fetch(self.session, definition, option_of)

    def _with_memos(self, options: list[Option], total: Total | None = None) -> list[Option]:
        """The same options, long texts read as far as the server lets them be read.

        :param total: of many options; the text of one is in one answer.
        """
        names = [option.name for option in options if not option.value_read]
        texts: dict[str, str] = {}
        for some in _few_at_a_time(names):
            found = self._memos(some)
            if total:
                total.add(found.values())
            texts.update(found)
        return [
            replace(option, raw=texts[option.name], value_read=True) if option.name in texts else option
            for option in options
        ]

    def _memos(self, names: Sequence[str]) -> dict[str, str]:
        texts: dict[str, str] = {}
        for column in MEMO_COLUMNS:
            wanted = [name for name in names if not texts.get(name)]
            if not wanted:
                break
            definition = query(
                SCHEMA,
                "select",
                ["@name", column],
                where=one_of("@name", wanted),
                order_by=[("@name", False)],
                line_count=len(wanted),
            )
            try:
                found = fetch(self.session, definition, dict)
            except FaultError:
                # This form is not the server's. Its text may be hidden (campaign_facts, unknown 22), so any fault
                # counts.
                continue
            texts.update({row.get("name", ""): row.get("memoValue", "") for row in found})
        return texts

    # -- writing ------------------------------------------------------------------------------------------------------

    def update(
        self, option: Option, value: object, description: str | None = None, *, data_type: int | None = None
    ) -> None:
        """Send one change of an existing option. Only sends: reading back is the caller's.

        :param option: the row as it was read; its type is kept.
        :param description: sent only when given.
        :param data_type: the type that the caller means, refused when it is not the option's.
        :raises XtkValueError: the value does not fit the type, or is empty where that might blank the option.
        """
        if data_type is not None and data_type != option.data_type:
            raise ValidationError(
                f"The option '{option.name}' has data type {option.data_type} and not {data_type}.",
                instance=self.session.name,
                next_step="An option keeps its type.",
            )
        self._send({"_operation": "update", "_key": "@name"}, option.name, option.data_type, value, description)

    def create(self, name: str, data_type: int, value: object, description: str | None = None) -> None:
        """Send a new option. Only sends. The server refuses a name that is there already."""
        self._send({"_operation": "insert"}, name, data_type, value, description)

    def write_and_verify(
        self,
        option: Option,
        value: object,
        *,
        expected: object = UNSET,
        description: str | None = None,
        just_read: bool = False,
    ) -> Option:
        """Write a value, read it back by query, and return the row as read.

        :param option: the row as the caller knows it. It is read again first: it must still be there, with this type.
        :param expected: what the row must still hold before anything is sent; None for no value.
        :param just_read: the caller has read the row right now and compared it himself: it is not read again.
        :raises ConflictError: somebody else changed the option: before the write (nothing was sent), or after a write
            whose answer was lost.
        :raises NotWritten: the server accepted the write, and the row does not hold the value.
        :raises TransportError: the answer was lost and, as far as reading back shows, nothing was written.
        """
        self._fits(option.name, option.data_type, value)
        before = option if just_read else self._unchanged(option, expected)
        try:
            self.update(before, value, description)
        except TransportError as lost:
            if lost.reached == "no":
                raise
            return self._after_lost_answer(before, value, lost, description=description)
        return self._verified(before, value)

    def create_and_verify(self, name: str, data_type: int, value: object, *, description: str | None = None) -> Option:
        """Create an option, read it back by query, and return the row as read. Errors as for write_and_verify."""
        self._fits(name, data_type, value)
        wanted = Option(name=name, data_type=int(data_type), raw="")
        if self.get(name) is not None:
            raise ConflictError(
                f"The option '{name}' exists already.",
                instance=self.session.name,
                next_step="Nothing was sent. Look at it, then change it in place of creating it.",
            )
        try:
            self.create(name, data_type, value, description)
        except TransportError as lost:
            if lost.reached == "no":
                raise
            return self._after_lost_answer(wanted, value, lost, existed=False)
        return self._verified(wanted, value)

    def _fits(self, name: str, data_type: int, value: object) -> None:
        try:
            encode(data_type, value)
        except XtkValueError as error:
            error.message = f"Option '{name}': {error.message}"
            error.instance = error.instance or self.session.name
            raise

    def _send(
        self, how: t.Mapping[str, str], name: str, data_type: int, value: object, description: str | None
    ) -> None:
        column = column_of(data_type)
        text = encode(data_type, value)
        attributes = {"xtkschema": SCHEMA, **how, "name": xml_text(_checked(name)), "dataType": str(int(data_type))}
        if description is not None:
            attributes["description"] = xml_text(description)
        if data_type not in _MEMOS:
            attributes[column] = text
        patch = element("option", attributes)
        if data_type in _MEMOS:
            # Whether a server takes an attribute too is not known (campaign_facts, Option rows). Escaped text and not
            # CDATA: to a parser both are one, but CDATA cannot carry a carriage return.
            child = element(column)
            child.text = text
            patch.append(child)
        self.session.call("xtk:persist", "Write", [Param("domDoc", patch)])

    def _unchanged(self, option: Option, expected: object) -> Option:
        found = self.get(option.name)
        nothing_sent = "Nothing was sent. Look at the option again before you decide."
        if found is None:
            raise NotFoundError(
                f"There is no option '{option.name}', or the operator has no right to see it.",
                instance=self.session.name,
                next_step="Nothing was sent. Check the name and the operator's rights.",
            )
        if found.data_type != option.data_type:
            raise ConflictError(
                f"The option '{option.name}' now has data type {found.data_type} and not {option.data_type}.",
                instance=self.session.name,
                next_step=nothing_sent,
            )
        if "\ufffd" in found.raw:
            raise ConflictError(
                f"The option '{option.name}' holds characters that XML forbids, so that its "
                "value cannot be read as it is.",
                instance=self.session.name,
                next_step="Nothing was written. Correct the value in the console.",
            )
        if expected is not UNSET and not found.holds(expected):
            raise ConflictError(
                f"The option '{option.name}' holds {_held(found)} and not {found.shown(expected)} as expected: "
                "somebody changed it.",
                instance=self.session.name,
                next_step=nothing_sent,
            )
        return found

    def _verified(self, before: Option, value: object) -> Option:
        try:
            after = self.get(before.name)
        except CampaignError as error:
            error.message += f" The write of {before.shown(value)} to the option '{before.name}' had been accepted."
            error.next_step = f"Read the option before you repeat this. {error.next_step}".strip()
            raise
        if after is not None and _took(before, after, value):
            return after
        raise NotWritten(
            f"The server accepted the write of {before.shown(value)} to the option '{before.name}', but read back it "
            f"holds {_held(after)}.",
            instance=self.session.name,
            next_step="Check the operator's right to change options, and whether somebody else or a running workflow "
            "wrote it in between.",
        )

    def _after_lost_answer(
        self,
        before: Option,
        value: object,
        lost: TransportError,
        *,
        existed: bool = True,
        description: str | None = None,
    ) -> Option:
        """Nobody knows whether the write arrived: read it back and decide (campaign_facts, Timeouts). Never send it
        again.

        Where only the description was to change, the value shows nothing, and the description does.
        """
        try:
            after = self.get(before.name)
        except CampaignError as error:
            lost.message += (
                f" Whether the option '{before.name}' was written is not known: it could not be read back "
                f"({error.message})"
            )
            lost.next_step = "Read the option before you repeat this."
            raise lost from error
        untouched = after is None if not existed else after is not None and _same_row(before, after)
        if after is not None and _took(before, after, value):
            if not untouched or _has_described(before, after, description):
                return after
            raise _nothing_written(lost, before, "still has its old description")
        if untouched:
            state = f"still holds {_held(before)}" if existed else "is still not there"
            raise _nothing_written(lost, before, state)
        raise ConflictError(
            f"The answer to the write of {before.shown(value)} to the option '{before.name}' was lost, and read back "
            f"it holds {_held(after)}, which is neither the new value nor the old one.",
            instance=self.session.name,
            server_text=lost.server_text,
            next_step="Somebody else wrote it at the same time: look at the option before you decide.",
        ) from lost


def _checked(name: str) -> str:
    if not name.strip():
        raise ValidationError("The name of an option must not be empty.")
    return name


def _few_at_a_time(names: Sequence[str]) -> t.Iterator[Sequence[str]]:
    """The names, no more at a time than one query asks for."""
    for start in range(0, len(names), NAMES_A_QUERY):
        yield names[start : start + NAMES_A_QUERY]


def _number(option: Option) -> int:
    return integer({"id": option.id}, "id")


def _held(option: Option | None) -> str:
    if option is None:
        return "nothing, because it is not there"
    return option.shown(option.raw) if option.value_read else "a long text that could not be read"


def _took(before: Option, after: Option, value: object) -> bool:
    """Whether the option has the new value, and the type that it had."""
    return after.data_type == before.data_type and after.holds(value)


def _has_described(before: Option, after: Option, description: str | None) -> bool:
    """Whether the description is as it was to be, as far as that can be told."""
    return description in (None, before.description) or after.description != before.description


def _nothing_written(lost: TransportError, before: Option, state: str) -> TransportError:
    """The error of a write whose answer was lost, when the option is as it was."""
    lost.message += (
        f" Read back at once, the option '{before.name}' {state}: nothing was written, as far as that shows."
    )
    advice = "The server may be working on it yet: read the option again before you repeat this."
    lost.next_step = f"{advice} {lost.next_step}".strip()
    return lost


def _same_row(before: Option, after: Option) -> bool:
    return after.data_type == before.data_type and after.value_read == before.value_read and after.raw == before.raw
