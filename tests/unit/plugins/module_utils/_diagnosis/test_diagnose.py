# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    DeniedError,
    FaultError,
    HttpStatusError,
    MissingLibrary,
    NotFoundError,
    ProtocolError,
    SessionExpired,
    TimedOut,
    TransportError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import make_plan
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import Attempt, ResumePoint
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import (
    SEVERITY,
    Thresholds,
    Verdict,
    diagnose,
    from_error,
    host_verdict,
    in_turn,
    judge,
    next_to_move,
    thresholds_for,
    worst,
)
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.mid_figures import Count, MidFigures
from tests.helpers.cursors import (
    DAY,
    HOUR,
    KIND,
    NIGHTLY,
    NOW,
    OTHER,
    TIMEOUT,
    UNKNOWN,
    YEARS,
    account,
    ago,
    cursor,
    facts,
    failed_cursor,
    line,
    option,
    stuck,
    workflow,
)

T = Thresholds()
MID1, MID2 = account("mid1"), account("mid2")
FAILED = workflow(13, failed=True, due=None)


# -- an instance ------------------------------------------------------------------------------------------------------


def test_every_cursor_and_account_of_an_instance_is_diagnosed() -> None:
    found = diagnose(
        facts(
            options=(
                option(YEARS),
                option(HOUR, account="mid2"),
                option(name=f"{KIND.prefix}old"),
                option(name="NmsMidSourcing_LastBroadLog_mid1"),
            ),
            accounts=(MID1, MID2, account("mid3"), account("bulk", server=""), account("off", active=False)),
            workflows=(FAILED,),
            journal=(line(600, TIMEOUT),),
        ),
        T,
    )
    assert {(one.option.replace(KIND.prefix, ""), one.account): one.verdict.value for one in found} == {
        ("mid1", "mid1"): "stuck",
        ("mid2", "mid2"): "failing_unknown",
        ("old", ""): "unmatched",
        ("", "mid3"): "missing",
        ("", "bulk"): "not_applicable",
        ("", "off"): "inactive",
        ("NmsMidSourcing_LastBroadLog_mid1", "mid1"): "healthy",
    }
    assert host_verdict(found) is Verdict.STUCK


def test_mid_host_has_one_diagnosis() -> None:
    (found,) = diagnose(facts(options=(), workflows=(), accounts=(MID1, MID2)), T)
    assert (found.verdict, found.option, found.account) == (Verdict.NOT_APPLICABLE, "", "")


def test_cursor_map_and_our_evidence_are_heeded() -> None:
    old = option(30 * DAY, name=f"{KIND.prefix}old")
    known: dict[str, Any] = {
        "options": (old,),
        "accounts": (MID1,),
        "workflows": (workflow(20, failed=True),),
        "journal": (line(HOUR, TIMEOUT),),
    }
    mapped = {old.name: "mid1"}
    mine = Attempt("r1", ago(2 * HOUR), KIND.workflow, {old.name: old.raw})
    assert diagnose(facts(**known), T)[0].verdict is Verdict.UNMATCHED
    assert diagnose(facts(**known), T, cursor_map=mapped)[0].verdict is Verdict.HELD
    assert diagnose(facts(**known), T, cursor_map=mapped, start_stopped=True)[0].verdict is Verdict.STUCK
    (found,) = diagnose(facts(**known), T, cursor_map=mapped, attempts=(mine,))
    assert (found.verdict, found.old_value.text, found.to_dict()["unfinished_run"]) == (Verdict.STUCK, old.raw, "")
    assert found.evidence["earlier"] == {"run_id": "r1", "old_value": old.raw, "written": False, "undone": False}


@pytest.mark.parametrize("undone", [False, True])
@pytest.mark.parametrize("written", [False, True])
def test_evidence_tells_whether_a_cursor_of_the_attempt_was_put_back(undone: bool, written: bool) -> None:
    found_there = "2020-01-01 00:00:00.000Z" if written else option().raw
    mine = Attempt(
        "r1",
        ago(2 * HOUR),
        KIND.workflow,
        {option().name: found_there},
        "pending",
        {option().name: option().raw} if written else {},
        left_stopped=not written,
        undone=undone,
    )
    known: dict[str, Any] = {"accounts": (MID1,), "workflows": (workflow(20, processed=3 * HOUR),)}
    (found,) = diagnose(facts(options=(option(),), **known), T, attempts=(mine,))
    earlier = {"run_id": "r1", "old_value": found_there, "written": written, "undone": undone}
    assert found.evidence["earlier"] == earlier


def test_healthy_cursor_that_an_attempt_can_have_calculated_is_only_healthy() -> None:
    """With the strategy now, or a short lookback, that is every cursor that goes on."""
    point = ResumePoint("r1", CursorValue.read("2020-03-01 10:00:00.000Z"), written=True, stopped=False, certain=False)
    found = judge(cursor(resume_point=point), T)
    assert (found.verdict, found.cure, found.resume_point) == (Verdict.HEALTHY, "none", None)
    assert found.to_dict()["unfinished_run"] == ""
    sure = judge(cursor(resume_point=replace(point, certain=True)), T)
    assert (sure.verdict, sure.to_dict()["unfinished_run"]) == (Verdict.STUCK, "r1")


def test_value_of_an_attempt_that_did_not_end_is_moved_on_from_the_value_before() -> None:
    before = "2020-03-01 10:00:00.000Z"
    mine = Attempt("r1", ago(HOUR), KIND.workflow, {option().name: before}, back_seconds=DAY)
    known: dict[str, Any] = {"accounts": (MID1,), "workflows": (FAILED,), "journal": (line(2 * HOUR, OTHER),)}
    (found,) = diagnose(facts(options=(option(DAY + 60),), **known), T, attempts=(mine,))
    assert (found.verdict, found.rule, found.cures, found.old_value.text) == (Verdict.STUCK, 10, True, before)
    assert f"The run 'r1' has moved the cursor from {before} to" in found.reason
    assert found.to_dict()["unfinished_run"] == "r1"
    assert make_plan("mkt1", found).old_value.text == before
    # Runs that fail since then for another reason are no ground for a move.
    known["journal"] = (line(600, OTHER),)
    assert (
        diagnose(facts(options=(option(DAY + 60),), **known), T, attempts=(mine,))[0].verdict is Verdict.FAILING_OTHER
    )


def test_siblings_count_neither_for_the_verdict_of_the_host_nor_for_a_cure() -> None:
    late = option(YEARS, name="NmsCleanup_LastCleanup")
    found = diagnose(facts(options=(option(), late), accounts=(MID1,)), T)
    assert [(one.sibling, one.verdict.value, one.cures) for one in found] == [
        (False, "healthy", False),
        (True, "stale", False),
    ]
    assert host_verdict(found) is Verdict.HEALTHY
    assert worst(one for one in found if one.sibling) is Verdict.STALE


def test_sibling_of_a_family_of_workflows_names_the_one_that_is_there() -> None:
    known: dict[str, Any] = {"options": (option(DAY, name="MC_LastTlRtSynch_1"),), "accounts": ()}
    one = diagnose(facts(workflows=(workflow(internal_name="mcSynch_exec"),), **known), T)[-1]
    assert (one.workflow, one.verdict) == ("mcSynch_exec", Verdict.STALE)
    none = diagnose(facts(workflows=(), **known), T)[-1]
    assert none.workflow == "mcSynch_"
    assert "which workflow moves it is not known" in none.reason
    assert none.proposal == "Look at the workflow that moves it."


@pytest.mark.parametrize(
    ("raw", "verdict"),
    [
        ("2026-11-23 11:00:00 4711", Verdict.HEALTHY),
        ("2026-11-23 23:00:00 4711", Verdict.HEALTHY),
        ("2026-11-24 11:00:00 4711", Verdict.FUTURE),
        ("2026-11-20 11:00:00 4711", Verdict.STALE),
        ("4711", Verdict.UNSUPPORTED),
        ("", Verdict.EMPTY),
    ],
)
def test_pointer_of_the_tracking_is_read_out_of_its_text(raw: str, verdict: Verdict) -> None:
    pointer = option(name="NmsTracking_Pointer", data_type=6, raw=raw)
    row = workflow(internal_name="tracking")
    found = diagnose(facts(options=(pointer,), accounts=(), workflows=(row,)), T)[-1]
    assert found.verdict is verdict
    assert found.reason.endswith(".")


def test_kinds_beside_each_other_are_judged_by_their_own_workflow_and_thresholds() -> None:
    nightly = workflow(id=2, internal_name=NIGHTLY.workflow)
    found = diagnose(
        facts(
            options=(option(DAY), option(DAY, name=NIGHTLY.prefix)), accounts=(MID1,), workflows=(workflow(), nightly)
        ),
        T,
        kinds=(KIND, NIGHTLY),
    )
    assert [(one.workflow, one.label, one.verdict.value) for one in found] == [
        (KIND.workflow, KIND.label, "stale"),
        (NIGHTLY.workflow, NIGHTLY.label, "healthy"),
    ]
    assert [one.evidence["thresholds"]["max_age"] for one in found] == [6 * HOUR, 30 * HOUR]


def test_kind_with_a_threshold_that_does_not_exist_is_refused() -> None:
    own = tuple((name, 1) for name in ("max_wait", "max_age", "least", "ages", "b", "a"))
    with pytest.raises(ValidationError, match="that there are none of: a, ages, b, least, max_wait[.]$"):
        thresholds_for(replace(NIGHTLY, thresholds=own), T)


@pytest.mark.parametrize(
    ("own", "remediate_after"),
    [
        ((("max_age", 10 * DAY),), 10 * DAY),
        ((("max_age", DAY),), T.remediate_after),
        ((("max_age", 2 * DAY), ("remediate_after", 3 * DAY)), 3 * DAY),
        ((("max_age", 3 * DAY), ("remediate_after", 2 * DAY)), 3 * DAY),
        ((("max_run", HOUR),), T.remediate_after),
    ],
)
def test_kind_that_is_late_later_is_cured_no_earlier(own: Any, remediate_after: float) -> None:
    assert thresholds_for(replace(KIND, thresholds=own), T).remediate_after == remediate_after


def test_kind_without_thresholds_keeps_those_that_are_given() -> None:
    assert thresholds_for(KIND, T) is T


# -- the worst of a host ----------------------------------------------------------------------------------------------


def of(verdict: Verdict, **changes: Any) -> Any:
    return replace(judge(cursor(), T), verdict=verdict, **changes)


@pytest.mark.parametrize("index", range(len(SEVERITY)))
def test_worst_verdict_of_a_host_is_the_first_in_the_order_of_severity(index: int) -> None:
    rest = [of(verdict) for verdict in SEVERITY[index:]]
    assert host_verdict(rest) is SEVERITY[index]
    assert host_verdict(reversed(rest)) is SEVERITY[index]


def test_host_without_a_diagnosis_is_not_applicable() -> None:
    assert host_verdict([]) is Verdict.NOT_APPLICABLE


# -- row 1 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (TransportError("refused", reached="no"), "unreachable"),
        (TimedOut("late", reached="maybe"), "unreachable"),
        (ProtocolError("html", reached="maybe"), "unreachable"),
        (HttpStatusError("gateway", status=504), "unreachable"),
        (HttpStatusError("gateway", status=403), "denied"),
        (HttpStatusError("gateway", status=401), "denied"),
        (HttpStatusError("proxy", status=407), "denied"),
        (HttpStatusError("gone", status=404), "unreachable"),
        (DeniedError("logon"), "denied"),
        (SessionExpired("again"), "denied"),
        (FaultError("reading"), "denied"),
        (NotFoundError("rights"), "denied"),
        (ValidationError("url"), "misconfigured"),
        (MissingLibrary("lxml", "python3"), "misconfigured"),
        (CampaignError("anything"), "unreachable"),
    ],
)
def test_error_is_unreachable_unless_somebody_refused_or_nobody_was_asked(error: CampaignError, verdict: str) -> None:
    found = from_error(error)
    assert (found.verdict.value, found.rule, found.cures) == (verdict, 1, False)
    assert found.reason == str(error)


def test_error_is_told_in_plain_data_with_what_to_do_next() -> None:
    error = DeniedError(
        "The logon was refused.",
        next_step="Check the password.",
        instance="mkt1",
        server_text="XSV-350012 Invalid login or password.",
    )
    plain = from_error(error).to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["proposal"] == "Check the password."
    assert plain["evidence"]["error"]["codes"] == ["XSV-350012"]
    assert (plain["value"], plain["server_time"], plain["option"]) == (None, None, "")


# -- which cursor first -----------------------------------------------------------------------------------------------


def test_oldest_stuck_cursor_is_moved_first() -> None:
    found = [stuck("a", 10 * DAY), stuck("b", 30 * DAY), stuck("c", 20 * DAY), of(Verdict.STALE)]
    first = next_to_move(found)
    assert first is not None
    assert first.account == "b"


def test_account_that_the_errors_name_goes_before_the_oldest() -> None:
    text = f"{TIMEOUT} (account mid_a)"
    first = next_to_move([stuck("mid_a", 10 * DAY, text), stuck("mid", 30 * DAY, text)])
    assert first is not None
    assert first.account == "mid_a"


def test_oldest_is_moved_first_when_the_errors_name_several_accounts() -> None:
    text = f"{TIMEOUT} (accounts a, b)"
    first = next_to_move([stuck("a", 10 * DAY, text), stuck("b", 30 * DAY, text)])
    assert first is not None
    assert first.account == "b"


def slow_at(mid: Any, *, deliveries: int | None, seconds: float = 1.0) -> Any:
    """The same, where its mid has told how many changed since its value; None: not in time."""
    return replace(mid, mid=MidFigures("eu", "answered", since_cursor=Count(ago(DAY), deliveries, seconds)))


def first_of(*found: Any) -> str:
    first = next_to_move(found)
    assert first is not None
    return str(first.account)


def test_account_whose_mid_cannot_count_in_time_goes_before_the_oldest_and_after_one_that_is_named() -> None:
    named = stuck("mid_c", 9 * DAY, f"{TIMEOUT} (account mid_c)")
    slow, told = slow_at(stuck("a", 10 * DAY), deliveries=None), slow_at(stuck("a", 10 * DAY), deliveries=7)
    old = stuck("b", 30 * DAY)
    assert first_of(slow, old) == "a"
    assert first_of(told, old) == "b"
    assert first_of(slow, old, named) == "mid_c"


def test_of_equally_old_ones_that_of_whose_mid_most_changed_goes_first() -> None:
    few, many = slow_at(stuck("a", 10 * DAY), deliveries=3), slow_at(stuck("b", 10 * DAY), deliveries=4)
    assert first_of(few, many) == "b"
    none, nobody = slow_at(stuck("a", 10 * DAY), deliveries=0), stuck("b", 10 * DAY)
    one = slow_at(stuck("c", 10 * DAY), deliveries=1)
    assert first_of(none, nobody) == first_of(replace(none, mid=None), nobody) == "a"
    assert first_of(replace(nobody, account="0", option="0"), none) == "0"
    assert first_of(none, nobody, one) == "c"


@pytest.mark.parametrize(
    ("failed", "started", "after"),
    [
        ((7200, 600), DAY, 7200),
        ((7200, 600), 3600, 3600),
        ((7200, 600), 600, 600),
        ((7200, 600), 599, 7200),  # it was started after that run
        ((600,), DAY, DAY),
        ((600,), 599, None),
        ((600,), None, None),
        ((), DAY, None),
    ],
)
def test_the_last_run_that_failed_began_after_the_one_before_it_and_after_the_start(
    failed: tuple[float, ...], started: float | None, after: float | None
) -> None:
    row = workflow(13, failed=True, due=HOUR, processed=600, started=started)
    found = judge(failed_cursor(YEARS, *(line(one, TIMEOUT) for one in failed), workflow=row), T)
    assert found.evidence["last_failed_after"] == (None if after is None else format_datetime(ago(after)))


def test_nothing_is_moved_when_nothing_is_stuck() -> None:
    assert next_to_move([of(Verdict.STALE), of(Verdict.STUCK, cure="none")]) is None
    assert next_to_move([of(Verdict.STUCK, cure="move", value=None)]) is None


# -- evidence ---------------------------------------------------------------------------------------------------------


def test_evidence_holds_what_the_verdict_rests_on() -> None:
    row = workflow(13, failed=True, due=HOUR, processed=600, started=DAY)
    lines = (line(2 * HOUR, UNKNOWN), line(600, TIMEOUT, "The account mid1"))
    found = judge(failed_cursor(YEARS, *lines, workflow=row), T)
    evidence = dict(found.evidence)
    errors = evidence.pop("last_errors")
    assert evidence == {
        "value": "2020-04-28 12:00:00.000Z",
        "value_since": "2020-04-28 12:00:00.000Z",
        "age_seconds": YEARS,
        "server_time": "2026-11-23 12:00:00.000Z",
        "thresholds": T.to_dict(),
        "workflow": {
            "internal_name": KIND.workflow,
            "label": KIND.label,
            "state": 13,
            "state_name": "paused",
            "failed": True,
            "process_id": 0,
            "process_date": "2026-11-23 11:50:00.000Z",
            "next_processing_date": "2026-11-23 11:00:00.000Z",
            "last_start": "2026-11-22 12:00:00.000Z",
            "stopped_by_us": False,
            "ordered_to_stop_by_us": False,
        },
        "account": {"name": "mid1", "label": "Account mid1", "active": True, "server": "https://mid1.example"},
        "failed_runs": 2,
        "failed_runs_slow": 1,
        "failed_runs_causes": {"timeout": 1, "unknown": 1},
        "named_in_errors": True,
        "last_failed_after": "2026-11-23 10:00:00.000Z",
        "mid": None,
        "source": KIND.source,
        "note": "",
        "earlier": None,
    }
    assert [(one["at"], one["cause"], one["class"], one["activity"]) for one in errors] == [
        ("2026-11-23 11:50:00.000Z", "timeout", "slow", "soap"),
        ("2026-11-23 10:00:00.000Z", None, "unknown", "soap"),
    ]
    assert (found.option, found.account, found.workflow, found.value, found.value_text, found.server_time) == (
        f"{KIND.prefix}mid1",
        "mid1",
        KIND.workflow,
        ago(YEARS),
        "2020-04-28 12:00:00.000Z",
        NOW,
    )


@pytest.mark.parametrize(
    ("text", "named"), [("mid1", True), ("the 'mid1'.", True), ("mid12", False), ("xmid1", False), ("MID1", False)]
)
def test_account_is_named_as_a_word_of_its_own(text: str, named: bool) -> None:
    found = judge(failed_cursor(YEARS, line(600, f"{TIMEOUT} {text}")), T)
    assert found.evidence["named_in_errors"] is named


def test_one_line_of_the_newest_failure_is_enough_to_name_the_account() -> None:
    lines = (line(660, f"{TIMEOUT} mid1"), line(600, TIMEOUT))
    assert judge(failed_cursor(YEARS, *lines), T).evidence["named_in_errors"] is True


def test_evidence_shows_errors_of_older_values_too() -> None:
    found = judge(failed_cursor(HOUR, line(DAY, UNKNOWN)), T)
    assert [one["at"] for one in found.evidence["last_errors"]] == ["2026-11-22 12:00:00.000Z"]
    assert found.evidence["failed_runs"] == 0


def test_brief_evidence_is_the_age_alone() -> None:
    assert judge(failed_cursor(YEARS, line(600, TIMEOUT)), T, brief=True).evidence == {"age_seconds": YEARS}


def test_a_diagnosis_has_the_text_and_the_description_of_its_option_if_there_is_one() -> None:
    found = judge(cursor(option=replace(option(), description="Of ours")), T)
    assert (found.value_text, found.description) == (option().raw, "Of ours")
    found = judge(cursor(option=None), T)
    assert (found.value_text, found.description) == ("", "")


def test_evidence_shows_the_newest_errors_and_no_more_than_its_limit() -> None:
    lines = [line(number * 600, UNKNOWN) for number in range(1, 30)]
    errors = judge(failed_cursor(YEARS, *lines), T).evidence["last_errors"]
    assert len(errors) == 20
    assert [one["at"] for one in errors] == sorted((one["at"] for one in errors), reverse=True)
    assert errors[0]["at"] == "2026-11-23 11:50:00.000Z"


def test_long_texts_are_cut_in_reason_and_evidence() -> None:
    found = judge(failed_cursor(YEARS, line(600, f"{TIMEOUT} {'x' * 9000}")), T)
    assert len(found.reason) < 900
    assert len(found.evidence["last_errors"][0]["text"]) < 600


def test_evidence_without_cursor_account_and_workflow_is_empty() -> None:
    evidence = judge(cursor(option=None, account=None, workflow=None), T).evidence
    assert [evidence[key] for key in ("value", "value_since", "age_seconds", "workflow", "account")] == [None] * 5
    assert (evidence["failed_runs"], evidence["last_errors"], evidence["named_in_errors"]) == (0, [], False)


def test_evidence_of_an_empty_cursor_has_no_value() -> None:
    found = judge(cursor(option=option(raw="")), T)
    assert (found.verdict, found.evidence["value"], found.value, found.value_text) == (Verdict.EMPTY, None, None, "")


@pytest.mark.parametrize("apart", [0, 1, 2, 3])
def test_next_account_that_is_asked_after_the_error_is_not_the_one_that_is_slow(apart: int) -> None:
    journal = (
        line(600, "SCR-160012 Account zz: the SOAP call timed out after 60 s (iRc=-53)"),
        line(600 - apart, message="Account aa: asking for deliveries"),
    )
    seen = facts(
        options=(option(30 * DAY, account="aa"), option(30 * DAY, account="zz")),
        accounts=(account("aa"), account("zz")),
        workflows=(workflow(13, failed=True, due=None),),
        journal=journal,
    )
    found = in_turn(diagnose(seen, T, (KIND,)))
    assert [(one.account, one.evidence["named_in_errors"]) for one in found] == [("zz", True), ("aa", False)]
