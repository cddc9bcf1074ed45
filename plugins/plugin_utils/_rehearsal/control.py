# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""A simulator that somebody has started: its instances, its clock, and the calls that it has seen. On loopback only."""

from __future__ import annotations

import http.client
import json
import typing as t
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from ...module_utils._core.errors import CampaignError, ValidationError
from ...module_utils._http.address import read_url

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
#: Seconds for one request: a long time that goes by is many steps of the engines.
_TIMEOUT = 300.0


class SimulatorError(CampaignError):
    """The simulator did not do what it was asked."""

    kind = "simulator"


class Control:
    """The control endpoints of a simulator.

    :param url: of the simulator, on loopback.
    :raises ValidationError: it is elsewhere: nothing of a rehearsal leaves this machine.
    """

    def __init__(self, url: str) -> None:
        require_loopback(url)
        self._url = url.rstrip("/")
        # Never through a proxy, whatever the environment says.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(self, method: str, path: str, body: Mapping[str, t.Any] | None = None, **query: str) -> t.Any:
        """One request; what it answers. Raises SimulatorError."""
        url = f"{self._url}/_simulator/{path}" + (f"?{urlencode(query)}" if query else "")
        request = urllib.request.Request(
            url,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode("utf-8", "replace").strip()
            raise SimulatorError(f"The simulator refused {method} {path}: {text[:500]}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SimulatorError(f"The simulator does not answer {method} {path}: {error}") from None

    def now(self) -> datetime:
        """Its time."""
        return _read(self.ask("GET", "clock")["now"])

    def advance(self, seconds: float) -> datetime:
        """Let its time go by; the new time."""
        return _read(self.ask("POST", "clock", {"advance": max(0.0, seconds)})["now"])

    def run_at(self, speed: float) -> None:
        """Let its time run by itself, so many seconds in a real one."""
        self.ask("POST", "clock", {"time_scale": speed})

    def calls_advance(self) -> None:
        """From now on a call that takes time lets the time of all go by."""
        self.ask("POST", "clock", {"calls_advance": True})


def require_loopback(url: str) -> None:
    """:raises ValidationError: a URL that leads away from this machine, or a text that is none."""
    try:
        host = read_url(url, "url").hostname
    except ValidationError:
        host = None
    if host not in _LOOPBACK:
        raise ValidationError(f"A rehearsal asks this machine alone, and {url} is elsewhere. Nothing was sent.")


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)


class VirtualTime:
    """The time of the simulated fleet, in place of the machine's: a wait moves it, and takes no time.

    Seconds are monotonic ones, from the beginning.
    """

    def __init__(self, control: Control) -> None:
        self._control = control
        self._begin = control.now()
        self._known: float | None = None

    def clock(self) -> float:
        """Seconds since the beginning."""
        if self._known is None:
            self._known = (self._control.now() - self._begin).total_seconds()
        return self._known

    def sleep(self, seconds: float) -> None:
        """Let so many seconds go by."""
        self._known = (self._control.advance(seconds) - self._begin).total_seconds()

    def changed(self) -> None:
        """A call was made, which may have taken time."""
        self._known = None

    def now(self) -> datetime:
        """The moment, by a clock that is right."""
        return self._control.now()
