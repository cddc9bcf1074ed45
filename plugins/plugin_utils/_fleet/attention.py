# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The table of the hosts that need attention, and the last lines: each thing is said once, and all of it in a number of
bytes that grows with these hosts alone, however long the sentences are. Pure.

Short sentences stay whole. Only where there is no room for all of them, the longest ones are cut; they are whole in
what is registered, which ``-v`` shows, and in the file of the report.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from .._evidence.restore import old_value_line
from .screen import BETWEEN, Line, below, paragraphs, table, width

#: Bytes for each host that needs attention, and at least for all of them: table, last lines and old values together.
EACH, LEAST = 350, 3500
#: As much of that for the last lines.
EACH_CLOSING, LEAST_CLOSING = 230, 2300
#: No sentence is cut to less.
SHORTEST = 40
#: What a line of text costs more than its words: indentation, quotes, and the end of a line that no word fits in.
_SPREAD = 1.35
#: A sentence of so many characters is not said again of the next host, and neither is a longer advice.
LONG = 120
LONG_ADVICE = 60
CUT = " ..."
WHERE = (
    f"What ends in '{CUT.strip()}' is whole with -v in the results of the tasks, "
    "and in the file of mid_sourcing_report_file."
)


@dataclass(frozen=True)
class Need:
    """What is said of a host: a word, why, and what to do.

    :param advice: '' where the reason has it all.
    """

    host: str
    word: str
    reason: str
    advice: str = ""

    @property
    def line(self) -> Line:
        """As it stands in a table."""
        return self.host, self.word, " ".join(filter(None, [self.reason, self.advice]))


def room_for(needs: int, *, old_values: Sequence[str] = (), closing: Sequence[str] = ()) -> int:
    """The bytes that the table may have beside the lines that say the old values, and the last ones."""
    taken = sum(map(_bytes, old_values)) + sum(map(_bytes, closing))
    return max(LEAST, EACH * needs) - taken


def attention(needs: Sequence[Need], room: int) -> list[str]:
    """The table of these hosts in at most so many bytes, as far as ``SHORTEST`` allows.

    What is said of several hosts is said of the first. Sentences stand beside their host where there is room for that,
    else below it.
    """
    said = _once(needs)
    lines = table([need.line for need in said])
    if _size(lines) <= room:
        return lines

    def told(most: int) -> list[str]:
        short = [replace(need, reason=cut(need.reason, most), advice=cut(need.advice, most)) for need in said]
        return below([need.line for need in short])

    heads = sum(_bytes(f"{need.host}{BETWEEN}{need.word}") for need in said)
    texts = [text for need in said for text in (need.reason, need.advice) if text]
    return _fitting(told, texts, room - heads, room)


def fitted(texts: Sequence[str], needs: int) -> list[str]:
    """The last lines, in as many bytes as they may have beside a table of so many hosts. The very last text, which is
    the result, is whole."""
    room = max(LEAST_CLOSING, EACH_CLOSING * needs)
    lines = paragraphs(texts)
    if _size(lines) <= room:
        return lines
    *behind, result = texts
    last = paragraphs([result])
    room -= _size(last)
    return _fitting(lambda most: paragraphs(cut(text, most) for text in behind), behind, room, room) + last


def _fitting(told: Callable[[int], list[str]], texts: Sequence[str], for_texts: int, room: int) -> list[str]:
    """The lines with the longest texts cut, so that they take at most ``room`` bytes."""
    room -= _size(paragraphs([WHERE]))
    least = _share([len(text.encode()) for text in texts], int((for_texts - len(WHERE)) / _SPREAD))
    # How many bytes the ends of the lines take is known when the lines are made: how much more may stand there?
    longest = 2 * least
    while longest - least > 5:
        most = (least + longest) // 2
        least, longest = (most, longest) if _size(told(most)) <= room else (least, most)
    lines = told(least)
    # Words that fit on no line well take more than was guessed.
    while _size(lines) > room and least > SHORTEST:
        least = max(SHORTEST, least * 9 // 10)
        lines = told(least)
    return [*lines, *paragraphs([WHERE])] if any(len(text.encode()) > least for text in texts) else lines


def _share(sizes: Sequence[int], room: int) -> int:
    """To how many bytes the longest of these must be cut for all to have room; the others leave it theirs."""
    left, rest = room, len(sizes)
    for size in sorted(sizes):
        if size * rest > left:
            return max(SHORTEST, left // rest)
        left, rest = left - size, rest - 1
    return max([SHORTEST, *sizes])


def cut(text: str, most: int) -> str:
    """A text of at most so many bytes, cut between words where that is possible."""
    if len(text.encode()) <= most:
        return text
    kept = text.encode()[: max(0, most - len(CUT))].decode(errors="ignore")
    return (kept.rpartition(" ")[0] or kept) + CUT


def _once(needs: Sequence[Need]) -> list[Need]:
    """Each sentence and each advice once. Those that name their host do not repeat its name."""
    first: dict[tuple[str, ...], str] = {}
    found = []
    for named in needs:
        need = replace(named, reason=named.reason.removeprefix(f"{named.host}: "))
        alike = first.setdefault((need.word, need.reason, need.advice), need.host)
        advised = first.setdefault((need.word, need.advice), need.host)
        if alike != need.host and len(need.line[2]) >= LONG:
            need = replace(need, reason=f"As {alike}.", advice="")
        elif advised != need.host and len(need.advice) >= LONG_ADVICE:
            need = replace(need, advice=f"Do as for {advised}.")
        found.append(need)
    return found


def old_values(rows: Sequence[Mapping[str, t.Any]]) -> list[str]:
    """The lines that the playbooks show beside the table, which are typed into a rollback as they stand."""
    return [
        old_value_line(str(row["host"]), str(plan.get("option")), str(plan.get("old_value")))
        for row in rows
        for plan in row["plans"]
    ]


def _size(lines: Sequence[str]) -> int:
    return sum(map(_bytes, lines))


def _bytes(line: str) -> int:
    """The bytes of a line of a list of messages in Ansible's output."""
    return 12 + max(width(line), len(line.encode()))
