# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a schema is made of, and how the tables of schemas are written down (``database/schemas.py``,
``database/guesses.py``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from .values import Kind


@dataclass(frozen=True)
class Enumeration:
    """The names and labels behind a numeric attribute, served for ``analyze="true"`` (campaign_facts, Values)."""

    entries: MappingProxyType[int, tuple[str, str]]

    def name(self, value: int) -> str:
        """ "" for a value outside the enumeration."""
        return self.entries.get(value, ("", ""))[0]

    def label(self, value: int) -> str:
        """ "" for a value outside the enumeration."""
        return self.entries.get(value, ("", ""))[1]


@dataclass(frozen=True)
class Attribute:
    """One column. `path` is how expressions and documents reach it: ``@id``, ``memoValue``, ``indicators/@sent``."""

    name: str
    kind: Kind
    path: str
    guessed: bool = False
    computed: tuple[str, str] | None = None  # the label and name attributes of a compute string; nothing is stored
    enumeration: Enumeration | None = None


@dataclass(frozen=True)
class Link:
    """A to-one link; `column` of this schema holds the id of a row of `target`."""

    name: str
    column: str
    target: str


@dataclass(frozen=True)
class Schema:
    """A table. `natural_key` is the key people use (a unique, non-empty name), "" when there is only the id.

    `folder_path` leads to the id of the folder whose rights decide who sees a row (campaign_facts, Rights), "" for
    none. A `guessed` table is one whose name and attributes are not documented: clients do not see it without the
    switch.
    """

    name: str
    label: str
    attributes: tuple[Attribute, ...]
    links: tuple[Link, ...] = ()
    natural_key: str = ""
    folder_path: str = ""
    indexes: tuple[tuple[str, ...], ...] = ()
    guessed: bool = False

    @property
    def element(self) -> str:
        """The name of a row's element: ``option`` for ``xtk:option``."""
        return self.name.partition(":")[2]

    @property
    def title(self) -> str:
        """How faults name the type: ``Options (xtk:option)``."""
        return f"{self.label} ({self.name})"

    @cached_property
    def by_path(self) -> dict[str, Attribute]:
        return {attribute.path: attribute for attribute in self.attributes}

    @cached_property
    def by_name(self) -> dict[str, Attribute]:
        return {attribute.name: attribute for attribute in self.attributes}

    @cached_property
    def link_by_name(self) -> dict[str, Link]:
        return {link.name: link for link in self.links}

    @cached_property
    def stored(self) -> tuple[Attribute, ...]:
        """The attributes that are columns of the table, `id` first."""
        return tuple(attribute for attribute in self.attributes if attribute.computed is None)

    def attribute(self, name: str) -> Attribute:
        """The stored attribute of that name; raises LookupError for the simulator's own programming mistakes."""
        found = self.by_name.get(name)
        if found is None or found.computed is not None:
            raise LookupError(f"{self.name} has no stored attribute '{name}'")
        return found


def enumeration(text: str) -> Enumeration:
    """``value name label`` a line; ``11-15`` is a range of values."""
    entries: dict[int, tuple[str, str]] = {}
    for line in text.strip().splitlines():
        values, name, label = line.split(maxsplit=2)
        first, _unused, last = values.partition("-")
        entries.update(dict.fromkeys(range(int(first), int(last or first) + 1), (name, label)))
    return Enumeration(MappingProxyType(entries))


def attributes(text: str, enumerations: dict[str, Enumeration] | None = None) -> tuple[Attribute, ...]:
    """``name type [guess] [element=path] [computed=label,name]`` a line; the id comes first in every schema."""
    found = []
    for line in ("id long", *text.strip().splitlines()):
        name, kind, *flags = line.split()
        options = dict(flag.partition("=")[::2] for flag in flags)
        label, _unused, key = options.get("computed", "").partition(",")
        found.append(
            Attribute(
                name,
                Kind(kind),
                options.get("element") or f"@{name}",
                guessed="guess" in options,
                computed=(label, key) if key else None,
                enumeration=(enumerations or {}).get(name),
            )
        )
    return tuple(found)


def table(
    name: str,
    label: str,
    attributes: tuple[Attribute, ...],
    *,
    links: str = "",
    natural_key: str = "",
    folder_path: str = "",
    indexes: tuple[tuple[str, ...], ...] = (),
    guessed: bool = False,
) -> Schema:
    """`links` is ``name target`` a comma; the column of link `folder` is ``folder-id``, as in every listed schema."""
    parsed = tuple(Link(link, f"{link}-id", target) for link, target in (item.split() for item in links.split(",")
                   if item.strip()))  # fmt: skip
    if natural_key:
        indexes = ((natural_key,), *indexes)
    return Schema(name, label, attributes, parsed, natural_key, folder_path, indexes, guessed)
