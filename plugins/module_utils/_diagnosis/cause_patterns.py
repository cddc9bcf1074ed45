# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Whether a site's pattern for journal texts is usable. Pure."""

from __future__ import annotations

import re
import typing as t

from .._core.errors import ValidationError

#: A site's pattern that is longer than this is a mistake.
PATTERN_LIMIT = 500
HOW = "Give a list of {pattern: TEXT, class: slow|never_asked|other, remedy: WHAT TO DO}."

#: A regular expression in its parts: an escape, a class, a group's begin and end, a repetition, alternatives, a sign.
_PARTS = re.compile(
    r"(?P<atom>\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\((?:\?(?:[:=!>]|<[=!]|P<\w+>|[a-zA-Z-]+[:)]))?)|(?P<close>\))"
    r"|(?P<times>(?:[*+?]|\{\d*,?\d*\})[?+]?)|(?P<or>\|)|(?P<sign>.)",
    re.DOTALL,
)
_ONCE = re.compile(r"\{(\d+)(?:,\1)?\}")


# Complex: it reads a regular expression part by part, and each kind of part has its case.
def _repeats_what_repeats(source: str) -> bool:
    """Whether a repetition holds another one or alternatives, or follows one of the same: such a pattern may run
    without end on a text that it does not match."""
    groups = [False]
    ended = False  # whether what was read last is a group that holds a repetition or alternatives
    last = repeated = ""
    for part in _PARTS.finditer(source):
        kind, text = part.lastgroup, part.group()
        if kind == "times":
            if ended and text[0] != "?":
                return True
            if text[0] in "*+" or text.endswith(",}"):
                if repeated and (last == repeated or (_ANYTHING.match(last + "*") and _ANYTHING.match(repeated + "*"))):
                    return True
                repeated = last
            groups[-1] = groups[-1] or not _ONCE.match(text)
            last = ""
        elif kind == "open":
            groups.append(False)
        elif kind == "close":
            held = groups.pop() if len(groups) > 1 else False
            groups[-1] = groups[-1] or held
            ended, last = held, ""
            continue
        elif kind == "or":
            groups[-1], repeated, last = True, "", ""
        else:
            if last:
                repeated = ""  # it is between two repetitions
            last = text
        ended = False
    return False


#: So may several that match almost anything, one after the other.
_ANYTHING = re.compile(r"(?:(?<!\\)\.|\]|\\[SWDw])(?:[+*]|\{\d*,\})")
_MOST_ANYTHING = 2


_SAYS_NOTHING = (
    "qqqqqqqqqqqqqqqq",
    "0123456789",
    "-------- ........",
    "The quick brown fox jumps over the lazy dog.",
    "あいうえお",
)


def pattern_of(source: t.Any, place: str) -> re.Pattern[str]:
    """A site's pattern, compiled; it ignores case.

    :param place: where it is configured, for the message.
    :raises ValidationError: it is no pattern, matches every text, or may run without end.
    """
    if not isinstance(source, str) or not source.strip():
        raise ValidationError(f"{place}: a regular expression is expected.", next_step=HOW)
    if len(source) > PATTERN_LIMIT or _repeats_what_repeats(source) or len(_ANYTHING.findall(source)) > _MOST_ANYTHING:
        raise ValidationError(
            f"{place}: {source[:60]!r} is too long or repeats what repeats, which could run without end.",
            next_step=f"Write at most {PATTERN_LIMIT} characters, no + or * after a group that holds one or has "
            f"alternatives, and at most {_MOST_ANYTHING} times .* or the like.",
        )
    try:
        pattern = re.compile(source, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValidationError(
            f"{place}: {source!r} is no regular expression: {error}.",
            next_step="Write a backslash before a sign that stands for itself, such as \\( or \\[.",
        ) from error
    # Whatever matches next to nothing, or words that say nothing, would match every text.
    signs = ("", *map(chr, range(32, 127)), "é", "あ", "\n")
    if any(pattern.search(text) for text in (*signs, *_SAYS_NOTHING)):
        raise ValidationError(
            f"{place}: {source!r} matches the empty text or a single sign, or words that say nothing: so it matches "
            "every text.",
            next_step="Write words of the text that nothing else says.",
        )
    return pattern
