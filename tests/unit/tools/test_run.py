# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner counts what ran, names what was skipped, and fails a suite that tested nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools import run
from tools.results import Case, read_results, write_results
from tools.run import Report, judge, summary
from tools.suites import FIRST, NO_SUITE, Suite, all_suites, further_suites

ROOT = Path(__file__).resolve().parents[3]
QUICK = Suite("quick", ("true",), "galaxy.yml")
BARE = Suite("bare", ("true",), "galaxy.yml", has_results=False)


def test_results_survive_writing_and_reading(tmp_path: Path) -> None:
    cases = [
        Case("one", "passed", seconds=0.25),
        Case("two", "failed", 'said "no" & <left>'),
        Case("three", "skipped", "no browser"),
    ]
    write_results(tmp_path / "new" / "x.xml", "x", cases)
    assert read_results(tmp_path / "new" / "x.xml") == cases


def test_error_of_a_fixture_counts_as_failed(tmp_path: Path) -> None:
    file = tmp_path / "x.xml"
    file.write_text(
        '<testsuites><testsuite><testcase classname="a" name="b"><error message="boom"/></testcase>'
        "</testsuite></testsuites>",
        encoding="utf-8",
    )
    assert read_results(file) == [Case("a.b", "failed", "boom")]


@pytest.mark.parametrize("text", [None, "", "<testsuite><testcase"])
def test_missing_or_broken_results_hold_no_case(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "x.xml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    assert read_results(file) == []


def test_suite_without_results_counts_as_one_test() -> None:
    assert judge(BARE, 0, [], 1.0).cases == [Case("bare", "passed")]
    assert judge(BARE, 3, [], 1.0).cases == [Case("bare", "failed", "ended with exit status 3")]


def test_suite_that_tested_nothing_fails() -> None:
    report = judge(QUICK, 0, [], 1.0)
    assert report.outcome == "failed"
    assert "no test was run" in report.cases[0].detail


def test_bad_end_without_a_failed_test_is_a_failure_of_its_own() -> None:
    report = judge(QUICK, 2, [Case("one", "passed")], 1.0)
    assert report.outcome == "failed"
    assert report.counts == "1 passed, 1 failed, 0 skipped"


def test_bad_end_with_a_failed_test_is_not_counted_twice() -> None:
    assert judge(QUICK, 1, [Case("one", "failed")], 1.0).counts == "0 passed, 1 failed, 0 skipped"


def test_suite_of_skipped_tests_only_is_skipped() -> None:
    assert judge(QUICK, 0, [Case("one", "skipped", "why")], 1.0).outcome == "skipped"


def test_summary_names_reasons_and_ends_with_the_sums() -> None:
    lines = summary(
        [
            Report("units", [Case("a", "passed"), Case("b", "failed", "assert 1 == 2\nmore")], 3.21),
            Report("pages", [Case("pages", "skipped", "'chromium' is not installed")], 0.0, left_out=7),
        ]
    ).splitlines()
    assert lines[1].split() == ["units", "failed", "1", "1", "0", "3.2"]
    assert lines[2].split() == ["pages", "skipped", "0", "0", "1", "0.0"]
    assert "skipped: pages: 'chromium' is not installed" in lines
    assert "failed: units: b: assert 1 == 2" in lines
    assert "left out here, and run by the make target of the suite: pages 7" in lines
    assert lines[-1] == "1 passed, 1 failed, 1 skipped"


def test_suite_whose_folder_is_missing_is_skipped_visibly() -> None:
    report = run.run_suite(Suite("gone", ("true",), "no/such/folder"), (), {}, show=False)
    assert report.outcome == "skipped"
    assert "no/such/folder" in report.cases[0].detail


def test_suite_whose_program_is_missing_is_skipped_visibly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "provide", lambda command, _package, _environment: f"'{command}' is not installed")
    suite = Suite("pages", ("false",), "galaxy.yml", needs=(("chromium", "chromium"),))
    report = run.run_suite(suite, (), {}, show=False)
    assert report.cases == [Case("pages", "skipped", "'chromium' is not installed")]


def test_hanging_suite_is_ended_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LIMIT", 0.3)
    monkeypatch.setattr("tools.suites.BUILD", tmp_path)
    (tmp_path / "logs").mkdir()
    suite = Suite("hang", (sys.executable, "-c", "import time; time.sleep(60)"), "galaxy.yml", has_results=False)
    started = time.monotonic()
    report = run.run_suite(suite, (), {}, show=False)
    assert time.monotonic() - started < 30
    assert report.cases == [Case("hang", "failed", "ended with exit status 124")]


def test_second_run_of_a_suite_waits_for_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.suites.BUILD", tmp_path)
    (tmp_path / "logs").mkdir()
    script = (
        "import pathlib, sys; mark = pathlib.Path(sys.argv[1]); mark.mkdir();import time; time.sleep(0.5); mark.rmdir()"
    )
    suite = Suite("alone", (sys.executable, "-c", script, str(tmp_path / "mark")), "galaxy.yml", has_results=False)
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _number: run.run_suite(suite, (), {}, show=False), range(2)))
    assert [report.outcome for report in reports] == ["passed", "passed"]
    assert "another run of it is on" in capfd.readouterr().out


def test_process_that_a_suite_left_behind_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.suites.BUILD", tmp_path)
    (tmp_path / "logs").mkdir()
    script = (
        "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid)"
    )
    suite = Suite("leak", (sys.executable, "-c", script), "galaxy.yml", has_results=False)
    assert run.run_suite(suite, (), {}, show=False).outcome == "passed"
    assert not _is_running(int(suite.log.read_text(encoding="utf-8")))


def _is_running(pid: int) -> bool:
    """Whether a process still runs; one that has ended and that its parent has not yet reaped does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_every_folder_of_tests_is_in_a_suite() -> None:
    root = Path(__file__).resolve().parents[3]
    folders = {folder.name for folder in (root / "tests").iterdir() if any(folder.rglob("test_*.py"))}
    covered = {Path(suite.path).name for suite in all_suites() if suite.path.startswith("tests/")}
    assert folders - set(NO_SUITE) <= covered
    assert [suite.name for suite in all_suites() if "tests/fuzz" in suite.command] == ["soak"]
    assert "unit" in covered


def test_the_suites_that_start_first_are_suites_and_the_others_follow() -> None:
    names = [suite.name for suite in all_suites()]
    assert names[: len(FIRST)] == list(FIRST)
    assert len(set(names)) == len(names)


def test_new_folder_of_tests_becomes_a_suite(tmp_path: Path) -> None:
    for name in ("unit", "chaos", "bench", "data"):
        (tmp_path / "tests" / name).mkdir(parents=True)
    for name in ("unit", "chaos", "bench"):
        (tmp_path / "tests" / name / "test_x.py").touch()
    assert [suite.name for suite in further_suites(tmp_path, ["tests/unit"])] == ["chaos"]


def test_what_a_suite_leaves_out_is_counted_and_whole_leaves_out_nothing(tmp_path: Path) -> None:
    def left_out(*more: str) -> str:
        results = tmp_path / f"results{len(more)}.xml"
        command = [sys.executable, "-m", "pytest", "tests/integration/test_given.py", "--collect-only", "--quiet"]
        done = subprocess.run(
            [*command, f"--junitxml={results}", "--no-cov", *more],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        file = results.with_suffix(".left_out")
        return file.read_text() if file.exists() else ""

    assert int(left_out()) > 3
    assert left_out("--whole") == ""
