# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kit is made, made again, changed and removed. Every task of awx.awx goes up to its HTTP calls."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import Verdict

from .conftest import Ended, Play
from .recorder import PASSWORD, ROOT, TOKEN, USER, Awx, Call
from .workflow import walk

pytestmark = pytest.mark.full

SECRET = "n0t-for-logs"
CHANGE = "mkt-paris: NmsMidSourcing_x from 2020, lookback"
DIGEST = "0123456789abcdef" * 4
#: What detect passes on where there is something to change.
TOLD: dict[str, Any] = {
    "mid_sourcing_plan": DIGEST,
    "mid_sourcing_changes": [CHANGE],
    "mid_sourcing_outcome": {"verdicts": {"healthy": 8, "stuck": 1}},
}
UPLOAD = {"controller_kit_evidence_upload": "upload_http.yml", "controller_kit_evidence_credential": "the store"}
FLOW = "ACC Detect, approve, reconcile"
GIVEN: dict[str, Any] = {
    "controller_kit_credential_inputs": {"user": "ops", "password": SECRET},
    "controller_kit_controller_credential": "this awx",
    "controller_kit_timezone": "Europe/Paris",
    "controller_kit_windows": [{"name": "nights", "rrule": "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=22", "duration": "6h"}],
    "controller_kit_blackouts": [{"from": "2026-12-18 00:00", "to": "2027-01-04 06:00"}],
}


#: Of ansible-playbook, by run.
ARGUMENTS = {"first": ["-vvv"], "looked at": ["--check"]}


class Story:
    """All runs, one after the other, and what the AWX had after each."""

    def __init__(self, awx: Awx, play: Play) -> None:
        self.awx, self.play = awx, play
        awx.add("credentials", name="this awx", organization=1, credential_type=3)
        awx.add("credentials", name="the store", organization=1, credential_type=2)
        project = awx.add("projects", name="Nightly", organization=1, status="successful")
        inventory = awx.add("inventories", name="Others", organization=1)
        awx.add(
            "job_templates",
            name="Detect",
            organization=1,
            project=project["id"],
            inventory=inventory["id"],
            playbook="x.yml",
        )
        self.before = deepcopy(awx.objects)
        self.runs, self.calls, self.after = {}, {}, {}
        other = {**GIVEN, "controller_kit_windows": [], "controller_kit_controller_credential": ""}
        sliced = {**GIVEN, "controller_kit_slices": 10, **UPLOAD}
        for name, playbook, given in (
            ("first", "setup_controller", GIVEN),
            ("again", "setup_controller", GIVEN),
            ("looked at", "setup_controller", GIVEN),
            ("describe", "describe_approval", {**TOLD, "mid_sourcing_changes_count": 300}),
            ("sliced", "setup_controller", sliced),
            ("other", "setup_controller", other),
            ("removed", "remove_controller", other),
            ("nothing left", "remove_controller", other),
        ):
            done = len(awx.calls)
            self.runs[name] = play(awx, playbook, *ARGUMENTS.get(name, ()), **given)
            self.calls[name] = [call for call in awx.calls[done:] if call.method != "GET"]
            self.after[name] = (deepcopy(awx.objects), deepcopy(awx.lists), deepcopy(awx.surveys))

    def named(self, after: str, endpoint: str) -> dict[str, dict[str, Any]]:
        key = "identifier" if endpoint == "workflow_job_template_nodes" else "name"
        return {one[key]: one for one in self.after[after][0][endpoint].values()}

    def links(self, after: str) -> set[tuple[str, str, str]]:
        """Every link of the workflow: from, result, to."""
        objects, lists, _surveys = self.after[after]
        names = {number: one["identifier"] for number, one in objects["workflow_job_template_nodes"].items()}
        return {
            (names[number], result.removesuffix("_nodes"), names[to])
            for (endpoint, number, result), members in lists.items()
            if endpoint == "workflow_job_template_nodes" and number in names and result.endswith("_nodes")
            for to in members
        }

    def credentials(self, after: str, template: str) -> set[str]:
        """The names of the credentials of a job template."""
        objects, lists, _surveys = self.after[after]
        number = self.named(after, "job_templates")[template]["id"]
        return {objects["credentials"][one]["name"] for one in lists.get(("job_templates", number, "credentials"), [])}


def play_branch(story: Story, playbook: str, passed_on: dict[str, Any]) -> Ended:
    """Run a job of the workflow that asks nobody, with what the jobs before have passed on."""
    asked = len(story.awx.calls)
    ended = story.play(story.awx, playbook, **passed_on)
    assert len(story.awx.calls) == asked
    return ended


@pytest.fixture(scope="module")
def story(awx: Awx, play: Play) -> Story:
    return Story(awx, play)


def test_every_run_succeeds_and_says_what_there_is(story: Story) -> None:
    assert {name: run.status for name, run in story.runs.items()} == dict.fromkeys(story.runs, 0), story.runs
    assert f"The workflow {FLOW} is there, and begins with 2 schedules." in story.runs["first"].output
    assert "begins when somebody starts it, since no change window is given" in story.runs["other"].output
    assert "All objects of the kit are removed from Default." in story.runs["removed"].output


def test_a_second_run_changes_nothing_and_sends_nothing_but_questions(story: Story) -> None:
    assert story.runs["first"].changed > 20
    assert (story.runs["again"].changed, story.calls["again"]) == (0, [])


def test_check_mode_finds_nothing_to_make_where_all_is_there(story: Story) -> None:
    assert (story.runs["looked at"].changed, story.calls["looked at"]) == (0, [])
    assert "Would make" not in story.runs["looked at"].output


def test_the_objects_are_those_of_the_issue(story: Story) -> None:
    templates = story.named("first", "job_templates")
    assert set(templates) == {
        "Detect",
        *(f"ACC {name}" for name in ("Detect", "Plan", "Reconcile", "Rollback", "Backfill")),
        *(f"ACC {name}" for name in ("Nothing to change", "Describe the approval", "End as failed")),
    }
    assert templates["ACC Reconcile"]["allow_simultaneous"] is False
    assert templates["ACC Reconcile"]["job_slice_count"] == 1
    [source] = story.named("first", "inventory_sources").values()
    assert (source["source"], source["update_on_launch"], source["overwrite"]) == ("scm", True, True)
    assert source["credential"] == story.named("first", "credentials")["ACC Campaign servers"]["id"]
    assert story.named("first", "workflow_job_templates")[FLOW]["allow_simultaneous"] is False


def test_the_workflow_asks_between_detect_and_reconcile_and_has_branches_for_failure(story: Story) -> None:
    assert story.links("first") == {
        ("detect", "success", "nothing-to-change"),
        ("nothing-to-change", "failure", "describe"),
        ("describe", "success", "approve"),
        ("approve", "success", "reconcile"),
        ("approve", "failure", "not-approved"),
        ("reconcile", "success", "report"),
        ("detect", "failure", "report-failure"),
        ("describe", "failure", "report-failure"),
        ("reconcile", "failure", "report-failure"),
    }
    nodes = story.named("first", "workflow_job_template_nodes")
    # What detect passes on stands above these.
    assert nodes["reconcile"]["extra_data"] == {"mid_sourcing_apply": "true", "mid_sourcing_plan": "none was passed on"}
    reason = nodes["not-approved"]["extra_data"]["controller_kit_reason"]
    assert reason == "The approval was denied, or nobody gave it within 4h. Nothing was written."
    [approval] = story.named("first", "workflow_approval_templates").values()
    assert approval["id"] == nodes["approve"]["unified_job_template"] and approval["timeout"] == 14400


def test_every_answer_of_every_survey_may_be_left_empty(story: Story) -> None:
    surveys = story.after["first"][2]
    assert len(surveys) == 7
    for survey in surveys.values():
        for question in survey["spec"]:
            assert (question["required"], question["default"], question["min"]) == (False, "", 0)
            assert question["type"] in ("text", "textarea")


def test_the_schedules_leave_out_the_blackout(story: Story) -> None:
    rules = {name: one["rrule"] for name, one in story.named("first", "schedules").items()}
    assert set(rules) == {"ACC nights from 2026-01-01 22:00", "ACC nights from 2027-01-04 22:00"}
    assert rules["ACC nights from 2026-01-01 22:00"].endswith("UNTIL=20261221T205959Z")


def test_a_job_writes_into_the_approval_what_will_change(story: Story) -> None:
    [approval] = story.named("describe", "workflow_approval_templates").values()
    assert CHANGE in approval["description"]
    assert f"Digest of the plan: {DIGEST}" in approval["description"]
    assert "The approval is for 300 changes, and shows the digest." in story.runs["describe"].output
    assert [call.method for call in story.calls["describe"]] == ["PATCH"]


def test_what_is_switched_off_or_no_longer_given_is_removed(story: Story) -> None:
    assert story.named("other", "schedules") == {}
    assert "ACC Describe the approval" not in story.named("other", "job_templates")
    assert "describe" not in story.named("other", "workflow_job_template_nodes")
    assert ("nothing-to-change", "failure", "approve") in story.links("other")
    # From ten slices back to one.
    assert {"ACC Merge the slices", "merge", "slice-failed"}.isdisjoint(
        {*story.named("other", "job_templates"), *story.named("other", "workflow_job_template_nodes")}
    )
    detect = story.named("other", "job_templates")["ACC Detect"]
    assert (detect["job_slice_count"], detect["extra_vars"]) == (1, "{}")
    [approval] = story.named("other", "workflow_approval_templates").values()
    assert approval["description"].startswith("What will change stands at the end of the output")


def test_removal_leaves_the_objects_of_others_alone_and_nothing_else(story: Story) -> None:
    # AWX still lists the inventories after they were removed.
    objects = story.after["nothing left"][0]
    objects["project_updates"] = {}
    assert objects == story.before
    assert story.calls["nothing left"] == [] and story.runs["nothing left"].changed == 0


def test_no_secret_is_in_any_output_or_call_but_that_which_makes_the_credential(story: Story) -> None:
    assert SECRET not in "".join(run.output for run in story.runs.values())
    assert TOKEN not in "".join(run.output for run in story.runs.values())
    with_secret = [call for calls in story.calls.values() for call in calls if SECRET in str(call)]
    assert [Call(call.method, call.path, None) for call in with_secret] == [Call("POST", f"{ROOT}credentials/", None)]


def test_a_user_with_a_password_works_as_a_token_does(fresh: Awx, play: Play) -> None:
    connection = {"host": fresh.url, "username": USER, "password": PASSWORD}
    ended = play(
        fresh,
        "setup_controller",
        "--check",
        environ={"CONTROLLER_OAUTH_TOKEN": ""},
        controller_kit_connection=connection,
    )
    assert ended.status == 0, ended.output
    assert PASSWORD not in ended.output and fresh.writes() == []


# -- how the workflow goes on --------------------------------------------------------------------------------------


def test_an_empty_plan_asks_nobody_and_succeeds(story: Story) -> None:
    assert walk(story.links("first"), {}) == (["detect", "nothing-to-change"], True)
    ended = play_branch(story, "nothing_to_change", {**TOLD, "mid_sourcing_changes": []})
    assert ended.status == 0 and "Nobody is asked for an approval, and nothing is written." in ended.output
    assert "Hosts by verdict: healthy 8, stuck 1." in ended.output


def test_a_change_goes_on_to_the_approval_and_the_job_says_so(story: Story) -> None:
    went = walk(story.links("first"), {"nothing-to-change": False})
    assert went == (["detect", "nothing-to-change", "describe", "approve", "reconcile", "report"], True)
    ended = play_branch(story, "nothing_to_change", TOLD)
    assert ended.status == 2 and "To be approved: 1 change." in ended.output and CHANGE in ended.output


def test_an_approval_that_is_denied_or_late_fails_and_says_that_nothing_was_written(story: Story) -> None:
    for after in ("first", "sliced", "other"):
        went = walk(story.links(after), {"nothing-to-change": False, "approve": False, "not-approved": False})
        assert went.ran[-1] == "not-approved" and "reconcile" not in went.ran and not went.succeeded
    data = story.named("first", "workflow_job_template_nodes")["not-approved"]["extra_data"]
    ended = play_branch(story, "end_failed", {**TOLD, **data})
    assert ended.status == 2 and ended.message == data["controller_kit_reason"]
    assert CHANGE in ended.output and DIGEST in ended.output


def test_a_job_that_ends_a_workflow_as_failed_fails_without_a_reason_too(story: Story) -> None:
    ended = play_branch(story, "end_failed", {"controller_kit_reason": ""})
    assert ended.status == 2 and "This job always fails." in ended.message


# -- in slices -----------------------------------------------------------------------------------------------------


def test_a_sliced_detect_is_put_together_also_when_a_slice_has_failed(story: Story) -> None:
    links = story.links("sliced")
    assert {link for link in links if "detect" in link} == {
        ("detect", "always", "merge"),
        ("detect", "failure", "slice-failed"),
    }
    assert walk(links, {}) == (["detect", "merge", "nothing-to-change"], True)
    went = walk(links, {"detect": False, "slice-failed": False, "nothing-to-change": False})
    assert {"merge", "slice-failed", "approve", "reconcile"} < set(went.ran) and not went.succeeded
    # A report is put together too, and after a failure its end is that of the workflow.
    assert walk(links, {"nothing-to-change": False}).ran[-2:] == ["report", "report-merge"]
    went = walk(links, {"merge": False, "report-failure-merge": False})
    assert went == (["detect", "merge", "report-failure", "report-failure-merge"], False)


def test_only_detect_is_sliced_and_the_slices_are_read_with_the_credential_for_the_controller(story: Story) -> None:
    templates = story.named("sliced", "job_templates")
    assert {name: one["job_slice_count"] for name, one in templates.items() if one["job_slice_count"] > 1} == {
        "ACC Detect": 10
    }
    assert json.loads(templates["ACC Detect"]["extra_vars"]) == {"mid_sourcing_slice_output": True}
    with_it = {name for name in templates if "this awx" in story.credentials("sliced", name)}
    assert with_it == {f"ACC {name}" for name in ("Merge the slices", "Plan", "Reconcile", "Describe the approval")}
    nodes = story.named("sliced", "workflow_job_template_nodes")
    assert nodes["merge"]["extra_data"] == {"mid_sourcing_slices": "awx"}
    # The approval may take its whole time, and an hour is left for the rest.
    assert nodes["reconcile"]["extra_data"]["mid_sourcing_slices"] == "awx"
    assert nodes["reconcile"]["extra_data"]["mid_sourcing_slices_max_age"] == "18000s"


def test_what_writes_leaves_a_mark_and_takes_its_evidence_elsewhere(story: Story) -> None:
    for after, upload in (("first", {}), ("sliced", {"mid_sourcing_evidence_upload": "upload_http.yml"})):
        templates = story.named(after, "job_templates")
        for name in ("ACC Reconcile", "ACC Rollback", "ACC Backfill"):
            required = {"change_window_required": True}
            assert json.loads(templates[name]["extra_vars"]) == {"mid_sourcing_mark": True, **upload, **required}
            assert ("the store" in story.credentials(after, name)) == bool(upload)


def test_what_writes_requires_a_window_of_the_hosts_only_where_the_kit_has_windows(story: Story) -> None:
    templates = story.named("other", "job_templates")
    for name in ("ACC Reconcile", "ACC Rollback", "ACC Backfill"):
        assert json.loads(templates[name]["extra_vars"]) == {"mid_sourcing_mark": True}


def test_a_workflow_after_a_failure_fails_for_every_verdict_with_which_there_is_something_to_do(story: Story) -> None:
    data = story.named("first", "workflow_job_template_nodes")["report-failure"]["extra_data"]
    fine = {"healthy", "inactive", "not_applicable"}
    assert set(data["mid_sourcing_fail_on"].split(",")) == {verdict.value for verdict in Verdict} - fine
    data = story.named("sliced", "workflow_job_template_nodes")["report-failure-merge"]["extra_data"]
    assert set(data["mid_sourcing_fail_on"].split(",")) == {verdict.value for verdict in Verdict} - fine
