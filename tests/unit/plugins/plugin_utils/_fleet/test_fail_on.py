# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdicts that a monitor fails on, in every form in which they are given."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.fail_on import NAMES, read_fail_on


@pytest.mark.parametrize(
    "given",
    [
        ["stuck", "unreachable"],
        ("unreachable", "stuck"),
        "stuck,unreachable",
        " stuck , unreachable ",
        "stuck unreachable",
        '["stuck", "unreachable"]',
        "[stuck, unreachable]",
        "['stuck', 'unreachable']",
    ],
)
def test_forms(given: Any) -> None:
    assert read_fail_on(given) == {"stuck", "unreachable"}


@pytest.mark.parametrize("given", [None, "", [], "[]", " "])
def test_nothing(given: Any) -> None:
    assert read_fail_on(given) == frozenset()


def test_every_verdict_is_taken() -> None:
    assert read_fail_on(list(NAMES)) == set(NAMES)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("stuk", "there is no verdict 'stuk'. Did you mean stuck?"),
        (["Unreachable"], "Did you mean unreachable?"),
        ("stuck;unreachable", "there is no verdict"),
        ("all", "there is no verdict 'all'"),
        (True, "must be a list of verdicts"),
        ({"stuck": True}, "must be a list of verdicts"),
        ('{"stuck": 1}', "must be a list of verdicts"),
        ([1], "must be a list of verdicts"),
    ],
)
def test_what_is_no_list_of_verdicts_is_refused(given: Any, said: str) -> None:
    with pytest.raises(ValidationError, match="mid_sourcing_fail_on") as caught:
        read_fail_on(given)
    assert said in str(caught.value)
