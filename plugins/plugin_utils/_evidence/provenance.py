# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Who runs this: the user on the controller, the job of AWX if there is one, and the versions."""

from __future__ import annotations

import json
import os
import pwd
import re
import socket
import typing as t
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from ansible.release import __version__ as ansible_version

#: What AWX and Automation Controller tell a job about itself, as extra variables (older ones by the second name).
JOB_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "id": ("awx_job_id", "tower_job_id"),
    "user": ("awx_user_name", "tower_user_name"),
    "template": ("awx_job_template_name", "tower_job_template_name"),
}


def who(variables: Mapping[str, t.Any], environ: Mapping[str, str]) -> dict[str, t.Any]:
    """Who runs this. ``job`` is None outside of AWX."""
    job = {
        key: next((str(variables[name]) for name in names if variables.get(name) not in (None, "")), "")
        for key, names in JOB_VARIABLES.items()
    }
    job["id"] = job["id"] or environ.get("JOB_ID", "")
    return {
        "user": _user(),
        "sudo_user": environ.get("SUDO_USER", ""),
        "controller": socket.gethostname(),
        "job": job if any(job.values()) else None,
        "ansible": ansible_version,
        "collection": collection_version(),
    }


def _user() -> str:
    """The user as the system knows it, which no environment variable can change. A container may have no such name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


@lru_cache(maxsize=1)
def collection_version() -> str:
    """The collection's version: of the installed collection, else of its source; '' when neither says."""
    root = Path(__file__).resolve().parents[3]
    try:
        if (root / "MANIFEST.json").is_file():
            data = json.loads((root / "MANIFEST.json").read_text(encoding="utf-8"))
            return str(data["collection_info"]["version"])
        found = re.search(
            r"^version:\s*[\"']?([^\s\"']+)", (root / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE
        )
    except (OSError, ValueError, KeyError):
        return ""
    return found.group(1) if found else ""
