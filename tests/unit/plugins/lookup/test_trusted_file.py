# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan file that is not whole is named, and approves nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.filter.__private.fleet import fleet_gate
from ansible_collections.campaign.classic.plugins.lookup.__private.trusted_file import LookupModule, _data
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.plan import fleet_plan

WRONG = {
    b"": "is empty",
    b'{"format": "campaign.classic/plan/1", "plans": [': "is cut off",
    b"digest: 1": "is not JSON",
    b"\x00\x01": "is not text",
    b"{}": "It is not a plan file",
    b"[]": "It is not a plan file",
    b"null": "It is not a plan file",
    b'""': "It is not a plan file",
    b'{"format": "campaign.classic/plan/1", "plans": "ab"}': "It is not a plan file",
    b'{"format": "campaign.classic/plan/1", "plans": [1]}': "A plan in it has no digest",
}


def problems(path: Path) -> list[str]:
    return LookupModule._problems([str(path)], "plan", "plan")


@pytest.mark.parametrize(("content", "words"), WRONG.items())
def test_plan_that_is_not_whole_is_named(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    (problem,) = problems(path)
    assert str(path) in problem and words in problem and "Expecting" not in problem


def test_plan_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path / "none")[0].startswith(f"There is no plan {tmp_path}/none.")


def test_plan_as_it_was_written_is_taken(tmp_path: Path) -> None:
    path, plan = tmp_path / "plan.json", fleet_plan([], {})
    path.write_text(json.dumps(plan))
    assert problems(path) == []
    assert _data(str(path), "plan", "plan") == _data(str(path), "plan", "json") == plan
    assert json.loads(_data(str(path), "plan", "any")) == plan


@pytest.mark.parametrize("document", [{}, [], 0, False])
def test_empty_document_in_the_place_of_a_plan_approves_nothing(document: Any) -> None:
    assert "plan file cannot be used" in " ".join(fleet_gate([], {}, plan_file=document)["refusals"])
    for none in (None, ""):
        assert "plan file" not in " ".join(fleet_gate([], {}, plan_file=none)["refusals"])
