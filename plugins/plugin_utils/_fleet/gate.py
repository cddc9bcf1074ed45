# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The gate before a cure: limits, windows and approval decided once for a fleet, and the batches (docs/architecture.md,
Curing). Pure.

Every refusal is collected, so that an operator sees everything at once and a plan can show it without failing.
"""

from __future__ import annotations

import re
import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ...module_utils._change_window.policy import Decision, decide, window_settings
from ...module_utils._core.counted import counted, verb
from ...module_utils._core.errors import ValidationError
from ...module_utils._diagnosis.model import SILENT
from ...module_utils._http.address import canonical
from .begun import left_for_later
from .fail_on import read_fail_on
from .findings import nothing_judged, same_instance, some, unplanned
from .needs import cure_needs
from .plan import FINISHED, approval, fleet_plan, is_finished
from .rows import DIAGNOSIS, verdict_of

Data = dict[str, t.Any]
#: A host, and the mids that a run of its workflow asks.
HostAndMids = tuple[str, frozenset[str]]

#: This many hosts must answer before a share of them means anything.
FEWEST_FOR_A_SHARE = 10


@dataclass(frozen=True)
class FleetLimits:
    """What the operator allows.

    :param per_mid: no more hosts of one mid in a batch; 0 for any number.
    :param sizes: of the batches: numbers, or shares such as ``25%``; the last one repeats.
    """

    max_hosts: int = 20
    max_percent: float = 30
    per_mid: int = 0
    sizes: Sequence[t.Any] = (1, 5, "25%")


@dataclass
class Gate:
    """The findings of the gate. If anything refuses, nothing is cured.

    :param now: the hosts that reconcile would cure now if nothing refused.
    :param selected: the hosts to cure; in a rehearsal every stuck one, so that its change is shown.
    :param stuck: the hosts that have a plan.
    :param postponed: stuck hosts whose window opens later by itself.
    :param blocked: stuck hosts that wait for a person: without a plan, without a ticket, or with a window that never
        opens.
    :param later: of hosts that are postponed or blocked in part, the options of the cursors that wait. The others are
        completed now.
    :param said: what the last lines say beside that, and what refuses nothing.
    """

    stuck: list[str] = field(default_factory=list)
    answering: list[str] = field(default_factory=list)
    now: list[str] = field(default_factory=list)
    selected: list[str] = field(default_factory=list)
    postponed: list[Data] = field(default_factory=list)
    blocked: list[Data] = field(default_factory=list)
    later: dict[str, list[str]] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    windows: dict[str, Data] = field(default_factory=dict)
    plan: Data = field(default_factory=dict)

    def to_dict(self) -> Data:
        """The findings as plain data. ``serial`` is what a play takes, and ``order`` its hosts in their order."""
        return {
            "stuck": self.stuck,
            "answering": self.answering,
            "now": self.now,
            "selected": self.selected,
            "postponed": self.postponed,
            "blocked": self.blocked,
            "later": self.later,
            "refusals": self.refusals,
            "said": self.said,
            "batches": self.batches,
            "order": [host for batch in self.batches for host in batch],
            "serial": [len(batch) for batch in self.batches] or [1],
            "windows": self.windows,
            "plan": self.plan,
        }


def fleet_gate(
    hosts: Sequence[str],
    hostvars: Mapping[str, Mapping[str, t.Any]],
    limits: FleetLimits,
    now: datetime,
    *,
    approved: str = "",
    plan_file: Mapping[str, t.Any] | None = None,
    done: t.Container[str] = (),
    needs: Mapping[str, t.Any] | None = None,
    rehearsal: bool = False,
    fail_on: t.Any = (),
    outputs: Sequence[str] = (),
    ticket_comes: bool = False,
) -> Gate:
    """Decide which of the hosts may be cured now, and in which batches.

    :param hostvars: Ansible's; what the role registered on each host, and its ``change_window_`` variables.
    :param approved: the digest of the approved plan; '' when no approval is required.
    :param plan_file: the approved plan in full, to show a difference.
    :param done: hosts on which this very run has already begun: that they are cured now is no drift.
    :param needs: keywords of :func:`cure_needs`.
    :param rehearsal: nothing will be written, so a closed window is reported and excludes no host.
    :param fail_on: the verdicts with which a host fails the run at its end; this function only checks that they exist.
    :param outputs: the problems of the report file, the notification and the change, as sentences.
    :param ticket_comes: a ticket is opened once nothing else refuses, so none is missing yet.
    """
    diagnoses = _diagnoses(hosts, hostvars)
    gate = _judged(diagnoses, fleet_plan(hosts, hostvars))
    gate.refusals += _whole_fleet(hosts, diagnoses, fail_on)
    gate.refusals += _too_many(len(gate.stuck), limits)
    gate.refusals += _too_large_a_share(diagnoses, len(gate.answering), limits)
    gate.refusals += outputs
    if approved or plan_file is not None:
        _ask_approval(gate, approved, plan_file, {host: diagnoses.get(host, {}) for host in hosts}, done)
    for host in gate.stuck:
        seconds = cure_needs(diagnoses[host], **(needs or {}))
        _ask_window(gate, host, host_window(hostvars[host], seconds, now, ticket_comes=ticket_comes), diagnoses[host])
    if not gate.now:
        gate.refusals += _none_now(gate)
    gate.selected = list(gate.now)
    if rehearsal:
        gate.selected, gate.later = list(gate.stuck), {}
    try:
        gate.batches = make_batches([(host, mids_of(diagnoses[host])) for host in gate.selected], limits)
    except ValidationError as error:
        gate.refusals.append(str(error))
    return gate


def _ask_approval(
    gate: Gate,
    approved: str,
    plan_file: Mapping[str, t.Any] | None,
    seen: Mapping[str, Data],
    done: t.Container[str],
) -> None:
    """Note why the plan is not the approved one, or that nothing is left of that."""
    drifted = approval(approved, plan_file, gate.plan, seen, done)
    gate.refusals += drifted
    if plan_file is not None and not drifted and is_finished(plan_file, gate.plan, seen):
        gate.said.append(FINISHED)


def _diagnoses(hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, t.Any]]) -> dict[str, Data]:
    """What the role registered on each host that was asked."""
    return {host: hostvars[host][DIAGNOSIS] for host in hosts if host in hostvars and DIAGNOSIS in hostvars[host]}


def _judged(diagnoses: Mapping[str, Data], plan: Data) -> Gate:
    """The gate before anything is refused: who answers, who is stuck, and who waits for a person."""
    gate = Gate(plan=plan)
    for host, seen in diagnoses.items():
        if seen.get("verdict", "denied") not in SILENT:
            gate.answering.append(host)
        if seen.get("plans"):
            gate.stuck.append(host)
        if why := unplanned(seen):
            gate.blocked.append({"host": host, "reason": why})
    return gate


def _whole_fleet(hosts: Sequence[str], diagnoses: Mapping[str, Data], fail_on: t.Any) -> list[str]:
    """What prevents a cure of any host: no verdict at all, a wrong setting, one instance under two names."""
    unseen = nothing_judged({host: verdict_of(diagnoses.get(host, {})) for host in hosts})
    urls = {host: str(seen.get("url") or "") for host, seen in diagnoses.items()}
    return [one for one in (unseen, _fail_on_is_wrong(fail_on)) if one] + same_instance(urls)


def _fail_on_is_wrong(given: t.Any) -> str:
    try:
        read_fail_on(given)
    except ValidationError as error:
        return str(error)
    return ""


def _ask_window(gate: Gate, host: str, decision: Decision, diagnosis: Mapping[str, t.Any]) -> None:
    """Note when a stuck host may be changed: now, later by itself, or after a person has acted. Of one on which an
    attempt has begun, what that has begun is completed now, and the rest waits."""
    gate.windows[host] = decision.to_dict()
    if decision.allowed:
        gate.now.append(host)
        return
    later, reason = left_for_later(diagnosis), decision.reason
    if len(later) < len(diagnosis["plans"]) and decision.is_only_closed:
        gate.windows[host] = going_on(decision).to_dict()
        gate.now.append(host)
        if not later:
            return
        gate.later[host] = later
        rest = f"{some(later)} {verb(len(later), 'was', 'were')} not begun, and {verb(len(later), 'waits', 'wait')}"
        reason = f"What an earlier attempt has begun is completed. {rest}: {reason}"
    if decision.opens and decision.state in ("closed", "short"):
        gate.postponed.append({"host": host, "reason": reason, "opens": decision.opens})
    else:
        gate.blocked.append({"host": host, "reason": reason})


def _none_now(gate: Gate) -> list[str]:
    """Why none of the stuck hosts may be changed now, once for all hosts with the same reason."""
    reasons: dict[str, list[str]] = {}
    for one in [*gate.postponed, *gate.blocked]:
        reasons.setdefault(one["reason"], []).append(one["host"])
    return [
        f"{counted(len(names), 'host')} may not be changed now ({some(names)}): {why}" for why, names in reasons.items()
    ]


def _too_many(planned: int, limits: FleetLimits) -> list[str]:
    """Why so many hosts may not be cured. Those without a plan are not."""
    if planned <= limits.max_hosts:
        return []
    return [
        f"{counted(planned, 'host')} {verb(planned, 'has', 'have')} a plan and mid_sourcing_max_hosts is "
        f"{limits.max_hosts}. Limit the hosts, or raise the limit if you mean it."
    ]


def _too_large_a_share(diagnoses: Mapping[str, Data], answering: int, limits: FleetLimits) -> list[str]:
    """Why no host may be cured where so many fail. One that has no plan fails like the others."""
    stuck = sum(bool(seen.get("plans") or unplanned(seen)) for seen in diagnoses.values())
    if answering < FEWEST_FOR_A_SHARE or stuck * 100 <= limits.max_percent * answering:
        return []
    return [
        f"{stuck} of {counted(answering, 'answering host')} {verb(stuck)} stuck, more than "
        f"mid_sourcing_max_percent ({limits.max_percent:g} %). When so many fail, the cause is another: "
        "look for it first, such as a mid-sourcing server that is down."
    ]


# -- windows ---------------------------------------------------------------------------------------------------------


def host_window(
    variables: Mapping[str, t.Any], seconds: float, now: datetime, *, ticket_comes: bool = False
) -> Decision:
    """Whether a change may begin on one host, by its own ``change_window_`` variables.

    :param seconds: how long it may take, where ``change_window_needs`` does not say.
    :param ticket_comes: the ticket is not required yet.
    """
    settings = window_settings(variables, variables.__getitem__)
    settings.setdefault("needs", f"{int(seconds)}s")
    decision = decide(settings, now)
    if ticket_comes and decision.state == "no_ticket":
        decision = decide({**settings, "ticket_required": False, "ticket_pattern": ""}, now)
    return decision


def going_on(decision: Decision) -> Decision:
    """The decision for an instance on which writing has begun: it is completed."""
    reason = f"Writing on this instance has begun before, and is completed. Otherwise: {decision.reason}"
    return Decision(
        True,
        "begun",
        reason,
        decision.checked_at,
        decision.ticket,
        decision.override,
        closes=None,
        opens=decision.opens,
    )


# -- batches ---------------------------------------------------------------------------------------------------------


def mids_of(diagnosis: Mapping[str, t.Any]) -> frozenset[str]:
    """The mid-sourcing servers that a host's accounts name: a run of its workflow asks each of them."""
    accounts = [(one.get("evidence") or {}).get("account") or {} for one in diagnosis.get("cursors") or []]
    servers = {_server(str(account.get("server") or "")) for account in accounts if account.get("active", True)}
    return frozenset(servers - {""})


def _server(text: str) -> str:
    """Host and port of a server's URL, in any spelling: one server carries the load of all paths below it."""
    try:
        server = canonical(text).partition("/")[0]
    except ValidationError:
        return text.strip().lower()
    # An account may name no scheme, and one server accepts both.
    return re.sub(r":(80|443)$", "", server)


def make_batches(hosts: Sequence[HostAndMids], limits: FleetLimits) -> list[list[str]]:
    """The hosts in batches of the requested sizes, or smaller where a batch would contain too many hosts of one mid.

    The mids with the most remaining hosts come first, so that they do not all remain for the end.

    :raises ValidationError: a size is invalid.
    """
    sizes = [_size(one, len(hosts)) for one in _listed(limits.sizes)]
    if not sizes or limits.per_mid < 0:
        raise ValidationError(
            "mid_sourcing_serial needs at least one batch size, and mid_sourcing_max_per_mid is 0 or more."
        )
    left = list(hosts)
    batches: list[list[str]] = []
    while left:
        if limits.per_mid:
            left = _busiest_mids_first(left)
        size = sizes[min(len(batches), len(sizes) - 1)]
        batch = _next_batch(left, size, limits.per_mid)
        left = [one for one in left if one not in batch]
        batches.append([host for host, _mids in batch])
    return batches


def _busiest_mids_first(hosts: Sequence[HostAndMids]) -> list[HostAndMids]:
    weight = Counter(mid for _host, mids in hosts for mid in mids)
    return sorted(hosts, key=lambda one: -max((weight[mid] for mid in one[1]), default=0))


def _next_batch(left: Sequence[HostAndMids], size: int, per_mid: int) -> list[HostAndMids]:
    """As many hosts as the size and the limit of each mid allow, in their order."""
    batch: list[HostAndMids] = []
    used: Counter[str] = Counter()
    for one in left:
        full = per_mid and any(used[mid] >= per_mid for mid in one[1])
        if len(batch) < size and not full:
            batch.append(one)
            used.update(one[1])
    return batch


def _listed(sizes: t.Any) -> Sequence[t.Any]:
    return sizes if isinstance(sizes, Sequence) and not isinstance(sizes, str) else [sizes]


def _size(given: t.Any, total: int) -> int:
    """One batch size as a number of hosts: a share is of all hosts, and at least one."""
    text = str(given).strip()
    share = text.endswith("%")
    digits = text[:-1].strip() if share else text
    number = int(digits) if digits.isascii() and digits.isdigit() else 0
    if number < 1 or isinstance(given, bool):
        raise ValidationError(
            f"mid_sourcing_serial: {given!r} is no batch size.", next_step="Write a number, or a share such as '25%'."
        )
    return max(1, total * number // 100) if share else number
