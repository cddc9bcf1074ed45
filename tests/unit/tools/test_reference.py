# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables in the guides are those of the code, and what the documentation's tools print is judged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.campaign.classic.plugins.doc_fragments.connection import ModuleDocFragment
from ansible_collections.campaign.classic.plugins.module_utils._client.connect import ENVIRONMENT
from tools import docs, reference

ROOT = Path(__file__).resolve().parents[3]
TROUBLE = ROOT / "docs/docsite/rst/troubleshooting_guide.rst"


def test_the_tables_in_the_guides_are_as_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main([]) == 0, capsys.readouterr().out


def test_a_table_that_is_old_is_named_and_one_without_a_place_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guide = tmp_path / reference.GUIDES / "one.rst"
    guide.parent.mkdir(parents=True)
    guide.write_text(".. begin codes\n\nold\n\n.. end codes\n", encoding="utf-8")
    assert reference.main([], tmp_path) == 1
    told = capsys.readouterr().out
    assert "one.rst: a table is not as the code says" in told
    assert "No guide has a place for the table 'connection'." in told
    reference.main(["--write"], tmp_path)
    assert reference.codes() in guide.read_text(encoding="utf-8")


def test_a_variable_has_its_type_default_choices_and_words_as_rst(tmp_path: Path) -> None:
    specs = tmp_path / "roles/one/meta/argument_specs.yml"
    specs.parent.mkdir(parents=True)
    specs.write_text(
        "argument_specs: {main: {options: {"
        "one_a: {type: list, elements: str, default: [x], description: 'See O(b), c_* and *.'},"
        " one_b: {choices: [x, y], required: true, description: [Which.]}, campaign_url: {description: No.}}}}",
        encoding="utf-8",
    )
    table = reference.variables("one", tmp_path)
    assert '- list of str\n     - ``["x"]``\n     - See ``b``, ``c_*`` and ``*``.\n' in table
    assert "- required str\n     -\n     - Which.\n       One of ``x``, ``y``.\n" in table
    assert "campaign_url" not in table


def test_documentation_of_each_option_names_its_variable_and_its_environment() -> None:
    for option, variable in ENVIRONMENT.items():
        assert f"C(campaign_{option})" in ModuleDocFragment.DOCUMENTATION
        assert f"E({variable})" in ModuleDocFragment.DOCUMENTATION


#: Ansible itself says these.
OF_ANSIBLE = (
    "Cannot resolve 'campaign.classic",
    "' to an action or module",
    "Could not match supplied host pattern, ignoring",
    "couldn't resolve module/action 'campaign.classic",
    "the playbook: campaign.classic.detect could not be found",
)


def test_every_message_of_the_guide_is_one_that_the_code_can_say() -> None:
    section = TROUBLE.read_text(encoding="utf-8").split("\nBy message\n", 1)[1].split("\nBy error code\n", 1)[0]
    rows = re.findall(r"^   \* - (.*)$", section, re.MULTILINE)[1:]
    folders = ("plugins", "roles", "playbooks")
    files = [path for name in folders for path in (ROOT / name).rglob("*") if path.suffix in (".py", ".yml")]
    code = "".join(path.read_text(encoding="utf-8") for path in files)
    # A sentence may go on in the next line of the source.
    said = re.sub(r"[\"']\s+f?[\"']", "", code)
    parts = [part for row in rows for text in re.findall(r"``(.+?)``", row) for part in text.split("...")]
    wrong = [part for part in parts if part.strip(" .'") not in said and not part.startswith(OF_ANSIBLE)]
    assert len(parts) > 15
    assert wrong == []


@pytest.mark.parametrize(
    ("output", "problems"),
    [
        ("build succeeded.", []),
        (
            "a.rst:3: WARNING: undefined label: 'nowhere' [ref.ref]",
            ["a.rst:3: WARNING: undefined label: 'nowhere' [ref.ref]"],
        ),
        ("WARNING: failed to reach any of the inventories\na.rst:3: WARNING: undefined label: 'action_plugins'", []),
        (
            "WARNING: failed to reach any of the inventories\n"
            "WARNING: undefined label: 'ansible_collections.campaign.classic.docsite.x'",
            ["WARNING: undefined label: 'ansible_collections.campaign.classic.docsite.x'"],
        ),
        ("x\nERROR: sphinx ended with 2", ["ERROR: sphinx ended with 2"]),
    ],
)
def test_warnings_about_our_pages_count_and_lists_that_cannot_be_fetched_do_not(
    output: str, problems: list[str]
) -> None:
    assert docs.own_problems(output) == problems
