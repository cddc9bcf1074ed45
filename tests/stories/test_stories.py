# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A few stories are told; and mistakes in the product make some of them wrong: what judges them can fail."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cure import turns
from ansible_collections.campaign.classic.plugins.module_utils._cure.actions import WorkflowActions
from tests.stories.events import Disturbance
from tests.stories.main import main, report, told
from tests.stories.story import Setting, Story

#: As many are told here. ``make stories`` tells a thousand.
FEW = 8


@pytest.mark.parametrize("seed", range(FEW))
def test_a_story_ends_well(seed: int) -> None:
    story = Story(seed).tell()
    assert not story.problems, "\n".join([*story.problems, *story.lines])


#: A mistake of the product, by what it is in, and a story that it makes wrong: what is said then.
MISTAKES: dict[str, tuple[Any, str, Any, int, str]] = {
    "a workflow is not started again": (WorkflowActions, "leave_as_found", None, 21, "left the workflow stopped"),
    "what somebody has repaired is not seen": (turns, "is_untried", False, 30677, "0 deliveries were fetched"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_of_the_product_makes_a_story_wrong(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, name, instead, seed, words = MISTAKES[mistake]
    assert not Story(seed).tell().problems
    monkeypatch.setattr(place, name, lambda *_given, **_more: instead)
    assert words in " ".join(Story(seed).tell().problems)


OPTION, OLD, THEIRS = "NmsMidSourcing_LastDelivery_a", "2026-11-05 00:00:00.000Z", "2026-11-20 00:00:00.000Z"


def sent(call: str, before: str = "", after: str = "") -> dict[str, Any]:
    entry = {"call": call, "object": f"xtk:option {OPTION} update", "before": before, "after": after}
    return {**entry, "origin": "external", "outcome": "ok"}


@pytest.mark.parametrize(
    ("calls", "changes", "problems"),
    [
        ([sent("xtk:persist#Write", OLD, THEIRS)], {}, 0),
        ([sent("xtk:persist#Write", THEIRS, OLD)], {}, 1),
        ([sent("xtk:persist#Write", OLD, THEIRS), sent("xtk:persist#Write", THEIRS, OLD)], {}, 0),
        ([{**sent("xtk:persist#Write", THEIRS, OLD), "outcome": "injected"}], {}, 0),
        ([sent("xtk:workflow#Start")], {}, 0),
        ([sent("xtk:workflow#Start")], {"held": True}, 1),
        ([sent("xtk:workflow#Wakeup")], {"held": True}, 1),
        ([sent("xtk:workflow#Start")], {"held": True, "unknown": True}, 0),
    ],
)
def test_what_was_sent_is_judged_by_the_ledger(calls: list[Any], changes: dict[str, bool], problems: int) -> None:
    story = Story(0)
    story.setting = replace(Setting.drawn(Random(0)), options={"start_stopped": False})
    story.there = SimpleNamespace(sim=SimpleNamespace(ledger=lambda _host, since: calls[since:]))
    story.run, story.ours, story.held, story.unknown = "r0", {}, False, False
    for name, value in changes.items():
        setattr(story, name, value)
    story._judge_calls([{"option": OPTION, "old_value": OLD}], 0, Disturbance(), [])
    assert len(story.problems) == problems


def test_a_story_is_the_same_each_time_and_a_defect_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    first, again = told(3), told(3)
    assert (first.struck, first.outcomes, first.problems) == (again.struck, again.outcomes, ())

    def broken(_story: Story) -> None:
        raise ValueError("It broke.")

    monkeypatch.setattr(Story, "_event", broken)
    assert told(3).problems == ("ValueError: It broke.",)


def test_the_command_counts_and_tells_what_was_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--count", "2", "--seed", "0", "--jobs", "1"]) == 0
    assert "2 stories from seed 0 on, " in capsys.readouterr().out
    lines = report([told(0)], 0)
    assert lines[0].endswith("0 stories wrong") and lines[1].startswith("disturbed: ")
