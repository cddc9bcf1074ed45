# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The observations of a sweep: the kept part, roles, links and groups."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.observations import (
    ObservedFleet,
    address_of,
    age_seconds,
    first_of,
    group_part,
    is_observation,
    observation,
    unread,
)

NOW = datetime(2026, 11, 23, 2, 0, 0, 500000, tzinfo=UTC)
CURSOR = {
    "option": "NmsMidSourcing_LastDelivery_mid",
    "account": "mid",
    "workflow": "defaultMidSourcingDlv",
    "verdict": "stuck",
    "reason": "The cursor stands.",
    "value": "2020-03-01 10:00:00.000Z",
    "evidence": {"age_seconds": 42, "last_errors": ["x" * 5000]},
    "label": "not kept",
}


def result(**more: Any) -> dict[str, Any]:
    """What sync_cursor_info returns."""
    return {
        "verdict": "stuck",
        "reason": "Because.",
        "proposal": "Move it.",
        "cursors": [CURSOR],
        "accounts": [],
        "release": "7.4.3",
        "build": "9396",
        "server_time": "2026-11-23 02:00:00.000Z",
        "skew_seconds": 0.4,
        **more,
    }


def account(server: str, active: bool = True) -> dict[str, Any]:
    return {"name": "a", "label": "A", "active": active, "server": server}


def seen(**more: Any) -> dict[str, Any]:
    return observation(result(**more), NOW)


# -- what is kept ------------------------------------------------------------------------------------------------------


def test_an_observation_is_small_plain_data_with_its_time() -> None:
    one = seen()
    assert json.loads(json.dumps(one)) == one
    assert len(json.dumps(one)) < 1000
    assert one["observed_at"] == "2026-11-23T02:00:00Z"
    (cursor,) = one["cursors"]
    assert set(cursor) == {"option", "account", "workflow", "verdict", "reason", "value", "age_seconds"}
    assert cursor["age_seconds"] == 42


def test_a_failure_that_is_nobodys_answer_is_misconfigured_with_its_sentence() -> None:
    one = observation({"failed": True, "msg": "mkt: no lxml.", "error": {"next_step": "Install it."}}, NOW)
    assert (one["verdict"], one["reason"], one["proposal"]) == ("misconfigured", "mkt: no lxml.", "Install it.")
    assert (one["cursors"], one["servers"], one["version"], one["marketing"]) == ([], [], "", False)


def test_a_text_without_end_is_cut() -> None:
    assert len(seen(reason="x" * 100_000)["reason"]) < 1100


def test_servers_are_those_of_active_accounts() -> None:
    accounts = [account("http://b"), account("http://a"), account("http://a"), account(""), account("http://c", False)]
    assert seen(accounts=accounts)["servers"] == ["http://a", "http://b"]


@pytest.mark.parametrize(
    ("cursor", "marketing"),
    [
        (CURSOR, True),
        ({**CURSOR, "option": "", "verdict": "missing"}, True),
        ({**CURSOR, "option": "", "verdict": "not_applicable"}, False),
        ({**CURSOR, "workflow": "cleanup"}, False),
    ],
    ids=["a cursor", "an account without one", "neither", "another workflow"],
)
def test_a_marketing_instance_is_known_by_the_counters_workflow(cursor: dict[str, Any], marketing: bool) -> None:
    assert seen(cursors=[cursor])["marketing"] is marketing


def test_the_age_is_in_whole_seconds_and_never_negative() -> None:
    assert age_seconds(seen(), NOW + timedelta(minutes=10)) == 600
    assert age_seconds(seen(), NOW - timedelta(minutes=10)) == 0


# -- addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://Mid.example.com:80/a/",
        "http://mid.example.com/a/nl/jsp/soaprouter.jsp",
        "mid.example.com:80/a",
        " http://mid.example.com/a",
    ],
)
def test_urls_of_one_instance_have_one_address(url: str) -> None:
    assert address_of(url) == address_of("http://mid.example.com/a")


@pytest.mark.parametrize(
    "url", ["http://mid.example.com:8080/a", "https://mid.example.com/a", "http://mid.example.com"]
)
def test_urls_of_different_instances_have_different_addresses(url: str) -> None:
    assert address_of(url) != address_of("http://mid.example.com/a")


def test_what_is_no_url_has_no_address() -> None:
    with pytest.raises(ValidationError):
        address_of("http://user:password@mid")


# -- the fleet ---------------------------------------------------------------------------------------------------------

ADDRESSES = {"mkt-a": ["https://a"], "mkt-b": ["https://b"], "mid-eu": ["https://mid-eu", "http://mid.internal:8080"]}


def fleet(**declared: str) -> ObservedFleet:
    """Two marketing instances that send through mid-eu, one of them through an unknown server too."""
    quiet = {"cursors": [], "verdict": "not_applicable"}
    return ObservedFleet(
        {
            "mkt-a": seen(accounts=[account("http://mid.internal:8080"), account("http://elsewhere")]),
            "mkt-b": seen(accounts=[account("https://mid-eu/"), account("{{ 7 * 7 }}")], verdict="healthy"),
            "mid-eu": seen(**quiet),
        },
        ADDRESSES,
        {name.replace("_", "-"): role for name, role in declared.items()},
    )


def test_marketing_hosts_are_linked_to_their_mids_under_any_of_their_urls() -> None:
    one = fleet()
    assert (one.mids["mkt-a"], one.mids["mkt-b"], one.mids["mid-eu"]) == (["mid-eu"], ["mid-eu"], [])
    assert one.used_by == {"mid-eu": ["mkt-a", "mkt-b"]}
    assert (one.elsewhere["mkt-a"], one.elsewhere["mkt-b"]) == (["http://elsewhere"], ["{{ 7 * 7 }}"])


def test_roles_are_what_the_list_says_else_what_was_seen() -> None:
    assert [fleet().role(name) for name in ADDRESSES] == ["marketing", "marketing", "mid"]
    assert fleet(mkt_a="mid", mid_eu="marketing").role("mkt-a") == "mid"
    alone = ObservedFleet({"x": seen(cursors=[], accounts=[])}, {"x": ["http://x"]}, {})
    assert (alone.role("x"), alone.groups("x")[0]) == ("unknown", "campaign_role_unknown")


def test_an_instance_that_sends_through_itself_is_not_its_own_mid() -> None:
    one = ObservedFleet({"x": seen(accounts=[account("http://x")])}, {"x": ["http://x"]}, {})
    assert (one.mids["x"], one.used_by, one.elsewhere["x"]) == ([], {}, [])


def test_groups_are_by_role_verdict_version_and_mid() -> None:
    assert fleet().groups("mkt-a") == [
        "campaign_marketing",
        "campaign_verdict_stuck",
        "campaign_version_7_4_3",
        "campaign_uses_mid_eu",
    ]
    assert fleet().groups("mid-eu")[0] == "campaign_mid"


def test_a_marketing_instance_that_others_send_through_is_in_both_groups() -> None:
    assert {"campaign_marketing", "campaign_mid"} <= set(fleet(mid_eu="marketing").groups("mid-eu"))


@pytest.mark.parametrize(
    "text", ["{{ lookup('pipe', 'id') }}", "../../etc", "7.4.3\n[all:vars]", "\x00", "é", "x" * 999]
)
def test_a_group_is_a_plain_name_whatever_a_server_says(text: str) -> None:
    part = group_part(text)
    assert part.isascii() and part.replace("_", "a").isalnum() and len(part) <= 60


def test_variables_say_how_old_they_are() -> None:
    found = fleet().variables("mkt-a", NOW + timedelta(seconds=90), cached=True)
    assert (found["campaign_cached"], found["campaign_observed_age_seconds"]) == (True, 90)
    assert found["campaign_observed_at"] == "2026-11-23T02:00:00Z"
    assert found["campaign_mids"] == ["mid-eu"]
    assert fleet().variables("mid-eu", NOW, cached=False)["campaign_used_by"] == ["mkt-a", "mkt-b"]


def test_those_of_which_nothing_is_known_are_named_in_few_words() -> None:
    lost = {f"mkt-{number}": seen(verdict="unreachable") for number in range(5)} | {"well": seen()}
    assert first_of(unread(lost)) == "mkt-0, mkt-1, mkt-2 and 2 more"
    assert first_of(["a"]) == "a"


def test_what_a_cache_holds_has_the_form_of_an_observation_or_is_none() -> None:
    seen = observation({"failed": True, "msg": "down"}, datetime(2026, 11, 23, tzinfo=UTC))
    assert is_observation(seen) and is_observation(json.loads(json.dumps(seen)))
    for wrong in (None, [], 7, {}, {**seen, "cursors": {}}, {**seen, "reason": None}):
        assert not is_observation(wrong)
    assert not is_observation({key: value for key, value in seen.items() if key != "verdict"})
