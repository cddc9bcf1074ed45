# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ConfigurationError, ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._rehearsal import simulator
from ansible_collections.campaign.classic.plugins.plugin_utils._rehearsal.control import Control, SimulatorError
from ansible_collections.campaign.classic.plugins.plugin_utils._rehearsal.playbook import SPEED, Played, inventory
from ansible_collections.campaign.classic.plugins.plugin_utils._rehearsal.rehearsing import (
    Rehearsed,
    engine_stands_still,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._rehearsal.virtual import (
    Ending,
    VirtualRun,
    affected_of,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._rehearsal.words import (
    affected,
    duration,
    rehearsal_lines,
    snapshot_lines,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._snapshot.unknowns import ORDERS
from tests.helpers.snapshots import STUCK, WORKFLOW

FAR = "https://paris.campaign.example.com"
DATA = {"taken": "2026-11-23 12:00:00.000Z", "instances": {"mkt": STUCK}}


@pytest.mark.parametrize(
    "url", [FAR, "http://10.0.0.1:80", "http://127.0.0.1.example.com/", "http://[::1", "http://::1"]
)
def test_nothing_that_leads_away_from_this_machine_is_asked(url: str) -> None:
    with pytest.raises(ValidationError, match="Nothing was sent"):
        Control(url)
    with pytest.raises(ValidationError, match="Nothing was sent"):
        VirtualRun({"mkt": url}, "u", "p", None, mids={})  # type: ignore[arg-type]  # it is not reached
    with pytest.raises(ValidationError, match="Nothing was sent"):
        inventory({"mkt": url}, ("u", "p"), {}, {})


def test_inventory_of_the_playbook_has_shortened_waits_and_nothing_that_acts_on_the_real_world() -> None:
    options = {"mkt": {"mids": [{"server": FAR}], "evidence_dir": "/x", "lookback": "2d", "order_timeout": 300.0}}
    made = inventory({"mkt": "http://127.0.0.1:1/mkt"}, ("u", "p"), options, {"mkt": STUCK})
    host = made["campaign"]["hosts"]["mkt"]
    assert host["mid_sourcing_lookback"] == "2d" and host["mid_sourcing_order_timeout"] == 300 / SPEED
    assert host["mid_sourcing_verify_timeout"] == 1200 / SPEED
    assert FAR not in str(made) and "evidence" not in str(made)


def test_processes_of_a_rehearsal_see_no_credentials_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CAMPAIGN_PASSWORD", "HTTPS_PROXY", "ANSIBLE_CONFIG", "SSH_AUTH_SOCK"):
        monkeypatch.setenv(name, "canary")
    assert "canary" not in simulator.plain_environment().values()
    assert simulator.plain_environment(A="b")["PATH"] == os.environ["PATH"]


def test_collection_without_the_simulator_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no .*/simulator"):
        simulator.require_simulator(tmp_path)


def test_simulator_that_lacks_a_library_says_which(tmp_path: Path) -> None:
    (tmp_path / "simulator").mkdir()
    (tmp_path / "simulator/__init__.py").touch()
    (tmp_path / "simulator/__main__.py").write_text("import aiohttp_is_not_here\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="aiohttp_is_not_here"), simulator.started({}, tmp_path):
        pass


def test_simulator_that_refuses_the_fleet_says_why_and_is_over() -> None:
    with pytest.raises(SimulatorError, match="at least one instance"), simulator.started({"instances": {}}):
        pass


def test_process_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator, "END_LIMIT", 0.2)
    code = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"1\n"
    simulator.end(process)
    assert process.returncode is not None


def test_engine_stands_still_when_a_due_time_has_passed_for_long() -> None:
    row = copy.deepcopy(STUCK)
    assert not engine_stands_still(row)
    late: dict[str, Any] = {"state": 11, "failed": False, "due": "2026-11-23 11:30:00.000Z", "journal": []}
    row["workflows"][WORKFLOW].update(late, processed="2026-11-23 11:20:00.000Z")
    assert engine_stands_still(row)
    row["workflows"][WORKFLOW].update(due="2026-11-23 11:59:00.000Z")
    assert not engine_stands_still(row)
    assert not engine_stands_still({"unread": {"verdict": "denied", "why": ""}})


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (42.4, "42s"), (60, "1m"), (3725, "1h 2m 5s")])
def test_duration_is_in_the_words_of_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_deliveries_that_are_put_back_are_not_affected() -> None:
    moved = {"written": "x", "changed_between": 7}
    assert affected_of([{**moved, "outcome": "cured"}, {**moved, "outcome": "restored"}]) == 7
    assert affected_of([{**moved, "changed_between": None, "outcome": "cured"}]) is None
    assert affected(None).endswith("is not known") and affected(1) == "1 delivery stays possibly affected"


def test_lines_say_what_would_happen_what_else_could_and_what_is_not_known() -> None:
    cured = Ending("stuck", "It ran.", "cured", 42, 7)
    found = {"mkt": Rehearsed(cured, ("Nobody knows.",), ((ORDERS, Ending("stuck", "", "pending")),), 8)}
    lines = rehearsal_lines(DATA, "f", found, {"down": "unreachable"}, Played(2, {"mkt": "kept"}))
    assert "mkt: cured after 42s; 7 deliveries stay possibly affected." in lines
    assert "mkt, otherwise pending: The workflow server takes no orders." in lines
    assert "mkt, not known: Nobody knows." in lines
    assert "down: unreachable" in lines
    assert "mkt: kept in the playbook, cured here." in lines
    refused = rehearsal_lines(DATA, "f", found, {}, Played(2, {"mkt": "stuck"}, ("Too many.",)))
    assert refused[-1] == "reconcile, refused by the gate: Too many."


def test_lines_of_a_snapshot_name_what_could_not_be_read() -> None:
    data = {**DATA, "instances": {"mkt": STUCK, "down": {"unread": {"verdict": "denied", "why": "No."}}}}
    lines = snapshot_lines(data, "/f", written=False)
    assert lines[0] == "SNAPSHOT not written (check mode): /f" and lines[-1] == "down: denied: No."
