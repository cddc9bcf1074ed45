# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles, and the playbooks that nothing guards, each with the input by which it does its work.

Each runs beside a fleet on which there is something to cure and a recorder of the API of AWX, whether it asks them or
not, and says at its end what only a run that has done its work says. So that a zero means something, a run without
check mode shows that there was something to write to the controller or to the disk.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.testing import RunningSimulator, running_simulator
from tests.controller.recorder import TOKEN, Awx, serving
from tests.guards.world import families
from tests.integration.fleets import PASSWORD, USER
from tests.integration.runner import Ansible, inventory

CHECK, READ_ONLY, BOTH = "check mode", "read-only", "both"
#: By mode: the arguments of ansible-playbook.
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    CHECK: ("--check", "--diff"),
    READ_ONLY: ("-e", "campaign_read_only=true"),
    BOTH: ("--check", "--diff", "-e", "campaign_read_only=true"),
}
#: Seconds that one run may take: the kit is some fifty modules, one after the other, beside other work.
LONGEST = 1200
HERE = Path(sys.executable).parent
DIGEST = "0123456789abcdef" * 4
#: What detect passes on to the jobs behind it.
_TOLD: Mapping[str, Any] = {"mid_sourcing_plan": DIGEST, "mid_sourcing_changes": ["mkt: from 2020"]}
_KIT: Mapping[str, Any] = {"controller_kit_controller_credential": "this awx"}
#: The same kit with something to change, and something to make.
_CHANGED: Mapping[str, Any] = {
    **_KIT,
    "controller_kit_approval_timeout": 60,
    "controller_kit_windows": [{"name": "nights", "rrule": "FREQ=DAILY;BYHOUR=2", "duration": "2h"}],
}
_EITHER = (CHECK, READ_ONLY)
_ONCE = {"mid_sourcing_both_ways": False}
_ALWAYS = {"name": "always", "from": "2000-01-01 00:00", "to": "2100-01-01 00:00"}
_QUICK = {"poll_interval": 0.1, "order_timeout": 30, "verify_timeout": 30}
_SIBLINGS: Mapping[str, Any] = {
    "siblings_apply": True,
    "siblings_start_stopped": True,
    **{f"siblings_{name}": value for name, value in _QUICK.items()},
}


@dataclass(frozen=True)
class Book:
    """A playbook or a role.

    :param given: its variables; ``{place}`` is the folder in which it runs, ``{given}`` has the files that it reads.
    :param says: what is in its output when it had something to do and has withheld it, as a regular expression; one
        for each mode where they differ.
    :param family: the fleet.
    :param roles: for a play of somebody's: the roles, each with its entry point.
    :param modes: in their order.
    :param status: with which it ends, ``refused`` in read-only mode.
    """

    name: str
    says: str | Mapping[str, str]
    given: Mapping[str, Any] = field(default_factory=dict)
    family: str = "mid_sourcing"
    roles: Sequence[tuple[str, str]] = ()
    hosts: str = "campaign"
    modes: Sequence[str] = tuple(ARGUMENTS)
    status: int = 0
    refused: int = 0

    def says_in(self, mode: str) -> str:
        """What has to be in its output."""
        return self.says if isinstance(self.says, str) else self.says[mode]

    def status_in(self, mode: str) -> int:
        """With which status it has to end."""
        return self.refused if mode == READ_ONLY and self.refused else self.status

    @property
    def kind(self) -> str:
        """Playbook or role."""
        return "role" if self.roles else "playbook"


def _withheld(foretold: str, refused: str) -> Mapping[str, str]:
    """What check mode foretells, and what is said of the refusal."""
    return {CHECK: foretold, READ_ONLY: refused, BOTH: foretold}


#: Those that ask Campaign, the disk or nobody.
BOOKS: Sequence[Book] = (
    Book("report", "The report is", {"fleet_report_dir": "{place}/report"}),
    Book("snapshot", "4 instances", {"mid_sourcing_snapshot_file": "{place}/fleet.json"}),
    Book("rehearse", "stuck: cured after", {"mid_sourcing_snapshot_file": "{given}/fleet.json", **_ONCE}),
    Book("merge_slices", "1 slice of run sweep-1 with 4 hosts is merged",
         {"mid_sourcing_slices": ["{given}/slice.txt"]}),
    Book("nothing_to_change", "To be approved: 1 change.", _TOLD, status=2),
    Book("end_failed", "It was not approved.", {**_TOLD, "controller_kit_reason": "It was not approved."},
         status=2),
    Book("mid_sourcing",
         _withheld("planned: Would move .* and run 'defaultMidSourcingDlv'", "Would move .*session is read-only"),
         {"mid_sourcing_apply": True}, roles=[("mid_sourcing", "main")], refused=2),
    Book("siblings", _withheld("state = started, afresh", "workflow#Start changes the instance, and .* read-only"),
         _SIBLINGS, "siblings",
         [("siblings", "plan_restart_event_status"), ("siblings", "restart_event_status")], "frozen", refused=2),
    Book("change_window", "The change window 'always' is open", {"change_window_windows": [_ALWAYS]},
         roles=[("change_window", "main")]),
    Book("fleet_report", "fleet.html", {"fleet_report_dir": "{place}/report"},
         roles=[("mid_sourcing", "detect"), ("fleet_report", "main")]),
)  # fmt: skip
#: Those that ask a controller, in their order: the kit is made, changed, looked at, and removed. Read-only is for
#: Campaign: there they show what check mode has kept from being written.
OF_CONTROLLER: Sequence[Book] = (
    Book("setup_controller", "and would be made.|The workflow ACC", _KIT, modes=_EITHER),
    Book(
        "controller_kit",
        "changed=[1-9]",
        _CHANGED,
        roles=[("controller_kit", "main")],
        hosts="localhost",
        modes=_EITHER,
    ),
    Book("describe_approval", "The approval is for 1 change", _TOLD, modes=_EITHER),
    Book("remove_controller", "changed=[1-9]", _KIT, modes=_EITHER),
)


@dataclass(frozen=True)
class Seen:
    """What a run has asked and written: Campaign and the controller, in requests, and the disk, in files."""

    calls: int
    writes: int
    asked: int
    sent: int
    files: int
    status: int
    output: str


class World:
    """The fleets, the controller, and the files that some books read.

    :param more: where a further collection is.
    :param programs: the folder of ansible-playbook.
    """

    def __init__(
        self,
        work: Path,
        fleets: Mapping[str, RunningSimulator],
        awx: Awx,
        more: Sequence[Path] = (),
        programs: Path = HERE,
    ) -> None:
        self.work, self.fleets, self.awx, self.programs = work, fleets, awx, programs
        self._collections = ":".join([os.environ["ANSIBLE_COLLECTIONS_PATH"], *map(str, more)])
        self.given = work / "given"
        self.given.mkdir(parents=True)

    def prepare(self) -> None:
        """Write what a rehearsal and a merge read: a snapshot of the fleet, and the output of its one slice."""
        snapshot = Book("snapshot", "", {"mid_sourcing_snapshot_file": "{given}/fleet.json"})
        self.run(snapshot, ())
        number = {"run": "sweep-1", "count": 1, "number": 1, "output": True}
        detect = Book("detect", "", {f"mid_sourcing_slice_{name}": value for name, value in number.items()})
        (self.given / "slice.txt").write_text(self.run(detect, ()).output, encoding="utf-8")

    def run(self, book: Book, arguments: Sequence[str]) -> Seen:
        """Run a book in a folder of its own."""
        there = self.fleets[book.family]
        place = self.work / f"{book.kind}-{book.name}-{len(list(self.work.iterdir()))}"
        place.mkdir()
        ansible = Ansible(place, inventory(there.instances, USER, PASSWORD), self.programs)
        name = self._play(book, place) if book.roles else f"campaign.classic.{book.name}"
        known = _files(place)
        since, asked, sent = there.mark(), len(self.awx.calls), len(self.awx.writes())
        given = json.dumps(dict(book.given)).replace("{place}", str(place)).replace("{given}", str(self.given))
        done = ansible.playbook(name, "-e", given, *arguments, environment=self._environment(), longest=LONGEST)
        calls = there.ledger(since=since)
        return Seen(
            len(calls),
            sum(call["class"] == "write" for call in calls),
            len(self.awx.calls) - asked,
            len(self.awx.writes()) - sent,
            len([path for path, state in _files(place).items() if known.get(path) != state]),
            done.status,
            done.said,
        )

    def _environment(self) -> dict[str, str]:
        return {
            "ANSIBLE_COLLECTIONS_PATH": self._collections,
            "ANSIBLE_PIPELINING": "true",
            "CONTROLLER_HOST": self.awx.url,
            "CONTROLLER_OAUTH_TOKEN": TOKEN,
        }

    def _play(self, book: Book, place: Path) -> str:
        tasks = [
            {"ansible.builtin.include_role": {"name": f"campaign.classic.{role}", "tasks_from": entry}}
            for role, entry in book.roles
        ]
        path = place / "play-1.yml"
        path.write_text(json.dumps([{"hosts": book.hosts, "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
        return str(path)


#: What Ansible and its runs here keep for themselves.
_OWN = ("ansible", "async", "inventory.yml", "play-", "results-")


def _files(place: Path) -> dict[Path, tuple[int, int]]:
    """The files of a folder, each with what shows that it was written."""
    return {
        path: (path.stat().st_mtime_ns, path.stat().st_size)
        for path in place.rglob("*")
        if path.is_file() and not path.relative_to(place).parts[0].startswith(_OWN)
    }


@contextmanager
def world(work: Path, more: Sequence[Path] = (), programs: Path = HERE) -> Iterator[World]:
    """The fleets with something to cure, and a controller with nothing of ours but its own credential."""
    described = families()
    with (
        running_simulator(described["mid_sourcing"]) as mid_sourcing,
        running_simulator(described["siblings"]) as siblings,
        serving(Awx()) as awx,
    ):
        awx.add("credentials", name="this awx", organization=1, credential_type=3)
        for there in (mid_sourcing, siblings):
            there.advance("4h")
            there.per_call(2)
        yield World(work, {"mid_sourcing": mid_sourcing, "siblings": siblings}, awx, more, programs)
