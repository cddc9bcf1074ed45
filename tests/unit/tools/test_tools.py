# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smaller tools: each finds what it is made for."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pytest

from tools import dist, duplicates, environment, lint, metadata, packages, tree

ROOT = Path(__file__).resolve().parents[3]
BODY = """
    total = 0
    for number in numbers:
        if number > limit:
            total += number
        else:
            total -= 1
    return total
"""


def test_code_written_twice_is_found_whatever_its_layout() -> None:
    again = BODY.replace("total = 0", "# a comment\n\n    total = 0")
    found = duplicates.find_duplicates(
        {"a.py": f"def f(numbers, limit):{BODY}", "b.py": f"def g(numbers, limit):{again}"}
    )
    assert found == ["b.py:4-10: the same as a.py:2-8"]


def test_code_written_twice_in_one_file_is_found() -> None:
    source = f"def f(numbers, limit):{BODY}\n\ndef g(numbers, limit):{BODY}"
    assert len(duplicates.find_duplicates({"a.py": source})) == 1


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("\n".join(f"import m{number}" for number in range(10)), id="imports"),
        pytest.param("\n".join(f'TEXT_{number} = """words"""' for number in range(10)), id="documentation"),
        pytest.param("def f(x):\n    y = x + 1\n    return y", id="few-statements"),
    ],
)
def test_what_is_alike_by_nature_is_no_duplicate(source: str) -> None:
    assert duplicates.find_duplicates({"a.py": source, "b.py": source}) == []


def test_repeated_statements_that_overlap_are_no_duplicate() -> None:
    assert duplicates.find_duplicates({"a.py": "call()\n" * 8}) == []


@pytest.mark.parametrize(
    ("path", "lines", "says"),
    [
        ("simulator/x.py", metadata.HEADER, ""),
        ("simulator/x.py", (), "licence header"),
        ("simulator/x.py", metadata.HEADER[:2], "licence header"),
        ("tools/x.sh", ("#!/usr/bin/env bash", *metadata.HEADER), ""),
        ("meta/runtime.yml", ("---", *metadata.HEADER), ""),
        ("plugins/module_utils/_x.py", metadata.HEADER, "is private"),
        ("plugins/module_utils/_core/x.py", metadata.HEADER, "is private"),
        ("plugins/module_utils/_core/__init__.py", (), ""),
        ("plugins/module_utils/_x.py", (*metadata.HEADER, metadata.PRIVATE), ""),
        ("roles/x/templates/x.j2", ("{# nothing #}",), "no licence header"),
        ("roles/x/templates/x.j2", ("{#", metadata.HEADER[2], "#}"), ""),
        ("docs/page.md", (), ""),
        ("changelogs/changelog.yaml", (), ""),
    ],
)
def test_head_of_a_file(path: str, lines: Sequence[str], says: str) -> None:
    problem = metadata.check_header(PurePosixPath(path), "\n".join(lines))
    assert says in problem
    assert bool(problem) == bool(says)


def _collection(root: Path, members: str, modules: Sequence[str], actions: Sequence[str]) -> Path:
    for folder in ("meta", "plugins/modules", "plugins/action"):
        (root / folder).mkdir(parents=True)
    (root / "meta/runtime.yml").write_text(f"action_groups:\n  all: [{members}]\n", encoding="utf-8")
    for name in modules:
        (root / f"plugins/modules/{name}.py").touch()
    for name in actions:
        (root / f"plugins/action/{name}.py").touch()
    return root


@pytest.mark.parametrize(
    ("members", "modules", "actions", "says"),
    [
        ("option, workflow", ["option", "workflow"], ["option"], []),
        ("option", ["option", "workflow"], [], ["workflow is not in the group"]),
        ("option, workflow", ["option"], [], ["workflow is no module"]),
        ("workflow, option", ["option", "workflow"], [], ["not in order"]),
        ("option", ["option"], ["query"], ["there is no module of this name"]),
    ],
)
def test_action_group(
    tmp_path: Path, members: str, modules: Sequence[str], actions: Sequence[str], says: Sequence[str]
) -> None:
    found = metadata.check_action_group(_collection(tmp_path, members, modules, actions))
    assert len(found) == len(says)
    assert all(part in line for part, line in zip(says, found, strict=True))


def test_module_must_name_the_fragments_and_every_attribute() -> None:
    found = metadata.check_documentation("option", 'DOCUMENTATION = r"""\nmodule: option\n"""\n')
    assert len(found) == len(metadata.FRAGMENTS) + len(metadata.ATTRIBUTES)


def test_module_that_only_reads_must_name_the_fragment_that_says_so() -> None:
    names = "".join(f"  - {name}\n" for name in sorted(metadata.FRAGMENTS))
    attributes = "".join(f"  {name}: {{support: full}}\n" for name in metadata.ATTRIBUTES)
    source = f'DOCUMENTATION = r"""\nextends_documentation_fragment:\n{names}attributes:\n{attributes}"""\n'
    assert metadata.check_documentation("option", source) == []
    (found,) = metadata.check_documentation("option_info", source)
    assert "info_module" in found


def test_personal_settings_do_not_reach_a_suite() -> None:
    base = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "CAMPAIGN_URL": "https://production.example.com",
        "ANSIBLE_CONFIG": "/home/me/ansible.cfg",
        "PYTHONPATH": "/home/me/lib",
        "PIP_INDEX_URL": "https://index.example.com",
        "https_proxy": "http://proxy.example.com",
        "no_proxy": "example.com",
    }
    result = environment.suite_environment(base)
    assert not {"CAMPAIGN_URL", "ANSIBLE_CONFIG", "PYTHONPATH"} & set(result)
    assert result["PIP_INDEX_URL"] == base["PIP_INDEX_URL"]
    assert result["https_proxy"] == base["https_proxy"]
    assert result["no_proxy"] == "example.com,127.0.0.1,localhost"
    assert result["HOME"].startswith(str(ROOT))
    assert result["npm_config_userconfig"] == "/home/me/.npmrc"
    assert result["PATH"].endswith(f"{os.pathsep}/bin")


def test_program_that_is_there_is_not_installed(tmp_path: Path) -> None:
    calls: list[Sequence[str]] = []
    assert packages.provide("sh", "dash", {"PATH": "/bin:/usr/bin"}, run=_recorder(calls, True), is_root=True) == ""
    assert calls == []


def test_root_on_debian_gets_a_missing_program(tmp_path: Path) -> None:
    calls: list[Sequence[str]] = []
    reason = packages.provide(
        "chart", "charts", _debian(tmp_path), run=_recorder(calls, False, True, True), is_root=True
    )
    assert reason == ""
    assert [call[1] for call in calls] == ["install", "update", "install"]
    assert calls[0][-1] == "charts"


def test_failed_installation_is_told(tmp_path: Path) -> None:
    run = _recorder([], False, False)
    assert "could not install charts" in packages.provide("chart", "charts", _debian(tmp_path), run=run, is_root=True)


def test_user_without_rights_is_told_what_to_install(tmp_path: Path) -> None:
    calls: list[Sequence[str]] = []
    reason = packages.provide("chart", "charts", _debian(tmp_path), run=_recorder(calls), is_root=False)
    assert "apt-get install charts" in reason
    assert calls == []


def test_other_systems_get_no_package(tmp_path: Path) -> None:
    assert packages.provide("chart", "charts", {"PATH": str(tmp_path)}, is_root=True) == "'chart' is not installed"


def _debian(folder: Path) -> dict[str, str]:
    apt_get = folder / "apt-get"
    apt_get.write_text("#!/bin/sh\n", encoding="utf-8")
    apt_get.chmod(0o755)
    return {"PATH": str(folder)}


def _recorder(calls: list[Sequence[str]], *answers: bool) -> packages.Run:
    given = iter(answers)

    def run(command: Sequence[str]) -> bool:
        calls.append(command)
        return next(given)

    return run


def test_project_files_leave_out_what_is_local() -> None:
    files = tree.project_files(ROOT)
    assert Path("galaxy.yml") in files
    assert not [path for path in files if path.parts[0] in {".venv", ".build", ".git"}]


def test_tree_without_git_gives_its_files_too(tmp_path: Path) -> None:
    for name in ("galaxy.yml", ".venv/bin/python", "plugins/x.py", "plugins/__pycache__/x.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert tree.project_files(tmp_path) == [Path("galaxy.yml"), Path("plugins/x.py")]


def test_warning_of_the_importer_is_a_finding() -> None:
    said = "Importing\nWARNING: roles/x: load-failure\nLoading role x\nERROR: No role readme found.\nDone\n"
    assert dist.findings(said) == ["WARNING: roles/x: load-failure", "ERROR: No role readme found."]
    assert dist.findings("Importing\nImporter processing completed successfully\n") == []


def test_unknown_check_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.main(["layers", "spelling"]) == 2
    assert "spelling" in capsys.readouterr().out


def _setup(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    for name in ("tools/setup.sh", "requirements/build.lock.txt", "requirements/dev.lock.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        if not (folder / name).exists():
            (folder / name).write_bytes((ROOT / name).read_bytes())
    values = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYENV_ROOT": str(folder), **variables}
    return subprocess.run(
        [shutil.which("bash") or "bash", str(folder / "tools/setup.sh")],
        env=values,
        capture_output=True,
        text=True,
        check=False,
    )


def test_setup_refuses_a_python_that_does_not_run(tmp_path: Path) -> None:
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho 'no such version' >&2\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    result = _setup(tmp_path, PYTHON=str(shim))
    assert result.returncode == 1
    assert f"PYTHON={shim}" in result.stderr
    assert not (tmp_path / ".venv").exists()


def test_setup_finds_the_pythons_behind_shims_that_do_not_run(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    for name in ("shims/python3", "shims/python3.13", "versions/3.13.0/bin/python"):
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "$0" >>{asked}\nexit 127\n', encoding="utf-8")
        program.chmod(0o755)
    # Without a Python of the system, which would be found in the end, and used.
    for name in ("bash", "cat", "cksum", "dirname", "find", "ln", "mkdir", "readlink", "sort", "tail"):
        (tmp_path / "shims" / name).symlink_to(shutil.which(name) or name)
    result = _setup(tmp_path, PYENV_ROOT="", PATH=str(tmp_path / "shims"))
    assert result.returncode == 1, result.stderr
    programs = [Path(line).relative_to(tmp_path).as_posix() for line in asked.read_text(encoding="utf-8").splitlines()]
    assert programs == ["shims/python3.13", "versions/3.13.0/bin/python", "shims/python3"]


def test_setup_installs_what_the_locks_say_and_again_when_one_has_changed(tmp_path: Path) -> None:
    asked, python = tmp_path / "asked", tmp_path / "python"
    python.write_text(
        f"""#!/bin/sh
        echo "$*" >>{asked}
        case "$*" in
          "- 11") echo "$0" ;;
          "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
        esac
        """,
        encoding="utf-8",
    )
    python.chmod(0o755)

    def installed() -> list[str]:
        asked.write_text("", encoding="utf-8")
        assert _setup(tmp_path, PYTHON=str(python)).returncode == 0
        return [line for line in asked.read_text(encoding="utf-8").splitlines() if "pip install" in line]

    build, dev = installed()
    assert all("--require-hashes" in command for command in (build, dev))
    assert build.endswith("--requirement requirements/build.lock.txt")
    assert dev.endswith("--no-build-isolation --requirement requirements/dev.lock.txt")
    assert installed() == []
    with (tmp_path / "requirements/dev.lock.txt").open("a", encoding="utf-8") as lock:
        lock.write("# another\n")
    assert installed() == [build, dev]


def test_setup_links_the_collection_to_its_root(tmp_path: Path) -> None:
    _setup(tmp_path, PYTHON="/nonexistent/python")
    link = tmp_path / ".build/collections/ansible_collections/campaign/classic"
    assert link.resolve() == tmp_path.resolve()
    assert not link.readlink().is_absolute()
