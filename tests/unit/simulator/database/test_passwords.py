# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the database stores passwords of external accounts, and what clients see of them."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from simulator.database.passwords import KEY_OPTION, encrypt, is_key, make_key
from simulator.database.rows import ACCOUNT, OPTION
from simulator.fleet import parse_fleet
from simulator.simulator import Simulator
from simulator.soap.errors import FleetError
from tests.unit.simulator.by_hand import instance_of

KEY = base64.b64encode(bytes(range(32))).decode()


def decrypt(text: str, key: str) -> str:
    """The password as Adobe's JavaScript client reads it: without the three bytes at its end."""
    if not text:
        return ""
    assert text.startswith("@")
    decryptor = Cipher(algorithms.AES(base64.b64decode(key)), modes.CBC(bytes(16))).decryptor()
    padded = decryptor.update(base64.b64decode(text[1:], validate=True)) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    return (unpadder.update(padded) + unpadder.finalize())[:-3].decode()


@pytest.mark.parametrize("password", ["mid", "", "0123456789abc", "0123456789abcd", "päß wörd/€" * 20])
def test_a_password_comes_back_from_its_encrypted_form(password: str) -> None:
    assert decrypt(encrypt(password, KEY), KEY) == password


def test_the_encrypted_form_is_the_one_that_openssl_makes() -> None:
    # printf 'mid\0\0\0' | openssl enc -aes-256-cbc -K 000102...1f -iv 0 | base64
    assert encrypt("mid", KEY) == "@199ZlKLnzQs5pyKVmIucQQ=="
    assert encrypt("", KEY) == ""


def test_a_key_is_the_base64_of_32_bytes() -> None:
    assert is_key(KEY)
    assert is_key(make_key(7, "mkt-a"))
    assert make_key(7, "mkt-a") == make_key(7, "mkt-a") != make_key(7, "mkt-b")
    assert not any(is_key(text) for text in ("", "secret", KEY[:-4], base64.b64encode(bytes(31)).decode(), "é"))
    with pytest.raises(ValueError, match="XtkSecretKey"):
        encrypt("mid", "secret")


def _fleet(options: dict[str, Any]) -> dict[str, Any]:
    operators = [{"login": "mid", "password": "mid-secret", "rights": ["admin"]}]
    account = {"name": "defaultEmailMid", "mid": "mid", "login": "mid", "password": "mid-secret"}
    mkt = {"role": "marketing", "operators": operators, "accounts": [account, {"name": "bulk"}], "options": options}
    mid = {"role": "mid", "operators": operators}
    return {"start": "2026-11-23T02:00:00Z", "seed": 7, "instances": {"mkt-a": mkt, "mid": mid}}


@pytest.mark.parametrize("options", [{}, {KEY_OPTION: {"value": KEY}}])
def test_an_accounts_row_holds_the_password_encrypted_with_the_option(options: dict[str, Any]) -> None:
    instance = instance_of(Simulator(parse_fleet(_fleet(options), "fleet")), "mkt-a")
    key, data_type = instance.store.get_option(KEY_OPTION)
    assert data_type == 6
    assert key == (KEY if options else make_key(7, "mkt-a"))
    stored = {row["name"]: row["password"] for row in instance.rows.find(ACCOUNT)}
    assert decrypt(str(stored["defaultEmailMid"]), key) == "mid-secret"
    assert stored["bulk"] == ""

    instance.change_account("defaultEmailMid", password="rotated")
    assert decrypt(str(instance.rows.find(ACCOUNT, name="defaultEmailMid")[0]["password"]), key) == "rotated"


def test_a_key_that_somebody_spoilt_does_not_end_the_simulator() -> None:
    instance = instance_of(Simulator(parse_fleet(_fleet({}), "fleet")), "mkt-a")
    row = instance.rows.find(OPTION, name=KEY_OPTION)[0]
    instance.rows.update(OPTION, int(row["id"]), {"stringValue": "damaged"})
    instance.change_account("defaultEmailMid", password="rotated")
    stored = str(instance.rows.find(ACCOUNT, name="defaultEmailMid")[0]["password"])
    assert decrypt(stored, make_key(7, "mkt-a")) == "rotated"


@pytest.mark.parametrize("option", [{"value": "short"}, {"type": "long", "value": 3}, {"type": "string"}])
def test_a_fleet_file_with_a_wrong_key_names_the_place(option: dict[str, Any]) -> None:
    with pytest.raises(FleetError, match=r"instances\.mkt-a\.options\.XtkSecretKey: .*base64 of 32 bytes"):
        parse_fleet(_fleet({KEY_OPTION: option}), "fleet")
