# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome first and the last line last: what a person reads at the end, whatever else went wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, OLD
from tests.integration.runner import Ansible, Run

APPLY = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_poll_interval=0.1")
LAST = "Say what is left to do"
BACKFILL = ("campaign.classic.backfill", "-e", '{"mid_sourcing_backfill_windows": ["1d", "3d"]}')
#: Each of these files ends ansible-playbook itself, or runs nothing, and the reason of its refusal.
NOTIFICATIONS = {
    "syntax error": ("- name: [\n", "cannot be used"),
    "unknown module": ("- no_such_module_at_all: {}\n", "no_such_module_at_all"),
    "unknown module in a block": ("- block:\n  - no_such_module_at_all: {}\n", "no_such_module_at_all"),
    "two actions": ("- ansible.builtin.debug: {msg: a}\n  bogus: 1\n", "conflicting action statements"),
    "nothing": ("", "there is no task in it"),
    "no list": ("a: b\n", "must be a list of tasks"),
    "an include that is not there": ("- ansible.builtin.include_tasks: nowhere.yml\n", "nowhere.yml does not exist"),
    "an import that is not there": ("- ansible.builtin.import_tasks: nowhere.yml\n", "nowhere.yml"),
    "an include that cannot be read": ("- ansible.builtin.include_tasks: wrong.yml\n", "wrong.yml cannot be used"),
    "an include by a template": (
        "- ansible.builtin.include_tasks: '{{ \"wrong\" }}.yml'\n",
        "wrong.yml cannot be used",
    ),
    "a handler that is not there": ("- ansible.builtin.debug: {msg: a}\n  notify: tell\n", "it notifies tell"),
    "the end of the play": ("- ansible.builtin.meta: end_play\n", "before its last words"),
}


def closing(done: Run, task: str = LAST) -> list[str]:
    """The lines of the last task, which is the report's."""
    assert done.tasks[-1]["task"].endswith(task), done.output
    return done.closing


def stats(done: Run) -> dict[str, Any]:
    found: dict[str, Any] = done.result("Pass the outcome on")["ansible_stats"]["data"]["mid_sourcing_outcome"]
    return found


@pytest.fixture
def one(fleet: RunningSimulator, ansible: Ansible) -> Callable[..., Run]:
    """Runs reconcile on the one stuck host, with further variables."""
    fleet.clear_ledger()

    def run(*arguments: str, book: str = "reconcile", **given: Any) -> Run:
        limit = ("--limit", "stuck")
        return ansible.playbook(f"campaign.classic.{book}", *limit, *arguments, "-e", json.dumps(given))

    return run


# -- side outputs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NOTIFICATIONS)
def test_notification_that_cannot_work_is_refused_before_anything_is_written(
    one: Callable[..., Run], ansible: Ansible, fleet: RunningSimulator, kind: str
) -> None:
    text, why = NOTIFICATIONS[kind]
    file = ansible.work / "notify.yml"
    file.write_text(text, encoding="utf-8")
    (ansible.work / "wrong.yml").write_text("- name: [\n", encoding="utf-8")
    done = one(*APPLY, mid_sourcing_notify_tasks=str(file))
    assert done.status == 2 and not fleet.ledger(kind="write")
    assert closing(done)[-1] == "REFUSED: nothing was written."
    assert any(why in text for text in stats(done)["refusals"])
    assert "no message" not in done.output


@pytest.mark.parametrize("book", ["detect", "plan", "reconcile"])
def test_rehearsal_says_that_side_outputs_would_be_refused(
    one: Callable[..., Run], ansible: Ansible, fleet: RunningSimulator, book: str
) -> None:
    nowhere = ansible.work / "nowhere"
    done = one(
        book=book, mid_sourcing_report_file=f"{nowhere}/r.json", mid_sourcing_notify_tasks=f"{nowhere}/notify.yml"
    )
    assert done.status == 0, done.output
    words = "".join(closing(done)).replace(" ", "")
    assert "reconcilewouldrefusenow" in words
    assert words.count("mid_sourcing_report_file:") == words.count("mid_sourcing_notify_tasks:") == 1
    assert closing(done)[-1] == "PLAN ONLY: nothing was written." and not fleet.ledger(kind="write")


@pytest.mark.parametrize("place", ["nowhere/r.json", ".", "file/r.json"])
def test_report_that_cannot_be_written_is_refused_before_anything_is_written(
    one: Callable[..., Run], ansible: Ansible, fleet: RunningSimulator, place: str
) -> None:
    (ansible.work / "file").write_text("", encoding="utf-8")
    done = one(*APPLY, mid_sourcing_report_file=str(ansible.work / place))
    assert done.status == 2 and not fleet.ledger(kind="write")
    assert any(one.startswith("mid_sourcing_report_file: ") for one in stats(done)["refusals"])


def test_what_fails_after_the_cure_is_only_a_warning(
    one: Callable[..., Run], ansible: Ansible, fleet: RunningSimulator
) -> None:
    """The gate finds it usable; then the notification fails, and removes the directory of the report."""
    fleet.per_call(2)
    file, folder = ansible.work / "notify.yml", ansible.work / "reports"
    folder.mkdir()
    file.write_text(json.dumps([{"name": "Tell", "ansible.builtin.fail": {"msg": "no mail server"}}]), encoding="utf-8")
    done = one(*APPLY, mid_sourcing_notify_tasks=str(file), mid_sourcing_run_id="night")
    assert done.status == 0, done.output
    words = closing(done)
    assert words[0] == "WARNING: the notification failed: no mail server"
    assert words[-1] == "Run night: 1 cured." and stats(done)["cured"] == ["stuck"]
    order = [re.split(r"[|:] ", line["task"])[-1] for line in done.tasks if line["status"] != "skipped"]
    assert order.index("Pass the outcome on") < order.index("One line for each host") < order.index("Tell")


def test_side_outputs_that_go_away_during_the_run_change_nothing_of_its_end(
    one: Callable[..., Run], ansible: Ansible, fleet: RunningSimulator
) -> None:
    """The gate has seen both; the first task after it that waits for the server finds them missing."""
    fleet.per_call(2)
    file, folder = ansible.work / "notify.yml", ansible.work / "reports"
    folder.mkdir()
    file.write_text("- ansible.builtin.debug: {msg: told}\n", encoding="utf-8")
    gone = f"lookup('ansible.builtin.pipe', 'rm -rf {file} {folder}')"
    done = one(
        *APPLY,
        mid_sourcing_notify_tasks=str(file),
        mid_sourcing_report_file=str(folder / "r.json"),
        mid_sourcing_run_id="night",
        # Only the cure requests it.
        mid_sourcing_on_failure="{{ " + gone + " or 'restore' }}",
    )
    assert done.status == 0, done.output
    words = closing(done)
    assert words[-1] == "Run night: 1 cured."
    joined = "".join(words).replace(" ", "")
    assert f"{folder}doesnotexist" in joined and f"{file}doesnotexist" in joined
    assert "no message" not in done.output


def test_plan_that_cannot_be_written_fails_the_run_and_keeps_its_last_words(
    one: Callable[..., Run], ansible: Ansible
) -> None:
    done = one(book="plan", mid_sourcing_plan_file=str(ansible.work / "nowhere/plan.json"))
    assert done.status == 2
    assert any("The plan was not written to" in line for line in closing(done))
    assert closing(done)[-1] == "PLAN ONLY: nothing was written. FAILED, as said above."


# -- each sentence once, on 80 columns ---------------------------------------------------------------------------------

#: Lines of Ansible itself, with those that it shows of the file of a task that fails, and the one that is passed
#: unchanged to a rollback.
NOT_OURS = re.compile(
    r"^(TASK|PLAY|included:|\S+ +: ok=|\[WARNING\]|\[ERROR\]|Origin:|fatal:|ok:|skipping:|changed:)"
    r"|^\d+ ( {4}|- )[a-z_.]+:|OLD VALUE"
)


def judge_screen(done: Run, *sentences: str) -> None:
    """Every line of ours fits, and each sentence appears once."""
    for line in done.output.splitlines():
        assert len(line) <= 80 or NOT_OURS.search(line), line
    text = done.said
    for sentence in sentences:
        assert text.count(sentence) == 1, (sentence, text.count(sentence))


def test_each_sentence_stands_once_and_every_line_fits(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.per_call(2)
    fleet.clear_ledger()
    planned = ansible.playbook("campaign.classic.reconcile")
    assert planned.status == 0, planned.output
    judge_screen(planned, "A logon was refused", "2 hosts would be cured now: ", "PLAN ONLY: nothing was written.")
    assert closing(planned)[-1] == "PLAN ONLY: nothing was written."
    done = ansible.playbook("campaign.classic.reconcile", *APPLY, "-e", "mid_sourcing_run_id=night")
    assert done.status == 0, done.output
    judge_screen(done, "A logon was refused", "Run night: 2 cured.")
    assert done.said.count("The workflow ran and moved its cursor itself") == 2
    assert closing(done)[-1] == "Run night: 2 cured."
    table = done.result("One line for each host")["msg"]
    assert dict(line.split()[:2] for line in table if not line.startswith(" ")) == {
        "stuck": "cured", "ignoring": "cured", "refused": "failing_other", "down": "unreachable",
    }  # fmt: skip
    assert not re.search(r"stuck\s+stuck\s+cured", done.output) and "1 host is healthy." in done.said


def test_refusal_is_said_once_and_last(one: Callable[..., Run], fleet: RunningSimulator) -> None:
    done = one(*APPLY, change_window_ticket_required=True)
    assert done.status == 2 and not fleet.ledger(kind="write")
    judge_screen(done, "A change needs a ticket here")
    assert closing(done)[-1] == "REFUSED: nothing was written."


# -- rollback and backfill whose last host failed ----------------------------------------------------------------------


@pytest.fixture
def cured(fleet: RunningSimulator, ansible: Ansible) -> RunningSimulator:
    """Both stuck hosts are cured in the run ``night``."""
    fleet.per_call(2)
    done = ansible.playbook("campaign.classic.reconcile", *APPLY, "-e", "mid_sourcing_run_id=night")
    assert done.status == 0, done.output
    fleet.per_call(0)
    fleet.clear_ledger()
    return fleet


@pytest.mark.parametrize("hosts", ["ignoring", "stuck", "ignoring,stuck"])
def test_rollback_reports_whichever_hosts_fail(cured: RunningSimulator, ansible: Ansible, hosts: str) -> None:
    for host in hosts.split(","):
        cured.fault("refused", instance=host, method="xtk:persist#Write", count=99)
    done = ansible.playbook("campaign.classic.rollback", "-e", "mid_sourcing_run=night", *APPLY)
    assert done.status == 2
    words = closing(done, "Say what was done")
    failed = len(hosts.split(","))
    rolled = f"{2 - failed} rolled back, " if failed < 2 else ""
    assert words[-1] == f"Rollback of night: {rolled}{failed} failed. FAILED, as said above."
    table = " ".join(done.result("One line for each host")["msg"])
    assert all(re.search(rf"{host}\s+failed", table) for host in hosts.split(","))


@pytest.mark.parametrize("book", ["rollback", "backfill"])
def test_every_host_that_does_not_answer_is_in_the_report(cured: RunningSimulator, ansible: Ansible, book: str) -> None:
    for host in ("ignoring", "stuck"):
        cured.fault("refused", instance=host, method="xtk:queryDef#ExecuteQuery", count=999)
    done = ansible.playbook(
        f"campaign.classic.{book}", "-e", "mid_sourcing_run=night", "-e", "mid_sourcing_run_id=again", *APPLY
    )
    assert done.status == 2
    words = closing(done, "Say what was done")
    # A backfill begins no further host after the first failed one.
    wanted = "Run again: 1 failed, 1 not reached." if book == "backfill" else "Rollback of night: 2 failed."
    assert words[-1] == f"{wanted} FAILED, as said above."


@pytest.mark.parametrize(("given", "status"), [((), 0), (("-e", "mid_sourcing_fail_on=partial"), 2)])
def test_partial_backfill_is_said_last_and_fails_where_that_is_asked_for(
    cured: RunningSimulator, ansible: Ansible, given: tuple[str, ...], status: int
) -> None:
    cured.per_call(2)
    done = ansible.playbook(
        *BACKFILL, *APPLY, "-e", "mid_sourcing_run=night", "-e", "mid_sourcing_run_id=fill",
        "-e", "mid_sourcing_backfill_max_window=3d", *given,
    )  # fmt: skip
    assert done.status == status, done.output
    words = closing(done, "Say what was done")
    assert words[-1].startswith("Run fill: 2 partial.")
    assert any(line.startswith("PARTIAL: ") for line in words)
    assert (ansible.work / "campaign-evidence/fill/stuck.json").is_file()
    judge_screen(done, "Run fill: 2 partial.")
    assert done.said.count("which is as far as allowed (mid_sourcing_backfill_max_window)") == 2


def test_backfill_that_is_refused_on_its_only_host_reports_it(ansible: Ansible, fleet: RunningSimulator) -> None:
    line = f"stuck,{CURSOR},{OLD.replace(' ', 'T')}"
    done = ansible.playbook(*BACKFILL, *APPLY, "-e", f"mid_sourcing_restore={line}", "-e", "mid_sourcing_run_id=fill")
    assert done.status == 2
    words = closing(done, "Say what was done")
    assert words[-1] == "Run fill: 1 failed. FAILED, as said above."
    assert done.said.count("not 'healthy'") == 1
