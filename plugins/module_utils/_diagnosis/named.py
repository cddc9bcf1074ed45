# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Whether the journal names an external account: it decides which of several cursors a failed run is about. Pure."""

from __future__ import annotations

import re
import typing as t

from .causes import BUILT_IN
from .journal import rows_of_cause, said

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from .._resources.workflows import JournalLine
    from .causes import Cause, Causes

#: A URL has the name of a server, which may be like that of an account that it does not belong to.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s'\"<>]*")


def names_account(lines: Iterable[JournalLine], account: str) -> bool:
    """Whether one of the lines names this account as a whole word: not within a URL, a host name or a path, nor as a
    part of a longer name, such as ``mid`` in ``mid-eu``."""
    if not account:
        return False
    # A dot or a slash belongs to a longer name only if that goes on behind it: a sentence may end with the name.
    name = re.compile(rf"(?<![\w@-])(?<!\w[./]){re.escape(account)}(?![\w@-]|[./]\w)")
    return any(name.search(_URL.sub(" ", said(line))) for line in lines)


def names_as_cause(lines: Iterable[JournalLine], account: str, cause: Cause | None, causes: Causes = BUILT_IN) -> bool:
    """Whether the rows of one failed run name this account together with the cause of its failure.

    Only then is it certain whose failure it is. A row just before or after the cause may be about another account: the
    workflow may go on with the next one (campaign_facts, unknown 16).
    """
    return cause is not None and names_account(rows_of_cause(lines, cause, causes), account)
