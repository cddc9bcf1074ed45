# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that a server returns in any form appear nowhere; a password that is one of our words harms nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.testing import RunningSimulator, running_simulator
from tests.helpers.echo_server import EchoServer
from tests.helpers.masking import FORMS
from tests.integration.both_ways import compared, interpreter
from tests.integration.fleets import CURSOR, OLD, WORKFLOW, small_fleet
from tests.integration.runner import Ansible, Run, inventory

USER = "ops"
PASSWORD = "CANARY&x<y/pw+12345é"
PROXY_PASSWORD = "pröxy&<secret>/77"
CLIENT_SECRET = "ims+secret/of=20&char"
Serve = Callable[..., RunningSimulator]


def with_password(password: str) -> dict[str, Any]:
    """The small fleet, whose operator has this password."""
    fleet = small_fleet()
    fleet["defaults"]["operators"][0]["password"] = password
    return fleet


@pytest.fixture
def echo(serve: Serve) -> Iterator[EchoServer]:
    """A hostile server before a real one."""
    fleet = serve(with_password(PASSWORD))
    fleet.per_call(5)  # its clock keeps running, or a wait for a workflow would never end
    with EchoServer(fleet.url, USER) as server:
        yield server


def elsewhere(folder: Path) -> dict[str, Any]:
    """The variables of a host that is not the controller."""
    return {"ansible_connection": "elsewhere", "ansible_python_interpreter": interpreter(folder, sys.executable)}


def where(echo: EchoServer, instance: str) -> str:
    return f"{echo.url}/{instance}"


def parts(secret: str) -> set[str]:
    """What must appear nowhere: each form of a secret, and each piece of eight characters of it."""
    pieces = {secret[at : at + 8] for at in range(len(secret) - 7)}
    return pieces | {form(secret) for form in FORMS.values()}


def unseen(work: Path, done: Run, told: dict[str, str]) -> None:
    """No part of a secret on any screen, in any result, or in any remaining file."""
    mine = ("inventory.yml", "credentials.yml")
    left = [one for one in work.rglob("*") if one.is_file() and one.name not in mine and not one.match("play-*.yml")]
    sinks = {"output": done.output, "results": json.dumps(done.tasks), "raw results": str(done.tasks)}
    sinks.update({str(one): one.read_text(encoding="utf-8", errors="replace") for one in left})
    for kind, secret in told.items():
        for place, text in sinks.items():
            seen = [part for part in parts(secret) if part in text]
            assert not seen, f"{kind} in {place}: {seen}"


READS: list[tuple[str, dict[str, Any]]] = [
    ("instance_info", {}),
    ("external_account_info", {}),
    ("option_info", {"prefix": "ops"}),
    ("query", {"schema": "xtk:workflow", "fields": ["@id", "@internalName", "@label"]}),
    ("workflow_info", {"names": [WORKFLOW], "journal_lines": 5}),
    ("sync_cursor_info", {}),
    ("sync_cursor", {"cursor": CURSOR, "expected_value": OLD, "run_id": "r", "poll_interval": 0.1}),
    ("option", {"name": "opsText", "value": "y", "run_id": "r2"}),
]


@pytest.mark.parametrize("way", ["here", "elsewhere"])
@pytest.mark.parametrize("mode", ["labels", "fault", "page", "status", "location"])
def test_what_a_server_gives_back_is_seen_nowhere(mode: str, way: str, echo: EchoServer, tmp_path: Path) -> None:
    echo.mode = mode
    echo.told["password"] = PASSWORD
    host = elsewhere(tmp_path) if way == "elsewhere" else {}
    # Ansible shows the lines of a failed task unchanged: so the secrets are variables.
    host["the_proxy"] = f"http://{USER}:pr%C3%B6xy%26%3Csecret%3E%2F77@{echo.url.partition('://')[2]}"
    reads = READS if way == "here" else READS[2:6]
    # Each module has a host of its own, so that they wait in parallel until they ask again.
    ansible = Ansible(
        tmp_path, inventory({name: where(echo, "stuck") for name, _arguments in reads}, USER, PASSWORD, **host)
    )
    connection = {
        "url": "{{ campaign_url }}",
        "user": USER,
        "password": "{{ campaign_password }}",
        "proxy": "{{ the_proxy }}",
    }
    evidence = {"evidence_dir": str(tmp_path / "evidence")}
    for module, options in reads:
        given = {**connection, **options, **(evidence if "run_id" in options else {})}
        task = {"name": module, f"campaign.classic.{module}": given, "ignore_errors": True}
        (tmp_path / f"play-{module}.yml").write_text(yaml.safe_dump([task], sort_keys=False), encoding="utf-8")
    each = {"ansible.builtin.include_tasks": "play-{{ inventory_hostname }}.yml"}
    environment = {"ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"), "no_proxy": "", "NO_PROXY": ""}
    done = ansible.play([each], "-vvvv", "--diff", "--forks=8", environment=environment, strategy="free")
    assert all(len(done.results(name, name)) == 1 for name, _arguments in reads), done.output
    assert {"password", "proxy password", "session token", "security token"} <= set(echo.told)
    assert "********" in done.output and "please report" not in done.output, done.output
    assert (tmp_path / "ansible.log").stat().st_size > 1000
    unseen(tmp_path, done, echo.told)


def test_technical_account_that_is_refused_by_an_echo_is_seen_nowhere(echo: EchoServer, tmp_path: Path) -> None:
    ansible = Ansible(tmp_path, inventory({"stuck": where(echo, "stuck")}, USER, PASSWORD))
    account = {"client_id": USER, "client_secret": CLIENT_SECRET, "scope": "openid", "token_url": f"{echo.url}/ims"}
    task = {"name": "read", "campaign.classic.instance_info": {"url": "{{ campaign_url }}", **account}}
    done = ansible.play([task], "-vvvv")
    assert echo.told == {"client secret": CLIENT_SECRET}
    assert "invalid_client" in done.result("read")["msg"] and "********" in done.result("read")["msg"]
    unseen(tmp_path, done, echo.told)


@pytest.mark.parametrize("mode", ["labels", "fault", "page"])
def test_inventory_and_its_cache_hold_no_secret(mode: str, echo: EchoServer, tmp_path: Path) -> None:
    echo.mode = mode
    echo.told["password"] = PASSWORD
    source = tmp_path / "campaign.instances.yml"
    listed = [{"name": name, "url": where(echo, name)} for name in ("stuck", "healthy")]
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    source.write_text(yaml.safe_dump({"plugin": "campaign.classic.instances", "instances": listed, **cache}))
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-inventory"), "-i", str(source), "--list", "-vvvv"],
        env={**os.environ, "CAMPAIGN_USER": USER, "CAMPAIGN_PASSWORD": PASSWORD, "ANSIBLE_HOME": str(tmp_path / "home"),
             "ANSIBLE_INVENTORY_ENABLED": "campaign.classic.instances"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "campaign_verdict" in done.stdout and list((tmp_path / "cache").iterdir())
    assert {"session token", "security token"} <= set(echo.told)
    unseen(tmp_path, Run(0, done.stdout + done.stderr), echo.told)


@pytest.mark.parametrize("address", ["url", "proxy"])
@pytest.mark.parametrize("scheme", ["", "http://"])
@pytest.mark.parametrize("way", ["here", "elsewhere"])
def test_password_in_an_address_is_not_shown_as_an_argument(
    way: str, scheme: str, address: str, tmp_path: Path
) -> None:
    host = elsewhere(tmp_path) if way == "elsewhere" else {}
    ansible = Ansible(tmp_path, inventory({"gone": "http://127.0.0.1:9"}, USER, PASSWORD, **host))
    given = {"url": "{{ campaign_url }}", "user": USER, "password": PASSWORD, "timeout": 1,
             address: f"{scheme}somebody:addr-kanarie-55@127.0.0.1:9"}  # fmt: skip
    done = ansible.play([{"name": "read", "campaign.classic.instance_info": given, "retries": 0}], "-vvvv")
    assert done.failed("read") and ("invocation" in done.result("read") or way == "elsewhere")
    unseen(tmp_path, done, {"in the address": "addr-kanarie-55", "password": PASSWORD})


def test_secret_of_the_environment_is_on_no_command_line(serve: Serve, tmp_path: Path) -> None:
    fleet = serve(with_password(PASSWORD))
    # The interpreter records what every user of the machine could read about the processes above it.
    spy = tmp_path / "far-python"
    script = f'#!/bin/sh\nps -eo args -ww >> {tmp_path}/ps.txt\nenv >> {tmp_path}/ps.txt\nexec {sys.executable} "$@"\n'
    spy.write_text(script, encoding="utf-8")
    spy.chmod(0o755)
    host = {"ansible_connection": "elsewhere", "ansible_python_interpreter": str(spy)}
    ansible = Ansible(tmp_path, inventory({"healthy": fleet.instances["healthy"]}, USER, PASSWORD, **host))
    task = {
        "name": "read",
        "campaign.classic.option_info": {"url": "{{ campaign_url }}", "name": "opsNumber"},
        "environment": {
            "CAMPAIGN_USER": USER,
            "CAMPAIGN_PASSWORD": PASSWORD,
            "https_proxy": "http://somebody:proxy-canary-1@127.0.0.1:9",
            "KEPT": "kept-and-sent",
        },
    }
    done = ansible.play([task, {**task, "async": 60, "poll": 1}], "-vvvv")
    assert done.status == 0, done.output
    assert done.results("read")[0]["options"][0]["value"] == 7
    assert "kept-and-sent" in (tmp_path / "ps.txt").read_text(encoding="utf-8")
    unseen(tmp_path, done, {"password": PASSWORD, "proxy": "proxy-canary-1"})


# -- passwords that are words of ours ----------------------------------------------------------------------------------

WORDS = ["1", "stuck", "2026", "e", "campaign", "NmsMidSourcing"]
_PASSWORD = "an-ordinary-password-9"


def seen_by(serve: Serve, work: Path, password: str) -> list[tuple[str, str, Any]]:
    """The output of detect and reconcile in a fleet with this password, without the parts that differ in each run."""
    work.mkdir()
    fleet = serve(with_password(password))
    fleet.per_call(2)
    ansible = Ansible(work, inventory(dict(fleet.instances), USER, password))
    options = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_run_id=r", "-e", "mid_sourcing_poll_interval=0.1")
    done = ansible.playbook("campaign.classic.reconcile", *options)
    assert done.status in (0, 2), done.output
    record = json.loads((work / "campaign-evidence" / "r" / "stuck.json").read_text(encoding="utf-8"))
    assert record["result"]["outcome"] == "cured", record["result"]
    reported = [line for line in done.output.splitlines() if "OLD VALUE" in line]
    assert reported
    cursors = [(one["option"], one["old_value"], one["plan"]["option"]) for one in record["cursors"]]
    moves = [(one["option"], one["outcome"], one["old_value"]) for one in record["result"]["moves"]]
    return [("evidence", record["state"], cursors), ("moves", record["kind"], moves), ("lines", "", reported)]


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, Any]]:
    """The output with a password that resembles no word of ours."""
    started: list[RunningSimulator] = []

    def start(fleet: dict[str, Any]) -> RunningSimulator:
        started.append(running_simulator(fleet).start())
        return started[-1]

    try:
        return seen_by(start, tmp_path_factory.mktemp("ordinary") / "work", _PASSWORD)
    finally:
        for one in started:
            one.stop()


@pytest.mark.parametrize("password", WORDS)
def test_password_that_is_a_word_of_ours_harms_no_cure(
    password: str, ordinary: list[tuple[str, str, Any]], serve: Serve, tmp_path: Path
) -> None:
    assert seen_by(serve, tmp_path / "work", password) == ordinary


@pytest.mark.parametrize("password", ["1", "stuck"])
def test_module_that_is_sent_elsewhere_keeps_our_data_too(password: str, serve: Serve, tmp_path: Path) -> None:
    found = []
    for way, host in (
        ("here", {}),
        ("there", elsewhere(tmp_path)),
    ):
        fleet = serve(with_password(password))
        fleet.per_call(2)
        work = tmp_path / way
        work.mkdir()
        ansible = Ansible(work, inventory({"stuck": fleet.instances["stuck"]}, USER, password, **host))
        connection = {"url": "{{ campaign_url }}", "user": USER, "password": password}
        wrong = {**connection, "name": "opsNumber", "password": f"not {password}"}
        done = ansible.play(
            [
                {"name": "look", "campaign.classic.sync_cursor_info": connection},
                {"name": "wrong", "campaign.classic.option_info": wrong, "ignore_errors": True},
            ],
            "-vvvv",
        )
        assert done.status == 0, done.output
        result = done.result("look")
        assert (result["verdict"], result["calls"]["logons"]) == ("stuck", 1)
        assert result["cursors"][0]["evidence"]["value"] == OLD
        assert done.result("wrong")["error"]["codes"] == ["XSV-350012"]
        found.append(compared(done, fleet))
    assert found[0] == found[1]
