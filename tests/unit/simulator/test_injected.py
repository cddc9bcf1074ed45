# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Injected faults: which calls a rule takes, and what a client sees of each kind over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from lxml import etree

from simulator.errors import FleetError
from simulator.injected import AFTER, BEFORE, Faults
from simulator.testing import ControlError, RunningSimulator, running_simulator
from tests.unit.simulator.by_hand import CURSOR, ROUTER, Fault, Hand, envelope, results

FLEET: dict[str, Any] = {
    "start": "2026-11-23T02:00:00Z",
    "defaults": {"operators": [{"login": "ops", "password": "ops-secret", "rights": ["admin"]}]},
    "instances": {
        "mkt-a": {
            "role": "marketing",
            "options": {CURSOR: {"type": "datetime", "value": "2020-03-01T10:00:00Z"}},
        },
        "mkt-b": {"role": "marketing"},
    },
}


# -- which calls --------------------------------------------------------------------------------------------------


def taken(rule: dict[str, Any], calls: int) -> list[int]:
    faults = Faults()
    faults.add({"kind": "reset", **rule})
    return [number for number in range(1, calls + 1) if faults.matching("mkt-a", "xtk:session#Logon", "external")]


@pytest.mark.parametrize(
    ("rule", "calls"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"nth": 2}, [2, 3, 4, 5]),
        ({"count": 2}, [1, 2]),
        ({"nth": 3, "count": 1}, [3]),
        ({"instance": "mkt-*", "method": "xtk:session#*"}, [1, 2, 3, 4, 5]),
        ({"instance": "mkt-b"}, []),
        ({"method": "*#Write"}, []),
        ({"origin": "internal"}, []),
        ({"origin": "any"}, [1, 2, 3, 4, 5]),
    ],
)
def test_a_rule_takes_the_calls_that_it_names(rule: dict[str, Any], calls: list[int]) -> None:
    assert taken(rule, 5) == calls


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({}, "kind"),
        ({"kind": "explode"}, "kind"),
        ({"kind": "reset", "nth": 0}, "nth"),
        ({"kind": "reset", "count": 0}, "count"),
        ({"kind": "reset", "seconds": 1}, "seconds"),
        ({"kind": "delay"}, "seconds"),
        ({"kind": "delay", "seconds": "soon"}, "seconds"),
        ({"kind": "status", "status": 418}, "status"),
        ({"kind": "address", "status": 404}, "status"),
        ({"kind": "fault"}, "text"),
        ({"kind": "expired", "answer": "404-plain"}, "answer"),
        ({"kind": "reset", "origin": "mars"}, "origin"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(rule: dict[str, Any], place: str) -> None:
    with pytest.raises(FleetError) as caught:
        Faults().add(rule)
    assert caught.value.place == place


def test_rules_can_be_taken_away_one_by_one_or_all() -> None:
    faults = Faults()
    first, second = faults.add({"kind": "reset"}), faults.add({"kind": "html"})
    assert faults.remove(first.id) == 1
    assert faults.rules() == [second]
    assert (faults.remove(), faults.rules()) == (1, [])


# -- what a client sees -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with running_simulator(FLEET) as sim:
        yield sim


@pytest.fixture
def sim(running: RunningSimulator) -> Iterator[RunningSimulator]:
    yield running
    running.clear_faults()


@pytest.fixture
def hand(sim: RunningSimulator) -> Iterator[Hand]:
    client = Hand(sim.instances["mkt-a"]).logon()
    yield client
    sim.clear_faults()
    client.logoff()


def outcome_of_last(sim: RunningSimulator) -> str:
    return str(sim.ledger()[-1]["outcome"])


def test_a_delay_holds_one_instance_back_and_not_another(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("delay", instance="mkt-a", seconds="1s")
    other = Hand(sim.instances["mkt-b"]).logon()
    begun = time.monotonic()
    with pytest.raises(requests.Timeout):
        requests.post(
            hand.url + ROUTER,
            data=envelope("xtk:session", "TestCnx"),
            headers={"SOAPAction": "xtk:session#TestCnx"},
            timeout=0.2,
        )
    other.option("XtkDatabaseId")
    other.logoff()
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("kind", ["reset", "lose_answer"])
def test_a_connection_is_cut_without_an_answer(sim: RunningSimulator, hand: Hand, kind: str) -> None:
    sim.fault(kind)
    with pytest.raises(requests.ConnectionError):
        hand.option()
    assert outcome_of_last(sim) == {"reset": "injected", "lose_answer": "lost"}[kind]


def test_a_lost_answer_was_executed_and_a_reset_call_was_not(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("lose_answer", method="xtk:persist#Write", count=1)
    with pytest.raises(requests.ConnectionError):
        hand.write_option(CURSOR, "2026-01-01 00:00:00.000Z")
    assert hand.option() == ("2026-01-01 00:00:00.000Z", "7")
    sim.fault("reset", method="xtk:persist#Write", count=1)
    with pytest.raises(requests.ConnectionError):
        hand.write_option(CURSOR, "2026-01-02 00:00:00.000Z")
    assert hand.option() == ("2026-01-01 00:00:00.000Z", "7")


def test_a_truncated_answer_ends_before_its_announced_length(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("truncate", size=40)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        hand.option()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxys_page_has_its_status_and_is_html(sim: RunningSimulator, hand: Hand, status: int) -> None:
    sim.fault("status", status=status, retry_after="7")
    answer = hand.post("xtk:session", "TestCnx")
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    assert answer.text.startswith("<html>")
    assert answer.headers["Content-Type"] == "text/html"


def test_a_portals_page_comes_with_200(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("html")
    answer = hand.post("xtk:session", "TestCnx")
    assert (answer.status_code, answer.text[:15]) == (200, "<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("rule", "status", "text"),
    [
        ({"kind": "expired"}, 403, "XSV-350008 Session has expired or is invalid. Please reconnect."),
        ({"kind": "expired", "answer": "200-plain"}, 200, "XSV-350008 Session has expired or is invalid. Please "),
        ({"kind": "refused"}, 403, "XSV-350012 Invalid login or password. Connection denied."),
        ({"kind": "address"}, 403, "XSV-350013 The '127.0.0.1' IP address via which you are accessing the server"),
        ({"kind": "address", "status": 500}, 500, "XSV-350014 The '127.0.0.1' IP address via which"),
    ],
)
def test_refusals_are_plain_text(
    sim: RunningSimulator, hand: Hand, rule: dict[str, Any], status: int, text: str
) -> None:
    sim.fault(**rule)
    answer = hand.post("xtk:session", "TestCnx")
    assert answer.status_code == status
    assert answer.text.startswith(text)
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("rule", "string", "detail"),
    [
        ({"kind": "fault", "text": "ABC-123456 Broken"}, "ABC-123456 Broken", None),
        ({"kind": "fault", "text": "x", "detail": "y"}, "x", "y"),
        ({"kind": "deadlock"}, "SOP-330011 Error while executing the method 'TestCnx'", "deadlock detected"),
        ({"kind": "expired", "answer": "200-fault"}, "XSV-350008", "TestCnx"),
    ],
)
def test_faults_are_envelopes_with_200(
    sim: RunningSimulator, hand: Hand, rule: dict[str, Any], string: str, detail: str | None
) -> None:
    sim.fault(**rule)
    answer = hand.post("xtk:session", "TestCnx")
    assert answer.status_code == 200
    with pytest.raises(Fault) as caught:
        results(answer.content, "TestCnx")
    assert string in caught.value.string
    assert (caught.value.detail is None) if detail is None else (detail in (caught.value.detail or ""))


def test_an_answer_with_entities_harms_only_a_parser_that_expands_them(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("entities", method="*#GetOption")
    answer = hand.post("xtk:session", "GetOption", CURSOR)
    assert b"<!ENTITY" in answer.content
    careful = etree.XMLParser(resolve_entities=False, no_network=True)
    assert "GetOptionResponse" in etree.fromstring(answer.content, careful)[0][0].tag


def test_a_late_answer_comes_after_the_call_was_executed(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("late", seconds=0.05, method="*#Write", count=1)
    begun = time.monotonic()
    hand.write_option(CURSOR, "2026-01-03 00:00:00.000Z")
    assert time.monotonic() - begun >= 0.05
    assert hand.option()[0] == "2026-01-03 00:00:00.000Z"


def test_a_rule_for_no_instance_is_a_typing_error(sim: RunningSimulator) -> None:
    with pytest.raises(ControlError, match="instance: 'mkt-z' matches no instance"):
        sim.fault("reset", instance="mkt-z")


def test_every_kind_of_fault_is_tried_here() -> None:
    tried = {"delay", "reset", "status", "html", "expired", "refused", "address", "fault", "deadlock", "truncate",
             "lose_answer", "entities", "late"}  # fmt: skip
    assert tried == BEFORE | AFTER
