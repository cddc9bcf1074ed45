# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cursors import (
    CATALOGUE,
    OBSERVED,
    match_account,
    observed,
)
from tests.helpers.cursors import KIND, NIGHTLY, account, option

MID1, MID2 = account("mid1"), account("mid2")


def test_only_the_delivery_counters_are_ever_moved() -> None:
    assert [kind.prefix for kind in CATALOGUE if kind.cure == "move"] == ["NmsMidSourcing_LastDelivery_"]


def test_no_observed_prefix_belongs_to_a_kind_that_is_judged() -> None:
    assert OBSERVED
    for seen in OBSERVED:
        assert seen.reason
        assert not any(kind.covers(f"{seen.prefix}mid1") for kind in CATALOGUE)


def test_every_kind_has_a_source_and_covers_its_own_options_only() -> None:
    for kind in CATALOGUE:
        assert kind.source
        assert [other for other in CATALOGUE if other.covers(f"{kind.prefix}mid1")] == [kind]


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        ("NmsMidSourcing_LastDelivery_mid1", True),
        ("NmsMidSourcing_LastDelivery_", False),
        ("NmsMidSourcing_LastBroadLog_mid1", False),
        ("nmsMidSourcing_LastDelivery_mid1", False),
        ("x_NmsMidSourcing_LastDelivery_mid1", False),
    ],
)
def test_prefix_with_an_underscore_needs_a_suffix(name: str, covered: bool) -> None:
    assert KIND.covers(name) is covered


@pytest.mark.parametrize(
    ("name", "covered"),
    [("NmsCleanup_LastCleanup", True), ("NmsCleanup_LastCleanupPeriod", False), ("NmsCleanup_", False)],
)
def test_prefix_without_an_underscore_is_a_whole_name(name: str, covered: bool) -> None:
    assert NIGHTLY.covers(name) is covered


@pytest.mark.parametrize(
    ("name", "mapping", "expected"),
    [
        ("NmsMidSourcing_LastDelivery_mid1", {}, MID1),
        ("NmsMidSourcing_LastDelivery_mid1", None, MID1),
        ("NmsMidSourcing_LastDelivery_MID1", {}, None),
        ("NmsMidSourcing_LastDelivery_mid", {}, None),
        ("NmsMidSourcing_LastDelivery_old", {"NmsMidSourcing_LastDelivery_old": "mid2"}, MID2),
        ("NmsMidSourcing_LastDelivery_mid1", {"NmsMidSourcing_LastDelivery_mid1": "mid2"}, MID2),
        ("NmsMidSourcing_LastDelivery_mid1", {"NmsMidSourcing_LastDelivery_mid1": "gone"}, None),
        ("NmsMidSourcing_LastDelivery_mid1", {"mid1": "mid2"}, MID1),
        ("NmsMidSourcing_LastBroadLog_mid1", {}, None),
    ],
)
def test_account_is_that_of_the_map_else_that_of_the_suffix(
    name: str, mapping: dict[str, str] | None, expected: object
) -> None:
    assert match_account(name, KIND, [MID1, MID2], mapping) is expected


def test_account_is_none_when_two_have_the_name() -> None:
    assert match_account(f"{KIND.prefix}mid1", KIND, [MID1, account("mid1")]) is None


def test_kind_without_accounts_matches_none() -> None:
    assert match_account(NIGHTLY.prefix, NIGHTLY, [account("")], {NIGHTLY.prefix: ""}) is None


def test_observed_options_come_by_name_with_the_reason() -> None:
    names = ["NmsMidSourcing_LastBroadLog_b", "NmsMidSourcing_LastDelivery_a", "NmsMidSourcing_LastBroadLog_a"]
    found = observed([option(name=name) for name in names])
    assert [one.name for one, _seen in found] == ["NmsMidSourcing_LastBroadLog_a", "NmsMidSourcing_LastBroadLog_b"]
    assert all("cancelled" in seen.reason for _one, seen in found)
