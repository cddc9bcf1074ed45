# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments and environment as a module's process has them."""

from __future__ import annotations

import datetime
import os
import time
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._operations.query import QUERY
from ansible_collections.campaign.classic.plugins.plugin_utils._variables.as_module import (
    Unfit,
    Validator,
    as_module_sees,
    environment,
)
from tests.helpers.older_ansible import trust_as_template


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ({"a": trust_as_template("text")}, {"a": "text"}),
        ({"a": ("x", ["y"])}, {"a": ["x", ["y"]]}),
        ({"a": datetime.date(2026, 1, 2)}, {"a": "2026-01-02"}),
        ({"a": datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.UTC)}, {"a": "2026-01-02T03:00:00+00:00"}),
        ({"a": {7: 1, True: 2, None: 3}}, {"a": {"7": 1, "true": 2, "null": 3}}),
        ({"a": None, "b": 1.5, "c": False}, {"a": None, "b": 1.5, "c": False}),
    ],
)
def test_value_is_what_json_makes_of_it(given: dict[str, Any], seen: dict[str, Any]) -> None:
    found = as_module_sees(given)
    assert found == seen
    assert all(type(value) in (str, list, dict, int, float, bool, type(None)) for value in found.values())


def test_value_that_no_module_can_be_given_is_named_before_anything_is_sent() -> None:
    with pytest.raises(ValidationError, match="The argument bad cannot be read: .*object") as caught:
        as_module_sees({"good": 1, "bad": object()})
    assert "Nothing was sent" in caught.value.next_step


def test_environment_is_the_given_one_and_then_the_processs_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_PROCESS", "1")
    before = dict(os.environ)
    zone = time.tzname
    with environment({"OF_THE_TASK": "2", "TZ": "Pacific/Apia"}):
        assert dict(os.environ) == {"OF_THE_TASK": "2", "TZ": "Pacific/Apia"}
        assert time.tzname != zone
    assert dict(os.environ) == before and time.tzname == zone
    with pytest.raises(KeyError), environment({}):
        raise KeyError
    assert dict(os.environ) == before


def test_variable_that_no_process_can_have_is_refused_and_none_stays_behind() -> None:
    before = dict(os.environ)
    with pytest.raises(ValidationError, match="BAD=NAME"), environment({"A": "1", "BAD=NAME": "x"}):
        pass
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"schema": "nms:delivery", "linecount": 5},
            ["Unsupported parameters for (campaign.classic.query) module: linecount. Supported parameters include: "],
        ),
        (
            {"linecount": 5},
            ["missing required arguments: schema. ", "Unsupported parameters for (campaign.classic.query) module: "],
        ),
    ],
)
def test_mistyped_option_is_told_as_by_a_module_with_the_instance_each_error_by_itself(
    given: dict[str, Any], said: list[str]
) -> None:
    with pytest.raises(Unfit) as caught:
        Validator(QUERY).read({"instance": "mkt-paris", **given}, {})
    text = str(caught.value)
    assert text.startswith("mkt-paris: ") and text.endswith(". Nothing was sent.") and ";" not in text
    assert all(one in text for one in said), text
