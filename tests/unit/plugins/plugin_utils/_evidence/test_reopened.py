# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollback whose value does not stand has ended nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import (
    FORMAT,
    attempts_in,
    check_run,
    evidence_file,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.records import run_of
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.reopened import REASON, reopen
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.undoing import rollback_targets
from tests.helpers.evidence_files import write_evidence

OPTION, OTHER = "NmsMidSourcing_LastDelivery_eu", "NmsMidSourcing_LastDelivery_us"


def attempt(kind: str, hour: int, option: str = OPTION) -> dict[str, Any]:
    move = {"option": option, "outcome": "cured" if kind == "cure" else "changed", "written": "2026-11-22 02:00:00Z"}
    return {
        "format": FORMAT,
        "kind": kind,
        "run_id": "night",
        "instance": "mkt",
        "started": f"2026-11-23T{hour:02}:00:00.000Z",
        "cursors": [{"option": option, "old_value": "2020-03-01 10:00:00.000Z"}],
        "state": "ended",
        "failed": False,
        # The result of a module that sets options has no outcome of its own.
        "result": {"moves": [move], "calls": {"writes": 1}, **({"outcome": "cured"} if kind == "cure" else {})},
    }


def keep(root: Path, *attempts: dict[str, Any]) -> None:
    write_evidence(evidence_file(str(root), "night", "mkt"), {**attempts[-1], "earlier": list(attempts[:-1])})


def options(root: Path) -> list[str]:
    """What a rollback of the run has to put back."""
    return [one["option"] for one in rollback_targets(run_of(str(root), "night", "mkt"))]


def test_what_does_not_stand_is_still_to_be_put_back(tmp_path: Path) -> None:
    both = [attempt("cure", 1), attempt("cure", 2, OTHER), attempt("option", 3), attempt("option", 4, OTHER)]
    keep(tmp_path, *both)
    assert options(tmp_path) == []
    reopen(str(tmp_path), "night", "mkt", OPTION)
    assert options(tmp_path) == [OPTION]
    found = attempts_in(run_of(str(tmp_path), "night", "mkt"))
    assert [one["failed"] for one in found] == [False, False, True, False]
    (move,) = both[2]["result"]["moves"]
    assert found[2]["result"] == {**both[2]["result"], "reason": REASON, "moves": [{**move, "outcome": "failed"}]}
    assert check_run(tmp_path / "night") == []


def test_the_last_rollback_is_the_one_that_does_not_stand(tmp_path: Path) -> None:
    keep(tmp_path, attempt("cure", 1), attempt("option", 2), attempt("option", 3))
    reopen(str(tmp_path), "night", "mkt", OPTION)
    assert [one["failed"] for one in attempts_in(run_of(str(tmp_path), "night", "mkt"))] == [False, False, True]


def test_evidence_that_has_no_such_change_is_left_as_it_is(tmp_path: Path) -> None:
    keep(tmp_path, attempt("cure", 1))
    for host, option in (("mkt", OPTION), ("other", OPTION)):
        with pytest.raises(AnsibleActionFail, match=f"no evidence of a change of {option} on {host}"):
            reopen(str(tmp_path), "night", host, option)
    assert run_of(str(tmp_path), "night", "mkt") == {**attempt("cure", 1), "earlier": []}
    assert run_of(str(tmp_path), "night", "other") == {}
