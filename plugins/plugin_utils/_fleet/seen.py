# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The rows of ``fleet_info``: the kept part of each host's diagnosis, and how a row replaces what a host registers.

Pure. A healthy host has a short row, since a fleet has a thousand of them. A host to be cured has its whole diagnosis,
for the gate and the cure.
"""

from __future__ import annotations

import typing as t
from collections import ChainMap, Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from ...module_utils._core.errors import CampaignError
from .._variables.facts import facts_of
from .outcome import NOTHING_TO_DO
from .rows import DIAGNOSIS, verdict_of

Data = dict[str, t.Any]
HostData = Mapping[str, t.Any]

#: The fields of every row, if the diagnosis has them.
_ALWAYS = (
    *("verdict", "reason", "proposal", "url", "server_time", "skew_seconds"),
    *("plans", "unplanned", "error", "mids_not_asked"),
)
#: The fields of a cursor that stay in the row of a healthy host, and of any other.
_SHORT = ("option", "verdict")
_LONGER = (*_SHORT, "account", "workflow", "reason", "proposal", "value")
#: The fields of a sibling, and of the instance, that a report wants.
_SIBLING = (*_SHORT, "label", "workflow", "reason", "proposal", "value")
_INSTANCE = ("release", "build")


def row_of(result: HostData, *, values: bool = False) -> Data:
    """The kept part of a result of ``sync_cursor_info``, or of its failure (``failed`` and ``msg``).

    :param values: keep where the cursors of a healthy host stand, too, and the siblings of every host: for a report.
    """
    if result.get("failed"):
        return failed_row(str(result.get("msg") or ""), result)
    row = {**_row_of_diagnosis(result), **(_values(result) if values else {})}
    servers = row.get("mids_not_asked") or servers_not_asked(result)
    return {**row, "mids_not_asked": servers} if servers else row


def _row_of_diagnosis(result: HostData) -> Data:
    if result.get("plans") or result.get("unplanned"):
        return _kept(result, result.keys() - {"siblings", "changed", "warnings"})
    names = _SHORT if result["verdict"] in NOTHING_TO_DO else _LONGER
    return {**_kept(result, _ALWAYS), "cursors": [_kept(one, names) for one in result.get("cursors") or ()]}


def _values(result: HostData) -> Data:
    """What a report wants of a host beside its row. A host with a plan has its cursors in full already."""
    found = {**_kept(result, _INSTANCE), "siblings": [_kept(one, _SIBLING) for one in result.get("siblings") or ()]}
    if result.get("plans") or result.get("unplanned"):
        return found
    return {**found, "cursors": [_kept(one, _LONGER) for one in result.get("cursors") or ()]}


def servers_not_asked(result: Mapping[str, t.Any]) -> list[str]:
    """The URLs of the mids that a diagnosis would have asked, had it known how."""
    found = []
    for cursor in result.get("cursors") or ():
        evidence = cursor.get("evidence") or {}
        if (evidence.get("mid") or {}).get("state") == "not_asked":
            found.append(str((evidence.get("account") or {}).get("server") or ""))
    return list(dict.fromkeys(server for server in found if server))


def _kept(data: HostData, names: Collection[str]) -> Data:
    """The entries of these names, in their own order."""
    return {name: value for name, value in data.items() if name in names}


def failed_row(message: str, result: HostData | None = None) -> Data:
    """The row of a host whose settings do not allow it to be asked, or whose task would have failed."""
    error = (result or {}).get("error")
    row = {"failed": True, "msg": message, **({"error": error} if error else {})}
    return {"verdict": verdict_of(row), "reason": message, "proposal": "", **row}


def row_of_error(error: CampaignError) -> Data:
    """The row of a host whose options cannot be read."""
    return row_of({"failed": True, **error.to_result()})


def summary(hosts: Sequence[str], rows: Mapping[str, HostData], elsewhere: Sequence[str]) -> Data:
    """What ``fleet_info`` returns of these rows.

    :param hosts: all that were named.
    :param elsewhere: the hosts among them that another machine must ask, and that have no row.
    """
    return {
        "hosts": list(hosts),
        "rows": dict(rows),
        "counts": dict(sorted(Counter(row["verdict"] for row in rows.values()).items())),
        "unhealthy": [host for host, row in rows.items() if row["verdict"] not in NOTHING_TO_DO or row.get("failed")],
        "stuck": [host for host, row in rows.items() if row.get("plans")],
        "failing": [host for host, row in rows.items() if row.get("failed")],
        "elsewhere": list(elsewhere),
    }


def updated(fleet: HostData, again: HostData) -> Data:
    """What ``fleet_info`` returned, with the rows of some hosts that were asked again.

    :param again: what it returned of these hosts.
    """
    rows = {**fleet["rows"], **(again.get("rows") or {})}
    return {**fleet, **summary(fleet["hosts"], {host: rows[host] for host in fleet["rows"]}, fleet["elsewhere"])}


class Seen(Mapping[str, HostData]):
    """Ansible's hostvars, in which the row's diagnosis replaces a missing one of the host.

    :param fleet: what ``fleet_info`` returned; empty if each host diagnosed itself.
    """

    def __init__(self, hostvars: Mapping[str, HostData], fleet: HostData | None) -> None:
        self._hostvars = hostvars
        self._rows: Mapping[str, HostData] = (fleet or {}).get("rows") or {}
        self._facts = facts_of(hostvars)

    def __getitem__(self, host: str) -> HostData:
        row = self._rows.get(host)
        if row is None:
            return self._hostvars[host]
        if row["verdict"] in NOTHING_TO_DO and self._facts is not None and DIAGNOSIS not in self._facts.get(host, ()):
            return {DIAGNOSIS: row}
        # Not get(): for an unknown host Ansible's hostvars returns an undefined value, and raises no KeyError.
        own: HostData = self._hostvars[host] if host in self._hostvars else {}  # noqa: SIM401
        # A later diagnosis is the host's own.
        return own if DIAGNOSIS in own else ChainMap({DIAGNOSIS: row}, t.cast("dict[str, t.Any]", own))

    def __contains__(self, host: object) -> bool:
        return host in self._rows or host in self._hostvars

    def __iter__(self) -> Iterator[str]:
        yield from self._hostvars
        yield from (host for host in self._rows if host not in self._hostvars)

    def __len__(self) -> int:
        return sum(1 for _host in self)
