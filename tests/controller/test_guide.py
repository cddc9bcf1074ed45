# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each command of the guide to AWX is run as it stands there against the recorder, and says what the guide shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.guide import blocks, not_printed, shell, steps

from .conftest import LIMIT
from .recorder import TOKEN, Awx

GUIDE = Path(__file__).resolve().parents[2] / "docs/docsite/rst/awx_guide.rst"
#: The address of the guide. The recorder has another one.
ADDRESS = "https://awx.example.com"
#: What the file secrets.yml of the guide may hold.
SECRETS = "vault_campaign_password: n0t-for-logs\n"


def prepare(where: Path, text: str) -> None:
    """The directory of the guide: its files, by the comment that each begins with, and the secrets, encrypted."""
    for kind, body in blocks(text):
        first, _break, _rest = body.partition("\n")
        if kind == "yaml" and first.startswith("# ") and first.endswith(".yml"):
            (where / first.removeprefix("# ")).write_text(body, encoding="utf-8")
    (where / "vault-password").write_text("a vault password of a test\n", encoding="utf-8")
    (where / "secrets.yml").write_text(SECRETS, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("ansible-vault")), "encrypt", "secrets.yml"]
    subprocess.run([*command, "--vault-password-file", "vault-password"], cwd=where, check=True, capture_output=True)


@pytest.mark.full
@pytest.mark.timeout(LIMIT * 6)
def test_each_command_of_the_guide_prints_what_the_guide_shows(fresh: Awx, collection: Path, tmp_path: Path) -> None:
    fresh.add("credentials", name="AWX itself", organization=1, credential_type=3)
    fresh.add("execution_environments", name="Campaign")
    text = GUIDE.read_text(encoding="utf-8")
    prepare(tmp_path, text)
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": f"{os.environ['ANSIBLE_COLLECTIONS_PATH']}:{collection}",
        "ANSIBLE_INJECT_FACT_VARS": "false",
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    }
    exported = ""
    found = steps(text, "ansible")
    assert len(found) == text.count("   $ ansible") == 9
    for number, (script, shown) in enumerate(found, 1):
        ready = script.replace(ADDRESS, fresh.url).replace("TOKEN=...", f"TOKEN={TOKEN}")
        exported += "".join(line + "\n" for line in ready.splitlines() if line.startswith("export "))
        said = shell(exported + ready, tmp_path, LIMIT, **environment).replace(fresh.url, ADDRESS)
        (tmp_path / f"step-{number}.txt").write_text(said, encoding="utf-8")
        missing = not_printed(shown, said)
        assert not missing, f"step {number} does not print:\n{missing}\nbut:\n{said}"
    assert SECRETS.split()[1] not in "".join(path.read_text() for path in tmp_path.glob("step-*.txt"))
