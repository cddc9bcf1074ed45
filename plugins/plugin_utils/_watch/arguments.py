# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The arguments of the event source: checked by their JSON schema, and what is wrong is told by name.

The rulebook may have taken a value from a secret, so a message shows no text that was given.
"""

from __future__ import annotations

import difflib
import math
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from ...module_utils._core.errors import ValidationError, shorten
from ...module_utils._diagnosis.causes import causes_of
from ...module_utils._operations.sync_cursor import GLANCE, thresholds_of
from .._sweep.pace import concurrency_of
from .._sweep.threads import SweepLimits
from .transitions import NewsRules

#: Options of the diagnosis that are passed on.
DIAGNOSIS = ("max_age", "remediate_after", "max_run", "engine_grace", "min_failed_runs", "cursor_map", "causes")
#: Seconds between two sweeps; and at most, while sweeps fail.
INTERVAL, LONGEST_INTERVAL = 300.0, 3600.0
#: A cursor is asked for while a run of its workflow is on, for a moment in every ten minutes: that is no news.
IGNORED = ("running",)

_HOW = "Correct it in the rulebook. The guide to events, and the top of cursor_watch.py, describe the arguments."
#: How people call the types of JSON.
_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "a text",
}


@dataclass(frozen=True)
class WatchSettings:
    """The arguments, checked and with their defaults.

    :param instances: entries as in the inventory plugin's list; ``instances_from`` are files with further ones.
    :param interval: seconds from the beginning of one sweep to that of the next; ``longest_interval`` while they fail.
    :param diagnosis: options of ``sync_cursor_info``.
    """

    state_file: str
    instances: t.Sequence[t.Any]
    instances_from: t.Sequence[str]
    interval: float
    longest_interval: float
    rules: NewsRules
    limits: SweepLimits
    diagnosis: Mapping[str, t.Any]


# Kept: the event source calls it.
def read_arguments(given: Mapping[str, t.Any], schema: Mapping[str, t.Any]) -> WatchSettings:
    """The settings of a source.

    :param schema: the JSON schema of the arguments.
    :raises ValidationError: an argument is unknown, missing, of another type, or cannot work. Names it.
    """
    _require_schema(given, schema)
    if not given.get("instances") and not given.get("instances_from"):
        raise _wrong("Neither instances nor instances_from is given.", "Name the instances to watch.")
    interval = float(given.get("interval", INTERVAL))
    longest = float(given.get("longest_interval", max(LONGEST_INTERVAL, interval)))
    if longest < interval:
        raise _wrong("longest_interval is shorter than interval.")
    defaults = {name: GLANCE.options[name].get("default") for name in DIAGNOSIS}
    diagnosis = {**defaults, **{name: given[name] for name in DIAGNOSIS if name in given}}
    # A wrong one is an error now, and not a verdict of every instance.
    thresholds_of(diagnosis)
    causes_of(diagnosis["causes"])
    return WatchSettings(
        state_file=given["state_file"],
        instances=given.get("instances") or [],
        instances_from=given.get("instances_from") or [],
        interval=interval,
        longest_interval=longest,
        rules=NewsRules(frozenset(given.get("ignore", IGNORED)), given.get("remind_after")),
        limits=SweepLimits(
            concurrency=concurrency_of(given.get("concurrency", "auto")),
            instance_timeout=float(given.get("instance_timeout", SweepLimits.instance_timeout)),
            deadline=float(given.get("deadline", SweepLimits.deadline)),
        ),
        diagnosis=diagnosis,
    )


def _wrong(what: str, next_step: str = "Correct it in the rulebook.") -> ValidationError:
    return ValidationError(f"cursor_watch: {what}", next_step=next_step)


def _require_schema(given: Mapping[str, t.Any], schema: Mapping[str, t.Any]) -> None:
    """Raises ValidationError with all that is wrong."""
    # It comes with ansible-rulebook, and nothing else of the collection needs it.
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # noqa: PLC0415

    known = schema["properties"]
    problems = [_unknown(str(name), known) for name in given if name not in known]
    problems += [f"{name} is missing" for name in schema["required"] if name not in given]
    problems += [f"{name} must be a finite number" for name, value in given.items() if _is_endless(value)]
    found = Draft202012Validator({"properties": known}).iter_errors(dict(given))
    problems += [_problem(error) for error in sorted(found, key=lambda error: [str(part) for part in error.path])]
    if problems:
        raise _wrong(f"{'; '.join(problems)}.", _HOW)


def _is_endless(value: t.Any) -> bool:
    """Whether it is a number that YAML can write and nobody can wait for."""
    return isinstance(value, float) and not math.isfinite(value)


def _unknown(name: str, known: Mapping[str, t.Any]) -> str:
    if "password" in name or "secret" in name or "token" in name:
        return f"{shorten(name, 60)} is no argument: credentials come from the environment (CAMPAIGN_PASSWORD ...)"
    near = difflib.get_close_matches(name, known, 1)
    return f"{shorten(name, 60)} is no argument" + (f" (did you mean {near[0]}?)" if near else "")


def _problem(error: t.Any) -> str:
    """What the schema has against one value, which is not shown."""
    first, *inner = error.path
    place = f"{first}{''.join(f'[{part!r}]' for part in inner)}"
    wanted = error.validator_value
    if error.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        return f"{place} must be {' or '.join(_TYPES[kind] for kind in kinds)}, and is {_kind(error.instance)}"
    words = {
        "minimum": f"must be at least {wanted}",
        "exclusiveMinimum": f"must be more than {wanted}",
        "minLength": "must not be empty",
        "enum": f"must be one of {', '.join(wanted) if error.validator == 'enum' else ''}",
    }
    return f"{place} {words.get(error.validator, 'is not what it should be')}"


def _kind(value: t.Any) -> str:
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return _TYPES[kinds.get(type(value), "null")]
