# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the tokens of a session are kept, and who gets them back."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._action.handles import Handles

TOKENS = {"url": "http://mkt1", "session_token": "___token-1", "security_token": "@security-1=="}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "run"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def handles(directory: Path) -> Handles:
    return Handles(str(directory))


def test_tokens_lie_in_a_file_for_this_user_alone(handles: Handles, directory: Path) -> None:
    handle = handles.keep(TOKENS)
    (path,) = directory.iterdir()
    assert path.name == handle and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "token-1" not in handle


@pytest.mark.parametrize(
    "form",
    [
        lambda handle: {"handle": handle, "url": "http://mkt1", "instance": "x", "expires": ""},
        lambda handle: handle,
        lambda handle: f" {handle}\n",
        lambda handle: str({"handle": handle, "url": "http://mkt1"}),
        lambda handle: f'{{"handle": "{handle}"}}',
        lambda handle: f"handle={handle}",
    ],
    ids=["as it was returned", "the handle", "with white space", "a dictionary as text", "JSON", "pairs"],
)
def test_handle_is_replaced_by_the_tokens(form: Any, handles: Handles) -> None:
    handle = handles.keep(TOKENS)
    assert handles.open(form(handle)) == {**TOKENS, "handle": handle}


@pytest.mark.parametrize("url", ["http://other", "http://mkt1/other", "http://mkt1.other", "not a url"])
def test_tokens_are_given_out_for_no_other_address(url: str, handles: Handles) -> None:
    handle = handles.keep(TOKENS)
    with pytest.raises(ValidationError, match="was opened at http://mkt1, and another url is given"):
        handles.open({"handle": handle, "url": url})
    assert handles.open({"handle": handle, "url": "http://MKT1:80/"})["url"] == "http://mkt1"


@pytest.mark.parametrize("given", [TOKENS, None, {}, ["x"]], ids=str)
def test_what_holds_no_handle_stays_as_it_is(given: Any, handles: Handles) -> None:
    assert handles.open(given) == given


def test_new_tokens_take_the_place_of_the_old_ones(handles: Handles, directory: Path) -> None:
    handle = handles.keep(TOKENS)
    assert handles.keep({**TOKENS, "session_token": "___token-2"}, handle) == handle
    assert handles.open(handle)["session_token"] == "___token-2"
    assert len(list(directory.iterdir())) == 1


def test_closed_session_is_gone(handles: Handles, directory: Path) -> None:
    handle = handles.keep(TOKENS)
    handles.forget(handle)
    handles.forget(handle)
    assert not list(directory.iterdir())
    with pytest.raises(ValidationError, match="was closed"):
        handles.open(handle)


def test_handle_of_another_run_is_refused_with_what_to_do(handles: Handles, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    with pytest.raises(ValidationError, match="another run"):
        handles.open(Handles(str(other)).keep(TOKENS))


@pytest.mark.parametrize("handle", ["../../etc/passwd", "campaign-session-x", "x", "campaign-session-01234567-../x"])
def test_handle_that_is_none_is_refused(handle: str, handles: Handles) -> None:
    with pytest.raises(ValidationError, match="malformed"):
        handles.open(handle)


def test_file_that_is_not_as_it_was_left_is_not_trusted(handles: Handles, directory: Path, tmp_path: Path) -> None:
    handle = handles.keep(TOKENS)
    path = directory / handle
    path.chmod(0o644)
    with pytest.raises(ValidationError, match="mode"):
        handles.open(handle)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValidationError, match="cannot be used"):
        handles.open(handle)
    path.unlink()
    path.write_text("no JSON", encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(ValidationError, match="not what was written"):
        handles.open(handle)


def test_directory_that_others_may_enter_is_not_used(handles: Handles, directory: Path) -> None:
    directory.chmod(0o755)
    with pytest.raises(ValidationError, match="alone"):
        handles.keep(TOKENS)
    assert not list(directory.iterdir())


def test_directory_that_is_a_link_or_gone_is_not_used(directory: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(directory)
    for path in (link, tmp_path / "nowhere"):
        with pytest.raises(ValidationError, match="cannot be used"):
            Handles(str(path)).keep(TOKENS)
