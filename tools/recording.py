# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records the demo as a film for terminals (asciinema, version 2): ``docs/docsite/demo.cast``.

The words are those of a real run, line by line. The pace is not: a line follows the one before at once, and each
command after a pause in which it can be read. So two recordings differ only in times and digests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence

from .environment import ROOT, make_folders, suite_environment

CAST = ROOT / "docs" / "docsite" / "demo.cast"
DEMO = ROOT / "examples" / "demo" / "demo.py"
#: Seconds between two lines, before a command, and after one.
LINE, BEFORE, AFTER = 0.06, 1.2, 1.6
#: The demo prints no wider line.
WIDTH, HEIGHT = 122, 40


def cast(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a recording of some lines of a terminal."""
    header = {"version": 2, "width": WIDTH, "height": HEIGHT, "title": "campaign.classic: make demo"}
    yield json.dumps(header)
    moment = 0.5
    for line in ["$ make demo", *lines]:
        is_command = line.startswith("$ ")
        moment += BEFORE if is_command else LINE
        yield json.dumps([round(moment, 2), "o", f"{line}\r\n"], ensure_ascii=False)
        moment += AFTER if is_command else 0.0


def main() -> int:
    """Run the demo and write the recording, unless the demo failed."""
    make_folders(os.environ)
    done = subprocess.run(
        [sys.executable, str(DEMO)],
        cwd=ROOT,
        env=suite_environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print(done.stdout)
        return 1
    CAST.write_text("\n".join(cast(done.stdout.splitlines())) + "\n", encoding="utf-8")
    print(f"{CAST.relative_to(ROOT)}: play it with asciinema play {CAST.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
