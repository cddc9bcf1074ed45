# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README and guides, executed as written: their commands against the demo fleet, their inventory through Ansible.

Every command of every page is run here, or by another test that is named, or is named with the reason why it is not.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.module_utils._change_window.policy import decide
from ansible_collections.campaign.classic.plugins.module_utils._client.connect import ENVIRONMENT
from ansible_collections.campaign.classic.plugins.module_utils._client.credentials_file import read_credentials
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CATALOGUE, with_extra
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.causes import BUILT_IN, causes_of
from simulator.testing import Remote
from tests.helpers.documents import GUIDES, PAGES, README, ROOT, blocks, commands

GUIDE = ROOT / "docs/docsite/rst"
#: The pages whose commands for Ansible are run here, in their order, each on a fleet of its own.
RUN_HERE = (
    README,
    GUIDE / "first_hour_guide.rst",
    GUIDE / "cursors_guide.rst",
    GUIDE / "fleet_guide.rst",
    GUIDE / "report_guide.rst",
)
ANSIBLE = ("ansible-playbook ", "ansible-inventory ")
#: A command -> the test that runs it.
RUN_BY = {
    r"make demo|make test": ".ci/run",
    r"make simulator|export ANSIBLE_COLLECTIONS_PATH=.*": "tests/integration/test_documents.py",
    r"make docs": "tools/docs.py",
    r"source \.venv/bin/activate": "tests/unit/tools/test_tools.py",
    r"ansible-runner run .*|(cat|echo) .*job/env/extravars.*|export EVIDENCE_URL=.*": "tests/runner/test_jobs_guide.py",
    r"ansible-builder (build|introspect) .*": "tests/ee/test_definition.py",
    r"ansible-playbook campaign\.classic\.(setup|remove)_controller .*|export CONTROLLER_HOST=.*": "tests/controller",
    r"ansible localhost .*awx\.awx\.controller_api.*": "tests/controller/test_guide.py",
    r"ansible-playbook campaign\.classic\.(nothing_to_change|end_failed) .*": "tests/controller/test_guide.py",
    r"python \$SOURCE .*|ansible-rulebook -r .*": "tests/eda/test_events_guide.py",
    r"promtool .*": "tests/report/test_monitoring.py",
}
#: A command -> the test that runs the same step, with files of its own.
SAME_STEP = {
    r"ansible-playbook .*-e @windows\.yml .*": "tests/integration/test_change.py",
    r"ansible-playbook .*-e mid_sourcing_notify_tasks=examples/notify/.*": "tests/integration/test_change.py",
    r"ansible-playbook campaign\.classic\.\w+ .*mid_sourcing_slice.*": "tests/slices/test_slices.py",
    r"ansible-playbook .*mid_sourcing_snapshot_file=.*": "tests/integration/test_rehearsal.py",
    r"(ansible-galaxy collection|pip) install .*": "tests/package/test_archive.py",
}
#: A command -> why no test runs it.
NOT_RUN = {
    r"make [a-z]+-test": "is a suite itself",
    r"git clone .*|cd campaign\.classic": "every test runs in a clone",
}
#: These instances of the demo fleet: healthy, stuck in three ways, failing for another reason, down, and a mid.
SOME = "mkt-milan,mkt-paris,mkt-oslo,mkt-vienna,mkt-rome,mkt-lima,mid-eu,localhost"


def all_commands() -> list[tuple[str, str]]:
    """Each page's commands, in their order."""
    return [
        (block.page, command)
        for page in PAGES
        for block in blocks(page)
        if block.language == "shell"
        for command in commands(block)
    ]


def named(command: str) -> bool:
    """Whether another test runs a command, or a reason stands for it."""
    return any(re.fullmatch(pattern, command) for pattern in (*RUN_BY, *SAME_STEP, *NOT_RUN))


def of_ansible(page: Path) -> list[str]:
    """The commands of a page that are run here."""
    name = page.relative_to(ROOT).as_posix()
    return [line for where, line in all_commands() if where == name and line.startswith(ANSIBLE) and not named(line)]


def test_every_command_of_every_page_is_run_by_a_test_or_has_a_reason() -> None:
    here = {(page.relative_to(ROOT).as_posix(), line) for page in RUN_HERE for line in of_ansible(page)}
    left = [f"{page}: {line}" for page, line in all_commands() if (page, line) not in here and not named(line)]
    # The variables of a shell go with the commands below them, and pages in other languages have the same commands.
    left = [line for line in left if ": export CAMPAIGN_" not in line and not re.match(r"\S+_pt_br\.rst: ", line)]
    assert left == []
    assert [test for test in (*RUN_BY.values(), *SAME_STEP.values()) if not (ROOT / test).exists()] == []


def test_no_command_stands_outside_of_the_blocks_for_commands() -> None:
    for page in PAGES:
        for block in blocks(page):
            if block.language != "shell":
                assert not re.search(r"^\s*\$ ", block.text, re.MULTILINE), block


@pytest.mark.parametrize("page", [page for page in GUIDES if page.stem.endswith("_pt_br")], ids=lambda page: page.stem)
def test_a_page_in_portuguese_has_the_blocks_of_the_english_one(page: Path) -> None:
    english = page.with_name(page.name.replace("_pt_br", ""))
    shown = [[(one.language, one.text) for one in blocks(one)] for one in (english, page)]
    assert shown[0] == shown[1]


@contextmanager
def make_simulator() -> Iterator[Remote]:
    """The simulator as ``make simulator`` starts it, except for the port: its command comes from the Makefile."""
    make = ["make", "--no-print-directory", "--dry-run", "simulator", "LISTEN=127.0.0.1:0"]
    told = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True).stdout
    command = shlex.split(told.splitlines()[-1])
    assert command[1:3] == ["-m", "simulator"], told
    with subprocess.Popen([sys.executable, *command[1:]], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Remote(json.loads(process.stdout.readline())["url"])
        finally:
            process.terminate()


def hold_still(fleet: Remote) -> None:
    """Stop the clock while no run is in progress: a run that begins between a look and a write is another test."""
    fleet.time_scale(0)
    while any(fleet.workflow(name, "defaultMidSourcingDlv")["processId"] for name in SOME.split(",") if "mkt" in name):
        fleet.advance(5)


def test_clock_of_make_simulator_passes_a_period_of_the_demo_within_seconds() -> None:
    periods = yaml.safe_load((ROOT / "examples/demo/fleet.yml").read_text(encoding="utf-8"))["defaults"]["workflows"]
    minutes = int(periods["defaultMidSourcingDlv"]["every"].removesuffix("m"))
    with make_simulator() as fleet:
        scale = fleet.control("GET", "clock")["time_scale"]
    assert 60 * minutes / scale <= 30


def inventories(page: Path, fleet: Remote, work: Path) -> None:
    """Put down what a page has the reader make: its inventory, for the demo fleet, and the list of instances."""
    for block in blocks(page):
        if block.text.startswith("campaign:\n"):
            shown = yaml.safe_load(block.text)
            shown["campaign"]["vars"]["campaign_password"] = "demo-ops"
            for group in shown["campaign"]["children"].values():
                group["hosts"] = {name: {"campaign_url": f"{fleet.url}/{name}"} for name in group["hosts"]}
            (work / "campaign.yml").write_text(yaml.safe_dump(shown), encoding="utf-8")
    listed = (ROOT / "examples/demo/demo.instances.yml").read_text(encoding="utf-8")
    (work / "demo.instances.yml").write_text(listed.replace("http://127.0.0.1:8080", fleet.url), encoding="utf-8")


def typed(line: str, work: Path) -> list[str]:
    """A command as it is started here: from the root of the clone, on some of the fleet."""
    own = {"examples/demo/demo.instances.yml": str(work / "demo.instances.yml")}
    words = [own.get(word, str(ROOT / word) if word.startswith("examples/") else word) for word in shlex.split(line)]
    if words[0] == "ansible-playbook" and "campaign.yml" not in words:
        # All of the fleet is for `make demo`: here it would only take longer.
        words += ["--limit", SOME]
    return words


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "page",
    # The hour of a newcomer; the others are run with --whole.
    [
        pytest.param(page, marks=[] if page.stem == "first_hour_guide" else [pytest.mark.whole], id=page.stem)
        for page in RUN_HERE
    ],
)
def test_the_commands_of_a_page_end_well_in_their_order_while_make_simulator_runs(page: Path, tmp_path: Path) -> None:
    found = of_ansible(page)
    assert found
    with make_simulator() as fleet:
        inventories(page, fleet, tmp_path)
        environment = {
            **os.environ,
            "CAMPAIGN_DEMO_URL": fleet.url,
            "CAMPAIGN_USER": "ops",
            "CAMPAIGN_PASSWORD": "demo-ops",
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PWD": str(tmp_path),
        }
        for line in found:
            if "rollback" in line or "backfill" in line:
                hold_still(fleet)
            done = subprocess.run(
                typed(line, tmp_path),
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


YAML = [(page, block.text) for page in (README, *GUIDES) for block in blocks(page) if block.language == "yaml"]
#: Guides whose YAML other tests read.
READ_BY = {
    "awx_guide.rst": "tests/controller",
    "change_guide.rst": "tests/integration/test_change.py",
    "events_guide.rst": "tests/eda",
    "jobs_guide.rst": "tests/runner/test_jobs_guide.py",
}


@pytest.mark.parametrize(
    ("page", "text"), [pytest.param(*one, id=f"{one[0].stem}-{number}") for number, one in enumerate(YAML)]
)
def test_each_yaml_block_is_what_ansible_accepts(page: Path, text: str, tmp_path: Path) -> None:
    data = yaml.safe_load(text)
    assert data
    if page.name in READ_BY:
        return
    if isinstance(data, list):
        book = tmp_path / "book.yml"
        book.write_text(yaml.safe_dump([{"hosts": "localhost", "tasks": data}]), encoding="utf-8")
        command = [str(Path(sys.executable).parent / "ansible-playbook"), "--syntax-check", str(book)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
    elif "collections" in data:
        assert data["collections"] == [{"name": "campaign.classic", "version": ">=1.0.0"}]
    elif "instances" in data:
        credentials = tmp_path / "credentials.yml"
        credentials.write_text(text, encoding="utf-8")
        credentials.chmod(0o600)
        assert read_credentials(str(credentials), ENVIRONMENT).instances
    elif isinstance(data, dict) and all(name.startswith("change_window_") for name in data):
        settings = {name.removeprefix("change_window_"): value for name, value in data.items()}
        assert decide({**settings, "ticket": "CHG0012345"}, datetime.now(UTC)).state != "wrong"
    elif "mid_sourcing_causes" in data:
        assert causes_of(data["mid_sourcing_causes"]) is not BUILT_IN
    elif "mid_sourcing_extra_cursors" in data:
        added = data["mid_sourcing_extra_cursors"]
        assert len(with_extra(added)) == len(CATALOGUE) + len(added)
    else:
        inventory = tmp_path / "inventory.yml"
        inventory.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ansible-inventory"), "-i", str(inventory), "--graph"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0 and "@campaign:" in done.stdout, done.stderr


def test_the_inventory_of_the_pages_is_the_example_to_copy() -> None:
    example = (ROOT / "examples/inventory/campaign.yml").read_text(encoding="utf-8")
    for page in (README, GUIDE / "first_hour_guide.rst"):
        (shown,) = (one.text for one in blocks(page) if one.text.startswith("campaign:\n"))
        assert yaml.safe_load(shown) == yaml.safe_load(example), page.name


def test_the_readme_is_short_and_links_only_to_whole_urls_of_what_is_there() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200
    found = re.findall(r"\]\(([^)]+)\)", text)
    assert all(link.startswith("https://") for link in found)
    own = re.compile(
        r"https://(?:raw\.githubusercontent|github)\.com/campaign-classic/campaign\.classic/(?:blob/)?main/(.+)"
    )
    assert [link for link in found if (here := own.fullmatch(link)) and not (ROOT / here[1]).is_file()] == []


def test_every_picture_of_the_guides_is_there() -> None:
    start = "https://raw.githubusercontent.com/campaign-classic/campaign.classic/main/"
    for page in GUIDES:
        for link in re.findall(r"^\.\. image:: (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert link.startswith(start) and (ROOT / link.removeprefix(start)).is_file(), link


@pytest.mark.parametrize(
    ("row", "file", "pin"),
    [
        (r"ansible-core, the oldest \| ([\d.]+)", "requirements/compat.txt", "ansible-core>={},<"),
        (r"ansible-core, the newest \| ([\d.]+)", "requirements/test.txt", "ansible-core>={},<"),
        (
            r"acc-js-sdk`, against the simulator \| ([\d.]+)",
            "tests/conformance/package.json",
            '"@adobe/acc-js-sdk": "{}"',
        ),
        (r"ansible-runner \| ([\d.]+)", "requirements/test.txt", "ansible-runner=={}\n"),
        (r"ansible-rulebook \| ([\d.]+)", "requirements/eda.txt", "ansible-rulebook=={}\n"),
        (r"`awx\.awx`\), against a recorder of its API \| ([\d.]+)", "requirements/controller.txt", "awx.awx {} in"),
    ],
)
def test_the_versions_of_the_readme_are_those_that_the_suites_install(row: str, file: str, pin: str) -> None:
    (version,) = re.findall(row, README.read_text(encoding="utf-8"))
    assert pin.format(version) in (ROOT / file).read_text(encoding="utf-8")
