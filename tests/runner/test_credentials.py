# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials as the injectors of AWX give them: environment variables and files of the job. They are seen nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from simulator.testing import RunningSimulator
from tests.integration.fleets import CLIENT, CLIENT_SECRET, PASSWORD, USER
from tests.runner.jobs import Awx
from tests.runner.tls_front import front

pytestmark = pytest.mark.every_job
#: What AWX hides of an environment that it shows: a variable with one of these in its name.
HIDDEN = ("API", "TOKEN", "KEY", "SECRET", "PASS")


@pytest.fixture
def secure(sim: RunningSimulator, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A URL that asks for a certificate, and the files of a credential with one."""
    authority = trustme.CA()
    mine = authority.issue_cert("client@example.com")
    files = {
        "ca.pem": authority.cert_pem.bytes().decode(),
        "client.pem": mine.cert_chain_pems[0].bytes().decode(),
        "client.key": mine.private_key_pem.bytes().decode(),
    }
    with front(sim.url, authority, tmp_path) as url:
        yield url, files


def credentials(kind: str, sim: RunningSimulator, files: dict[str, str]) -> tuple[dict[str, str], dict[str, str], str]:
    """The environment and the files of a kind of credential, and the secret in it."""
    if kind == "password":
        return {"CAMPAIGN_USER": USER, "CAMPAIGN_PASSWORD": PASSWORD}, {}, PASSWORD
    if kind == "ims":
        account = {"CAMPAIGN_CLIENT_ID": CLIENT, "CAMPAIGN_CLIENT_SECRET": CLIENT_SECRET, "CAMPAIGN_SCOPE": "openid"}
        return {**account, "CAMPAIGN_TOKEN_URL": f"{sim.url}/_simulator/ims/token"}, {}, CLIENT_SECRET
    if kind == "certificate":
        named = {"CA_PATH": "ca.pem", "CLIENT_CERT": "client.pem", "CLIENT_KEY": "client.key"}
        paths = {f"CAMPAIGN_{name}": f"{{private}}/env/{file}" for name, file in named.items()}
        # A line of the key: it would be seen wherever the key were.
        line = files["client.key"].split("\n")[1]
        return {"CAMPAIGN_USER": USER, "CAMPAIGN_PASSWORD": PASSWORD, **paths}, files, line
    operator = {"user": USER, "password": PASSWORD}
    content = {"default": operator, "instances": {"healthy": operator}}
    return {"CAMPAIGN_CREDENTIALS_FILE": "{private}/env/many.yml"}, {"many.yml": yaml.safe_dump(content)}, PASSWORD


@pytest.mark.parametrize("kind", ["password", "ims", "certificate", "file"])
def test_every_kind_of_credential_works_and_is_seen_nowhere_at_verbosity_4(
    kind: str, site: Callable[..., Awx], sim: RunningSimulator, secure: tuple[str, dict[str, str]]
) -> None:
    front_url, keys = secure
    environment, files, secret = credentials(kind, sim, keys)
    instances = dict(sim.instances)
    if kind == "certificate":
        instances = {name: url.replace(sim.url, front_url) for name, url in instances.items()}
    awx = site(instances, environment=environment, files=files, verbosity=4)
    apply: dict[str, Any] = {"mid_sourcing_apply": "true", "mid_sourcing_poll_interval": "0.2"}
    found, cured = awx.job("detect"), awx.job("reconcile", arguments="--diff", **apply)
    assert (found.status, cured.status) == ("successful", "successful"), cured.stdout[-3000:]
    assert "1 cured." in cured.closing
    for done in (found, cured):
        assert len(done.received) > 10_000 and secret not in done.received
    shown = [name for name, value in environment.items() if value in (PASSWORD, CLIENT_SECRET)]
    assert all(any(part in name for part in HIDDEN) for name in shown)
