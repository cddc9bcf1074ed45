# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory of the plugin, run by Ansible's own commands of any version."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, PASSWORD, USER, fleet, marketing

PLUGIN = {"plugin": "campaign.classic.instances"}
#: A template that would leave a file behind if anybody ran it.
TEMPLATE = "{{ lookup('ansible.builtin.pipe', 'touch executed') }}"


class Inventory:
    """One inventory of the plugin in a folder of the test's own."""

    def __init__(self, work: Path, instances: Any = None, **options: Any) -> None:
        self.work = work
        #: The folder of Ansible's programs.
        self.programs = Path(sys.executable).parent
        self.file = work / "fleet.instances.yml"
        self.write(instances, **options)
        self.environment = {"CAMPAIGN_USER": USER, "CAMPAIGN_PASSWORD": PASSWORD}

    def write(self, instances: Any = None, **options: Any) -> None:
        """(Re)write the plugin's file: a mapping of names to URLs, or rows as they are."""
        rows = [{"name": n, "url": u} for n, u in instances.items()] if isinstance(instances, dict) else instances
        content = {**PLUGIN, **({"instances": rows} if rows else {}), **options}
        self.file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def run(self, *arguments: str, command: str = "ansible-inventory") -> subprocess.CompletedProcess[str]:
        """One command of Ansible's on this inventory."""
        return subprocess.run(
            [str(self.programs / command), "-i", str(self.file), *arguments],
            cwd=self.work,
            env={
                **os.environ,
                "ANSIBLE_HOME": str(self.work / "ansible"),
                "ANSIBLE_NOCOLOR": "1",
                "PWD": str(self.work),
                **self.environment,
            },
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def data(self, *arguments: str) -> dict[str, Any]:
        """What ``--list`` says, without the marks of what is no template."""
        done = self.run("--list", *arguments)
        assert done.returncode == 0, done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        return unmarked(json.loads(done.stdout))

    def hosts(self, *arguments: str) -> dict[str, dict[str, Any]]:
        """The variables of each host."""
        found: dict[str, dict[str, Any]] = self.data(*arguments)["_meta"]["hostvars"]
        return found

    def error(self) -> str:
        """The words of a list that is refused, on one line."""
        done = self.run("--list")
        assert "Traceback" not in done.stderr
        return " ".join(done.stderr.split())


def unmarked(data: Any) -> Any:
    """JSON of ansible-inventory without ``__ansible_unsafe``."""
    if isinstance(data, dict):
        if list(data) == ["__ansible_unsafe"]:
            return data["__ansible_unsafe"]
        return {key: unmarked(value) for key, value in data.items()}
    return [unmarked(value) for value in data] if isinstance(data, list) else data


def judge_templates(serve: Callable[..., RunningSimulator], work: Path, programs: Path) -> None:
    """What a server says reaches tasks verbatim, composed or not, and is never run as a template."""
    there = marketing(cursor={"age": "5m"}, release=TEMPLATE)
    there["accounts"][0]["label"] = TEMPLATE
    there["options"][f"{CURSOR}{TEMPLATE}"] = {"type": "datetime", "age": "5m"}
    running = serve(fleet({"bad": there}))
    made = Inventory(
        work,
        {"bad": running.instances["bad"]},
        compose={"shown": "'v' ~ campaign_version"},
        keyed_groups=[{"key": "campaign_version", "prefix": "v"}],
    )
    made.programs = programs
    variables = made.hosts()["bad"]
    assert variables["campaign_version"] == TEMPLATE
    assert variables["shown"] == f"v{TEMPLATE}"
    assert TEMPLATE in str(variables["campaign_cursors"])
    tasks = [
        {"ansible.builtin.debug": {"msg": "<{{ campaign_version }}> <{{ shown }}>"}},
        {"ansible.builtin.debug": {"var": "campaign_cursors"}},
        {"ansible.builtin.copy": {"content": "{{ campaign_cursors | to_json }}", "dest": str(work / "copied")}},
    ]
    book = work / "book.yml"
    book.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    done = made.run(str(book), command="ansible-playbook")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"<{TEMPLATE}> <v{TEMPLATE}>" in done.stdout
    assert not list(work.rglob("executed"))
