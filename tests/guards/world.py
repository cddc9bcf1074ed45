# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet for the tests of the guards, before a run, and runs on copies of it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.testing import running_simulator
from tests.guards.cells import PLAYBOOKS, READING
from tests.integration.fleets import PASSWORD, USER, fleet, marketing
from tests.integration.runner import Ansible, Run, inventory

#: The run that rollback and backfill are about.
EARLIER = "change-1"
#: Fast, and with one name for the run, so that its output does not differ from run to run.
QUICK = {"poll_interval": 0.1, "order_timeout": 30, "verify_timeout": 30}
MID_SOURCING = {"apply": True, "run_id": "guards", "serial": "100%", "backfill_windows": ["1d"], **QUICK}
SIBLINGS = {"apply": True, "run_id": "guards", "start_stopped": True, "repull_to": "2026-11-23T02:00:00Z", **QUICK}


def families() -> dict[str, dict[str, Any]]:
    """The fleets, each of hosts that its playbooks change and of bystanders: every host costs time in every cell."""
    old = {"value": "2020-03-01T10:00:00Z"}
    events = {name: {"type": "datetime", "age": "5d"} for name in ("MC_LastUpdateFromBL", "MC_LastRtEventStat")}
    restarted = {"every": "10m", "first_run": "10m", "state": "stopped"}
    account = {"name": "rt", "execution": "rt", "login": USER, "password": PASSWORD}
    return {
        "mid_sourcing": fleet(
            {
                "healthy": marketing(cursor={"age": "5m"}),
                "stuck": marketing(cursor=old),
                "ignoring": marketing(cursor=old, on_error="ignore"),
            }
        ),
        "siblings": fleet(
            {
                "frozen": {
                    "role": "execution",
                    "events": "1m",
                    "options": events,
                    "workflows": {"updateEventsStatus": restarted},
                },
                "control": {
                    "role": "marketing",
                    "accounts": [account],
                    "options": {"MC_LastTlRtSynch_1": {"type": "datetime", "age": "5m"}},
                    "workflows": {"mcSynch_rt": {"every": "2m", "state": "started"}},
                },
                "rt": {
                    "role": "execution",
                    "events": "1m",
                    "hits": "1m",
                    "options": {},
                    "workflows": {"tracking": {"every": "1h", "seconds": 0}},
                },
            }
        ),
    }


def groups(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The hosts of each group of an inventory. ``web`` is a host that is not ours."""
    well = tuple(name for name in names if name in ("mid", "healthy", "rt"))
    return {
        "campaign_verdict_stuck": tuple(name for name in names if name not in well),
        "well": well,
        "others": ("web",),
    }


@dataclass(frozen=True)
class Effects:
    """The effects of a run: its exit status, the writes as instance and method, its last lines (the table of the
    hosts, and the text below it), and how many calls the servers got."""

    status: int
    writes: tuple[tuple[str, str], ...]
    words: str
    output: str
    calls: int = 0


class World:
    """Prepared states below ``work``: ``ill`` as the incident leaves a fleet, ``cured`` after a reconcile of it.

    Every cell begins on a copy of one of them: a simulator starts on it in a tenth of a second.

    :param programs: the folder of ansible-playbook.
    """

    def __init__(self, work: Path, programs: Path = Path(sys.executable).parent) -> None:
        self.work, self.programs = work, programs
        self._numbers = itertools.count()
        self.fleets = families()
        for family, its in self.fleets.items():
            ill = self._state("ill", family)
            ill.mkdir(parents=True)
            with running_simulator(its, state=ill / "state") as there:
                there.advance("4h")
        cured = self._state("cured", "mid_sourcing")
        shutil.copytree(self._state("ill", "mid_sourcing"), cured)
        done = self.run(cured, "reconcile", variables={"mid_sourcing_run_id": EARLIER})
        assert done.status == 0, done.output

    def _state(self, state: str, family: str) -> Path:
        return self.work / f"{state}-{family}"

    def cell(self, state: str, playbook: str, **more: Any) -> Effects:
        """Run a playbook on a copy of a prepared state, which is thrown away.

        The paths have the same length: each is wrapped at the same place.
        """
        place = self.work / f"place-{next(self._numbers):06}"
        shutil.copytree(self._state(state, PLAYBOOKS[playbook][1]), place)
        try:
            return self.run(place, playbook, **more)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def run(
        self,
        place: Path,
        playbook: str,
        arguments: Sequence[str] = (),
        variables: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        before: Sequence[tuple[str, str, int]] = (),
        broken: str = "",
    ) -> Effects:
        """Run a playbook where a state lies. ``{place}`` in arguments and values is that folder.

        The server refuses every change of the instance ``broken``.
        """
        given = _variables(playbook, variables or {})
        with running_simulator(self.fleets[PLAYBOOKS[playbook][1]], state=place / "state") as there:
            there.per_call(2)
            for method in ("xtk:persist#Write", "xtk:workflow#Start") if broken else ():
                there.fault("refused", instance=broken, method=method, count=99)
            begun = there.mark()
            ansible = Ansible(place, _inventory(there.instances), self.programs)
            _lay_out(place, playbook)
            for change, path, number in before:
                if change == "chmod":
                    (place / path).chmod(number)
                else:
                    os.chown(place / path, number, -1)
            done = ansible.playbook(
                f"campaign.classic.{playbook}",
                "-e",
                json.dumps(given).replace("{place}", str(place)),
                *(one.replace("{place}", str(place)) for one in arguments),
                environment={key: one.replace("{place}", str(place)) for key, one in (environment or {}).items()},
            )
            calls = there.ledger(since=begun)
        writes = {
            (str(call["instance"]), str(call["call"]).partition("#")[2]) for call in calls if call["class"] == "write"
        }
        words = _last_words(done).replace(str(place), "{place}")
        return Effects(done.status, tuple(sorted(writes)), words, done.output, len(calls))


def _variables(playbook: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an undisturbed run; ``more`` on top, where None removes one."""
    prefix = PLAYBOOKS[playbook][1]
    words = SIBLINGS if prefix == "siblings" else MID_SOURCING
    given = {f"{prefix}_{name}": value for name, value in words.items()}
    if playbook in ("rollback", "backfill"):
        given["mid_sourcing_run"] = EARLIER
    if playbook in READING:
        del given["mid_sourcing_apply"]
    return {name: value for name, value in {**given, **more}.items() if value is not None}


def _lay_out(place: Path, playbook: str) -> None:
    """Files that arguments name: limits, an inventory that lets one host be written to, and a file of variables."""
    _state, prefix, one = PLAYBOOKS[playbook]
    texts = {
        "one.txt": f"{one}\n",
        "one_and_localhost.txt": f"{one}\nlocalhost\n",
        "web.txt": "web\n",
        "empty.txt": "\n",
        "apply_one.yml": f"campaign: {{hosts: {{{one}: {{{prefix}_apply: true}}}}}}\n",
        "more.yml": f"{prefix}_poll_interval: 0.2\n",
    }
    for name, text in texts.items():
        (place / name).write_text(text, encoding="utf-8")


def _inventory(urls: Mapping[str, str]) -> dict[str, Any]:
    data = inventory(urls, USER, PASSWORD)
    data.update({name: {"hosts": {host: {} for host in hosts}} for name, hosts in groups(urls).items()})
    return data


def _last_words(run: Run) -> str:
    """The output of the run's last task, if it reached its report, below the line of each host in the report."""
    ran = [line for line in run.tasks if line["status"] != "skipped"]
    if not ran or ran[-1]["status"] != "ok":
        return ""
    rows = [line for line in ran[:-1] if line["task"].endswith("One line for each host")]
    return "\n".join(_message(line) for line in [*rows[-1:], ran[-1]])


def _message(line: Mapping[str, Any]) -> str:
    message = line["result"].get("msg", "")
    return "\n".join(map(str, message)) if isinstance(message, list) else str(message)
