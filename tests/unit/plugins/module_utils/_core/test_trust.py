# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file is trusted when only root and this user can have written it, or put another in its place."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core import trust as _trust
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._core.trust import (
    FileKind,
    Trust,
    UntrustedFile,
    lock_file,
    problems,
    read,
    require,
    trusted,
)

ME = os.geteuid()
US = Trust(me=ME, users=frozenset({0, ME}))
KINDS: tuple[FileKind, ...] = ("given", "ours", "secret")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file in a directory, both for this user alone."""
    directory = tmp_path / "ours"
    directory.mkdir(mode=0o700)
    made = directory / "file"
    made.write_bytes(b"content")
    made.chmod(0o600)
    return made


def refused(path: Path, kind: FileKind = "given", trust: Trust = US) -> UntrustedFile:
    """The same error whether the file is looked at or read."""
    with pytest.raises(UntrustedFile) as looked:
        require(path, "plan", kind=kind, trust=trust)
    with pytest.raises(UntrustedFile) as caught:
        read(path, "plan", kind=kind, trust=trust)
    assert str(caught.value) == str(looked.value)
    return caught.value


@pytest.mark.parametrize("kind", KINDS)
def test_own_file_is_trusted_and_read(file: Path, kind: FileKind) -> None:
    assert read(file, "plan", kind=kind) == b"content"
    assert require(file, "plan", kind=kind) == str(file.resolve())
    assert problems([file], "plan") == []


@pytest.mark.parametrize("path", ["/etc/passwd", "/etc"])
def test_file_of_root_is_trusted_by_everybody(path: str) -> None:
    assert require(path, "plan", trust=Trust(me=64_321, users=frozenset({0, 64_321})))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "mode", [stat.S_IFREG | 0o600, stat.S_IFDIR | 0o700, stat.S_IFDIR | 0o1777, stat.S_IFLNK | 0o777]
)
def test_what_belongs_to_somebody_else_is_refused_whatever_its_mode(mode: int, kind: FileKind) -> None:
    state = os.stat_result((mode, 1, 1, 1, 64_321, 0, 0, 0, 0, 0))
    for last in (True, False):
        assert _trust._problem(state, US, last=last, kind=kind)[0] == "belongs to somebody else"
    assert _trust._problem(state, Trust(ME, frozenset({0, 64_321})), last=False, kind=kind) == ("", "")


@pytest.mark.skipif(ME != 0, reason="only root can give files away")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("whose", ["file", "directory", "above"])
def test_file_on_a_way_of_another_user_is_refused_and_told_with_owner_mode_and_remedy(
    file: Path, kind: FileKind, whose: str
) -> None:
    place = {"file": file, "directory": file.parent, "above": file.parent.parent}[whose]
    os.chown(place, 65_534, 65_534)
    error = refused(file, kind)
    owner = pwd.getpwuid(65_534).pw_name
    assert f"The plan {file} is not trusted" in str(error) and f"owner {owner}" in str(error)
    assert f"mode {stat.S_IMODE(place.stat().st_mode):04o}" in str(error)
    assert error.next_step.endswith(f"run: chown -h root {place}")
    assert read(file, "plan", kind=kind, trust=Trust(0, frozenset({0, 65_534}))) == b"content"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", [0o602, 0o606, 0o646, 0o666, 0o777])
def test_file_that_everybody_may_write_is_refused(file: Path, kind: FileKind, mode: int) -> None:
    file.chmod(mode)
    error = refused(file, kind)
    assert f"mode {mode:04o}" in str(error) and str(file) in error.next_step and "chmod" in error.next_step


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", [0o703, 0o777, 0o772])
def test_file_in_a_directory_that_everybody_may_write_is_refused(file: Path, kind: FileKind, mode: int) -> None:
    file.parent.chmod(mode)
    error = refused(file, kind)
    assert f"{file.parent}, which is on the way to it, may be written by everybody" in str(error)
    assert error.next_step.endswith(f"chmod go-w {file.parent}")


@pytest.mark.parametrize("kind", KINDS)
def test_file_in_a_sticky_directory_is_trusted_when_it_is_ours(file: Path, kind: FileKind) -> None:
    file.parent.chmod(0o1777)
    assert read(file, "plan", kind=kind) == b"content"


@pytest.mark.skipif(ME != 0, reason="only root can give files away")
def test_file_of_another_user_in_a_sticky_directory_is_refused(file: Path) -> None:
    file.parent.chmod(0o1777)
    os.chown(file, 65_534, 65_534)
    refused(file)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_secret_that_others_may_read_is_refused_and_others_may_read_the_rest(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert read(file, "plan") == read(file, "plan", kind="ours") == b"content"
    assert refused(file, "secret").next_step.endswith(f"chmod 600 {file}")


# -- groups ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says who is in the group of the file, and what the user is called."""

    def are(group: str, members: list[str], first_of: dict[str, int]) -> None:
        users = {name: SimpleNamespace(pw_name=name, pw_uid=uid, pw_gid=GROUP) for name, uid in first_of.items()}
        users["alice"] = SimpleNamespace(pw_name="alice", pw_uid=1000, pw_gid=GROUP)
        _trust._is_private.cache_clear()
        found = SimpleNamespace(gr_name=group, gr_mem=members)
        monkeypatch.setattr(grp, "getgrgid", lambda gid: {GROUP: found}[gid])
        monkeypatch.setattr(pwd, "getpwuid", lambda uid: {one.pw_uid: one for one in users.values()}[uid])
        monkeypatch.setattr(pwd, "getpwall", lambda: list(users.values()))

    return are


GROUP = 1000
ALICE = Trust(me=1000, users=frozenset({0, 1000}))


def state(mode: int, gid: int = GROUP, uid: int = 1000) -> os.stat_result:
    """What the system says of a file or directory of this mode."""
    return os.stat_result((mode, 1, 1, 1, uid, gid, 0, 0, 0, 0))


def verdict(mode: int, *, gid: int = GROUP, trust: Trust = ALICE, last: bool = True, kind: FileKind = "given") -> str:
    return _trust._problem(state(mode, gid), trust, last=last, kind=kind)[0]


FILE, DIRECTORY = stat.S_IFREG | 0o664, stat.S_IFDIR | 0o775


def test_clone_made_with_a_umask_of_002_is_trusted(groups: Callable[..., None]) -> None:
    groups("alice", [], {})
    assert verdict(FILE) == verdict(DIRECTORY, last=False) == ""
    groups("alice", ["alice", "root"], {})
    assert verdict(FILE) == ""


@pytest.mark.parametrize(
    ("group", "members", "first_of"),
    [
        ("staff", [], {}),  # a directory service may not tell whose first group it is
        ("alice", ["bob"], {}),
        ("alice", [], {"bob": 1001}),
        ("alice", ["unknown"], {}),
    ],
)
def test_group_that_others_are_in_or_may_be_in_is_refused(
    groups: Callable[..., None], group: str, members: list[str], first_of: dict[str, int]
) -> None:
    groups(group, members, first_of)
    assert verdict(FILE) == verdict(DIRECTORY, last=False) == "may be written by its group"
    assert verdict(FILE, trust=Trust(1000, ALICE.users, frozenset({GROUP}))) == ""


def test_group_that_nobody_knows_is_refused(groups: Callable[..., None]) -> None:
    groups("alice", [], {})
    assert verdict(FILE, gid=4711) == "may be written by its group"


def test_group_of_root_is_root_where_images_of_containers_have_it(groups: Callable[..., None]) -> None:
    groups("alice", [], {})
    assert verdict(DIRECTORY, gid=0, last=False) == verdict(FILE, gid=0) == ""
    root = Trust(0, frozenset({0, 1000}))
    assert verdict(DIRECTORY, gid=0, last=False, trust=root) == ""
    assert verdict(FILE, gid=0, trust=root) == "may be written by its group"


def test_environment_names_further_users_and_groups() -> None:
    found = trusted({"CAMPAIGN_TRUSTED_USERS": f" 4711, {pwd.getpwuid(0).pw_name},", "CAMPAIGN_TRUSTED_GROUPS": "815"})
    assert found == Trust(ME, frozenset({0, ME, 4711}), frozenset({815}))
    assert trusted({}) == US
    for variable in ("CAMPAIGN_TRUSTED_USERS", "CAMPAIGN_TRUSTED_GROUPS"):
        with pytest.raises(ValidationError, match=f"{variable} names 'nobody-at-all'"):
            trusted({variable: "nobody-at-all"})


# -- links -------------------------------------------------------------------------------------------------------------


def test_link_of_ours_is_followed_but_where_we_make_none(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(os.path.relpath(file, tmp_path))
    assert read(link, "plan") == read(link, "plan", kind="secret") == b"content"
    assert require(link, "plan") == str(file.resolve())
    with pytest.raises(UntrustedFile, match=r"is a link \(owner \w+, it leads to") as caught:
        read(link, "plan", kind="ours")
    assert f"rm {link}" in caught.value.next_step


def test_link_in_a_directory_that_others_may_write_is_refused(file: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "link").symlink_to(file)
    shared.chmod(0o777)
    assert "shared" in str(refused(shared / "link"))
    shared.chmod(0o1777)
    assert read(shared / "link", "plan") == b"content"


@pytest.mark.skipif(ME != 0, reason="only root can give links away")
def test_link_of_another_user_in_a_sticky_directory_is_refused(file: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "link").symlink_to(file)
    os.lchown(shared / "link", 65_534, 65_534)
    assert "chown -h" in refused(shared / "link").next_step


def test_link_to_where_others_may_write_is_refused(file: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(file)
    (tmp_path / "way").symlink_to(file.parent)
    file.parent.chmod(0o777)
    refused(tmp_path / "link")
    refused(tmp_path / "way" / file.name)


def test_dots_are_walked_as_the_system_walks_them(file: Path, tmp_path: Path) -> None:
    far = tmp_path / "far" / "away"
    far.mkdir(parents=True)
    (tmp_path / "far" / "file").write_bytes(b"far")
    (tmp_path / "link").symlink_to(far)
    (tmp_path / "file").write_bytes(b"near")
    path = f"{tmp_path}/link/../file"
    assert read(path, "plan") == Path(path).read_bytes() == b"far"
    (tmp_path / "far").chmod(0o777)
    with pytest.raises(UntrustedFile):
        read(path, "plan")


def test_circle_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match="symbolic links"):
        require(tmp_path / "a", "plan")
    assert "symbolic links" in problems([tmp_path / "a"], "plan")[0]


def test_relative_path_begins_where_the_process_is(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    assert read("file", "plan") == b"content"
    file.parent.chmod(0o777)
    refused(Path("file"))


# -- what is no file ---------------------------------------------------------------------------------------------------


def test_path_that_is_to_be_made_is_judged_by_what_is_there(file: Path) -> None:
    assert require(file.parent / "new" / "deep", "plan") == str(file.parent.resolve() / "new" / "deep")
    file.parent.chmod(0o777)
    with pytest.raises(UntrustedFile):
        require(file.parent / "new" / "deep", "plan")
    with pytest.raises(FileNotFoundError):
        read(file.parent.parent / "nowhere", "plan")


def test_directory_and_pipe_are_no_files(file: Path) -> None:
    with pytest.raises(UntrustedFile, match="not a regular file"):
        read(file.parent, "plan")
    os.mkfifo(file.parent / "pipe", 0o600)
    with pytest.raises(UntrustedFile, match="not a regular file"):
        read(file.parent / "pipe", "plan")


def test_file_exchanged_after_it_was_looked_at_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = _trust.require

    def exchange(*arguments: object, **more: object) -> str:
        found = looked(*arguments, **more)  # type: ignore[arg-type]
        file.unlink()
        file.symlink_to("/etc/passwd")
        return found

    monkeypatch.setattr(_trust, "require", exchange)
    with pytest.raises(UntrustedFile, match="is a link"):
        read(file, "plan")


def test_lock_is_made_for_this_user_alone_and_never_through_a_link(file: Path) -> None:
    lock = file.parent / ".lock"
    os.close(lock_file(lock, "lock"))
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    os.close(lock_file(lock, "lock"))
    lock.unlink()
    lock.symlink_to(file.parent / "created")
    with pytest.raises(UntrustedFile, match="is a link"):
        lock_file(lock, "lock")
    assert not (file.parent / "created").exists()
    lock.unlink()
    lock.touch()
    lock.chmod(0o666)
    with pytest.raises(UntrustedFile, match="written by everybody"):
        lock_file(lock, "lock")
