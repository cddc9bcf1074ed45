# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The table of verdicts (docs/architecture.md, Diagnosis) as data: when each row applies, what it says, and what it
proposes. Pure.

The table is read from the top, so a rule may rely on what the rules above it have ruled out. If facts contradict each
other, or a state has no explanation, the rule that leads to a write does not apply.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from .._core.errors import shorten
from .._core.xtk import XtkType, format_datetime, format_duration
from .._resources.workflow_states import WorkflowState
from .journal import FailedRun
from .model import CursorFacts, Sentence, Thresholds, Verdict, VerdictRule

#: At most this many characters of a journal line or of a value are shown.
SHOWN_TEXT = 500


# -- when a rule applies -----------------------------------------------------------------------------------------------


def _nothing_to_synchronise(f: CursorFacts, _th: Thresholds) -> bool:
    if f.option is not None:
        return False
    if f.workflow is None:
        return True
    if f.account is not None:
        return not f.account.server.strip()
    # A workflow in error without visible errors is no reason for silence: the rows may be hidden.
    return f.kind.per_account and not f.failed


def _unmatched(f: CursorFacts, _th: Thresholds) -> bool:
    return f.option is not None and f.kind.per_account and (f.account is None or bool(f.mismatch))


def _inactive(f: CursorFacts, _th: Thresholds) -> bool:
    return f.account is not None and not f.account.active


def _ahead(f: CursorFacts, th: Thresholds) -> bool:
    return -f.age > th.future_tolerance


def _engine_down(f: CursorFacts, th: Thresholds) -> bool:
    return (f.transitional or f.overdue) and f.idle > th.engine_grace


def _stands_still(f: CursorFacts) -> bool:
    """Whether somebody other than us has stopped or paused the workflow, or nobody ever started it."""
    if f.stopped_by_us:
        return False
    return f.state in (WorkflowState.STOPPED, WorkflowState.EDITION) or (
        f.state == WorkflowState.PAUSED and not f.failed
    )


def _held(f: CursorFacts, th: Thresholds) -> bool:
    if not _stands_still(f):
        return False
    # Only the incident itself is treated on request, and only where nothing runs any more.
    treated = f.start_stopped and not f.executing and not _failing_other(f, th) and _stuck(f, th)
    return not treated


def _running(f: CursorFacts, th: Thresholds) -> bool:
    # The engine is carrying out an order (rule 6 has taken those that it is not): its result is not there yet.
    if f.transitional:
        return True
    if not f.executing:
        return False
    # A process beside a state that has none is a contradiction: wait until one of them changes.
    if f.state != WorkflowState.STARTED:
        return f.idle < th.max_run
    # A run of unknown age counts as young. That never hides a stuck cursor: those have failed before.
    young = f.run_started is None or (f.server_time - f.run_started).total_seconds() < th.max_run
    return young and not f.earlier_failing_runs(th)


def _failing_other(f: CursorFacts, th: Thresholds) -> bool:
    if f.mid is not None and f.mid.cause:
        return True
    runs = f.failing_runs(th)
    return bool(runs) and runs[0].rules_out and f.keeps_failing(th)


def _stuck(f: CursorFacts, th: Thresholds) -> bool:
    understood = (
        f.state in (WorkflowState.STARTED, WorkflowState.PAUSED)
        or f.stopped_by_us
        or (f.start_stopped and _stands_still(f))
    )
    if not understood:
        return False
    # A value that an earlier attempt wrote proves nothing until the workflow moves it: the incident is not over.
    failed_on_it = f.age > th.remediate_after and f.slow_runs(th) >= th.min_failed_runs
    return (f.unfinished and not _goes_on(f, th)) or (failed_on_it and not _start_first(f, th))


def _goes_on(f: CursorFacts, th: Thresholds) -> bool:
    """Whether a workflow whose cursor an earlier attempt can have written, or a run, goes on without anybody's doing:
    a healthy cursor stands near enough to the time for both."""
    sure = f.resume_point is None or f.resume_point.certain
    well = f.state == WorkflowState.STARTED and not f.keeps_failing(th)
    return not sure and well and f.age <= th.max_age


def _start_first(f: CursorFacts, th: Thresholds) -> bool:
    """Whether the mid's figures forbid a move: a run from the cursor's value could succeed, or nobody knows."""
    return f.mid is not None and (f.mid.is_missing or f.mid.is_small(th.small_gap))


def _failing(f: CursorFacts, th: Thresholds) -> bool:
    return f.keeps_failing(th)


def _stale(f: CursorFacts, th: Thresholds) -> bool:
    # A workflow that we left stopped is not healthy, however recent the value is that we wrote.
    return f.age > th.max_age or f.stopped_by_us


# -- the words ---------------------------------------------------------------------------------------------------------


def _say(sentence: str) -> Sentence:
    return lambda _f, _th: sentence


def _span(seconds: float | None) -> str:
    return "an unknown time" if seconds is None else format_duration(seconds)


def _raw(f: CursorFacts) -> str:
    return f.option.raw if f.option is not None and f.option.raw else "empty"


def _stands(f: CursorFacts) -> str:
    where = f"{_span(f.age)} ago" if f.age >= 0 else f"{_span(-f.age)} ahead of the server's clock"
    return f"The cursor stands at {_raw(f)}, {where}"


def _state(f: CursorFacts) -> str:
    if f.workflow is None and not _one_workflow(f):
        return "which workflow moves it is not known"
    if f.workflow is None:
        return (
            f"the workflow '{f.kind.workflow}' is not to be seen: it is not there, or the operator has no rights "
            "on its folder"
        )
    row = f.workflow
    flags = ("" if not row.failed else ", in error") + (f", process {row.process_id}" if row.process_id else "")
    return f"the workflow '{row.internal_name}' is {row.state_name} ({row.state}){flags}"


def _one_workflow(f: CursorFacts) -> bool:
    """Whether the kind names one workflow in full."""
    return bool(f.kind.workflow) and not f.kind.workflow.endswith("_")


def _last_error(run: FailedRun) -> str:
    named = f" ({run.cause.id})" if run.cause is not None else ""
    # The text is within a sentence, which has a full stop of its own.
    text = shorten(run.quote, SHOWN_TEXT).rstrip(". ")
    return f"the last at {format_datetime(run.ended)}{named}: {text}"


def _mixed(runs: t.Sequence[FailedRun]) -> str:
    """Why the runs on a value failed, if they failed for several reasons."""
    named = Counter(run.named for run in runs)
    if len({(run.rules_out, run.is_slow) for run in runs}) < 2:
        return ""
    return " They failed for several reasons: " + ", ".join(f"{count} x {name}" for name, count in named.items()) + "."


def _failures(f: CursorFacts, th: Thresholds) -> str:
    runs = f.failing_runs(th)
    if not runs:
        return f"no run is known to have failed on this value{_since_start(f, th)}{_doubt(f)}"
    times = "1 run has failed" if len(runs) == 1 else f"{len(runs)} runs have failed"
    return f"{times} on this value, {_last_error(runs[0])}{_doubt(f)}"


def _since_start(f: CursorFacts, th: Thresholds) -> str:
    if f.started_since is None or not f.failed_before_start(th):
        return ""
    return f" since the workflow was started at {format_datetime(f.started_since)}"


def _doubt(f: CursorFacts) -> str:
    return (
        " (lines of its journal are dated ahead of the server's clock, and count no more)" if f.journal_doubtful else ""
    )


def _why_not_applicable(f: CursorFacts, _th: Thresholds) -> str:
    if f.workflow is None:
        return f"The operator can see neither a workflow '{f.kind.workflow}' nor a cursor '{f.kind.prefix}*'."
    if f.account is not None:
        return f"The account '{f.account.name}' has neither a server nor a cursor: it does not use mid-sourcing."
    return f"The operator can see neither a cursor '{f.kind.prefix}*' nor a routing account with a server."


def _why_unmatched(f: CursorFacts, _th: Thresholds) -> str:
    name = "" if f.option is None else f.option.name
    return f"The cursor '{name}' belongs to no one account. {f.mismatch or 'None was found for it.'}"


def _why_missing(f: CursorFacts, _th: Thresholds) -> str:
    owner = "" if f.account is None else f" of the account '{f.account.name}'"
    return f"There is no cursor '{f.kind.prefix}*'{owner}, or the operator has no rights to see it; {_state(f)}."


def _why_unsupported(f: CursorFacts, _th: Thresholds) -> str:
    name, found = ("", None) if f.option is None else (f.option.name, f.option.data_type)
    if found == XtkType.DATETIME or (found == XtkType.STRING and f.kind.reading == "text"):
        return f"The value of '{name}' cannot be read as a moment: {shorten(_raw(f), SHOWN_TEXT)}."
    return f"'{name}' has data type {found} and not {XtkType.DATETIME.value} (datetime)."


def _why_ahead(f: CursorFacts, th: Thresholds) -> str:
    return (
        f"The cursor stands at {_raw(f)}, {_span(-f.age)} ahead of the server's clock (more than "
        f"{_span(th.future_tolerance)}): nothing is synchronised until then, and no error says so."
    )


def _why_engine_down(f: CursorFacts, th: Thresholds) -> str:
    if f.transitional:
        what = "an order is not carried out, and there has been no sign of the workflow engine"
    else:
        what = "a due time has passed and nothing runs"
    return f"{_capital(_state(f))}: {what} for {_span(f.idle)} (more than {_span(th.engine_grace)})."


def _why_held(f: CursorFacts, _th: Thresholds) -> str:
    # After weeks in pause the server itself stops a workflow, also one that an error paused (campaign_facts, Other
    # causes).
    who = (
        "somebody (or the server, after weeks in pause) stopped it"
        if f.state == WorkflowState.STOPPED
        else "somebody paused it"
    )
    if f.state == WorkflowState.EDITION:
        who = "nobody ever started it"
    return f"{_capital(_state(f))}: {who}. {_stands(f)}."


def _why_running(f: CursorFacts, th: Thresholds) -> str:
    if f.transitional:
        return f"{_capital(_state(f))}: an order is being carried out, for at most {_span(f.idle)}."
    began = None if f.run_started is None else (f.server_time - f.run_started).total_seconds()
    return f"{_capital(_state(f))}: a run is going on for {_span(began)} (allowed: {_span(th.max_run)})."


def _why_failing(f: CursorFacts, th: Thresholds) -> str:
    return f"{_capital(_state(f))}; {_failures(f, th)}.{_mixed(f.failing_runs(th))}{_figures(f)}"


def _figures(f: CursorFacts) -> str:
    """What the mid said, as a further sentence."""
    return "" if f.mid is None else f" {f.mid.says()}."


def _why_stuck(f: CursorFacts, th: Thresholds) -> str:
    past = f.resume_point
    if past is not None and past.written:
        return (
            f"The run '{past.run_id}' has moved the cursor from {past.old_value} to {_raw(f)} and did not end: "
            f"the workflow has not moved it since. {_capital(_state(f))}."
        )
    return f"{_stands(f)} (more than {_span(th.remediate_after)}), and {_failures(f, th)}.{_figures(f)}"


def _why_failing_unknown(f: CursorFacts, th: Thresholds) -> str:
    return f"{_why_failing(f, th)} {_stands(f)}. Not shown to be stuck: {_not_shown(f, th)}."


def _not_shown(f: CursorFacts, th: Thresholds) -> str:
    """What is missing to show that a cursor is stuck."""
    if f.mid is not None and f.mid.is_missing:
        return "figures of the mid are asked for (ask_mid: require), and there are none"
    if f.mid is not None:
        return f"that is so little (small_gap: {th.small_gap}) that a run from where it stands could fetch it"
    if f.age <= th.remediate_after:
        return f"the cursor is not older than {_span(th.remediate_after)}"
    unseen = f.failed_unseen(th)
    if unseen is not None:
        return f"it was started or run again at {format_datetime(unseen)}, and no error tells why it is in error since"
    return _not_shown_by_runs(f.failing_runs(th), th)


def _not_shown_by_runs(runs: t.Sequence[FailedRun], th: Thresholds) -> str:
    if not runs:
        return "no error tells why it failed"
    if all(run.is_slow for run in runs):
        few = len(runs) < th.min_failed_runs
        return (
            f"at least {th.min_failed_runs} such runs are asked for"
            if few
            else "its state is not one that is understood"
        )
    if all(run.cause is None for run in runs):
        return "nobody knows this text, and only an answer that was too slow shows that, however often a run fails"
    return "only runs that failed because an answer was too slow, and all of them, show that"


def _why_stale(f: CursorFacts, th: Thresholds) -> str:
    if f.stopped_by_us:
        return f"{_capital(_state(f))}: our own run stopped it and did not start it again. {_stands(f)}."
    return f"{_stands(f)} (more than {_span(th.max_age)}); {_state(f)}; {_failures(f, th)}."


def _why_healthy(f: CursorFacts, th: Thresholds) -> str:
    return f"{_stands(f)} (allowed: {_span(th.max_age)}); {_state(f)}."


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _remedy(f: CursorFacts, th: Thresholds) -> str:
    if f.mid is not None and f.mid.cause:
        return f.mid.remedy
    cause = f.failing_runs(th)[0].cause
    return "" if cause is None else cause.remedy


def _look(f: CursorFacts, th: Thresholds) -> str:
    """What to do if the runs fail for an unknown reason, or for several."""
    if f.executing:
        return "Wait for the run that is going on, then look again."
    if f.mid is not None and f.mid.is_missing:
        return "Give credentials for the mid-sourcing server that it accepts (mid_sourcing_mids), or ask_mid: auto."
    if f.mid is not None:
        return (
            "Start it first: a run from where the cursor stands loses nothing. If it goes on to fail, look at the "
            "mid-sourcing server; with small_gap: 0 (mid_sourcing_small_gap) the cursor is moved all the same."
        )
    return _look_at_runs(f.failing_runs(th))


def _look_at_runs(runs: t.Sequence[FailedRun]) -> str:
    start = "Restart the workflow, and look at what its journal and the server's logs say then"
    # No run at all counts among these.
    if all(run.is_slow for run in runs):
        return f"{start}."
    advice = f"{start}: a run from where the cursor stands may succeed, and then nothing is lost."
    remedies = dict.fromkeys(run.cause.remedy for run in runs if run.cause is not None and run.cause.rules_out)
    if remedies:
        advice = f"{' '.join(remedies)} {advice}"
    if any(run.cause is None for run in runs):
        advice += (
            " If you know what the text means, say so with mid_sourcing_causes (in the modules: causes), a pattern of "
            "it and its class: slow if the other server was asked and did not answer in time, else never_asked or "
            "other with a remedy."
        )
    return advice


def _move(f: CursorFacts, _th: Thresholds) -> str:
    if f.kind.sibling:
        return "Look at the workflow: the collection does not move this kind of cursor."
    if f.unfinished:
        return "Run the workflow afresh, and see that it moves the cursor itself."
    return "Move the cursor to a recent time, run the workflow afresh, and see that it moves the cursor itself."


def _unless_running(sentence: str) -> Sentence:
    def say(f: CursorFacts, _th: Thresholds) -> str:
        return "Wait for the run that is going on, then look again." if f.executing else sentence

    return say


def _after_stale(f: CursorFacts, th: Thresholds) -> str:
    if f.stopped_by_us:
        return "Start the workflow."
    if f.workflow is None and not _one_workflow(f):
        return "Look at the workflow that moves it."
    if f.workflow is None:
        return "Look with an operator who may see the workflow's folder."
    return _unless_running("Wait for the next run; if it does not come, restart the workflow.")(f, th)


_MAP = _say("Name the option in cursor_map with the internal name of its account, after checking both by hand.")
_PERSON = _say("A person decides: nothing is written by itself.")
_NONE = _say("Nothing to do.")

#: The table of verdicts (docs/architecture.md, Diagnosis) from row 2 on; row 1 has no facts to look at, see
#: ``from_error``. The first match counts.
RULES: tuple[VerdictRule, ...] = (
    VerdictRule(2, Verdict.NOT_APPLICABLE, _nothing_to_synchronise, _why_not_applicable, _NONE),
    VerdictRule(3, Verdict.UNMATCHED, _unmatched, _why_unmatched, _MAP),
    VerdictRule(
        4,
        Verdict.INACTIVE,
        _inactive,
        lambda f, _th: f"The account '{f.account.name if f.account else ''}' is disabled.",
        _NONE,
    ),
    VerdictRule(5, Verdict.MISSING, lambda f, _th: f.option is None, _why_missing, _PERSON),
    VerdictRule(5, Verdict.UNSUPPORTED, lambda f, _th: not f.readable, _why_unsupported, _PERSON),
    VerdictRule(
        5,
        Verdict.EMPTY,
        lambda f, _th: f.value is None,
        lambda f, _th: f"'{f.option.name if f.option else ''}' has no value; {_state(f)}.",
        _PERSON,
    ),
    VerdictRule(5, Verdict.FUTURE, _ahead, _why_ahead, _PERSON),
    VerdictRule(
        6,
        Verdict.ENGINE_DOWN,
        _engine_down,
        _why_engine_down,
        _say("Start the workflow server (wfserver) of the instance, or find out why it does not take its orders."),
    ),
    VerdictRule(
        7,
        Verdict.HELD,
        _held,
        _why_held,
        _say("Ask who stopped it and why. It is only treated with start_stopped: true."),
    ),
    VerdictRule(8, Verdict.RUNNING, _running, _why_running, _say("Wait, then look again.")),
    VerdictRule(9, Verdict.FAILING_OTHER, _failing_other, _why_failing, _remedy),
    VerdictRule(10, Verdict.STUCK, _stuck, _why_stuck, _move),
    VerdictRule(
        11,
        Verdict.FAILING_UNKNOWN,
        _failing,
        _why_failing_unknown,
        _look,
    ),
    VerdictRule(12, Verdict.STALE, _stale, _why_stale, _after_stale),
    VerdictRule(13, Verdict.HEALTHY, lambda _f, _th: True, _why_healthy, _NONE),
)
