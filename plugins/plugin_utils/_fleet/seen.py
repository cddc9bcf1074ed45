# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The rows of ``fleet_info``: what is kept of the diagnosis of each host, and how it stands for what a host registers.

Pure. A healthy host has a short row, since a fleet has a thousand of them. One that is to be cured has its whole
diagnosis, for the gate and the cure.
"""

from __future__ import annotations

import typing as t
from collections import ChainMap, Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from ...module_utils._core.errors import CampaignError
from .outcome import WELL
from .rows import DIAGNOSIS, verdict_of

Data = dict[str, t.Any]
HostData = Mapping[str, t.Any]

#: What every row has, where the diagnosis has it.
_ALWAYS = ("verdict", "reason", "proposal", "url", "server_time", "skew_seconds", "plans", "unplanned", "error")
#: What of a cursor stays in the row of a healthy host, and of any other.
_SHORT = ("option", "verdict")
_LONGER = (*_SHORT, "account", "workflow", "reason", "proposal", "value")


def row_of(result: HostData) -> Data:
    """What is kept of the result of ``sync_cursor_info``, or of its failure (``failed`` and ``msg``)."""
    if result.get("failed"):
        return failed_row(str(result.get("msg") or ""), result)
    if result.get("plans") or result.get("unplanned"):
        return _kept(result, result.keys() - {"siblings", "changed", "warnings"})
    names = _SHORT if result["verdict"] in WELL else _LONGER
    return {**_kept(result, _ALWAYS), "cursors": [_kept(one, names) for one in result.get("cursors") or ()]}


def _kept(data: HostData, names: Collection[str]) -> Data:
    """The entries of these names, in their own order."""
    return {name: value for name, value in data.items() if name in names}


def failed_row(message: str, result: HostData | None = None) -> Data:
    """The row of a host that could not be asked as it is set up, or whose task would have failed."""
    error = (result or {}).get("error")
    row = {"failed": True, "msg": message, **({"error": error} if error else {})}
    return {"verdict": verdict_of(row), "reason": message, "proposal": "", **row}


def row_of_error(error: CampaignError) -> Data:
    """The row of a host whose options cannot be read."""
    return row_of({"failed": True, **error.to_result()})


def summary(hosts: Sequence[str], rows: Mapping[str, HostData], elsewhere: Sequence[str]) -> Data:
    """What ``fleet_info`` returns of these rows.

    :param hosts: all that were named.
    :param elsewhere: those of them that are to be asked from another machine, and have no row.
    """
    return {
        "hosts": list(hosts),
        "rows": dict(rows),
        "counts": dict(sorted(Counter(row["verdict"] for row in rows.values()).items())),
        "unhealthy": [host for host, row in rows.items() if row["verdict"] not in WELL or row.get("failed")],
        "stuck": [host for host, row in rows.items() if row.get("plans")],
        "failing": [host for host, row in rows.items() if row.get("failed")],
        "elsewhere": list(elsewhere),
    }


def _facts_of(hostvars: Mapping[str, HostData]) -> Mapping[str, HostData] | None:
    """What tasks have set, by host, without all the rest that Ansible puts together for one; None where that cannot be
    told."""
    found = getattr(getattr(hostvars, "_variable_manager", None), "_nonpersistent_fact_cache", None)
    return found if isinstance(found, Mapping) else None


class Seen(Mapping[str, HostData]):
    """Ansible's hostvars, in which a host without a diagnosis of its own has that of its row.

    :param fleet: what ``fleet_info`` returned; empty where the hosts were diagnosed each for itself.
    """

    def __init__(self, hostvars: Mapping[str, HostData], fleet: HostData | None) -> None:
        self._hostvars = hostvars
        self._rows: Mapping[str, HostData] = (fleet or {}).get("rows") or {}
        self._facts = _facts_of(hostvars)

    def __getitem__(self, host: str) -> HostData:
        row = self._rows.get(host)
        if row is None:
            return self._hostvars[host]
        if row["verdict"] in WELL and self._facts is not None and DIAGNOSIS not in self._facts.get(host, ()):
            return {DIAGNOSIS: row}
        # Not get(): Ansible's hostvars has something undefined, and no KeyError, for a host that it does not know.
        own: HostData = self._hostvars[host] if host in self._hostvars else {}  # noqa: SIM401
        # A diagnosis that was made since is the host's own.
        return own if DIAGNOSIS in own else ChainMap({DIAGNOSIS: row}, t.cast("dict[str, t.Any]", own))

    def __contains__(self, host: object) -> bool:
        return host in self._rows or host in self._hostvars

    def __iter__(self) -> Iterator[str]:
        yield from self._hostvars
        yield from (host for host in self._rows if host not in self._hostvars)

    def __len__(self) -> int:
        return sum(1 for _host in self)
