# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences of the modules in the words of the roles: every option that a role gives has its variable's name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.modules import sync_cursor, sync_cursor_backfill, sync_cursor_info
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.gate import FleetLimits, fleet_gate
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.role_words import in_role_words, variables_behind
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.rows import fleet_rows
from tests.helpers.diagnoses import diagnosis, hostvars

ROOT = Path(__file__).resolve().parents[5]
DOCUMENTED = {
    module.__name__.rpartition(".")[2]: module for module in (sync_cursor, sync_cursor_info, sync_cursor_backfill)
}
TASKS = {
    module: [ROOT / "roles/mid_sourcing/tasks" / file]
    for module, file in {
        "sync_cursor": "cure.yml", "sync_cursor_info": "detect.yml", "sync_cursor_backfill": "_backfill_one.yml"
    }.items()
}  # fmt: skip
VARIABLES = {
    name
    for entry in yaml.safe_load((ROOT / "roles/mid_sourcing/meta/argument_specs.yml").read_text(encoding="utf-8"))[
        "argument_specs"
    ].values()
    for name in entry.get("options") or {}
}


@pytest.mark.parametrize("module", DOCUMENTED)
def test_every_option_that_has_a_variable_of_its_name_is_known_by_it(module: str) -> None:
    options = yaml.safe_load(DOCUMENTED[module].DOCUMENTATION)["options"]
    behind = variables_behind(module)
    tasks = "".join(path.read_text(encoding="utf-8") for path in TASKS[module])
    named = {name for name in options if f"mid_sourcing_{name}" in VARIABLES and f"    {name}: " in tasks}
    assert named, "nothing is compared"
    for name in named:
        assert behind.get(name) in (f"mid_sourcing_{name}", f"mid_sourcing_backfill_{name}"), name
    assert set(behind.values()) - {name for name in behind.values() if name.startswith("campaign_")} <= VARIABLES


@pytest.mark.parametrize(
    ("module", "text", "said"),
    [
        ("sync_cursor_info", "only with start_stopped: true.", "only with mid_sourcing_start_stopped: true."),
        ("sync_cursor", "force=true stops it", "mid_sourcing_force=true stops it"),
        ("sync_cursor", "by force", "by force"),
        ("sync_cursor", "The value: 3 rows of value", "The value: 3 rows of value"),
        ("sync_cursor", "(on_failure=keep)", "(mid_sourcing_on_failure=keep)"),
        ("sync_cursor", "strategy=explicit and value=x", "mid_sourcing_strategy=explicit and mid_sourcing_value=x"),
        ("sync_cursor", "with evidence_dir and run_id", "with mid_sourcing_evidence_dir and mid_sourcing_run_id"),
        ("sync_cursor_info", "cursor_map, ask_mid: auto", "mid_sourcing_cursor_map, mid_sourcing_ask_mid: auto"),
        ("sync_cursor_info", "given (mids=...)", "given (mid_sourcing_mids=...)"),
        ("sync_cursor_info", "mid_sourcing_causes (in the modules: causes), a", "mid_sourcing_causes, a"),
        ("sync_cursor_info", "with small_gap: 0 (mid_sourcing_small_gap) it", "with mid_sourcing_small_gap: 0 it"),
        ("sync_cursor_info", "mid_sourcing_max_age stays", "mid_sourcing_max_age stays"),
        ("sync_cursor_info", "/srv/max_age/ca_path.pem", "/srv/max_age/ca_path.pem"),
        ("sync_cursor_backfill", "(max_window)", "(mid_sourcing_backfill_max_window)"),
        ("sync_cursor_backfill", "(max_run)", "(mid_sourcing_backfill_max_run)"),
        ("sync_cursor", "(max_run)", "(mid_sourcing_max_run)"),
        (
            "sync_cursor_info",
            "Raise the sweep (deadline), or (concurrency). If it is slow, raise instance_timeout.",
            "Raise the sweep (mid_sourcing_deadline), or (mid_sourcing_concurrency). If it is slow, raise "
            "mid_sourcing_instance_timeout.",
        ),
        ("sync_cursor", "set read_only or ca_path", "set campaign_read_only or campaign_ca_path"),
    ],
)  # fmt: skip
def test_options_are_said_by_the_names_of_the_variables_behind_them(module: str, text: str, said: str) -> None:
    assert in_role_words(text, module) == said
    assert in_role_words(said, module) == said, "a second time changes nothing"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("There is no URL (url).", "There is no URL (campaign_url)."),
        ("Give them (user, password).", "Give them (campaign_user, campaign_password)."),
        ("(client_id, client_secret, scope)", "(campaign_client_id, campaign_client_secret, scope)"),
        (
            "an account (client_id, client_secret, scope)",
            "an account (campaign_client_id, campaign_client_secret, campaign_scope)",
        ),
        ("The option timeout must be", "The option campaign_timeout must be"),
        # A server's text, and the reason of a failed run.
        ("url in a file (or url here), f(url), failed (timeout) (user)",) * 2,
    ],
)  # fmt: skip
def test_options_of_the_connection_that_are_words_of_english(text: str, said: str) -> None:
    assert in_role_words(text, "sync_cursor_info") == said


def test_siblings_have_their_own_words() -> None:
    assert in_role_words("raise wait_timeout", "workflow_run", "siblings") == "raise siblings_verify_timeout"
    assert in_role_words("raise wait_timeout", "workflow", "siblings") == "raise siblings_order_timeout"


def test_rows_and_gate_speak_of_variables() -> None:
    seen: dict[str, Any] = diagnosis("h0", "held")
    seen["proposal"] = "It is only treated with start_stopped: true."
    seen["unplanned"] = [{"option": "o", "reason": "the strategy needs lookback: '1d', and max_age"}]
    kept = {"results": [{"moves": [{"option": "o", "outcome": "kept", "reason": "It stays (on_failure=keep)."}]}]}
    known = hostvars([("h0", seen)], h0={"mid_sourcing_cure": kept})
    row = fleet_rows(["h0"], known)[0]
    assert row["proposal"].endswith("mid_sourcing_start_stopped: true.")
    assert row["cures"][0]["reason"] == "It stays (mid_sourcing_on_failure=keep)."
    gate = fleet_gate(["h0"], known, FleetLimits(), datetime(2026, 11, 24, tzinfo=UTC))
    assert "mid_sourcing_max_age" in gate.blocked[0]["reason"] and " lookback" not in gate.blocked[0]["reason"]
