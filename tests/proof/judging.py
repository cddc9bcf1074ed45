# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a disturbed task: it is judged by the simulator's ledger and state, and by what it says itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.helpers.cure_world import CURSOR, WORKFLOW
from tests.proof.catalogue import OTHER
from tests.proof.cells import BY_OTHERS, CHANGE, FAULTS, Cell, changes, only_ends_sessions, rule_for
from tests.proof.jobs import STOPPED, STOPPING, Data, Job, Place, Standing, Undisturbed

#: Calls after whose fault a client cannot know its session, or cannot close it; and a fault that says it is closed.
_SESSION, _CLOSED = ("Logon", "Logoff"), "expired"
#: What is final: what Campaign itself says, be it a refusal or a text that XML forbids; and an answer that is too long.
_FINAL = frozenset({"fault", "refused", "address", "deadlock", "forbidden", "flood"})
#: Pages that refuse a logon: too many of those lock an operator out.
_REFUSED_LOGON = frozenset({401, 403})
_EXECUTED = ("ok", "lost")
_STANDS_STILL = (0, STOPPING, STOPPED)


@dataclass(frozen=True)
class Trial:
    """One disturbed task.

    :param ledger: the calls that its instance got.
    :param before: what stood in the instance before it, and ``after`` it.
    """

    cell: Cell
    job: Job
    place: Place
    known: Undisturbed
    result: Data
    outcome: str
    ledger: Sequence[Data]
    before: Standing
    after: Standing

    @property
    def failed(self) -> bool:
        """Whether the task has failed; an instance that was not reached is a finding, and no failure."""
        return bool(self.result.get("failed"))

    @property
    def text(self) -> str:
        """All that it says."""
        return json.dumps(self.result, default=str)

    @property
    def written(self) -> list[tuple[int, str]]:
        """The writes that were executed: the number of the call from 0, and the option or the workflow."""
        return [
            (number, subject_of(call))
            for number, call in enumerate(self.ledger)
            if call["class"] == "write" and call["outcome"] in _EXECUTED
        ]

    @property
    def is_struck_writing(self) -> bool:
        """Whether a write is among the calls that the fault has struck: then the answer about it was disturbed."""
        first = self.cell.call - 1
        return any(call["class"] == "write" for call in self.ledger[first : first + self.cell.times])

    @property
    def touched(self) -> tuple[str, ...]:
        """The option, or the workflow, that somebody else has changed."""
        change = rule_for(self.cell.fault, self.job).get(CHANGE, {})
        return tuple(name for key in BY_OTHERS for name in change.get(key, {}))


def subject_of(call: Data) -> str:
    """The option or the workflow that a call is about."""
    words = str(call["object"]).split()
    return words[1] if words[0].startswith("xtk:") else words[0]


def problems(trial: Trial, left_open: int) -> list[str]:
    """All that is wrong. ``left_open``: how many sessions more are open than before."""
    found = _unclear(trial) + _written_twice(trial) + _claimed(trial) + _overwritten(trial)
    if left_open > trial.known.left and not _may_leave(trial):
        found.append(f"{left_open - trial.known.left} sessions are left open")
    if trial.outcome == "right":
        found += _wrong(trial)
    if trial.outcome == "changed":
        found += _disrespected(trial)
    if trial.outcome == "failed" and trial.cell.times == 1:
        found += _given_up(trial) + _left(trial)
    return found


def _may_leave(trial: Trial) -> bool:
    """Whether a session may stay open because of the fault alone."""
    call, kind = trial.known.calls[trial.cell.call - 1], FAULTS[trial.cell.fault]["kind"]
    return trial.cell.times > 1 or call.endswith(_SESSION) or kind == _CLOSED


def _unclear(trial: Trial) -> list[str]:
    """A failure is told in a sentence, and is no defect of ours."""
    error, said = trial.result.get("error") or {}, str(trial.result.get("msg") or "")
    found = [f"a defect: {said}"] if error.get("kind") == "defect" else []
    found += ["a traceback"] if "Traceback" in trial.text else []
    return found + (["no message"] if trial.failed and not said.strip() else [])


def _written_twice(trial: Trial) -> list[str]:
    """No write is executed twice: the same request, without another write between the two, such as the way back."""
    found, before = [], ""
    for call, sent in zip(trial.ledger, trial.place.sent, strict=True):
        if call["class"] == "write" and call["outcome"] in _EXECUTED:
            found += [f"{call['call']} of '{call['object']}' was executed twice"] if sent.body == before else []
            before = sent.body
    return found


def _claimed(trial: Trial) -> list[str]:
    """``changed`` is what was written. Only a failure whose write was struck may say that it does not know."""
    claims, written = bool(trial.result.get("changed")), bool(trial.written)
    if claims == written or (trial.failed and trial.is_struck_writing and _is_open(trial.result)):
        return []
    return [f"it has {'' if written else 'not '}written, and says changed={claims}: {_said(trial)}"]


def _said(trial: Trial) -> str:
    return str(trial.result.get("msg") or trial.result.get("reason"))


def _is_open(result: Data) -> bool:
    """Whether a failure says that it does not know what became of a write."""
    text = f"{result.get('msg')} {result.get('reason')}".lower()
    return any(words in text for words in ("may have", "not known", "unknown", "nobody knows", "cannot be told"))


# -- successes ---------------------------------------------------------------------------------------------------------


def _wrong(trial: Trial) -> list[str]:
    """What a success has left undone, or has answered wrongly. A character that XML forbids is shown as one that says
    so, beside a warning."""
    answer = trial.job.answer(trial.result)
    shown = json.loads(json.dumps(answer).replace("\\ufffd", "")) if trial.result.get("warnings") else answer
    found = [] if shown == trial.known.answer else [f"it answered {answer!r} and not {trial.known.answer!r}"]
    return found + trial.job.done(trial.place)


def _disrespected(trial: Trial) -> list[str]:
    """A success where somebody else has changed the instance: the task is done, or the other's change stands there.
    What comes of a clock that is wrong, or of an engine that is down, is the instance's own."""
    if not trial.touched or any(_is_theirs(trial, name, trial.after) for name in trial.touched):
        return []
    return [f"a success, and neither is it done nor stands theirs: {one}" for one in trial.job.done(trial.place)]


def _is_theirs(trial: Trial, name: str, standing: Standing) -> bool:
    """Whether an option has the value that somebody else has given it, or a workflow the state."""
    change = rule_for(trial.cell.fault, trial.job)[CHANGE]
    if name in change.get("options", {}):
        wanted = change["options"][name]
        return _moment(standing.get(name)) == _moment(wanted["value"] if isinstance(wanted, dict) else wanted)
    return (standing[name] in _STANDS_STILL) == (change["orders"][name] == "Stop")


def _moment(value: Any) -> Any:
    """A time as one, however it is written; everything else as it is."""
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value


def _overwritten(trial: Trial) -> list[str]:
    """What was written over somebody's change that stood there when the write was sent.

    A task that is asked for a value or a state, whatever the present one is, may do so; it names the value that it
    replaces. A value is not written either into a workflow that somebody has started after our stop.
    """
    found = []
    for number, subject in trial.written:
        if number < trial.cell.call or not trial.touched:
            continue
        stood, call = trial.place.sent[number].stood, str(trial.ledger[number]["call"])
        for name in trial.touched:
            if _is_last_look_at_another(trial, name, number):
                continue
            if _took_effect(trial, name) and _is_theirs(trial, name, stood) and _goes_over(trial, name, subject, call):
                found.append(f"{call} of '{subject}' goes over what somebody else has made of '{name}'")
    return found


def _is_last_look_at_another(trial: Trial, name: str, number: int) -> bool:
    """Whether it was changed at the last look before a write, and that look was at something else: a write that depends
    on an option and on a workflow follows on two looks, and one of them is the first."""
    looked = str(trial.ledger[number - 1]["object"])
    return trial.cell.call == number and looked.startswith("xtk:option ") and name in (WORKFLOW, OTHER)


def _goes_over(trial: Trial, theirs: str, subject: str, call: str) -> bool:
    order = changes(trial.cell.fault).get("orders", {}).get(theirs)
    if order is None:
        given = trial.job.theirs[1]
        value = given["value"] if isinstance(given, dict) else given
        return subject == theirs and not (trial.job.declares and json.dumps(value) in trial.text)
    if order == "Stop":
        return call.endswith("#Start") and not trial.job.declares
    return subject == CURSOR


def _took_effect(trial: Trial, name: str) -> bool:
    """Whether an order of somebody's was not one of ours already, by the last of ours until then; at the very call of
    the same order of ours nobody can tell them apart."""
    order = changes(trial.cell.fault).get("orders", {}).get(name)
    if order is None:
        return True
    ours = [
        str(call["call"]).rpartition("#")[2] if call["class"] == "write" and subject_of(call) == name else ""
        for call in trial.ledger[: trial.cell.call]
    ]
    given = [one for one in ours[:-1] if one]
    stood_still = given[-1] == "Stop" if given else trial.before[name] in _STANDS_STILL
    return ours[-1] != order and stood_still is (order == "Start")


# -- failures ----------------------------------------------------------------------------------------------------------


def _given_up(trial: Trial) -> list[str]:
    """One disturbance of a call that may be repeated is no reason to fail."""
    return [f"it gave up after one fault: {_said(trial)}"] if _may_be_repeated(trial) else []


def _may_be_repeated(trial: Trial) -> bool:
    """As the guide has it: a read or a logon without an answer of Campaign, and every call of a session that ended."""
    rule, call = FAULTS[trial.cell.fault], trial.known.calls[trial.cell.call - 1]
    if call.endswith("Logoff"):
        return True
    if call.endswith("Logon") and (rule["kind"] == _CLOSED or rule.get("status") in _REFUSED_LOGON):
        return False
    if rule["kind"] == _CLOSED or only_ends_sessions(trial.cell.fault):
        return True
    return trial.known.kinds[trial.cell.call - 1] != "write" and rule["kind"] not in (*_FINAL, CHANGE)


def _left(trial: Trial) -> list[str]:
    """What a failure leaves neither as it was found nor as it was asked to is told: a value, and that a workflow does
    not run."""
    found = []
    for name in {subject for _number, subject in trial.written}.difference(trial.touched):
        left, asked = _left_by_us(trial, name), trial.known.after.get(name)
        # Where a stop was asked for, one that is on its way was asked for too.
        fine = (trial.before.get(name), asked, *((STOPPING,) if asked == STOPPED else ()))
        if left not in fine and not _is_told(trial, name, left):
            found.append(f"'{name}' is left at {left!r}, and it says: {_said(trial)}")
    return found


def _left_by_us(trial: Trial, name: str) -> Any:
    """The present value; of a cursor that its workflow has moved since, what we had left: it stood there when our
    last order was sent."""
    number, subject = trial.written[-1]
    return trial.after.get(name) if subject == name else trial.place.sent[number].stood.get(name, trial.after.get(name))


def _is_told(trial: Trial, name: str, now: Any) -> bool:
    if name in (WORKFLOW, OTHER):
        return now not in _STANDS_STILL or any(
            word in _said(trial) for word in ("stopped", "ordered to stop", f"({now})")
        )
    moment = _moment(now)
    formats = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
    words = [moment.strftime(one) for one in formats] if isinstance(moment, datetime) else [str(now)]
    return name in trial.text and any(word in trial.text for word in words)
