# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers and people write, by the reader that it is for: right, and each in several ways not quite right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.module_utils._change_window.recurrence import FREQUENCIES
from ansible_collections.campaign.classic.plugins.module_utils._core.text import MARKER
from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import Plan
from ansible_collections.campaign.classic.plugins.module_utils._soap.conditions import OPERATORS, TYPES
from ansible_collections.campaign.classic.plugins.module_utils._soap.envelope import Reply
from ansible_collections.campaign.classic.plugins.module_utils._soap.repair import DEEPEST, LONG
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import FORMAT
from tests.fuzz.inputs import TEXTS, damaged, either, near, rarely

# -- answers of a server -----------------------------------------------------------------------------------------------

_ENVELOPE = (
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>{}'
    "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
)


def _soap(content: str) -> bytes:
    return ('<?xml version="1.0"?>' + _ENVELOPE.format(content)).encode()


def _query(row: str) -> bytes:
    return _soap(
        '<ExecuteQueryResponse xmlns="urn:xtk:queryDef"><pdomOutput><option-collection name="all">'
        f"{row}</option-collection></pdomOutput></ExecuteQueryResponse>"
    )


def _fault(text: str, detail: str = "") -> bytes:
    more = f"<detail>{detail}</detail>" if detail else ""
    return _soap(
        f"<SOAP-ENV:Fault><faultcode>SOAP-ENV:Server</faultcode><faultstring>{text}</faultstring>{more}</SOAP-ENV:Fault>"
    )


_LOGON = _soap(
    '<LogonResponse xmlns="urn:xtk:session"><pstrSessionToken>___t</pstrSessionToken><pSessionInfo><sessionInfo>'
    '<serverInfo buildNumber="9396" serverDate="2026-11-23 02:00:00.000Z"/></sessionInfo></pSessionInfo>'
    "<pstrSecurityToken>@s</pstrSecurityToken></LogonResponse>"
)
#: Answers, each with the method that it is for.
_ANSWERS: Sequence[tuple[str, bytes]] = [
    ("Logon", _LOGON),
    ("Logon", b"\xef\xbb\xbf \n" + _LOGON),
    ("ExecuteQuery", _query('<option name="a" longValue="7"/>')),
    ("ExecuteQuery", _query("")),
    # Characters that XML forbids: as references, as bytes, in CDATA, in more fields than are named one by one.
    ("ExecuteQuery", _query('<option name="a" value="x&#2;y"><value>&#xFFFE;&#x41;&#2;</value></option>')),
    ("ExecuteQuery", _query("<option><![CDATA[&#2;]]>&#2;</option>")),
    ("ExecuteQuery", _query("\x01")),
    ("ExecuteQuery", _query('<o v="\x02"/>' * 25)),
    ("ExecuteQuery", _soap("<e>\x01</e>").replace(b'"1.0"', b'"1.0" encoding="iso-8859-1"')),
    ("Write", _soap("<WriteResponse><entity><a/></entity><b>1</b></WriteResponse>")),
    ("Write", _soap("<WriteResponse/>")),
    ("Write", _soap("")),
    ("Write", b"<a><Body/></a>"),
    ("Write", b""),
    ("Write", b"<!DOCTYPE a>" + _ENVELOPE.format("").encode()),
    ("Write", b"<!DOCTYPE html><html><style>x</style><body>Sign in &amp; go on<br/></body></html>"),
    ("Write", b"XSV-350008 Session has expired or is invalid. Please reconnect."),
    ("Write", b"XSV-350012 Invalid login or password"),
    ("Write", b"SOP-330006 The method"),
    ("Write", _fault("XTK-170006 The database", "WDB-200001 \u201cERROR\u201d")),
    ("Write", _fault("XSV-350013 The address")),
    ("Write", _fault("SCR-160012 A script", "XSV-350012 of another")),
    ("Write", _fault("Out of order")),
    ("Write", _fault("")),
]
#: Statuses with headers.
_STATUSES: Sequence[tuple[int, dict[str, str]]] = [
    (302, {"location": "https://u:p@sso.example/nl/jsp/logon.jsp;x?y"}),
    (301, {"location": "http://[nowhere"}),
    (307, {}),
    (403, {"retry-after": "soon"}),
    (429, {"retry-after": "7"}),
    (503, {"retry-after": "Mon, 23 Nov 2026 02:00:10 GMT", "date": "Mon, 23 Nov 2026 02:00:00 GMT"}),
    (503, {"retry-after": "Mon, 23 Nov 2026 02:00:10 GMT", "date": "soon"}),
    *((status, {}) for status in (401, 403, 404, 407, 418, 429, 500, 502, 504)),
]


@lru_cache
def _long(depth: int) -> bytes:
    """An answer with a text that is longer than libxml2 accepts by default, and so deep behind it."""
    return _query(f'<option value="{"x" * (LONG + 1)}">{"<a>" * depth}{"</a>" * depth}</option>')


@st.composite
def replies(draw: st.DrawFn) -> tuple[Reply, str]:
    """An answer, and the method that was called: mostly the one that the answer is for, and with the status 200."""
    method, right = draw(st.sampled_from(_ANSWERS))
    body = draw(either(st.just(right), damaged([right])))
    status, headers = draw(either(*2 * [st.just((200, {}))], st.sampled_from(_STATUSES)))
    kind = draw(
        st.sampled_from(["text/xml", "text/html; charset=latin-1", "text/plain; charset=none", "", "application/json"])
    )
    return Reply(status, kind, body, headers), draw(st.sampled_from([method] * 7 + ["Logon"]))


LONG_REPLIES = st.sampled_from([3, DEEPEST + 20]).map(
    lambda depth: (Reply(200, "text/xml", _long(depth), {}), "ExecuteQuery")
)
REPLIES = rarely(replies(), LONG_REPLIES, 200)

# -- values ------------------------------------------------------------------------------------------------------------

#: Dates and times as text: forms, days and zones that there are, and others.
MOMENTS = st.builds(
    "{}{}{}{}{}{}{}{}".format,
    st.sampled_from(["2026", "2026", "0001", "9999", "26"]),
    st.sampled_from(["-", "-", "/"]),
    st.sampled_from(["11", "11", "02", "13"]),
    st.sampled_from(["-", "-", "/"]),
    st.sampled_from(["23", "01", "29", "31"]),
    st.sampled_from(["", " 00:00:00", " 02:00:00", "T23:59:59", "T23:59", "T24:00:00"]),
    st.sampled_from(["", "", ".000", ".5", ".1234567"]),
    st.sampled_from(["", "Z", "Z", "z", "+02", "+0200", "-02:30", "+99:99"]),
)

# -- conditions --------------------------------------------------------------------------------------------------------

_OPERANDS: Mapping[str, Sequence[Any]] = {
    **dict.fromkeys(OPERATORS, ["x", 7, True, "2026-01-01T00:00:00Z", "$a'\\", ""]),
    "contains": ["a%_'\\", "", 7],
    "one_of": [[1, 2], ["a"], []],
    "is_null": [True, False, "yes"],
}
_FIELDS = ["@name", "@id", "[@workflow-id]", "[folder/@name]", *4 * ["@name"], "@password", "[x/@ password]", "a b"]
_LEAVES = either(
    *(
        near({"field": _FIELDS, name: values, "type": [*TYPES, "colour"]}, "field", name)
        for name, values in _OPERANDS.items()
    ),
    *5 * [st.builds(lambda name, value: {"field": "@a", name: value}, st.sampled_from(OPERATORS), TEXTS)],
)


def _nested(depth: int, name: str) -> dict[str, Any]:
    one: dict[str, Any] = {"field": "@a", "equals": 1}
    for _level in range(depth):
        one = {name: [one]}
    return one


CONDITIONS = st.recursive(
    either(*5 * [_LEAVES], st.builds(_nested, st.integers(15, 24), st.sampled_from(["any_of", "all_of"]))),
    lambda inner: st.builds(
        lambda name, found, more: {name: found, **more},
        st.sampled_from(["any_of", "all_of"]),
        st.one_of(st.lists(inner, max_size=3), st.just("all")),
        st.sampled_from([{}, {}, {}, {"field": "@a"}]),
    ),
    max_leaves=4,
)
#: Expressions of a user: pieces that are balanced, and pieces that are not.
EXPRESSIONS = st.lists(
    either(
        st.sampled_from(
            ["@name", " = ", "'a'", '"(b"', "#2026-01-01#", "(", ")", "[", "]", "'", "\\", "@password", " "]
        ),
        st.text("()[]'\"\\#a ", max_size=4),
        TEXTS,
    ),
    max_size=6,
).map("".join)

# -- instances ---------------------------------------------------------------------------------------------------------

#: Groups that the inventory has.
GROUPS = ("prod",)
_GOOD_ENTRIES = st.fixed_dictionaries(
    {
        "name": st.sampled_from([f"mkt-{n}" for n in range(30)]),
        "url": st.sampled_from([f"https://{n}.example" for n in range(30)]),
    },
    optional={
        "role": st.sampled_from(["marketing", "mid"]),
        "servers": st.sampled_from([[], ["https://c.example"], ["http://d.example:8080"]]),
        "vars": st.sampled_from([{}, {"colour": "red"}, {"campaign_password": "{{ y }}"}]),
    },
)
ENTRIES = either(
    *3 * [_GOOD_ENTRIES],
    near(
        {
            "name": ["mkt-1", "MKT-1", "all", "localhost", *GROUPS],
            "url": ["https://1.example", "ftp://x"],
            "role": ["mid", "other"],
            "servers": [[], "https://c.example"],
            "vars": [{}, {"campaign_password": "x"}, ["red"]],
            "user": ["ops"],
            "timeout": [30, "30"],
        },
        *("name", "url"),
    ),
)

# -- windows -----------------------------------------------------------------------------------------------------------

_EVERY = ",".join(map(str, range(60)))
_PARTS: Mapping[str, Sequence[str]] = {
    "BYDAY": ["SU", "MO,TU", "1MO", "-1FR", "0MO", "XX", "5MO", "MO,TU,WE,TH,FR,SA,SU"],
    "BYMONTH": ["2", "2,6,11", "11", "13", "x"],
    "BYMONTHDAY": ["1", "22,23", "29", "30", "31", "-1", "0", "32"],
    "BYYEARDAY": ["1", "327", "366", "-366", "400"],
    "BYWEEKNO": ["1", "48", "53", "-1", "54"],
    "BYHOUR": ["2", "0,12", "1,2,3", "24", "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23"],
    "BYMINUTE": ["0", "7", "0,15,30,45", "60", _EVERY],
    "BYSETPOS": ["1", "-1", "2", "366", "0"],
    "INTERVAL": ["1", "2", "13", "10000", "0"],
    "COUNT": ["1", "3", "9999", "0"],
    "UNTIL": ["20261231T000000Z", "20261231T000000", "20261331T000000", "20261231", "99991231T000000Z"],
    "WKST": ["SU", "XX"],
    "COLOUR": ["red"],
}
_PART = st.sampled_from([f"{key}={value}" for key, values in _PARTS.items() for value in values])
#: Rules that can be right, with a start or without.
_GOOD_RULES = [
    "FREQ=DAILY;BYHOUR=2",
    "FREQ=WEEKLY;BYDAY=SU,MO;BYHOUR=1,22;BYMINUTE=0,30",
    "FREQ=MONTHLY;BYDAY=1MO;BYHOUR=2",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE;BYSETPOS=-1;BYHOUR=2",
    "FREQ=MONTHLY;BYMONTHDAY=22,-1;BYHOUR=23",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=2",
    "FREQ=YEARLY;BYWEEKNO=53,48;BYDAY=MO;BYHOUR=2",
    "FREQ=YEARLY;BYYEARDAY=327,-1;BYHOUR=2",
    "FREQ=YEARLY;BYDAY=-1SU;BYHOUR=2",
    "FREQ=HOURLY;BYHOUR=1,2",
    "FREQ=DAILY;BYHOUR=2;UNTIL=20261231T000000Z",
    "rrule:freq=hourly",
]
#: Rules that cannot be right.
_OTHER_RULES = [
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=2",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6;BYHOUR=2",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE;BYMONTHDAY=1,2,3;BYSETPOS=3;BYHOUR=2",
    "FREQ=YEARLY;BYDAY=1MO;BYWEEKNO=1;BYHOUR=2",
    "FREQ=DAILY;BYDAY=1MO;BYHOUR=2",
    "FREQ=WEEKLY;BYDAY=XX;BYHOUR=2",
    "FREQ=DAILY;WKST=XX;BYHOUR=2",
    "FREQ=DAILY;BYHOUR=24",
    "FREQ=DAILY;BYWEEKNO=1;BYHOUR=2",
    "FREQ=DAILY;BYHOUR=2;COUNT=3;UNTIL=20261231T000000Z",
    "FREQ=DAILY;BYHOUR=2;UNTIL=20261331T000000",
    "FREQ=DAILY;BYHOUR=2;UNTIL=20261231",
    f"FREQ=HOURLY;BYMINUTE={_EVERY}",
    "FREQ=SECONDLY",
    "",
]
#: Rules that need a start, or are met only with some.
_COUNTED_RULES = [
    "FREQ=HOURLY;INTERVAL=5;BYHOUR=1,2",
    "FREQ=HOURLY;INTERVAL=24;BYHOUR=1,22",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=MONTHLY;INTERVAL=12;BYMONTH=1,2",
    "FREQ=WEEKLY",
    "FREQ=YEARLY",
    "FREQ=MONTHLY",
    "FREQ=DAILY;COUNT=3",
    "FREQ=DAILY;COUNT=9999;INTERVAL=2",
]
_RULES = either(
    *4 * [st.sampled_from(_GOOD_RULES)],
    st.builds(lambda head, parts: ";".join([head, *parts]), st.sampled_from(_GOOD_RULES), st.lists(_PART, max_size=2)),
    st.builds(
        lambda freq, hour, parts: ";".join([f"FREQ={freq}", *hour, *parts]),
        st.sampled_from([*FREQUENCIES, *FREQUENCIES, "SECONDLY"]),
        st.sampled_from([[], ["BYHOUR=2"]]),
        st.lists(_PART, max_size=3),
    ),
    *2 * [st.sampled_from(_OTHER_RULES)],
    *3 * [st.sampled_from(_COUNTED_RULES)],
    TEXTS,
)
_NAMED = {
    "timezone": st.sampled_from(["Europe/Paris", "UTC", "America/Sao_Paulo", "Europe/Paris", "Nowhere/City"]),
    "name": st.sampled_from(["night", "week"]),
}
_STARTS = [
    *("2026-01-01 22:00", "2026-11-22T22:00", "2024-02-29 01:30", "2026-10-25 02:30", "2026-11-16 01:00:30"),
    *("1800-01-01 00:00", "2026-01-01 22:00Z", "22:00", "2026-02-30 02:00", ""),
]
_GOOD_LENGTHS = ["2h", "30m", "23h", "8d"]
_OTHER_LENGTHS = ["366d", "400d", "0m", 3600]
_FROM = ["2026-11-22 22:00", "2026-11-22T22:00:00Z", "2026-11-23 01:00+01:00", "2026-10-25 02:30"]
_TO = ["2026-11-23 04:00-0230", "2026-11-23 04:00", "2027-01-01 00:00", "2026-11-23 02:30Z"]
_MOMENTS = st.sampled_from([*_FROM, *_TO, "2026-13-01 00:00", "22:00", datetime(2026, 11, 22, 22)])
_RECURRING = st.fixed_dictionaries(
    {"rrule": _RULES, "duration": rarely(st.sampled_from(_GOOD_LENGTHS), st.sampled_from(_OTHER_LENGTHS), 6)},
    optional={"start": st.sampled_from(_STARTS), **_NAMED},
)
WINDOWS = either(
    *6 * [_RECURRING],
    st.fixed_dictionaries({"from": st.sampled_from(_FROM), "to": st.sampled_from(_TO)}, optional=_NAMED),
    st.fixed_dictionaries({"from": _MOMENTS, "to": _MOMENTS}, optional=_NAMED),
    near({"from": _FROM, "to": _TO, "rrule": ["FREQ=DAILY"], "duration": ["2h"], "start": _STARTS}),
)

# -- plans and evidence ------------------------------------------------------------------------------------------------

OLD = "2020-03-01 10:00:00.000Z"
CURSOR = "NmsMidSourcing_LastDelivery_mid"
_WORKFLOW = "defaultMidSourcingDlv"
_SAME: Mapping[str, Any] = {"instance": "mkt", "workflow": _WORKFLOW, "option": CURSOR, "account": "mid"}
PLANS: Sequence[Plan] = (
    Plan(**_SAME, old_value=OLD, strategy="lookback", lookback_seconds=86400),
    Plan(**_SAME, old_value=OLD, strategy="explicit", explicit_value="2026-11-01 00:00:00Z", allow_backwards=True),
    Plan(**_SAME, old_value=OLD, strategy="now"),
)
_CURE: Mapping[str, Any] = {
    "format": FORMAT,
    "kind": "cure",
    "instance": "mkt",
    "run_id": "r1",
    "started": "2026-11-23T02:00:00Z",
    "state": "ended",
    "intent": {"workflow": _WORKFLOW, "plans": [PLANS[0].to_dict()]},
    "cursors": [{"option": CURSOR, "old_value": OLD, "written": "2026-11-22 02:00:00.000Z"}],
    "result": {
        "outcome": "cured",
        "moves": [{"option": CURSOR, "outcome": "cured", "written": "2026-11-22 02:00:00.000Z"}],
        "steps": [],
        "calls": {"writes": 2},
    },
    "by": {"user": "ops"},
    "earlier": [],
}
#: The answer to its write was lost.
_LOST: Mapping[str, Any] = {
    **_CURE,
    "result": {
        **_CURE["result"],
        "outcome": "pending",
        "moves": [{"option": CURSOR, "outcome": "pending", "written": "2026-11-22 02:00:00.000Z", "unsure": True}],
    },
}
_UNDONE: Mapping[str, Any] = {**_CURE, "kind": "option", "failed": False}
_FOUND_THERE: Mapping[str, Any] = {**_UNDONE, "result": {"calls": {"writes": 0}}}
#: A cure; one that has written nothing; one that was cut off before its end and whose workflow is not said; one whose
#: name on a disk is that of another host; one whose write may land; a rollback after a cure, one that has failed, and
#: one that found the old value there.
RECORDS: Sequence[Mapping[str, Any]] = (
    _CURE,
    {**_CURE, "result": {"outcome": "refused", "moves": [], "steps": [], "calls": {"writes": 0}}},
    {**_CURE, "state": "begun", "intent": {}, "result": None},
    {**_CURE, "instance": "MKT"},
    _LOST,
    {**_UNDONE, "earlier": [_CURE]},
    {**_UNDONE, "failed": True, "earlier": [_CURE]},
    {**_FOUND_THERE, "earlier": [_LOST]},
    {**_FOUND_THERE, "earlier": [_CURE]},
)
#: What the directory of a record may be like; the first is as it was written.
DIRECTORIES = ("right", "right", "right", "locked", "unlisted", "changed", "cut", "open", "gone")

# -- values to put back ------------------------------------------------------------------------------------------------

_BARE = f"mkt,{CURSOR},{OLD.replace(' ', 'T')}"
_SHOWN = f"{MARKER} {_BARE}"
_LINES = [
    _BARE,
    _BARE.replace(",", " "),
    _SHOWN,
    f'ok: [mkt] => {{"msg": "{_SHOWN}"}}',
    f'ok: [other] => {{"msg": "{_SHOWN}"}}',
    f'["{_SHOWN}", "{_SHOWN.replace("mkt", "two")}"]',
    f'["{_BARE}", 7]',
    "[1, 2",
    f"\x1b[0;32m{_SHOWN}\x1b[0m",
    f"OLD\x1b[0m VALUE {_BARE}",
    f"{_SHOWN}\n{_SHOWN.replace('2020', '2021')}",
    f"TASK [campaign.classic.mid_sourcing : Show] ******\n{_SHOWN}\nmkt : ok=3 changed=0",
    f"{_SHOWN} and more",
    f"2026-11-23 02:00:00 p=7 u=ops n=ansible | {_SHOWN}",
    _BARE.replace(CURSOR, "opsNumber"),
]
#: The lines, and what a shell has cut off from them.
RESTORES = st.tuples(
    either(
        st.sampled_from(_LINES),
        TEXTS,
        st.builds(bytes.decode, damaged([line.encode() for line in _LINES]), st.just("utf-8"), st.just("replace")),
        st.lists(st.sampled_from(_LINES), max_size=2),
        st.none(),
    ),
    st.sampled_from(["", "", "", "more", _SHOWN]),
)
