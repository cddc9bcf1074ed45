# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last lines of a run, and the small dictionary for other tools."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.findings import nothing_judged
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.gate import FleetLimits, fleet_gate
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.outcome import fleet_outcome
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.rows import fleet_rows
from tests.helpers.diagnoses import diagnosis, fleet, hostvars, plan


def cured(host: str, outcome: str, reason: str = "So it was.") -> dict[str, Any]:
    return {
        "mid_sourcing_cure": {
            "results": [{"moves": [{"outcome": outcome, "reason": reason, "option": plan(host)["option"]}]}]
        }
    }


def outcome(stuck: int, healthy: int = 0, *, gate: Any = None, applied: bool = True, **more: Any) -> dict[str, Any]:
    hosts, variables = fleet(stuck, healthy, **more)
    rows = fleet_rows(hosts, variables)
    return fleet_outcome(rows, gate=gate or {}, plan="d" * 64, applied=applied, run_id="night", manifest="e" * 64)


@pytest.mark.parametrize(
    ("name", "listed", "ill"),
    [
        ("cured", "cured", False),
        ("confirmed", "cured", False),
        ("unchanged", "unchanged", False),
        ("cured_with_warnings", "cured", True),
        ("pending", "failed", True),
        ("restored", "failed", True),
        ("kept", "failed", True),
        ("refused", "failed", True),
    ],
)
def test_each_outcome_is_counted_and_what_is_not_well_has_a_line(name: str, listed: str, ill: bool) -> None:
    found = outcome(1, 1, s0=cured("s0", name))
    assert found["stats"][listed] == ["s0"] and found["stats"]["outcomes"] == {name: 1}
    assert found["stats"]["not_healthy"] == (["s0"] if ill else [])
    assert found["lines"] == ([f"s0  {name}: So it was."] if ill else [])


@pytest.mark.parametrize("applied", [False, True])
def test_gate_that_could_not_begin_is_the_end_of_the_run_and_nothing_would_be_cured(applied: bool) -> None:
    hosts, variables = fleet(1)
    why = "There is no plan file nope.json."
    found = fleet_outcome(fleet_rows(hosts, variables), gate={}, plan="", applied=applied, refusal=why)
    said = " ".join(found["closing"])
    assert why in said and "would be cured now" not in said
    assert found["closing"][-1] == (
        "REFUSED: nothing was written." if applied else "PLAN ONLY: nothing was written. FAILED, as said above."
    )


def test_what_the_gate_says_beside_its_decision_stands_in_the_last_lines() -> None:
    found = outcome(0, 1, gate={"said": ["Nothing is left of the plan."]})
    assert "Nothing is left of the plan." in found["closing"]


def test_host_that_became_well_by_itself_is_not_said_to_be_cured() -> None:
    found = outcome(1, s0=cured("s0", "unchanged"))
    assert found["headline"].startswith("Run night: 1 unchanged. ")
    assert found["stats"]["cured"] == []
    both = {
        "mid_sourcing_cure": {
            "results": [{"moves": [{"outcome": one, "reason": "So."}]} for one in ("unchanged", "cured")]
        }
    }
    assert outcome(1, s0=both)["stats"]["cured"] == ["s0"]


@pytest.mark.parametrize(
    ("others", "worst"),
    [(["refused"], "refused"), (["restored", "pending", "refused"], "pending"), (["failed", "pending"], "failed")],
)
def test_host_is_what_the_worst_of_its_cursors_is_whatever_comes_first(others: list[str], worst: str) -> None:
    results = [{"moves": [{"outcome": name, "reason": f"It was {name}."}]} for name in ["cured_with_warnings", *others]]
    hosts, variables = fleet(1, s0={"mid_sourcing_cure": {"results": results}})
    found = fleet_outcome(
        fleet_rows(hosts, variables), gate={}, plan="d" * 64, applied=True, run_id="night", fail_on=["stuck"]
    )
    assert (found["stats"]["cured"], found["stats"]["failed"]) == ([], ["s0"])
    assert found["lines"][0].startswith(f"s0  {worst}: It was {worst}. ")
    # What it was cured for still holds for it.
    assert found["failures"] == ["mid_sourcing_fail_on: 1 host is stuck: s0."]
    assert found["closing"][-1] == "Run night: 1 failed. FAILED, as said above."


def test_host_with_several_cursors_says_how_many_more_ended_how() -> None:
    moves = [{"outcome": one, "reason": f"It is {one}."} for one in ("cured", "cured", "unchanged")]
    found = outcome(1, s0={"mid_sourcing_cure": {"results": [{"moves": moves}]}})
    assert (
        " ".join(" ".join(found["table"]).split())
        == "s0 cured It is cured. 1 more cursor: cured. 1 more cursor: unchanged."
    )
    alone = outcome(1, s0={"mid_sourcing_cure": {"results": [{"moves": moves[:1]}]}})
    assert alone["table"] == ["s0  cured  It is cured."]


def test_wrong_verdict_to_fail_on_is_said_once() -> None:
    hosts, variables = fleet(1)
    decided = fleet_gate(hosts, variables, FleetLimits(), datetime.now(UTC), rehearsal=True, fail_on="stuk")
    found = fleet_outcome(
        fleet_rows(hosts, variables), gate=decided.to_dict(), plan="", applied=False, run_id="", fail_on="stuk"
    )
    said = " ".join(found["closing"])
    assert said.count("there is no verdict 'stuk'") == 1 and said.endswith("FAILED, as said above.")


def test_task_that_failed_without_an_outcome_is_failed() -> None:
    found = outcome(1, s0={"mid_sourcing_cure": {"results": [{"failed": True, "msg": "The window\n is shut."}]}})
    assert found["stats"]["failed"] == ["s0"] and found["lines"] == ["s0  failed: The window is shut."]


def test_hosts_that_were_not_reached_say_why() -> None:
    found = outcome(3, s0=cured("s0", "kept"), gate={"postponed": [{"host": "s1", "reason": "It opens at ten."}]})
    assert found["stats"]["postponed"] == ["s1"] and found["stats"]["not_attempted"] == ["s2"]
    assert found["lines"][1:] == [
        "s1  postponed: It opens at ten.",
        "s2  not_attempted: The run stopped after an earlier batch, in which a cure failed.",
    ]
    assert found["headline"].startswith("Run night: 1 failed, 1 postponed, 1 not attempted. The manifest")
    refused = outcome(1, gate={"refusals": ["Too many."]})
    assert refused["lines"] == ["s0  not_attempted: The gate refused the run."]
    assert refused["stats"]["refusals"] == ["Too many."]


@pytest.mark.parametrize("word", ["postponed", "blocked"])
def test_host_of_which_a_part_waits_is_not_said_to_be_cured(word: str) -> None:
    gate = {word: [{"host": "s0", "reason": "b waits."}], "later": {"s0": ["b"]}}
    found = outcome(1, s0=cured("s0", "cured"), gate=gate)
    assert (found["stats"]["cured"], found["stats"][word]) == ([], ["s0"])
    assert found["lines"] == [f"s0  {word}: b waits."]
    failed = outcome(1, s0=cured("s0", "restored"), gate=gate)
    assert (failed["stats"]["failed"], failed["stats"][word]) == (["s0"], [])
    # The run stopped before it came to what should have been completed there.
    assert outcome(1, gate=gate)["stats"]["not_attempted"] == ["s0"]


def test_rehearsal_says_what_reconcile_would_do_now() -> None:
    found = outcome(2, 1, applied=False)
    assert found["headline"] == (
        "PLAN ONLY: nothing was written. 2 hosts would be cured now: s0, s1. To do it, run reconcile with -e "
        "mid_sourcing_apply=true. 2 of 3 hosts are not healthy:"
    )
    assert found["lines"][0] == "s0  stuck: It is stuck. Look."
    refused = outcome(2, 1, applied=False, gate={"refusals": ["Too many."]})
    assert refused["headline"] == (
        "PLAN ONLY: nothing was written. 2 hosts are stuck: s0, s1. reconcile would refuse now, and write nothing. "
        "Too many. 2 of 3 hosts are not healthy:"
    )
    assert not refused["failures"]
    nothing = outcome(0, 2, applied=False)["headline"]
    assert nothing == "PLAN ONLY: nothing was written. reconcile would have nothing to cure. Every host is healthy."


def of_slice(stuck: int, healthy: int, **more: Any) -> dict[str, Any]:
    rows = fleet_rows(*fleet(stuck, healthy))
    return fleet_outcome(rows, gate={}, plan="d" * 64, applied=False, slice_run="sweep-1", **more)


def test_slice_leaves_the_decision_to_the_merge() -> None:
    found = of_slice(2, 1)
    assert " ".join(found["closing"]) == (
        "1 host is healthy. 2 of 3 hosts are not healthy. 2 hosts have a plan: s0, s1. This is a slice of run sweep-1 "
        "with 3 hosts: it decides nothing, and its plan approves nothing. merge_slices makes one plan of all slices. "
        "SLICE of run sweep-1: nothing was written. Run merge_slices when all slices have ended."
    )
    assert "reconcile" not in found["headline"] and not found["failures"]
    assert "No host has a plan. This is a slice" in " ".join(of_slice(0, 1)["closing"])
    assert " ".join(of_slice(0, 1, problems=["It is torn."])["closing"]).endswith("ended. FAILED, as said above.")


def test_slice_without_a_host_fails_and_says_so() -> None:
    found = of_slice(0, 0)
    assert found["failures"] == ["No host was looked at: the pattern and the limit leave none."]
    assert " ".join(found["closing"]) == (
        "No host was looked at: the pattern and the limit leave none. This slice of run sweep-1 has no host. "
        "merge_slices takes it for a slice of none. SLICE of run sweep-1: nothing was written. Run merge_slices when "
        "all slices have ended. FAILED, as said above."
    )


def test_what_a_check_run_planned_is_no_outcome() -> None:
    wanted, rehearsed = (outcome(1, 1, applied=False, **more) for more in ({}, {"s0": cured("s0", "planned")}))
    assert rehearsed["table"] == wanted["table"] and wanted["table"][0].split()[:2] == ["s0", "stuck"]
    assert (rehearsed["lines"], rehearsed["closing"]) == (wanted["lines"], wanted["closing"])
    assert outcome(1, 1, applied=False, s0=cured("s0", "refused"))["table"][0].split()[:2] == ["s0", "refused"]


def verdicts(*names: str, applied: bool = True, fail_on: Any = (), gate: Any = None, **more: Any) -> dict[str, Any]:
    """The outcome of a fleet with these verdicts, host by host."""
    seen = [(f"h{number}", diagnosis(f"h{number}", name)) for number, name in enumerate(names)]
    rows = fleet_rows([host for host, _seen in seen], hostvars(seen, **more))
    return fleet_outcome(rows, gate=gate or {}, plan="d" * 64, applied=applied, fail_on=fail_on)


@pytest.mark.parametrize("applied", [True, False])
def test_what_was_not_seen_is_no_health(applied: bool) -> None:
    blind = verdicts("not_applicable", "not_applicable", applied=applied)["headline"]
    assert "healthy" not in blind
    assert "Nothing could be judged on any of 2 hosts: 2 not_applicable." in blind and "right to read them" in blind
    silent = verdicts("unreachable", "denied", "not_applicable", applied=applied)["headline"]
    assert "any of 3 hosts: 1 denied, 1 not_applicable, 1 unreachable." in silent
    assert "Every host" not in silent and "2 of 3 hosts are not healthy:" in silent
    mixed = verdicts("healthy", "not_applicable", "inactive", applied=applied)["headline"]
    assert mixed.endswith("1 of 3 hosts is healthy, none is unhealthy. not_applicable: h1. inactive: h2.")


def test_what_the_gate_has_said_is_not_said_again() -> None:
    seen = [("h0", diagnosis("h0", "unreachable"))]
    refused = fleet_gate(
        ["h0"], hostvars(seen), FleetLimits(), datetime(2026, 11, 24, tzinfo=UTC), rehearsal=True
    ).to_dict()
    assert verdicts("unreachable", applied=False, gate=refused)["headline"].count("Nothing could be judged") == 1
    assert verdicts("not_applicable", applied=False)["headline"].count("Nothing could be judged") == 1


def test_run_over_no_host_at_all_fails() -> None:
    assert verdicts()["failures"] == ["No host was looked at: the pattern and the limit leave none."]
    assert "No host was looked at" in verdicts(applied=False)["headline"]


@pytest.mark.parametrize("name", ["blocked", "not_attempted"])
def test_stuck_host_that_was_not_cured_fails_the_run(name: str) -> None:
    gate = {"blocked": [{"host": "h0", "reason": "No ticket."}]} if name == "blocked" else {}
    found = verdicts("stuck", "healthy", gate=gate)
    assert found["stats"][name] == ["h0"] == found["stats"]["not_healthy"]
    assert found["failures"] == ["1 stuck host was not cured: h0."]
    assert not verdicts("stuck", gate=gate, applied=False)["failures"]
    # What the gate refuses has failed already; one that is postponed is cured by a later run.
    assert not verdicts("stuck", gate={**gate, "refusals": ["Too many."]})["failures"]
    assert not verdicts("stuck", gate={"postponed": [{"host": "h0", "reason": "At ten."}]})["failures"]


def test_of_two_cursors_one_without_a_plan_keeps_the_host_from_being_well() -> None:
    gate = {"blocked": [{"host": "h0", "reason": "No plan could be made."}]}
    found = verdicts("stuck", gate=gate, h0=cured("h0", "cured"))
    assert found["lines"] == ["h0  blocked: No plan could be made."] and found["failures"]


@pytest.mark.parametrize("applied", [True, False])
def test_fail_on_names_the_hosts_of_each_verdict(applied: bool) -> None:
    found = verdicts("unreachable", "healthy", "unreachable", "stale", applied=applied, fail_on="stale, unreachable")
    assert found["failures"] == [
        "mid_sourcing_fail_on: 1 host is stale: h3.",
        "mid_sourcing_fail_on: 2 hosts are unreachable: h0, h2.",
    ]
    assert not verdicts("unreachable", "healthy", applied=applied)["failures"]
    assert not verdicts("unreachable", "healthy", applied=applied, fail_on=["stuck"])["failures"]


def test_fail_on_sees_each_cursor_and_what_is_left_after_a_cure() -> None:
    two = diagnosis("h0", "stuck")
    two["cursors"] += [{"verdict": "failing_other"}]
    rows = fleet_rows(["h0"], hostvars([("h0", two)], h0=cured("h0", "cured")))
    for wanted, hit in (("stuck", False), ("failing_other", True)):
        found = fleet_outcome(rows, gate={}, plan="", applied=True, fail_on=[wanted])
        assert bool(found["failures"]) is hit
    assert verdicts("stuck", applied=False, fail_on=["stuck"])["failures"]


def test_verdict_that_there_is_not_fails_the_run_and_keeps_its_last_words() -> None:
    found = verdicts("healthy", applied=False, fail_on=["stuk"])
    assert "Did you mean stuck?" in found["failures"][0] and "Every host is healthy." in found["headline"]


def test_dictionary_stays_small_whatever_the_fleet() -> None:
    found = outcome(500, 500)
    assert len(json.dumps(found["stats"])) < 4000
    assert found["stats"]["verdicts"] == {"healthy": 500, "stuck": 500}
    assert len(found["lines"]) == 500


def test_a_host_whose_diagnosis_could_not_begin_says_why() -> None:
    refused = {"mid_sourcing_failure": "value of mid_sourcing_ask_mid must be one of: auto, never, require"}
    assert fleet_rows(["h0"], {"h0": refused})[0]["reason"] == refused["mid_sourcing_failure"]
    assert fleet_rows(["h0"], {"h0": {}})[0]["reason"] == "Nothing is known of this host."


def test_several_cures_of_a_host_are_told_apart_and_what_goes_for_all_is_said_once() -> None:
    def told(*moves: dict[str, str]) -> tuple[str, str]:
        seen = {"h0": {**diagnosis("h0", "stuck"), "mid_sourcing_cure": {"results": [{"moves": moves}]}}}
        rows = fleet_rows(["h0"], seen)
        return rows[0]["line"], " ".join(fleet_outcome(rows, gate={}, plan="d" * 64, applied=True)["lines"])

    both = "Would move a, then b."
    planned = [{"option": name, "outcome": "planned", "reason": both} for name in ("a", "b")]
    assert [text.count(both) for text in told(*planned)] == [1, 1]
    cured = [{"option": name, "outcome": "cured", "reason": f"from {name}1."} for name in ("a", "b")]
    assert told(*cured)[0].endswith("  cured  a: from a1. b: from b1.")
    assert told(cured[0])[0].endswith("  cured  from a1.")


@pytest.mark.parametrize(("words", "said"), [(60, "As s0."), (2, "So. So.")])
def test_a_long_sentence_that_goes_for_several_hosts_is_said_once(words: int, said: str) -> None:
    reason = " ".join(["So."] * words)
    found = outcome(2, s0=cured("s0", "kept", reason), s1=cured("s1", "kept", reason))
    assert found["table"][-1] == f"s1  kept  {said}"


def test_hosts_that_nobody_asked_are_not_said_to_be_silent() -> None:
    said = nothing_judged({"one": "not_asked", "two": "not_asked"})
    assert said == "Nothing could be judged on any of 2 hosts: 2 not_asked. The line of each host says why."
    assert "take the logon" in nothing_judged({"one": "not_asked", "two": "unreachable"})


@pytest.mark.parametrize(("verdict", "advised"), [("misconfigured", False), ("not_asked", False), ("denied", True)])
def test_hosts_that_nobody_has_asked_are_no_reason_to_check_that_they_answer(verdict: str, advised: bool) -> None:
    assert ("Check that the instances answer" in nothing_judged({"a": verdict})) is advised


def test_all_hosts_are_counted_though_only_a_hundred_are_named() -> None:
    move = {"outcome": "cured", "reason": "So.", "option": "o"}
    hosts = [f"h{number}" for number in range(150)]
    cure = {"mid_sourcing_cure": {"results": [{"moves": [move], "evidence_problem": "Full."}]}}
    cures = dict.fromkeys(hosts, cure)
    rows = fleet_rows(hosts, hostvars([(host, diagnosis(host, "stuck")) for host in hosts], **cures))
    found = fleet_outcome(rows, gate={}, plan="", applied=True, run_id="night")
    assert found["closing"][-1].startswith("Run night: 150 cured.") and "Run night: 150 cured." in found["headline"]
    assert found["failures"][0].startswith("The evidence of 150 hosts could not be completed: ")
    assert len(found["stats"]["cured"]) == len(found["stats"]["evidence_incomplete"]) == 100
