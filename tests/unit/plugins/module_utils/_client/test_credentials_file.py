# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credentials file: what it may contain, who may read it, and that none of it is ever shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client import credentials_file as _credentials
from ansible_collections.campaign.classic.plugins.module_utils._client.credentials_file import (
    CredentialsFile,
    read_credentials,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import MissingLibrary, ValidationError
from tests.helpers.fake_session import module_without

KNOWN = ("url", "user", "password", "timeout")
SECRET = "file-canary-0c4e"
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a credentials file and gives its path."""

    def written(text: str, mode: int = 0o600) -> str:
        path = tmp_path / "credentials.yml"
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return str(path)

    return written


def refused(path: str) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        read_credentials(path, KNOWN)
    assert SECRET not in str(caught.value) and SECRET not in repr(caught.value.__cause__)
    return caught.value


def test_every_value_is_the_text_that_was_written(write: Write) -> None:
    path = write(
        "default:\n  user: ops\n  password: 0123\n  timeout: 1e3\n"
        "instances:\n  mkt-paris:\n    password: yes\n  2026: {user: null}\n  empty:\n"
    )
    found = read_credentials(path, KNOWN)
    assert found.default == {"user": "ops", "password": "0123", "timeout": "1e3"}
    assert found.instances == {"mkt-paris": {"password": "yes"}, "2026": {"user": "null"}, "empty": {}}


def test_section_of_the_instance_comes_before_the_default() -> None:
    found = CredentialsFile({"user": "a"}, {"mkt": {"user": "b"}})
    assert found.sections("mkt") == [{"user": "b"}, {"user": "a"}]
    assert found.sections("other") == [{"user": "a"}]


@pytest.mark.parametrize("text", ["", "\n  \n"])
def test_file_that_was_cut_off_to_nothing_is_refused(write: Write, text: str) -> None:
    path = write(text)
    assert str(refused(path)).startswith(f"The credentials file {path} is empty. Nothing was written.")


@pytest.mark.parametrize("content", [b"default:\n  user: 'op", b"\x89PNG\r\n", bytes(100), b"default", b"[1, 2"])
def test_damaged_file_is_named_and_nothing_was_written(write: Write, content: bytes) -> None:
    path = write("x")
    Path(path).write_bytes(content)
    said = str(refused(path))
    assert f"The credentials file {path}" in said and said.count("Nothing was written.") == 1


@pytest.mark.parametrize("text", ["---\n", "default:\n", "instances:\n"])
def test_file_that_says_nothing_is_none_the_less_one(write: Write, text: str) -> None:
    assert read_credentials(write(text), KNOWN) == CredentialsFile({}, {})


def test_value_left_empty_is_not_given(write: Write) -> None:
    assert read_credentials(write("default: {user: '', password: x}\n"), KNOWN).default == {"password": "x"}


def test_aliases_save_writing(write: Write) -> None:
    path = write(f"default: &ours {{user: ops, password: {SECRET}}}\ninstances:\n  mkt: *ours\n")
    assert read_credentials(path, KNOWN).instances["mkt"] == {"user": "ops", "password": SECRET}


def test_path_may_begin_with_the_home_and_hold_variables(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("default: {user: ops}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WHERE", str(tmp_path))
    for path in ("~/credentials.yml", "$WHERE/credentials.yml"):
        assert read_credentials(path, KNOWN).default == {"user": "ops"}


def test_file_is_read_anew_when_it_has_changed_and_only_then(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("default: {user: a}\n")
    assert read_credentials(path, KNOWN) is read_credentials(path, KNOWN)
    write("default: {user: other}\n")
    assert read_credentials(path, KNOWN).default == {"user": "other"}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622, 0o610])
def test_file_that_others_may_read_or_change_is_refused(write: Write, mode: int) -> None:
    error = refused(write(f"default: {{password: {SECRET}}}\n", mode))
    assert f"mode {mode:04o}" in str(error)
    assert "chmod 600" in error.next_step


def test_file_that_became_open_is_refused_although_it_was_read_before(write: Write) -> None:
    path = write("default: {user: ops}\n")
    read_credentials(path, KNOWN)
    Path(path).chmod(0o644)
    assert "0644" in str(refused(path))


def test_file_that_is_not_there_is_told_with_its_variable(tmp_path: Path) -> None:
    error = refused(str(tmp_path / "nowhere.yml"))
    assert "No such file" in str(error) and "CAMPAIGN_CREDENTIALS_FILE" in str(error)


def test_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert "not a regular file" in str(refused(str(tmp_path)))


def test_file_that_vanishes_in_between_is_told(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("default: {user: once}\n")
    real = os.stat

    def stat(name: Any, **options: Any) -> os.stat_result:
        found = real(name, **options)
        # The module is shared: a simultaneous reader of the file must find it again.
        if str(name) == path:
            Path(path).unlink(missing_ok=True)
        return found

    monkeypatch.setattr(_credentials.os, "stat", stat)
    assert "No such file" in str(refused(path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"default:\n  password: {SECRET}: x: y\n", "line 2, is not valid YAML"),
        (f"default: [{SECRET}\n", "is not valid YAML"),
        (f"default:\n  password: '{SECRET}\n", "is not valid YAML"),
        ("\x00", "is not valid YAML"),
        (f"- {SECRET}\n", "is not a valid one"),
        (f"{SECRET}\n", "is not a valid one"),
        (f"defaults: {{password: {SECRET}}}\n", "is not a valid one"),
        (f"default: {SECRET}\n", "holds no options"),
        (f"instances: {SECRET}\n", "has no names"),
        (f"default: {{password: [{SECRET}]}}\n", "is not a text"),
        (f"default: {{pasword: {SECRET}}}\n", "unknown options: pasword"),
        (f"default: {{user: ops, password {SECRET}}}\n", "a key that is not a name"),
        (f"default: {{user: a, password: {SECRET}, user: b}}\n", "a duplicate key"),
        (f"default: {{password: !vault {SECRET}}}\n", "encrypted by ansible-vault"),
        (f"default: {{password: !!python/name:os.system {SECRET}}}\n", "has a tag"),
        (f"default: [[!x {SECRET}]]\n", "has a tag"),
        (f"? [{SECRET}, b]\n: c\n", "is not valid YAML"),
        ("$ANSIBLE_VAULT;1.1;AES256\n6131\n", "is encrypted by ansible-vault"),
        ("a: b\n---\nc: d\n", "is not valid YAML"),
    ],
)
def test_file_that_is_none_is_refused_and_not_shown(write: Write, text: str, words: str) -> None:
    assert words in str(refused(write(text)))


def test_file_that_is_too_long_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_credentials, "_MAX_BYTES", 10)
    assert "longer than 10 bytes" in str(refused(write("default: {user: somebody}\n")))


def test_missing_yaml_is_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_without("yaml", "_client.credentials_file", monkeypatch)
    with pytest.raises(MissingLibrary, match="PyYAML"):
        module.read_credentials(write("default: {user: missing-yaml}\n"), KNOWN)


def test_pure_loader_serves_where_the_fast_one_is_missing(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(_credentials.yaml, "CBaseLoader", raising=False)
    path = write("default: {user: pure, password: 010}\n")
    assert read_credentials(path, KNOWN).default == {"user": "pure", "password": "010"}
    assert "is not valid YAML" in str(refused(write(f"default: '{SECRET}\n")))
    assert sys.modules["yaml"] is _credentials.yaml
