# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a change may begin: a wrong setting denies, an override needs a reason, and does not replace a ticket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._change_window import recurrence as _recurrence
from ansible_collections.campaign.classic.plugins.module_utils._change_window.policy import (
    DEFAULTS,
    Decision,
    decide,
    window_settings,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OPEN = [{"name": "noon", "from": "2026-11-24 11:00", "to": "2026-11-24 13:00"}]
SHUT = [{"name": "later", "from": "2026-11-24 13:00", "to": "2026-11-24 15:00"}]
REASON = "severity 1, agreed with the service owner"


def ask(**given: Any) -> Decision:
    return decide(given, NOW)


AT = "2026-11-24 12:00:00.000Z"


def test_nothing_configured_is_allowed() -> None:
    found = ask()
    assert found == Decision(True, "unset", "No change window is configured, and none is required.", AT)
    assert found.to_dict() == {
        **dict.fromkeys(("ticket", "override", "window"), ""),
        **dict.fromkeys(("closes", "opens")),
        **{"allowed": True, "state": "unset", "reason": found.reason, "checked_at": AT},
    }


def test_refusal_shows_what_the_window_says_and_what_was_given() -> None:
    closed = ask(windows=SHUT, ticket="CHG1")
    assert closed == Decision(False, "closed", closed.reason, AT, "CHG1", opens="2026-11-24 13:00:00.000Z")
    lacking = ask(windows=OPEN, ticket_required=True, override=REASON)
    assert lacking == Decision(
        False, "no_ticket", lacking.reason, AT, "", f"{REASON}.", "noon", "2026-11-24 13:00:00.000Z"
    )


@pytest.mark.parametrize("name", ["required", "ticket_required"])
@pytest.mark.parametrize(
    ("words", "truth"),
    [((True, "true", " Yes ", "ON", 1, "1"), True), ((False, "false", "No", " off ", 0, "0", ""), False)],
)
def test_truth_is_written_in_any_of_its_words(name: str, words: tuple[Any, ...], truth: bool) -> None:
    assert {ask(**{name: word}).allowed for word in words} == {not truth}
    assert {ask(**{name: word}).state for word in words} <= {"unset", "required", "no_ticket"}


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
        ({"windows": SHUT, "override": "No"}, "closed", False),
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
        ({"windows": "nightly"}, "change_window_windows must be a list"),
        ({"windows": [{"rrule": "FREQ=DAILY", "duration": "1h"}]}, "change_window_windows[0]: rrule leaves open"),
        ({"windows": OPEN, "needs": "long"}, "change_window_needs: 'long' is not a duration"),
        ({"windows": OPEN, "needs": "8:00"}, "change_window_needs: '8:00' is not a duration"),
        # As YAML reads 8:00 without quotes, and as -e gives it.
        ({"windows": OPEN, "needs": 480}, "change_window_needs: 480 has no unit, and may be 8m or"),
        ({"windows": OPEN, "needs": "480"}, "change_window_needs: '480' has no unit"),
        ({"windows": OPEN, "timezone": "Europe/Atlantis"}, "change_window_timezone: 'Europe/Atlantis' is no time zone"),
        ({"required": "perhaps"}, "change_window_required must be true or false"),
        ({"window": OPEN}, "There is no setting window."),
        (
            dict.fromkeys(("zone", "window", "who", "when", "what", "needed")),
            "There is no setting needed, what, when, w",
        ),
        ({"ticket": "CHG1", "ticket_pattern": "("}, "change_window_ticket_pattern '(' is no regular expression"),
        ({"ticket_required": "perhaps"}, "change_window_ticket_required must be true or false"),
        ({"windows": OPEN, "override": True}, "change_window_override is True, which is no reason"),
        ({"windows": OPEN, "override": "YES"}, "change_window_override is 'YES', which is no reason"),
        ({"windows": OPEN, "override": "it burns!"}, "change_window_override is 'it burns!', which is no reason"),
    ],
)
def test_settings_that_cannot_be_right_deny(given: dict[str, Any], words: str) -> None:
    found = ask(**given)
    assert found.reason.startswith(f"The change window is configured wrongly, so nothing may be changed: {words}")
    assert (found.allowed, found.state, found.override, found.window) == (False, "wrong", "", "")


def test_override_that_says_what_is_wrong_says_how_long_a_reason_is() -> None:
    assert "of 10 characters or more" in ask(windows=OPEN, override="urgent").reason
    assert ask(windows=SHUT, override="it  burns !!").override == "it burns !!"
    assert ask(windows=SHUT, override="it burns !").state == "overridden"
    assert ask(windows=SHUT, override="agreed with team X").override == "agreed with team X."


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


def test_settings_of_a_host_are_those_of_its_variables_that_are_set() -> None:
    variables = {"change_window_windows": OPEN, "change_window_ticket": "CHG1", "change_window_other": 1, "windows": 2}
    assert window_settings(variables, variables.__getitem__) == {"windows": OPEN, "ticket": "CHG1"}


def test_setting_that_is_null_is_not_given_and_a_blank_one_only_where_that_asks_for_more() -> None:
    nulls = {f"change_window_{name}": None for name in DEFAULTS}
    assert window_settings(nulls, nulls.__getitem__) == {}
    blanks = {f"change_window_{name}": " " for name in DEFAULTS}
    assert window_settings(blanks, blanks.__getitem__) == {name: " " for name in DEFAULTS if name != "needs"}
    assert decide({"windows": " "}, NOW).state == "wrong"
    for needs in ("2h", 7200):
        assert window_settings({"change_window_needs": needs}, lambda _name, given=needs: given) == {"needs": needs}


@pytest.mark.parametrize(
    ("given", "state", "only_closed"),
    [
        ({"windows": SHUT}, "closed", True),
        ({"windows": OPEN, "needs": "61m"}, "short", True),
        ({"required": True}, "required", True),
        ({"windows": OPEN}, "open", False),
        ({"windows": SHUT, "override": REASON}, "overridden", False),
        ({"windows": SHUT, "ticket_required": True}, "no_ticket", False),
        # Which of the settings is wrong does not matter.
        ({"windows": SHUT, "ticket_required": True, "override": "yes"}, "wrong", False),
        ({"windows": SHUT, "ticket": "CHG1", "ticket_pattern": "("}, "wrong", False),
        ({"windows": "nightly"}, "wrong", False),
    ],
)
def test_what_was_begun_waits_for_all_but_the_hour(given: dict[str, Any], state: str, only_closed: bool) -> None:
    found = ask(**given)
    assert (found.state, found.is_only_closed) == (state, only_closed)


def test_setting_that_cannot_be_read_denies() -> None:
    def read(name: str) -> Any:
        raise RuntimeError(f"{name} is not defined")

    settings = window_settings({"change_window_ticket": ""}, read)
    found = decide(settings, NOW)
    assert (found.allowed, found.state) == (False, "wrong")
    assert "is '(not readable: change_window_ticket is not defined)'" in found.reason
