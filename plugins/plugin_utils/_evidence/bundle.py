# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The evidence of a run as one file, for a job whose disk does not outlive it.

A bundle is one document of JSON: ``format``, ``run_id``, ``manifest`` (the SHA-256 of ``SHA256SUMS``) and ``files``
(the text of every file that the manifest names, and of the manifest itself, by name). The same evidence gives the same
bytes: keys are sorted, nothing in it says when or where it was made.

A bundle is trusted when every file in it is as its manifest says, and when the manifest is the one that the output of
the run has named. From a file that only this user can have written the second may be left out; from a URL it may not:
whoever can write there could have made both.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible.errors import AnsibleActionFail

from ...module_utils._core.content import UnusableFile, json_of
from .file_names import SAFE_NAME, is_host_stem, is_list_name
from .files import (
    MANIFEST,
    PLAN,
    attempts_in,
    check_run,
    listed_files,
    manifest_sums,
    put_files,
    run_directory,
    write_private,
)

FORMAT = "campaign.classic/evidence-bundle/1"
#: What a bundle's name has behind that of the run.
SUFFIX = ".bundle.json"


@dataclass(frozen=True)
class Bundle:
    """The evidence of one run.

    :ivar files: the text of each file, by name.
    """

    run_id: str
    files: Mapping[str, str]

    @property
    def manifest(self) -> str:
        """The SHA-256 of the manifest, which stands for everything."""
        return _sum(self.files[MANIFEST])

    def to_bytes(self) -> bytes:
        """The file. The same bundle always gives the same bytes."""
        document = {"format": FORMAT, "run_id": self.run_id, "manifest": self.manifest, "files": dict(self.files)}
        return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode("ascii")


def pack(directory: str, run_id: str) -> Bundle:
    """The evidence of a run that is on this disk.

    :raises AnsibleActionFail: it is not as it was written, or others can have written it.
    :raises OSError: it cannot be read.
    """
    run = run_directory(directory, run_id)
    found = check_run(run)
    if found:
        raise AnsibleActionFail(" ".join(found))
    return Bundle(run_id, listed_files(run))


def write_bundle(directory: str, run_id: str) -> dict[str, str]:
    """Write the bundle of a run beside its directory, for this user alone.

    :returns: ``path``, ``name`` (of the file), ``run_id``, ``sha256`` (of the file) and ``manifest`` (the SHA-256 that
        a rollback asks for).
    :raises AnsibleActionFail: as for :func:`pack`.
    :raises OSError: it cannot be written.
    """
    bundle = pack(directory, run_id)
    content, path = bundle.to_bytes(), Path(directory) / f"{run_id}{SUFFIX}"
    write_private(path, content)
    return {
        "path": str(path),
        "name": path.name,
        "run_id": run_id,
        "sha256": hashlib.sha256(content).hexdigest(),
        "manifest": bundle.manifest,
    }


def read_bundle(content: bytes, source: str, *, run_id: str = "", manifest: str = "") -> Bundle:
    """The bundle in some bytes.

    :param source: where they come from, for messages.
    :param run_id: the run that is asked for; '' for any.
    :param manifest: the SHA-256 that the manifest must have; '' for any.
    :raises UnusableFile: it is no bundle, was cut off or changed, or is that of another run.
    """
    document = json_of(content, "evidence bundle", source)
    if not _is_bundle(document):
        raise UnusableFile(f"{source} is no evidence bundle of this collection ({FORMAT}).", next_step=_TAKE)
    bundle = Bundle(document["run_id"], document["files"])
    if run_id and run_id != bundle.run_id:
        raise UnusableFile(
            f"The evidence bundle {source} is that of the run {bundle.run_id}, and mid_sourcing_run says {run_id}.",
            next_step="Leave mid_sourcing_run out, or take the bundle of that run.",
        )
    found = _differences(bundle, source)
    if bundle.manifest != document["manifest"]:
        found.append("Its manifest was changed since it was made.")
    if manifest and manifest.strip().lower() != bundle.manifest:
        found.append("Its manifest is not the one that the run's output named (mid_sourcing_manifest).")
    if found:
        raise UnusableFile(f"The evidence bundle {source} is not what was written: {' '.join(found)}", next_step=_LOOK)
    return bundle


_TAKE = "Take the file that mid_sourcing_evidence_upload was given."
_LOOK = (
    "Look at who changed it; an old value that the job's output shows as OLD VALUE can be put back with "
    "mid_sourcing_restore."
)


def _is_bundle(document: t.Any) -> bool:
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        return False
    run_id, files = document.get("run_id"), document.get("files")
    if not isinstance(run_id, str) or not SAFE_NAME.fullmatch(run_id) or not isinstance(document.get("manifest"), str):
        return False
    return (
        isinstance(files, Mapping)
        and MANIFEST in files
        and all(_is_name(name) and isinstance(text, str) for name, text in files.items())
    )


def _is_name(name: str) -> bool:
    """Whether a file of a run can be called this: it must not lead out of the directory."""
    return name in (MANIFEST, PLAN) or is_host_stem(name.removesuffix(".json")) or is_list_name(name)


def _differences(bundle: Bundle, source: str) -> list[str]:
    """What in a bundle is not as its manifest says."""
    sums = manifest_sums(bundle.files[MANIFEST], source)
    files = {name: text for name, text in bundle.files.items() if name != MANIFEST}
    found = [f"{name} was changed." for name, text in sorted(files.items()) if _sum(text) not in sums.get(name, [])]
    return found + [f"{name} is missing." for name in sorted(sums) if name not in files]


def unpack(bundle: Bundle, directory: str) -> None:
    """Put the evidence of a bundle where a run would have left it, for this user alone.

    What is there already stays, if it is the same or goes on from it, as after a rollback.

    :raises AnsibleActionFail: something else is there, or others can write there.
    :raises OSError: it cannot be written.
    """
    run = run_directory(directory, bundle.run_id)
    # Nothing that is there is replaced.
    there = listed_files(run) if (run / MANIFEST).is_file() else {}
    if not there:
        put_files(run, bundle.files)
        return
    other = [name for name, text in sorted(bundle.files.items()) if not _goes_on(name, text, there.get(name))]
    if other:
        raise AnsibleActionFail(
            f"{run} has other evidence of a run with this name ({', '.join(other[:5])}). Nothing was written. Give "
            "another directory with mid_sourcing_evidence_dir, or leave the bundle out to use what is there."
        )


def _goes_on(name: str, text: str, there: str | None) -> bool:
    """Whether a file on the disk is that of the bundle, or has more attempts behind the same ones. A later backfill
    replaces its list, or takes it away."""
    if is_list_name(name):
        return True
    if there is None:
        return False
    if name == MANIFEST or text == there:
        return True
    if not name.endswith(".json") or name == PLAN:
        return False
    before, now = (attempts_in(json.loads(one)) for one in (text, there))
    return now[: len(before)] == before


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
