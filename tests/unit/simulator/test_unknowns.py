# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not known of Campaign (campaign_facts, Not known): every choice in every position, and what a client then
sees.

A `Choice` is a switch of the fleet file or another key there, with what is observed in each of its positions. The last
tests fail when an unknown has neither a choice here nor a written reason in FIDELITY.md why it has none, and
when a switch has a position that is not tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, get_args, get_type_hints

import pytest

from simulator.config.switches import Switches
from simulator.soap.errors import PlainRefusal, SoapFault
from simulator.technical import synchronising
from tests.conftest import ROOT
from tests.helpers.fidelity import Unknown, read
from tests.unit.simulator import test_counting, test_technical, unknowns_world
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, bare
from tests.unit.simulator.router_world import World
from tests.unit.simulator.unknowns_world import BULK, OTHER, Run, run

# -- what a caller sees, without HTTP -----------------------------------------------------------------------------


def outcome(call: Callable[[], Any]) -> str:
    """'ok', a plain refusal as '403 XSV-350008', a fault as 'fault XSV-350008', or the first word of its cause."""
    try:
        call()
    except PlainRefusal as refusal:
        return f"{refusal.status} {refusal.text.split()[0]}"
    except SoapFault as fault:
        if not fault.string.startswith("SOP-330011"):
            return f"fault {fault.string.split()[0]}"
        return (fault.detail or "").split(" ", 1)[0]
    return "ok"


def asked(name: str, login: str, service: str, method: str, *params: str) -> Callable[[Any], str]:
    """How a call of an operator ends, by the position of a switch."""

    def observe(position: Any) -> str:
        world = World(switches={name: position})
        return outcome(lambda: world.as_(login, service, method, *params))

    return observe


def expired(position: Any) -> str:
    world = World(switches={"expired_answer": position})
    return outcome(lambda: world.raw("xtk:session", "TestCnx"))


def address(position: Any) -> str:
    world = World(zone={"refused": position})
    return outcome(lambda: world.raw("xtk:session", "GetServerTime"))


def on_error(position: Any) -> int:
    (row,) = World(switches={"on_error_numbers": position}).instance.rows.find("xtk:workflow", internalName=COUNTERS)
    return int(row["onError"])


def empty_element(position: Any) -> str:
    world = World(switches={"empty_element": position})
    text = f'<option xtkschema="xtk:option" _operation="update" _key="@name" name="{CURSOR}"><timeStampValue/></option>'
    ended = outcome(lambda: world.as_("ops", "xtk:persist", "Write", text))
    value = world.instance.store.get_option(CURSOR)[0]
    return f"{ended}, {value[:10] or 'null'}"


def collection(position: Any) -> str:
    world = World(switches={"collection": position})
    text = (
        '<option-collection xtkschema="xtk:option"><option name="A" dataType="6" stringValue="1"/>'
        '<option nope="B"/></option-collection>'
    )
    assert outcome(lambda: world.as_("ops", "xtk:persist", "WriteCollection", text)) != "ok"
    return world.instance.store.get_option("A")[0] or "gone"


def rows_of(world: World, attributes: str = "") -> list[str]:
    query = (
        f'<queryDef operation="select" schema="xtk:operator" {attributes}><select><node expr="@name"/></select>'
        '<orderBy><node expr="@id"/></orderBy></queryDef>'
    )
    (output,) = world.as_("ops", "xtk:queryDef", "ExecuteQuery", query)
    return [row.attrib["name"] for row in output[0]]


def row_cap(position: Any) -> int:
    operators = [{"login": "ops", "password": "ops-secret", "rights": ["admin"]}]
    operators += [{"login": f"op{number}", "password": "pw"} for number in range(250)]
    return len(rows_of(World(switches={"row_cap": position}, operators=operators)))


def start_line(position: Any) -> str:
    world = World(switches={"start_line": position})
    first, second = rows_of(world, 'lineCount="2" startLine="0"'), rows_of(world, 'lineCount="2" startLine="2"')
    return "a row twice" if first[-1] == second[0] else "each row once"


def spawned(position: Any) -> str:
    world = World(switches={"spawned": position})
    (row,) = world.instance.rows.find("xtk:workflow", internalName="campaign")
    world.instance.rows.update("xtk:workflow", row["id"], {"isModel": True})
    (made,) = world.as_("ops", "xtk:workflow", "Spawn", "campaign")
    state = (world.instance.rows.get("xtk:workflow", int(made.text or 0)) or {})["state"]
    return "edited" if state == 0 else "started"


def server_time_name(position: Any) -> str:
    (time,) = World(switches={"server_time_name": position}).as_("ops", "xtk:session", "GetServerTime")
    return bare(time)


def skew(position: Any) -> str:
    (time,) = World(skew=position).as_("ops", "xtk:session", "GetServerTime")
    return time.text or ""


def operator_rights(position: Any) -> str:
    operators = [{"login": "runner", "password": "pw", "rights": [position]}]
    text = f'<option xtkschema="xtk:option" _operation="update" name="{CURSOR}" description="x"/>'
    world = World(operators=operators)
    ended = [
        outcome(lambda: world.as_("runner", "xtk:persist", "Write", text)),
        outcome(lambda: world.as_("runner", "xtk:workflow", "Stop", COUNTERS)),
    ]
    return ", ".join(ended)


def hidden(flag: str) -> Callable[[Any], str]:
    """What is left of a fault in a zone."""

    def observe(position: Any) -> str:
        return unknowns_world.fault_in_zone({"show_errors": True, "show_codes": True, flag: position})

    return observe


# -- what a run of the workflow leaves, over HTTP -----------------------------------------------------------------


def after_run(see: Callable[[Run], Any], name: str = "", **world: Any) -> Callable[[Any], Any]:
    """What `see` sees after the workflow's first run, by the position of a switch."""

    def observe(position: Any) -> Any:
        with run(switches={name: position} if name else {}, **world) as done:
            return see(done)

    return observe


def timeout_text(position: Any) -> str:
    """The first words of the text that the switch stands for, which must be what the journal says."""
    with run(switches={"timeout_text": position}, seconds_per_row=100) as done:
        words = synchronising.TIMEOUT_TEXTS[position].partition("{")[0]
        assert done.error.startswith(words)
        return words


def suffix(position: Any) -> str:
    """Which of two options the workflow moves."""
    with run(suffix=position) as done:
        return "the account's" if done.moved(CURSOR) else "the other" if done.moved(OTHER) else "none"


def cursor_type(position: Any) -> int:
    with run(cursor_type=position) as done:
        assert not done.failed
        return int(done.option(CURSOR)["data_type"])


def bulk(position: Any) -> str:
    """What a second account of type 3 is: with a server it is asked, without one it is not."""
    with run(second_mid=position) as done:
        return ", ".join(
            ("with a server" if done.server(BULK) else "without", "asked" if done.asked(2) else "not asked")
        )


def begins_when_set(done: Run) -> bool:
    """Whether a workflow begins as soon as the clock of its server shows a later time than its due date."""
    done.sim.change("mkt-a", skew="4h")
    done.sim.advance("10s")
    return done.runs == 2


class Choice(NamedTuple):
    """What is observed in each position; the default comes first. `row` 0: no row of what is not known."""

    row: int
    name: str
    seen: Mapping[Any, Any]
    observe: Callable[[Any], Any]


QUERY = (
    '<queryDef operation="select" schema="nms:delivery"><select><node expr="[indicators/@toDeliver]"/></select>'
    "</queryDef>"
)
COUNT = '<queryDef operation="count" schema="xtk:option"/>'
TWO = {"second_mid": True}
REFUSED = "XSV-350012 Invalid login or password. Connection denied."

CHOICES = (
    Choice(1, "suffix", {"defaultEmailMid": "the account's", "Other": "the other"}, suffix),
    Choice(2, "type", {"datetime": 7, "string": 6}, cursor_type),
    Choice(
        2, "missing_cursor", {"everything": False, "fail": True},
        after_run(lambda done: done.failed, "missing_cursor", cursor_type="none"),
    ),
    Choice(
        3, "cursor_clock", {"marketing": False, "mid": True},
        after_run(lambda done: done.ahead(CURSOR), "cursor_clock", mid_skew="1h"),
    ),
    Choice(3, "skew", {"0s": "2026-11-23T02:00:00.000Z", "-5m": "2026-11-23T01:55:00.000Z"}, skew),
    Choice(3, "clock_set", {"elapsed": False, "date": True}, after_run(begins_when_set, "clock_set")),
    Choice(
        4, "cursor_after_failure", {"keep": False, "move": True},
        after_run(lambda done: done.moved(CURSOR), "cursor_after_failure", seconds_per_row=100),
    ),
    Choice(
        5, "timeout_text",
        {
            "timed_out": "Method '",
            "gateway": "INT-150012 HTTP query returned error type (504)",
            "statement": "PGS-220000 PostgreSQL error: ERROR:  canceling statement due to user request",
            "curl": "CRL-290002 Operation timed out after ",
            "unnamed": "Error while executing the activity '",
        },
        timeout_text,
    ),
    Choice(
        6, "order_without_effect", {"accept": "ok", "fault": "BAS-010003"},
        asked("order_without_effect", "ops", "xtk:workflow", "Stop", "campaign"),
    ),
    Choice(
        6, "unknown_workflow", {"fault": "The", "accept": "ok"},
        asked("unknown_workflow", "ops", "xtk:workflow", "Start", "no-such-workflow"),
    ),
    Choice(
        7, "expired_answer",
        {
            "403-plain": "403 XSV-350008", "401-plain": "401 XSV-350008", "200-plain": "200 XSV-350008",
            "500-plain": "500 XSV-350008", "200-fault": "fault XSV-350008",
        },
        expired,
    ),
    Choice(7, "refused", {0: "ok", 403: "403 XSV-350013", 500: "500 XSV-350014", 200: "fault XSV-350013"}, address),
    Choice(
        8, "error_place", {"error": "error", "message": "message", "both": "error and message"},
        after_run(lambda done: done.place, "error_place", wrong="first"),
    ),
    Choice(
        8, "error_rows",
        {
            "one": (REFUSED,), "words": ("XSV-350012 Invalid login or", "password. Connection denied."),
            "word": ("XSV-350012 Invalid login or p", "assword. Connection denied."),
            "before": ("Error while executing the activity 'synchronise'.",),
        },
        after_run(lambda done: done.errors, "error_rows", wrong="first"),
    ),
    Choice(
        8, "log_type_numbers", {"error_0": 0, "error_1": 1},
        after_run(lambda done: done.log_type, "log_type_numbers", wrong="first"),
    ),
    Choice(8, "on_error_numbers", {"stop_0_ignore_1": 0, "stop_1_ignore_0": 1}, on_error),
    Choice(
        9, "guessed_attributes", {"hidden": "Attribute", "served": "ok"},
        asked("guessed_attributes", "ops", "xtk:queryDef", "ExecuteQuery", QUERY),
    ),
    Choice(10, "mid", {True: "with a server, asked", False: "without, not asked"}, bulk),
    Choice(
        11, "rights_refusal", {"fault": "QUE-370030", "missing": "The"},
        asked("rights_refusal", "runner", "xtk:workflow", "Stop", COUNTERS),
    ),
    Choice(
        11, "system_tables", {"readable": "ok", "admin": "QUE-370030"},
        asked("system_tables", "runner", "xtk:queryDef", "ExecuteQuery", COUNT),
    ),
    Choice(11, "rights", {"admin": "ok, ok", "workflow": "QUE-370023, QUE-370030"}, operator_rights),
    Choice(
        12, "empty_element", {"null": "ok, null", "ignore": "ok, 2020-03-01", "fault": "Element, 2020-03-01"},
        empty_element,
    ),
    Choice(13, "row_cap", {200: 200, 3: 3, 1000: 251}, row_cap),
    Choice(14, "start_line", {"exact": "each row once", "off_by_one": "a row twice"}, start_line),
    Choice(
        15, "cursor_written", {"at_end": False, "per_account": True},
        after_run(lambda done: done.moved(CURSOR), "cursor_written", **TWO, wrong="second"),
    ),
    Choice(
        16, "failing_account", {"stop": False, "continue": True},
        after_run(lambda done: done.asked(2), "failing_account", **TWO, wrong="first"),
    ),
    Choice(19, "server_time_name", {"ptsDate": "ptsDate", "ptsTime": "ptsTime"}, server_time_name),
    Choice(
        20, "seconds_per_row", {0: False, 100: True},
        lambda position: after_run(lambda done: done.failed, seconds_per_row=position)(None),
    ),
    Choice(
        20, "timeout", {"60s": True, "1h": False},
        lambda position: after_run(lambda done: done.failed, seconds_per_row=100, timeout=position)(None),
    ),
    Choice(22, "show_errors", {True: "code and detail", False: "code"}, hidden("show_errors")),
    Choice(22, "show_codes", {True: "code and detail", False: "neither"}, hidden("show_codes")),
    Choice(
        23, "error_state", {"paused": (13, 0), "pausing": (13, 20), "stopped": (20, 0)},
        after_run(lambda done: done.ended, "error_state", wrong="first"),
    ),
    Choice(0, "collection", {"atomic": "gone", "each": "1"}, collection),
    Choice(0, "spawned", {"started": "started", "edited": "edited"}, spawned),
)  # fmt: skip

# These need hours of a longer story; both positions are tried there.
ELSEWHERE: dict[str, tuple[int, Callable[..., None], Callable[..., None]]] = {
    "log_pull_up": (
        18,
        test_technical.test_a_log_cursor_moved_forward_makes_the_cleanup_cancel_messages_that_were_sent,
        test_technical.test_by_switch_the_cleanup_goes_by_the_logs_and_not_by_the_cursor,
    ),
    "counting": (
        0,
        test_counting.test_counting_costs_a_mid_no_time,
        test_counting.test_by_switch_counting_costs_as_much_as_the_rows,
    ),
    "window_end": (
        0,
        test_technical.test_a_period_limits_each_run_over_fda,
        test_technical.test_a_cursor_that_goes_to_the_last_row_never_leaves_a_period_without_rows,
    ),
}


@pytest.mark.parametrize(
    ("choice", "position"),
    [pytest.param(choice, position, id=f"{choice.name}={position}") for choice in CHOICES for position in choice.seen],
)
def test_a_choice_has_its_effect(choice: Choice, position: Any) -> None:
    assert choice.observe(position) == choice.seen[position]


# -- nothing is forgotten -----------------------------------------------------------------------------------------

UNKNOWNS = read((ROOT / "simulator/FIDELITY.md").read_text(encoding="utf-8")).unknowns


@pytest.mark.parametrize("unknown", UNKNOWNS, ids=[unknown.number for unknown in UNKNOWNS])
def test_every_row_has_a_choice_or_says_why_it_has_none(unknown: Unknown) -> None:
    tried = {choice.name for choice in CHOICES if choice.row == int(unknown.number)}
    tried |= {name for name, (row, *_tests) in ELSEWHERE.items() if row == int(unknown.number)}
    reason = unknown.switch.removeprefix("none:") if unknown.switch.startswith("none:") else ""
    assert bool(tried) != bool(reason.strip()), f"row {unknown.number}: {unknown.switch}"
    assert all(f"`{name}`" in unknown.switch for name in tried), f"FIDELITY.md does not name all of {sorted(tried)}"


def test_the_rows_are_those_of_the_domain() -> None:
    assert [int(unknown.number) for unknown in UNKNOWNS] == list(range(1, 24))
    assert {choice.row for choice in CHOICES} | {row for row, *_tests in ELSEWHERE.values()} <= set(range(24))


@pytest.mark.parametrize("name", [field.name for field in fields(Switches)])
def test_every_switch_is_tried_in_each_of_its_positions(name: str) -> None:
    if name in ELSEWHERE:
        return
    (choice,) = (choice for choice in CHOICES if choice.name == name)
    words = get_args(get_type_hints(Switches)[name])
    assert not words or set(choice.seen) == set(words)
    assert next(iter(choice.seen)) == getattr(Switches(), name), "the default comes first"


@pytest.mark.parametrize("choice", CHOICES, ids=[choice.name for choice in CHOICES])
def test_no_two_positions_of_a_choice_look_alike(choice: Choice) -> None:
    assert len(choice.seen) >= 2
    assert len(set(choice.seen.values())) == len(choice.seen), "a position that nobody can see is none"


@dataclass(frozen=True)
class _Row:
    number: str
    switch: str


@pytest.mark.parametrize(
    "row",
    [
        _Row("4", "`cursor_after_failur`: keep"),
        _Row("4", "none: no reason at all"),
        _Row("17", "none:"),
        _Row("17", ""),
    ],
    ids=["not named", "a choice and a reason", "no reason", "neither"],
)
def test_a_row_that_was_forgotten_is_told(row: Any) -> None:
    with pytest.raises(AssertionError):
        test_every_row_has_a_choice_or_says_why_it_has_none(row)
