# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Writes a file so that a reader finds the old or the new one, also after a crash. It is for this user alone unless
the caller says otherwise."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace_file(path: Path, content: bytes, prefix: str, mode: int = 0o600) -> None:
    """Put a file in place of the one that may be there.

    :param prefix: how the name of the file begins until it is whole.
    :param mode: its permissions, which it has from the first moment.
    :raises OSError: the disk refused; the old file is as it was.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix)
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def make_directories(directory: Path) -> None:
    """Make what is not there yet, for this user alone. What is there has been looked at before. Raises OSError."""
    missing = [one for one in (directory, *directory.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        _sync_directory(one.parent)


def _sync_directory(directory: Path) -> None:
    """Make a change of names in a directory durable. Raises OSError."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
