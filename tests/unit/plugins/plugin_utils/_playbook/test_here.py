# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PWD is where the user stands, whatever the program that started Ansible has left in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._playbook.here import stand_here


@pytest.mark.parametrize("left", [{}, {"PWD": ""}, {"PWD": "/"}, {"PWD": "/nonexistent"}])
def test_what_another_program_has_left_is_corrected(
    left: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environ = dict(left)
    stand_here(environ)
    assert environ == {"PWD": str(tmp_path)}


def test_links_that_the_user_went_through_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    monkeypatch.chdir(tmp_path / "link")
    environ = {"PWD": str(tmp_path / "link")}
    stand_here(environ)
    assert environ == {"PWD": str(tmp_path / "link")}
