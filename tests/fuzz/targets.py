# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What reads texts and data that servers and people have written, with inputs for it that are nearly right.

A target may refuse an input with an error for the operator. Anything else that it raises is a defect, and
so is an answer that its own check denies.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import string
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.module_utils._change_window.calendar import (
    judge_window,
    read_calendar,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import CampaignError
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import (
    XtkType,
    decode,
    encode,
    literal,
    same_value,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import Plan, fleet_digest
from ansible_collections.campaign.classic.plugins.module_utils._soap.conditions import condition
from ansible_collections.campaign.classic.plugins.module_utils._soap.envelope import Reply, read_reply
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.attempts import (
    open_attempts,
    rollback_targets,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import FORMAT, MANIFEST, read_evidence
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.restore import old_value_line, read_restore
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.plan import FORMAT as PLAN_FORMAT
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.plan import read_plan_file
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.instances import read_instances
from simulator.database.expression import parse

#: The errors by which an input is refused: both are shown as one sentence.
REFUSALS = (CampaignError, AnsibleError)
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """One reader.

    :param inputs: what it is given.
    :param read: reads one input, and raises AssertionError for an answer that cannot be right.
    :param files: the files that it is to cover, below ``plugins/``.
    """

    inputs: st.SearchStrategy[Any]
    read: Callable[[Any], None]
    files: Sequence[str]


# -- inputs ------------------------------------------------------------------------------------------------------------


@st.composite
def damaged(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """One of these documents after a few cuts, copies and insertions."""
    data = bytearray(draw(st.sampled_from(list(seeds))))
    for _edit in range(draw(st.integers(0, 6))):
        at, length = draw(st.integers(0, max(0, len(data)))), draw(st.integers(0, 40))
        piece = draw(
            st.one_of(
                st.just(b""),
                st.binary(max_size=8),
                st.just(bytes(data[at : at + length])),
                st.sampled_from([b"<", b"</", b"&amp;", b"&#1;", b"<!DOCTYPE a>", b"\x00", b"]]>", b"<![CDATA[", b'"']),
            )
        )
        data[at : at + (length if draw(st.booleans()) else 0)] = piece
    return bytes(data)


_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.sampled_from([-1, 10**30, "", " "])
)


def near(values: Mapping[str, Sequence[Any]], *needed: str) -> st.SearchStrategy[Any]:
    """A mapping with some of these keys, each with one of its values or with something else; or one that has the needed
    keys, and nothing that is wrong by itself."""
    anything = st.recursive(
        _SCALARS,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
        max_leaves=6,
    )
    known = {
        key: st.one_of(st.sampled_from(list(found)), st.sampled_from(list(found)), anything)
        for key, found in values.items()
    }
    extra = st.dictionaries(st.text(string.ascii_lowercase, max_size=5), anything, max_size=1)
    whole = st.fixed_dictionaries({}, optional=known)
    right = {key: st.sampled_from(list(found)) for key, found in values.items()}
    good = st.fixed_dictionaries(
        {key: right[key] for key in needed},
        optional={key: one for key, one in right.items() if key not in needed},
    )
    return st.one_of(good, good, whole, st.builds(lambda first, more: {**more, **first}, whole, extra), anything)


def _changed(record: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """A document of which one place, at any depth, is missing or another."""
    places = list(_places(record, ()))

    def change(place: tuple[Any, ...], value: Any, gone: bool) -> Any:
        copy = json.loads(json.dumps(record))
        there = copy
        for key in place[:-1]:
            there = there[key]
        if gone:
            del there[place[-1]]
        else:
            there[place[-1]] = value
        return copy

    values = st.one_of(_SCALARS, st.just([]), st.just({}), st.just([None]), st.just({"option": None}))
    return st.one_of(st.just(record), st.builds(change, st.sampled_from(places), values, st.booleans()))


def _places(value: Any, at: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in [(*at, key), *_places(inner, (*at, key))]]


# -- targets -----------------------------------------------------------------------------------------------------------

_BODY = (
    '<?xml version="1.0"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>{}'
    "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
)
_REPLIES = [
    _BODY.format(
        '<LogonResponse xmlns="urn:xtk:session"><pstrSessionToken>___t</pstrSessionToken><pSessionInfo><sessionInfo>'
        '<serverInfo buildNumber="9396" serverDate="2026-11-23 02:00:00.000Z"/></sessionInfo></pSessionInfo>'
        "<pstrSecurityToken>@s</pstrSecurityToken></LogonResponse>"
    ),
    _BODY.format(
        '<ExecuteQueryResponse xmlns="urn:xtk:queryDef"><pdomOutput><option-collection><option name="a" longValue="7"/>'
        "</option-collection></pdomOutput></ExecuteQueryResponse>"
    ),
    _BODY.format(
        "<SOAP-ENV:Fault><faultcode>SOAP-ENV:Server</faultcode><faultstring>XTK-170006 The database</faultstring>"
        "<detail>WDB-200001 \u201cERROR\u201d</detail></SOAP-ENV:Fault>"
    ),
    "XSV-350008 Session has expired or is invalid. Please reconnect.",
    "<!DOCTYPE html><html><body>Sign in &amp; go on</body></html>",
]


def _envelope(given: tuple[bytes, int, str, tuple[str, str]]) -> None:
    body, status, kind, (service, method) = given
    for output in read_reply(Reply(status, kind, body), service, method, notes=[]):
        assert isinstance(output.text, str)


def _xtk(given: tuple[int, Any]) -> None:
    kind, value = given
    text = encode(kind, value)
    assert same_value(kind, decode(kind, text), value)
    assert encode(kind, decode(kind, text)) == text


def _literal(given: Any) -> None:
    # A text that breaks out of its literal would be a second expression, or none.
    parse(f"@name = {literal(given)} and @id = 1")


def _conditions(given: Any) -> None:
    found = condition(given)
    if found and not any("expression" in str(one) for one in given):
        parse(found)


def _inventory(given: tuple[Any, Any]) -> None:
    own, listed = given
    found = read_instances(
        own if isinstance(own, list) else [own], "fleet.yml", [Path("more.yml")], lambda _path: listed
    )
    names = [one.name.lower() for one in found]
    assert len(set(names)) == len(names)


def _windows(given: tuple[Any, Any, Any, float]) -> None:
    windows, blackouts, zone, needs = given
    state = judge_window(read_calendar(windows, blackouts, zone), NOW, needs)
    assert state.open is (state.state == "open") and state.reason
    assert not state.open or state.closes is None or (state.closes - NOW).total_seconds() >= needs


def _plan(given: Any) -> None:
    plans = read_plan_file(given)
    assert [plan.to_dict() for plan in plans] == [Plan.from_dict(plan.to_dict()).to_dict() for plan in plans]


def _evidence(given: Any) -> None:
    """A record of which the manifest says that it is as it was written."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o700)
        content = json.dumps(given).encode()
        (folder / "mkt.json").write_bytes(content)
        (folder / MANIFEST).write_text(f"{hashlib.sha256(content).hexdigest()}  mkt.json\n", encoding="ascii")
        for file in folder.iterdir():
            file.chmod(0o600)
        record = read_evidence(folder / "mkt.json")
    with contextlib.suppress(*REFUSALS):
        open_attempts(record)
    rollback_targets(record)


def _restore(given: str) -> None:
    for target in read_restore(given):
        line = old_value_line(target["host"], target["option"], str(target["value"]))
        assert read_restore(line) == [target]


_OLD = "2020-03-01 10:00:00.000Z"
_CURSOR = "NmsMidSourcing_LastDelivery_mid"
_PLAN = Plan(
    instance="mkt",
    workflow="defaultMidSourcingDlv",
    option=_CURSOR,
    account="mid",
    old_value=_OLD,
    strategy="lookback",
    lookback_seconds=86400,
)
_RECORD: Mapping[str, Any] = {
    "format": FORMAT,
    "kind": "cure",
    "instance": "mkt",
    "run_id": "r1",
    "started": "2026-11-23T02:00:00Z",
    "intent": {"workflow": "defaultMidSourcingDlv", "plans": [_PLAN.to_dict()]},
    "cursors": [{"option": _CURSOR, "old_value": _OLD, "written": "2026-11-22 02:00:00.000Z"}],
    "result": {"outcome": "cured", "moves": [{"option": _CURSOR, "outcome": "cured"}], "steps": [], "calls": {}},
    "by": {"user": "ops"},
    "earlier": [],
}
_RULES = [
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=SU",
    "FREQ=MONTHLY;BYDAY=1MO",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=DAILY;COUNT=3",
    "FREQ=DAILY;UNTIL=20261231T000000Z",
    "FREQ=HOURLY;BYMINUTE=7",
    "FREQ=SECONDLY",
]
_ZONES = {"timezone": ["Europe/Paris", "UTC", "Europe/Paris", "Nowhere/City"], "name": ["night", "week"]}
_WINDOW = st.one_of(
    near(
        {"rrule": _RULES, "duration": ["2h", "30m", 3600], "start": ["2026-01-01 22:00", "22:00"], **_ZONES},
        *("rrule", "duration", "start"),
    ),
    near(
        {
            "from": ["2026-11-22 22:00", "2026-11-22T22:00:00Z"],
            "to": ["2026-11-23 04:00", "2027-01-01 00:00"],
            **_ZONES,
        },
        *("from", "to"),
    ),
)
_ENTRY = near(
    {
        "name": [*(f"mkt-{n}" for n in range(30)), "MKT-1", "all", "localhost"],
        "url": [*(f"https://{n}.example" for n in range(30)), "http://b.example:8080", "ftp://x"],
        "role": ["marketing", "mid", "mid", "other"],
        "servers": [["https://c.example"], []],
        "vars": [{}, {"colour": "red"}, {"campaign_password": "x"}],
        "user": ["ops"],
        "timeout": [30, "30"],
    },
    *("name", "url"),
)
_OPERATORS: Mapping[str, Sequence[Any]] = {
    "equals": ["x", 7, True],
    "contains": ["a%_'\\"],
    "one_of": [[1, 2], ["a"], []],
    "at_least": ["2026-01-01T00:00:00Z", 7],
    "is_null": [True],
}
_WHERE = st.one_of(
    *(
        near(
            {"field": ["@name", "@id", "[@workflow-id]"], name: values, "type": ["datetime", "text", "long"]},
            "field",
            name,
        )
        for name, values in _OPERATORS.items()
    ),
    near({"any_of": [[{"field": "@a", "equals": 1}], []]}, "any_of"),
)
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=60)

TARGETS: Mapping[str, Target] = {
    "envelope": Target(
        st.tuples(
            damaged([reply.encode() for reply in _REPLIES]),
            st.sampled_from([200, 403, 500, 502, 302]),
            st.sampled_from(["text/xml", "text/html; charset=latin-1", "", "application/json"]),
            st.sampled_from([("xtk:session", "Logon"), ("xtk:queryDef", "ExecuteQuery")]),
        ),
        _envelope,
        ["module_utils/_soap/envelope.py", "module_utils/_soap/faults.py", "module_utils/_soap/repair.py"],
    ),
    "xtk": Target(
        st.tuples(
            st.sampled_from([int(kind) for kind in XtkType]),
            st.one_of(
                _SCALARS, _TEXTS, st.datetimes(timezones=st.just(UTC)), st.dates(), st.sampled_from([_OLD, "1", "yes"])
            ),
        ),
        _xtk,
        ["module_utils/_core/xtk.py"],
    ),
    "literal": Target(
        # Larger numbers are more than the simulator's expressions hold.
        st.one_of(_TEXTS, st.integers(-(2**62), 2**62), st.floats(-1e15, 1e15), st.booleans()),
        _literal,
        ["module_utils/_core/xtk.py"],
    ),
    "conditions": Target(st.lists(_WHERE, max_size=3), _conditions, ["module_utils/_soap/conditions.py"]),
    "inventory": Target(
        st.tuples(st.lists(_ENTRY, max_size=4), st.one_of(st.lists(_ENTRY, max_size=2), _ENTRY)),
        _inventory,
        ["plugin_utils/_sweep/instances.py"],
    ),
    "windows": Target(
        st.tuples(
            st.one_of(st.lists(_WINDOW, max_size=2), _WINDOW),
            st.lists(_WINDOW, max_size=1),
            st.sampled_from(["UTC", "Europe/Paris", 7]),
            st.sampled_from([0.0, 60.0, 86400.0]),
        ),
        _windows,
        ["module_utils/_change_window/calendar.py", "module_utils/_change_window/recurrence.py"],
    ),
    "plan": Target(
        _changed(
            {"format": PLAN_FORMAT, "digest": fleet_digest([_PLAN]), "hosts": ["mkt"], "plans": [_PLAN.to_dict()]}
        ),
        _plan,
        ["plugin_utils/_fleet/plan.py", "module_utils/_cure/plan.py"],
    ),
    "evidence": Target(
        _changed(_RECORD), _evidence, ["plugin_utils/_evidence/files.py", "plugin_utils/_evidence/attempts.py"]
    ),
    "restore": Target(
        st.one_of(
            _TEXTS,
            st.builds(
                bytes.decode,
                damaged([f"OLD VALUE mkt,{_CURSOR},{_OLD.replace(' ', 'T')}".encode()]),
                st.just("utf-8"),
                st.just("replace"),
            ),
        ),
        _restore,
        ["plugin_utils/_evidence/restore.py"],
    ),
}
