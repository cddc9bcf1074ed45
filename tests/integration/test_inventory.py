# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin through Ansible's own commands, against simulated servers. The ledger is the judge."""

from __future__ import annotations

import re
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.testing import RunningSimulator, running_simulator
from tests.helpers.documents import blocks as page_blocks
from tests.integration.fleets import CURSOR, PASSWORD, USER, fleet, marketing, small_fleet
from tests.integration.inventories import TEMPLATE, Inventory, judge_own_groups, judge_templates
from tests.integration.test_examples import blocks

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def inventory(fleet: RunningSimulator, tmp_path: Path) -> Inventory:
    """The small fleet."""
    return Inventory(tmp_path, dict(fleet.instances))


# -- the output --------------------------------------------------------------------------------------------------------


def test_hosts_are_grouped_by_verdict_role_version_and_mid_and_linked(inventory: Inventory) -> None:
    data = inventory.data()
    groups = {name: set(group.get("hosts", ())) for name, group in data.items() if name != "_meta"}
    assert groups["campaign_verdict_stuck"] == {"stuck", "ignoring"}
    assert groups["campaign_verdict_healthy"] == {"healthy"}
    assert groups["campaign_verdict_unreachable"] == {"down"}
    assert groups["campaign_marketing"] == groups["campaign_uses_mid"] == {"healthy", "stuck", "ignoring", "refused"}
    assert groups["campaign_mid"] == {"mid"}
    assert groups["campaign_role_unknown"] == {"down"}
    assert "down" not in groups["campaign_version_7_4_3"] and "mid" in groups["campaign_version_7_4_3"]
    assert set(data["campaign"]["children"]) == set(groups) - {"all", "campaign"}
    hosts = data["_meta"]["hostvars"]
    assert hosts["stuck"]["campaign_mids"] == ["mid"]
    assert hosts["mid"]["campaign_used_by"] == ["healthy", "ignoring", "refused", "stuck"]
    (cursor,) = [one for one in hosts["stuck"]["campaign_cursors"] if one["option"] == CURSOR]
    assert (cursor["verdict"], cursor["account"]) == ("stuck", "defaultEmailMid")
    assert "down" in hosts["down"]["campaign_reason"]


def test_a_sweep_is_one_logon_four_queries_and_one_logoff_an_instance_whatever_it_holds(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    many = {f"{CURSOR}{number}": {"type": "datetime", "age": "5m"} for number in range(40)}
    running = serve(
        fleet({"one": marketing(cursor={"age": "5m"}), "many": marketing(cursor={"age": "5m"}, options=many)})
    )
    running.clear_ledger()
    found = Inventory(tmp_path, dict(running.instances)).hosts()
    assert len(found["many"]["campaign_cursors"]) > 40
    for name in running.instances:
        calls = Counter(call["call"] for call in running.ledger(name))
        assert calls["xtk:session#Logon"] == calls["xtk:session#Logoff"] == 1
        assert set(calls) == {"xtk:session#Logon", "xtk:session#Logoff", "xtk:queryDef#ExecuteQuery"}
        assert 1 <= calls["xtk:queryDef#ExecuteQuery"] <= 4
    assert Counter(call["call"] for call in running.ledger("many"))["xtk:queryDef#ExecuteQuery"] == 4
    assert not running.sessions()


def test_processes_that_share_a_sweep_keep_the_budget_and_find_the_same(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    many = {f"mkt{number}": marketing(cursor={"age": f"{number}m"}) for number in range(159)}
    running = serve(fleet(many, warm_up="0s"))
    found = {}
    for processes in (1, 3):
        running.clear_ledger()
        inventory = Inventory(tmp_path, {})
        inventory.write(dict(running.instances), processes=processes)
        found[processes] = inventory.hosts()
        calls = Counter(call["call"] for call in running.ledger())
        assert calls["xtk:session#Logon"] == calls["xtk:session#Logoff"] == 160
        assert not running.sessions()
    for name, variables in found[1].items():
        assert variables["campaign_verdict"] != "unreachable", variables["campaign_reason"]
        same = ("campaign_verdict", "campaign_mids", "campaign_used_by")
        assert {key: variables[key] for key in same} == {key: found[3][name][key] for key in same}
        # The second sweep comes a little later, which the ages show, also in words.
        for first, second in zip(variables["campaign_cursors"], found[3][name]["campaign_cursors"], strict=True):
            assert abs(second.pop("age_seconds") - first.pop("age_seconds")) <= 5
            for cursor in (first, second):
                cursor["reason"] = re.sub(r"(\d+[dhms] )+ago", "ago", cursor["reason"])
            assert first == second


def test_users_own_groups_and_variables_are_made(inventory: Inventory) -> None:
    inventory.write(
        [
            {
                "name": "stuck",
                "url": yaml.safe_load(inventory.file.read_text())["instances"][2]["url"],
                "vars": {"site": "oslo"},
            }
        ],
        compose={"worst": "campaign_cursors | map(attribute='age_seconds') | select('number') | max"},
        keyed_groups=[{"key": "site", "prefix": "site"}],
        groups={"worth_a_look": "campaign_verdict == 'stuck'"},
        strict=True,
    )
    data = inventory.data()
    assert data["_meta"]["hostvars"]["stuck"]["worst"] > 2000 * 86400
    assert data["site_oslo"]["hosts"] == data["worth_a_look"]["hosts"] == ["stuck"]


@pytest.mark.parametrize("strict", [False, True])
def test_no_value_of_a_variable_costs_a_host_or_its_groups(tmp_path: Path, strict: bool) -> None:
    judge_own_groups(tmp_path, Path(sys.executable).parent, strict=strict)


def test_a_source_whose_own_groups_fail_ends_the_command_where_ansible_is_told_so(tmp_path: Path) -> None:
    row = {"name": "one", "url": "http://127.0.0.1:9/one"}
    inventory = Inventory(tmp_path)
    inventory.write([row], strict=True, groups={"broken": "nobody_knows.x"})
    inventory.environment["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "1"
    done = inventory.run("--list")
    assert done.returncode != 0
    said = " ".join(done.stderr.split())
    assert "groups.broken for one: " in said and "Every host is there; it may lack these." in said


def test_a_directory_of_lists_is_one_inventory(inventory: Inventory, fleet: RunningSimulator) -> None:
    folder = inventory.work / "instances.d"
    folder.mkdir()
    for name in ("healthy", "mid"):
        row = {"name": name, "url": fleet.instances[name], "vars": {"shown": "{{ 6 * 7 }}"}}
        (folder / f"{name}.yml").write_text(yaml.safe_dump([row]), encoding="utf-8")
    inventory.write(instances_from=["instances.d"])
    assert set(inventory.hosts()) == {"healthy", "mid"}
    done = inventory.run("all", "-m", "ansible.builtin.debug", "-a", "msg={{ shown }}", command="ansible")
    assert done.stdout.count("42") == 2, "the user's own templates are templates"


# -- errors ------------------------------------------------------------------------------------------------------------


def test_what_a_server_says_is_never_run_as_a_template(serve: Callable[..., RunningSimulator], tmp_path: Path) -> None:
    judge_templates(serve, tmp_path, Path(sys.executable).parent)


def test_two_of_one_name_or_one_url_are_refused_before_anything_is_read(
    inventory: Inventory, fleet: RunningSimulator
) -> None:
    fleet.clear_ledger()
    url = fleet.instances["stuck"]
    inventory.write([{"name": "a", "url": url}, {"name": "a", "url": fleet.instances["mid"]}])
    assert "There are two instances with the name a" in inventory.error()
    inventory.write([{"name": "a", "url": url}, {"name": "b", "url": f"{url}/nl/jsp/soaprouter.jsp"}])
    assert re.search(r"a \(in .*\) and b \(in .*\) have the same address", inventory.error())
    assert fleet.ledger() == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_age": "soon"}, "max_age"),
        ({"concurrency": 0}, "concurrency must be more than 0"),
        ({"instances_from": ["nowhere"]}, "There is no file or directory"),
        ({"instances": [{"name": "a", "url": "http://a", "password": "canary-77"}]}, "holds password"),
        ({"instances": []}, "names no instance"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_an_option_that_cannot_be_right_is_one_sentence(
    options: dict[str, Any], words: str, inventory: Inventory
) -> None:
    inventory.write(**{"instances": [{"name": "a", "url": "http://127.0.0.1:1"}], **options})
    message = inventory.error()
    assert words in message
    assert "canary-77" not in message


def test_without_credentials_every_host_is_there_and_says_why(inventory: Inventory, fleet: RunningSimulator) -> None:
    inventory.environment = {}
    fleet.clear_ledger()
    hosts = inventory.hosts()
    assert len(hosts) == len(fleet.instances)
    assert all("credentials are not complete" in host["campaign_reason"] for host in hosts.values())
    assert fleet.ledger() == []


def test_credentials_come_from_the_credentials_file(inventory: Inventory) -> None:
    file = inventory.work / "credentials.yml"
    content = {"default": {"user": USER, "password": "wrong"}, "instances": {"stuck": {"password": PASSWORD}}}
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    file.chmod(0o600)
    inventory.environment = {"CAMPAIGN_CREDENTIALS_FILE": str(file)}
    hosts = inventory.hosts()
    assert (hosts["stuck"]["campaign_verdict"], hosts["healthy"]["campaign_verdict"]) == ("stuck", "denied")


def test_an_instance_that_hangs_in_the_middle_is_left_in_time_and_logged_off(
    inventory: Inventory, fleet: RunningSimulator
) -> None:
    fleet.fault("delay", instance="stuck", method="xtk:queryDef#ExecuteQuery", seconds=60)
    inventory.write(dict(fleet.instances), instance_timeout=1.5)
    hosts = inventory.hosts()
    assert hosts["stuck"]["campaign_verdict"] == "unreachable"
    assert "did not answer within" in hosts["stuck"]["campaign_reason"]
    assert hosts["healthy"]["campaign_verdict"] == "healthy"
    assert [call["call"] for call in fleet.ledger("stuck")].count("xtk:session#Logoff") == 1
    assert not fleet.sessions("stuck")


@pytest.fixture
def tar_pit() -> Iterator[tuple[int, list[socket.socket]]]:
    """A server that accepts every connection and never says a word."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    held: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                held.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield listener.getsockname()[1], held
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)
    for connection in held:
        connection.close()


def test_a_thousand_hanging_instances_end_at_the_deadline_and_the_forks_after_them_work(
    tar_pit: tuple[int, list[socket.socket]], inventory: Inventory, fleet: RunningSimulator
) -> None:
    port, held = tar_pit
    hanging = {f"h{number}": f"http://127.0.0.1:{port}/h{number}" for number in range(1000)}
    inventory.write({"healthy": fleet.instances["healthy"], **hanging}, deadline=3, instance_timeout=2, concurrency=16)
    done = inventory.run("h1,healthy", "-m", "ansible.builtin.debug", "-a", "var=campaign_reason", command="ansible")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "did not answer within" in done.stdout
    assert "1000 of 1001 Campaign instances could not be read (h0, h1, h2 and 997 more)" in " ".join(
        done.stderr.split()
    )
    # Two rounds of sixteen at most, of which no connection was made a second time.
    assert 16 <= len(held) <= 48


# -- the cache ---------------------------------------------------------------------------------------------------------


def test_a_cached_verdict_costs_nothing_says_its_age_and_can_be_renewed(
    inventory: Inventory, fleet: RunningSimulator
) -> None:
    cache = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(inventory.work / "cache"),
    }
    inventory.write(dict(fleet.instances), **cache)
    fresh = inventory.hosts()
    assert fresh["stuck"]["campaign_cached"] is False
    fleet.clear_ledger()
    (kept,) = [path for path in (inventory.work / "cache").iterdir() if path.is_file()]
    text = kept.read_text(encoding="utf-8")
    assert PASSWORD not in text
    kept.write_text(re.sub(r"(observed_at\W+)2\d\d\d", r"\g<1>2001", text), encoding="utf-8")
    cached = inventory.hosts()
    assert fleet.ledger() == []
    assert (cached["stuck"]["campaign_cached"], cached["stuck"]["campaign_verdict"]) == (True, "stuck")
    assert cached["stuck"]["campaign_observed_at"].startswith("2001")
    assert cached["stuck"]["campaign_observed_age_seconds"] > 20 * 365 * 86400
    assert inventory.hosts("--flush-cache")["stuck"]["campaign_cached"] is False
    inventory.write({"stuck": fleet.instances["stuck"]}, **cache)
    assert inventory.hosts()["stuck"]["campaign_cached"] is False, "another list is another question"


def test_corrected_connection_in_the_list_is_read_again_and_is_not_in_the_cache(
    inventory: Inventory, fleet: RunningSimulator
) -> None:
    cache = inventory.work / "cache"
    options = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(cache)}
    row = {"name": "healthy", "url": fleet.instances["healthy"]}
    inventory.write([{**row, "user": "misspelt-user"}], **options)
    assert inventory.hosts()["healthy"]["campaign_verdict"] == "denied"
    assert inventory.hosts()["healthy"]["campaign_cached"] is True
    assert not [path for path in cache.iterdir() if "misspelt-user" in path.read_text(encoding="utf-8")]
    for corrected in ({"user": USER}, {"user": USER, "timeout": 20}, {"user": USER, "validate_certs": False}):
        inventory.write([{**row, **corrected}], **options)
        seen = inventory.hosts()["healthy"]
        assert (seen["campaign_verdict"], seen["campaign_cached"]) == ("healthy", False)


def test_cached_words_of_a_server_are_no_templates_either(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    running = serve(fleet({"bad": marketing(cursor={"age": "5m"}, release=TEMPLATE)}))
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    made = Inventory(tmp_path, {"bad": running.instances["bad"]}, **cache)
    made.hosts()
    done = made.run("all", "-m", "ansible.builtin.debug", "-a", "var=campaign_version", command="ansible")
    assert TEMPLATE in done.stdout
    assert made.hosts()["bad"]["campaign_cached"] is True
    assert not list(tmp_path.rglob("executed"))


# -- the documentation -------------------------------------------------------------------------------------------------


def test_every_example_of_the_documentation_runs(fleet: RunningSimulator, tmp_path: Path) -> None:
    text = blocks(ROOT / "plugins/inventory/instances.py")["EXAMPLES"]
    urls = {"paris": "stuck", "oslo": "healthy", "mid-eu": "mid"}
    for name, instance in urls.items():
        text = text.replace(f"https://{name}.campaign.example.com", fleet.instances[instance])
    folder = tmp_path / "instances.d"
    folder.mkdir()
    row = {"name": "mkt-rome", "url": fleet.instances["refused"], "vars": {"site": "rome"}}
    (folder / "team.yml").write_text(yaml.safe_dump([row]), encoding="utf-8")
    begin, left_out, _rest = text.partition("\n# What follows may be left out")
    assert left_out
    assert Inventory(tmp_path, **yaml.safe_load(begin)).data()["campaign_mid"]["hosts"] == ["mid-eu"]
    data = Inventory(tmp_path, **yaml.safe_load(text)).data()
    assert data["campaign_mid"]["hosts"] == ["mid-eu"] and data["site_rome"]["hosts"] == ["mkt-rome"]
    assert data["worth_a_look"]["hosts"] == ["mkt-paris", "mkt-rome"]
    assert data["_meta"]["hostvars"]["mkt-rome"]["oldest_cursor"] > 0


def test_the_example_to_copy_is_what_ansible_accepts(tmp_path: Path) -> None:
    made = Inventory(tmp_path)
    text = (ROOT / "examples/inventory/campaign.instances.yml").read_text(encoding="utf-8")
    made.file.write_text(text.replace("https://", "http://127.0.0.1:1/"), encoding="utf-8")
    data = made.data()
    assert set(data["campaign_verdict_unreachable"]["hosts"]) == {"mkt-paris", "mkt-oslo", "mid-eu"}
    assert data["site_oslo"]["hosts"] == ["mkt-oslo"]


def test_the_documented_host_variables_are_those_that_are_set(inventory: Inventory) -> None:
    text = blocks(ROOT / "plugins/inventory/instances.py")["DOCUMENTATION"]
    documented = set(re.findall(r"C\((campaign_\w+)\)", text))
    found = {name for name in inventory.hosts()["stuck"] if name.startswith("campaign_")}
    assert found <= documented


def test_the_graph_in_the_guide_is_what_the_demo_fleet_gives(tmp_path: Path) -> None:
    guide = page_blocks(ROOT / "docs/docsite/rst/fleet_guide.rst")
    (shown,) = (one.text for one in guide if one.text.startswith("@all:"))
    with running_simulator(ROOT / "examples/demo/fleet.yml") as running:
        made = Inventory(tmp_path)
        text = (ROOT / "examples/demo/demo.instances.yml").read_text(encoding="utf-8")
        made.file.write_text(text.replace("http://127.0.0.1:8080", running.url), encoding="utf-8")
        made.environment = {"CAMPAIGN_USER": "ops", "CAMPAIGN_PASSWORD": "demo-ops"}
        done = made.run("--graph")
        assert not running.sessions()
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == shown.strip()


def test_the_small_fleet_has_an_instance_of_each_kind() -> None:
    assert {"healthy", "stuck", "ignoring", "refused", "down", "mid"} == set(small_fleet()["instances"])
