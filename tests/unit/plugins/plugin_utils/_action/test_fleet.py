# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fleet_info reads once for a whole fleet, and what it asks of each host."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._action import fleet
from ansible_collections.campaign.classic.plugins.plugin_utils._action.fleet import MOST_WARNINGS, Evidence, Questions
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.attempts import Listing

HOSTS = [f"mkt-{number}" for number in range(50)]


class Host:
    """The variables of a host: those of the connection, those with the prefix, and where its tasks run."""

    def __init__(self, here: bool = True, broken: str = "", **options: Any) -> None:
        self.here, self.broken, self.given = here, broken, options

    def runs_here(self) -> bool:
        return self.here

    def connection(self, _given: Any) -> dict[str, Any]:
        if self.broken:
            raise ValidationError(self.broken)
        return {"url": "https://one.example.com"}

    def options(self, prefix: str, names: Collection[str], _defaults: Collection[str] = ()) -> dict[str, Any]:
        assert prefix == "mine_"
        return {name: value for name, value in self.given.items() if name in names}


class Fleet(dict[str, Host]):
    """The variables of each host of a fleet."""

    def of(self, host: str) -> Host:
        return self[host]

    def require_known(self, _host: Host) -> None:
        """None is mistyped."""


def questions(hosts: Fleet, **given: Any) -> Questions:
    found = Questions(given, {"prefix": "mine_", "evidence_dir": "/nowhere", "run_id": None})
    for host in hosts:
        found.add(host, hosts)  # type: ignore[arg-type]
    return found


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The directories that were listed."""
    found: list[str] = []

    class Counting(Listing):
        def __init__(self, directory: str, instance: str = "") -> None:
            found.append(directory)
            super().__init__(directory, instance)

    monkeypatch.setattr(fleet, "Listing", Counting)
    return found


def test_evidence_is_listed_once_for_the_fleet(tmp_path: Path, listed: list[str]) -> None:
    evidence = Evidence({"evidence_dir": str(tmp_path), "run_id": None})
    assert all(evidence.earlier(host, Host(), "") == [] for host in HOSTS)  # type: ignore[arg-type]
    assert listed == [str(tmp_path)] and not evidence.warnings


def test_evidence_that_cannot_be_trusted_is_told_once(tmp_path: Path, listed: list[str]) -> None:
    tmp_path.chmod(0o777)
    evidence = Evidence({"evidence_dir": str(tmp_path), "run_id": None})
    assert all(evidence.earlier(host, Host(), "") == [] for host in HOSTS)  # type: ignore[arg-type]
    assert len(evidence.warnings) == len(listed) == 1 and "is not trusted" in evidence.warnings[0]


def test_a_host_has_its_own_thresholds_and_else_those_of_the_task(listed: list[str]) -> None:
    asked = questions(Fleet(a=Host(), b=Host(max_age="1h")), max_age="2h")
    assert [target.options["max_age"] for target in asked.targets] == ["2h", "1h"]
    assert set(asked.connections) == {"a", "b"} and not asked.refused and len(listed) == 1


def test_a_host_that_cannot_be_read_or_is_asked_elsewhere_does_not_stop_the_others() -> None:
    asked = questions(Fleet(a=Host(here=False), b=Host(broken="It cannot be read."), c=Host()))
    assert asked.elsewhere == ["a"] and [target.name for target in asked.targets] == ["c"]
    assert asked.refused["b"]["failed"] and "It cannot be read." in asked.refused["b"]["reason"]


def test_a_thousand_warnings_are_not_all_shown() -> None:
    shown = fleet._told([f"warning {number}" for number in range(1000)] * 2)["warnings"]
    assert len(shown) == MOST_WARNINGS + 1 and shown[-1] == f"There are {1000 - MOST_WARNINGS} more warnings."
    assert fleet._told([]) == {}
