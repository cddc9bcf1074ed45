# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a report: replaced at once, with the permissions that were asked for, and nothing beside them."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._report import writing
from ansible_collections.campaign.classic.plugins.plugin_utils._report.formats import FORMATS
from ansible_collections.campaign.classic.plugins.plugin_utils._report.writing import write_report
from tests.helpers import reports


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return reports.small()


def mode_of(path: str) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


def test_every_format_is_written_for_this_user_and_the_metrics_for_all(
    document: dict[str, Any], tmp_path: Path
) -> None:
    found = write_report(document, str(tmp_path / "a/b"), list(FORMATS))
    assert {name: Path(path).name for name, path in found.items()} == {one: FORMATS[one].file for one in FORMATS}
    assert {name: mode_of(path) for name, path in found.items()} == {
        "html": 0o600,
        "csv": 0o600,
        "json": 0o600,
        "prometheus": 0o644,
    }
    for name, path in found.items():
        assert Path(path).read_bytes() == FORMATS[name].text(document).encode()
    assert sorted(path.name for path in (tmp_path / "a/b").iterdir()) == sorted(one.file for one in FORMATS.values())


@pytest.mark.parametrize("mode", ["0640", "640", "0o640"])
def test_permissions_are_octal_digits(mode: str, document: dict[str, Any], tmp_path: Path) -> None:
    assert mode_of(write_report(document, str(tmp_path), ["csv"], mode)["csv"]) == 0o640


@pytest.mark.parametrize("mode", ["rw", "0999", "", "384 "])
def test_other_permissions_are_refused_and_nothing_is_written(
    mode: str, document: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="no permissions in octal digits"):
        write_report(document, str(tmp_path), ["csv"], mode)
    assert list(tmp_path.iterdir()) == []


def test_metrics_go_where_a_collector_looks(document: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "collector/campaign_fleet.prom"
    found = write_report(document, str(tmp_path / "report"), ["csv", "prometheus"], metrics_file=str(file))
    assert found["prometheus"] == str(file) and file.exists()
    assert not (tmp_path / "report/campaign.prom").exists()


def test_collector_never_sees_half_a_file(
    document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(document, str(tmp_path), ["prometheus"])
    old = (tmp_path / "campaign.prom").read_bytes()
    seen = []

    def look(source: str, target: Path) -> None:
        seen.append((sorted(path.name for path in tmp_path.glob("*.prom")), (tmp_path / "campaign.prom").read_bytes()))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", look)
    with pytest.raises(OSError, match="No space left"):
        write_report(reports.large(), str(tmp_path), ["prometheus"])
    assert seen == [(["campaign.prom"], old)]
    assert [path.name for path in tmp_path.iterdir()] == ["campaign.prom"]
    assert not writing.UNFINISHED.endswith(".prom")


def test_document_that_one_format_cannot_show_leaves_all_files_as_they_were(tmp_path: Path) -> None:
    broken = {**reports.small(), "sweep": {"seconds": "soon", "calls": 0, "logons": 0}}
    with pytest.raises((TypeError, ValueError)):
        write_report(broken, str(tmp_path), ["json", "prometheus"])
    assert list(tmp_path.iterdir()) == []
