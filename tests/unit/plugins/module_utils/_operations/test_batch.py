# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several objects in one session: all are looked at first, each has its outcome, the first failure ends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    DeniedError,
    NotFoundError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._operations.batch import distinct, one_by_one
from ansible_collections.campaign.classic.plugins.module_utils._operations.option import OPTION
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Answer
from ansible_collections.campaign.classic.plugins.module_utils._operations.workflow import WORKFLOW
from tests.helpers.cure_world import WORKFLOW as NAME
from tests.helpers.cure_world import World, marketing, world


def one(name: str, value: Any, **more: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("type", "expected_value", "description"))
    return {**nothing, "create": False, "name": name, "value": value, **more}


@pytest.fixture
def there() -> Iterator[World]:
    options = {"opsA": {"type": "long", "value": 1}, "opsB": {"type": "string", "value": "b"}}
    with world({"mkt": marketing(cursor="2026-11-22T00:00:00Z", options=options)}) as started:
        started.sim.clear_ledger()
        yield started


def test_each_object_has_its_outcome() -> None:
    changed = {"a": True, "b": False}
    answer = one_by_one(["a", "b"], "things", lambda name: Answer(changed[name], {"x": name}, {"before": name}), "mkt")
    assert answer.changed and answer.failed is None
    assert answer.result == {
        "things": [{"name": "a", "outcome": "changed", "x": "a"}, {"name": "b", "outcome": "unchanged", "x": "b"}]
    }
    assert answer.diff == [{"before": "a"}, {"before": "b"}]


def test_first_failure_ends_it_and_says_what_was_not_attempted() -> None:
    def change(name: str) -> Answer:
        if name == "b":
            raise DeniedError("No right.", next_step="Ask.")
        return Answer(True)

    answer = one_by_one(["a", "b", "c", "d"], "things", change, "mkt")
    assert answer.changed
    assert answer.failed == "b: mkt: No right. Ask. Changed before: a. 2 more in the list not attempted."
    outcomes = [(entry["name"], entry["outcome"]) for entry in answer.result["things"]]
    assert outcomes == [("a", "changed"), ("b", "failed"), ("c", "not_attempted"), ("d", "not_attempted")]
    assert answer.result["things"][1]["error"]["kind"] == "denied"


def test_failure_of_the_last_leaves_nothing_unattempted() -> None:
    def change(_name: str) -> Answer:
        raise DeniedError("No right.")

    assert one_by_one(["a"], "things", change, "mkt").failed == "a: mkt: No right."


@pytest.mark.parametrize(("names", "words"), [([], "things is empty"), (["a", "b", "a"], "a: more than once")])
def test_list_that_is_empty_or_ambiguous_is_refused(names: list[str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        distinct(names, "things")


@pytest.mark.parametrize(
    ("operation", "params"),
    [(OPTION, {"options": []}), (OPTION, {"options": [one("a", 1), one("a", 2)]}), (WORKFLOW, {"names": ["a", "a"]})],
)
def test_ambiguous_lists_are_refused_before_a_session_is_opened(operation: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        operation.check(params)
    operation.check({"options": None, "names": None})


# -- options ----------------------------------------------------------------------------------------------------------


def test_several_options_are_set_in_one_session(there: World) -> None:
    wanted = [one("opsA", 5), one("opsB", "b"), one("opsC", "c", type="string", create=True)]
    answer = there.ask("mkt", OPTION, options=wanted)
    assert [entry["outcome"] for entry in answer.result["options"]] == ["changed", "unchanged", "changed"]
    assert [entry["option"]["value"] for entry in answer.result["options"]] == [5, "b", "c"]
    assert answer.result["options"][2]["previous"] is None
    assert there.calls("mkt").count("xtk:session#Logon") == 1 and len(there.writes("mkt")) == 2
    again = there.ask("mkt", OPTION, options=wanted)
    assert not again.changed


def test_check_mode_tells_what_would_become_of_each(there: World) -> None:
    answer = there.ask("mkt", OPTION, options=[one("opsA", 5), one("opsB", "x")], check_mode=True)
    assert [entry["outcome"] for entry in answer.result["options"]] == ["changed", "changed"]
    assert isinstance(answer.diff, list) and len(answer.diff) == 2
    assert there.writes("mkt") == []


def test_one_option_that_cannot_be_set_keeps_all_from_being_written(there: World) -> None:
    wanted = [one("opsA", 5), one("opsX", 1), one("opsB", "x", expected_value="other")]
    with pytest.raises(NotFoundError, match="There is no option 'opsX'.*'opsB' holds"):
        there.ask("mkt", OPTION, options=wanted)
    assert there.writes("mkt") == []


def test_option_that_fails_when_written_ends_it(there: World) -> None:
    there.sim.fault("fault", instance="mkt", method="xtk:persist#Write", text="SOP-330011 Error.")
    answer = there.ask("mkt", OPTION, options=[one("opsA", 5), one("opsB", "x")])
    assert [entry["outcome"] for entry in answer.result["options"]] == ["failed", "not_attempted"]
    assert answer.failed is not None and answer.failed.startswith("opsA: mkt: ")
    assert not answer.changed


# -- workflows --------------------------------------------------------------------------------------------------------


def test_several_workflows_are_ordered_in_one_session(there: World) -> None:
    answer = there.ask("mkt", WORKFLOW, names=[NAME], state="stopped", wait=False)
    (entry,) = answer.result["workflows"]
    assert (entry["name"], entry["outcome"], entry["previous"]["state_name"]) == (NAME, "changed", "started")
    assert there.calls("mkt").count("xtk:session#Logon") == 1


def test_one_workflow_that_is_not_there_keeps_all_from_being_ordered(there: World) -> None:
    with pytest.raises(NotFoundError, match="'nowhere'.*no rights"):
        there.ask("mkt", WORKFLOW, names=[NAME, "nowhere"], state="stopped", wait=False)
    assert there.writes("mkt") == []
