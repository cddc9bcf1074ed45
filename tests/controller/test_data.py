# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of objects: what they inject is read, what they ask exists, and what they call for is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.module_utils._client.connect import ENVIRONMENT, KINDS, resolve
from ansible_collections.campaign.classic.plugins.module_utils._client.credentials_file import VARIABLE
from ansible_collections.campaign.classic.plugins.module_utils._client.ims import ImsAccount
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._variables.names import inputs

from .awx_rules import check_answers, inject, not_asked
from .kit import ROLE, ROOT, launches, objects, surveys
from .recorder import PLAYBOOKS

TYPE = objects("credential_type")[0]
FIELDS = TYPE["inputs"]["fields"]

#: Each way to log on, with the options that the modules and the inventory plugin then have.
GIVEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"user": "ops", "password": "s3cret"}, {"user": "ops", "password": "s3cret", "client_id": None}),
    (
        {"client_id": "me", "client_secret": "s3cret", "scope": "openid", "token_url": "https://ims.example.com/t"},
        {"client_id": "me", "client_secret": "s3cret", "scope": "openid", "token_url": "https://ims.example.com/t"},
    ),
    ({"access_token": "t0ken"}, {"access_token": "t0ken", "password": None}),
    (
        {"credentials_file": "default: {user: all}\ninstances:\n  mkt-paris: {user: paris, password: s3cret}\n"},
        {"user": "paris", "password": "s3cret"},
    ),
    ({"user": "ops", "password": "s3cret", "read_only": True}, {"read_only": True}),
    ({"user": "ops", "password": "s3cret", "proxy": "http://p:x@proxy:3128"}, {"proxy": "http://p:x@proxy:3128"}),
]


@pytest.mark.parametrize(("given", "expected"), GIVEN)
def test_what_a_credential_injects_is_what_modules_and_inventory_read(
    tmp_path: Path, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    environ, files = inject(TYPE["injectors"], given, FIELDS, str(tmp_path))
    for path, content in files.items():
        Path(path).write_text(content, encoding="utf-8")
        Path(path).chmod(0o600)
    options = resolve({}, environ, "mkt-paris")
    assert {name: options[name] for name in expected} == expected
    # AWX makes a file of every template, an empty one too: it must not count.
    assert options["client_cert"] is None and options["ca_path"] is None


def test_the_certificates_of_a_credential_are_files_that_the_connection_reads(tmp_path: Path) -> None:
    given = {"user": "ops", "password": "s3cret", "client_cert": "PEM 1", "client_key": "PEM 2", "ca": "PEM 3"}
    environ, files = inject(TYPE["injectors"], given, FIELDS, str(tmp_path))
    options = resolve({}, environ, "mkt-paris")
    assert [files[options[name]] for name in ("client_cert", "client_key", "ca_path")] == ["PEM 1", "PEM 2", "PEM 3"]


def test_every_variable_that_is_injected_is_one_of_the_connection_and_none_is_left_out() -> None:
    injected = set(TYPE["injectors"]["env"])
    left = {"CAMPAIGN_URL", "CAMPAIGN_TIMEOUT", "CAMPAIGN_VALIDATE_CERTS"}  # of an instance, not of a credential
    assert injected == {*ENVIRONMENT.values(), VARIABLE} - left


def test_what_is_secret_to_the_connection_is_secret_to_awx_and_nothing_is_true_by_being_left_out() -> None:
    secret = {one["id"] for one in FIELDS if one.get("secret")}
    assert secret == {"password", "client_secret", "access_token", "credentials_file", "client_key", "proxy"}
    assert [one["id"] for one in FIELDS if one["type"] == "boolean"] == ["read_only"]
    # Without its type, AWX adds it, and a second run would see a change.
    assert all("type" in one for one in FIELDS)


def test_the_role_knows_the_inputs_and_the_ways_to_log_on() -> None:
    known = yaml.safe_load((ROLE / "vars/main.yml").read_text(encoding="utf-8"))
    assert known["__controller_kit_inputs"] == [one["id"] for one in FIELDS]
    ways = {tuple(way) for way in known["__controller_kit_ways"].values()}
    # A scope alone names no way, and an account cannot do without one.
    account = (*KINDS["account"], "scope")
    assert ways == {*KINDS.values(), ("credentials_file",)} - {KINDS["account"]} | {account}
    given = dict.fromkeys(account, "x")
    ImsAccount(**given)
    for name in account:
        with pytest.raises(ValidationError, match=name):
            ImsAccount(**{**given, name: ""})


def questions() -> Iterator[tuple[str, dict[str, Any]]]:
    for one in [*objects("job_template"), *objects("workflow_job_template")]:
        for question in one.get("survey", []):
            yield one["name"], question


@pytest.mark.parametrize(("template", "question"), list(questions()))
def test_a_question_sets_a_variable_of_the_roles_in_plain_text(template: str, question: dict[str, Any]) -> None:
    assert question["variable"] in inputs() | {"mid_sourcing_run", "controller_kit_reason"}, template
    assert question.get("type", "text") in ("text", "textarea")  # AWX refuses an empty number or choice


@pytest.mark.parametrize(("place", "template", "variables"), list(launches()))
def test_a_launch_gives_a_template_of_the_kit_answers_that_awx_takes(
    place: str, template: str, variables: dict[str, Any]
) -> None:
    survey = surveys()[template]
    check_answers(survey, variables)
    assert not_asked(survey, variables) == set(), place


def test_every_launch_of_the_rulebooks_is_looked_at() -> None:
    assert {template for _place, template, _variables in launches()} == {"Plan", "Reconcile"}


def test_a_workflow_asks_for_nothing_that_one_of_its_jobs_must_decide() -> None:
    asked = {question["variable"] for name, question in questions() if "workflow" in name}
    assert asked and asked.isdisjoint({"mid_sourcing_apply", "mid_sourcing_plan"})


def test_every_template_runs_a_playbook_that_exists_and_what_writes_is_neither_sliced_nor_doubled() -> None:
    templates = objects("job_template")
    base = yaml.safe_load((ROLE / "vars/main.yml").read_text(encoding="utf-8"))["__controller_kit_base_template"]
    names = {one["playbook"].partition("}}")[2] for one in templates}
    assert names == {f"{one}.yml" for one in PLAYBOOKS}
    assert all((ROOT / "playbooks" / name).is_file() for name in names)
    assert base["job_slice_count"] == 1 and base["allow_simultaneous"] is False
    beside_itself = {one["playbook"].partition("}}")[2] for one in templates if one.get("allow_simultaneous")}
    assert beside_itself == {"detect.yml", "nothing_to_change.yml", "end_failed.yml"}
    assert [one["playbook"].partition("}}")[2] for one in templates if "job_slice_count" in one] == ["detect.yml"]
