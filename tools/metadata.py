# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that files agree with each other: licence headers, the action group, the modules' documentation.

Run as ``python -m tools.metadata`` it prints every disagreement and ends with 1 if there is one.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path, PurePath
from typing import Any

import yaml

from .environment import ROOT
from .tree import project_files

# REUSE-IgnoreStart
HEADER = (
    "# Copyright: (c) 2026, campaign.classic maintainers",
    "# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)",
    "# SPDX-License-Identifier: GPL-3.0-or-later",
)
# REUSE-IgnoreEnd
PRIVATE = "# PRIVATE to the collection: may change at any time."
#: Files that can hold the header as comments.
COMMENTED = {".cfg", ".ini", ".j2", ".py", ".sh", ".toml", ".yaml", ".yml"}
#: Programs write these, or a tool needs them without a header.
WITHOUT_HEADER = ("changelogs/changelog.yaml", "changelogs/fragments/", "tests/golden/")

GROUP = "campaign.classic.all"
FRAGMENTS = {"campaign.classic.connection", "campaign.classic.attributes", "campaign.classic.attributes.action_group"}
ATTRIBUTES = ("check_mode", "diff_mode", "idempotent")


def check_header(path: PurePath, text: str) -> str:
    """The problem of a file's head, or an empty text.

    :param path: relative to the root.
    """
    if not _needs_header(path, text):
        return ""
    lines = [line for line in text.splitlines()[:6] if line != "---" and not line.startswith("#!")]
    if path.suffix == ".j2":
        return "" if HEADER[2].lstrip("# ") in text[:600] else "has no licence header"
    if tuple(lines[:3]) != HEADER:
        return "does not begin with the three lines of the licence header"
    if _is_private(path) and lines[3:4] != [PRIVATE]:
        return f"is private, and its fourth line does not say so: {PRIVATE}"
    return ""


def _needs_header(path: PurePath, text: str) -> bool:
    if path.suffix not in COMMENTED or path.as_posix().startswith(WITHOUT_HEADER) or "golden" in path.parts:
        return False
    # A folder of a collection has nothing in its __init__.py: ansible-test asks for that.
    return path.name != "__init__.py" or bool(text)


def _is_private(path: PurePath) -> bool:
    if path.parts[0] != "plugins" or path.suffix != ".py" or path.name == "__init__.py":
        return False
    return any(part.startswith("_") for part in path.parts)


def check_headers(root: Path) -> list[str]:
    """Every project file with a wrong head, one line each."""
    found = []
    for path in project_files(root):
        if path.suffix in COMMENTED and (problem := check_header(path, (root / path).read_text(encoding="utf-8"))):
            found.append(f"{path.as_posix()}: {problem}")
    return found


def check_action_group(root: Path) -> list[str]:
    """The disagreements between the modules, the group in meta/runtime.yml and the actions in plugins/action."""
    modules = _names(root / "plugins/modules")
    runtime = yaml.safe_load((root / "meta/runtime.yml").read_text(encoding="utf-8"))
    groups = runtime.get("action_groups", {})
    found = []
    if set(groups) != {"all"}:
        found.append(f"meta/runtime.yml: the one action group is 'all', not {sorted(groups)}")
    members = groups.get("all", [])
    if members != sorted(members):
        found.append("meta/runtime.yml: the members of the group are not in order")
    for name in sorted(modules ^ set(members)):
        where = "is no module" if name in members else "is not in the group"
        found.append(f"meta/runtime.yml: {name} {where}")
    for name in sorted(_names(root / "plugins/action") - modules):
        found.append(f"plugins/action/{name}.py: there is no module of this name")
    return found


def _names(folder: Path) -> set[str]:
    return {file.stem for file in folder.glob("*.py") if not file.stem.startswith("_")}


def documentation_of(source: str) -> dict[str, Any]:
    """The parsed DOCUMENTATION of a module; empty when it has none."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if names == ["DOCUMENTATION"]:
                parsed = yaml.safe_load(str(node.value.value))
                return parsed if isinstance(parsed, dict) else {}
    return {}


def check_documentation(name: str, source: str) -> list[str]:
    """What a module's documentation lacks: the shared fragments, and the description of every attribute."""
    document = documentation_of(source)
    fragments = set(document.get("extends_documentation_fragment", []))
    found = [f"{name}: does not extend the fragment {fragment}" for fragment in sorted(FRAGMENTS - fragments)]
    if "campaign.classic.attributes.info_module" not in fragments:
        attributes = document.get("attributes", {})
        found += [f"{name}: does not say how far it supports {key}" for key in ATTRIBUTES if key not in attributes]
    if name.endswith("_info") and "campaign.classic.attributes.info_module" not in fragments:
        found.append(f"{name}: only reads, and does not extend the fragment campaign.classic.attributes.info_module")
    return found


def main() -> int:
    """Check the tree that this file is in."""
    found = check_headers(ROOT) + check_action_group(ROOT)
    for module in sorted((ROOT / "plugins/modules").glob("*.py")):
        found += check_documentation(module.stem, module.read_text(encoding="utf-8"))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
