# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.helpers.connection_table``: put the table of the connection's options into the README.

It is generated from the code, so that both always agree.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
_PLUGINS = "ansible_collections.campaign.classic.plugins"
BEGIN, END = "<!-- begin connection -->\n", "<!-- end connection -->\n"


def rows() -> Iterator[tuple[str, ...]]:
    """The head of the table, then an option each, then the session."""
    # When the path is set.
    connection = import_module(f"{_PLUGINS}.module_utils._client.connect")
    host = import_module(f"{_PLUGINS}.plugin_utils._variables.host")
    yield "argument", "variable of the host", "environment", "credentials file", "else", "a blank variable is"
    for option, variable in connection.ENVIRONMENT.items():
        default = str(connection.DEFAULTS[option]).lower() if option in connection.DEFAULTS else ""
        blank = str(host.BLANK[option]).lower() if option in host.BLANK else "not given"
        yield (
            f"`{option}`",
            f"`{host.VARIABLES[option]}`",
            f"`{variable}`",
            f"`{option}`",
            default and f"`{default}`",
            blank,
        )
    for option, variable in connection.SESSION_ENVIRONMENT.items():
        yield f"`session.{option}`", "", f"`{variable}`", "", "", ""


def table() -> str:
    """As Markdown."""
    head, *body = (f"| {' | '.join(row)} |".replace("|  |", "| |").replace("|  |", "| |") for row in rows())
    return "\n".join([head, "|---" * 6 + "|", *body]) + "\n"


def with_table(text: str) -> str:
    """A text with the table between its marks."""
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return before + BEGIN + table() + END + after


def main() -> None:
    """Write it."""
    sys.path.insert(0, str(ROOT / ".build/collections"))
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
