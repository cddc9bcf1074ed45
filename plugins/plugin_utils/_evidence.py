# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Evidence of a cure on the controller's disk: one JSON file a host in one directory a run.

The intent, with the old value, is on disk before anything is sent to the instance, so that a process that is killed at
any moment leaves behind what is needed to undo its change.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail

#: What a run's or a host's name may be: one component of a path.
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

FORMAT = "campaign.classic/evidence/1"


def evidence_file(directory: str, run_id: str, instance: str) -> Path:
    """The file of one instance in one run.

    :raises AnsibleActionFail: a run or an instance name that cannot be a file's name.
    """
    for what, name in (("run_id", run_id), ("instance", instance)):
        if not SAFE_NAME.fullmatch(name):
            raise AnsibleActionFail(f"{what} '{name}' cannot be a file name; use letters, digits, '.', '_' and '-'.")
    return Path(directory) / run_id / f"{instance}.json"


def write_evidence(path: Path, record: t.Mapping[str, t.Any]) -> None:
    """Write one record so that a reader sees the old or the new one whole, and a crash loses neither.

    The file, and the directories that are not there yet, are for this user alone.

    :raises OSError: the disk refused.
    """
    _make_directories(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".evidence-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), 0o600)
            json.dump(record, stream, indent=2, sort_keys=True, default=str)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def read_evidence(path: Path) -> dict[str, t.Any]:
    """Read one record back.

    :raises AnsibleActionFail: no such file, or not one of ours.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AnsibleActionFail(f"The evidence file {path} cannot be read: {error}") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise AnsibleActionFail(f"{path} is not an evidence file of this collection.")
    return record


def _make_directories(directory: Path) -> None:
    missing = [one for one in (directory, *directory.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        _sync_directory(one.parent)


def _sync_directory(directory: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
