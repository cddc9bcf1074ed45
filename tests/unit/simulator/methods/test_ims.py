# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity service of the simulator: who gets a token, where it is good, and for how long."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.testing import ControlError, RunningSimulator, running_simulator

CLIENT = {"client_id": "tech", "client_secret": "ims-secret", "scope": "openid,AdobeID"}
FLEET: dict[str, Any] = {
    "start": "2026-11-23T02:00:00Z",
    "instances": {
        "mkt": {
            "role": "marketing",
            "operators": [
                {"login": "ops", "password": "x", "rights": ["admin"]},
                {"login": "robot", "client_id": "tech", "client_secret": "ims-secret", "rights": ["workflow"]},
            ],
        },
        "other": {"role": "marketing", "operators": [{"login": "ops", "password": "x"}]},
    },
}
ENVELOPE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><u:{method} xmlns:u="urn:xtk:session">'
    "<u:sessiontoken/>{more}</u:{method}></e:Body></e:Envelope>"
)


@pytest.fixture(scope="module")
def sim() -> Iterator[RunningSimulator]:
    with running_simulator(FLEET) as running:
        yield running


def token(sim: RunningSimulator, **changes: str) -> tuple[int, dict[str, Any]]:
    form = {"grant_type": "client_credentials", **CLIENT, **changes}
    data = urllib.parse.urlencode({name: value for name, value in form.items() if value}).encode()
    request = urllib.request.Request(f"{sim.url}/_simulator/ims/token", data=data)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def call(sim: RunningSimulator, instance: str, method: str, bearer: str = "", *texts: str) -> str:
    """The answer's text of one call."""
    headers = {"SOAPAction": f"xtk:session#{method}", "Content-Type": "text/xml"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    more = "".join(f"<u:p>{text}</u:p>" for text in texts)
    body = ENVELOPE.format(method=method, more=more).encode()
    request = urllib.request.Request(f"{sim.instances[instance]}/nl/jsp/soaprouter.jsp", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return str(error.read().decode())


def test_token_of_a_client_is_good_where_it_is_an_operator(sim: RunningSimulator) -> None:
    status, answer = token(sim)
    assert (status, answer["token_type"], answer["expires_in"]) == (200, "bearer", 86399)
    assert 'login="robot"' in call(sim, "mkt", "GetUserInfo", answer["access_token"])
    assert "XSV-350008" in call(sim, "other", "GetUserInfo", answer["access_token"])


def test_token_can_be_exchanged_for_a_session(sim: RunningSimulator) -> None:
    bearer = token(sim)[1]["access_token"]
    assert "pstrSessionToken" in call(sim, "mkt", "BearerTokenLogon", "", bearer)


def test_client_without_a_password_cannot_log_on_with_one(sim: RunningSimulator) -> None:
    assert "XSV-350012" in call(sim, "mkt", "Logon", "", "robot", "")


def test_token_ends_by_the_clock(sim: RunningSimulator) -> None:
    sim.control("POST", "ims", {"seconds": 600})
    bearer = token(sim)[1]["access_token"]
    sim.advance(599)
    assert "robot" in call(sim, "mkt", "GetUserInfo", bearer)
    sim.advance(1)
    assert "XSV-350008" in call(sim, "mkt", "GetUserInfo", bearer)
    sim.control("POST", "ims", {"seconds": 86399})


def test_token_that_is_revoked_is_refused(sim: RunningSimulator) -> None:
    bearer = token(sim)[1]["access_token"]
    before = sim.control("GET", "ims")["issued"]
    assert sim.control("POST", "ims", {"revoke": True})["issued"] == before
    assert "XSV-350008" in call(sim, "mkt", "GetUserInfo", bearer)
    assert 'login="robot"' in call(sim, "mkt", "GetUserInfo", token(sim)[1]["access_token"])


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"scope": ""}, 400, "invalid_request"),
        ({"client_secret": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_form_that_is_wrong_is_refused_as_oauth_does(
    sim: RunningSimulator, changes: dict[str, str], status: int, error: str
) -> None:
    issued = sim.control("GET", "ims")["issued"]
    found, answer = token(sim, **changes)
    assert (found, answer["error"]) == (status, error)
    assert sim.control("GET", "ims")["issued"] == issued


def test_disabled_client_is_refused(sim: RunningSimulator) -> None:
    bearer = token(sim)[1]["access_token"]
    operator = {"login": "robot", "client_id": "tech", "client_secret": "ims-secret", "rights": ["workflow"]}
    sim.change("mkt", operators=[{**operator, "enabled": False}])
    assert "XSV-350008" in call(sim, "mkt", "GetUserInfo", bearer)
    sim.change("mkt", operators=[operator])


def test_change_that_makes_no_sense_is_refused(sim: RunningSimulator) -> None:
    with pytest.raises(ControlError, match="seconds"):
        sim.control("POST", "ims", {"seconds": 0})
