# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The side outputs of a run are checked before anything is written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader

from ansible_collections.campaign.classic.plugins.plugin_utils._playbook.side_outputs import unusable_tasks, unwritable
from tests.helpers.older_ansible import builtin_collection

NAME = "mid_sourcing_notify_tasks"


@pytest.fixture(autouse=True)
def builtin(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in ansible-playbook, the only place where the tasks of others are checked."""
    for name, module in builtin_collection().items():
        monkeypatch.setitem(sys.modules, name, module)


def problems(folder: Path, text: str, **more: str) -> list[str]:
    """What is wrong with a file of tasks that lies beside others."""
    for name, content in {"notify": text, **more}.items():
        (folder / f"{name}.yml").write_text(content, encoding="utf-8")
    return unusable_tasks(str(folder / "notify.yml"), NAME, DataLoader())


@pytest.mark.parametrize(
    "text",
    [
        "- debug: {msg: a}\n",
        "- ansible.builtin.include_tasks: more.yml\n",
        "- ansible.builtin.import_tasks: more.yml\n",
        "- ansible.builtin.include_tasks: '{{ anything }}.yml'\n",
        "- block:\n  - debug: {}\n  always:\n  - ansible.builtin.include_tasks: {file: more.yml}\n",
        "- ansible.builtin.include_tasks: notify.yml\n  when: again | default(false)\n",
        "- ansible.builtin.meta: flush_handlers\n",
        "- set_fact: {told: '{{ mid_sourcing_report }}', mid_sourcing_desk_of_ours: 1}\n  register: mine\n",
    ],
)
def test_tasks_that_can_be_run_are_let_pass(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text, more="- debug: {msg: b}\n") == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- name: [\n", "cannot be used"),
        ("- no_such_module_at_all: {}\n", "no_such_module_at_all"),
        ("- block:\n  - no_such_module_at_all: {}\n", "no_such_module_at_all"),
        ("- debug: {}\n  rescue: []\n  bogus: 1\n", "cannot be used"),
        ("- just a text\n", "cannot be used"),
        ("", "there is no task in it"),
        ("---\n[]\n", "there is no task in it"),
        ("a: b\n", "it must be a list of tasks"),
        ("- ansible.builtin.include_tasks: nowhere.yml\n", "nowhere.yml does not exist"),
        ("- ansible.builtin.import_tasks: nowhere.yml\n", "nowhere.yml"),
        ("- ansible.builtin.include_tasks: wrong.yml\n", "wrong.yml cannot be used"),
        ("- ansible.builtin.include_tasks: middle.yml\n", "wrong.yml cannot be used"),
        ("- ansible.builtin.import_tasks: wrong.yml\n", "cannot be used"),
        ("- ansible.builtin.import_role: {name: no_such_role_at_all}\n", "no_such_role_at_all"),
        ("- block:\n  - debug: {}\n  rescue:\n  - ansible.builtin.meta: end_play\n", "end_play"),
        ("- meta: end_host\n", "end_host"),
        # Each of these ends ansible-playbook itself.
        ("- meta: no_such_action\n", "no_such_action"),
        ("- debug: {}\n  notify: tell\n", "it notifies tell"),
        ("- block:\n  - debug: {}\n  notify: [tell, mail]\n", "it notifies tell, mail"),
        ("- ansible.builtin.include_tasks: notify.yml\n", "includes itself"),
        ("- ansible.builtin.import_tasks: notify.yml\n", "imports itself"),
        ("- 3: 4\n", "cannot be used"),
        # Each of these would change what the run says, or does.
        ("- set_fact: {mid_sourcing_report: {failures: []}}\n", "it sets mid_sourcing_report,"),
        ("- set_fact: mid_sourcing_fail_on=[]\n", "it sets mid_sourcing_fail_on,"),
        ("- block:\n  - debug: {}\n    register: mid_sourcing_fleet\n", "it sets mid_sourcing_fleet,"),
        ("- set_fact: {__mid_sourcing_warnings: []}\n", "it sets __mid_sourcing_warnings,"),
        ("- set_stats: {data: {mid_sourcing_outcome: {}}}\n", "it sets mid_sourcing_outcome,"),
        ("- set_fact: {mid_sourcing_change: {approved: true}}\n", "it sets mid_sourcing_change,"),
    ],
)
def test_tasks_that_cannot_be_run_are_named_with_the_reason(tmp_path: Path, text: str, why: str) -> None:
    found = problems(tmp_path, text, wrong="- name: [\n", middle="- ansible.builtin.include_tasks: wrong.yml\n")
    assert len(found) == 1 and found[0].startswith(f"{NAME}: ") and why in found[0]
    assert "\n" not in found[0]


def test_name_that_is_a_template_is_followed_as_far_as_it_is_known(tmp_path: Path) -> None:
    def template(text: str) -> str:
        if "unknown" in text:
            raise AnsibleError("'unknown' is undefined")
        return text.replace("{{ channel }}", "wrong")

    def seen(name: str) -> list[str]:
        problems(tmp_path, f"- ansible.builtin.include_tasks: '{name}'\n", wrong="- name: [\n")
        return unusable_tasks(str(tmp_path / "notify.yml"), NAME, DataLoader(), template)

    assert "wrong.yml cannot be used" in seen("{{ channel }}.yml")[0]
    assert seen("{{ unknown }}.yml") == seen("{{ channel }}-elsewhere.yml") == []


def test_file_that_is_not_there_or_is_none_or_belongs_to_others(tmp_path: Path) -> None:
    assert "does not exist" in unusable_tasks(str(tmp_path / "notify.yml"), NAME, DataLoader())[0]
    assert "is no file" in unusable_tasks(str(tmp_path), NAME, DataLoader())[0]
    assert unusable_tasks(" ", NAME, DataLoader()) == []
    more = tmp_path / "more.yml"
    assert problems(tmp_path, "- ansible.builtin.include_tasks: more.yml\n", more="- debug: {}\n") == []
    for text in ("include_tasks", "import_tasks"):
        more.chmod(0o666)
        found = unusable_tasks(str(tmp_path / "notify.yml"), NAME, DataLoader())
        assert len(found) == 1 and str(more) in found[0], text
        (tmp_path / "notify.yml").write_text("- ansible.builtin.import_tasks: more.yml\n", encoding="utf-8")


def test_report_needs_a_directory_that_is_there(tmp_path: Path) -> None:
    what = "mid_sourcing_report_file"
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert (
        unwritable("", what) == unwritable(str(tmp_path / "r.json"), what) == unwritable(str(tmp_path / "file"), what)
    )
    (tmp_path / "link").symlink_to(tmp_path / "nowhere/r.json")
    for place, why in {
        "": "is a directory",
        "new/": "is a directory",
        "link": "nowhere does not exist",
        "nowhere/r.json": "nowhere does not exist",
        "file/r.json": "file is no directory",
    }.items():
        found = unwritable(f"{tmp_path}/{place}", what)
        assert len(found) == 1 and found[0].startswith(f"{what}: ") and why in found[0]


@pytest.mark.parametrize("name", ["a" * 300, "a\0b"])
def test_name_that_no_file_can_have_is_told_as_any_other(tmp_path: Path, name: str) -> None:
    place = f"{tmp_path}/{name}"
    for found in (unwritable(place, "mid_sourcing_report_file"), unusable_tasks(place, NAME, DataLoader())):
        assert len(found) == 1 and found[0].startswith("mid_sourcing_")


def test_the_one_answer_that_is_asked_for_may_be_set(tmp_path: Path) -> None:
    file = tmp_path / "change.yml"
    file.write_text("- set_fact: {mid_sourcing_change: {approved: true}}\n", encoding="utf-8")
    name = "mid_sourcing_change_tasks"
    assert unusable_tasks(str(file), name, DataLoader(), answer="mid_sourcing_change") == []
    file.write_text("- set_fact: {mid_sourcing_change: {}, mid_sourcing_max_hosts: 99}\n", encoding="utf-8")
    (found,) = unusable_tasks(str(file), name, DataLoader(), answer="mid_sourcing_change")
    assert "it sets mid_sourcing_max_hosts," in found
