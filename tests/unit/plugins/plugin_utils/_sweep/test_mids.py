# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host of the inventory a mid is, and the credentials for it: never those that were given for another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.action.sync_cursor import ActionModule as Cure
from ansible_collections.campaign.classic.plugins.action.sync_cursor_info import ActionModule as Info
from ansible_collections.campaign.classic.plugins.module_utils._client.connect import secrets_in
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.seen import servers_not_asked
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.mids import (
    InventoryMids,
    fleet_environment,
    found_mids,
)
from tests.helpers.actions import CONNECTION, action

MID = "https://mid-eu.example:8443/eu"
SECRET = "mid-canary-93"
HOSTS: dict[str, dict[str, Any]] = {
    "mkt": {"campaign_url": "https://mkt.example", "campaign_user": "ops", "campaign_password": "mkt-canary"},
    "nothing": {},
    "mid-eu": {
        "campaign_url": MID,
        "campaign_user": "mid-ops",
        "campaign_password": SECRET,
        "campaign_validate_certs": "no",
        "campaign_timeout": "7",
    },
}


class Variables(Mapping[str, Any]):
    """Hostvars that record for whom they were read; a value that is an error is raised."""

    def __init__(self, hosts: Mapping[str, Mapping[str, Any]]) -> None:
        self.hosts = hosts
        self.looked: list[str] = []

    def __getitem__(self, name: str) -> Any:
        self.looked.append(name)

        class Host(dict[str, Any]):
            def __getitem__(self, key: str) -> Any:
                value = super().__getitem__(key)
                if isinstance(value, Exception):
                    raise value
                return value

        return Host(self.hosts[name])

    def __contains__(self, name: object) -> bool:
        return name in self.hosts

    def __iter__(self) -> Iterator[str]:
        return iter(self.hosts)

    def __len__(self) -> int:
        return len(self.hosts)


def inventory(hosts: Mapping[str, Mapping[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    hosts = HOSTS if hosts is None else hosts
    return {"hostvars": Variables(hosts), "groups": {"all": list(hosts)}, "inventory_hostname": "mkt", **more}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CAMPAIGN_USER", "CAMPAIGN_PASSWORD", "CAMPAIGN_URL", "CAMPAIGN_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("server", [MID, f"{MID}/", "https://MID-EU.example:8443/eu", f"{MID}/nl/jsp/soaprouter.jsp"])
def test_a_mid_is_the_host_with_its_url_however_it_is_written(server: str) -> None:
    found = InventoryMids(inventory(), {})(server)
    assert found is not None
    assert (found["name"], found["url"], found["user"], found["password"]) == ("mid-eu", MID, "mid-ops", SECRET)
    assert (found["validate_certs"], found["timeout"]) == (False, 7.0)
    assert "read_only" not in found and "session" not in found


def test_a_server_of_no_host_is_nobody() -> None:
    assert InventoryMids(inventory(), {})("https://another.example") is None
    assert InventoryMids({}, {})(MID) is None
    assert InventoryMids(inventory(), {}).knows_any()
    assert not InventoryMids(inventory({"mkt": {"campaign_url": ""}}), {}).knows_any()


def test_accounts_may_name_a_host_by_another_url() -> None:
    hosts = {**HOSTS, "mid-eu": {**HOSTS["mid-eu"], "campaign_servers": ["http://10.0.0.8:8080"]}}
    found = InventoryMids(inventory(hosts), {})("http://10.0.0.8:8080/")
    assert found is not None and found["url"] == MID


def test_likely_hosts_are_looked_at_first_and_the_search_ends_there() -> None:
    hosts = {**{f"mkt-{number}": {} for number in range(50)}, **HOSTS}
    for more in ({"campaign_mids": ["mid-eu"]}, {"groups": {"campaign_mid": ["mid-eu"], "all": list(hosts)}}):
        variables = inventory(hosts, **more)
        assert InventoryMids(variables, {})(MID) is not None
        assert set(variables["hostvars"].looked) == {"mid-eu"}


def test_nothing_is_looked_at_before_a_mid_is_asked_for() -> None:
    variables = inventory()
    InventoryMids(variables, {})
    assert variables["hostvars"].looked == []


def test_what_another_instance_was_given_is_not_sent_to_a_mid(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = {"mid-eu": {"campaign_url": MID}}
    of_the_task = {"CAMPAIGN_USER": "mkt-ops", "CAMPAIGN_PASSWORD": "mkt-canary", "https_proxy": "http://proxy:3128"}
    found = InventoryMids(inventory(hosts), of_the_task)(MID)
    assert found is not None
    assert "user" not in found and "password" not in found
    monkeypatch.setenv("CAMPAIGN_USER", "fleet-ops")
    monkeypatch.setenv("CAMPAIGN_PASSWORD", "fleet-canary")
    monkeypatch.setenv("CAMPAIGN_SESSION_TOKEN", "of-one-instance")
    found = InventoryMids(inventory(hosts), {**of_the_task, "CAMPAIGN_SESSION_TOKEN": "x"})(MID)
    assert found is not None
    assert (found["user"], found["password"], found["url"]) == ("fleet-ops", "fleet-canary", MID)
    kept = fleet_environment(of_the_task)
    assert kept["https_proxy"] == "http://proxy:3128"
    assert "CAMPAIGN_SESSION_TOKEN" not in kept


def test_the_credentials_file_knows_hosts_and_mids_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "credentials.yml"
    path.write_text(
        f"default: {{user: ops, password: fleet-canary}}\ninstances: {{mid-us: {{url: 'https://mid-us.example', "
        f"password: {SECRET}, user: us}}}}\n"
    )
    path.chmod(0o600)
    find = InventoryMids(inventory(), {"CAMPAIGN_CREDENTIALS_FILE": str(path)})
    found = find("https://mid-us.example/")
    assert found is not None
    assert (found["name"], found["user"], found["password"]) == ("mid-us", "us", SECRET)


def test_a_variable_that_cannot_be_resolved_is_named_without_its_value() -> None:
    broken = {**HOSTS["mid-eu"], "campaign_password": RuntimeError("'vault-canary' is undefined")}
    with pytest.raises(ValidationError, match="campaign_password of mid-eu") as caught:
        InventoryMids(inventory({"mid-eu": broken}), {})(MID)
    assert "vault-canary" not in str(caught.value) + caught.value.next_step
    # An error of a host that is skipped is no reason to fail.
    hosts = {"broken": {"campaign_url": RuntimeError("no")}, **HOSTS}
    assert InventoryMids(inventory(hosts), {})(MID) is not None


def result(state: str | None, server: str = MID) -> dict[str, Any]:
    mid = None if state is None else {"state": state}
    return {"cursors": [{"evidence": {"account": {"server": server}, "mid": mid}}, {"evidence": {}}]}


def test_only_mids_that_would_have_been_asked_are_handed_over() -> None:
    assert servers_not_asked(result("not_asked")) == [MID]
    for state in ("answered", "silent", None):
        assert servers_not_asked(result(state)) == []
    assert servers_not_asked({"ansible_job_id": "1"}) == []
    find = InventoryMids(inventory(), {})
    assert [one["server"] for one in found_mids(find, [MID, f"{MID}/", "https://nobody.example"], [])] == [MID]
    assert found_mids(find, [MID], [{"server": MID}]) == []


# -- the actions -------------------------------------------------------------------------------------------------------


def elsewhere(kind: Any, arguments: Mapping[str, Any], *answers: dict[str, Any]) -> list[dict[str, Any]]:
    """The modules that an action sends away, with their arguments, in order."""
    made = action(kind, {**CONNECTION, **arguments}, transport="ssh")
    sent: list[dict[str, Any]] = []
    waiting = list(answers)

    def execute(**given: Any) -> dict[str, Any]:
        sent.append({"module": given["module_name"].rpartition(".")[2], **given["module_args"]})
        return waiting.pop(0)

    made._execute_module = execute
    made.run(task_vars=inventory())
    assert not waiting
    return sent


def test_a_diagnosis_elsewhere_is_repeated_once_with_the_mid_that_it_lacked() -> None:
    first, second = elsewhere(Info, {}, result("not_asked"), result("answered"))
    assert first.get("mids") in (None, [])
    (mid,) = second["mids"]
    assert (mid["server"], mid["url"], mid["password"]) == (MID, MID, SECRET)
    assert SECRET in {secret.text for secret in secrets_in(second)}


@pytest.mark.parametrize(
    ("arguments", "state"),
    [({}, None), ({}, "answered"), ({"ask_mid": "never"}, "not_asked"), ({"mids": [{"server": MID}]}, "not_asked")],
)
def test_a_diagnosis_elsewhere_that_lacks_nothing_is_made_once(arguments: dict[str, Any], state: str | None) -> None:
    assert len(elsewhere(Info, arguments, result(state))) == 1


def test_a_cure_elsewhere_is_given_the_mids_of_the_accounts_before_it_begins() -> None:
    accounts = {
        "accounts": [
            {"active": True, "server": MID},
            {"active": True, "server": "https://nobody.example"},
            {"active": False, "server": "https://mkt.example"},
            {"active": True, "server": ""},
        ]
    }
    arguments = {"cursor": "c", "expected_value": "2020-03-01T10:00:00Z"}
    look, cure = elsewhere(Cure, arguments, accounts, {"outcome": "cured"})
    assert look["module"] == "external_account_info"
    assert look["type"] == 3 and "cursor" not in look
    assert cure["module"] == "sync_cursor"
    assert [mid["name"] for mid in cure["mids"]] == ["mid-eu"]
    assert [sent["module"] for sent in elsewhere(Cure, {**arguments, "ask_mid": "never"}, {})] == ["sync_cursor"]


def test_mids_that_a_task_gives_are_completed_on_the_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGN_USER", "fleet-ops")
    monkeypatch.setenv("CAMPAIGN_PASSWORD", "fleet-canary")
    (sent,) = elsewhere(Info, {"mids": [{"server": MID, "user": "own", "password": SECRET}, "no mid"]}, result(None))
    mid, wrong = sent["mids"]
    assert (mid["user"], mid["password"], mid["validate_certs"]) == ("own", SECRET, True)
    assert wrong == "no mid"


def test_blank_and_omitted_variables_of_a_mid_are_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGN_VALIDATE_CERTS", "false")
    mid = {"campaign_url": MID, "campaign_proxy": " ", "campaign_ca_path": "__omit_1", "campaign_validate_certs": ""}
    found = InventoryMids(inventory({"mid-eu": mid}, omit="__omit_1"), {})(MID)
    assert found is not None and "proxy" not in found and "ca_path" not in found
    assert found["validate_certs"] is True, "a blank switch is not loosened"
