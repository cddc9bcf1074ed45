# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""How much a server may send: the one place that decides it, for modules and for a sweep. Pure.

A process that asks a server takes less than 200 MB, whatever the server answers. In memory a tag or an attribute is
up to fifty times as long as in an answer, and a character of a text up to four times: so both are limited, before
an answer is parsed. ``make proof`` measures what answers just below these limits cost.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

#: The only call whose answer is as long as the caller asks.
QUERY = "xtk:queryDef#ExecuteQuery"

_FEWER = (
    "Ask for fewer rows (limit, page_size, prefix, where) or fewer fields. If you asked for less than that, something "
    "else answers: check the URL, and any proxy or gateway in front of the server."
)
_FOREIGN = (
    "No Campaign server answers this call with so much. Check the URL, and any proxy or gateway in front of the server."
)


class AnswerLimit(t.NamedTuple):
    """The limits of one answer.

    :param size: the most bytes.
    :param marks: the most tags, and the most attributes.
    :param next_step: what the operator does about a longer one.
    """

    size: int
    marks: int
    next_step: str = _FOREIGN


class AnswerLimits(t.NamedTuple):
    """The limits of all answers of an instance: those of queries, and every other."""

    query: AnswerLimit
    other: AnswerLimit

    def of(self, headers: Mapping[str, str]) -> AnswerLimit:
        """The limit of the answer to a request with these headers."""
        return self.query if headers.get("SOAPAction") == QUERY else self.other


#: The answer to a logon is some 20 KB; pages and tokens are shorter.
_OTHER = AnswerLimit(1024 * 1024, 5_000)
#: A module asks for up to 5,000 options with nine attributes each, or for the long texts of an option or a workflow.
MODULE = AnswerLimits(AnswerLimit(12 * 1024 * 1024, 100_000, _FEWER), _OTHER)
#: A sweep reads many instances at the same time, and asks for at most a thousand short rows of each.
SWEEP = AnswerLimits(AnswerLimit(1024 * 1024, 16_000, _FEWER), AnswerLimit(128 * 1024, 1_000))
#: An answer of more than that is long for a sweep: only so many of them are in memory at the same time.
LONG, MOST_LONG = AnswerLimit(128 * 1024, 1_500), 2

#: Messages cut a server's text at this length: a gateway's HTML page must not fill the output of a job.
SHOWN = 2000
#: So many characters beyond a cut are searched for secrets that begin before it.
SPARE = 64 * 1024
#: Characters of a server's text that an error keeps.
MOST_SAID = SHOWN + SPARE
#: Characters of a token. It is sent in a header, and web servers take some 8 KB of those.
MOST_TOKEN = 16 * 1024

#: The begin and the end of a tag, and what is in quotes. In well-formed XML neither a text nor a value has a "<".
_PART = re.compile(rb"""[<>]|"[^"<]*"|'[^'<]*'""")


def attributes_in(content: bytes | bytearray, most: int) -> int:
    """How many attributes an answer has, counted up to one more than ``most``.

    Not every "=" is one: scripts and addresses have this character too. So the values in tags are counted, part by
    part: a tag may be as long as the answer.
    """
    found, is_tag = 0, False
    for part in _PART.finditer(content):
        first = content[part.start()]
        if first in b"<>":
            is_tag = first == ord("<")
        elif is_tag:
            found += 1
            if found > most:
                break
    return found
