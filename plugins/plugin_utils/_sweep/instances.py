# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The list of instances: read from the inventory's own file and from others, and validated as one."""

from __future__ import annotations

import os
import re
import typing as t
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...module_utils._client.connect import SECRET
from ...module_utils._client.logon import router_url
from ...module_utils._core.errors import CampaignError, ValidationError, shorten
from ...module_utils._core.trust import require
from .._variables.as_module import as_module_sees
from .observations import ALL, MARKETING, MID, ROLES, address_of

#: Options of the connection that an instance may have in the list.
CONNECTION = ("user", "validate_certs", "ca_path", "client_cert", "client_key", "timeout")
#: Options that an inventory, which many people see, must not contain; a proxy's URL may contain a password.
_HIDDEN = frozenset((*SECRET, "session", "proxy"))
_SECRET_VARIABLES = frozenset(f"campaign_{name}" for name in SECRET)
_KEYS = frozenset(("name", "url", "role", "servers", "vars", *CONNECTION))
_SUFFIXES = (".yml", ".yaml", ".json")
#: Names of groups that Ansible has, and of those that the plugin and the gates of the playbooks make.
_RESERVED = re.compile(
    rf"all|ungrouped|{ALL}(_{MARKETING}|_{MID}|_role_unknown|_(verdict|version|uses)_[A-Za-z0-9_]+|_[a-z_]+_selected)?"
)
#: The characters that Ansible's host patterns leave for a host's name.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}")


@dataclass(frozen=True)
class Instance:
    """One entry of the list.

    :param place: its file, for messages.
    :param servers: further URLs by which accounts of other instances name this one.
    :param connection: options of the connection, to be used.
    :param written: ``url``, ``servers`` and these as they were written, for display: vaulted values stay vaulted.
    :param variables: the user's own host variables.
    """

    name: str
    url: str
    place: str
    role: str = ""
    servers: tuple[str, ...] = ()
    connection: Mapping[str, t.Any] = field(default_factory=dict)
    written: Mapping[str, t.Any] = field(default_factory=dict)
    variables: Mapping[str, t.Any] = field(default_factory=dict)

    @property
    def is_hidden(self) -> bool:
        """Whether its address is vaulted, and therefore not shown."""
        return not isinstance(self.written.get("url", ""), str)

    def host_variables(self) -> dict[str, t.Any]:
        """``campaign_url`` and so on."""
        servers: t.Sequence[t.Any] = self.servers
        if not all(isinstance(server, str) for server in self.written.get("servers", ())):
            servers = self.written["servers"]
        return {
            "campaign_url": self.written["url"] if self.is_hidden else self.url,
            **({"campaign_servers": list(servers)} if servers else {}),
            **{f"campaign_{name}": self.written.get(name, value) for name, value in self.connection.items()},
        }


def files_of(path: str, base: str) -> list[Path]:
    """A file, or the files of a directory by name, without hidden ones and those that are not YAML or JSON.

    :param base: the directory in which a relative path begins.
    :raises ValidationError: there is no such file or directory, or somebody else can have written it (see
        ``_core/trust.py``): a URL of theirs would get the password.
    """
    full = Path(base) / os.path.expanduser(os.path.expandvars(path))
    if full.is_file():
        return [_trusted(full)]
    if full.is_dir():
        listed = _trusted(full).iterdir()
        found = sorted(one for one in listed if one.suffix in _SUFFIXES and not one.name.startswith("."))
        return [_trusted(one) for one in found if one.is_file()]
    raise ValidationError(
        f"There is no file or directory {full}.", next_step="Correct instances_from; it begins where this file is."
    )


def _trusted(path: Path) -> Path:
    require(path, "list of instances")
    return path


def read_instances(
    own: Sequence[t.Any],
    own_place: str,
    files: Sequence[Path],
    load: Callable[[str], t.Any],
    groups: Collection[str] = (),
) -> list[Instance]:
    """All entries, in order.

    :param groups: names of existing groups, and of those that the inventory's file makes.
    :param own: the list in the inventory's own file.
    :param load: reads one file.
    :raises ValidationError: an entry is malformed; two have one name, or one address; or there is none at all.
    """
    lists = [(own, own_place), *((_list_in(load(str(path)), str(path)), str(path)) for path in files)]
    _require_names(lists, groups)
    found = [entry for rows, place in lists for entry in _entries(rows, place)]
    if not found:
        raise ValidationError(
            f"{own_place} names no instance.", next_step="List them in instances, or their files in instances_from."
        )
    _distinct(found)
    return found


def _list_in(content: t.Any, place: str) -> Sequence[t.Any]:
    """The list in a file: the file itself, or its key ``instances``. An empty file has none."""
    if isinstance(content, Mapping):
        unknown = sorted(str(key) for key in content if key != "instances")
        if unknown:
            raise ValidationError(f"{place} has keys that mean nothing here: {', '.join(unknown)}.", next_step=_FORM)
        content = content.get("instances")
    if content is None:
        return []
    if not isinstance(content, list):
        raise ValidationError(f"{place} is not a list of instances.", next_step=_FORM)
    return content


_FORM = "Write a list, each entry with name and url."


def _require_names(lists: Sequence[tuple[Sequence[t.Any], str]], groups: Collection[str]) -> None:
    """Check every name before anything is read, and report all at once.

    :raises ValidationError: a name that no host can have, one that is a group's, or two that only case tells apart.
    """
    wrong: list[str] = []
    spelt: dict[str, tuple[str, str]] = {}
    for rows, place in lists:
        for number, row in enumerate(rows, 1):
            if isinstance(row, Mapping):  # any other is reported where the entry is read
                wrong += _name_problems(row.get("name"), f"entry {number} of {place}", groups, spelt)
    if wrong:
        raise ValidationError(
            f"Names of instances that cannot be used: {'; '.join(wrong)}. No instance was read.",
            next_step="Use letters, digits, '.', '_' and '-', and for each instance a name that no group has.",
        )


def _name_problems(
    name: t.Any, where: str, groups: Collection[str], spelt: dict[str, tuple[str, str]]
) -> Iterator[str]:
    """The problem of a name.

    :param spelt: the names so far, in lower case, each with its first spelling and place; it is added to.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        shown = "" if name is None else f" ({shorten(repr(name), 80)})"
        yield f"the {where} has no name that can be a host's{shown}"
        return
    if name in groups or _RESERVED.fullmatch(name):
        yield f"{name} ({where}) is the name of a group"
    elif name == "localhost":
        yield f"{name} ({where}) is the machine that runs Ansible"
    first, there = spelt.setdefault(name.lower(), (name, where))
    if first != name:
        yield f"{first} ({there}) and {name} ({where}) differ only by case"


def _entries(rows: Sequence[t.Any], place: str) -> list[Instance]:
    return [_entry(row, place, f"entry {number} of {place}") for number, row in enumerate(rows, 1)]


def _entry(row: t.Any, place: str, where: str) -> Instance:
    _require_form(row, where)
    name = str(row["name"])
    plain = _plain(row, f"{name} in {place}")
    url, role, servers = plain.get("url"), plain.get("role") or "", plain.get("servers") or []
    if role and role not in ROLES:
        raise ValidationError(f"{name} in {place} has the role {role!r}.", next_step=f"Roles are: {', '.join(ROLES)}.")
    if not isinstance(servers, list) or not isinstance(row.get("vars") or {}, Mapping):
        raise ValidationError(
            f"{name} in {place}: servers is a list of URLs, and vars are variables.", next_step="Correct them."
        )
    entry = Instance(
        name=name,
        url=str(url or ""),
        place=place,
        role=role,
        servers=tuple(map(str, servers)),
        connection=_given(plain, CONNECTION),
        written=_given(row, ("url", "servers", *CONNECTION)),
        variables=row.get("vars") or {},
    )
    _checked(entry, entry.url, router_url)
    return entry


def _require_form(row: t.Any, where: str) -> None:
    """Refuse a value that is no entry, contains an unvaulted secret, or has an unknown key."""
    if not isinstance(row, Mapping):
        raise ValidationError(f"The {where} is not an instance.", next_step=_FORM)
    secret = sorted([*(set(row) & _HIDDEN), *_secret_variables(row.get("vars"))])
    if secret:
        raise ValidationError(
            f"The {where} holds {', '.join(secret)}, and an inventory is shown to many.",
            next_step="Give it in the environment, or in the file that CAMPAIGN_CREDENTIALS_FILE names.",
        )
    unknown = sorted(shorten(str(key), 40) for key in set(row) - _KEYS)
    if unknown:
        raise ValidationError(
            f"The {where} has keys that mean nothing here: {', '.join(unknown)}.",
            next_step=f"Keys are: {', '.join(sorted(_KEYS))}.",
        )


def _given(row: Mapping[str, t.Any], names: t.Iterable[str]) -> dict[str, t.Any]:
    return {name: row[name] for name in names if row.get(name) is not None}


def _plain(row: Mapping[str, t.Any], where: str) -> Mapping[str, t.Any]:
    """The entry without the user's variables, as a module would get it: a vaulted value is decrypted."""
    try:
        return as_module_sees({key: value for key, value in row.items() if key != "vars"})
    except ValidationError as error:
        raise ValidationError(f"{where}: {error.message}", next_step="No instance was read. Correct it.") from None


def _secret_variables(variables: t.Any) -> Iterator[str]:
    """The variables with an unvaulted secret; the name of another variable, as in ``{{ vault_password }}``, is no
    secret.
    """
    for name, value in variables.items() if isinstance(variables, Mapping) else ():
        is_plain = isinstance(value, (str, int, float)) and "{{" not in str(value)
        if str(name) in _SECRET_VARIABLES and is_plain:
            yield f"{name} in vars"


def _checked(entry: Instance, url: str, read: Callable[[str], str]) -> str:
    try:
        return read(url)
    except CampaignError as error:
        what = "What its vaulted url stands for cannot be one." if entry.is_hidden else error.message
        raise ValidationError(f"{entry.name} in {entry.place}: {what}", next_step=error.next_step) from None


def _distinct(entries: Sequence[Instance]) -> None:
    """One host per instance: otherwise an instance would be read twice, and cured twice at the same time."""
    names: dict[str, Instance] = {}
    addresses: dict[str, Instance] = {}
    for entry in entries:
        first = names.setdefault(entry.name, entry)
        if first is not entry:
            raise ValidationError(
                f"There are two instances with the name {entry.name}: in {first.place} and in {entry.place}.",
                next_step="Give each a name of its own; no instance was read.",
            )
        for url in (entry.url, *entry.servers):
            first = addresses.setdefault(_checked(entry, url, address_of), entry)
            if first is not entry:
                told = "" if first.is_hidden or entry.is_hidden else f" {url}"
                raise ValidationError(
                    f"{first.name} (in {first.place}) and {entry.name} (in {entry.place}) have the same address{told}.",
                    next_step="One instance is one host: leave one of them out; no instance was read.",
                )
