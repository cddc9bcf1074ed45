# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard's rules: which run is incomplete, which has no hosts, and how a token serves once."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._playbook.guard import (
    BINDING,
    Refused,
    Token,
    chosen,
    forget,
    is_listing,
    require_bound,
    require_free_words,
    require_here,
    require_hosts,
    require_limit,
    require_whole,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._variables.reading import specs

WHOLE: dict[str, Any] = {"tags": ["all"], "skip_tags": (), "start_at_task": None, "step": False}


@pytest.mark.parametrize("given", [{}, WHOLE, {**WHOLE, "tags": ("all",)}, {**WHOLE, "check": True, "subset": "a"}])
def test_a_whole_run_is_let_through(given: dict[str, Any]) -> None:
    require_whole(given)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"tags": ["cure"]}, "--tags cure would leave out steps"),
        ({"tags": ["all", "cure"]}, "--tags all,cure"),
        ({"tags": ["untagged"]}, "--tags untagged"),
        ({"skip_tags": ["always"]}, "--skip-tags always"),
        ({"start_at_task": "Report"}, "--start-at-task Report"),
        ({"step": True}, "--step would"),
    ],
)
def test_a_run_that_leaves_tasks_out_is_refused_by_name(given: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused, match=named):
        require_whole({**WHOLE, **given})


@pytest.mark.parametrize(
    "name", ["mid_sourcing_gate", "siblings_gate", "siblings_plan", "__guard_chosen", "__mid_sourcing_is_rehearsal"]
)
def test_a_variable_of_the_command_line_cannot_speak_for_the_gate(name: str) -> None:
    with pytest.raises(Refused, match=f"^{name} is what the playbooks say to themselves"):
        require_free_words([name, "mid_sourcing_apply"])


def test_the_users_own_variables_and_what_awx_hands_on_are_let_through() -> None:
    require_free_words(["mid_sourcing_apply", "mid_sourcing_outcome", "mid_sourcing_plan", "awx_job_id", "my_gate"])


MID_SOURCING = {"mid_sourcing_diagnosis": {}, "fleet_report_result": {}, "change_window_decision": {}}
SIBLINGS = {"siblings_plan": {}, "siblings_gate": {}}


@pytest.mark.parametrize(
    ("variable", "said", "results"),
    [("mid_sourcing_hosts", MID_SOURCING, SIBLINGS), ("siblings_hosts", SIBLINGS, MID_SOURCING)],
)
def test_what_an_earlier_playbook_has_said_to_itself_is_forgotten_and_nothing_else(
    variable: str, said: dict[str, Any], results: dict[str, Any]
) -> None:
    said = {**said, "__mid_sourcing_told": [], "__siblings_run": ""}
    kept = {**results, "mid_sourcing_max_hosts": 3, "mid_sourcing_earlier_runs": [], "my_fact": 1}
    facts = {host: {**said, **kept} for host in ("a", "b")}
    forget(facts, ["a", "localhost"], variable)
    assert facts == {"a": kept, "b": {**said, **kept}}


@pytest.mark.parametrize(
    ("opened", "left"),
    [
        ({"__change_window_ticket_opened": "CHG1"}, {}),
        ({"__change_window_ticket_opened": "CHG0"}, {"change_window_ticket": "CHG1"}),
        ({"__change_window_ticket_opened": ""}, {"change_window_ticket": "CHG1"}),
        ({}, {"change_window_ticket": "CHG1"}),
    ],
)
def test_the_ticket_of_a_change_that_an_earlier_playbook_has_opened_is_forgotten(
    opened: dict[str, str], left: dict[str, str]
) -> None:
    facts = {"a": {"change_window_ticket": "CHG1", **opened}}
    forget(facts, ["a"], "siblings_hosts")
    assert facts == {"a": left}


def test_the_run_of_a_bundle_that_an_earlier_playbook_has_read_is_forgotten() -> None:
    facts = {
        "a": {"mid_sourcing_run": "one", "__mid_sourcing_bundle_run": "one"},
        "b": {"mid_sourcing_run": "mine", "__mid_sourcing_bundle_run": "one"},
    }
    forget(facts, ["a", "b"], "mid_sourcing_hosts")
    assert facts == {"a": {}, "b": {"mid_sourcing_run": "mine"}}


def test_the_window_that_a_task_gets_cannot_come_from_the_command_line() -> None:
    for name in ("campaign_change_window", "campaign_change_window_begun"):
        with pytest.raises(Refused, match=name):
            require_free_words([name])


@pytest.mark.parametrize("flag", ["syntax", "listhosts", "listtasks", "listtags"])
def test_a_listing_runs_nothing(flag: str) -> None:
    assert is_listing({flag: True})
    assert not is_listing({flag: False, **WHOLE})


@pytest.mark.parametrize(
    ("pattern", "everyone", "limited", "said"),
    [
        ("", [], [], "mid_sourcing_hosts is blank"),
        (" ", ["a"], ["a"], "mid_sourcing_hosts is blank"),
        *((only, ["a"], ["a"], f"mid_sourcing_hosts is '{only}', which has no name") for only in (",", ":", ",,")),
        ("nowhere", [], [], "No host matches 'nowhere'"),
        ("campaign", ["a", "b"], [], "--limit '@file' leaves none of the 2 hosts of 'campaign'"),
    ],
)
def test_a_run_without_hosts_is_refused(pattern: str, everyone: list[str], limited: list[str], said: str) -> None:
    with pytest.raises(Refused, match=said):
        require_hosts(pattern, "mid_sourcing_hosts", everyone, limited, "@file")


def test_a_run_with_hosts_is_let_through() -> None:
    require_hosts("campaign", "mid_sourcing_hosts", ["a", "b"], ["b"], "b")


@pytest.mark.parametrize(
    ("limit", "names"), [("", ()), (" ", ()), (",", ()), ("@empty.txt", [""]), ("@blank", ["", " "])]
)
def test_a_limit_that_names_nothing_is_not_taken_for_every_host(limit: str, names: list[str]) -> None:
    with pytest.raises(Refused, match="names no host: it is blank, or its file is empty"):
        require_limit(limit, names)


def test_no_limit_and_one_that_names_something_are_whole() -> None:
    require_limit(None, ())
    require_limit("@hosts.txt", ["a", ""])


@pytest.mark.parametrize("hosts", [None, [], ["b", "a"]])
def test_a_token_serves_once_and_only_the_play_that_it_was_left_for(hosts: list[str] | None, tmp_path: Path) -> None:
    Token(tmp_path, "reconcile").grant(hosts)
    assert [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()] == [0o600]
    with pytest.raises(Refused, match="The gate of rollback has not passed in this run"):
        Token(tmp_path, "rollback").take()
    assert Token(tmp_path, "reconcile").take() == hosts
    with pytest.raises(Refused, match="The gate of reconcile has not passed in this run"):
        Token(tmp_path, "reconcile").take()


def test_a_gate_that_passes_again_speaks_for_its_own_hosts_only(tmp_path: Path) -> None:
    Token(tmp_path, "reconcile").grant(["a", "b"])
    Token(tmp_path, "reconcile").grant(["b"])
    assert Token(tmp_path, "reconcile").take() == ["b"]


@pytest.mark.parametrize(
    ("sizes", "batches"), [([1, 5, "25%"], [1, 5, "25%"]), (2, [2]), ("50%", ["50%"]), ((3,), [3])]
)
def test_the_batches_are_those_of_the_last_gate_before_and_after_its_hosts_are_taken(
    sizes: Any, batches: list[Any], tmp_path: Path
) -> None:
    token = Token(tmp_path, "reconcile")
    assert token.sizes() == [1]
    token.grant(["a", "b"], [20])
    token.take()
    token.grant(["c", "d"], sizes)
    assert token.sizes() == batches
    token.take()
    assert token.sizes() == batches
    token.grant(["e"])
    assert token.sizes() == [1]
    assert Token(tmp_path, "backfill").sizes() == [1]


def test_a_blank_that_would_bind_a_run_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="^mid_sourcing_plan is blank in a run that writes"):
        require_bound(["mid_sourcing_plan"])
    with pytest.raises(Refused, match="^mid_sourcing_plan_file and change_window_windows are blank"):
        require_bound(["mid_sourcing_plan_file", "change_window_windows"])


def test_whatever_binds_a_run_is_a_variable_of_the_roles() -> None:
    assert set(BINDING) <= set(specs())


def test_a_limit_that_leaves_out_the_controller_is_refused_where_it_has_the_only_play() -> None:
    assert require_here(["localhost"], [], ["mkt1", "mkt2"], "localhost") == ["localhost"]
    for left in (["mkt1"], []):
        with pytest.raises(Refused, match="--limit 'mkt1' leaves out localhost.*Leave --limit out"):
            require_here([], left, ["mkt1", "mkt2"], "mkt1")
    with pytest.raises(Refused):
        require_here([], [], [], "all")


def test_a_limit_that_names_every_host_is_none_where_the_controller_has_the_only_play() -> None:
    assert require_here([], ["mkt2", "mkt1"], ["mkt1", "mkt2"], "all") == ["mkt2"]


@pytest.mark.parametrize("content", ["", "{", "[]", "7"])
def test_a_token_that_was_cut_off_lets_nothing_through(content: str, tmp_path: Path) -> None:
    token = Token(tmp_path, "reconcile")
    token.grant(["mkt1"])
    (file,) = tmp_path.iterdir()
    file.write_text(content)
    with pytest.raises(Refused, match="has not passed"):
        token.take()


# -- the plays after fleet_info ----------------------------------------------------------------------------------------


FLEET_RESULT = {
    "rows": {"a": {}, "c": {}, "d": {}, "e": {}},
    "unhealthy": ["c", "d"],
    "stuck": ["c"],
    "failing": ["d"],
    "elsewhere": ["b"],
}


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("unhealthy", ["c", "d"]),
        ("elsewhere", ["b"]),
        ("stuck", ["b", "c"]),
        ("gate", ["a", "b", "c"]),
        ("report", ["a", "d"]),
    ],
)
def test_hosts_of_a_play_are_those_that_fleet_info_has_found(which: str, expected: list[str]) -> None:
    assert chosen(which, list("abcde"), lambda _host: {"mid_sourcing_fleet": FLEET_RESULT}) == expected


def test_a_host_whose_tasks_have_failed_is_in_the_report_and_a_limit_holds() -> None:
    def raw(host: str) -> dict[str, Any]:
        return {"mid_sourcing_fleet": FLEET_RESULT, **({"mid_sourcing_failure": "x"} if host in "bc" else {})}

    assert chosen("report", list("abcde"), raw) == ["a", "b", "c", "d"]
    assert chosen("unhealthy", ["a", "d"], raw) == ["d"]


@pytest.mark.parametrize("fleet", [{}, {"mid_sourcing_fleet": {"failed": True, "msg": "x"}}])
def test_where_fleet_info_has_failed_the_report_has_every_host(fleet: dict[str, Any]) -> None:
    assert chosen("report", ["a"], lambda _host: fleet) is None
    assert chosen("unhealthy", ["a"], lambda _host: fleet) == []
