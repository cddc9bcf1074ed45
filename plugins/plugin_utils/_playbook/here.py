# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Where the user stands: files that a user names, and the evidence, start from there.

A shell says it in ``PWD``, with the links that the user went through. A program that starts ansible-playbook in another
directory, as ansible-runner does for each job in that of its project, leaves its own value there: then the evidence of
a job would be anywhere but in its own directory.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping


def here() -> str:
    """Where relative file names of the user start."""
    return os.environ.get("PWD") or "."


def stand_here(environ: MutableMapping[str, str] | None = None) -> None:
    """Set ``PWD`` to the working directory unless it is another name for it, as ``pwd -L`` does."""
    kept = os.environ if environ is None else environ
    try:
        is_right = os.path.samefile(kept.get("PWD", ""), ".")
    except OSError:
        is_right = False
    if not is_right:
        kept["PWD"] = os.getcwd()
