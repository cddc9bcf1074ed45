# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What is completed on a host although its change window is closed. Pure.

An attempt of ours that broke off has written, or has left the workflow stopped. Its own cursors are completed: their
cure ends with the workflow as it was found, and each cursor moved by it or put back. No other cursor is needed for
that, even where that one makes the run fail: then what was moved is put back.

There is one exception. Where the workflow stands stopped because of us, it must be started again, and the cure begins
with the cursor whose turn it is, which need not be one of that attempt. So all stuck cursors of that workflow go along.
An attempt of which a rollback has put a cursor back is undone, and is not completed for its other cursors either, not
even for those that it has written.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping


def begun_options(diagnosis: Mapping[str, t.Any]) -> frozenset[str]:
    """The cursors that are completed whatever the hour."""
    cursors = list(diagnosis.get("cursors") or [])
    standing = [one for one in cursors if not _is_undone(one)]
    stopped, written = _workflows(standing, _is_stopped_by_us), _workflows(standing, _is_written)
    begun = [one for one in cursors if one.get("workflow") in stopped]
    begun += [one for one in standing if one.get("workflow") in written and _is_of_attempt(one)]
    return frozenset(str(one["option"]) for one in begun)


def left_for_later(diagnosis: Mapping[str, t.Any]) -> list[str]:
    """The planned cursors that wait for the change window while the others are completed: all, where none was begun."""
    begun = begun_options(diagnosis)
    return [str(one["option"]) for one in diagnosis.get("plans") or [] if one["option"] not in begun]


def is_begun(plans: t.Iterable[Mapping[str, t.Any]], diagnosis: Mapping[str, t.Any]) -> bool:
    """Whether each of these plans is completed whatever the hour."""
    return {str(plan["option"]) for plan in plans} <= begun_options(diagnosis)


def _workflows(
    cursors: t.Sequence[Mapping[str, t.Any]], is_meant: t.Callable[[Mapping[str, t.Any]], bool]
) -> set[t.Any]:
    return {one.get("workflow") for one in cursors if is_meant(one)}


def _is_of_attempt(cursor: Mapping[str, t.Any]) -> bool:
    """Whether an attempt that broke off was to move this cursor, whether it came to that or not."""
    return _is_written(cursor) or bool(_evidence(cursor).get("earlier"))


def _is_written(cursor: Mapping[str, t.Any]) -> bool:
    return bool(cursor.get("unfinished_run"))


def _is_stopped_by_us(cursor: Mapping[str, t.Any]) -> bool:
    return bool((_evidence(cursor).get("workflow") or {}).get("stopped_by_us"))


def _is_undone(cursor: Mapping[str, t.Any]) -> bool:
    """Whether a rollback has ended the attempt. Nothing is half done then: another move is another change."""
    return bool((_evidence(cursor).get("earlier") or {}).get("undone"))


def _evidence(cursor: Mapping[str, t.Any]) -> Mapping[str, t.Any]:
    return cursor.get("evidence") or {}
