# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state on disk: whole, private, of one watch; damaged or foreign files are refused by name."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.content import UnusableFile
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._core.trust import UntrustedFile
from ansible_collections.campaign.classic.plugins.plugin_utils._watch.state_file import StateFile
from ansible_collections.campaign.classic.plugins.plugin_utils._watch.transitions import (
    Event,
    NewsRules,
    WatchState,
    after_sweep,
)

NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "of" / "watch.json"


@pytest.fixture
def store(path: Path) -> Iterator[StateFile]:
    store = StateFile(str(path))
    yield store
    store.close()


CURSOR = {"option": "o", "verdict": "stuck", "value": "2020"}
STUCK = {"verdict": "stuck", "reason": "hôte \udcff", "proposal": "", "cursors": [CURSOR]}


def full() -> WatchState:
    return after_sweep(WatchState("6f1d4c1e-0000-4000-8000-000000000000"), {"a": STUCK}, NOW, NewsRules())


def test_what_was_saved_is_loaded(store: StateFile) -> None:
    store.save(full())
    assert store.load() == full()
    store.save(full().delivered())
    assert store.load() == full().delivered()


def test_a_transition_keeps_its_id_after_a_restart(store: StateFile) -> None:
    [event] = full().waiting
    store.save(full().delivered())
    assert [one["campaign"]["id"] for one in reminded(store.load())] == [event["campaign"]["id"]]


def test_file_of_an_earlier_version_is_read_and_its_reminders_keep_their_id(store: StateFile, path: Path) -> None:
    known = {"verdict": "stuck", "culprits": ["o=2020"], "previous": "unknown", "number": 1, "reminders": 0}
    known |= {"since": "2026-11-28T20:00:00Z", "told": "2026-11-28T20:00:00Z"}
    watch = "6f1d4c1e-0000-4000-8000-000000000000"
    path.write_text(
        json.dumps({"format": "campaign.classic/watch/1", "watch": watch, "known": {"a": known}, "waiting": []})
    )
    assert [one["campaign"]["id"] for one in reminded(store.load())] == ["815b9891-66bf-5805-8b40-ac5150300adc"]


def reminded(state: WatchState) -> tuple[Event, ...]:
    """The reminders of a state whose instance is as it was."""
    return after_sweep(state, {"a": STUCK}, NOW + timedelta(hours=1), NewsRules(remind_after=60)).waiting


def test_a_new_watch_has_a_name_of_its_own(store: StateFile) -> None:
    assert store.load().watch != store.load().watch
    assert store.load().known == {}


def test_file_lock_and_new_directories_are_for_this_user_alone(store: StateFile, path: Path) -> None:
    store.save(full())
    assert {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {
        "watch.json": 0o600,
        "watch.json.lock": 0o600,
    }
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_crash_in_the_middle_of_a_write_leaves_the_old_state(
    store: StateFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(full())

    def crash(*_paths: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            store.save(full().delivered())
    assert store.load() == full()
    assert sorted(one.name for one in path.parent.iterdir()) == ["watch.json", "watch.json.lock"]


def test_a_second_source_cannot_use_the_same_file_until_the_first_has_ended(path: Path) -> None:
    first = StateFile(str(path))
    with pytest.raises(ValidationError, match=r"Another source uses the state of the watch .*watch\.json\."):
        StateFile(str(path))
    first.close()
    StateFile(str(path)).close()


def damaged() -> dict[str, str]:
    whole = {"format": "campaign.classic/watch/1", "watch": full().watch, "known": {}, "waiting": []}
    known = {"verdict": "stuck", "culprits": [], "previous": "unknown", "number": 1, "since": "", "reminders": 0}
    forms: dict[str, Any] = {
        "another format": {**whole, "format": "campaign.classic/watch/2"},
        "no format": {},
        "a list": [],
        "a number": 7,
        "no name": {**whole, "watch": "x"},
        "a time that is none": {**whole, "known": {"a": {**known, "told": "yesterday"}}},
        "a number as a text": {**whole, "known": {"a": {**known, "told": "2026-11-28T20:00:00Z", "number": "1"}}},
        "an event that is none": {**whole, "waiting": ["x"]},
        "no events": {**whole, "waiting": None},
    }
    cut = json.dumps(whole)[:-3]
    return {"nothing": "", "cut off": cut, "no text": "\0", **{name: json.dumps(form) for name, form in forms.items()}}


@pytest.mark.parametrize("how", damaged())
def test_a_damaged_or_foreign_file_is_refused_left_as_it_is_and_named(how: str, store: StateFile, path: Path) -> None:
    path.write_text(damaged()[how])
    with pytest.raises(UnusableFile) as caught:
        store.load()
    assert str(path) in caught.value.message
    assert f"mv {path} {path}.damaged" in caught.value.next_step
    assert path.read_text() == damaged()[how]


def test_a_file_that_others_can_have_written_is_refused(store: StateFile, path: Path) -> None:
    store.save(full())
    path.chmod(0o666)
    with pytest.raises(UntrustedFile, match="may be written by everybody"):
        store.load()
    path.chmod(0o600)
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")
    with pytest.raises(UntrustedFile, match="is a link"):
        store.load()
