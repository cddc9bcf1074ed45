# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task sees in the worker and as a module: values of every kind, its environment, the host's variables."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.constants import DEFAULT_VAULT_ID_MATCH
from ansible.parsing.vault import VaultLib, VaultSecret

from simulator.testing import RunningSimulator
from tests.integration.both_ways import compared, interpreter
from tests.integration.fleets import PASSWORD, USER, WORKFLOW, small_fleet
from tests.integration.runner import Ansible, inventory
from tests.unit.plugins.module_utils.fake_transport import fault
from tests.unit.plugins.module_utils.scripted_server import ScriptedServer, answering
from tests.unit.plugins.module_utils.scripted_server import answer as http
from tests.unit.plugins.module_utils.tls_files import Authority

Serve = Callable[..., RunningSimulator]
KEY = "vault-key"


def vaulted(text: str) -> str:
    """A text as YAML has it when it is encrypted."""
    vault = VaultLib([(DEFAULT_VAULT_ID_MATCH, VaultSecret(KEY.encode()))])
    lines = vault.encrypt(text).decode().strip().splitlines()
    return '!vault "' + "\\n".join(lines) + '\\n"'


#: A task for each kind of value: its module, what it is given as YAML, and a word of what must come back.
VALUES: list[tuple[str, str, str]] = [
    ("vault", f"option_info: {{name: {vaulted('opsText')}, password: {vaulted(PASSWORD)}}}", "abc"),
    ("vault in a list", f"workflow_info: {{names: [{vaulted(WORKFLOW)}]}}", WORKFLOW),
    (
        "vault in a dictionary",
        f"option: {{options: [{{name: {vaulted('opsText')}, value: {vaulted('x')}}}]}}",
        "x",
    ),
    ("vault in a variable", 'option_info: {name: "{{ hidden }}"}', "abc"),
    ("vault in a variable of a variable", 'workflow_info: {names: "{{ listed }}"}', WORKFLOW),
    ("vault for a number", f"option_info: {{name: opsText, timeout: {vaulted('9')}}}", "abc"),
    ("text that is no template", "option_info: {name: !unsafe '{{ none }}'}", "options"),
    ("moment", "option: {name: opsDate, value: 2026-01-02T03:04:05Z, type: datetime}", "opsDate"),
    ("date", "option: {name: opsText, value: 2026-01-02}", "2026-01-02"),
    ("keys that are no text", "sync_cursor_info: {cursor_map: {7: a, true: b, 1.5: c}}", "cursors"),
    ("tuple", "workflow_info: {names: \"{{ ('" + WORKFLOW + "', 'nowhere') }}\"}", WORKFLOW),
    ("set", "workflow_info: {names: \"{{ ['" + WORKFLOW + "'] | unique }}\"}", WORKFLOW),
    ("omitted", 'option_info: {name: opsText, prefix: "{{ omit }}", timeout: "{{ nothing | default(omit) }}"}', "abc"),
    (
        "omitted within",
        'option: {options: [{name: opsText, value: y, description: "{{ omit }}"}]}',
        "y",
    ),
    ("number for a text", "option: {name: opsText, value: 0123}", "83 is not a text"),
    ("text of a template for a text", 'option: {name: opsText, value: "{{ 12 | string }}"}', "12"),
    ("text for a number", 'option: {name: opsNumber, value: "{{ 12 }}", expected_value: "7"}', "12"),
    ("nothing", "option_info: {name: opsText, proxy: null, timeout: null}", "abc"),
    ("blank", 'option_info: {name: opsText, proxy: "", ca_path: ""}', "abc"),
    ("bytes of a filter", "option_info: {name: \"{{ 'b3BzVGV4dA==' | b64decode }}\"}", "abc"),
]
#: Of which YAML has made something else than was written.
REFUSED = {"number for a text"}


def _tasks() -> str:
    rows = []
    for name, call, _word in VALUES:
        rows.append(f"- name: {name}\n  campaign.classic.{call}\n  check_mode: true\n  ignore_errors: true\n")
    rows.append(
        f"- name: vault in module_defaults\n  campaign.classic.option_info: {{name: opsText}}\n"
        f"  module_defaults: {{group/campaign.classic.all: {{password: {vaulted(PASSWORD)}}}}}\n"
        "  vars: {campaign_password: another}\n"
    )
    rows.append(
        "- name: variables of a loop\n  campaign.classic.option_info: {name: opsText}\n  loop: [vaulted, nobody]\n"
        f"  vars: {{campaign_user: \"{{{{ {{'vaulted': who}}.get(item, item) }}}}\", who: {vaulted(USER)}}}\n"
        "  ignore_errors: true\n"
    )
    return "".join(rows)


def judge_values(serve: Serve, work: Path, programs: Path, python: str) -> None:
    """Each kind of value in the worker and as a module, against fresh fleets: the same, and what was meant."""
    found = []
    for way in ("here", "there"):
        fleet = serve(small_fleet())
        fleet.per_call(2)
        folder = work / way
        folder.mkdir()
        elsewhere = {"ansible_connection": "elsewhere", "ansible_python_interpreter": interpreter(folder, python)}
        hosts = inventory(
            {"healthy": fleet.instances["healthy"]}, USER, PASSWORD, **(elsewhere if way == "there" else {})
        )
        ansible = Ansible(folder, hosts, programs=programs)
        key = folder / "key"
        key.write_text(KEY, encoding="utf-8")
        book = folder / "values.yml"
        variables = f"hidden: {vaulted('opsText')}\nlisted: ['{{{{ named }}}}']\nnamed: {vaulted(WORKFLOW)}\n"
        book.write_text(
            "- hosts: campaign\n  gather_facts: false\n  vars:\n"
            + textwrap.indent(variables, "    ")
            + "  tasks:\n"
            + textwrap.indent(_tasks(), "    "),
            encoding="utf-8",
        )
        done = ansible.playbook(str(book), "-vvv", environment={"ANSIBLE_VAULT_PASSWORD_FILE": str(key)})
        assert ("AnsiballZ" in done.output) is (way == "there"), done.output
        assert PASSWORD not in done.output
        found.append((done, compared(done, fleet)))
    (here, worker), (_there, module) = found
    for (name, mine), (_name, other) in zip(worker, module, strict=True):
        assert mine == other, name
    for name, _call, word in VALUES:
        result = here.result(name)
        assert ("error" in result) is (name in REFUSED) and word in str(result), f"{name}: {result}"
    assert here.result("vault in module_defaults")["options"][0]["value"] == "abc"
    ended = ["error" in one for one in here.result("variables of a loop")["results"]]
    assert ended == [False, True]


#: How an authority of one's own is named: the task's arguments, and its environment. HOME and OURS are folders.
AUTHORITIES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "the bundle of OpenSSL": ({}, {"SSL_CERT_FILE": "HOME/authority.pem"}),
    "the home": ({"ca_path": "~/authority.pem"}, {"HOME": "HOME"}),
    "a variable within a path": ({"ca_path": "$PLACE/authority.pem"}, {"PLACE": "HOME"}),
    "a relative path": ({"ca_path": "home/authority.pem"}, {}),
    "nothing at all": ({}, {}),
    # Not read, wherever the task runs.
    "the bundle of requests": (
        {},
        {"REQUESTS_CA_BUNDLE": "HOME/authority.pem", "CURL_CA_BUNDLE": "HOME/authority.pem"},
    ),
}
TRUSTED = {"the bundle of OpenSSL", "the home", "a variable within a path", "a relative path"}


def judge_environment(work: Path, programs: Path, python: str) -> None:
    """Where a task's environment names whom to trust, the certificate is trusted, in the worker as in a module."""
    home = work / "home"
    home.mkdir()
    authority = Authority(home)
    told = []
    with ScriptedServer(
        answering(http(fault("XSV-350012 Refused.").body)), tls=authority.server("127.0.0.1")
    ) as server:
        for way in ("local", "elsewhere"):
            host = {"ansible_connection": way, "ansible_python_interpreter": python}
            ansible = Ansible(work, inventory({"far": server.url}, USER, PASSWORD, **host), programs=programs)
            tasks = [
                {
                    "name": name,
                    "campaign.classic.option_info": {"name": "x", **arguments},
                    "environment": {key: value.replace("HOME", str(home)) for key, value in environment.items()},
                    "ignore_errors": True,
                }
                for name, (arguments, environment) in AUTHORITIES.items()
            ]
            done = ansible.play(tasks, "-vvv")
            assert ("AnsiballZ" in done.output) is (way == "elsewhere"), done.output
            told.append({line["task"]: line["result"]["msg"] for line in done.tasks})
    worker, module = told
    assert worker == module
    trusted = {name for name, message in worker.items() if "certificate" not in message.lower()}
    assert trusted == TRUSTED, worker


def judge_vaulted_inventory(serve: Serve, work: Path, programs: Path) -> None:
    """An instance whose address and login are vaulted is read, and neither is shown."""
    fleet = serve(small_fleet())
    url = fleet.instances["healthy"]
    key, file = work / "key", work / "list.instances.yml"
    key.write_text(KEY, encoding="utf-8")
    file.write_text(
        "plugin: campaign.classic.instances\ninstances:\n"
        f"  - name: healthy\n    url: {vaulted(url)}\n    user: {vaulted(USER)}\n    timeout: {vaulted('9')}\n"
        f"    validate_certs: {vaulted('true')}\n    servers: [{vaulted('http://192.0.2.7/hidden')}]\n",
        encoding="utf-8",
    )
    environment = {
        **os.environ,
        "ANSIBLE_VAULT_PASSWORD_FILE": str(key),
        "ANSIBLE_HOME": str(work / "ansible"),
        "CAMPAIGN_PASSWORD": PASSWORD,
    }
    command = [str(programs / "ansible-inventory"), "-i", str(file), "--list"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(done.stdout)["_meta"]["hostvars"]["healthy"]
    assert "healthy" in str(told["campaign_verdict"]), told
    for name in ("url", "user", "timeout", "validate_certs"):
        assert list(told[f"campaign_{name}"]) == ["__ansible_vault"]
    assert list(told["campaign_servers"][0]) == ["__ansible_vault"]
    assert url not in done.stdout + done.stderr and "192.0.2.7" not in done.stdout + done.stderr
    # And a task reaches it by these variables.
    command = [str(programs / "ansible"), "-i", str(file), "-m", "campaign.classic.option_info", "-a", "name=opsText"]
    done = subprocess.run(
        [*command, "healthy"], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert '"value": "abc"' in done.stdout


def judge_adhoc(serve: Serve, work: Path, programs: Path) -> None:
    """The README's inventory is enough for one module alone; what is mistyped or cannot be read is refused."""
    fleet = serve(small_fleet())
    ansible = Ansible(work, inventory(dict(fleet.instances), USER, PASSWORD), programs=programs)
    fleet.clear_ledger()

    def run(module: str, arguments: str, *more: str) -> tuple[int, str]:
        command = ["-i", str(ansible.inventory), "-m", f"campaign.classic.{module}", "-a", arguments, "healthy", *more]
        environment = {**os.environ, "ANSIBLE_HOME": str(work / "ansible")}
        done = subprocess.run(
            [str(programs / "ansible"), *command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    status, told = run("option_info", "name=opsText")
    assert status == 0 and '"value": "abc"' in told
    for variables, words in (
        ("campaign_read_only=true", "read-only"),
        ("campaign_read_only=", "read-only"),
        ("campaign_readonly=true", "Did you mean campaign_read_only?"),
        ('{"campaign_user": "{{ nowhere }}"}', "The variable campaign_user cannot be read"),
        ("campaign_proxy=socks://nowhere", "SOCKS proxies are not supported"),
        ("campaign_timeout=soon", "timeout"),
    ):
        status, told = run("option", "name=opsText value=x", "-e", variables)
        assert status == 2 and words in told, told
    assert not fleet.ledger(kind="write")
