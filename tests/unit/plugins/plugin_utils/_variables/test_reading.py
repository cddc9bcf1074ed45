# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable of every role in every form: a new one is taken along by its argument spec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.splitter import parse_kv

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._variables.command_line import (
    is_left_blank,
    read_command_line,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._variables.reading import (
    ABSENT,
    is_blank,
    is_left_out,
    leftovers,
    read,
    refusals,
    repair,
    specs,
)

TABLE = Path(__file__).resolve().parents[5] / ".build" / "given.md"
BLANK = {"null": None, "empty": "", "blanks": " \n "}
SAMPLES: dict[str, Any] = {"str": "word", "path": "/srv/x", "int": 7, "float": 2.5, "bool": True, "dict": {"a": "b"}}
WRONG: dict[str, Any] = {
    "str": {"a": 1},
    "path": ["a"],
    "int": "many",
    "float": "nan",
    "bool": "2",
    "list": "[1, 5",
    "dict": "a=b",
}


def sample(spec: dict[str, Any]) -> Any:
    """A native value that fits."""
    if "choices" in spec:
        return spec["choices"][-1:] if spec["type"] == "list" else spec["choices"][-1]
    if spec["type"] == "list":
        return [{"a": "b"}] if spec.get("elements") == "dict" else ["a", "b"]
    if spec["type"] == "raw":
        default = spec.get("default")
        if isinstance(default, bool):
            return not default
        return [1, "25%"] if isinstance(default, list) or default is None else default or "word"
    return SAMPLES[spec["type"]]


def forms(spec: dict[str, Any]) -> dict[str, Any]:
    """The same value in each form."""
    native = sample(spec)
    text = native if isinstance(native, str) else json.dumps(native)
    shown = native if isinstance(native, str) else yaml.safe_dump(native).replace("\n...\n", "")
    return {"native": native, "json": text, "yaml": shown, "around": f" {text}\n"}


def what_happened(name: str, value: Any, native: Any) -> str:
    """One cell of the table."""
    try:
        found = read(name, value, specs()[name])
    except ValidationError as error:
        assert str(error).startswith(f"{name} must be "), error
        return "refused by name"
    return (
        "default"
        if found is ABSENT
        else "as native"
        if found == native and type(found) is type(native)
        else f"{found!r}"
    )


@pytest.mark.parametrize("name", sorted(specs()))
def test_every_variable_in_every_form(name: str) -> None:
    spec = dict(specs()[name])
    native = sample(spec)
    for form, value in BLANK.items():
        assert what_happened(name, value, native) == "default", form
    for form, value in forms(spec).items():
        if form == "around" and (spec.get("no_log") or (spec["type"] == "raw" and isinstance(native, str))):
            continue  # a blank may belong to a secret, and text of several forms has a reader of its own
        assert what_happened(name, value, native) == "as native", form
    if spec["type"] != "raw":
        assert what_happened(name, WRONG[spec["type"]], native) == "refused by name"
    elif isinstance(native, list):
        assert what_happened(name, "[1, 5", native) == "refused by name"


def test_the_table_is_written_down() -> None:
    rows = ["| variable | absent | null | empty | blanks | native | JSON | YAML | wrong type |", "|" + "---|" * 9]
    for name in sorted(specs()):
        spec = dict(specs()[name])
        native, given = sample(spec), forms(spec)
        wrong = WRONG.get(spec["type"], "[1, 5")
        cells = [*BLANK.values(), given["native"], given["json"], given["yaml"], wrong]
        happened = ["default", *(what_happened(name, cell, native) for cell in cells)]
        if spec["type"] == "raw" and happened[-1] != "refused by name":
            happened[-1] = "its own reader"
        rows.append(f"| {name} | {' | '.join(happened)} |")
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert len(rows) == len(specs()) + 2 > 60


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("mid_sourcing_serial", '[1, 5, "25%"]', [1, 5, "25%"]),
        ("mid_sourcing_serial", "- 1\n- 25%", [1, "25%"]),
        ("mid_sourcing_serial", "1\n25%\n", ["1", "25%"]),
        ("mid_sourcing_serial", "1, 5, 25%", ["1", "5", "25%"]),
        ("mid_sourcing_fail_on", "[]", []),
        ("mid_sourcing_fail_on", "stuck,unreachable", "stuck,unreachable"),
        ("mid_sourcing_cursor_map", "{}", {}),
        ("mid_sourcing_apply", "false", False),
        ("mid_sourcing_apply", "True", True),
        ("mid_sourcing_max_hosts", " 20 ", 20),
        ("mid_sourcing_max_hosts", "null", ABSENT),
        ("mid_sourcing_max_age", " 15m ", "15m"),
        ("mid_sourcing_max_age", "{{ age }}", "{{ age }}"),
        ("mid_sourcing_backfill_windows", "1d, 7d", ["1d", "7d"]),
        ("campaign_servers", "https://a\nhttps://b\n", ["https://a", "https://b"]),
        ("change_window_windows", "[]", []),
        ("change_window_ticket", "[INC-1] now", "[INC-1] now"),
        ("change_window_required", "yes", True),
        ("campaign_password", " p ", " p "),
    ],
)
def test_text_is_the_value_that_it_says(name: str, value: str, meant: Any) -> None:
    found = read(name, value, specs()[name])
    assert found is meant or (found == meant and type(found) is type(meant))


def test_a_secret_is_not_shown_when_it_is_refused() -> None:
    (said,) = refusals({"campaign_password": ["canary"], "ansible_host": ["x"]})
    assert "campaign_password" in said
    assert "canary" not in said
    assert "canary" not in refusals({"mid_sourcing_mids": "[{password: canary"})[0]


def test_a_blank_of_the_command_line_hides_nothing() -> None:
    extra = {"mid_sourcing_max_hosts": "", "mid_sourcing_apply": "false", "other": "", "mid_sourcing_causes": "x y"}
    repair(extra)
    assert extra == {"mid_sourcing_apply": False, "other": "", "mid_sourcing_causes": "x y"}


def test_a_list_of_blanks_is_blank_and_an_empty_one_is_a_value() -> None:
    assert is_blank([""])
    assert not is_blank([])


@pytest.mark.parametrize("value", ['[""]', "[null]", '["", null]', "- ''\n- ~\n", ["", None]])
@pytest.mark.parametrize("name", sorted(name for name, spec in specs().items() if spec.get("type") == "list"))
def test_a_list_of_blanks_is_blank_as_text_too(name: str, value: Any) -> None:
    assert read(name, value, specs()[name]) is ABSENT


@pytest.mark.parametrize("value", [None, "", " ", "null", "~", '[""]'])
def test_what_the_command_line_leaves_blank_is_known_however_it_says_so(value: Any) -> None:
    for name in ("change_window_windows", "change_window_blackouts"):
        given = {name: value}
        read_command_line(given)
        assert not given and is_left_blank(name)
    assert not is_left_out("change_window_required", "perhaps") and not is_left_out("change_window_windows", [])


def test_what_is_absent_never_stands_in_a_list() -> None:
    with pytest.raises(ValidationError, match="mid_sourcing_causes must be a list of dictionaries"):
        read("mid_sourcing_causes", '["null", {"pattern": "x"}]', specs()["mid_sourcing_causes"])


LINE = "OLD VALUE mkt1,NmsMidSourcing_LastDelivery_eu,2020-03-01T10:00:00.000Z"


@pytest.mark.parametrize("pasted", [f'        "{LINE}",', f"\n{LINE}\n", LINE, f"{LINE}\n{LINE}"])
def test_lines_that_ansible_has_cut_off_are_put_together_before_a_blank_is_taken_out(pasted: str) -> None:
    given = dict(parse_kv(f"mid_sourcing_restore={pasted}"))
    read_command_line(given)
    assert given["mid_sourcing_restore"].split() == pasted.split() and not leftovers(given)


@pytest.mark.parametrize(
    ("typed", "cut"),
    [
        ("change_window_override=The board agreed", "board agreed"),
        ("mid_sourcing_restore=mkt1,NmsMidSourcing_LastDelivery_eu,2020-03-01 change_window_ticket=a b", "b"),
    ],
)
def test_words_that_belong_to_no_variable_are_refused_with_the_quotes_that_help(typed: str, cut: str) -> None:
    given = dict(parse_kv(typed))
    read_command_line(given)
    [sentence] = leftovers(given)
    assert f"'{cut}' belongs to no variable" in sentence
    example = sentence.rpartition('-e "')[2].removesuffix('".')
    assert parse_kv(example) == {"change_window_override": "The board has agreed"}


def test_text_with_both_quotes_leaves_nothing_over() -> None:
    assert not leftovers(parse_kv("change_window_override='The board agreed'"))
