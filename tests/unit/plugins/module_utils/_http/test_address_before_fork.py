# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every worker needs is there before Ansible forks it: no expression is compiled and no codec loaded in each."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = f"""
import re, sys
sys.path[:0] = {sys.path!r}
from ansible_collections.campaign.classic.plugins.module_utils._core.forms import Needle
from ansible_collections.campaign.classic.plugins.module_utils._http.address import canonical, read_url
before, compiled = set(sys.modules), []
re._compile = lambda pattern, flags, compile=re._compile: (compiled.append(pattern), compile(pattern, flags))[1]
for url in ("http://mkt.example:8080/a%20b", "https://127.0.0.1", "http://[::1]:80/x"):
    read_url(url, "url")
    canonical(url)
Needle("a-long-secret", "ops")
print(compiled, sorted(name for name in set(sys.modules) - before if name.startswith("encodings")))
"""


def test_addresses_and_secrets_compile_and_load_nothing_when_they_are_read() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "[] ['encodings.idna']\n" or done.stdout == "[] []\n", done.stdout + done.stderr
