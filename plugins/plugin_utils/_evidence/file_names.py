# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Names of runs and hosts as file names. A run's name already is one; a host's name is encoded, and can be decoded.

An ordinary name (letters, digits, ``.``, ``_``, ``-``, with a letter or digit first) stays as it is. In every other
name the UTF-8 bytes that do not fit are written as ``%XX``, and so is a first ``.``, ``_`` or ``-``: no host's file is
hidden or collides with a file of the run, such as ``_plan.json``. A name that would be too long keeps its beginning,
and ends in its SHA-256: only the record itself has it in full.

A list of deliveries has the name of its host's record, ``~``, which no such name has, and the option, encoded alike.
"""

from __future__ import annotations

import hashlib
import re

from ansible.errors import AnsibleActionFail

#: The form of a run's name: one component of a path.
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: The most bytes in a name that file systems allow.
LONGEST = 255
#: How the name of a list of deliveries ends.
LIST = ".affected.csv"
#: Room for the suffixes of a host's name: ``.json``, ``.affected.csv``.
LONGEST_STEM = LONGEST - 15
#: This much of a long name is kept.
BEGINNING = 120

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_ESCAPED = re.compile(rb"%([0-9A-F]{2})")
_STEM = re.compile(r"(?:[A-Za-z0-9]|%[0-9A-F]{2})(?:[A-Za-z0-9._-]|%[0-9A-F]{2})*(?P<long>%-[0-9a-f]{64})?")
#: Release 1.0 had one list for all options of a host.
_LIST = re.compile(rf"{_STEM.pattern}(?:~(?:[A-Za-z0-9._-]|%[0-9A-F]{{2}})*(?:%-[0-9a-f]{{64}})?)?{re.escape(LIST)}")


def run_name(run_id: str) -> str:
    """The name of a run, which is the name of its directory.

    :raises AnsibleActionFail: it cannot name a directory.
    """
    if not SAFE_NAME.fullmatch(run_id) or len(run_id) > LONGEST:
        raise AnsibleActionFail(
            f"run_id '{run_id[:LONGEST]}' cannot be a file name; use letters, digits, '.', '_' and '-'. "
            "Nothing was written."
        )
    return run_id


def host_stem(host: str) -> str:
    """The name of a host's files, without suffix.

    :raises AnsibleActionFail: the host has no name.
    """
    if not host:
        raise AnsibleActionFail("instance '' cannot be a file name: the task has no host. Nothing was written.")
    raw = host.encode("utf-8", "surrogatepass")
    stem = _escaped(raw)
    return _fitted(f"%{raw[0]:02X}{stem[1:]}" if stem[0] in "._-" else stem, raw)


def list_name(stem: str, option: str) -> str:
    """The name of the list of deliveries of one option.

    :param stem: the name of the host's files, without suffix.
    """
    both = f"{stem}~{_escaped(option.encode('utf-8', 'surrogatepass'))}"
    return _fitted(both, both.encode("ascii")) + LIST


def is_list_name(name: str) -> bool:
    """Whether a list of deliveries can have this name."""
    return _LIST.fullmatch(name) is not None


def _escaped(raw: bytes) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in raw)


def _fitted(stem: str, raw: bytes) -> str:
    """The same, shortened if it is too long; ``raw`` is what tells it from others."""
    if len(stem) <= LONGEST_STEM:
        return stem
    begun = re.sub(r"%[0-9A-F-]?$", "", stem[:BEGINNING])
    return f"{begun}%-{hashlib.sha256(raw).hexdigest()}"


def is_host_stem(stem: str) -> bool:
    """Whether a host's files can have this name."""
    return _STEM.fullmatch(stem) is not None


def host_of(stem: str) -> str:
    """The host whose files have this name; '' for a shortened name, or one that is no host's."""
    match = _STEM.fullmatch(stem)
    if match is None or match["long"]:
        return ""
    raw = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), stem.encode("ascii"))
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return ""
