# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an action runs, what it gives to the module, and what it hides."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.campaign.classic.plugins.module_utils._client import connect as _connection
from ansible_collections.campaign.classic.plugins.module_utils._client.connect import DEFAULTS, ENVIRONMENT
from ansible_collections.campaign.classic.plugins.module_utils._client.session import Session
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import DeniedError
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Answer, Operation, Request
from ansible_collections.campaign.classic.plugins.plugin_utils._action.worker import ControllerAction, WorkerAction
from tests.helpers.actions import CONNECTION, PASSWORD, action
from tests.helpers.hostile import HOSTILE, raw_in
from tests.helpers.older_ansible import trust_as_template
from tests.unit.plugins.module_utils.fake_transport import FakeTransport, answer, fault, logon

LOGOFF = answer("Logoff")


def echo(request: Request, _session: Session) -> Answer:
    """What the operation was asked, and secrets as a server may repeat them."""
    said = f"the password is {PASSWORD}, the tokens are ___token-1 and @security-1=="
    return Answer(True, {"asked": dict(request.params), "checked": request.check_mode, "said": [{"text": said}]})


class Thing(WorkerAction):
    """An action as the collection has them."""

    OPERATION = Operation(
        name="thing",
        options={"name": {"type": "str"}, "other": {"type": "str"}, "count": {"type": "int", "default": 1}},
        run=echo,
        constraints={"mutually_exclusive": [("name", "other")], "required_if": [("count", 2, ["name"])]},
    )


@pytest.fixture(autouse=True)
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    """Replaces the real one; it answers one logon and one logoff."""
    fake = FakeTransport(logon(), LOGOFF)
    monkeypatch.setattr(_connection, "HttpTransport", lambda _settings: fake)
    return fake


def run(arguments: dict[str, Any] | None = None, *, host: str = "mkt1", **more: Any) -> dict[str, Any]:
    return action(Thing, {**CONNECTION, **(arguments or {})}, **more).run(task_vars={"inventory_hostname": host})


Sent = list[dict[str, Any]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """The modules that Ansible is to run, in order."""
    calls: Sent = []

    def execute(_self: WorkerAction, **call: Any) -> dict[str, Any]:
        calls.append(call)
        return {"changed": False, "told": "by the module"}

    monkeypatch.setattr(WorkerAction, "_execute_module", execute)
    return calls


def test_arguments_that_come_from_a_server_are_shown_as_its_texts_are() -> None:
    found = run({"name": HOSTILE})
    assert raw_in(found["invocation"]) == [] and raw_in(found["asked"]) == []
    with pytest.raises(AnsibleActionFail) as caught:
        run({"count": f"{HOSTILE}1"})
    assert raw_in(str(caught.value)) == []


@pytest.mark.parametrize("name", ["read_only", "url", "user", "proxy"])
def test_variable_of_the_connection_that_cannot_be_read_is_not_taken_for_one_that_is_not_set(
    name: str, transport: FakeTransport
) -> None:
    arguments = {option: value for option, value in CONNECTION.items() if option != name}
    variables = {"inventory_hostname": "mkt1", f"campaign_{name}": trust_as_template("{{ nowhere.found }}")}
    result = action(Thing, arguments).run(task_vars=variables)
    assert result["failed"] is True and transport.methods == []
    assert f"The variable campaign_{name} cannot be read: 'nowhere' is undefined. Nothing was sent." in result["msg"]
    # What the task says itself needs no variable.
    given = {**CONNECTION, name: CONNECTION.get(name, "http://proxy:3128" if name == "proxy" else True)}
    assert "failed" not in action(Thing, given).run(task_vars=variables)


# -- in the worker -----------------------------------------------------------------------------------------------------


def test_task_on_the_controller_runs_here(transport: FakeTransport, sent: Sent) -> None:
    result = run({"name": "x"})
    assert sent == []
    assert transport.methods == ["Logon", "Logoff"]
    assert result["changed"] is True
    assert result["asked"]["name"] == "x"
    assert result["calls"] == {"total": 2, "logons": 1, "writes": 0}
    assert "failed" not in result


@pytest.mark.parametrize("check_mode", [False, True])
def test_check_mode_of_the_task_reaches_the_operation(check_mode: bool) -> None:
    assert run(check_mode=check_mode)["checked"] is check_mode


def test_arguments_are_validated_as_a_modules_are() -> None:
    asked = run({"count": "7"})["asked"]
    assert asked["count"] == 7
    assert asked["timeout"] == 30.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"count": "many"}, "count"),
        ({"unknown": 1}, "unknown"),
        ({"name": "a", "other": "b"}, "mutually exclusive"),
        ({"count": 2}, "name"),
        ({"validate_certs": "perhaps"}, "validate_certs"),
    ],
)
def test_wrong_arguments_fail_before_anything_is_sent(
    arguments: dict[str, Any], words: str, transport: FakeTransport
) -> None:
    with pytest.raises(AnsibleActionFail, match=words):
        run(arguments)
    assert transport.sent == []


def test_instance_is_the_inventorys_name_unless_it_is_given() -> None:
    assert run()["asked"]["instance"] == "mkt1"


def test_instance_that_is_given_stays() -> None:
    assert run({"instance": "paris"})["asked"]["instance"] == "paris"


def test_without_an_inventory_the_host_of_the_url_is_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connection, "HttpTransport", lambda _settings: FakeTransport(fault("XSV-350012 Refused.")))
    result = action(Thing, CONNECTION).run()
    assert result["msg"].startswith("mkt1:8080: ")


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_secrets_are_masked_wherever_they_stand() -> None:
    result = run({"name": f"a name with {PASSWORD} in it"})
    shown = json.dumps(result)
    for secret in (PASSWORD, "___token-1", "@security-1=="):
        assert secret not in shown
    assert result["said"][0]["text"] == "the password is ********, the tokens are ******** and ********"
    given = result["invocation"]["module_args"]
    assert given["password"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert given["access_token"] is None
    assert given["name"] == "a name with ******** in it"


def test_access_token_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Told(Thing):
        OPERATION = Operation(
            name="thing", options={}, run=lambda _request, _session: Answer(False, {"said": "it is ims-canary-1"})
        )

    monkeypatch.setattr(_connection, "HttpTransport", lambda _settings: FakeTransport())
    result = action(Told, {"url": "http://mkt1", "access_token": "ims-canary-1"}).run(task_vars={})
    assert result["said"] == "it is ********"
    assert "ims-canary-1" not in json.dumps(result)


def test_secret_of_the_environment_is_masked_too() -> None:
    arguments = {"url": "http://mkt1", "user": "ops"}
    result = action(Thing, arguments, environment=[{"CAMPAIGN_PASSWORD": PASSWORD}]).run(task_vars={})
    assert result["changed"] is True
    assert PASSWORD not in json.dumps(result)


def test_secret_is_masked_in_an_error_of_the_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_request: Request, _session: Session) -> Answer:
        raise DeniedError(f"Not with {PASSWORD}.", server_text="___token-1 is not valid")

    class Refused(Thing):
        OPERATION = Operation(name="thing", options={}, run=refuse)

    result = action(Refused, CONNECTION).run(task_vars={})
    assert result["failed"] is True
    assert result["msg"] == 'Not with ********. The server said: "******** is not valid".'
    assert PASSWORD not in json.dumps(result)


def test_secret_is_masked_in_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(_request: Request, _session: Session) -> Answer:
        raise KeyError(PASSWORD)

    class Defect(Thing):
        OPERATION = Operation(name="thing", options={}, run=fall)

    result = action(Defect, CONNECTION).run(task_vars={})
    assert "please report" in result["msg"]
    assert PASSWORD not in json.dumps(result)


def test_secret_is_masked_in_an_error_about_arguments() -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        run({"count": f"not a number: {PASSWORD}"})
    assert "count" in str(caught.value)
    assert PASSWORD not in str(caught.value)


# -- the environment ---------------------------------------------------------------------------------------------------


def asked(arguments: dict[str, Any], *, environment: Any = None, variables: dict[str, Any] | None = None) -> Any:
    """The parameters with which the operation ran."""
    seen: list[Any] = []

    def look(request: Request, _session: Session) -> Answer:
        seen.append(request.params)
        return Answer(False)

    class Look(Thing):
        OPERATION = Operation(name="thing", options={}, run=look)

    result = action(Look, arguments, environment=environment, variables=variables).run(task_vars={})
    assert seen, result
    return seen[0]


def test_argument_wins_over_the_tasks_environment_and_that_over_the_processs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGN_USER", "of the process")
    monkeypatch.setenv("CAMPAIGN_PASSWORD", "of the process")
    monkeypatch.setenv("CAMPAIGN_TIMEOUT", "5")
    arguments = {"url": "http://mkt1", "user": "of the task"}
    found = asked(arguments, environment=[{"CAMPAIGN_USER": "x", "CAMPAIGN_PASSWORD": "of the environment"}])
    assert (found["user"], found["password"], found["timeout"]) == ("of the task", "of the environment", 5.0)


def test_every_option_can_come_from_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"url": "http://mkt1", "user": "ops", "password": "p", "validate_certs": "false", "ca_path": "/ca.pem",
              "timeout": "9", "read_only": "true"}  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(ENVIRONMENT[name], value)
    found = asked({})
    shown = {name: found[name] for name in values}
    assert shown == {**values, "validate_certs": False, "timeout": 9.0, "read_only": True}


def test_variable_that_the_task_empties_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGN_READ_ONLY", "true")
    monkeypatch.setenv("CAMPAIGN_CA_PATH", "/ca.pem")
    found = asked(dict(CONNECTION), environment=[{"CAMPAIGN_READ_ONLY": "", "CAMPAIGN_CA_PATH": None}])
    assert (found["read_only"], found["ca_path"]) == (False, None)


def test_environments_of_play_block_and_task_are_templated_and_the_last_wins() -> None:
    environment = [{"CAMPAIGN_USER": "play", "CAMPAIGN_TIMEOUT": 7}, {"CAMPAIGN_USER": trust_as_template("{{ who }}")}]
    found = asked({"url": "http://mkt1", "password": "p"}, environment=environment, variables={"who": "me"})
    assert (found["user"], found["timeout"]) == ("me", 7.0)


def test_argument_that_is_null_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGN_READ_ONLY", "true")
    found = asked({**CONNECTION, "read_only": None, "timeout": None})
    assert (found["read_only"], found["timeout"]) == (True, 30.0)


def test_missing_url_is_told_with_its_variable(transport: FakeTransport) -> None:
    result = run({"url": None})
    assert result["failed"] is True
    assert "CAMPAIGN_URL" in result["msg"]
    assert transport.sent == []


def test_task_cannot_undo_the_read_only_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGN_READ_ONLY", "true")
    assert asked({**CONNECTION, "read_only": False})["read_only"] is True


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A credentials file that the environment names, for the host mkt1."""
    path = tmp_path / "credentials.yml"
    path.write_text(f"default: {{user: ops}}\ninstances: {{mkt1: {{url: 'http://mkt1', password: {PASSWORD}}}}}\n")
    path.chmod(0o600)
    monkeypatch.setenv("CAMPAIGN_CREDENTIALS_FILE", str(path))
    return path


def test_credentials_file_says_what_nobody_else_does(credentials: Path, transport: FakeTransport) -> None:
    result = action(Thing, {}).run(task_vars={"inventory_hostname": "mkt1"})
    assert (result["asked"]["url"], result["asked"]["user"]) == ("http://mkt1", "ops")
    assert transport.sent[0].params[:2] == ["ops", PASSWORD]
    assert PASSWORD not in json.dumps(result)


@pytest.mark.usefixtures("credentials")
def test_module_sent_elsewhere_is_given_what_the_credentials_file_says(sent: Sent) -> None:
    action(Thing, {}, transport="ssh").run(task_vars={"inventory_hostname": "mkt1"})
    assert sent[0]["module_args"]["password"] == PASSWORD


def test_credentials_file_that_cannot_be_used_fails_the_task_before_anything_is_sent(
    credentials: Path, transport: FakeTransport
) -> None:
    credentials.chmod(0o644)
    result = action(Thing, CONNECTION).run(task_vars={"inventory_hostname": "mkt1"})
    assert result["failed"] is True and result["changed"] is False
    assert "chmod 600" in result["msg"] and result["error"]["kind"] == "misconfigured"
    assert transport.sent == []


# -- elsewhere ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "elsewhere",
    [{"seconds": 60}, {"become": True}, {"transport": "ssh"}],
    ids=["async", "become", "another host"],
)
def test_task_that_does_not_run_here_is_given_to_ansible_with_all_that_it_needs(
    elsewhere: dict[str, Any], sent: Sent, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMPAIGN_READ_ONLY", "true")
    result = run({"name": "x"}, environment=[{"CAMPAIGN_TIMEOUT": "9"}], **elsewhere)
    (call,) = sent
    assert call["module_name"] == "campaign.classic.thing"
    assert call["wrap_async"] is bool(elsewhere.get("seconds"))
    assert call["task_vars"] == {"inventory_hostname": "mkt1"}
    # No option is left to a remote environment: an option that is not set here is passed as its default.
    assert call["module_args"] == {
        **dict.fromkeys(ENVIRONMENT),
        **DEFAULTS,
        **CONNECTION,
        "name": "x",
        "timeout": "9",
        "read_only": True,
        "instance": "mkt1",
    }
    assert result["told"] == "by the module"
    assert transport.sent == []


def test_arguments_of_the_task_itself_stay_as_they_are(sent: Sent) -> None:
    made = action(Thing, CONNECTION, transport="ssh")
    made.run(task_vars={"inventory_hostname": "mkt1"})
    assert made._task.args == CONNECTION


def test_actions_support_async_and_check_mode() -> None:
    assert WorkerAction._supports_async
    assert WorkerAction._supports_check_mode


# -- on the controller only --------------------------------------------------------------------------------------------


class Kept(ControllerAction):
    """An action that is never sent away."""

    OPERATION = Operation(
        name="thing",
        options={},
        run=lambda _request, _session: Answer(False, {"said": "it is ___token-1"}),
        controller_only=True,
    )


@pytest.mark.parametrize("elsewhere", [{"become": True}, {"transport": "ssh"}], ids=["become", "another host"])
def test_action_of_the_controller_stays_there_and_its_result_is_shown(elsewhere: dict[str, Any], sent: Sent) -> None:
    result = action(Kept, CONNECTION, **elsewhere).run(task_vars={})
    assert sent == []
    assert result["said"] == "it is ********" and "_ansible_no_log" not in result


def test_action_of_the_controller_cannot_go_on_in_the_background() -> None:
    assert not ControllerAction._supports_async


# -- hooks -------------------------------------------------------------------------------------------------------------


class Hooked(Thing):
    """Writes down when its hooks are called."""

    heard: list[tuple[str, Any]]

    def before(self, arguments: dict[str, Any]) -> None:
        self.heard = [("before", arguments["instance"])]

    def after(self, arguments: dict[str, Any], result: dict[str, Any]) -> None:
        self.heard.append(("after", result))


def test_hooks_are_called_round_the_run(transport: FakeTransport) -> None:
    made = action(Hooked, CONNECTION)
    result = made.run(task_vars={"inventory_hostname": "mkt1"})
    assert made.heard == [("before", "mkt1"), ("after", result)]


def test_hook_hears_of_wrong_arguments_too() -> None:
    made = action(Hooked, {**CONNECTION, "count": "many"})
    with pytest.raises(AnsibleActionFail):
        made.run(task_vars={"inventory_hostname": "mkt1"})
    assert made.heard[1][0] == "after"
    assert made.heard[1][1]["failed"] is True


def test_plain_action_has_hooks_that_do_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Callable[..., None] = WorkerAction.after
    assert seen(action(Thing, {}), {}, {}) is None  # type: ignore[func-returns-value]
