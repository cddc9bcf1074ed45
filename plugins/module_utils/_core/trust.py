# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Whose files are believed: those that nobody but root and this user can have written, as sshd asks (StrictModes).

A file is believed when it, every directory above it, and every link on the way to it belong to root or to this user,
and when none of them may be written by others. What that means for a group:

- A directory with the sticky bit may be written by all, as ``/tmp``: what lies in it must be ours again.
- A group of this user alone is no others: with a umask of 002, as Debian and Red Hat set it for users with a group of
  their own, each of their files may be written by it.
- The group of root (0) is root: container images give it their directories, and run under a user who is in it. Root
  itself has a umask of 022, so a file of its own that its group may write was opened to others.
- What the collection has made for itself (``ours``: evidence, locks) is never a link.
- What holds a ``secret`` may not even be read by others.

``CAMPAIGN_TRUSTED_USERS`` and ``CAMPAIGN_TRUSTED_GROUPS`` name further ones, by name or number, with commas between.

What is read is looked at once more on the open descriptor, so that nothing is exchanged between the look and the read.
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
#: As many links lead from one to the other at most; Linux has the same number.
MOST_LINKS = 40

#: What is asked beyond the owner: see above.
Kind = t.Literal["given", "ours", "secret"]

_BY_GROUP, _BY_ALL, _OTHERS = 0o020, 0o002, 0o077


class UntrustedFile(ValidationError):
    """A file that others can have written, or put in place of another."""


@dataclass(frozen=True)
class Trust:
    """Who is trusted: user ids, root and this user among them, and ids of groups that are named."""

    me: int
    users: frozenset[int]
    groups: frozenset[int] = frozenset()


def trusted(environ: Mapping[str, str] | None = None) -> Trust:
    """Root, this user, and whom the environment names.

    :raises ValidationError: it names somebody whom the system does not know.
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


def require(path: str | os.PathLike[str], what: str, *, kind: Kind = "given", trust: Trust | None = None) -> str:
    """The path without links, when it and all on the way to it are believed.

    What is not there is not refused: of a path that is still to be made, the directories that are there are looked at.

    :param what: what it is, for messages, such as ``evidence directory``.
    :raises UntrustedFile: somebody else can have written it. Names what, its owner and mode, and how to mend it.
    :raises OSError: it cannot be looked at.
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
    """The path from the root on, as the system would walk it: what ``..`` means is only known on the way."""
    return os.path.join(os.getcwd(), os.fspath(path))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def opened(path: str | os.PathLike[str], what: str, *, kind: Kind = "given", trust: Trust | None = None) -> int:
    """A descriptor that reads a regular file which is believed. The caller closes it.

    :raises UntrustedFile: it is not believed, or is no regular file.
    :raises OSError: it cannot be opened.
    """
    trust = trust or trusted()
    full = require(path, what, kind=kind, trust=trust)
    if kind == "ours":
        full = _absolute(path)
    return _same(full, what, os.O_RDONLY | os.O_NONBLOCK, trust, kind)


def read(path: str | os.PathLike[str], what: str, *, kind: Kind = "given", trust: Trust | None = None) -> bytes:
    """The content of a file that is believed. Errors as for :func:`opened`."""
    with os.fdopen(opened(path, what, kind=kind, trust=trust), "rb") as stream:
        return stream.read()


def lock_file(path: str | os.PathLike[str], what: str, *, trust: Trust | None = None) -> int:
    """A descriptor of a file of ours to be locked, made for this user alone where it is not there; never a link's.

    :raises UntrustedFile: somebody else has put it there.
    :raises OSError: it cannot be opened.
    """
    trust = trust or trusted()
    full = _absolute(path)
    require(os.path.dirname(full), what, kind="ours", trust=trust)
    return _same(full, what, os.O_RDWR | os.O_CREAT, trust, "ours")


def _same(full: str, what: str, flags: int, trust: Trust, kind: Kind) -> int:
    """Open what lies there, no link, and look at it on the descriptor: nothing comes in between."""
    try:
        handle = os.open(full, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EMLINK):
            raise
        whose = ""
        with contextlib.suppress(OSError):
            whose = f" (owner {_owner(os.lstat(full).st_uid)}, it leads to {visible(os.readlink(full))})"
        raise UntrustedFile(
            f"The {what} {full} is a link{whose}, and only a file is believed there.",
            next_step=f"Look at where it leads and who made it, then remove it: rm {shlex.quote(full)}",
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
    """What speaks against files that are there, as sentences."""
    found = []
    for path in paths:
        try:
            require(path, what)
        except (ValidationError, OSError) as error:
            found.append(str(error))
    return found


# -- the rule ---------------------------------------------------------------------------------------------------------


def _check(full: str, what: str, place: str, state: os.stat_result, trust: Trust, *, last: bool, kind: Kind) -> None:
    reason, remedy = _problem(state, trust, last=last, kind=kind)
    if not reason:
        return
    where = "it" if place == full else f"{place}, which is on the way to it,"
    raise UntrustedFile(
        f"The {what} {full} is not believed: {where} {reason} (owner {_owner(state.st_uid)}, group "
        f"{_group(state.st_gid)}, mode {stat.S_IMODE(state.st_mode):04o}).",
        next_step=f"If all in it is yours, run: {remedy.format(me=_owner(trust.me), path=shlex.quote(place))}",
    )


def _problem(state: os.stat_result, trust: Trust, *, last: bool, kind: Kind) -> tuple[str, str]:
    """What is wrong with one component of a path, and the command that mends it; empty when nothing is."""
    if state.st_uid not in trust.users:
        return "belongs to somebody else", "chown -h {me} {path}"
    mode = state.st_mode
    if last and kind == "secret" and stat.S_ISREG(mode) and mode & _OTHERS:
        return "may be read or changed by others than its owner", "chmod 600 {path}"
    # The mode of a link says nothing. What lies in a sticky directory can be exchanged by nobody but its owner.
    if stat.S_ISLNK(mode) or (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
        return "", ""
    if mode & _BY_ALL:
        return "may be written by everybody", "chmod go-w {path}"
    if mode & _BY_GROUP and not _is_nobody_else(state, trust, last=last):
        return "may be written by its group", "chmod g-w {path}"
    return "", ""


def _is_nobody_else(state: os.stat_result, trust: Trust, *, last: bool) -> bool:
    """Whether a group is none but root and this user."""
    if state.st_gid in trust.groups:
        return True
    if state.st_gid == 0:
        return not last or trust.me != 0
    return any(_is_private(state.st_gid, user) for user in trust.users - {0})


@lru_cache(maxsize=64)
def _is_private(gid: int, uid: int) -> bool:
    """Whether a group has the name of a user and no other member, as the umask of PAM (``usergroups``) asks.

    The name is asked too, because a directory service may not list the users whose first group it is.
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
