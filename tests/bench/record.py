# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records the simulator's answers to the seven calls of the job, for server.py to replay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from simulator.testing import running_simulator

from . import floor

#: A marketing instance that is stuck by running, with its mid: an ordinary amount of options and journal lines.
FLEET: dict[str, Any] = {
    "start": "2026-11-23T02:00:00Z",
    "warm_up": "2h",
    "seed": 1,
    "defaults": {"operators": [{"login": floor.USER, "password": floor.PASSWORD, "rights": ["admin"]}]},
    "instances": {
        "mid": {
            "role": "mid",
            "operators": [{"login": "mid", "password": "mid", "rights": ["admin"]}],
            "seconds_per_row": 0.1,
            "deliveries": {"count": 6000, "from": "2020-01-01T00:00:00Z", "to": "now", "for": ["mkt"]},
        },
        "mkt": {
            "role": "marketing",
            "accounts": [{"name": "defaultEmailMid", "mid": "mid", "login": "mid", "password": "mid"}],
            "options": {f"{floor.CURSOR}defaultEmailMid": {"type": "datetime", "value": "2020-03-01T10:00:00Z"}},
            "workflows": {floor.WORKFLOW: {"state": "started", "every": "10m", "on_error": "ignore", "timeout": "60s"}},
        },
    },
}


class Recorder(floor.Client):
    """The floor's client, which keeps every answer unchanged."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.answers: dict[str, str] = {}
        self.http.hooks["response"].append(self._keep)

    def _keep(self, answer: Any, *_args: object, **_kwargs: object) -> None:
        method = answer.request.headers["SOAPAction"].rpartition("#")[2]
        if method == "ExecuteQuery":
            query = ElementTree.fromstring(answer.request.body).find(".//queryDef")
            method = "" if query is None else query.attrib["schema"]
        self.answers[method] = answer.text


def record(path: Path) -> None:
    """Write a recording for server.py: of the stuck instance, and of the same one while it was healthy."""
    found = recorded(FLEET, "stuck")
    path.write_text(json.dumps({**found, "healthy": recorded(_healthy(), "healthy")["answers"]}), encoding="utf-8")


def _healthy() -> dict[str, Any]:
    marketing = FLEET["instances"]["mkt"]
    options = {name: {"type": "datetime", "age": "5m"} for name in marketing["options"]}
    return {**FLEET, "instances": {**FLEET["instances"], "mkt": {**marketing, "options": options}}}


def recorded(fleet_file: dict[str, Any], expected: str) -> dict[str, Any]:
    """The answers of an instance by request, and the session token in them.

    :raises RuntimeError: its verdict is not the expected one.
    """
    with running_simulator(fleet_file) as fleet:
        kept: list[Recorder] = []

        def client(url: str) -> Recorder:
            kept.append(Recorder(url))
            return kept[-1]

        original, floor.Client = floor.Client, client  # type: ignore[assignment, misc]
        try:
            verdict = floor.job(fleet.instances["mkt"])
        finally:
            floor.Client = original  # type: ignore[misc]
    if verdict != expected:
        raise RuntimeError(f"the recorded instance is {verdict} and not {expected}")
    return {"answers": kept[0].answers, "session_token": kept[0].token}
