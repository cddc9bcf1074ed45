# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions without a play: the task, the connection and the play context are stand-ins, the templar is Ansible's own."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, TypeVar

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

Action = TypeVar("Action")

PASSWORD = "ops-canary-7f3a"
CONNECTION: Mapping[str, Any] = {"url": "http://mkt1:8080", "user": "ops", "password": PASSWORD}


def action(
    kind: type[Action],
    arguments: Mapping[str, Any],
    *,
    transport: str = "local",
    become: bool = False,
    seconds: int = 0,
    check_mode: bool = False,
    environment: Any = None,
    variables: Mapping[str, Any] | None = None,
) -> Action:
    """An action as the task executor makes it. ``seconds`` is the task's ``async``."""
    loader = DataLoader()
    task = SimpleNamespace(
        args=dict(arguments),
        action="campaign.classic.thing",
        async_val=seconds,
        check_mode=check_mode,
        environment=environment,
        diff=False,
    )
    connection = SimpleNamespace(
        transport=transport, _shell=SimpleNamespace(tmpdir="/nowhere", env_prefix=lambda **_: "")
    )
    made: Any = kind
    found: Action = made(
        task=task,
        connection=connection,
        play_context=SimpleNamespace(become=become, check_mode=check_mode),
        loader=loader,
        templar=Templar(loader=loader, variables=dict(variables or {})),
        shared_loader_obj=None,
    )
    return found
