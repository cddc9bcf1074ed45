# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are in this clone, and the environment in which every suite runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / ".build"
COLLECTIONS = BUILD / "collections"

#: Settings of the user that would affect a test: their Ansible, their Python path, their git
#: hook, and above all their Campaign servers.
PERSONAL = ("ANSIBLE_", "CAMPAIGN_", "GIT_", "MOLECULE_", "MYPY", "PYTEST_", "PYTHONHOME", "PYTHONPATH", "XDG_")


def suite_environment(base: Mapping[str, str]) -> dict[str, str]:
    """The environment for a suite: it contains nothing personal, and everything that the suite writes stays below
    ``.build``.

    :param base: the environment of the caller. From it remain the search path, the proxies, and the settings of pip
        and npm.
    """
    environment = {name: value for name, value in base.items() if not name.startswith(PERSONAL)}
    home = BUILD / "home"
    old_home = base.get("HOME", "")
    if old_home and old_home != str(home):
        environment.setdefault("PIP_CACHE_DIR", str(Path(old_home, ".cache", "pip")))
        environment.setdefault("npm_config_cache", str(Path(old_home, ".npm")))
        environment.setdefault("npm_config_userconfig", str(Path(old_home, ".npmrc")))
    local = "127.0.0.1,localhost"
    for name in ("no_proxy", "NO_PROXY"):
        environment[name] = ",".join(filter(None, [environment.get(name, ""), local]))
    environment.update(
        ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS),
        ANSIBLE_HOME=str(home / ".ansible"),
        ANSIBLE_NOCOLOR="1",
        HOME=str(home),
        LC_ALL="C.UTF-8",
        PATH=os.pathsep.join([str(Path(sys.executable).parent), base.get("PATH", os.defpath)]),
        PYTHONUNBUFFERED="1",
        TMPDIR=str(BUILD / "tmp"),
    )
    return environment


def make_folders(base: Mapping[str, str]) -> None:
    """The folders that :func:`suite_environment` names, and pip's settings and cache of the caller in the new home.

    ansible-test starts pip with nothing but ``HOME`` in its environment: without the links it would not know the
    caller's package index.
    """
    for folder in (BUILD / "home", BUILD / "tmp", BUILD / "logs", BUILD / "results"):
        folder.mkdir(parents=True, exist_ok=True)
    for place in (".config/pip", ".pip", ".cache/pip"):
        theirs, ours = Path(base.get("HOME", "/nonexistent"), place), BUILD / "home" / place
        if theirs.is_dir() and theirs != ours and not os.path.lexists(ours):
            ours.parent.mkdir(parents=True, exist_ok=True)
            ours.symlink_to(theirs)
