# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The action base of ``sync_cursor``: evidence on the controller before and after the cure."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.parameters import remove_values

from ._action import Result, WorkerAction
from ._evidence import FORMAT, evidence_file, read_evidence, write_evidence

#: What of the arguments belongs into the record. Never a credential.
INTENT = (
    "cursor",
    "expected_value",
    "cursors",
    "workflow",
    "account",
    "strategy",
    "lookback",
    "value",
    "on_failure",
    "start_stopped",
    "mark",
    "url",
)
#: What of the result belongs into the record.
OUTCOME = (
    "outcome",
    "reason",
    "digest",
    "old_value",
    "written",
    "after",
    "moves",
    "changed",
    "steps",
    "errors",
    "diagnosis",
    "calls",
    "msg",
)


class EvidenceAction(WorkerAction):
    """A cure leaves its intent on disk before anything is sent, and its outcome afterwards. Check mode leaves none."""

    _path: Path | None = None
    _record: Result

    def before(self, arguments: Result) -> None:
        """Write the intent. Raises AnsibleActionFail when the disk refuses: then nothing is sent."""
        if self._task.check_mode or not arguments.get("evidence_dir") or arguments.get("run_id") is None:
            return
        instance = str(arguments.get("instance") or "")
        # As the option's type says, which is validated later and elsewhere.
        directory = os.path.expanduser(os.path.expandvars(str(arguments["evidence_dir"])))
        path = evidence_file(directory, str(arguments["run_id"]), instance)
        self._record = {
            "format": FORMAT,
            "run_id": str(arguments["run_id"]),
            "instance": instance,
            "started": _now(),
            "intent": _intent(arguments),
            "option": _first(arguments).get("cursor"),
            "old_value": _first(arguments).get("expected_value"),
            "state": "started",
        }
        try:
            self._record["earlier"] = _earlier(path)
            write_evidence(path, self._record)
        except OSError as error:
            raise AnsibleActionFail(
                f"The evidence file {path} cannot be written ({error.strerror or error}). Nothing was sent to the "
                "instance. Give a directory on the controller that this user may write, with evidence_dir."
            ) from error
        self._path = path

    def after(self, arguments: Result, result: Result) -> None:
        """Write the outcome beside the intent."""
        if self._path is None:
            return
        result["evidence"] = str(self._path)
        if "ansible_job_id" in result:
            # It goes on elsewhere, and this action will not hear of its end: the intent stands as it is.
            return
        outcome = {name: result[name] for name in OUTCOME if name in result}
        self._record.update(
            state="ended",
            ended=_now(),
            failed=bool(result.get("failed")),
            result=remove_values(outcome, _secrets(arguments)),
        )
        try:
            write_evidence(self._path, self._record)
        except OSError as error:
            # The cure is over: its result must not be lost behind a full disk. The intent is still in the file.
            result.setdefault("warnings", []).append(
                f"The outcome could not be added to the evidence file {self._path} ({error.strerror or error})."
            )


def _first(arguments: Result) -> Result:
    """The cursor that was given alone, or the first of several."""
    cursors = arguments.get("cursors")
    first: Result = cursors[0] if isinstance(cursors, list) and cursors else arguments
    return first


def _intent(arguments: Result) -> Result:
    """What was asked for. A password that somebody has put into the URL does not belong on a disk."""
    asked = {name: arguments.get(name) for name in INTENT}
    asked["url"] = str(asked["url"] or "").rpartition("@")[2]
    masked: Result = remove_values(asked, _secrets(arguments))
    return masked


def _secrets(arguments: Result) -> set[str]:
    return {str(arguments[name]) for name in ("password", "access_token") if arguments.get(name)}


def _earlier(path: Path) -> list[Result]:
    """Earlier attempts of the same run on this instance: a second attempt must not lose the first one's old value."""
    if not path.exists():
        return []
    previous = read_evidence(path)
    return [*previous.pop("earlier", []), previous]


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
