# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of a run for the servers, by their own ledger: the budgets that the README promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, PASSWORD, USER, fleet, marketing
from tests.integration.runner import Ansible, inventory

LOGON, QUERY, LOGOFF = "xtk:session#Logon", "xtk:queryDef#ExecuteQuery", "xtk:session#Logoff"


@pytest.mark.parametrize("cursors", [1, 40])
def test_detect_is_one_logon_at_most_four_queries_and_one_logoff_whatever_the_number_of_cursors(
    cursors: int, serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    options = {f"{CURSOR}{number}": {"type": "datetime", "age": "5m"} for number in range(1, cursors)}
    running = serve(fleet({"one": marketing(cursor={"age": "5m"}, options=options)}))
    running.clear_ledger()
    done = Ansible(tmp_path, inventory(dict(running.instances), USER, PASSWORD)).playbook("campaign.classic.detect")
    assert done.status == 0, done.output
    for name in running.instances:
        calls = Counter(call["call"] for call in running.ledger(name))
        assert (calls[LOGON], calls[LOGOFF]) == (1, 1)
        assert 1 <= calls[QUERY] <= 4
        assert set(calls) == {LOGON, QUERY, LOGOFF}
    assert not running.sessions()


def test_no_session_stays_open_where_a_query_fails(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.fault("status", instance="stuck", method="xtk:queryDef#ExecuteQuery", status=503)
    fleet.fault("fault", instance="healthy", method="xtk:queryDef#ExecuteQuery", text="SOP-330011 No.")
    fleet.clear_ledger()
    ansible.playbook("campaign.classic.detect")
    for name in ("stuck", "healthy"):
        calls = [call["call"] for call in fleet.ledger(name)]
        assert calls.count(LOGON) == calls.count(LOGOFF) == 1
    assert not fleet.sessions()
