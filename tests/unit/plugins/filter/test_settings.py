# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter C(window_decision): the decision of the role change_window as data."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.campaign.classic.plugins.filter.__private.settings import FilterModule

window_decision = FilterModule().filters()["window_decision"]


def test_decision_is_plain_data() -> None:
    found = window_decision({"ticket": "CHG1", "windows": [{"from": "2020-01-01 00:00", "to": "2020-01-02 00:00"}]})
    assert (found["allowed"], found["state"], found["ticket"]) == (False, "closed", "CHG1")


def test_settings_that_are_no_dictionary_are_an_error() -> None:
    with pytest.raises(AnsibleFilterError, match="must be a dictionary"):
        window_decision("nightly")
