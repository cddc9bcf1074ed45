# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the outputs of slices are read: files, URLs, and the jobs of a workflow of AWX."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._core.masking import MASK, Masking, Secret
from ansible_collections.campaign.classic.plugins.plugin_utils._slices.controller import Controller, secrets_of
from ansible_collections.campaign.classic.plugins.plugin_utils._slices.packing import Slice, lines_of
from ansible_collections.campaign.classic.plugins.plugin_utils._slices.sources import Outputs, read_outputs

MADE = datetime(2026, 11, 28, 21, 0, tzinfo=UTC)
HOST = "https://awx.example.com"
ENVIRON = {"CONTROLLER_HOST": HOST, "CONTROLLER_OAUTH_TOKEN": "token-canary"}


def output(number: int, run: str = "workflow-job-20") -> str:
    """What a slice has said."""
    rows = {f"host-{number}": {"verdict": "healthy", "reason": "Well."}}
    return "\n".join(["PLAY", *lines_of(Slice(run, 0, 0, MADE, rows))])


class Awx:
    """A controller that answers as AWX does: a workflow whose first node was run in two slices."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, str], bool]] = []
        self.answers: dict[str, Any] = {
            "/api/": {"current_version": "/api/v2/"},
            "/api/v2/workflow_jobs/10/workflow_nodes/?page_size=200": {
                "next": "/api/v2/workflow_jobs/10/workflow_nodes/?page=2&page_size=200",
                "results": [{"related": {"job": "/api/v2/workflow_jobs/20/"}}, {"related": {}}],
            },
            "/api/v2/workflow_jobs/10/workflow_nodes/?page=2&page_size=200": {
                "next": None,
                "results": [{"related": {"job": "/api/v2/jobs/30/"}}, {"related": {"job": "/api/v2/jobs/31/"}}],
            },
            "/api/v2/workflow_jobs/20/workflow_nodes/?page_size=200": {
                "results": [{"related": {"job": f"/api/v2/jobs/{number}/"}} for number in (21, 22)]
            },
            **{f"/api/v2/jobs/{number}/": self.job(number - 20, 2) for number in (21, 22)},
            **{f"/api/v2/jobs/{number}/": self.job(0, 1) for number in (30, 31)},
            **{f"/api/v2/jobs/{n}/stdout/?format=txt_download": output(n - 20) for n in (21, 22)},
        }

    @staticmethod
    def job(number: int, count: int, **more: Any) -> dict[str, Any]:
        """A job as the API tells of it."""
        said = {"job_slice_number": number, "job_slice_count": count, "status": "successful"}
        return {**said, "event_processing_finished": True, **more}

    def __call__(self, url: str, headers: Mapping[str, str], verify: bool = True) -> str:
        self.asked.append((url, headers, verify))
        assert url.startswith(HOST)
        found = self.answers.get(url.removeprefix(HOST))
        if found is None:
            raise ValidationError(f"{url}: HTTP 404 Not Found.")
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        return found if isinstance(found, str) else json.dumps(found)


@pytest.fixture
def awx() -> Awx:
    return Awx()


def read(given: Any, fetch: Any, here: Path | str = "/", **more: Any) -> Outputs:
    environ = more.pop("environ", ENVIRON)
    return read_outputs(given, place=lambda name: str(Path(here) / name), environ=environ, fetch=fetch, **more)


def hosts(outputs: Outputs) -> list[str]:
    return [host for one in outputs.slices for host in one.rows]


def test_the_jobs_of_the_workflow_are_found_by_the_controller_with_its_credential(awx: Awx) -> None:
    found = read("awx", awx, workflow_job="10", own_job="31")
    assert hosts(found) == ["host-1", "host-2"] and found.run == "workflow-job-20" and found.problems == []
    assert found.slices[0].source == "slice 1 of 2 (job 21, successful)"
    assert {(headers["Authorization"], verify) for _url, headers, verify in awx.asked} == {
        ("Bearer token-canary", True)
    }
    assert all("jobs/31/stdout" not in url and "jobs/30/stdout" not in url for url, _headers, _verify in awx.asked)
    assert hosts(read("awx:20", awx)) == ["host-1", "host-2"]


def test_a_slice_that_died_is_named_with_its_job(awx: Awx) -> None:
    awx.answers["/api/v2/jobs/22/"] = awx.job(2, 2, status="failed")
    awx.answers["/api/v2/jobs/22/stdout/?format=txt_download"] = "PLAY"
    found = read("awx", awx, workflow_job="10")
    assert hosts(found) == ["host-1"] and found.problems == ["slice 2 of 2 (job 22, failed): there is no slice in it."]
    del awx.answers["/api/v2/jobs/22/stdout/?format=txt_download"]
    assert "slice 2 of 2 (job 22, failed): " in read("awx", awx, workflow_job="10").problems[0]


def two_more_sliced_jobs(awx: Awx) -> None:
    """40 left slices; 50 succeeded and left none."""
    nodes = awx.answers["/api/v2/workflow_jobs/10/workflow_nodes/?page_size=200"]["results"]
    for number in (40, 50):
        nodes.append({"related": {"job": f"/api/v2/workflow_jobs/{number}/"}})
        awx.answers[f"/api/v2/workflow_jobs/{number}/workflow_nodes/?page_size=200"] = {
            "results": [{"related": {"job": f"/api/v2/jobs/{number + 1}/"}}]
        }
        awx.answers[f"/api/v2/jobs/{number + 1}/"] = awx.job(1, 2)
    awx.answers["/api/v2/jobs/41/stdout/?format=txt_download"] = output(9, "workflow-job-40")
    awx.answers["/api/v2/jobs/51/stdout/?format=txt_download"] = "a report in slices"


def test_of_several_sliced_jobs_the_last_one_that_leaves_slices_counts(awx: Awx) -> None:
    two_more_sliced_jobs(awx)
    found = read("awx", awx, workflow_job="10")
    assert hosts(found) == ["host-9"] and found.run == "workflow-job-40" and found.problems == []


def test_earlier_slices_never_stand_for_later_ones_that_were_lost(awx: Awx) -> None:
    two_more_sliced_jobs(awx)
    awx.answers["/api/v2/jobs/51/"] = awx.job(1, 2, status="error")
    found = read("awx", awx, workflow_job="10")
    assert hosts(found) == [] and found.run == "workflow-job-50"
    assert found.problems == ["slice 1 of 2 (job 51, error): there is no slice in it."]
    awx.answers["/api/v2/jobs/51/"] = awx.job(1, 2)
    del awx.answers["/api/v2/jobs/51/stdout/?format=txt_download"]
    assert "HTTP 404" in read("awx", awx, workflow_job="10").problems[0]


def test_a_fleet_of_one_host_is_run_whole_and_its_job_is_found(awx: Awx) -> None:
    nodes = awx.answers["/api/v2/workflow_jobs/10/workflow_nodes/?page_size=200"]["results"]
    nodes[0] = {"related": {"job": "/api/v2/jobs/29/"}}
    awx.answers["/api/v2/jobs/29/"] = awx.job(0, 1)
    awx.answers["/api/v2/jobs/29/stdout/?format=txt_download"] = output(3, "workflow-job-10")
    awx.answers["/api/v2/jobs/30/stdout/?format=txt_download"] = "PLAY"
    found = read("awx", awx, workflow_job="10", own_job="31")
    assert hosts(found) == ["host-3"] and found.run == "workflow-job-10" and found.problems == []
    awx.answers["/api/v2/jobs/30/stdout/?format=txt_download"] = output(4, "workflow-job-10")
    assert hosts(read("awx", awx, workflow_job="10", own_job="31")) == ["host-4"]
    for number in (29, 30):
        del awx.answers[f"/api/v2/jobs/{number}/stdout/?format=txt_download"]
    assert read("awx", awx, workflow_job="10", own_job="31").problems == [
        "No job of the workflow job 10 has left a slice in its output."
    ]


def test_an_output_that_is_not_stored_yet_is_waited_for_and_not_for_ever(awx: Awx) -> None:
    storing = awx.job(1, 2, event_processing_finished=False)
    awx.answers["/api/v2/jobs/21/"] = [storing, storing, storing, awx.job(1, 2)]
    slept: list[float] = []
    time = iter(range(0, 10_000, 50))
    controller = Controller(ENVIRON, awx, slept.append, lambda: float(next(time)))
    (sliced,) = controller.sliced_jobs("10")
    assert "CAMPAIGN SLICE" in controller.output_of(sliced.jobs[0]) and len(slept) == 2
    awx.answers["/api/v2/jobs/21/"] = storing
    slept.clear()
    assert "CAMPAIGN SLICE" in controller.output_of(sliced.jobs[0]) and 0 < len(slept) < 5


def test_the_gateway_of_the_platform_names_the_api_of_its_controller(awx: Awx) -> None:
    awx.answers = {path.replace("/api/v2/", "/api/controller/v2/"): found for path, found in awx.answers.items()}
    awx.answers["/api/"] = {"apis": {"gateway": "/api/gateway/", "controller": "/api/controller/"}}
    awx.answers["/api/controller/"] = {"current_version": "/api/controller/v2/"}
    assert hosts(read("awx", awx, workflow_job="20")) == ["host-1", "host-2"]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"CONTROLLER_HOST": HOST, "CONTROLLER_USERNAME": "u", "CONTROLLER_PASSWORD": "p"}, ("Basic dTpw", True)),
        ({"AAP_HOSTNAME": HOST, "AAP_TOKEN": "t", "AAP_VALIDATE_CERTS": "False"}, ("Bearer t", False)),
        ({"TOWER_HOST": "awx.example.com", "TOWER_OAUTH_TOKEN": "t", "TOWER_VERIFY_SSL": "true"}, ("Bearer t", True)),
    ],
)
def test_the_credential_of_a_job_has_several_names(
    environ: dict[str, str], expected: tuple[str, bool], awx: Awx
) -> None:
    read("awx", awx, workflow_job="20", environ=environ)
    assert {(headers["Authorization"], verify) for _url, headers, verify in awx.asked} == {expected}


@pytest.mark.parametrize(
    ("given", "more", "words"),
    [
        ("awx", {"workflow_job": "10", "environ": {}}, "names no controller"),
        ("awx", {}, "this job is not one of a workflow"),
        ("awx", {"workflow_job": "99"}, "HTTP 404"),
        (7, {}, "must be a list"),
        ([{}], {}, "must be a list"),
    ],
)
def test_what_cannot_be_asked_for_ends_the_merge(given: Any, more: dict[str, Any], words: str, awx: Awx) -> None:
    with pytest.raises(ValidationError, match=words):
        read(given, awx, **more)


#: What ``urlsplit`` raises ValueError for: at once, or when its port is asked for.
NO_URLS = ("https://awx:abc/", "https://awx:99999/", "http://[::1/", "http://[x]/", "http://\u2100.example.com/")


@pytest.mark.parametrize("url", NO_URLS)
def test_a_url_that_is_none_loses_its_slice_alone(url: str) -> None:
    found = read([url, f"{HOST}/out1.txt"], lambda *_given: output(1))
    assert hosts(found) == ["host-1"] and found.unread == 1
    [problem] = found.problems
    assert "is not a URL that can be used (mid_sourcing_slices)" in problem


@pytest.mark.parametrize("url", ["https://robot:canary@awx:abc/?sig=canary", "https://awx:abc/?sig=canary#canary"])
def test_a_url_that_is_none_shows_no_secret(url: str) -> None:
    [problem] = read([url], None).problems
    assert "canary" not in problem and "awx" in problem


@pytest.mark.parametrize("name", ["CONTROLLER_HOST", "AAP_HOSTNAME", "TOWER_HOST"])
@pytest.mark.parametrize("url", NO_URLS)
def test_a_controller_whose_address_is_none_is_named_and_sent_nothing(url: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "out1.txt").write_text(output(1), encoding="utf-8")
    found = read(["out1.txt", f"{HOST}/out2.txt"], None, tmp_path, environ={name: url})
    assert hosts(found) == ["host-1"] and found.unread == 1
    assert f"({name})" in found.problems[0] and f"{HOST}/out2.txt" in found.problems[0]
    with pytest.raises(ValidationError, match=rf"\({name}\)"):
        read("awx", None, workflow_job="10", environ={name: url})


@pytest.mark.parametrize("link", [*NO_URLS, 7])
@pytest.mark.parametrize("place", ["next", "version", "gateway"])
def test_a_controller_that_refers_to_what_is_no_url_ends_the_merge_with_a_sentence(
    place: str, link: Any, awx: Awx
) -> None:
    if place == "next":
        awx.answers["/api/v2/workflow_jobs/10/workflow_nodes/?page_size=200"]["next"] = link
    else:
        awx.answers["/api/"] = {"current_version": link} if place == "version" else {"apis": {"controller": link}}
    with pytest.raises(ValidationError, match=r"not its own|HTTP 404"):
        read("awx", awx, workflow_job="10")


def test_a_controller_that_refers_elsewhere_gets_no_credential_sent_there(awx: Awx) -> None:
    nodes = awx.answers["/api/v2/workflow_jobs/10/workflow_nodes/?page_size=200"]
    nodes["next"] = "https://evil.example.com/api/"
    with pytest.raises(ValidationError, match="not its own"):
        read("awx", awx, workflow_job="10")
    awx.answers["/api/"] = "<html>"
    with pytest.raises(ValidationError, match="no JSON of a controller"):
        read("awx", awx, workflow_job="10")


def test_files_patterns_and_urls_are_read_and_only_the_controller_gets_its_credential(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"out{number}.txt").write_text(output(number), encoding="utf-8")
    sent: dict[str, Mapping[str, str]] = {}

    def fetch(url: str, headers: Mapping[str, str], verify: bool = True) -> str:
        sent[url] = headers
        return output(len(sent) + 2)

    own, other = f"{HOST}/api/v2/jobs/7/stdout/?format=txt_download", "https://store.example.com/out3.txt"
    found = read(f"out*.txt, {own}\n{other}", fetch, tmp_path)
    assert hosts(found) == ["host-1", "host-2", "host-3", "host-4"] and found.problems == []
    assert sent[own] == {"Authorization": "Bearer token-canary"} and sent[other] == {}
    assert hosts(read([str(tmp_path / "out2.txt"), str(tmp_path / "out2.txt")], fetch)) == ["host-2"]


def test_a_file_that_cannot_be_read_or_is_not_trusted_is_named_and_loses_its_slice_alone(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text(output(1), encoding="utf-8")
    bad.write_text(output(2), encoding="utf-8")
    bad.chmod(0o666)
    found = read(["good.txt", "bad.txt", "gone.txt", "none*.txt", str(tmp_path)], None, tmp_path)
    assert hosts(found) == ["host-1"] and len(found.problems) == 4
    for problem, word in zip(
        found.problems, ("chmod", "gone.txt", "no file has such a name", str(tmp_path)), strict=True
    ):
        assert word in problem


def test_no_secret_of_a_url_is_in_the_name_of_its_slice_nor_in_a_problem() -> None:
    good, bad = ("https://robot:pass-canary@store.example.com/" + one + "?sig=sig-canary" for one in ("a", "b"))

    def fetch(url: str, _headers: Mapping[str, str], _verify: bool = True) -> str:
        return output(1) if url == good else "Nothing."

    found = read([good, bad], fetch)
    assert found.slices[0].source == "https://store.example.com/a"
    assert found.problems == ["https://store.example.com/b: there is no slice in it."]


@pytest.mark.parametrize("name", ["CONTROLLER_OAUTH_TOKEN", "AAP_TOKEN", "TOWER_PASSWORD"])
def test_secret_of_a_controller_is_known_with_its_user_and_masked_where_it_comes_back(name: str) -> None:
    environ = {"CONTROLLER_HOST": HOST, name: " token-canary ", "AAP_USERNAME": "robot"}
    assert list(secrets_of(environ)) == [Secret("token-canary", "robot")]

    def forwarding(_url: str, _headers: Mapping[str, str], _verify: bool = True) -> str:
        return json.dumps({"current_version": "https://evil.example.com/token-canary/"})

    masking = Masking(secrets_of(environ))
    with masking.active(), pytest.raises(ValidationError, match="not its own") as raised:
        Controller(environ, forwarding).sliced_jobs("10")
    assert MASK in str(raised.value) and "token-canary" not in str(raised.value)
