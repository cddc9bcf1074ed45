# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mid is asked before a cursor is moved: it is known to the inventory, a credentials file or a variable."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import RunningSimulator
from tests.integration.both_ways import _plain, interpreter
from tests.integration.fleets import CURSOR, OLD, PASSWORD, USER, fleet, marketing
from tests.integration.runner import Ansible, Run, inventory

APPLY = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_poll_interval=0.1")
LOGON, QUERY, LOGOFF = "xtk:session#Logon", "xtk:queryDef#ExecuteQuery", "xtk:session#Logoff"
#: A password that the mid's operator alone has.
OWN = "mid-ops-canary-c4"
FIGURES = re.compile(
    r"mid answers in \d+\.\d s; 5,8\d\d deliveries changed since 2020-03-01, [23] since the planned value\."
)
Serve = Callable[..., RunningSimulator]


def two(**mid: Any) -> dict[str, Any]:
    """A stuck instance, a healthy one, and their mid, whose operator has a password of its own."""
    whole = fleet(
        {"stuck": marketing(cursor={"value": "2020-03-01T10:00:00Z"}), "healthy": marketing(cursor={"age": "5m"})}
    )
    whole["instances"]["mid"]["operators"].append({"login": "mid-ops", "password": OWN, "rights": ["admin"]})
    whole["instances"]["mid"].update(mid)
    return whole


class Stage:
    """That fleet with an inventory in which the mid has its own variables."""

    def __init__(self, serve: Serve, work: Path, mid: dict[str, Any] | None = None, **spec: Any) -> None:
        self.sim = serve(two(**spec))
        urls = {name: url for name, url in self.sim.instances.items() if name != "mid"}
        content = inventory(urls, USER, PASSWORD)
        own = {"campaign_user": "mid-ops", "campaign_password": "{{ vault_of_mid }}", "vault_of_mid": OWN}
        if mid is None:
            # As inventories have it: a URL made of others, in another spelling than the account's.
            mid = {
                "campaign_url": "{{ base_of_mid }}/nl/jsp/soaprouter.jsp",
                "base_of_mid": self.sim.instances["mid"],
                **own,
            }
        if mid:
            content["campaign"]["hosts"]["mid"] = mid
        self.ansible = Ansible(work, content)
        self.report = work / "report.json"
        self.sim.per_call(2)
        self.sim.clear_ledger()

    def play(self, book: str, *arguments: str, **keywords: Any) -> Run:
        arguments = (
            "-e",
            f"mid_sourcing_report_file={self.report}",
            "-e",
            "mid_sourcing_hosts=stuck:healthy",
            *arguments,
        )
        return self.ansible.playbook(f"campaign.classic.{book}", *arguments, **keywords)

    def row(self, host: str = "stuck") -> dict[str, Any]:
        rows = json.loads(self.report.read_text(encoding="utf-8"))["hosts"]
        return next(row for row in rows if row["host"] == host)

    def asked(self) -> Counter[str]:
        """What the mid was asked from outside."""
        return Counter(call["call"] for call in self.sim.ledger("mid"))

    def nothing_was_written(self) -> bool:
        return not self.sim.ledger(kind="write")


def test_the_mid_of_the_inventory_is_asked_for_the_stuck_host_and_for_no_other(serve: Serve, tmp_path: Path) -> None:
    stage = Stage(serve, tmp_path)
    done = stage.play("detect", "-vvvv")
    assert done.status == 0, done.output
    assert stage.row()["verdict"] == "stuck"
    assert FIGURES.search(stage.row()["reason"]), stage.row()["reason"]
    assert stage.asked() == {LOGON: 1, QUERY: 3, LOGOFF: 1}
    assert {call["session"] for call in stage.sim.ledger("mid")}
    assert stage.nothing_was_written()
    assert not stage.sim.sessions()
    assert OWN not in done.output and PASSWORD not in done.output


def test_plan_evidence_and_report_hold_what_a_cure_jumps_over(serve: Serve, tmp_path: Path) -> None:
    stage = Stage(serve, tmp_path)
    file = tmp_path / "plan.json"
    planned = stage.play("plan", "-e", f"mid_sourcing_plan_file={file}")
    assert planned.status == 0, planned.output
    plan = json.loads(file.read_text(encoding="utf-8"))
    between = plan["plans"][0]["mid"]["changed_between"]
    assert 5800 < between < 5900
    assert f"{between:,} deliveries changed between old and new value" in planned.said
    # The figures drift, and the approval holds: by digest, and by the file.
    stage.sim.add_deliveries("mid", count=40, from_="2026-11-01T00:00:00Z", to="2026-11-10T00:00:00Z", for_=["stuck"])
    evidence = tmp_path / "evidence"
    run = ("-e", f"mid_sourcing_evidence_dir={evidence}", "-e", "mid_sourcing_run_id=r1")
    done = stage.play(
        "reconcile", *APPLY, *run, "-e", f"mid_sourcing_plan={plan['digest']}", "-e", f"mid_sourcing_plan_file={file}"
    )
    assert done.status == 0, done.output
    cure = stage.row()["cures"][0]
    assert cure["outcome"] == "cured"
    assert f"{between + 40:,} deliveries changed between its old value and the new one." in cure["reason"]
    kept = json.loads((evidence / "r1" / "stuck.json").read_text(encoding="utf-8"))
    assert kept["result"]["diagnosis"]["evidence"]["mid"]["changed_between"] == between + 40
    assert OWN not in json.dumps(kept) + json.dumps(plan) + done.output
    assert not stage.sim.ledger("mid", kind="write")
    assert not stage.sim.sessions()


@pytest.mark.parametrize("book", ["detect", "reconcile"])
def test_a_mid_that_is_down_is_a_cause_and_nothing_is_written(book: str, serve: Serve, tmp_path: Path) -> None:
    stage = Stage(serve, tmp_path)
    stage.sim.change("mid", down=True)
    stage.play(book, *(APPLY if book == "reconcile" else ()))
    assert stage.row()["verdict"] == "failing_other"
    assert "(mid_unreachable)" in stage.row()["reason"]
    assert not stage.row()["plans"]
    assert stage.nothing_was_written()


def test_a_mid_that_goes_away_between_plan_and_cure_refuses_the_cure(serve: Serve, tmp_path: Path) -> None:
    stage = Stage(serve, tmp_path)
    url = stage.sim.instances["stuck"]
    connection = {"url": url, "instance": "stuck", "user": USER, "password": PASSWORD}
    stage.sim.change("mid", down=True)
    task = {"campaign.classic.sync_cursor": {**connection, "cursor": CURSOR, "expected_value": OLD}, "name": "cure"}
    done = stage.ansible.play([{**task, "ignore_errors": True}], hosts="stuck")
    assert done.result("cure")["outcome"] == "refused"
    assert "mid_unreachable" in done.result("cure")["reason"]
    assert stage.nothing_was_written()


def test_a_mid_that_refuses_our_logon_is_a_warning(serve: Serve, tmp_path: Path) -> None:
    stage = Stage(serve, tmp_path)
    done = stage.play("detect", "-e", "vault_of_mid=wrong-canary-12")
    assert stage.row()["verdict"] == "stuck"
    assert "could not be asked" in done.output and "XSV-350012" in done.output
    assert "wrong-canary-12" not in done.output


@pytest.mark.parametrize("known", [True, False])
def test_with_require_nothing_is_written_without_figures(known: bool, serve: Serve, tmp_path: Path) -> None:
    stage = Stage(serve, tmp_path, mid=None if known else {})
    require = ("-e", "mid_sourcing_ask_mid=require")
    stage.play("reconcile", *APPLY, *require)
    if known:
        assert stage.row()["cures"][0]["outcome"] == "cured"
        return
    assert stage.row()["verdict"] == "failing_unknown"
    assert "ask_mid: require" in stage.row()["reason"]
    assert stage.nothing_was_written()
    assert not stage.asked()


def test_a_mid_that_nobody_knows_leaves_the_verdict_as_it_is(serve: Serve, tmp_path: Path) -> None:
    stage = Stage(serve, tmp_path, mid={})
    stage.play("detect")
    assert stage.row()["verdict"] == "stuck"
    assert "was not asked" in stage.row()["reason"]
    assert not stage.asked()


def test_with_never_no_mid_is_asked(serve: Serve, tmp_path: Path) -> None:
    stage = Stage(serve, tmp_path)
    stage.play("detect", "-e", "mid_sourcing_ask_mid=never")
    assert stage.row()["verdict"] == "stuck"
    assert not stage.asked()


def test_where_little_lies_between_the_workflow_is_to_be_started_first(serve: Serve, tmp_path: Path) -> None:
    stage = Stage(serve, tmp_path)
    stage.play("reconcile", *APPLY, "-e", "mid_sourcing_small_gap=6000")
    assert stage.row()["verdict"] == "failing_unknown"
    assert stage.row()["proposal"].startswith("Start it first")
    assert stage.nothing_was_written()


def test_a_mid_may_be_given_in_a_variable_or_be_known_to_the_credentials_file(serve: Serve, tmp_path: Path) -> None:
    stage = Stage(serve, tmp_path, mid={})
    server = stage.sim.instances["mid"]
    given = tmp_path / "mids.json"
    mids = [{"server": server, "name": "mid", "user": "mid-ops", "password": OWN}]
    given.write_text(json.dumps({"mid_sourcing_mids": mids}), encoding="utf-8")
    done = stage.play("detect", "-e", f"@{given}", "-vvvv")
    assert FIGURES.search(stage.row()["reason"]), stage.row()["reason"]
    assert OWN not in done.output
    file = tmp_path / "credentials.yml"
    file.write_text(f"instances: {{mid: {{url: '{server}', user: mid-ops, password: {OWN}}}}}\n", encoding="utf-8")
    file.chmod(0o600)
    done = stage.play("detect", environment={"CAMPAIGN_CREDENTIALS_FILE": str(file)})
    assert FIGURES.search(stage.row()["reason"]), stage.row()["reason"]
    assert OWN not in done.output


def both(stage: Stage, work: Path, python: str = "") -> Run:
    """Diagnosis and cure of the stuck instance, in the worker or elsewhere."""
    connection = {"url": stage.sim.instances["stuck"], "instance": "stuck", "user": USER, "password": PASSWORD}
    host = {"ansible_connection": "elsewhere", "ansible_python_interpreter": python} if python else {}
    cure = {
        "cursor": CURSOR,
        "expected_value": OLD,
        "poll_interval": 0.1,
        "evidence_dir": str(work / "e"),
        "run_id": "r",
    }
    return stage.ansible.play(
        [
            {"name": "info", "campaign.classic.sync_cursor_info": connection},
            {"name": "cure", "campaign.classic.sync_cursor": {**connection, **cure}},
        ],
        "-vvvv",
        hosts="stuck",
        vars=host,
    )


@pytest.mark.timeout(300)  # a process for each module of the second play
def test_a_module_that_is_sent_elsewhere_asks_the_mid_as_the_worker_does(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    here, there = Stage(serve, tmp_path / "here"), Stage(serve, tmp_path / "there")
    worker = both(here, tmp_path / "here")
    module = both(there, tmp_path / "there", interpreter(tmp_path, sys.executable))
    assert "far-python" in module.output and "AnsiballZ" not in worker.output
    for name in ("info", "cure"):
        one, other = worker.result(name), module.result(name)
        mids = [
            result["cursors"][0]["evidence"]["mid"] if name == "info" else result["moves"][0] for result in (one, other)
        ]
        assert mids[0]["changed_between"] == mids[1]["changed_between"] > 5000
        assert (one.get("verdict"), one.get("outcome")) == (other.get("verdict"), other.get("outcome"))
        assert set(_plain(one, here.sim.url)) == set(_plain(other, there.sim.url))
    assert worker.result("cure")["outcome"] == "cured"
    for stage, done in ((here, worker), (there, module)):
        assert OWN not in done.output and PASSWORD not in done.output
        assert not stage.sim.sessions()
        assert not stage.sim.ledger("mid", kind="write")
        for file in (stage.ansible.work / "e").rglob("*.json"):
            assert OWN not in file.read_text(encoding="utf-8")
