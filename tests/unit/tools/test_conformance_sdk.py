# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Adobe's SDK is installed, how its checks are found, and how their outcome is read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conformance import sdk

PACKAGE = {"name": sdk.PACKAGE, "version": "1.2.0"}


def fake_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, version: str = "1.2.0", status: int = 0) -> Path:
    """An npm that notes each run in a file, which is returned."""
    runs = folder / "runs"
    script = f"""#!/bin/sh
echo "$@" >> '{runs}'
mkdir -p node_modules/{sdk.PACKAGE}
echo '{json.dumps({**PACKAGE, "version": version})}' > node_modules/{sdk.PACKAGE}/package.json
echo 'says npm' >&2
exit {status}
"""
    npm = folder / "npm"
    npm.write_text(script, encoding="utf-8")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return runs


def test_one_version_is_pinned_and_the_lock_file_agrees_and_names_no_registry() -> None:
    assert sdk.pinned() == "1.2.0"
    text = (sdk.HERE / "package-lock.json").read_text(encoding="utf-8")
    assert json.loads(text)["packages"][f"node_modules/{sdk.PACKAGE}"]["version"] == "1.2.0"
    assert "resolved" not in text
    assert not re.search(r"https?://[^\"]*regist", text)


def test_npm_runs_once_for_each_content_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = fake_npm(tmp_path, monkeypatch)
    base = tmp_path / "build"
    folder = sdk.sdk_folder(base)
    assert sdk.sdk_folder(base) == folder
    assert sdk.installed(folder) == "1.2.0"
    assert runs.read_text(encoding="utf-8") == "ci --ignore-scripts --no-audit --no-fund\n"
    assert sorted(path.name for path in base.iterdir()) == sorted(["lock", folder.name])

    other = tmp_path / "other"
    other.mkdir()
    for name in ("package.json", "package-lock.json"):
        (other / name).write_text((sdk.HERE / name).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    monkeypatch.setattr(sdk, "HERE", other)
    assert sdk.sdk_folder(base) != folder
    assert len(runs.read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize(("version", "status"), [("1.2.0", 1), ("1.2.1", 0)])
def test_an_installation_that_fails_leaves_nothing_and_says_what_npm_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, status: int
) -> None:
    fake_npm(tmp_path, monkeypatch, version, status)
    with pytest.raises(RuntimeError, match=r"npm could not install @adobe/acc-js-sdk 1\.2\.0:\nsays npm"):
        sdk.sdk_folder(tmp_path / "build")
    assert [path.name for path in (tmp_path / "build").iterdir()] == ["lock"]


@pytest.mark.parametrize("version", ["^1.2.0", "1.x", "latest", "1.2"])
def test_a_version_that_is_not_exact_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": {sdk.PACKAGE: version}}), encoding="utf-8")
    monkeypatch.setattr(sdk, "HERE", tmp_path)
    with pytest.raises(ValueError, match="must name one version"):
        sdk.pinned()


def test_checks_are_read_from_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = tmp_path / "checks"
    checks.mkdir()
    (checks / "b.mjs").write_text("check('it\\'s one', async () => {});\ncheck(\"two, 'quoted'\", async () => {\n});\n")
    (checks / "a.mjs").write_text(
        "// check('no', no)\n  check('not at the margin', async () => {});\ncheck('three', f);\n"
    )
    monkeypatch.setattr(sdk, "HERE", tmp_path)
    assert sdk.declared() == [("a", "three"), ("b", "it's one"), ("b", "two, 'quoted'")]


def test_every_check_has_a_name_of_its_own() -> None:
    names = [name for _concern, name in sdk.declared()]
    assert len(names) == len(set(names)) > 100


def test_a_report_is_read_line_by_line() -> None:
    report = sdk.read_report(
        '{"check": "a", "outcome": "pass", "seconds": 0.5, "error": ""}\n'
        '{"sent": "a", "soap": 3, "pages": 1}\n'
        "something that a library prints\n"
        '{"sent": "b", "soap": 2, "pages": 0}\n'
        '{"check": "b", "outcome": "fail", "seconds": 1, "error": "because"}\n',
        "on stderr\n",
        1,
    )
    assert report.results == {
        "a": sdk.Result("pass", 0.5, "", 3, 1),
        "b": sdk.Result("fail", 1, "because", 2, 0),
    }
    assert (report.soap, report.pages, report.status) == (5, 1, 1)
    assert report.output == "on stderr\nsomething that a library prints\n"


def test_two_checks_of_one_name_are_an_error() -> None:
    line = '{"check": "a", "outcome": "pass", "seconds": 0, "error": ""}\n'
    with pytest.raises(ValueError, match="two checks have the name 'a'"):
        sdk.read_report(line * 2)
