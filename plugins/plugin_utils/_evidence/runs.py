# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The runs in an evidence directory: what each did, and what of it can be undone. Reads only.

A damaged file is named, and only its own content is lost; it hides no other host and no other run.
"""

from __future__ import annotations

import os
import shlex
import typing as t
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

from ansible.errors import AnsibleActionFail

from ...module_utils._core.xtk import format_datetime
from ...module_utils._diagnosis.outcomes import rank
from .attempt import workflow_of, workflows_ordered
from .file_names import SAFE_NAME, host_of
from .files import MANIFEST, PLAN, attempts_in, check_run, read_evidence, run_directory, trusted_run
from .records import records_of
from .run_lines import detail_lines, run_lines
from .undoing import rollback_targets

Data = dict[str, t.Any]

#: Where the roles put evidence, below the directory in which a playbook is started.
DEFAULT_DIRECTORY = "campaign-evidence"


def runs_in(directory: str) -> list[Data]:
    """Every run below an evidence directory, the newest first; none if there is no such directory.

    :returns: for each ``run_id``, ``started`` and ``ended`` (UTC; ``ended`` is '' when an attempt did not end), ``by``,
        ``tickets``, ``kinds``, ``hosts``, ``outcomes`` (a number for each: a host counts as the worst
        that its cursors ended with last), ``undoable`` (hosts), ``rollback`` (a command line, or ''), ``damaged``
        (sentences) and ``lines`` for people, which fit 80 columns as Ansible shows them.
    :raises AnsibleActionFail: somebody else can have written the directory.
    :raises OSError: it cannot be read, or is none.
    """
    root = Path(directory)
    if not root.exists():
        return []
    trusted_run(root)
    found = [_run(path) for path in root.iterdir() if SAFE_NAME.fullmatch(path.name) and is_run(path)]
    found.sort(key=lambda run: (str(run["started"]), str(run["run_id"])), reverse=True)
    return [{**_summary(run), "lines": run_lines(run)} for run in found]


def one_run(directory: str, run_id: str) -> Data:
    """One run in detail: the fields of :func:`runs_in`, and ``attempts`` and ``problems``.

    :returns: ``attempts`` has for each host, attempt and option: ``host``, ``kind``, ``started``, ``ended``,
        ``outcome``, ``reason``, ``option``, ``old_value``, ``written``, ``after``, ``workflows`` (those that it was to
        give orders) and ``file``. ``problems`` is what the manifest says against the files.
    :raises AnsibleActionFail: a name that is not a run's, or there is no such run.
    """
    path = run_directory(directory, run_id)
    if not path.is_dir():
        raise AnsibleActionFail(f"There is no evidence of the run {run_id} below {directory}.")
    run = _run(path)
    run["problems"] = check_run(path)
    return {**_summary(run), "attempts": run["attempts"], "problems": run["problems"], "lines": detail_lines(run)}


def is_run(path: Path) -> bool:
    """Whether a directory is a run's: one that has lost its manifest still has the other files."""
    return any((path / name).exists() for name in (MANIFEST, PLAN, ".lock"))


# Complex: a flat list of values, each made by a short comprehension.
def _run(path: Path) -> Data:
    """Everything that the records of a run say."""
    records, damaged = records_in(path)
    attempts = [one for _host, _file, record in records for one in attempts_in(record)]
    rows = [row for host, file, record in records for row in _rows(host, file, record)]
    undoable = sorted(
        {host for host, _file, record in records if any(not one["is_back"] for one in rollback_targets(record))}
    )
    return {
        "run_id": path.name,
        "started": min((row["started"] for row in rows), default="") or _changed(path),
        "ended": _ended(rows),
        "by": _distinct(map(started_by, attempts)),
        "tickets": _distinct(str(one.get("ticket") or "") for one in attempts),
        "kinds": list(dict.fromkeys(row["kind"] for row in rows)),
        "hosts": sorted({row["host"] for row in rows}),
        "outcomes": _outcomes(rows),
        "undoable": undoable,
        "rollback": _rollback(path) if undoable else "",
        "damaged": damaged,
        "attempts": rows,
    }


def _outcomes(rows: t.Sequence[Data]) -> dict[str, int]:
    """How many hosts ended how, for each kind of attempt: each as the worst of its cursors, or workflows, that counts
    as it ended last."""
    last = {
        (row["host"], row["kind"], name): row["outcome"] for row in rows for name in row["workflows"] or [row["option"]]
    }
    of_host: dict[tuple[str, str], list[str]] = {}
    for (host, kind, _name), outcome in last.items():
        of_host.setdefault((host, kind), []).append(outcome)
    return dict(Counter(min(outcomes, key=rank) for outcomes in of_host.values()))


def _ended(rows: t.Sequence[Data]) -> str:
    """When the last attempt of a run ended; '' while one is in progress."""
    ends = [row["ended"] for row in rows]
    return max(ends, default="") if all(ends) else ""


def _summary(run: Data) -> Data:
    return {key: value for key, value in run.items() if key not in ("attempts", "problems")}


def records_in(path: Path) -> tuple[list[tuple[str, str, Data]], list[str]]:
    """The records of a run, each with its host and the name of its file; and the damaged ones."""
    found, damaged = [], []
    try:
        trusted_run(path)
        files = records_of(path)
    except (AnsibleActionFail, OSError) as error:
        return [], [str(error)]
    for file in files:
        try:
            record = read_evidence(file)
            found.append((host_of(file.stem) or str(record.get("instance")), file.name, record))
        except AnsibleActionFail as error:
            damaged.append(str(error))
    return found, damaged


def _rows(host: str, file: str, record: Data) -> list[Data]:
    """One row for each option of each attempt, oldest first; one without an option for an attempt that has none."""
    return [
        {
            "host": host,
            **_row(attempt, cursor),
            "workflows": [] if cursor["option"] else workflows_ordered(attempt),
            "file": file,
        }
        for attempt in attempts_in(record)
        for cursor in attempt.get("cursors") or [{"option": "", "old_value": ""}]
    ]


def _row(attempt: Data, cursor: Mapping[str, t.Any]) -> Data:
    """The result of an attempt for one option."""
    option, result = str(cursor["option"]), attempt.get("result") or {}
    moves = [one for one in result.get("moves") or [] if isinstance(one, Mapping) and str(one.get("option")) == option]
    move = moves[-1] if moves else {}
    return {
        "kind": kind_of(attempt),
        "started": _text(attempt.get("started")),
        "ended": _text(attempt.get("ended")),
        "outcome": _outcome(attempt, move),
        "reason": str(move.get("reason") or result.get("reason") or result.get("msg") or ""),
        "option": option,
        "old_value": _text(cursor.get("old_value")),
        "written": _text(move.get("written")),
        "after": _text(move.get("after")),
    }


def kind_of(attempt: Mapping[str, t.Any]) -> str:
    """``cure``, ``rollback``, ``backfill`` or ``siblings``: the operator's term for it."""
    kind = str(attempt.get("kind") or "")
    if kind == "option":
        moved = [workflow_of(str(one["option"])) for one in attempt.get("cursors") or []]
        return "rollback" if any(moved) else "siblings"
    return "siblings" if kind == "workflow" else kind


def _outcome(attempt: Mapping[str, t.Any], move: Mapping[str, t.Any]) -> str:
    """How an attempt ended for one option."""
    if attempt.get("state") != "ended":
        return "interrupted"
    result = attempt.get("result") or {}
    return str(move.get("outcome") or result.get("outcome") or ("failed" if attempt.get("failed") else "done"))


def started_by(attempt: Mapping[str, t.Any]) -> str:
    """Who started an attempt."""
    by = attempt.get("by") or {}
    user, sudo, job = (by.get(name) for name in ("user", "sudo_user", "job"))
    said = f"{user} (sudo of {sudo})" if sudo else str(user or "")
    if isinstance(job, Mapping):
        said += f", job {job.get('id') or '?'}" + (f" of {job['user']}" if job.get("user") else "")
    return said


def _text(value: t.Any) -> str:
    return "" if value is None else str(value)


def _distinct(values: t.Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, values)))


def _changed(path: Path) -> str:
    """When a directory was changed, in the form of a record's time: for a run whose records are all damaged."""
    return format_datetime(datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)).replace(" ", "T")


def _rollback(path: Path) -> str:
    """What to type to undo a run."""
    words = ["ansible-playbook", "campaign.classic.rollback", "-e", f"mid_sourcing_run={path.name}"]
    here = os.path.join(os.environ.get("PWD") or os.getcwd(), DEFAULT_DIRECTORY)
    if os.path.abspath(path.parent) != os.path.abspath(here):
        words += ["-e", f"mid_sourcing_evidence_dir={os.path.abspath(path.parent)}"]
    return shlex.join(words)
