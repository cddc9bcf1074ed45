# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet that begins as a copy of another: rows and journals of its workflows, and a clock that calls advance."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.fleet import load_fleet
from simulator.soap.errors import FleetError
from simulator.testing import running_simulator

START = "2026-11-23T12:00:00+00:00"


def fleet(**workflow: Any) -> dict[str, Any]:
    return {
        "start": START,
        "instances": {
            "mkt": {
                "role": "marketing",
                "operators": [{"login": "ops", "password": "x", "rights": ["admin"]}],
                "workflows": {"nightly": {"every": "10m", **workflow}},
            }
        },
    }


def test_workflow_begins_with_the_row_and_the_journal_that_are_found() -> None:
    found = {
        "state": 13,
        "failed": True,
        "errors": 2,
        "processed": "2026-11-23T11:50:00Z",
        "started": "2026-11-20T11:50:00Z",
    }
    lines = [{"at": "2026-11-23T11:50:00Z", "type": "error", "error": "It failed.", "activity": "sync"}]
    with running_simulator(fleet(found=found, journal=lines)) as sim:
        row = sim.workflow("mkt", "nightly")
        assert (row["state"], row["failed"], row["errorCount"], row["processId"]) == (13, True, 2, 0)
        assert row["processDate"] == "2026-11-23T11:50:00+00:00" and row["nextProcessingDate"] is None
        (line,) = sim.journal("mkt", "nightly")
        assert (line["error"], line["type"], line["activity"]) == ("It failed.", 0, "sync")
        sim.advance("1h")
        assert sim.workflow("mkt", "nightly")["state"] == 13


def test_workflow_that_is_found_running_ends_its_run_and_one_that_is_due_begins_one() -> None:
    with running_simulator(fleet(found={"state": 11, "running": True})) as sim:
        assert sim.workflow("mkt", "nightly")["processId"] != 0
        sim.advance("1m")
        assert sim.workflow("mkt", "nightly")["processId"] == 0
    with running_simulator(fleet(found={"state": 11, "due": "2026-11-23T12:01:00Z"})) as sim:
        sim.advance("59s")
        assert sim.journal("mkt", "nightly") == []
        sim.advance("2s")
        assert sim.workflow("mkt", "nightly")["processId"] != 0


def test_order_that_is_found_waiting_is_taken() -> None:
    with running_simulator(fleet(found={"state": 15})) as sim:
        sim.advance("10s")
        assert sim.workflow("mkt", "nightly")["state"] == 20


@pytest.mark.parametrize(
    ("workflow", "place"),
    [
        ({"found": {"state": 7}}, "found.state"),
        ({"found": {"state": 11}, "state": "started"}, "nightly.state"),
        ({"found": []}, "nightly.found"),
        ({"journal": [{"type": "error"}]}, r"journal\[0\].at"),
    ],
)
def test_what_cannot_be_found_is_refused_with_its_place(workflow: dict[str, Any], place: str) -> None:
    with pytest.raises(FleetError, match=place):
        load_fleet(fleet(**workflow))
