# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Facts: everything that one session reads from an instance for the diagnosis (docs/architecture.md, Diagnosis). Plain
data with the server's time."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .._resources.external_accounts import Account, Accounts
from .._resources.options import Option, Options
from .._resources.workflows import JOURNAL_LINES, JournalLine, Workflow, Workflows

if t.TYPE_CHECKING:
    from .._client.session import Session


class ReadingNeeds(t.Protocol):
    """What a kind of cursor needs to be read."""

    @property
    def prefix(self) -> str:
        """How the names of its options begin, or the one name."""

    @property
    def is_family(self) -> bool:
        """Whether the prefix begins many names, and is none itself."""

    @property
    def workflow(self) -> str:
        """The internal name of the workflow that moves it, or how it begins (``mcSynch_``), or nothing."""

    @property
    def sibling(self) -> bool:
        """Whether the cursor is only shown, so that its workflow's journal need not be read."""


@dataclass(frozen=True)
class Facts:
    """What was read from one instance.

    :param server_time: the server's clock (UTC) when the reading ended.
    :param skew_seconds: the server's clock minus the controller's.
    :param options: by name. Long texts are not read (``value_read`` is False).
    :param journal: newest first, over all the workflows.
    :param journal_complete: False when the server returned as many lines as the limit: older ones may be missing.
    """

    instance: str
    server_time: datetime
    skew_seconds: float
    build: str
    options: tuple[Option, ...] = ()
    accounts: tuple[Account, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    journal: tuple[JournalLine, ...] = ()
    journal_complete: bool = True


def read_facts(session: Session, kinds: Sequence[ReadingNeeds], *, journal_limit: int = JOURNAL_LINES) -> Facts:
    """Read the facts for these kinds of cursor, with at most four queries, however many cursors there are.

    The journals of siblings are not read: one query reads all journals together, and a verbose workflow would displace
    the lines of the workflow to be cured, which may have been silent for weeks.

    :param journal_limit: the most journal lines over all the workflows together.
    :raises CampaignError: as the session and the queries raise it; facts are complete, or there are none.
    """
    return gather(
        session,
        prefixes=[kind.prefix for kind in kinds if kind.is_family],
        option_names=[kind.prefix for kind in kinds if not kind.is_family],
        workflow_names=[kind.workflow for kind in kinds if kind.workflow],
        journal_limit=journal_limit,
        journals_of=[kind.workflow for kind in kinds if not kind.sibling],
    )


def gather(
    session: Session,
    *,
    prefixes: Sequence[str],
    workflow_names: Sequence[str],
    option_names: Sequence[str] = (),
    journal_limit: int = JOURNAL_LINES,
    journals_of: Sequence[str] | None = None,
) -> Facts:
    """The same, for prefixes and names of options, and internal names of workflows. What is not requested costs no
    query.

    :param journals_of: the workflows whose journals are read; None for all.
    """
    wanted = prefixes or option_names
    options = Options(session).matching(_distinct(prefixes), _distinct(option_names)) if wanted else []
    accounts = Accounts(session).routing()
    reader = Workflows(session)
    workflows = reader.matching(_distinct(workflow_names))
    read = [one for one in workflows if journals_of is None or one.internal_name in journals_of]
    session.server_now()  # a token has no logon that tells the time, and the journal is read by it
    # No workflow, no query: journal() sends none for an empty list.
    journal = reader.journal([workflow.id for workflow in read], limit=journal_limit)
    # The clock is read last: a cursor that moved during the reading must not look as if it lay in the future.
    return Facts(
        instance=session.name,
        server_time=session.server_now(),
        skew_seconds=float(session.skew),
        build=session.info.build,
        options=tuple(options),
        accounts=tuple(accounts),
        workflows=tuple(workflows),
        journal=tuple(journal),
        journal_complete=len(journal) < journal_limit,
    )


def _distinct(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))
