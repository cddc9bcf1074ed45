# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.causes import BUILT_IN, CAUSES, Cause
from ansible_collections.campaign.classic.plugins.plugin_utils._snapshot.texts import (
    OF_CLASS,
    TEXTS,
    TIMEOUT_TEXTS,
    UNKNOWN,
    text_of,
)
from simulator.technical import synchronising

BY_ID = {cause.id: cause for cause in CAUSES}


@pytest.mark.parametrize("accounts", [[], ["defaultEmailMid"], ["a", "b"]])
@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_text_of_a_cause_is_judged_as_that_cause_whatever_accounts_it_names(cause: Cause, accounts: list[str]) -> None:
    assert BUILT_IN.of(text_of(cause.id, cause.kind, accounts)) == cause


def test_no_text_is_of_a_cause_that_there_is_not() -> None:
    assert set(TEXTS) == set(BY_ID)


@pytest.mark.parametrize("kind", sorted(OF_CLASS))
def test_cause_of_a_site_is_told_by_one_of_its_class(kind: str) -> None:
    found = BUILT_IN.of(text_of("site_1", kind, []))
    assert found is not None and found.kind == kind


def test_unknown_text_stays_unknown() -> None:
    assert text_of("", "", []) == UNKNOWN
    assert BUILT_IN.of(text_of("", "", ["acc"])) is None


def test_simulator_fails_again_with_the_cause_that_was_seen() -> None:
    told = {"method": "m", "account": "a", "seconds": "60", "milliseconds": "60000", "activity": "synchronise"}
    for cause, name in TIMEOUT_TEXTS.items():
        found = BUILT_IN.of(synchronising.TIMEOUT_TEXTS[name].format(**told))
        assert ("" if found is None else found.id) == cause
