# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of the cursor modules from a diagnosis, a plan and a cure, against a simulated instance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    ConflictError,
    DeniedError,
    FaultError,
    ReadOnlyError,
    TransportError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import Plan
from ansible_collections.campaign.classic.plugins.module_utils._operations import sync_cursor as _op_cursor
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Answer, Request
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor import (
    SYNC_CURSOR,
    SYNC_CURSOR_INFO,
    thresholds_of,
    unanswered,
)
from ansible_collections.campaign.classic.plugins.module_utils._operations.times import seconds
from tests.helpers.cure_world import CURSOR, OLD, PREFIX, START, WORKFLOW, World, marketing, plan_for, world

Enter = Callable[..., World]
BROAD_LOG = "NmsMidSourcing_LastBroadLog_mid"


@pytest.fixture
def enter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Enter]:
    """Starts a world with one instance ``mkt``; the cure's waits use its clock."""
    with ExitStack() as stack:

        def start(*accounts: str, **more: Any) -> World:
            there = stack.enter_context(world({"mkt": marketing(*accounts, **more)}))
            monkeypatch.setattr(_op_cursor, "Pace", there.pace)
            return there

        yield start


def info(there: World, **more: Any) -> Answer:
    return there.ask("mkt", SYNC_CURSOR_INFO, **more)


def cure(there: World, **more: Any) -> Answer:
    return there.ask("mkt", SYNC_CURSOR, **{"cursor": CURSOR, "expected_value": OLD, "account": "mid", **more})


# -- diagnosis ---------------------------------------------------------------------------------------------------------


def test_stuck_cursor_has_a_verdict_a_reason_and_a_plan(enter: Enter) -> None:
    there = enter(options={BROAD_LOG: {"type": "datetime", "value": "2026-01-01T00:00:00Z"}})
    answer = info(there)
    assert not answer.changed
    result = answer.result
    assert result["verdict"] == "stuck"
    assert result["reason"].startswith(f"The cursor stands at {OLD}")
    assert [found["verdict"] for found in result["cursors"]] == ["stuck"]
    assert result["server_time"] == "2026-11-23 02:00:00.000Z"
    assert result["skew_seconds"] == pytest.approx(0, abs=1)
    assert (result["build"], result["release"]) == ("9396", "7.4.3")
    (account,) = result["accounts"]
    assert (account["name"], account["active"]) == ("mid", True)
    assert account["server"].endswith("/mid")
    assert "warnings" not in result
    (log,) = result["siblings"]
    assert (log["option"], log["value"], log["verdict"]) == (BROAD_LOG, "2026-01-01 00:00:00.000Z", "stale")
    assert result["siblings_verdict"] == "stale"
    assert "Never moved" in log["evidence"]["note"]
    (plan,) = result["plans"]
    assert plan["new_value"] == "2026-11-22 02:00:00.000Z"
    assert Plan.from_dict({name: given for name, given in plan.items() if name != "new_value"}) == plan_for("mkt")


def test_diagnosis_costs_four_queries_and_writes_nothing(enter: Enter) -> None:
    there = enter("mid", "other")
    info(there)
    assert there.calls("mkt").count("xtk:queryDef#ExecuteQuery") == 4
    assert there.writes("mkt") == []


def test_diagnosis_with_every_sibling_costs_four_queries_and_has_the_same_verdict(enter: Enter) -> None:
    siblings = {
        "NmsMidSourcing_LastBroadLog_mid": {"type": "datetime", "age": "1d"},
        "MC_LastTlRtSynch_1": {"type": "datetime", "age": "1h"},
        "MC_LastRtEventStat": {"type": "datetime", "age": "60d"},
        "NmsTracking_Pointer": {"type": "string", "value": "2026-11-23 01:30:00.000Z 4711"},
        "NmsCleanup_LastCleanup": {"type": "datetime", "age": "20h"},
        "cusExport_a": {"type": "datetime", "age": "3h"},
        "cusNotAsked": {"type": "datetime", "age": "3h"},
    }
    there = enter(options=siblings)
    result = info(there, extra_cursors=[{"name": "cusExport_", "workflow": "nightly", "max_age": "2h"}]).result
    assert {found["option"]: found["verdict"] for found in result["siblings"]} == {
        "NmsMidSourcing_LastBroadLog_mid": "stale",
        "MC_LastTlRtSynch_1": "healthy",
        "MC_LastRtEventStat": "stale",
        "NmsTracking_Pointer": "healthy",
        "NmsCleanup_LastCleanup": "healthy",
        "cusExport_a": "stale",
    }
    assert (result["verdict"], result["siblings_verdict"], len(result["plans"])) == ("stuck", "stale", 1)
    assert [found["option"] for found in result["cursors"]] == [CURSOR]
    assert there.calls("mkt").count("xtk:queryDef#ExecuteQuery") == 4


def test_healthy_cursor_has_no_plan(enter: Enter) -> None:
    answer = info(enter(cursor="2026-11-22T00:00:00Z"))
    assert (answer.result["verdict"], answer.result["plans"]) == ("healthy", [])


def test_plans_stand_in_the_order_in_which_they_are_to_be_carried_out(enter: Enter) -> None:
    there = enter("a", "b", "c")
    there.sim.set_option("mkt", PREFIX + "b", "2019-01-01T00:00:00Z")
    there.sim.set_option("mkt", PREFIX + "a", "2020-05-01T00:00:00Z")
    there.sim.change("mkt", switches={"timeout_text": "unnamed"})
    plans = info(there).result["plans"]
    # The journal names the account of the run that was: a. Then the oldest.
    assert [plan["account"] for plan in plans] == ["a", "b", "c"]
    assert [plan["workflow"] for plan in plans] == ["defaultMidSourcingDlv"] * 3


def test_strategy_that_does_not_fit_one_cursor_is_a_warning(enter: Enter) -> None:
    there = enter("mid", "other")
    there.sim.set_option("mkt", PREFIX + "other", "2026-11-01T00:00:00Z")
    result = info(there, lookback="100d").result
    assert [plan["account"] for plan in result["plans"]] == ["mid"]
    (warning,) = result["warnings"]
    assert warning.startswith(f"mkt: no plan for {PREFIX}other: The new value 2026-08-15")
    assert "is not later than the old one" in warning
    (left,) = result["unplanned"]
    assert left["option"] == f"{PREFIX}other" and "is not later than the old one" in left["reason"]


def test_result_names_the_address_that_was_asked(enter: Enter) -> None:
    there = enter()
    assert info(there).result["url"].endswith("/mkt/nl/jsp/soaprouter.jsp")
    silent = unanswered(TransportError("no answer", reached="no"), Request({"url": "http://mkt:8080"}))
    assert silent is not None and silent.result["url"] == "http://mkt:8080/nl/jsp/soaprouter.jsp"
    for url in ("http://ops:secret@mkt", None, "mkt"):
        wrong = unanswered(TransportError("no answer", reached="no"), Request({"url": url}))
        assert wrong is not None and wrong.result["url"] == ""


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"max_age": "soon"}, "max_age: 'soon' is not a duration"),
        ({"remediate_after": "1h"}, "remediate_after .* must not be below max_age"),
        ({"min_failed_runs": 0}, "min_failed_runs must be a whole number, 1 or more"),
        ({"lookback": "a while"}, "lookback: 'a while' is not a duration"),
        ({"strategy": "explicit", "value": "yesterday"}, "value: .*yesterday"),
        ({"strategy": "explicit", "value": "2026-11-20 00:00:00"}, "value: .*time zone"),
    ],
)
def test_parameter_that_is_right_nowhere_is_an_error_and_no_warning(
    enter: Enter, params: dict[str, Any], words: str
) -> None:
    there = enter()
    with pytest.raises(ValidationError, match=words):
        info(there, **params)
    assert there.calls("mkt") == ["xtk:session#Logon", "xtk:session#Logoff"]


def test_explicit_value_and_now_are_planned(enter: Enter) -> None:
    there = enter()
    explicit = info(there, strategy="explicit", value="2026-11-20 01:00:00+01:00").result["plans"][0]
    assert (explicit["new_value"], explicit["lookback_seconds"]) == ("2026-11-20 00:00:00.000Z", None)
    now = info(there, strategy="now").result["plans"][0]
    assert now["new_value"] == "2026-11-23 01:50:00.000Z"


def test_cursor_that_an_attempt_has_written_is_shown_where_it_stands_whatever_the_strategy_is_now(enter: Enter) -> None:
    there, stands = enter("mid", "other"), "2026-11-22 02:00:00.000Z"
    cursors = [{"cursor": CURSOR, "expected_value": OLD, "written": stands}]
    earlier = [{"run_id": "r1", "started": there.now().isoformat(), "workflow": WORKFLOW, "cursors": cursors}]
    there.sim.set_option("mkt", CURSOR, stands)
    there.sleep(60)
    for lookback, unplanned in (("3650d", [f"{PREFIX}other"]), ("2d", [])):
        result = info(there, earlier=earlier, lookback=lookback).result
        shown = {plan["option"]: plan["new_value"] for plan in result["plans"]}
        assert (result["verdict"], shown[CURSOR]) == ("stuck", stands)
        # Of the others the strategy is what it says.
        assert [one["option"] for one in result["unplanned"]] == unplanned


def test_durations_and_thresholds_are_read() -> None:
    assert seconds("1d12h", "lookback") == 129600
    params = {"max_age": "1h", "remediate_after": "2d", "max_run": "30m", "engine_grace": "0", "min_failed_runs": 3}
    found = thresholds_of(params)
    assert (found.max_age, found.remediate_after, found.max_run, found.engine_grace) == (3600, 172800, 1800, 0)
    assert found.min_failed_runs == 3
    # Seven seconds in place of seven days would move every cursor that is behind.
    for name in ("max_age", "remediate_after", "max_run", "engine_grace"):
        with pytest.raises(ValidationError, match=f"{name}: '7' has no unit, and may be 7s or"):
            thresholds_of({**params, name: "7"})


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (TransportError("no answer", reached="no", instance="mkt", next_step="Look."), "unreachable"),
        (DeniedError("refused", instance="mkt", next_step="Look."), "denied"),
        (FaultError("failed", instance="mkt", next_step="Look."), "denied"),
    ],
)
def test_instance_that_does_not_answer_or_refuses_is_a_finding(error: CampaignError, verdict: str) -> None:
    answer = unanswered(error, Request({}))
    assert answer is not None
    assert (answer.changed, answer.failed) == (False, None)
    assert answer.result["verdict"] == verdict
    assert answer.result["reason"] == str(error)
    assert answer.result["proposal"] == "Look."
    assert answer.result["error"]["kind"] == error.kind
    assert answer.result["plans"] == answer.result["siblings"] == []
    assert (answer.result["server_time"], answer.result["skew_seconds"], answer.result["build"]) == ("", None, "")


@pytest.mark.parametrize("error", [ValidationError("no"), ReadOnlyError("no"), ConflictError("no")])
def test_mistake_of_the_caller_is_no_finding(error: CampaignError) -> None:
    assert unanswered(error, Request({})) is None


def test_finding_has_the_same_keys_as_a_diagnosis(enter: Enter) -> None:
    answer = unanswered(DeniedError("refused"), Request({}))
    assert answer is not None
    assert set(answer.result) - {"error"} == set(info(enter()).result)


# -- cure --------------------------------------------------------------------------------------------------------------


def test_plan_of_the_diagnosis_is_carried_out(enter: Enter) -> None:
    there = enter()
    plan = info(there).result["plans"][0]
    answer = cure(there, expected_value=plan["old_value"])
    assert answer.failed is None
    assert answer.changed
    assert answer.result["outcome"] == "cured"
    assert answer.result["digest"] == plan["digest"]
    assert answer.diff is not None
    assert answer.diff["before"] == f"{CURSOR} = {OLD}\n"
    assert answer.diff["after"] == f"{CURSOR} = {answer.result['after']}\n"
    assert there.cursor("mkt") > START


def planned(there: World, plans: list[dict[str, Any]], **more: Any) -> Answer:
    return there.ask("mkt", SYNC_CURSOR, plans=plans, **more)


@pytest.mark.parametrize(
    "made", [{}, {"strategy": "now"}, {"strategy": "explicit", "value": "2026-11-20T00:00:00Z"}], ids=str
)
def test_plan_is_passed_through_as_the_diagnosis_gave_it(enter: Enter, made: dict[str, Any]) -> None:
    there = enter()
    plans = info(there, **made).result["plans"]
    # The strategy in the task's options is ignored.
    answer = planned(there, plans, lookback="3h", workflow="another")
    assert answer.failed is None and answer.result["outcome"] == "cured"
    assert answer.result["digest"] == plans[0]["digest"]
    assert answer.result["plan"] == {name: plans[0][name] for name in answer.result["plan"]}


def test_plans_of_several_cursors_are_carried_out_together(enter: Enter) -> None:
    there = enter("mid", "other")
    plans = info(there).result["plans"]
    answer = planned(there, plans)
    assert [move["outcome"] for move in answer.result["moves"]] == ["cured", "cured"], answer.result["reason"]
    assert {move["digest"] for move in answer.result["moves"]} == {plan["digest"] for plan in plans}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"old_value": "2020-03-02 10:00:00.000Z"}, "was changed since"),
        ({"old_value": "2020-03-01"}, "not a date"),
        ({"option": PREFIX + "other"}, "was changed since"),
        ({"workflow": "another"}, "was changed since"),
        ({"lookback_seconds": 60}, "was changed since"),
        ({"lookback_seconds": None}, "lookback_seconds belongs"),
        ({"strategy": "now", "lookback_seconds": None}, "was changed since"),
        ({"explicit_value": "2026-11-20 00:00:00Z"}, "explicit_value belongs"),
        ({"instance": "mkt2"}, "was changed since"),
        ({"instance": "mkt2", "digest": plan_for("mkt2").digest}, "was made for 'mkt2', and this is 'mkt'"),
        ({"allow_backwards": True}, "no cursor backwards"),
        ({"digest": "0" * 64}, "was changed since"),
        ({"digest": plan_for("mkt").digest[:12]}, "was changed since"),
        *(({name: None}, f"plan has no {name}") for name in ("instance", "workflow", "option", "old_value", "digest")),
    ],
    ids=str,
)
def test_plan_that_is_not_as_it_was_written_is_refused_by_its_name(
    enter: Enter, change: dict[str, Any], words: str
) -> None:
    there = enter("mid", "other")
    good, bad = info(there).result["plans"]
    good, bad = (good, bad) if bad["option"] == CURSOR else (bad, good)
    there.sim.clear_ledger()
    name = "of no option" if "option" in change and change["option"] is None else change.get("option", bad["option"])
    with pytest.raises(ValidationError, match=words) as refused:
        planned(there, [good, {**bad, **change}])
    assert refused.value.message.startswith(f"plans[1] ({name}): ")
    assert there.calls("mkt") == ["xtk:session#Logon", "xtk:session#Logoff"]


def test_check_mode_shows_the_exact_change(enter: Enter) -> None:
    there = enter()
    answer = cure(there, check_mode=True)
    assert (answer.changed, answer.failed, answer.result["outcome"]) == (True, None, "planned")
    assert answer.diff == {
        "before": f"{CURSOR} = {OLD}\n",
        "after": f"{CURSOR} = 2026-11-22 02:00:00.000Z\n",
        "before_header": CURSOR,
        "after_header": CURSOR,
    }
    assert there.writes("mkt") == []


@pytest.mark.parametrize(
    ("params", "outcome"),
    [({"expected_value": "2020-03-02 10:00:00Z"}, "refused"), ({"cursor": PREFIX + "nowhere"}, "refused")],
    ids=["other value", "no such cursor"],
)
def test_outcome_that_leaves_something_to_do_fails_with_its_reason_and_changes_nothing(
    enter: Enter, params: dict[str, Any], outcome: str
) -> None:
    there = enter()
    answer = cure(there, **params)
    assert answer.failed is not None
    assert answer.failed.startswith(f"mkt: {outcome}. ")
    assert not answer.changed
    assert answer.diff is not None
    assert answer.diff["before"] == answer.diff["after"]
    assert there.writes("mkt") == []


def test_healthy_cursor_is_a_success_without_a_change(enter: Enter) -> None:
    there = enter(cursor="2026-11-22T00:00:00Z")
    answer = cure(there)
    assert (answer.changed, answer.failed, answer.result["outcome"]) == (False, None, "unchanged")


def test_choices_reach_the_cure(enter: Enter) -> None:
    there = enter()
    there.sim.change("mkt", wfserver="down")
    answer = cure(there, order_timeout=20.0, force=True, on_failure="keep", verify_timeout=1.0, poll_interval=5.0)
    assert answer.result["outcome"] == "pending"
    assert there.writes("mkt") == ["Write", "Stop", "Kill", "Start"]
    assert "Waited 20 s for the start" in str(answer.failed)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"strategy": "explicit"}, "belong together"),
        ({"value": "2026-11-20 00:00:00Z"}, "belong together"),
        ({"expected_value": "2020-03-01 10:00:00"}, "expected_value: .*time zone"),
        ({"expected_value": ""}, "expected_value: "),
        ({"strategy": "explicit", "value": ""}, "value: "),
        ({"lookback": "-1d"}, "lookback: "),
        ({"engine_grace": "never"}, "engine_grace: "),
        ({"poll_interval": 0.0}, "poll_interval"),
        ({"verify_timeout": -5.0}, "verify_timeout"),
        ({"order_timeout": float("nan")}, "order_timeout"),
    ],
)
def test_input_that_cannot_be_right_is_refused_before_anything_is_read(
    enter: Enter, params: dict[str, Any], words: str
) -> None:
    there = enter()
    with pytest.raises(ValidationError, match=words):
        cure(there, **params)
    assert there.calls("mkt") == ["xtk:session#Logon", "xtk:session#Logoff"]


def test_cursor_map_reaches_the_diagnosis(enter: Enter) -> None:
    there = enter()
    answer = cure(there, cursor_map={CURSOR: "nowhere"})
    assert "The verdict is 'unmatched'" in str(answer.failed)


@pytest.mark.parametrize(
    ("strategy", "written"),
    [
        ({"lookback": "2h"}, "2026-11-23 00:00:00.000Z"),
        ({"strategy": "now", "lookback": "not looked at"}, "2026-11-23 01:50:00.000Z"),
        ({"strategy": "explicit", "value": "2026-11-20T00:00:00Z"}, "2026-11-20 00:00:00.000Z"),
    ],
)
def test_strategy_reaches_the_plan(enter: Enter, strategy: dict[str, Any], written: str) -> None:
    there = enter()
    answer = cure(there, check_mode=True, **strategy)
    assert answer.diff is not None
    assert answer.diff["after"] == f"{CURSOR} = {written}\n"
