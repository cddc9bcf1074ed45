# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What is masked where: all secrets in what others say, and in our own words only what cannot be a word of ours.

Two rules, for a password may be ``1`` or ``stuck``:

* **Foreign texts** (from a server or a person: faults, pages, lines of a journal, labels, texts of
  options, URLs, arguments) are masked completely, every secret in every form, before they are cut.
  ``shorten`` in ``_core/errors.py`` does so for each text that a message quotes; :meth:`Masking.result` for
  the fields of a result that contain nothing else.
* **Our own fields** (verdicts, names of options and workflows, times, numbers, digests, keys) are never masked: they
  drive decisions. **Our sentences** quote names and times too, so only a secret is masked in them that
  cannot be mistaken for one (:func:`is_distinct`): in addition to the first rule, not instead of it.

The running operation knows the secrets: see :meth:`Masking.active`.
"""

from __future__ import annotations

import contextlib
import io
import re
import typing as t
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache

from .forms import EFFORT_EACH, MOST_EFFORT, Effort, Needle, TooManyEscapes, find

MASK = "********"
#: The end of what stands in place of a whole text that cannot be searched for secrets.
_UNSEARCHED = "characters, not shown: they have too many escapes to be searched for secrets]"

#: Fields that hold foreign texts only.
OTHERS = frozenset(
    {
        "build",
        "description",
        "errors",
        "expected_value",
        "instance_name",
        "journal",
        "label",
        "login",
        "new_value",
        "old_value",
        "packages",
        "release",
        "rights",
        "server_text",
        "text",
        "user",
        "value",
        "version",
        "written",
    }
)
#: Fields that hold our own data: names and the like. Their values are never masked, and are not treated as secrets in
#: our sentences either. A text with white space is not a name.
OWN = frozenset(
    {
        "account",
        "action",
        "activity",
        "after_header",
        "at",
        "before_header",
        "cause",
        "class",
        "cursor",
        "digest",
        "host",
        "instance",
        "internal_name",
        "kind",
        "lookback",
        "method",
        "missing",
        "name",
        "names",
        "option",
        "outcome",
        "run_id",
        "state",
        "state_name",
        "strategy",
        "type",
        "url",
        "verdict",
        "workflow",
    }
)

#: Times, numbers, versions: data, from any source.
_FIGURES = re.compile(r"[\d\s.:,+\-/TZ]*\d[\d\s.:,+\-/TZ]*")
_LETTERS = re.compile(r"[^\W\d]+")


#: So many foreign texts are kept with what they become, none longer than so many characters: half a megabyte.
MOST_KNOWN, LONGEST_KNOWN = 128, 4096


class Secret(t.NamedTuple):
    """A secret and its user."""

    text: str
    user: str = ""


def is_figure(text: str) -> bool:
    """Whether a text is a number, a time or a version, and so data rather than words."""
    return _FIGURES.fullmatch(text) is not None


def is_distinct(secret: str) -> bool:
    """Whether a secret cannot be mistaken for data: long, and neither one word nor a time or number."""
    return len(secret) >= 8 and not _LETTERS.fullmatch(secret) and not is_figure(secret)


@lru_cache(maxsize=64)
def _needle(secret: Secret) -> Needle:
    """The forms of a secret: those of a fleet's password are made once."""
    return Needle(secret.text, secret.user)


class Masking:
    """All secrets of one operation. More can be added at any time, such as the tokens of a new session."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._needles: dict[Secret, Needle] = {}
        self._distinct: list[Needle] = []
        #: Foreign texts and what they become: a journal says the same on every run.
        self._known: dict[str, str] = {}
        self._effort = Effort(MOST_EFFORT, EFFORT_EACH)
        self.add(secrets)

    def add(self, secrets: Iterable[Secret]) -> None:
        """Add secrets. Empty ones, and those that look like a mask, are ignored."""
        for secret in secrets:
            if secret.text.strip("* ") and secret not in self._needles:
                needle = self._needles[secret] = _needle(secret)
                if is_distinct(secret.text):
                    self._distinct.append(needle)
                self._known = {}

    def others(self, text: str) -> str:
        """A foreign text with every secret masked, in every form."""
        # The dictionary before the secrets: one that is added meanwhile makes a new dictionary.
        known = self._known
        found = known.get(text)
        if found is None:
            found = _replaced(text, self._needles.values(), self._effort)
            if len(known) < MOST_KNOWN and len(text) <= LONGEST_KNOWN:
                known[text] = found
        return found

    def ours(self, text: str, data: Iterable[str] = ()) -> str:
        """A sentence of ours with distinct secrets masked, except those that are part of our own ``data``."""
        needles = self._distinct
        if needles and data:
            needles = [one for one in needles if not any(one.secret in text for text in data)]
        return _replaced(text, needles, self._effort)

    def distinct(self, result: Mapping[str, t.Any]) -> frozenset[str]:
        """The secrets that may be masked anywhere in a result."""
        own = set(_own_data(result))
        return frozenset(one.secret for one in self._distinct if not any(one.secret in text for text in own))

    def data(self, value: t.Any) -> t.Any:
        """Rows of a server, in any nesting: texts are foreign, keys and numbers are data."""
        if isinstance(value, str):
            return value if is_figure(value) else self.others(value)
        if isinstance(value, Mapping):
            return {self.ours(key) if isinstance(key, str) else key: self.data(one) for key, one in value.items()}
        return [self.data(one) for one in value] if isinstance(value, (list, tuple)) else value

    def arguments(self, value: t.Any) -> t.Any:
        """User input, in any nesting: all texts masked."""
        if isinstance(value, str):
            return self.others(value)
        if isinstance(value, Mapping):
            return {key: self.arguments(one) for key, one in value.items()}
        return [self.arguments(one) for one in value] if isinstance(value, (list, tuple)) else value

    def result(self, value: Mapping[str, t.Any]) -> dict[str, t.Any]:
        """A result, each field by its kind: foreign text, our data, or our sentence."""
        own = set(_own_data(value)) if self._distinct else set()
        masked: dict[str, t.Any] = self._field(value, "", own)
        return masked

    def _field(self, value: t.Any, key: str, own: set[str]) -> t.Any:
        if isinstance(value, Mapping):
            return {name: self._field(one, str(name), own) for name, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._field(one, key, own) for one in value]
        if not isinstance(value, str) or _is_own(key, value) or is_figure(value):
            return value
        return self.others(value) if _is_of_others(key, value) else self.ours(value, own)

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """A context in which :func:`masked` knows the secrets, in this thread."""
        before = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(before)


_CURRENT: ContextVar[t.Optional[Masking]] = ContextVar("campaign_masking", default=None)


def current() -> Masking | None:
    """The masking of the running operation, if there is one."""
    return _CURRENT.get()


def masked(text: str) -> str:
    """A foreign text with the secrets of the running operation masked."""
    masking = _CURRENT.get()
    return text if masking is None else masking.others(text)


def is_masked(text: str) -> bool:
    """Whether a text looks like one that was masked. What a task returns is then not what the server holds, and must
    not be written, nor compared, as if it were."""
    return MASK in text or _UNSEARCHED in text


def masked_data(value: t.Any) -> t.Any:
    """The same for rows of a server; see :meth:`Masking.data`."""
    masking = _CURRENT.get()
    return value if masking is None else masking.data(value)


def _own_data(value: t.Any, key: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _own_data(one, str(name))
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _own_data(one, key)
    elif isinstance(value, str) and key != "url" and _is_own(key, value):
        yield value


def _is_own(key: str, value: str) -> bool:
    return key in OWN and len(value.split()) == 1


def _is_of_others(key: str, value: str) -> bool:
    """The server of an account is data, an address by which instances are matched, unless it has white space."""
    return key in OTHERS or (key == "server" and len(value.split()) != 1)


def _replaced(text: str, needles: Iterable[Needle], effort: Effort) -> str:
    """The text with masks. One that cannot be searched is not shown: a secret may be in it."""
    found = io.StringIO()
    last = 0
    try:
        for begin, end in find(text, needles, effort):
            found.write(text[last:begin] + MASK)
            last = end
    except TooManyEscapes:
        return f"[{len(text)} {_UNSEARCHED}"
    if not last:
        return text
    found.write(text[last:])
    return found.getvalue()
