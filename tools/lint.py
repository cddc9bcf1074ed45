# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check that needs no running server, one after the other.

``python -m tools.lint`` runs all of them, ``python -m tools.lint NAME ...`` the named ones.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from .environment import BUILD, ROOT, suite_environment
from .results import Case, write_results
from .tree import copy_project, copy_to

Commands = list[Sequence[str]]


def _python(*arguments: str) -> Sequence[str]:
    return (sys.executable, "-m", *arguments)


def _existing(*folders: str) -> list[str]:
    return [folder for folder in folders if any((ROOT / folder).rglob("*.py"))]


def _docs() -> Commands:
    # In a copy: it checks everything below its folder, the virtual environment too.
    copy = str(copy_project("docs"))
    options = ("--plugin-docs", "--validate-collection-refs", "self")
    return [("antsibull-docs", "lint-collection-docs", *options, copy)]


def _ansible() -> Commands:
    # As in a plain clone, which make has not touched: Ansible does not find the collection there by itself.
    clone = copy_to(BUILD / "clone" / "campaign.classic")
    return [("sh", "-c", 'unset ANSIBLE_COLLECTIONS_PATH; cd "$1" && exec ansible-lint --nocolor -q', "sh", str(clone))]


def _types() -> Commands:
    # Modules run on older Pythons than the simulator does; mypy knows none older than 3.10.
    return [
        _python("mypy", "--python-version", "3.10", *_existing("plugins/module_utils", "plugins/plugin_utils")),
        _python("mypy", "--python-version", "3.11", *_existing("simulator", "tools", "extensions/molecule")),
    ]


#: Name -> the commands that must all succeed. They are built only when the check runs.
CHECKS: dict[str, Callable[[], Commands]] = {
    "ruff": lambda: [_python("ruff", "check", "--quiet", "--output-format", "concise", ".")],
    "format": lambda: [_python("ruff", "format", "--check", "--quiet", "--output-format", "concise", ".")],
    "types": _types,
    "layers": lambda: [_python("tools.layers")],
    "metadata": lambda: [_python("tools.metadata")],
    "locks": lambda: [_python("tools.lock", "--check")],
    "returns": lambda: [_python("tools.returns")],
    "reference": lambda: [_python("tools.reference")],
    "complexity": lambda: [_python("tools.complexity")],
    "symbols": lambda: [_python("tools.symbols")],
    "duplicates": lambda: [_python("tools.duplicates")],
    "words": lambda: [_python("tools.words")],
    "licences": lambda: [("reuse", "lint", "--lines")],
    "yaml": lambda: [("yamllint", "--strict", ".")],
    "ansible": _ansible,
    "changelog": lambda: [("antsibull-changelog", "lint")],
    "docs": _docs,
    "import": lambda: [_python("tools.dist", "--check")],
}


def run_check(name: str) -> Case:
    """Run one check, and show its output when it fails."""
    started = time.monotonic()
    for command in CHECKS[name]():
        environment = suite_environment(os.environ)
        result = subprocess.run(
            command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        if result.returncode != 0:
            print(result.stdout.rstrip())
            seconds = time.monotonic() - started
            print(f"failed   {name:12} {seconds:6.1f} s  ({' '.join(map(str, command))})", flush=True)
            return Case(name, "failed", f"{command[0]} ended with {result.returncode}", seconds)
    seconds = time.monotonic() - started
    print(f"passed   {name:12} {seconds:6.1f} s", flush=True)
    return Case(name, "passed", "", seconds)


def main(names: Sequence[str]) -> int:
    """Run the named checks, or all."""
    if unknown := [name for name in names if name not in CHECKS]:
        print(f"There is no check {', '.join(unknown)}. There are: {', '.join(CHECKS)}.")
        return 2
    cases = [run_check(name) for name in names or CHECKS]
    write_results(BUILD / "results" / "lint.xml", "lint", cases)
    return 1 if any(case.outcome == "failed" for case in cases) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
