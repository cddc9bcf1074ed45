# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a task's connection comes from when the task does not say it: the host's variables."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.campaign.classic.plugins.module_utils._client.connect import ENVIRONMENT, resolve
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._variables.host import (
    connection_of,
    misses_connection,
    require_known,
)
from tests.helpers.older_ansible import trust_as_template


def template(variables: dict[str, Any]) -> Any:
    return Templar(loader=DataLoader(), variables=variables).template


def found(variables: dict[str, Any], given: dict[str, Any] | None = None) -> dict[str, Any]:
    return connection_of(given or {}, variables, template(variables))


@pytest.mark.parametrize("option", sorted(ENVIRONMENT))
def test_every_option_comes_from_its_variable(option: str) -> None:
    assert found({f"campaign_{option}": trust_as_template("{{ other }}"), "other": "x"}) == {option: "x"}
    settled = {"read_only": True}.get(option, "mine")
    assert found({f"campaign_{option}": "x"}, {option: settled}) == {}
    assert found({f"campaign_{option}": "x"}, {option: None}) == {option: "x"}


@pytest.mark.parametrize("blank", ["", "  ", None, trust_as_template("{{ '' }}"), trust_as_template("{{ none }}")])
@pytest.mark.parametrize("option", sorted(ENVIRONMENT))
def test_blank_variable_gives_nothing_unless_it_would_loosen_a_switch(option: str, blank: Any) -> None:
    expected = {option: True} if option in ("read_only", "validate_certs") else {}
    assert found({f"campaign_{option}": blank}) == expected


def test_omitted_variable_is_not_there() -> None:
    # Only ansible-core before 2.19 has such a variable.
    omit = {"omit": "__omit_1"}
    assert found({"campaign_read_only": trust_as_template("{{ nothing | default(omit) }}"), **omit}) == {}
    assert found({"campaign_proxy": "__omit_1", **omit}) == {}


def test_task_cannot_undo_the_switch_of_its_host() -> None:
    variables = found({"campaign_read_only": "true"}, {"read_only": False})
    assert resolve({"read_only": False}, {}, "", variables)["read_only"] is True


def test_only_what_is_there_and_not_given_and_no_literal_is_templated() -> None:
    seen: list[Any] = []
    variables = {
        "campaign_url": "{{ a }}",
        "campaign_user": "{{ b }}",
        "campaign_password": "literal",
        "other": "{{ c }}",
    }
    found = connection_of({"url": "u"}, variables, lambda x: seen.append(x) or x)
    assert seen == [{"campaign_user": "{{ b }}"}]
    assert found["password"] == "literal"


def test_order_is_arguments_variables_environment() -> None:
    environ = {"CAMPAIGN_URL": "http://env", "CAMPAIGN_TIMEOUT": "5", "CAMPAIGN_USER": "env"}
    made = resolve({"user": "task"}, environ, "", {"url": "http://host", "user": "host"})
    assert (made["user"], made["url"], made["timeout"]) == ("task", "http://host", "5")


def test_way_to_log_on_is_that_of_the_first_source_that_names_one() -> None:
    made = resolve({}, {"CAMPAIGN_ACCESS_TOKEN": "t"}, "", {"user": "ops", "password": "p"})
    assert (made["access_token"], made["user"]) == (None, "ops")


def test_session_of_the_task_is_used_where_it_was_opened() -> None:
    made = resolve({"session": {"url": "http://there", "session_token": "t"}}, {}, "", {"url": "http://host"})
    assert made["url"] == "http://there"


# -- mistyped variables ------------------------------------------------------------------------------------------------


def refused(variables: dict[str, Any], extra: list[str] | None = None) -> str:
    with pytest.raises(ValidationError) as caught:
        require_known(variables, template(variables), lambda: extra or [])
    return str(caught.value)


ROLE = {"ansible_role_name": "campaign.classic.mid_sourcing"}


def test_mistyped_variable_is_refused_in_a_task_of_our_roles() -> None:
    assert "Did you mean mid_sourcing_apply? Nothing was written." in refused({**ROLE, "mid_sourcing_aply": 1})
    assert "cannot be given on the command line" in refused(dict(ROLE), ["__mid_sourcing_plans"])


@pytest.mark.parametrize("name", ["campaign_readonly", "campaing_url", "campaign_pasword", "ampaign_user"])
def test_variable_that_misses_one_of_the_connection_is_refused_in_every_task(name: str) -> None:
    assert misses_connection(name)
    assert "Did you mean campaign_" in refused({name: 1})


def test_own_variables_of_a_playbook_are_none_of_our_business() -> None:
    variables = {"campaign_result": 1, "mid_sourcing_aply": 1, "campaign_url": 1, "campaign_verdict": 1, "x": 1}
    require_known(variables, template(variables), lambda: ["mid_sourcing_report"])
    own = {"campaign_urls": 1, "campaign_own_variables": ["campaign_urls"]}
    require_known(own, template(own), list)
    assert "campaign_urls" in refused({"campaign_urls": 1})
