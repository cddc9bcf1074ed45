# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the evidence tells a run that resumes it, and a rollback."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.attempt import (
    GOES_ON_FOR,
    changed_by,
    is_recent,
    is_unfinished,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.attempts import (
    earlier_attempts,
    open_attempts,
    standing,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import (
    FORMAT,
    MANIFEST,
    evidence_file,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.records import (
    Listing,
    hosts_of,
    records_of,
    require_here,
    run_of,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.restarts import unfinished_restarts
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.undoing import rollback_targets
from tests.helpers.evidence_files import write_evidence

OPTION = "NmsMidSourcing_LastDelivery_eu"
OTHER = "NmsMidSourcing_LastDelivery_us"
#: A cursor that is only shown, and never moved.
SHOWN = "NmsMidSourcing_LastBroadLog_eu"
OLD, NEW = "2020-03-01 10:00:00.000Z", "2026-11-22 02:00:00.000Z"
LATEST = "2026-11-22 08:00:00.000Z"


def attempt(outcome: str | None = None, *, option: str = OPTION, old: str = OLD, writes: int = 3, **more: Any) -> Any:
    """One attempt as it is recorded. Without an outcome it never ended."""
    found: dict[str, Any] = {
        "format": FORMAT,
        "kind": "cure",
        "run_id": "one",
        "started": "2026-11-23T02:00:00.000Z",
        "intent": {"workflow": "defaultMidSourcingDlv", "strategy": "lookback", "lookback": "1d"},
        "cursors": [{"option": option, "old_value": old, "plan": None}],
        "state": "started",
        **more,
    }
    if outcome is not None:
        moves = [{"option": option, "outcome": outcome, "written": NEW if writes else None}]
        result = {"outcome": outcome, "moves": moves, "calls": {"writes": writes}}
        found.update(state="ended", failed=outcome not in ("cured",), result={**result, **more.get("result", {})})
    return found


def record(*attempts: Any) -> dict[str, Any]:
    return {**attempts[-1], "earlier": list(attempts[:-1])}


def undone(option: str = OPTION, *, failed: bool = False) -> Any:
    return {"kind": "option", "cursors": [{"option": option}], "state": "ended", "failed": failed}


def at_both(outcome: str | None = None, **more: Any) -> Any:
    """An attempt at two cursors. With an outcome it has written neither."""
    found = attempt(outcome, **more)
    found["cursors"].append({"option": OTHER, "old_value": LATEST, "plan": None})
    if outcome is not None:
        found["result"]["moves"] = [{"option": name, "outcome": outcome, "written": None} for name in (OPTION, OTHER)]
    return found


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ([attempt("cured")], {OPTION: OLD}),
        ([attempt()], {OPTION: OLD}),
        ([attempt("kept")], {OPTION: OLD}),
        ([attempt("restored")], {}),
        ([attempt("refused", writes=0)], {}),
        ([attempt("refused", writes=0), attempt("cured")], {OPTION: OLD}),
        # The first old value is the one that counts: the second attempt found what the first had written.
        ([attempt(), attempt("cured", old=NEW)], {OPTION: OLD}),
        ([attempt("cured"), attempt("cured", option=OTHER, old=NEW)], {OPTION: OLD, OTHER: NEW}),
        # The name of a run that has cured the cursor was used for another change.
        ([attempt("cured"), attempt("cured", old=NEW)], {OPTION: NEW}),
        ([attempt("cured"), attempt("kept", old=NEW)], {OPTION: NEW}),
        ([attempt("kept"), attempt("cured", old=NEW)], {OPTION: OLD}),
        ([attempt("cured"), attempt("kept", old=NEW), attempt("kept", old=LATEST)], {OPTION: NEW}),
        # A backfill under the same name goes on from the cure.
        ([attempt("cured"), {**undone(), "kind": "backfill"}], {OPTION: OLD}),
        ([attempt("cured"), undone()], {}),
        ([attempt("cured"), undone(failed=True)], {OPTION: OLD}),
        ([attempt("cured"), undone(OTHER)], {OPTION: OLD}),
        ([attempt("cured"), {**attempt(), "kind": "option"}], {OPTION: OLD}),  # a rollback that was killed
        ([attempt("cured"), undone(), attempt("cured", old=NEW)], {OPTION: NEW}),
    ],
)
def test_rollback_puts_back_what_the_first_writing_attempt_found(attempts: Any, expected: dict[str, str]) -> None:
    found = rollback_targets(record(*attempts))
    assert {one["option"]: one["value"] for one in found} == expected
    assert {one["workflow"] for one in found} <= {"defaultMidSourcingDlv"}


def test_cursor_that_a_cure_has_not_written_is_not_rolled_back_with_the_one_that_it_has() -> None:
    both = attempt("kept")
    both["cursors"].append({"option": OTHER, "old_value": NEW, "plan": None})
    both["result"]["moves"].append({"option": OTHER, "outcome": "refused", "written": None})
    assert [one["option"] for one in rollback_targets(record(both))] == [OPTION]


@pytest.mark.parametrize("intent", [None, {}, {"strategy": "now"}])
@pytest.mark.parametrize(("option", "workflow"), [(OPTION, "defaultMidSourcingDlv"), (SHOWN, ""), ("Another", "")])
def test_where_an_attempt_tells_no_workflow_it_is_the_one_that_moves_its_cursor(
    intent: Any, option: str, workflow: str, tmp_path: Path
) -> None:
    one = attempt(option=option, intent=intent)
    assert [found["workflow"] for found in rollback_targets(record(one))] == [workflow]
    keep(tmp_path, "now", "mkt1", one)
    assert [found["workflow"] for found in earlier_attempts(str(tmp_path), "now", "mkt1")] == [workflow]


def test_workflow_that_an_attempt_tells_is_its_own(tmp_path: Path) -> None:
    one = attempt(intent={"workflow": "midSourcingOfOurs"})
    assert [found["workflow"] for found in rollback_targets(record(one))] == ["midSourcingOfOurs"]
    keep(tmp_path, "now", "mkt1", one)
    assert [found["workflow"] for found in earlier_attempts(str(tmp_path), "now", "mkt1")] == ["midSourcingOfOurs"]


def test_failed_task_that_sent_nothing_is_not_rolled_back() -> None:
    one = attempt(state="ended", failed=True, result={"msg": "wrong", "calls": {"writes": 0}})
    assert rollback_targets(record(one)) == [] and not is_unfinished(one)


def test_task_whose_end_is_not_known_may_have_written() -> None:
    one = attempt(state="ended", failed=True, result={"msg": "the connection broke"})
    assert [found["option"] for found in rollback_targets(record(one))] == [OPTION] and is_unfinished(one)


@pytest.mark.parametrize(
    "attempt",
    [
        attempt(failed=False),
        attempt(failed=False, result={"outcome": "pending"}),
        attempt(result={"calls": {"writes": 0}}),
        attempt(state="ended", result={"outcome": "pending"}),
    ],
)
def test_what_an_attempt_has_done_is_not_known_before_it_has_ended_and_said_how(attempt: Any) -> None:
    assert is_unfinished(attempt)
    assert [one["option"] for one in rollback_targets(record(attempt))] == [OPTION]


def test_task_without_an_outcome_that_has_succeeded_has_left_nothing_half_done() -> None:
    """A rollback, or orders to a workflow."""
    assert not is_unfinished({**attempt(), **undone()})
    assert is_unfinished({**attempt(), **undone(failed=True)})


def keep(directory: Path, run: str, host: str, *attempts: Any, age: float = 0) -> Path:
    path = evidence_file(str(directory), run, host)
    write_evidence(path, record(*({**one, "run_id": run} for one in attempts)))
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return path


def test_earlier_attempts_are_those_of_the_run_and_the_newest_that_did_not_end(tmp_path: Path) -> None:
    keep(tmp_path, "now", "mkt1", attempt("refused", writes=0), attempt("kept"))
    keep(tmp_path, "old", "mkt1", attempt(), age=300)
    keep(tmp_path, "newer", "mkt1", attempt("pending"), age=200)
    keep(tmp_path, "newest", "mkt1", attempt("refused"), age=100)
    keep(tmp_path, "others", "mkt2", attempt())
    found = earlier_attempts(str(tmp_path), "now", "mkt1")
    assert [(one["run_id"], one["outcome"]) for one in found] == [
        ("now", "refused"),
        ("now", "kept"),
        ("newer", "pending"),
    ]
    assert [one["run_id"] for one in earlier_attempts(str(tmp_path), "", "mkt1")] == ["newer", "now"]
    assert earlier_attempts(str(tmp_path), "now", "mkt3") == []
    assert earlier_attempts(str(tmp_path / "nowhere"), "", "a/b") == []


@pytest.mark.parametrize("run", ["now", "XX", "0"])
def test_every_run_is_searched_whatever_its_name_is(run: str, tmp_path: Path) -> None:
    keep(tmp_path, run, "mkt1", attempt())
    keep(tmp_path, run, "mkt2", orders("restarted", ended=False))
    assert [path.parent.name for path in Listing(str(tmp_path)).newest("mkt1")] == [run]
    assert [one["run_id"] for one in earlier_attempts(str(tmp_path), "", "mkt1")] == [run]
    assert unfinished_restarts(str(tmp_path), "mkt2", NOW) == ["updateEventsStatus"]


def test_the_fifty_newest_runs_are_searched(tmp_path: Path) -> None:
    for age in range(51):
        path = tmp_path / f"run-{age}" / "mkt1.json"
        path.parent.mkdir()
        path.touch()
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    found = [path.parent.name for path in Listing(str(tmp_path)).newest("mkt1")]
    assert found == [f"run-{age}" for age in range(50)]


def test_of_a_fleet_the_directory_is_listed_once_and_for_one_host_only_its_records_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for host in ("mkt1", "mkt2"):
        keep(tmp_path, "old", host, attempt())
    whole, one = Listing(str(tmp_path)), Listing(str(tmp_path), "mkt1")
    assert [len(one.newest(host)) for host in ("mkt1", "mkt2")] == [1, 0]
    monkeypatch.setattr(glob, "iglob", lambda pattern: pytest.fail(f"It lists {pattern}."))
    for host in ("mkt1", "mkt2"):
        assert [one["run_id"] for one in earlier_attempts(str(tmp_path), "now", host, listing=whole)] == ["old"]


@pytest.mark.parametrize("ages", [(100, 0), (0, 100)], ids=["in their order", "the older record written again"])
def test_of_a_run_that_has_left_its_value_there_nothing_but_its_end_is_told(
    ages: tuple[int, int], tmp_path: Path
) -> None:
    steps = {"left_stopped": True, "steps": [{"action": "stop", "at": LATER}, {"action": "start", "at": LATER}]}
    older, newer = attempt("kept"), attempt("kept", started=LATER)
    for one in (older, newer):
        one["result"] |= steps
    keep(tmp_path, "older", "mkt1", older, age=ages[0])
    keep(tmp_path, "newer", "mkt1", newer, age=ages[1])
    keep(tmp_path, "restored", "mkt1", attempt("restored", started="2026-11-23T04:00:00.000Z"))
    [found] = earlier_attempts(str(tmp_path), "now", "mkt1")
    assert (found["run_id"], found["outcome"]) == ("newer", "kept")
    assert (found["orders"], found["starts"], found["left_stopped"]) == ([], [], False)


def test_the_end_of_each_cursor_that_was_left_at_its_value_is_told(tmp_path: Path) -> None:
    keep(tmp_path, "one", "mkt1", attempt("kept"))
    keep(tmp_path, "two", "mkt1", attempt("kept", option=OTHER, started=LATER))
    keep(tmp_path, "back", "mkt1", {**attempt("kept", option=SHOWN), "kind": "backfill"})
    assert {one["run_id"] for one in earlier_attempts(str(tmp_path), "now", "mkt1")} == {"one", "two"}


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    ("steps", "may_have_stopped"),
    [
        (["failed"], False),
        (["stop", "start", "verified"], False),
        (["confirmed"], False),
        (["fetched"], False),
        (["stop", "start"], None),
    ],
)
@pytest.mark.parametrize("given", ["defaultMidSourcingDlv", None], ids=["given", "by its cursor"])
def test_a_killed_attempt_has_left_nothing_stopped_that_a_later_one_has_seen_run(
    own: bool, given: str | None, steps: list[str], may_have_stopped: bool | None, tmp_path: Path
) -> None:
    """It has ended at another cursor only: at this one the killed attempt still stands."""
    killed = {**attempt(), "cursors": [{"option": name, "old_value": OLD} for name in (OPTION, f"{OPTION}2")]}
    later = attempt("restored", started=LATER)
    later["intent"]["workflow"] = killed["intent"]["workflow"] = given
    later["result"]["steps"] = [{"action": name, "at": LATER, "detail": ""} for name in steps]
    if own:
        keep(tmp_path, "now", "mkt1", killed, later)
    else:
        keep(tmp_path, "killed", "mkt1", killed, age=100)
        keep(tmp_path, "later", "mkt1", later)
    found = next(one for one in earlier_attempts(str(tmp_path), "now", "mkt1") if not one["outcome"])
    assert found["left_stopped"] is may_have_stopped
    assert f"{OPTION}2" in {one["cursor"] for one in found["cursors"]}


LATER = "2026-11-23T03:00:00.000Z"


@pytest.mark.parametrize(
    ("ending", "left"),
    [
        (attempt("cured", started=LATER), []),
        (attempt("confirmed", started=LATER), []),
        (attempt("unchanged", started=LATER), []),
        (attempt("restored", started=LATER), []),
        (attempt("kept", started=LATER), []),
        ({**attempt(), **undone(), "started": LATER}, []),
        (attempt("cured"), ["old"]),  # not later
        (attempt("cured", started="2026-11-23T01:00:00.000Z"), ["old"]),
        (attempt("cured", started=LATER, option=OTHER), ["old"]),
        (attempt("refused", started=LATER), ["old"]),
        ({**attempt(), **undone(failed=True), "started": LATER}, ["old"]),
        ({**attempt(), "kind": "option", "started": LATER}, ["old"]),  # killed
        ({**attempt(), **undone(), "cursors": None, "kind": "workflow", "started": LATER}, ["old"]),
    ],
)
@pytest.mark.parametrize("own", [True, False], ids=["in this run", "in another"])
def test_attempt_that_a_later_one_has_ended_is_over(tmp_path: Path, ending: Any, left: list[str], own: bool) -> None:
    keep(tmp_path, "old", "mkt1", attempt(), age=300)
    keep(tmp_path, "later", "mkt1", ending, age=100)
    found = earlier_attempts(str(tmp_path), "later" if own else "now", "mkt1")
    # Of one whose value was put back nothing but its Stop is told, see below.
    assert [one["run_id"] for one in found if one["run_id"] == "old" and "put_back" not in one] == left


STOPPED = {"left_stopped": True, "steps": [{"action": "stop", "at": LATER}]}


@pytest.mark.parametrize(
    ("first", "is_told"),
    [
        (attempt(), True),  # killed
        (attempt("pending", result=STOPPED), True),
        (attempt("pending", result={**STOPPED, "left_stopped": False}), False),
        (attempt("pending", result={**STOPPED, "found_stopped": True}), False),
        (attempt("refused", writes=0, result={"left_stopped": True}), False),
        (attempt(intent={"start_stopped": True}), False),
        (attempt("cured"), False),
    ],
)
@pytest.mark.parametrize("own", [True, False], ids=["in its run", "by its line, in a run of its own"])
def test_rollback_ends_the_value_of_an_attempt_and_not_its_stop(
    tmp_path: Path, first: Any, is_told: bool, own: bool
) -> None:
    back = {**attempt(), **undone(), "started": LATER}
    if own:
        keep(tmp_path, "night", "mkt1", first, back)
    else:
        keep(tmp_path, "night", "mkt1", first, age=100)
        keep(tmp_path, "restore-1", "mkt1", back)
    for run in ("night", "now"):
        found = [one for one in earlier_attempts(str(tmp_path), run, "mkt1") if "put_back" in one]
        assert [(one["run_id"], one["put_back"], one["left_stopped"]) for one in found] == (
            [("night", LATER, True)] if is_told else []
        )
        for one in found:
            assert one["outcome"] == "restored" and not (one["orders"] or one["starts"] or one["runs"])
            assert one["cursors"] == [{"cursor": OPTION, "expected_value": OLD, "written": None, "unsure": False}]


@pytest.mark.parametrize(
    ("later", "is_left"),
    [
        (attempt("refused", writes=0), True),
        (attempt("restored", result={"left_stopped": False}), None),  # it has its own end
        (attempt("cured", result={"steps": [{"action": "verified", "at": LATER}]}), None),
        (attempt("cured", option=OTHER, result={"steps": [{"action": "verified", "at": LATER}]}), False),
        (attempt("restored", option=OTHER), True),
    ],
)
def test_stop_of_an_attempt_whose_value_was_put_back_is_its_own_until_a_run_was_seen(
    tmp_path: Path, later: Any, is_left: bool | None
) -> None:
    keep(tmp_path, "night", "mkt1", attempt(), {**attempt(), **undone(), "started": LATER}, age=100)
    keep(tmp_path, "later", "mkt1", {**later, "started": "2026-11-23T04:00:00.000Z"})
    found = [one["left_stopped"] for one in earlier_attempts(str(tmp_path), "now", "mkt1") if "put_back" in one]
    assert found == ([] if is_left is None else [is_left])


@pytest.mark.parametrize(
    "later",
    [
        {**attempt(), "kind": "option"},  # killed
        {**attempt(), **undone(failed=True)},
        {**attempt(), **undone(), "kind": "backfill"},
        {**attempt(), **undone(), "kind": "workflow"},
        {**attempt(), **undone(), "cursors": None},
        {**attempt(), **undone(OTHER)},
    ],
    ids=["killed", "failed", "backfill", "workflow", "no options", "another option"],
)
def test_what_has_not_set_the_cursor_has_not_put_its_value_back(later: Any, tmp_path: Path) -> None:
    keep(tmp_path, "night", "mkt1", attempt(), {**later, "started": LATER})
    assert not [one for one in earlier_attempts(str(tmp_path), "now", "mkt1") if "put_back" in one]


@pytest.mark.parametrize(("option", "old"), [(OPTION, OLD), (OTHER, LATEST)])
def test_of_an_attempt_at_several_cursors_only_the_one_that_was_put_back_is_told_so(
    option: str, old: str, tmp_path: Path
) -> None:
    keep(tmp_path, "night", "mkt1", at_both(), {**attempt(), **undone(option), "started": LATER})
    [found] = [one for one in earlier_attempts(str(tmp_path), "now", "mkt1") if "put_back" in one]
    assert found["cursors"] == [{"cursor": option, "expected_value": old, "written": None, "unsure": False}]


def test_of_an_attempt_whose_value_was_put_back_no_run_is_told(tmp_path: Path) -> None:
    """Nothing of it is to be resumed: neither what it has started counts, nor how the cursors stood then."""
    steps = [{"action": action, "at": LATER, "detail": "accepted"} for action in ("run", "start", "stop")]
    first = attempt("pending", result={**STOPPED, "steps": steps, "stood": {OTHER: OLD}})
    keep(tmp_path, "night", "mkt1", first, {**attempt(), **undone(), "started": LATER})
    [found] = earlier_attempts(str(tmp_path), "now", "mkt1")
    assert (found["put_back"], found["left_stopped"]) == (LATER, True)
    assert (found["orders"], found["starts"], found["runs"], found["stood"]) == ([], [], [], {})


def test_the_first_that_has_put_a_value_back_says_when_its_attempt_was_over(tmp_path: Path) -> None:
    again = {**attempt(), **undone(), "started": "2026-11-23T05:00:00.000Z"}
    keep(tmp_path, "night", "mkt1", attempt(), {**attempt(), **undone(), "started": LATER}, again)
    [found] = earlier_attempts(str(tmp_path), "now", "mkt1")
    assert found["put_back"] == LATER


@pytest.mark.parametrize("run", ["now", "later"])
@pytest.mark.parametrize("left_stopped", [False, True])
@pytest.mark.parametrize(("back", "undone_"), [(OPTION, True), (OTHER, True), ("Another", False), ("", False)])
def test_attempt_of_which_a_cursor_was_put_back_is_undone_for_all_its_cursors(
    back: str, undone_: bool, left_stopped: bool, run: str, tmp_path: Path
) -> None:
    both = attempt("pending", result={"left_stopped": left_stopped})
    both["cursors"].append({"option": OTHER, "old_value": OLD, "plan": None})
    both["result"]["moves"].append({"option": OTHER, "outcome": "pending", "written": NEW})
    ending = {"format": FORMAT, **undone(back or OPTION, failed=not back), "run_id": "now", "started": LATER}
    keep(tmp_path, "now", "mkt1", both, ending)
    found = earlier_attempts(str(tmp_path), run, "mkt1")
    assert {one["undone"] for one in found} == {undone_}
    left = {row["cursor"] for one in found if one["outcome"] == "pending" for row in one["cursors"]}
    assert left == {OPTION, OTHER} - {back}
    assert standing(record(both, ending)) == ([] if undone_ else [both])


def test_rollback_looks_at_a_workflow_that_a_run_may_have_left_stopped_though_nothing_is_to_be_put_back() -> None:
    nothing = attempt(
        "pending", result={**STOPPED, "moves": [{"option": OPTION, "outcome": "pending", "written": None}]}
    )
    done = {**attempt(), **undone(), "started": LATER}
    for attempts in ([nothing], [attempt(), done], [attempt("pending", result=STOPPED), done]):
        [target] = rollback_targets(record(*attempts))
        assert (target["option"], target["workflow"], target["is_back"]) == (OPTION, "defaultMidSourcingDlv", True)
    [target] = rollback_targets(record(attempt()))
    assert not target["is_back"]
    ran = attempt("cured", option=OTHER, started=LATER, result={"steps": [{"action": "verified", "at": LATER}]})
    assert [one["option"] for one in rollback_targets(record(nothing, ran))] == [OTHER]


def test_rollback_looks_at_the_workflow_of_each_cursor_of_an_attempt_that_may_have_left_it_stopped() -> None:
    found = rollback_targets(record(at_both("pending", result=STOPPED)))
    assert [(one["option"], one["value"], one["is_back"]) for one in found] == [
        (OPTION, OLD, True),
        (OTHER, LATEST, True),
    ]
    assert rollback_targets(record(at_both("pending", result={**STOPPED, "left_stopped": False}))) == []


def test_attempt_has_the_form_of_the_module_option(tmp_path: Path) -> None:
    def step(action: str, minute: int, detail: str = "accepted") -> dict[str, str]:
        return {"action": action, "at": f"2026-11-23 02:0{minute}:00.000Z", "detail": detail}

    steps = [step("write", 1), step("stop", 2), step("start", 3), step("start", 4, "already ordered")]
    steps += [step("start", 5, "answer lost"), step("run", 6), step("verified", 7)]
    keep(tmp_path, "now", "mkt1", attempt("pending", result={"steps": steps, "stood": {OTHER: OLD}}))
    assert earlier_attempts(str(tmp_path), "now", "mkt1") == [
        {
            "run_id": "now",
            "started": "2026-11-23T02:00:00.000Z",
            "outcome": "pending",
            "workflow": "defaultMidSourcingDlv",
            "strategy": "lookback",
            "lookback": "1d",
            "value": None,
            "cursors": [{"cursor": OPTION, "expected_value": OLD, "written": NEW, "unsure": False}],
            "found_stopped": False,
            "orders": ["stop", "start", "start", "start"],
            "left_stopped": None,
            "runs": ["2026-11-23 02:06:00.000Z"],
            "stood": {OTHER: OLD},
            "starts": ["2026-11-23 02:03:00.000Z", "2026-11-23 02:05:00.000Z"],
            "writes": 3,
            "undone": False,
        }
    ]


@pytest.mark.parametrize(
    ("move", "is_target"),
    [
        ({"outcome": "pending"}, True),
        ({"outcome": "pending", "undone": True}, False),  # the cure has put it back itself, and failed to start
        ({"outcome": "pending", "undone": True, "unsure": True}, True),  # its write may land yet
        ({"outcome": "restored"}, False),
        ({"outcome": "kept"}, True),
    ],
)
def test_rollback_leaves_alone_what_the_cure_itself_has_undone(move: dict[str, Any], is_target: bool) -> None:
    one = attempt("pending", result={"moves": [{"option": OPTION, "written": NEW, **move}]})
    assert bool(rollback_targets(record(one))) is is_target


PRODUCTION, STAGING = "https://acc.example.com", "https://staging.example.com"


@pytest.mark.parametrize(
    ("there", "here", "elsewhere"),
    [
        (STAGING, PRODUCTION, True),
        ("staging.example.com", f"{PRODUCTION}:8443/path", True),
        (PRODUCTION, "http://user:secret@ACC.example.com:8080/nl", False),
        (None, PRODUCTION, False),
        (STAGING, "", False),
        ("https://********", PRODUCTION, False),
        ("https://[", PRODUCTION, False),
    ],
)
def test_evidence_of_an_instance_elsewhere_is_none_of_this_one(
    there: str | None, here: str, elsewhere: bool, tmp_path: Path
) -> None:
    """Two environments may have the same names of hosts, and be run from one directory."""
    made = attempt("pending", writes=3)
    made["intent"]["url"] = there
    for run in ("now", "old"):
        keep(tmp_path, run, "mkt1", {**made, "instance": "mkt1", "run_id": run})
    assert bool(earlier_attempts(str(tmp_path), "now", "mkt1", url=here)) is not elsewhere
    if not elsewhere:
        require_here(record(made), here)
        return
    with pytest.raises(AnsibleActionFail, match="Nothing was written") as told_:
        require_here(record({**made, "instance": "mkt1"}), here)
    assert "secret" not in str(told_.value) and "mid_sourcing_restore" in str(told_.value)


def test_evidence_of_an_instance_elsewhere_names_both_without_a_password() -> None:
    made = attempt("pending", instance="mkt1")
    made["intent"]["url"] = STAGING
    with pytest.raises(AnsibleActionFail) as told_:
        require_here(record(made), "https://user:secret@acc.example.com")
    both = f"The run 'one' has evidence of mkt1 at {STAGING}, and that host is at acc.example.com now. Nothing was"
    assert str(told_.value).startswith(both) and "secret" not in str(told_.value)
    require_here({}, PRODUCTION)


@pytest.mark.parametrize(("hours", "finished", "told_"), [(1, False, True), (25, False, False), (1, True, False)])
def test_an_attempt_elsewhere_that_may_go_on_is_told(hours: int, finished: bool, told_: bool, tmp_path: Path) -> None:
    """The instance may have another name now."""
    made = attempt("cured" if finished else None, instance="mkt1")
    made["intent"]["url"] = "https://mkt1"
    made["started"] = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    keep(tmp_path, "old", "mkt1", made)
    said: list[str] = []
    here = "https://user:secret@acc.example.com"
    assert earlier_attempts(str(tmp_path), "now", "mkt1", said.append, url=here) == []
    sentence = (
        "The run 'old' has an attempt at mkt1 that did not end, at https://mkt1. That host is at acc.example.com now, "
        "so it is not relied on."
    )
    assert said == ([sentence] if told_ else [])


def test_an_attempt_here_that_may_go_on_is_not_told_as_one_elsewhere(tmp_path: Path) -> None:
    mine, other = attempt(started=datetime.now(UTC).isoformat()), attempt("cured")
    mine["intent"]["url"], other["intent"]["url"] = PRODUCTION, STAGING
    keep(tmp_path, "old", "mkt1", other, mine)
    said: list[str] = []
    assert earlier_attempts(str(tmp_path), "now", "mkt1", said.append, url=PRODUCTION)
    assert said == []


def test_where_nobody_knows_the_url_evidence_of_any_counts(tmp_path: Path) -> None:
    made, restart = attempt("pending"), with_calls("Stop ok")
    made["intent"]["url"] = restart["intent"]["url"] = STAGING
    keep(tmp_path, "now", "mkt1", made)
    assert earlier_attempts(str(tmp_path), "now", "mkt1")
    write_evidence(evidence_file(str(tmp_path), "run", "mkt"), {**restart, "earlier": []})
    assert unfinished_restarts(str(tmp_path), "mkt", NOW) == ["updateEventsStatus"]


def test_a_restart_elsewhere_has_left_nothing_stopped_here(tmp_path: Path) -> None:
    made = with_calls("Stop ok")
    made["intent"]["url"] = STAGING
    write_evidence(evidence_file(str(tmp_path), "run", "mkt"), {**made, "earlier": []})
    assert unfinished_restarts(str(tmp_path), "mkt", NOW, url=STAGING) == ["updateEventsStatus"]
    assert unfinished_restarts(str(tmp_path), "mkt", NOW, url=PRODUCTION) == []


def test_attempts_at_this_instance_are_known_beside_one_elsewhere(tmp_path: Path) -> None:
    mine, other = attempt("pending", started=LATER), attempt("pending")
    mine["intent"]["url"], other["intent"]["url"] = PRODUCTION, STAGING
    keep(tmp_path, "now", "mkt1", other, mine)
    assert [one["started"] for one in earlier_attempts(str(tmp_path), "now", "mkt1", url=PRODUCTION)] == [LATER]
    assert earlier_attempts(str(tmp_path), "never", "mkt1", url="https://third.example.com") == []


def told(directory: Path, one: Any) -> dict[str, Any]:
    """What the module is told of a single attempt."""
    keep(directory, "now", "mkt1", one)
    [found] = earlier_attempts(str(directory), "now", "mkt1")
    return found


def test_wish_of_an_attempt_is_told_as_it_was(tmp_path: Path) -> None:
    wish = {"workflow": "ours", "strategy": "explicit", "lookback": "2d", "value": NEW}
    found = told(tmp_path, attempt(intent=wish))
    assert {name: found[name] for name in wish} == wish


def test_attempt_that_tells_no_wish_is_one_as_usual(tmp_path: Path) -> None:
    found = told(tmp_path, attempt(intent=None))
    assert (found["strategy"], found["lookback"], found["value"]) == ("lookback", "1d", None)
    assert (found["orders"], found["starts"], found["stood"]) == ([], [], {})


@pytest.mark.parametrize(
    ("allowed", "known", "expected"),
    [
        (False, None, False),
        (True, None, True),  # it was killed, and may have found the workflow stopped
        (True, {}, True),
        (True, {"found_stopped": False}, False),
        (False, {"found_stopped": True}, True),
    ],
)
def test_whether_an_attempt_found_the_workflow_stopped_is_told_by_its_result_or_else_by_what_it_was_allowed(
    allowed: bool, known: dict[str, bool] | None, expected: bool, tmp_path: Path
) -> None:
    one = attempt(None if known is None else "pending", result=known or {}, intent={"start_stopped": allowed})
    assert told(tmp_path, one)["found_stopped"] is expected


@pytest.mark.parametrize("left_stopped", [True, False, None])
def test_whether_an_attempt_has_left_the_workflow_stopped_is_told_by_its_result(
    left_stopped: bool | None, tmp_path: Path
) -> None:
    assert told(tmp_path, attempt("pending", result={"left_stopped": left_stopped}))["left_stopped"] is left_stopped


@pytest.mark.parametrize(
    ("move", "written", "unsure"),
    [
        ({"outcome": "pending"}, NEW, False),
        ({"outcome": "pending", "unsure": True}, NEW, True),
        ({"outcome": "pending", "undone": True}, None, False),
        ({"outcome": "restored"}, None, False),
        ({"outcome": "kept"}, NEW, False),
    ],
)
def test_what_an_attempt_has_written_is_told_while_it_may_stand(
    move: dict[str, Any], written: str | None, unsure: bool, tmp_path: Path
) -> None:
    one = attempt("pending")
    one["result"]["moves"] = [{"option": OPTION, "written": NEW, **move}]
    [row] = told(tmp_path, one)["cursors"]
    assert (row["written"], row["unsure"]) == (written, unsure)


def test_orders_of_an_attempt_are_told_in_their_sequence_and_nothing_else_that_it_did(tmp_path: Path) -> None:
    steps = [{"action": action, "at": LATER} for action in ("write", "stop", "kill", "restore", "start", "wakeup")]
    found = told(tmp_path, attempt("pending", result={"steps": steps}))
    assert found["orders"] == ["stop", "kill", "start", "wakeup"]


def test_run_that_an_attempt_without_a_wish_has_seen_does_not_hide_the_one_that_was_killed(tmp_path: Path) -> None:
    keep(tmp_path, "killed", "mkt1", attempt())
    seen = attempt("refused", started=LATER, option=OTHER, intent=None, result={"steps": [{"action": "failed"}]})
    keep(tmp_path, "later", "mkt1", seen)
    assert [one["run_id"] for one in earlier_attempts(str(tmp_path), "now", "mkt1")] == ["killed"]


def rewritten(path: Path, content: bytes) -> None:
    """Other content, which the manifest names: only its own form is wrong."""
    path.write_bytes(content)
    path.with_name(MANIFEST).write_text(f"{hashlib.sha256(content).hexdigest()}  {path.name}\n")


def by_another(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, 65_534, 65_534)
    else:
        path.chmod(0o666)


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "changed": (lambda path: path.write_text(path.read_text().replace(OLD, NEW)), "is not what was written"),
    "truncated": (lambda path: rewritten(path, path.read_bytes()[:80]), "is cut off"),
    "empty": (lambda path: rewritten(path, b""), "is empty"),
    "no JSON": (lambda path: rewritten(path, b"old value: 2020"), "is not JSON"),
    "binary": (lambda path: rewritten(path, b"\x89PNG\r\n"), "is not text"),
    "zeros": (lambda path: rewritten(path, bytes(512)), "is not text"),
    "another form": (lambda path: rewritten(path, b'{"format": "another/9"}'), "is not an evidence file"),
    "no cursors": (
        lambda path: rewritten(path, json.dumps({"format": FORMAT, "kind": "cure"}).encode()),
        "is not an evidence file",
    ),
    # make fuzz ARGS="--seed 7015247 --only evidence"
    "an option that is no text": (
        lambda path: rewritten(
            path, json.dumps({**attempt(), "kind": "rollback", "failed": False, "cursors": [{"option": []}]}).encode()
        ),
        "is not an evidence file",
    ),
    "names of another form": (
        lambda path: rewritten(path, json.dumps({**attempt("cured"), "intent": {"names": 1}}).encode()),
        "is not an evidence file",
    ),
    "workflows of another form": (
        lambda path: rewritten(path, json.dumps({**attempt("cured"), "result": {"workflows": [1]}}).encode()),
        "is not an evidence file",
    ),
    "moves of another form": (
        lambda path: rewritten(path, json.dumps({**attempt("cured"), "result": {"moves": [1]}}).encode()),
        "is not an evidence file",
    ),
    "of another user": (by_another, "is not trusted"),
    "manifest empty": (lambda path: path.with_name(MANIFEST).write_bytes(b""), "The manifest .* is empty"),
    "manifest cut off": (lambda path: path.with_name(MANIFEST).write_text("ab12"), "line 1 was cut off"),
    "a link to nowhere": (lambda path: (path.unlink(), path.symlink_to("/nowhere/else")), "is a link|cannot be read"),
}


@pytest.mark.parametrize(("damage", "words"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_record_of_another_run_is_named_and_nothing_older_is_relied_on(
    damage: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    keep(tmp_path, "newest", "mkt1", attempt("pending"), age=100)
    keep(tmp_path, "oldest", "mkt1", attempt(), age=500)
    path = keep(tmp_path, "old", "mkt1", attempt())
    damage(path)
    os.utime(path, (1_000_000 - 300,) * 2, follow_symlinks=False)
    said: list[str] = []
    assert [one["run_id"] for one in earlier_attempts(str(tmp_path), "now", "mkt1", said.append)] == ["newest"]
    said.clear()
    (tmp_path / "newest/mkt1.json").unlink()
    assert earlier_attempts(str(tmp_path), "now", "mkt1", said.append) == []
    [sentence] = said
    assert re.search(words, sentence), sentence
    assert str(path) in sentence and "move it away" in sentence and "Expecting" not in sentence


def test_record_that_was_written_again_or_copied_is_no_younger_for_it(tmp_path: Path) -> None:
    first, second = "2026-11-23T02:00:00.000Z", "2026-11-23T03:00:00.000Z"
    killed = attempt(started=first)
    failed_undo = {**attempt("refused", writes=0, started="2026-11-23T05:00:00.000Z"), "kind": "option"}
    keep(tmp_path, "killed", "mkt1", killed, failed_undo)
    keep(tmp_path, "cured", "mkt1", attempt("cured", started=second), age=100)
    said: list[str] = []
    assert earlier_attempts(str(tmp_path), "now", "mkt1", said.append) == [] == said
    # And of two that are open, the one that began last is the newest.
    keep(tmp_path, "cured", "mkt1", attempt("pending", started=second), age=100)
    assert [one["run_id"] for one in earlier_attempts(str(tmp_path), "now", "mkt1")] == ["cured"]


@pytest.mark.parametrize(("damage", "words"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_record_of_this_very_run_is_refused_with_its_name(
    damage: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    path = keep(tmp_path, "now", "mkt1", attempt())
    damage(path)
    if not path.exists():
        return  # a link to nowhere: there is no record, and none can be written there
    for read in (lambda: earlier_attempts(str(tmp_path), "now", "mkt1"), lambda: run_of(str(tmp_path), "now", "mkt1")):
        with pytest.raises(AnsibleActionFail, match=words) as caught:
            read()
        assert str(path.parent) in str(caught.value) and "Nothing was written" in str(caught.value)
        assert "Expecting" not in str(caught.value)


def test_damaged_record_leaves_a_stopped_workflow_to_people(tmp_path: Path) -> None:
    keep(tmp_path, "old", "mkt1", orders("restarted", "02:10", ended=False), age=300)
    path = keep(tmp_path, "newer", "mkt1", orders("stopped", "02:20"))
    assert unfinished_restarts(str(tmp_path), "mkt1", NOW) == []
    path.write_text("{")
    said: list[str] = []
    assert unfinished_restarts(str(tmp_path), "mkt1", NOW, said.append) == []
    assert len(said) == 1 and str(path) in said[0]


def test_what_was_rolled_back_is_over() -> None:
    assert open_attempts(record(attempt(), undone())) == []
    assert open_attempts(record(attempt(), without(undone(), "cursors"))) == [attempt()]
    assert open_attempts({}) == []


def test_hosts_and_records_of_a_run(tmp_path: Path) -> None:
    keep(tmp_path, "now", "mkt2", attempt())
    keep(tmp_path, "now", "mkt1", attempt())
    keep(tmp_path, "now", "../hôte", attempt())
    keep(tmp_path, "now", "_plan", attempt())
    keep(tmp_path, "now", "MKT3", attempt())
    long = "mkt" * 100
    keep(tmp_path, "now", long, attempt(instance=long))
    (tmp_path / "now/_plan.json").write_text("{}")
    assert hosts_of(str(tmp_path), "now") == ["../hôte", "MKT3", "_plan", "mkt1", "mkt2", long]
    assert hosts_of(str(tmp_path), "never") == []
    assert run_of(str(tmp_path), "now", "mkt1")["cursors"][0]["option"] == OPTION
    assert run_of(str(tmp_path), "now", "mkt3") == {}
    with pytest.raises(AnsibleActionFail, match="cannot be a file name"):
        hosts_of(str(tmp_path), "../now")


def test_records_of_a_run_come_by_name(tmp_path: Path) -> None:
    names = [f"mkt{number:02}.json" for number in range(20)]
    for name in random.Random(7).sample(names, len(names)):
        (tmp_path / name).touch()
    assert [path.name for path in records_of(tmp_path)] == names


# -- restarts ----------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def orders(
    state: str, at: str = "02:00", *, ended: bool = True, failed: bool = False, writes: int = 2, **more: Any
) -> Any:
    """One attempt of the module workflow as it is recorded."""
    found = {
        "format": FORMAT,
        "kind": "workflow",
        "run_id": "one",
        "started": f"2026-11-23T{at}:00.000Z",
        "intent": {"name": "updateEventsStatus", "state": state, **more},
        "cursors": [],
        "state": "started",
    }
    return {**found, "state": "ended", "failed": failed, "result": {"calls": {"writes": writes}}} if ended else found


def without(attempt: Any, name: str) -> Any:
    """A record that does not tell this."""
    return {key: value for key, value in attempt.items() if key != name}


def listed(at: str = "02:00", **outcomes: str) -> Any:
    """A restart of a list that failed, with the outcome of each."""
    found = orders("restarted", at, failed=True, names=list(outcomes))
    found["result"]["workflows"] = [{"name": name, "outcome": outcome} for name, outcome in outcomes.items()]
    return found


def with_calls(*calls: str, **more: Any) -> Any:
    """A restart that failed, with the log of its calls: each an order and its outcome, ``unsent`` where it never
    left."""
    found = orders("restarted", **{"failed": True, **more})
    log = [{"method": "xtk:session#Logon", "class": "session", "outcome": "ok", "may_have_written": False}]
    for method, outcome in (call.split() for call in calls):
        kind = "read" if method == "ExecuteQuery" else "write"
        may = kind == "write" and outcome not in ("fault", "denied", "session_expired", "unsent")
        said = "unreachable" if outcome == "unsent" else outcome
        log.append({"method": f"xtk:workflow#{method}", "class": kind, "outcome": said, "may_have_written": may})
    found["result"]["calls"]["log"] = log
    return found


def of_older_release(attempt: Any) -> Any:
    """The same as it was recorded before the log said what may have been written."""
    for call in attempt["result"]["calls"]["log"]:
        del call["may_have_written"]
    return attempt


def with_rows(attempt: Any, **outcomes: str) -> Any:
    attempt["result"]["workflows"] = [{"name": name, "outcome": outcome} for name, outcome in outcomes.items()]
    return attempt


@pytest.mark.parametrize(
    ("attempt", "is_left"),
    [
        # A Stop that was refused, or never left, has changed nothing.
        (with_calls("ExecuteQuery ok", "Stop denied"), False),
        (with_calls("Stop session_expired", "Stop fault"), False),
        (with_calls("Stop unsent", "Stop unsent"), False),
        # Interrupted, and started again; or started, and failed at once.
        (with_calls("Stop ok", "ExecuteQuery ok", "Start ok", "ExecuteQuery ok"), False),
        (with_calls("Stop ok", "Kill ok", "Start http_status", "Start ok"), False),
        (with_calls("Stop timeout", "Start ok", "Start fault"), False),
        # It was stopped, and its start was refused, or is not known to have come.
        (with_calls("Stop ok", "ExecuteQuery ok"), True),
        (with_calls("Stop timeout"), True),
        (with_calls("Stop ok", "Start denied"), True),
        (with_calls("Stop ok", "Start timeout"), True),
        (with_calls("Stop ok", "Start unsent"), True),
        (with_calls("Stop ok", "Start interrupted"), True),
        # What an attempt that was killed has done is not known, whatever its record holds.
        ({**with_calls("Stop ok", "Start ok"), "state": "started"}, True),
        # Nor what one has done that tells no result, or no calls.
        (without(with_calls("Start ok"), "result"), True),
        ({**with_calls("Start ok"), "result": {}}, True),
        (of_older_release(with_calls("Stop denied")), True),
        (of_older_release(with_calls("Stop ok", "Start ok")), False),
        (of_older_release(with_calls("Stop ok", "Start ok", "ExecuteQuery ok")), False),
    ],
)
def test_a_restart_that_failed_has_left_the_workflow_as_its_last_order_says(
    attempt: Any, is_left: bool, tmp_path: Path
) -> None:
    write_evidence(evidence_file(str(tmp_path), "run", "mkt"), {**attempt, "earlier": []})
    assert unfinished_restarts(str(tmp_path), "mkt", NOW) == (["updateEventsStatus"] if is_left else [])


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (with_rows(with_calls("Stop ok", "Start ok", "Stop denied"), a="changed", b="failed", c="not_attempted"), []),
        (with_rows(with_calls("Stop ok", "Start ok", "Stop ok"), a="changed", b="failed", c="not_attempted"), ["b"]),
        (with_rows(with_calls("Stop ok", "Start ok"), a="failed", b="not_attempted"), []),
        # The log begins after the first start: of b nothing is known.
        (with_rows(with_calls("Stop ok", "Stop denied"), a="changed", b="failed", c="not_attempted"), ["b"]),
    ],
)
def test_a_list_of_restarts_has_left_the_one_that_failed_as_the_last_order_says(
    attempt: Any, expected: list[str], tmp_path: Path
) -> None:
    attempt["intent"]["names"] = ["a", "b", "c"]
    write_evidence(evidence_file(str(tmp_path), "run", "mkt"), {**attempt, "earlier": []})
    assert unfinished_restarts(str(tmp_path), "mkt", NOW) == expected


@pytest.mark.parametrize(
    ("calls", "left"),
    [
        (["Start denied"], ["b"]),
        (["Start unsent"], ["b"]),
        ([], ["b"]),
        (["Stop ok", "Start ok"], []),  # started, and failed at once
    ],
)
def test_of_a_list_only_its_own_start_ends_what_an_earlier_restart_has_left(
    calls: list[str], left: list[str], tmp_path: Path
) -> None:
    """b was left stopped before; now a is restarted, and b fails."""
    earlier = with_rows(with_calls("Stop ok", "Start denied"), b="failed")
    later = with_rows(with_calls("Stop ok", "Start ok", *calls), a="changed", b="failed")
    for one, names, started in ((earlier, ["b"], 3600), (later, ["a", "b"], 600)):
        one["intent"]["names"], one["started"] = names, (NOW - timedelta(seconds=started)).isoformat()
    write_evidence(evidence_file(str(tmp_path), "run", "mkt"), {**later, "earlier": [earlier]})
    assert unfinished_restarts(str(tmp_path), "mkt", NOW) == left


def test_a_start_that_was_accepted_ends_an_earlier_restart_and_a_refused_one_does_not(tmp_path: Path) -> None:
    write_evidence(evidence_file(str(tmp_path), "old", "mkt"), {**with_calls("Stop ok"), "earlier": []})
    later = evidence_file(str(tmp_path), "new", "mkt")
    write_evidence(later, {**with_calls("Start denied", at="02:10"), "earlier": []})
    assert unfinished_restarts(str(tmp_path), "mkt", NOW) == ["updateEventsStatus"]
    write_evidence(later, {**with_calls("Start ok", at="02:10"), "earlier": []})
    assert unfinished_restarts(str(tmp_path), "mkt", NOW) == []


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ([], []),
        ([orders("restarted")], []),
        ([orders("restarted", ended=False)], ["updateEventsStatus"]),
        ([orders("restarted", failed=True)], ["updateEventsStatus"]),
        ([orders("restarted", failed=True, writes=0)], []),
        # Whether it has failed is not known before it has ended, and has said so.
        ([{**orders("restarted"), "state": "started"}], ["updateEventsStatus"]),
        ([{**orders("restarted"), "failed": None}], []),
        ([without(orders("restarted"), "failed")], ["updateEventsStatus"]),
        # A record that does not tell the workflow says nothing of any.
        ([{**orders("restarted", ended=False), "intent": None}], []),
        ([{**orders("restarted", ended=False), "intent": {"state": "restarted"}}], []),
        # An option that is called like a workflow is none.
        ([orders("restarted", ended=False), {**orders("started", "02:10"), "kind": "option"}], ["updateEventsStatus"]),
        ([orders("restarted", ended=False, names=list("fbdace"))], list("abcdef")),
        # A person who stops or pauses a workflow wants it so.
        ([orders("stopped", ended=False)], []),
        ([orders("restarted", ended=False), orders("restarted", "02:10")], []),
        ([orders("restarted", ended=False), orders("stopped", "02:10")], []),
        (
            [orders("restarted", ended=False), orders("restarted", "02:10", failed=True, writes=0)],
            ["updateEventsStatus"],
        ),
        ([orders("restarted"), orders("restarted", "02:10", ended=False)], ["updateEventsStatus"]),
        ([orders("restarted", ended=False, names=["a", "b"]), orders("started", "02:10", names=["b"])], ["a"]),
        # A list that failed tells of each.
        ([listed(a="changed", b="failed", c="not_attempted")], ["b"]),
        ([listed(a="failed", b="not_attempted"), listed("02:10", a="changed", b="failed")], ["b"]),
        ([listed(a="failed"), listed("02:10", a="not_attempted")], ["a"]),
        ([listed(a="failed"), listed("02:10", a="unchanged", b="failed")], ["b"]),
    ],
)
def test_a_restart_that_may_have_left_a_workflow_stopped_is_known(
    attempts: list[Any], expected: list[str], tmp_path: Path
) -> None:
    for number, one in enumerate(attempts):
        write_evidence(evidence_file(str(tmp_path), f"run-{number}", "mkt"), {**one, "earlier": []})
    assert unfinished_restarts(str(tmp_path), "mkt", NOW) == expected
    assert unfinished_restarts(str(tmp_path), "other", NOW) == []


def test_a_restart_of_the_day_before_is_nobodys_any_more(tmp_path: Path) -> None:
    write_evidence(evidence_file(str(tmp_path), "run", "mkt"), {**orders("restarted", ended=False), "earlier": []})
    begun = datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert unfinished_restarts(str(tmp_path), "mkt", begun + GOES_ON_FOR - timedelta(seconds=1))
    assert not unfinished_restarts(str(tmp_path), "mkt", begun + GOES_ON_FOR)


@pytest.mark.parametrize(
    ("attempt", "names"),
    [
        (attempt(), {OPTION}),
        (at_both(), {OPTION, OTHER}),
        # Where options are changed, a name beside them is no order.
        (attempt(intent={"name": "updateEventsStatus"}), {OPTION}),
        (orders("restarted"), {"updateEventsStatus"}),
        (orders("restarted", names=["a", "b"]), {"a", "b"}),
        (without(orders("restarted"), "cursors"), {"updateEventsStatus"}),
        ({**orders("restarted"), "cursors": None}, {"updateEventsStatus"}),
        ({}, set()),
    ],
)
def test_an_attempt_changes_its_options_or_of_an_order_its_workflows(attempt: Any, names: set[str]) -> None:
    assert changed_by(attempt) == names


# -- a write that may land later ---------------------------------------------------------------------------------------


def lost_write(**more: Any) -> dict[str, Any]:
    """A cure that ended without knowing whether its write arrived."""
    found = attempt("pending")
    found["result"]["moves"] = [
        {"option": OPTION, "outcome": "pending", "old_value": OLD, "written": NEW, "unsure": True, **more}
    ]
    return found


def rollback(writes: int) -> dict[str, Any]:
    """A rollback of that run that did not fail, and has written, or found the old value there."""
    return {
        **attempt(),
        "kind": "option",
        "state": "ended",
        "failed": False,
        "started": "2026-11-23T02:10:00.000Z",
        "result": {"calls": {"writes": writes}},
    }


def test_rollback_that_found_the_old_value_ends_no_attempt_whose_write_may_land() -> None:
    now = datetime(2026, 11, 23, 3, tzinfo=UTC)
    (target,) = rollback_targets(record(lost_write(), rollback(0)), now)
    assert (target["value"], target["lost"]) == (OLD, NEW)
    assert [one["kind"] for one in open_attempts(record(lost_write(), rollback(0)))] == ["cure"]
    assert rollback_targets(record(lost_write(), rollback(1)), now) == []
    assert rollback_targets(record(lost_write(unsure=False), rollback(0)), now) == []


def test_rollback_of_a_day_later_ends_an_attempt_whose_write_was_lost() -> None:
    now = datetime(2026, 11, 24, 3, tzinfo=UTC)
    (target,) = rollback_targets(record(lost_write()), datetime(2026, 11, 23, 3, tzinfo=UTC))
    assert target["lost_until"] == "2026-11-24 02:00:00.000Z"
    for started, is_over in (("2026-11-24T01:59:59.000Z", False), ("2026-11-24T02:00:00.000Z", True)):
        found = rollback_targets(record(lost_write(), {**rollback(0), "started": started}), now)
        assert (found == []) is is_over
    assert len(rollback_targets(record(lost_write(), {**rollback(0), "started": None}), now)) == 1


def test_rollback_that_found_the_old_value_ends_no_attempt_of_which_nobody_knows_until_when_its_write_may_land() -> (
    None
):
    for started in (None, "", "yesterday", "9999-12-31T23:00:00Z"):
        lost = {**lost_write(), "started": started}
        assert [one["kind"] for one in open_attempts(record(lost, rollback(0)))] == ["cure"]


def test_attempt_that_was_killed_tells_no_value_whose_write_was_lost() -> None:
    [target] = rollback_targets(record(attempt()), datetime(2026, 11, 23, 3, tzinfo=UTC))
    assert (target["value"], target["lost"], target["lost_until"]) == (OLD, "", "")


def test_old_value_whose_write_was_lost_keeps_no_rollback_from_counting() -> None:
    """It does no harm where it lands. What an earlier release wrote calls both kinds unsure."""
    now = datetime(2026, 11, 23, 3, tzinfo=UTC)
    lost = lost_write(unsure=False, back_lost=True)
    (target,) = rollback_targets(record(lost), now)
    assert (target["value"], target["lost"], target["lost_until"]) == (OLD, "", "")
    assert rollback_targets(record(lost, rollback(0)), now) == []


def test_whether_a_new_value_stayed_is_as_unsure_as_the_write_of_the_old_one(tmp_path: Path) -> None:
    assert told(tmp_path, lost_write(unsure=False, back_lost=True))["cursors"][0]["unsure"] is True


def test_write_that_has_come_is_not_on_its_way() -> None:
    [target] = rollback_targets(record(lost_write(unsure=False)), datetime(2026, 11, 23, 3, tzinfo=UTC))
    assert (target["value"], target["lost"]) == (OLD, "")


def test_attempt_of_which_nobody_knows_when_it_began_is_not_recent() -> None:
    now = datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert is_recent(attempt(), now)
    for started in (None, "", "yesterday", "9999-12-31T23:00:00Z"):
        assert not is_recent(attempt(started=started), now)


@pytest.mark.parametrize("kind", ["option", "backfill"])
def test_what_sets_a_cursor_ends_what_a_cure_left_half_done_there(kind: str) -> None:
    assert open_attempts(record(attempt(), {**undone(), "kind": kind})) == []
    assert [one["kind"] for one in open_attempts(record(attempt(), {**undone(OTHER), "kind": kind}))] == ["cure"]


def test_write_of_the_day_before_is_not_on_its_way_any_more() -> None:
    begun = datetime(2026, 11, 23, 2, tzinfo=UTC)
    for now, lost in ((begun + GOES_ON_FOR - timedelta(seconds=1), NEW), (begun + GOES_ON_FOR, ""), (None, "")):
        (target,) = rollback_targets(record(lost_write()), now)
        assert target["lost"] == lost
