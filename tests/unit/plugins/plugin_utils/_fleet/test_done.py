# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How rollback, backfill and the playbooks for siblings end: every host is in the report, partial is said last."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.done import fleet_done
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.outcome import fleet_outcome
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.rows import fleet_rows
from tests.helpers.diagnoses import diagnosis, hostvars


def told(outcome: str, kind: str = "backfill", **more: Any) -> dict[str, Any]:
    """The record of a host that processed one cursor."""
    return {
        f"mid_sourcing_{kind}_targets": [{"option": "o"}],
        "__mid_sourcing_told": [{"option": "o", "outcome": outcome, "reason": "So.", **more}],
    }


def end(kind: str, known: dict[str, Any], **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"expected": list(known), "rehearsal": False, "run": "Run x", **more}
    return fleet_done(list(known), known, kind, **given)


def test_partial_is_said_last_with_what_is_affected() -> None:
    known = {
        "a": told("partial", affected=240),
        "b": told("partial", affected="328", affected_file="/e/b.csv"),
    }
    found = end("backfill", known)
    assert " ".join(found["closing"]) == (
        "PARTIAL: a, b. Not everything was fetched again: at most 568 deliveries possibly affected, as the "
        "mid-sourcing servers count them. What the instances have of them is listed beside the evidence. "
        "Run x: 2 partial."
    )
    assert found["table"][0] == "a  partial  So. At most 240 deliveries possibly affected."
    assert not found["failures"]
    assert end("backfill", {"a": told("partial", affected=1)})["table"] == [
        "a  partial  So. At most 1 delivery possibly affected."
    ]


@pytest.mark.parametrize("unknown", ["", None])
def test_number_that_nobody_has_counted_is_unknown_and_not_none(unknown: Any) -> None:
    found = end("backfill", {"a": told("partial", affected=unknown)})
    words = "how many deliveries of 1 cursor stay possibly affected is not known."
    assert words in " ".join(found["closing"]) and " 0 " not in " ".join(found["closing"])
    both = end("backfill", {"a": told("partial", affected=unknown), "b": told("partial", affected=7)})
    assert f"at most 7 deliveries possibly affected, as the mid-sourcing servers count them; {words}" in " ".join(
        both["closing"]
    )
    none = end("backfill", {"a": told("partial", affected=0)})
    assert "at most 0 deliveries" in " ".join(none["closing"])


def test_partial_fails_the_run_where_that_is_asked_for() -> None:
    asked = end("backfill", {"a": told("partial")}, fail_on="partial")
    assert asked["failures"] and asked["closing"][-1] == "Run x: 1 partial. FAILED, as said above."


@pytest.mark.parametrize("kind", ["rollback", "backfill"])
def test_every_host_is_in_the_report_whatever_went_wrong(kind: str) -> None:
    known = {
        "done": told("rolled_back" if kind == "rollback" else "complete", kind),
        "bad": {**told("refused", kind), "mid_sourcing_failure": "refused: see the reason above or in the report."},
        "torn": {"mid_sourcing_failure": "A setting cannot be read."},
        "half": {**told("unchanged", kind), "mid_sourcing_failure": "The second one failed."},
        "never": {},
        "other": {f"mid_sourcing_{kind}_targets": []},
    }
    found = end(kind, known)
    assert {row["host"]: row["outcome"] for row in found["rows"]} == {
        "done": "rolled_back" if kind == "rollback" else "complete",
        "bad": "failed",
        "torn": "failed",
        "half": "failed",
        "never": "not_reached",
    }
    assert found["closing"][-1].endswith("3 failed, 1 not reached. FAILED, as said above.")
    assert found["failures"] == ["3 hosts failed.", "1 host not reached."]
    table = " ".join(found["table"])
    assert "refused: So." in table and "A setting cannot be read." in table and "The second one failed." in table


def test_same_again_is_said_only_where_it_helps() -> None:
    """Once a value is back, the same again would do nothing, or put it back over what a run has made of it."""

    def said(**known: Any) -> str:
        return " ".join(end("rollback", known)["closing"])

    open_, back = told("failed", "rollback"), told("failed", "rollback", again=False)
    same = "Run the same again for {}, once their causes are repaired."
    assert said(a=open_).startswith(f"FAILED: a. {same.format('these')} 1 host")
    assert said(b=back).startswith("FAILED: b. The values are back there: ")
    assert said(a=open_, b=back).startswith(f"FAILED: a, b. {same.format('a')} For the others that does not help: ")
    half = {**open_, "__mid_sourcing_told": [*back["__mid_sourcing_told"], *open_["__mid_sourcing_told"]]}
    assert said(a=half).startswith(f"FAILED: a. {same.format('these')} 1 host")


@pytest.mark.parametrize("kind", ["rollback", "backfill", "siblings"])
def test_nothing_to_do_is_no_failure(kind: str) -> None:
    found = end(kind, {"a": {f"mid_sourcing_{kind}_targets": []}}, expected=[])
    assert (found["rows"], found["failures"]) == ([], [])
    assert found["closing"][-1] == "Run x: nothing was to be done."


def test_rehearsal_writes_nothing_and_says_what_stands_against_it() -> None:
    found = end("backfill", {"a": told("planned")}, rehearsal=True, beside=["Not now: a: shut.", ""])
    assert found["closing"] == ["Would backfill: a.", "Not now: a: shut.", "PLAN ONLY: nothing was written."]


@pytest.mark.parametrize("kind", ["rollback", "backfill"])
def test_evidence_that_could_not_be_completed_is_in_the_last_line(kind: str) -> None:
    known = {"a": told("complete", kind, evidence_problem="The disk is full.")}
    found = end(kind, known)
    assert found["closing"][-1] == "Run x: 1 complete. EVIDENCE INCOMPLETE. FAILED, as said above."
    assert found["table"] == ["a  complete  So. The disk is full."]


def test_evidence_of_a_cure_that_could_not_be_completed_is_in_the_last_line() -> None:
    move = {"outcome": "cured", "reason": "So it was.", "option": "o"}
    cure = {"mid_sourcing_cure": {"results": [{"moves": [move], "evidence_problem": "The disk is full."}]}}
    rows = fleet_rows(["h0"], hostvars([("h0", diagnosis("h0", "stuck"))], h0=cure))
    assert rows[0]["cures"][0]["evidence_problem"] == "The disk is full."
    found = fleet_outcome(rows, gate={}, plan="", applied=True, run_id="night")
    assert found["closing"][-1] == "Run night: 1 cured. EVIDENCE INCOMPLETE. FAILED, as said above."
    assert found["table"] == ["h0  cured  So it was. The disk is full."]
    assert found["failures"] == ["The evidence of 1 host could not be completed: h0."]
    assert found["stats"]["evidence_incomplete"] == ["h0"] and found["stats"]["cured"] == ["h0"]


@pytest.mark.parametrize(("kind", "outcome"), [("rollback", "rolled_back"), ("backfill", "complete")])
@pytest.mark.parametrize("turned", [False, True])
def test_a_host_at_one_cursor_of_which_something_was_done_is_not_said_to_be_unchanged(
    kind: str, outcome: str, turned: bool
) -> None:
    cursors = [{"option": "A", "outcome": "unchanged"}, {"option": "B", "outcome": outcome}]
    host = {f"mid_sourcing_{kind}_targets": cursors, "__mid_sourcing_told": cursors[::-1] if turned else cursors}
    assert end(kind, {"a": host})["rows"][0]["outcome"] == outcome


def test_a_rehearsal_that_cannot_look_at_a_host_fails_and_says_so() -> None:
    found = end("rollback", {"a": told("failed", "rollback")}, rehearsal=True)
    assert found["failures"] == ["1 host failed."]
    assert found["closing"][-1] == "PLAN ONLY: nothing was written. FAILED, as said above."


def test_siblings_are_listed_unless_they_are_healthy() -> None:
    known = {
        "moves": {"siblings_plan": {"action": "none", "healthy": True, "line": "It moves."}},
        "none": {"siblings_plan": {"action": "none", "line": "There is no option."}},
        "held": {"siblings_plan": {"action": "look", "line": "It is held."}},
        "down": {"siblings_plan": {"action": "look", "judged": False, "line": "No answer."}},
        "far": {"siblings_plan": {"action": "refused", "line": "Too far."}},
        "bad": {"siblings_plan": {"action": "change", "line": "restart"}, "siblings_failure": "It broke."},
        "good": {"siblings_plan": {"action": "change", "line": "restart"}, "siblings_outcome": "cured: It moved."},
        "late": {"siblings_plan": {"action": "change", "line": "restart"}},
    }
    found = end("siblings", known)
    assert [line.split()[:2] for line in found["table"]] == [
        ["none", "nothing_to_do"], ["held", "left_alone"], ["down", "failed"], ["far", "not_possible"],
        ["bad", "failed"], ["good", "cured"], ["late", "not_reached"],
    ]  # fmt: skip
    assert found["closing"][0] == "1 host is healthy."
    planned = end("siblings", {"late": known["late"]}, rehearsal=True)
    assert planned["closing"] == ["Would change: late.", "PLAN ONLY: nothing was written."]
