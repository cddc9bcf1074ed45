# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""From the facts of an instance to one view per cursor: which option belongs to which account and workflow. Pure.

No name is composed: existing options are matched with existing accounts (campaign_facts, Cursor names). What does not
match exactly one becomes a view too, with the reason, so that it is shown and never written.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .attempts import GOES_ON_FOR, find_resume_point
from .catalogue import CATALOGUE, CursorKind, match_account
from .causes import BUILT_IN, Causes
from .model import CursorFacts

if t.TYPE_CHECKING:
    from .._resources.external_accounts import Account
    from .._resources.options import Option
    from .attempts import Attempt, ResumePoint
    from .snapshot import Facts


class Match(t.NamedTuple):
    """A cursor option, its account, and why it belongs to no account or not to this one."""

    option: Option
    account: Account | None
    mismatch: str = ""


def match_cursors(
    facts: Facts,
    kinds: t.Sequence[CursorKind] = CATALOGUE,
    cursor_map: t.Mapping[str, str] | None = None,
    attempts: t.Sequence[Attempt] = (),
    *,
    start_stopped: bool = False,
    causes: Causes = BUILT_IN,
) -> tuple[CursorFacts, ...]:
    """One view for each cursor, and for each account that has none; at least one for each kind that may be moved.

    Siblings have a view only if they exist.

    :param cursor_map: option -> internal name of its account, where the suffix does not say it.
    :param attempts: the known earlier attempts at this instance, newest first.
    :param start_stopped: the operator asked to treat workflows that somebody has stopped.
    :param causes: the known causes.
    """
    found: list[CursorFacts] = []
    for kind in kinds:
        options = sorted((option for option in facts.options if kind.covers(option.name)), key=lambda one: one.name)
        matches = _matches(options, kind, facts.accounts, cursor_map or {})
        bare = _bare(facts, kind, start_stopped=start_stopped and not kind.sibling, causes=causes)
        found += [_remembered(_of_match(bare, match), facts, attempts) for match in matches]
        if not kind.sibling:
            found += _without_cursor(bare, facts.accounts, matches)
    return tuple(found)


def _without_cursor(
    bare: CursorFacts, accounts: t.Sequence[Account], matches: t.Sequence[Match]
) -> t.Sequence[CursorFacts]:
    """A view for each account that has no cursor of a kind; one for the kind if it has none at all."""
    taken = {match.account for match in matches}
    without = [account for account in accounts if bare.kind.per_account and account not in taken]
    # An account without a cursor is worth a view only if it should have one here.
    expected = bare.workflow is not None and any(account.server.strip() for account in without)
    if not matches and not expected:
        return [bare]
    return [replace(bare, account=account) for account in sorted(without, key=lambda one: (one.name, one.id))]


def _of_match(bare: CursorFacts, match: Match) -> CursorFacts:
    return replace(bare, option=match.option, account=match.account, mismatch=match.mismatch)


def _remembered(seen: CursorFacts, facts: Facts, attempts: t.Sequence[Attempt]) -> CursorFacts:
    """The view, with what an earlier attempt left of its work."""
    if seen.option is None or seen.kind.sibling:
        return seen
    option, skew = seen.option, facts.skew_seconds
    seen = replace(seen, started_by_us=_started_by_us(seen, option, attempts, skew))
    past = find_resume_point(option, seen.kind.workflow, attempts, server_time=facts.server_time, skew=skew)
    if past is not None and past.stopped and _ran_later(seen, past):
        past = replace(past, stopped=False) if past.written else None
    if past is None:
        return seen
    return replace(seen, resume_point=past, ours=past.stopped, moved_at=past.since if past.written else None)


def _ran_later(seen: CursorFacts, past: ResumePoint) -> bool:
    """Whether the workflow has run since the attempt could last have stopped it: it is somebody else's stop then."""
    last = None if seen.workflow is None else seen.workflow.process_date
    if last is None or past.since is None or last > seen.server_time:  # the clock was ahead when it ran
        return False
    return last > (past.over or past.since + GOES_ON_FOR)


def _started_by_us(seen: CursorFacts, option: Option, attempts: t.Sequence[Attempt], skew: float) -> bool:
    """Whether an attempt that came to nothing has started the workflow again, and nobody a repair: the cursor stands
    where the attempt found it."""
    at = None if seen.workflow is None else seen.workflow.last_start
    return at is not None and any(
        one.workflow == seen.kind.workflow
        and option.cursor_value.is_same(one.old_values.get(option.name))
        and one.has_started(at, skew)
        for one in attempts
    )


def _bare(facts: Facts, kind: CursorKind, *, start_stopped: bool, causes: Causes) -> CursorFacts:
    """What all cursors of a kind have in common: the workflow and its journal."""
    found = [one for one in facts.workflows if kind.moved_by(one.internal_name)]
    # If several workflows have such a name, we do not know which one moves which cursor.
    workflow = found[0] if len(found) == 1 else None
    journal = () if workflow is None else tuple(line for line in facts.journal if line.workflow_id == workflow.id)
    return CursorFacts(
        kind,
        facts.server_time,
        workflow=workflow,
        journal=journal,
        journal_whole=facts.journal_complete,
        start_stopped=start_stopped,
        causes=causes,
    )


def _matches(
    options: t.Sequence[Option], kind: CursorKind, accounts: t.Sequence[Account], cursor_map: t.Mapping[str, str]
) -> list[Match]:
    """Each option with its account. If an account has several cursors, none is its cursor, unless one is mapped.

    The operator who names an option in ``cursor_map`` has chosen it over the one whose suffix fits.
    """
    if not kind.per_account:
        return [Match(option, None) for option in options]
    first = {option.name: match_account(option.name, kind, accounts, cursor_map) for option in options}
    found = []
    for option in options:
        account = first[option.name]
        rivals = [other for other, theirs in first.items() if theirs == account and other != option.name]
        found.append(
            Match(option, None, _why_none(option.name, kind, accounts, cursor_map))
            if account is None
            else Match(option, account, _mismatch(option.name, account, rivals, cursor_map))
        )
    return found


def _mismatch(option: str, account: Account, rivals: t.Sequence[str], cursor_map: t.Mapping[str, str]) -> str:
    """Why an option cannot be the cursor of the account that its name fits; '' if it can."""
    mapped = [name for name in (option, *rivals) if name in cursor_map]
    if rivals and mapped != [option]:
        return _why_rivals(account.name, rivals, mapped)
    if not account.server.strip():
        return f"Its account '{account.name}' has no server, so it is no mid-sourcing account (any more)."
    return ""


def _why_none(option: str, kind: CursorKind, accounts: t.Sequence[Account], cursor_map: t.Mapping[str, str]) -> str:
    wanted = cursor_map.get(option, kind.suffix(option))
    source = "cursor_map names" if option in cursor_map else "Its name ends in"
    number = sum(account.name == wanted for account in accounts)
    if number:
        return f"{source} '{wanted}', and {number} routing accounts have that internal name."
    seen = ", ".join(sorted(f"'{account.name}'" for account in accounts)) or "none"
    return f"{source} '{wanted}', which is no routing account that the operator can see (seen: {seen})."


def _why_rivals(account: str, rivals: t.Sequence[str], mapped: t.Sequence[str]) -> str:
    if len(mapped) == 1:
        return f"cursor_map gives the account '{account}' the cursor '{mapped[0]}' and not this one."
    others = ", ".join(f"'{name}'" for name in sorted(rivals))
    return f"The account '{account}' has several cursors: this one, and {others}."
