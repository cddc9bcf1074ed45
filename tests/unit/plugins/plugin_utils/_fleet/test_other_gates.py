# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rollback, backfill and the playbooks for siblings may change now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.other_gates import closed_windows, siblings_gate

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHUT = {"change_window_windows": [{"from": "2026-11-24 20:00", "to": "2026-11-24 23:00"}]}
CHANGE = {"action": "change", "line": "restart it."}
BLIND = {"action": "none", "judged": False, "line": "There is no such option, or no right to see it."}
DOWN = {"action": "look", "judged": False, "line": "No answer."}
WELL = {"action": "none", "line": "It moves."}
REFUSED = {"action": "refused", "line": "It is further back than allowed."}


def ask(*plans: Any, most: int = 20, urls: dict[str, str] | None = None, **variables: Any) -> dict[str, Any]:
    hosts = [f"h{number}" for number in range(len(plans))]
    known = {
        host: {
            **({} if plan is None else {"siblings_plan": plan}),
            "siblings_diagnosis": {"url": (urls or {}).get(host, "")},
            **variables.get(host, {}),
        }
        for host, plan in zip(hosts, plans, strict=True)
    }
    return siblings_gate(hosts, known, NOW, most=most, seconds=60)


def test_hosts_outside_their_window_are_named() -> None:
    assert closed_windows(["a", "b"], {"a": SHUT, "b": {}}, NOW) == [
        "a: The change window is closed. It opens next for long enough at 2026-11-24 20:00 UTC, for 3h."
    ]


def test_one_host_that_is_seen_is_enough() -> None:
    assert ask(CHANGE, BLIND, DOWN) == {"change": ["h0"], "not_now": [], "cannot": [], "refusals": []}
    assert ask(WELL, BLIND)["refusals"] == []


def test_fleet_of_which_nothing_is_seen_is_refused() -> None:
    assert ask(BLIND, DOWN, DOWN, None)["refusals"] == [
        "Nothing could be judged on any of 4 hosts. h0: There is no such option, or no right to see it. h1, h2: No "
        "answer. h3: Nothing is known of it."
    ]
    assert ask()["refusals"] == ["No host was looked at: the pattern and the limit leave none."]


def test_what_is_not_possible_is_refused_where_nothing_else_is_to_be_done() -> None:
    assert ask(REFUSED, WELL)["refusals"] == [
        "What was asked for is possible on no host. h0: It is further back than allowed."
    ]
    beside = ask(REFUSED, CHANGE)
    assert (beside["refusals"], beside["cannot"]) == ([], ["h0: It is further back than allowed."])


def test_limits_windows_and_two_names_for_one_instance() -> None:
    assert "at most 1 may be (siblings_max_hosts)" in ask(CHANGE, CHANGE, most=1)["refusals"][0]
    assert ask(CHANGE, CHANGE, h1=SHUT)["not_now"][0].startswith("h1: The change window is closed.")
    one = ask(CHANGE, WELL, urls={"h0": "http://x:80/", "h1": "http://X"})
    assert one["refusals"][0].startswith("h0, h1 have the same address")
