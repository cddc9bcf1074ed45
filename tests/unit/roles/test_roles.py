# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of each role: argument specs, defaults and README say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[3] / "roles"
NAMES = sorted(path.parent.parent.name for path in ROLES.glob("*/meta/argument_specs.yml"))


def load(role: str, path: str) -> dict[str, Any]:
    """A YAML file of a role; empty when there is none."""
    file = ROLES / role / path
    return yaml.safe_load(file.read_text(encoding="utf-8")) or {} if file.exists() else {}


def entry_points(role: str) -> dict[str, dict[str, Any]]:
    """The options of each entry point."""
    specs = load(role, "meta/argument_specs.yml")["argument_specs"]
    return {name: spec.get("options") or {} for name, spec in specs.items()}


@pytest.mark.parametrize("role", NAMES)
def test_defaults_are_those_of_the_argument_specs(role: str) -> None:
    defaults = load(role, "defaults/main.yml")
    documented: set[str] = set()
    for entry, options in entry_points(role).items():
        documented |= set(options)
        for name, option in options.items():
            where = f"{role}/{entry}: {name}"
            assert ("default" in option) == (name in defaults), f"{where} has a default in one place only"
            assert option.get("default") == defaults.get(name), where
    assert set(defaults) <= documented, f"in no entry point: {set(defaults) - documented}"


@pytest.mark.parametrize("role", NAMES)
def test_every_entry_point_is_documented_and_the_other_way_round(role: str) -> None:
    tasks = {path.stem for path in (ROLES / role / "tasks").glob("*.yml") if not path.stem.startswith("_")}
    assert tasks == set(entry_points(role))
    readme = (ROLES / role / "README.md").read_text(encoding="utf-8")
    assert role == "change_window" or all(f"`{entry}`" in readme for entry in tasks)


@pytest.mark.parametrize("role", NAMES)
def test_options_are_the_same_wherever_they_stand_and_begin_with_the_roles_name(role: str) -> None:
    seen: dict[str, Any] = {}
    for entry, options in entry_points(role).items():
        for name, option in options.items():
            assert seen.setdefault(name, option) == option, f"{role}/{entry}: {name} differs from another entry point"
            assert name.startswith((f"{role}_", "campaign_")), name


def test_readme_of_change_window_has_every_variable_with_its_default() -> None:
    text = (ROLES / "change_window/README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(change_window_\w+)` \|([^|]*)\|", text, re.MULTILINE))
    defaults = load("change_window", "defaults/main.yml")
    shown = {name: yaml.safe_load(value.strip(" `") or '""') for name, value in rows.items()}
    # It has none: see defaults/main.yml.
    assert shown == {**defaults, "change_window_needs": ""}
