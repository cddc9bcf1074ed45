# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regular expressions that are compiled when they are first used."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from ansible_collections.campaign.classic.plugins.module_utils._core.lazy_pattern import LazyPattern

TEXT = "One error (12), another ERROR (34)"
_COUNT = """
import re
made = []
inner = re.compile
re.compile = lambda *given, **more: made.append(given) or inner(*given, **more)
import ansible_collections.campaign.classic.plugins.module_utils._diagnosis.causes as causes
at_import = len([one for one in made if "timed" in str(one[0]) or "livraison" in str(one[0])])
causes.BUILT_IN.of("The operation timed out")
print(at_import, len([one for one in made if "timed" in str(one[0])]) > 0)
"""

_LOADED = """
import re
import ansible_collections.campaign.classic.plugins.action.sync_cursor_info
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.causes import BUILT_IN
made = []
inner = re.compile
re.compile = lambda *given, **more: made.append(given) or inner(*given, **more)
cause = BUILT_IN.of("The operation timed out")
print(cause is not None, len(made))
"""


def test_it_does_what_the_compiled_expression_does() -> None:
    source, flags = r"error \((\d+)\)", re.IGNORECASE
    lazy, eager = LazyPattern(source, flags), re.compile(source, flags)
    assert lazy.findall(TEXT) == eager.findall(TEXT) == ["12", "34"]
    assert lazy.split(TEXT) == eager.split(TEXT)
    assert lazy.sub("…", TEXT) == eager.sub("…", TEXT)
    found, expected = lazy.search(TEXT), eager.search(TEXT)
    assert found is not None and expected is not None and found.span() == expected.span()
    assert lazy.match(TEXT) is eager.match(TEXT) is None


def test_what_names_a_cause_is_compiled_when_a_text_is_read_and_not_before() -> None:
    assert _told(_COUNT) == ["0", "True"]


def test_what_an_action_needs_is_compiled_when_ansible_loads_it_and_so_before_it_forks_its_workers() -> None:
    assert _told(_LOADED) == ["True", "0"]


def _told(program: str) -> list[str]:
    """The words that a program prints in a process of its own, where nothing is loaded yet."""
    variables = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=variables, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()
