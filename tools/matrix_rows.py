# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of ``make matrix``, and why they are not right: all that was to run has run everywhere, and has passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .matrix_suites import SUITES, Outcome
from .results import Case
from .sanity import OLDEST

#: Why a test may be skipped: the only reasons, each as the test says it.
EXPLAINED = (
    # tests/unit/plugins/module_utils/_core/test_trust.py, by somebody who is not root.
    "only root can give",
    # Named at the end of the table.
    f"there is no Python {OLDEST[0]}.{OLDEST[1]} here",
)
#: The suites whose tests are the same in each environment. Each ansible-test has sanity tests of its own.
ALIKE = ("units", "integration")


@dataclass(frozen=True)
class Environment:
    """A row: an ansible-core on a Python, with the libraries at one of their ends, and what is run there."""

    core: str
    python: str
    libraries: str
    suites: tuple[str, ...] = SUITES

    @property
    def name(self) -> str:
        """Names it, also as a file."""
        return f"{self.core}-{self.python}-{self.libraries.replace(' ', '_')}"


@dataclass(frozen=True)
class Row:
    """What was found in an environment."""

    where: Environment
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def problems(rows: Sequence[Row], suites: Sequence[str] = SUITES) -> list[str]:
    """Why a matrix is not right, one sentence each.

    :param suites: what was to run.
    """
    found = [] if rows else ["nothing was tried"]
    for row in rows:
        place = f"{row.where.core} on Python {row.where.python}, {row.where.libraries}"
        found += [f"{place}: {one}" for one in ([row.problem] if row.problem else _of_row(row, rows, suites))]
    return found


def _of_row(row: Row, rows: Sequence[Row], suites: Sequence[str]) -> Iterator[str]:
    for suite in row.where.suites:
        if suite in row.outcomes:
            yield from (f"{suite}: {one}" for one in _of_suite(row.outcomes[suite], _names(suite, rows)))
        elif suite in suites:
            yield f"{suite}: it has not run"


def _names(suite: str, rows: Sequence[Row]) -> set[str]:
    """The tests of a suite that is the same everywhere, by all that have run anywhere."""
    outcomes = [row.outcomes[suite] for row in rows if suite in row.outcomes and suite in ALIKE]
    return {case.name for outcome in outcomes for case in outcome.cases}


def _of_suite(outcome: Outcome, names: set[str]) -> Iterator[str]:
    """What is wrong with how a suite ended.

    :param names: the tests that it must have.
    """
    if outcome.problem:
        yield outcome.problem
    if failed := outcome.count("failed"):
        yield f"{failed} failed"
    if not outcome.count("passed"):
        yield "none has passed"
    if skipped := [case.name for case in outcome.cases if case.outcome == "skipped" and not _explained(case)]:
        yield f"{len(skipped)} skipped without a reason that counts, such as {skipped[0]}"
    if lacking := names - {case.name for case in outcome.cases}:
        yield f"{len(lacking)} tests have run elsewhere and not here, such as {min(lacking)}"


def _explained(case: Case) -> bool:
    return any(reason in case.detail for reason in EXPLAINED)
