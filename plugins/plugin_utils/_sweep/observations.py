# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The observations of a sweep, and what follows from all of them: roles, links from marketing instances to mids,
groups.

Pure. An observation is plain data for JSON, so that it can be cached. It contains what a person needs to choose hosts,
and not what a plan would need: a plan is only ever made from a fresh diagnosis.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ...module_utils._client.logon import router_url
from ...module_utils._core.errors import CampaignError, shorten
from ...module_utils._diagnosis.catalogue import CATALOGUE
from ...module_utils._diagnosis.model import SILENT, verdict_of_failure
from ...module_utils._http.address import canonical

Observation = dict[str, t.Any]

MARKETING, MID, UNKNOWN = "marketing", "mid", "unknown"
ROLES = (MARKETING, MID)

#: The group of all instances; the others begin with it.
ALL = "campaign"
#: The form of ``observed_at``.
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
#: The longest text of a server that becomes a host variable.
_TEXT_LIMIT = 1000
#: The longest part of a group's name that comes from a server.
_NAME_LIMIT = 60
_NOT_NAME = re.compile(r"[^A-Za-z0-9]+")

#: The workflows of a marketing instance for which the cure is made.
_COUNTERS = frozenset(kind.workflow for kind in CATALOGUE if kind.cure == "move")


def observation(result: Mapping[str, t.Any], now: datetime) -> Observation:
    """The kept part of a diagnosis.

    :param result: what ``sync_cursor_info`` returned, or its failure (``failed`` and ``msg``).
    :param now: the controller's time, in UTC.
    """
    failed = bool(result.get("failed"))
    error = result.get("error") or {}
    return {
        "verdict": verdict_of_failure(result).value if failed else str(result["verdict"]),
        "reason": _text(result.get("msg") if failed else result["reason"]),
        "proposal": _text(error.get("next_step") if failed else result["proposal"]),
        "cursors": [_cursor(cursor) for cursor in result.get("cursors", ()) if cursor.get("option")],
        "marketing": any(map(_is_counter, result.get("cursors", ()))),
        "servers": sorted(
            {_text(account["server"]) for account in result.get("accounts", ()) if account["active"]} - {""}
        ),
        "version": _text(result.get("release")),
        "build": _text(result.get("build")),
        "server_time": _text(result.get("server_time")),
        "skew_seconds": result.get("skew_seconds"),
        "observed_at": now.strftime(_STAMP),
    }


def _is_counter(cursor: Mapping[str, t.Any]) -> bool:
    """Whether only a marketing instance has this cursor."""
    return cursor.get("workflow") in _COUNTERS and cursor["verdict"] != "not_applicable"


def is_observation(data: t.Any) -> bool:
    """Whether plain data, such as a cache's, has the form of an observation."""
    empty = observation({"failed": True}, datetime.min)
    kinds = {key: type(value) for key, value in empty.items() if value is not None}
    return isinstance(data, Mapping) and all(isinstance(data.get(key), kind) for key, kind in kinds.items())


def _text(value: t.Any) -> str:
    return shorten(str(value or ""), _TEXT_LIMIT)


def _cursor(cursor: Mapping[str, t.Any]) -> dict[str, t.Any]:
    kept = {name: _text(cursor.get(name)) for name in ("option", "account", "workflow", "verdict", "reason", "value")}
    return {**kept, "age_seconds": (cursor.get("evidence") or {}).get("age_seconds")}


def age_seconds(seen: Observation, now: datetime) -> int:
    """How old an observation is, in whole seconds."""
    then = datetime.strptime(seen["observed_at"], _STAMP).replace(tzinfo=now.tzinfo)
    return max(0, int((now - then).total_seconds()))


def address_of(url: str) -> str:
    """A URL in the form in which two URLs are compared; see :func:`canonical`.

    The scheme is removed: an account may name a mid by http inside a network that others reach by https on that port.

    :raises ValidationError: it is not the URL of an instance.
    """
    router_url(url if "://" in url else f"http://{url}")
    return canonical(url)


class ObservedFleet:
    """All observations together, with the links between them.

    :param seen: observation by the name of the host.
    :param addresses: by name, the URLs by which it is known, its own first.
    :param declared: by name, the role in the inventory.
    """

    def __init__(
        self,
        seen: Mapping[str, Observation],
        addresses: Mapping[str, Sequence[str]],
        declared: Mapping[str, str],
    ) -> None:
        self._seen = seen
        self._declared = declared
        owners = {address_of(url): name for name, urls in addresses.items() for url in urls}
        self.mids: dict[str, list[str]] = {}
        self.used_by: dict[str, list[str]] = {}
        self.elsewhere: dict[str, list[str]] = {}
        for name, one in seen.items():
            known = {owners[key] for server in one["servers"] if (key := _address(server)) in owners} - {name}
            self.mids[name] = sorted(known)
            self.elsewhere[name] = [server for server in one["servers"] if _address(server) not in owners]
            for mid in known:
                self.used_by.setdefault(mid, []).append(name)

    def role(self, name: str) -> str:
        """The role in the inventory; else as observed: a counters workflow or its cursor, or a link to it as a mid."""
        if self._declared.get(name):
            return self._declared[name]
        if self._seen[name]["marketing"]:
            return MARKETING
        return MID if name in self.used_by else UNKNOWN

    def variables(self, name: str, now: datetime, cached: bool) -> dict[str, t.Any]:
        """The host variables with the observation. None of them may be trusted as a template."""
        one = self._seen[name]
        return {
            "campaign_verdict": one["verdict"],
            "campaign_reason": one["reason"],
            "campaign_proposal": one["proposal"],
            "campaign_role": self.role(name),
            "campaign_version": one["version"],
            "campaign_build": one["build"],
            "campaign_cursors": one["cursors"],
            "campaign_mids": self.mids[name],
            "campaign_used_by": sorted(self.used_by.get(name, ())),
            "campaign_other_servers": self.elsewhere[name],
            "campaign_server_time": one["server_time"],
            "campaign_skew_seconds": one["skew_seconds"],
            "campaign_observed_at": one["observed_at"],
            "campaign_observed_age_seconds": age_seconds(one, now),
            "campaign_cached": cached,
        }

    def groups(self, name: str) -> list[str]:
        """The groups below ``campaign`` to which a host belongs."""
        role = self.role(name)
        found = [f"{ALL}_{role if role in ROLES else 'role_unknown'}", f"{ALL}_verdict_{self._seen[name]['verdict']}"]
        if name in self.used_by and role != MID:
            found.append(f"{ALL}_{MID}")
        if self._seen[name]["version"]:
            found.append(f"{ALL}_version_{group_part(self._seen[name]['version'])}")
        found += [f"{ALL}_uses_{group_part(mid)}" for mid in self.mids[name]]
        return found


def group_part(text: str) -> str:
    """A text as part of a group's name: letters, digits and underscores, whatever a server sends."""
    return _NOT_NAME.sub("_", text)[:_NAME_LIMIT].strip("_") or "unnamed"


def _address(server: str) -> str:
    """The address of a mid as an account has it; '' for a text that is no URL, which belongs to nobody."""
    try:
        return address_of(server)
    except CampaignError:
        return ""


def unread(seen: Mapping[str, Observation]) -> list[str]:
    """The names of the instances that could not be read, in order."""
    return [name for name, one in seen.items() if one["verdict"] in SILENT]


def first_of(names: Iterable[str], most: int = 3) -> str:
    """Names for a sentence: the first few, and the number of the others."""
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
