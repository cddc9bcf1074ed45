# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from ansible-test, and that the check finds an exception from it."""

from __future__ import annotations

from pathlib import Path

from tools import sanity
from tools.results import Case

GOOD = """\
Running sanity test "ansible-doc"
Running sanity test "compile" on Python 3.9
Running sanity test "shellcheck"
WARNING: Skipping sanity test "shellcheck" because the required executable is missing.
"""
BAD = """\
Running sanity test "pep8"
ERROR: Found 2 pep8 issue(s) which need to be resolved:
Running sanity test "compile" on Python 3.13
Running sanity test "symlinks"
FATAL: The 2 sanity test(s) listed below (out of 3) failed. See error output above for details.
compile --python 3.13
pep8
FATAL: Command "ansible-test" returned exit status 1.
"""


def test_each_test_of_ansible_test_is_a_case() -> None:
    assert sanity.cases_of(GOOD, 0, "3.13") == [
        Case("ansible-doc (Python 3.13)", "passed"),
        Case("compile (Python 3.9)", "passed"),
        Case("shellcheck (Python 3.13)", "skipped", "because the required executable is missing."),
    ]


def test_failed_tests_are_named_with_what_was_found() -> None:
    cases = {case.name: case for case in sanity.cases_of(BAD, 1, "3.13")}
    assert cases["pep8 (Python 3.13)"].outcome == "failed"
    assert cases["pep8 (Python 3.13)"].detail == "Found 2 pep8 issue(s)"
    assert cases["compile (Python 3.13)"].outcome == "failed"
    assert cases["symlinks (Python 3.13)"].outcome == "passed"
    assert len(cases) == 3


def test_run_that_skips_all_targets_fails() -> None:
    (case,) = sanity.cases_of("WARNING: All targets skipped.\n", 0, "3.13")
    assert case.outcome == "failed"


def test_run_that_breaks_off_fails_with_its_last_words() -> None:
    output = 'Running sanity test "import" on Python 3.9\nFATAL: Command "python3.9" returned exit status 127.\n'
    cases = sanity.cases_of(output, 1, "3.9")
    assert [case.outcome for case in cases] == ["passed", "failed"]
    assert "returned exit status 127" in cases[1].detail


def test_installed_ansible_test_still_says_which_pip_it_wants() -> None:
    package = sanity._ansible_test()
    source = (package / "_internal/python_requirements.py").read_text(encoding="utf-8")
    assert sanity.pip_versions(source), "ansible-test names its pip in another way than it did"
    target = (package / "_util/target/setup/requirements.py").read_text(encoding="utf-8")
    assert "%s" in sanity.bootstrap_url(target), "ansible-test names its download in another way than it did"


def test_own_bootstrap_is_written_only_where_the_download_fails(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sanity, "can_download", lambda _url: True)
    sanity.provide_bootstrap(tmp_path)
    assert not list(tmp_path.rglob("*.py"))
    monkeypatch.setattr(sanity, "can_download", lambda _url: False)
    sanity.provide_bootstrap(tmp_path)
    (script,) = tmp_path.rglob("get_pip_*.py")
    compile(script.read_text(encoding="utf-8"), str(script), "exec")


def test_bootstrap_that_is_there_is_kept(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sanity, "can_download", lambda _url: False)
    sanity.provide_bootstrap(tmp_path)
    (script,) = tmp_path.rglob("get_pip_*.py")
    script.write_text("# downloaded", encoding="utf-8")
    sanity.provide_bootstrap(tmp_path)
    assert script.read_text(encoding="utf-8") == "# downloaded"


def test_address_that_does_not_answer_is_no_download() -> None:
    assert not sanity.can_download("http://127.0.0.1:1/get-pip.py")


def test_entry_in_an_ignore_file_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "tests/sanity"
    folder.mkdir(parents=True)
    (folder / "ignore-2.21.txt").write_text("\n", encoding="utf-8")
    assert sanity.exceptions(tmp_path) == []
    (folder / "ignore-2.21.txt").write_text("\nplugins/x.py pep8\n", encoding="utf-8")
    assert sanity.exceptions(tmp_path) == ["tests/sanity/ignore-2.21.txt:2: plugins/x.py pep8"]


def test_python_that_does_not_run_is_no_python(tmp_path: Path) -> None:
    shim = tmp_path / "python3.9"
    shim.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    assert sanity.find_python((3, 9), {"PATH": str(tmp_path), "PYENV_ROOT": str(tmp_path)}) is None
