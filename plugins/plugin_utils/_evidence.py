# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Evidence on the controller's disk: one JSON file a host in one directory a run, and a manifest of the directory.

The intent, with the old value, is on disk before anything is sent to the instance, so that a process that is killed at
any moment leaves behind what is needed to undo its change.

The manifest (``SHA256SUMS``, which ``sha256sum -c`` reads) is ahead of every write: it names what is about to be there
beside what is there, so that a crash between the two never makes honest evidence look false. What it does not name was
changed, or put there, by somebody else.

All of it is believed only where nobody but root and this user can have written it (see ``module_utils/_trust``):
whoever can write a record can write its sum into the manifest too.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import tempfile
import typing as t
from collections.abc import Iterator, Mapping
from pathlib import Path

from ansible.errors import AnsibleActionFail

from ..module_utils._errors import ValidationError
from ..module_utils._trust import lock_file, read, require

#: What a run's or a host's name may be: one component of a path.
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

FORMAT = "campaign.classic/evidence/1"
MANIFEST = "SHA256SUMS"

_LINE = re.compile(r"(?P<next># next )?(?P<sum>[0-9a-f]{64})  (?P<name>\S+)")
_LOOK = (
    "Nothing was sent. Look at who changed it; an old value that a job's output shows can be put back "
    "with mid_sourcing_restore."
)


def evidence_file(directory: str, run_id: str, instance: str) -> Path:
    """The file of one instance in one run.

    :raises AnsibleActionFail: a run or an instance name that cannot be a file's name.
    """
    for what, name in (("run_id", run_id), ("instance", instance)):
        if not SAFE_NAME.fullmatch(name):
            raise AnsibleActionFail(f"{what} '{name}' cannot be a file name; use letters, digits, '.', '_' and '-'.")
    return Path(directory) / run_id / f"{instance}.json"


# -- writing ------------------------------------------------------------------------------------------------------


def write_evidence(path: Path, record: t.Mapping[str, t.Any]) -> None:
    """Write one record so that a reader sees the old or the new one whole, and a crash loses neither.

    The file, and the directories that are not there yet, are for this user alone.

    :raises AnsibleActionFail: the directory is not believed: what is written there could be exchanged.
    :raises OSError: the disk refused.
    """
    write_file(path, json.dumps(record, indent=2, sort_keys=True, default=str) + "\n")


def write_file(path: Path, text: str) -> None:
    """The same for any text: a file of the run that the manifest names. Errors as for :func:`write_evidence`."""
    # Half of a surrogate pair, which an environment may hold, is no UTF-8.
    content = text.encode("utf-8", "backslashreplace")
    new = hashlib.sha256(content).hexdigest()
    with _believed(path.parent), _locked(path.parent):
        sums = _read_sums(path.parent)
        old = sums.get(path.name, [])[:1]
        _write_sums(path.parent, {**sums, path.name: [*(old or [new]), new]})
        _replace(path, content)
        _write_sums(path.parent, {**sums, path.name: [new]})


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".evidence-")
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _make_directories(directory: Path) -> None:
    """Make what is not there yet. What is there has been looked at before."""
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


# -- whose it is --------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _believed(directory: Path, *, make: bool = True) -> Iterator[None]:
    """The directory of a run, which nobody else can have written, nor the one that it is in.

    :param make: make it where it is not there.
    :raises AnsibleActionFail: somebody else can have written it, or a file in it that is looked at meanwhile.
    """
    try:
        _require_ours(directory)
        if make:
            _make_directories(directory)
            _require_ours(directory)  # somebody may have been quicker
        yield
    except ValidationError as error:
        raise AnsibleActionFail(f"{error} {_LOOK}") from error


def _require_ours(directory: Path) -> None:
    require(directory.parent, "evidence directory", kind="ours")
    require(directory, "evidence directory", kind="ours")


def _content(path: Path) -> bytes:
    """What is in a file of a run."""
    return read(path, "evidence file", kind="ours")


def believed_run(directory: Path) -> None:
    """Look at the directory of a run, where there is one.

    :raises AnsibleActionFail: somebody else can have written it.
    """
    with _believed(directory, make=False):
        pass


# -- the manifest -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """One writer at a time: Ansible's forks write the evidence of their hosts side by side."""
    handle = lock_file(directory / ".lock", "lock of the evidence")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read_sums(directory: Path) -> dict[str, list[str]]:
    """For each file the sums that it may have: what is there, and while it is being replaced what will be."""
    found: dict[str, list[str]] = {}
    try:
        text = _content(directory / MANIFEST).decode("utf-8", "replace")
    except FileNotFoundError:
        return found
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is not None:
            found.setdefault(match["name"], []).append(match["sum"])
    return found


def _write_sums(directory: Path, sums: Mapping[str, t.Sequence[str]]) -> None:
    lines = [f"{found[0]}  {name}" for name, found in sorted(sums.items())]
    lines += [f"# next {one}  {name}" for name, found in sorted(sums.items()) for one in found[1:]]
    _replace(directory / MANIFEST, "".join(f"{line}\n" for line in lines).encode("utf-8"))


def manifest_digest(directory: Path) -> str:
    """The SHA-256 of a run's manifest, which stands for all its evidence; '' when there is none that is believed."""
    try:
        with _believed(directory, make=False):
            return hashlib.sha256(_content(directory / MANIFEST)).hexdigest()
    except (OSError, AnsibleActionFail):
        return ""


def check_run(directory: Path, digest: str = "") -> list[str]:
    """What speaks against the evidence of a run: others can have written it; files were changed, put there or taken
    away.

    :param digest: that of the manifest, as the run's output showed it, to be sure of the manifest too.
    """
    try:
        with _believed(directory, make=False):
            return _differences(directory, digest)
    except AnsibleActionFail as error:
        return [str(error)]


def _differences(directory: Path, digest: str) -> list[str]:
    if not (directory / MANIFEST).is_file():
        return [f"{directory} has no manifest ({MANIFEST})."]
    found = []
    if digest and manifest_digest(directory) != digest.strip().lower():
        found.append(f"The manifest of {directory} is not the one that the run's output named.")
    with _locked(directory):
        sums = _read_sums(directory)
        there = {path.name: path for path in directory.iterdir() if path.suffix == ".json" and path.name[0].isalnum()}
        for name, path in sorted(there.items()):
            if name not in sums:
                found.append(f"{name} was put there by somebody else.")
            elif hashlib.sha256(_content(path)).hexdigest() not in sums[name]:
                found.append(f"{name} was changed since it was written.")
        # While the first version is being written, its sum is ahead of it.
        found += [f"{name} is gone." for name in sorted(sums) if name not in there and len(sums[name]) == 1]
    return found


# -- reading ------------------------------------------------------------------------------------------------------


def read_evidence(path: Path) -> dict[str, t.Any]:
    """Read one record back, which must be as it was written.

    :raises AnsibleActionFail: no such file, not one of ours, not as the manifest says, or others can have written it.
    """
    try:
        with _believed(path.parent, make=False), _locked(path.parent):
            content = _content(path)
            sums = _read_sums(path.parent).get(path.name, [])
        record = json.loads(content)
    except (OSError, ValueError) as error:
        raise AnsibleActionFail(f"The evidence file {path} cannot be read: {error}. {_LOOK}") from error
    if hashlib.sha256(content).hexdigest() not in sums:
        raise AnsibleActionFail(
            f"The evidence file {path} is not what was written: its SHA-256 is not in {MANIFEST}. {_LOOK}"
        )
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise AnsibleActionFail(f"{path} is not an evidence file of this collection.")
    return record


def attempts_in(record: Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """Every attempt that a record holds, oldest first."""
    current = {key: value for key, value in record.items() if key != "earlier"}
    return [*(dict(one) for one in record.get("earlier") or []), current]
