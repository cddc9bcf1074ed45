# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that an instance and its mid return appear in nothing that a playbook shows, passes on or leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simulator.testing import RunningSimulator
from tests.helpers.echo_server import EchoServer
from tests.integration.runner import Ansible, Run, inventory
from tests.integration.test_secrets import PASSWORD, USER, unseen, where, with_password

#: The mid's operator has a password of its own, and the simulator's account at the mid has it too.
MID_PASSWORD = "mid-CANARY&<77>/é"


def test_what_an_instance_and_its_mid_give_back_is_seen_nowhere(
    serve: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    whole = with_password(PASSWORD)
    whole["instances"]["mid"]["operators"].append({"login": "mid-ops", "password": MID_PASSWORD, "rights": ["admin"]})
    fleet = serve(whole)
    fleet.per_call(5)
    with EchoServer(fleet.url, USER) as echo:
        echo.kept = frozenset({b"server"})  # or the mid is not known by its URL
        mid = {"campaign_url": where(echo, "mid"), "campaign_servers": [fleet.instances["mid"]],
               "campaign_user": "mid-ops", "campaign_password": MID_PASSWORD}  # fmt: skip
        content = inventory({"stuck": where(echo, "stuck")}, USER, PASSWORD)
        content["campaign"]["hosts"]["mid"] = mid
        ansible = Ansible(tmp_path, content)
        told = ("-vvvv", "--diff", "-e", "mid_sourcing_poll_interval=0.1", "-e", "mid_sourcing_run_id=r")
        files = ("-e", f"mid_sourcing_report_file={tmp_path}/report.json")
        environment = {
            "ANSIBLE_SHOW_CUSTOM_STATS": "true",
            "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"),
        }
        runs = [
            ansible.playbook(
                f"campaign.classic.{book}",
                *told,
                *files,
                *more,
                environment={**environment, "ANSIBLE_CALLBACK_RESULT_FORMAT": output},
            )
            for book, output, more in (
                ("plan", "json", ("-e", f"mid_sourcing_plan_file={tmp_path}/plan.json")),
                ("reconcile", "yaml", ("-e", "mid_sourcing_apply=true")),
                ("rollback", "json", ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_run=r")),
            )
        ]
        assert {"password", "password of mid-ops", "session token", "security token"} <= set(echo.told)
    assert [done.status for done in runs] == [0, 0, 0], runs[1].output[-3000:]
    assert (tmp_path / "plan.json").exists() and list((tmp_path / "campaign-evidence" / "r").glob("*.json"))
    output_of_all = "".join(done.output for done in runs)
    assert "********" in output_of_all and "mid answers in" in output_of_all
    unseen(tmp_path, Run(0, output_of_all, [one for done in runs for one in done.tasks]), echo.told)
