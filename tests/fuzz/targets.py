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
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
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
from ansible_collections.campaign.classic.plugins.module_utils._soap.conditions import (
    checked_expression,
    condition,
)
from ansible_collections.campaign.classic.plugins.module_utils._soap.envelope import Reply, read_reply
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.attempts import open_attempts
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import MANIFEST, read_evidence
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.restore import old_value_line, read_restore
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.undoing import rollback_targets
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.plan import FORMAT as PLAN_FORMAT
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.plan import read_plan_file
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.instances import read_instances
from simulator.database.expression import parse
from tests.fuzz import corpora
from tests.fuzz.inputs import SCALARS, TEXTS, changed, either, rarely

#: The errors by which an input is refused: both are shown as one sentence.
REFUSALS = (CampaignError, AnsibleError)
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """One reader.

    :param inputs: what it is given.
    :param read: reads one input, and raises AssertionError for an answer that cannot be right.
    :param entries: the functions that it calls. What can be reached from them is what it is to reach.
    :param files: where that is looked for, below ``plugins/``.
    """

    inputs: st.SearchStrategy[Any]
    read: Callable[[Any], None]
    entries: Sequence[Callable[..., Any]]
    files: Sequence[str]


def _envelope(given: tuple[Reply, str]) -> None:
    reply, method = given
    for output in read_reply(reply, "xtk:session", method, notes=None if method == "Logon" else []):
        assert isinstance(output.text, str)


def _xtk(given: tuple[int, Any, Any]) -> None:
    kind, value, other = given
    if isinstance(other, str) and other.strip():
        with contextlib.suppress(*REFUSALS):
            found = decode(kind, other)
            assert same_value(kind, other, found) or found is None or found != found
    assert same_value(kind, value, other) == same_value(kind, other, value)
    text = encode(kind, value)
    assert same_value(kind, decode(kind, text), value)
    assert encode(kind, decode(kind, text)) == text


def _literal(given: Any) -> None:
    # A text that breaks out of its literal would be a second expression, or none.
    parse(f"@name = {literal(given)} and @id = 1")


def _conditions(given: Any) -> None:
    found = condition(given)
    if found:
        parse(found)


#: The texts and dates of an expression.
_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\#[^#]*\#""", re.DOTALL)


def _expression(given: str) -> None:
    """Within brackets, what is accepted cannot end them."""
    left = re.sub(r"[^][()]", "", _QUOTED.sub("", checked_expression(given)))
    while "()" in left or "[]" in left:
        left = left.replace("()", "").replace("[]", "")
    assert not left


def _inventory(given: tuple[Any, Any]) -> None:
    own, listed = given
    found = read_instances(own, "fleet.yml", [Path("more.yml")], lambda _path: listed, corpora.GROUPS)
    names = [one.name.lower() for one in found]
    assert len(set(names)) == len(names)


def _windows(given: tuple[Any, Any, Any, float, datetime]) -> None:
    windows, blackouts, zone, needs, now = given
    state = judge_window(read_calendar(windows, blackouts, zone), now, needs)
    assert state.open is (state.state == "open") and state.reason
    assert not state.open or state.closes is None or (state.closes - now).total_seconds() >= needs


def _plan(given: Any) -> None:
    plans = read_plan_file(given)
    assert [plan.to_dict() for plan in plans] == [Plan.from_dict(plan.to_dict()).to_dict() for plan in plans]


def _evidence(given: tuple[Any, str]) -> None:
    """A record, of which the manifest says mostly that it is as it was written."""
    written, how = given
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content = json.dumps(written).encode()
        files = {"mkt.json": content, MANIFEST: f"{hashlib.sha256(content).hexdigest()}  mkt.json\n".encode()}
        files.update({"changed": {"mkt.json": content + b" "}, "cut": {MANIFEST: b"0123"}}.get(how, {}))
        files.update({".lock": b""} if how == "locked" else {})
        for file, text in files.items():
            if (how, file) not in (("unlisted", MANIFEST), ("gone", "mkt.json")):
                (folder / file).write_bytes(text)
                (folder / file).chmod(0o600)
        folder.chmod(0o777 if how == "open" else 0o700)
        record = read_evidence(folder / "mkt.json")
    assert how in ("right", "locked")
    with contextlib.suppress(*REFUSALS):
        open_attempts(record)
    rollback_targets(record, datetime(2026, 11, 23, 3, tzinfo=UTC))


def _restore(given: tuple[Any, str]) -> None:
    for target in read_restore(*given):
        line = old_value_line(target["host"], target["option"], str(target["value"]))
        assert read_restore(line) == [target]


def _plan_file(*plans: Plan) -> dict[str, Any]:
    shown = [plan.to_dict() for plan in plans]
    return {"format": PLAN_FORMAT, "digest": fleet_digest(plans), "hosts": ["mkt"], "plans": shown}


_VALUES = either(
    SCALARS,
    TEXTS,
    corpora.MOMENTS,
    st.datetimes(timezones=st.sampled_from([UTC, None])),
    st.dates(),
    st.sampled_from(["1", "yes", "0", "1.5", 10**400, timedelta(days=1), datetime.min, datetime.max]),
    st.sampled_from([datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))), date.min, b"1"]),
)

_FITTING: Mapping[XtkType, st.SearchStrategy[Any]] = {
    XtkType.LONG: st.integers(-(2**31), 2**31),
    XtkType.DOUBLE: st.floats(),
    XtkType.STRING: TEXTS,
    XtkType.BOOLEAN: st.booleans(),
    XtkType.DATETIME: st.datetimes(timezones=st.just(UTC)),
    XtkType.DATE: st.dates(),
}

TARGETS: Mapping[str, Target] = {
    "envelope": Target(
        corpora.REPLIES,
        _envelope,
        [read_reply],
        ["module_utils/_soap/envelope.py", "module_utils/_soap/faults.py", "module_utils/_soap/repair.py"],
    ),
    "xtk": Target(
        either(
            st.tuples(st.sampled_from([*(int(kind) for kind in XtkType), 99]), _VALUES, _VALUES),
            st.tuples(st.sampled_from([int(XtkType.DATETIME), int(XtkType.DATE)]), *2 * [corpora.MOMENTS]),
            *(st.tuples(st.just(int(kind)), found, found) for kind, found in _FITTING.items()),
        ),
        _xtk,
        [encode, decode, same_value],
        ["module_utils/_core/xtk.py"],
    ),
    "literal": Target(
        # Larger numbers are more than the simulator's expressions hold.
        either(
            TEXTS,
            st.integers(-(2**62), 2**62),
            st.floats(-1e15, 1e15),
            st.booleans(),
            st.datetimes(timezones=st.sampled_from([UTC, None])),
            st.dates(),
            st.sampled_from([float("nan"), float("inf"), None, b"1", [1]]),
        ),
        _literal,
        [literal],
        ["module_utils/_core/xtk.py"],
    ),
    "conditions": Target(
        rarely(st.lists(corpora.CONDITIONS, max_size=2), st.just("where"), 20),
        _conditions,
        [condition],
        ["module_utils/_soap/conditions.py"],
    ),
    "expression": Target(corpora.EXPRESSIONS, _expression, [checked_expression], ["module_utils/_soap/conditions.py"]),
    "inventory": Target(
        st.tuples(
            st.lists(corpora.ENTRIES, max_size=4),
            either(
                st.lists(corpora.ENTRIES, max_size=2),
                st.builds(lambda found: {"instances": found}, st.lists(corpora.ENTRIES, max_size=2)),
                corpora.ENTRIES,
            ),
        ),
        _inventory,
        [read_instances],
        ["plugin_utils/_sweep/instances.py"],
    ),
    "windows": Target(
        st.tuples(
            rarely(st.lists(corpora.WINDOWS, max_size=2), corpora.WINDOWS, 15),
            either(st.just([]), st.lists(corpora.WINDOWS, max_size=2)),
            rarely(st.sampled_from(["UTC", "Europe/Paris", "Etc/UTC"]), SCALARS, 15),
            st.sampled_from([0.0, 60.0, 7200.0, 86400.0]),
            rarely(st.just(NOW), st.just(NOW.replace(tzinfo=None)), 15),
        ),
        _windows,
        [read_calendar, judge_window],
        [f"module_utils/_change_window/{name}.py" for name in ("calendar", "recurrence", "occurrences")],
    ),
    "plan": Target(
        changed(*map(_plan_file, corpora.PLANS), _plan_file(*corpora.PLANS)),
        _plan,
        [read_plan_file, fleet_digest, Plan.from_dict, Plan.to_dict],
        ["plugin_utils/_fleet/plan.py", "module_utils/_cure/plan.py"],
    ),
    "evidence": Target(
        st.tuples(changed(*corpora.RECORDS), st.sampled_from(corpora.DIRECTORIES)),
        _evidence,
        [read_evidence, open_attempts, rollback_targets],
        [f"plugin_utils/_evidence/{name}.py" for name in ("files", "attempt", "attempts", "undoing")],
    ),
    "restore": Target(
        corpora.RESTORES, _restore, [read_restore, old_value_line], ["plugin_utils/_evidence/restore.py"]
    ),
}
