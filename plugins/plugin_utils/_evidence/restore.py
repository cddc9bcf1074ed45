# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The old values in a job's output, as somebody has copied it: the lines ``OLD VALUE HOST,OPTION,VALUE``.

The lines may come with their surroundings: quotes, commas and brackets of a list, the words ``ok: [host] =>`` and
``"msg":``, times of AWX or of a log, colours, Windows line ends. An ambiguous line is refused, and the message shows
it: a wrong value in the right option is worse than none.
"""

from __future__ import annotations

import contextlib
import json
import re
import typing as t
from collections.abc import Sequence

from ...module_utils._core.cursor_value import CursorValue
from ...module_utils._core.errors import ValidationError, shorten
from ...module_utils._core.text import MARKER, visible
from ...module_utils._core.xtk import format_datetime, parse_datetime
from .._variables.reading import is_cut
from .attempt import workflow_of

RestoreTarget = dict[str, t.Any]

_WORDS = re.compile(r"OLD\s+VALUE\b")

_FORM = (
    "Nothing was written. Give HOST,OPTION,VALUE as a job's output shows it, such as "
    "mkt-paris,NmsMidSourcing_LastDelivery_defaultEmailMid,2020-03-01T10:00:00.000Z"
)
#: Colours and erased lines, raw or as a program has escaped them; links and titles of a terminal.
_COLOUR = re.compile(
    r"(?:\x1b|\\x1b|\\u001b|\\033|\\e|\^\[)\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)", re.IGNORECASE
)
#: Invisible characters.
_UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))
#: What closes and opens texts and lists of JSON and YAML.
_PUNCTUATION = "\"'[]{},"
#: What may precede the words: how Ansible, its log, AWX and a container's log begin a line.
_BEFORE = re.compile(
    rf"""(?: \s | [{re.escape(_PUNCTUATION)}] | \\n | \\\" | -\s | \| | => | :
        | \d[\d:.,TZ+/-]*(?=[\s|\]])                   # a time, a date, the number of a line
        | std(?:out|err)\s[FP]\b                       # a container's log
        | "?changed"?:\s(?:true|false)
        | (?:p|u|n)=\S+ | INFO\b                       # log_path
        | (?:ok|changed|included):\s*\[[^\]]*\]
        | \(item=[^)]*\)
        | msg(?=\\?["']?\s*:)
    )*""",
    re.VERBOSE,
)
_HOST_BEFORE = re.compile(r"\b(?:ok|changed):\s*\[(?P<host>[^\]\s]+)")
#: A line of the output between those that matter.
_AROUND = re.compile(
    rf"""(?: {_BEFORE.pattern} | (?:TASK|PLAY)\s.*\*{{3,}} | (?:skipping|included):\s.*
        | \S+\s+:\s+ok=\d.* )""",
    re.VERBOSE,
)


def old_value_line(host: str, option: str, value: str) -> str:
    """The line of a job's output from which this value can be put back: one line, whatever the value holds. A moment is
    in the form that :func:`read_restore` takes, however the server has written it."""
    read = CursorValue.read(value)
    text = value if read.moment is None else read.normal().text
    return f"{MARKER} {host},{option},{visible(text).replace(' ', 'T')}"


def read_restore(given: t.Any, rest: str = "") -> list[RestoreTarget]:
    """The hosts, options and values in ``mid_sourcing_restore``: lines, or a list of them, bare or as they were shown.

    :param given: bare lines have commas or spaces between host, option and value.
    :param rest: what Ansible has put elsewhere. Of ``-e name=a b`` it takes ``a`` for the value, and keeps ``b``.
    :raises ValidationError: a wrong form, no moment, an option that the collection does not move, two values for one
        option, or an ambiguous line. The message names the line.
    """
    found: dict[tuple[str, str], tuple[RestoreTarget, str]] = {}
    for line in _lines(given, rest):
        for target in _targets(line):
            key = (target["host"], target["option"])
            first, where = found.setdefault(key, (target, line))
            if first["value"] != target["value"]:
                raise _refused(line, f"has another value for {key[1]} of {key[0]} than '{shorten(where, 200)}'")
    if not found:
        raise ValidationError("mid_sourcing_restore is empty.", next_step=_FORM)
    return [target for target, _line in found.values()]


def _lines(given: t.Any, rest: str) -> list[str]:
    lines = [_plain(line) for text in _texts(given, rest) for line in text.splitlines()]
    return [line for line in lines if line]


def _texts(given: t.Any, rest: str) -> list[str]:
    if isinstance(given, Sequence) and not isinstance(given, str):
        return [str(one) for one in given]
    text = "" if given is None else str(given)
    return _listed(f"{text} {rest}" if is_cut(text, rest) else text)


def _plain(line: str) -> str:
    """A line without invisible characters, and with any blank between the two words as one space.

    :raises ValidationError: only the removal makes the words appear. No text of a server can contain the words, but it
        could contain that.
    """
    clear = _COLOUR.sub("", line.translate(_UNSEEN))
    if len(_WORDS.findall(clear)) != len(_WORDS.findall(line)):
        raise _refused(line, "has something within its two words")
    return _WORDS.sub(MARKER, clear).strip()


def _listed(text: str) -> list[str]:
    """The texts in a list of JSON; any other text by itself."""
    if text.lstrip().startswith("["):
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(text)
            if all(isinstance(one, str) for one in found):
                return list(found)
    return [text]


def _targets(line: str) -> list[RestoreTarget]:
    """The values in one line; none for a line of the surroundings."""
    if MARKER not in line:
        return [] if _AROUND.fullmatch(line) else [_target(line, line.strip(_PUNCTUATION + " "))]
    before, *parts = line.split(MARKER)
    if not _BEFORE.fullmatch(before):
        raise _refused(line, "has something before its two words that is none of a job's output")
    found = [_target(line, _alone(line, part)) for part in parts]
    shown = _HOST_BEFORE.search(before)
    if shown is not None and shown["host"] != "localhost" and any(one["host"] != shown["host"] for one in found):
        raise _refused(line, f"was shown for {shown['host']}, and names another host")
    return found


def _alone(line: str, part: str) -> str:
    """The text between two occurrences of the words, without what closes the one text and opens the next."""
    text = part.removesuffix("\\n").strip(_PUNCTUATION + " \\") if part[:1].isspace() else ""
    text = re.sub(r"(?:\\[nr])+$", "", text).strip()
    if not text or any(sign in text for sign in "\"'[]{}") or text.count(",") != 2 or re.search(r"\s", text):
        raise _refused(line, "has something other than HOST,OPTION,VALUE behind its two words")
    return text


def _target(line: str, text: str) -> RestoreTarget:
    """One host, option and value. ``text`` is the part of ``line`` that is read."""
    parts = [part for part in re.split(r"[,\s]+", text, maxsplit=2) if part]
    if len(parts) != 3:
        raise _refused(line, "does not name host, option and value")
    host, option, value = parts
    workflow = workflow_of(option)
    if not workflow:
        raise ValidationError(
            f"mid_sourcing_restore: '{option}' is no cursor that this collection moves (line '{shorten(line, 200)}').",
            next_step="Nothing was written. Put other options back with the module campaign.classic.option.",
        )
    try:
        moment = format_datetime(parse_datetime(value))
    except ValidationError as error:
        raise _refused(line, f"cannot be used: {error.message}") from error
    return {"host": host, "option": option, "value": moment, "workflow": workflow}


def _refused(line: str, why: str) -> ValidationError:
    # Not with the words themselves: this text is output too, and would be read as a line of it.
    shown = shorten(line.replace(MARKER, MARKER.replace(" ", "-")), 200)
    return ValidationError(f"mid_sourcing_restore: the line '{shown}' {why.rstrip('.')}.", next_step=_FORM)
