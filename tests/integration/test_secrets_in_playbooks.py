# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that an instance and its mid return appear in nothing that a playbook or the event source shows, passes on
or leaves behind; nor does that of a controller."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client.connect import ENVIRONMENT
from ansible_collections.campaign.classic.plugins.plugin_utils._slices.controller import TOKENS
from ansible_collections.campaign.classic.plugins.plugin_utils._slices.packing import read_slices
from tests.helpers.canaries import CONTROLLER_SECRET, SERVER_PASSWORD, Logon, of_controller
from tests.helpers.echo_server import EchoServer
from tests.helpers.watching import Sink, Watched
from tests.integration.canary_runs import MASKED, arrived, everything_told, logon_at, shown, where
from tests.integration.runner import Ansible, Run
from tools.environment import ROOT

SOURCE = "ansible_collections/campaign/classic/extensions/eda/plugins/event_source/cursor_watch.py"


def hosts(echo: EchoServer, used: Logon) -> dict[str, Any]:
    """An inventory of an instance and its mid, each with its own credentials as variables."""
    [of_mid] = used.options["mids"]
    own = {f"campaign_{name}": value for name, value in used.options.items() if name != "mids"}
    mid = {f"campaign_{name}": value for name, value in of_mid.items() if name not in ("server", "url")}
    mid |= {"campaign_url": of_mid["url"], "campaign_servers": [of_mid["server"]]}
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    stuck = {"campaign_url": where(echo, "stuck"), **own}
    return {"campaign": {"vars": local, "hosts": {"stuck": stuck, "mid": mid}}}


def books(work: Path) -> Mapping[str, tuple[str, ...]]:
    """The options of each playbook."""
    write = ("-e", "mid_sourcing_apply=true")
    report = ("-e", f"mid_sourcing_report_file={work}/report.json")
    return {
        "plan": ("-e", f"mid_sourcing_plan_file={work}/plan.json", *report),
        "snapshot": ("-e", f"mid_sourcing_snapshot_file={work}/snapshot.json"),
        "reconcile": (*write, *report, "-e", "mid_sourcing_run_id=r"),
        "report": ("-e", f"fleet_report_dir={work}/pages", "-e", f"mid_sourcing_evidence_dir={work}/campaign-evidence"),
        "runs": (),
        "rollback": (*write, *report, "-e", "mid_sourcing_run=r"),
    }


#: What they leave, in which a server's texts are.
LEFT = ("plan.json", "report.json", "pages/fleet.html", "pages/fleet.json", "pages/fleet.csv",
        "campaign-evidence/r/stuck.json", "ansible.log")  # fmt: skip


#: Those of `make test`.
FEW = ("plan", "reconcile", "report")
ALL = ("plan", "snapshot", "reconcile", "report", "runs", "rollback")


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "chosen"),
    [("account", FEW), *(pytest.param(kind, ALL, marks=pytest.mark.whole) for kind in ("password", "token"))],
    ids=["account", "password", "token"],
)
def test_what_an_instance_and_its_mid_give_back_is_seen_nowhere(
    kind: str, chosen: Sequence[str], echo: EchoServer, tmp_path: Path
) -> None:
    used = logon_at(echo, kind)
    ansible = Ansible(tmp_path, hosts(echo, used))
    runs: dict[str, Run] = {}
    with Watched(tmp_path, {"ANSIBLE_SHOW_CUSTOM_STATS": "true"}) as watched:
        for number, (book, more) in enumerate((name, books(tmp_path)[name]) for name in chosen):
            output = {"ANSIBLE_CALLBACK_RESULT_FORMAT": ("json", "yaml")[number % 2]}
            runs[book] = ansible.playbook(
                f"campaign.classic.{book}",
                *("-vvvv", "--diff", "-e", "mid_sourcing_poll_interval=0.1", *more),
                environment={**watched.environment, **output},
            )
    # By its journal each run has failed: reconcile leaves what it wrote, and says that it has failed.
    wrong = {book: done.output[-3000:] for book, done in runs.items() if done.status != 2 * (book == "reconcile")}
    assert not wrong, wrong
    arrived(echo, used, mids=True)
    assert [name for name in LEFT if not (tmp_path / name).stat().st_size] == []
    assert ("snapshot" in chosen) == (tmp_path / "snapshot.json").exists()
    assert all(MASKED.search((tmp_path / name).read_text(encoding="utf-8")) for name in ("report.json", "ansible.log"))
    assert "mid answers in" in runs["reconcile"].output
    watched.unseen(everything_told(echo, used), *(one for done in runs.values() for one in shown(done)))


def test_address_of_a_mid_that_nobody_knows_is_passed_on_without_its_password(echo: EchoServer, tmp_path: Path) -> None:
    used = logon_at(echo, "password")
    fleet = hosts(echo, used)
    del fleet["campaign"]["hosts"]["mid"]
    ansible = Ansible(tmp_path, fleet)
    with Watched(tmp_path) as watched:
        more = {
            "detect": ("-e", "mid_sourcing_slice_output=true", "-e", "mid_sourcing_slice_run=r"),
            "snapshot": books(tmp_path)["snapshot"],
        }
        detect, snapshot = (
            ansible.playbook(f"campaign.classic.{book}", "-vvvv", *given, environment=watched.environment)
            for book, given in more.items()
        )
    assert detect.status == snapshot.status == 0, detect.output + snapshot.output
    assert echo.told["password in an address"] == SERVER_PASSWORD
    # Packed as they are, no secret could be seen in the lines of a slice.
    [part], problems = read_slices(detect.output, "the job")
    assert not problems and part.rows["stuck"]["mids_not_asked"] == [f"{echo.behind.geturl()}/mid"]
    assert f'"{echo.behind.netloc}/mid"' in (tmp_path / "snapshot.json").read_text(encoding="utf-8")
    watched.unseen(everything_told(echo, used), Sink("slice", json.dumps(part.rows)), *shown(detect), *shown(snapshot))


# -- the event source --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "mode"), [("account", "labels"), ("password", "fault"), ("token", "page")])
def test_no_event_of_the_event_source_has_a_secret(kind: str, mode: str, echo: EchoServer, tmp_path: Path) -> None:
    used = logon_at(echo, kind)
    echo.mode = mode
    listed = [{"name": name, "url": where(echo, name)} for name in ("stuck", "ignoring")]
    arguments = {"instances": listed, "state_file": str(tmp_path / "state.json"), "interval": 600}
    given = {ENVIRONMENT[name]: str(value) for name, value in used.options.items() if name != "mids"}
    with Watched(tmp_path, given) as watched, (tmp_path / "errors").open("wb") as errors:
        source = subprocess.Popen(
            [sys.executable, str(ROOT / ".build/collections" / SOURCE), json.dumps(arguments)],
            env={**os.environ, **watched.environment}, cwd=tmp_path, stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
        try:
            assert source.stdout is not None
            # It tells of each in its first sweep: neither is healthy.
            events = [source.stdout.readline() for _instance in listed]
        finally:
            source.send_signal(signal.SIGINT)
            rest, _none = source.communicate(timeout=60)
    assert {json.loads(line)["campaign"]["instance"] for line in events} == {"stuck", "ignoring"}
    arrived(echo, used, mids=False)
    assert (tmp_path / "state.json").stat().st_size
    watched.unseen(everything_told(echo, used), Sink("events", "".join([*events, rest])))


# -- the controller whose jobs are merged ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "name"), [*(("reason", name) for name in of_controller()), ("page", TOKENS[0]), ("url", TOKENS[0])]
)
def test_secret_that_a_controller_gives_back_is_seen_nowhere(
    mode: str, name: str, echo: EchoServer, tmp_path: Path
) -> None:
    echo.mode = mode
    user = {} if name in TOKENS else {"CONTROLLER_USERNAME": "somebody"}
    given = {"CONTROLLER_HOST": echo.url, name: CONTROLLER_SECRET, **user}
    ansible = Ansible(tmp_path, hosts(echo, logon_at(echo, "password")))
    with Watched(tmp_path, given) as watched:
        done = ansible.playbook(
            "campaign.classic.merge_slices", "-vvvv", "-e", "mid_sourcing_slices=awx:7", environment=watched.environment
        )
    assert done.status and echo.url in done.output, done.output
    assert bool(MASKED.search(done.output)) == (mode != "page")
    assert set(echo.told.values()) == {CONTROLLER_SECRET}
    watched.unseen(echo.told, *shown(done))
