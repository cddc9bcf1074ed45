# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the tables in the guides equal to the code: variables, options of a connection, error codes.

A table stands between two comments, ``.. begin NAME`` and ``.. end NAME``. ``python -m tools.reference`` names the
guides that differ, and ends with 1; ``python -m tools.reference --write`` corrects them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from .environment import COLLECTIONS, ROOT

GUIDES = Path("docs/docsite/rst")
_PLUGINS = "ansible_collections.campaign.classic.plugins"
Row = Sequence[str]


def list_table(head: Row, rows: Sequence[Row], widths: str) -> str:
    """A table of RST. A cell may have several lines."""
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in [head, *rows]:
        for number, cell in enumerate(row):
            first, *more = cell.splitlines() or [""]
            lines.append(f"   {'*' if number == 0 else ' '} - {first}".rstrip())
            lines += [f"       {line}".rstrip() for line in more]
    return "\n".join(lines) + "\n"


def code(text: object) -> str:
    """A text as code; an empty one stays empty."""
    return f"``{text}``" if text != "" else ""


# -- variables ---------------------------------------------------------------------------------------------------------


def variables(role: str, root: Path = ROOT) -> str:
    """Every variable of a role, by its argument specs."""
    specs = yaml.safe_load((root / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    found: dict[str, Mapping[str, Any]] = {}
    for entry in specs["argument_specs"].values():
        for name, option in (entry.get("options") or {}).items():
            if not name.startswith("campaign_") or name == "campaign_own_variables":
                found.setdefault(name, option)
    rows = [(code(name), _kind(option), _default(option), _described(option)) for name, option in sorted(found.items())]
    return list_table(("variable", "type", "default", "meaning"), rows, "30 10 15 45")


def _kind(option: Mapping[str, Any]) -> str:
    kind = option.get("type", "str")
    elements = f" of {option['elements']}" if "elements" in option else ""
    return f"required {kind}{elements}" if option.get("required") else f"{kind}{elements}"


def _default(option: Mapping[str, Any]) -> str:
    default = option.get("default")
    if default is None or default == "":
        return ""
    return code(default if isinstance(default, str) else json.dumps(default))


def _described(option: Mapping[str, Any]) -> str:
    text = option["description"]
    sentences = [text] if isinstance(text, str) else text
    plain = " ".join(re.sub(r"\b[A-Z]\(([^()]*)\)", r"``\1``", one) for one in sentences)
    # A star would begin an emphasis, and a word that ends with an underscore is a link.
    plain = re.sub(r"(?<![`*\w])(\w+_\*|\*)(?!`)", r"``\1``", plain)
    choices = option.get("choices")
    return f"{plain}\nOne of {', '.join(code(one) for one in choices)}." if choices else plain


# -- the connection ----------------------------------------------------------------------------------------------------


def connection() -> str:
    """The options of a connection, and where each may come from."""
    connect = import_module(f"{_PLUGINS}.module_utils._client.connect")
    host = import_module(f"{_PLUGINS}.plugin_utils._variables.host")
    rows = [
        (
            code(option),
            code(host.VARIABLES[option]),
            code(variable),
            code(option),
            code(str(connect.DEFAULTS.get(option, "")).lower()),
            str(host.BLANK[option]).lower() if option in host.BLANK else "not given",
        )
        for option, variable in connect.ENVIRONMENT.items()
    ]
    rows += [
        (code(f"session.{option}"), "", code(variable), "", "", "")
        for option, variable in connect.SESSION_ENVIRONMENT.items()
    ]
    head = ("argument", "variable of the host", "environment", "credentials file", "else", "a blank variable is")
    return list_table(head, rows, "auto")


# -- error codes -------------------------------------------------------------------------------------------------------


def codes() -> str:
    """Campaign's codes: what a task says of one in an answer, and what the diagnosis says of one in a journal."""
    rows = [(code(number), *_meaning(number)) for number in sorted(_known_codes())]
    return list_table(("code", "in an answer to a task", "in the journal of a workflow"), rows, "16 42 42")


def _known_codes() -> Iterator[str]:
    faults = import_module(f"{_PLUGINS}.module_utils._soap.faults")
    causes = import_module(f"{_PLUGINS}.module_utils._diagnosis.cause_codes")
    yield from {*faults.NEXT_STEPS, *causes.CAMPAIGN}


def _meaning(number: str) -> tuple[str, str]:
    faults = import_module(f"{_PLUGINS}.module_utils._soap.faults")
    causes = import_module(f"{_PLUGINS}.module_utils._diagnosis.cause_codes")
    cause = causes.BY_ID[causes.CAMPAIGN[number]] if number in causes.CAMPAIGN else None
    return faults.NEXT_STEPS.get(number, ""), f"``{cause.id}``: {cause.remedy}" if cause else ""


def causes() -> str:
    """Every cause of a failed run, in the order in which they are looked for."""
    found = import_module(f"{_PLUGINS}.module_utils._diagnosis.cause_codes").CAUSES
    rows = [(code(one.id), code(one.kind), one.remedy, one.source) for one in found]
    return list_table(("cause", "class", "what to do", "known from"), rows, "16 10 52 22")


# -- the guides --------------------------------------------------------------------------------------------------------

TABLES: Mapping[str, Callable[[], str]] = {
    "connection": connection,
    "codes": codes,
    "causes": causes,
    **{
        f"variables of {path.parents[1].name}": partial(variables, path.parents[1].name)
        for path in sorted(ROOT.glob("roles/*/meta/argument_specs.yml"))
    },
}
_PLACE = re.compile(r"(^\.\. begin ([^\n]+)\n)(.*?)(^\.\. end \2$)", re.DOTALL | re.MULTILINE)


def filled(text: str, tables: Mapping[str, Callable[[], str]] = TABLES) -> str:
    """A guide with its tables as they must be.

    :raises KeyError: a guide has a place for a table that nobody makes.
    """
    return _PLACE.sub(lambda found: f"{found[1]}\n{tables[found[2]]()}\n{found[4]}", text)


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Look at the guides, or rewrite them."""
    sys.path.insert(0, str(COLLECTIONS))
    guides = sorted((root / GUIDES).glob("*.rst"))
    texts = {path: path.read_text(encoding="utf-8") for path in guides}
    placed = {found[2] for text in texts.values() for found in _PLACE.finditer(text)}
    problems = [f"No guide has a place for the table '{name}'." for name in sorted(set(TABLES) - placed)]
    for path, text in texts.items():
        wanted = filled(text)
        if "--write" in arguments:
            path.write_text(wanted, encoding="utf-8")
        elif wanted != text:
            problems.append(f"{path.relative_to(root)}: a table is not as the code says. Run make reference.")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
