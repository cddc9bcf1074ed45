# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One marketing instance with several accounts, each with a mid of its own, of which some are slow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureResult
from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import Plan
from ansible_collections.campaign.classic.plugins.module_utils._cure.preflight import Preflight
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Diagnosis
from simulator.testing import running_simulator
from tests.helpers.cure_world import PREFIX, World, fleet, marketing, plan_for

OLD = "2026-11-05 00:00:00.000Z"
OLD_TIME = datetime(2026, 11, 5, tzinfo=UTC)
#: Two things that are not known of Campaign: when cursors are written, and whether an account that fails ends the run.
POSITIONS = [
    {"cursor_written": written, "failing_account": failing}
    for written in ("at_end", "per_account")
    for failing in ("stop", "continue")
]
#: As many deliveries as each mid has for its account, between the old value and the day before today.
EACH = 10


def mid(number: int, *, slow: float) -> dict[str, Any]:
    """A mid with few deliveries, each of which takes it long if it is slow.

    :param slow: so many seconds; 0 if it is not.
    :param number: of the mid. Each has deliveries of another customer first, so that no two have one by the same name.
    """
    since = {"from": "2026-11-06T00:00:00Z", "to": "2026-11-20T00:00:00Z"}
    return {
        "role": "mid",
        "operators": [{"login": "mid", "password": "mid-canary", "rights": ["admin"]}],
        "seconds_per_row": slow or 0.01,
        "deliveries": [
            {"count": EACH * (number + 1), **since, "for": ["another"]},
            {"count": EACH, **since, "for": ["mkt"]},
        ],
    }


@contextmanager
def accounts(
    names: str, slow: str, *, on_error: str = "stop", minutes: int = 1, warm_up: int = 9, **switches: str
) -> Iterator[World]:
    """One marketing instance with an account for each letter, each with a mid of its own.

    :param minutes: after which a call to a mid is given up.
    :param warm_up: minutes that it has run for. Two slow accounts keep a run for two minutes.
    """
    there = marketing(
        *names,
        cursor=OLD,
        on_error=on_error,
        workflow={"timeout": f"{minutes}m"},
        switches={"timeout_text": "gateway", **switches},
    )
    for account in there["accounts"]:
        account["mid"] = f"mid-{account['name']}"
    mids = {f"mid-{name}": mid(number, slow=30.0 * minutes * (name in slow)) for number, name in enumerate(names)}
    whole = fleet({"mkt": there, "another": {"role": "marketing"}}, warm_up=f"{warm_up}m")
    whole["instances"].update(mids)
    with running_simulator(whole) as sim:
        yield World(sim)


def plans(there: World, names: str) -> list[Plan]:
    """A plan for each account whose cursor is still old: a run that is not at its end may have moved the others."""
    old = [name for name in names if there.cursor("mkt", PREFIX + name) == OLD_TIME]
    return [plan_for("mkt", option=PREFIX + name, account=name, old_value=OLD) for name in old]


def too_slow_for_a_day(there: World, names: str) -> None:
    """Let the mids of these accounts be too slow for the last day, too: moving their cursors does not help."""
    for name in names:
        there.sim.add_deliveries(
            f"mid-{name}", count=20, from_="2026-11-22T12:00:00Z", to="2026-11-23T01:00:00Z", for_=["mkt"]
        )


def ends(result: CureResult) -> dict[str, str | None]:
    return {move.plan.account: move.outcome for move in result.moves}


def fetched(there: World) -> int:
    return len(there.sim.rows("mkt", "nms:delivery", limit=5000))


def actions(result: CureResult) -> list[str]:
    return [step.action for step in result.steps]


def at_the_second_look(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Have somebody act after the first run, right before the cure looks again."""
    look, seen = Preflight.look, list[int]()

    def later(preflight: Preflight) -> list[Diagnosis]:
        seen.append(1)
        if len(seen) == 2:
            act()
        return look(preflight)

    monkeypatch.setattr(Preflight, "look", later)
