# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import get_args, get_type_hints

import pytest

from simulator.config.switches import Switches
from simulator.database.rows import DELIVERY, OPTION
from simulator.technical.midsourcing import CURSOR_PREFIX, PAGE, TIMEOUT_TEXTS
from tests.unit.simulator.engine_mid import Fault, Marketing, Mid, cut_short, fault, fleet, page, reset
from tests.unit.simulator.engine_world import HOUR, MINUTE, START, run

OLD = datetime(2020, 3, 1, 10, tzinfo=UTC)
FRESH = START - timedelta(minutes=5)
DAY = timedelta(days=1)
DEADLOCK = "PGS-220000 PostgreSQL error: ERROR:  deadlock detected"


def years_of_deliveries(mid: Mid) -> None:
    """400 virtual seconds for all of them, one or two a day."""
    mid.seconds_per_row = 0.1
    mid.fill(4_000, datetime(2020, 1, 1, tzinfo=UTC), START)


def first_run_at(seconds: float) -> datetime:
    """When a run that was due then reads its cursors: one second later, when its process has started."""
    return START + timedelta(seconds=seconds + 1)


# -- the good run ----------------------------------------------------------------------------------------------------


def test_a_run_copies_the_counters_moves_the_cursor_and_logs_it() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.add_cursor(START - DAY)
            here.mid.fill(30, START - 30 * DAY, START)
            here.add_workflow()
            await here.clock.advance(11 * MINUTE)
            assert here.cursor() == first_run_at(600)
            copied = here.store.find(DELIVERY)
            assert [row["internalName"] for row in copied] == ["mkt-a:DM30"]
            original = here.mid.store.find(DELIVERY, internalName="mkt-a:DM30")[0]
            for name in ("state", "lastModified", "label", "toDeliver", "processed", "deliveryMode"):
                assert copied[0][name] == original[name]
            option = here.store.find(OPTION)[0]
            assert here.journal() == [
                "Run started (process 1001).",
                f"AuditTrail: Option '{option['name']}' with id '{option['id']}' modified by 'admin'",
                "Run finished (process 1001).",
            ]
            assert [method for method, _unused in here.mid.calls] == ["Logon", "ExecuteQuery", "Logoff"]
            assert here.mid.sessions == 0

    run(scenario())


def test_the_workflow_moves_the_cursor_run_after_run() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.add_cursor(FRESH)
            years_of_deliveries(here.mid)
            here.add_workflow()
            for number in range(1, 5):
                await here.clock.advance(10 * MINUTE if number > 1 else 10 * MINUTE + 5)
                assert here.cursor() == first_run_at(number * 600)
            assert here.row["errorCount"] == 0

    run(scenario())


def test_a_known_delivery_is_updated_and_not_doubled() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.add_cursor(FRESH)
            here.mid.fill(1, START - 30 * DAY, START - 30 * DAY)
            here.store.insert(DELIVERY, {"internalName": "mkt-a:DM1", "label": "Ours", "state": 55})
            here.add_workflow()
            await here.clock.advance(11 * MINUTE)
            assert here.store.find(DELIVERY)[0]["state"] == 55
            row_id = here.mid.store.find(DELIVERY)[0]["id"]
            assert isinstance(row_id, int)
            here.mid.store.update(DELIVERY, row_id, {"state": 85, "processed": 77, "lastModified": here.clock.now()})
            await here.clock.advance(10 * MINUTE)
            rows = here.store.find(DELIVERY)
            assert len(rows) == 1
            assert (rows[0]["state"], rows[0]["processed"], rows[0]["label"]) == (85, 77, "Ours")

    run(scenario())


def test_a_mid_gives_each_marketing_instance_its_own_deliveries_only() -> None:
    async def scenario() -> None:
        async with fleet(seconds_per_row=1) as here:
            here.add_account()
            here.add_cursor(None)
            here.mid.fill(40, START - DAY, START, "mkt-a", "mkt-aa", "b")
            here.add_workflow()
            await here.clock.advance(10 * MINUTE + 14)
            assert here.row["processId"] != 0  # its 14 rows take a second each, not all 40
            await here.clock.advance(2)
            assert here.row["processId"] == 0
            names = [str(row["internalName"]) for row in here.store.find(DELIVERY)]
            assert len(names) == 14 and all(name.startswith("mkt-a:") for name in names)

    run(scenario())


def test_many_deliveries_are_asked_for_in_pages() -> None:
    async def scenario() -> None:
        async with fleet(seconds_per_row=0.001) as here:
            here.add_account()
            here.add_cursor(START - 2 * DAY)
            here.mid.fill(2 * PAGE + 1, START - DAY, START)
            here.add_workflow()
            await here.clock.advance(11 * MINUTE)
            assert len(here.mid.asked("ExecuteQuery")) == 3
            assert len(here.store.find(DELIVERY)) == 2 * PAGE + 1
            assert here.cursor() == first_run_at(600)

    run(scenario())


def test_a_full_last_page_is_followed_by_an_empty_one_and_that_is_the_end() -> None:
    async def scenario() -> None:
        async with fleet(seconds_per_row=0) as here:
            here.add_account()
            here.add_cursor(START - 2 * DAY)
            here.mid.fill(PAGE, START - DAY, START)
            here.add_workflow()
            await here.clock.advance(11 * MINUTE)
            assert len(here.mid.asked("ExecuteQuery")) == 2
            assert not here.failed and len(here.store.find(DELIVERY)) == PAGE

    run(scenario())


def test_only_active_routing_accounts_with_a_server_are_asked() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account("off", active=False)
            here.add_account("defaultEmailBulk", server="")
            here.add_account("bounces", type=0)
            here.add_workflow()
            await here.clock.advance(11 * MINUTE)
            assert here.mid.calls == []
            assert not here.failed and here.store.find(OPTION) == []

    run(scenario())


def test_the_cursor_follows_the_marketing_instances_clock_at_the_start_of_the_run() -> None:
    async def scenario() -> None:
        async with fleet(skew=300, seconds_per_row=30) as here:
            here.add_account()
            here.add_cursor(START - DAY)
            here.mid.fill(1, START, START)
            here.add_workflow()
            await here.clock.advance(10 * MINUTE + 40)
            assert here.cursor() == first_run_at(900)

    run(scenario())


# -- the incident ----------------------------------------------------------------------------------------------------


def test_a_cursor_left_years_behind_fails_every_run_and_never_moves() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.add_cursor(OLD)
            years_of_deliveries(here.mid)
            here.add_workflow(on_error="ignore")
            await here.clock.advance(HOUR + 5 * MINUTE)
            assert here.cursor() == OLD
            assert here.row["state"] == 11 and here.row["failed"] == 0 and here.row["errorCount"] == 6
            assert len(here.errors) == 6 and all("timed out after 60 s" in text for text in here.errors)
            assert here.store.find(DELIVERY) == []

    run(scenario())


def test_the_run_lasts_as_long_as_the_time_limit_and_the_mid_goes_on_without_it() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.add_cursor(OLD)
            years_of_deliveries(here.mid)
            here.add_workflow()
            await here.clock.advance(10 * MINUTE + 60)
            assert here.row["processId"] != 0
            await here.clock.advance(1)
            assert here.failed and here.row["processId"] == 0
            assert here.row["errorActivity"] == "synchronise"
            assert here.mid.sessions == 0  # it logs off all the same
            assert here.mid.answered == []
            await here.clock.advance(10 * MINUTE)
            assert len(here.mid.answered) == 1

    run(scenario())


def test_the_cure_moves_the_cursor_stops_starts_and_the_workflow_advances_it_again() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.add_cursor(OLD)
            years_of_deliveries(here.mid)
            here.add_workflow()
            await here.clock.advance(12 * MINUTE)
            assert here.failed
            here.move_cursor(here.clock.now() - DAY)
            here.order("Stop")
            await here.clock.advance(5)
            here.order("Start")
            await here.clock.advance(5)
            here.order("Wakeup")
            await here.clock.advance(10)
            woken = first_run_at(12 * MINUTE + 12)
            assert here.cursor() == woken
            assert 1 <= len(here.store.find(DELIVERY)) <= 2
            await here.clock.advance(10 * MINUTE)
            moved = here.cursor()
            assert moved is not None and moved > woken
            assert len(here.errors) == 1

    run(scenario())


def test_start_from_failed_repeats_the_question_and_does_not_see_the_moved_cursor() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.add_cursor(OLD)
            years_of_deliveries(here.mid)
            here.add_workflow()
            await here.clock.advance(12 * MINUTE)
            moved = here.clock.now() - DAY
            here.move_cursor(moved)
            here.order("Start")
            await here.clock.advance(2 * MINUTE)
            assert here.failed and len(here.errors) == 2
            assert here.cursor() == moved
            questions = [str(query.xpath("string(where/condition/@expr)")) for query in here.mid.queries]
            assert len(questions) == 2 and questions[0] == questions[1]
            assert "@lastModified >= #2020-03-01T10:00:00.000Z#" in questions[0]

    run(scenario())


def test_stop_while_the_mid_is_asked_cancels_the_run_but_not_the_mid() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.add_cursor(OLD)
            years_of_deliveries(here.mid)
            here.add_workflow()
            await here.clock.advance(10 * MINUTE + 20)
            here.order("Stop")
            await here.clock.advance(3)
            assert here.row["state"] == 20 and here.row["processId"] == 0
            assert here.errors == []
            assert len(here.mid.asked("ExecuteQuery")) == 1 and here.mid.answered == []
            await here.clock.advance(10 * MINUTE)
            assert len(here.mid.answered) == 1

    run(scenario())


@pytest.mark.parametrize("word", sorted(TIMEOUT_TEXTS))
def test_the_text_of_the_timeout_is_chosen_by_switch(word: str) -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.switch(Switches(timeout_text=word))  # type: ignore[arg-type]
            here.add_account()
            here.add_cursor(OLD)
            here.mid.fill(100, OLD, START)
            here.mid.seconds_per_row = 10
            here.add_workflow()
            await here.clock.advance(12 * MINUTE)
            assert len(here.errors) == 1
            assert here.errors[0][:10] == TIMEOUT_TEXTS[word].replace("{method}", "ExecuteQuery")[:10]
            assert "{" not in here.errors[0]

    run(scenario())


def test_every_word_of_the_switch_has_a_text() -> None:
    assert set(get_args(get_type_hints(Switches)["timeout_text"])) == set(TIMEOUT_TEXTS)


# -- cursors that are not as they should be --------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [True, False], ids=["no option", "no value"])
def test_without_a_cursor_everything_is_asked_for_and_the_cursor_is_made(missing: bool) -> None:
    async def scenario() -> None:
        async with fleet(seconds_per_row=0.001) as here:
            here.add_account()
            if not missing:
                here.add_cursor(None)
            here.mid.fill(50, OLD, START)
            here.add_workflow()
            await here.clock.advance(11 * MINUTE)
            assert len(here.store.find(DELIVERY)) == 50
            assert here.cursor() == first_run_at(600)
            assert here.store.find(OPTION)[0]["dataType"] == 7

    run(scenario())


def test_by_switch_a_missing_cursor_fails_the_run_before_anything_is_asked() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.switch(Switches(missing_cursor="fail"))
            here.add_account()
            here.add_workflow()
            await here.clock.advance(11 * MINUTE)
            assert here.failed and here.row["errorActivity"] == "readCursors"
            assert here.errors == [f"Option '{CURSOR_PREFIX}defaultEmailMid' is missing or empty."]
            assert here.mid.calls == []

    run(scenario())


def test_a_cursor_of_type_text_is_used_and_stays_text() -> None:
    async def scenario() -> None:
        async with fleet(seconds_per_row=0) as here:
            here.add_account()
            option = {"name": f"{CURSOR_PREFIX}defaultEmailMid", "dataType": 6, "stringValue": "2026-11-22T02:00:00"}
            here.store.insert(OPTION, option)
            here.mid.fill(30, START - 30 * DAY, START)
            here.add_workflow()
            await here.clock.advance(11 * MINUTE)
            row = here.store.find(OPTION)[0]
            assert (row["dataType"], row["stringValue"]) == (6, "2026-11-23 02:10:01.000Z")
            assert len(here.store.find(DELIVERY)) == 1

    run(scenario())


def test_a_cursor_that_is_no_date_is_refused_by_the_mid() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            option = {"name": f"{CURSOR_PREFIX}defaultEmailMid", "dataType": 6, "stringValue": "last Tuesday"}
            here.store.insert(OPTION, option)
            here.add_workflow()
            await here.clock.advance(11 * MINUTE)
            assert here.failed and "XTK-170036" in here.errors[0]
            assert here.errors[0].startswith("SOP-330011")

    run(scenario())


def test_a_cursor_whose_suffix_is_not_the_accounts_name_is_the_one_that_counts() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.suffixes["defaultEmailMid"] = "2088"
            here.add_cursor(FRESH)
            here.add_cursor(FRESH, "2088")
            here.add_workflow()
            await here.clock.advance(11 * MINUTE)
            assert here.cursor() == FRESH
            assert here.cursor("2088") == first_run_at(600)

    run(scenario())


def test_a_future_cursor_silences_the_synchronisation_without_an_error() -> None:
    async def scenario() -> None:
        async with fleet(seconds_per_row=0) as here:
            here.add_account()
            here.add_cursor(START + DAY)
            here.mid.fill(30, START - 30 * DAY, START)
            here.add_workflow()
            await here.clock.advance(11 * MINUTE)
            assert not here.failed and here.store.find(DELIVERY) == []

    run(scenario())


# -- several accounts ------------------------------------------------------------------------------------------------


async def two_mids(here: Marketing) -> None:
    good, bad = here.mids["good"], here.mids["bad"]
    good.fill(20, START - 20 * DAY, START)
    bad.fill(1_000, OLD, START, start=5_000)
    bad.seconds_per_row = 1
    for name, mid, cursor in (("a1", bad, OLD), ("a2", good, FRESH), ("a3", bad, OLD)):
        here.add_account(name, mid)
        here.add_cursor(cursor, name)
    here.add_workflow()
    await here.clock.advance(15 * MINUTE)
    assert here.failed


def test_a_run_stops_at_the_first_failing_account_and_no_cursor_moves() -> None:
    async def scenario() -> None:
        async with fleet("good", "bad") as here:
            await two_mids(here)
            assert here.mids["good"].calls == []
            assert [here.cursor(name) for name in ("a1", "a2", "a3")] == [OLD, FRESH, OLD]
            assert len(here.errors) == 1

    run(scenario())


def test_by_switch_it_goes_on_with_the_other_accounts_and_each_failure_has_a_line() -> None:
    async def scenario() -> None:
        async with fleet("good", "bad") as here:
            here.switch(Switches(failing_account="continue"))
            await two_mids(here)
            assert len(here.mids["good"].asked("ExecuteQuery")) == 1
            assert [here.cursor(name) for name in ("a1", "a2", "a3")] == [OLD, FRESH, OLD]
            assert len(here.errors) == 2

    run(scenario())


def test_by_switch_the_cursor_of_each_good_account_moves_though_others_fail() -> None:
    async def scenario() -> None:
        async with fleet("good", "bad") as here:
            here.switch(Switches(failing_account="continue", cursor_written="per_account"))
            await two_mids(here)
            assert [here.cursor(name) for name in ("a1", "a2", "a3")] == [OLD, first_run_at(600), OLD]

    run(scenario())


def test_by_switch_a_failed_run_moves_its_cursors_all_the_same() -> None:
    async def scenario() -> None:
        async with fleet("good", "bad") as here:
            here.switch(Switches(cursor_after_failure="move"))
            await two_mids(here)
            assert [here.cursor(name) for name in ("a1", "a2", "a3")] == [first_run_at(600)] * 3

    run(scenario())


# -- other causes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "what", "text"),
    [
        ("Logon", page(500, "XSV-350014 The '10.0.0.1' IP address is not accepted.\n", "text/plain"),
         "XSV-350014 The '10.0.0.1' IP address is not accepted."),
        ("Logon", page(200, "", "text/xml"), "Empty return for method 'Logon' of service 'xtk:session'"),
        ("Logon", page(200, "<html><body>Portal</body></html>"),
         "Empty return for method 'Logon' of service 'xtk:session'"),
        ("Logon", reset, "Empty return for method 'Logon' of service 'xtk:session'"),
        ("ExecuteQuery", page(504, "<html>Gateway Timeout</html>"), "INT-150012 HTTP query returned error type (504)"),
        ("ExecuteQuery", page(502, "Bad Gateway", "text/plain"), "INT-150012 HTTP query returned error type (502)"),
        ("ExecuteQuery", reset, "Empty return for method 'ExecuteQuery' of service 'xtk:queryDef'"),
        ("ExecuteQuery", cut_short, "Incomplete answer to method 'ExecuteQuery' of service 'xtk:queryDef'."),
        ("ExecuteQuery", page(403, "XSV-350008 Session has expired or is invalid. Please reconnect.", "text/plain"),
         "XSV-350008 Session has expired or is invalid. Please reconnect."),
        ("ExecuteQuery", fault("SOP-330011 Error while executing the method.", f"{DEADLOCK}\nsecond line"),
         f"SOP-330011 Error while executing the method.\n{DEADLOCK}\nsecond line"),
        ("ExecuteQuery", fault("XSV-350008 Session has expired or is invalid. Please reconnect."),
         "XSV-350008 Session has expired or is invalid. Please reconnect."),
    ],
    ids=["address", "empty", "portal", "reset logon", "504", "502", "reset", "truncated", "expired", "deadlock",
         "expired fault"],
)  # fmt: skip
def test_what_the_mid_says_is_what_the_journal_says(method: str, what: Fault, text: str) -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.add_cursor(FRESH)
            here.mid.faults[method] = what
            here.add_workflow()
            await here.clock.advance(12 * MINUTE)
            assert here.failed and here.errors == [text]
            assert here.cursor() == FRESH
            here.mid.faults.clear()
            here.order("Start")
            await here.clock.advance(MINUTE)
            assert not here.failed and here.cursor() == first_run_at(600)

    run(scenario())


def test_a_rotated_password_is_the_mids_refusal_and_a_resumed_run_uses_the_new_one() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.add_cursor(FRESH)
            here.mid.password = "rotated"  # noqa: S105
            here.add_workflow()
            await here.clock.advance(12 * MINUTE)
            assert here.errors == ["XSV-350012 Invalid login or password. Connection denied."]
            here.passwords["defaultEmailMid"] = "rotated"
            here.order("Start")
            await here.clock.advance(MINUTE)
            assert not here.failed

    run(scenario())


def test_a_logoff_that_fails_does_not_fail_the_run() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.add_cursor(FRESH)
            here.mid.faults["Logoff"] = reset
            here.add_workflow()
            await here.clock.advance(12 * MINUTE)
            assert not here.failed and here.cursor() == first_run_at(600)

    run(scenario())


def test_a_mid_that_is_down_is_named_with_the_reason() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            with socket.socket() as unused:
                unused.bind(("127.0.0.1", 0))
                port = unused.getsockname()[1]
            here.add_account(server=f"http://127.0.0.1:{port}/mid-eu")
            here.add_cursor(FRESH)
            here.add_workflow(on_error="ignore")
            await here.clock.advance(25 * MINUTE)
            assert len(here.errors) == 2
            assert here.errors[0] == f"Unable to connect to 'http://127.0.0.1:{port}/mid-eu': Connection refused."

    run(scenario())


def test_a_server_that_is_no_url_fails_the_run() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account(server="not a url")
            here.add_workflow()
            await here.clock.advance(12 * MINUTE)
            assert here.failed and "this is no URL" in here.errors[0]

    run(scenario())


def test_an_account_deleted_before_the_resumption_fails_the_run() -> None:
    async def scenario() -> None:
        async with fleet() as here:
            here.add_account()
            here.add_cursor(FRESH)
            here.mid.faults["Logon"] = reset
            here.add_workflow()
            await here.clock.advance(12 * MINUTE)
            row_id = here.store.find("nms:extAccount")[0]["id"]
            assert isinstance(row_id, int)
            here.store.delete("nms:extAccount", row_id)
            here.order("Start")
            await here.clock.advance(MINUTE)
            assert here.failed and "'defaultEmailMid' does not exist any more" in here.errors[1]

    run(scenario())


def test_a_fault_that_comes_while_a_run_is_on_meets_its_next_question() -> None:
    async def scenario() -> None:
        async with fleet(seconds_per_row=0.01) as here:
            here.add_account()
            here.add_cursor(START - 2 * DAY)
            here.mid.fill(3 * PAGE, START - DAY, START)
            here.add_workflow()
            await here.clock.advance(10 * MINUTE + 5)
            here.mid.faults["ExecuteQuery"] = page(504, "<html/>")
            await here.clock.advance(HOUR)
            assert here.errors == ["INT-150012 HTTP query returned error type (504)"]
            assert len(here.mid.asked("ExecuteQuery")) == 2
            assert here.cursor() == START - 2 * DAY
            assert len(here.store.find(DELIVERY)) == PAGE

    run(scenario())


# -- determinism -----------------------------------------------------------------------------------------------------


def test_the_same_fleet_and_the_same_steps_give_the_same_journal() -> None:
    def history() -> list[object]:
        found: list[object] = []

        async def scenario() -> None:
            async with fleet("good", "bad") as here:
                here.switch(Switches(failing_account="continue", cursor_written="per_account"))
                here.mids["good"].fill(200, START - 20 * DAY, START)
                here.mids["bad"].fill(1_000, OLD, START)
                here.mids["bad"].seconds_per_row = 0.3
                for name, mid, cursor in (("a1", "bad", OLD), ("a2", "good", None), ("a3", "bad", FRESH)):
                    here.add_account(name, here.mids[mid])
                    here.add_cursor(cursor, name)
                here.add_workflow(on_error="ignore")
                await here.clock.advance(45 * MINUTE)
                here.order("Wakeup")
                await here.clock.advance(20)
                here.order("Stop")
                await here.clock.advance(20)
                found.extend(here.dated_journal())
                found.extend(here.mids["good"].calls + here.mids["bad"].calls)
                found.append(here.row)

        run(scenario())
        return found

    first = history()
    assert len(first) > 40
    assert first == history()
