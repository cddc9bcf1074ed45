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
    variables = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", _COUNT], capture_output=True, text=True, timeout=60, env=variables, check=False
    )
    assert done.stdout.split() == ["0", "True"], done.stderr
