# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many instances are read at once: more while machine and servers allow, within the limit of descriptors."""

from __future__ import annotations

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep import pace as _pace
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.pace import (
    AdaptivePace,
    affordable,
    concurrency_of,
)


class Machine:
    """A clock, and the processor time of a process that uses ``share`` of one processor."""

    def __init__(self) -> None:
        self.now = 100.0
        self.used = 7.0

    def passes(self, seconds: float, share: float) -> None:
        self.now += seconds
        self.used += share * seconds


@pytest.fixture
def machine() -> Machine:
    return Machine()


def pace(machine: Machine, start: int = 4, most: int = 64) -> AdaptivePace:
    return AdaptivePace(start, most, lambda: machine.now, lambda: machine.used)


def answered(found: AdaptivePace, seconds: float, machine: Machine, share: float = 0.1) -> int:
    """Half as many answers as are read at once, and the resulting limit."""
    for _one in range(found.level // 2):
        found.ended(seconds)
    machine.passes(seconds, share)
    return found.allowed(0)


def test_it_doubles_up_to_the_most_while_instances_answer_as_fast_as_before(machine: Machine) -> None:
    found = pace(machine)
    assert found.allowed(0) == 4
    assert [answered(found, 1.0, machine) for _turn in range(5)] == [8, 16, 32, 64, 64]


def test_it_stays_while_the_processor_is_busy(machine: Machine) -> None:
    found = pace(machine)
    assert [answered(found, 1.0, machine, share=0.95) for _turn in range(3)] == [4, 4, 4]


def test_when_servers_become_slower_it_goes_back_and_tries_again_later(machine: Machine) -> None:
    found = pace(machine)
    assert answered(found, 1.0, machine) == 8
    assert answered(found, 2.0, machine) == 4
    assert [answered(found, 1.0, machine) for _turn in range(_pace.REST)] == [4] * _pace.REST
    assert answered(found, 1.0, machine) == 8
    assert answered(found, 2.0, machine) == 4
    assert [answered(found, 1.0, machine) for _turn in range(2 * _pace.REST)] == [4] * 2 * _pace.REST


def test_those_that_hang_do_not_take_the_places_of_others(machine: Machine) -> None:
    found = pace(machine)
    machine.passes(1.0, 0.1)
    assert found.allowed(4) == 8
    assert found.allowed(1000) == 64


def test_those_that_are_slow_since_the_processor_is_busy_do(machine: Machine) -> None:
    found = pace(machine)
    machine.passes(1.0, 0.95)
    assert found.allowed(4) == 4


def test_what_the_machine_refused_is_not_tried_again(machine: Machine) -> None:
    found = pace(machine)
    found.lower(3)
    assert [answered(found, 1.0, machine) for _turn in range(3)] == [3, 3, 3]
    found.lower(0)
    assert found.allowed(10) == 1


@pytest.mark.parametrize(
    ("soft", "is_open", "expected"), [(256, 20, 110), (64, 20, 14), (20, 20, 1), (1024, 24, 492)], ids=str
)
def test_file_descriptors_bound_it(soft: int, is_open: int, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pace.resource, "getrlimit", lambda _which: (soft, 1 << 20))
    monkeypatch.setattr(_pace.os, "listdir", lambda _directory: ["0"] * is_open)
    assert affordable() == expected


def test_without_a_limit_nothing_bounds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pace.resource, "getrlimit", lambda _which: (_pace.resource.RLIM_INFINITY,) * 2)
    assert affordable() == _pace.MOST
    monkeypatch.setattr(_pace, "resource", None)
    assert affordable() == _pace.MOST


def test_where_the_system_lists_no_descriptors_some_are_taken_to_be_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_directory: str) -> list[str]:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(_pace.os, "listdir", refused)
    monkeypatch.setattr(_pace.resource, "getrlimit", lambda _which: (256, 256))
    assert affordable() == (256 - 2 * _pace.RESERVED) // _pace.EACH


@pytest.mark.parametrize(("given", "expected"), [("auto", _pace.MOST), ("64", 64), (32, 32), (" 7 ", 7)])
def test_the_option_is_a_number_or_auto(given: str | int, expected: int) -> None:
    assert concurrency_of(given) == expected


@pytest.mark.parametrize("given", ["many", "", "1.5"])
def test_the_option_is_nothing_else(given: str) -> None:
    with pytest.raises(ValidationError, match="concurrency must be a whole number or auto"):
        concurrency_of(given)
