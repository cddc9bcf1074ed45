# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Detect and cure in virtual time: the operations that the playbooks run, against a simulated fleet whose time moves
when they wait. The cures run one after the other.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...module_utils._client.connect import DEFAULTS, open_session
from ...module_utils._client.retry import RetryPolicy
from ...module_utils._diagnosis.outcomes import rank
from ...module_utils._http.transport import HttpTransport
from ...module_utils._operations.runner import execute
from ...module_utils._operations.sync_cursor import SYNC_CURSOR, SYNC_CURSOR_INFO
from .._variables.as_module import Validator
from .control import VirtualTime, require_loopback

if t.TYPE_CHECKING:
    from ...module_utils._client.session import Session
    from ...module_utils._http.transport import HttpSettings

Data = dict[str, t.Any]
#: Options of each instance.
_ByName = Mapping[str, Mapping[str, t.Any]]

#: What a rehearsal does not repeat in real time: it would wait for nobody.
_ONCE = RetryPolicy(attempts=1)


@dataclass(frozen=True)
class Ending:
    """What became of one instance.

    :param verdict: of the diagnosis; ``reason`` is its sentence, or that of the cure.
    :param outcome: of the cure, the worst of its workflows; '' where there was nothing to cure.
    :param seconds: of the server's time that the cure took.
    :param affected: deliveries that changed between old and new values and stay possibly affected; None when nobody
        could count them.
    :param diagnosis: the whole result of the diagnosis.
    """

    verdict: str
    reason: str
    outcome: str = ""
    seconds: float = 0.0
    affected: int | None = None
    diagnosis: t.Mapping[str, t.Any] | None = None

    @property
    def what(self) -> str:
        """The outcome, or the verdict where nothing was to be cured."""
        return self.outcome or self.verdict


class VirtualRun:
    """Operations on simulated instances.

    :param urls: by name, the instance's URL on loopback.
    :param mids: by host and by the address in its accounts: the URL of the mid to be asked. ``None`` for a name means
        that nobody knows how to ask it.
    :raises ValidationError: a URL leads away from this machine.
    """

    def __init__(
        self, urls: Mapping[str, str], user: str, password: str, time: VirtualTime, *, mids: Mapping[str, str]
    ) -> None:
        for url in (*urls.values(), *mids.values()):
            require_loopback(url)
        self._urls = urls
        self._login = {"user": user, "password": password}
        self._time = time
        self._mids = mids

    def diagnose(self, name: str, options: Mapping[str, t.Any]) -> Data:
        """What ``sync_cursor_info`` returns."""
        return self._execute(SYNC_CURSOR_INFO, name, options)

    def reconcile(self, names: Sequence[str], judging: _ByName, curing: _ByName) -> dict[str, Ending]:
        """Diagnose all of these instances, and then cure those that are stuck, as the playbook does.

        :param judging: options of ``sync_cursor_info`` by name; ``curing``: those of ``sync_cursor``, not the plans.
        """
        found = {name: self.diagnose(name, judging.get(name, {})) for name in names}
        return {name: self._cured(name, found[name], curing.get(name, {})) for name in names}

    def _cured(self, name: str, found: Data, options: Mapping[str, t.Any]) -> Ending:
        """Cure an instance whose diagnosis has plans."""
        if found.get("failed"):
            return Ending("failed", _reason(found), diagnosis=found)
        if not found.get("plans"):
            return Ending(found["verdict"], found["reason"], diagnosis=found)
        began = self._time.clock()
        results = [
            self._execute(SYNC_CURSOR, name, {**options, "plans": plans}) for plans in _by_workflow(found["plans"])
        ]
        seconds = self._time.clock() - began
        worst = min(results, key=_badness)
        outcome = str(worst.get("outcome") or "failed")
        moves = [move for result in results for move in result.get("moves") or ()]
        return Ending(found["verdict"], _reason(worst), outcome, seconds, affected_of(moves), found)

    def _execute(self, operation: t.Any, name: str, options: Mapping[str, t.Any]) -> Data:
        connection = {**DEFAULTS, "url": self._urls[name], **self._login, "instance": name, "read_only": False}
        params = Validator(operation).read({**connection, **options}, {})
        result, _distinct = execute(
            operation,
            params,
            check_mode=False,
            environ={},
            opened=self._opened,
            find_mid=self._find_mid,
            clock=self._time.clock,
            sleep=self._time.sleep,
        )
        return result

    def _find_mid(self, server: str) -> Data | None:
        """A connection for a mid: only for one of the simulated fleet, which its account names by its URL."""
        found = self._mids.get(server.rstrip("/"))
        return None if found is None else {**self._login, "url": found, "name": found.rstrip("/").rpartition("/")[2]}

    def _opened(self, params: Mapping[str, t.Any], environ: Mapping[str, str]) -> Session:
        return open_session(
            params,
            environ,
            transport=self._transport,
            clock=self._time.clock,
            sleep=self._time.sleep,
            now=self._time.now,
        )

    def _transport(self, settings: HttpSettings) -> t.Any:
        return Noting(HttpTransport(settings), self._time)


class Noting:
    """A transport that tells the time that a call was made."""

    def __init__(self, transport: HttpTransport, time: VirtualTime) -> None:
        self._transport = transport
        self._time = time

    def post(self, *arguments: t.Any, **keywords: t.Any) -> t.Any:
        """Send one request."""
        try:
            return self._transport.post(*arguments, **keywords)
        finally:
            self._time.changed()

    def get(self, *arguments: t.Any, **keywords: t.Any) -> t.Any:
        """Fetch a page."""
        try:
            return self._transport.get(*arguments, **keywords)
        finally:
            self._time.changed()

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


def _by_workflow(plans: Sequence[Data]) -> list[list[Data]]:
    """The plans of each workflow: one cure runs one workflow."""
    found: dict[str, list[Data]] = {}
    for plan in plans:
        found.setdefault(plan["workflow"], []).append(plan)
    return list(found.values())


def _reason(result: Data) -> str:
    return str(result.get("reason") or result.get("msg") or "")


def _badness(result: Data) -> int:
    """For sorting: the worst first, and before all what has no outcome."""
    return rank(result.get("outcome"))


def affected_of(moves: Sequence[Data]) -> int | None:
    """The deliveries that changed between old and new values of the cursors that stay moved; None if one is unknown."""
    kept = [move for move in moves if move.get("written") and move.get("outcome") != "restored"]
    numbers = [move.get("changed_between") for move in kept]
    return None if any(number is None for number in numbers) else sum(number for number in numbers if number)
