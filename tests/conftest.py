# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes ``ansible_collections.campaign.classic``, ``simulator`` and ``tools`` importable, whoever starts pytest."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def _collections_path() -> Path:
    """The folder that holds ``ansible_collections/campaign/classic``, which is this tree."""
    if ROOT.parts[-3:] == ("ansible_collections", "campaign", "classic"):
        return ROOT.parents[2]
    link = ROOT / ".build/collections/ansible_collections/campaign/classic"
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        # Another worker may have made it in between.
        with contextlib.suppress(FileExistsError):
            link.symlink_to("../../../..")
    return link.parents[2]


_COLLECTIONS = str(_collections_path())
# The same path for Python, for Ansible in this process, and for every ansible-playbook that a test starts.
for _path in (_COLLECTIONS, str(ROOT)):
    if _path not in sys.path:
        sys.path.insert(0, _path)
os.environ["ANSIBLE_COLLECTIONS_PATH"] = _COLLECTIONS
os.environ.setdefault("ANSIBLE_HOME", str(ROOT / ".build/home/.ansible"))
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(ROOT / ".build/hypothesis"))
os.environ.setdefault("ANSIBLE_DEPRECATION_WARNINGS", "false")
os.environ.setdefault("ANSIBLE_LOCALHOST_WARNING", "false")
os.environ.setdefault("ANSIBLE_INVENTORY_UNPARSED_WARNING", "false")
# What a shell starts in the background ignores Ctrl-C, and nohup ignores SIGHUP; the tests send both, to children too.
if threading.current_thread() is threading.main_thread():
    for _number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(_number) is signal.SIG_IGN:
            signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)
# A test must never meet a real server because its author has one in the environment.
for _name in [name for name in os.environ if name.startswith("CAMPAIGN_")]:
    del os.environ[_name]
