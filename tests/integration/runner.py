# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-playbook as a user would and gives back what every task returned."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import yaml

HERE = Path(__file__).resolve().parent

#: No run of a test takes longer; a hanging one must not hang the suite. Seconds.
LONGEST_RUN = 250


@dataclass
class Run:
    """One ansible-playbook process that has ended."""

    status: int
    output: str
    tasks: list[dict[str, Any]] = field(default_factory=list)
    #: What came to the standard error alone; it is the end of ``output`` too.
    errors: str = ""

    @property
    def said(self) -> str:
        """The output as one line: lists of messages as the sentences that they are, without the form of the screen."""
        return re.sub(r"\s+", " ", re.sub(r'",?\n\s*"', " ", self.output))

    @property
    def closing(self) -> list[str]:
        """The lines that the last task has said, which is the report's."""
        lines: list[str] = self.tasks[-1]["result"]["msg"]
        return lines

    def results(self, task: str, host: str | None = None) -> list[dict[str, Any]]:
        """What the tasks of this name returned."""
        return [line["result"] for line in self.tasks if line["task"].endswith(task) and host in (None, line["host"])]

    def failed(self, task: str, host: str | None = None) -> bool:
        """Whether the one task of this name failed, ignored or not."""
        found = [line["status"] for line in self.tasks if line["task"].endswith(task) and host in (None, line["host"])]
        assert len(found) == 1, f"{len(found)} results of '{task}'"
        return found[0] in ("failed", "ignored")

    def result(self, task: str, host: str | None = None) -> dict[str, Any]:
        """What the one task of this name returned."""
        found = self.results(task, host)
        assert len(found) == 1, f"{len(found)} results of '{task}' on {host}:\n{self.output}"
        return found[0]


class Ansible:
    """Plays against one inventory, in a folder of the test's own."""

    def __init__(self, work: Path, inventory: Mapping[str, Any], programs: Path = Path(sys.executable).parent) -> None:
        self.work = work
        self.programs = programs
        self.count = 0
        self.inventory = work / "inventory.yml"
        self.inventory.write_text(yaml.safe_dump(dict(inventory)), encoding="utf-8")

    def play(
        self,
        tasks: Sequence[Mapping[str, Any]],
        *arguments: str,
        hosts: str = "campaign",
        environment: Mapping[str, str] | None = None,
        **keywords: Any,
    ) -> Run:
        """Run tasks as one play. ``keywords`` are keywords of the play."""
        self.count += 1
        book = self.work / f"play-{self.count}.yml"
        play = {"hosts": hosts, "gather_facts": False, "tasks": list(tasks), **keywords}
        book.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        return self.playbook(str(book), *arguments, environment=environment)

    def playbook(
        self, name: str, *arguments: str, environment: Mapping[str, str] | None = None, longest: int = LONGEST_RUN
    ) -> Run:
        """Run a playbook by file or by its name in the collection.

        :param longest: seconds that it may take.
        """
        command, variables, collected = self._prepare(name, arguments, environment or {})
        done = subprocess.run(
            command, env=variables, cwd=self.work, capture_output=True, text=True, timeout=longest, check=False
        )
        lines = collected.read_text(encoding="utf-8").splitlines() if collected.exists() else []
        return Run(done.returncode, done.stdout + done.stderr, [json.loads(line) for line in lines], done.stderr)

    def start(
        self, name: str, *arguments: str, errors: IO[bytes] | int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """Start a playbook in a process group of its own, to be killed by whoever started it."""
        command, variables, _collected = self._prepare(name, arguments, {})
        nowhere = subprocess.DEVNULL
        return subprocess.Popen(
            command, env=variables, cwd=self.work, stdout=nowhere, stderr=errors, start_new_session=True
        )

    def _prepare(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> tuple[list[str], dict[str, str], Path]:
        """The command, its environment, and the file in which the tasks' results are collected."""
        self.count += 1
        collected = self.work / f"results-{self.count}.jsonl"
        command = [str(self.programs / "ansible-playbook"), "-i", str(self.inventory), name, *arguments]
        variables = {
            **os.environ,
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "collect",
            "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection_plugins"),
            "COLLECT_RESULTS": str(collected),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_HOME": str(self.work / "ansible"),
            # Of HOME and the password file, Ansible asks one when it writes the job and the other when it reads it.
            "ANSIBLE_ASYNC_DIR": str(self.work / "async"),
            "PWD": str(self.work),
            **environment,
        }
        return command, variables, collected


def inventory(urls: Mapping[str, str], user: str, password: str, **host_variables: Any) -> dict[str, Any]:
    """An inventory of the group ``campaign`` as the README shows it."""
    return {
        "campaign": {
            "vars": {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "campaign_user": user,
                "campaign_password": password,
                **host_variables,
            },
            "hosts": {name: {"campaign_url": url} for name, url in urls.items()},
        }
    }
