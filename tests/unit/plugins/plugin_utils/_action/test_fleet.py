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
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.plugin_utils._action import fleet
from ansible_collections.campaign.classic.plugins.plugin_utils._action.fleet import (
    ELSEWHERE,
    MOST_WARNINGS,
    Evidence,
    Questions,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.records import Listing
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.threads import SweepTarget

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


Asked = tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]], Questions]


def asked(hosts: Fleet, **given: Any) -> Asked:
    """The options of each target, the rows of the other hosts, and the questions."""
    questions = Questions(given, {"prefix": "mine_", "evidence_dir": "/nowhere", "run_id": None}, hosts)  # type: ignore[arg-type]
    targets, rows = questions.about([SweepTarget(host, "", {}) for host in hosts])
    return {target.name: dict(target.options) for target in targets}, rows, questions


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
    assert all(evidence.earlier(host, Host(), "", "") == ([], []) for host in HOSTS)  # type: ignore[arg-type]
    assert listed == [str(tmp_path)]


def test_evidence_that_cannot_be_trusted_is_told(tmp_path: Path, listed: list[str]) -> None:
    tmp_path.chmod(0o777)
    evidence = Evidence({"evidence_dir": str(tmp_path), "run_id": None})
    found = [evidence.earlier(host, Host(), "", "") for host in HOSTS]  # type: ignore[arg-type]
    assert len(listed) == 1 and all(earlier == [] and len(warnings) == 1 for earlier, warnings in found)
    assert "is not trusted" in found[0][1][0]


def test_a_host_has_its_own_thresholds_and_else_those_of_the_task(listed: list[str]) -> None:
    options, rows, questions = asked(Fleet(a=Host(), b=Host(max_age="1h")), max_age="2h")
    assert {host: one["max_age"] for host, one in options.items()} == {"a": "2h", "b": "1h"}
    assert set(questions.connections) == {"a", "b"} and not rows and len(listed) == 1


def test_a_host_that_cannot_be_read_or_is_asked_elsewhere_does_not_stop_the_others() -> None:
    options, rows, _questions = asked(Fleet(a=Host(here=False), b=Host(broken="It cannot be read."), c=Host()))
    assert rows.pop("a") == {ELSEWHERE: True} and list(options) == ["c"]
    assert rows["b"]["failed"] and "It cannot be read." in rows["b"]["reason"]


def test_a_host_that_is_asked_elsewhere_is_named_and_has_no_row() -> None:
    row = {"verdict": "healthy", "reason": "Well.", "calls": {"total": 6, "logons": 1}, "warnings": ["Twice."]}
    found = fleet._whole({"a": {ELSEWHERE: True}, "b": dict(row), "c": dict(row)})
    assert found["elsewhere"] == ["a"] and set(found["rows"]) == {"b", "c"}
    assert found["calls"] == {"total": 12, "logons": 2, "writes": 0} and found["warnings"] == ["Twice."]


def test_nothing_more_is_read_after_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    def check() -> None:
        raise Interrupted("Ctrl-C (SIGINT)")

    monkeypatch.setattr(fleet.current(), "check", check)
    with pytest.raises(Interrupted):
        asked(Fleet(a=Host()))


def test_a_thousand_warnings_are_not_all_shown() -> None:
    shown = fleet._told([f"warning {number}" for number in range(1000)] * 2)["warnings"]
    assert len(shown) == MOST_WARNINGS + 1 and shown[-1] == f"There are {1000 - MOST_WARNINGS} more warnings."
    assert fleet._told([]) == {}
