# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong is said in the last lines, before anything is changed."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Play
from .recorder import Awx

WINDOW = {"name": "nights", "rrule": "FREQ=WEEKLY;BYDAY=MO;BYHOUR=22", "duration": "6h"}


def refused(fresh: Awx, play: Play, *, environ: dict[str, str] | None = None, **given: Any) -> str:
    """The last message of a run that fails and changes nothing."""
    ended = play(fresh, "setup_controller", environ=environ, **given)
    assert ended.status == 2, ended.output
    assert fresh.writes() == []
    return ended.message


def test_check_mode_names_what_would_be_made_and_sends_nothing_but_questions(fresh: Awx, play: Play) -> None:
    ended = play(fresh, "setup_controller", "--check", controller_kit_windows=[WINDOW])
    assert ended.status == 0, ended.output
    assert fresh.writes() == [] and ended.changed == 22
    assert "Would make schedule ACC nights" in ended.output and "Nothing was changed" in ended.output


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ({**WINDOW, "rrule": "every Monday"}, "is no recurrence rule"),
        pytest.param({**WINDOW, "rrule": "FREQ=SECONDLY;BYHOUR=2"}, "FREQ must be one of", marks=pytest.mark.full),
        pytest.param({**WINDOW, "timezone": "Mars"}, "'Mars' is no time zone", marks=pytest.mark.full),
    ],
)
def test_a_window_that_cannot_be_read_is_named(fresh: Awx, play: Play, window: dict[str, str], said: str) -> None:
    message = refused(fresh, play, controller_kit_windows=[window])
    assert "windows[0] (nights)" in message and said in message and "Nothing was changed" in message
    assert fresh.calls == []


def test_a_mistyped_variable_is_named(fresh: Awx, play: Play) -> None:
    message = refused(fresh, play, controller_kit_organisation="Operations")
    assert "controller_kit_organization" in message and "Nothing was changed" in message
    assert fresh.calls == []


@pytest.mark.full
@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"user": "ops", "password": "x", "client_id": "me"}, "user and password and an IMS account"),
        ({"username": "ops"}, "has no inputs username"),
        ({"proxy": "http://proxy:3128"}, "has no way to log on"),
        ({"password": "x"}, "has user and password without user."),
        ({"user": "ops", "password": ""}, "has user and password without password."),
        ({"client_id": "me", "client_secret": "x"}, "has an IMS account without scope."),
        ({"scope": "openid"}, "has an IMS account without client_id and client_secret."),
    ],
)
def test_a_credential_of_no_kind_or_of_two_is_refused(
    fresh: Awx, play: Play, inputs: dict[str, str], said: str
) -> None:
    assert said in refused(fresh, play, controller_kit_credential_inputs=inputs)


@pytest.mark.full
@pytest.mark.parametrize(("name", "said"), [("a machine", "is of the type Machine"), ("not there", "does not exist")])
def test_a_credential_that_is_named_must_be_one_for_campaign(fresh: Awx, play: Play, name: str, said: str) -> None:
    fresh.add("credentials", name="a machine", organization=1, credential_type=2)
    message = refused(fresh, play, controller_kit_credential=name)
    assert said in message and "must be of the type 'ACC Adobe Campaign Classic'" in message


@pytest.mark.full
@pytest.mark.parametrize("given", [{}, {"controller_kit_slices": 0}])
def test_slices_that_nobody_could_put_together_are_refused_before_anything_is_asked(
    fresh: Awx, play: Play, given: dict[str, Any]
) -> None:
    message = refused(fresh, play, **{"controller_kit_slices": 10, **given})
    said = "must be 1 or more" if given else "reads their outputs from the controller, for which it has no credential"
    assert said in message and "controller_kit_controller_credential" in message
    assert fresh.calls == []


@pytest.mark.full
def test_a_credential_for_the_controller_or_the_evidence_that_does_not_exist_is_named(fresh: Awx, play: Play) -> None:
    fresh.add("credentials", name="the store", organization=1, credential_type=2)
    given = {"controller_kit_controller_credential": "this one", "controller_kit_evidence_credential": "the store"}
    assert "has no credential this one. Nothing" in refused(fresh, play, **given)


@pytest.mark.full
def test_a_prefix_that_gives_the_name_of_an_object_of_others_is_refused(fresh: Awx, play: Play) -> None:
    fresh.add("projects", name="Mine Campaign playbooks", organization=1)
    message = refused(fresh, play, controller_kit_prefix="Mine")
    assert "project 'Mine Campaign playbooks'" in message and "controller_kit_prefix" in message


def test_an_inventory_of_others_is_not_taken_over(fresh: Awx, play: Play) -> None:
    fresh.add("inventories", name="ACC Campaign instances", organization=1)
    message = refused(fresh, play)
    assert "that the kit has not made: inventory 'ACC Campaign instances'. Nothing was changed." in message


def test_an_inventory_that_awx_is_still_removing_is_not_used(fresh: Awx, play: Play) -> None:
    for name in ("Campaign instances", "No instances"):
        fresh.add("inventories", name=f"ACC {name}", organization=1, pending_deletion=True)
    message = refused(fresh, play)
    assert message.startswith("The controller is still removing inventory 'ACC Campaign instances', inventory 'ACC No")
    assert "Nothing was changed. Run this again when that has ended." in message
    ended = play(fresh, "setup_controller", "--check")
    assert ended.status == 0 and "Would make inventory ACC Campaign instances" in ended.output


@pytest.mark.full
def test_objects_of_others_with_the_names_of_the_kit_are_not_removed(fresh: Awx, play: Play) -> None:
    fresh.add("projects", name="ACC Campaign playbooks", organization=1)
    ended = play(fresh, "remove_controller")
    assert ended.status == 0 and fresh.writes() == [] and "ACC Campaign playbooks" in fresh.named("projects")


@pytest.mark.full
@pytest.mark.parametrize(("playbooks", "fails"), [(["other.yml"], False), (None, True)])
def test_a_project_without_its_playbooks_stops_before_the_templates(
    fresh: Awx, play: Play, playbooks: list[str] | None, fails: bool
) -> None:
    fresh.update_fails = fails
    fresh.playbooks = playbooks or fresh.playbooks
    ended = play(fresh, "setup_controller")
    assert ended.status == 2, ended.output
    said = "could not be updated from https://" if fails else "has no playbook playbooks/backfill.yml"
    assert said in ended.message and "controller_kit_project" in ended.message
    assert fresh.named("job_templates") == {}


@pytest.mark.full
def test_without_a_token_or_with_a_wrong_one_the_message_says_what_to_give(fresh: Awx, play: Play) -> None:
    for token in ("", "wrong"):
        message = refused(fresh, play, environ={"CONTROLLER_OAUTH_TOKEN": token})
        assert "HTTP 401" in message and "CONTROLLER_OAUTH_TOKEN" in message and fresh.url in message


@pytest.mark.full
def test_a_collection_that_is_not_installed_is_named(fresh: Awx, play: Play) -> None:
    message = refused(fresh, play, controller_kit_collection="ansible.controller")
    assert "the collection ansible.controller must be installed" in message


@pytest.mark.full
def test_a_job_without_a_plan_before_it_describes_nothing(fresh: Awx, play: Play) -> None:
    ended = play(fresh, "describe_approval")
    assert ended.status == 2 and "There is no plan to describe" in ended.message and fresh.calls == []
    ended = play(fresh, "nothing_to_change", mid_sourcing_plan="f" * 64)
    assert ended.status == 2 and "There is no plan to look at" in ended.message and fresh.calls == []
