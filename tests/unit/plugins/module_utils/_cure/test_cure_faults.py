# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever happens at any call of a cure: nothing is lost, nothing is sent twice, nothing stays stopped in silence.

The calls of an undisturbed cure are counted first. Then the cure is repeated for each of them, on a fresh instance,
with one fault at exactly that call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import CampaignError
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureResult
from simulator.testing import ControlError
from tests.helpers.cure_world import CURSOR, OLD, OLD_TIME, PASSWORD, WORKFLOW, World, marketing, world

READ = "ExecuteQuery"
#: Those that can be lost on the way back as well as on the way there.
CHANGES = ("Logon", "Write", "Stop", "Start", "Wakeup", "Logoff")
ORDERS = ("Stop", "Start", "Wakeup")

#: The fault, once: the simulator's kind of fault and its parameters.
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "reset": {},
    "lose_answer": {},
    "status": {"status": 503},
    "fault": {"text": "SOP-330011 Error while executing the method."},
    "expired": {},
    "truncate": {"size": 60},
    # What is no SOAP: in place of the call, or of its answer.
    "html": {},
    "html, executed": {"executed": True},
    "redirect": {},
    "redirect, executed": {"executed": True},
    "redirect, elsewhere": {"location": "https://elsewhere.example/maintenance"},
    "empty": {},
    "plain, executed": {"executed": True},
    "json": {},
    "other_method, executed": {"executed": True},
    "garble": {"size": 200},
    "entities": {},
    "broken_chunks": {"size": 60},
    "broken_gzip": {},
    "status, page that refuses": {"status": 403},
    "status, page that refuses, executed": {"status": 403, "executed": True},
    "status, not found": {"status": 404},
    "status, too many": {"status": 429, "retry_after": "2"},
    "status, error, executed": {"status": 500, "executed": True},
}
#: The server has executed the request, and only the answer is changed.
EXECUTED = frozenset(
    ("lose_answer", "truncate", "garble", "entities", "broken_chunks", "broken_gzip")
    + tuple(name for name in FAULTS if name.endswith("executed"))
)
#: Answers of Campaign itself are final, or visible in a state of their own; all else is no answer at all.
ANSWERS = ("fault", "expired")
#: The most additional calls of a cure after one lost answer: looks at the workflow for some seconds, and the order
#: again.
MOST_MORE = 8
READ_LIKE_RESET = ("lose_answer", "status")
APPROACHES = ("stop", "ignore")


@pytest.fixture(scope="module")
def undisturbed() -> Mapping[str, Sequence[str]]:
    """The methods that a cure calls when nothing goes wrong: of a failed workflow, and of one that ignores errors."""
    calls = {}
    for on_error in APPROACHES:
        with world({"mkt": marketing(on_error=on_error)}) as there:
            assert there.cure("mkt").outcome == "cured"
            calls[on_error] = [name.partition("#")[2] for name in there.calls("mkt")]
    return calls


@dataclass
class Case:
    """One cure with its fault: ``number`` counts the calls from 1."""

    there: World
    instance: str
    kind: str
    method: str
    number: int
    result: CureResult | None = None
    error: CampaignError | None = None

    def run(self, **options: Any) -> Case:
        try:
            self.result = self.there.cure(self.instance, **options)
        except CampaignError as error:  # any other error is a defect, and fails the test
            self.error = error
        return self

    @property
    def outcome(self) -> str:
        return self.result.outcome if self.result else type(self.error).__name__

    @property
    def reason(self) -> str:
        return self.result.reason if self.result else str(self.error)

    def executed(self, *methods: str) -> list[str]:
        """Calls that the server carried out, whether or not its answer arrived."""
        calls = self.there.sim.ledger(self.instance)
        return [name for name in (call["call"].partition("#")[2] for call in calls if call["outcome"] in ("ok", "lost"))
                if name in methods]  # fmt: skip

    def sent(self) -> list[str]:
        """Calls that were sent, without those that the server refused because of the session: they are sent again."""
        calls = self.there.sim.ledger(self.instance)
        again = ("expired",) if self.kind == "expired" else ()
        return [call["call"].partition("#")[2] for call in calls if not (again and call["outcome"] == "injected")]


def problems_of(case: Case) -> Iterator[str]:
    """Conditions that hold whatever happened."""
    cursor, row = case.there.cursor(case.instance), case.there.row(case.instance)
    if case.result is None and case.executed("Write", *ORDERS):
        yield "an error hides what was done"
    if cursor != OLD_TIME and (case.result is None or case.result.to_dict()["old_value"] != OLD):
        yield "the old value is lost"
    if case.outcome in ("refused", "unchanged") and case.executed("Write"):
        yield "refused, and written"
    if case.outcome == "restored" and cursor != OLD_TIME:
        yield f"restored, and the cursor is {cursor}"
    if case.outcome == "cured" and not (case.result and case.result.written and case.result.after):
        yield "cured without values"
    for before, after in pairwise(case.sent()):
        if before == after and before != READ and before != "Logon":
            yield f"{before} twice without a look in between"
    for before, after in pairwise(case.executed("Stop", "Start")):
        if before == after == "Stop":
            yield "a second stop while stopping"
    if row["state"] != 11 and not row["failed"]:
        said = "start it if it is stopped" in case.reason or "See that it is started" in case.reason
        if case.outcome not in ("pending", "kept") or not said:
            yield f"left in state {row['state']}, and nobody is told what to do"
    if PASSWORD in case.reason or "___" in case.reason:
        yield "a secret is shown"
    if not case.reason.endswith((".", '".')):
        yield "no sentence"


def open_session_problems(case: Case) -> Iterator[str]:
    """A session is left open only when the server was not reached, or when nobody learned that it was opened."""
    executed = case.kind in EXECUTED
    allowed = (case.method == "Logoff" and not executed) + (case.method == "Logon" and executed)
    # The simulator only says that the session has expired: it stays.
    allowed += case.kind == "expired" and case.method not in ("Logon", "Logoff")
    if len(case.there.sim.sessions(case.instance)) > allowed:
        yield "a session is left open"


def expected(case: Case, on_error: str) -> str | None:
    """How the cure must end with one fault; None where several ends are right."""
    if case.method == "Logon" and case.kind.startswith("status, page that refuses"):
        return "HttpStatusError"  # a logon that is refused is not repeated
    if case.method == "Logoff" or (case.method != READ and case.kind in EXECUTED):
        return "cured"
    if case.kind != "fault":
        if case.method == "Logon" and case.kind == "expired":
            return "SessionExpired"
        # Not known to have arrived, and not sent again.
        return "pending" if case.method == "Write" and case.kind not in ANSWERS else "cured"
    refused = {"Write": "refused", "Stop": {"stop": "restored", "ignore": "refused"}[on_error]}
    ends = {"Logon": "FaultError", "Start": "restored", "Wakeup": "cured", **refused}
    return ends.get(case.method)


def report(case: Case, problems: Iterator[str]) -> list[str]:
    where = f"{case.kind} at call {case.number} ({case.method}): {case.outcome}"
    return [f"{where}: {problem}. {case.reason} {case.there.calls(case.instance, 'write')}" for problem in problems]


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("on_error", APPROACHES)
def test_one_fault_at_any_call(on_error: str, kind: str, undisturbed: Mapping[str, Sequence[str]]) -> None:
    calls = undisturbed[on_error]
    # Of a read, a lost answer and a gateway's page are to the client what a reset is: it asks again.
    points = [(number, name) for number, name in enumerate(calls, 1) if name in CHANGES or kind not in READ_LIKE_RESET]
    found: list[str] = []
    with world({f"m{number}": marketing(on_error=on_error) for number, _name in points}) as there:
        for number, name in points:
            case = Case(there, f"m{number}", kind, name, number)
            rule = there.sim.fault(kind.partition(",")[0], instance=case.instance, nth=number, count=1, **FAULTS[kind])
            case.run()
            there.sim.clear_faults(rule)
            problems = [*problems_of(case), *open_session_problems(case)]
            more = len(there.calls(case.instance)) - len(calls)
            if case.outcome == "cured" and more > MOST_MORE:
                problems.append(f"{more} calls more than undisturbed")
            right = expected(case, on_error)
            if right not in (None, case.outcome):
                problems.append(f"should have ended as {right}")
            found += report(case, iter(problems))
    assert found == []


# -- faults that last for some seconds ---------------------------------------------------------------------------------

#: Seconds for which a maintenance page replaces the server: less than the repetitions of a read last, with an even
#: draw, before anything was changed; and the duration of a web server's restart, from then on.
SHORT, LONG = 5.0, 15.0


def _clearing(there: Any, rule: int, seconds: float) -> Callable[[], None]:
    """Ends a fault this many seconds of the cure's own time after its first effect."""
    met: list[float] = []

    def meanwhile() -> None:
        if not met:
            met.append(there.passed)
        if there.passed - met[0] >= seconds:
            there.sim.clear_faults(rule)

    return meanwhile


@pytest.mark.parametrize("kind", ["html", "reset"])
@pytest.mark.parametrize("on_error", APPROACHES)
def test_page_that_stands_there_for_a_while_from_any_call_on(
    on_error: str, kind: str, undisturbed: Mapping[str, Sequence[str]]
) -> None:
    calls = undisturbed[on_error]
    changed = next(number for number, name in enumerate(calls, 1) if name in ("Write", *ORDERS))
    found: list[str] = []
    # If no server answers before anything was changed, the wait is short.
    points = [(number, name) for number, name in enumerate(calls, 1) if kind != "reset" or number > changed]
    with world({f"m{number}": marketing(on_error=on_error) for number, _name in points}) as there:
        for number, name in points:
            case = Case(there, f"m{number}", kind, name, number)
            rule = there.sim.fault(kind, instance=case.instance, nth=number)
            there.meanwhile = _clearing(there, rule, LONG if number > changed else SHORT)
            case.run()
            there.meanwhile = lambda: None
            there.sim.clear_faults()
            problems = [*problems_of(case)]
            if case.outcome != ("pending" if name == "Write" else "cured"):
                problems.append("a page of some seconds has ended the cure")
            found += report(case, iter(problems))
    assert found == []


# -- faults that begin at a call and stay ------------------------------------------------------------------------------


def _order(order: str) -> Callable[[World, str], None]:
    def act(there: World, instance: str) -> None:
        try:
            there.sim.order(instance, WORKFLOW, order)
        except ControlError as refused:  # somebody else gets a fault, as we would
            assert "order" in str(refused)

    return act


#: Another person's change, or a breakdown, right before a call.
TROUBLES: Mapping[str, Callable[[World, str], None]] = {
    "no answer any more": lambda there, name: there.sim.fault("reset", instance=name) and None,
    "every call fails": lambda there, name: there.sim.fault("fault", instance=name, text="SOP-330011") and None,
    "engine down": lambda there, name: there.sim.change(name, wfserver="down"),
    "sessions gone": lambda there, name: there.sim.change(name, expire_sessions=True),
    "cursor moved": lambda there, name: there.sim.set_option(name, CURSOR, "2026-11-20T00:00:00Z"),
    "cursor deleted": lambda there, name: there.sim.set_option(name, CURSOR, {"delete": True}),
    **{order: _order(order) for order in ("Stop", "Start", "Pause", "Kill", "Wakeup")},
}
#: After these the row of the workflow is somebody else's doing.
THEIRS = ("Stop", "Pause", "Kill")


def turning_points(calls: Sequence[str]) -> list[int]:
    """The first calls of all, and each that changes something with the one that follows."""
    found = {1, 2, 6}
    for number, name in enumerate(calls, 1):
        if name in CHANGES:
            found |= {number, min(number + 1, len(calls))}
    return sorted(found)


def trouble_problems(case: Case) -> Iterator[str]:
    if case.kind == "cursor deleted":
        # There is no cursor to look at; what remains is that the result tells the old value.
        if case.result is not None and case.result.to_dict()["old_value"] != OLD:
            yield "the old value is lost"
        return
    for problem in problems_of(case):
        theirs = case.kind in THEIRS and problem.startswith("left in state")
        if not theirs and not (case.kind == "cursor moved" and problem == "the old value is lost"):
            yield problem


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("on_error", APPROACHES)
def test_trouble_that_begins_at_a_turning_point(
    on_error: str, trouble: str, undisturbed: Mapping[str, Sequence[str]]
) -> None:
    calls = undisturbed[on_error]
    points = turning_points(calls)
    found: list[str] = []
    with world({f"m{number}": marketing(on_error=on_error) for number in points}) as there:
        for number in points:
            case = Case(there, f"m{number}", trouble, calls[number - 1], number)
            count = iter(range(1, 10_000))

            def before(_method: str, case: Case = case, count: Iterator[int] = count) -> None:
                if next(count) == case.number:
                    TROUBLES[trouble](there, case.instance)

            there.before = before
            case.run(order_timeout=30, verify_timeout=60)
            there.sim.clear_faults()
            found += report(case, trouble_problems(case))
    assert found == []
