# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries in a play: user variables, server labels, and invalid input."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.testing import RunningSimulator
from tests.integration.fleets import PASSWORD, USER
from tests.integration.runner import Ansible

CONNECTION = {"url": "{{ campaign_url }}", "user": USER, "password": PASSWORD}
NAMES = {"schema": "xtk:option", "fields": ["@name"]}


def query(**arguments: Any) -> dict[str, Any]:
    return {"name": "query", "campaign.classic.query": {**CONNECTION, **NAMES, **arguments}, "register": "asked"}


@pytest.mark.parametrize("connection", ["local", "elsewhere"])
def test_template_in_a_label_of_a_server_stays_a_text(
    connection: str, ansible: Ansible, fleet: RunningSimulator
) -> None:
    trap = ansible.work / "sprung"
    label = "{{ lookup('pipe', 'touch " + str(trap) + "') }}"
    fleet.set_option("healthy", "opsText", label)
    done = ansible.play(
        [
            query(fields=["@stringValue"], where=[{"field": "@name", "equals": "opsText"}], jmespath="[0].stringValue"),
            {"ansible.builtin.set_fact": {"kept": "{{ asked.result }}"}},
            {"name": "tell", "ansible.builtin.debug": {"msg": "{{ kept }} and {{ asked.result }}"}},
        ],
        hosts="healthy",
        vars={"ansible_connection": connection},
    )
    assert done.status == 0, done.output
    assert done.result("tell")["msg"] == f"{label} and {label}"
    assert not trap.exists()


ODD = "x' or @name = 'opsNumber\\' or '1\n' = $1 or \"{{\" = ')"


def from_a_file(ansible: Ansible, text: str) -> str:
    """A template that returns the text, which itself is not a template."""
    path = ansible.work / "odd.txt"
    path.write_text(text, encoding="utf-8")
    return "{{ lookup('ansible.builtin.file', '" + str(path) + "', rstrip=false) }}"


def test_variable_that_means_harm_is_a_value_and_matches_nothing(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.clear_ledger()
    where = [{"field": "@name", "equals": "{{ odd }}"}]
    done = ansible.play([query(where=where)], hosts="healthy", vars={"odd": from_a_file(ansible, ODD)})
    assert done.status == 0, done.output
    assert done.result("query")["rows"] == []
    assert not fleet.ledger(kind="write")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"jmespath": "[?name=="}, "The jmespath expression is wrong"),
        ({"expression": ODD}, "Put values into where"),
        ({"expression": "@name = 'a' or ("}, "that is never closed"),
        ({"expression": "1 = 1) or (1 = 1"}, "closing ) without"),
        ({"fields": ["@password"], "schema": "nms:extAccount"}, "Passwords are never read"),
        ({"where": [{"field": "@name", "matches": "x"}]}, "where[0] is not a condition"),
        ({"schema": "xtk:nothing here"}, "is not the name of a schema"),
        ({"limit": 0}, "limit must be at least 1"),
        ({"fields": None}, "No field is named"),
    ],
)
def test_query_that_cannot_be_right_is_refused_before_anything_is_sent(
    arguments: dict[str, Any], words: str, ansible: Ansible, fleet: RunningSimulator
) -> None:
    fleet.clear_ledger()
    given = {name: from_a_file(ansible, value) if value == ODD else value for name, value in arguments.items()}
    done = ansible.play([query(**given)], "-vvv", hosts="healthy")
    assert done.status != 0
    assert words in done.result("query")["msg"]
    assert "Traceback" not in done.output and PASSWORD not in done.output
    assert not fleet.ledger(instance="healthy")


def test_expression_that_the_server_does_not_take_is_told_in_its_words(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    done = ansible.play([query(expression="@nothing = $(x)")], hosts="healthy")
    assert done.status != 0
    assert "SOP-330011" in done.result("query")["msg"]
    assert not fleet.sessions()


def test_more_rows_than_the_limit_are_said_to_be_there(ansible: Ansible) -> None:
    done = ansible.play([query(limit=2, page_size=1)], hosts="healthy")
    assert (done.result("query")["count"], done.result("query")["truncated"]) == (2, True)
