# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs jobs as AWX does: a private data directory goes by ``transmit`` to a ``worker``, and what it said comes back.

The worker's directory stands for the disk of a container: it is made for one job, and removed at its end. What is left
is what AWX keeps: the events, the output, and what ``set_stats`` has passed on.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_runner
import yaml

from tools.environment import COLLECTIONS

#: The playbooks of the collection, each as a project of AWX has it: a file that imports it.
PLAYBOOKS = (
    "backfill",
    "detect",
    "merge_slices",
    "plan",
    "reconcile",
    "repull_tracking",
    "restart_event_status",
    "rollback",
    "runs",
)
#: No job of a test takes longer. Seconds.
LONGEST_JOB = 180
#: What AWX says to every job of itself.
FROM_AWX: Mapping[str, Any] = {
    "awx_job_id": 42,
    "awx_job_launch_type": "manual",
    "awx_job_template_id": 7,
    "awx_job_template_name": "Reconcile",
    "awx_user_email": "",
    "awx_user_first_name": "",
    "awx_user_id": 3,
    "awx_user_name": "alice",
    "tower_job_id": 42,
    "tower_user_name": "alice",
}
#: The largest result of a task that AWX keeps, in bytes: ansible-runner's callback drops a larger one.
LARGEST_RESULT = 700_000
_COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")


@dataclass(frozen=True)
class Figures:
    """Of one job: how many events it had, and which task had the largest result, in bytes."""

    playbook: str
    events: int
    task: str
    largest: int


#: Of all the jobs of this process.
FIGURES: list[Figures] = []


@dataclass(frozen=True)
class Done:
    """A job that has ended: what AWX still has of it."""

    status: str
    code: int
    events: list[dict[str, Any]]
    stdout: str
    #: Everything that AWX received, as text: also what is shown nowhere.
    received: str

    @property
    def artifacts(self) -> dict[str, Any]:
        """What ``set_stats`` has passed on, which AWX gives to the next job of a workflow."""
        found: dict[str, Any] = {}
        for event in self.events:
            found.update(_data(event).get("artifact_data") or {})
        return found

    @property
    def said(self) -> str:
        """The output as one line, without the form of the screen."""
        return re.sub(r"\s+", " ", re.sub(r'",?\s*\n\s*"', " ", self.stdout))

    @property
    def closing(self) -> str:
        """The last lines of the job, in front of Ansible's recap."""
        return self.said.partition("PLAY RECAP")[0][-2500:]

    def results(self, task: str) -> list[dict[str, Any]]:
        """What the tasks of this name returned."""
        return [
            _data(event)["res"]
            for event in self.events
            if _data(event).get("res") is not None and str(_data(event).get("task")).endswith(task)
        ]

    @property
    def dropped(self) -> list[str]:
        """The tasks whose result was too large to be kept."""
        return [_data(event)["task"] for event in self.events if _data(event).get("res") == {}]


@dataclass
class Awx:
    """What AWX knows of a job template: an inventory, a credential, variables.

    :ivar inventory: as the data of a file of YAML.
    :ivar environment: what the injectors of the credential put into the environment. ``{private}`` stands for the
        directory of the job.
    :ivar files: what the injectors write, by name, below ``env`` of that directory.
    """

    work: Path
    inventory: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    verbosity: int = 0
    count: int = 0

    def job(self, playbook: str, *, limit: str = "", arguments: str = "", **variables: Any) -> Done:
        """Run one job.

        :param limit: the limit of the template.
        :param arguments: further words of the command line.
        :param variables: the answers of the survey, and the variables of the template.
        """
        private, worker = self._begin(playbook, limit, arguments, variables)
        sent, received = self.work / f"sent-{self.count}", self.work / f"received-{self.count}"
        with sent.open("wb") as output:
            _quiet(streamer="transmit", private_data_dir=str(private), playbook=f"{playbook}.yml", _output=output)
        events: list[dict[str, Any]] = []
        try:
            with sent.open("rb") as arriving, received.open("wb") as output:
                worker.mkdir()
                _quiet(streamer="worker", private_data_dir=str(worker), _input=arriving, _output=output)
        finally:
            shutil.rmtree(worker)
        with received.open("rb") as arriving:
            runner = _quiet(
                streamer="process",
                private_data_dir=str(private),
                ident="1",
                _input=arriving,
                event_handler=events.append,
            )
        FIGURES.append(_figures(playbook, events))
        # Of the file "command" AWX shows the environment itself, without what its injectors have put there.
        kept = "\n".join(
            path.read_text(encoding="utf-8", errors="replace")
            for path in sorted((private / "artifacts").rglob("*"))
            if path.is_file() and path.name != "command"
        )
        said = (private / "artifacts" / "1" / "stdout").read_text(encoding="utf-8", errors="replace")
        return Done(runner.status, runner.rc, events, _COLOUR.sub("", said), kept)

    def cancelled_job(self, playbook: str, cancelled: Callable[[], bool], **variables: Any) -> Done:
        """Run a job that a person cancels, on the machine of its worker: the stream ends with the container.

        :param cancelled: is asked each second whether it is cancelled now.
        """
        private, worker = self._begin(playbook, "", "", variables)
        shutil.copytree(private, worker)
        try:
            runner = _quiet(
                private_data_dir=str(worker), playbook=f"{playbook}.yml", ident="1", cancel_callback=cancelled
            )
            events, said = list(runner.events), (worker / "artifacts" / "1" / "stdout").read_text(encoding="utf-8")
        finally:
            shutil.rmtree(worker)
        return Done(runner.status, runner.rc, events, _COLOUR.sub("", said), said)

    def _begin(self, playbook: str, limit: str, arguments: str, variables: Mapping[str, Any]) -> tuple[Path, Path]:
        """The private data directory of a job, and where its worker will have it."""
        self.count += 1
        private, worker = self.work / f"job-{self.count}", self.work / f"worker-{self.count}"
        for name in ("project", "inventory", "env"):
            (private / name).mkdir(parents=True)
        for name in PLAYBOOKS:
            book = [{"name": name, "ansible.builtin.import_playbook": f"campaign.classic.{name}"}]
            (private / "project" / f"{name}.yml").write_text(yaml.safe_dump(book, sort_keys=False), encoding="utf-8")
        for path in self.work.glob("project/*"):
            shutil.copy(path, private / "project")
        (private / "inventory" / "hosts.yml").write_text(yaml.safe_dump(dict(self.inventory)), encoding="utf-8")
        for name, content in self.files.items():
            path = private / "env" / name
            path.write_text(content, encoding="utf-8")
            path.chmod(0o600)
        settings = {name: value.replace("{private}", str(worker)) for name, value in self.environment.items()}
        _dump(private / "env" / "envvars", {**self._environment(worker), **settings})
        _dump(private / "env" / "extravars", {**FROM_AWX, **variables})
        _dump(private / "env" / "settings", {"job_timeout": LONGEST_JOB, "pexpect_timeout": 1})
        words = ["-" + "v" * self.verbosity] * bool(self.verbosity) + ([f"--limit '{limit}'"] if limit else [])
        (private / "env" / "cmdline").write_text(" ".join([*words, arguments]), encoding="utf-8")
        return private, worker

    def _environment(self, worker: Path) -> dict[str, str]:
        """What AWX sets for every job, and where the collection and its programs are."""
        return {
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOME": str(worker / ".ansible"),
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "HOME": str(worker),
            "JOB_ID": "42",
            "MAX_EVENT_RES": str(LARGEST_RESULT),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        }


def _data(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an event says; nothing in one that is but a line of the output."""
    found: Mapping[str, Any] = event.get("event_data") or {}
    return found


def _figures(playbook: str, events: list[dict[str, Any]]) -> Figures:
    """What a job has sent."""
    sizes = [(len(str(_data(event).get("res", ""))), str(_data(event).get("task"))) for event in events]
    largest, task = max(sizes, default=(0, ""))
    return Figures(playbook, len(events), task, largest)


def _quiet(**arguments: Any) -> Any:
    """Call ansible-runner, which prints what it receives."""
    with redirect_stdout(io.StringIO()):
        return ansible_runner.run(quiet=True, **arguments)


def _dump(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(dict(data)), encoding="utf-8")
