# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``make chaos`` takes for wrong in what the runs did and said, and for a disturbance that was seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.chaos.fleets import CURSOR, OLD
from tests.chaos.judge import truthful
from tests.chaos.runs import DEAD_WORKER, INTERRUPTED, Run, conduct, was_ended
from tests.chaos.scenarios import CANCEL, ENDINGS, TELLS
from tests.chaos.written import without_reason
from tests.integration.fleets import PASSWORD

NEW, LATER = "2026-11-22 02:00:51.000Z", "2026-11-22 02:30:00.000Z"
READ: dict[str, Any] = {"call": "xtk:queryDef#ExecuteQuery", "class": "read", "object": "xtk:option select"}
LOOK: dict[str, Any] = {**READ, "object": "xtk:workflow select"}
LOGON: dict[str, Any] = {"call": "xtk:session#Logon", "class": "session", "object": ""}
WRITE: dict[str, Any] = {"call": "xtk:persist#Write", "class": "write", "object": f"xtk:option {CURSOR} update"}
STOP: dict[str, Any] = {"call": "xtk:workflow#Stop", "class": "write", "object": "defaultMidSourcingDlv"}
START: dict[str, Any] = {**STOP, "call": "xtk:workflow#Start"}
WAKEUP: dict[str, Any] = {**STOP, "call": "xtk:workflow#Wakeup"}


def _calls(*some: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"session": "a", "outcome": "ok", "before": "", "after": "", **one} for one in some]


def _wrote(before: str, after: str, **more: Any) -> dict[str, Any]:
    return {**WRITE, "before": before, "after": after, **more}


REFUSED: dict[str, Any] = {**WRITE, "outcome": "injected"}


@pytest.mark.parametrize(
    "calls",
    [
        _calls(LOGON, READ, _wrote(OLD, NEW), READ, STOP, START, WAKEUP, WAKEUP),
        _calls(READ, REFUSED, READ, _wrote(OLD, NEW)),
        _calls(READ, {**WRITE, "outcome": "fault"}, {**LOGON, "session": "b"}, _wrote(OLD, NEW, session="b")),
        _calls(READ, _wrote(OLD, NEW, outcome="lost"), READ, _wrote(NEW, OLD), READ, _wrote(OLD, LATER)),
        _calls(READ, {**STOP, "outcome": "lost"}, STOP, START, READ, {**STOP, "session": "b"}),
    ],
    ids=["once", "refused first", "in a new session", "taken back and again", "an order that was lost"],
)
def test_write_has_its_reason(calls: list[dict[str, Any]]) -> None:
    assert without_reason("mkt", calls, range(0)) == []


@pytest.mark.parametrize(
    ("calls", "words"),
    [
        (_calls(READ, _wrote(OLD, NEW), READ, _wrote(NEW, NEW)), "no plan was made for"),
        (_calls(READ, _wrote(OLD, NEW, outcome="lost"), READ, _wrote(NEW, LATER)), "no plan was made for"),
        (_calls(READ, _wrote("2026-11-20 00:00:00.000Z", NEW)), "no plan was made for"),
        (_calls(READ, _wrote(LATER, OLD)), "no plan was made for"),
        (_calls(READ, _wrote(OLD, OLD)), "no plan was made for"),
        (_calls(READ, LOOK, _wrote(OLD, NEW)), "without a look"),
        (_calls(_wrote(OLD, NEW)), "without a look"),
        (_calls(READ, LOOK, STOP, {**READ, "session": "b"}, _wrote(OLD, NEW)), "without a look"),
        (_calls(STOP, LOOK, STOP), "Stop a second time"),
    ],
    ids=["twice", "after a lost one", "over somebody's", "old value over another", "nothing new", "not right before",
         "without a read", "read by another run", "order twice"],
)  # fmt: skip
def test_write_without_a_reason_is_wrong(calls: list[dict[str, Any]], words: str) -> None:
    (problem,) = without_reason("mkt", calls, range(0))
    assert words in problem


def test_cursor_that_changes_while_the_disturbed_call_is_under_way_could_not_be_known() -> None:
    calls = _calls(READ, _wrote("2026-11-20 00:00:00.000Z", NEW))
    assert without_reason("mkt", calls, range(2, 3)) == []
    assert without_reason("mkt", calls, range(1, 2))


def _run(status: int, outcome: str = "cured", *, output: str = "", **left: Any) -> Run:
    cures = [{"outcome": outcome}] if outcome else []
    return Run("disturbed", status, output, {"mkt": {"verdict": "stuck", "cures": cures, "line": ""}}, left)


CUT = Run("disturbed", 1, "", {}, {})


def test_run_that_agrees_with_its_report_is_right() -> None:
    assert conduct(_run(0), ["mkt"], was_cut=False) == []
    assert conduct(_run(2, "restored", failed=["mkt"]), ["mkt"], was_cut=False) == []
    assert conduct(CUT, ["mkt"], was_cut=True) == []
    unread = replace(_run(0), report={"mkt": {"verdict": "unreachable", "cures": []}})
    for status in (0, 2):  # the operator chooses whether that fails a run
        assert conduct(replace(unread, status=status), ["mkt"], was_cut=False) == []


@pytest.mark.parametrize(
    ("run", "was_cut", "words"),
    [
        (_run(0, output="Traceback (most recent call last):"), False, "Traceback"),
        (replace(CUT, output="Traceback (most recent call last):"), True, "Traceback"),
        (_run(0, output=f"it is {PASSWORD}"), False, "secret"),
        (_run(0, "restored", failed=["mkt"]), False, "are left"),
        (_run(0, ""), False, "are left"),
        (replace(_run(0), report={"other": {"verdict": "healthy", "cures": []}}), False, "are left"),
        (_run(2), False, "all is well"),
        (CUT, False, "no report"),
        (replace(CUT, status=0), True, "is 0"),
    ],
    ids=["traceback", "traceback before its end", "secret", "failed and 0", "nothing tried and 0", "not in the report",
         "cured and 2", "no report", "cut and 0"],
)  # fmt: skip
def test_run_that_ends_badly_or_says_something_else_is_wrong(run: Run, was_cut: bool, words: str) -> None:
    (problem,) = conduct(run, ["mkt"], was_cut=was_cut)
    assert words in problem


class Instance:
    """A server whose cursor and workflow are these."""

    def __init__(self, value: str, state: int = 11) -> None:
        self._value, self._state = value, state

    def option_time(self, _host: str, _name: str) -> datetime:
        return datetime.fromisoformat(self._value)

    def workflow(self, _host: str, _name: str) -> dict[str, Any]:
        return {"state": self._state}


@pytest.mark.parametrize(
    ("run", "there", "calls", "wrong"),
    [
        (_run(0), Instance(LATER), _calls(_wrote(OLD, NEW)), False),
        (_run(0), Instance(NEW), _calls(_wrote(OLD, NEW)), True),
        (_run(0), Instance(OLD), [], True),
        (_run(0), Instance(LATER, state=20), _calls(_wrote(OLD, NEW)), True),
        (_run(2, "restored"), Instance(OLD), _calls(_wrote(OLD, NEW), _wrote(NEW, OLD)), False),
        (_run(2, "refused"), Instance(OLD), _calls(READ), False),
        (_run(2, "refused"), Instance(NEW), _calls(_wrote(OLD, NEW)), True),
        (_run(2, "refused"), Instance(OLD), _calls(STOP, START), False),
        (_run(2, ""), Instance(OLD), _calls(STOP), True),
    ],
    ids=["cured", "not moved on", "never written", "left stopped", "restored", "left alone", "denies its write",
         "started again", "denies its order"],
)  # fmt: skip
def test_report_must_be_true(run: Run, there: Any, calls: list[dict[str, Any]], wrong: bool) -> None:
    assert bool(truthful(there, "mkt", run, calls)) is wrong


ENDS = {
    "kill-playbook": {"status": -9},
    "kill-job": {"status": -9},
    "kill-worker": {"output": DEAD_WORKER},
    CANCEL: {"status": 254, "job": "canceled"},
    "term-playbook": {"status": -15},
    "term-group": {"status": 143},
    "hup-playbook": {"status": -1},
    "hup-group": {"status": -1},
    **{f"{name}-{whom}": {"status": 99, "output": INTERRUPTED} for name in ("int", "int2")
       for whom in ("playbook", "group")},
    **{f"{name}-worker": {"output": DEAD_WORKER} for name in ("term", "int", "int2", "hup")},
}  # fmt: skip


def test_every_kind_that_ends_a_run_has_its_sign() -> None:
    assert set(ENDS) | {"kill-simulator"} == {*ENDINGS, *TELLS}


@pytest.mark.parametrize("kind", ENDS)
def test_end_of_a_run_is_seen_only_in_its_sign(kind: str) -> None:
    assert was_ended(kind, replace(CUT, **ENDS[kind]))
    # A signal that never came leaves a run that goes on to its report, or fails for another reason.
    for other in (_run(0), _run(2), replace(CUT, status=0), CUT, replace(CUT, status=2)):
        assert not was_ended(kind, other)
    assert not was_ended(kind, replace(_run(0), **ENDS[kind]))
