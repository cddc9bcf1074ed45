# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Typed errors: what happened, on which instance, what the server said, what to do next.

Every error is written for the operator. ``str(error)`` is the text that Ansible shows;
``to_result()`` is the same as data. Both show what a server said with every character visible (see
``_core/text.py``). No layer below ``_operations`` converts an error into anything else.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import typing as t

from .limits import MOST_SAID, SHOWN, SPARE
from .masking import Masking, masked
from .text import shown, visible

#: Campaign's own error codes, as in ``XSV-350012`` (campaign_facts, Failures). Prefixes of two to four letters
#: were seen.
CODE = re.compile(r"\b[A-Z]{2,4}-\d{6}\b")

#: A gateway answers so while the server behind it restarts or is busy: a later attempt may succeed.
GATEWAY_STATUSES = frozenset((429, 502, 503, 504))

#: Statuses that refuse a caller.
REFUSED_STATUSES = frozenset((401, 403, 407))

#: The proxy requires authentication: repeating the request does not help.
PROXY_ASKS = 407

#: Whether a request may have reached the server: ``no`` allows a write to be sent again, ``maybe`` never does.
Reached = t.Literal["no", "maybe"]


class CampaignError(Exception):
    """Base of all errors of the collection.

    :param message: what happened, as a sentence without the instance's name.
    :param next_step: what the operator should do next, as a sentence.
    :param instance: the instance it happened on; the session layer fills it in when it is empty.
    :param server_text: what the server said, verbatim. Of a very long text the beginning is kept.

    ``transient`` says whether the same request may succeed a moment later; if not, it is never sent again.
    ``attempts`` is the number of failed attempts.
    """

    kind = "error"
    default_next_step = ""
    transient = False
    attempts = 1

    def __init__(self, message: str, *, next_step: str = "", instance: str = "", server_text: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step or self.default_next_step
        self.instance = instance
        self.server_text = server_text[:MOST_SAID].strip()
        #: Campaign's error codes found in the server's text, in order, without repeats. They are reported even
        #: if that text is masked later.
        self.codes: list[str] = list(dict.fromkeys(CODE.findall(self.server_text)))

    def mask(self, masking: Masking) -> None:
        """Mask secrets in the server's text and in ours."""
        self.server_text = masking.others(self.server_text)
        self.message, self.next_step = masking.ours(self.message), masking.ours(self.next_step)
        self.args = tuple(masking.ours(arg) if isinstance(arg, str) else arg for arg in self.args)

    def __str__(self) -> str:
        parts = [f"{self.instance}: {self.message}" if self.instance else self.message]
        if self.server_text:
            parts.append(f'The server said: "{shorten(self.server_text)}".')
        if self.attempts > 1:
            parts.append(f"It was tried {self.attempts} times.")
        if self.next_step:
            parts.append(self.next_step)
        return visible(" ".join(parts))

    def to_result(self) -> dict[str, t.Any]:
        """The error as plain data for a module's result: ``msg`` and ``error``."""
        error = {
            "kind": self.kind,
            "message": self.message,
            "instance": self.instance,
            "server_text": shorten(self.server_text),
            "codes": self.codes,
            "next_step": self.next_step,
        }
        return {"msg": str(self), "error": shown(error)}


class ValidationError(CampaignError):
    """An input that cannot be right, found before anything is sent."""

    kind = "invalid"


class ConfigurationError(ValidationError):
    """The configuration of an instance cannot work: its URL, its credentials, its certificates. Nothing was sent
    to it. See :func:`configuring`."""

    kind = "misconfigured"


class XtkValueError(ValidationError):
    """A value that does not fit its XTK type."""


class MissingLibrary(CampaignError):
    """A Python library is not installed where the module runs."""

    kind = "missing_library"

    def __init__(self, library: str, python: str) -> None:
        super().__init__(
            f"The Python library {library} is not installed for {python}.",
            next_step=f"Install it with: {python} -m pip install {library}",
        )
        self.library = library


class TransportError(CampaignError):
    """No usable HTTP answer. ``reached`` says whether the request may have reached the server."""

    kind = "unreachable"
    transient = True

    def __init__(
        self, message: str, *, reached: Reached, next_step: str = "", instance: str = "", server_text: str = ""
    ) -> None:
        super().__init__(message, next_step=next_step, instance=instance, server_text=server_text)
        self.reached: Reached = reached


class TimedOut(TransportError):
    """The answer did not come within the deadline. The server may have done what was asked (campaign_facts,
    Timeouts)."""

    kind = "timeout"


class NotAsked(TransportError):
    """Nothing was sent, for a reason that lies with the machine that asks: it says nothing of the instance.

    That is a lack of file descriptors, memory or time. A moment later there may be enough.
    """

    kind = "not_asked"
    transient = False


#: What a machine has too little of: descriptors in this process, in the system; memory, buffers.
_LACKS = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS))


def for_lack(peer: str, error: BaseException) -> NotAsked | None:
    """The error when ``error``, or one behind it, says that this machine lacks descriptors or memory; else None.

    A resolver says only that it failed. So after its failure it is tried whether a descriptor can be had.
    """
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, NotAsked):
            return behind
        number = _no_descriptor() if isinstance(behind, socket.gaierror) else getattr(behind, "errno", None)
        if isinstance(behind, OSError) and number in _LACKS:
            return NotAsked(
                f"{peer} was not asked: this controller has too little left to connect ({os.strerror(number)}).",
                reached="no",
                next_step="Raise its limit of open files (ulimit -n), or lower concurrency.",
            )
        if isinstance(behind, MemoryError):
            return NotAsked(
                f"{peer} was not asked all that it should be: this controller has too little memory.",
                reached="maybe",
                next_step="Give it more memory, or lower concurrency.",
            )
        behind = behind.__cause__ or behind.__context__
    return None


def _no_descriptor() -> int | None:
    """The number of the error when this process cannot open a file now."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno
    return None


class TlsError(TransportError):
    """No TLS connection: a certificate that is untrusted, expired or for another name, or a port without TLS."""

    kind = "tls"
    transient = False


class HttpStatusError(TransportError):
    """An HTTP status that is not Campaign's: a gateway's page, a redirect to a logon page, a wrong URL.

    ``retry_after`` is in seconds, ``None`` without that header. ``logon_page``: the answer redirects to Campaign's own
    logon page, as for an ended session.
    """

    kind = "http_status"

    def __init__(
        self,
        message: str,
        *,
        status: int,
        reached: Reached = "maybe",
        next_step: str = "",
        instance: str = "",
        server_text: str = "",
        retry_after: float | None = None,
        logon_page: bool = False,
    ) -> None:
        super().__init__(message, reached=reached, next_step=next_step, instance=instance, server_text=server_text)
        self.status = status
        self.retry_after = retry_after
        self.logon_page = logon_page
        self.transient = status != PROXY_ASKS


class ProtocolError(TransportError):
    """An answer that is not what Campaign sends: HTML with status 200, truncated XML, an entity, a wrong element."""

    kind = "protocol"
    default_next_step = (
        "Check that the URL is that of a Campaign server and that no proxy or gateway answers instead of it."
    )


class DeniedError(CampaignError):
    """The logon, the caller's address or a right was refused."""

    kind = "denied"


class SessionExpired(DeniedError):
    """XSV-350008: the session has expired or is invalid. The session layer logs on once and repeats."""

    kind = "session_expired"


class FaultError(CampaignError):
    """A SOAP fault: the server accepted the call and reports that it failed (campaign_facts, Failures)."""

    kind = "fault"

    def __init__(
        self,
        message: str,
        *,
        fault_code: str = "",
        fault_string: str = "",
        detail: str = "",
        next_step: str = "",
        instance: str = "",
    ) -> None:
        fault_string, detail = fault_string[:MOST_SAID], detail[:MOST_SAID]
        text = "\n".join(part for part in (fault_string.strip(), detail.strip()) if part)
        super().__init__(message, next_step=next_step, instance=instance, server_text=text)
        self.fault_code = fault_code
        self.fault_string = fault_string
        self.detail = detail

    def mask(self, masking: Masking) -> None:
        """As for every error."""
        super().mask(masking)
        self.fault_string, self.detail = masking.others(self.fault_string), masking.others(self.detail)


class NotFoundError(CampaignError):
    """The object is not there, or the operator has no rights on it: Campaign answers both alike (campaign_facts,
    Rights)."""

    kind = "not_found"


class ConflictError(CampaignError):
    """Somebody else changed the object first. Nothing was written."""

    kind = "conflict"


class NotWritten(CampaignError):
    """The server accepted a write, but the value read back is not the value that was sent."""

    kind = "not_written"


class ReadOnlyError(CampaignError):
    """A write was about to be sent in a read-only session."""

    kind = "read_only"
    default_next_step = "Unset read_only (and CAMPAIGN_READ_ONLY) if this run is meant to change the instance."


class WaitTimeout(CampaignError):
    """A wait ended without the expected state. ``last_state`` is the last one seen."""

    kind = "wait_timeout"

    def __init__(
        self, message: str, *, last_state: t.Mapping[str, t.Any], next_step: str = "", instance: str = ""
    ) -> None:
        super().__init__(message, next_step=next_step, instance=instance)
        self.last_state = dict(last_state)

    def to_result(self) -> dict[str, t.Any]:
        """As for every error, with ``last_state`` beside it."""
        result = super().to_result()
        result["last_state"] = self.last_state
        return result


@contextlib.contextmanager
def configuring() -> t.Iterator[None]:
    """Whatever is invalid in this block is the configuration of an instance.

    :raises ConfigurationError: instead of every other ValidationError, with the same text.
    """
    try:
        yield
    except ConfigurationError:
        raise
    except ValidationError as error:
        # Neither shown nor kept as the cause: a malformed address may contain a secret.
        raise ConfigurationError(
            error.message, next_step=error.next_step, instance=error.instance, server_text=error.server_text
        ) from None


def shorten(text: str, limit: int = SHOWN) -> str:
    """A foreign text for quoting: secrets masked, then cut at ``limit`` characters with a note of how many
    were left out. In this order: half of a secret could not be recognised."""
    shown = masked(text[: limit + SPARE])
    left_out = len(shown) + max(0, len(text) - limit - SPARE) - limit
    return shown if left_out <= 0 else f"{shown[:limit]} [{left_out} more characters]"
