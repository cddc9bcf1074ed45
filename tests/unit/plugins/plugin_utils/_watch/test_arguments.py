# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of the event source: what is wrong is told by name, and no value is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import Verdict
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.pace import MOST
from ansible_collections.campaign.classic.plugins.plugin_utils._watch.arguments import WatchSettings, read_arguments

SOURCE = Path(__file__).resolve().parents[5] / "extensions/eda/plugins/event_source/cursor_watch.py"
SCHEMA = json.loads(SOURCE.with_name("cursor_watch.schema.json").read_text(encoding="utf-8"))
GIVEN = {"state_file": "s.json", "instances_from": ["i.yml"]}
CANARY = "canary-4711"


def read(**given: Any) -> WatchSettings:
    return read_arguments({**GIVEN, **given}, SCHEMA)


def test_defaults() -> None:
    settings = read()
    assert (settings.interval, settings.longest_interval) == (300, 3600)
    assert settings.rules.ignored == {"running"}
    assert settings.rules.remind_after is None
    assert (settings.limits.concurrency, settings.limits.instance_timeout, settings.limits.deadline) == (MOST, 30, 300)
    assert settings.diagnosis["remediate_after"] == "7d"


def test_what_is_given_is_taken() -> None:
    settings = read(interval=7200, ignore=[], remind_after=60, concurrency="7", deadline=5, max_age="1h")
    assert (settings.interval, settings.longest_interval) == (7200, 7200)
    assert (settings.rules.ignored, settings.rules.remind_after) == (frozenset(), 60)
    assert (settings.limits.concurrency, settings.limits.deadline) == (7, 5)
    assert settings.diagnosis["max_age"] == "1h"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"intervall": 5}, "intervall is no argument (did you mean interval?)"),
        ({"zzz": CANARY}, "zzz is no argument"),
        ({"password": CANARY}, "password is no argument: credentials come from the environment"),
        ({"interval": CANARY}, "interval must be a number, and is a text"),
        ({"interval": True}, "interval must be a number, and is true or false"),
        ({"interval": None}, "interval must be a number, and is null"),
        ({"interval": 0}, "interval must be at least 1"),
        ({"interval": float("inf")}, "interval must be a finite number"),
        ({"interval": float("nan")}, "interval must be a finite number"),
        ({"interval": 60, "longest_interval": 30}, "longest_interval is shorter than interval"),
        ({"remind_after": []}, "remind_after must be a number or null, and is a list"),
        ({"state_file": ""}, "state_file must not be empty"),
        ({"state_file": 7}, "state_file must be a text, and is a number"),
        ({"instances_from": CANARY}, "instances_from must be a list, and is a text"),
        ({"instances_from": ["a", 7]}, "instances_from[1] must be a text, and is a number"),
        ({"instances": [CANARY]}, "instances[0] must be a mapping, and is a text"),
        ({"ignore": [CANARY]}, "ignore[0] must be one of misconfigured, unreachable"),
        ({"ignore": "running"}, "ignore must be a list, and is a text"),
        ({"concurrency": 1.5}, "concurrency must be a whole number or a text, and is a number"),
        ({"deadline": 0}, "deadline must be more than 0"),
        ({"min_failed_runs": 0}, "min_failed_runs must be at least 1"),
        ({"cursor_map": {"a": 7}}, "cursor_map['a'] must be a text, and is a number"),
        ({"feedback": "yes"}, "feedback must be true or false, and is a text"),
        ({"max_age": "soon"}, "max_age"),
        ({"concurrency": "many"}, "concurrency must be a whole number or auto"),
        ({"concurrency": 0}, "concurrency must be more than 0"),
        ({"causes": [{}]}, "causes[0]"),
    ],
)
def test_a_wrong_argument_is_named_and_no_value_is_shown(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(told)) as caught:
        read(**given)
    assert CANARY not in str(caught.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        read_arguments({"interval": "a", "deadline": "b", "sate_file": "c"}, SCHEMA)
    message = caught.value.message
    told = ("interval must", "deadline must", "sate_file is no", "state_file is missing")
    assert all(one in message for one in told)


@pytest.mark.parametrize("given", [{}, {"instances": [], "instances_from": []}])
def test_a_watch_of_nothing_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="Neither instances nor instances_from is given"):
        read_arguments({"state_file": "s.json", **given}, SCHEMA)


def test_schema_documentation_and_diagnosis_agree() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    text = re.search(r'DOCUMENTATION = r"""(.*?)"""', SOURCE.read_text(encoding="utf-8"), re.DOTALL)
    assert text is not None
    options = yaml.safe_load(text[1])["options"]
    assert list(options) == list(SCHEMA["properties"])
    assert [name for name, option in options.items() if option.get("required")] == SCHEMA["required"]
    settings = read()
    for name in settings.diagnosis:
        assert options[name]["default"] == settings.diagnosis[name], name
    for name in ("interval", "longest_interval"):
        assert options[name]["default"] == getattr(settings, name)
    for name in ("instance_timeout", "deadline"):
        assert options[name]["default"] == getattr(settings.limits, name)
    verdicts = {verdict.value for verdict in Verdict} - {"not_asked"}
    assert set(SCHEMA["properties"]["ignore"]["items"]["enum"]) == verdicts
