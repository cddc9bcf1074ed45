# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""A regular expression that is compiled when it is first used.

Long tables of expressions take some 20 ms to compile. A module that is sent elsewhere would pay that for each task, and
most tasks look at an instance in whose journal nothing has failed. Processes that are forked share what is compiled
before: see ``compile_all``.
"""

from __future__ import annotations

import re
import typing as t
from functools import cached_property


class LazyPattern:
    """The methods of ``re.Pattern`` that are used here.

    :param source: the expression; a mistake in it raises ``re.error`` when it is first used.
    """

    #: All that were made in this process.
    made: t.ClassVar[list[LazyPattern]] = []

    def __init__(self, source: str, flags: int = 0) -> None:
        self.source = source
        self.flags = flags
        self.made.append(self)

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression itself."""
        return re.compile(self.source, self.flags)

    def search(self, text: str) -> re.Match[str] | None:
        """As ``re.Pattern.search``."""
        return self.compiled.search(text)

    def match(self, text: str) -> re.Match[str] | None:
        """As ``re.Pattern.match``."""
        return self.compiled.match(text)

    def findall(self, text: str) -> list[t.Any]:
        """As ``re.Pattern.findall``."""
        return self.compiled.findall(text)

    def split(self, text: str) -> list[str | t.Any]:
        """As ``re.Pattern.split``."""
        return self.compiled.split(text)

    def sub(self, by: str, text: str) -> str:
        """As ``re.Pattern.sub``."""
        return self.compiled.sub(by, text)


def compile_all() -> int:
    """Compile every expression that was made so far: once, before processes are forked which would each do it.

    :returns: how many there are.
    """
    return len([pattern.compiled for pattern in LazyPattern.made])
