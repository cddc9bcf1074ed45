# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of fleet_info, and how they replace what hosts register."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.plan import fleet_plan
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.rows import DIAGNOSIS, fleet_rows
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.seen import Seen, row_of, summary
from tests.helpers.diagnoses import fleet

HOSTS, HOSTVARS = fleet(2, healthy=3)
FLEET = summary(HOSTS, {host: row_of(HOSTVARS[host][DIAGNOSIS]) for host in HOSTS}, [])


def test_rows_and_plan_are_the_same_from_the_fleet_as_from_the_hosts() -> None:
    bare: dict[str, dict[str, Any]] = {host: {} for host in HOSTS}
    assert fleet_rows(HOSTS, Seen(bare, FLEET)) == fleet_rows(HOSTS, HOSTVARS)
    assert fleet_plan(HOSTS, Seen(bare, FLEET)) == fleet_plan(HOSTS, HOSTVARS)
    assert fleet_rows(HOSTS, Seen(HOSTVARS, None)) == fleet_rows(HOSTS, HOSTVARS)


def test_a_diagnosis_that_a_host_has_of_its_own_is_the_newer_one() -> None:
    stuck, well = FLEET["stuck"][0], next(host for host in HOSTS if host not in FLEET["unhealthy"])
    fresh = {host: {DIAGNOSIS: {"verdict": "denied", "reason": "It was refused."}} for host in (stuck, well)}
    rows = {row["host"]: row for row in fleet_rows(HOSTS, Seen(fresh, FLEET))}
    assert rows[stuck]["verdict"] == rows[well]["verdict"] == "denied" and not rows[stuck]["plans"]


class Facts(dict[str, dict[str, Any]]):
    """Hostvars of Ansible: the values that tasks have set are available separately."""

    def __init__(self, set_by_tasks: dict[str, dict[str, Any]]) -> None:
        super().__init__({host: {} for host in HOSTS})
        self._variable_manager = type("Manager", (), {"_nonpersistent_fact_cache": set_by_tasks})()

    def __getitem__(self, host: str) -> dict[str, Any]:
        asked.append(host)
        return {**super().__getitem__(host), **self._variable_manager._nonpersistent_fact_cache.get(host, {})}


asked: list[str] = []


def test_the_variables_of_a_host_that_is_well_are_not_put_together_for_its_row() -> None:
    asked.clear()
    fleet_rows(HOSTS, Seen(Facts({}), FLEET))
    assert set(asked) == set(FLEET["unhealthy"])
    well = next(host for host in HOSTS if host not in FLEET["unhealthy"])
    (row,) = fleet_rows([well], Seen(Facts({well: {DIAGNOSIS: {"verdict": "stale"}}}), FLEET))
    assert row["verdict"] == "stale"


@pytest.mark.parametrize("verdict", ["healthy", "not_applicable", "inactive"])
def test_the_row_of_a_host_that_is_well_is_short(verdict: str) -> None:
    cursor = {"option": "o", "verdict": verdict, "evidence": {"journal": ["x" * 100] * 100}}
    row = row_of({"verdict": verdict, "reason": "r", "proposal": "", "cursors": [cursor], "siblings": [cursor]})
    assert row["cursors"] == [{"option": "o", "verdict": verdict}] and "siblings" not in row
    assert summary(["a"], {"a": row}, [])["unhealthy"] == []


def test_a_report_sees_where_the_cursors_of_a_host_that_is_well_stand() -> None:
    cursor = {"option": "o", "verdict": "healthy", "account": "a", "value": "v", "evidence": {"journal": ["x" * 100]}}
    sibling = {**cursor, "option": "s", "label": "l"}
    result = {"verdict": "healthy", "reason": "r", "cursors": [cursor], "siblings": [sibling], "release": "7.4.3"}
    row = row_of(result, values=True)
    assert row["cursors"] == [{"option": "o", "verdict": "healthy", "account": "a", "value": "v"}]
    assert row["siblings"] == [{"option": "s", "verdict": "healthy", "label": "l", "value": "v"}]
    assert row["release"] == "7.4.3"
    # Without, the row is as short as ever.
    assert row_of(result)["cursors"] == [{"option": "o", "verdict": "healthy"}] and "siblings" not in row_of(result)


def test_a_report_leaves_the_diagnosis_of_a_host_with_a_plan_whole() -> None:
    [host] = FLEET["stuck"][:1]
    diagnosis = HOSTVARS[host][DIAGNOSIS]
    assert row_of(diagnosis, values=True)["cursors"] == diagnosis["cursors"]
    assert row_of(diagnosis, values=True)["plans"] == diagnosis["plans"]


def test_a_task_that_would_have_failed_has_a_row_with_its_verdict_and_its_message() -> None:
    row = row_of({"failed": True, "msg": "No.", "error": {"kind": "invalid"}})
    assert (row["verdict"], row["reason"], row["failed"]) == ("misconfigured", "No.", True)
    found = summary(["a", "b"], {"a": row}, ["b"])
    assert found["unhealthy"] == found["failing"] == ["a"] and found["elsewhere"] == ["b"]


def test_a_host_that_nobody_knows_is_none_of_them() -> None:
    assert "nobody" not in Seen(HOSTVARS, FLEET) and HOSTS[0] in Seen({}, FLEET)
    assert len(Seen({}, FLEET)) == len(HOSTS) and set(Seen(HOSTVARS, FLEET)) == set(HOSTS)
