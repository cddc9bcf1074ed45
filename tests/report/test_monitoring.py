# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics of a report, and the alert rules and the dashboard of ``examples/monitoring``, by Prometheus's tool."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.plugin_utils._report.metrics import METRICS, prometheus_text
from ansible_collections.campaign.classic.plugins.plugin_utils._report.verdicts import GROUPS, WORST_FIRST
from tests.helpers import reports

FOLDER = Path(__file__).resolve().parents[2] / "examples/monitoring"
NAMES = {metric.name for metric in METRICS}


def promtool(*arguments: str, text: str = "") -> str:
    """What Prometheus's tool says of a text, or of files of the folder; the test is skipped where there is none."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("'promtool' is not installed (on Debian, as root: apt-get install prometheus)")
    done = subprocess.run([program, *arguments], cwd=FOLDER, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def rules() -> list[dict[str, Any]]:
    text = (FOLDER / "alerts.yml").read_text(encoding="utf-8")
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    dashboard = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    found = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [*found, *(one["expr"] for one in dashboard["annotations"]["list"])]


def test_metrics_leave_nothing_to_say() -> None:
    assert promtool("check", "metrics", text=prometheus_text(reports.small())) == ""


def test_alert_rules_are_valid() -> None:
    assert f"SUCCESS: {len(rules())} rules found" in promtool("check", "rules", "alerts.yml")


def test_alerts_are_raised_when_they_should_and_only_then() -> None:
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml")


def test_queries_of_the_dashboard_are_valid(tmp_path: Path) -> None:
    recording = [{"record": f"q:{n}", "expr": query.replace("$host", ".*")} for n, query in enumerate(queries())]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": recording}]}), encoding="utf-8")
    assert f"{len(recording)} rules found" in promtool("check", "rules", str(file))


@pytest.mark.parametrize("query", [rule["expr"] for rule in rules()] + queries())
def test_query_asks_for_metrics_verdicts_and_groups_that_exist(query: str) -> None:
    assert set(re.findall(r"\bcampaign_\w+", query)) <= NAMES
    assert set(re.findall(r'verdict="(\w+)"', query)) <= set(WORST_FIRST)
    groups = [word for words in re.findall(r'group!?[=~]+"([\w|]+)"', query) for word in words.split("|")]
    assert set(groups) <= set(GROUPS)


def test_panels_of_the_dashboard_have_numbers_of_their_own_and_do_not_overlap() -> None:
    panels = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and max(x for x, _y in cells) < 24
        taken |= cells
