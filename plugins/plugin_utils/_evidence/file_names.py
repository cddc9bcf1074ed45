# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Names of runs and hosts as names of files. A run's name is one; a host's is made one, and can be read back.

An ordinary name (letters, digits, ``.``, ``_``, ``-``, with a letter or digit first) stays as it is. Of every other one
the bytes of UTF-8 that do not fit are written as ``%XX``, and so is a first ``.``, ``_`` or ``-``: no host's file is
hidden or is one that the run keeps for itself, such as ``_plan.json``. A name that would be too long keeps its
beginning, and ends in its SHA-256: only the record itself says it in full.
"""

from __future__ import annotations

import hashlib
import re

from ansible.errors import AnsibleActionFail

#: What a run's name may be: one component of a path.
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: Most bytes in a name, as file systems have it.
LONGEST = 255
#: Room for what is put behind a host's name: ``.json``, ``.affected.csv``.
LONGEST_STEM = LONGEST - 15
#: So much of a long name is kept.
BEGINNING = 120

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_ESCAPED = re.compile(rb"%([0-9A-F]{2})")
_STEM = re.compile(r"(?:[A-Za-z0-9]|%[0-9A-F]{2})(?:[A-Za-z0-9._-]|%[0-9A-F]{2})*(?P<long>%-[0-9a-f]{64})?")


def run_name(run_id: str) -> str:
    """The name of a run, which is that of its directory.

    :raises AnsibleActionFail: it cannot be one.
    """
    if not SAFE_NAME.fullmatch(run_id) or len(run_id) > LONGEST:
        raise AnsibleActionFail(
            f"run_id '{run_id[:LONGEST]}' cannot be a file name; use letters, digits, '.', '_' and '-'. "
            "Nothing was written."
        )
    return run_id


def host_stem(host: str) -> str:
    """The name of a host's files, without what comes behind.

    :raises AnsibleActionFail: the host has no name.
    """
    if not host:
        raise AnsibleActionFail("instance '' cannot be a file name: the task has no host. Nothing was written.")
    raw = host.encode("utf-8", "surrogatepass")
    parts = [chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in raw]
    if parts[0] in "._-":
        parts[0] = f"%{raw[0]:02X}"
    stem = "".join(parts)
    if len(stem) <= LONGEST_STEM:
        return stem
    begun = re.sub(r"%[0-9A-F]?$", "", stem[:BEGINNING])
    return f"{begun}%-{hashlib.sha256(raw).hexdigest()}"


def is_host_stem(stem: str) -> bool:
    """Whether it can be the name of a host's files."""
    return _STEM.fullmatch(stem) is not None


def host_of(stem: str) -> str:
    """The host whose files have this name; '' for a name that was too long, or is no host's."""
    match = _STEM.fullmatch(stem)
    if match is None or match["long"]:
        return ""
    raw = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), stem.encode("ascii"))
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return ""
