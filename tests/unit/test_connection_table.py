# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's table of the connection's options is what the code goes by."""

from __future__ import annotations

from ansible_collections.campaign.classic.plugins.doc_fragments.connection import ModuleDocFragment
from ansible_collections.campaign.classic.plugins.module_utils._client.connect import ENVIRONMENT
from tests.helpers.connection_table import README, table, with_table


def test_readme_has_the_table_as_it_is_made() -> None:
    text = README.read_text(encoding="utf-8")
    assert table() in text
    assert with_table(text) == text, "run: .venv/bin/python -m tests.helpers.connection_table"


def test_documentation_of_each_option_names_its_variable_and_its_environment() -> None:
    for option, variable in ENVIRONMENT.items():
        assert f"C(campaign_{option})" in ModuleDocFragment.DOCUMENTATION
        assert f"E({variable})" in ModuleDocFragment.DOCUMENTATION
