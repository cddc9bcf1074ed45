# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Whether a change may begin now: window, ticket, override. Pure; the controller's clock is a parameter.

What is configured wrongly denies. An override opens a window that is closed, and never stands in for a ticket.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import asdict, dataclass
from datetime import datetime

from .._core.errors import CampaignError, ValidationError
from .._core.xtk import format_datetime
from .calendar import judge_window, read_calendar, read_length

#: The settings, which in a playbook begin with ``change_window_``, and what holds where one is not given.
DEFAULTS: t.Mapping[str, t.Any] = {
    "windows": (),
    "blackouts": (),
    "timezone": "UTC",
    "required": False,
    "needs": 0,
    "ticket": "",
    "ticket_required": False,
    "ticket_pattern": "",
    "override": "",
}
#: A reason is a sentence: what is shorter, or only says yes, is none.
SHORTEST_REASON = 10

_YES, _NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0", ""}

DecisionState = t.Literal["open", "closed", "short", "unset", "required", "wrong", "overridden", "no_ticket", "begun"]


@dataclass(frozen=True)
class Decision:
    """Whether the change may begin.

    :param state: ``open``; ``unset`` (no window is configured, and none is required); ``overridden``; ``begun``
        (writing had begun before, and is completed); or why not: ``closed``, ``short`` (it closes too soon),
        ``required`` (none is configured), ``wrong`` (the settings cannot be right), ``no_ticket``.
    :param override: the reason that was given, used or not.
    :param closes: when the window closes, XTK text in UTC; None when there is none, or it is not seen.
    :param opens: when it opens next for long enough.
    """

    allowed: bool
    state: DecisionState
    reason: str
    checked_at: str
    ticket: str = ""
    override: str = ""
    window: str = ""
    closes: str | None = None
    opens: str | None = None

    @property
    def is_only_closed(self) -> bool:
        """Whether nothing is against the change but the hour: what was begun may be completed all the same. A ticket
        that is missing, and a setting that cannot be right, hold that up, too."""
        return self.state in ("closed", "short", "required")

    def to_dict(self) -> dict[str, t.Any]:
        """The decision as plain data."""
        return asdict(self)


class _Window(t.NamedTuple):
    """What the window alone says."""

    state: DecisionState
    reason: str
    window: str = ""
    closes: str | None = None
    opens: str | None = None


def window_settings(names: t.Container[str], read: t.Callable[[str], t.Any]) -> dict[str, t.Any]:
    """The settings that a host's variables give. One that is null is not given, so that what the caller has calculated
    holds. One that cannot be read is given: it denies.

    :param names: those of all variables of the host.
    :param read: the value of one, templated.
    """
    try:
        found = {name: read(f"change_window_{name}") for name in DEFAULTS if f"change_window_{name}" in names}
    except Exception as error:  # whatever a template of an inventory may raise
        return {"windows": f"(not readable: {error})"}
    return {name: value for name, value in found.items() if not _is_left_out(name, value)}


def _is_left_out(name: str, value: t.Any) -> bool:
    # Before ansible-core 2.19, null comes out of a template as an empty text. Only of the time that is needed that may
    # count as null, since more than none is asked for then: a blank window would let everything through.
    return value is None or (name == "needs" and isinstance(value, str) and not value.strip())


def decide(settings: t.Mapping[str, t.Any], now: datetime) -> Decision:
    """The decision at a moment of the controller's clock. Settings that cannot be right are a decision too.

    :param now: aware.
    """
    given = {**DEFAULTS, **{key: value for key, value in settings.items() if value is not None}}
    at, ticket = format_datetime(now), str(given["ticket"]).strip()
    try:
        _require_known(settings)
        override = _override(given["override"])
        lacking = _ticket(given, ticket)
    except CampaignError as error:
        return Decision(False, "wrong", _wrong(error), at, ticket)
    found = _window_or_why(given, now)
    if lacking:
        return Decision(False, "no_ticket", lacking, at, ticket, override, *found[2:])
    if found.state in ("open", "unset"):
        return Decision(True, found.state, found.reason, at, ticket, override, *found[2:])
    if override:
        reason = f"Overridden, because: {override} Without the override: {found.reason}"
        return Decision(True, "overridden", reason, at, ticket, override, *found[2:])
    return Decision(False, found.state, found.reason, at, ticket, "", *found[2:])


def _require_known(settings: t.Mapping[str, t.Any]) -> None:
    unknown = sorted(str(key) for key in settings if key not in DEFAULTS)
    if unknown:
        raise ValidationError(f"There is no setting {', '.join(unknown)}.")


def _window_or_why(given: t.Mapping[str, t.Any], now: datetime) -> _Window:
    try:
        return _window(given, now)
    except CampaignError as error:
        return _Window("wrong", _wrong(error))


def _window(given: t.Mapping[str, t.Any], now: datetime) -> _Window:
    calendar = read_calendar(given["windows"], given["blackouts"], given["timezone"], "change_window_")
    needs = read_length(given["needs"], "change_window_needs")
    if not calendar.windows and _truth(given["required"], "change_window_required"):
        return _Window(
            "required", "No change window is configured, and change_window_required is true. Set change_window_windows."
        )
    if not calendar.windows and not calendar.blackouts:
        return _Window("unset", "No change window is configured, and none is required.")
    state = judge_window(calendar, now, needs)
    closes, opens = (None if one is None else format_datetime(one) for one in (state.closes, state.opens))
    return _Window(state.state, state.reason, state.window, closes, opens)


def _ticket(given: t.Mapping[str, t.Any], ticket: str) -> str:
    """What is wrong with the ticket; '' when nothing is."""
    pattern = str(given["ticket_pattern"])
    if not ticket:
        if pattern or _truth(given["ticket_required"], "change_window_ticket_required"):
            return "A change needs a ticket here, and none was given. Give it with -e change_window_ticket=TICKET."
        return ""
    try:
        fits = not pattern or re.fullmatch(pattern, ticket) is not None
    except re.error as error:
        raise ValidationError(f"change_window_ticket_pattern {pattern!r} is no regular expression: {error}.") from None
    return (
        ""
        if fits
        else f"The ticket '{ticket}' does not have the form {pattern} that change_window_ticket_pattern asks."
    )


def _override(given: t.Any) -> str:
    """The reason of an override; '' without one. A mere yes is too short, so that nobody overrides in passing."""
    text = " ".join(str(given).split())
    if text.lower() in _NO:
        return ""
    if len(text) < SHORTEST_REASON:
        raise ValidationError(
            f"change_window_override is {given!r}, which is no reason.",
            next_step=f"Say why in words, of {SHORTEST_REASON} characters or more: the evidence keeps it.",
        )
    return text if text[-1] in ".!?" else f"{text}."


def _truth(given: t.Any, name: str) -> bool:
    text = str(given).strip().lower()
    if text not in _YES | _NO:
        raise ValidationError(f"{name} must be true or false, and is {given!r}.")
    return text in _YES


def _wrong(error: CampaignError) -> str:
    return f"The change window is configured wrongly, so nothing may be changed: {error}"
