# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistyped variables: a known one passes, and with one letter wrong it is refused with the right name proposed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.module_utils._change_window.policy import DEFAULTS
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import connection_spec
from ansible_collections.campaign.classic.plugins.plugin_utils._report.metrics import METRICS
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep import observations as _observations
from ansible_collections.campaign.classic.plugins.plugin_utils._variables.names import (
    HANDED_ON,
    OBSERVED,
    OUTPUTS,
    OWN,
    PREFIXES,
    inputs,
    is_unknown,
    nearest,
    one_edit,
    split,
    unknown_variables,
)

#: Names in the documentation that are no variables: groups, and a key of a result.
GROUPS = ("campaign_verdict_", "campaign_version_", "campaign_uses_", "campaign_role_")
NO_VARIABLES = {
    "campaign_facts",
    "campaign_marketing",
    "campaign_mid",
    "campaign_mid_sourcing_selected",
    "campaign_siblings_selected",
    "siblings_verdict",
}
ROOT = Path(__file__).resolve().parents[5]


def documented() -> set[str]:
    """The options in the argument specs, as YAML has them."""
    found = set()
    for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            found |= set(entry.get("options") or {})
    # The guard of the playbooks looks after what can be written to an instance; the kit for a controller has its own.
    return {name for name in found if name.startswith(PREFIXES)}


def set_by_tasks(data: Any) -> Iterator[str]:
    """The names that tasks and plays register, set, or give as variables."""
    if isinstance(data, list):
        for one in data:
            yield from set_by_tasks(one)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key == "register":
                yield value
            elif key in ("ansible.builtin.set_fact", "vars"):
                yield from value
            elif key == "ansible.builtin.set_stats":
                yield from value["data"]
            if isinstance(value, (dict, list)):
                yield from set_by_tasks(value)


def mutations(name: str) -> set[str]:
    """A name with one letter dropped, doubled, or swapped with the next one."""
    found = set()
    for at in range(len(name)):
        found |= {name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:]}
        found.add(name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :])
    return found - {name}


def test_what_is_read_from_the_argument_specs_is_all_that_stands_there() -> None:
    assert inputs() == documented() | {
        f"campaign_{name}" for name in connection_spec() if name not in ("session", "instance")
    } | {OWN}
    assert {f"change_window_{name}" for name in DEFAULTS} <= inputs()


def test_what_the_roles_and_playbooks_set_is_what_is_listed() -> None:
    found = set()
    for folder in ("roles/*/tasks", "playbooks", "playbooks/parts", "playbooks/tasks"):
        for path in ROOT.glob(f"{folder}/*.yml"):
            found |= set(set_by_tasks(yaml.safe_load(path.read_text(encoding="utf-8"))))
    ours = {name for name in found if name.startswith(PREFIXES)}
    assert ours - inputs() - OBSERVED == OUTPUTS


#: The metrics of a report have the prefix of the collection, too.
METRIC_NAMES = {metric.name for metric in METRICS}


def test_every_variable_that_the_documentation_names_is_known() -> None:
    texts = [*ROOT.glob("roles/*/README.md"), ROOT / "README.md", *ROOT.glob("docs/docsite/rst/*.rst")]
    texts += [path for folder in ("examples", "roles", "playbooks") for path in (ROOT / folder).rglob("*.yml")]
    for path in texts:
        for name in re.findall(rf"(?<![\w.])((?:{'|'.join(PREFIXES)})\w*[a-z0-9])\b", path.read_text(encoding="utf-8")):
            other = name in NO_VARIABLES | METRIC_NAMES or name.startswith(GROUPS)
            assert other or not is_unknown(name), f"{path.name}: {name}"


@pytest.mark.parametrize("name", sorted(inputs()))
def test_one_letter_wrong_is_refused_and_the_right_name_is_proposed(name: str) -> None:
    assert not unknown_variables({"h": [name]})
    for wrong in mutations(name) - inputs() - OUTPUTS - OBSERVED:
        meant = [known for known in inputs() if one_edit(wrong, known)]
        [sentence] = unknown_variables({"h": [wrong]})
        assert name in meant and sentence.startswith(f"{wrong} (on h) is no variable of this collection. Did you mean ")
        assert nearest(wrong) == name or len(meant) > 1


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("mid_sourcing_max_host", "mid_sourcing_max_hosts"),
        ("mid_sourcing_look_back", "mid_sourcing_lookback"),
        ("sibling_apply", "siblings_apply"),
        ("campain_url", "campaign_url"),
        ("change_windows_windows", "change_window_windows"),
        ("mid_sourcing_timezone", "change_window_timezone"),
        ("campaign_max_hosts", "mid_sourcing_max_hosts"),
        ("mid_sourcing_dry_run_only_please", ""),
    ],
)
def test_nearest_name(name: str, meant: str) -> None:
    [sentence] = unknown_variables({"h": [name]})
    assert nearest(name) == meant
    assert (f"Did you mean {meant}?" if meant else OWN) in sentence


def test_all_are_said_at_once_with_the_hosts_on_which_they_stand() -> None:
    hosts = {f"h{number}": ["mid_sourcing_aply", "ansible_host"] for number in range(8)}
    hosts["h0"] += ["campaign_usr"]
    found = unknown_variables(hosts, extra=["mid_sourcing_aply"])
    assert [sentence.split(" is ")[0] for sentence in found] == [
        "campaign_usr (on h0)",
        "mid_sourcing_aply (on the command line)",
    ]
    assert "(on every host)" in unknown_variables(hosts)[1]
    some = {**hosts, "h9": []}
    assert "(on h0, h1, h2, h3, h4 and 3 more)" in unknown_variables(some)[1]


@pytest.mark.parametrize("name", ["ansible_host", "__mid_sourcing_needs", "campaign", "url", "vault_campaign_password"])
def test_names_of_others_are_none_of_ours(name: str) -> None:
    assert not unknown_variables({"h": [name]})


def test_own_variables_are_named_and_hide_none_of_ours() -> None:
    names = {"h": ["campaign_team", "campaign_x_one", "campaign_x_two"]}
    assert not unknown_variables(names, ["campaign_team", "campaign_x_*"])
    assert not unknown_variables({"h": ["campaign_team"]}, "campaign_team")
    assert len(unknown_variables(names, ["campaign_team"])) == 2
    for own in ("*", "campaign_*", "mid_sourcing_max_*", "", "campaign_url"):
        with pytest.raises(ValidationError, match="would hide"):
            unknown_variables(names, [own])


def test_what_a_role_sets_cannot_be_given_above_it() -> None:
    for name in ("mid_sourcing_gate", "__mid_sourcing_is_rehearsal", "siblings_plan"):
        assert not unknown_variables({"h": [name]})
        assert unknown_variables({"h": [name]}, extra=[name]) == [
            f"{name} is what the collection itself sets, and cannot be given on the command line."
        ]
    for name in (*HANDED_ON, "mid_sourcing_plan", "mid_sourcing_apply"):
        assert not unknown_variables({"h": [name]}, extra=[name])


def test_inventory_plugin_says_nothing_that_is_unknown() -> None:
    source = Path(_observations.__file__).read_text(encoding="utf-8")
    said = set(re.findall(r'"(campaign_\w+)":', source))
    assert said and said <= OBSERVED


def test_prefix_and_stem() -> None:
    assert split("mid_sourcing_run") == ("mid_sourcing_", "run")
    assert split("url") == ("", "url")
