# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The diagnosis of an instance: every cursor judged by the table of verdicts, with its evidence (docs/architecture.md,
Diagnosis). Pure."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import fields, replace

from .._core.errors import CampaignError, HttpStatusError, ValidationError, shorten
from .._core.xtk import format_datetime
from .catalogue import CATALOGUE, CursorKind
from .causes import BUILT_IN, Causes, quoted_code
from .journal import said
from .matching import match_cursors
from .model import SEVERITY, CursorFacts, Diagnosis, Thresholds, Verdict, verdict_of_kind
from .named import names_as_cause
from .rules import RULES, SHOWN_TEXT

if t.TYPE_CHECKING:
    from datetime import datetime

    from .attempts import Attempt
    from .mid_figures import MidFigures
    from .snapshot import Facts

__all__ = [
    "RULES",
    "SEVERITY",
    "CursorFacts",
    "Diagnosis",
    "Thresholds",
    "Verdict",
    "diagnose",
    "from_error",
    "host_verdict",
    "in_turn",
    "judge",
    "next_to_move",
    "thresholds_for",
    "match_cursors",
    "worst",
]

#: This many journal lines are in the evidence.
EVIDENCE_LINES = 20

# -- judging -----------------------------------------------------------------------------------------------------------


def thresholds_for(kind: CursorKind, thresholds: Thresholds) -> Thresholds:
    """The thresholds of a kind: its own where it has any. Raises ValidationError as Thresholds does."""
    own: dict[str, t.Any] = dict(kind.thresholds)
    if "max_age" in own:
        # An operator who asks for an earlier cure does not mean this kind, which is late later.
        own["remediate_after"] = max(own.get("remediate_after", thresholds.remediate_after), own["max_age"])
    unknown = set(own) - {one.name for one in fields(Thresholds)}
    if unknown:
        raise ValidationError(
            f"The cursor kind '{kind.prefix}' has thresholds that there are none of: {', '.join(sorted(unknown))}."
        )
    return replace(thresholds, **own) if own else thresholds


# Complex: an empty text stands for each unknown property of a cursor.
def judge(facts: CursorFacts, thresholds: Thresholds, *, brief: bool = False) -> Diagnosis:
    """The first rule that applies to one cursor. The last one always does.

    :param brief: the evidence holds only the age: collecting all of it takes as long as judging.
    """
    own = thresholds_for(facts.kind, thresholds)
    rule = next(rule for rule in RULES if rule.applies(facts, own))
    moves = rule.verdict is Verdict.STUCK and not facts.kind.sibling
    return Diagnosis(
        verdict=rule.verdict,
        rule=rule.number,
        reason=rule.reason(facts, own),
        proposal=rule.proposal(facts, own),
        evidence={"age_seconds": _age(facts)} if brief else _evidence(facts, own),
        cure="move" if moves else "none",
        option="" if facts.option is None else facts.option.name,
        account="" if facts.account is None else facts.account.name,
        workflow=facts.kind.workflow if facts.workflow is None else facts.workflow.internal_name,
        label=facts.kind.label,
        value=facts.value,
        value_text="" if facts.option is None else facts.option.raw,
        server_time=facts.server_time,
        resume_point=None if rule.verdict is Verdict.HEALTHY else facts.resume_point,
        description="" if facts.option is None else facts.option.description,
        sibling=facts.kind.sibling,
        mid=facts.mid,
    )


def diagnose(
    facts: Facts,
    thresholds: Thresholds,
    kinds: t.Sequence[CursorKind] = CATALOGUE,
    cursor_map: t.Mapping[str, str] | None = None,
    attempts: t.Sequence[Attempt] = (),
    *,
    start_stopped: bool = False,
    causes: Causes = BUILT_IN,
    figures: t.Mapping[str, MidFigures] | None = None,
    brief: bool = False,
) -> tuple[Diagnosis, ...]:
    """The diagnosis of every cursor of an instance, siblings too. It is empty only if no kind may be moved.

    :param figures: by option, the mid's answer about a cursor that was stuck without it. The other parameters are those
        of ``match_cursors``.
    :param brief: see :func:`judge`.
    """
    found = match_cursors(facts, kinds, cursor_map, attempts, start_stopped=start_stopped, causes=causes)
    return tuple(judge(_with_figures(view, figures or {}), thresholds, brief=brief) for view in found)


def _with_figures(view: CursorFacts, figures: t.Mapping[str, MidFigures]) -> CursorFacts:
    told = None if view.option is None else figures.get(view.option.name)
    return view if told is None else replace(view, mid=told)


def host_verdict(diagnoses: t.Iterable[Diagnosis]) -> Verdict:
    """The worst of an instance's verdicts in the order of ``SEVERITY``; ``not_applicable`` when there is none.

    Siblings do not count. This verdict decides whether an instance is cured, and whether the play stops after it: a
    nightly workflow that is late must not hide a stuck cursor, nor make a cured instance look unhealthy.
    """
    return worst(found for found in diagnoses if not found.sibling)


def worst(diagnoses: t.Iterable[Diagnosis]) -> Verdict:
    """The worst of these verdicts; ``not_applicable`` when there is none."""
    return min((found.verdict for found in diagnoses), key=SEVERITY.index, default=Verdict.NOT_APPLICABLE)


def from_error(error: CampaignError) -> Diagnosis:
    """Row 1 of the table: nothing could be read.

    An answer that refuses is ``denied``: a refused logon or address, a fault on reading. What cannot work and was never
    sent is ``misconfigured``. Everything else is ``unreachable``. See :func:`verdict_of_kind`.
    """
    return Diagnosis(
        verdict=verdict_of_kind(error.kind, error.status if isinstance(error, HttpStatusError) else 0),
        rule=1,
        reason=str(error),
        proposal=error.next_step,
        evidence={"error": error.to_result()["error"]},
    )


def next_to_move(diagnoses: t.Iterable[Diagnosis]) -> Diagnosis | None:
    """The first of one workflow's stuck cursors to move (docs/architecture.md, Curing): moving a healthy cursor loses
    data.

    One that is named comes first, and then one whose mid was too slow to count. Then it is the oldest, since a run that
    gets past an account moves that account's cursor. Of equally old ones it is that of whose mid most changed, if the
    mids have told.
    """
    return next(iter(in_turn(diagnoses)), None)


def in_turn(diagnoses: t.Iterable[Diagnosis]) -> list[Diagnosis]:
    """All of them in this order."""
    return sorted((found for found in diagnoses if found.cures and found.value is not None), key=_turn)


def is_named(found: Diagnosis) -> bool:
    """Whether the errors name the account of this cursor as the one that made the run fail."""
    return bool(found.evidence.get("named_in_errors"))


def _turn(found: Diagnosis) -> tuple[t.Any, ...]:
    """The key of the order. A mid only says who is tried first: it counts the deliveries of all its accounts."""
    is_slow = found.mid is not None and found.mid.shows_slow
    counted = None if found.mid is None else found.mid.since_cursor
    most = 0 if counted is None else counted.deliveries or 0
    return not is_named(found), not is_slow, found.value, -most, found.option


# -- evidence ----------------------------------------------------------------------------------------------------------


def _evidence(f: CursorFacts, th: Thresholds) -> dict[str, t.Any]:
    """What the verdict is based on, as plain data."""
    runs = f.failing_runs(th)
    return {
        "value": f.option.raw if f.option is not None and f.option.raw else None,
        "value_since": _moment(f.value_since),
        "age_seconds": _age(f),
        "server_time": _moment(f.server_time),
        "thresholds": th.to_dict(),
        "workflow": _workflow(f),
        "account": None
        if f.account is None
        else {"name": f.account.name, "label": f.account.label, "active": f.account.active, "server": f.account.server},
        "failed_runs": len(runs),
        "failed_runs_slow": sum(run.is_slow for run in runs),
        "failed_runs_causes": dict(Counter(run.named for run in runs)),
        # By the newest failure on this value.
        "named_in_errors": f.account is not None
        and bool(runs)
        and names_as_cause(runs[0].lines, f.account.name, runs[0].cause, f.causes),
        "last_errors": _last_errors(f, th),
        # The run of the newest of them began after this.
        "last_failed_after": _moment(_last_failed_after(f, th)),
        "mid": None if f.mid is None else f.mid.to_dict(),
        "source": f.kind.source,
        "note": f.kind.note,
        "earlier": None
        if f.resume_point is None
        else {
            "run_id": f.resume_point.run_id,
            "old_value": f.resume_point.old_value.text,
            "written": f.resume_point.written,
            "undone": f.resume_point.undone,
        },
    }


def _age(f: CursorFacts) -> int | None:
    return None if f.value is None else int(f.age)


def _workflow(f: CursorFacts) -> dict[str, t.Any] | None:
    if f.workflow is None:
        return None
    row = f.workflow
    return {
        "internal_name": row.internal_name,
        "label": row.label,
        "state": row.state,
        "state_name": row.state_name,
        "failed": row.failed,
        "process_id": row.process_id,
        "process_date": _moment(row.process_date),
        "next_processing_date": _moment(row.next_processing_date),
        "last_start": _moment(row.last_start),
        "stopped_by_us": f.stopped_by_us,
        "ordered_to_stop_by_us": f.ours,
    }


def _last_failed_after(f: CursorFacts, th: Thresholds) -> datetime | None:
    """A moment before the last failed run began: the end of the one before it, or the last start of the workflow. None
    where neither is known."""
    runs = f.all_failed_runs(th)
    start = None if f.workflow is None else f.workflow.last_start
    known = [run.ended for run in runs[1:2]]
    if runs and start is not None and start <= runs[0].started:
        known.append(start)
    return max(known, default=None)


def _last_errors(f: CursorFacts, th: Thresholds) -> list[dict[str, t.Any]]:
    """The newest error lines of the journal, from failed runs on this value and on older ones."""
    found = []
    for run in f.all_failed_runs(th) or f.failing_runs(th):
        for line in reversed(run.lines):
            cause = f.causes.of(said(line))
            found.append(
                {
                    "at": _moment(line.at),
                    "activity": line.activity,
                    "text": shorten(quoted_code(said(line)), SHOWN_TEXT),
                    "cause": None if cause is None else cause.id,
                    "class": "unknown" if cause is None else cause.kind,
                }
            )
            if len(found) == EVIDENCE_LINES:
                return found
    return found


def _moment(value: datetime | None) -> str | None:
    return None if value is None else format_datetime(value)
