# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleet files: their contents, and how errors name the place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.config.validation import parse_moment, parse_seconds
from simulator.fleet import load_fleet
from simulator.soap.errors import FleetError

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)

TEXT = """
start: "2026-11-23T02:00:00Z"
warm_up: 1h
seed: 7
defaults:
  build: 9400
  operators: [{login: ops, password: ops-secret, rights: [admin]}]
  workflows: {tracking: {every: 1h}}
instances:
  mid-eu:
    role: mid
    operators: [{login: mid, password: mid-secret, rights: [admin]}]
    seconds_per_row: 0.02
    deliveries: {count: 20000, from: "2020-01-01T00:00:00Z", to: now, for: [mkt-a]}
  mkt-a:
    role: marketing
    accounts:
      - {name: defaultEmailMid, mid: mid-eu, login: mid, password: mid-secret, active: true}
      - {name: defaultEmailBulk}
    options:
      A: {type: datetime, value: "2020-03-01T10:00:00+02:00"}
      B: {type: datetime, age: 5m}
      C: {type: long, value: 3}
      D: {type: datetime}
      E: {value: text}
      F: {type: boolean, value: true}
    workflows: {defaultMidSourcingDlv: {state: started, every: 10m, on_error: ignore, error_limit: 3, timeout: 60s}}
    switches: {row_cap: 10000, expired_answer: 200-fault}
    skew: -90s
    wfserver: down
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "fleet.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_fleet_file_becomes_plain_data(tmp_path: Path) -> None:
    fleet = load_fleet(written(tmp_path, TEXT))
    assert (fleet.start, fleet.begin, fleet.seed) == (NOW, NOW - timedelta(hours=1), 7)
    mid, mkt = fleet.instances["mid-eu"], fleet.instances["mkt-a"]
    assert [operator.login for operator in mid.operators] == ["ops", "mid"], "those of the defaults stay"
    assert (mid.deliveries[0].count, mid.deliveries[0].end, mid.deliveries[0].owners) == (20000, NOW, ("mkt-a",))
    assert mid.workflows == (), "the defaults' workflows are those of marketing instances"
    assert (mkt.build, mkt.release, mkt.skew, mkt.wfserver) == (9400, "7.4.3", -90.0, False)
    assert [(account.name, account.mid, account.type) for account in mkt.accounts] == [
        ("defaultEmailMid", "mid-eu", 3),
        ("defaultEmailBulk", "", 3),
    ]
    assert {option.name: (option.data_type, option.value) for option in mkt.options} == {
        "A": (7, datetime(2020, 3, 1, 8, tzinfo=UTC)),
        "B": (7, NOW - timedelta(minutes=5)),
        "C": (3, 3),
        "D": (7, None),
        "E": (6, "text"),
        "F": (15, 1),
    }
    tracking, counters = mkt.workflows
    assert (tracking.name, tracking.every, counters.label) == ("tracking", 3600, "Mid-sourcing (delivery counters)")
    assert (counters.on_error, counters.error_limit, counters.timeout) == ("ignore", 3, 60)
    assert mkt.switches == {"row_cap": 10000, "expired_answer": "200-fault"}


def test_accounts_of_execution_instances_and_daily_workflows_have_their_own_defaults() -> None:
    fleet = with_mkt(
        accounts=[{"name": "rt", "execution": "rt-a", "login": "l", "execution_id": 3}],
        workflows={"cleanup": {"at": "04:30"}, "mcSynch_rt": {"every": "2m"}},
        hits="30s",
    )
    fleet["instances"]["rt-a"] = {**fleet["instances"]["mid-a"], "role": "execution", "events": "1m"}
    read = load_fleet(fleet).instances
    (account,) = read["mkt-a"].accounts
    assert (account.peer, account.suffix, account.type != 3) == ("rt-a", "3", True)
    daily, often = read["mkt-a"].workflows
    assert (daily.at, daily.every, daily.history, often.at) == (16_200, 86_400, 30, None)
    assert (read["mkt-a"].hits, read["rt-a"].events) == (30, 60)


def test_now_means_the_machines_time_in_whole_milliseconds() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, 678_912, tzinfo=UTC)
    assert load_fleet(minimal(start="now"), now=now).start == now.replace(microsecond=678_000)
    assert load_fleet(minimal(start="now-1h30m"), now=now).start == datetime(2026, 1, 2, 1, 34, 5, 678_000, tzinfo=UTC)


def minimal(**top: Any) -> dict[str, Any]:
    mkt = {"role": "marketing", "operators": [{"login": "ops", "password": "x", "rights": ["admin"]}]}
    return {"start": "2026-11-23T02:00:00Z", "instances": {"mkt-a": mkt, "mid-a": {**mkt, "role": "mid"}}, **top}


def with_mkt(**changes: Any) -> dict[str, Any]:
    fleet = minimal()
    fleet["instances"]["mkt-a"].update(changes)
    return fleet


def with_mid(**changes: Any) -> dict[str, Any]:
    fleet = minimal()
    fleet["instances"]["mid-a"].update(changes)
    return fleet


WRONG: dict[str, tuple[Any, str, str]] = {
    "unknown key at the top": (minimal(instance={}), "instance", "unknown key; allowed here: .*instances"),
    "a duration that is none": (minimal(start="now-soon"), "start", "is no moment with a zone; write .*now or now-6h"),
    "a duration into the future": (minimal(start="now--6h"), "start", "is no moment with a zone"),
    "no instances": ({"start": "now"}, "instances", "at least one"),
    "start without zone": (minimal(start="2026-11-23T02:00:00"), "start", "no moment with a zone"),
    "warm-up": (minimal(warm_up="long"), "warm_up", "no duration"),
    "negative warm-up": (minimal(warm_up="-1h"), "warm_up", "less than 0"),
    "seed": (minimal(seed=True), "seed", "a whole number is expected, not the boolean true"),
    "defaults": (minimal(defaults={"role": "mid"}), "defaults.role", "unknown key"),
    "defaults' operator": (
        minimal(defaults={"operators": [{"login": "a", "password": 1}]}),
        "defaults.operators[0].password",
        "quotes",
    ),
    "instances is a list": (minimal(instances=["a"]), "instances", "a mapping is expected here, not a list"),
    "instance is a text": (minimal(instances={"a": "b"}), "instances.a", "a mapping is expected"),
    "name of an instance": (minimal(instances={"a/b": {"role": "mid"}}), "instances.a/b", "part of its URL"),
    "name that is a number": (minimal(instances={7: {}}), "instances.7", "names must be texts"),
    "role": (with_mkt(role="tracking"), "instances.mkt-a.role", "not one of: marketing, mid"),
    "no role": (minimal(instances={"a": {}}), "instances.a.role", "is required"),
    "unknown key": (with_mkt(wfsrever="up"), "instances.mkt-a.wfsrever", "unknown key"),
    "no operator": (minimal(instances={"a": {"role": "mid"}}), "instances.a.operators", "at least one operator"),
    "right": (
        with_mkt(operators=[{"login": "a", "password": "b", "rights": ["god"]}]),
        "instances.mkt-a.operators[0].rights[0]",
        "not one of: admin, workflow",
    ),
    "mid that is missing": (
        with_mkt(accounts=[{"name": "x", "mid": "mid-b", "login": "l"}]),
        "instances.mkt-a.accounts[0].mid",
        "'mid-b' is no mid of this fleet; there are: mid-a",
    ),
    "mid that is no mid": (
        with_mkt(accounts=[{"name": "y"}, {"name": "x", "mid": "mkt-a", "login": "l"}]),
        "instances.mkt-a.accounts[1].mid",
        "'mkt-a' is no mid",
    ),
    "execution instance that is a mid": (
        with_mkt(accounts=[{"name": "x", "execution": "mid-a", "login": "l"}]),
        "instances.mkt-a.accounts[0].execution",
        "'mid-a' is no execution instance of this fleet; there are: none",
    ),
    "mid and execution instance": (
        with_mkt(accounts=[{"name": "x", "mid": "mid-a", "execution": "rt-a", "login": "l"}]),
        "instances.mkt-a.accounts[0].execution",
        "not to both",
    ),
    "number of an execution instance": (
        with_mkt(accounts=[{"name": "x", "execution": "rt-a", "login": "l", "execution_id": 0}]),
        "instances.mkt-a.accounts[0].execution_id",
        "less than 1",
    ),
    "number of a mid": (
        with_mkt(accounts=[{"name": "x", "mid": "mid-a", "login": "l", "execution_id": 1}]),
        "instances.mkt-a.accounts[0].execution_id",
        "unknown key",
    ),
    "synchronisation without its account": (
        with_mkt(accounts=[{"name": "x"}], workflows={"mcSynch_x": {"every": "2m"}}),
        "instances.mkt-a.workflows.mcSynch_x",
        "no account 'x' leads to an execution instance; there are: none",
    ),
    "events of a marketing instance": (with_mkt(events="1m"), "instances.mkt-a.events", "only an execution instance"),
    "time of day": (
        with_mkt(workflows={"cleanup": {"at": "4 o'clock"}}),
        "instances.mkt-a.workflows.cleanup.at",
        "04:00",
    ),
    "time of day and first run": (
        with_mkt(workflows={"cleanup": {"at": "04:00", "first_run": 5}}),
        "instances.mkt-a.workflows.cleanup.at",
        "either a time of day or a first_run",
    ),
    "history": (with_mkt(workflows={"w": {"history": -1}}), "instances.mkt-a.workflows.w.history", "less than 0"),
    "logs": (
        with_mid(deliveries={"count": 1, "from": "now", "for": ["mkt-a"], "logs": -1}),
        "instances.mid-a.deliveries.logs",
        "less than 0",
    ),
    "account without login": (
        with_mkt(accounts=[{"name": "x", "mid": "mid-a"}]),
        "instances.mkt-a.accounts[0].login",
        "logs on there",
    ),
    "account twice": (
        with_mkt(accounts=[{"name": "x"}, {"name": "x"}]),
        "instances.mkt-a.accounts[1]",
        "occurs twice",
    ),
    "option's type": (with_mkt(options={"A": {"type": "date-time"}}), "instances.mkt-a.options.A.type", "not one of"),
    "option's value": (
        with_mkt(options={"A": {"type": "long", "value": "x"}}),
        "instances.mkt-a.options.A.value",
        "num",
    ),
    "option's moment": (
        with_mkt(options={"A": {"type": "datetime", "value": "2020-01-01"}}),
        "instances.mkt-a.options.A.value",
        "zone",
    ),
    "age of a text": (with_mkt(options={"A": {"age": "1d"}}), "instances.mkt-a.options.A.age", "datetime or date"),
    "age and value": (
        with_mkt(options={"A": {"type": "datetime", "age": "1d", "value": "now"}}),
        "instances.mkt-a.options.A.age",
        "either",
    ),
    "workflow's state": (
        with_mkt(workflows={"w": {"state": "running"}}),
        "instances.mkt-a.workflows.w.state",
        "started, stopped",
    ),
    "schedule": (with_mkt(workflows={"w": {"every": "daily"}}), "instances.mkt-a.workflows.w.every", "no duration"),
    "switch": (with_mkt(switches={"row_kap": 1}), "instances.mkt-a.switches.row_kap", "unknown key"),
    "switch's value": (
        with_mkt(switches={"cursor_after_failure": "lose"}),
        "instances.mkt-a.switches.cursor_after_failure",
        "keep, move",
    ),
    "zone": (with_mkt(zone={"refused": 404}), "instances.mkt-a.zone.refused", "0, 403, 500"),
    "deliveries of a marketing instance": (
        with_mkt(deliveries={"count": 1, "from": "now", "for": ["mkt-a"]}),
        "instances.mkt-a.deliveries",
        "only a mid",
    ),
    "deliveries for nobody": (
        with_mid(deliveries={"count": 1, "from": "now"}),
        "instances.mid-a.deliveries.for",
        "name the marketing",
    ),
    "deliveries for a stranger": (
        with_mid(deliveries=[{"count": 1, "from": "now", "for": ["mkt-z"]}]),
        "instances.mid-a.deliveries.for",
        "'mkt-z' is no",
    ),
    "deliveries that end before they begin": (
        with_mid(deliveries={"count": 1, "for": ["mkt-a"], "from": "now", "to": "2020-01-01T00:00:00Z"}),
        "instances.mid-a.deliveries.to",
        "before",
    ),
    "wfserver": (with_mkt(wfserver=True), "instances.mkt-a.wfserver", "a text is expected, not the boolean true"),
}


@pytest.mark.parametrize(("data", "place", "problem"), WRONG.values(), ids=list(WRONG))
def test_an_error_names_the_place_and_what_is_allowed(data: Any, place: str, problem: str) -> None:
    with pytest.raises(FleetError, match=problem) as caught:
        load_fleet(data)
    assert caught.value.place == place
    assert str(caught.value).startswith(f"fleet: {place}: ")


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("a: [1,\n", "line 2, column 1", "node content"),
        ("start: now\ninstances: {a: {role: mid}, a: {role: mid}}", "line 2, column 29", "'a' occurs twice"),
        ("- a", "", "a mapping with the key 'instances' is expected, not a list"),
        ("", "", "not nothing"),
        ("a: !!python/object:os.system {}", "line 1, column 4", "could not determine a constructor"),
        ("a\x00", "", "control characters are not allowed"),
    ],
)
def test_what_is_no_fleet_file_is_refused_with_the_files_name(
    tmp_path: Path, text: str, place: str, problem: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(FleetError, match=problem) as caught:
        load_fleet(path)
    assert caught.value.place == place
    assert str(path) in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FleetError, match=r"nowhere\.yml: cannot be read: .*No such file"):
        load_fleet(tmp_path / "nowhere.yml")


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("90", 90), (90, 90), ("1d12h", 129_600), ("-5m", -300), ("250ms", 0.25), ("1.5h", 5400), ("2w", 1_209_600),
     ("", None), ("1x", None), ("h", None), (True, None), ([], None), ("1h junk", None)],
)  # fmt: skip
def test_durations(given: object, seconds: float | None) -> None:
    assert parse_seconds(given) == seconds


def test_moments_need_a_zone() -> None:
    assert parse_moment("2026-11-23T03:00:00+01:00") == NOW
    assert parse_moment(NOW) == NOW
    assert [parse_moment(value) for value in ("2026-11-23", datetime(2026, 1, 1), 5, None)] == [None] * 4  # noqa: DTZ001


def test_schedules_of_a_fleet_can_be_spread() -> None:
    assert load_fleet(minimal(stagger=True)).stagger
