# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The credentials file: what no inventory should hold, a section for all instances and one for each.

Every value is read as a text: a password ``0123`` or ``yes`` stays that text. No content of the file
appears in an error, only names of keys and numbers of lines.
"""

from __future__ import annotations

import os
import re
import stat
import sys
import typing as t
from collections.abc import Collection, Iterator, Mapping

from .._core.content import before_any_write
from .._core.errors import MissingLibrary, ValidationError
from .._core.trust import opened

if t.TYPE_CHECKING:
    import yaml
else:
    try:
        import yaml
    except ImportError:
        yaml = None

#: Names the file.
VARIABLE = "CAMPAIGN_CREDENTIALS_FILE"

_SECTIONS = ("default", "instances")
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str"))
_VAULT = b"$ANSIBLE_VAULT"
_NAME = re.compile(r"[A-Za-z_]{1,40}")
_FORM = "It holds two sections: default, with options, and instances, with options for each instance's name."
#: The largest file that is read: a thousand instances need a tenth of it.
_MAX_BYTES = 4 * 1024 * 1024
#: How many versions of files are cached: a sweep reads one file for each of its instances.
_MOST_KEPT = 8

Section = Mapping[str, str]


class CredentialsFile(t.NamedTuple):
    """The content of a credentials file."""

    default: Section
    instances: Mapping[str, Section]

    def sections(self, instance: str) -> list[Section]:
        """Its sections for one instance, the more specific one first."""
        own = self.instances.get(instance)
        return [self.default] if own is None else [own, self.default]


_KEPT: dict[tuple[t.Any, ...], CredentialsFile] = {}


def read_credentials(path: str, known: Collection[str]) -> CredentialsFile:
    """Read a credentials file. It is read again only if it has changed.

    :param path: as the user wrote it, with ``~`` and environment variables.
    :param known: the options that it may contain.
    :raises ValidationError: it cannot be read, others may read it or can have written it (see ``_core/trust.py``),
        or it is not a valid credentials file.
    """
    full = os.path.abspath(os.path.expanduser(os.path.expandvars(path)))
    with before_any_write():
        return _checked_file(full, frozenset(known))


def _checked_file(full: str, known: frozenset[str]) -> CredentialsFile:
    try:
        if not stat.S_ISREG(os.stat(full).st_mode):
            raise ValidationError(f"The credentials file {full} is not a regular file.", next_step=_where())
        with os.fdopen(opened(full, "credentials file", kind="secret"), "rb") as stream:
            return _read(full, known, stream)
    except OSError as error:
        raise _unreadable(full, error) from None


def _read(path: str, known: frozenset[str], stream: t.BinaryIO) -> CredentialsFile:
    """The content of the file; the last version is cached."""
    state = os.fstat(stream.fileno())
    version = (path, known, state.st_mtime_ns, state.st_size, state.st_ino)
    kept = _KEPT.get(version)
    if kept is not None:
        return kept
    content = stream.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise ValidationError(f"The credentials file {path} is longer than {_MAX_BYTES} bytes.", next_step=_where())
    if not content.strip():
        # A truncated file must not count as one without passwords.
        raise ValidationError(f"The credentials file {path} is empty.", next_step=_FORM)
    if content.startswith(_VAULT):
        raise _encrypted(path)
    found = _checked(path, _loaded(path, content), known)
    if len(_KEPT) >= _MOST_KEPT:
        _KEPT.clear()
    return _KEPT.setdefault(version, found)


def _loaded(path: str, content: bytes) -> t.Any:
    """The document, every scalar as text."""
    if yaml is None:
        raise MissingLibrary("PyYAML", sys.executable or "python3")
    loader: t.Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)(content)
    try:
        node = loader.get_single_node()
        if node is None:
            return {}
        for problem in _problems(node):
            raise ValidationError(f"The credentials file {path}, {problem}.", next_step=_FORM)
        return loader.construct_document(node) or {}
    except yaml.YAMLError as error:
        # The library's own message quotes the line, which may contain a password.
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}," if mark is not None else ""
        raise ValidationError(
            f"The credentials file {path}{place} is not valid YAML.", next_step="Put a text with : or # in quotes."
        ) from None
    finally:
        loader.dispose()


def _problems(node: t.Any) -> Iterator[str]:
    """What YAML allows and a credentials file does not: tags and duplicate keys."""
    line = f"line {node.start_mark.line + 1}"
    if node.tag == "!vault":
        yield f"{line}, has a value encrypted by ansible-vault, but the file is read without Ansible"
    elif node.tag not in _PLAIN_TAGS:
        yield f"{line}, has a tag, which is not supported here"
    if not isinstance(node.value, list):
        return
    seen: set[str] = set()
    for child in node.value:
        if not isinstance(child, tuple):
            yield from _problems(child)
            continue
        key, value = child
        if isinstance(key.value, str):
            if key.value in seen:
                yield f"line {key.start_mark.line + 1}, has a duplicate key"
            seen.add(key.value)
        yield from _problems(value)


def _checked(path: str, document: t.Any, known: frozenset[str]) -> CredentialsFile:
    if not isinstance(document, dict) or set(document) - set(_SECTIONS):
        raise ValidationError(f"The credentials file {path} is not a valid one.", next_step=_FORM)
    instances = document.get("instances") or {}
    if not isinstance(instances, dict):
        raise ValidationError(f"The section instances of the credentials file {path} has no names.", next_step=_FORM)
    return CredentialsFile(
        default=_section(path, "default", document.get("default"), known),
        instances={str(name): _section(path, str(name), section, known) for name, section in instances.items()},
    )


def _section(path: str, name: str, section: t.Any, known: frozenset[str]) -> Section:
    """One section, checked. An empty value counts as not set."""
    if section in (None, ""):
        return {}
    if not isinstance(section, dict):
        raise ValidationError(f"'{name}' in the credentials file {path} holds no options.", next_step=_FORM)
    unknown = sorted(_shown(key) for key in set(section) - known)
    if unknown:
        raise ValidationError(
            f"'{name}' in the credentials file {path} has unknown options: {', '.join(unknown)}.",
            next_step=f"Options are: {', '.join(sorted(known))}.",
        )
    for option, value in section.items():
        if not isinstance(value, str):
            raise ValidationError(f"The option {option} of '{name}' in the credentials file {path} is not a text.")
    return {option: value for option, value in section.items() if value}


def _shown(key: t.Any) -> str:
    """A key for messages: what is not a name may be a line with a password whose colon is missing."""
    return key if isinstance(key, str) and _NAME.fullmatch(key) else "a key that is not a name"


def _unreadable(path: str, error: OSError) -> ValidationError:
    return ValidationError(
        f"The credentials file {path} cannot be read ({error.strerror or type(error).__name__}).", next_step=_where()
    )


def _encrypted(path: str) -> ValidationError:
    return ValidationError(
        f"The credentials file {path} is encrypted by ansible-vault, but it is read without Ansible.",
        next_step="Decrypt it (ansible-vault decrypt) where only its owner may read it.",
    )


def _where() -> str:
    return f"Check the path in {VARIABLE}, or unset it."
