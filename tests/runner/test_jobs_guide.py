# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each ``ansible-runner run`` of the guide to jobs is run as it stands there, and says what the guide shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from simulator.testing import RunningSimulator
from tests.helpers.guide import not_printed, shell, steps
from tests.integration.fleets import PASSWORD, USER
from tests.runner.conftest import bare_inventory
from tests.runner.jobs import LONGEST_JOB
from tests.runner.recorder import Store
from tests.runner.test_evidence import EXAMPLES, ROOT

GUIDE = ROOT / "docs" / "docsite" / "rst" / "jobs_guide.rst"
#: The store and the credential of the guide. The test has its own.
STORE = "https://store.example.com"
CREDENTIAL = "CAMPAIGN_USER=ops CAMPAIGN_PASSWORD=demo-ops"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def private_data(where: Path, instances: dict[str, str]) -> None:
    """The directory ``job`` of the guide: a project with the playbooks and the upload, an inventory, ``env``."""
    for name in ("project", "inventory", "env"):
        (where / name).mkdir(parents=True)
    for name in ("reconcile", "rollback"):
        book = [{"name": name.capitalize(), "ansible.builtin.import_playbook": f"campaign.classic.{name}"}]
        (where / "project" / f"{name}.yml").write_text(yaml.safe_dump(book, sort_keys=False), encoding="utf-8")
    upload = (EXAMPLES / "upload_http.yml").read_text(encoding="utf-8")
    (where / "project" / "upload_http.yml").write_text(upload, encoding="utf-8")
    (where / "inventory" / "hosts.yml").write_text(yaml.safe_dump(bare_inventory(instances)), encoding="utf-8")


@pytest.mark.every_job
@pytest.mark.timeout(4 * LONGEST_JOB)
def test_each_command_of_the_guide_prints_what_the_guide_shows(sim: RunningSimulator, tmp_path: Path) -> None:
    private_data(tmp_path / "job", dict(sim.instances))
    exported, manifest = "", ""
    found = steps(GUIDE.read_text(encoding="utf-8"), "ansible-runner run")
    assert len(found) == 4
    with Store() as kept:
        for number, (script, shown) in enumerate(found, 1):
            if "rollback.yml" in script:
                sim.per_call(0)
            ready = _SHA256.sub(manifest, script).replace(STORE, kept.url)
            ready = ready.replace(CREDENTIAL, f"CAMPAIGN_USER={USER} CAMPAIGN_PASSWORD={PASSWORD}")
            exported += "".join(line + "\n" for line in ready.splitlines() if line.startswith("export "))
            said = shell(exported + ready, tmp_path, LONGEST_JOB).replace(kept.url, STORE)
            (tmp_path / f"step-{number}.txt").write_text(said, encoding="utf-8")
            if named := _SHA256.findall(said):
                manifest = named[-1]
            missing = not_printed(shown, said)
            assert not missing, f"step {number} does not print:\n{missing}\nbut:\n{said}"
