# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kit against a recorder of the API of AWX. Without ``--full``, runs of minutes are left out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from .provide import Missing, awx_collection
from .recorder import TOKEN, Awx, serving

LIMIT = 500


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="the runs of minutes too (make controller-test)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = [item for item in items if item.get_closest_marker("full")]
    if config.getoption("--full", default=False):
        for item in left:
            item.add_marker(pytest.mark.timeout(LIMIT * 6))
        return
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


class Ended(NamedTuple):
    """How a playbook ended."""

    status: int
    output: str

    @property
    def message(self) -> str:
        """The message of the task that failed last."""
        said = [line for line in self.output.splitlines() if line.startswith("fatal: [localhost]: FAILED! => ")]
        return str(json.loads(said[-1].partition(" => ")[2])["msg"]) if said else ""

    @property
    def changed(self) -> int:
        recap = next(line for line in self.output.splitlines() if line.startswith("localhost ") and "changed=" in line)
        return int(recap.partition("changed=")[2].split()[0])


Play = Callable[..., Ended]


@pytest.fixture(scope="session")
def collection() -> Path:
    """The folder with awx.awx."""
    try:
        return awx_collection()
    except Missing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def awx() -> Iterator[Awx]:
    """An AWX of the tests of a file."""
    with serving(Awx()) as served:
        yield served


@pytest.fixture
def fresh() -> Iterator[Awx]:
    """An AWX of its own."""
    with serving(Awx()) as served:
        yield served


@pytest.fixture(scope="session")
def play(collection: Path) -> Play:
    """Run a playbook of the collection with some variables against an AWX."""

    def run(served: Awx, playbook: str, *arguments: str, environ: dict[str, str] | None = None, **given: Any) -> Ended:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            "ANSIBLE_COLLECTIONS_PATH": f"{os.environ['ANSIBLE_COLLECTIONS_PATH']}:{collection}",
            "ANSIBLE_INJECT_FACT_VARS": "false",
            "ANSIBLE_NOCOLOR": "1",
            # A run has some fifty tasks with a module.
            "ANSIBLE_PIPELINING": "true",
            "CONTROLLER_HOST": served.url,
            "CONTROLLER_OAUTH_TOKEN": TOKEN,
            **(environ or {}),
        }
        command = [str(Path(sys.executable).with_name("ansible-playbook")), f"campaign.classic.{playbook}"]
        command += [*arguments, "-e", json.dumps(given)]
        ended = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout)

    return run
