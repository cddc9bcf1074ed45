# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EXAMPLES of every plugin, run unchanged except for the server's name; RETURN compared with the results."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.testing import RunningSimulator
from tests.integration.fleets import PASSWORD
from tests.integration.runner import Ansible

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
#: The instance of the fleet for which an example is written; the others suit any.
HOSTS = {"sync_cursor": "stuck", "sync_cursor_info": "stuck"}
#: The keys that Ansible itself adds to a result.
ANSIBLE_KEYS = {
    "changed",
    "failed",
    "invocation",
    "diff",
    "msg",
    "warnings",
    "deprecations",
    "skipped",
    "results",
    "ansible_loop_var",
    "item",
    "_ansible_no_log",
    "_ansible_verbose_always",
    "skip_reason",
}


def blocks(path: Path) -> dict[str, str]:
    """The documentation blocks of a plugin file, without importing it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }


MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("module", MODULES)
def test_examples_run_and_return_what_is_documented(module: str, ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.per_call(2)
    host = HOSTS.get(module, "healthy")
    documentation = blocks(PLUGINS / "modules" / f"{module}.py")
    tasks = yaml.safe_load(documentation["EXAMPLES"].replace("https://campaign.example.com", fleet.instances[host]))
    for number, task in enumerate(tasks):
        own = f"campaign.classic.{module}" in task
        task["name"] = f"{number} {'own' if own else 'other'}"
    done = ansible.play(tasks, "-e", f"campaign_password={PASSWORD}", hosts=host)
    assert done.status == 0, done.output
    documented = yaml.safe_load(documentation["RETURN"])
    returned = [line["result"] for line in done.tasks if line["task"].endswith(" own")]
    assert returned, "no example uses the module itself"
    for result in returned:
        for one in result.get("results", [result]):
            assert_documented(one, documented)


def assert_documented(result: dict[str, Any], documented: dict[str, Any]) -> None:
    """Every returned key is documented, and every key documented as always returned was returned."""
    if "censored" in result:
        return  # a hidden result cannot be compared
    unknown = set(result) - set(documented) - ANSIBLE_KEYS
    assert not unknown, f"not documented: {unknown}"
    for key, entry in documented.items():
        if entry["returned"] in ("always", "success"):
            assert key in result, f"documented as {entry['returned']} and not there: {key}"
        if key in result and isinstance(result[key], list) and "contains" in entry:
            for row in result[key]:
                assert set(row) <= set(entry["contains"]), set(row)


def test_examples_of_filters_tests_and_lookups_run(ansible: Ansible) -> None:
    paths = [path for kind in ("filter", "test", "lookup") for path in sorted((PLUGINS / kind).glob("*.py"))]
    tasks = [task for path in paths for task in yaml.safe_load(blocks(path)["EXAMPLES"])]
    assert len(tasks) >= len(paths)
    done = ansible.play(tasks, hosts="healthy")
    assert done.status == 0, done.output


#: Where the examples of other plugins are run: the test, and what it reads them from.
RUN_BY = {
    "inventory/instances.py": ("tests/integration/test_inventory.py", '"plugins/inventory/instances.py")["EXAMPLES"]'),
    "event_source/cursor_watch.py": ("tests/eda/test_examples.py", 'blocks(SOURCE)["EXAMPLES"]'),
}


def test_every_examples_block_of_the_collection_is_run() -> None:
    root = PLUGINS.parent
    paths = [*PLUGINS.rglob("*.py"), *(root / "extensions").rglob("*.py")]
    found = {path.relative_to(path.parents[1]).as_posix() for path in paths if "EXAMPLES" in blocks(path)}
    here = {name for name in found if name.split("/")[0] in ("modules", "filter", "test", "lookup")}
    assert found - here == set(RUN_BY)
    for test, words in RUN_BY.values():
        assert words in (root / test).read_text(encoding="utf-8"), test
