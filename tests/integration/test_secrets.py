# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that a server returns in any form appear nowhere; a password that is one of our words harms nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.module_utils._client.connect import ENVIRONMENT
from simulator.testing import RunningSimulator, running_simulator
from tests.helpers.canaries import CLIENT, CLIENT_SECRET, LOGONS, PASSWORD, USER, Logon
from tests.helpers.echo_server import EchoServer
from tests.helpers.watching import HANDLE, PAYLOAD, Sink, Watched
from tests.integration.both_ways import compared
from tests.integration.canary_runs import (
    MASKED,
    arrived,
    connection,
    elsewhere,
    everything_told,
    logon_at,
    shown,
    variables,
    where,
)
from tests.integration.fleets import CURSOR, OLD, WORKFLOW, small_fleet
from tests.integration.runner import Ansible, inventory

Serve = Callable[..., RunningSimulator]


def with_password(password: str) -> dict[str, Any]:
    """The small fleet, whose operator has this password."""
    fleet = small_fleet()
    fleet["defaults"]["operators"][0]["password"] = password
    return fleet


READS: list[tuple[str, dict[str, Any]]] = [
    ("instance_info", {}),
    ("external_account_info", {}),
    ("option_info", {"prefix": "ops"}),
    ("query", {"schema": "xtk:workflow", "fields": ["@id", "@internalName", "@label"]}),
    ("workflow_info", {"names": [WORKFLOW], "journal_lines": 5}),
    ("sync_cursor_info", {}),
    ("sync_cursor", {"cursor": CURSOR, "expected_value": OLD, "run_id": "r", "poll_interval": 0.1}),
    ("option", {"name": "opsNew", "value": "y", "type": "string", "create": True, "run_id": "r2"}),
]


MODES = ("labels", "fault", "page", "status", "location")
#: Where a server returns rows, the address of an account has a password.
IN_ADDRESS = {mode: ["password in an address"] if mode == "labels" else [] for mode in MODES}
#: The way to log on, what the server does, and where the modules run.
CASES = [
    *(("password", mode, way) for mode in MODES for way in ("here", "elsewhere")),
    *((kind, mode, way) for kind in LOGONS[1:] for mode in MODES[:2] for way in ("here", "elsewhere")),
    *((kind, mode, "background") for kind in ("password", "account") for mode in MODES[:2]),
]


@pytest.mark.parametrize(("kind", "mode", "way"), CASES, ids=["-".join(case) for case in CASES])
def test_what_a_server_gives_back_is_seen_nowhere(
    kind: str, mode: str, way: str, echo: EchoServer, tmp_path: Path
) -> None:
    used = logon_at(echo, kind)
    echo.mode = mode
    host = elsewhere(tmp_path) if way == "elsewhere" else {}
    reads = READS if way == "here" else READS[2:6]
    # Each module has a host of its own, so that they wait in parallel until they ask again.
    hosts = {name: where(echo, "stuck") for name, _arguments in reads}
    ansible = Ansible(tmp_path, inventory(hosts, USER, PASSWORD, **host, **variables(echo, used)))
    evidence = {"evidence_dir": str(tmp_path / "evidence")}
    later = {"async": 120, "poll": 1} if way == "background" else {}
    for module, options in reads:
        given = {**connection(used, module), **options, **(evidence if "run_id" in options else {})}
        # A failure is looked through as a success is, and those after it are to run.
        task = {"name": module, f"campaign.classic.{module}": given, "ignore_errors": True, "register": "found"}
        kept = {"ansible.builtin.set_fact": {"kept": "{{ found }}", "cacheable": True}}
        (tmp_path / f"play-{module}.yml").write_text(yaml.safe_dump([{**task, **later}, kept], sort_keys=False))
    each = {"ansible.builtin.include_tasks": "play-{{ inventory_hostname }}.yml"}
    with Watched(tmp_path, {"no_proxy": "", "NO_PROXY": ""}) as watched:
        done = ansible.play([each], "-vvvv", "--diff", "--forks=8", environment=watched.environment, strategy="free")
    assert all(len(done.results(name, name)) == 1 for name, _arguments in reads), done.output
    # A cure reads the journal, in which the server's words are now, and may refuse.
    failed = {name for name, _arguments in reads if done.failed(name)} - {"sync_cursor"}
    assert not failed or mode != "labels", done.output
    arrived(echo, used, "proxy password", *IN_ADDRESS[mode], mids=mode == "labels")
    assert MASKED.search(done.output) and "please report" not in done.output, done.output
    assert (tmp_path / "ansible.log").stat().st_size > 1000
    assert all(next((tmp_path / "facts").glob(f"*{name}")).stat().st_size > 100 for name in hosts)
    watched.unseen(everything_told(echo, used), *shown(done), allowed=[] if way == "here" else [PAYLOAD])


@pytest.mark.parametrize("mode", MODES[:2])
def test_tokens_of_a_session_that_tasks_share_are_in_one_file_of_its_user_alone(
    mode: str, echo: EchoServer, tmp_path: Path
) -> None:
    used = logon_at(echo, "password")
    echo.mode = mode
    hosts = {"stuck": where(echo, "stuck")}
    ansible = Ansible(tmp_path, inventory(hosts, USER, PASSWORD, **elsewhere(tmp_path), **variables(echo, used)))
    read = {"session": "{{ opened.session }}", "proxy": "{{ the_proxy }}", "name": "opsText"}
    tasks = [
        {"name": "open", "campaign.classic.session": connection(used, "session"), "register": "opened"},
        # Whatever the server does to the call, the session is closed after it.
        {"name": "read", "campaign.classic.option_info": read, "ignore_errors": True},
        {"name": "close", "campaign.classic.session": {**connection(used, "session"), "state": "closed",
                                                       "session": "{{ opened.session }}"}},
    ]  # fmt: skip
    with Watched(tmp_path, {"no_proxy": "", "NO_PROXY": ""}) as watched:
        done = ansible.play(tasks, "-vvvv", environment=watched.environment)
    assert done.status == 0 and done.failed("read") == (mode == "fault"), done.output
    assert {"session token", "security token"} <= set(echo.told)
    kept = [one for one in watched.files() if HANDLE.search(one.place) and echo.told["session token"] in one.text]
    assert kept and all(one.private for one in kept)
    watched.unseen(echo.told, *shown(done), allowed=[HANDLE, PAYLOAD])


def test_technical_account_that_is_refused_by_an_echo_is_seen_nowhere(echo: EchoServer, tmp_path: Path) -> None:
    account = {"client_id": CLIENT, "client_secret": CLIENT_SECRET, "scope": "openid", "token_url": f"{echo.url}/ims"}
    used = Logon(account)
    ansible = Ansible(tmp_path, inventory({"stuck": where(echo, "stuck")}, USER, PASSWORD, **variables(echo, used)))
    given = {**connection(used, ""), "proxy": None}
    with Watched(tmp_path) as watched:
        done = ansible.play(
            [{"name": "read", "campaign.classic.instance_info": given}], "-vvvv", environment=watched.environment
        )
    assert echo.told == {"client secret": CLIENT_SECRET}
    assert "invalid_client" in done.result("read")["msg"] and MASKED.search(done.result("read")["msg"])
    watched.unseen(echo.told, *shown(done))


@pytest.mark.parametrize("mode", MODES[:3])
@pytest.mark.parametrize("kind", LOGONS[:3])
def test_inventory_and_its_cache_hold_no_secret(kind: str, mode: str, echo: EchoServer, tmp_path: Path) -> None:
    used = logon_at(echo, kind)
    echo.mode = mode
    source = tmp_path / "campaign.instances.yml"
    listed = [{"name": name, "url": where(echo, name)} for name in ("stuck", "healthy")]
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    source.write_text(yaml.safe_dump({"plugin": "campaign.classic.instances", "instances": listed, **cache}))
    given = {ENVIRONMENT[name]: str(value) for name, value in used.options.items() if name != "mids"}
    with Watched(tmp_path, given) as watched:
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ansible-inventory"), "-i", str(source), "--list", "-vvvv"],
            env={**os.environ, **watched.environment, "ANSIBLE_INVENTORY_ENABLED": "campaign.classic.instances"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "campaign_verdict" in done.stdout and list((tmp_path / "cache").iterdir())
    arrived(echo, used, *IN_ADDRESS[mode], mids=False)
    # The mid is in no inventory, so that its address is shown, and kept.
    address = f"{echo.behind.geturl()}/mid"
    cached = "".join(one.read_text(encoding="utf-8") for one in (tmp_path / "cache").iterdir())
    assert (address in done.stdout) == (address in cached) == (mode == "labels")
    watched.unseen(everything_told(echo, used), Sink("output", done.stdout + done.stderr))


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
    task = {"name": "read", "campaign.classic.instance_info": given, "retries": 0}
    with Watched(tmp_path) as watched:
        done = ansible.play([task], "-vvvv", environment=watched.environment)
    assert done.failed("read") and ("invocation" in done.result("read") or way == "elsewhere")
    told = {"in the address": "addr-kanarie-55", "password": PASSWORD}
    watched.unseen(told, *shown(done), allowed=[PAYLOAD] if way == "elsewhere" else [])


@pytest.mark.parametrize("later", [{}, {"async": 60, "poll": 1}], ids=["at once", "in the background"])
def test_secret_of_the_environment_is_in_no_other_process(later: dict[str, Any], serve: Serve, tmp_path: Path) -> None:
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
            "https_proxy": "http://somebody:pr0xy.of.the.env.9@127.0.0.1:9",
            "KEPT": "kept-and-sent",
        },
    }
    with Watched(tmp_path) as watched:
        done = ansible.play([{**task, **later}], "-vvvv", environment=watched.environment)
    assert done.status == 0, done.output
    assert done.results("read")[0]["options"][0]["value"] == 7
    assert "kept-and-sent" in (tmp_path / "ps.txt").read_text(encoding="utf-8")
    watched.unseen({"password": PASSWORD, "proxy": "pr0xy.of.the.env.9"}, *shown(done), allowed=[PAYLOAD])


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
                # The refusal is what is looked at.
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
