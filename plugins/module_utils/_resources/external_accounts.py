# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""External accounts (``nms:extAccount``), read only. The password is never selected (campaign_facts, Attributes)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._client.mids import shown
from .._core.errors import ValidationError
from .._http.address import without_user_info
from .._soap.querydef import equals, fetch, flag, integer, query

if t.TYPE_CHECKING:
    from .._client.session import Session
    from .._soap.querydef import Row

SCHEMA = "nms:extAccount"
COLUMNS = ("@id", "@name", "@label", "@active", "@server")
#: ``@type`` of routing accounts: mid-sourcing ones, and perhaps bulk ones too (campaign_facts, Attributes).
ROUTING = 3
#: Most accounts that are taken in one query.
MOST_ACCOUNTS = 1000


@dataclass(frozen=True)
class Account:
    """An external account. ``server`` is empty for accounts that reach no other server, and never has a password."""

    id: int
    name: str
    label: str
    active: bool
    server: str


def account_of(row: Row) -> Account:
    """The account in a row."""
    return Account(
        id=integer(row, "id"),
        name=row.get("name", ""),
        label=row.get("label", ""),
        active=flag(row, "active"),
        server=_server(row.get("server", "")),
    )


def _server(text: str) -> str:
    """The URL of an account without a password that somebody may have put into it.

    Secrets of ours are masked in a text before it is cut, since part of one could not be recognised.
    """
    return text if without_user_info(text) == text else without_user_info(shown(text))


class Accounts:
    """The external accounts of one instance."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def routing(self) -> list[Account]:
        """All routing accounts, by name, in one query.

        :raises ValidationError: ``MOST_ACCOUNTS`` or more; part of them would be a wrong answer.
        """
        definition = query(
            SCHEMA,
            "select",
            COLUMNS,
            where=equals("@type", ROUTING),
            order_by=[("@id", False)],
            line_count=MOST_ACCOUNTS,
        )
        found = fetch(self.session, definition, account_of)
        if len(found) >= MOST_ACCOUNTS:
            raise ValidationError(
                f"There are {MOST_ACCOUNTS} or more routing accounts.",
                instance=self.session.name,
                next_step="This is more than an instance can use: check nms:extAccount by hand.",
            )
        return sorted(found, key=lambda account: account.name)
