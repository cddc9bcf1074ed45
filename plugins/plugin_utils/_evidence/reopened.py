# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a rollback notes of itself: the value that it has put back does not stand, so it has ended nothing."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleActionFail

from .files import attempts_in, evidence_file, update_evidence

Data = dict[str, t.Any]

REASON = (
    "What it was to put back does not stand for certain: a run was on then, the cursor was elsewhere, or a write whose "
    "answer was lost may land."
)


def reopen(directory: str, run_id: str, instance: str, option: str) -> None:
    """Let the last change of an option count as failed. What it was to undo is still to be undone.

    :raises AnsibleActionFail: there is no such change, or the directory is not trusted.
    :raises OSError: the disk refused.
    """

    def change(there: Data | None) -> Mapping[str, t.Any]:
        attempts = attempts_in(there or {})
        mine = [number for number, one in enumerate(attempts) if _sets(one, option)]
        if not mine:
            raise AnsibleActionFail(f"The run '{run_id}' has no evidence of a change of {option} on {instance}.")
        last = attempts[mine[-1]]
        result = last.get("result") or {}
        moves = [{**one, "outcome": "failed"} if one["option"] == option else one for one in result.get("moves") or []]
        attempts[mine[-1]] = {**last, "failed": True, "result": {**result, "reason": REASON, "moves": moves}}
        return {**attempts[-1], "earlier": attempts[:-1]}

    update_evidence(evidence_file(directory, run_id, instance), change)


def _sets(attempt: Mapping[str, t.Any], option: str) -> bool:
    return attempt.get("kind") == "option" and option in {one["option"] for one in attempt.get("cursors") or []}
