# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every secret that the collection declares has a canary, which the tests of secrets let a hostile server give back."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
from importlib import import_module
from pathlib import Path

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client.connect import (
    ADDRESSES,
    ENVIRONMENT,
    SECRET,
    SESSION_SECRET,
)
from simulator.testing import running_simulator
from tests.helpers import canaries
from tests.helpers.canaries import LOGONS, PLUGINS, declared, declared_of_roles, logon, operators
from tests.helpers.watching import PIECE
from tests.integration.fleets import small_fleet
from tools.environment import ROOT

#: What has a canary in other tests: their file and name.
TESTED_ELSEWHERE = {
    "controller_kit_connection.oauth_token": (
        "tests/controller/test_kit.py",
        "test_no_secret_is_in_any_output_or_call_but_that_which_makes_the_credential",
    ),
    "controller_kit_connection.password": (
        "tests/controller/test_kit.py",
        "test_a_user_with_a_password_works_as_a_token_does",
    ),
}
MID = {"server": "http://mid", "url": "http://echo/mid"}


@pytest.fixture(scope="module")
def used() -> set[str]:
    """The secret options that have a canary in one of the ways to log on."""
    fleet = small_fleet()
    fleet["defaults"]["operators"] = operators()
    with running_simulator(fleet) as running:
        ways = [logon(kind, running.instances["stuck"], "http://echo/ims", MID) for kind in LOGONS]
    return {place for way in ways for place in way.secrets}


def test_every_secret_option_of_a_module_has_a_canary(used: set[str]) -> None:
    assert used == declared()
    assert used >= {*SECRET, *(f"session.{name}" for name in SESSION_SECRET), *(f"mids.{name}" for name in SECRET)}


def test_every_secret_variable_of_a_role_has_a_canary(used: set[str]) -> None:
    found = declared_of_roles()
    of_hosts = {name.removeprefix("campaign_") for name in found - set(TESTED_ELSEWHERE)}
    assert of_hosts and of_hosts <= used
    assert set(TESTED_ELSEWHERE) <= found
    for file, name in TESTED_ELSEWHERE.values():
        assert f"def {name}(" in Path(ROOT, file).read_text(encoding="utf-8")


def test_every_secret_that_a_logon_holds_is_an_option_with_a_canary_or_issued_for_one(used: set[str]) -> None:
    held = set()
    for name in ("ims", "logon"):
        module = import_module(f"{PLUGINS}.module_utils._client.{name}")
        for _name, kind in inspect.getmembers(module, dataclasses.is_dataclass):
            held |= {field.name for field in dataclasses.fields(kind) if not field.repr}
    # The token of BearerCredentials is access_token, or issued to an account: its kind of the echo server.
    assert held - {"token"} <= {place.rpartition(".")[2] for place in used} and "token" in held


def test_every_option_that_takes_an_environment_variable_and_sounds_secret_is_declared_so() -> None:
    sounding = {name for name in ENVIRONMENT if name.endswith(("password", "secret", "token"))}
    assert sounding == set(SECRET)
    assert "proxy" in ADDRESSES


def test_no_canary_is_a_part_of_another_one() -> None:
    values = [
        value
        for name, value in vars(canaries).items()
        if name.endswith(("PASSWORD", "SECRET", "TOKEN")) and isinstance(value, str)
    ]
    pieces = [{value[at : at + PIECE] for at in range(len(value) - PIECE + 1)} for value in values]
    assert len(values) == 9 and all(pieces)
    assert not [one & other for one, other in itertools.combinations(pieces, 2) if one & other]
