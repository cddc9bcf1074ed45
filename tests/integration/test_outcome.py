# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a run ends: mistyped variables, successful runs that did nothing, monitoring, and what reconcile would do now."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, PASSWORD, USER, fleet, marketing
from tests.integration.runner import Ansible, Run, inventory
from tests.integration.test_gate import stats

APPLY = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_poll_interval=0.1")
#: A window that opens in a year, by the controller's clock.
LATER = f"{datetime.now(UTC) + timedelta(days=365):%Y-%m-%d}"
SHUT = [{"from": f"{LATER} 00:00", "to": f"{LATER} 23:59"}]
MAIN = [{"name": "Cure", "ansible.builtin.include_role": {"name": "campaign.classic.mid_sourcing"}}]


def last_words(done: Run) -> str:
    """The message of the last task."""
    assert done.tasks[-1]["task"].endswith("Say what is left to do"), done.output
    return " ".join(done.closing)


def variables(ansible: Ansible, host: str = "", **given: Any) -> None:
    """Give a host of the inventory, or all of them, variables of their own."""
    data = yaml.safe_load(ansible.inventory.read_text(encoding="utf-8"))
    there = data["campaign"]["hosts"].setdefault(host, {}) if host else data["campaign"]["vars"]
    there.update(given)
    ansible.inventory.write_text(yaml.safe_dump(data), encoding="utf-8")


def extra(**given: Any) -> tuple[str, str]:
    return "-e", json.dumps(given)


def writes(there: RunningSimulator) -> list[Any]:
    return there.ledger(kind="write")


@pytest.fixture
def asked(serve: Callable[..., RunningSimulator], tmp_path: Path) -> Callable[..., tuple[RunningSimulator, Ansible]]:
    """Serves some instances without their mid, and an Ansible with them as its inventory."""

    def start(**instances: Any) -> tuple[RunningSimulator, Ansible]:
        there = serve(fleet(instances))
        there.clear_ledger()
        return there, Ansible(tmp_path, inventory({name: there.instances[name] for name in instances}, USER, PASSWORD))

    return start


def stuck(**more: Any) -> dict[str, Any]:
    return marketing(cursor={"value": "2020-03-01T10:00:00Z"}, **more)


Asked = Callable[..., tuple[RunningSimulator, Ansible]]


# -- what is passed on -------------------------------------------------------------------------------------------------


def test_the_job_before_an_approval_counts_all_changes_and_not_the_lines_of_the_first_ones(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    number = 53
    many = fleet({f"mkt-{one}": stuck() for one in range(number)})
    # Its deliveries are shared out: for each of many it must be as slow as it is for one.
    many["instances"]["mid"]["seconds_per_row"] *= number
    there = serve(many)
    ansible = Ansible(
        tmp_path, inventory({name: url for name, url in there.instances.items() if name != "mid"}, USER, PASSWORD)
    )
    passed_on = stats(ansible.playbook("campaign.classic.detect"))
    assert len(passed_on["mid_sourcing_changes"]) == 51
    done = ansible.playbook("campaign.classic.nothing_to_change", *extra(**passed_on))
    assert done.status == 2 and f"To be approved: {number} changes." in done.output
    assert passed_on["mid_sourcing_changes"][-1] == "... and 3 more, in the output of the job"


# -- mistyped variables ------------------------------------------------------------------------------------------------


def test_mistyped_variable_is_refused_wherever_it_stands(asked: Asked) -> None:
    there, ansible = asked(one=stuck())
    given = ansible.playbook("campaign.classic.reconcile", *APPLY, "-e", "mid_sourcing_max_host=1")
    assert given.status != 0
    assert "mid_sourcing_max_host (on the command line) is no variable" in given.output
    assert "Did you mean mid_sourcing_max_hosts?" in given.output
    book = ansible.play(MAIN, *APPLY, vars={"mid_sourcing_look_back": "30d"})
    assert book.status != 0 and "mid_sourcing_look_back (on one) is no variable" in book.output
    assert "Did you mean mid_sourcing_lookback?" in book.output
    variables(ansible, "one", campaign_usr="x")
    host = ansible.play(MAIN, *APPLY, "--skip-tags", "always")
    assert host.status != 0 and "campaign_usr (on one) is no variable" in host.output
    assert not there.ledger(), "something was sent"


@pytest.mark.parametrize("book", ["restart_event_status", "repull_tracking", "rollback", "backfill"])
def test_other_playbooks_refuse_a_mistyped_variable_too(asked: Asked, book: str) -> None:
    there, ansible = asked(one=stuck())
    variables(ansible, change_window_window=SHUT)
    more = ("-e", "siblings_repull_to=2026-11-23T00:00:00Z") if book == "repull_tracking" else ()
    done = ansible.playbook(f"campaign.classic.{book}", "-e", "mid_sourcing_run=night", *more)
    assert done.status != 0 and "Did you mean change_window_windows?" in done.said
    assert not there.ledger()


def test_variables_of_ones_own_are_named(asked: Asked) -> None:
    there, ansible = asked(one=marketing(cursor={"age": "5m"}))
    variables(ansible, campaign_team="blue", campaign_desk_phone="1", campaign_desk_mail="{{ nowhere }}")
    refused = ansible.playbook("campaign.classic.detect")
    assert refused.status != 0 and "campaign_own_variables" in refused.output
    variables(ansible, campaign_own_variables=["campaign_team", "campaign_desk_*"])
    assert ansible.playbook("campaign.classic.detect").status == 0
    window = [{"name": "Ask", "ansible.builtin.include_role": {"name": "campaign.classic.change_window"}}]
    assert ansible.play(window).status == 0
    closed = ansible.play(window, "-e", "change_window_timezon=Mars")
    assert closed.status != 0 and "Did you mean change_window_timezone?" in closed.output
    assert not writes(there)


def test_every_option_of_a_connection_is_a_host_variable(asked: Asked) -> None:
    there, ansible = asked(one=stuck())
    variables(ansible, "one", campaign_read_only=True, campaign_timeout=20)
    done = ansible.playbook("campaign.classic.reconcile", *APPLY)
    assert done.status != 0 and not writes(there)
    assert "read_only" in done.said


def test_outcome_of_the_job_before_does_not_stand_for_that_of_this_one(asked: Asked) -> None:
    """AWX passes on the values of set_stats as variables of the command line."""
    _there, ansible = asked(one=marketing(cursor={"age": "5m"}))
    done = ansible.playbook("campaign.classic.detect", *extra(mid_sourcing_outcome={"hosts": 99, "run_id": "before"}))
    assert done.status == 0, done.output
    assert "Every host is healthy." in last_words(done)
    forged = ansible.playbook("campaign.classic.detect", *extra(mid_sourcing_gate={"refusals": []}))
    assert forged.status != 0 and "mid_sourcing_gate is what the playbooks say to themselves" in forged.output


# -- a successful run that did nothing ---------------------------------------------------------------------------------


def test_operator_who_sees_nothing_is_no_health(asked: Asked) -> None:
    # For the operator, unreadable data do not exist: to it these look like the stuck ones.
    there, ansible = asked(one={"role": "marketing"}, two={"role": "marketing"})
    seen = ansible.playbook("campaign.classic.detect")
    assert seen.status == 0, seen.output
    assert "healthy" not in last_words(seen)
    assert "Nothing could be judged on any of 2 hosts: 2 " in last_words(seen)
    done = ansible.playbook("campaign.classic.reconcile", *APPLY)
    assert done.status != 0 and not writes(there)
    assert "Nothing could be judged on any of 2 hosts" in done.said


def test_fleet_that_is_down_is_not_reconciled(asked: Asked) -> None:
    _there, ansible = asked(one=stuck(down=True))
    assert ansible.playbook("campaign.classic.detect").status == 0
    rehearsed = ansible.playbook("campaign.classic.reconcile")
    assert rehearsed.status == 0
    assert "reconcile would refuse now, and write nothing. Nothing could be judged" in last_words(rehearsed)
    assert ansible.playbook("campaign.classic.reconcile", *APPLY).status != 0
    watched = ansible.playbook("campaign.classic.detect", "-e", "mid_sourcing_fail_on=stuck,unreachable")
    assert watched.status == 2
    assert "mid_sourcing_fail_on: 1 host is unreachable: one." in last_words(watched)
    assert watched.closing[-1].endswith("FAILED, as said above.")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"mid_sourcing_strategy": "explicit", "mid_sourcing_value": "2030-01-01T00:00:00Z"}, "lies in the future"),
        ({"mid_sourcing_lookback": "20y"}, ""),
        ({"mid_sourcing_lookback": "3650d"}, "is not later than the old one"),
        ({"mid_sourcing_max_age": "soon"}, ""),
    ],
)
def test_stuck_host_without_a_plan_is_never_green(asked: Asked, given: dict[str, Any], why: str) -> None:
    there, ansible = asked(one=stuck())
    done = ansible.playbook("campaign.classic.reconcile", *APPLY, *extra(**given))
    assert done.status != 0 and not writes(there)
    assert why in done.said
    if why:
        seen = ansible.playbook("campaign.classic.plan", *extra(**given))
        assert seen.status == 0
        assert "reconcile would refuse now" in last_words(seen) and why in last_words(seen)


def test_monitor_fails_on_what_it_names_and_the_report_is_there_all_the_same(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    report = ansible.work / "report.json"
    done = ansible.playbook(
        "campaign.classic.detect",
        *extra(mid_sourcing_fail_on='["stuck", "failing_other"]', mid_sourcing_report_file=str(report)),
    )
    assert done.status == 2
    assert done.closing[-3:] == [
        "mid_sourcing_fail_on: 1 host is failing_other: refused.",
        "mid_sourcing_fail_on: 2 hosts are stuck: ignoring, stuck.",
        "PLAN ONLY: nothing was written. FAILED, as said above.",
    ]
    data = json.loads(report.read_text(encoding="utf-8"))
    assert {row["host"]: row["verdict"] for row in data["hosts"]}["down"] == "unreachable"
    assert len(data["hosts"]) == 6
    assert ansible.playbook("campaign.classic.detect", "-e", "mid_sourcing_fail_on=held,empty").status == 0
    wrong = ansible.playbook("campaign.classic.reconcile", *APPLY, "-e", "mid_sourcing_fail_on=stuk")
    assert wrong.status != 0 and "there is no verdict 'stuk'. Did you mean stuck?" in wrong.output
    assert not writes(fleet)


def test_detect_that_is_asked_to_write_is_refused(asked: Asked) -> None:
    there, ansible = asked(one=stuck())
    done = ansible.playbook("campaign.classic.detect", *APPLY)
    assert done.status != 0 and "Use reconcile to carry a plan out." in done.said
    assert not writes(there)


@pytest.mark.parametrize("book", ["rollback", "backfill"])
def test_run_of_other_hosts_is_refused(ansible: Ansible, fleet: RunningSimulator, book: str) -> None:
    fleet.per_call(2)
    run = ("-e", "mid_sourcing_run_id=night", "-e", "mid_sourcing_hosts=stuck")
    cured = ansible.playbook("campaign.classic.reconcile", *APPLY, *run)
    assert cured.status == 0, cured.output
    fleet.clear_ledger()
    of_others = ("-e", "mid_sourcing_run=night", "-e", "mid_sourcing_hosts=healthy,ignoring")
    done = ansible.playbook(f"campaign.classic.{book}", *APPLY, *of_others)
    assert done.status != 0 and not fleet.ledger()
    assert "The run night has evidence of stuck, and no such host is among those of 'healthy,ignoring'." in " ".join(
        done.output.split()
    )
    variables(ansible, "stuck", change_window_windows=SHUT)
    planned = ansible.playbook(f"campaign.classic.{book}", "-e", "mid_sourcing_run=night")
    assert planned.status == 0, planned.output
    assert "Not now: stuck: The change window is closed." in " ".join(planned.closing)


def test_siblings_of_which_nothing_is_seen_or_that_cannot_be_done_are_no_success(asked: Asked) -> None:
    there, ansible = asked(one=marketing(cursor={"age": "5m"}), two=marketing(cursor={"age": "5m"}, down=True))
    apply = ("-e", "siblings_apply=true")
    blind = ansible.playbook("campaign.classic.restart_event_status", *apply)
    assert blind.status != 0 and "Nothing could be judged on any of 2 hosts." in blind.output
    planned = ansible.playbook("campaign.classic.restart_event_status")
    assert planned.status != 0, "what would be done on one of them is not known"
    assert "It would be refused now: Nothing could be judged" in " ".join(planned.closing)
    assert not writes(there)


# -- what reconcile would do now ---------------------------------------------------------------------------------------


DETECT, PLAN, CHECK = (
    ("campaign.classic.detect",),
    ("campaign.classic.plan",),
    ("campaign.classic.reconcile", *APPLY, "--check"),
)


@pytest.mark.parametrize(
    ("way", "given", "why"),
    [
        (DETECT, {"change_window_windows": SHUT}, "It opens next"),
        (PLAN, {"change_window_timezone": "Mars/Base", "change_window_windows": SHUT}, "Mars/Base"),
        (CHECK, {"change_window_ticket_required": True}, "A change needs a ticket here"),
        (PLAN, {"mid_sourcing_max_hosts": 1}, "mid_sourcing_max_hosts is 1"),
    ],
)
def test_last_line_says_that_reconcile_would_refuse_now_and_why(
    ansible: Ansible, fleet: RunningSimulator, way: tuple[str, ...], given: dict[str, Any], why: str
) -> None:
    fleet.per_call(2)
    done = ansible.playbook(*way, *extra(**given))
    assert done.status == 0, done.output
    head = last_words(done)
    assert "2 hosts are stuck: ignoring, stuck. reconcile would refuse" in head
    assert head.endswith("PLAN ONLY: nothing was written.")
    assert "refuse now, and write nothing." in head and why in head
    assert "would be cured" not in head and "mid_sourcing_apply=true" not in head
    assert not writes(fleet)


@pytest.mark.parametrize("way", [DETECT, PLAN, CHECK])
def test_last_line_names_what_would_be_cured_now_and_what_is_left_for_later(
    ansible: Ansible, fleet: RunningSimulator, way: tuple[str, ...]
) -> None:
    fleet.per_call(2)
    variables(ansible, "stuck", change_window_windows=SHUT)
    head = last_words(ansible.playbook(*way))
    assert "1 host would be cured now: ignoring. stuck would be left" in head
    assert "left for later: The change window is closed. It opens next" in head and LATER in head
    assert not writes(fleet)


def test_host_that_waits_for_a_person_fails_the_run_in_which_the_others_are_cured(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    fleet.per_call(2)
    variables(ansible, "stuck", change_window_timezone="Mars/Base", change_window_windows=SHUT)
    done = ansible.playbook("campaign.classic.reconcile", *APPLY)
    assert done.status != 0
    assert {call["instance"] for call in writes(fleet)} == {"ignoring"}
    words = last_words(done)
    assert "1 stuck host was not cured: stuck." in words
    assert re.search(r"Run \S+: 1 cured, 1 blocked\. FAILED, as said above\.$", words)
    assert re.search(r"stuck +blocked +The change window is configured wrongly", done.said)


# -- two hosts with one address ----------------------------------------------------------------------------------------


def test_two_hosts_with_one_address_are_refused_wherever_it_comes_from(asked: Asked) -> None:
    there, ansible = asked(one=stuck())
    url = there.instances["one"]
    variables(ansible, "twin", campaign_url="{{ 'HTTP' ~ '" + url[4:] + "' }}/nl/jsp/soaprouter.jsp")
    planned = ansible.playbook("campaign.classic.plan")
    assert planned.status == 0
    assert "one, twin have the same address" in last_words(planned)
    done = ansible.playbook("campaign.classic.reconcile", *APPLY)
    assert done.status != 0 and "one, twin have the same address" in done.said
    assert not writes(there)


@pytest.mark.parametrize("place", ["environment", "credentials"])
def test_one_address_for_all_hosts_is_refused(asked: Asked, place: str) -> None:
    there, ansible = asked(one=stuck())
    url = there.instances["one"]
    data = yaml.safe_load(ansible.inventory.read_text(encoding="utf-8"))
    data["campaign"]["hosts"] = {"one": {}, "two": {}}
    ansible.inventory.write_text(yaml.safe_dump(data), encoding="utf-8")
    file = ansible.work / "credentials.yml"
    file.write_text(yaml.safe_dump({"instances": {"one": {"url": url}, "two": {"url": f"{url}/"}}}))
    file.chmod(0o600)
    environment = {"CAMPAIGN_URL": url} if place == "environment" else {"CAMPAIGN_CREDENTIALS_FILE": str(file)}
    done = ansible.playbook("campaign.classic.reconcile", *APPLY, environment=environment)
    assert done.status != 0 and "one, two have the same address" in done.said
    assert not writes(there) and there.option_time("one", CURSOR).year == 2020
