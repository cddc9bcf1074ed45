# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Numbers with their nouns, for messages: 1 host, 2 hosts. All messages use this. Pure."""

from __future__ import annotations

#: Plurals that do not just add an s.
_PLURALS = {"delivery": "deliveries"}


def counted(number: int, what: str) -> str:
    """The number and the noun that goes with it: ``1 host``, ``1,200 hosts``, ``1 delivery``.

    :param what: the noun in the singular; words may precede it (``stuck host``).
    """
    return f"{number:,} {noun(number, what)}"


def noun(number: int, what: str) -> str:
    """The noun that goes with a number, without the number."""
    if number == 1:
        return what
    before, gap, last = what.rpartition(" ")
    return f"{before}{gap}{_PLURALS.get(last, f'{last}s')}"


def verb(number: int, one: str = "is", more: str = "are") -> str:
    """The form of a verb that goes with a number."""
    return one if number == 1 else more
