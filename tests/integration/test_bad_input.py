# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input and bad servers: one clear sentence, the server's words, no traceback, no secret, nothing written."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import trustme

from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, OLD, PASSWORD, WORKFLOW
from tests.integration.runner import Ansible, Run

CONNECTION = {
    "url": "{{ campaign_url }}",
    "user": "{{ campaign_user }}",
    "password": "{{ campaign_password }}",
    "timeout": 5,
}


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def option(**arguments: Any) -> dict[str, Any]:
    """A task that would write."""
    return {"campaign.classic.option": {**CONNECTION, "name": "opsNumber", "value": 14, **arguments}}


def cases(tls_port: int) -> dict[str, tuple[dict[str, Any], dict[str, Any] | None, list[str]]]:
    """By name: the task, the fault to inject before, and words that its message must contain."""
    return {
        "wrong path": (option(url="{{ campaign_url }}/nowhere"), None, ["404", "URL"]),
        "no url": (option(url="not a url"), None, ["URL"]),
        "no DNS": (option(url="http://no-such-host.invalid"), None, ["no-such-host.invalid"]),
        "refused": (option(url=f"http://127.0.0.1:{free_port()}"), None, ["refused"]),
        "TLS": (option(url=f"https://127.0.0.1:{tls_port}"), None, ["certificate", "ca_path"]),
        "wrong password": (option(password="wrong-canary-99"), None, ["XSV-350012", "password"]),
        "no credentials": (option(user="", password=""), None, ["user and password"]),
        "html page": (option(), {"kind": "html"}, ["web page"]),
        "gateway": (option(), {"kind": "status", "status": 504}, ["504"]),
        "truncated": (
            option(),
            {"kind": "truncate", "method": "xtk:queryDef#ExecuteQuery"},
            ["in the middle of its answer"],
        ),
        "entities": (option(), {"kind": "entities", "method": "xtk:queryDef#ExecuteQuery"}, ["document type"]),
        "unknown option": (option(name="opsNumbr"), None, ["There is no option 'opsNumbr'", "no right"]),
        "unknown workflow": (
            {"campaign.classic.workflow": {**CONNECTION, "name": "nope", "state": "stopped"}},
            None,
            ["nope", "rights"],
        ),
        "no right": (option(user="reader"), None, ["right"]),
        "misfit": (option(value="many"), None, ["opsNumber", "many"]),
        "no zone": (option(name="opsDate", value="2026-11-23 02:00:00"), None, ["time zone"]),
        "changed since": (option(expected_value=8), None, ["expected", "Nothing was written"]),
        "read only": (option(read_only=True), None, ["read-only"]),
    }


@pytest.fixture
def tls_port() -> Any:
    """A server with an untrusted certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(60)

    def answer() -> None:
        while True:
            try:
                connection, _peer = listener.accept()
            except OSError:
                return
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.close()
    thread.join(5)


def judge(name: str, done: Run, words: list[str]) -> None:
    """The requirements for every error that an operator may see."""
    result = done.result(name)
    assert done.failed(name), f"{name} did not fail: {result}"
    message = result["msg"]
    for word in words:
        assert word in message, f"'{word}' is not in: {message}"
    assert "Traceback" not in done.output and "exception" not in result
    for secret in (PASSWORD, "wrong-canary-99"):
        assert secret not in done.output and secret not in str(result)
    assert len(message) < 1500


def test_each_bad_input_gives_one_clear_sentence(ansible: Ansible, fleet: RunningSimulator, tls_port: int) -> None:
    fleet.clear_ledger()
    simple = {name: case for name, case in cases(tls_port).items() if case[1] is None}
    tasks = [{"name": name, **case[0], "ignore_errors": True} for name, case in simple.items()]
    done = ansible.play(tasks, "-vvv", hosts="healthy")
    for name, case in simple.items():
        judge(name, done, case[2])
    assert not [call for call in fleet.ledger(kind="write") if call["outcome"] == "ok"]


@pytest.mark.parametrize("name", ["html page", "gateway", "truncated", "entities"])
def test_each_bad_answer_gives_one_clear_sentence(name: str, ansible: Ansible, fleet: RunningSimulator) -> None:
    task, fault, words = cases(0)[name]
    assert fault is not None
    fleet.fault(instance="healthy", **fault)
    done = ansible.play([{"name": name, **task}], hosts="healthy")
    assert done.status != 0
    judge(name, done, words)


def test_a_refused_right_names_what_the_server_said(ansible: Ansible, fleet: RunningSimulator) -> None:
    done = ansible.play([{"name": "no right", **option(user="reader")}], hosts="healthy")
    error = done.result("no right")["error"]
    assert error["server_text"] and error["next_step"] and error["instance"] == "healthy"
    assert fleet.option("healthy", "opsNumber")["value"] == 7


def test_a_cursor_moved_by_somebody_else_since_the_plan_is_refused(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.clear_ledger()
    fleet.set_option("stuck", CURSOR, "2020-04-01 10:00:00.000Z")
    done = ansible.play(
        [{"name": "late", "campaign.classic.sync_cursor": {**CONNECTION, "cursor": CURSOR, "expected_value": OLD}}],
        hosts="stuck",
    )
    result = done.result("late")
    assert done.failed("late") and result["outcome"] == "refused"
    assert "2020-04-01 10:00:00.000Z" in result["msg"]
    assert not fleet.ledger(kind="write", instance="stuck")
    assert fleet.workflow("stuck", WORKFLOW)["state"] == 13


@pytest.mark.parametrize("library", ["requests", "lxml"])
def test_a_missing_library_is_said_with_the_pip_command(
    library: str, ansible: Ansible, fleet: RunningSimulator, tmp_path: Path
) -> None:
    """A file of the same name that fails to import simulates a missing library."""
    shadow = tmp_path / "shadow" / library
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text(f"raise ImportError('no {library} here')\n")
    done = ansible.play(
        [{"name": "missing", **option()}], hosts="healthy", environment={"PYTHONPATH": str(shadow.parent)}
    )
    assert done.status != 0
    message = done.result("missing")["msg"]
    assert f"-m pip install {library}" in message and sys.executable.rsplit("/", 1)[0] in message
    assert "Traceback" not in done.output
