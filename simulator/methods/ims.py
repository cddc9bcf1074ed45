# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adobe's identity service, as far as a technical account needs it (campaign_facts, Authentication).

POST /_simulator/ims/token takes the form of OAuth's client credentials and issues a bearer token, which is good at
every instance that has an operator of that client. Which errors Adobe answers with is not known: these are
OAuth's own (RFC 6749, 5.2). Scopes are not checked, except that one must be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..instance import Instance

SECONDS = 86_399
_FIELDS = ("client_id", "client_secret", "scope")


class IdentityService:
    """Issues and revokes tokens for the technical accounts of one fleet."""

    def __init__(self, instances: Callable[[], Iterable[Instance]], now: Callable[[], datetime], seed: int) -> None:
        self._instances = instances
        self._now = now
        self._random = Random(f"{seed}:ims")
        self.seconds = SECONDS
        self.issued = 0

    def token(self, form: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """HTTP status and JSON of the answer to a form."""
        if form.get("grant_type") != "client_credentials":
            return _refusal("unsupported_grant_type", "Only client_credentials is served.")
        missing = [name for name in _FIELDS if not isinstance(form.get(name), str) or not form[name]]
        if missing:
            return _refusal("invalid_request", f"missing: {', '.join(missing)}")
        token = f"eyJ.{self._random.randbytes(24).hex()}.sim"
        ends = self._now() + timedelta(seconds=self.seconds)
        known = [
            instance.sessions.take_token(form["client_id"], form["client_secret"], token, ends)
            for instance in self._instances()
        ]
        if not any(known):
            return _refusal("invalid_client", "invalid client_id or client_secret")
        self.issued += 1
        return 200, {"access_token": token, "token_type": "bearer", "expires_in": self.seconds}

    def revoke(self) -> None:
        """Every token issued so far is refused from now on."""
        for instance in self._instances():
            instance.sessions.drop_tokens()


def _refusal(error: str, description: str) -> tuple[int, dict[str, Any]]:
    return (401 if error == "invalid_client" else 400), {"error": error, "error_description": description}
