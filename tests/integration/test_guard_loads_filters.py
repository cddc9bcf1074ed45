# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks load the collection's filters once, in Ansible's main process, and not in each worker."""

from __future__ import annotations

from pathlib import Path

from tests.integration.runner import Ansible

#: Python imports this file by itself. It notes each filter of the collection that a process compiles.
WATCH = """
import os, sys
def watch(event, arguments):
    name = str(arguments[1]) if event == "compile" else ""
    if "/campaign/classic/plugins/filter/" in name and "__init__" not in name:
        with open(os.environ["COMPILED"], "a") as stream:
            stream.write(f"{os.getpid()} {os.path.basename(name)}\\n")
sys.addaudithook(watch)
"""


def test_filters_are_loaded_in_one_process(ansible: Ansible, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    compiled = tmp_path / "compiled.txt"
    # Without what was compiled before: each process that loads a filter compiles it.
    fresh = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(tmp_path / "none")}
    environment = {"PYTHONPATH": str(tmp_path), "COMPILED": str(compiled), **fresh}
    done = ansible.playbook("campaign.classic.detect", environment=environment)
    assert done.status == 0, done.output
    lines = [line.split() for line in compiled.read_text(encoding="utf-8").splitlines()]
    assert "fleet.py" in [name for _process, name in lines]
    assert len({process for process, _name in lines}) == 1, lines
