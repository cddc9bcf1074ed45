# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-test sanity on a copy of the tree, and allows no exceptions from it.

ansible-test needs the collection below ``ansible_collections/campaign/classic``, makes virtual environments in its
home, and gets pip for them from a host on the internet. If that host cannot be reached, our own script replaces the
download: it installs the same pip from the package index.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import typing as t
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from .environment import BUILD, ROOT, suite_environment
from .packages import provide
from .results import Case, write_results
from .tree import copy_project

#: The oldest Python that modules are written for.
OLDEST = (3, 9)
#: What ansible-test checks of modules on each Python.
OF_MODULES = ("compile", "import")
#: Tells ansible-test that Python, or it would want what only Python 2 needs.
SETTINGS = ROOT / "tests" / "config.yml"

#: Replaces the download: the pip that comes with Python installs the version that ansible-test requests.
BOOTSTRAP = """\
import ensurepip, pathlib, sys, sysconfig
folder = sysconfig.get_config_var("WHEEL_PKG_DIR") or pathlib.Path(ensurepip.__file__).parent / "_bundled"
sys.path.insert(0, str(sorted(pathlib.Path(folder).glob("pip-*.whl"))[-1]))
from pip._internal.cli.main import main
arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.exit(main(["install", "--upgrade", *arguments]))
"""

_TEST = r"""sanity test ["']?([a-z0-9-]+)["']?(?: on Python ([0-9.]+))?"""
RUNNING = re.compile(rf"^Running {_TEST}", re.MULTILINE)
SKIPPED = re.compile(rf"^WARNING: Skipping {_TEST} ?(.*)$", re.MULTILINE)
FOUND = re.compile(r"^ERROR: (Found \d+ ([a-z0-9-]+) issue\(s\))", re.MULTILINE)
FATAL = re.compile(r"^FATAL: (.*)$", re.MULTILINE)


def _ansible_test() -> Path:
    """The ansible-test of this environment."""
    spec = find_spec("ansible_test")
    assert spec is not None and spec.submodule_search_locations, "ansible-core is not installed"
    return Path(spec.submodule_search_locations[0])


def pip_versions(source: str) -> list[str]:
    """The versions of pip that ansible-test needs, read from its ``python_requirements.py``."""
    return sorted(set(re.findall(r"\bpip='([0-9.]+)'", source)))


def bootstrap_url(source: str) -> str:
    """Where ansible-test downloads pip from, with ``%s`` for the version, read from its ``requirements.py``."""
    match = re.search(r"url = '(https://[^']+%s[^']*)'", source)
    return match.group(1) if match else ""


def can_download(url: str) -> bool:
    """Whether the download would work, within a few seconds."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def provide_bootstrap(home: Path, package: Path | None = None) -> None:
    """Put our own script where ansible-test keeps its download, unless it is there or can be downloaded.

    :param package: the folder of another ansible-test than that of this environment.
    """
    package = package or _ansible_test()
    url = bootstrap_url((package / "_util/target/setup/requirements.py").read_text(encoding="utf-8"))
    for version in pip_versions((package / "_internal/python_requirements.py").read_text(encoding="utf-8")):
        cached = home / ".ansible/test/cache" / f"get_pip_{version.replace('.', '_')}.py"
        if not cached.exists() and not (url and can_download(url % version)):
            cached.parent.mkdir(parents=True, exist_ok=True)
            cached.write_text(BOOTSTRAP, encoding="utf-8")


def find_python(version: tuple[int, int], environment: Mapping[str, str]) -> Path | None:
    """A Python of exactly this version that runs, from the search path or from pyenv; None when there is none."""
    name = f"python{version[0]}.{version[1]}"
    on_path = shutil.which(name, path=environment["PATH"])
    candidates = [Path(on_path)] if on_path else []
    roots = [environment["PYENV_ROOT"]] if environment.get("PYENV_ROOT") else []
    # A shim runs only for a selected version; the Pythons themselves are beside it.
    roots += [str(candidate.parents[1]) for candidate in candidates if candidate.parent.name == "shims"]
    for root in roots:
        candidates += sorted(Path(root).glob(f"versions/{version[0]}.{version[1]}.*/bin/{name}"), reverse=True)
    probe = f"import sys, venv; sys.exit(sys.version_info[:2] != {version})"
    for candidate in candidates:
        if subprocess.run([candidate, "-c", probe], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def exceptions(root: Path) -> list[str]:
    """Entries in ignore files: the collection has none, so that every finding is fixed."""
    found = []
    for file in sorted((root / "tests/sanity").glob("ignore*.txt")):
        lines = file.read_text(encoding="utf-8").splitlines()
        found += [f"{file.relative_to(root)}:{number}: {line}" for number, line in enumerate(lines, 1) if line.strip()]
    return found


def cases_of(output: str, status: int, python: str) -> list[Case]:
    """The result of ansible-test, one case for each of its tests.

    :param output: everything that it printed.
    :param status: its exit status.
    :param python: the version it ran with, part of the names.
    """
    skipped = {_name(match, python): match.group(3) for match in SKIPPED.finditer(output)}
    names = list(dict.fromkeys(_name(match, python) for match in RUNNING.finditer(output)))
    failed = _failed(output)
    details = {test: text for text, test in FOUND.findall(output)}
    cases = []
    for name in names:
        test = name.split(" ")[0]
        if test in failed:
            cases.append(Case(name, "failed", details.get(test, "see what it printed")))
        elif name not in skipped:
            cases.append(Case(name, "passed"))
    return _whole(cases, skipped, output, status, python)


def _whole(cases: list[Case], skipped: dict[str, str], output: str, status: int, python: str) -> list[Case]:
    """All cases: with the skipped ones, and with one for the run if no other reports that it failed."""
    cases += [Case(name, "skipped", reason) for name, reason in skipped.items()]
    whole = f"ansible-test (Python {python})"
    if not cases:
        cases.append(Case(whole, "failed", "not one of its tests was run"))
    if status != 0 and all(case.outcome != "failed" for case in cases):
        cases.append(Case(whole, "failed", [f"ended with {status}", *FATAL.findall(output)][-1]))
    return cases


def _name(match: re.Match[str], python: str) -> str:
    return f"{match.group(1)} (Python {match.group(2) or python})"


def _failed(output: str) -> set[str]:
    """The names that ansible-test lists at its end."""
    _before, found, after = output.partition("sanity test(s) listed below")
    return set(re.findall(r"^([a-z0-9-]+)(?: --python [0-9.]+)?$", after, re.MULTILINE)) if found else set()


def tree_for(purpose: str, environment: Mapping[str, str]) -> Path:
    """A copy of the project for ansible-test.

    Our tests are in no archive. ruff and mypy read them, in a tenth of the time. The settings of ansible-test stay.
    """
    tree = copy_project(purpose)
    for path in (tree / "tests").iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != SETTINGS.name:
            path.unlink()
    if shutil.which("git"):
        # Otherwise ansible-test would ask the repository round the copy, which ignores everything below .build.
        subprocess.run(["git", "init", "--quiet"], cwd=tree, env=environment, check=True)
    return tree


def run_sanity(
    tree: Path,
    version: str,
    tests: Sequence[str],
    environment: Mapping[str, str],
    output: t.TextIO | None = None,
) -> list[Case]:
    """Run ansible-test with one Python and show its output as it comes; all of its tests when none is named.

    :param output: where to show it, if not on standard output.
    """
    command = ["ansible-test", "sanity", "--venv", "--python", version, "--color", "no"]
    for test in tests:
        command += ["--test", test]
    process = subprocess.Popen(
        command,
        cwd=tree,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        print(line, end="", flush=True, file=output)
    return cases_of("".join(lines), process.wait(), version)


def main() -> int:
    """Run everything on the venv's Python, and the module tests on the oldest one, if it exists."""
    environment = suite_environment(os.environ)
    ignored = exceptions(ROOT)
    cases = [
        Case("no exceptions", "failed" if ignored else "passed", "; ".join(ignored)),
    ]
    if reason := provide("shellcheck", "shellcheck", environment):
        print(f"WARNING: {reason}")
    tree = tree_for("sanity", environment)
    provide_bootstrap(Path(environment["HOME"]))
    newest, oldest = (sys.version_info.major, sys.version_info.minor), find_python(OLDEST, environment)
    # ansible-test searches for Pythons by name on the search path, where a shim may not work.
    environment["PATH"] = os.pathsep.join([str(BUILD / "pythons"), environment["PATH"]])
    cases += run_sanity(tree, offer(newest, Path(sys.executable)), [], environment)
    if oldest:
        cases += run_sanity(tree, offer(OLDEST, oldest), OF_MODULES, environment)
    else:
        cases += not_on(OLDEST)
    write_results(BUILD / "results" / "sanity.xml", "sanity", cases)
    return 1 if any(case.outcome == "failed" for case in cases) else 0


def not_on(version: tuple[int, int]) -> list[Case]:
    """The tests of modules, skipped: this Python is not here."""
    name = f"Python {version[0]}.{version[1]}"
    return [Case(f"{test} ({name})", "skipped", f"there is no {name} here") for test in OF_MODULES]


def offer(version: tuple[int, int], target: Path) -> str:
    """Link a Python under its name where ansible-test looks first; returns its version as text."""
    text = f"{version[0]}.{version[1]}"
    link = BUILD / "pythons" / f"python{text}"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    return text


if __name__ == "__main__":
    sys.exit(main())
