# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The slices of one sweep as what a single ``fleet_info`` would have returned. Pure.

Which hosts there are is told by the inventory, and by no slice: so a host of a slice that died is missed, whatever is
known of that slice. It is ``not_asked``, nothing is planned for it, and the run fails after its report.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ...module_utils._core.counted import counted, verb
from ...module_utils._core.errors import ValidationError
from ...module_utils._core.xtk import format_duration
from ...module_utils._diagnosis.model import Verdict
from .._fleet.findings import some
from .._fleet.seen import summary
from .packing import Slice

Data = dict[str, t.Any]

#: The clocks of two nodes may differ by so much.
AHEAD = timedelta(minutes=10)
_AGAIN = "Run its slice again, and merge then. Nothing is planned for it before."
_REST = "Run their slice again, or accept that with mid_sourcing_slices_partial=true."
_SLICE = "Run detect in slices with mid_sourcing_slice_output=true, and name their outputs in mid_sourcing_slices."


def merge(
    hosts: Sequence[str],
    found: Sequence[Slice],
    problems: Sequence[str],
    *,
    now: datetime,
    max_age: float,
    run: str = "",
    partial: bool = False,
) -> Data:
    """The result of ``fleet_info`` for all hosts, from the slices of one run.

    :param hosts: the fleet, from the inventory.
    :param problems: what is wrong with the outputs that were read, as sentences.
    :param max_age: slices that are older, in seconds, are not used.
    :param run: the run whose slices count; '' for the only one that there is.
    :param partial: whether slices that do not have all hosts are enough.
    :returns: as ``fleet_info``, and in ``slices``: ``run``, ``merged`` (how many), ``lost`` (the hosts that are in none
        of them), ``said`` (sentences for the last lines), ``problems`` (sentences: with any, the run must fail) and
        ``asking`` (hosts whose mid their slice did not know: the inventory of the whole fleet may).
    """
    try:
        usable, fleet = _usable_ones(found, problems, now, max_age, run or _only_run(found, problems))
    except ValidationError as error:
        return nothing_merged(hosts, error)
    return _result(hosts, fleet, usable, partial)


def nothing_merged(hosts: Sequence[str], error: ValidationError) -> Data:
    """The result where no slice can be used: nothing is known of any host."""
    row = _lost(error.message, error.next_step)
    slices = {"run": "", "merged": 0, "lost": list(hosts), "said": [], "problems": [str(error)], "asking": []}
    return {"changed": False, **summary(hosts, {host: dict(row) for host in hosts}, []), "slices": slices}


def _usable_ones(
    found: Sequence[Slice], problems: Sequence[str], now: datetime, max_age: float, run: str
) -> tuple[list[Slice], _Fleet]:
    """The slices that count, and the fleet that they make.

    :raises ValidationError: there is none.
    """
    unusable = {one: why for one in found if (why := _unusable(one, run, now, max_age))}
    usable = _each_once(one for one in found if one not in unusable)
    if not usable:
        raise ValidationError(
            f"No slice of run {run} can be used. {' '.join([*problems, *unusable.values()])}".rstrip(), next_step=_SLICE
        )
    return usable, _Fleet(run, usable, unusable, problems)


def _result(hosts: Sequence[str], fleet: _Fleet, usable: Sequence[Slice], partial: bool) -> Data:
    rows = {host: fleet.row(host) for host in hosts}
    lost = [host for host in hosts if not fleet.holds(host)]
    missed = [_missed(lost)] if lost else []
    slices = {
        "run": fleet.run,
        "merged": len(usable),
        "lost": lost,
        "said": [*_said(usable, fleet, set(hosts)), *(missed if partial else [])],
        "problems": [] if partial else [f"{one} {_REST}" for one in missed],
        "asking": [host for host, row in rows.items() if row.get("mids_not_asked")],
    }
    return {"changed": False, **summary(hosts, rows, []), "slices": slices}


def _only_run(found: Iterable[Slice], problems: Sequence[str]) -> str:
    runs = sorted({one.run for one in found})
    if not runs:
        raise ValidationError(f"No slice was found. {' '.join(problems)}".rstrip(), next_step=_SLICE)
    if len(runs) > 1:
        raise ValidationError(
            f"There are slices of several runs: {', '.join(runs)}.",
            next_step="Name the one to merge with mid_sourcing_slices_run.",
        )
    return runs[0]


def _unusable(one: Slice, run: str, now: datetime, max_age: float) -> str:
    """Why a slice does not count; '' when it does."""
    if one.run != run:
        return f"{_capital(one.name)} in {one.source} is of run {one.run}, and not of {run}."
    age = (now - one.made).total_seconds()
    if age > max_age:
        return (
            f"{_capital(one.name)} in {one.source} is {format_duration(int(age))} old, more than "
            f"mid_sourcing_slices_max_age ({format_duration(int(max_age))})."
        )
    if one.made - now > AHEAD:
        return f"{_capital(one.name)} in {one.source} is of {one.made.isoformat()}, which is to come: check the clocks."
    return ""


def _each_once(slices: Iterable[Slice]) -> list[Slice]:
    """A slice whose output was given twice is one slice."""
    return list({one.digest: one for one in slices}.values())


def _holders(slices: Iterable[Slice]) -> dict[str, list[Slice]]:
    found: dict[str, list[Slice]] = {}
    for one in slices:
        for host in one.rows:
            found.setdefault(host, []).append(one)
    return found


def _missing(slices: Sequence[Slice]) -> list[str]:
    """The numbers for which there is no slice, where slices know them."""
    count = max(one.count for one in slices)
    numbers = sorted(set(range(1, count + 1)) - {one.number for one in slices})
    if not numbers or any(not one.number for one in slices):
        return []
    names = some([str(number) for number in numbers])
    return [f"Slice {names} of {count} {verb(len(numbers))} missing, or cannot be used."]


def _lost(reason: str, proposal: str) -> Data:
    return {
        "verdict": Verdict.NOT_ASKED.value,
        "reason": reason,
        "proposal": proposal,
        "plans": [],
        "cursors": [],
    }


class _Fleet:
    """The rows of the usable slices, and why another host has none.

    :param unusable: slices that do not count, and why.
    :param problems: what else is wrong, as sentences.
    """

    def __init__(
        self, run: str, usable: Sequence[Slice], unusable: Mapping[Slice, str], problems: Sequence[str]
    ) -> None:
        self.run = run
        self._holders = _holders(usable)
        self._doubled = {host: several for host, several in self._holders.items() if len(several) > 1}
        self._unusable = unusable
        self._problems = list(dict.fromkeys([*_missing(usable), *problems]))

    @property
    def hosts(self) -> set[str]:
        """All hosts that a slice has."""
        return set(self._holders)

    def holds(self, host: str) -> bool:
        """Whether exactly one slice has this host."""
        return host in self._holders and host not in self._doubled

    def row(self, host: str) -> Data:
        """The row of a host, or one that says why there is none."""
        return dict(self._holders[host][0].rows[host]) if self.holds(host) else _lost(self._reason(host), _AGAIN)

    def _reason(self, host: str) -> str:
        if host in self._doubled:
            return self._twice(host)
        if old := [why for one, why in self._unusable.items() if host in one.rows]:
            return old[0]
        if len(self._problems) == 1:
            return f"No slice of run {self.run} that can be used has it. {self._problems[0]}"
        return f"No slice of run {self.run} that can be used has it{', see the last lines' if self._problems else ''}."

    def _twice(self, host: str) -> str:
        names = " and ".join(f"{one.name} ({one.source})" for one in self._doubled[host])
        return f"It is in several slices that differ: {names}."

    def all_problems(self) -> list[str]:
        """Everything that is wrong, once."""
        twice = {self._twice(host): host for host in self._doubled}
        pairs = [f"{host}: {why}" for why, host in twice.items()]
        return list(dict.fromkeys([*self._problems, *self._unusable.values(), *pairs]))


def _said(usable: Sequence[Slice], fleet: _Fleet, hosts: set[str]) -> list[str]:
    held = sum(len(one.rows) for one in usable)
    what = f"{counted(len(usable), 'slice')} of run {fleet.run} with {counted(held, 'host')}"
    said = [f"{what} {verb(len(usable))} merged.", *fleet.all_problems()]
    if more := fleet.hosts - hosts:
        names = some(sorted(more))
        said.append(f"{counted(len(more), 'host')} of the slices {verb(len(more))} not in this play: {names}.")
    return said


def _missed(lost: Sequence[str]) -> str:
    return f"Nothing is known of {counted(len(lost), 'host')}, and nothing is planned for them: {some(lost, 100)}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
