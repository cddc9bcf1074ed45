# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The meaning of a user's value: blank counts as not given, and text is read according to the argument spec.

A survey sends ``""`` for an unanswered question, and the command line sends text for everything. The argument specs of
the roles, and nothing else, define the type of a variable.
"""

from __future__ import annotations

import io
import math
import re
import typing as t
from collections.abc import Mapping, MutableMapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

from ...module_utils._core.errors import ValidationError, shorten
from ...module_utils._core.text import MARKER
from .names import ROLES

Spec = Mapping[str, t.Any]


class _Absent:
    """What :func:`read` returns for a value that counts as not given."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: t.Final = _Absent()

#: The lines to restore, and what Ansible has cut off from the values of the command line.
RESTORE, REST = "mid_sourcing_restore", "_raw_params"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TRUE = frozenset({"yes", "true", "on", "1", "y", "t"})
_FALSE = frozenset({"no", "false", "off", "0", "n", "f"})
_WHOLE = re.compile(r"[+-]?\d{1,18}")
# A name, a URL or a duration, but no part of a truncated list.
_PLAIN = re.compile(r"[^\[\]{}\"'\s,]+")
#: The name of each type, and an example.
_WANTED = {
    "str": ("a text", "some text"),
    "path": ("a path", "/srv/campaign"),
    "int": ("a whole number", "20"),
    "float": ("a number", "30"),
    "bool": ("yes or no", "true"),
    "list": ("a list", '["a", "b"]'),
    "dict": ("a dictionary", '{"a": "b"}'),
}


@cache
def specs(roles: Path = ROLES) -> Mapping[str, Spec]:
    """The spec of each variable, by its name."""
    found: dict[str, Spec] = {}
    for path in sorted(roles.glob("*/meta/argument_specs.yml")):
        for entry in load_yaml(path.read_text(encoding="utf-8"))["argument_specs"].values():
            for name, spec in entry.get("options", {}).items():
                found.setdefault(name, spec)
    return found


def load_yaml(text: str) -> t.Any:
    """The data in a text of YAML.

    :raises yaml.YAMLError: it is not YAML.
    """
    # A safe loader. The one in C rejects text that Ansible has tagged, and accepts a stream of it.
    return yaml.load(io.StringIO(text), Loader=_LOADER)  # noqa: S506


def is_blank_text(value: t.Any) -> bool:
    """Whether a value is null, or a text of blanks."""
    return value is None or (isinstance(value, str) and not value.strip())


def is_blank(value: t.Any) -> bool:
    """Whether a value counts as not given: null, a text of blanks, or a list of nothing but such texts."""
    return is_blank_text(value) or (
        isinstance(value, (list, tuple)) and len(value) > 0 and all(is_blank(one) for one in value)
    )


def is_left_out(name: str, value: t.Any) -> bool:
    """Whether a value counts as not given for this variable: it is blank, or a text that says so, such as ``null``."""
    try:
        return is_blank(value) or (name in specs() and read(name, value, specs()[name]) is ABSENT)
    except ValidationError:
        return False


def read(name: str, value: t.Any, spec: Spec) -> t.Any:
    """The meaning of a variable's value, or :data:`ABSENT`.

    A template and a vaulted value stay unchanged: their content is unknown here.

    :raises ValidationError: it does not fit its type.
    """
    if is_blank(value):
        return ABSENT
    if is_opaque(value):
        return value
    kind = spec.get("type", "str")
    try:
        found = _raw(value, spec) if kind == "raw" else _READERS[kind](value, spec)
        if "choices" in spec and found is not ABSENT and not _is_choice(found, spec["choices"]):
            raise _Unfit
    except _Unfit:
        raise _refusal(name, value, spec) from None
    # Text may contain an empty list, too.
    return ABSENT if found is not ABSENT and is_blank(found) else found


def _is_choice(found: t.Any, choices: t.Container[t.Any]) -> bool:
    """Whether a value, or each entry of a list that is not blank, is one of those that are allowed."""
    return all(is_blank(one) or one in choices for one in (found if isinstance(found, list) else [found]))


def rejoin(given: MutableMapping[str, t.Any]) -> None:
    """Put the lines to restore together again. Ansible ends a value of the command line at its first blank, and keeps
    the rest elsewhere: of lines that are pasted as the output indents them, that is all."""
    text, rest = given.get(RESTORE), given.get(REST)
    if isinstance(text, str) and isinstance(rest, str) and is_cut(text, rest):
        given[RESTORE] = f"{text} {rest}"
        del given[REST]


def is_cut(text: str, rest: str) -> bool:
    """Whether what Ansible has cut off is of the lines to restore. A value with commas in it is whole, and the rest
    belongs to something else, unless that has the words too."""
    return bool(rest) and (MARKER in f"{text} {rest}" or "," not in text)


def leftovers(given: Mapping[str, t.Any]) -> list[str]:
    """What is wrong when the command line has words that belong to no variable: a text was cut at its first blank."""
    rest = given.get(REST)
    if not rest:
        return []
    words = shorten(str(rest), 80)
    return [
        f"On the command line '{words}' belongs to no variable: Ansible ends a value at its first blank. Quote the "
        f"value within the quotes of the shell, such as -e \"change_window_override='The board has agreed'\"."
    ]


def repair(
    given: MutableMapping[str, t.Any],
    kept: t.Container[str] = (),
    for_blank: Mapping[str, t.Any] = MappingProxyType({}),
) -> None:
    """Take blanks out of some variables, and read texts. What cannot be read stays as it is, and is refused by name.

    :param kept: the names that are left alone.
    :param for_blank: by name, what takes the place of a blank that must not be taken out.
    """
    for name in [one for one in given if one in specs() and one not in kept]:
        try:
            found = read(name, given[name], specs()[name])
        except ValidationError:
            continue
        if found is not ABSENT:
            given[name] = found
        elif name in for_blank:
            given[name] = for_blank[name]
        else:
            del given[name]


def refusals(given: Mapping[str, t.Any]) -> list[str]:
    """A sentence for each variable whose value is unreadable."""
    found = []
    for name in sorted(one for one in given if one in specs()):
        try:
            read(name, given[name], specs()[name])
        except ValidationError as error:
            found.append(str(error))
    return found


class _Unfit(Exception):
    """It does not fit its type."""


def is_opaque(value: t.Any) -> bool:
    """Whether the content of a value is unknown here, as that of a template or a vault is."""
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    return not isinstance(value, (bool, int, float, list, tuple, Mapping))


def _text(value: t.Any, spec: Spec) -> t.Any:
    if isinstance(value, (list, tuple, Mapping)):
        raise _Unfit
    # A blank may belong to a secret.
    return value.strip() if isinstance(value, str) and not spec.get("no_log") else value


def _bool(value: t.Any, _spec: Spec) -> t.Any:
    word = str(value).strip().lower() if isinstance(value, (bool, int, str)) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    return _nothing(value)


def _int(value: t.Any, _spec: Spec) -> t.Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else _nothing(value)


def _float(value: t.Any, _spec: Spec) -> t.Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _Unfit
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return _nothing(value)
    if not math.isfinite(number):
        raise _Unfit
    return number if isinstance(value, str) else value


def _list(value: t.Any, spec: Spec) -> t.Any:
    if isinstance(value, str):
        value = _listed(value.strip(), spec.get("elements", "str"))
    if value is None:
        return ABSENT
    if not isinstance(value, (list, tuple)):
        raise _Unfit
    inner = {"type": spec.get("elements", "str")}
    found = [one if is_opaque(one) else _READERS[inner["type"]](one, inner) for one in value]
    if ABSENT in found and not is_blank(list(value)):
        raise _Unfit
    return [None if one is ABSENT else one for one in found]


def _listed(text: str, elements: str) -> t.Any:
    """A text as a list: as JSON or YAML, or plain names with commas or line ends between them."""
    if text.startswith("[") or re.match(r"-\s", text) or text in ("null", "~"):
        return _yaml(text)
    parts = [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]
    if elements != "str" or not all(_PLAIN.fullmatch(part) for part in parts):
        raise _Unfit
    return parts


def _dict(value: t.Any, _spec: Spec) -> t.Any:
    if isinstance(value, str):
        value = _yaml(value)
    if value is None:
        return ABSENT
    if not isinstance(value, Mapping):
        raise _Unfit
    return value


def _raw(value: t.Any, spec: Spec) -> t.Any:
    """A variable that takes several forms: the default's form is read, and its own reader validates the rest."""
    default = spec.get("default")
    if not isinstance(value, str) or isinstance(default, str):
        return value
    text = value.strip()
    if isinstance(default, bool):
        return text.lower() in _TRUE if text.lower() in _TRUE | _FALSE else value
    if text in ("null", "~"):
        return ABSENT
    if re.match(r"[\[{]|-\s", text):
        return _list_of(text)
    return _plain(value, text, default)


def _plain(value: str, text: str, default: t.Any) -> t.Any:
    """A text that is no list of JSON or YAML."""
    if isinstance(default, list) and default and re.search(r"[,\n]", text):
        # As a survey's question with several lines gives it. What has no default is read where it is used.
        return [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]
    return int(text) if isinstance(default, int) and _WHOLE.fullmatch(text) else value


def _list_of(text: str) -> t.Any:
    found = _yaml(text)
    if not isinstance(found, list):
        raise _Unfit
    return found


def _nothing(value: t.Any) -> t.Any:
    """Text that means null is as absent as null; anything else does not fit."""
    if isinstance(value, str) and value.strip() in ("null", "~"):
        return ABSENT
    raise _Unfit


def _yaml(text: str) -> t.Any:
    try:
        return load_yaml(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _Unfit from None


_READERS: Mapping[str, t.Callable[[t.Any, Spec], t.Any]] = {
    "str": _text,
    "path": _text,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "list": _list,
    "dict": _dict,
}


def _refusal(name: str, value: t.Any, spec: Spec) -> ValidationError:
    kind = "list" if spec.get("type") == "raw" else spec.get("type", "str")
    wanted, example = _WANTED[kind]
    if "choices" in spec:
        wanted, example = f"one of {', '.join(map(str, spec['choices']))}", str(spec["choices"][0])
    if kind == "list" and spec.get("elements") == "dict":
        wanted, example = "a list of dictionaries", '[{"a": "b"}]'
    shown = "a value that is not shown" if spec.get("no_log") or name == "campaign_proxy" else _shown(value)
    if name == "mid_sourcing_mids":
        shown = "a value that is not shown"  # it contains passwords
    return ValidationError(f"{name} must be {wanted}, such as {example}, and is {shown}.")


def _shown(value: t.Any) -> str:
    text = ascii(value) if not isinstance(value, str) else ascii(str(value))
    return text if len(text) <= 80 else text[:77] + "..."
