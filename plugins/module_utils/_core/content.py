# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Reads the files that a run needs, and reports what is wrong with one: the same messages for all of them.

The error for a file that was cut off, is empty, or is not text names its path. A parser's own message
("Expecting value: line 1 column 1") does not help.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t
from collections.abc import Iterator

from .errors import ValidationError
from .trust import FileKind, read


class UnusableFile(ValidationError):
    """A file whose content is not what it should be."""

    default_next_step = "Restore it, or create it again."


#: What an operator asks first when a run ends before it has begun.
NOTHING_WRITTEN = "Nothing was written."


@contextlib.contextmanager
def before_any_write() -> Iterator[None]:
    """A file that is unusable in this block ends the task before anything is sent, and the error says so."""
    try:
        yield
    except ValidationError as error:
        if NOTHING_WRITTEN not in error.next_step:
            error.next_step = f"{NOTHING_WRITTEN} {error.next_step}".rstrip()
        raise


def text_of(content: bytes, what: str, path: str | os.PathLike[str]) -> str:
    """The text of a file.

    :param what: what it is, for messages, such as ``plan``.
    :raises UnusableFile: it is empty, or not UTF-8 text.
    """
    if not content.strip():
        raise UnusableFile(f"The {what} {os.fspath(path)} is empty.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableFile(f"The {what} {os.fspath(path)} is not text: byte {error.start + 1} is not UTF-8.") from None
    if "\0" in text:
        raise UnusableFile(f"The {what} {os.fspath(path)} is not text: byte {text.index(chr(0)) + 1} is 0.")
    return text


def json_of(content: bytes, what: str, path: str | os.PathLike[str]) -> t.Any:
    """The document in a file of JSON.

    :raises UnusableFile: it is empty, not text, cut off, or not JSON.
    """
    text = text_of(content, what, path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        how = "is cut off: its JSON does not end" if cut else "is not JSON"
        raise UnusableFile(f"The {what} {os.fspath(path)} {how} (line {error.lineno}).") from None
    except (ValueError, RecursionError):  # a number of thousands of digits; thousands of brackets
        raise UnusableFile(f"The {what} {os.fspath(path)} is not JSON that can be read.") from None


def load_text(path: str | os.PathLike[str], what: str, *, kind: FileKind = "given") -> str:
    """The text of a trusted file (see ``_core/trust.py``).

    :raises ValidationError: it does not exist, cannot be read, is not trusted, or has the wrong content.
    """
    return text_of(_bytes(path, what, kind), what, path)


def load_json(path: str | os.PathLike[str], what: str, *, kind: FileKind = "given") -> t.Any:
    """The document in a trusted JSON file. Errors as for :func:`load_text`."""
    return json_of(_bytes(path, what, kind), what, path)


def _bytes(path: str | os.PathLike[str], what: str, kind: FileKind) -> bytes:
    try:
        return read(path, what, kind=kind)
    except FileNotFoundError:
        raise UnusableFile(f"There is no {what} {os.fspath(path)}.", next_step="Check the path.") from None
    except OSError as error:
        raise UnusableFile(
            f"The {what} {os.fspath(path)} cannot be read ({error.strerror or type(error).__name__}).",
            next_step="Check the path and the permissions.",
        ) from None
