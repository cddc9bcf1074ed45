# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide on speed shows the figures of its data file, and the floor unchanged."""

from __future__ import annotations

import json

import pytest

from tests.bench.contestants import HERE, ROOT
from tests.bench.guide import DOCS, GUIDE, filled
from tests.bench.report import BARS

TEXT = GUIDE.read_text(encoding="utf-8")
CONTENT = json.loads((DOCS / "bench.json").read_text(encoding="utf-8"))
FLOOR = (HERE / "floor.py").read_text(encoding="utf-8")


def test_the_guide_is_what_the_figures_and_the_floor_make_of_it() -> None:
    assert filled(TEXT, CONTENT, FLOOR) == TEXT, "run: .venv/bin/python -m tests.bench.guide"


def test_every_aim_stands_with_what_was_reached() -> None:
    assert [aim["bar"] for aim in CONTENT["bars"]][: len(BARS)] == [aim.text for aim in BARS]
    rows = " ".join(TEXT.split())
    for aim in CONTENT["bars"]:
        assert f"{aim['bar']} - {aim['value']:g} - {'reached' if aim['reached'] else 'missed'}" in rows


def test_a_guide_without_a_place_for_the_figures_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place for the figures"):
        filled("Speed\n=====\n", CONTENT, FLOOR)


def test_the_guide_to_many_instances_names_the_same_figures() -> None:
    guide = " ".join((ROOT / "docs/docsite/rst/fleet_guide.rst").read_text(encoding="utf-8").split())
    small, large = (
        {one["contestant"]: one["wall"] for one in CONTENT["figures"] if (one["size"], one["latency"]) == (size, 0)}
        for size in (100, 1000)
    )
    sentences = (
        f"100 hosts take {small['a']:.0f} s with ``ansible.builtin.uri``, {small['b']:.1f} s with modules as Ansible",
        f"{small['c']:.1f} s with the tasks of this collection; a ``debug`` task takes {small['g']:.1f} s.",
        f"1,000 instances take {large['d']:.1f} s in the inventory, and {large['e']:.1f} s in a bare ``requests``",
        f"at 1,000 hosts ``detect`` takes {large['h']:.1f} s, ``plan`` {large['i']:.1f} s, ``reconcile`` up to its "
        f"gate {large['j']:.1f} s, and one ``debug`` task {large['g']:.1f} s.",
    )
    assert [one for one in sentences if one not in guide] == []
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"take {large['h']:.1f} s on two cores, {large['h'] / large['g']:.2f} of what one `debug` task" in readme
