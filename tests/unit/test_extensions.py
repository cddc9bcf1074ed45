# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The queries of the audit and the pattern: their form, and that they name what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.campaign.classic.plugins.plugin_utils._variables.names import inputs

ROOT = Path(__file__).resolve().parents[2]
PATTERNS = sorted((ROOT / "extensions" / "patterns").iterdir())
#: Modules that write nothing to an instance: a session is only opened and closed.
READING = {"fleet_rehearsal", "fleet_snapshot", "query", "session"}


def test_every_module_that_writes_has_a_query_and_no_other() -> None:
    queries = yaml.safe_load((ROOT / "extensions" / "audit" / "event_query.yml").read_text(encoding="utf-8"))
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py")}
    writing = {name for name in modules if not name.endswith("_info")} - READING
    assert set(queries) == {f"campaign.classic.{name}" for name in writing}
    assert all(set(entry) == {"query"} for entry in queries.values())
    assert len({entry["query"] for entry in queries.values()}) == 1


def test_a_pattern_has_what_the_platform_asks_for() -> None:
    assert PATTERNS
    for folder in PATTERNS:
        pattern = json.loads((folder / "meta" / "pattern.json").read_text(encoding="utf-8"))
        assert pattern["name"] == folder.name and re.fullmatch("[a-z0-9_]{1,64}", folder.name)
        assert len(pattern["title"]) <= 64 and not pattern["short_description"].endswith(".")
        assert (folder / "README.md").is_file()
        resources = pattern["aap_resources"]
        assert {"name", "description"} <= resources["controller_project"].keys()
        templates = resources["controller_job_templates"]
        assert [one["primary"] for one in templates].count(True) == 1
        for template in templates:
            assert set(template["labels"]) <= set(resources["controller_labels"])
            _check_playbook(folder / "playbooks", template)


def _check_playbook(folder: Path, template: dict[str, Any]) -> None:
    """A playbook of the collection with an argument spec, whose options are the questions of the survey."""
    playbook = folder / template["playbook"]
    (play,) = yaml.safe_load(playbook.read_text(encoding="utf-8"))
    assert (folder / play["ansible.builtin.import_playbook"]).resolve() == ROOT / "playbooks" / playbook.name
    spec = yaml.safe_load(playbook.with_suffix(".meta.yml").read_text(encoding="utf-8"))["argument_specs"]
    asked = {one["variable"]: one for one in template["survey"]["spec"]}
    assert spec[playbook.stem]["options"].keys() == asked.keys()
    for name, question in asked.items():
        assert name in inputs() and ("choices" in question) == (question["type"] == "multiplechoice")
