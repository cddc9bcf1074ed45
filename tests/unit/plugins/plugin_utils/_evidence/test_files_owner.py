# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence that somebody else can have written is ignored, and nothing is written beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._http.tls import tls_context
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.attempts import earlier_attempts
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import (
    FORMAT,
    MANIFEST,
    check_run,
    evidence_file,
    manifest_digest,
    read_evidence,
    write_file,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.records import hosts_of, run_of
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.restarts import unfinished_restarts
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.instances import files_of
from tests.helpers.evidence_files import write_evidence

NOW = datetime(2026, 11, 23, tzinfo=UTC)
RECORD = {
    "format": FORMAT,
    "kind": "cure",
    "state": "started",
    "started": "2026-11-23T02:00:00.000Z",
    "run_id": "one",
    "cursors": [{"option": "NmsMidSourcing_LastDelivery_eu", "old_value": "1999-01-01 00:00:00.000Z", "plan": None}],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The evidence of one host, complete and trusted."""
    found = evidence_file(str(tmp_path / "evidence"), "one", "mkt")
    write_evidence(found, RECORD)
    return found


def to_link(path: Path) -> None:
    """Put a link in the place of what is there."""
    elsewhere = path.with_name(f"{path.name}-elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def given_away(path: Path) -> None:
    os.chown(path, 65_534, 65_534)


#: Problems of evidence: the place, as a path from the run's directory, and the change.
CASES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "run directory for everybody": (".", lambda path: path.chmod(0o777)),
    "evidence directory for everybody": ("..", lambda path: path.chmod(0o777)),
    "directory above for everybody": ("../..", lambda path: path.chmod(0o777)),
    "record for everybody": ("mkt.json", lambda path: path.chmod(0o606)),
    "record a link": ("mkt.json", to_link),
    "manifest for everybody": (MANIFEST, lambda path: path.chmod(0o666)),
    "manifest a link": (MANIFEST, to_link),
    "lock for everybody": (".lock", lambda path: path.chmod(0o666)),
    "lock a link": (".lock", to_link),
}
if os.geteuid() == 0:
    # Of another user the group may be theirs alone.
    CASES |= {
        "run directory for its group": (".", lambda path: path.chmod(0o770)),
        "evidence directory for its group": ("..", lambda path: path.chmod(0o770)),
        "record for its group": ("mkt.json", lambda path: path.chmod(0o660)),
    }
    CASES |= {
        f"{name} of another user": (place, given_away)
        for name, place in {
            "run directory": ".",
            "evidence directory": "..",
            "directory above": "../..",
            "record": "mkt.json",
            "manifest": MANIFEST,
            "lock": ".lock",
        }.items()
    }


@pytest.fixture(params=CASES.values(), ids=CASES)
def forged(path: Path, request: pytest.FixtureRequest) -> Path:
    """The same, with one thing wrong."""
    place, spoil = request.param
    spoil(path.parent / place)
    return path


def test_evidence_of_ours_is_trusted(path: Path) -> None:
    root, run = str(path.parent.parent), path.parent
    assert check_run(run, manifest_digest(run)) == [] and hosts_of(root, "one") == ["mkt"]
    assert run_of(root, "one", "mkt") == RECORD and len(earlier_attempts(root, "one", "mkt")) == 1


def test_forged_evidence_is_not_read(forged: Path) -> None:
    with pytest.raises(AnsibleActionFail, match="is not trusted|is a link"):
        read_evidence(forged)
    root = str(forged.parent.parent)
    for ask in (
        lambda: run_of(root, "one", "mkt"),
        lambda: earlier_attempts(root, "one", "mkt"),
    ):
        with pytest.raises(AnsibleActionFail):
            ask()


def test_forged_evidence_of_another_run_is_told_and_nothing_is_taken_from_it(forged: Path) -> None:
    root = str(forged.parent.parent)
    for ask in (
        lambda say: earlier_attempts(root, "", "mkt", say),
        lambda say: unfinished_restarts(root, "mkt", NOW, say),
    ):
        said: list[str] = []
        try:
            assert ask(said.append) == []
        except AnsibleActionFail as error:
            # Of the directory of all runs, in which nothing new is written either.
            assert (
                forged.parents[1].stat().st_mode & 0o022
                or forged.parents[2].stat().st_mode & 0o022
                or ({forged.parents[1].stat().st_uid, forged.parents[2].stat().st_uid} != {os.geteuid()})
            )
            said.append(str(error))
        assert len(said) == 1 and ("is not trusted" in said[0] or "is a link" in said[0])


def test_check_of_a_run_tells_what_is_wrong_with_its_owner_and_how_it_is_mended(forged: Path) -> None:
    (problem,) = check_run(forged.parent)
    assert "not trusted" in problem or "is a link" in problem
    assert any(command in problem for command in ("chmod ", "chown ", "rm "))
    assert "mid_sourcing_restore" in problem


def test_nothing_is_written_beside_forged_evidence(forged: Path) -> None:
    there = sorted(one.name for one in forged.parent.iterdir())
    try:
        write_file(forged.with_name("other.json"), "{}")
    except AnsibleActionFail:
        assert sorted(one.name for one in forged.parent.iterdir()) == there
    else:
        # The problem of one record does not affect its neighbours.
        assert check_run(forged.parent)[0].startswith("The evidence file")


@pytest.mark.parametrize("mode", [0o777, 0o703])
def test_hosts_and_digest_of_a_run_of_others_are_not_taken(path: Path, mode: int) -> None:
    path.parent.chmod(mode)
    assert manifest_digest(path.parent) == ""
    with pytest.raises(AnsibleActionFail, match="not trusted"):
        hosts_of(str(path.parent.parent), "one")


@pytest.mark.parametrize("host", ["mkt", "another"])
def test_no_run_of_a_host_is_searched_in_a_directory_of_others_even_where_there_is_none(path: Path, host: str) -> None:
    """None of them may be there any more, and none that is there is ours for certain."""
    root = path.parent.parent
    assert earlier_attempts(str(root), "", "another") == unfinished_restarts(str(root), "another", NOW) == []
    root.chmod(0o777)
    with pytest.raises(AnsibleActionFail, match="not trusted"):
        earlier_attempts(str(root), "", host)
    with pytest.raises(AnsibleActionFail, match="not trusted"):
        unfinished_restarts(str(root), host, NOW)


def test_lock_that_is_a_link_creates_nothing(path: Path, tmp_path: Path) -> None:
    (path.parent / ".lock").unlink()
    (path.parent / ".lock").symlink_to(tmp_path / "created")
    with pytest.raises(AnsibleActionFail, match="is a link"):
        write_evidence(path, RECORD)
    assert not (tmp_path / "created").exists()


def test_no_directory_is_made_where_everybody_may_write(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(AnsibleActionFail, match="not trusted"):
        write_evidence(evidence_file(str(tmp_path / "open" / "evidence"), "one", "mkt"), RECORD)
    assert list((tmp_path / "open").iterdir()) == []


def test_evidence_in_a_sticky_directory_is_ours_alone(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    path = evidence_file(str(tmp_path / "tmp"), "one", "mkt")
    write_evidence(path, RECORD)
    assert read_evidence(path) == RECORD


def test_trusted_user_whom_nobody_knows_is_one_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGN_TRUSTED_USERS", "nobody-at-all")
    assert "CAMPAIGN_TRUSTED_USERS names 'nobody-at-all'" in check_run(path.parent)[0]
    with pytest.raises(AnsibleActionFail, match="CAMPAIGN_TRUSTED_USERS"):
        read_evidence(path)


# -- other files with instructions -------------------------------------------------------------------------------------


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A file that an operator names."""
    made = tmp_path / "given.yml"
    made.write_text("[]")
    return made


def test_list_of_instances_is_read_only_when_it_is_trusted(given: Path, tmp_path: Path) -> None:
    assert files_of("given.yml", str(tmp_path)) == [given] == files_of(".", str(tmp_path))
    given.chmod(0o666)
    for path in ("given.yml", "."):
        with pytest.raises(ValidationError, match="list of instances .* is not trusted"):
            files_of(path, str(tmp_path))


@pytest.mark.parametrize("option", ["ca_path", "client_cert", "client_key"])
def test_certificate_is_taken_only_when_it_is_trusted(given: Path, option: str) -> None:
    given.chmod(0o666)
    others = {"client_key": {"client_cert": "/etc/hostname"}}.get(option, {})
    with pytest.raises(ValidationError, match=f"The {option} .* is not trusted"):
        tls_context(True, **{"ca_path": None, **others, option: str(given)})
