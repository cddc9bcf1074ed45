# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a change may begin: a wrong setting denies, an override needs a reason, and does not replace a ticket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._change_window import recurrence as _recurrence
from ansible_collections.campaign.classic.plugins.module_utils._change_window.policy import DEFAULTS, Decision, decide

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OPEN = [{"name": "noon", "from": "2026-11-24 11:00", "to": "2026-11-24 13:00"}]
SHUT = [{"name": "later", "from": "2026-11-24 13:00", "to": "2026-11-24 15:00"}]
REASON = "severity 1, agreed with the service owner"


def ask(**given: Any) -> Decision:
    return decide(given, NOW)


def test_nothing_configured_is_allowed() -> None:
    found = ask()
    assert found.allowed and found.state == "unset"
    assert found.checked_at == "2026-11-24 12:00:00.000Z"
    assert found.to_dict()["reason"] == found.reason


@pytest.mark.parametrize(
    ("given", "state", "allowed"),
    [
        ({"windows": OPEN}, "open", True),
        ({"windows": OPEN, "needs": "1h"}, "open", True),
        ({"windows": OPEN, "needs": "61m"}, "short", False),
        ({"windows": SHUT}, "closed", False),
        ({"blackouts": OPEN}, "closed", False),
        ({"blackouts": SHUT}, "open", True),
        ({"required": True}, "required", False),
        ({"required": "yes", "blackouts": SHUT}, "required", False),
        ({"required": True, "windows": OPEN}, "open", True),
        ({"windows": SHUT, "override": REASON}, "overridden", True),
        ({"required": True, "override": REASON}, "overridden", True),
        ({"windows": "nightly", "override": REASON}, "overridden", True),
        ({"windows": OPEN, "override": REASON}, "open", True),
        ({"windows": SHUT, "override": False}, "closed", False),
        ({"windows": SHUT, "override": "no"}, "closed", False),
        ({"windows": OPEN, "ticket_required": True}, "no_ticket", False),
        ({"windows": OPEN, "ticket_required": True, "ticket": "CHG1"}, "open", True),
        ({"windows": OPEN, "ticket_pattern": r"CHG\d{7}", "ticket": "CHG0012345"}, "open", True),
        ({"windows": OPEN, "ticket_pattern": r"CHG\d{7}", "ticket": "CHG00123456"}, "no_ticket", False),
        ({"windows": OPEN, "ticket_pattern": r"\d+", "ticket": 4711}, "open", True),
        ({"windows": OPEN, "ticket_pattern": r"\d+"}, "no_ticket", False),
        # An override opens a window and is no ticket.
        ({"windows": SHUT, "ticket_required": True, "override": REASON}, "no_ticket", False),
    ],
)
def test_decision(given: dict[str, Any], state: str, allowed: bool) -> None:
    found = ask(**given)
    assert (found.state, found.allowed) == (state, allowed), found.reason


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"windows": "nightly"}, "windows must be a list"),
        ({"windows": [{"rrule": "FREQ=DAILY", "duration": "1h"}]}, "BYHOUR"),
        ({"windows": OPEN, "needs": "long"}, "change_window_needs: 'long' is not a duration"),
        ({"windows": OPEN, "needs": "8:00"}, "change_window_needs: '8:00' is not a duration"),
        # As YAML reads 8:00 without quotes, and as -e gives it.
        ({"windows": OPEN, "needs": 480}, "change_window_needs: 480 has no unit, and may be 8m or"),
        ({"windows": OPEN, "needs": "480"}, "change_window_needs: '480' has no unit"),
        ({"windows": OPEN, "timezone": "Europe/Atlantis"}, "no time zone"),
        ({"required": "perhaps"}, "required must be true or false"),
        ({"window": OPEN}, "There is no setting window"),
        ({"ticket": "CHG1", "ticket_pattern": "("}, "no regular expression"),
        ({"ticket_required": "perhaps"}, "ticket_required must be true or false"),
        ({"windows": OPEN, "override": True}, "which is no reason"),
        ({"windows": OPEN, "override": "yes"}, "which is no reason"),
        ({"windows": OPEN, "override": "urgent"}, "10 characters"),
    ],
)
def test_settings_that_cannot_be_right_deny(given: dict[str, Any], words: str) -> None:
    found = ask(**given)
    assert (found.allowed, found.state) == (False, "wrong")
    assert words in found.reason and "nothing may be changed" in found.reason


def test_missing_library_denies_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_recurrence, "rrulestr", None)
    found = ask(windows=[{"rrule": "FREQ=DAILY;BYHOUR=2", "duration": "1h"}])
    assert not found.allowed and "pip install python-dateutil" in found.reason


def test_override_is_kept_with_what_it_overrode() -> None:
    found = ask(windows=SHUT, override=REASON, ticket=" CHG1 ")
    assert (found.ticket, found.override) == ("CHG1", f"{REASON}.")
    assert found.reason.startswith(f"Overridden, because: {REASON}. Without the override: The change window is closed.")
    assert found.opens == "2026-11-24 13:00:00.000Z"


def test_override_that_is_not_needed_is_kept_and_changes_nothing() -> None:
    found = ask(windows=OPEN, override="Agreed by everybody!")
    assert (found.state, found.override, found.window) == ("open", "Agreed by everybody!", "noon")
    assert found.closes == "2026-11-24 13:00:00.000Z"


def test_null_settings_are_as_not_given() -> None:
    assert decide(dict.fromkeys(DEFAULTS), NOW).state == "unset"
