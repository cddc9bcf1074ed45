# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of AWX out of files: merged, in order, and refused where they cannot be right."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._controller.objects import read_objects


def read(*contents: Any) -> list[dict[str, Any]]:
    files = [{"path": f"file {number}", "content": content} for number, content in enumerate(contents)]
    return read_objects(files, "(ours)")


NODES = [
    {"identifier": "look", "unified_job_template": "Look"},
    {"identifier": "ask", "approval_node": {"name": "Ask"}, "after": {"look": "success"}},
]


def test_objects_come_in_the_order_in_which_they_need_each_other_and_a_node_after_those_behind_it() -> None:
    found = read({"workflow_job_template_node": NODES, "job_template": [{"name": "Look"}], "project": [{"name": "P"}]})
    assert [one["name"] for one in found] == ["P", "Look", "ask", "ask", "look"]
    # The module would link the template of an approval, too: an approval is linked by itself.
    assert "success_nodes" not in found[2]["args"] and found[3]["args"]["success_nodes"] == []
    assert found[4]["args"]["success_nodes"] == ["ask"] and found[4]["args"]["failure_nodes"] == []


def test_a_later_file_adds_to_an_object_and_a_node_to_a_workflow() -> None:
    more = {
        "job_template": [{"name": "Look", "forks": 9, "extra_vars": {"b": 2}}],
        "workflow_job_template_node": [{"identifier": "tell", "after": {"ask": "always"}}],
    }
    first = {"job_template": [{"name": "Look", "extra_vars": {"a": 1}}], "workflow_job_template_node": NODES}
    found = {(one["kind"], one["name"]): one["args"] for one in read(first, more)}
    assert found["job_template", "Look"]["extra_vars"] == {"a": 1, "b": 2}
    assert found["job_template", "Look"]["forks"] == 9
    assert found["workflow_job_template_node", "ask"]["always_nodes"] == ["tell"]


def test_what_is_empty_is_not_given_and_what_is_common_stands_below_the_own() -> None:
    [one] = read({"job_template": [{"name": "Look", "limit": "", "forks": 0, "base": {"forks": 5, "verbosity": 1}}]})
    assert one["args"] == {"name": "Look", "forks": 0, "verbosity": 1, "description": "(ours)"}
    assert one["absent_args"] == {"name": "Look"} and one["query"] == {"name": "Look"}


def test_a_node_that_is_switched_off_has_no_link() -> None:
    found = read({"workflow_job_template_node": [NODES[0], {**NODES[1], "enabled": "False"}]})
    assert [one["enabled"] for one in found] == [False, False, True]
    assert found[2]["args"]["success_nodes"] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text", "file 0 has no lists of objects"),
        ({"job": []}, "there is no kind 'job'"),
        ({"project": {"name": "P"}}, "project must be a list"),
        ({"project": [{"scm_type": "git"}]}, r"project\[0\] has no name"),
        ({"workflow_job_template_node": NODES[1:]}, "comes after 'look', and no node before it"),
        ({"workflow_job_template_node": [NODES[0], {**NODES[1], "after": {"look": "ok"}}]}, "on 'ok'"),
        ({"workflow_job_template_node": [NODES[0], {**NODES[1], "after": "look"}]}, "must be a dictionary"),
        ({"job_template": [{"name": "Look", "survey": [{"question": "Why?"}]}]}, "job_template 'Look'"),
    ],
)
def test_what_cannot_be_right_is_named(content: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        read(content)
