# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code that ``make mutation`` tries, and the tests that hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.runs import BUILD

_UNITS = "tests/unit/plugins/"
_DIAGNOSIS, _CURE, _FLEET = "module_utils/_diagnosis", "module_utils/_cure", "plugin_utils/_fleet"
_CORE, _WINDOW = "module_utils/_core", "module_utils/_change_window"
_EVIDENCE = "plugin_utils/_evidence"
_RESOURCES = "module_utils/_resources"
#: The others beside them are about what the rules are given, and test_table.py takes ten times as long as all of these.
_RULES = ("rules", "rule_words", "mid_rules", "diagnose", "model")
#: Not those that disturb a cure at every call: each of them takes as long as all of these.
_CURES = ("clocks", "cure", "cure_between_runs", "cure_choices", "cure_decisions", "cure_found_stopped", "cure_guesses",
          "start_first", "repairs_meanwhile", "progress", "ask_mid", "lost_writes", "lost_orders_of_cures")  # fmt: skip

#: Where a mistake in a wait makes a test wait without end: each is given several times what all of them take.
_LOST = ("waits", "lost_orders_of_cures", "lost_writes")
_BACKFILLS = ("backfill", "backfill_course", "backfill_decisions", "backfill_ends", "backfill_model")
_ACTIONS = ("actions_orders", "actions_values")
_LEFT = ("attempts", "half_done", "files_owner")


@dataclass(frozen=True)
class Target:
    """Modules, by their paths below plugins/, and the tests that hold them."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]

    def file(self, kind: str) -> Path:
        """A file for what is known of it by these tests."""
        usual = self.name not in TARGETS or self.tests == TARGETS[self.name].tests
        by = [] if usual else ["by", *(Path(test).stem for test in self.tests)]
        return BUILD / f"{'-'.join([*self.name.split(), *by])}.{kind}"


def _tests(folder: str, *names: str) -> list[str]:
    return [f"{folder}/test_{name}.py" for name in names]


def _target(name: str, folder: str, modules: str, *tests: str) -> Target:
    paths = tuple(f"{folder}/{module}.py" for module in modules.split())
    return Target(name, paths, tuple(_UNITS + test for test in tests or (folder,)))


TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        _target("rules", _DIAGNOSIS, "rules", *_tests(_DIAGNOSIS, *_RULES)),
        _target("diagnose", _DIAGNOSIS, "diagnose", *_tests(_DIAGNOSIS, *_RULES)),
        _target("found", _DIAGNOSIS, "attempts", *_tests(_DIAGNOSIS, "attempts", "matching")),
        _target("left", _EVIDENCE, "attempt attempts records restarts undoing", *_tests(_EVIDENCE, *_LEFT)),
        _target("plan", _CURE, "plan", *_tests(_CURE, "plan", "clocks"), _FLEET),
        _target("fleet plan", _FLEET, "plan"),
        _target("time", _CURE, "budget", *_tests(_CURE, "budget")),
        _target("fleet time", _FLEET, "needs begun", *_tests(_FLEET, "needs", "begun")),
        _target("gaps", "plugin_utils/_report", "gaps", *_tests("plugin_utils/_report", "gaps")),
        _target("places", "plugin_utils/_variables", "places", *_tests("plugin_utils/_variables", "places", "reading")),
        _target("xtk", _CORE, "xtk", *_tests(_CORE, "xtk", "cursor_value")),
        _target("window", _WINDOW, "policy calendar", *_tests(_WINDOW, "policy", "calendar")),
        _target("recurrence", _WINDOW, "recurrence occurrences", *_tests(_WINDOW, "recurrence", "occurrences")),
        _target("schedules", _WINDOW, "schedules", *_tests(_WINDOW, "schedules")),
        _target("checks", _CURE, "checks judging compensation", *_tests(_CURE, "checks", "judging", "compensation")),
        _target("cure", _CURE, "cure preflight", *_tests(_CURE, *_CURES)),
        _target("turns", _CURE, "turns state", *_tests(_CURE, "turns", "state", "cure_guesses", "cure_tries")),
        _target("actions", _CURE, "actions", *_tests(_CURE, *_CURES, *_ACTIONS, "workflow_waiter", "compensation")),
        _target(
            "waiter",
            _CURE,
            "workflow_waiter lost_orders",
            *_tests(_CURE, "workflow_waiter", "progress", *_LOST, *_ACTIONS),
        ),
        _target("endings", _CURE, "endings", *_tests(_CURE, "state", *_CURES, "cure_interrupted", "compensation")),
        _target("backfill", _CURE, "backfill backfill_model", *_tests(_CURE, *_BACKFILLS)),
        _target(
            "options",
            _RESOURCES,
            "options",
            *_tests(_RESOURCES, "options", "options_details"),
            *_tests(_CURE, "cure", "compensation"),
        ),
    )
}
