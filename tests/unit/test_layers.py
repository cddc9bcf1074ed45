# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The direction of imports: the tree keeps every contract, and each contract finds its violation."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools import layers

ROOT = Path(__file__).resolve().parents[2]
FULL = "ansible_collections.campaign.classic"

#: The id of a contract, a file, and an import in it that breaks the contract.
VIOLATIONS = {
    "module_utils": ("plugins/module_utils/_core/xtk.py", "from .._cure import plan"),
    "plugin_utils": ("plugins/plugin_utils/_evidence/files.py", "from .._fleet import gate"),
    "plugins": ("plugins/modules/option.py", "from ..plugin_utils._fleet import gate"),
    "alone": ("plugins/filter/visible.py", "import tools.tree"),
    "network": ("plugins/module_utils/_diagnosis/rules.py", "import requests"),
    "ansible": ("plugins/module_utils/_cure/plan.py", "def late():\n    import ansible.module_utils.basic"),
    "simulator": ("simulator/clock/timers.py", "from ..http import server"),
    "judge": ("simulator/engine/orders.py", f"import {FULL}.plugins.module_utils._core.xtk"),
    "new": ("plugins/module_utils/_new/thing.py", ""),
}


def test_the_tree_keeps_every_contract() -> None:
    broken, said = layers.check(ROOT, layers.COLLECTIONS)
    assert broken == 0, said


def test_the_folders_are_named_from_the_lowest_up() -> None:
    first, second, third = layers.floors()
    assert first.startswith("plugins.module_utils (9 floors): _core < ") and first.endswith("_cure < _operations")
    assert second.startswith("plugins.plugin_utils (") and third.startswith("simulator (")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report on a tree in which every contract is broken."""
    root = tmp_path_factory.mktemp("collections") / "ansible_collections/campaign/classic"
    for folder in ("plugins", "simulator"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    for path, line in VIOLATIONS.values():
        file = root / path
        file.parent.mkdir(exist_ok=True)
        file.write_text((file.read_text(encoding="utf-8") if file.exists() else "") + f"\n{line}\n", encoding="utf-8")
    (root / "plugins/module_utils/_new/__init__.py").touch()
    return layers.check(root, root.parents[2])[1]


@pytest.mark.parametrize("contract", [name for name in VIOLATIONS if name != "new"])
def test_a_contract_finds_what_it_is_for(said: str, contract: str) -> None:
    name = next(str(one["name"]) for one in layers.contracts() if one["id"] == contract)
    assert f"{name} BROKEN" in " ".join(said.split()), said
    path, _line = VIOLATIONS[contract]
    assert path.removesuffix(".py").replace("/", ".") in said, said


def test_a_folder_that_is_in_no_layer_is_found(said: str) -> None:
    assert "_new" in said
