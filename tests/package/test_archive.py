# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive: what is in it, what of it is public, and that it works where nothing else is installed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from simulator.testing import running_simulator
from tests.package.conftest import Alone

ROOT = Path(__file__).resolve().parents[2]
#: The folders of the archive, and why each is there.
FOLDERS = {
    "LICENSES": "the licence",
    "changelogs": "what changed, as data: Ansible's package is made from it",
    "docs": "the guides",
    "examples": "inventories and tasks to copy, and the demo",
    "extensions": "the event source with its rulebooks, the event query, the pattern of AWX",
    "meta": "what Ansible and execution environments read",
    "playbooks": "the playbooks",
    "plugins": "the plugins and modules",
    "requirements": "what the simulator needs",
    "roles": "the roles",
    "simulator": "servers for rehearsals and the demo",
}
#: The files beside them. .ansible-lint: the importer of Galaxy checks the archive by it.
FILES = {
    ".ansible-lint",
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "REUSE.toml",
    "SECURITY.md",
    "SUPPORT.md",
    "execution-environment.yml",
    "requirements.txt",
}
#: What a user may rely on. Everything else that Ansible could list is in a folder whose name begins with `__`.
PUBLIC = {
    "filter": {"closed_windows", "duration_seconds", "duration_text", "visible", "xtk_literal", "xtk_timestamp"},
    "inventory": {"instances"},
    "lookup": {"unknown_variables"},
    "test": {"stale", "within_window"},
}
#: The playbooks that read, with the arguments that they need.
READING = {
    "detect": [],
    "plan": ["-e", "mid_sourcing_plan_file=plan.json"],
    "report": [],
    "snapshot": [],
}
SOME = "mkt-milan,mkt-paris,mid-eu"


def test_the_archive_holds_what_a_user_runs_or_reads_and_nothing_else(content: list[str]) -> None:
    top = {name.split("/")[0] for name in content}
    assert top == {*FOLDERS, *FILES}
    assert {name for name in content if name.startswith("requirements/")} == {"requirements/simulator.txt"}
    assert not [name for name in content if re.search(r"(^|/)(tests?_|tests/|conftest|molecule)|\.pyc$", name)]


def test_the_version_is_that_of_the_changelog_which_breaks_nothing_as_a_first_release() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    releases = yaml.safe_load((ROOT / "changelogs/changelog.yaml").read_text(encoding="utf-8"))["releases"]
    assert version in releases
    assert set(releases["1.0.0"]["changes"]) <= {"release_summary", "major_changes", "known_issues"}


def test_no_content_is_newer_than_the_version() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    numbers = tuple(map(int, version.split(".")))
    for path in [*(ROOT / "plugins").rglob("*.py"), *ROOT.glob("roles/*/meta/argument_specs.yml")]:
        for added in re.findall(r"version_added: ['\"]?(\d+)\.(\d+)\.(\d+)", path.read_text(encoding="utf-8")):
            assert (1, 0, 0) <= tuple(map(int, added)) <= numbers, path


@pytest.mark.parametrize("kind", PUBLIC)
def test_ansible_doc_shows_what_is_public_and_nothing_else(kind: str, ansible_doc: Callable[[str], set[str]]) -> None:
    assert ansible_doc(kind) == PUBLIC[kind]


def test_the_playbooks_of_the_archive_are_public_and_their_parts_lie_deeper(content: list[str]) -> None:
    found = {name.split("/")[1] for name in content if re.fullmatch(r"playbooks/[^/]+", name)}
    assert not [name for name in found if name.startswith("_")]
    for name in found:
        first = (ROOT / "playbooks" / name).read_text(encoding="utf-8").split("---\n", 1)[1].lstrip()
        assert first.startswith("# ansible-playbook campaign.classic.") or name == "describe_approval.yml", name


@pytest.mark.timeout(400)
@pytest.mark.parametrize("playbook", READING)
def test_a_playbook_runs_from_the_archive_alone(playbook: str, alone: Alone) -> None:
    inventory = alone.collection / "examples/demo/inventory.yml"
    with running_simulator(ROOT / "examples/demo/fleet.yml") as fleet:
        command = ("ansible-playbook", "-i", str(inventory), f"campaign.classic.{playbook}", "--limit", SOME)
        done = alone.run(*command, *READING[playbook], CAMPAIGN_DEMO_URL=fleet.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed=0" in done.stdout and "ok=0" not in done.stdout, done.stdout
    # The home may lie in this clone; then the files that the run has made do too.
    assert str(ROOT) not in done.stdout.replace(str(alone.home), "")


@pytest.mark.whole  # an installation of its own, and half a minute
@pytest.mark.timeout(600)
def test_a_rehearsal_runs_from_the_archive_and_the_requirements_of_its_simulator(rehearsing: Alone) -> None:
    inventory = rehearsing.collection / "examples/demo/inventory.yml"
    file = "mid_sourcing_snapshot_file=fleet.json"
    with running_simulator(ROOT / "examples/demo/fleet.yml") as fleet:
        command = ("ansible-playbook", "-i", str(inventory), "campaign.classic.snapshot", "--limit", SOME, "-e", file)
        done = rehearsing.run(*command, CAMPAIGN_DEMO_URL=fleet.url)
    assert done.returncode == 0, done.stdout + done.stderr
    done = rehearsing.run("ansible-playbook", "campaign.classic.rehearse", "-e", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No real instance was asked." in done.stdout and "mkt-paris: cured after" in done.stdout, done.stdout


def test_the_archive_is_found_by_its_own_metadata(alone: Alone) -> None:
    done = alone.run("ansible-galaxy", "collection", "list", "--format", "json", "campaign.classic")
    (found,) = json.loads(done.stdout).values()
    assert found == {"campaign.classic": {"version": "1.0.0"}}
