# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module is a program for the operation of its name, and its action does the same in the worker."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from tools.environment import ROOT

PLUGINS = "ansible_collections.campaign.classic.plugins"
NAMES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_module_and_action_do_the_operation_of_their_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module(f"{PLUGINS}.modules.{name}")
    done: list[Any] = []
    monkeypatch.setattr(module, "run", done.append)
    module.main()
    action = import_module(f"{PLUGINS}.action.{name}").ActionModule
    assert [(one.name, one.options) for one in (*done, action.OPERATION)] == [(name, action.OPERATION.options)] * 2
