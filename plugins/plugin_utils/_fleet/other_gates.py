# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What rollback, backfill and the playbooks for siblings may change now, and why not. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from datetime import datetime

from ...module_utils._core.counted import counted
from .findings import same_instance, some
from .gate import host_window

Data = dict[str, t.Any]

#: What the role siblings registers on each host.
PLAN, DIAGNOSIS = "siblings_plan", "siblings_diagnosis"


def closed_windows(
    hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, t.Any]], now: datetime, seconds: float = 0
) -> list[str]:
    """A sentence for each host that may not be changed at this moment, by its ``change_window_`` variables.

    :param seconds: how long the change may take, where ``change_window_needs`` does not say.
    """
    found = []
    for host in hosts:
        decision = host_window(hostvars[host], seconds, now)
        if not decision.allowed:
            found.append(f"{host}: {decision.reason}")
    return found


def siblings_gate(
    hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, t.Any]], now: datetime, *, most: int, seconds: float
) -> Data:
    """The plans of the role siblings, summed up for a fleet.

    :param most: no more hosts than this may be changed.
    :param seconds: how long a change may take.
    :returns: ``change`` (hosts), ``not_now`` (sentences about closed windows), ``cannot`` (sentences about hosts on
        which the request is not possible) and ``refusals`` (sentences: if there are any, nothing may be changed).
    """
    plans = _with(PLAN, hosts, hostvars)
    urls = {host: str(seen.get("url") or "") for host, seen in _with(DIAGNOSIS, plans, hostvars).items()}
    change = [host for host, plan in plans.items() if plan["action"] == "change"]
    cannot = [f"{host}: {plan['line']}" for host, plan in plans.items() if plan["action"] == "refused"]
    refusals = [*filter(None, [_nothing_seen(hosts, plans)]), *same_instance(urls), *_too_many(change, most)]
    if cannot and not change:
        refusals.append(f"What was asked for is possible on no host. {' '.join(cannot)}")
    not_now = closed_windows(change, hostvars, now, seconds)
    return {"change": change, "not_now": not_now, "cannot": cannot, "refusals": refusals}


def _with(name: str, hosts: t.Iterable[str], hostvars: Mapping[str, Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """The result that the role registered by this name, on each host that has it."""
    return {host: hostvars[host][name] for host in hosts if host in hostvars and name in hostvars[host]}


def _too_many(change: Sequence[str], most: int) -> list[str]:
    if len(change) <= most:
        return []
    return [
        f"{counted(len(change), 'host')} would be changed, and at most {most} may be (siblings_max_hosts). Choose "
        "fewer with siblings_hosts, or look for a common cause first."
    ]


def _nothing_seen(hosts: Sequence[str], plans: Mapping[str, t.Any]) -> str:
    """Why nothing is known of the fleet; '' when something is. An unknown host is neither healthy nor unhealthy."""
    if not hosts:
        return "No host was looked at: the pattern and the limit leave none."
    unseen: dict[str, list[str]] = {}
    for host in hosts:
        plan = plans.get(host, {"judged": False, "line": "Nothing is known of it."})
        if plan.get("judged", True):
            return ""
        unseen.setdefault(str(plan["line"]), []).append(host)
    said = " ".join(f"{some(names)}: {line}" for line, names in unseen.items())
    return f"Nothing could be judged on any of {counted(len(hosts), 'host')}. {said}"
