# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a file's content, in words that name it and not in those of a parser."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.content import UnusableFile, load_json, load_text
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError

WRONG = {
    b"": "is empty",
    b" \n\t": "is empty",
    b"{": "is cut off: its JSON does not end (line 1)",
    b'{"a": 1,\n "b": [1, 2': "is cut off: its JSON does not end (line 2)",
    b'{"a": "be': "is cut off",
    b"[1, 2": "is cut off",
    b"digest: 1": "is not JSON (line 1)",
    b"{} {}": "is not JSON",
    b"\x89PNG\r\n\x1a\n": "is not text: byte 1 is not UTF-8",
    b"{\x00}": "is not text: byte 2 is 0",
    b"[" * 100_000: "is not JSON that can be read",
    b"9" * 5_000: "is not JSON that can be read",
}


@pytest.mark.parametrize(("content", "words"), WRONG.items(), ids=[repr(one[:12]) for one in WRONG])
def test_damaged_file_is_named_with_what_is_wrong(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    with pytest.raises(UnusableFile) as caught:
        load_json(path, "plan")
    assert str(caught.value).startswith(f"The plan {path} {words}"), caught.value
    assert "Expecting" not in str(caught.value)


def test_whole_file_is_read_with_the_mark_of_an_editor_too(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": "\xc3\xa9"}\n')
    assert load_json(path, "plan") == {"a": "é"}
    assert load_text(path, "plan").startswith("{")


def test_file_that_is_not_there_or_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match=rf"There is no plan {tmp_path}/none"):
        load_text(tmp_path / "none", "plan")
    with pytest.raises(ValidationError, match=rf"{tmp_path} is not a regular file"):
        load_text(tmp_path, "plan")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UnusableFile, match="cannot be read .Not a directory"):
        load_text(tmp_path / "file/below", "plan")
