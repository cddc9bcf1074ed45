# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several playbooks in one process: each is a run of its own, and takes nothing from the one before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.testing import RunningSimulator
from tests.integration.fleets import PASSWORD, USER, fleet, marketing
from tests.integration.runner import Ansible, inventory

STAGING, PRODUCTION = ("s1", "s2"), ("p1", "p2")


def imported(name: str, **variables: Any) -> dict[str, Any]:
    """A playbook of the collection, with variables of its own."""
    given = {"mid_sourcing_poll_interval": 0.1, **variables}
    return {"ansible.builtin.import_playbook": f"campaign.classic.{name}", "vars": given}


def own_play(hosts: str, **variables: Any) -> dict[str, Any]:
    """A play that includes the role, and has no gate."""
    role = {"name": "campaign.classic.mid_sourcing", "tasks_from": "detect", "public": True}
    said = {"name": "Say the name", "ansible.builtin.debug": {"msg": "{{ __mid_sourcing_run_id }}"}}
    tasks = [{"ansible.builtin.include_role": role}, said]
    return {"hosts": hosts, "gather_facts": False, "vars": variables, "tasks": tasks}


def test_a_second_playbook_has_its_own_canary_name_and_findings(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    stuck = marketing(cursor={"value": "2020-03-01T10:00:00Z"})
    running = serve(fleet(dict.fromkeys((*STAGING, *PRODUCTION), stuck)))
    running.per_call(2)
    groups = {"staging": STAGING, "production": PRODUCTION}
    hosts = {name: {"hosts": dict.fromkeys(names, {})} for name, names in groups.items()}
    ansible = Ansible(tmp_path, {**inventory(dict(running.instances), USER, PASSWORD), **hosts})
    book = tmp_path / "nightly.yml"
    name = "{{ 'cure-' ~ now(utc=true, fmt='%Y%m%dT%H%M%S%f') }}"
    plays = [
        imported("reconcile", mid_sourcing_hosts="staging", mid_sourcing_apply=True, mid_sourcing_serial="100%"),
        imported("reconcile", mid_sourcing_hosts="production", mid_sourcing_apply=True, mid_sourcing_run_id=name),
        own_play("production", mid_sourcing_run_id="by-hand"),
        imported("detect"),
    ]
    book.write_text(yaml.safe_dump(plays), encoding="utf-8")
    done = ansible.playbook(str(book))
    assert done.status == 0, done.output
    # Staging at once, and production with its canary.
    assert done.output.count("PLAY [Cure]") == 3, done.output
    # All evidence of production is that of the run that the last line names.
    runs = {path.name: path for path in (tmp_path / "campaign-evidence").iterdir() if path.is_dir()}
    (cure,) = [run for run in runs if run.startswith("cure-")]
    assert len(runs) == 2 and {path.stem for path in runs[cure].glob("p*.json")} == set(PRODUCTION)
    assert f"Run {cure}: 2 cured." in done.said
    # Another name is another run, also where a host has been through a gate.
    assert [one["msg"] for one in done.results("Say the name")] == ["by-hand", "by-hand"]
    # What the last playbook says is what it has found itself.
    healthy = "4 of 5 hosts are healthy, none is unhealthy. not_applicable: mid."
    assert done.closing == [healthy, "reconcile would have nothing to cure.", "PLAN ONLY: nothing was written."]


def test_a_slice_without_hosts_reports_nothing_of_the_playbook_before(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    running = serve(fleet({"m1": marketing(cursor={"age": "5m"})}))
    ansible = Ansible(tmp_path, inventory(dict(running.instances), USER, PASSWORD))
    page = {"fleet_report_result": {"files": {"html": "yesterday.html"}}}
    stale = {"name": "Report", "ansible.builtin.set_fact": page}
    book = tmp_path / "nightly.yml"
    plays = [
        {"hosts": "localhost", "gather_facts": False, "tasks": [stale]},
        imported("detect", mid_sourcing_hosts="nowhere", mid_sourcing_slice_output=True),
    ]
    book.write_text(yaml.safe_dump(plays), encoding="utf-8")
    done = ansible.playbook(str(book))
    assert done.tasks[-1]["task"].endswith("Say what is left to do"), done.output
    assert "yesterday.html" not in done.said, done.output


@pytest.mark.parametrize("given", [False, True])
def test_a_change_that_one_playbook_has_opened_and_closed_is_no_ticket_of_the_next(
    given: bool, serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    running = serve(fleet({"m1": marketing(cursor={"value": "2020-03-01T10:00:00Z"})}))
    running.per_call(2)
    ansible = Ansible(tmp_path, inventory(dict(running.instances), USER, PASSWORD, change_window_ticket_required=True))
    answer = {
        "mid_sourcing_change": {
            "approved": True,
            "number": "CHG0000001",
            "state": "scheduled",
            "plan": "{{ mid_sourcing_change_request.plan }}",
        }
    }
    change = [{"name": "Answer", "ansible.builtin.set_fact": answer, "when": "mid_sourcing_change_phase == 'open'"}]
    (tmp_path / "change.yml").write_text(yaml.safe_dump(change), encoding="utf-8")
    own = {"name": "Give a ticket", "ansible.builtin.set_fact": {"change_window_ticket": "CHG0000001"}}
    writing = {"mid_sourcing_apply": True}
    plays = [
        {"hosts": "campaign", "gather_facts": False, "tasks": [own] if given else []},
        imported("reconcile", mid_sourcing_run_id="night", mid_sourcing_change_tasks="change.yml", **writing),
        imported("rollback", mid_sourcing_run="night", **writing),
    ]
    book = tmp_path / "nightly.yml"
    book.write_text(yaml.safe_dump(plays), encoding="utf-8")
    done = ansible.playbook(str(book))
    assert "Run night: " in done.said, done.output
    assert (done.status == 0) is given, done.output
    assert ("A change needs a ticket here, and none was given." in done.said) is not given
