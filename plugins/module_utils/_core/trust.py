# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Which files are trusted: those that only root and this user can have written, as for sshd (StrictModes).

A file is trusted when it, every directory above it, and every link on the way to it belong to root or to this user,
and none of them is writable by others. In detail:

- A directory with the sticky bit, such as ``/tmp``, may be writable by all: the entries in it must be ours.
- A group with this user only does not count as others: with a umask of 002, as Debian and Red Hat set it for private
  groups, every file is writable by it.
- The group of root (0) counts as root: container images give it their directories, and run as a user in it. Root
  itself has a umask of 022, so a file of root that its group may write was opened on purpose.
- A file that the collection creates (``ours``: evidence, locks) is never a link.
- A file with a ``secret`` must not be readable by others either.

``CAMPAIGN_TRUSTED_USERS`` and ``CAMPAIGN_TRUSTED_GROUPS`` name more of them, by name or number, separated by commas.

The checks are repeated on the open descriptor, so that nothing can be replaced between check and read.
"""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import pwd
import shlex
import stat
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from .errors import ValidationError
from .text import visible

USERS, GROUPS = "CAMPAIGN_TRUSTED_USERS", "CAMPAIGN_TRUSTED_GROUPS"
#: The most links in a chain; the same limit as in Linux.
MOST_LINKS = 40

#: What else is checked: see above.
FileKind = t.Literal["given", "ours", "secret"]

_BY_GROUP, _BY_ALL, _OTHERS = 0o020, 0o002, 0o077


class UntrustedFile(ValidationError):
    """A file that others can have written or replaced."""


@dataclass(frozen=True)
class Trust:
    """Who is trusted: ids of users, including root and this user, and of named groups."""

    me: int
    users: frozenset[int]
    groups: frozenset[int] = frozenset()


def trusted(environ: Mapping[str, str] | None = None) -> Trust:
    """Root, this user, and those in the environment.

    :raises ValidationError: a name is unknown to the system.
    """
    named = os.environ if environ is None else environ
    me = os.geteuid()
    return Trust(me, frozenset({0, me, *_ids(named, USERS, _uid)}), frozenset(_ids(named, GROUPS, _gid)))


def _ids(environ: Mapping[str, str], variable: str, find: Callable[[str], int]) -> list[int]:
    found = []
    for name in filter(None, (part.strip() for part in environ.get(variable, "").split(","))):
        try:
            found.append(int(name) if name.isascii() and name.isdigit() else find(name))
        except KeyError:
            raise ValidationError(
                f"{variable} names '{name}', whom this system does not know.", next_step="Correct it, or unset it."
            ) from None
    return found


def _uid(name: str) -> int:
    return pwd.getpwnam(name).pw_uid


def _gid(name: str) -> int:
    return grp.getgrnam(name).gr_gid


# -- what is asked of a path ------------------------------------------------------------------------------------------


def require(path: str | os.PathLike[str], what: str, *, kind: FileKind = "given", trust: Trust | None = None) -> str:
    """The path without links, if it and everything on the way to it is trusted.

    A missing file is not refused: of a path that does not exist yet, the existing directories are checked.

    :param what: what it is, for messages, such as ``evidence directory``.
    :raises UntrustedFile: somebody else can have written it. Names the file, its owner and mode, and the remedy.
    :raises OSError: it cannot be inspected.
    """
    trust = trust or trusted()
    full = _absolute(path)
    at, waiting, links = "/", _parts(full), 0
    _check(full, what, at, os.lstat(at), trust, last=not waiting, kind=kind)
    while waiting:
        part = waiting.pop(0)
        if part == "..":
            at = os.path.dirname(at)
            continue
        here = os.path.join(at, part)
        try:
            state = os.lstat(here)
        except FileNotFoundError:
            return os.path.join(here, *waiting)
        _check(full, what, here, state, trust, last=not waiting, kind=kind)
        if not stat.S_ISLNK(state.st_mode):
            at = here
            continue
        links += 1
        if links > MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), full)
        target = os.readlink(here)
        at = "/" if target.startswith("/") else at
        waiting[:0] = _parts(target)
    return at


def _absolute(path: str | os.PathLike[str]) -> str:
    """The absolute path as the system would follow it: the meaning of ``..`` depends on the links before it."""
    return os.path.join(os.getcwd(), os.fspath(path))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def opened(path: str | os.PathLike[str], what: str, *, kind: FileKind = "given", trust: Trust | None = None) -> int:
    """A read descriptor of a trusted regular file. The caller closes it.

    :raises UntrustedFile: it is not trusted, or not a regular file.
    :raises OSError: it cannot be opened.
    """
    trust = trust or trusted()
    full = require(path, what, kind=kind, trust=trust)
    if kind == "ours":
        full = _absolute(path)
    return _same(full, what, os.O_RDONLY | os.O_NONBLOCK, trust, kind)


def read(path: str | os.PathLike[str], what: str, *, kind: FileKind = "given", trust: Trust | None = None) -> bytes:
    """The content of a trusted file. Errors as for :func:`opened`."""
    with os.fdopen(opened(path, what, kind=kind, trust=trust), "rb") as stream:
        return stream.read()


def lock_file(path: str | os.PathLike[str], what: str, *, trust: Trust | None = None) -> int:
    """A descriptor of our lock file, created for this user only if missing; never through a link.

    :raises UntrustedFile: somebody else created it.
    :raises OSError: it cannot be opened.
    """
    trust = trust or trusted()
    full = _absolute(path)
    require(os.path.dirname(full), what, kind="ours", trust=trust)
    return _same(full, what, os.O_RDWR | os.O_CREAT, trust, "ours")


def _same(full: str, what: str, flags: int, trust: Trust, kind: FileKind) -> int:
    """Open the file, not a link, and check it on the descriptor, so that nothing can be replaced meanwhile."""
    try:
        handle = os.open(full, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EMLINK):
            raise
        whose = ""
        with contextlib.suppress(OSError):
            whose = f" (owner {_owner(os.lstat(full).st_uid)}, it leads to {visible(os.readlink(full))})"
        raise UntrustedFile(
            f"The {what} {full} is a link{whose}, and only a regular file is trusted there.",
            next_step=f"Check where it leads and who created it, then remove it: rm {shlex.quote(full)}",
        ) from None
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise UntrustedFile(f"The {what} {full} is not a regular file.", next_step="Check the path.")
        _check(full, what, full, state, trust, last=True, kind=kind)
    except BaseException:
        os.close(handle)
        raise
    return handle


def problems(paths: t.Iterable[str | os.PathLike[str]], what: str) -> list[str]:
    """Why existing files are not trusted, as sentences."""
    found = []
    for path in paths:
        try:
            require(path, what)
        except (ValidationError, OSError) as error:
            found.append(str(error))
    return found


# -- the rule ---------------------------------------------------------------------------------------------------------


def _check(
    full: str, what: str, place: str, state: os.stat_result, trust: Trust, *, last: bool, kind: FileKind
) -> None:
    reason, remedy = _problem(state, trust, last=last, kind=kind)
    if not reason:
        return
    where = "it" if place == full else f"{place}, which is on the way to it,"
    raise UntrustedFile(
        f"The {what} {full} is not trusted: {where} {reason} (owner {_owner(state.st_uid)}, group "
        f"{_group(state.st_gid)}, mode {stat.S_IMODE(state.st_mode):04o}).",
        next_step=f"If everything in it is yours, run: {remedy.format(me=_owner(trust.me), path=shlex.quote(place))}",
    )


# Complex: one condition for each rule, in the order in which they count.
def _problem(state: os.stat_result, trust: Trust, *, last: bool, kind: FileKind) -> tuple[str, str]:
    """What is wrong with one component of a path, and the command that repairs it; empty if nothing."""
    if state.st_uid not in trust.users:
        return "belongs to somebody else", "chown -h {me} {path}"
    mode = state.st_mode
    if last and kind == "secret" and stat.S_ISREG(mode) and mode & _OTHERS:
        return "may be read or changed by others than its owner", "chmod 600 {path}"
    # The mode of a link means nothing. Only its owner can replace an entry of a sticky directory.
    if stat.S_ISLNK(mode) or (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
        return "", ""
    if mode & _BY_ALL:
        return "may be written by everybody", "chmod go-w {path}"
    if mode & _BY_GROUP and not _is_nobody_else(state, trust, last=last):
        return "may be written by its group", "chmod g-w {path}"
    return "", ""


def _is_nobody_else(state: os.stat_result, trust: Trust, *, last: bool) -> bool:
    """Whether a group has no members but root and this user."""
    if state.st_gid in trust.groups:
        return True
    if state.st_gid == 0:
        return not last or trust.me != 0
    return any(_is_private(state.st_gid, user) for user in trust.users - {0})


@lru_cache(maxsize=64)
def _is_private(gid: int, uid: int) -> bool:
    """Whether a group has the name of a user and no other member, as the umask of PAM (``usergroups``) asks.

    The name is compared too, because a directory service may not list the users whose primary group it is.
    """
    try:
        group, user = grp.getgrgid(gid), pwd.getpwuid(uid)
    except KeyError:
        return False
    others = {one.pw_name for one in pwd.getpwall() if one.pw_gid == gid and one.pw_uid not in (0, uid)}
    return group.gr_name == user.pw_name and not others and set(group.gr_mem) <= {user.pw_name, "root"}


def _owner(uid: int) -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def _group(gid: int) -> str:
    with contextlib.suppress(KeyError):
        return grp.getgrgid(gid).gr_name
    return str(gid)
