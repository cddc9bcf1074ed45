# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The operations behind the modules ``option`` and ``option_info``."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._core.errors import ConflictError, NotFoundError, ValidationError
from .._core.interrupts import Interrupted
from .._core.masking import MASK, is_masked, masked
from .._core.text import visible
from .._core.xtk import XtkType, decode, encode, same_value
from .._resources.options import Option, Options
from .batch import distinct, one_by_one
from .runner import Answer, Operation, Request

if t.TYPE_CHECKING:
    from .._client.session import Session

#: The names that people use for XTK types, and the code that a new option of that type gets (campaign_facts, Types).
TYPE_CODES: dict[str, XtkType] = {
    "string": XtkType.STRING,
    "integer": XtkType.LONG,
    "float": XtkType.DOUBLE,
    "boolean": XtkType.BOOLEAN,
    "date": XtkType.DATE,
    "datetime": XtkType.DATETIME,
    "memo": XtkType.MEMO,
    "timespan": XtkType.TIMESPAN,
}
#: The types whose values are words.
TEXTS = frozenset({XtkType.STRING, XtkType.MEMO, XtkType.CDATA})
#: The name of every code that an existing option may have.
TYPE_NAMES: dict[int, str] = {
    **{code: name for name, code in TYPE_CODES.items()},
    XtkType.BYTE: "integer",
    XtkType.SHORT: "integer",
    XtkType.FLOAT: "float",
    XtkType.CDATA: "memo",
}


def describe(option: Option) -> dict[str, t.Any]:
    """An option as the modules return it. ``value`` has the option's type; dates stay text, which keeps their zone. It
    is None for a long text that the server does not give."""
    value: t.Any = shown(option) if option.value_read else None
    if option.data_type in TYPE_NAMES and TYPE_NAMES[option.data_type] not in ("date", "datetime", "memo", "string"):
        value = option.value
    return {
        "name": option.name,
        "type": TYPE_NAMES.get(option.data_type, "unknown"),
        "data_type": int(option.data_type),
        "value": value,
        "description": option.description,
    }


def shown(option: Option, raw: str | None = None) -> str:
    """An option's value, or another one for it: a text is somebody's words, a date or a number is data."""
    text = option.raw if raw is None else raw
    return masked(text) if option.data_type in TEXTS else text


def _quoted(option: Option, raw: str | None = None) -> str:
    return shown(option, raw) or "no value"


def read_options(request: Request, session: Session) -> Answer:
    """``option_info``: one option by name, or all whose name begins with a prefix."""
    options = Options(session)
    if request.params.get("name") is not None:
        found = options.get(request.params["name"])
        rows = [found] if found is not None else []
    else:
        rows = options.find(request.params["prefix"])
    return Answer(False, {"options": [describe(row) for row in rows]})


def set_option(request: Request, session: Session) -> Answer:
    """``option``: one option, or several in one session."""
    several = request.params.get("options")
    if several is None:
        return _set_one(request, session)
    by_name = {one["name"]: replace(request, params=one) for one in several}
    options = Options(session)
    problems = []
    for one in by_name.values():
        try:
            _planned(one, session, options)
        except (ConflictError, NotFoundError, ValidationError) as error:
            problems.append(error)
    if problems:
        # One sentence each, and nothing written: half a list is the worst of outcomes.
        problems[0].message = " ".join(problem.message for problem in problems)
        raise problems[0]
    answer = one_by_one(list(by_name), "options", lambda name: _set_one(by_name[name], session), session.name)
    warnings = [warning for entry in answer.result["options"] for warning in entry.pop("warnings", [])]
    return replace(answer, result={**answer.result, **({"warnings": warnings} if warnings else {})})


def check_options(params: t.Mapping[str, t.Any]) -> None:
    """What can be seen to be wrong before a session is opened."""
    if params.get("options") is not None:
        distinct([one["name"] for one in params["options"]], "options")


@dataclass(frozen=True)
class PlannedWrite:
    """What is to become of one option. ``code`` and ``value`` are what would be written."""

    before: Option | None
    after: Option
    code: int
    value: t.Any
    expected: t.Any = None

    @property
    def changes(self) -> bool:
        """Whether anything is to be written."""
        return self.before is not self.after


def _set_one(request: Request, session: Session) -> Answer:
    """One path for check mode and real mode: read, compare, write and read back."""
    params = request.params
    options = Options(session)
    planned = _planned(request, session, options)
    before, after = planned.before, planned.after
    if planned.changes and not request.check_mode:
        after = _written(planned, params, options)
    result: dict[str, t.Any] = {"option": describe(after), "previous": None if before is None else describe(before)}
    warnings = [] if request.check_mode else _kept_description(params, before, after)
    if warnings:
        result["warnings"] = [f"{session.name}: {warning}" for warning in warnings]
    return Answer(planned.changes and after != before, result, _diff(before, after))


def _written(planned: PlannedWrite, params: t.Mapping[str, t.Any], options: Options) -> Option:
    """Write what is planned, and read it back. An interruption says whether the option may have been written."""
    calls = len(options.session.calls)
    try:
        if planned.before is None:
            return options.create_and_verify(
                params["name"], planned.code, planned.value, description=params.get("description") or ""
            )
        return options.write_and_verify(
            planned.before, planned.value, expected=planned.expected, description=params.get("description")
        )
    except Interrupted as stop:
        if any(call.may_have_written for call in options.session.calls[calls:]):
            stop.left = f"The option '{params['name']}' may have been written: read it back."
        raise


def _planned(request: Request, session: Session, options: Options) -> PlannedWrite:
    """Read and compare; nothing is written.

    :raises NotFoundError: there is no such option, and none is to be created.
    :raises ConflictError: it does not hold what was expected.
    :raises ValidationError: the value does not fit.
    """
    params = request.params
    before = options.get(params["name"])
    if before is None:
        return _new(params, session)
    wanted = _fitting_value(params, before, session)
    if not _same_description(params, before):
        _require_unmasked(params["description"], before.name, session, "description")
    is_same = before.value_read and same_value(before.data_type, before.raw, wanted)
    if is_same and _same_description(params, before):
        return PlannedWrite(before, before, before.data_type, wanted)
    expected = _expected(params, before, session)
    return PlannedWrite(before, _predicted(before, wanted, params), before.data_type, wanted, expected)


def _fitting_value(params: t.Mapping[str, t.Any], option: Option, session: Session) -> t.Any:
    """The wanted value in the type that the option has. The type of an option is never changed."""
    found = TYPE_NAMES.get(option.data_type)
    if found is None:
        raise ValidationError(
            f"The option '{option.name}' has data type {option.data_type}, which is not known.",
            instance=session.name,
            next_step="Nothing was written. Change it in the console.",
        )
    if params.get("type") and params["type"] != found:
        raise ValidationError(
            f"The option '{option.name}' is of type {found} and not {params['type']}.",
            instance=session.name,
            next_step="Nothing was written: an option keeps its type. Leave type out, or correct it.",
        )
    return _value(option, params["value"], session)


def _value(option: Option, value: t.Any, session: Session, given_as: str = "value") -> t.Any:
    """A given value in the type of the option. What the option holds already may be any text."""
    try:
        found = decode(option.data_type, encode(option.data_type, value))
    except ValidationError as error:
        raise ValidationError(
            f"The {given_as} for the option '{option.name}' does not fit: {error.message}",
            instance=session.name,
            next_step=error.next_step or "Nothing was written.",
        ) from error
    if isinstance(found, str) and not option.holds(found):
        _require_unmasked(found, option.name, session, given_as)
    return found


def _require_unmasked(given: str, name: str, session: Session, given_as: str) -> None:
    """Refuse a text that an earlier task has returned with a secret masked: the mask would replace the secret.

    :raises ValidationError: it is one.
    """
    if is_masked(given):
        raise ValidationError(
            f"The {given_as} for the option '{name}' is not the real text: it was masked when it was read, as is every "
            "text that contains a secret of the task.",
            instance=session.name,
            next_step="Nothing was written. Give the real text, which no result has. "
            f"If it is meant to contain {MASK}, write it in the console.",
        )


def _expected(params: t.Mapping[str, t.Any], option: Option, session: Session) -> t.Any:
    """Compare before set: raises ConflictError when the option no longer holds ``expected_value``. An empty one is what
    ``option_info`` gives of an option that holds nothing."""
    try:
        held = option.value
    except ValidationError as error:
        raise ValidationError(
            f"What the option '{option.name}' holds cannot be compared before it is written: {error.message}",
            instance=session.name,
            next_step=f"Nothing was written. {error.next_step or 'Set it in the console.'}",
        ) from error
    expected = params.get("expected_value")
    if expected is not None:
        is_empty = isinstance(expected, str) and not expected.strip()
        wanted = None if is_empty else _value(option, expected, session, "expected_value")
        text = "" if is_empty else encode(option.data_type, wanted)
        if option.raw.strip() if is_empty else not same_value(option.data_type, option.raw, wanted):
            raise ConflictError(
                f"The option '{option.name}' holds {_quoted(option)} and not {_quoted(option, text)} as expected.",
                instance=session.name,
                next_step="Nothing was written. Somebody changed it: look again before you decide.",
            )
    return held


def _new(params: t.Mapping[str, t.Any], session: Session) -> PlannedWrite:
    name = params["name"]
    if not params["create"]:
        raise NotFoundError(
            f"There is no option '{name}', or the operator has no right to see it.",
            instance=session.name,
            next_step="Nothing was written. Check the spelling; to create it, set create=true and type.",
        )
    if not params.get("type"):
        raise ValidationError(
            f"To create the option '{name}' its type must be given.", instance=session.name, next_step="Set type."
        )
    if params.get("expected_value") is not None:
        raise ConflictError(
            f"The option '{name}' does not exist, so it cannot hold the expected value.",
            instance=session.name,
            next_step="Nothing was written.",
        )
    code = TYPE_CODES[params["type"]]
    description = params.get("description") or ""
    after = Option(name=name, data_type=int(code), raw="", id="", description=description)
    value = _value(after, params["value"], session)
    _require_unmasked(description, name, session, "description")
    _require_unmasked(name, name, session, "name")
    return PlannedWrite(None, replace(after, raw=encode(code, value)), int(code), value)


def _same_description(params: t.Mapping[str, t.Any], option: Option) -> bool:
    return params.get("description") is None or params["description"] == option.description


def _kept_description(params: t.Mapping[str, t.Any], before: Option | None, after: Option) -> list[str]:
    """A warning where the server has kept the description as it was. Whether a server shapes one is not known: another
    one than was sent, or the same but for blanks, is as it should be."""
    old, wanted = ("" if before is None else before.description), params.get("description")
    if wanted is None or after.description != old or wanted.strip() == old.strip():
        return []
    return [f"The server accepted the write to the option '{after.name}' and kept its description as it was."]


def _predicted(before: Option, wanted: t.Any, params: t.Mapping[str, t.Any]) -> Option:
    description = before.description if params.get("description") is None else params["description"]
    return Option(
        name=before.name,
        data_type=before.data_type,
        raw=encode(before.data_type, wanted),
        id=before.id,
        description=description,
    )


def _diff(before: Option | None, after: Option) -> dict[str, t.Any]:
    def side(option: Option | None) -> str:
        if option is None:
            return ""
        # Each of them is one line of the diff, whatever it holds.
        text = f"{visible(option.name)} = {visible(shown(option))}\n"
        return text + (f"description = {visible(masked(option.description))}\n" if option.description else "")

    return {"before": side(before), "after": side(after), "before_header": after.name, "after_header": after.name}


OPTION_INFO = Operation(
    name="option_info",
    options={"name": {"type": "str"}, "prefix": {"type": "str"}},
    run=read_options,
    data=("options.value", "options.description"),
    constraints={"required_one_of": [("name", "prefix")], "mutually_exclusive": [("name", "prefix")]},
)

#: What is said of one option.
_ONE: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str"},
    "value": {"type": "raw"},
    "type": {"type": "str", "choices": list(TYPE_CODES)},
    "expected_value": {"type": "raw"},
    "create": {"type": "bool", "default": False},
    "description": {"type": "str"},
}
_NEEDED = ("name", "value")

OPTION = Operation(
    name="option",
    options={
        **_ONE,
        "options": {
            "type": "list",
            "elements": "dict",
            "options": {
                name: {**spec, **({"required": True} if name in _NEEDED else {})} for name, spec in _ONE.items()
            },
        },
        "evidence_dir": {"type": "path"},
        "run_id": {"type": "str"},
    },
    run=set_option,
    check=check_options,
    constraints={
        "required_one_of": [("name", "options")],
        "mutually_exclusive": [(name, "options") for name in _ONE if name != "create"],
        "required_together": [_NEEDED],
        "required_by": {"evidence_dir": ("run_id",)},
    },
    data=tuple(
        f"{place}{row}.{what}"
        for place in ("", "options.")
        for row in ("option", "previous")
        for what in ("value", "description")
    ),
    traced=True,
)
