# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of instances, from one file or from many, and its possible errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.inventory import instances
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep import instances as _instances
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.instances import (
    Instance,
    files_of,
    read_instances,
)

A = {"name": "a", "url": "https://a.example.com"}
B = {"name": "b", "url": "https://b.example.com"}


def read(*own: Any, files: dict[str, Any] | None = None) -> list[Instance]:
    contents = files or {}
    return read_instances(own, "own.yml", [Path(name) for name in contents], contents.__getitem__)


def refused(*own: Any, files: dict[str, Any] | None = None) -> str:
    with pytest.raises(ValidationError) as caught:
        read(*own, files=files)
    assert caught.value.next_step
    return str(caught.value)


def test_entries_keep_their_order_and_their_place() -> None:
    found = read(A, files={"x.yml": [B], "y.yml": {"instances": [{"name": "c", "url": "http://c"}]}, "z.yml": None})
    assert [(one.name, one.place) for one in found] == [("a", "own.yml"), ("b", "x.yml"), ("c", "y.yml")]


def test_an_entry_has_a_connection_of_its_own_and_variables() -> None:
    (one,) = read({**A, "role": "mid", "ca_path": "/ca", "servers": ["http://x"], "vars": {"site": "oslo"}})
    assert one.connection == {"ca_path": "/ca"}
    assert (one.role, one.servers, one.variables) == ("mid", ("http://x",), {"site": "oslo"})


def test_two_instances_with_one_name_are_refused_with_both_places() -> None:
    message = refused(A, files={"x.yml": [{"name": "a", "url": "https://other"}]})
    assert "two instances with the name a: in own.yml and in x.yml" in message


@pytest.mark.parametrize(
    "url", ["https://a.example.com/", "https://A.example.com:443", "https://a.example.com/nl/jsp/x"]
)
def test_two_instances_with_one_url_are_refused_however_it_is_written(url: str) -> None:
    message = refused(A, {"name": "b", "url": url})
    assert message.startswith("a (in own.yml) and b (in own.yml) have the same address")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("http://[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080/"),
        ("https://k\u00f6ln.example", "https://xn--kln-sna.example"),
        ("https://a.example.com", "https://a.example.com.:443"),
        ("http://127.0.0.1", "http://127.1:80"),
    ],
)
def test_an_address_in_another_spelling_is_the_same(first: str, second: str) -> None:
    assert f"same address {second}" in refused({**A, "url": first}, {**B, "url": second})


def test_a_further_address_that_another_instance_has_is_refused() -> None:
    assert "same address https://a.example.com" in refused(A, {**B, "servers": ["https://a.example.com"]})


@pytest.mark.parametrize("key", ["password", "access_token", "client_secret", "proxy"])
def test_a_secret_in_the_list_is_refused_and_not_shown(key: str) -> None:
    message = refused({**A, key: "canary-5512"})
    assert key in message and "CAMPAIGN_CREDENTIALS_FILE" in message
    assert "canary-5512" not in message
    if key != "proxy":
        message = refused({**A, "vars": {f"campaign_{key}": "canary-5512"}})
        assert f"campaign_{key} in vars" in message and "canary-5512" not in message


def test_a_variable_that_names_a_secret_is_none() -> None:
    (found,) = read({**A, "vars": {"campaign_password": "{{ vault_of_a }}"}})
    assert found.variables == {"campaign_password": "{{ vault_of_a }}"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a", "entry 1 of own.yml is not an instance"),
        ({"url": "https://a"}, "no name"),
        ({"name": "a b", "url": "https://a"}, "no name"),
        ({"name": "{{ x }}", "url": "https://a"}, "no name"),
        ({"name": 7, "url": "https://a"}, "no name"),
        ({"name": "a"}, "a in own.yml: '' is not the URL"),
        ({"name": "a", "url": "a.example.com"}, "is not the URL"),
        ({"name": "a", "url": "https://u:canary-1@a"}, "a user or a password"),
        ({**A, "role": "boss"}, "role 'boss'"),
        ({**A, "servers": "http://x"}, "servers is a list"),
        ({**A, "vars": ["x"]}, "vars are variables"),
        ({**A, "urll": "x"}, "keys that mean nothing here: urll"),
    ],
)
def test_an_entry_that_cannot_be_right_is_refused_with_its_place(row: Any, words: str) -> None:
    message = refused(row)
    assert words in message
    assert "canary-1" not in message


@pytest.mark.parametrize("content", ["text", {"hosts": []}, {"instances": "a"}, 7])
def test_a_file_that_is_no_list_is_refused_with_its_name(content: Any) -> None:
    assert "x.yml" in refused(A, files={"x.yml": content})


def test_no_instance_at_all_is_refused() -> None:
    assert "names no instance" in refused(files={"x.yml": []})


def test_a_directory_gives_its_files_by_name(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "c.json", ".hidden.yml", "README.md", "a.yml~"):
        (tmp_path / name).write_text("[]", encoding="utf-8")
    (tmp_path / "d.yml").mkdir()
    assert [path.name for path in files_of(tmp_path.name, str(tmp_path.parent))] == ["a.yaml", "b.yml", "c.json"]
    assert [path.name for path in files_of("b.yml", str(tmp_path))] == ["b.yml"]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="There is no file or directory .*nowhere"):
        files_of("nowhere", str(tmp_path))


def test_the_keys_of_an_entry_are_those_that_are_documented() -> None:
    documented = yaml.safe_load(instances.DOCUMENTATION)["options"]["instances"]["suboptions"]
    assert set(documented) == _instances._KEYS


@pytest.mark.parametrize(
    "name",
    [
        "campaign",
        "campaign_marketing",
        "campaign_mid",
        "campaign_role_unknown",
        "campaign_verdict_stuck",
        "campaign_mid_sourcing_selected",
        "campaign_siblings_selected",
    ]
    + ["campaign_version_7_4_3", "campaign_uses_mid_eu", "all", "ungrouped", "mine"],
)
def test_a_name_of_a_group_is_refused_with_its_place(name: str) -> None:
    with pytest.raises(ValidationError, match=rf"{name} \(entry 2 of own.yml\) is the name of a group"):
        read_instances([A, {**B, "name": name}], "own.yml", [], dict, groups={"mine"})


@pytest.mark.parametrize(
    "name",
    [
        "",
        " a",
        "a ",
        "-a",
        "a[1:3]",
        "a,b",
        "!a",
        "&a",
        "a*",
        "~a",
        "@a",
        "a/b",
        "h\u00f4te",
        "a\x1b",
        "a\n",
        None,
        7,
        "a:1",
    ],
)
def test_a_name_that_no_host_can_have_is_refused_with_its_place(name: Any) -> None:
    assert "the entry 2 of own.yml has no name that can be a host's" in refused(A, {**B, "name": name})


def test_all_wrong_names_are_told_at_once() -> None:
    others = [B, {**A, "name": "B"}, {**A, "name": "localhost"}]
    message = refused({**A, "name": "all"}, {**A, "name": "a b"}, files={"x.yml": others})
    for part in (
        "all (entry 1 of own.yml) is the name of a group",
        "the entry 2 of own.yml has no name",
        "b (entry 1 of x.yml) and B (entry 2 of x.yml) differ only by case",
        "localhost (entry 3 of x.yml) is the machine that runs Ansible",
    ):
        assert part in message


def test_a_name_that_only_begins_like_a_group_is_taken() -> None:
    assert [one.name for one in read({**A, "name": "campaign-eu"}, {**B, "name": "campaign_eu"})]
