# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Evidence on the controller's disk: one JSON file a host in one directory a run, and a manifest of the directory.

The intent, with the old value, is on disk before anything is sent to the instance. So a process that is killed at any
moment leaves behind what is needed to undo its change.

The manifest (``SHA256SUMS``, which ``sha256sum -c`` reads) is ahead of every write: it names the next content beside
the present one, so that a crash between the two never makes honest evidence look false. A file that it does not name
was changed, or put there, by somebody else.

Every file that the run keeps is named: the records, lists beside them, and the plan that was approved (``_plan.json``;
runs of before 0.2 have one that is not named).

All of it is trusted only if only root and this user can have written it (see ``module_utils/_core/trust.py``): whoever
can write a record can write its sum into the manifest too.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import typing as t
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ansible.errors import AnsibleActionFail

from ...module_utils._core.content import UnusableFile, json_of, text_of
from ...module_utils._core.errors import ValidationError
from ...module_utils._core.private_file import make_directories, replace_file
from ...module_utils._core.trust import lock_file, opened, read, require
from .file_names import host_stem, is_host_stem, run_name

FORMAT = "campaign.classic/evidence/1"
MANIFEST = "SHA256SUMS"
#: The plan that was approved when the run began.
PLAN = "_plan.json"

_LINE = re.compile(r"(?P<next># next )?(?P<sum>[0-9a-f]{64})  (?P<name>\S+)")
_LOOK = (
    "Nothing was written. Look at who changed it; an old value that a job's output shows can be put back "
    "with mid_sourcing_restore."
)


def run_directory(directory: str, run_id: str) -> Path:
    """The directory of a run.

    :raises AnsibleActionFail: the run's name cannot be that of a directory.
    """
    return Path(directory) / run_name(run_id)


def evidence_file(directory: str, run_id: str, instance: str) -> Path:
    """The file of one instance in one run.

    :raises AnsibleActionFail: a run whose name cannot be that of a directory, or no instance.
    """
    return run_directory(directory, run_id) / f"{host_stem(instance)}.json"


# -- writing ------------------------------------------------------------------------------------------------------


def update_evidence(path: Path, change: Callable[[dict[str, t.Any] | None], Mapping[str, t.Any]]) -> None:
    """Write what is made of the present record, so that a reader sees the old or the new one whole, and a crash loses
    neither. Nobody else writes it meanwhile: two runs may have one name.

    The file, and new directories, are for this user alone.

    :param change: gets None where there is no record, or not as it was written.
    :raises AnsibleActionFail: the directory is not trusted: somebody could replace what is written there.
    :raises OSError: the disk refused.
    :raises ValueError: the record cannot be written as JSON.
    """
    with _trusted(path.parent), _locked(path.parent):
        _put(path, _text_of_record(change(_usable(path))))


def _usable(path: Path) -> dict[str, t.Any] | None:
    """The present record, if it is as it was written."""
    try:
        content = _content(path)
        record = json_of(content, "evidence file", path)
        listed = _read_sums(path.parent).get(path.name, [])
    except (OSError, ValidationError):
        return None
    return dict(record) if _is_record(record) and hashlib.sha256(content).hexdigest() in listed else None


def write_file(path: Path, text: str) -> None:
    """The same for any text: a file of the run that the manifest names. Errors as for :func:`update_evidence`."""
    with _trusted(path.parent), _locked(path.parent):
        _put(path, text)


def remove_file(path: Path) -> None:
    """Take a file of the run away, if it is there. Errors as for :func:`update_evidence`."""
    with _trusted(path.parent), _locked(path.parent):
        sums = _read_sums(path.parent)
        # The manifest first: a file that it does not name is not missed.
        if sums.pop(path.name, None):
            _write_sums(path.parent, sums)
        path.unlink(missing_ok=True)


def _text_of_record(record: Mapping[str, t.Any]) -> str:
    return json.dumps(record, indent=2, sort_keys=True, default=str, allow_nan=False) + "\n"


def _put(path: Path, text: str) -> None:
    """Write a file of the run and its sum, by the one writer that there is."""
    # Half of a surrogate pair, which an environment may contain, is not UTF-8.
    content = text.encode("utf-8", "backslashreplace")
    new = hashlib.sha256(content).hexdigest()
    sums = _read_sums(path.parent)
    old = sums.get(path.name, [])[:1]
    _write_sums(path.parent, {**sums, path.name: [*(old or [new]), new]})
    _replace(path, content)
    _write_sums(path.parent, {**sums, path.name: [new]})


def keep_plan(directory: Path, plan: t.Mapping[str, t.Any]) -> None:
    """Keep the plan of a run, unless it has one: what was approved when it began.

    Errors as for :func:`update_evidence`.

    :param directory: of the run.
    """
    if not (directory / PLAN).exists():
        write_file(directory / PLAN, json.dumps(plan, indent=4, sort_keys=True, default=str) + "\n")


def write_private(path: Path, content: bytes) -> None:
    """Write a file beside the directories of the runs, for this user alone. Errors as for :func:`update_evidence`."""
    with _trusted(path.parent):
        _replace(path, content)


def put_files(directory: Path, files: Mapping[str, str]) -> None:
    """Write all the files of a run, which has none yet. What broke off is to be done again from the start.

    :param directory: of the run.
    :param files: the text of each, by name; the manifest is one of them, and is written last.
    :raises AnsibleActionFail: the directory is not trusted.
    :raises OSError: the disk refused.
    """
    with _trusted(directory), _locked(directory):
        for name in sorted(files, key=lambda one: (one == MANIFEST, one)):
            _replace(directory / name, files[name].encode("utf-8"))


def _replace(path: Path, content: bytes) -> None:
    replace_file(path, content, ".evidence-")


# -- whose it is --------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _trusted(directory: Path, *, make: bool = True) -> Iterator[None]:
    """The directory of a run, which nobody else can have written, nor its parent.

    :param make: make it if it does not exist.
    :raises AnsibleActionFail: somebody else can have written it, or a file in it that is read meanwhile.
    """
    try:
        _require_ours(directory)
        if make:
            make_directories(directory)
            _require_ours(directory)  # another process may have been faster
        yield
    except ValidationError as error:
        raise AnsibleActionFail(f"{error} {_LOOK}") from None


def _require_ours(directory: Path) -> None:
    require(directory.parent, "evidence directory", kind="ours")
    require(directory, "evidence directory", kind="ours")


def _content(path: Path) -> bytes:
    """The content of a file of a run."""
    return read(path, "evidence file", kind="ours")


def trusted_run(directory: Path) -> None:
    """Check the directory of a run, or of all runs, if it exists.

    :raises AnsibleActionFail: somebody else can have written it.
    """
    with _trusted(directory, make=False):
        pass


# -- the manifest -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _locked(directory: Path, *, reading: bool = False) -> Iterator[None]:
    """One writer at a time: Ansible's forks write the evidence of their hosts in parallel.

    :param reading: several at a time. A reader writes nothing: without a lock file, nobody has written since.
    """
    path, what = directory / ".lock", "lock of the evidence"
    try:
        handle = opened(path, what, kind="ours") if reading else lock_file(path, what)
    except FileNotFoundError:
        if not reading:
            raise
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_SH if reading else fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read_sums(directory: Path) -> dict[str, list[str]]:
    """For each file its possible sums: that of the present content, and while it is being replaced that of the next.

    :raises UnusableFile: it was cut off or changed. The next write would lose what it named.
    """
    path = directory / MANIFEST
    try:
        text = text_of(_content(path), "manifest", path)
    except FileNotFoundError:
        return {}
    return manifest_sums(text, path)


def manifest_sums(text: str, path: str | os.PathLike[str]) -> dict[str, list[str]]:
    """For each file that the text of a manifest names, the sums that it may have.

    :param path: where the manifest is, for messages.
    :raises UnusableFile: a line of it is none of ours.
    """
    found: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise UnusableFile(f"The manifest {path} cannot be read: line {number} was cut off, or is none of ours.")
        found.setdefault(match["name"], []).append(match["sum"])
    return found


def _write_sums(directory: Path, sums: Mapping[str, t.Sequence[str]]) -> None:
    lines = [f"{found[0]}  {name}" for name, found in sorted(sums.items())]
    lines += [f"# next {one}  {name}" for name, found in sorted(sums.items()) for one in found[1:]]
    _replace(directory / MANIFEST, "".join(f"{line}\n" for line in lines).encode("utf-8"))


def manifest_digest(directory: Path) -> str:
    """The SHA-256 of a run's manifest, which identifies all its evidence; '' when there is no trusted one."""
    try:
        with _trusted(directory, make=False):
            return hashlib.sha256(_content(directory / MANIFEST)).hexdigest()
    except (OSError, AnsibleActionFail):
        return ""


def check_run(directory: Path, digest: str = "") -> list[str]:
    """The problems of a run's evidence: others can have written it; files were changed, added or removed.

    :param digest: that of the manifest, as the run's output showed it, to verify the manifest too.
    """
    try:
        with _trusted(directory, make=False):
            return _differences(directory, digest)
    except AnsibleActionFail as error:
        return [str(error)]
    except OSError as error:
        return [f"{error.filename or directory} cannot be read ({error.strerror or error})."]


def _differences(directory: Path, digest: str) -> list[str]:
    if not (directory / MANIFEST).is_file():
        return [f"{directory} has no manifest ({MANIFEST})."]
    found = []
    if digest and manifest_digest(directory) != digest.strip().lower():
        found.append(
            f"The manifest of {directory} is not the one that the run's output named. A rollback of the run, and a "
            "later attempt with its name, change it, too: where it was yours, leave mid_sourcing_manifest out."
        )
    with _locked(directory, reading=True):
        sums = _read_sums(directory)
        there = {path.name: path for path in directory.iterdir() if not path.name.startswith((".", MANIFEST))}
        found += filter(None, (_difference(path, sums.get(name)) for name, path in sorted(there.items())))
        # While the first version is being written, its sum is ahead of it.
        found += [f"{name} is gone." for name in sorted(sums) if name not in there and len(sums[name]) == 1]
    return found


def _difference(path: Path, sums: t.Collection[str] | None) -> str:
    """The problem of a file; '' if it has none.

    :param sums: those of its name in the manifest; None when it has none.
    """
    if sums is None:
        ours = path.suffix == ".json" and is_host_stem(path.stem)
        return f"{path.name} was put there by somebody else." if ours else ""
    changed = hashlib.sha256(_content(path)).hexdigest() not in sums
    return f"{path.name} was changed since it was written." if changed else ""


def listed_files(directory: Path) -> dict[str, str]:
    """The text of every file that the manifest of a run names, and of the manifest, by name.

    :raises AnsibleActionFail: others can have written it; a file is not text.
    :raises OSError: one cannot be read.
    """
    with _trusted(directory, make=False), _locked(directory, reading=True):
        names = [MANIFEST, *_read_sums(directory)]
        return {name: _content(directory / name).decode("utf-8") for name in names}


# -- reading ------------------------------------------------------------------------------------------------------


def read_evidence(path: Path) -> dict[str, t.Any]:
    """Read one record, which must be as it was written.

    :raises AnsibleActionFail: no such file, not one of ours, not as the manifest says, or others can have written it.
    """
    record: dict[str, t.Any] = _listed(path, "evidence file", must=True)
    if not _is_record(record):
        raise AnsibleActionFail(f"{path} is not an evidence file of this collection. {_LOOK}")
    stem = host_stem(str(record.get("instance") or "-"))
    if stem != path.stem and stem.casefold() == path.stem.casefold():
        raise AnsibleActionFail(
            f"The evidence file {path} is that of {record['instance']}: this file system does not tell its name from "
            "that of this host. Nothing was written. Give the two hosts names that differ by more than case, or each a "
            "run of its own with mid_sourcing_run_id."
        )
    return record


def read_plan(directory: Path) -> t.Any:
    """The plan that a run has kept, which must be as it was written; None when it has none.

    :param directory: of the run.
    :raises AnsibleActionFail: as for :func:`read_evidence`. One that the manifest does not name is of an older run.
    """
    path = directory / PLAN
    return _listed(path, "plan", must=False) if path.is_file() else None


def _listed(path: Path, what: str, *, must: bool) -> t.Any:
    """The document in a file of a run, whose SHA-256 is in the manifest.

    :param must: also refuse a document that the manifest does not name.
    """
    try:
        with _trusted(path.parent, make=False), _locked(path.parent, reading=True):
            content = _content(path)
            sums = _read_sums(path.parent).get(path.name, [])
            document = json_of(content, what, path)
    except OSError as error:
        raise AnsibleActionFail(f"The {what} {path} cannot be read: {error.strerror or error}. {_LOOK}") from None
    if (must or sums) and hashlib.sha256(content).hexdigest() not in sums:
        raise AnsibleActionFail(f"The {what} {path} is not what was written: its SHA-256 is not in {MANIFEST}. {_LOOK}")
    return document


def _is_record(record: t.Any) -> bool:
    """Whether a document has the fields of every record, and so has each earlier attempt in it."""
    return (
        isinstance(record, Mapping)
        and record.get("format") == FORMAT
        and isinstance(record.get("earlier") or [], list)
        and all(isinstance(one, Mapping) and _is_attempt(one) for one in (record, *(record.get("earlier") or [])))
    )


# Complex: each part that somebody reads has its form.
def _is_attempt(attempt: Mapping[str, t.Any]) -> bool:
    cursors, result = attempt.get("cursors") or [], attempt.get("result") or {}
    if not all(_is_mapping(attempt, name) for name in ("intent", "result", "by")) or not _is_mapping(result, "calls"):
        return False
    if not isinstance((attempt.get("intent") or {}).get("names") or [], list):
        return False
    if not all(map(_are_any_rows, (result.get("steps"), result.get("workflows")))):
        return False
    if not all(map(_have_options, (cursors, result.get("moves")))):
        return False
    return attempt.get("kind") != "cure" or _has_old_values(cursors)


def _are_any_rows(rows: t.Any) -> bool:
    return _are_rows(rows or [], set())


def _have_options(rows: t.Any) -> bool:
    return _are_rows(rows or [], {"option"}) and all(isinstance(one["option"], str) for one in rows or [])


def _has_old_values(cursors: t.Any) -> bool:
    return bool(cursors) and _are_rows(cursors, {"old_value"})


def _is_mapping(data: Mapping[str, t.Any], name: str) -> bool:
    return isinstance(data.get(name) or {}, Mapping)


def _are_rows(rows: t.Any, keys: t.Collection[str]) -> bool:
    return isinstance(rows, list) and all(isinstance(one, Mapping) and set(keys) <= set(one) for one in rows)


def attempts_in(record: Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """Every attempt in a record, oldest first; none in one that is not there."""
    current = {key: value for key, value in record.items() if key != "earlier"}
    return [*(dict(one) for one in record.get("earlier") or []), *([current] if current else [])]
