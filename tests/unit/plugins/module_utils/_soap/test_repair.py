# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers with characters that XML forbids, or with a text that is too long for libxml2."""

from __future__ import annotations

import time

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ProtocolError
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import moment_in
from ansible_collections.campaign.classic.plugins.module_utils._soap.envelope import parse_xml

FORBIDDEN = [
    b"&#x1B;",
    b"&#0;",
    b"&#27;",
    b"\x1b",
    b"\x00",
    b"&#xD800;",
    b"\xed\xa0\x80",
    b"\xff",
    b"&#xFFFE;",
    b"&#x999999999;",
]


@pytest.mark.parametrize("bad", FORBIDDEN)
def test_forbidden_character_costs_its_field_and_is_told_with_its_row(bad: bytes) -> None:
    notes: list[str] = []
    root = parse_xml(
        b'<c><option name="one" stringValue="x' + bad + b'y"/><option name="two" stringValue="z"/></c>', notes
    )
    one, two = root
    assert one.get("stringValue", "").startswith("x\ufffd") and one.get("stringValue", "").endswith("y")
    assert two.get("stringValue") == "z"
    (note,) = notes
    assert note.startswith("The attribute stringValue of <option> with name 'one' holds ")


def test_text_of_a_child_is_told_with_the_row_that_it_is_in() -> None:
    notes: list[str] = []
    parse_xml(b'<c><delivery id="7"><message>a&#x1B;</message></delivery></c>', notes)
    assert notes[0].startswith("The text of <message> in <delivery> with id '7' holds characters that XML forbids (1)")


def test_what_looks_like_a_reference_in_cdata_stays() -> None:
    assert parse_xml(b"<c><a>&#x1B;</a><b><![CDATA[&#x1B;]]></b></c>")[1].text == "&#x1B;"


def test_very_long_text_is_read_and_told() -> None:
    notes: list[str] = []
    root = parse_xml(b'<c><log id="1"><text>' + b"x" * 11_000_000 + b'</text></log><log id="2"/></c>', notes)
    assert len(root) == 2
    assert notes == ["The text of <text> in <log> with id '1' is 11000000 characters long."]


@pytest.mark.parametrize(
    "data",
    [
        b"<a>" * 300 + b"&#x1B;" + b"</a>" * 300,
        b"<c>" + b"<a>" * 300 + b"</a>" * 300 + b"<t>" + b"x" * 11_000_000 + b"</t></c>",
        b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;&#x1B;</a>',
        b"<a>&e;&#x1B;</a>",
        b"<a>&#x1B;",
    ],
    ids=["deep", "deep and long", "document type", "entity", "cut off"],
)
def test_what_guards_the_parser_stays(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_xml(data)


def test_mended_text_has_no_moment() -> None:
    assert moment_in("2026-01-01 10:00:00") is not None
    assert moment_in("2026-01-01 10:00:00\ufffd") is None


@pytest.mark.parametrize(
    "head",
    ['<?xml version="1.0" encoding="UTF-7"?>', "<?xml version='1.0'" + " " * 300 + "encoding = 'utf-7'?>"],
    ids=["plain", "far away"],
)
def test_encoding_in_which_tags_cannot_be_counted_is_refused(head: str) -> None:
    with pytest.raises(ProtocolError, match="(?i)encoded as utf-7, which no Campaign server uses"):
        parse_xml(head.encode() + b"<a>+ADw-b/+AD4-</a>")


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le"])
def test_utf_16_is_read_and_its_document_type_refused(charset: str) -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?>{}<a b="\u20ac">\U0001f600</a>'
    root = parse_xml(text.format("").encode(charset))
    assert (root.get("b"), root.text) == ("\u20ac", "\U0001f600")
    with pytest.raises(ProtocolError, match="document type"):
        parse_xml(text.format('<!DOCTYPE a [<!ENTITY e "">]>').encode(charset))


def test_document_type_is_found_behind_comments_and_its_name_in_a_text_is_none() -> None:
    with pytest.raises(ProtocolError, match="document type"):
        parse_xml(b"<?xml version='1.0'?> <!-- <a> --> <?b c?>\n<!DOCTYPE a [<!ENTITY e ''>]><a>&e;</a>")
    assert parse_xml(b"<!-- one --><a><![CDATA[<!DOCTYPE html>]]></a>").text == "<!DOCTYPE html>"


def test_document_that_is_nothing_but_bad_characters_is_not_repaired() -> None:
    with pytest.raises(ProtocolError, match="not well-formed"):
        parse_xml(b"<a>" + b"\x01" * 2_000_000 + b"</a>")


def test_references_in_open_cdata_cost_no_time() -> None:
    started = time.monotonic()
    with pytest.raises(ProtocolError):
        parse_xml(b"<a>&#1;" + b"<![CDATA[&#1;" * 100_000)
    assert time.monotonic() - started < 5


def test_of_many_bad_fields_some_are_told_and_all_are_counted() -> None:
    notes: list[str] = []
    parse_xml(b"<c>" + b"<a b='&#1;'/>" * 1000 + b"</c>", notes)
    assert len(notes) == 21
    assert notes[-1] == "980 more fields are like that."
