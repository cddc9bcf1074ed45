# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What an answer without outputs means, and what to do next: codes, faults, HTTP statuses, pages (campaign_facts,
Failures).

Pure. Only codes decide, never the text: servers answer in their operator's language, and ``showErrors=false`` removes
the code and the detail.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from .._core.errors import (
    CODE,
    GATEWAY_STATUSES,
    PROXY_ASKS,
    REFUSED_STATUSES,
    CampaignError,
    DeniedError,
    FaultError,
    HttpStatusError,
    SessionExpired,
    shorten,
)
from .._core.masking import masked

#: Show at most this much text of a web page.
_PAGE_TEXT_LIMIT = 500
_PAGE_LIMIT = 64 * 1024

_ADDRESS = (
    "The address of this machine is not accepted.",
    "Have an administrator add the address of this machine (or its proxy), as the server sees it, to a security zone "
    "of the instance (serverConf.xml), or run the task from a machine that is in one.",
)
_FOLDER = (
    "The operator has no rights on a folder that the call uses.",
    "Have an administrator give the operator, or a group of it, rights on that folder. Folders of technical "
    "workflows need them too.",
)

#: Refusals: what happened and what to do, by code.
_DENIED: dict[str, tuple[str, str]] = {
    "XSV-350012": (
        "The user or the password is not accepted.",
        "Check the user and the password. An Adobe ID cannot be used here: it takes an operator of the "
        "instance, or an access token.",
    ),
    "XSV-350013": _ADDRESS,
    "XSV-350014": _ADDRESS,
    "QUE-370030": _FOLDER,
    "QUE-370023": _FOLDER,
}
_EXPIRED = "XSV-350008"
_SCRIPT = "SCR-160012"

_DATABASE = "The database of the instance reported an error. Show this text to its database administrator."
#: What to do after a fault, by its first known code.
_HINTS: dict[str, str] = {
    "SOP-330006": "This build of Campaign does not have the method. Compare the build with that of other instances.",
    "SOP-330024": "The method does not belong to that service on this build. Please report this line as a defect.",
    "XTK-170036": "The query names something that the schemas of this instance do not have. Check the requested "
    "attributes and the build.",
    "PGS-220000": _DATABASE,
    "ORA-210000": _DATABASE,
    "ODB-240000": _DATABASE,
    "WDB-200001": _DATABASE,
}
#: What a task tells the operator to do, by code.
# Kept: tools/reference.py makes a table of the guide to troubleshooting from it.
NEXT_STEPS: dict[str, str] = {**{code: step for code, (_what, step) in _DENIED.items()}, **_HINTS}
_SILENT_FAULT = (
    "The server gave no reason: its security zone may hide errors (showErrors). See the log of its web process."
)


# -- codes and faults -------------------------------------------------------------------------------------------------


def leading_code(body: bytes) -> str:
    """The error code that a body begins with, or ''."""
    head = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").decode("ascii", "replace")
    found = CODE.match(head)
    return found.group() if found else ""


def plain_error(call: str, code: str, text: str) -> CampaignError:
    """The error for a plain text that begins with ``code``. ``call`` is as ``xtk:session#Logon``."""
    denied = _denied_among(text)
    if denied:
        return _refusal(call, denied, text)
    return FaultError(f"{call} failed.", fault_string=text, next_step=_HINTS.get(code, ""))


def _refusal(call: str, code: str, text: str) -> DeniedError:
    if code == _EXPIRED:
        return SessionExpired(
            f"{call} was refused: the session has expired.",
            server_text=text,
            next_step="Run it again. The collection logs on again automatically where it can.",
        )
    what, next_step = _DENIED[code]
    return DeniedError(f"{call} was refused. {what}", server_text=text, next_step=next_step)


def fault_error(call: str, fault_code: str, fault_string: str, detail: str) -> CampaignError:
    """The error for a SOAP fault. Any of the three texts may be empty."""
    text = "\n".join(part for part in (fault_string, detail) if part)
    codes = CODE.findall(text)
    denied = _denied_among(text)
    if denied:
        return _refusal(call, denied, text)
    hint = next((_HINTS[code] for code in codes if code in _HINTS), "")
    if not detail and not codes:
        hint = _SILENT_FAULT
    message = f"{call} failed." if text else f"{call} failed, and the server did not say why."
    return FaultError(message, fault_code=fault_code, fault_string=fault_string, detail=detail, next_step=hint)


def _denied_among(text: str) -> str:
    """The first code in a text that says that the call was refused, or ''.

    After the code of a script, such a code means that something else refused the script (campaign_facts, Rights).
    """
    codes = CODE.findall(text)
    own = codes[: codes.index(_SCRIPT)] if _SCRIPT in codes else codes
    return next((code for code in own if code == _EXPIRED or code in _DENIED), "")


# -- HTTP statuses ----------------------------------------------------------------------------------------------------


def status_error(
    call: str, status: int, headers: Mapping[str, str], text: str, *, by_page: bool = False
) -> CampaignError:
    """The error for a status other than 2xx, with the visible text of its page.

    :param by_page: the body is a web page. Campaign refuses in plain text, so a proxy or gateway in front of the server
        has refused.

    A refused logon is 403 with plain text, and the status of an expired session is not known: the text decides before
    the status does (campaign_facts, Failures and Not known).
    """
    code = _denied_among(text)
    if code:
        return _refusal(call, code, text)
    if status in (401, 403) and not by_page:
        return DeniedError(
            f"{call} was refused with the HTTP status {status}.",
            server_text=text,
            next_step=(
                "Check the credentials, the security zone for this machine's address, and any proxy or "
                "gateway in front of the server."
            ),
        )
    wait = retry_after(headers)
    what, next_step = _status_words(status, headers)
    if wait is not None:
        what += f", Retry-After: {wait:g} seconds"
    return HttpStatusError(
        f"{call} was answered with {what}.",
        status=status,
        server_text=text,
        next_step=next_step,
        retry_after=wait,
        logon_page=300 <= status < 400 and _path(headers.get("location", "")).lower().endswith(_LOGON_PAGES),
    )


#: Where Campaign sends a caller whose session it does not know; the second one with Adobe's identity service.
_LOGON_PAGES = ("/nl/jsp/logon.jsp", "/nms/imslogin.jssp")


def _status_words(status: int, headers: Mapping[str, str]) -> tuple[str, str]:
    if 300 <= status < 400:
        target = _place(headers.get("location", ""))
        return (
            f"a redirect (HTTP status {status}) to {shorten(target, 200) or 'nowhere'}",
            "Redirects are not followed. If that is a logon page, the URL is not that of the SOAP router; if it "
            "begins with https://, use https:// in the URL.",
        )
    if status in REFUSED_STATUSES - {PROXY_ASKS}:
        return (
            f"the HTTP status {status}, from a proxy or gateway in front of the server",
            "Have that proxy or gateway allow this machine's address, and check the URL.",
        )
    if status == 404:
        return (
            "the HTTP status 404: there is nothing at this URL",
            "Check the URL. Give that of the server, with the instance's path if it has one: "
            "/nl/jsp/soaprouter.jsp is added to it.",
        )
    if status == PROXY_ASKS:
        return (
            "the HTTP status 407: the proxy requires authentication",
            "Put a user and password into http_proxy or https_proxy, or add the host to no_proxy.",
        )
    if status == 429:
        return "the HTTP status 429: too many requests", "Use fewer forks or smaller batches, or run it again later."
    if status in GATEWAY_STATUSES:
        return (
            f"the HTTP status {status}: a gateway got no answer from the server in time",
            "Check that the web process of the instance is running.",
        )
    return f"the HTTP status {status}", "See the log of the web server for the cause."


def _place(location: str) -> str:
    """A redirect's target without its query and its parameters, which may hold a token."""
    try:
        # Masked before it is parsed: a secret with a semicolon in it could not be found afterwards.
        parts = urlsplit(masked(location))
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return (f"{parts.scheme}://{host}" if host else "") + parts.path.partition(";")[0]


def _path(location: str) -> str:
    """The path of a redirect's target: for decisions, not for display."""
    try:
        return urlsplit(location).path.partition(";")[0]
    except ValueError:
        return ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of the header Retry-After. A date in it is compared with the answer's own Date: the same clock."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, wait.total_seconds())
    except (TypeError, ValueError, IndexError):  # TypeError: before Python 3.10, and when only one has a zone
        return None


# -- pages ------------------------------------------------------------------------------------------------------------

# Each comment can end in one place only, so that no body makes this search slow.
_HTML = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--((?!-->).)*-->\s*)*<(!doctype\s+)?html\b", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"<[a-zA-Z!/?]")
_TAG = re.compile(r"(<!--.*?(?:-->|\Z)|<[a-zA-Z!/?][^>]*(?:>|\Z))", re.DOTALL)
_HIDDEN = re.compile(r"<(/?)(?:script|style|noscript|template)\b", re.IGNORECASE)
_CHARSET = re.compile(r"charset=\"?([\w.-]+)", re.IGNORECASE)


def looks_like_html(data: bytes) -> bool:
    """Whether a body is a web page; XHTML counts too. A SOAP message that contains one is not."""
    return _HTML.match(data[:2048]) is not None


def visible_text(body: bytes, content_type: str) -> str:
    """The visible text of a body: plain text unchanged; of markup, the text without tags, styles and scripts."""
    text = _decoded(body, content_type).strip()[: 2 * _PAGE_LIMIT]
    if not _MARKUP.search(text):
        return text
    parts = []
    hidden = 0
    for part in _TAG.split(masked(text)[:_PAGE_LIMIT]):
        if not _MARKUP.match(part):
            parts.append("" if hidden else part)
            continue
        parts.append(" ")
        found = _HIDDEN.match(part)
        if found:
            hidden = max(0, hidden - 1) if found.group(1) else hidden + 1
    return shorten(" ".join(html.unescape("".join(parts)).split()), _PAGE_TEXT_LIMIT)


def _decoded(body: bytes, content_type: str) -> str:
    """The text of the beginning of a body: a long one is cut, maybe within a character."""
    begin = body[: 4 * 2 * _PAGE_LIMIT]
    named = _CHARSET.search(content_type)
    for charset in ("utf-8-sig", named.group(1) if named else "latin-1"):
        try:
            return codecs.getincrementaldecoder(charset)().decode(begin, len(begin) == len(body))
        except (UnicodeDecodeError, LookupError, TypeError):  # TypeError: a codec that does not decode bytes
            continue
    return begin.decode("latin-1")
