# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate: limits, windows, approval, and batches that spare a mid."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.findings import would_do
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.gate import (
    FleetLimits,
    Gate,
    fleet_gate,
    host_window,
    make_batches,
    mids_of,
)
from tests.helpers.diagnoses import diagnosis, fleet, hostvars

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHUT = {"change_window_windows": [{"from": "2026-11-24 20:00", "to": "2026-11-24 23:00"}]}
OPEN = {"change_window_windows": [{"from": "2026-11-24 11:00", "to": "2026-11-24 23:00"}]}


def gate(
    stuck: int, healthy: int = 0, limits: FleetLimits | None = None, *, rehearsal: bool = False, **more: Any
) -> Gate:
    hosts, variables = fleet(stuck, healthy, **more)
    return fleet_gate(hosts, variables, limits or FleetLimits(), NOW, rehearsal=rehearsal)


# -- limits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stuck", "healthy", "limits", "refused"),
    [
        (2, 0, FleetLimits(max_hosts=2), False),
        (3, 0, FleetLimits(max_hosts=2), True),
        # A share counts if at least ten hosts answer.
        (9, 0, FleetLimits(), False),
        (3, 7, FleetLimits(), False),
        (4, 6, FleetLimits(), True),
        (4, 6, FleetLimits(max_percent=40), False),
        (4, 5, FleetLimits(), False),
        (0, 20, FleetLimits(max_percent=0), False),
        (1, 19, FleetLimits(max_percent=0), True),
    ],
)
def test_limits(stuck: int, healthy: int, limits: FleetLimits, refused: bool) -> None:
    found = gate(stuck, healthy, limits)
    assert bool(found.refusals) is refused, found.refusals


def test_silent_hosts_do_not_answer() -> None:
    seen = [(f"s{n}", diagnosis(f"s{n}")) for n in range(4)]
    seen += [(f"u{n}", diagnosis(f"u{n}", "unreachable" if n % 2 else "denied")) for n in range(6)]
    hosts = [host for host, _seen in seen]
    found = fleet_gate([*hosts, "unknown"], hostvars(seen), FleetLimits(), NOW)
    assert (len(found.answering), found.refusals) == (4, [])


def test_everything_that_refuses_is_said_at_once() -> None:
    found = gate(4, 6, FleetLimits(max_hosts=3, sizes=["many"]), s0=SHUT, s1=SHUT, s2=SHUT, s3=SHUT)
    assert [sentence.split()[0] for sentence in found.refusals] == ["4", "4", "4", "mid_sourcing_serial:"]
    assert "max_hosts is 3" in found.refusals[0] and "30 %" in found.refusals[1]


def without_a_plan(host: str) -> dict[str, Any]:
    return diagnosis(host) | {
        "plans": [],
        "unplanned": [{"option": "o", "reason": "The new value lies in the future."}],
    }


@pytest.mark.parametrize(
    ("planned", "unplanned", "refused"), [(3, 0, False), (3, 5, True), (2, 2, True), (1, 2, False)]
)
def test_host_without_a_plan_counts_for_the_share(planned: int, unplanned: int, refused: bool) -> None:
    seen = [(f"s{n}", diagnosis(f"s{n}")) for n in range(planned)]
    seen += [(f"u{n}", without_a_plan(f"u{n}")) for n in range(unplanned)]
    seen += [(f"h{n}", diagnosis(f"h{n}", "healthy")) for n in range(10 - len(seen))]
    found = fleet_gate([host for host, _seen in seen], hostvars(seen), FleetLimits(), NOW)
    said = [f"{planned + unplanned} of 10 answering hosts are stuck, more than mid_sourcing_max_percent (30 %)"]
    assert [sentence.partition(".")[0] for sentence in found.refusals] == (said if refused else [])


def test_host_without_a_plan_is_not_changed_and_so_does_not_count_for_the_number() -> None:
    seen = [("s0", diagnosis("s0")), ("u0", without_a_plan("u0")), ("u1", without_a_plan("u1"))]
    hosts = [host for host, _seen in seen]
    assert fleet_gate(hosts, hostvars(seen), FleetLimits(max_hosts=1), NOW).refusals == []
    assert fleet_gate(hosts, hostvars(seen), FleetLimits(max_hosts=0), NOW).refusals == [
        "1 host has a plan and mid_sourcing_max_hosts is 0. Limit the hosts, or raise the limit if you mean it."
    ]


# -- windows -----------------------------------------------------------------------------------------------------------


def test_host_outside_its_window_is_postponed_and_the_others_go_on() -> None:
    found = gate(3, s1=SHUT, s2=OPEN)
    assert (found.selected, [one["host"] for one in found.postponed], found.refusals) == (["s0", "s2"], ["s1"], [])
    assert found.postponed[0]["opens"] == "2026-11-24 20:00:00.000Z"
    assert found.to_dict()["order"] == ["s0", "s2"] and found.windows["s1"]["state"] == "closed"


def test_run_is_refused_when_every_window_is_shut() -> None:
    found = gate(2, s0=SHUT, s1=SHUT)
    assert found.batches == [] and len(found.refusals) == 1
    assert found.refusals[0].startswith("2 hosts may not be changed now (s0, s1): The change window is closed.")
    assert found.to_dict()["serial"] == [1]


def test_rehearsal_tells_a_closed_window_and_keeps_no_host_out() -> None:
    found = gate(2, rehearsal=True, s0=SHUT, s1=SHUT)
    assert (found.selected, len(found.postponed)) == (["s0", "s1"], 2)


@pytest.mark.parametrize(
    "left", [{"unfinished_run": "night"}, {"evidence": {"workflow": {"stopped_by_us": True}, "account": {}}}]
)
def test_attempt_that_broke_off_is_brought_to_its_end_outside_the_window(left: dict[str, Any]) -> None:
    seen = diagnosis("s0", cursor=left)
    found = fleet_gate(["s0"], hostvars([("s0", seen)], s0=SHUT), FleetLimits(), NOW)
    assert found.selected == ["s0"] and found.windows["s0"]["state"] == "begun"
    ticketless = {**SHUT, "change_window_ticket_required": True}
    assert fleet_gate(["s0"], hostvars([("s0", seen)], s0=ticketless), FleetLimits(), NOW).selected == []


def test_attempt_that_was_rolled_back_opens_no_window_though_it_has_left_the_workflow_stopped() -> None:
    over = {"evidence": {"workflow": {"stopped_by_us": True}, "account": {}, "earlier": {"undone": True}}}
    found = fleet_gate(["s0"], hostvars([("s0", diagnosis("s0", cursor=over))], s0=SHUT), FleetLimits(), NOW)
    assert found.selected == []


def test_need_is_reckoned_unless_it_is_given() -> None:
    evening = {"change_window_windows": [{"from": "2026-11-24 11:00", "to": "2026-11-24 12:30"}]}
    assert host_window(evening, 1800, NOW).allowed
    assert host_window(evening, 1801, NOW).state == "short"
    assert host_window({**evening, "change_window_needs": "10m"}, 1801, NOW).allowed


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_need_that_is_blank_is_not_given(nothing: Any) -> None:
    evening = {"change_window_windows": [{"from": "2026-11-24 11:00", "to": "2026-11-24 12:30"}]}
    assert host_window({**evening, "change_window_needs": nothing}, 1800, NOW).allowed
    assert host_window({**evening, "change_window_needs": nothing}, 1801, NOW).state == "short"


def test_variable_that_cannot_be_read_closes_the_window() -> None:
    class Broken(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise RuntimeError(f"{name} is undefined")

    found = host_window(Broken(change_window_windows=1), 0, NOW)
    assert not found.allowed and "change_window_windows is undefined" in found.reason


# -- runs that must fail -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "refused"),
    [
        ([], True),
        (["unreachable"], True),
        (["denied", "unreachable", "not_applicable"], True),
        (["not_applicable", "not_applicable"], True),
        (["not_applicable", "healthy"], False),
        (["unreachable", "inactive"], False),
        (["running"], False),
    ],
)
def test_fleet_of_which_nothing_is_known_is_refused(verdicts: list[str], refused: bool) -> None:
    seen = [(f"h{n}", diagnosis(f"h{n}", one)) for n, one in enumerate(verdicts)]
    found = fleet_gate([host for host, _seen in seen], hostvars(seen), FleetLimits(), NOW)
    assert bool(found.refusals) is refused, found.refusals


def test_host_whose_diagnosis_failed_is_not_known() -> None:
    broken = {"h0": {"mid_sourcing_diagnosis": {"failed": True, "msg": "max_age: 'soon' is no duration."}}}
    found = fleet_gate(["h0", "h1"], broken, FleetLimits(), NOW)
    assert found.refusals[0].startswith("Nothing could be judged on any of 2 hosts: 1 misconfigured, 1 unreachable.")


def test_stuck_host_without_a_plan_refuses_a_run_that_has_no_other_and_blocks_one_that_has() -> None:
    why = {"option": "o", "reason": "The new value lies in the future."}
    left = diagnosis("s0") | {"plans": [], "unplanned": [why]}
    alone = fleet_gate(["s0"], hostvars([("s0", left)]), FleetLimits(), NOW)
    assert alone.refusals == [
        "1 host may not be changed now (s0): No plan could be made. o is stuck: The new value lies in the future."
    ]
    beside = fleet_gate(["s0", "s1"], hostvars([("s0", left), ("s1", diagnosis("s1"))]), FleetLimits(), NOW)
    assert (beside.refusals, beside.now, [one["host"] for one in beside.blocked]) == ([], ["s1"], ["s0"])
    silent = diagnosis("s0") | {"plans": []}
    assert fleet_gate(["s0"], hostvars([("s0", silent)]), FleetLimits(), NOW).blocked


@pytest.mark.parametrize(
    ("settings", "waits"),
    [
        (SHUT, "postponed"),
        ({"change_window_windows": [{"from": "2026-11-24 11:00", "to": "2026-11-24 12:01"}]}, "blocked"),
        ({"change_window_windows": [{"from": "2020-01-01 00:00", "to": "2020-01-02 00:00"}]}, "blocked"),
        ({**OPEN, "change_window_timezone": "Europe/Nowhere"}, "blocked"),
        ({**OPEN, "change_window_ticket_required": True}, "blocked"),
        ({**SHUT, "change_window_ticket_required": True}, "blocked"),
        ({"change_window_required": True}, "blocked"),
    ],
)
def test_what_opens_by_itself_is_postponed_and_what_waits_for_a_person_is_blocked(
    settings: dict[str, Any], waits: str
) -> None:
    found = gate(2, s1=settings)
    lists = {"postponed": found.postponed, "blocked": found.blocked}
    assert {name: [one["host"] for one in rows] for name, rows in lists.items() if rows} == {waits: ["s1"]}
    assert (found.now, found.selected, found.refusals) == (["s0"], ["s0"], [])


def test_verdicts_to_fail_on_are_checked_before_anything_is_written() -> None:
    hosts, variables = fleet(1)
    assert not fleet_gate(hosts, variables, FleetLimits(), NOW, fail_on="stuck,unreachable").refusals
    assert "Did you mean" in fleet_gate(hosts, variables, FleetLimits(), NOW, fail_on="stuk").refusals[0]


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("https://mkt.example.com", "https://MKT.example.com:443"),
        ("https://mkt.example.com", "https://mkt.example.com."),
        ("http://[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080"),
        ("http://[::ffff:10.0.0.1]", "http://10.0.0.1:80"),
        ("https://b\u00fccher.example.com", "https://xn--bcher-kva.example.com"),
        ("http://mkt/one", "http://mkt//one/"),
    ],
)
def test_two_hosts_with_one_address_are_refused(address: str, other: str) -> None:
    address, other = (f"{url}/nl/jsp/soaprouter.jsp" for url in (address, other))
    seen = [("a", diagnosis("a", url=address)), ("b", diagnosis("b", "healthy", url=other))]
    seen += [("c", diagnosis("c", url="")), ("d", diagnosis("d", url="")), ("e", diagnosis("e", url="ftp://x"))]
    found = fleet_gate([host for host, _seen in seen], hostvars(seen), FleetLimits(), NOW)
    assert found.refusals == [
        f"a, b have the same address {address}: one instance is one host. Leave the others out, or give each its own "
        "campaign_url."
    ]


# -- what reconcile would do now ---------------------------------------------------------------------------------------


def said(stuck: int, healthy: int = 0, limits: FleetLimits | None = None, **more: Any) -> str:
    """What a rehearsal says, and the same gate of a run that writes must do the same."""
    rehearsed, real = (gate(stuck, healthy, limits, rehearsal=one, **more) for one in (True, False))
    assert (rehearsed.refusals, rehearsed.now) == (real.refusals, real.now)
    assert rehearsed.selected == rehearsed.stuck and real.selected == real.now
    return would_do(rehearsed.to_dict())


def test_words_of_what_reconcile_would_do_now() -> None:
    command = "To do it, run reconcile with -e mid_sourcing_apply=true."
    assert said(2) == f"2 hosts would be cured now: s0, s1. {command}"
    assert said(0, 3) == "reconcile would have nothing to cure."
    shut = said(2, s0=SHUT, s1=SHUT)
    assert shut.startswith("2 hosts are stuck: s0, s1. reconcile would refuse now, and write nothing. 2 hosts may")
    assert "2026-11-24 20:00" in shut and command not in shut
    one = said(2, s0=SHUT)
    assert one.startswith("1 host would be cured now: s1. s0 would be left for later: The change window is closed.")
    assert "2026-11-24 20:00" in one and one.endswith(command)
    wrong = said(2, s0={"change_window_timezone": "Mars/Base", **OPEN})
    assert "s0 would be left, and fail the run: The change window is configured wrongly" in wrong
    assert "reconcile would refuse now" in said(
        2, s0={"change_window_ticket_required": True}, limits=FleetLimits(max_hosts=1)
    )
    assert "mid_sourcing_max_hosts" in said(2, limits=FleetLimits(max_hosts=1))


# -- batches -----------------------------------------------------------------------------------------------------------


def sizes(hosts: int, given: Any) -> list[int]:
    return [
        len(batch) for batch in make_batches([(f"s{n}", frozenset()) for n in range(hosts)], FleetLimits(sizes=given))
    ]


def test_batches_begin_with_a_canary_and_grow() -> None:
    assert sizes(40, [1, 5, "25%"]) == [1, 5, 10, 10, 10, 4]
    assert sizes(3, [1, 5, "25%"]) == [1, 2]
    assert sizes(3, "10%") == [1, 1, 1]
    assert sizes(5, 2) == [2, 2, 1]
    assert sizes(0, [1]) == []


@pytest.mark.parametrize("given", [0, -1, "", "many", "0%", "%", [], [1, None], True, "1.5"])
def test_size_that_is_none_is_refused(given: Any) -> None:
    with pytest.raises(ValidationError, match="mid_sourcing_serial"):
        sizes(3, given)


def test_mid_is_the_server_of_the_accounts_however_it_is_written() -> None:
    for server in ("http://mid-eu:8080", "HTTP://MID-EU:8080/", " mid-eu:8080 ", "https://u:p@mid-eu:8080/nl/jsp"):
        assert mids_of(diagnosis("s0", mid=server)) == {"mid-eu:8080"}
    for server in ("mid-eu", "http://mid-eu.:80", "https://Mid-EU/nl/jsp/soaprouter.jsp", "https://mid-eu:443/"):
        assert mids_of(diagnosis("s0", mid=server)) == {"mid-eu"}
    assert mids_of(diagnosis("s0", mid="no URL at all")) == {"no url at all"}
    assert mids_of(diagnosis("s0", mid="")) == frozenset() == mids_of({})
    seen = diagnosis("s0")
    seen["cursors"][0]["evidence"]["account"]["active"] = False
    assert mids_of(seen) == frozenset()


fleets = st.lists(st.frozensets(st.sampled_from("abcd"), max_size=2), max_size=40)


@settings(max_examples=200, deadline=None)
@given(fleets, st.lists(st.sampled_from([1, 2, 5, "25%", "100%"]), min_size=1, max_size=4), st.integers(0, 4))
def test_batches_hold_every_host_once_and_no_more_of_a_mid_than_allowed(
    mids: list[frozenset[str]], wanted: list[Any], per_mid: int
) -> None:
    hosts = [(f"s{number}", one) for number, one in enumerate(mids)]
    batches = make_batches(hosts, FleetLimits(per_mid=per_mid, sizes=wanted))
    assert sorted(host for batch in batches for host in batch) == sorted(host for host, _mids in hosts)
    by_name = dict(hosts)
    for number, batch in enumerate(batches):
        size = wanted[min(number, len(wanted) - 1)]
        most = max(1, len(hosts) * int(size[:-1]) // 100) if isinstance(size, str) else size
        assert 1 <= len(batch) <= most
        used = Counter(mid for host in batch for mid in by_name[host])
        assert not per_mid or not used or max(used.values()) <= per_mid
    if not per_mid:
        assert [host for batch in batches for host in batch] == [host for host, _mids in hosts]


def test_crowded_mid_is_not_left_for_the_end() -> None:
    hosts = [(f"a{n}", frozenset("a")) for n in range(2)] + [(f"b{n}", frozenset("b")) for n in range(6)]
    batches = make_batches(hosts, FleetLimits(per_mid=2, sizes=[4]))
    assert [len(batch) for batch in batches] == [4, 2, 2] or [len(batch) for batch in batches] == [3, 3, 2]
    with pytest.raises(ValidationError, match="0 or more"):
        make_batches(hosts, FleetLimits(per_mid=-1))


def test_host_that_cannot_be_asked_is_misconfigured_and_counts_as_none_that_answered() -> None:
    seen = hostvars([("m0", diagnosis("m0", "misconfigured")), ("h0", diagnosis("h0", "healthy"))])
    assert fleet_gate(["m0", "h0"], seen, FleetLimits(), NOW).answering == ["h0"]
