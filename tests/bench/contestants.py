# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contestants, their commands, and the files that the commands need."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from . import floor
from .cures import POLL, STUCK

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BIN = Path(sys.executable).parent
FORKS = 20
#: Threads of the floor, and the initial threads of a sweep: how many the sweep uses later is its own decision.
CONCURRENCY = 32


@dataclass(frozen=True)
class Contestant:
    """One way of doing the job.

    ``calls`` is what one recorded instance must cost, and ``simulated`` ones are not recorded; ``slow`` ones are scaled
    at large sizes; the memory of one that ``shares`` its work with other processes is that of all of them.
    """

    key: str
    name: str
    calls: int
    slow: bool = False
    shares: bool = False
    simulated: int = 0


CONTESTANTS = {
    one.key: one
    for one in (
        Contestant("a", "ansible.builtin.uri tasks", 6, slow=True),
        Contestant("b", "plain modules", 6, slow=True),
        Contestant("c", "in the worker", 6),
        Contestant("d", "inventory sweep", 6, shares=True),
        Contestant("e", "floor: bare requests", 6),
        Contestant("f", "sweep in one process", 6),
        Contestant("g", "a debug task", 0),
        Contestant("h", "playbook detect", 6, shares=True),
        Contestant("i", "playbook plan", 6, shares=True),
        Contestant("j", "playbook reconcile, to gate", 6, shares=True),
        Contestant("k", "detect of another build", 6),
        Contestant("l", "playbook reconcile, 3 stuck", 6, shares=True, simulated=STUCK),
        Contestant("m", "playbook detect, 10 stuck", 6, shares=True),
    )
}


#: What users type. Their instances are healthy, as nearly all of a fleet are; (l) has some to be cured, (m) shows some.
PLAYBOOKS = {"h": "detect", "i": "plan", "j": "reconcile", "k": "detect", "l": "reconcile", "m": "detect"}
SHOWN = 10


class Stage:
    """The files of one bench: inventories for each size, and a collection without action plugins for (b).

    :param before: a directory of collections with another build of this one, for (k).
    """

    def __init__(self, work: Path, url: str, before: Path | None = None) -> None:
        self.work = work
        self.url = url
        self.collections = {"plain": work / "plain", "worker": work / "worker"}
        self.before = before or work / "worker"
        self._collection("worker")
        shutil.rmtree(self._collection("plain") / "plugins" / "action")

    def command(self, key: str, size: int, stuck: Mapping[str, str] | None = None) -> list[str]:
        """The command of a contestant for so many instances.

        :param stuck: the URLs of those among them that are simulated.
        """
        if key in "df":
            processes = 0 if key == "d" else 1
            return [str(BIN / "ansible-inventory"), "-i", str(self._sweep(size, processes)), "--graph"]
        if key == "e":
            return [sys.executable, str(HERE / "floor.py"), str(self._urls(size)), str(CONCURRENCY)]
        if key in PLAYBOOKS:
            ill = stuck or (dict.fromkeys(self._names(min(SHOWN, size)), "") if key == "m" else {})
            hosts = self._hosts(size - len(ill), "campaign", "well", ill)
            found = [str(BIN / "ansible-playbook"), "-i", str(hosts), f"campaign.classic.{PLAYBOOKS[key]}"]
            return found + (self._cure() if stuck else [])
        play = {"a": "uri", "b": "module", "c": "module", "g": "debug"}[key]
        return [str(BIN / "ansible-playbook"), "-i", str(self._hosts(size)), str(HERE / "plays" / f"{play}.yml")]

    @property
    def evidence(self) -> Path:
        """What the cures of the last run left."""
        return self.work / "evidence"

    def _cure(self) -> list[str]:
        shutil.rmtree(self.evidence, ignore_errors=True)
        given = {"apply": "true", "evidence_dir": self.evidence, "poll_interval": POLL}
        return [text for name, value in given.items() for text in ("-e", f"mid_sourcing_{name}={value}")]

    def environment(self, key: str) -> Mapping[str, str]:
        """The settings that the commands need, and that any competent user of them makes."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAMPAIGN_", "ANSIBLE_"))}
        return {
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": str(
                self.before if key == "k" else self.collections["plain" if key == "b" else "worker"]
            ),
            "ANSIBLE_FORKS": str(FORKS),
            "ANSIBLE_HOME": str(self.work / "home"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "true",
            "CAMPAIGN_USER": floor.USER,
            "CAMPAIGN_PASSWORD": floor.PASSWORD,
        }

    def _collection(self, name: str) -> Path:
        """A copy of the parts of this collection that Ansible uses."""
        target = self.collections[name] / "ansible_collections" / "campaign" / "classic"
        shutil.rmtree(target, ignore_errors=True)
        for part in ("meta", "plugins", "playbooks", "roles"):
            shutil.copytree(ROOT / part, target / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "galaxy.yml", target)
        return target

    def _names(self, size: int, kind: str = "mkt") -> list[str]:
        return [f"{kind}-{number:04d}" for number in range(size)]

    def _hosts(self, size: int, group: str = "all", kind: str = "mkt", ill: Mapping[str, str] | None = None) -> Path:
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "campaign_url": f"{self.url}/{{{{ inventory_hostname }}}}",
            "campaign_user": floor.USER,
            "campaign_password": floor.PASSWORD,
        }
        others = {name: {"campaign_url": url} if url else {} for name, url in (ill or {}).items()}
        hosts = {**dict.fromkeys(self._names(size, kind), {}), **others}
        name = f"{group}-{size}-{len(others)}.yml"
        return self._written(name, yaml.safe_dump({group: {"vars": variables, "hosts": hosts}}))

    def _sweep(self, size: int, processes: int) -> Path:
        """A long list has a file of its own: Ansible reads the inventory's own file twice."""
        instances = [{"name": name, "url": f"{self.url}/{name}"} for name in self._names(size)]
        listed = self._written(f"list-{size}.yml", yaml.safe_dump(instances))
        content = {
            "plugin": "campaign.classic.instances",
            "processes": processes,
            "instances_from": [listed.name],
        }
        return self._written(f"fleet-{size}-{processes}.instances.yml", yaml.safe_dump(content))

    def _urls(self, size: int) -> Path:
        return self._written(f"urls-{size}.txt", "".join(f"{self.url}/{name}\n" for name in self._names(size)))

    def _written(self, name: str, text: str) -> Path:
        path = self.work / name
        path.write_text(text, encoding="utf-8")
        return path
