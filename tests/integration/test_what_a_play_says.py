# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a play says stands above the inventory, also where the inventory has it blank or as text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from simulator.testing import RunningSimulator
from tests.integration.fleets import PASSWORD, USER, marketing
from tests.integration.fleets import fleet as whole
from tests.integration.played import (
    CLOSED,
    DETECT,
    INVENTORY,
    PLACES,
    PLAY,
    SHOW,
    gates_of,
    imported,
    is_bound,
    judge_books,
    judge_place,
    write_inventory,
)
from tests.integration.runner import Ansible, inventory


@pytest.fixture(autouse=True)
def time_passes_with_every_call(fleet: RunningSimulator) -> None:
    fleet.per_call(2)


def test_limits_and_windows_of_an_imported_playbook_hold(ansible: Ansible, fleet: RunningSimulator) -> None:
    write_inventory(ansible)
    begun = fleet.mark()
    done = imported(ansible, [("reconcile", {**PLAY, "mid_sourcing_apply": True})])
    assert done.status != 0
    assert [is_bound(gate) for gate in gates_of(done)] == [True], done.output
    assert not fleet.ledger(kind="write", since=begun)


def test_a_window_of_an_imported_playbook_holds_on_each_host(ansible: Ansible, fleet: RunningSimulator) -> None:
    write_inventory(ansible)
    begun = fleet.mark()
    done = imported(ansible, [("reconcile", {**PLAY, "mid_sourcing_max_hosts": 50, "mid_sourcing_apply": True})])
    assert done.status != 0 and "The change window" in done.said, done.output
    assert not fleet.ledger(kind="write", since=begun)


def test_a_blank_need_of_an_imported_playbook_opens_no_window_that_is_about_to_close(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    write_inventory(ansible)
    begun, now = fleet.mark(), datetime.now(UTC)
    first, last = (f"{now + timedelta(minutes=minutes):%Y-%m-%d %H:%M}" for minutes in (-60, 12))
    for nothing in (None, "{{ ' ' }}"):
        said = {"change_window_windows": [{"from": first, "to": last}], "change_window_needs": nothing}
        done = imported(ansible, [("reconcile", {**said, "mid_sourcing_apply": True})])
        assert done.status != 0 and "are needed" in done.said, done.output
    assert not fleet.ledger(kind="write", since=begun)


def test_each_imported_playbook_has_what_it_says_itself(ansible: Ansible, fleet: RunningSimulator) -> None:
    judge_books(ansible)


@pytest.mark.parametrize("place", PLACES)
def test_wherever_a_play_says_it(place: str, ansible: Ansible, fleet: RunningSimulator) -> None:
    judge_place(ansible, place)


def test_a_blank_number_of_a_play_is_refused_by_its_name(ansible: Ansible, fleet: RunningSimulator) -> None:
    write_inventory(ansible)
    done = ansible.play([DETECT], hosts="stuck", vars={"mid_sourcing_min_failed_runs": ""})
    assert done.status != 0 and "mid_sourcing_min_failed_runs" in done.output


@pytest.mark.parametrize("way", ["set_fact", "include_vars", "add_host"])
def test_what_a_task_has_set_stays(way: str, ansible: Ansible, fleet: RunningSimulator) -> None:
    """A window of a task stands above that of the play, and that above the inventory; also on a host that was read."""
    write_inventory(ansible)
    said = {"mid_sourcing_max_hosts": 7, "mid_sourcing_max_age": "8h"}
    (ansible.work / "mine.yml").write_text(yaml.safe_dump(said), encoding="utf-8")
    task = {
        "set_fact": {"ansible.builtin.set_fact": said},
        "include_vars": {"ansible.builtin.include_vars": "mine.yml"},
        "add_host": {"ansible.builtin.add_host": {"name": "stuck", **said}},
    }[way]
    play = {} if way == "add_host" else {"mid_sourcing_max_hosts": 1, "mid_sourcing_max_age": "9h"}
    done = ansible.play([DETECT, task, DETECT, SHOW], hosts="stuck", vars=play)
    assert done.tasks[-1]["result"]["msg"] == [7, "8h"], done.output


def test_files_beside_a_later_playbook_hold_for_it(ansible: Ansible, fleet: RunningSimulator) -> None:
    """A host that was read for the first playbook is read again where the second one stands."""
    write_inventory(ansible)
    for folder, value in {"loose": "", "strict": "3"}.items():
        (ansible.work / folder / "group_vars").mkdir(parents=True)
        content = yaml.safe_dump({"mid_sourcing_max_hosts": value})
        (ansible.work / folder / "group_vars/all.yml").write_text(content, encoding="utf-8")
        play = {"hosts": "stuck", "gather_facts": False, "tasks": [DETECT, SHOW]}
        (ansible.work / folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    done = ansible.playbook("loose/play.yml", "strict/play.yml")
    shown = [line["result"]["msg"] for line in done.tasks if line["task"].endswith("debug")]
    assert shown == [[50, "6h"], [3, "6h"]], done.output


def test_roles_that_are_imported_one_after_the_other_have_what_each_says(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    write_inventory(ansible)
    role = {"name": "campaign.classic.mid_sourcing", "tasks_from": "detect"}
    tasks = [
        {"block": [{"ansible.builtin.import_role": role}, SHOW], "vars": {"mid_sourcing_max_hosts": number}}
        for number in (1, 2)
    ]
    (ansible.work / "both.yml").write_text(yaml.safe_dump(tasks), encoding="utf-8")
    done = ansible.play([{"ansible.builtin.include_tasks": "both.yml"}], hosts="stuck")
    shown = [line["result"]["msg"] for line in done.tasks if line["task"].endswith("debug")]
    assert shown == [[1, "6h"], [2, "6h"]], done.output


def test_a_template_of_a_play_that_needs_a_host_is_no_blank(ansible: Ansible, fleet: RunningSimulator) -> None:
    """The pattern of hosts is worked out before any host is known."""
    write_inventory(ansible)
    of_hosts = {**INVENTORY, "site_windows": CLOSED, "site_zone": "Etc/UTC"}
    (ansible.work / "group_vars/all.yml").write_text(yaml.safe_dump(of_hosts), encoding="utf-8")
    says = {**PLAY, "change_window_windows": "{{ site_windows }}", "change_window_timezone": "{{ site_zone }}"}
    done = imported(ansible, [("plan", says)])
    assert [is_bound(gate) for gate in gates_of(done)] == [True], done.output


def test_the_connection_of_a_later_task_is_its_own(ansible: Ansible, fleet: RunningSimulator) -> None:
    """Nothing of the inventory's connection is left on the host by a role."""
    (ansible.work / "group_vars").mkdir()
    (ansible.work / "group_vars/all.yml").write_text('campaign_timeout: "2"\n', encoding="utf-8")
    look = {
        "campaign.classic.instance_info": {},
        "vars": {"campaign_url": "http://127.0.0.1:1/", "campaign_timeout": 1},
    }
    done = ansible.play([DETECT, look], hosts="stuck")
    assert "127.0.0.1:1" in str(done.tasks[-1]["result"]), done.output


def test_a_blank_of_any_host_leaves_what_its_group_says(serve: Callable[..., RunningSimulator], tmp_path: Path) -> None:
    """Ansible loads the files of a host where it is asked for: all hosts of a fleet are asked for in one worker."""
    hosts = {name: marketing(cursor={"value": "2020-03-01T10:00:00Z"}) for name in ("m1", "m2", "m3")}
    fleet = serve(whole(hosts))
    ansible = Ansible(tmp_path, inventory(dict(fleet.instances), USER, PASSWORD))
    for place, value in {"group_vars/campaign": "5d", "host_vars/m2": "", "host_vars/m3": None}.items():
        path = tmp_path / f"{place}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump({"mid_sourcing_lookback": value}), encoding="utf-8")
    rows = ansible.playbook("campaign.classic.detect").result("Diagnose every instance")["rows"]
    assert {host: [plan["lookback_seconds"] for plan in rows[host]["plans"]] for host in hosts} == {
        host: [5 * 86400] for host in hosts
    }
