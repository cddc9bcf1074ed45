# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Access tokens of Adobe's identity service (IMS) for a technical account: OAuth server to server (campaign_facts,
Authentication).

The token of an account is kept for the life of the process, and fetched once even if many instances are read
in parallel. It is never written to a disk.
"""

from __future__ import annotations

import json
import threading
import time
import typing as t
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from .._core.errors import (
    GATEWAY_STATUSES,
    REFUSED_STATUSES,
    CampaignError,
    DeniedError,
    HttpStatusError,
    ProtocolError,
    ValidationError,
    shorten,
)
from .._core.limits import MOST_TOKEN
from .._http.address import read_url
from .._http.transport import host_of
from .._soap.faults import retry_after, visible_text

if t.TYPE_CHECKING:
    from .._http.transport import HttpReply, HttpTransport

#: The default URL that issues tokens.
TOKEN_URL = "https://ims-na1.adobelogin.com/ims/token/v3"

#: A token is not used in the last so many seconds of its life.
MARGIN = 60.0
#: Seconds that a token without a stated lifetime is kept.
SHORT_LIFE = 300.0

_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_CHECK = "Check client_id, client_secret and scope against the credential in Adobe's Developer Console."


@dataclass(frozen=True)
class ImsAccount:
    """A technical account, as Adobe's Developer Console shows it. ``scope`` is a list separated by commas."""

    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    token_url: str = TOKEN_URL

    def __post_init__(self) -> None:
        missing = [name for name in ("client_id", "client_secret", "scope") if not getattr(self, name)]
        if missing:
            raise ValidationError(
                f"The technical account lacks {', '.join(missing)}.",
                next_step="Give client_id, client_secret and scope (or CAMPAIGN_CLIENT_ID and so on).",
            )
        try:
            read_url(self.token_url, "token_url")
        except ValidationError as error:
            raise ValidationError(
                f"The address that issues access tokens is not a URL. {error.message}",
                next_step="Correct token_url, or leave it out.",
            ) from None


class TokenSource:
    """Issues the access tokens of one account. May be used by several threads at once.

    :param transport: creates a connection for one request; it is closed afterwards.
    :param clock: monotonic seconds.
    """

    def __init__(
        self, account: ImsAccount, transport: Callable[[], HttpTransport], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.account = account
        self._transport = transport
        self._clock = clock
        self._kept = _kept_for(account)

    def secrets(self) -> frozenset[str]:
        """What must not be shown: the secret and the kept token."""
        return frozenset(filter(None, (self.account.client_secret, self._kept.token)))

    def token(self, timeout: float | None = None) -> str:
        """The token of the account; fetched if there is none that is valid long enough.

        :raises DeniedError: the account is refused.
        :raises TransportError: no usable answer.
        """
        with self._kept.lock:
            if not self._kept.token or self._clock() >= self._kept.ends:
                reply = self._ask(timeout)
                self._kept.token, life = read_token(reply, host_of(self.account.token_url))
                self._kept.ends = self._clock() + life - MARGIN
            return self._kept.token

    def forget(self, token: str) -> None:
        """A server rejected the token: fetch the next one, unless another thread already did."""
        with self._kept.lock:
            if self._kept.token == token:
                self._kept.token = ""

    def _ask(self, timeout: float | None) -> HttpReply:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.account.client_id,
            "client_secret": self.account.client_secret,
            "scope": self.account.scope,
        }
        transport = self._transport()
        try:
            return transport.post(self.account.token_url, urlencode(form).encode(), _HEADERS, timeout=timeout)
        finally:
            transport.close()


@dataclass
class _Kept:
    """The token of one account in this process."""

    token: str = ""
    ends: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_KEPT: dict[ImsAccount, _Kept] = {}


def _kept_for(account: ImsAccount) -> _Kept:
    return _KEPT.setdefault(account, _Kept())


def read_token(reply: HttpReply, host: str) -> tuple[str, float]:
    """The token in an answer, and how long it lives, in seconds.

    :raises DeniedError: the account is refused (an error of OAuth, RFC 6749 5.2).
    :raises HttpStatusError: the service is busy, or a proxy answered.
    :raises ProtocolError: the answer holds no token.
    """
    found = _json(reply.body)
    data = found if isinstance(found, dict) else {}
    token = data.get("access_token")
    if reply.status == 200 and isinstance(token, str) and 0 < len(token) <= MOST_TOKEN:
        return token, _seconds(data.get("expires_in"))
    if reply.status < 500 and reply.status != 429 and isinstance(data.get("error"), str):
        words = f"{data['error']}: {data.get('error_description') or ''}".rstrip(": ")
        raise DeniedError(f"{host} refused the technical account.", server_text=words, next_step=_CHECK)
    # JSON may contain a token, under any name.
    raise _no_token(reply, host, "" if found is not None else shorten(visible_text(reply.body, reply.content_type)))


def _json(body: bytes) -> t.Any:
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _no_token(reply: HttpReply, host: str, said: str) -> CampaignError:
    """What an answer without a token means that is not an error of OAuth."""
    if reply.status in GATEWAY_STATUSES | REFUSED_STATUSES or reply.status >= 500:
        return HttpStatusError(
            f"{host}, which issues the access tokens, answered with HTTP status {reply.status}.",
            status=reply.status,
            server_text=said,
            next_step="Run it again later. If it stays so, check token_url, and any proxy in front of that server.",
            retry_after=retry_after(reply.headers),
        )
    return ProtocolError(
        f"{host} answered with HTTP status {reply.status} and no access token.",
        reached="maybe",
        server_text=said,
        next_step="Check token_url, and whether a proxy answers instead.",
    )


def _seconds(life: t.Any) -> float:
    try:
        return float(life)
    except (TypeError, ValueError):
        return SHORT_LIFE
