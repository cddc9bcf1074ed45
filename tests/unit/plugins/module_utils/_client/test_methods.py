# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which methods read, which write, which open or close a session."""

from __future__ import annotations

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client.methods import MethodClass, classify


@pytest.mark.parametrize(
    ("service", "method"),
    [
        ("xtk:session", "GetOption"),
        ("xtk:session", "GetServerTime"),
        ("xtk:session", "GetUserInfo"),
        ("xtk:session", "TestCnx"),
        ("xtk:persist", "GetEntityIfMoreRecent"),
        ("xtk:queryDef", "ExecuteQuery"),
        ("xtk:queryDef", "SelectAll"),
        ("xtk:queryDef", "BuildQuery"),
        ("xtk:queryDef", "BuildQueryEx"),
    ],
)
def test_method_that_changes_nothing_is_a_read(service: str, method: str) -> None:
    assert classify(service, method) is MethodClass.READ


@pytest.mark.parametrize("method", ["Logon", "BearerTokenLogon", "Logoff"])
def test_method_that_opens_or_closes_a_session_is_neither(method: str) -> None:
    assert classify("xtk:session", method) is MethodClass.SESSION


@pytest.mark.parametrize(
    ("service", "method"),
    [
        ("xtk:persist", "Write"),
        ("xtk:persist", "WriteCollection"),
        ("xtk:session", "Write"),
        ("xtk:workflow", "Start"),
        ("xtk:workflow", "Stop"),
        ("xtk:workflow", "Pause"),
        ("xtk:workflow", "Kill"),
        ("xtk:workflow", "Restart"),
        ("xtk:workflow", "Wakeup"),
    ],
)
def test_known_write_is_a_write(service: str, method: str) -> None:
    assert classify(service, method) is MethodClass.WRITE


@pytest.mark.parametrize(
    ("service", "method"),
    [
        ("xtk:session", "GetSomethingNew"),
        ("xtk:session", "executequery"),
        ("xtk:workflow", "ExecuteQuery"),
        ("cus:anything", "GetOption"),
        ("xtk:session", ""),
    ],
)
def test_unknown_method_counts_as_a_write(service: str, method: str) -> None:
    assert classify(service, method) is MethodClass.WRITE
