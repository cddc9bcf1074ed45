# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""One HTTP GET, by Ansible's own client: proxies, certificates and errors are as in its other plugins."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from ansible.module_utils.urls import ConnectionError as AnsibleConnectionError
from ansible.module_utils.urls import SSLValidationError, open_url

from ..module_utils._core.errors import ValidationError, shorten

#: No output of a job is larger, and no bundle of evidence: 1,000 hosts have some 10 MB. Bytes.
LARGEST = 256 * 1024 * 1024
#: Seconds for each step.
TIMEOUT = 60

_FAILURES = (URLError, HTTPException, SSLValidationError, AnsibleConnectionError, OSError, ValueError)


class Fetch(t.Protocol):
    """Gets a text, as :func:`fetch`."""

    def __call__(self, url: str, headers: Mapping[str, str], verify: bool = True) -> str:
        """The text at a URL."""


def fetch(url: str, headers: Mapping[str, str], verify: bool = True) -> str:
    """The text at a URL. Parameters and errors as for :func:`fetch_bytes`."""
    return fetch_bytes(url, headers, verify).decode("utf-8", "replace")


def fetch_bytes(url: str, headers: Mapping[str, str], verify: bool = True) -> bytes:
    """What is at a URL.

    :param headers: may hold a secret; a redirect is not followed then.
    :param verify: whether to check the server's certificate.
    :raises ValidationError: it cannot be had.
    """
    try:
        with open_url(
            url,
            headers=dict(headers),
            validate_certs=verify,
            timeout=TIMEOUT,
            follow_redirects="none" if headers else "safe",
        ) as answer:
            content: bytes = answer.read(LARGEST + 1)
    except HTTPError as error:
        # It is the answer too, and holds the connection.
        error.close()
        reason = shorten(str(error.reason), 200)
        raise ValidationError(f"{shown(url)}: HTTP {error.code} {reason}.", next_step=_hint(error.code)) from None
    except _FAILURES as error:
        # Some of them quote the URL.
        why = str(error).replace(url, shown(url)) or type(error).__name__
        raise ValidationError(f"{shown(url)}: {shorten(why)}") from None
    if len(content) > LARGEST:
        raise ValidationError(f"{shown(url)}: it is larger than {LARGEST} bytes.")
    return content


def shown(source: str) -> str:
    """A path, or a URL without what may be a secret in it: the user, and what stands behind the path."""
    if "://" not in source:
        return source
    try:
        parts = urlsplit(source)
    except ValueError:
        return f"{source.partition('://')[0]}://..."
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _hint(code: int) -> str:
    if code in (401, 403):
        return "Give the job a credential of its controller that may read these jobs (CONTROLLER_OAUTH_TOKEN)."
    return "Check the URL." if code in (404, 410) else ""
