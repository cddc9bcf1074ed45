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
from datetime import date
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


#: Values of a variable ``site``, and the group that each gives with ``site | default('nowhere')`` and the prefix site.
SITES: dict[str, tuple[Any, str | None]] = {
    "text": ("oslo", "site_oslo"),
    "number": (7, "site_7"),
    "zero": (0, "site_0"),
    "fraction": (2.5, "site_2_5"),
    "true": (True, "site_True"),
    "false": (False, "site_False"),
    "date": (date(2026, 11, 28), "site_2026_11_28"),
    "list": ([1, "x"], "site_x"),
    "dictionary": ({"k": 1}, "site_k_1"),
    "template": ("{{ 6 * 7 }}", "site_42"),
    "characters": ("a b/c", "site_a_b_c"),
    "nothing": (None, None),
    "empty": ("", None),
    "undefined": ("{{ nobody_knows }}", "site_nowhere"),
    "last": ("bergen", "site_bergen"),
}


def judge_own_groups(work: Path, programs: Path, *, strict: bool) -> None:
    """Each host is there with its groups, whatever a variable holds and whatever cannot be made for another."""
    rows = [
        {"name": name, "url": f"http://127.0.0.1:9/{name}", "vars": {"site": value}}
        for name, (value, _group) in SITES.items()
        if not strict or value not in (None, "")
    ]
    inventory = Inventory(work)
    inventory.programs = programs
    inventory.write(
        rows,
        strict=strict,
        keyed_groups=[
            {"key": "site | default('nowhere')", "prefix": "site"},
            {"key": "campaign_verdict", "prefix": "v", "default_value": "x", "trailing_separator": True},
            {"key": "campaign_verdict", "prefix": "after"},
        ],
        compose={"known_by": "inventory_hostname", "share": "1 / 0"},
        groups={"unread": "campaign_verdict == 'unreachable'", "broken": "nobody_knows.x"},
    )
    # Another source, so that Ansible goes on with what it has when ours has failed.
    (work / "other.ini").write_text("elsewhere\n", encoding="utf-8")
    done = inventory.run("--list", "-i", "other.ini")
    said = " ".join(done.stderr.split())
    assert done.returncode == 0 and "Traceback" not in said
    assert "keyed_groups[1] (campaign_verdict) for text, number, zero and" in said
    assert ("compose.share for text" in said and "groups.broken for text" in said) == strict
    data = unmarked(json.loads(done.stdout))
    names = {row["name"] for row in rows}
    assert set(data["_meta"]["hostvars"]) - {"elsewhere"} == names
    for name in names:
        assert data["_meta"]["hostvars"][name]["known_by"] == name
        group = SITES[name][1]
        assert group is None or name in data[group]["hosts"], name
    for group in ("campaign_verdict_unreachable", "unread", "after_unreachable"):
        assert set(data[group]["hosts"]) == names
