# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a task that waits reach Ansible's display, each once."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.utils.display import Display

from ansible_collections.campaign.classic.plugins.module_utils._client import connect as _connection
from ansible_collections.campaign.classic.plugins.module_utils._client.session import Session
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import (
    PROGRESS_OPTION,
    Answer,
    Operation,
    Request,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._action.worker import WorkerAction
from tests.helpers.actions import CONNECTION, action
from tests.unit.plugins.module_utils.fake_transport import FakeTransport, answer, logon

LINE = "mkt1: waiting for the stop (defaultMidSourcingDlv, 10s so far, at most 5m)"


def wait(request: Request, _session: Session) -> Answer:
    """Ten seconds of a wait."""
    if not request.progress.silence(0) or not request.progress.silence(10):
        request.progress.speak(10, LINE)
    return Answer(False)


class Waiting(WorkerAction):
    """An action whose module waits."""

    OPERATION = Operation(name="thing", options={**PROGRESS_OPTION}, run=wait)


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the display was given."""
    lines: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(Display, "display", lambda _self, line, **how: lines.append((line, how)))
    monkeypatch.setattr(_connection, "HttpTransport", lambda _settings: FakeTransport(logon(), answer("Logoff")))
    return lines


def run(no_log: bool = False, **arguments: Any) -> dict[str, Any]:
    made = action(Waiting, {**CONNECTION, **arguments})
    made._task.no_log = no_log
    result: dict[str, Any] = made.run(task_vars={"inventory_hostname": "mkt1"})
    return result


def test_task_that_waits_shows_its_line_beside_what_a_callback_prints(shown: list[Any]) -> None:
    assert "failed" not in run()
    assert shown == [(LINE, {"stderr": True})]


@pytest.mark.parametrize("quiet", [{"progress": 0}, {"progress": "0"}, {"no_log": True}])
def test_task_that_is_to_be_quiet_shows_none(quiet: dict[str, Any], shown: list[Any]) -> None:
    assert "failed" not in run(**quiet)
    assert shown == []
