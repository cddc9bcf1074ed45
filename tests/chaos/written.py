# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all runs of a trial wrote to an instance, by the servers' ledger: each write has its reason.

Campaign has no lock: a cure reads the cursor right before it writes, and writes only over what its plan is about. So by
the values in the ledger a write moves the cursor from the old value, once, or takes back what a run has written. A
second one is only right where the first was not executed, or was taken back. While the disturbed call itself is under
way the cursor may change, and nobody can know it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from tests.chaos.fleets import CURSOR, OLD

Call = Mapping[str, Any]
#: Orders that do not repeat what an answered one has done. A Wakeup may be repeated: it makes a run due, no more.
_ORDERS = ("xtk:workflow#Start", "xtk:workflow#Stop", "xtk:workflow#Kill")
_READ = "xtk:option select"


def without_reason(host: str, calls: Sequence[Call], disturbed: Container[int]) -> list[str]:
    """What is wrong with the writes to an instance.

    :param calls: all calls to it, in order.
    :param disturbed: the numbers of the disturbed ones among them, from 1.
    """
    problems: list[str] = []
    ours: set[str] = set()
    for number, call in enumerate(calls, 1):
        if not moves_cursor(call):
            continue
        before, after = call["before"], call["after"]
        is_meant = after != OLD if before == OLD else (after == OLD and before in ours)
        if not is_meant and number not in disturbed:
            problems.append(f"{host}: call {number} wrote {after} over {before}, which no plan was made for")
        if not _was_compared(calls[: number - 1], str(call["session"])):
            problems.append(f"{host}: call {number} wrote the cursor without a look at it right before")
        ours.add(after)
    return problems + _repeated(host, calls, disturbed)


def is_executed(call: Call) -> bool:
    """Whether it is a call that has changed the instance."""
    return bool(call["class"] == "write" and call["outcome"] in ("ok", "lost"))


def moves_cursor(call: Call) -> bool:
    """Whether it is a write to the cursor that was executed."""
    return bool(call["class"] == "write" and CURSOR in call["object"] and call["after"])


def _was_compared(before: Sequence[Call], session: str) -> bool:
    """Whether the last thing that was done before a write is a read of options, in its session if that did anything.

    A write that the server has refused is sent again in a new session: it follows on the read in the one that was lost.
    """
    done = [call for call in before if call["class"] != "session" and call["outcome"] in ("ok", "lost")]
    mine = [call for call in done if call["session"] == session] or done
    return bool(mine) and mine[-1]["object"] == _READ


def _repeated(host: str, calls: Sequence[Call], disturbed: Container[int]) -> list[str]:
    """An order that was carried out and answered is not given again by the same session, without another in between."""
    problems = []
    last: dict[str, str] = {}
    for number, call in enumerate(calls, 1):
        if call["class"] != "write" or call["outcome"] != "ok":
            continue
        session, name = str(call["session"]), str(call["call"])
        if name in _ORDERS and last.get(session) == name:
            problems.append(f"{host}: call {number} gave the order {name} a second time")
        last[session] = "" if number in disturbed else name
    return problems
