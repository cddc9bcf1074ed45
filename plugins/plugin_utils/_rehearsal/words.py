# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The last lines of the playbooks snapshot and rehearse. Pure."""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence

from ...module_utils._core.counted import counted
from ...module_utils._diagnosis.outcomes import HEALTHY_AFTER
from .._fleet.outcome import NOTHING_TO_DO
from .playbook import Played
from .rehearsing import Rehearsed

Data = dict[str, t.Any]


def snapshot_lines(data: Data, path: str, *, written: bool) -> list[str]:
    """What the snapshot holds, and which instances could not be read."""
    rows = data["instances"]
    read = [row for row in rows.values() if "unread" not in row]
    lines = [f"SNAPSHOT {'written to' if written else 'not written (check mode):'} {path}"]
    lines.append(
        f"{counted(len(read), 'instance')} of {len(rows)} read, by {data['taken']}. Nothing was changed anywhere."
    )
    for name, row in rows.items():
        if "unread" in row:
            lines.append(f"{name}: {row['unread']['verdict']}: {row['unread']['why']}")
    return lines


def duration(seconds: float) -> str:
    """A time as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = (
        [f"{hours}h"] * bool(hours)
        + [f"{minutes}m"] * bool(minutes)
        + [f"{rest}s"] * bool(rest or not (hours or minutes))
    )
    return " ".join(parts)


def affected(number: int | None) -> str:
    """What stays possibly affected, as the end of a sentence."""
    if number is None:
        return "how many deliveries stay possibly affected is not known"
    return f"{counted(number, 'delivery')} {'stays' if number == 1 else 'stay'} possibly affected"


def rehearsal_lines(
    data: Data,
    path: str,
    found: Mapping[str, Rehearsed],
    not_copied: Mapping[str, str],
    played: Played | None,
) -> list[str]:
    """What would happen on each instance, and what the rehearsal could not know.

    :param not_copied: by host, the verdict of an instance that could not be copied.
    """
    cured = {name: one for name, one in found.items() if one.ended.outcome}
    others = {**{name: one.ended.verdict for name, one in found.items() if name not in cured}, **not_copied}
    lines = [
        f"REHEARSAL on a copy of {counted(len(data['instances']), 'instance')}, as of {data['taken']} ({path}).",
        "No real instance was asked.",
    ]
    if not cured:
        lines.append("No cursor is stuck: reconcile would write nothing.")
    for name, one in cured.items():
        lines += _cured(name, one)
    lines += _not_cured(others) if others else []
    if played is not None:
        lines += _played(found, not_copied, played)
    return lines


def _not_cured(verdicts: Mapping[str, str]) -> list[str]:
    counts = ", ".join(f"{verdict} {number}" for verdict, number in sorted(Counter(verdicts.values()).items()))
    named = [f"{name}: {verdict}" for name, verdict in verdicts.items() if verdict not in NOTHING_TO_DO]
    return [f"Not to be cured: {counts}", *named]


def _cured(name: str, one: Rehearsed) -> list[str]:
    ended = one.ended
    lines = [f"{name}: {ended.outcome} after {duration(ended.seconds)}; {affected(ended.affected)}."]
    if ended.outcome not in HEALTHY_AFTER:
        lines.append(f"{name}, why: {ended.reason}")
    lines += [f"{name}, otherwise {other.what}: {unknown.otherwise}" for unknown, other in one.otherwise]
    if one.tried:
        lines.append(
            f"{name}: {one.tried} unknowns rehearsed both ways, {one.tried - len(one.otherwise)} without a difference."
        )
    lines += [f"{name}, not known: {sentence}" for sentence in one.silent]
    return lines


def _played(found: Mapping[str, Rehearsed], not_copied: Mapping[str, str], played: Played) -> list[str]:
    lines = [f"The playbook reconcile ended on the copy with exit code {played.status}."]
    if not played.what:
        return [*lines, f"It left no report: {played.problem or 'it said nothing'}"]
    lines += [f"reconcile, refused by the gate: {refusal}" for refusal in played.refusals]
    if played.refusals:
        return lines
    expected = {**{name: one.ended.what for name, one in found.items()}, **not_copied}
    apart = differences(expected, played)
    lines += [f"{name}: {what} in the playbook, {expected[name]} here." for name, what in apart]
    return lines


def differences(expected: Mapping[str, str], played: Played) -> Sequence[tuple[str, str]]:
    """The hosts of which the playbook says something else."""
    return [(name, what) for name, what in played.what.items() if name in expected and what != expected[name]]
