# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run failed for a temporary reason: a cure would lose what a plain start fetches, so none is made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._operations import sync_cursor as _op_cursor
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor import (
    SYNC_CURSOR,
    SYNC_CURSOR_INFO,
)
from tests.helpers.cure_world import CURSOR, PASSWORD, USER, WORKFLOW, World, marketing, world

#: Twelve days before the simulator's start.
OLD = "2026-11-11 02:00:00.000Z"
DELIVERIES = 40
SLOW = "Operation timed out after 30000 milliseconds with 0 bytes received"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An instance that was healthy until its cursor was set back behind what changed on the mid."""
    with world({"mkt": marketing(cursor="2026-11-22T12:00:00Z")}) as made:
        monkeypatch.setattr(_op_cursor, "Pace", made.pace)
        assert not made.row("mkt")["failed"]
        made.sim.set_option("mkt", CURSOR, OLD)
        made.sim.add_deliveries(
            "mid", count=DELIVERIES, from_="2026-11-12T00:00:00Z", to="2026-11-20T00:00:00Z", for_=["mkt"]
        )
        yield made


def fails_once(there: World, text: str) -> None:
    rule = there.sim.fault("fault", instance="mid", method="*", origin="internal", text=text, count=1)
    there.sleep(660)
    there.sim.clear_faults(rule)
    assert there.row("mkt")["failed"]


def fetched(there: World) -> int:
    return len(there.sim.rows("mkt", "nms:delivery"))


@pytest.mark.parametrize(
    "text",
    [
        "PGS-220000 PostgreSQL error: ERROR:  canceling statement due to lock timeout",
        "ORA-210000 Oracle error: ORA-04021: timeout occurred while waiting to lock object",
        "PGS-220000 Erreur PostgreSQL : ERREUR:  annulation de la requête à cause du délai écoulé pour l'obtention des "
        "verrous",
        "CRL-290002 Connection timed out after 30001 milliseconds",
        "Something that nobody has ever read",
    ],
)
def test_what_a_start_would_fetch_is_not_jumped_over(there: World, text: str) -> None:
    fails_once(there, text)
    before = fetched(there)
    told = there.ask("mkt", SYNC_CURSOR_INFO).result
    assert told["verdict"] in ("failing_other", "failing_unknown") and told["plans"] == []
    assert "tart" in told["proposal"], told["proposal"]
    done = there.ask("mkt", SYNC_CURSOR, cursor=CURSOR, expected_value=OLD, account="mid")
    assert done.result["outcome"] == "refused" and not done.changed
    there.sim.order("mkt", WORKFLOW, "Start")
    there.sleep(660)
    assert fetched(there) - before == DELIVERIES


def test_small_gap_keeps_what_a_start_would_fetch_after_a_slow_answer_too(there: World) -> None:
    fails_once(there, SLOW)
    before = fetched(there)
    mids = [{"server": there.sim.instances["mid"], "name": "mid-eu", "user": USER, "password": PASSWORD}]
    told = there.ask("mkt", SYNC_CURSOR_INFO, mids=mids).result
    assert (told["verdict"], told["plans"]) == ("failing_unknown", []), told["reason"]
    assert told["proposal"].startswith("Start it first")
    done = there.ask("mkt", SYNC_CURSOR, cursor=CURSOR, expected_value=OLD, account="mid", mids=mids)
    assert done.result["outcome"] == "refused"
    there.sim.order("mkt", WORKFLOW, "Start")
    there.sleep(660)
    assert fetched(there) - before == DELIVERIES
