# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of the event source, run by its path as ansible-rulebook runs it, and the rulebooks beside it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import runpy
import shutil
import signal
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.plugin_utils._watch.state_file import StateFile
from tools.environment import ROOT

EDA = ROOT / "extensions/eda"
FILE = "ansible_collections/campaign/classic/extensions/eda/plugins/event_source/cursor_watch.py"


def installed() -> str:
    """The source in the collections path of the tests, which may be a link."""
    return next(str(Path(place, FILE)) for place in sys.path if Path(place, FILE).exists())


@pytest.fixture
def source() -> dict[str, Any]:
    return runpy.run_path(installed())


def test_it_is_found_where_another_collection_has_left_a_package_named_plugins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "plugins", types.ModuleType("plugins"))
    assert callable(runpy.run_path(installed())["main"])


def test_it_is_found_beside_an_ansible_collections_that_is_a_package(tmp_path: Path) -> None:
    # As where the package ansible is installed: it would hide every other place of collections.
    package = tmp_path / "site" / "ansible_collections"
    package.mkdir(parents=True)
    package.joinpath("__init__.py").touch()
    code = (
        "import runpy, sys\n"
        "sys.path[:] = [sys.argv[2], *(one for one in sys.path if not one.startswith(sys.argv[3]))]\n"
        "print(callable(runpy.run_path(sys.argv[1])['main']))\n"
    )
    command = [sys.executable, "-c", code, installed(), str(package.parent), str(ROOT / ".build/collections")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_copy_outside_a_collection_says_what_it_needs(tmp_path: Path) -> None:
    copy = tmp_path / "a/b/c/d/e/f/g/cursor_watch.py"
    copy.parent.mkdir(parents=True)
    shutil.copy(installed(), copy)
    with pytest.raises(RuntimeError, match="is in no installed collection"):
        runpy.run_path(str(copy))


async def started(source: dict[str, Any], tmp_path: Path, **more: Any) -> tuple[asyncio.Task[None], Any]:
    """The source with an instance that does not answer, and its queue with one event."""
    queue: asyncio.Queue[Any] = asyncio.Queue(1)
    instances = [{"name": "down", "url": "http://127.0.0.1:1"}]
    arguments = {"instances": instances, "state_file": str(tmp_path / "state.json"), **more}
    task = asyncio.create_task(source["main"](queue, arguments))
    return task, queue


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_an_event_stays_on_disk_until_the_rule_engine_has_taken_it(
    source: dict[str, Any], tmp_path: Path
) -> None:
    state = tmp_path / "state.json"
    feedback: asyncio.Queue[Any] = asyncio.Queue(1)
    more = {"feedback": True, "eda_feedback_queue": feedback}
    task, queue = await started(source, tmp_path, **more)
    first = await asyncio.wait_for(queue.get(), 60)
    await end(task)
    assert first["campaign"]["verdict"] in ("unreachable", "misconfigured")
    assert first["campaign"]["id"] in str(yaml.safe_load(state.read_text())["waiting"])
    task, queue = await started(source, tmp_path, **more)
    assert await asyncio.wait_for(queue.get(), 60) == first
    await feedback.put(first)
    while yaml.safe_load(state.read_text())["waiting"]:
        await asyncio.sleep(0)
    await end(task)


async def test_a_second_source_with_the_same_state_is_refused_and_the_file_is_free_after_a_cancel(
    source: dict[str, Any], tmp_path: Path
) -> None:
    task, queue = await started(source, tmp_path)
    await asyncio.wait_for(queue.get(), 60)
    second, _queue = await started(source, tmp_path)
    with pytest.raises(Exception, match="Another source uses"):
        await asyncio.wait_for(second, 60)
    await end(task)
    StateFile(str(tmp_path / "state.json")).close()


async def test_a_wrong_list_ends_it_before_anything_is_asked(source: dict[str, Any], tmp_path: Path) -> None:
    listed = tmp_path / "list.yml"
    for text, told in (("- {name: a}", "a in "), ("- !vault x", "has a value with a tag"), ("- {", "is not YAML")):
        listed.write_text(text, encoding="utf-8")
        task, _queue = await started(source, tmp_path, instances=[], instances_from=[str(listed)])
        with pytest.raises(Exception, match=told):
            await asyncio.wait_for(task, 60)


def test_the_handlers_of_ansible_rulebook_are_those_that_the_system_knows(
    source: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: mine.append(number))
    put: list[int] = []
    known = signal.signal
    try:
        monkeypatch.setattr(signal, "signal", lambda number, handler: put.append(number) or known(number, handler))
        source["_keep_signals"]()
    finally:
        known(signal.SIGTERM, before)
    assert signal.SIGTERM in put


def test_every_variable_of_a_rulebook_is_in_the_example_and_none_else() -> None:
    example = yaml.safe_load((ROOT / "examples/eda/variables.yml").read_text(encoding="utf-8"))
    used = {name for path in EDA.glob("rulebooks/*.yml") for name in re.findall(r"watch_\w+", _without_comments(path))}
    assert used - {"watch_failed"} == set(example)


def _without_comments(path: Path) -> str:
    return str(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_meta_names_the_folder_of_the_event_source() -> None:
    meta = yaml.safe_load((ROOT / "meta/extensions.yml").read_text(encoding="utf-8"))
    assert [one["args"]["ext_dir"] for one in meta["extensions"]] == ["eda/plugins/event_source"]
