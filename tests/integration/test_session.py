# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who logs on how often, in which way, and that none of it is ever shown."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.testing import RunningSimulator
from tests.integration.fleets import CLIENT, CLIENT_SECRET, PASSWORD, USER, WORKFLOW
from tests.integration.runner import Ansible, Run

PASSWORDS = {"url": "{{ campaign_url }}", "user": USER, "password": PASSWORD}
SHARED = {"session": "{{ opened.session }}"}
READ = {"name": "read", "campaign.classic.option_info": {**SHARED, "name": "opsNumber"}}


def opening(**options: Any) -> dict[str, Any]:
    return {"name": "open", "campaign.classic.session": options, "register": "opened"}


CLOSE = {"name": "close", "campaign.classic.session": {**SHARED, "state": "closed"}}


def account(fleet: RunningSimulator) -> dict[str, str]:
    """The options of a technical account."""
    return {
        "url": "{{ campaign_url }}",
        "client_id": CLIENT,
        "client_secret": CLIENT_SECRET,
        "scope": "openid,AdobeID",
        "token_url": f"{fleet.url}/_simulator/ims/token",
    }


def issued(fleet: RunningSimulator) -> int:
    return int(fleet.control("GET", "ims")["issued"])


def calls(fleet: RunningSimulator, instance: str = "healthy") -> Counter[str]:
    return Counter(call["call"].partition("#")[2] for call in fleet.ledger(instance=instance))


LOST = {"name": "lost", "campaign.classic.option_info": {**SHARED, "name": "opsNumber"}, "ignore_errors": True}


def keeping(work: Path) -> dict[str, Any]:
    """A task that copies the file of the session for the test to look at, with its mode and that of its directory."""
    copy = f"cd {work}/ansible/tmp/ansible-local-* && stat -c %a . campaign-session-* && cat campaign-session-*"
    return {"ansible.builtin.shell": f"({copy}) > {work}/play-kept.yml", "no_log": True}


def kept_in(work: Path) -> dict[str, str]:
    """The task's result: a file for this user alone, in a directory for this user alone."""
    directory, file, tokens = (work / "play-kept.yml").read_text(encoding="utf-8").splitlines()
    assert (directory, file) == ("700", "600")
    found: dict[str, str] = json.loads(tokens)
    return found


def unseen(done: Run, work: Path, *secrets: str) -> None:
    """No secret on any screen, in any result that a callback gets, or in any remaining file."""
    ours = ("inventory.yml", "credentials.yml")
    left = [path for path in work.rglob("*") if path.is_file() and not path.match("play-*.yml")]
    for secret in secrets:
        assert secret not in done.output
        assert secret not in str(done.tasks)
        assert not [path for path in left if path.name not in ours and secret.encode() in path.read_bytes()]


def test_many_tasks_use_one_session_and_nobody_sees_its_tokens(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.clear_ledger()
    # A registered result can be looped over, and a loop prints its items.
    looped = {"name": "looped", "ansible.builtin.debug": {"var": "item"}, "loop": "{{ opened.session | dict2items }}"}
    done = ansible.play(
        [opening(**PASSWORDS), READ, READ, looped, keeping(ansible.work), CLOSE, LOST],
        "-vvvv",
        "--diff",
        hosts="healthy",
    )
    assert done.status == 0, done.output
    handed = done.result("open")["session"]
    assert set(handed) == {"handle", "url", "instance", "expires"} and handed["instance"] == "healthy"
    assert handed["handle"] in str(done.results("looped"))
    assert done.failed("lost") and "was closed" in done.result("lost")["msg"]
    assert [result["calls"]["logons"] for result in done.results("read")] == [0, 0]
    assert calls(fleet)["Logon"] == calls(fleet)["Logoff"] == 1
    assert not fleet.sessions()
    tokens = kept_in(ansible.work)
    assert tokens["session_token"].startswith("___") and tokens["security_token"].startswith("@")
    unseen(done, ansible.work, tokens["session_token"], tokens["security_token"], PASSWORD)
    again = ansible.play([{**READ, "campaign.classic.option_info": {"session": handed, "name": "x"}}], hosts="healthy")
    assert again.status != 0 and "another run" in again.result("read")["msg"]


def test_session_in_check_mode_lets_the_next_tasks_read(ansible: Ansible, fleet: RunningSimulator) -> None:
    done = ansible.play([opening(**PASSWORDS), READ, CLOSE], "--check", hosts="healthy")
    assert done.status == 0, done.output
    assert done.result("read")["options"][0]["value"] == 7
    assert not fleet.sessions()


def test_session_works_for_a_module_that_is_sent_elsewhere(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.clear_ledger()
    elsewhere = {**READ, "async": 60, "poll": 1}
    text = {"name": "text", "campaign.classic.option_info": {"session": "{{ opened.session.handle }}", "name": "x"}}
    done = ansible.play(
        [
            opening(**PASSWORDS),
            elsewhere,
            text,
            keeping(ansible.work),
            CLOSE,
        ],
        "-vvvv",
        hosts="healthy",
    )
    assert done.status == 0, done.output
    assert done.result("read")["options"][0]["value"] == 7
    assert calls(fleet)["Logon"] == 1
    tokens = kept_in(ansible.work)
    unseen(done, ansible.work, tokens["session_token"], tokens["security_token"], PASSWORD)


def test_session_that_expires_is_renewed_once_where_the_password_is_known(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    expire = {
        "ansible.builtin.uri": {
            "url": f"{fleet.url}/_simulator/instances/healthy",
            "method": "POST",
            "body": {"expire_sessions": True},
            "body_format": "json",
        }
    }
    fleet.clear_ledger()
    again = {"name": "again", "campaign.classic.option_info": {**SHARED, **PASSWORDS, "name": "opsNumber"}}
    lost = {
        "name": "lost",
        "campaign.classic.option_info": {**SHARED, "name": "opsNumber"},
        # Nobody knows the password: blank counts as missing.
        "vars": {"campaign_user": "", "campaign_password": None},
        "ignore_errors": True,
    }
    done = ansible.play([opening(**PASSWORDS), expire, again, lost, CLOSE], hosts="healthy")
    assert done.result("again")["options"][0]["value"] == 7
    assert done.result("again")["calls"]["logons"] == 1
    assert done.failed("lost") and "XSV-350008" in done.result("lost")["msg"]
    assert calls(fleet)["Logon"] == 2
    assert not fleet.sessions(), "what a task opens for itself, it closes"


def test_session_goes_to_no_other_server(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.clear_ledger()
    other = {
        "name": "other",
        "campaign.classic.option_info": {**SHARED, "url": fleet.instances["stuck"], "name": "x"},
        "ignore_errors": True,
    }
    # Both addresses are equal, as in a task that takes only the handle from the result.
    forged = {
        "name": "forged",
        "campaign.classic.option_info": {
            "url": fleet.instances["stuck"],
            "session": {"handle": "{{ opened.session.handle }}", "url": fleet.instances["stuck"]},
            "name": "x",
        },
        "ignore_errors": True,
    }
    done = ansible.play([opening(**PASSWORDS), other, forged, CLOSE], hosts="healthy")
    for task in ("other", "forged"):
        assert done.failed(task) and "The session was opened at" in done.result(task)["msg"]
    assert not calls(fleet, "stuck")


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ({"campaign.classic.session": {**PASSWORDS}, "async": 5, "poll": 1}, "async"),
        ({"campaign.classic.session": {**PASSWORDS, "state": "closed"}}, "session"),
        ({"campaign.classic.session": {**PASSWORDS, "state": "lost"}}, "state"),
        ({"campaign.classic.session": {**PASSWORDS, "password": "wrong-canary-99"}}, "XSV-350012"),
    ],
    ids=["async", "nothing to close", "no such state", "wrong password"],
)
def test_session_that_cannot_be_had_says_why_and_leaves_none_open(
    task: dict[str, Any], words: str, ansible: Ansible, fleet: RunningSimulator
) -> None:
    done = ansible.play([{"name": "session", **task}], "-vvv", hosts="healthy")
    assert done.status != 0
    assert words in done.output and "Traceback" not in done.output
    assert not fleet.sessions()
    unseen(done, ansible.work, PASSWORD, "wrong-canary-99")


def test_technical_account_logs_on_nowhere_and_shows_no_secret(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.clear_ledger()
    read = {"name": "alone", "campaign.classic.workflow_info": {**account(fleet), "names": [WORKFLOW]}}
    keep = keeping(ansible.work)
    done = ansible.play([read, opening(**account(fleet)), READ, READ, keep, CLOSE], "-vvvv", "--diff", hosts="healthy")
    assert done.status == 0, done.output
    assert done.result("alone")["workflows"][0]["name"] == WORKFLOW
    assert not calls(fleet)["Logon"] and not calls(fleet)["Logoff"]
    assert issued(fleet) == 2, "one for the task alone, one for the session"
    assert {call["login"] for call in fleet.ledger(instance="healthy")} == {"robot"}
    unseen(done, ansible.work, CLIENT_SECRET, kept_in(ansible.work)["access_token"])


def test_token_that_the_server_refuses_is_fetched_anew_once(ansible: Ansible, fleet: RunningSimulator) -> None:
    revoke = {
        "ansible.builtin.uri": {
            "url": f"{fleet.url}/_simulator/ims",
            "method": "POST",
            "body": {"revoke": True},
            "body_format": "json",
        }
    }
    again = {"name": "again", "campaign.classic.option_info": {**SHARED, **account(fleet), "name": "opsNumber"}}
    done = ansible.play([opening(**account(fleet)), revoke, again], hosts="healthy")
    assert done.status == 0, done.output
    assert done.result("again")["options"][0]["value"] == 7
    assert issued(fleet) == 2


def test_technical_account_that_is_refused_says_so_in_the_words_of_the_service(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    wrong = {**account(fleet), "client_secret": "ims-wrong-canary"}
    done = ansible.play([{"name": "refused", "campaign.classic.option_info": {**wrong, "name": "x"}}], "-vvvv",
                        hosts="healthy")  # fmt: skip
    message = done.result("refused")["msg"]
    assert "invalid_client" in message and "client_secret" in message
    assert done.result("refused")["error"]["kind"] == "denied"
    unseen(done, ansible.work, "ims-wrong-canary")


def test_credentials_file_serves_each_instance_and_is_not_shown(ansible: Ansible, fleet: RunningSimulator) -> None:
    path = ansible.work / "credentials.yml"
    own = {"url": fleet.instances["healthy"], "user": "reader"}
    default = {"user": USER, "password": PASSWORD}
    path.write_text(yaml.safe_dump({"default": default, "instances": {"healthy": own}}), encoding="utf-8")
    path.chmod(0o600)
    tasks = [{"name": "read", "campaign.classic.option_info": {"url": "{{ omit if own else urls[inventory_hostname] }}",
              "prefix": "ops"}}]  # fmt: skip
    where = {"environment": {"CAMPAIGN_CREDENTIALS_FILE": str(path)}}
    # The file comes last: a blank variable of the host counts as not given there.
    blank = {"campaign_url": "", "campaign_user": None, "campaign_password": ""}
    urls = dict(fleet.instances)
    variables = {"vars": {"own": "{{ inventory_hostname == 'healthy' }}", "urls": urls, **blank}}
    fleet.clear_ledger()
    done = ansible.play(tasks, "-vvvv", hosts="healthy,stuck", **where, **variables)
    assert done.status == 0, done.output
    logins = {name: {call["login"] for call in fleet.ledger(instance=name)} for name in ("healthy", "stuck")}
    assert logins == {"healthy": {"reader"}, "stuck": {USER}}
    unseen(done, ansible.work, PASSWORD)
    path.chmod(0o640)
    refused = ansible.play(tasks, "-vvvv", hosts="stuck", **where, **variables)
    assert "chmod 600" in refused.result("read")["msg"]
    unseen(refused, ansible.work, PASSWORD)


def test_task_that_runs_out_of_time_logs_off_all_the_same(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.clear_ledger()
    fleet.fault("delay", instance="healthy", method="xtk:queryDef#ExecuteQuery", seconds=60)
    read = {"name": "read", "campaign.classic.option_info": {**PASSWORDS, "name": "opsNumber"}, "timeout": 2}
    done = ansible.play([read], hosts="healthy")
    assert done.status != 0
    assert "timed out" in done.output.lower() or "timeout" in done.output.lower(), done.output
    assert calls(fleet)["Logon"] == calls(fleet)["Logoff"] == 1
    assert not fleet.sessions()
