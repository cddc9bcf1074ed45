# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    ConflictError,
    DeniedError,
    FaultError,
    NotFoundError,
    NotWritten,
    ProtocolError,
    ReadOnlyError,
    TimedOut,
    TransportError,
    ValidationError,
    XtkValueError,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import XtkType
from ansible_collections.campaign.classic.plugins.module_utils._resources import options as _options
from ansible_collections.campaign.classic.plugins.module_utils._resources import paging as _pages
from ansible_collections.campaign.classic.plugins.module_utils._resources.options import (
    COLUMNS,
    UNSET,
    Option,
    Options,
    option_of,
)
from ansible_collections.campaign.classic.plugins.module_utils._soap.envelope import build_request
from tests.helpers.fake_session import Answer, FakeSession, Sent, collection, nothing, result

NAME = "NmsMidSourcing_LastDelivery_defaultEmailMid"
OLD, NEW, OTHER = "2020-03-01 10:00:00.000Z", "2026-11-22 02:00:00.000Z", "2026-11-23 01:50:00.000Z"
CURSOR = Option(name=NAME, data_type=7, raw=OLD, id="1701", description="last run")
FAULT = FaultError("failed", fault_string="SOP-330011 Error while executing the method", detail="XTK-170036 Unable")


def options(*answers: Answer, **choices: Any) -> tuple[Options, FakeSession]:
    session = FakeSession(*answers)
    return Options(session, **choices), session  # type: ignore[arg-type]


def row(name: str = NAME, data_type: object = 7, **values: object) -> dict[str, object]:
    return {"id": 1701, "name": name, "dataType": data_type, **values}


def cursor(value: str = OLD, description: str = "") -> Answer:
    return collection("option", row(timeStampValue=value, description=description))


def memo(text: str) -> Answer:
    return result(f"<option-collection><option name='M'><memoValue>{text}</memoValue></option></option-collection>")


def lost(reached: Any = "maybe") -> TransportError:
    return TimedOut("The answer did not come within 30 s.", reached=reached, next_step="Check the network.")


# -- rows


@pytest.mark.parametrize(
    ("data_type", "column", "text", "value"),
    [
        (XtkType.BYTE, "longValue", "7", 7),
        (XtkType.LONG, "longValue", "-42", -42),
        (XtkType.TIMESPAN, "longValue", "600", 600),
        (XtkType.BOOLEAN, "longValue", "1", True),
        (XtkType.DOUBLE, "doubleValue", "0.5", 0.5),
        (XtkType.STRING, "stringValue", "abc", "abc"),
        (XtkType.DATETIME, "timeStampValue", OLD, datetime(2020, 3, 1, 10, tzinfo=UTC)),
    ],
)
def test_the_value_is_read_from_the_column_of_its_type(data_type: int, column: str, text: str, value: object) -> None:
    others = dict.fromkeys(("longValue", "doubleValue", "stringValue", "timeStampValue"), "9")
    found = {**row(data_type=data_type, description="d"), **others, column: text}
    reader, _unused = options(collection("option", found))
    option = reader.get(NAME)
    assert option == Option(name=NAME, data_type=data_type, raw=text, id="1701", description="d")
    assert option.value == value
    assert not option.is_null


def test_a_missing_or_empty_value_is_null() -> None:
    assert option_of({"name": "a", "dataType": "7"}).is_null
    assert option_of({"name": "a", "dataType": "7", "timeStampValue": ""}).value is None


def test_a_type_that_is_not_known_is_read_as_text_and_has_no_value() -> None:
    option = option_of({"name": "a", "dataType": "99", "stringValue": "x"})
    assert (option.data_type, option.raw, option.is_null) == (99, "x", False)
    with pytest.raises(XtkValueError, match="99 is not known"):
        _unused = option.value


def test_a_text_that_does_not_fit_the_type_is_kept_and_refused_as_a_value() -> None:
    option = option_of({"name": "a", "dataType": "7", "timeStampValue": "2020-03-01 10:00:00"})
    assert option.raw == "2020-03-01 10:00:00"
    with pytest.raises(XtkValueError, match="no time zone"):
        _unused = option.value


def test_a_value_that_was_not_read_is_neither_null_nor_a_value() -> None:
    option = Option(name="M", data_type=12, raw="", value_read=False)
    assert not option.is_null
    assert not option.holds("")
    with pytest.raises(XtkValueError, match="'M' was not read"):
        _unused = option.value


@pytest.mark.parametrize(
    ("data_type", "value", "shown"),
    [
        (7, OLD, OLD),
        (7, None, "no value"),
        (6, "", "no value"),
        (6, "secret", "a text of 6 characters"),
        (12, "secret", "a text of 6 characters"),
        (3, 42, "42"),
    ],
)
def test_texts_are_not_shown_in_messages(data_type: int, value: object, shown: str) -> None:
    assert Option(name="a", data_type=data_type, raw="").shown(value) == shown


# -- get


def test_get_asks_for_the_exact_name_and_only_for_attributes_that_exist() -> None:
    reader, session = options(cursor())
    assert reader.get("it's_$") is None
    (sent,) = session.sent
    assert (sent.service, sent.method) == ("xtk:queryDef", "ExecuteQuery")
    assert sent.where == r"@name = 'it\'s_' + Char('36') + ''"
    assert sent.columns == [
        "@id",
        "@name",
        "@dataType",
        "@stringValue",
        "@longValue",
        "@doubleValue",
        "@timeStampValue",
        "@description",
    ]
    assert sent.document.get("operation") == "select"
    assert int(sent.document.get("lineCount")) > 0


def test_get_returns_none_when_there_is_no_row() -> None:
    reader, _unused = options(collection("option"))
    assert reader.get(NAME) is None


def test_get_does_not_take_a_name_that_differs_in_case() -> None:
    reader, _unused = options(collection("option", row(NAME.lower()), row(NAME, timeStampValue=OLD)))
    found = reader.get(NAME)
    assert found is not None
    assert (found.name, found.raw) == (NAME, OLD)


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_is_refused_before_anything_is_sent(name: str) -> None:
    reader, session = options()
    with pytest.raises(ValidationError, match="name of an option must not be empty"):
        reader.get(name)
    assert session.calls == []


def test_a_row_that_cannot_be_understood_names_the_instance() -> None:
    reader, _unused = options(collection("option", row(data_type="x")))
    with pytest.raises(ProtocolError, match="^mkt-a: The server sent dataType"):
        reader.get(NAME)


# -- long texts


def test_a_long_text_is_read_by_a_second_query_as_an_element() -> None:
    reader, session = options(collection("option", row("M", 12)), memo("<![CDATA[<a b='1'/>]]>"))
    assert reader.get("M") == Option(name="M", data_type=12, raw="<a b='1'/>", id="1701")
    assert session.sent[1].columns == ["@name", "memoValue"]
    assert session.sent[1].where == "@name = 'M'"
    assert session.sent[1].document.get("lineCount") == "1"


def test_a_long_text_is_read_as_an_attribute_where_the_element_is_not_known() -> None:
    reader, session = options(
        collection("option", row("M", 13)), FAULT, collection("option", {"name": "M", "memoValue": "long"})
    )
    found = reader.get("M")
    assert found is not None
    assert found.value == "long"
    assert session.sent[2].columns == ["@name", "@memoValue"]


def test_an_empty_element_is_looked_up_as_an_attribute_too() -> None:
    reader, session = options(collection("option", row("M", 12)), memo(""), FAULT)
    found = reader.get("M")
    assert found is not None
    assert found.is_null
    assert session.spent()


def test_a_long_text_that_the_server_gives_in_no_form_counts_as_not_read() -> None:
    reader, _unused = options(collection("option", row("M", 12)), FAULT, FAULT)
    found = reader.get("M")
    assert found is not None
    assert not found.value_read


def test_a_refusal_is_not_taken_for_an_unknown_attribute() -> None:
    reader, _unused = options(collection("option", row("M", 12)), DeniedError("refused"))
    with pytest.raises(DeniedError):
        reader.get("M")


# -- find and matching


def test_find_returns_what_begins_with_the_prefix_in_the_order_of_names() -> None:
    reader, session = options(collection("option", row("P_b"), row("p_x"), row("P_a")))
    assert [option.name for option in reader.find("P_")] == ["P_a", "P_b"]
    assert session.sent[0].where == r"@name like 'P\_%'"


def test_find_without_a_prefix_returns_all() -> None:
    reader, session = options(collection("option", row("b"), row("a")))
    assert [option.name for option in reader.find()] == ["a", "b"]
    assert session.sent[0].where == ""


def test_find_reads_page_after_page_from_the_smallest_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_options, "PAGE", 2)
    pages = [[(-2000000000, "P_c"), (-1, "P_a")], [(3, "P_d"), (9, "other")], [(10, "P_b")]]
    reader, session = options(
        *(collection("option", *(row(name, 3) | {"id": number} for number, name in page)) for page in pages)
    )
    assert [option.name for option in reader.find("P_")] == ["P_a", "P_b", "P_c", "P_d"]
    assert [sent.where for sent in session.sent] == [
        r"@name like 'P\_%'",
        r"(@name like 'P\_%') and (@id > -1)",
        r"(@name like 'P\_%') and (@id > 9)",
    ]
    assert all(sent.document.get("startLine") == "0" for sent in session.sent)
    assert [sent.document.xpath("orderBy/node/@expr") for sent in session.sent] == [["@id"]] * 3


def test_find_asks_once_more_after_a_full_page_and_takes_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_options, "PAGE", 1)
    reader, session = options(collection("option", row("a", 3)), collection("option"))
    assert [option.name for option in reader.find()] == ["a"]
    assert session.sent[1].where == "@id > 1701"


def test_a_server_that_repeats_a_page_is_an_error_and_no_endless_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_options, "PAGE", 1)
    reader, _unused = options(collection("option", row("a", 3)), collection("option", row("a", 3)))
    with pytest.raises(ProtocolError, match="after id 1701 and sent others"):
        reader.find()


def test_options_without_an_end_are_an_error_before_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_options, "PAGE", 1)
    monkeypatch.setattr(_pages, "MOST_CHARACTERS", 1000)
    endless = [collection("option", row("a", 3) | {"id": str(number)}) for number in range(1, 20)]
    reader, session = options(*endless)
    with pytest.raises(ValidationError, match="more than 1000 characters. Give a prefix, or a longer one"):
        reader.find()
    assert 5 < len(session.sent) < 15


def test_long_texts_count_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_options, "NAMES_A_QUERY", 1)
    monkeypatch.setattr(_pages, "MOST_CHARACTERS", 2000)
    texts = [collection("option", {"name": name, "memoValue": "x" * 900}) for name in "abc"]
    reader, session = options(collection("option", *(row(name, 12) for name in "abc")), *texts)
    with pytest.raises(ValidationError, match="more than 2000 characters"):
        reader.find()
    assert len(session.sent) == 3


def test_find_reads_long_texts_a_few_names_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_options, "NAMES_A_QUERY", 2)

    def texts(*names: str) -> Answer:
        return collection("option", *({"name": name, "memoValue": name * 2} for name in names))

    reader, session = options(
        collection("option", *(row(name, 12) for name in "abc"), row("d", 3, longValue=5)), texts("a", "b"), texts("c")
    )
    assert {option.name: option.value for option in reader.find()} == {"a": "aa", "b": "bb", "c": "cc", "d": 5}
    assert [sent.where for sent in session.sent[1:]] == ["@name IN ('a', 'b')", "@name = 'c'"]


def test_matching_takes_all_prefixes_in_one_query_and_reads_no_long_texts() -> None:
    reader, session = options(
        collection("option", row("B_1", timeStampValue=OLD), row("A_1", 12), row("C_1"), row("a_2"))
    )
    assert reader.matching(["A_", "B_"]) == [
        Option(name="A_1", data_type=12, raw="", id="1701", value_read=False),
        Option(name="B_1", data_type=7, raw=OLD, id="1701"),
    ]
    assert [sent.where for sent in session.sent] == [r"(@name like 'A\_%') or (@name like 'B\_%')"]


def test_matching_refuses_an_answer_that_may_be_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_options, "MOST_MATCHES", 2)
    reader, _unused = options(collection("option", row("A_1"), row("A_2")))
    with pytest.raises(ValidationError, match="mkt-a: 2 or more options begin with A_.*longer prefixes"):
        reader.matching(["A_"])


@pytest.mark.parametrize("prefixes", [[], [""], ["A_", ""]])
def test_matching_never_asks_for_every_option(prefixes: list[str]) -> None:
    reader, session = options()
    with pytest.raises(ValidationError):
        reader.matching(prefixes)
    assert session.calls == []


# -- sending


def sent_option(sent: Sent) -> str:
    """The option element as it goes over the wire."""
    assert (sent.service, sent.method) == ("xtk:persist", "Write")
    envelope = build_request(sent.service, sent.method, "", sent.params).decode()
    found = re.search(r"<option .*?(?:</option>|/>)(?=</)", envelope, re.DOTALL)
    assert found
    return found.group()


def test_update_sends_one_change_by_name_and_keeps_the_type() -> None:
    writer, session = options(nothing())
    writer.update(CURSOR, datetime(2026, 11, 22, 2, tzinfo=UTC))
    assert [sent_option(sent) for sent in session.sent] == [
        f'<option xtkschema="xtk:option" _operation="update" _key="@name" name="{NAME}" dataType="7" '
        f'timeStampValue="{NEW}"/>'
    ]


def test_update_sends_a_description_only_when_one_is_given() -> None:
    writer, session = options(nothing(), nothing())
    writer.update(CURSOR, NEW, "was=1")
    writer.update(CURSOR, NEW, "")
    assert [sent.document.get("description") for sent in session.sent] == ["was=1", ""]


def test_create_inserts_and_never_updates() -> None:
    writer, session = options(nothing())
    writer.create("my_flag", XtkType.BOOLEAN, True, "a flag")
    assert [sent_option(sent) for sent in session.sent] == [
        '<option xtkschema="xtk:option" _operation="insert" name="my_flag" dataType="15" description="a flag" '
        'longValue="1"/>'
    ]


@pytest.mark.parametrize(
    ("text", "sent"), [("<x/> & y", "&lt;x/&gt; &amp; y"), ("a]]>b", "a]]&gt;b"), ("a\rb", "a&#13;b"), ("é", "é")]
)
def test_a_long_text_is_sent_as_an_element(text: str, sent: str) -> None:
    writer, session = options(nothing())
    writer.update(Option(name="M", data_type=12, raw="x"), text)
    assert sent_option(session.sent[0]) == (
        '<option xtkschema="xtk:option" _operation="update" _key="@name" name="M" dataType="12">'
        f"<memoValue>{sent}</memoValue></option>"
    )


@given(
    st.text(
        st.characters(
            exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\t\n\r<]>&'\""
        )
    )
)
def test_every_long_text_arrives_as_it_is(text: str) -> None:
    writer, session = options(nothing())
    writer.update(Option(name="M", data_type=13, raw="x"), text)
    node = etree.fromstring(sent_option(session.sent[0]))
    assert node.findtext("memoValue") == text
    assert node.get("memoValue") is None


@pytest.mark.parametrize("data_type", [XtkType.DATETIME, XtkType.DATE, XtkType.LONG, XtkType.BOOLEAN])
@pytest.mark.parametrize("value", ["", None, "  "])
@pytest.mark.parametrize("how", ["update", "create", "write_and_verify", "create_and_verify"])
def test_an_empty_value_is_refused_before_anything_is_sent(data_type: int, value: object, how: str) -> None:
    writer, session = options()
    send: dict[str, Callable[[], object]] = {
        "update": lambda: writer.update(Option(name="a", data_type=data_type, raw=""), value),
        "create": lambda: writer.create("a", data_type, value),
        "write_and_verify": lambda: writer.write_and_verify(Option(name="a", data_type=data_type, raw=""), value),
        "create_and_verify": lambda: writer.create_and_verify("a", data_type, value),
    }
    with pytest.raises(XtkValueError):
        send[how]()
    assert session.calls == []


def test_a_value_that_does_not_fit_names_option_and_instance() -> None:
    writer, _unused = options()
    with pytest.raises(XtkValueError, match=f"^mkt-a: Option '{NAME}': '2026-11-22 02:00:00' has no time zone"):
        writer.write_and_verify(CURSOR, "2026-11-22 02:00:00")


def test_update_refuses_another_type() -> None:
    writer, session = options(nothing())
    with pytest.raises(ValidationError, match=f"mkt-a: The option '{NAME}' has data type 7 and not 6"):
        writer.update(CURSOR, NEW, data_type=6)
    assert session.calls == []
    writer.update(CURSOR, NEW, data_type=7)


@pytest.mark.parametrize("data_type", [0, 99])
def test_an_option_without_a_known_type_cannot_be_written(data_type: int) -> None:
    writer, session = options()
    with pytest.raises(XtkValueError):
        writer.update(Option(name="a", data_type=data_type, raw="x"), "y")
    assert session.calls == []


@pytest.mark.parametrize(
    "send",
    [
        lambda writer: writer.update(CURSOR, NEW, "\x00"),
        lambda writer: writer.create("a\x01", 3, 1),
        lambda writer: writer.create("", 3, 1),
    ],
)
def test_a_name_or_description_that_cannot_be_sent_is_refused(send: Callable[[Options], None]) -> None:
    writer, session = options()
    with pytest.raises(ValidationError):
        send(writer)
    assert session.calls == []


# -- writing and reading back

READ_WRITE_READ = ["ExecuteQuery", "Write", "ExecuteQuery"]


@pytest.mark.parametrize("back", [NEW, "2026-11-22 02:00:00.999Z", "2026-11-22T03:00:00+01:00"])
def test_a_write_is_read_back_and_compared_at_whole_seconds(back: str) -> None:
    writer, session = options(cursor(), nothing(), cursor(back, description="new"))
    assert writer.write_and_verify(CURSOR, NEW, description="new") == Option(
        name=NAME, data_type=7, raw=back, id="1701", description="new"
    )
    assert session.calls == READ_WRITE_READ
    assert session.sent[1].document.get("description") == "new"


@pytest.mark.parametrize(
    ("answer", "held"),
    [
        (cursor(), "holds 2020-03-01"),
        (cursor(""), "holds no value"),
        (collection("option"), "it is not there"),
        (cursor("2026-11-22 02:00:01.000Z"), "holds 2026-11-22 02:00:01"),
        (cursor("?"), "holds ?"),
        (collection("option", row(data_type=6, stringValue=NEW)), "holds a text"),
    ],
)
def test_a_value_that_is_not_there_afterwards_was_not_written(answer: Answer, held: str) -> None:
    writer, _unused = options(cursor(), nothing(), answer)
    with pytest.raises(NotWritten, match=re.escape(held)) as caught:
        writer.write_and_verify(CURSOR, NEW)
    assert str(caught.value).startswith(f"mkt-a: The server accepted the write of {NEW} to the option '{NAME}'")


@pytest.mark.parametrize("expected", [OLD, datetime(2020, 3, 1, 10, 0, 0, 999, UTC)])
def test_the_expected_value_lets_the_write_pass(expected: object) -> None:
    writer, session = options(cursor(), nothing(), cursor(NEW))
    writer.write_and_verify(CURSOR, NEW, expected=expected)
    assert session.calls == READ_WRITE_READ


def test_no_value_can_be_expected() -> None:
    writer, session = options(cursor(""), nothing(), cursor(NEW))
    writer.write_and_verify(CURSOR, NEW, expected=None)
    assert session.calls == READ_WRITE_READ


@pytest.mark.parametrize(
    ("answer", "expected", "reason"),
    [
        (cursor(OTHER), OLD, f"holds {OTHER} and not {OLD} as expected"),
        (cursor(""), OLD, "holds no value and not"),
        (cursor(), None, f"holds {OLD} and not no value"),
        (cursor("?"), OLD, "holds ? and not"),
        (collection("option", row(data_type=6, stringValue=OLD)), OLD, "now has data type 6 and not 7"),
        (collection("option", row(data_type=6, stringValue=OLD)), UNSET, "now has data type 6 and not 7"),
    ],
)
def test_an_option_that_somebody_changed_is_not_written(answer: Answer, expected: object, reason: str) -> None:
    writer, session = options(answer)
    with pytest.raises(ConflictError, match=re.escape(reason)) as caught:
        writer.write_and_verify(CURSOR, NEW, expected=expected)
    assert session.calls == ["ExecuteQuery"]
    assert "Nothing was sent" in str(caught.value)


def test_an_option_that_is_gone_is_not_written_because_update_would_do_nothing() -> None:
    writer, session = options(collection("option"))
    with pytest.raises(NotFoundError, match="or the operator has no right"):
        writer.write_and_verify(CURSOR, NEW)
    assert session.calls == ["ExecuteQuery"]


def test_a_conflict_over_a_text_does_not_show_it() -> None:
    writer, _unused = options(collection("option", row("S", 6, stringValue="secret-1")))
    with pytest.raises(ConflictError) as caught:
        writer.write_and_verify(Option(name="S", data_type=6, raw="x"), "secret-2", expected="secret-3")
    assert "secret" not in str(caught.value)


def test_a_long_text_that_cannot_be_read_back_counts_as_not_written() -> None:
    unreadable: list[Answer] = [collection("option", row("M", 12)), FAULT, FAULT]
    writer, _unused = options(*unreadable, nothing(), *unreadable)
    with pytest.raises(NotWritten, match="a long text that could not be read"):
        writer.write_and_verify(Option(name="M", data_type=12, raw="x"), "new")


@pytest.mark.parametrize("error", [FAULT, ReadOnlyError("no"), DeniedError("no"), lost("no")])
def test_a_write_that_was_refused_or_never_left_passes_as_it_is(error: Exception) -> None:
    writer, session = options(cursor(), error)
    with pytest.raises(type(error)) as caught:
        writer.write_and_verify(CURSOR, NEW)
    assert caught.value is error
    assert session.calls == ["ExecuteQuery", "Write"]


# -- lost answers


def test_after_a_lost_answer_the_new_value_is_a_success_and_nothing_is_sent_again() -> None:
    writer, session = options(cursor(), lost(), cursor(NEW))
    assert writer.write_and_verify(CURSOR, NEW, expected=OLD).raw == NEW
    assert session.calls == READ_WRITE_READ


def test_after_a_lost_answer_the_old_value_says_that_nothing_was_written() -> None:
    error = lost()
    writer, session = options(cursor(), error, cursor())
    with pytest.raises(TimedOut, match=f"still holds {OLD}: nothing was written, as far as that shows") as caught:
        writer.write_and_verify(CURSOR, NEW)
    assert caught.value is error
    assert "The answer did not come within 30 s." in str(error)
    assert "read the option again before you repeat this. Check the network." in str(error)
    assert session.calls == READ_WRITE_READ


@pytest.mark.parametrize(
    "answer", [cursor(OTHER), cursor(""), collection("option"), collection("option", row(data_type=6, stringValue=NEW))]
)
def test_after_a_lost_answer_something_else_is_a_conflict(answer: Answer) -> None:
    writer, session = options(cursor(), lost(), answer)
    with pytest.raises(ConflictError, match="neither the new value nor the old one"):
        writer.write_and_verify(CURSOR, NEW)
    assert session.calls == READ_WRITE_READ


def test_after_a_lost_answer_an_instance_that_cannot_be_read_leaves_it_open() -> None:
    error = lost()
    writer, _unused = options(cursor(), error, TransportError("Connection refused.", reached="no"))
    with pytest.raises(TimedOut, match=r"is not known: it could not be read back \(Connection refused.\)") as caught:
        writer.write_and_verify(CURSOR, NEW)
    assert caught.value is error
    assert "Read the option before you repeat this." in str(error)


def test_after_a_lost_answer_a_description_alone_is_looked_for_too() -> None:
    before = row("a", 3, longValue=5, description="old")
    writer, session = options(collection("option", before), lost(), collection("option", before))
    found = Option(name="a", data_type=3, raw="5", description="old")
    with pytest.raises(TimedOut, match="'a' still has its old description: nothing was written"):
        writer.write_and_verify(found, 5, description="new")
    assert session.calls == READ_WRITE_READ

    there = collection("option", row("a", 3, longValue=5, description="new"))
    writer, _unused = options(collection("option", before), lost(), there)
    assert writer.write_and_verify(found, 5, description="new").description == "new"


def test_a_write_that_was_accepted_is_told_when_it_cannot_be_read_back() -> None:
    writer, _unused = options(cursor(), nothing(), lost("no"))
    with pytest.raises(TimedOut, match=f"The write of {NEW} to the option .* had been accepted"):
        writer.write_and_verify(CURSOR, NEW)


# -- creating and reading back


def test_a_new_option_is_read_back() -> None:
    writer, session = options(collection("option"), nothing(), collection("option", row("a", 3, longValue=5)))
    assert writer.create_and_verify("a", 3, "5", description="d").value == 5
    assert session.calls == READ_WRITE_READ
    assert session.sent[1].document.get("_operation") == "insert"


def test_an_option_that_exists_is_not_created() -> None:
    writer, session = options(collection("option", row("a", 3)))
    with pytest.raises(ConflictError, match="'a' exists already"):
        writer.create_and_verify("a", 3, 5)
    assert session.calls == ["ExecuteQuery"]


def test_a_new_option_that_is_not_there_afterwards_was_not_written() -> None:
    writer, _unused = options(collection("option"), nothing(), collection("option"))
    with pytest.raises(NotWritten, match="nothing, because it is not there"):
        writer.create_and_verify("a", 3, 5)


def test_after_a_lost_answer_a_new_option_is_looked_for() -> None:
    there = collection("option", row("a", 3, longValue=5))
    writer, _unused = options(collection("option"), lost(), there)
    assert writer.create_and_verify("a", 3, 5).value == 5

    writer, _unused = options(collection("option"), lost(), collection("option"))
    with pytest.raises(TimedOut, match="'a' is still not there: nothing was written"):
        writer.create_and_verify("a", 3, 5)

    writer, _unused = options(collection("option"), lost(), collection("option", row("a", 3, longValue=6)))
    with pytest.raises(ConflictError, match="holds 6"):
        writer.create_and_verify("a", 3, 5)


def test_a_creation_that_never_left_passes_as_it_is() -> None:
    writer, session = options(collection("option"), lost("no"))
    with pytest.raises(TimedOut):
        writer.create_and_verify("a", 3, 5)
    assert session.calls == ["ExecuteQuery", "Write"]


def test_the_columns_are_only_those_that_have_a_source() -> None:
    assert set(COLUMNS) <= {
        "@id",
        "@name",
        "@dataType",
        "@stringValue",
        "@longValue",
        "@doubleValue",
        "@timeStampValue",
        "@description",
    }
