# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The records of an instance: that of a run, and those of the other runs."""

from __future__ import annotations

import glob
import typing as t
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

from ansible.errors import AnsibleActionFail

from .attempt import Data, is_recent, is_unfinished
from .file_names import host_of, host_stem, is_host_stem
from .files import attempts_in, evidence_file, read_evidence, run_directory, trusted_run

#: Takes a sentence about damaged evidence that was ignored.
Say = Callable[[str], object]
#: At most this many earlier runs, the newest, are searched for an attempt that did not end.
MOST_RUNS = 50


class Listing:
    """The records below a directory of runs, by instance. One listing serves a whole fleet.

    :param instance: list only the records of this one.
    :raises AnsibleActionFail: somebody else can have written the directory.
    """

    def __init__(self, directory: str, instance: str = "") -> None:
        trusted_run(Path(directory))
        self._paths: dict[str, list[Path]] = {}
        stem = glob.escape(host_stem(instance)) if instance else "*"
        # Not Path.glob: before Python 3.13 it leaves out a link to nowhere, and what is older would be relied on.
        for path in map(Path, glob.iglob(f"{glob.escape(directory)}/*/{stem}.json")):
            self._paths.setdefault(path.stem, []).append(path)

    def newest(self, instance: str, run_id: str = "") -> list[Path]:
        """The records of an instance, newest first, without that of the run."""
        # Not stat(): the target of a link need not exist.
        found = [(path.lstat().st_mtime, path) for path in self._of(instance) if path.parent.name != run_id]
        return [path for _time, path in sorted(found, reverse=True)[:MOST_RUNS]]

    def _of(self, instance: str) -> list[Path]:
        return self._paths.get(host_stem(instance), [])


def run_of(directory: str, run_id: str, instance: str) -> Data:
    """The record of an instance in a run; empty when there is none.

    :raises AnsibleActionFail: evidence that is not as it was written.
    """
    path = evidence_file(directory, run_id, instance)
    return read_evidence(path) if path.exists() else {}


def hosts_of(directory: str, run_id: str) -> list[str]:
    """The instances for which a run has evidence.

    :raises AnsibleActionFail: evidence that somebody else can have written; an unusable record of which only the record
        itself could tell the instance.
    """
    run = run_directory(directory, run_id)
    trusted_run(run)
    return sorted(host_of(path.stem) or str(read_evidence(path).get("instance")) for path in records_of(run))


def records_of(run: Path) -> list[Path]:
    """The records in the directory of a run, by name."""
    return sorted(path for path in run.glob("*.json") if is_host_stem(path.stem))


def other_records(listing: Listing, run_id: str, instance: str, say: Say) -> Iterator[Data]:
    """The records of an instance in other runs, newest first, up to a damaged one: it may have ended the attempts in
    the older ones."""
    for path in listing.newest(instance, run_id):
        try:
            yield read_evidence(path)
        except AnsibleActionFail as error:
            say(
                f"{error} It is of another run, so this host is not held up by it: neither it nor older evidence of "
                f"the host is relied on. To have no more of this, move it away: {path}"
            )
            return


def only_here(record: Data, url: str, say: Say) -> Data:
    """A record without the attempts at an instance elsewhere; empty when there are no others.

    :param say: is called about one that may be going on: it is the same instance if that has another name now.
    """
    attempts = attempts_in(record)
    here = [one for one in attempts if not is_elsewhere(one, url)]
    for one in attempts:
        if one not in here and is_unfinished(one) and is_recent(one, datetime.now(timezone.utc)):
            say(
                f"The run '{one.get('run_id')}' has an attempt at {one.get('instance')} that did not end, at "
                f"{one['intent']['url']}. That host is at {url.rpartition('@')[2]} now, so it is not relied on."
            )
    return {**here[-1], "earlier": here[:-1]} if here else {}


def is_elsewhere(attempt: Mapping[str, t.Any], url: str) -> bool:
    """Whether an attempt was at an instance on another host than this one: two environments may have the same names of
    hosts, and one directory. Another port, path or protocol may be the same instance."""
    there, here = (_host_of(str(one or "")) for one in ((attempt.get("intent") or {}).get("url"), url))
    return bool(there and here) and there != here


def _host_of(url: str) -> str:
    """Its host; '' where there is none, or where the evidence hides it as a secret."""
    try:
        return "" if "*" in url else urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""


def require_here(record: Mapping[str, t.Any], url: str) -> None:
    """Refuse evidence of an instance elsewhere.

    :param url: where the instance is.
    :raises AnsibleActionFail: an attempt of the record was elsewhere.
    """
    for attempt in attempts_in(record):
        if is_elsewhere(attempt, url):
            raise AnsibleActionFail(
                f"The run '{attempt.get('run_id')}' has evidence of {attempt.get('instance')} at "
                f"{attempt['intent']['url']}, and that host is at {url.rpartition('@')[2]} now. Nothing was written. "
                "Where that is another environment, give each its own directory of evidence. Where the instance has "
                "moved, give another name of the run; to put a value back, give its line OLD VALUE in "
                "mid_sourcing_restore."
            )
