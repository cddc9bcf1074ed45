# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hardly a server does, and the sizes of what is asked for."""

from __future__ import annotations

import re

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    ConflictError,
    FaultError,
    NotWritten,
    ProtocolError,
    TimedOut,
    TransportError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import XtkType
from ansible_collections.campaign.classic.plugins.module_utils._resources import options as _options
from ansible_collections.campaign.classic.plugins.module_utils._resources.options import Option, option_of
from ansible_collections.campaign.classic.plugins.module_utils._soap.envelope import build_request
from tests.helpers.fake_session import Answer, collection, nothing
from tests.unit.plugins.module_utils._resources.test_options import CURSOR, NAME, NEW, OLD, cursor, options, row


def lost(next_step: str = "Check the network.") -> TransportError:
    return TimedOut("The answer did not come.", reached="maybe", next_step=next_step)


# -- rows


def test_what_a_row_does_not_have_is_empty() -> None:
    assert option_of({"dataType": "6"}) == Option(name="", data_type=6, raw="", id="", description="")
    assert Option(name="a", data_type=6, raw="").id == ""


def test_a_moment_of_spaces_is_no_value() -> None:
    assert Option(name="a", data_type=7, raw="  ").value is None


def test_a_text_that_looks_like_a_moment_is_a_text() -> None:
    assert Option(name="a", data_type=6, raw=OLD).holds(OLD)
    assert not Option(name="a", data_type=6, raw=OLD).holds("2020-03-01 10:00:00Z")


def test_a_long_value_is_cut_off_in_a_message() -> None:
    assert Option(name="a", data_type=3, raw="").shown(10**80) == "1" + "0" * 59


# -- what is asked for


def test_the_sizes_of_what_is_asked_for() -> None:
    reader, session = options(*(collection("option") for _ in range(3)))
    reader.find()
    reader.get(NAME)
    reader.matching(["A_"])
    assert [sent.document.get("lineCount") for sent in session.sent] == ["500", "500", "5000"]
    assert not any(sent.document.xpath("orderBy/node/@sortDesc") for sent in session.sent)


def test_fifty_long_texts_are_read_at_once() -> None:
    names = [f"M{number:02}" for number in range(51)]

    def texts(some: list[str]) -> Answer:
        return collection("option", *({"name": name, "memoValue": name} for name in some))

    reader, session = options(
        collection("option", *(row(name, 12) for name in names)), texts(names[:50]), texts(names[50:])
    )
    assert [option.raw for option in reader.find()] == names
    assert [sent.document.get("lineCount") for sent in session.sent] == ["500", "50", "1"]


def test_a_long_text_that_no_row_holds_is_no_value() -> None:
    reader, _session = options(collection("option", row("M", 12)), *([collection("option", {"name": "M"})] * 2))
    found = reader.get("M")
    assert found is not None
    assert found.value_read
    assert found.is_null


def test_a_page_that_comes_again_may_have_reached_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_options, "PAGE", 1)
    reader, _session = options(*([collection("option", row())] * 2))
    with pytest.raises(ProtocolError) as caught:
        reader.find()
    assert caught.value.reached == "maybe"


def test_matching_asks_for_names_beside_the_prefixes_and_keeps_both() -> None:
    reader, session = options(collection("option", row("x"), row("A_1"), row("X"), row("y")))
    assert [option.name for option in reader.matching(["A_"], ["x", "y"])] == ["A_1", "x", "y"]
    assert session.sent[0].where == r"(@name like 'A\_%') or (@name IN ('x', 'y'))"


def test_matching_names_all_that_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_options, "MOST_MATCHES", 1)
    reader, _session = options(collection("option", row("A_1")))
    with pytest.raises(ValidationError, match=re.escape("1 or more options begin with A_, B_, x.")):
        reader.matching(["A_", "B_"], ["x"])


# -- writing


def test_the_document_of_a_write_has_the_name_that_the_method_gives_it() -> None:
    writer, session = options(nothing())
    writer.update(CURSOR, NEW)
    (sent,) = session.sent
    assert b"<urn:domDoc>" in build_request(sent.service, sent.method, "", sent.params)


def test_a_value_that_cannot_be_read_as_it_is_is_not_written_over() -> None:
    writer, session = options(collection("option", row(data_type=6, stringValue="x\ufffdy")))
    with pytest.raises(ConflictError, match="holds characters that XML forbids") as caught:
        writer.write_and_verify(Option(name=NAME, data_type=6, raw="x"), "new")
    assert "Nothing was written. Correct the value in the console." in str(caught.value)
    assert caught.value.instance == session.name
    assert session.calls == ["ExecuteQuery"]


@pytest.mark.parametrize(("next_step", "said"), [("", ""), ("Check the network.", " Check the network.")])
def test_a_write_that_cannot_be_read_back_says_to_read_it_first(next_step: str, said: str) -> None:
    writer, _session = options(cursor(), nothing(), lost(next_step))
    with pytest.raises(CampaignError) as caught:
        writer.write_and_verify(CURSOR, NEW)
    assert caught.value.next_step == f"Read the option before you repeat this.{said}"


@pytest.mark.parametrize(("next_step", "said"), [("", ""), ("Check the network.", " Check the network.")])
def test_a_lost_write_that_does_not_show_says_to_read_it_again(next_step: str, said: str) -> None:
    writer, _session = options(cursor(), lost(next_step), cursor())
    with pytest.raises(TimedOut) as caught:
        writer.write_and_verify(CURSOR, NEW)
    advice = "The server may be working on it yet: read the option again before you repeat this."
    assert caught.value.next_step == f"{advice}{said}"


def test_a_lost_write_is_there_with_its_value_though_not_with_its_description() -> None:
    writer, _session = options(cursor(), lost(), cursor(NEW))
    assert writer.write_and_verify(CURSOR, NEW, description="new").raw == NEW


@pytest.mark.parametrize("description", [None, "d"])
def test_a_lost_write_of_what_is_there_is_there(description: str | None) -> None:
    same = cursor(description="d")
    writer, _session = options(same, lost(), same)
    assert writer.write_and_verify(CURSOR, OLD, description=description).raw == OLD


def test_after_a_lost_write_another_type_with_the_same_text_is_no_old_value() -> None:
    changed = collection("option", row(data_type=XtkType.STRING, stringValue=OLD))
    writer, _session = options(cursor(), lost(), changed)
    with pytest.raises(ConflictError, match="neither the new value nor the old one"):
        writer.write_and_verify(CURSOR, NEW)


def test_after_a_lost_write_a_long_text_that_is_hidden_now_is_no_old_value() -> None:
    there = collection("option", row("M", 12))
    empty, fault = collection("option", {"name": "M"}), FaultError("failed", fault_string="XTK-170036 Unable")
    writer, _session = options(there, empty, empty, lost(), there, fault, fault)
    with pytest.raises(ConflictError, match="a long text that could not be read"):
        writer.write_and_verify(Option(name="M", data_type=12, raw=""), "new")


def test_a_long_text_that_is_read_back_otherwise_was_not_written() -> None:
    there = collection("option", row("M", 12))
    text = collection("option", {"name": "M", "memoValue": "other"})
    writer, _session = options(there, text, nothing(), there, text)
    with pytest.raises(NotWritten, match="a text of 5 characters"):
        writer.write_and_verify(Option(name="M", data_type=12, raw="x"), "new")
