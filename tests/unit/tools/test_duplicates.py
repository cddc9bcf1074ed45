# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of duplicated code."""

from __future__ import annotations

from tools.duplicates import STATEMENTS, find_duplicates

BODY = "".join(f"    name_{number} = {number}\n" for number in range(STATEMENTS))


def test_code_that_stands_twice_is_found() -> None:
    assert find_duplicates({"a.py": f"class One:\n{BODY}", "b.py": f"class Two:\n{BODY}"})


def test_an_enumeration_may_have_the_names_of_its_protocol_twice() -> None:
    sources = {"a.py": f"class One(IntEnum):\n{BODY}", "b.py": f"class Two(enum.IntEnum):\n{BODY}"}
    assert not find_duplicates(sources)
