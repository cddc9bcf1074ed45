# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Cells of a table that a spreadsheet opens. Pure."""

from __future__ import annotations

#: What a spreadsheet takes for the beginning of a formula, also in full width. Labels come from servers.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def no_formula(text: str) -> str:
    """The text, with an apostrophe before one that would be a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
