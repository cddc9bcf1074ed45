# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An approval binds host, option, old value and strategy, and says what has drifted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.plan import (
    approval,
    fleet_plan,
    is_finished,
    read_plan_file,
)
from tests.helpers.diagnoses import OLD, OPTION, diagnosis, fleet, hostvars, plan


def of(*plans: dict[str, Any]) -> dict[str, Any]:
    """The fleet's plan out of plans of its hosts."""
    hosts = sorted({one["instance"] for one in plans})
    seen = [(host, {"plans": [one for one in plans if one["instance"] == host]}) for host in hosts]
    return fleet_plan(hosts, hostvars(seen))


def seen(verdict: str, *hosts: str, option: str = OPTION) -> dict[str, Any]:
    """The diagnoses of hosts with one cursor of this verdict."""
    return {host: diagnosis(host, verdict, cursor={"option": option, "verdict": verdict}) for host in hosts}


def against(approved: str, file: Any, now: dict[str, Any], **keywords: Any) -> list[str]:
    """Why the plan is not the approved one, with every planned host in the run, and stuck as far as is known."""
    hosts = {one["instance"] for one in now["plans"]}
    return approval(approved, file, now, **{"seen": seen("stuck", *hosts), **keywords})


def test_digest_does_not_hang_on_the_order_of_hosts_nor_on_the_time() -> None:
    hosts, variables = fleet(3)
    first = fleet_plan(hosts, variables)
    later = {host: {**values} for host, values in variables.items()}
    for host in hosts:
        later[host]["mid_sourcing_diagnosis"] = diagnosis(host)
        later[host]["mid_sourcing_diagnosis"]["plans"][0]["new_value"] = "2026-11-23 02:00:00.000Z"
    assert fleet_plan(list(reversed(hosts)), later) == first
    assert (first["hosts"], len(first["plans"])) == (hosts, 3)
    assert len(first["digest"]) == 64 and "new_value" not in first["plans"][0]


def test_document_names_its_format_which_files_of_before_bear_too() -> None:
    assert of(plan("a"))["format"] == "campaign.classic/plan/1"


def test_figures_of_the_mid_go_with_their_plan_and_bind_nothing() -> None:
    figures = {"changed": 12, "asked": "2026-11-23 02:00:00.000Z"}
    plain, shown = of(plan("a"), plan("b")), of({**plan("a"), "mid": figures}, plan("b"))
    assert [one.get("mid") for one in shown["plans"]] == [figures, None]
    assert shown["digest"] == plain["digest"]
    assert against("", shown, plain) == against("", plain, shown) == []


def test_host_without_a_diagnosis_has_no_plan() -> None:
    variables = {**hostvars([("a", {"plans": [plan("a")]})]), "b": {"ansible_host": "b.example"}}
    assert fleet_plan(["a", "b"], variables) == of(plan("a"))


def test_fleet_without_anything_to_do_has_a_digest_too() -> None:
    assert fleet_plan(["h0", "gone"], fleet(0, 1)[1])["plans"] == []
    assert len(of()["digest"]) == 64


def test_same_plan_is_approved_by_digest_by_file_and_by_both() -> None:
    now = of(plan("a"), plan("b"))
    again = json.loads(json.dumps(now))
    assert against(f" {now['digest'].upper()} ", None, now) == []
    assert against("", again, now) == []
    assert against(now["digest"], again, now) == []


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([plan("a")], [plan("a"), plan("b")], f"b: {OPTION} is stuck at {OLD}, and was not in the approved plan."),
        (
            [plan("a"), plan("b")],
            [plan("a")],
            f"b: {OPTION} was to be moved from {OLD}, and has no plan now: its verdict is 'stuck'.",
        ),
        (
            [plan("a")],
            [plan("a", old="2021-01-01 00:00:00.000Z")],
            f"a: {OPTION}: The old value was {OLD} and is 2021-01-01 00:00:00.000Z.",
        ),
        ([plan("a")], [plan("a", strategy="now", lookback_seconds=None)], "The strategy was lookback and is now."),
        ([plan("a")], [plan("a", lookback_seconds=3600)], "The parameter was 86400 and is 3600."),
        ([plan("a")], [plan("a", option=f"{OPTION}2")], f"a: {OPTION}2 is stuck"),
    ],
)
def test_any_drift_is_refused_and_said(before: Any, after: Any, words: str) -> None:
    approved, now = of(*before), of(*after)
    [with_file] = against(approved["digest"], approved, now, seen=seen("stuck", "a", "b"))
    assert words in with_file and with_file.endswith("have the new plan approved.")
    [without] = against(approved["digest"], None, now)
    assert now["digest"] in without and "mid_sourcing_plan_file" in without
    assert all(f"{one['instance']}: move {one['option']} from {one['old_value']}" in without for one in after)


def test_every_difference_is_a_sentence_in_the_order_of_the_hosts() -> None:
    hosts = [f"h{number}" for number in range(8)]
    approved = of(*(plan(host) for host in hosts))
    now = of(*(plan(host, old="2021-01-01 00:00:00.000Z") for host in hosts[:4]))
    moved = [f"{host}: {OPTION}: The old value was {OLD} and is 2021-01-01 00:00:00.000Z." for host in hosts[:4]]
    gone = [f"{host}: {OPTION} was to be moved from {OLD}, and is healthy now." for host in hosts[4:]]
    [sentence] = against("", approved, now, seen=seen("healthy", *hosts))
    assert sentence == (
        f"The plan has drifted from the approved one: {' '.join([*moved, *gone])} "
        "Plan again, and have the new plan approved."
    )
    [without] = against(approved["digest"], None, now)
    assert " afresh. h1: move " in without


def test_host_that_this_run_has_begun_with_is_no_drift() -> None:
    approved = of(plan("a"), plan("b"))
    assert against(approved["digest"], approved, of(plan("b")), done=["a"]) == []
    assert against(approved["digest"], approved, of(plan("a"), plan("b")), done=["a"]) == []
    assert "c: " in against(approved["digest"], approved, of(plan("c")), done=["a", "b"])[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"old": "2026-11-22 02:00:00.000Z"}, "old value"),  # somebody set it, and has not approved that it is moved
        ({"lookback_seconds": 0}, "parameter"),
        ({"strategy": "now", "lookback_seconds": None}, "strategy"),
    ],
)
def test_a_host_that_this_run_has_begun_with_is_moved_as_it_was_approved_alone(
    changes: dict[str, Any], words: str
) -> None:
    approved = of(plan("a"), plan("b"))
    [sentence] = against(approved["digest"], approved, of(plan("a", **changes), plan("b")), done=["a"])
    assert f"a: {OPTION}: The {words} was" in sentence


def test_nothing_to_do_any_more_is_drift_too() -> None:
    [sentence] = against(of(plan("a"))["digest"], None, of())
    assert "Nothing is to be moved." in sentence


@pytest.mark.parametrize("digest", ["9b2c1f0e0d3a", "yes", "g" * 64])
def test_digest_that_is_not_whole_is_refused(digest: str) -> None:
    [sentence] = against(digest, None, of(plan("a")))
    assert "whole digest" in sentence


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, "this run leaves the host out: it is outside of the limit or the pattern."),
        ({"b": {}}, "has no plan now: its verdict is 'unreachable'."),
        (seen("waiting", "b"), "has no plan now: its verdict is 'waiting'."),
        (seen("healthy", "b"), "is healthy now."),
        (seen("", "b"), "has no plan now: its verdict is ''."),
        (seen("healthy", "b", option="another"), "has no plan now: its verdict is 'not seen'."),
    ],
)
def test_planned_cursor_without_a_plan_is_said_to_be_what_it_is(found: Any, words: str) -> None:
    approved = of(plan("a"), plan("b"))
    [sentence] = approval("", approved, of(plan("a")), {**seen("stuck", "a"), **found})
    assert f"b: {OPTION} was to be moved from {OLD}, and {words}" in sentence
    assert ("Run it with all hosts of the plan" in sentence) == (not found)


def test_plan_whose_cursors_are_all_healthy_is_finished_and_refuses_nothing() -> None:
    approved, healthy = of(plan("a"), plan("b")), seen("healthy", "a", "b")
    assert is_finished(approved, of(), healthy) and approval("", approved, of(), healthy) == []
    assert approval(approved["digest"], approved, of(), healthy) == []
    for found in (seen("healthy", "a"), {**healthy, "b": {}}, {**healthy, **seen("inactive", "b")}):
        assert not is_finished(approved, of(), found) and approval("", approved, of(), found)
    # A part of the plan is none that was approved, and neither is what got stuck since.
    for now in (of(plan("a")), of(plan("c"))):
        assert not is_finished(approved, now, healthy) and approval("", approved, now, healthy)
    assert not is_finished(of(), of(), healthy)


def test_digest_of_one_cursor_is_told_from_that_of_the_plan() -> None:
    now = of(plan("a"), plan("b"))
    one = now["plans"][1]["digest"]
    for file in (None, now):
        [sentence] = against(one, file, now)
        assert f"the digest of one cursor, {OPTION} on b" in sentence and f"which is {now['digest']}." in sentence


def test_file_of_another_plan_than_the_approved_one_is_refused() -> None:
    now = of(plan("a"))
    [sentence] = against("0" * 64, now, now)
    assert f"holds the plan {now['digest']}, and the approved one is {'0' * 64}" in sentence


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data["plans"][0].update(old_value="2021-01-01 00:00:00.000Z"), "changed since"),
        (lambda data: data["plans"].pop(), "changed since it was written"),
        (lambda data: data.update(digest="0" * 64), "changed since it was written"),
        (lambda data: data["plans"][0].pop("digest"), "has no digest"),
        (lambda data: data["plans"].append("x"), "has no digest"),
        (lambda data: data["plans"].append("its digest is in here"), "has no digest"),
        (lambda data: data.update(format="another/1"), "not a plan file"),
        (lambda data: data.update(plans=7), "not a plan file"),
    ],
)
def test_file_that_was_changed_is_refused(change: Any, words: str) -> None:
    now = of(plan("a"), plan("b"))
    data = json.loads(json.dumps(now))
    change(data)
    [sentence] = against("", data, now)
    assert words in sentence and sentence.startswith("The plan file cannot be used: ")


def test_what_is_no_plan_file_at_all() -> None:
    with pytest.raises(ValidationError, match="not a plan file"):
        read_plan_file([])
