# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the option modules read, compare and write, against a simulated instance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    ConflictError,
    NotFoundError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.module_utils._core.masking import MASK, Masking, Secret
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import XtkType
from ansible_collections.campaign.classic.plugins.module_utils._operations.option import (
    OPTION,
    OPTION_INFO,
    TYPE_CODES,
    TYPE_NAMES,
    describe,
)
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Answer
from ansible_collections.campaign.classic.plugins.module_utils._resources.options import Option, Options
from tests.helpers.cure_world import PASSWORD, World, marketing, world

OPTIONS: dict[str, dict[str, Any]] = {
    "opsText": {"type": "string", "value": "abc", "description": "a text"},
    "opsLong": {"type": "long", "value": 7},
    "opsByte": {"type": "byte", "value": 1},
    "opsDouble": {"type": "double", "value": 1.5},
    "opsFlag": {"type": "boolean", "value": True},
    "opsTime": {"type": "datetime", "value": "2026-01-02T03:04:05Z"},
    "opsDay": {"type": "date", "value": "2026-01-02T00:00:00Z"},
    "opsMemo": {"type": "memo", "value": "one\ntwo"},
    "opsNothing": {"type": "datetime"},
}


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    """One instance for all tests here: each uses an option of its own, or changes nothing."""
    with world({"mkt": marketing(cursor="2026-11-22T00:00:00Z", options=OPTIONS)}) as there:
        yield there


@pytest.fixture
def there(shared: World) -> World:
    shared.sim.clear_ledger()
    for name, option in OPTIONS.items():
        shared.sim.set_option("mkt", name, option)
    return shared


def put(there: World, name: str, value: Any, **more: Any) -> Answer:
    return there.ask("mkt", OPTION, name=name, value=value, **more)


def value(there: World, name: str) -> Any:
    found = there.sim.option("mkt", name)
    assert found is not None
    return found["value"]


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("opsText", "string", "abc"),
        ("opsLong", "integer", 7),
        ("opsByte", "integer", 1),
        ("opsDouble", "float", 1.5),
        ("opsFlag", "boolean", True),
        ("opsTime", "datetime", "2026-01-02 03:04:05.000Z"),
        ("opsMemo", "memo", "one\ntwo"),
        ("opsNothing", "datetime", ""),
    ],
)
def test_info_gives_values_in_their_type(there: World, name: str, kind: str, found: Any) -> None:
    answer = there.ask("mkt", OPTION_INFO, name=name)
    (shown,) = answer.result["options"]
    assert (shown["name"], shown["type"], shown["value"]) == (name, kind, found)
    assert not answer.changed


def test_info_of_an_option_that_is_not_there_is_empty(there: World) -> None:
    assert there.ask("mkt", OPTION_INFO, name="opsNowhere").result == {"options": []}


def test_info_of_a_prefix_takes_it_literally(there: World) -> None:
    found = there.ask("mkt", OPTION_INFO, prefix="opsT").result["options"]
    assert [option["name"] for option in found] == ["opsText", "opsTime"]
    assert there.ask("mkt", OPTION_INFO, prefix="ops_").result["options"] == []


def test_info_of_an_empty_name_is_refused_and_not_taken_for_all(there: World) -> None:
    with pytest.raises(ValidationError, match="must not be empty"):
        there.ask("mkt", OPTION_INFO, name="")


def test_option_of_a_type_that_is_not_known_is_shown_as_it_is() -> None:
    shown = describe(Option("x", 99, "raw"))
    assert (shown["type"], shown["data_type"], shown["value"]) == ("unknown", 99, "raw")


def test_long_text_that_the_server_does_not_give_is_not_shown_as_empty() -> None:
    assert describe(Option("x", XtkType.MEMO, "", value_read=False))["value"] is None


def test_every_name_of_a_type_is_the_name_of_its_code() -> None:
    assert all(TYPE_NAMES[code] == name for name, code in TYPE_CODES.items())


# -- writing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "new", "shown"),
    [
        ("opsText", "new", "new"),
        ("opsLong", "8", 8),
        ("opsLong", 8, 8),
        ("opsDouble", 2, 2.0),
        ("opsFlag", False, False),
        ("opsTime", "2026-02-03 05:06:07+01:00", "2026-02-03 04:06:07.000Z"),
        ("opsMemo", "three", "three"),
    ],
)
def test_option_is_planned_written_and_then_left(there: World, name: str, new: Any, shown: Any) -> None:
    before = describe_of(there, name)
    planned = put(there, name, new, check_mode=True)
    assert planned.changed
    assert there.writes("mkt") == []
    done = put(there, name, new)
    assert done.changed
    assert there.writes("mkt") == ["Write"]
    assert done.result["option"]["value"] == shown
    assert done.result["previous"] == before
    assert done.diff == planned.diff
    assert done.result["option"] == planned.result["option"]
    again = put(there, name, new)
    assert not again.changed
    assert again.diff is not None
    assert again.diff["before"] == again.diff["after"]
    assert there.writes("mkt") == ["Write"]


def describe_of(there: World, name: str) -> dict[str, Any]:
    found: dict[str, Any] = there.ask("mkt", OPTION_INFO, name=name).result["options"][0]
    return found


def test_equal_value_in_other_words_is_no_change(there: World) -> None:
    assert not put(there, "opsTime", "2026-01-02T04:04:05+01:00").changed
    assert not put(there, "opsFlag", "true").changed
    assert there.writes("mkt") == []


def test_description_that_the_server_does_not_take_is_told(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    send = Options.update

    def deaf(self: Options, option: Option, value: object, description: str | None = None, **more: Any) -> None:
        send(self, option, value, None if description is None else option.description, **more)

    monkeypatch.setattr(Options, "update", deaf)
    words = ["mkt: The server accepted the write to the option 'opsText' and kept its description as it was."]
    done = put(there, "opsText", "abd", description="another")
    assert (done.changed, done.result["warnings"]) == (True, words)
    assert done.result["previous"]["value"] == "abc"
    again = put(there, "opsText", "abd", description="another")
    assert (again.changed, again.result["warnings"]) == (False, words)
    row = {"name": "opsText", "create": False, "expected_value": None, "type": None}
    listed = there.ask("mkt", OPTION, options=[{**row, "value": "abd", "description": "another"}])
    assert (listed.result["warnings"], "warnings" in listed.result["options"][0]) == (words, False)
    assert "warnings" not in put(there, "opsText", "abd", description="a text ").result
    assert "warnings" not in put(there, "opsText", "abe", description="another", check_mode=True).result


def test_description_that_the_server_shapes_is_no_change_when_it_is_sent_again(
    there: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Options.update

    def upper(self: Options, option: Option, value: object, description: str | None = None, **more: Any) -> None:
        send(self, option, value, None if description is None else description.upper(), **more)

    monkeypatch.setattr(Options, "update", upper)
    for again in (False, True):
        done = put(there, "opsText", "abc", description="another")
        assert (done.result["option"]["description"], done.changed) == ("ANOTHER", not again)
        assert ("warnings" in done.result) is again


def test_description_alone_is_a_change_and_kept_when_not_given(there: World) -> None:
    assert not put(there, "opsText", "abc", description="a text").changed
    done = put(there, "opsText", "abc", description="another")
    assert done.changed
    assert done.diff is not None
    assert done.diff["after"] == "opsText = abc\ndescription = another\n"
    kept = put(there, "opsText", "def", check_mode=True)
    assert kept.result["option"]["description"] == "another"


def test_expected_value_that_is_there_allows_the_write(there: World) -> None:
    assert put(there, "opsLong", 8, expected_value="7").changed
    assert value(there, "opsLong") == 8


def test_expected_value_that_is_not_there_stops_it(there: World) -> None:
    with pytest.raises(ConflictError, match="holds 7 and not 6 as expected. Nothing was written"):
        put(there, "opsLong", 8, expected_value=6)
    with pytest.raises(ConflictError, match="holds no value and not 2026"):
        put(there, "opsNothing", "2026-01-01 00:00:00Z", expected_value="2026-01-01 00:00:01Z")
    assert there.writes("mkt") == []


def test_option_that_changes_between_the_look_and_the_write_is_left(there: World) -> None:
    seen: list[str] = []

    def before(method: str) -> None:
        seen.append(method)
        if len(seen) == 3:  # logon, look, look again
            there.sim.set_option("mkt", "opsLong", 9)

    there.before = before
    with pytest.raises(ConflictError, match="somebody changed it"):
        put(there, "opsLong", 8)
    there.before = lambda _method: None
    assert value(there, "opsLong") == 9


@pytest.mark.parametrize(
    ("name", "new", "words"),
    [
        ("opsLong", "many", "The value for the option 'opsLong' does not fit"),
        ("opsTime", "2026-01-01 00:00:00", "does not fit.*time zone"),
        ("opsTime", "", "does not fit"),
        ("opsByte", 1000, "does not fit"),
    ],
)
def test_value_that_does_not_fit_is_refused(there: World, name: str, new: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        put(there, name, new)
    assert caught.value.next_step
    assert there.writes("mkt") == []


def test_type_is_never_changed(there: World) -> None:
    assert put(there, "opsByte", 2, type="integer").changed
    with pytest.raises(ValidationError, match="is of type string and not datetime. Nothing was written"):
        put(there, "opsText", "2026-01-01 00:00:00Z", type="datetime")


def test_option_of_a_type_that_is_not_known_is_never_written(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "ansible_collections.campaign.classic.plugins.module_utils._operations.option.Options.get"
    monkeypatch.setattr(module, lambda _self, name: Option(name, 99, "raw"))
    with pytest.raises(ValidationError, match="data type 99, which is not known. Nothing was written"):
        put(there, "opsText", "x")
    assert there.writes("mkt") == []


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("expected", [{}, {"expected_value": "one"}, {"expected_value": ""}])
def test_empty_value_is_not_that_of_a_long_text_that_cannot_be_read(
    there: World, expected: dict[str, Any], check_mode: bool
) -> None:
    there.sim.fault("fault", instance="mkt", method="xtk:queryDef#ExecuteQuery", nth=2, count=2, text="No.")
    with pytest.raises(ValidationError, match="holds cannot be compared before it is written.*was not read"):
        put(there, "opsMemo", "", check_mode=check_mode, **expected)
    assert there.writes("mkt") == []


def test_empty_value_of_a_long_text_that_is_empty_is_no_change(there: World) -> None:
    assert put(there, "opsMemo", "").changed
    assert not put(there, "opsMemo", "").changed


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("is_sent", [True, False])
@pytest.mark.parametrize("new", [{"name": "opsText"}, {"name": "opsMade", "create": True, "type": "string"}])
def test_write_that_is_interrupted_says_that_the_option_may_have_been_written(
    there: World, new: dict[str, Any], is_sent: bool, several: bool
) -> None:
    def end(method: str) -> None:
        if method.endswith("#Write"):
            raise Interrupted("Ctrl-C (SIGINT)", under_way=is_sent)

    said = f"Interrupted by Ctrl-C (SIGINT). The option '{new['name']}' may have been written: read it back."
    there.before = end
    try:
        if several:
            row = {"create": False, "expected_value": None, "type": None, **new, "value": "x"}
            failed = there.ask("mkt", OPTION, options=[row]).failed or ""
            assert (said in failed) is is_sent
        else:
            with pytest.raises(Interrupted) as stop:
                put(there, value="x", **new)
            assert stop.value.as_error().message == (said if is_sent else "Interrupted by Ctrl-C (SIGINT).")
    finally:
        there.before = lambda _method: None


# -- creating ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({}, NotFoundError, "There is no option 'opsNew', or the operator has no right to see it. Nothing was written"),
        ({"create": True}, ValidationError, "its type must be given. Set type."),
        ({"create": True, "type": "integer", "expected_value": 1}, ConflictError, "does not exist"),
        ({"create": True, "type": "integer"}, ValidationError, "does not fit"),
    ],
    ids=["not wanted", "no type", "expected value", "misfit"],
)
def test_option_is_created_only_when_that_is_meant(
    there: World, params: dict[str, Any], error: type[CampaignError], words: str
) -> None:
    with pytest.raises(error, match=words):
        put(there, "opsNew", "x", **params)
    assert there.writes("mkt") == []


@pytest.mark.parametrize("written", ["0123", "8:30", "1_000", "42", "yes", "1.10"])
@pytest.mark.parametrize("given", ["value", "expected_value"])
def test_text_that_yaml_makes_something_else_of_is_refused(there: World, written: str, given: str) -> None:
    params = {"value": "new", given: yaml.safe_load(written)}
    with pytest.raises(ValidationError, match=r"is not a text.* Put the value in quotes; .* add '\| string'"):
        put(there, "opsText", params.pop("value"), **params)
    assert there.writes("mkt") == []


@pytest.mark.parametrize(
    ("kind", "new", "shown"),
    [
        ("string", "abc", "abc"),
        ("integer", 5, 5),
        ("float", "2.5", 2.5),
        ("boolean", True, True),
        ("date", "2026-01-02", "2026/01/02"),
        ("datetime", "2026-01-02 03:04:05Z", "2026-01-02 03:04:05.000Z"),
        ("memo", "a\nb", "a\nb"),
        ("timespan", 3600, 3600),
    ],
)
def test_option_is_created_with_its_type(there: World, kind: str, new: Any, shown: Any) -> None:
    name = f"made_{kind}"
    planned = put(there, name, new, create=True, type=kind, description="ours", check_mode=True)
    assert (planned.changed, planned.result["previous"]) == (True, None)
    assert there.sim.option("mkt", name) is None
    done = put(there, name, new, create=True, type=kind, description="ours")
    assert done.changed
    assert planned.result["option"]["value"] == shown
    # The form in which a server shows a date is its own; here it is a moment.
    read_back = "2026-01-02 00:00:00.000Z" if kind == "date" else shown
    assert done.result["option"] == {**planned.result["option"], "value": read_back}
    assert (done.result["option"]["type"], done.result["option"]["description"]) == (kind, "ours")
    assert done.diff is not None
    assert done.diff["before"] == ""
    assert not put(there, name, new, create=True, type=kind).changed
    assert there.writes("mkt") == ["Write"]


# -- what a task has returned with a secret masked ---------------------------------------------------------------------

REAL = f"https://svc:{PASSWORD}@files.example.com/drop"


@pytest.mark.parametrize("name", ["opsText", "opsMemo"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_value_that_was_masked_when_it_was_read_is_not_put_back(there: World, name: str, check_mode: bool) -> None:
    there.sim.set_option("mkt", name, {**OPTIONS[name], "value": REAL})
    masking = Masking([Secret(PASSWORD)])
    with masking.active():
        previous = put(there, name, "temporary").result["previous"]["value"]
        there.sim.clear_ledger()
        assert MASK in previous
        with pytest.raises(ValidationError, match="value for the option .* was masked when it was read"):
            put(there, name, previous, check_mode=check_mode)
    assert (value(there, name), there.writes("mkt")) == ("temporary", [])


@pytest.mark.parametrize("given", [f"a {MASK}", "[9 characters, not shown: {}]"])
@pytest.mark.parametrize("what", ["value", "expected_value", "description"])
def test_no_given_text_may_be_a_masked_one(there: World, what: str, given: str) -> None:
    given = given.format("they have too many escapes to be searched for secrets")
    params = {"value": "new", what: given}
    with pytest.raises(ValidationError, match=f"The {what} for the option 'opsText' is not the real text"):
        put(there, "opsText", params.pop("value"), **params)
    assert there.writes("mkt") == []


@pytest.mark.parametrize("what", ["name", "value", "description"])
def test_no_option_is_created_with_a_masked_text(there: World, what: str) -> None:
    params = {"name": "opsNew", "value": "new", "description": "new", what: f"a {MASK}"}
    with pytest.raises(ValidationError, match=f"The {what} for the option .* is not the real text"):
        there.ask("mkt", OPTION, type="string", create=True, **params)
    assert there.writes("mkt") == []


def test_text_that_the_option_really_holds_may_look_masked(there: World) -> None:
    there.sim.set_option("mkt", "opsText", {"type": "string", "value": MASK, "description": f"a {MASK}"})
    assert not put(there, "opsText", MASK, description=f"a {MASK}").changed
    assert put(there, "opsText", "real", expected_value=MASK, description=f"a {MASK}").changed
    assert not put(there, "opsText", "real", expected_value=MASK).changed
    assert value(there, "opsText") == "real"


def test_masked_text_in_a_list_of_options_writes_none_of_them(there: World) -> None:
    given = [{"name": "opsLong", "value": 8}, {"name": "opsText", "value": MASK}]
    with pytest.raises(ValidationError, match="opsText.*masked"):
        there.ask("mkt", OPTION, options=given)
    assert there.writes("mkt") == []
