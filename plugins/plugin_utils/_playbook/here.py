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
from collections.abc import Mapping, MutableMapping


def here(environ: Mapping[str, str] | None = None) -> str:
    """Where relative file names of the user start: ``PWD``, if it is a name of the working directory (``pwd -L``)."""
    kept = (os.environ if environ is None else environ).get("PWD", "")
    try:
        return kept if os.path.samefile(kept, ".") else os.getcwd()
    except OSError:
        return os.getcwd()


def stand_here(environ: MutableMapping[str, str] | None = None) -> None:
    """Let ``PWD`` say so to templates, too."""
    kept = os.environ if environ is None else environ
    kept["PWD"] = here(kept)


def user_path(text: str) -> str:
    """The file that a user means, with ``~`` and ``$NAME``, as a template makes it of a variable by
    ``[here, text | expandvars | expanduser] | path_join``.

    What writes a file and what reads it must both ask here, or one of them looks elsewhere.
    """
    return os.path.join(here(), os.path.expanduser(os.path.expandvars(text)))
