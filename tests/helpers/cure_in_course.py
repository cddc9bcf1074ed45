# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cure that has got so far, whose session can tell the time, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cure import cure as _cure
from ansible_collections.campaign.classic.plugins.module_utils._cure.cure import Cure
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureOptions, Ended, Step
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import Pace
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CATALOGUE
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Thresholds
from tests.helpers.cure_world import CURSOR, PREFIX, START, plan_for

SENT = Step("2026-11-23 02:00:00.000Z", "stop", "")


def cure(
    *options: str, moves: Mapping[str, Mapping[str, Any]] | None = None, steps: Sequence[Step] = (), **choices: Any
) -> Cure:
    """A cure of these cursors.

    :param moves: what is known of some of them.
    :param steps: what it has done.
    """
    session: Any = SimpleNamespace(name="mkt", read_only=False, server_now=lambda: START, skew=0.0)
    found = Cure(
        session,
        [plan_for("mkt", option=name, account=name.removeprefix(PREFIX)) for name in options or (CURSOR,)],
        thresholds=Thresholds(),
        kinds=CATALOGUE,
        cursor_map={},
        options=CureOptions(**choices),
        pace=Pace(),
    )
    for name, changes in (moves or {}).items():
        found.course.update_move(name, **changes)
    found.course.update(steps=tuple(steps))
    return found


def ending_so(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """By what a cure is ended, and why; it ends nothing itself."""
    ends: list[tuple[str, str]] = []
    for name in ("undo", "keep"):

        def end(_actions: object, reason: str, name: str = name) -> None:
            ends.append((name, reason))
            raise Ended("kept", reason)

        monkeypatch.setattr(_cure, name, end)
    return ends
