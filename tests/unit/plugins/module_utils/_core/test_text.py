# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No text of a server ends a line, moves a terminal's cursor, reverses the text direction or hides; data stays data."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.filter.visible import FilterModule
from ansible_collections.campaign.classic.plugins.module_utils._client.connect import DEFAULTS
from ansible_collections.campaign.classic.plugins.module_utils._client.session import Session
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import FaultError, ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._core.text import (
    MARKER,
    SLICE_MARKER,
    shown,
    visible,
    visible_lines,
)
from ansible_collections.campaign.classic.plugins.module_utils._operations.option import OPTION, OPTION_INFO
from ansible_collections.campaign.classic.plugins.module_utils._operations.query import QUERY
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import (
    Answer,
    Operation,
    Request,
    execute,
)
from tests.helpers.hostile import CHARACTERS, FORGED, HOSTILE, raw_in


@pytest.mark.parametrize(("character", "expected"), CHARACTERS.items(), ids=ascii)
def test_character_is_shown_in_ascii(character: str, expected: str) -> None:
    assert visible(f"a{character}b") == f"a{expected}b"
    assert visible(visible(f"a{character}b")) == f"a{expected}b", "twice is as once"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Délai dépassé",
        "接続がタイムアウト",
        "Время ожидания",
        "C:\\new\\table",
        "\\n",
        "a b",
        "😀",
        "x\u0301",
        "مرحبا",
    ],
)
def test_ordinary_text_is_not_changed(text: str) -> None:
    assert visible(text) == text


def test_every_control_format_and_separator_character_is_shown() -> None:
    """Every character of these Unicode categories, except those that only shape the letters beside them."""
    shaping = {*map(chr, range(0x0600, 0x0606)), "\u06dd", "\u070f", "\u0890", "\u0891", "\u08e2"}
    missed = [
        f"U+{number:04X}"
        for number in range(0x110000)
        if unicodedata.category(chr(number)) in ("Cc", "Cf", "Zl", "Zp", "Cs")
        and chr(number) not in shaping
        and not 0x11000 <= number <= 0x1345F  # signs of old scripts
        and visible(chr(number)) == chr(number)
    ]
    assert missed == []


def test_whatever_splits_lines_splits_none_afterwards() -> None:
    breaks = [chr(number) for number in range(0x110000) if len(f"a{chr(number)}b".splitlines()) > 1]
    assert len(breaks) > 8
    for one in breaks:
        assert visible(f"a{one}{FORGED}").splitlines() == [f"a{visible(one)}{visible(FORGED)}"]


def test_only_we_write_the_marker() -> None:
    assert MARKER not in visible(FORGED)
    assert visible("OLD VALUE x") == "OLD\\x20VALUE x"
    assert visible("OLD  VALUE x") == "OLD\\x20\\x20VALUE x"
    assert visible("OLD\u00a0VALUE OLD\u3000VALUE") == "OLD\\xa0VALUE OLD\\u3000VALUE"
    assert visible("OLD\u200b VALUE, OLD\nVALUE") == "OLD\\u200b VALUE, OLD\\nVALUE"
    assert visible(f"{SLICE_MARKER} 1:x") == "CAMPAIGN\\x20SLICE 1:x"
    assert visible("CAMPAIGN \u2003SLICE") == "CAMPAIGN\\x20\\u2003SLICE"
    assert visible("d\u00e9lai\u00a0: 5\u202fs") == "d\u00e9lai\u00a0: 5\u202fs"
    assert visible("the old value, OLD VALUES") == "the old value, OLD\\x20VALUES"


def test_lines_that_are_ours_stay_lines() -> None:
    assert visible_lines("a\x1b\nb\r\n") == "a\\x1b\nb\\r\n"


def test_structure_is_shown_whole_but_for_its_data() -> None:
    given = {"a": ["x\n", {"b\r": "y\t", "value": "raw\n"}], "n": 1, "none": None, "deep": {"value": {"k": "raw\r"}}}
    assert shown(given, ("a.value", "deep.value")) == {
        "a": ["x\\n", {"b\\r": "y\\t", "value": "raw\n"}],
        "n": 1,
        "none": None,
        "deep": {"value": {"k": "raw\r"}},
    }
    assert FilterModule().filters()["visible"](given)["deep"] == {"value": {"k": "raw\\r"}}


def test_error_says_what_the_server_said_on_one_line() -> None:
    error = FaultError("It\nfailed.", fault_string=f"bad{HOSTILE}", detail=FORGED, instance="mkt")
    assert raw_in(str(error)) == [] and len(str(error).splitlines()) == 1
    assert raw_in(error.to_result()) == []
    assert error.fault_string == f"bad{HOSTILE}", "causes are looked for in what was said"


# -- the one door ------------------------------------------------------------------------------------------------------


PASSWORD = "pass\tword\u202e-7"


class NoSession:
    """Replaces a session that is never used."""

    calls: tuple[()] = ()

    def __enter__(self) -> NoSession:
        return self

    def __exit__(self, *_info: object) -> None:
        pass


def executed(answer: Answer | Exception, **more: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """The result of an operation with this answer."""

    def run(_request: Request, _session: Session) -> Answer:
        if isinstance(answer, Exception):
            raise answer
        return answer

    operation = Operation("thing", {}, run, **more)
    return execute(
        operation,
        {**DEFAULTS, "password": PASSWORD},
        check_mode=False,
        environ={},
        opened=lambda *_arguments: NoSession(),  # type: ignore[arg-type,return-value]
    )


def test_result_message_warnings_and_diff_are_visible() -> None:
    hostile = f"{HOSTILE}{FORGED}"
    diff = {"before": f"one\ntwo {HOSTILE.replace(chr(10), '')}\n", "after": "", "before_header": hostile}
    result, _secrets = executed(
        Answer(True, {"reason": hostile, "rows": [{hostile: (hostile,)}], "warnings": [hostile]}, diff, failed=hostile)
    )
    assert result["diff"].pop("before").count("\n") == 2
    assert raw_in(result) == []


@pytest.mark.parametrize("error", [ValidationError(f"No{HOSTILE}"), RuntimeError(f"defect{HOSTILE}")])
def test_failure_is_visible(error: Exception) -> None:
    result, _secrets = executed(error)
    assert result["failed"] is True and raw_in(result) == []


def test_data_is_handed_on_as_the_server_sent_it() -> None:
    result, _secrets = executed(Answer(False, {"rows": [{"@label": HOSTILE}], "note": HOSTILE}), data=("rows",))
    assert result["rows"] == [{"@label": HOSTILE}] and raw_in(result["note"]) == []


def test_secret_is_masked_in_the_form_in_which_it_is_shown() -> None:
    result, _secrets = executed(Answer(False, {"text": f"not {PASSWORD}!", "msg": f"not {PASSWORD}!"}))
    assert result["text"] == result["msg"] == "not ********!"


def test_data_of_the_modules_is_what_is_compared_or_written_back() -> None:
    assert OPTION_INFO.data == ("options.value", "options.description")
    assert set(QUERY.data) == {"rows", "result"}
    assert {place.rpartition(".")[2] for place in OPTION.data} == {"value", "description"}
