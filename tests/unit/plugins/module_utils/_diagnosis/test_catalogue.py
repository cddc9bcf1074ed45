# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import (
    CATALOGUE,
    MOST_EXTRA,
    CursorKind,
    match_account,
    moment_in,
    with_extra,
)
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import thresholds_for
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import Thresholds
from tests.helpers.cursors import KIND, NIGHTLY, account

MID1, MID2 = account("mid1"), account("mid2")


def test_only_the_delivery_counters_are_ever_moved() -> None:
    assert [kind.prefix for kind in CATALOGUE if kind.cure == "move"] == ["NmsMidSourcing_LastDelivery_"]


def test_the_log_pull_up_is_a_sibling_that_says_why_it_is_never_moved() -> None:
    (log,) = [kind for kind in CATALOGUE if kind.prefix == "NmsMidSourcing_LastBroadLog_"]
    assert (log.cure, log.sibling, log.per_account) == ("none", True, True)
    assert "Never moved" in log.note


def test_every_kind_has_a_source_and_covers_its_own_options_only() -> None:
    for kind in CATALOGUE:
        assert kind.source
        assert kind.label
        name = f"{kind.prefix}mid1" if kind.is_family else kind.prefix
        assert [other for other in CATALOGUE if other.covers(name)] == [kind]


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.prefix)
def test_every_kind_has_thresholds_that_fit_whatever_the_operator_chose(kind: CursorKind) -> None:
    for chosen in (Thresholds(), Thresholds(max_age=0, remediate_after=0), Thresholds(remediate_after=365 * 86400)):
        own = thresholds_for(kind, chosen)
        assert own.remediate_after >= own.max_age


@pytest.mark.parametrize(
    ("workflow", "name", "moves"),
    [
        ("tracking", "tracking", True),
        ("tracking", "tracking2", False),
        ("mcSynch_", "mcSynch_exec1", True),
        ("mcSynch_", "mcSynch", False),
        ("", "", False),
        ("", "tracking", False),
    ],
)
def test_workflow_of_a_kind_is_a_name_or_how_names_begin(workflow: str, name: str, moves: bool) -> None:
    assert CursorKind("x", workflow, "", "none", "").moved_by(name) is moves


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


# -- kinds of a user ---------------------------------------------------------------------------------------------------


def test_kinds_of_a_user_are_siblings_after_the_catalogue() -> None:
    found = with_extra(
        [{"name": "cusExport_", "workflow": "nightly", "max_age": "2d"}, {"name": "cusText", "text": True}]
    )
    assert found[: len(CATALOGUE)] == CATALOGUE
    family, text = found[len(CATALOGUE) :]
    assert (family.workflow, family.label, family.sibling, family.is_family, family.reading) == (
        "nightly",
        "nightly",
        True,
        True,
        "datetime",
    )
    assert dict(family.thresholds)["max_age"] == 2 * 86400
    assert (text.workflow, text.label, text.reading, text.per_account) == ("", "", "text", False)
    assert thresholds_for(text, Thresholds()).max_age == 86400


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ([{"name": ""}], r"extra_cursors\[0\]: '' is no name of an option"),
        ([{"name": "a b c"}], "is no name of an option"),
        ([{"name": "x' or 1=1"}], "is no name of an option"),
        ([{"name": "cusOk"}, {"name": "1st"}], r"extra_cursors\[1\]"),
        ([{"name": "cusOk", "workflow": "no such name"}], "no internal name of a workflow"),
        ([{"name": "cusOk", "max_age": "soon"}], r"extra_cursors\[0\]: max_age: 'soon'"),
        ([{"name": "NmsMidSourcing_LastDelivery_"}], "is covered by 'NmsMidSourcing_LastDelivery_' already"),
        ([{"name": "NmsMidSourcing_LastDelivery_mid1"}], "is covered by 'NmsMidSourcing_LastDelivery_' already"),
        ([{"name": "NmsMidSourcing_"}], "is covered by 'NmsMidSourcing_LastDelivery_' already, or covers it"),
        ([{"name": "NmsCleanup_LastCleanup"}], "is covered by 'NmsCleanup_LastCleanup' already"),
        ([{"name": "cusOk"}, {"name": "cusOk"}], r"extra_cursors\[1\]: 'cusOk' is covered by 'cusOk' already"),
        ([{"name": f"cus{number}"} for number in range(MOST_EXTRA + 1)], "at most 50 kinds"),
    ],
)
def test_kind_that_cannot_be_added_is_refused_by_its_place(extra: list[dict[str, object]], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        with_extra(extra)


# -- a moment in a text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23 02:00:00.123Z 4711", "2026-11-23T02:00:00.123000+00:00"),
        ("4711;2026/11/23 02:00:00", "2026-11-23T02:00:00+00:00"),
        ("id=0x1267 at 2026-11-23T03:00:00+01:00", "2026-11-23T02:00:00+00:00"),
        ("2026-11-23 02:00", "2026-11-23T02:00:00+00:00"),
        ("12026-11-23 02:00:00", None),
        ("2026-13-23 02:00:00Z", None),
        ("2026-11-23", None),
        ("", None),
    ],
)
def test_moment_stands_anywhere_in_a_text(text: str, expected: str | None) -> None:
    found = moment_in(text)
    assert (None if found is None else found.isoformat()) == expected
