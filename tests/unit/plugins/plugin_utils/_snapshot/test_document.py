# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._snapshot.document import (
    document,
    from_text,
    to_text,
    unread,
)
from tests.helpers.snapshots import MID, STUCK

ROOT = Path(__file__).resolve().parents[5]
SCHEMA = json.loads((ROOT / "roles/mid_sourcing/files/snapshot.schema.json").read_text(encoding="utf-8"))
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOWN = {"unread": {"verdict": "unreachable", "why": "No answer."}}


def made(**rows: Any) -> dict[str, Any]:
    return document(rows or {"mkt": STUCK, "mid": MID, "down": DOWN}, {"mid.example.com:443": "mid"}, NOON, NOON)


def test_snapshot_survives_its_text_and_fits_its_schema() -> None:
    data = made()
    assert from_text(to_text(data), "f") == data
    jsonschema.validate(data, SCHEMA)


def test_account_names_the_host_and_keeps_no_address_of_it() -> None:
    accounts = made()["instances"]["mkt"]["accounts"]
    assert accounts["defaultEmailMid"] == {"active": True, "mid": "mid", "server": ""}
    assert "example.com" not in to_text(made())


def test_server_that_is_no_host_keeps_its_address() -> None:
    data = document({"mkt": STUCK}, {}, NOON, NOON)
    account = data["instances"]["mkt"]["accounts"]["defaultEmailMid"]
    assert account == {"active": True, "mid": "", "server": "mid.example.com:443"}


def test_host_that_could_not_be_read_has_a_row() -> None:
    assert unread(made()) == ["down"]


def test_one_change_is_one_line_of_a_diff_whatever_the_order_of_the_hosts() -> None:
    later = copy.deepcopy(STUCK)
    later["options"]["NmsMidSourcing_LastDelivery_defaultEmailMid"]["value"] = "2026-11-23 11:00:00.000Z"
    before, after = (to_text(made(mkt=STUCK, mid=MID)), to_text(made(mid=MID, mkt=later)))
    apart = [pair for pair in zip(before.splitlines(), after.splitlines(), strict=True) if pair[0] != pair[1]]
    assert len(apart) == 1


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"format": "other"}, "no snapshot"),
        ({"version": 2}, "has the format 2"),
        ({"taken": "noon"}, "taken"),
        ({"instances": {}}, "no instance"),
        ({"instances": {"mkt": {**STUCK, "skew_seconds": "x"}}}, "instances.mkt.skew_seconds"),
        ({"instances": {"mkt": {**STUCK, "accounts": []}}}, "instances.mkt.accounts"),
        ({"instances": {"mid": {**MID, "options": {"o": {"type": True, "value": None}}}}}, "options.o.type"),
        ({"instances": {"mid": {**MID, "deliveries": {"by_day": {"today": 1}}}}}, "by_day"),
    ],
)
def test_file_that_would_be_misread_is_refused_with_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as caught:
        from_text(json.dumps({**made(), **change}), "f.json")
    assert "f.json" in str(caught.value) and place in str(caught.value)


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValidationError, match="is not JSON"):
        from_text("{", "f.json")
