# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The rows of a slice of a fleet as lines of a job's output, and back. Pure.

The output of a job is all that a node leaves for another job: what slices pass on with ``set_stats`` overwrites each
other. A line is::

    CAMPAIGN SLICE 1:RUN:NUMBER:COUNT:PART:PARTS:DIGEST:DATA

``1`` is the version of this form. ``NUMBER`` of ``COUNT`` is the slice; both are 0 where the job does not know. The
``DATA`` of all parts together is a document of JSON, packed by zlib, in base64 for URLs; ``DIGEST`` is the SHA-256 of
what was packed. All behind the marker is one word, so that no callback breaks it, and a part is far smaller than what
AWX takes as one event.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import typing as t
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from ...module_utils._core.errors import CampaignError, ValidationError
from ...module_utils._core.text import SLICE_MARKER
from ...module_utils._diagnosis.model import Verdict
from .._fleet.plan import read_plan

SliceRow = Mapping[str, t.Any]

FORMAT = "campaign.classic/slice/1"
#: So many characters of data stand on a line. Ansible shows them, and AWX keeps them beside that as data.
PART = 20_000
#: No document is larger once it is unpacked, in bytes: some hundred thousand hosts.
LARGEST = 512 * 1024 * 1024

#: Any white space: some callbacks break a long line there.
_MARKER = re.compile(r"\s+".join(SLICE_MARKER.split()))
# No number is longer: a hostile one would cost its size in memory.
_LINE = re.compile(
    _MARKER.pattern + r"\s+1:([A-Za-z0-9][A-Za-z0-9._-]*)" + r":(\d{1,6})" * 4 + r":([0-9a-f]{64}):([A-Za-z0-9_-]+)"
)
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_VERDICTS = frozenset(verdict.value for verdict in Verdict)

#: Run, number, count, digest: the parts with the same ones belong together.
_Head = tuple[str, int, int, str]


@dataclass(frozen=True, eq=False)
class Slice:
    """What one slice found.

    :param run: the name that all slices of a sweep have in common.
    :param number: which slice, from 1, of ``count``; both 0 where that is not known.
    :param made: when its rows were read.
    :param rows: as ``fleet_info`` returns them, by host.
    :param digest: of its document; '' for one that was not read from an output.
    :param source: where it was read from, for messages.
    """

    run: str
    number: int
    count: int
    made: datetime
    rows: Mapping[str, SliceRow]
    digest: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return _name(self.number, self.count, self.source)


def _name(number: int, count: int, source: str) -> str:
    return f"slice {number} of {count}" if number else f"the slice in {source}" if source else "the slice"


def lines_of(one: Slice, width: int = PART) -> list[str]:
    """The lines that a slice leaves in the output, each with ``width`` characters of data at most.

    :raises ValidationError: the run cannot be called so, or the slice has no such number.
    """
    if not _RUN.fullmatch(one.run):
        raise ValidationError(
            f"mid_sourcing_slice_run '{one.run}' cannot name the run of a slice.",
            next_step="Use letters, digits, '.', '_' and '-', and the same name in all slices.",
        )
    if one.number < 0 or one.number > one.count:
        raise ValidationError(
            f"There is no slice {one.number} of {one.count}.",
            next_step="mid_sourcing_slice_number begins at 1, and mid_sourcing_slice_count is how many there are.",
        )
    packed = zlib.compress(_document(one), 9)
    data = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    digest = hashlib.sha256(packed).hexdigest()
    parts = [data[start : start + width] for start in range(0, len(data), width)]
    head = f"{SLICE_MARKER} 1:{one.run}:{one.number}:{one.count}"
    return [f"{head}:{number}:{len(parts)}:{digest}:{part}" for number, part in enumerate(parts, 1)]


def _document(one: Slice) -> bytes:
    document = {
        "format": FORMAT,
        "run": one.run,
        "number": one.number,
        "count": one.count,
        "made": one.made.astimezone(timezone.utc).isoformat(timespec="seconds"),
        "rows": dict(one.rows),
    }
    return json.dumps(document, separators=(",", ":")).encode()


def read_slices(text: str, source: str) -> tuple[list[Slice], list[str]]:
    """The slices in the output of a job, and what is wrong with it, as sentences.

    :param text: of a job, whatever else is in it; colours and line numbers do no harm.
    :param source: what it is, for messages, such as a path.
    """
    parts: dict[_Head, dict[int, set[str]]] = {}
    totals: dict[_Head, set[int]] = {}
    found = list(_LINE.finditer(text))
    for one in found:
        run, number, count, part, total, digest, data = one.groups()
        head = (run, int(number), int(count), digest)
        parts.setdefault(head, {}).setdefault(int(part), set()).add(data)
        totals.setdefault(head, set()).add(int(total))
    slices, problems = [], []
    for head, numbered in parts.items():
        try:
            slices.append(_joined(head, numbered, totals[head], source))
        except ValidationError as error:
            problems.append(f"{source}: {_name(head[1], head[2], '')} of run {head[0]} {error.message}")
    unread = len(_MARKER.findall(text)) - len(found)
    if unread > 0:
        problems.append(f"{source}: a line of a slice is cut off, or of another version of this collection.")
    if not found and unread <= 0:
        problems.append(f"{source}: there is no slice in it.")
    return slices, problems


def _joined(head: _Head, parts: Mapping[int, set[str]], totals: set[int], source: str) -> Slice:
    """The slice of these parts.

    :raises ValidationError: one is missing or damaged. The message goes on after the name of the slice.
    """
    run, number, count, digest = head
    total = max(totals)
    missing = total - len(parts.keys() & set(range(1, total + 1)))
    if missing:
        raise ValidationError(f"is cut off: {missing} of its {total} parts are missing.")
    if len(totals) > 1 or any(len(texts) > 1 for texts in parts.values()):
        raise ValidationError("is damaged: a part of it is there twice, and differs.")
    data = "".join(text for place in sorted(parts) for text in parts[place])
    rows, made = _unpacked(data, digest, (run, number, count))
    return Slice(run, number, count, made, rows, digest, source)


def _unpacked(data: str, digest: str, expected: tuple[str, int, int]) -> tuple[Mapping[str, SliceRow], datetime]:
    """The rows in the data of a slice, and when they were read.

    :raises ValidationError: they are not what the slice has packed.
    """
    try:
        packed = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        packed = b""
    if hashlib.sha256(packed).hexdigest() != digest:
        raise ValidationError("is damaged: its digest is another's.")
    try:
        unpacker = zlib.decompressobj()
        document = json.loads(unpacker.decompress(packed, LARGEST))
        if unpacker.unconsumed_tail:
            raise ValidationError("is larger than any slice.")
        if document["format"] != FORMAT or (document["run"], document["number"], document["count"]) != expected:
            raise ValidationError("is damaged: its first words are another's.")
        made = datetime.fromisoformat(document["made"])
        if made.tzinfo is None:
            raise ValueError
        return _checked(document["rows"]), made
    except (zlib.error, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ValidationError("is damaged: it is no document of a slice.") from None


def _checked(rows: t.Any) -> Mapping[str, SliceRow]:
    """The rows, each with a verdict, and with plans that are those of its host.

    :raises ValidationError: a plan is another's, or was changed.
    :raises LookupError, TypeError, AttributeError: a row is none.
    """
    for host, row in rows.items():
        if row["verdict"] not in _VERDICTS or not isinstance(row["reason"], str):
            raise TypeError
        _check_plans(host, row.get("plans") or ())
    return t.cast("Mapping[str, SliceRow]", rows)


def _check_plans(host: str, plans: Sequence[t.Any]) -> None:
    for data in plans:
        try:
            instance = read_plan(data).instance
        except CampaignError as error:
            raise ValidationError(f"is damaged: the plan of {host}: {error.message}") from None
        if instance != host:
            raise ValidationError(f"is damaged: the plan of {host} is that of {instance}.")
