# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ``make guards`` judges and draws its table; and a short table, in which each kind of cell is tried."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.guards.cells import NOTHING, PLAYBOOKS, Cell, Disturbance, cells
from tests.guards.judge import judge, reason_of
from tests.guards.main import run_cells, table
from tests.guards.world import Effects

DONE = Effects(0, (("stuck", "Start"), ("stuck", "Write")), "Run 20261128T101500Z: 1 cured.", "PLAY RECAP")
PLAIN = Cell("reconcile", Disturbance("limit", "ONE", scope="one"))
#: Cells of the short table, with their expected result; of each kind at least one that was wrong before there was a
#: guard.
SHORT = {
    "reconcile | campaign_verdict_stuck": "full",
    "reconcile | ANSIBLE_STRATEGY=free": "full",
    "reconcile | ANSIBLE_ANY_ERRORS_FATAL=true, a cure fails": "full",
    "reconcile | --start-at-task Cure*": "refused",
    "reconcile | @{place}/empty.txt": "refused",
    "rollback | @{place}/one.txt": "full",
    "rollback | another manifest, --limit ONE": "refused",
    "rollback | --start-at-task Roll back*": "refused",
    "detect | --tags cure --skip-tags always": "refused",
    "detect | web": "refused",
    "restart_event_status | ANSIBLE_RUN_TAGS=cure": "refused",
    "runs | all": "full",
}


def effects(
    status: int = 0, writes: tuple[tuple[str, str], ...] = DONE.writes, words: str = DONE.words, **more: str
) -> Effects:
    return Effects(status, writes, words, more.get("output", "PLAY RECAP"))


@pytest.mark.parametrize(
    ("seen", "result"),
    [
        (DONE, "full"),
        (effects(words="Run 20261128T101607Z: 1 cured."), "full"),
        (effects(words=""), "partial"),
        (effects(words="Run 20261128T101607Z: nothing was to be cured."), "partial"),
        (effects(writes=()), "partial"),
        (effects(writes=DONE.writes[:1]), "partial"),
        (effects(writes=(*DONE.writes, ("healthy", "Write"))), "partial"),
        (effects(status=2), "partial"),
        (effects(status=2, writes=(), output='fatal: [a]: FAILED! => {"msg": "No."}'), "refused"),
        (effects(status=2, writes=(), output="PLAY RECAP"), "partial"),
        (effects(status=1, writes=(), output="ERROR! x\nTraceback (most recent call last):"), "partial"),
    ],
)
def test_a_cell_is_judged_by_what_was_written_by_the_status_and_by_the_last_words(seen: Effects, result: str) -> None:
    assert judge(PLAIN, seen, lambda: DONE).result == result


def test_a_limit_without_our_hosts_must_be_refused() -> None:
    cell = Cell("detect", Disturbance("limit", "web", scope=NOTHING))
    assert judge(cell, effects(writes=()), lambda: DONE).result == "partial"
    assert judge(cell, effects(status=4, writes=(), output="ERROR! No host."), lambda: DONE).result == "refused"


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("[ERROR]: 'hosts': The lookup plugin 'campaign.classic.x' failed: --step would.\n", "--step would."),
        ('fatal: [a -> localhost]: FAILED! => {"changed": false, "msg": "No."}', '{"changed": false, "msg": "No."}'),
        ("ok: [a]\n", ""),
    ],
)  # fmt: skip
def test_a_reason_is_what_ansible_shows_without_its_wrapping(output: str, reason: str) -> None:
    assert reason_of(output) == reason


def test_every_playbook_is_tried_under_every_kind_of_disturbance() -> None:
    found = cells()
    assert len({cell.name for cell in found}) == len(found)
    kinds = {cell.column.kind for cell in found}
    assert kinds == {"limit", "tags", "start", "settings", "failing", "mode", "blank", "files"}
    for book in PLAYBOOKS:
        assert kinds - {cell.column.kind for cell in found if cell.playbook == book} <= {"failing", "files"}


@pytest.mark.timeout(600)  # beside other suites on two cores
def test_a_short_table_has_no_partial_cell(tmp_path: Path) -> None:
    chosen = [cell for cell in cells() if cell.name in SHORT]
    verdicts = run_cells(chosen, tmp_path / "guards", jobs=2)
    said = table(verdicts)
    print(said)
    assert {one.cell.name: one.result for one in verdicts} == SHORT, said
    assert said.splitlines()[-1] == f"{len(SHORT)} cells: " + ", ".join(
        f"{Counter(SHORT.values())[result]} {result}" for result in ("full", "refused", "partial")
    )
