# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet in one task: the same rows as from a task on each host, and output and events that do not grow with it."""

from __future__ import annotations

import json
import os
import re
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import Verdict
from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, PASSWORD, USER, fleet, marketing, mid
from tests.integration.runner import Ansible, Run, inventory
from tests.integration.seen import vaulted
from tests.integration.waiting import wait_for

Serve = Callable[..., RunningSimulator]
DEMO = Path(__file__).resolve().parents[2] / "examples/demo/fleet.yml"
#: The differences between any two readings of one instance.
MOMENTS = ("server_time", "skew_seconds")
FLEET = "Diagnose every instance"


def role(entry: str, **keywords: Any) -> dict[str, Any]:
    return {"ansible.builtin.include_role": {"name": "campaign.classic.mid_sourcing", "tasks_from": entry}, **keywords}


def host_by_host(ansible: Ansible, *arguments: str) -> Run:
    """A user's own play that includes the role."""
    failure = {"mid_sourcing_failure": "{{ ansible_failed_result.msg | default('') }}"}
    look = {"block": [role("detect")], "rescue": [{"ansible.builtin.set_fact": failure}]}
    return ansible.play([look, role("report", run_once=True)], *arguments)


def rows(run: Callable[..., Run], work: Path, *arguments: str) -> dict[str, dict[str, str]]:
    """The report of a run, by host, without real times."""
    report = work / "rows.json"
    done = run("-e", f"mid_sourcing_report_file={report}", *arguments)
    assert report.exists(), done.output
    found = json.loads(report.read_text(encoding="utf-8"))["hosts"]
    report.unlink()
    # Each call may move the clock by a second, and asking a mid takes its time.
    moving = re.compile(r" \d+s\b|\d+\.\d+")
    return {
        row["host"]: {key: moving.sub("", str(value)) for key, value in row.items() if key not in MOMENTS}
        for row in found
    }


def detect(ansible: Ansible) -> Callable[..., Run]:
    return lambda *arguments: ansible.playbook("campaign.classic.detect", *arguments)


def add(ansible: Ansible, text: str) -> None:
    """Further hosts, as YAML: a vaulted value has a tag."""
    (ansible.work / "more.yml").write_text(text, encoding="utf-8")


def healthy(serve: Serve, work: Path, number: int, down: int = 0) -> tuple[RunningSimulator, Ansible]:
    """A fleet of this many healthy instances, some of which are down."""
    instances = {f"mkt-{one:03d}": marketing(cursor={"age": "5m"}, down=one < down) for one in range(number)}
    running = serve(fleet(instances))
    running.clear_ledger()
    return running, Ansible(work, inventory({name: running.instances[name] for name in instances}, USER, PASSWORD))


# -- the same as a task on each host -----------------------------------------------------------------------------------


@pytest.mark.whole  # a task for each host beside one sweep
def test_each_verdict_is_the_same_as_from_a_task_of_the_host(serve: Serve, tmp_path: Path) -> None:
    demo = yaml.safe_load(DEMO.read_text(encoding="utf-8")) | {"start": "2026-11-23T02:00:00Z"}
    running = serve(demo)
    content = inventory(dict(running.instances), "ops", "demo-ops")
    content["campaign"]["hosts"] |= {
        "nowhere": {"campaign_url": ""},
        "broken": {"campaign_url": "http://127.0.0.1:1", "campaign_user": "{{ no_such_variable }}"},
        "strict": {"campaign_url": running.instances["mkt-milan"] + "/", "mid_sourcing_max_age": "1m"},
        "wrong": {"campaign_url": "http://127.0.0.1:1", "campaign_timeout": "{{ 'soon' }}"},
    }
    ansible = Ansible(tmp_path, content)
    together = rows(detect(ansible), tmp_path)
    apart = rows(lambda *arguments: host_by_host(ansible, *arguments), tmp_path)
    # not_asked means that the machine that asks lacked resources; tests of the sweep cause it.
    assert {row["verdict"] for row in together.values()} == {verdict.value for verdict in Verdict} - {"not_asked"}
    for host, row in apart.items():
        # Ansible adds to the message of a failed task which task it was.
        if host in ("broken", "wrong"):
            assert together[host]["verdict"] == row["verdict"] == "misconfigured"
            assert "cannot be read" in together[host]["reason"] or "timeout" in together[host]["reason"]
        else:
            row.pop("line")
            assert {key: value for key, value in together[host].items() if key != "line"} == row
    assert together["strict"]["verdict"] == "stale" and together["mkt-milan"]["verdict"] == "healthy"
    assert not running.sessions()


def test_a_host_that_is_asked_from_another_machine_has_a_task_of_its_own(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    content = yaml.safe_load(ansible.inventory.read_text(encoding="utf-8"))
    content["campaign"]["hosts"]["stuck"]["ansible_connection"] = "elsewhere"
    ansible.inventory.write_text(yaml.safe_dump(content), encoding="utf-8")
    done = ansible.playbook("campaign.classic.detect")
    assert done.status == 0, done.output
    found = done.result(FLEET)
    assert found["elsewhere"] == ["stuck"] and "stuck" not in found["rows"]
    assert done.result("Diagnose the cursors of the instance", "stuck")["verdict"] == "stuck"
    assert "2 hosts would be cured now: ignoring, stuck." in " ".join(done.closing)


def test_the_times_of_the_sweep_are_variables_and_its_message_names_them(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    fleet.fault("hold", instance="stuck", method="*", count=99)
    limits = {"mid_sourcing_deadline": 2, "mid_sourcing_instance_timeout": 60, "mid_sourcing_concurrency": 8}
    done = ansible.playbook("campaign.classic.detect", "-e", json.dumps(limits))
    found = done.result(FLEET)["rows"]["stuck"]
    assert found["verdict"] == "not_asked" and "(deadline)" in found["proposal"]
    assert "(mid_sourcing_deadline)" in done.said and "(mid_sourcing_concurrency)" in done.said


# -- costs -------------------------------------------------------------------------------------------------------------


def test_output_and_events_grow_with_the_hosts_that_are_not_well_alone(serve: Serve, tmp_path: Path) -> None:
    running, ansible = healthy(serve, tmp_path, 60)
    one = ansible.playbook("campaign.classic.detect", "--limit", "mkt-000")
    running.clear_ledger()
    all_of_them = ansible.playbook("campaign.classic.detect")
    assert one.status == all_of_them.status == 0, all_of_them.output
    assert len(all_of_them.tasks) == len(one.tasks)
    assert len(all_of_them.output) <= 3000 and len(all_of_them.output) - len(one.output) < 20
    result = all_of_them.result(FLEET)
    assert result["counts"] == {"healthy": 60} and result["unhealthy"] == []
    assert len(json.dumps(result["rows"])) < 60 * 700
    counts = Counter(call["call"] for call in running.ledger())
    assert counts["xtk:session#Logon"] == counts["xtk:session#Logoff"] == result["calls"]["logons"] == 60
    assert counts["xtk:queryDef#ExecuteQuery"] <= 4 * 60 and sum(counts.values()) == result["calls"]["total"]


def test_each_host_that_is_not_well_is_a_host_of_the_job_with_one_quiet_task(serve: Serve, tmp_path: Path) -> None:
    _running, ansible = healthy(serve, tmp_path, 60, down=10)
    done = ansible.playbook("campaign.classic.detect")
    assert done.status == 0, done.output
    assert len(done.output) <= 8000
    said = {line["host"]: line["result"]["ansible_facts"]["mid_sourcing_diagnosis"] for line in of(done, "Verdict")}
    assert sorted(said) == [f"mkt-{number:03d}" for number in range(10)]
    for host, found in said.items():
        assert found["verdict"] == "unreachable" and found["reason"]
        assert sum(line["host"] == host for line in done.tasks) == 1 or host == "mkt-000"


def test_ten_long_sentences_take_no_more_of_the_output_and_are_whole_in_the_results(
    serve: Serve, tmp_path: Path
) -> None:
    running, ansible = healthy(serve, tmp_path, 60)
    for number in range(10):
        text = f"XSV-35{number:04d} " + f"Reason {number}: the table of {number} is 'locked' and \"waits\". " * 20
        running.fault("fault", instance=f"mkt-{number:03d}", method="xtk:session#Logon", text=text, count=9)
    done = ansible.playbook("campaign.classic.detect")
    assert done.status == 0, done.output
    assert len(done.output.encode()) <= 8000
    table = " ".join(" ".join(done.results("One line for each host")[0]["msg"]).split())
    for number, line in enumerate(sorted(of(done, "Verdict"), key=lambda one: str(one["host"]))):
        whole = line["result"]["ansible_facts"]["mid_sourcing_diagnosis"]["reason"]
        assert whole.count(f"Reason {number}: ") == 20
        assert f"{line['host']} {line['result']['ansible_facts']['mid_sourcing_diagnosis']['verdict']} " in table
        assert f"Reason {number}: " in table
    assert "... is whole" not in done.output and "is whole with -v" in " ".join(table.split())
    assert done.closing[-1] == "PLAN ONLY: nothing was written."


def test_ten_stuck_hosts_show_each_old_value_in_the_same_bytes(serve: Serve, tmp_path: Path) -> None:
    stuck = {f"mkt-{one:03d}": marketing(cursor={"value": f"2020-03-{one + 1:02d}T10:00:00Z"}) for one in range(10)}
    well = {f"mkt-{one:03d}": marketing(cursor={"age": "5m"}) for one in range(10, 20)}
    # A mid with twenty customers has few deliveries of each.
    running = serve(fleet({**stuck, **well, "mid": mid(*stuck, *well) | {"seconds_per_row": 1.0}}))
    urls = {name: running.instances[name] for name in {**stuck, **well}}
    ansible = Ansible(tmp_path, inventory(urls, USER, PASSWORD))
    done = ansible.playbook("campaign.classic.detect")
    assert done.status == 0, done.output
    assert len(done.output.encode()) <= 8000
    assert all(f"OLD VALUE {host},{CURSOR},2020-03-" in done.output for host in stuck)
    table = " ".join(" ".join(done.results("One line for each host")[0]["msg"]).split())
    assert all(f"{host} stuck " in table for host in stuck) and table.count("Move the cursor to a recent time") == 1


def of(done: Run, task: str) -> list[dict[str, Any]]:
    return [line for line in done.tasks if line["task"] == task]


# -- bad input ---------------------------------------------------------------------------------------------------------


def test_what_cannot_be_read_of_a_host_is_said_of_it_and_the_others_are_whole(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    add(
        ansible,
        f"""
campaign:
  hosts:
    nowhere: {{campaign_url: ''}}
    broken: {{campaign_url: "{{{{ no_such_variable }}}}"}}
    sealed: {{campaign_url: '{fleet.instances["healthy"]}', campaign_password: {vaulted("x")}}}
    twin: {{campaign_url: '{fleet.instances["stuck"]}/'}}
""",
    )
    done = ansible.playbook("campaign.classic.detect", "-i", str(ansible.work / "more.yml"))
    assert done.status == 2
    found = done.result(FLEET)
    verdicts = {host: row["verdict"] for host, row in found["rows"].items()}
    wrong = dict.fromkeys(("nowhere", "broken", "sealed"), "misconfigured")
    assert verdicts.items() >= {"healthy": "healthy", "ignoring": "stuck", "twin": "stuck", **wrong}.items()
    assert found["failing"] == ["broken", "sealed"]
    assert "campaign_url cannot be read" in found["rows"]["broken"]["reason"]
    assert "campaign_password cannot be read" in found["rows"]["sealed"]["reason"]
    table = " ".join(done.results("One line for each host")[0]["msg"])
    assert all(host in table for host in wrong)
    assert "stuck, twin have the same address" in " ".join(done.closing)
    assert done.closing[-1] == "PLAN ONLY: nothing was written."
    assert not fleet.sessions()


def test_options_that_cannot_be_right_for_any_host_are_said_once_and_the_report_is_there(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    fleet.clear_ledger()
    done = ansible.playbook("campaign.classic.detect", "-e", "mid_sourcing_max_age=soon")
    assert done.status == 2 and done.closing[-1] == "PLAN ONLY: nothing was written."
    assert not fleet.ledger(kind="write") and not fleet.sessions()


# -- killed in the middle ----------------------------------------------------------------------------------------------


PLAY = [{"name": FLEET, "campaign.classic.fleet_info": {"hosts": "{{ ansible_play_hosts_all }}", "processes": 2}}]


@pytest.fixture
def sweeping(serve: Serve, tmp_path: Path) -> tuple[RunningSimulator, Ansible, str]:
    """A fleet for two processes, with slow servers, and a play that asks them in one task."""
    running, ansible = healthy(serve, tmp_path, 110)
    running.fault("delay", method="xtk:queryDef#ExecuteQuery", seconds=0.3, count=100000)
    book = tmp_path / "sweep.yml"
    play = {"hosts": "campaign", "gather_facts": False, "tasks": [PLAY[0] | {"run_once": True}]}
    book.write_text(yaml.safe_dump([play]), encoding="utf-8")
    return running, ansible, str(book)


def children(pid: int) -> list[int]:
    """The processes that a process has forked and that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def forks(pid: int) -> list[int]:
    """The forks of the worker, once they read."""
    return [fork for worker in children(pid) for fork in children(worker)]


def test_ctrl_c_in_the_middle_of_a_sweep_leaves_no_process_and_no_session(
    sweeping: tuple[RunningSimulator, Ansible, str],
) -> None:
    running, ansible, book = sweeping
    process = ansible.start(book)
    try:
        wait_for(lambda: running.ledger(kind="read"))
        family = [*children(process.pid), *wait_for(lambda: forks(process.pid))]
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=40) != 0
        wait_for(lambda: not [pid for pid in family if Path(f"/proc/{pid}").exists()])
        wait_for(lambda: not running.sessions())
        assert len(running.ledger(kind="read")) < 110 * 3
    finally:
        process.kill()
        process.wait()


def test_a_process_of_the_sweep_that_is_told_to_end_costs_no_row(
    sweeping: tuple[RunningSimulator, Ansible, str],
) -> None:
    running, ansible, book = sweeping
    process = ansible.start(book)
    try:
        wait_for(lambda: running.ledger(kind="read"))
        for fork in wait_for(lambda: forks(process.pid)):
            os.kill(fork, signal.SIGTERM)
        assert process.wait(timeout=90) == 0
    finally:
        process.kill()
        process.wait()
    lines = [json.loads(line) for line in (ansible.work / "results-1.jsonl").read_text().splitlines()]
    (result,) = [line["result"] for line in lines if line["task"] == FLEET]
    assert result["counts"] == {"healthy": 110} and result["unhealthy"] == []
    assert not running.sessions()
