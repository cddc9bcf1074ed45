# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The operations behind the modules ``sync_cursor_info`` (diagnosis and plan) and ``sync_cursor`` (the cure)."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from functools import partial

from .._client.mids import MIDS_OPTION
from .._client.session import router_url
from .._core.errors import (
    CampaignError,
    ConfigurationError,
    DeniedError,
    FaultError,
    MissingLibrary,
    TransportError,
    ValidationError,
)
from .._core.text import visible
from .._core.xtk import format_datetime
from .._cure.ask_mid import MidAsker
from .._cure.clocks import Clocks
from .._cure.cure import Cure
from .._cure.model import CureOptions, CureResult, Move
from .._cure.plan import Plan, is_written, make_plan
from .._cure.workflow_waiter import Pace
from .._diagnosis.attempts import ATTEMPT_OPTIONS, attempts_of
from .._diagnosis.catalogue import CATALOGUE, with_extra
from .._diagnosis.causes import KINDS, causes_of
from .._diagnosis.diagnose import Diagnosis, Thresholds, diagnose, from_error, host_verdict, next_to_move, worst
from .._diagnosis.outcomes import GOOD_OUTCOMES
from .._diagnosis.snapshot import read_facts
from .given_plans import PLANS_OPTION, given_plans
from .runner import PROGRESS_OPTION, Answer, Operation, Request
from .times import moment, seconds

if t.TYPE_CHECKING:
    from datetime import datetime

    from .._client.session import Session
    from .._diagnosis.mid_figures import MidFigures
    from .._diagnosis.snapshot import Facts

#: Thresholds of the diagnosis that a playbook may set, in the words of the table of verdicts. Durations such as ``6h``
#: or ``7d``.
DURATIONS = ("max_age", "remediate_after", "max_run", "engine_grace")

DIAGNOSIS_OPTIONS: dict[str, dict[str, t.Any]] = {
    "max_age": {"type": "str", "default": "6h"},
    "remediate_after": {"type": "str", "default": "7d"},
    "max_run": {"type": "str", "default": "2h"},
    "engine_grace": {"type": "str", "default": "15m"},
    "min_failed_runs": {"type": "int", "default": 1},
    "cursor_map": {"type": "dict", "default": {}},
    "causes": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "pattern": {"type": "str", "required": True},
            "class": {"type": "str", "choices": list(KINDS), "required": True},
            "remedy": {"type": "str"},
            "id": {"type": "str"},
        },
    },
    "start_stopped": {"type": "bool", "default": False},
    "small_gap": {"type": "int", "default": 500},
    "ask_mid": {"type": "str", "choices": ["auto", "never", "require"], "default": "auto"},
    "ask_mid_timeout": {"type": "float", "default": 30.0},
    "mids": MIDS_OPTION,
    "earlier": {"type": "list", "elements": "dict", "default": [], "options": ATTEMPT_OPTIONS},
}
EXTRA_OPTIONS: dict[str, dict[str, t.Any]] = {
    "extra_cursors": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "workflow": {"type": "str"},
            "label": {"type": "str"},
            "max_age": {"type": "str", "default": "1d"},
            "text": {"type": "bool", "default": False},
        },
    },
}
STRATEGY_OPTIONS: dict[str, dict[str, t.Any]] = {
    "strategy": {"type": "str", "choices": ["lookback", "now", "explicit"], "default": "lookback"},
    "lookback": {"type": "str", "default": "1d"},
    "value": {"type": "str"},
}


def thresholds_of(params: t.Mapping[str, t.Any]) -> Thresholds:
    """The thresholds of a request. Raises ValidationError."""
    times = {name: seconds(params[name], name) for name in DURATIONS}
    # The inventory asks no mid, and so has no gap.
    small_gap = params.get("small_gap", Thresholds.small_gap)
    return Thresholds(min_failed_runs=params["min_failed_runs"], small_gap=small_gap, **times)


def asker_of(request: Request) -> MidAsker:
    """Who asks the mids. Raises ValidationError."""
    return MidAsker(
        request.mids,
        request.params["ask_mid"],
        request.params["ask_mid_timeout"],
        clock=request.clock,
        sleep=request.sleep,
    )


def diagnose_cursors(request: Request, session: Session) -> Answer:
    """``sync_cursor_info``: one logon, at most four queries; verdicts, and the plan for each stuck cursor."""
    params = request.params
    thresholds = thresholds_of(params)
    strategy = _strategy(params)
    kinds = with_extra(params["extra_cursors"])
    causes = causes_of(params["causes"])
    attempts = attempts_of(params["earlier"])
    asker = asker_of(request)
    facts = read_facts(session, kinds)
    judged = partial(
        diagnose,
        facts,
        thresholds,
        kinds,
        params["cursor_map"],
        attempts,
        start_stopped=params["start_stopped"],
        causes=causes,
    )
    found = judged()
    figures = asker.figures(found, partial(_target, session, strategy, facts), facts.server_time)
    if figures:
        found = judged(figures=figures)
    plans, unplanned = _plans(session, found, strategy, facts)
    warnings = [f"{session.name}: no plan for {one['option']}: {one['reason']}" for one in unplanned]
    warnings += [f"{session.name}: {warning}" for warning in asker.warnings]
    result = _report(found)
    result["url"] = session.url
    result["plans"] = plans
    result["unplanned"] = unplanned
    result["server_time"] = format_datetime(facts.server_time)
    result["skew_seconds"] = round(facts.skew_seconds, 3)
    result["build"] = facts.build
    result["release"] = session.info.release
    result["accounts"] = [
        {"name": account.name, "label": account.label, "active": account.active, "server": account.server}
        for account in facts.accounts
    ]
    if warnings:
        result["warnings"] = warnings
    return Answer(False, result)


def glance(request: Request, session: Session) -> Answer:
    """What a sweep keeps of :func:`diagnose_cursors`: the same verdicts from the same queries, without plans, without
    siblings, and of the evidence the age alone. No mid is asked."""
    params = request.params
    kinds = with_extra(params["extra_cursors"])
    facts = read_facts(session, kinds)
    found = diagnose(
        facts,
        thresholds_of(params),
        kinds,
        params["cursor_map"],
        attempts_of(params["earlier"]),
        start_stopped=params["start_stopped"],
        causes=causes_of(params["causes"]),
        brief=True,
    )
    own = [diagnosis for diagnosis in found if not diagnosis.sibling]
    verdict = host_verdict(own)
    decisive = next(diagnosis for diagnosis in own if diagnosis.verdict is verdict)
    return Answer(
        False,
        {
            "verdict": verdict.value,
            "reason": decisive.reason,
            "proposal": decisive.proposal,
            "cursors": [_glimpse(diagnosis) for diagnosis in own],
            "server_time": format_datetime(facts.server_time),
            "skew_seconds": round(facts.skew_seconds, 3),
            "build": facts.build,
            "release": session.info.release,
            "accounts": [{"active": account.active, "server": account.server} for account in facts.accounts],
        },
    )


def _glimpse(diagnosis: Diagnosis) -> dict[str, t.Any]:
    return {
        "option": diagnosis.option,
        "account": diagnosis.account,
        "workflow": diagnosis.workflow,
        "verdict": diagnosis.verdict.value,
        "reason": diagnosis.reason,
        "value": None if diagnosis.value is None else format_datetime(diagnosis.value),
        "evidence": diagnosis.evidence,
    }


#: What says something of one instance, and nothing of the task.
_FINDINGS = (ConfigurationError, MissingLibrary, TransportError, DeniedError, FaultError)


def unanswered(error: CampaignError, request: Request) -> Answer | None:
    """An instance that cannot be asked, does not answer, or refuses, is a finding of a sweep and not the end of it."""
    if not isinstance(error, _FINDINGS):
        return None
    result = _report((from_error(error),))
    result.update(plans=[], unplanned=[], accounts=[], server_time="", skew_seconds=None, build="", release="")
    result["url"] = _address(request.params.get("url"))
    result["error"] = error.to_result()["error"]
    return Answer(False, result)


def _address(url: t.Any) -> str:
    """The address that was asked, as a session has it; '' where there is none, or one that was refused."""
    try:
        return router_url(str(url or ""))
    except CampaignError:
        return ""


def cure_cursor(request: Request, session: Session) -> Answer:
    """``sync_cursor``: carry out the plans of one workflow."""
    params = request.params
    asker = asker_of(request)
    cure = Cure(
        session,
        given_plans(params, session.name),
        thresholds=thresholds_of(params),
        kinds=CATALOGUE,
        cursor_map=params["cursor_map"],
        options=CureOptions(
            verify_timeout=params["verify_timeout"],
            order_timeout=params["order_timeout"],
            force=params["force"],
            on_failure=params["on_failure"],
            confirm=params["confirm"],
            mark=params["mark"],
            run_id=params["run_id"] or "",
            start_stopped=params["start_stopped"],
            check_mode=request.check_mode,
        ),
        pace=Pace(params["poll_interval"], clock=request.clock, sleep=request.sleep, progress=request.progress),
        attempts=attempts_of(params["earlier"]),
        causes=causes_of(params["causes"]),
        asker=asker,
    )
    result = cure.run()
    failed = None if result.outcome in GOOD_OUTCOMES else f"{session.name}: {result.outcome}. {result.reason}"
    told = result.to_dict()
    if asker.warnings:
        told["warnings"] = [f"{session.name}: {warning}" for warning in asker.warnings]
    return Answer(result.changed, told, _diff(result), failed=failed)


def _strategy(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What a plan is made with. Raises ValidationError: what cannot be right on any instance is no warning."""
    explicit = params.get("value")
    return {
        "strategy": params["strategy"],
        "lookback_seconds": int(seconds(params["lookback"], "lookback")),
        "explicit_value": None if explicit is None else moment(explicit, "value"),
    }


def _plans(
    session: Session, found: t.Sequence[Diagnosis], strategy: t.Mapping[str, t.Any], facts: Facts
) -> tuple[list[dict[str, t.Any]], list[dict[str, str]]]:
    """A plan for each stuck cursor, as it is shown, and why there is none where the strategy does not fit: the others
    do not suffer."""
    plans, unplanned = [], []
    for diagnosis in _in_turn(found):
        try:
            clocks = Clocks.of(facts, diagnosis.mid)
            plans.append(_shown(make_plan(session.name, diagnosis, clocks=clocks, **strategy), diagnosis, clocks))
        except ValidationError as error:
            unplanned.append({"option": diagnosis.option, "reason": f"{error.message} {error.next_step}".strip()})
    return plans, unplanned


def _target(
    session: Session, strategy: t.Mapping[str, t.Any], facts: Facts, diagnosis: Diagnosis, mid: MidFigures
) -> datetime | None:
    """Where a cursor would be moved now; None where the strategy does not fit it."""
    clocks = Clocks.of(facts, mid)
    try:
        return make_plan(session.name, diagnosis, clocks=clocks, **strategy).target(clocks)
    except ValidationError:
        return None


def _shown(plan: Plan, diagnosis: Diagnosis, clocks: Clocks) -> dict[str, t.Any]:
    """A plan with what it would come to now. Neither the new value nor the mid's figures are bound by its digest.

    What an earlier attempt has written stays, so nothing is calculated again: the strategy may be another by now.
    """
    written = is_written(diagnosis.resume_point, plan)
    new_value = diagnosis.value_text if written else format_datetime(plan.target(clocks))
    shown, figures = {**plan.to_dict(), "digest": plan.digest, "new_value": new_value}, diagnosis.mid
    return shown if figures is None or figures.state != "answered" else {**shown, "mid": figures.to_dict()}


def _in_turn(found: t.Sequence[Diagnosis]) -> list[Diagnosis]:
    """What is to be moved, in the order in which the cure takes it: of one workflow one after the other."""
    waiting = [diagnosis for diagnosis in found if diagnosis.cures]
    turns: list[Diagnosis] = []
    while waiting:
        first = next_to_move(one for one in waiting if one.workflow == waiting[0].workflow) or waiting[0]
        waiting.remove(first)
        turns.append(first)
    return turns


def _report(found: t.Sequence[Diagnosis]) -> dict[str, t.Any]:
    """The verdict of the instance, and beside it what was found of each cursor and of each sibling."""
    verdict = host_verdict(found)
    own = [diagnosis for diagnosis in found if not diagnosis.sibling]
    siblings = [diagnosis for diagnosis in found if diagnosis.sibling]
    decisive = next(diagnosis for diagnosis in own if diagnosis.verdict is verdict)
    return {
        "verdict": verdict.value,
        "reason": decisive.reason,
        "proposal": decisive.proposal,
        "cursors": [diagnosis.to_dict() for diagnosis in own],
        "siblings_verdict": worst(siblings).value,
        "siblings": [diagnosis.to_dict() for diagnosis in siblings],
    }


def _diff(result: CureResult) -> dict[str, t.Any]:
    """Each cursor as it was and as it is, or would be."""
    names = ", ".join(move.option for move in result.moves)
    return {
        "before": "".join(f"{visible(move.option)} = {visible(_before(move))}\n" for move in result.moves),
        "after": "".join(f"{visible(move.option)} = {visible(_after(move))}\n" for move in result.moves),
        "before_header": names,
        "after_header": names,
    }


def _before(move: Move) -> str:
    return move.diagnosis.value_text if move.diagnosis else move.plan.old_value.text


def _after(move: Move) -> str:
    if move.outcome == "planned" and not move.resumed:
        return str(move.target or "")
    return _before(move) if move.after is None else move.after.text


SYNC_CURSOR_INFO = Operation(
    name="sync_cursor_info",
    options={**DIAGNOSIS_OPTIONS, **EXTRA_OPTIONS, **STRATEGY_OPTIONS},
    run=diagnose_cursors,
    on_error=unanswered,
    constraints={"required_if": [("strategy", "explicit", ["value"])]},
)

#: What a sweep runs in its place: for choosing hosts, and never for a plan.
GLANCE = replace(SYNC_CURSOR_INFO, run=glance)

SYNC_CURSOR = Operation(
    name="sync_cursor",
    options={
        "cursor": {"type": "str"},
        "expected_value": {"type": "str"},
        "account": {"type": "str"},
        "cursors": {
            "type": "list",
            "elements": "dict",
            "options": {
                "cursor": {"type": "str", "required": True},
                "expected_value": {"type": "str", "required": True},
                "account": {"type": "str"},
            },
        },
        "plans": PLANS_OPTION,
        "workflow": {"type": "str", "default": "defaultMidSourcingDlv"},
        **STRATEGY_OPTIONS,
        **DIAGNOSIS_OPTIONS,
        "on_failure": {"type": "str", "choices": ["restore", "keep"], "default": "restore"},
        "confirm": {"type": "bool", "default": False},
        "mark": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
        "verify_timeout": {"type": "float"},
        "order_timeout": {"type": "float", "default": 300.0},
        "poll_interval": {"type": "float", "default": 15.0},
        **PROGRESS_OPTION,
        "evidence_dir": {"type": "path"},
        "run_id": {"type": "str"},
    },
    run=cure_cursor,
    constraints={
        "required_one_of": [("cursor", "cursors", "plans")],
        "mutually_exclusive": [
            ("cursor", "cursors", "plans"),
            ("expected_value", "cursors", "plans"),
            ("account", "cursors", "plans"),
            ("value", "plans"),
        ],
        "required_together": [("cursor", "expected_value")],
        "required_if": [("strategy", "explicit", ["value"]), ("mark", True, ["run_id"])],
        "required_by": {"evidence_dir": ("run_id",)},
    },
    traced=True,
)
