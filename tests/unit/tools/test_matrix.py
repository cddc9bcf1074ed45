# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environments of ``make matrix``, and its table."""

from __future__ import annotations

from tools.matrix import (
    CORES,
    LIBRARIES,
    LOWEST,
    NEWEST,
    Environment,
    Outcome,
    environments,
    missing,
    requirements,
    table,
)
from tools.results import Case


def test_each_core_runs_on_the_lowest_and_the_highest_python_that_is_here() -> None:
    found = environments(["3.10", "3.11", "3.13"])
    assert [one for one in found if one.core == "2.16"] == [
        Environment("2.16", "3.10", LOWEST),
        Environment("2.16", "3.11", NEWEST),
    ]
    assert {one.python for one in found if one.core == "2.21"} == {"3.13"}
    assert {one.core for one in found} == set(CORES)
    assert {one.core for one in environments(["3.10"])} == {"2.16", "2.17"}


def test_pythons_that_are_not_here_are_named() -> None:
    assert missing(["3.10", "3.11", "3.13"]) == ["3.12", "3.14"]


def test_libraries_are_at_their_lower_bounds_or_free() -> None:
    libraries = LIBRARIES.read_text(encoding="utf-8")
    lowest = requirements(Environment("2.18", "3.11", LOWEST), libraries)
    assert lowest.startswith("ansible-core>=2.18,<2.19\n") and ">=" not in lowest.partition("\n")[2].replace("#", "")
    assert "requests~=2.28.0" in lowest and "lxml~=4.9.0" in lowest
    assert requirements(Environment("2.18", "3.11", NEWEST), libraries).endswith(libraries)


def test_table_names_failures_and_what_is_missing() -> None:
    where = Environment("2.17", "3.12", NEWEST)
    right = Outcome(where, [Case("one", "passed")], 3.0)
    wrong = Outcome(where, [Case("one", "passed"), Case("two", "failed", "it is not")], 3.0)
    nothing = Outcome(where, [], 1.0, "it cannot be installed")
    assert (right.is_right, wrong.is_right, nothing.is_right) == (True, False, False)
    said = "\n".join(table([right, wrong, nothing], ["3.14"]))
    assert "failed: 2.17-3.12-newest: two: it is not" in said
    assert said.endswith("not installed here, and not tried: Python 3.14") and "it cannot be installed" in said
