# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What cures, backfills and rollbacks of all runs did since a moment, as a report shows it. Reads only.

A damaged record is named, and hides nothing else. Calls are left out: a report has no room for them.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path

from ansible.errors import AnsibleActionFail

from ...module_utils._core.errors import ValidationError
from ...module_utils._core.xtk import parse_datetime
from .file_names import SAFE_NAME
from .files import attempts_in, trusted_run
from .runs import is_run, kind_of, records_in, started_by

Data = dict[str, t.Any]

#: What moves a cursor of a delivery workflow; siblings are another story.
KINDS = frozenset({"cure", "backfill", "rollback"})


def changes_since(directory: str, since: datetime) -> Data:
    """The attempts of :data:`KINDS` that began at this moment or later.

    :param directory: of the evidence. One that does not exist has none.
    :param since: aware.
    :returns: ``changes``, oldest first, each with ``host``, ``run_id``, ``kind``, ``by``, and of the attempt itself
        ``started``, ``ended``, ``state``, ``failed``, ``ticket``, ``cursors`` and ``result`` without its calls; and
        ``damaged``, sentences about evidence that cannot be used.
    :raises OSError: the directory cannot be read, or is none.
    """
    root = Path(directory)
    if not root.exists():
        return {"changes": [], "damaged": []}
    try:
        trusted_run(root)
    except AnsibleActionFail as error:
        return {"changes": [], "damaged": [str(error)]}
    found: list[Data] = []
    damaged: list[str] = []
    for path in sorted(root.iterdir()):
        if SAFE_NAME.fullmatch(path.name) and is_run(path) and _may_have(path, since):
            records, broken = records_in(path)
            damaged += broken
            found += [one for host, _file, record in records for one in _changes(host, path.name, record, since)]
    found.sort(key=lambda one: (str(one["started"]), str(one["host"]), str(one["run_id"])))
    return {"changes": found, "damaged": damaged}


def _may_have(run: Path, since: datetime) -> bool:
    """Whether something in a run may be as young as that: its directory changes with every write."""
    return datetime.fromtimestamp(run.stat().st_mtime, timezone.utc) >= since


def _changes(host: str, run_id: str, record: Mapping[str, t.Any], since: datetime) -> Iterator[Data]:
    for attempt in attempts_in(record):
        kind = kind_of(attempt)
        if kind in KINDS and _is_since(attempt, since):
            result = {key: value for key, value in (attempt.get("result") or {}).items() if key != "calls"}
            kept = {key: attempt.get(key) for key in ("started", "ended", "state", "failed", "ticket", "cursors")}
            yield {"host": host, "run_id": run_id, "kind": kind, "by": started_by(attempt), **kept, "result": result}


def _is_since(attempt: Mapping[str, t.Any], since: datetime) -> bool:
    try:
        return parse_datetime(str(attempt.get("started"))) >= since
    except ValidationError:
        return False
