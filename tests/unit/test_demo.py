# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo fleet: every verdict is in it, each as a consequence of the servers' setup."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.module_utils._client.connect import open_session
from ansible_collections.campaign.classic.plugins.module_utils._client.retry import RetryPolicy
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import CampaignError
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CATALOGUE
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import (
    Thresholds,
    Verdict,
    diagnose,
    from_error,
    host_verdict,
)
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.snapshot import read_facts
from simulator.testing import running_simulator
from tests.helpers.demo import DEMO, expected_of_demo


@pytest.fixture(scope="module")
def expected() -> dict[str, tuple[str, str | None, str]]:
    """The demo's own table."""
    return expected_of_demo()


def verdict(name: str, url: str) -> str:
    params: dict[str, Any] = {"url": url, "user": "ops", "password": "demo-ops", "instance": name, "timeout": 10.0}
    try:
        with open_session(
            {**params, "validate_certs": True, "read_only": True}, {}, retries=RetryPolicy(attempts=1)
        ) as session:
            return host_verdict(diagnose(read_facts(session, CATALOGUE), Thresholds())).value
    except CampaignError as error:
        return from_error(error).verdict.value


def test_demo_expects_every_verdict_of_every_instance(expected: dict[str, tuple[str, str | None, str]]) -> None:
    # A configuration that cannot work, and a machine that had no means to ask, are no states of a server.
    of_servers = {one.value for one in Verdict} - {"misconfigured", "not_asked"}
    assert {before for before, _outcome, _after in expected.values()} == of_servers
    fleet = yaml.safe_load((DEMO / "fleet.yml").read_text(encoding="utf-8"))
    inventory = yaml.safe_load((DEMO / "inventory.yml").read_text(encoding="utf-8"))
    assert set(fleet["instances"]) == set(inventory["campaign"]["hosts"]) == set(expected)


def test_each_instance_of_the_demo_has_the_verdict_that_is_expected(
    expected: dict[str, tuple[str, str | None, str]],
) -> None:
    with running_simulator(DEMO / "fleet.yml") as fleet:
        found = {name: verdict(name, url) for name, url in fleet.instances.items()}
    assert found == {name: before for name, (before, _outcome, _after) in expected.items()}
