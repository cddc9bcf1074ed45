# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""How a snapshot becomes a fleet of the simulator: the facts as they are, and assumptions where they are silent. Pure.

No address, no login and no password of the real fleet gets into it: the simulator makes its own.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ...module_utils._core.xtk import parse_datetime
from ...module_utils._diagnosis.attempts import Mark
from ...module_utils._resources.workflow_states import WorkflowState
from .assumptions import Assumptions
from .facts import MOVED, USUAL_LIMIT, is_marketing, limit, mid_of, period, refused, renamed, timeout_text, unproven
from .mids import serving
from .texts import text_of

Data = dict[str, t.Any]

#: Who logs on in a rehearsal: we, and the workflows at their mids.
USER, WORKFLOW_USER = "rehearsal", "workflow"
_TYPES = {
    1: "byte", 2: "short", 3: "long", 4: "float", 5: "double", 6: "string", 7: "datetime", 10: "date", 12: "memo",
    13: "cdata", 14: "timespan", 15: "boolean",
}  # fmt: skip
_TEXTS = frozenset({"string", "memo", "cdata"})
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Copy:
    """The fleet of a rehearsal.

    :param fleet: the simulator's fleet file. It begins when the reading began: what happens then, up to its end,
        happens in the copy too.
    :param seconds: from the beginning of the reading to its end.
    :param mids: by the name that a host's account gives its mid (``mid`` or ``server`` in the snapshot), the simulated
        instance, for those that a diagnosis can ask.
    """

    fleet: Data
    seconds: float
    mids: Mapping[str, str]


# Complex: which of the instances are copied.
def fleet_of(
    data: Data,
    password: str,
    *,
    cursor_maps: Mapping[str, Mapping[str, str]] | None = None,
    assume: Assumptions | None = None,
    overdue: Collection[str] = (),
    only: Collection[str] | None = None,
) -> Copy:
    """The fleet of a rehearsal.

    :param data: the document of a snapshot.
    :param password: for all logons of the simulated fleet.
    :param cursor_maps: by host, option -> account, as for the diagnosis.
    :param overdue: the hosts whose workflow server does nothing, as the facts show.
    :param only: the marketing instances to be copied, with their mids; None for all.
    """
    assume = assume or Assumptions()
    began = parse_datetime(data["began"])
    rows = {name: row for name, row in data["instances"].items() if _is_there(row)}
    named = {one["mid"] for row in rows.values() for one in (row.get("accounts") or {}).values() if one["mid"]}
    marketing = [name for name in rows if name not in named and is_marketing(rows[name])]
    chosen = [name for name in marketing if only is None or name in only]
    customers = _customers({name: rows[name] for name in marketing})
    instances: Data = {}
    for name in chosen:
        working = assume.takes_orders and name not in overdue
        cursor_map = (cursor_maps or {}).get(name) or (renamed(rows[name]) if assume.renamed else {})
        instances[name] = _marketing(rows[name], password, cursor_map, working=working, logs_on=assume.logs_on)
    used = [mid for mid, owners in customers.items() if set(owners) & set(chosen)]
    others = [name for name in rows if name not in marketing and (only is None or name in used)]
    for name in dict.fromkeys([*used, *others]):
        users = {owner: rows[owner] for owner in customers.get(name, ()) if owner in chosen}
        share = len(customers.get(name, ())) or 1
        served = serving(rows.get(name), users, name, share, assume, began)
        instances[_safe(name)] = _mid(rows.get(name), password, served)
    for instance in instances.values():
        instance["switches"] = {**instance.get("switches", {}), **assume.switches}
    asked = {name: _safe(name) for name in used if _can_be_asked(rows.get(name))}
    fleet = {"start": began.isoformat(), "seed": 1, "instances": instances}
    seconds = (parse_datetime(data["taken"]) - began).total_seconds()
    return Copy(fleet, max(0.0, seconds), asked)


def _is_there(row: Data) -> bool:
    """Whether something of it can be copied: that it is down, or refuses us, is a fact too."""
    return "unread" not in row or row["unread"].get("verdict") in ("unreachable", "denied")


def _can_be_asked(row: Data | None) -> bool:
    return row is not None and (row.get("unread") or {}).get("verdict") != "denied"


def _customers(rows: Mapping[str, Data]) -> dict[str, list[str]]:
    """By mid, as accounts name it, the instances with an active account for it."""
    found: dict[str, list[str]] = {}
    for name, row in rows.items():
        for account in (row.get("accounts") or {}).values():
            mid = mid_of(account)
            if mid and name not in found.setdefault(mid, []):
                found[mid].append(name)
    return found


def _safe(name: str) -> str:
    """A name that a simulated instance may have."""
    plain = _NO_NAME.sub("-", name).strip("-") or "unnamed"
    return plain if plain == name else f"elsewhere-{plain}"


# Complex: one line for each key of the instance.
def _marketing(row: Data, password: str, cursor_map: Mapping[str, str], *, working: bool, logs_on: bool) -> Data:
    if "unread" in row:
        return _silent(row, "marketing", password)
    rejected = refused(row) | (set() if logs_on else unproven(row))
    copy = {
        "role": "marketing",
        "release": row.get("release") or "7.4.3",
        "build": int(row["build"]) if str(row.get("build") or "").isdigit() else 9396,
        "skew": row["skew_seconds"],
        "operators": [_operator(USER, password, row.get("rights"))],
        "accounts": [
            _account(name, one, row, cursor_map, f"{password}-refused" if name in rejected else password)
            for name, one in row["accounts"].items()
        ],
        "options": {
            name: _option(one) for name, one in row["options"].items() if any(kind.covers(name) for kind in MOVED)
        },
        "workflows": {
            kind.workflow: _workflow(row["workflows"][kind.workflow])
            for kind in MOVED
            if kind.workflow in row["workflows"]
        },
        "switches": {"timeout_text": timeout_text(row)},
    }
    return copy if working else {**copy, "wfserver": "down"}


def _mid(row: Data | None, password: str, served: Data) -> Data:
    """:param served: what it serves; see ``mids.py``."""
    if row is not None and "unread" in row and row["unread"]["verdict"] == "unreachable":
        return _silent(row, "mid", password)
    ours = [_operator(USER, password, ["admin"])] if _can_be_asked(row) else []
    return {"role": "mid", "operators": [*ours, _operator(WORKFLOW_USER, password, ["admin"])], **served}


def _silent(row: Data, role: str, password: str) -> Data:
    """An instance that does not answer, or that refuses us."""
    if row["unread"]["verdict"] == "unreachable":
        return {"role": role, "down": True, "operators": [_operator(USER, password, ["admin"])]}
    return {"role": role, "operators": [_operator(WORKFLOW_USER, password, ["admin"])]}


def _operator(login: str, password: str, rights: Sequence[str] | None) -> Data:
    """Without a logon that says so, nobody knows the rights: then it has all."""
    return {"login": login, "password": password, "rights": list(["admin"] if rights is None else rights)}


def _account(name: str, account: Data, row: Data, cursor_map: Mapping[str, str], password: str) -> Data:
    mid = mid_of(account)
    copy = {"name": name, "active": account["active"], "login": WORKFLOW_USER, "password": password}
    mapped = [option for option, wanted in cursor_map.items() if wanted == name and option in row["options"]]
    suffixes = [kind.suffix(option) for kind in MOVED for option in mapped if kind.covers(option)]
    return {**copy, **({"mid": _safe(mid)} if mid else {}), **({"suffix": suffixes[0]} if suffixes else {})}


def _option(option: Data) -> Data:
    kind = _TYPES.get(option["type"], "string")
    value = option["value"]
    if kind in _TEXTS:
        value = value or ("?" if option.get("unreadable") else "")
    elif kind not in ("datetime", "date"):
        value = 0
    mark = option.get("mark")
    described = (
        "" if mark is None else Mark(mark["was"], mark["to"], mark["run_id"], mark["found_stopped"]).added_to("")
    )
    return {"type": kind, "value": value, "description": described}


def _workflow(row: Data) -> Data:
    journal = row.get("journal") or []
    return {
        "every": period(row),
        "on_error": "ignore" if _ignores(row) else "stop",
        # It failed at its limit, if it has gone on after errors until then.
        "error_limit": row["errors"] if row["failed"] and row["errors"] > 1 else 0,
        "timeout": limit(row) or USUAL_LIMIT,
        "found": {
            "state": row["state"],
            "failed": row["failed"],
            "running": row["running"],
            "errors": row["errors"],
            **{name: row[name] for name in ("processed", "started", "due") if row.get(name)},
        },
        "journal": [_line(entry) for entry in journal],
    }


def _ignores(row: Data) -> bool:
    """Whether it goes on after an error: it is started, and its newest lines tell of failures; or it has failed with
    more than one."""
    if row["failed"]:
        return bool(row["errors"] > 1)
    whats = [entry["what"] for entry in row.get("journal") or () if entry["what"] != "other"]
    return row["state"] == WorkflowState.STARTED and whats[-1:] == ["failed"]


def _line(entry: Data) -> Data:
    if entry["what"] == "failed":
        text = text_of(entry["cause"], entry["class"], entry["accounts"])
        return {"at": entry["at"], "type": "error", "error": text}
    if entry["what"] == "moved":
        return {
            "at": entry["at"],
            "message": f"AuditTrail: Option '{entry['option']}' with id '0' modified by 'workflow'",
        }
    return {"at": entry["at"], "type": "status"}
