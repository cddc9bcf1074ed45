# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's own page: every existing key, kind and workflow is in it, and its example works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.faults.rules import AFTER, EITHER, read_rule
from simulator.fleet import load_fleet
from simulator.soap.errors import FleetError
from simulator.technical import cleanup, messagecenter, midlogs, midsourcing, pausedworkflows, tracking
from simulator.testing import running_simulator

TEXT = (Path(__file__).resolve().parents[3] / "simulator" / "README.md").read_text(encoding="utf-8")
UNKNOWN = {"no such key": 1}
OPERATOR = {"login": "a", "password": "b"}


def instance(**changes: Any) -> dict[str, Any]:
    return {"instances": {"a": {"role": "mid", "operators": [OPERATOR], **changes}}}


PLACES: dict[str, dict[str, Any]] = {
    "top": {**instance(), **UNKNOWN},
    "defaults": {**instance(), "defaults": UNKNOWN},
    "instance": instance(**UNKNOWN),
    "operator": instance(operators=[{**OPERATOR, **UNKNOWN}]),
    "zone": instance(zone=UNKNOWN),
    "timeouts": instance(timeouts=UNKNOWN),
    "account": instance(accounts=[{"name": "x", **UNKNOWN}]),
    "account of an execution instance": instance(accounts=[{"name": "x", "execution": "y", "login": "z", **UNKNOWN}]),
    "option": instance(options={"x": {"age": 1, "type": "datetime", **UNKNOWN}}),
    "option with a value": instance(options={"x": {"value": "1", **UNKNOWN}}),
    "workflow": instance(workflows={"x": UNKNOWN}),
    "daily workflow": instance(workflows={"x": {"at": "04:00", **UNKNOWN}}),
    "deliveries": instance(deliveries={"count": 1, "from": "now", "for": ["a"], **UNKNOWN}),
}


def named_keys(error: FleetError) -> list[str]:
    """The keys that the error says are allowed."""
    match = re.search("unknown key; allowed here: (.*)", error.problem)
    assert match, error.problem
    return match[1].split(", ")


@pytest.mark.parametrize("place", PLACES)
def test_every_key_of_a_fleet_file_is_named(place: str) -> None:
    with pytest.raises(FleetError) as caught:
        load_fleet(PLACES[place])
    assert [key for key in named_keys(caught.value) if f"`{key}`" not in TEXT] == []


NEEDED = {
    "delay": {"seconds": 1}, "late": {"seconds": 1}, "drip": {"seconds": 1}, "flood": {"size": 1},
    "fault": {"text": "x"}, "change": {"change": {"advance": 1}}, "status": {"status": 503},
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(EITHER | AFTER))
def test_every_kind_of_fault_is_named_with_its_keys(kind: str) -> None:
    assert re.search(rf"^\| [^|]*`{kind}`[^|]*\|", TEXT, re.MULTILINE)
    with pytest.raises(FleetError) as caught:
        read_rule(1, {"kind": kind, **NEEDED.get(kind, {}), **UNKNOWN})
    assert [key for key in named_keys(caught.value) if f"`{key}" not in TEXT] == []


def test_every_workflow_that_is_simulated_is_named() -> None:
    names = [module.WORKFLOW_NAME for module in (midsourcing, midlogs, cleanup, tracking, pausedworkflows)]
    names += [messagecenter.STATUS_WORKFLOW, f"{messagecenter.SYNCH_PREFIX}<account>"]
    assert [name for name in names if f"| `{name}` |" not in TEXT] == []


def test_the_example_runs() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    with running_simulator(yaml.safe_load(example)) as sim:
        sim.advance("17h")
        for name in ("defaultMidSourcingDlv", "defaultMidSourcingLog", "mcSynch_rt", "cleanup"):
            assert not sim.workflow("mkt-paris", name)["failed"], name
