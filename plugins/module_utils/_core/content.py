# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What is in a file that a run reads, or what is wrong with it: for all of them the same words.

A file that was cut off, is empty, is no text or has another form is named with its path. What a parser says of it
("Expecting value: line 1 column 1") helps nobody.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t
from collections.abc import Iterator

from .errors import ValidationError
from .trust import Kind, read


class UnusableFile(ValidationError):
    """A file whose content is not what it should be."""

    default_next_step = "Restore it, or make it anew."


#: What a person asks first when a run ends before it has begun.
NOTHING_WRITTEN = "Nothing was written."


@contextlib.contextmanager
def before_any_write() -> Iterator[None]:
    """What is wrong with a file that is read here stops whoever needs it before anything is sent: the error says so."""
    try:
        yield
    except ValidationError as error:
        if NOTHING_WRITTEN not in error.next_step:
            error.next_step = f"{NOTHING_WRITTEN} {error.next_step}".rstrip()
        raise


def text_of(content: bytes, what: str, path: str | os.PathLike[str]) -> str:
    """The text of a file.

    :param what: what it is, for messages, such as ``plan``.
    :raises UnusableFile: it is empty, or no text in UTF-8.
    """
    if not content.strip():
        raise UnusableFile(f"The {what} {os.fspath(path)} is empty.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableFile(
            f"The {what} {os.fspath(path)} is no text: what stands at byte {error.start + 1} is not UTF-8."
        ) from None
    if "\0" in text:
        raise UnusableFile(f"The {what} {os.fspath(path)} is no text: byte {text.index(chr(0)) + 1} is 0.")
    return text


def json_of(content: bytes, what: str, path: str | os.PathLike[str]) -> t.Any:
    """The document in a file of JSON.

    :raises UnusableFile: it is empty, no text, cut off, or no JSON.
    """
    text = text_of(content, what, path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        how = f"is cut off: its JSON does not end (line {error.lineno})" if cut else f"is no JSON (line {error.lineno})"
        raise UnusableFile(f"The {what} {os.fspath(path)} {how}.") from None
    except (ValueError, RecursionError):  # a number of thousands of digits; thousands of brackets
        raise UnusableFile(f"The {what} {os.fspath(path)} is no JSON that can be read.") from None


def load_text(path: str | os.PathLike[str], what: str, *, kind: Kind = "given") -> str:
    """The text of a file that is believed (see ``_core/trust.py``).

    :raises ValidationError: it is not there, cannot be read, is not believed, or its content is not what it should be.
    """
    return text_of(_bytes(path, what, kind), what, path)


def load_json(path: str | os.PathLike[str], what: str, *, kind: Kind = "given") -> t.Any:
    """The document in a file of JSON that is believed. Errors as for :func:`load_text`."""
    return json_of(_bytes(path, what, kind), what, path)


def _bytes(path: str | os.PathLike[str], what: str, kind: Kind) -> bytes:
    try:
        return read(path, what, kind=kind)
    except FileNotFoundError:
        raise UnusableFile(f"There is no {what} {os.fspath(path)}.", next_step="Check the path.") from None
    except OSError as error:
        raise UnusableFile(
            f"The {what} {os.fspath(path)} cannot be read ({error.strerror or type(error).__name__}).",
            next_step="Check the path, and who may read it.",
        ) from None
