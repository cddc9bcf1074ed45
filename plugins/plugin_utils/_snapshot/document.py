# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The file of a snapshot: the rows of all instances as one document, and the document as text that diffs well in git.
Pure.

The format is described in ``docs/docsite/rst/rehearsal_guide.rst``, and by
``roles/mid_sourcing/files/snapshot.schema.json``.
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Mapping
from datetime import datetime

from ...module_utils._core.errors import ValidationError, XtkValueError, shorten
from ...module_utils._core.xtk import format_datetime, parse_datetime

Data = dict[str, t.Any]

FORMAT = "campaign.classic.snapshot"
VERSION = 1

#: The elements of these stand on one line each: an account, an option, a line of a journal.
_ONE_LINE = frozenset({"accounts", "options", "journal", "last_day", "unread"})
_HOW = "Write a new one with the playbook campaign.classic.snapshot."


def document(rows: Mapping[str, Data], addresses: Mapping[str, str], began: datetime, taken: datetime) -> Data:
    """The document of a snapshot.

    :param rows: by name of the host, what was read of it.
    :param addresses: the addresses by which accounts may name a host, in their canonical form -> its name. An account
        then names the host, and no address is kept of it.
    :param began: when the reading began, by the controller's clock, aware; ``taken``: when it ended.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "began": format_datetime(began),
        "taken": format_datetime(taken),
        "instances": {name: _row(row, addresses) for name, row in sorted(rows.items())},
    }


def _row(row: Data, addresses: Mapping[str, str]) -> Data:
    if "accounts" not in row:
        return row
    accounts = {}
    for name, account in row["accounts"].items():
        server = account["server"]
        host = addresses.get(server, "")
        accounts[name] = {"active": account["active"], "mid": host, "server": "" if host else server}
    return {**row, "accounts": accounts}


# -- as text -----------------------------------------------------------------------------------------------------------


def to_text(data: Data) -> str:
    """The document as JSON: keys in order, one thing on a line, so that a diff shows what has changed."""
    return "\n".join(_lines(data, "")) + "\n"


# Complex: one case for each kind of value.
def _lines(value: t.Any, key: str) -> list[str]:
    if not isinstance(value, (Mapping, list)) or not value:
        return [_word(value)]
    pairs: t.Iterable[tuple[str, t.Any]]
    if isinstance(value, list):
        pairs, ends = [("", one) for one in value], "[]"
    else:
        pairs, ends = [(f"{_word(name)}: ", value[name]) for name in sorted(value)], "{}"
    lines: list[str] = []
    for label, one in pairs:
        below = json.loads(label.rstrip(": ")) if label else ""
        inner = [_word(one)] if key in _ONE_LINE or below in ("last_day", "unread") else _lines(one, below)
        lines += [f"  {label}{inner[0]}", *(f"  {line}" for line in inner[1:])]
        lines[-1] += ","
    lines[-1] = lines[-1][:-1]
    return [ends[0], *lines, ends[1]]


def _word(value: t.Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


# -- from text ---------------------------------------------------------------------------------------------------------


def from_text(text: str, place: str) -> Data:
    """The document in a text.

    :param place: its file, for messages.
    :raises ValidationError: it is none that can be used; the message names what is wrong.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ValidationError(f"{place} is not JSON: {error}.", next_step=_HOW) from None
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise ValidationError(f"{place} is no snapshot of a fleet.", next_step=_HOW)
    if data.get("version") != VERSION:
        raise ValidationError(
            f"{place} has the format {data.get('version')!r}, and this collection reads {VERSION}.", next_step=_HOW
        )
    for name in ("began", "taken"):
        _moment(data.get(name), f"{place}: {name}")
    instances = data.get("instances")
    if not isinstance(instances, Mapping) or not instances:
        raise ValidationError(f"{place} has no instance.", next_step=_HOW)
    for name, row in instances.items():
        _check_row(row, f"{place}: instances.{name}")
    return dict(data)


_PARTS: t.Mapping[str, t.Mapping[str, tuple[type, ...]]] = {
    "accounts": {"active": (bool,), "mid": (str,), "server": (str,)},
    "options": {"type": (int,), "value": (str, type(None))},
    "workflows": {"state": (int,), "failed": (bool,), "running": (bool,), "errors": (int,)},
}


def _check_row(row: t.Any, place: str) -> None:
    """Raise ValidationError for a row that would be misread."""
    _require(row, (Mapping,), place)
    if "unread" in row:
        _require(row["unread"], (Mapping,), f"{place}.unread")
        return
    _moment(row.get("server_time"), f"{place}.server_time")
    _require(row.get("skew_seconds"), (int, float), f"{place}.skew_seconds")
    for part, fields in _PARTS.items():
        _require(row.get(part), (Mapping,), f"{place}.{part}")
        for name, one in row[part].items():
            _check_fields(one, fields, f"{place}.{part}.{name}")
    for name, one in row["workflows"].items():
        _check_workflow(one, f"{place}.workflows.{name}")
    for day, number in ((row.get("deliveries") or {}).get("by_day") or {}).items():
        _moment(f"{day} 00:00:00Z", f"{place}.deliveries.by_day")
        _require(number, (int,), f"{place}.deliveries.by_day.{day}")


def _check_fields(one: t.Any, fields: Mapping[str, tuple[type, ...]], place: str) -> None:
    _require(one, (Mapping,), place)
    for field, kinds in fields.items():
        _require(one.get(field), kinds, f"{place}.{field}")


def _check_workflow(one: Data, place: str) -> None:
    for field in ("processed", "started", "due"):
        if one.get(field) is not None:
            _moment(one[field], f"{place}.{field}")
    for number, entry in enumerate(one.get("journal") or ()):
        _require(entry, (Mapping,), f"{place}.journal[{number}]")
        _moment(entry.get("at"), f"{place}.journal[{number}].at")


def _require(value: t.Any, kinds: tuple[type, ...], place: str) -> None:
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise ValidationError(f"{place} is {shorten(repr(value), 60)}, which is not expected there.", next_step=_HOW)


def _moment(value: t.Any, place: str) -> datetime:
    try:
        return parse_datetime(str(value or ""))
    except XtkValueError:
        raise ValidationError(f"{place} is {shorten(repr(value), 60)}, and no moment.", next_step=_HOW) from None


def unread(data: Data) -> list[str]:
    """The instances that could not be read."""
    return [name for name, row in data["instances"].items() if "unread" in row]
