# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ProtocolError, ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._core.masking import MASK, Masking, Secret
from ansible_collections.campaign.classic.plugins.module_utils._resources import external_accounts as _accounts
from ansible_collections.campaign.classic.plugins.module_utils._resources.external_accounts import (
    Account,
    Accounts,
    account_of,
)
from tests.helpers.fake_session import Answer, FakeSession, collection


def accounts(*answers: Answer) -> tuple[Accounts, FakeSession]:
    session = FakeSession(*answers)
    return Accounts(session), session  # type: ignore[arg-type]


def test_routing_accounts_come_by_name() -> None:
    reader, _unused = accounts(
        collection(
            "extAccount",
            {"id": 2088, "name": "mid", "label": "Mid", "active": "true", "server": "http://mid:8080"},
            {"id": -7, "name": "bulk", "label": "Bulk", "active": "0", "password": "@encrypted"},
            {"name": "x"},
        )
    )
    assert reader.routing() == [
        Account(id=-7, name="bulk", label="Bulk", active=False, server=""),
        Account(id=2088, name="mid", label="Mid", active=True, server="http://mid:8080"),
        Account(id=0, name="x", label="", active=False, server=""),
    ]


def test_the_query_asks_for_type_3_and_never_for_the_password() -> None:
    reader, session = accounts(collection("extAccount"))
    assert reader.routing() == []
    (sent,) = session.sent
    assert sent.document.get("schema") == "nms:extAccount"
    assert sent.document.get("lineCount") == "1000"
    assert sent.where == "@type = 3"
    assert sent.columns == ["@id", "@name", "@label", "@active", "@server"]


def test_an_answer_that_may_be_cut_off_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_accounts, "MOST_ACCOUNTS", 1)
    reader, _unused = accounts(collection("extAccount", {"id": 1}))
    with pytest.raises(ValidationError, match="mkt-a: There are 1 or more routing accounts"):
        reader.routing()


def test_a_flag_that_is_none_is_an_error_of_the_server() -> None:
    reader, _unused = accounts(collection("extAccount", {"id": 1, "active": "perhaps"}))
    with pytest.raises(ProtocolError, match="mkt-a: The server sent active = 'perhaps'"):
        reader.routing()


@pytest.mark.parametrize(
    "server", ["http://mid:hunter2-pw@mid-eu:8080", "mid:hunter2-pw@mid-eu:8080", "http://mid:hunter2-pw/x@mid-eu:8080"]
)
def test_an_account_never_has_the_password_in_its_address(server: str) -> None:
    found = account_of({"id": "1", "server": server, "active": "1"})
    assert found.server.removeprefix("http://") == "mid-eu:8080"
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("http://mid:token-of@42/ab", f"http://mid:{MASK}"),
        ("says token-of@42/ab and 1@x", "x"),
        ("http://mid:1@mid-1.example", "http://mid-1.example"),
        ("http://mid-1.example", "http://mid-1.example"),
    ],
)
def test_no_half_of_a_secret_of_ours_is_left_of_an_address(server: str, expected: str) -> None:
    with Masking([Secret("token-of@42/ab"), Secret("1"), Secret("mid")]).active():
        assert account_of({"server": server, "active": "1"}).server == expected
