# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's name is made a file's name, and is read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.file_names import (
    LONGEST_STEM,
    host_of,
    host_stem,
    is_host_stem,
    is_list_name,
    list_name,
    run_name,
)

ORDINARY = ["mkt-paris", "MKT1", "10.0.0.1", "a", "a_b.example.com", "2026"]
OTHERS = {
    "hôte": "h%C3%B4te",
    "a/b": "a%2Fb",
    "..": "%2E.",
    ".": "%2E",
    ".hidden": "%2Ehidden",
    "_plan": "%5Fplan",
    "-x": "%2Dx",
    "100%": "100%25",
    "a%2Fb": "a%252Fb",
    "a b\n": "a%20b%0A",
    "[::1]": "%5B%3A%3A1%5D",
    "*?": "%2A%3F",
    "\x00": "%00",
    "日本": "%E6%97%A5%E6%9C%AC",
}


@pytest.mark.parametrize("host", ORDINARY)
def test_ordinary_name_stays_as_it_is_so_that_older_evidence_is_found(host: str) -> None:
    assert host_stem(host) == host and host_of(host) == host and is_host_stem(host)


@pytest.mark.parametrize(("host", "stem"), OTHERS.items())
def test_every_other_name_is_escaped_and_read_back(host: str, stem: str) -> None:
    assert (host_stem(host), host_of(stem), is_host_stem(stem)) == (stem, host, True)


@given(st.text(min_size=1, max_size=90))
def test_any_name_makes_one_component_and_no_two_share_it(host: str) -> None:
    stem = host_stem(host)
    assert "/" not in stem and stem.isascii() and stem[0] not in "._-" and len(stem) <= LONGEST_STEM
    assert is_host_stem(stem)
    assert host_of(stem) == (host if "%-" not in stem else "")


def test_name_that_is_too_long_ends_in_its_digest() -> None:
    long, other = "é" * 300, "é" * 301
    stem = host_stem(long)
    assert len(f"{stem}.affected.csv") <= 255 and stem.startswith("%C3%A9%C3%A9") and stem != host_stem(other)
    assert is_host_stem(stem) and host_of(stem) == ""
    assert host_stem("x" * 253) != host_stem("x" * 254)


@pytest.mark.parametrize("stem", ["_plan", "", ".x", "%2f", "%zz", "a%", "h%C3", "a b"])
def test_file_that_is_no_hosts_is_none(stem: str) -> None:
    assert host_of(stem) == ""


def test_name_of_a_run_is_taken_as_it_is() -> None:
    assert run_name("change-4711") == "change-4711"


@given(*[st.text(min_size=1, max_size=90)] * 2)
def test_list_of_any_option_has_a_name_of_its_own(host: str, option: str) -> None:
    name = list_name(host_stem(host), option)
    assert "/" not in name and name.isascii() and name[0] not in "._-" and len(name) <= 255
    assert is_list_name(name) and not is_host_stem(name)


def test_list_has_the_names_of_host_and_option() -> None:
    assert list_name("mkt-paris", "NmsMidSourcing_LastDelivery_eu") == (
        "mkt-paris~NmsMidSourcing_LastDelivery_eu.affected.csv"
    )
    assert list_name(host_stem("a b"), "../é~") == "a%20b~..%2F%C3%A9%7E.affected.csv"
    assert list_name("a", "b.c") != list_name("a.b", "c")


@pytest.mark.parametrize("host", ["m", *("m" * number + "\u672c" * 60 for number in range(4)), "m" * 240])
def test_list_of_a_long_name_is_told_from_others(host: str) -> None:
    stem = host_stem(host)
    names = {list_name(stem, option) for option in ("eu", "us", "\u672c" * 90, "\u672c" * 91)}
    assert len(names) == 4 and all(is_list_name(name) and len(name) <= 255 for name in names)


@pytest.mark.parametrize("name", ["", "mkt", "mkt.json", ".affected.csv", "a/b.affected.csv", "a~b~c.affected.csv"])
def test_other_file_is_no_list(name: str) -> None:
    assert not is_list_name(name)


@pytest.mark.parametrize("host", ["mkt", "m" * 241])
def test_list_of_the_first_release_is_one(host: str) -> None:
    assert is_list_name(f"{host_stem(host)}.affected.csv")
