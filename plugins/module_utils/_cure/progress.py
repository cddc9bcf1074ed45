# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a task that waits says meanwhile, so that nobody takes its silence for a hang: when, and in which words.

Only a rule: the time is a parameter (seconds of a monotonic clock), and a callback gets the lines. What counts
is the silence of the whole operation, not of one wait: several short waits in a row are not silent for longer than one
long wait.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from .._core.errors import ValidationError
from .._core.xtk import format_duration

#: Seconds until the first line: whoever has just begun wants to know sooner what goes on.
FIRST = 10.0
#: Less than this is no silence: what is due so soon is due. Seconds.
SOON = 0.01


class Progress:
    """When one operation prints a line.

    :param every: seconds between two lines; 0 for none at all.
    :param say: is given each line; None when nobody listens.
    :raises ValidationError: ``every`` is not a number of seconds, 0 or more.
    """

    def __init__(self, every: float = 0.0, say: Callable[[str], None] | None = None) -> None:
        # Not a number compares as false.
        if not 0 <= every < math.inf:
            raise ValidationError(f"progress must be a number of seconds, 0 or more, and is {every!r}.")
        self.every = every
        self._say = say if every else None
        self._due: float | None = None

    def silence(self, now: float) -> float:
        """Seconds that may pass without a line; 0 when a line is due. The first question begins to count."""
        if self._say is None:
            return math.inf
        if self._due is None:
            self._due = now + min(FIRST, self.every)
        left = self._due - now
        return left if left > SOON else 0.0

    def speak(self, now: float, words: str) -> None:
        """Say a line now."""
        self._due = now + self.every
        if self._say is not None:
            self._say(words)


def waiting_for(instance: str, what: str, workflow: str, passed: float, most: float) -> str:
    """One line: who waits for what, for how many seconds so far, and for how many at most."""
    times = f"{format_duration(passed)} so far, at most {format_duration(most)}"
    return f"{instance}: waiting for {what} ({workflow}, {times})"
