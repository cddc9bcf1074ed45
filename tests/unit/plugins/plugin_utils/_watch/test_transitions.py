# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is news, and what is not. Time is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import Verdict
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.observations import observation
from ansible_collections.campaign.classic.plugins.plugin_utils._watch.transitions import (
    NewsRules,
    WatchState,
    after_failure,
    after_sweep,
    plain,
)

NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
EMPTY = WatchState(watch="6f1d4c1e-0000-4000-8000-000000000000")
PLAIN = NewsRules()


def row(verdict: str, *cursors: tuple[str, str, str], reason: str = "why") -> dict[str, Any]:
    rows = [{"option": option, "verdict": its, "value": value, "reason": "r"} for option, its, value in cursors]
    return {"verdict": verdict, "reason": reason, "proposal": "what", "cursors": rows}


def follow(
    *sweeps: dict[str, dict[str, Any]], rules: NewsRules = PLAIN, state: WatchState = EMPTY, step: float = 60
) -> list[dict[str, Any]]:
    """The events of sweeps that follow one another, each delivered."""
    events = []
    for number, rows in enumerate(sweeps):
        state = after_sweep(state, rows, NOW + timedelta(seconds=step * number), rules)
        while state.waiting:
            events.append(state.waiting[0])
            state = state.delivered()
    return events


def told(events: list[dict[str, Any]]) -> list[str]:
    return ["{instance}: {previous} > {verdict}".format(**one["campaign"]) for one in events]


def verdicts(*words: str) -> list[dict[str, dict[str, Any]]]:
    return [{"a": row(word)} for word in words]


@pytest.mark.parametrize(
    ("sweeps", "news"),
    [
        (("healthy", "healthy"), []),
        (("stuck", "stuck", "stuck"), ["unknown > stuck"]),
        (("healthy", "stuck", "healthy"), ["healthy > stuck", "stuck > healthy"]),
        (("healthy", "unreachable", "stuck"), ["healthy > unreachable", "unreachable > stuck"]),
        (("not_applicable", "healthy"), ["not_applicable > healthy"]),
        (("not_asked", "healthy"), []),
        (("not_asked", "stuck"), ["unknown > stuck"]),
        (("stuck", "not_asked", "stuck"), ["unknown > stuck"]),
        (("stuck", "not_asked", "healthy"), ["unknown > stuck", "stuck > healthy"]),
    ],
)
def test_a_changed_verdict_is_news_and_a_verdict_that_stays_is_not(sweeps: tuple[str, ...], news: list[str]) -> None:
    assert told(follow(*verdicts(*sweeps))) == [f"a: {one}" for one in news]


def test_every_verdict_but_not_asked_and_what_is_fine_is_told_when_it_comes_first() -> None:
    silent = {verdict.value for verdict in Verdict if not follow(*verdicts(verdict.value))}
    assert silent == {"not_asked", "healthy", "not_applicable", "inactive"}


def test_an_ignored_verdict_is_as_if_nobody_had_asked() -> None:
    rules = NewsRules(ignored=frozenset({"running"}))
    assert told(follow(*verdicts("running", "stuck", "running", "stuck", "healthy"), rules=rules)) == [
        "a: unknown > stuck",
        "a: stuck > healthy",
    ]


def ids(events: list[dict[str, Any]]) -> list[str]:
    assert all(one["meta"] == {"uuid": one["campaign"]["id"]} for one in events)
    return [one["campaign"]["id"] for one in events]


def test_each_transition_has_an_id_of_its_own_and_none_of_another_watch_or_time() -> None:
    sweeps = verdicts("stuck", "healthy", "stuck", "healthy")
    found = ids(follow(*sweeps))
    assert len(set(found)) == 4
    assert ids(follow(*sweeps)) == found
    other = follow(*sweeps, state=WatchState(watch="6f1d4c1e-0000-4000-8000-000000000001"))
    assert set(ids(other)).isdisjoint(found)
    later = [one for one in follow({}, *sweeps) if one["campaign"]["since"] != "2026-11-28T20:00:00Z"]
    assert set(ids(later)).isdisjoint(found)


def test_an_instance_that_comes_back_to_the_list_has_no_id_that_it_had_before() -> None:
    gone: dict[str, dict[str, Any]] = {}
    stuck = {"a": row("stuck")}
    found = ids(follow(stuck, gone, stuck, {"a": row("healthy")}, gone, stuck))
    assert len(found) == len(set(found)) == 4


def test_a_further_cursor_that_gets_stuck_is_news_and_one_that_is_cured_beside_it_is_not() -> None:
    first, second = ("o1", "stuck", "2020"), ("o2", "stuck", "2021")
    healthy = ("o2", "healthy", "2026")
    rows = [row("stuck", first, healthy), row("stuck", first, second), row("stuck", second)]
    events = follow(*({"a": one} for one in rows))
    assert told(events) == ["a: unknown > stuck", "a: stuck > stuck"]
    assert [one["option"] for one in events[1]["campaign"]["cursors"]] == ["o1", "o2"]
    assert [one["option"] for one in events[0]["campaign"]["cursors"]] == ["o1"]


def test_a_cursor_that_was_moved_and_is_stuck_again_between_two_sweeps_is_news() -> None:
    values = [{"a": row("stuck", ("o1", "stuck", value))} for value in ("2020", "2020", "2024")]
    assert told(follow(*values)) == ["a: unknown > stuck", "a: stuck > stuck"]


def test_a_healthy_cursor_moves_all_the_time_and_is_no_news() -> None:
    assert follow(*({"a": row("healthy", ("o1", "healthy", value))} for value in ("1", "2"))) == []


def test_an_instance_that_leaves_the_list_is_forgotten_and_one_that_comes_is_told() -> None:
    events = follow({"a": row("stuck")}, {"b": row("denied")}, {"a": row("stuck"), "b": row("denied")})
    assert told(events) == ["a: unknown > stuck", "b: unknown > denied", "a: unknown > stuck"]


def test_a_reminder_has_the_id_of_its_event_and_comes_when_it_is_due() -> None:
    rules = NewsRules(remind_after=120)
    events = follow(*verdicts(*["stuck"] * 6, "healthy", "healthy", "healthy"), rules=rules)
    assert [one["campaign"]["reminder"] for one in events] == [0, 1, 2, 0]
    assert len({one["campaign"]["id"] for one in events[:3]}) == 1
    assert {one["campaign"]["previous"] for one in events[:3]} == {"unknown"}
    assert {one["campaign"]["since"] for one in events[:3]} == {"2026-11-28T20:00:00Z"}


def test_a_reminder_is_due_at_its_second_and_not_before() -> None:
    state = after_sweep(EMPTY, {"a": row("stuck")}, NOW, PLAIN)
    for seconds, number in ((119, 1), (120, 2)):
        after = after_sweep(state, {"a": row("stuck")}, NOW + timedelta(seconds=seconds), NewsRules(remind_after=120))
        assert len(after.waiting) == number


def test_a_watch_that_cannot_sweep_is_news_once_and_forgets_no_instance() -> None:
    state = after_sweep(EMPTY, {"a": row("stuck")}, NOW, PLAIN)
    for _once in range(3):
        state = after_failure(state, "no list", "make one", NOW, PLAIN)
    state = after_sweep(state, {"a": row("stuck")}, NOW, PLAIN)
    assert told(list(state.waiting)) == ["a: unknown > stuck", ": watching > watch_failed", ": watch_failed > watching"]
    assert state.waiting[1]["campaign"]["reason"] == "no list"


def test_the_observation_of_a_sweep_is_a_row() -> None:
    failed = {"failed": True, "msg": "no answer", "error": {"kind": "transport", "next_step": "look"}}
    events = follow({"a": observation(failed, NOW)})
    assert events[0]["campaign"] | {"id": ""} == {
        "id": "",
        "instance": "a",
        "verdict": "unreachable",
        "previous": "unknown",
        "reason": "no answer",
        "proposal": "look",
        "cursors": [],
        "since": "2026-11-28T20:00:00Z",
        "reminder": 0,
    }


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("{{ lookup('pipe', 'id') }}", "\\x7b{ lookup('pipe', 'id') }}"),
        ("{% raw %}", "\\x7b% raw %}"),
        ("{# note #}", "\\x7b# note #}"),
        ("{{{", "\\x7b\\x7b{"),
        ("{a} {", "{a} {"),
    ],
)
def test_no_text_of_a_server_is_a_template_in_an_event(text: str, safe: str) -> None:
    events = follow({"a": row("stuck", (text, "stuck", text), reason=text)})
    assert events[0]["campaign"]["reason"] == safe
    assert events[0]["campaign"]["cursors"][0]["option"] == safe
    assert plain([{text: (text, 7, None)}]) == [{safe: [safe, 7, None]}]
