# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, and where: every call of a cure times every way in which it can be disturbed.

The calls are those of an undisturbed run in the ledger. A scenario has a name from which it can be recreated, such as
``kill-worker/ignore/17/late``.
"""

from __future__ import annotations

import itertools
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from tests.chaos.fleets import MODES
from tests.helpers.faults import FAULTS

#: The state of a held call when a process is killed:
#: before  the request has arrived and is never executed
#: late    the request has arrived and is executed after its sender has died
#: after   the request was executed and its answer never arrives
#: A worker that is only told to end waits for the answer: it arrives late, or not at all.
PHASES = ("before", "late", "after")

#: Who is killed with SIGKILL:
#: playbook   ansible-playbook alone; its workers notice, and end in order
#: worker     the worker that carries out the cure
#: job        ansible-playbook and all its workers, as when a container is killed
#: simulator  the server; it comes back with its data
KILLS = ("playbook", "worker", "job", "simulator")

#: A job of ansible-runner that is cancelled: it kills the process group of ansible-playbook, and the workers, which
#: have left that group, notice.
CANCEL = "cancel-runner"

#: All that ends processes at once.
ENDINGS = (*(f"kill-{who}" for who in KILLS), CANCEL)

#: Signals that can be handled, one after the other, and their targets:
#: playbook   ansible-playbook alone, as by kill, and by whoever cancels a job with SIGTERM
#: group      ansible-playbook and its process group, as by Ctrl-C, and when a terminal is closed
#: worker     the worker that carries out the cure
SIGNALS: Mapping[str, Sequence[signal.Signals]] = {
    "term": [signal.SIGTERM],
    "int": [signal.SIGINT],
    "int2": [signal.SIGINT, signal.SIGINT],
    "hup": [signal.SIGHUP],
}
ADDRESSEES = ("playbook", "group", "worker")
#: ``SIGNAL-ADDRESSEE`` by all of them.
TELLS = tuple(f"{name}-{whom}" for name, whom in itertools.product(SIGNALS, ADDRESSEES))


@dataclass(frozen=True)
class Scenario:
    """One disturbance of the cure of one instance.

    :param kind: ``kill-WHO``, ``cancel-runner``, ``SIGNAL-ADDRESSEE``, ``two-runs``, or ``fault``.
    :param mode: error management of the workflow, which decides the order of the cure's steps.
    :param call: number of the call within the run, from 1, as the ledger counts those to the instance.
    :param how: the phase of a kill or of the first of two runs; the name of a fault.
    :param times: how many calls in a row a fault strikes.
    """

    kind: str
    mode: str
    call: int
    how: str
    times: int = 1

    @property
    def calls(self) -> range:
        """The numbers of the disturbed calls."""
        return range(self.call, self.call + self.times)

    @property
    def name(self) -> str:
        """Names the scenario, and is enough to recreate it."""
        words = [self.kind, self.mode, str(self.call), self.how]
        return "/".join(words if self.times == 1 else [*words, str(self.times)])

    @classmethod
    def named(cls, name: str) -> Scenario:
        """The scenario of this name. Raises ValueError."""
        kind, mode, call, how, *times = name.split("/")
        return cls(kind, mode, int(call), how, int(times[0]) if times else 1)


def everything(calls: Mapping[str, int]) -> Iterator[Scenario]:
    """All scenarios for this many calls of an undisturbed run, by error management."""
    for mode in MODES:
        numbers = range(1, calls[mode] + 1)
        for kind, call, phase in itertools.product(ENDINGS, numbers, PHASES):
            yield Scenario(kind, mode, call, phase)
        for kind, call, phase in itertools.product(TELLS, numbers, PHASES[1:]):
            yield Scenario(kind, mode, call, phase)
        for call, phase in itertools.product(numbers, PHASES[1:]):
            yield Scenario("two-runs", mode, call, phase)
        for call, fault, times in itertools.product(numbers, FAULTS, (1, 4)):
            if times == 1 or FAULTS[fault]["kind"] != "change":
                yield Scenario("fault", mode, call, fault, times)


def draw(calls: Mapping[str, int], runs: int, random: Random) -> list[Scenario]:
    """This many scenarios, every kind in turn; those of one kind spread evenly over the calls and the variants.

    Half of them are faults, of which several share a playbook.
    """
    by_kind: dict[str, list[Scenario]] = {}
    for scenario in everything(calls):
        by_kind.setdefault(scenario.kind, []).append(scenario)
    for scenarios in by_kind.values():
        random.shuffle(scenarios)
    # One of each kind comes first: a short draw has them all.
    turns = [*by_kind, *["fault"] * (len(by_kind) - 2)]
    drawn: list[Scenario] = []
    for kind in itertools.cycle(turns):
        if len(drawn) >= runs or not any(by_kind.values()):
            return drawn
        if by_kind[kind]:
            drawn.append(by_kind[kind].pop())
    return drawn


def batches(scenarios: Sequence[Scenario], seats: int) -> list[list[Scenario]]:
    """Scenarios that share a fleet and a playbook, each with an instance of its own.

    There are so many seats for each mode. Faults share them all. Those of another kind share them with those at the
    same call or the next: what ends a whole job finds each of their instances there.
    """
    groups: dict[tuple[str, int], list[Scenario]] = {}
    for one in scenarios:
        groups.setdefault((one.kind, 0 if one.kind == "fault" else (one.call + 1) // 2), []).append(one)
    return [batch for group in groups.values() for batch in _seated(group, seats)]


def _seated(group: Sequence[Scenario], seats: int) -> Iterator[list[Scenario]]:
    """Batches with no more of one mode than there are seats."""
    queues = [[one for one in group if one.mode == mode] for mode in MODES]
    for first in range(0, max(map(len, queues)), seats):
        yield [one for queue in queues for one in queue[first : first + seats]]
