# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not known of Campaign (domain.md 7): each row has a switch, and a test over HTTP in each of its positions.

A test says for which row and which position it stands. The last tests compare these with the rows of the table and with
the words that each switch knows, so that a new row or a new word without a test fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import pytest

from simulator.switches import Switches
from simulator.synchronising import TIMEOUT_TEXTS
from simulator.testing import RunningSimulator, running_simulator
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, Fault, Hand, results

Test = TypeVar("Test", bound=Callable[..., None])

HERE = Path(__file__).parent
ROWS = range(1, 23)
#: (row, switch or other setting, position) of every test here.
POSITIONS: set[tuple[int, str, str]] = set()
#: Rows without a switch, and why.
NO_SWITCH = {
    17: "No pointer of the tracking and statistics workflows of mid-sourcing is known, so none is there.",
    19: "A client reads the result of GetServerTime by position; any name is right, and one is served.",
    21: "The codes are found nowhere, so they are never sent.",
}

STUCK = "2020-03-01T10:00:00Z"


def position(row: int, setting: str, *words: str) -> Callable[[Test], Test]:
    """Says for which positions of a row's switch a test stands."""

    def register(test: Test) -> Test:
        POSITIONS.update((row, setting, word) for word in words)
        return test

    return register


@contextmanager
def fleet(*, years: bool = False, mid: dict[str, Any] | None = None, **changes: Any) -> Iterator[RunningSimulator]:
    """A marketing instance and its mid. The cursor is recent, or with `years` so old that the mid cannot answer."""
    start = {"value": STUCK} if years else {"age": "1h"}
    marketing = {
        "role": "marketing",
        "operators": [
            {"login": "ops", "password": "ops-secret", "rights": ["admin"]},
            {"login": "runner", "password": "pw", "rights": ["workflow"]},
        ],
        "accounts": [{"name": "defaultEmailMid", "mid": "mid-eu", "login": "mid", "password": "mid-secret"}],
        "options": {CURSOR: {"type": "datetime", **start}},
        "workflows": {COUNTERS: {"every": "10m", "timeout": "60s"}},
        **changes,
    }
    servers = {
        "role": "mid",
        "operators": [{"login": "mid", "password": "mid-secret", "rights": ["admin"]}],
        "seconds_per_row": 0.1,
        "deliveries": {"count": 3000, "from": "2020-01-01T00:00:00Z", "to": "now", "for": ["mkt-a"]},
        **(mid or {}),
    }
    whole = {"start": "2026-11-23T02:00:00Z", "seed": 7, "instances": {"mkt-a": marketing, "mid-eu": servers}}
    with running_simulator(whole) as running:
        yield running


def hand(sim: RunningSimulator, login: str = "ops") -> Hand:
    """Somebody who has logged on."""
    return Hand(sim.instances["mkt-a"]).logon(login, "ops-secret" if login == "ops" else "pw")


def ran(sim: RunningSimulator) -> dict[str, Any]:
    """The workflow's row after a first run."""
    sim.advance("9m")
    return sim.workflow("mkt-a", COUNTERS)


def errors(sim: RunningSimulator) -> list[str]:
    """What the journal says of failures, newest first."""
    return [line["error"] for line in sim.journal("mkt-a", COUNTERS) if line["error"]]


def two_accounts(**changes: Any) -> Any:
    """The first account's mid refuses the logon, the second one is well."""
    accounts = [
        {"name": "a", "mid": "mid-eu", "login": "mid", "password": "wrong"},
        {"name": "b", "mid": "mid-eu", "login": "mid", "password": "mid-secret"},
    ]
    names = {f"NmsMidSourcing_LastDelivery_{name}": {"type": "datetime", "age": "1h"} for name in "ab"}
    return fleet(accounts=accounts, options=names, **changes)


# -- rows 1 to 3: the cursor ---------------------------------------------------------------------------------------


@position(1, "accounts.suffix", "the account's name", "another")
@pytest.mark.parametrize("suffix", ["defaultEmailMid", "someOtherName"])
def test_the_cursor_ends_in_the_accounts_name_or_in_another(suffix: str) -> None:
    account = {"name": "defaultEmailMid", "mid": "mid-eu", "login": "mid", "password": "mid-secret", "suffix": suffix}
    name = f"NmsMidSourcing_LastDelivery_{suffix}"
    with fleet(accounts=[account], options={name: {"type": "datetime", "age": "1h"}}) as sim:
        before = sim.option_time("mkt-a", name)
        assert not ran(sim)["failed"]
        assert sim.option_time("mkt-a", name) > before


@position(2, "options.type", "datetime")
@position(3, "skew", "0", "ahead")
@pytest.mark.parametrize("skew", ["0s", "2h"])
def test_the_cursor_is_a_datetime_that_follows_the_marketing_instances_clock(skew: str) -> None:
    with fleet(skew=skew) as sim:
        assert hand(sim).option()[1] == "7"
        ran(sim)
        lead = sim.option_time("mkt-a", CURSOR) - sim.now()
        assert abs(lead - timedelta(seconds=7200 if skew == "2h" else 0)) < timedelta(minutes=10)


@position(2, "options.type", "text")
def test_the_cursor_may_be_a_text_which_no_run_reads() -> None:
    with fleet(options={CURSOR: {"type": "string", "value": "2020-03-01 10:00:00"}}) as sim:
        assert hand(sim).option() == ("2020-03-01 10:00:00", "6")


@position(2, "missing_cursor", "everything", "fail")
@pytest.mark.parametrize("word", ["everything", "fail"])
def test_an_account_without_a_cursor_asks_for_everything_or_fails(word: str) -> None:
    with fleet(options={}, switches={"missing_cursor": word}, mid={"seconds_per_row": 0}) as sim:
        assert bool(ran(sim)["failed"]) == (word == "fail")
        assert (sim.option("mkt-a", CURSOR) is None) == (word == "fail")


# -- rows 4 and 5, 15, 16 and 20: runs that fail -------------------------------------------------------------------


@position(4, "cursor_after_failure", "keep", "move")
@pytest.mark.parametrize("word", ["keep", "move"])
def test_a_failed_run_leaves_its_cursor_or_moves_it(word: str) -> None:
    with fleet(years=True, switches={"cursor_after_failure": word}) as sim:
        before = sim.option_time("mkt-a", CURSOR)
        assert ran(sim)["failed"]
        assert (sim.option_time("mkt-a", CURSOR) == before) == (word == "keep")


@position(5, "timeout_text", *TIMEOUT_TEXTS)
def test_the_journals_text_of_a_timeout_is_one_of_several() -> None:
    seen = set()
    for word in TIMEOUT_TEXTS:
        with fleet(years=True, switches={"timeout_text": word}) as sim:
            ran(sim)
            seen.update(errors(sim))
    assert len(seen) == len(TIMEOUT_TEXTS)


@position(15, "cursor_written", "at_end", "per_account")
@pytest.mark.parametrize("word", ["at_end", "per_account"])
def test_cursors_are_written_at_the_end_or_account_by_account(word: str) -> None:
    accounts = [
        {"name": "a", "mid": "mid-eu", "login": "mid", "password": "mid-secret"},
        {"name": "b", "mid": "mid-eu", "login": "mid", "password": "wrong"},
    ]
    names = {f"NmsMidSourcing_LastDelivery_{name}": {"type": "datetime", "age": "1h"} for name in "ab"}
    with fleet(accounts=accounts, options=names, switches={"cursor_written": word}) as sim:
        before = sim.option_time("mkt-a", "NmsMidSourcing_LastDelivery_a")
        assert ran(sim)["failed"]
        moved = sim.option_time("mkt-a", "NmsMidSourcing_LastDelivery_a") > before
        assert moved == (word == "per_account")


@position(16, "failing_account", "stop", "continue")
@pytest.mark.parametrize("word", ["stop", "continue"])
def test_a_run_stops_at_the_first_account_that_fails_or_goes_on(word: str) -> None:
    with two_accounts(switches={"failing_account": word, "cursor_written": "per_account"}) as sim:
        before = sim.option_time("mkt-a", "NmsMidSourcing_LastDelivery_b")
        assert ran(sim)["failed"]
        assert (sim.option_time("mkt-a", "NmsMidSourcing_LastDelivery_b") > before) == (word == "continue")


@position(20, "seconds_per_row", "slow", "fast")
@pytest.mark.parametrize("cost", [0.1, 0.0])
def test_years_are_too_much_for_a_mid_whose_rows_cost_time(cost: float) -> None:
    with fleet(years=True, mid={"seconds_per_row": cost}) as sim:
        assert bool(ran(sim)["failed"]) == (cost > 0)


@position(20, "workflows.timeout", "short", "long")
@pytest.mark.parametrize("timeout", ["60s", "400s"])
def test_how_long_a_run_waits_is_a_setting_of_the_workflow(timeout: str) -> None:
    with fleet(years=True, workflows={COUNTERS: {"every": "20m", "first_run": "1m", "timeout": timeout}}) as sim:
        assert bool(ran(sim)["failed"]) == (timeout == "60s")


# -- rows 6 to 8 and 11: orders, sessions, rights ------------------------------------------------------------------


@position(6, "order_without_effect", "accept", "fault")
@pytest.mark.parametrize("word", ["accept", "fault"])
def test_a_start_of_a_started_workflow_is_silent_or_a_fault(word: str) -> None:
    with fleet(switches={"order_without_effect": word}) as sim:
        if word == "accept":
            hand(sim).order("Start")
        else:
            with pytest.raises(Fault, match="SOP-330011"):
                hand(sim).order("Start")


@position(6, "unknown_workflow", "fault", "accept")
@pytest.mark.parametrize("word", ["fault", "accept"])
def test_an_order_for_a_workflow_that_is_not_there_is_a_fault_or_silent(word: str) -> None:
    with fleet(switches={"unknown_workflow": word}) as sim:
        if word == "accept":
            hand(sim).order("Start", "nope")
        else:
            with pytest.raises(Fault, match="The requested database record does not exist"):
                hand(sim).order("Start", "nope")


EXPIRED = {"403-plain": 403, "401-plain": 401, "200-plain": 200, "500-plain": 500, "200-fault": 200}


@position(7, "expired_answer", *EXPIRED)
@pytest.mark.parametrize("word", EXPIRED)
def test_an_expired_session_is_told_in_one_of_several_shapes(word: str) -> None:
    with fleet(switches={"expired_answer": word}) as sim:
        here = hand(sim)
        sim.change("mkt-a", expire_sessions=True)
        answer = here.post("xtk:session", "TestCnx")
        assert answer.status_code == EXPIRED[word]
        assert answer.text.startswith("XSV-350008") == word.endswith("plain")
        if word.endswith("fault"):
            with pytest.raises(Fault, match="XSV-350008"):
                results(answer.content, "TestCnx")


@position(7, "zone.refused", "403", "500")
@pytest.mark.parametrize(("status", "code"), [(403, "XSV-350013"), (500, "XSV-350014")])
def test_an_address_is_refused_with_either_code_and_status(status: int, code: str) -> None:
    with fleet(zone={"refused": status}) as sim:
        answer = Hand(sim.instances["mkt-a"]).post("xtk:session", "Logon", "ops", "ops-secret", "")
        assert (answer.status_code, answer.text[:10]) == (status, code)


@position(8, "on_error_numbers", "stop_0_ignore_1", "stop_1_ignore_0")
@pytest.mark.parametrize("word", ["stop_0_ignore_1", "stop_1_ignore_0"])
def test_the_numbers_of_the_error_management_are_one_way_or_the_other(word: str) -> None:
    with fleet(switches={"on_error_numbers": word}) as sim:
        found = hand(sim).query("xtk:workflow", "@onError", where=f"@internalName = '{COUNTERS}'", operation="get")
        assert found.get("onError") == ("0" if word.startswith("stop_0") else "1")


@position(11, "rights_refusal", "fault", "missing")
@pytest.mark.parametrize("word", ["fault", "missing"])
def test_an_order_without_the_right_is_refused_by_name_or_as_if_nothing_were_there(word: str) -> None:
    with fleet(switches={"rights_refusal": word}) as sim, pytest.raises(Fault) as caught:
        hand(sim, "runner").order("Stop")
    assert ("does not exist" in str(caught.value)) == (word == "missing")


@position(11, "system_tables", "readable", "admin")
@pytest.mark.parametrize("word", ["readable", "admin"])
def test_the_tables_of_the_platform_are_for_all_or_for_administrators(word: str) -> None:
    with fleet(switches={"system_tables": word}) as sim:
        here = hand(sim, "runner")
        if word == "readable":
            assert here.query("xtk:option", "@name", operation="count").get("count") != "0"
        else:
            with pytest.raises(Fault):
                here.query("xtk:option", "@name", operation="count")


# -- rows 9 and 10, 12 to 14: data and queries ---------------------------------------------------------------------


@position(9, "guessed_attributes", "hidden", "served")
@pytest.mark.parametrize("word", ["hidden", "served"])
def test_attributes_that_are_guesses_are_unknown_or_served(word: str) -> None:
    with fleet(switches={"guessed_attributes": word}) as sim:
        if word == "served":
            assert hand(sim).query("nms:extAccount", "@deliveryMode") is not None
        else:
            with pytest.raises(Fault, match="XTK-170036"):
                hand(sim).query("nms:extAccount", "@deliveryMode")


@position(10, "accounts.mid", "a mid", "none")
def test_a_routing_account_has_a_server_or_none() -> None:
    accounts = [
        {"name": "defaultEmailMid", "mid": "mid-eu", "login": "mid", "password": "mid-secret"},
        {"name": "defaultEmailBulk"},
    ]
    with fleet(accounts=accounts) as sim:
        rows = hand(sim).query("nms:extAccount", "@name", "@server", where="@type = 3", lineCount=10)
        assert {row.get("name"): bool(row.get("server")) for row in rows} == {
            "defaultEmailMid": True,
            "defaultEmailBulk": False,
        }
        assert not ran(sim)["failed"]


@position(12, "empty_element", "null", "ignore", "fault")
@pytest.mark.parametrize("word", ["null", "ignore", "fault"])
def test_an_empty_element_blanks_the_value_or_does_nothing_or_faults(word: str) -> None:
    document = (
        f'<option xtkschema="xtk:option" _operation="insertOrUpdate" _key="@name" name="{CURSOR}" dataType="7">'
        "<timeStampValue/></option>"
    )
    with fleet(switches={"empty_element": word}) as sim:
        before = hand(sim).option()
        if word == "fault":
            with pytest.raises(Fault):
                hand(sim).call("xtk:persist", "Write", document)
        else:
            hand(sim).call("xtk:persist", "Write", document)
        assert hand(sim).option() == (("", "7") if word == "null" else before)


@position(13, "row_cap", "200", "another")
@pytest.mark.parametrize("cap", [200, 5])
def test_a_query_without_line_count_gives_so_many_rows(cap: int) -> None:
    options = {f"o{number}": {"value": "x"} for number in range(250)}
    with fleet(options=options, switches={"row_cap": cap}) as sim:
        assert len(hand(sim).query("xtk:option", "@name")) == cap


@position(14, "start_line", "exact", "off_by_one")
@pytest.mark.parametrize("word", ["exact", "off_by_one"])
def test_a_page_begins_where_the_last_one_ended_or_a_row_before(word: str) -> None:
    options = {f"o{number}": {"value": "x"} for number in range(9)}
    with fleet(options=options, switches={"start_line": word}) as sim:
        first, second = (
            [row.get("name") for row in hand(sim).query("xtk:option", "@name", lineCount=4, startLine=start)]
            for start in (0, 4)
        )
        assert (first[-1] == second[0]) == (word == "off_by_one")


# -- rows 18 and 22 ------------------------------------------------------------------------------------------------


@position(22, "zone.show_errors", "true", "false")
@position(22, "zone.show_codes", "true", "false")
@pytest.mark.parametrize(("errors_shown", "codes_shown"), [(True, True), (False, True), (False, False)])
def test_a_zone_shows_codes_and_details_or_hides_them(errors_shown: bool, codes_shown: bool) -> None:
    with fleet(zone={"show_errors": errors_shown, "show_codes": codes_shown}) as sim, pytest.raises(Fault) as caught:
        hand(sim).query("xtk:option", "@nope")
    assert (caught.value.detail is not None) == errors_shown
    assert bool(re.match(r"[A-Z]{3}-\d{6}", caught.value.string)) == codes_shown


# -- outside of the table ------------------------------------------------------------------------------------------

#: Switches for what domain.md leaves open elsewhere, with the test file that shows their positions.
ELSEWHERE = {"collection": "test_router.py", "spawned": "test_workflow_methods.py", "window_end": "test_technical.py"}

#: Row 18 (which date the cleanup looks at): its two positions are shown with the cleanup itself.
WITH_THE_CLEANUP = {
    18: (
        "test_with_its_cursor_left_alone_the_cleanup_waits_and_the_logs_come_in_the_end",
        "test_a_log_cursor_moved_forward_makes_the_cleanup_cancel_messages_that_were_sent",
    )
}


def test_every_row_of_the_table_has_its_switch_or_a_reason_why_it_has_none() -> None:
    shown = {row: {(setting, word) for r, setting, word in POSITIONS if r == row} for row in ROWS}
    for row in ROWS:
        if row in WITH_THE_CLEANUP:
            assert all(f"def {test}" in (HERE / "test_technical.py").read_text() for test in WITH_THE_CLEANUP[row])
        elif row not in NO_SWITCH:
            assert len(shown[row]) >= 2, f"row {row} is shown in {shown[row] or 'no position'}"
    assert not {row for row, _setting, _word in POSITIONS} & set(NO_SWITCH)


def test_every_word_of_every_switch_has_a_test() -> None:
    shown = {(setting, word) for _row, setting, word in POSITIONS}
    for one in fields(Switches):
        kind = get_type_hints(Switches)[one.name]
        if one.name in ELSEWHERE or get_origin(kind) is not Literal:
            continue
        missing = [word for word in get_args(kind) if (one.name, word) not in shown]
        assert not missing, f"{one.name}: no test for {missing}"
    for name, file in ELSEWHERE.items():
        text = (HERE / file).read_text(encoding="utf-8")
        default = getattr(Switches(), name)
        for word in get_args(get_type_hints(Switches)[name]):
            assert word == default or f'"{word}"' in text, f"{file} does not set {name} to {word}"
