# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a URL must be, what is left of it without a password, and one text for all spellings of one server's, so that
two hosts that are one instance are found. Pure.

No name is resolved: ``localhost`` and ``127.0.0.1`` stay two, since DNS may answer differently in the next run.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
import unicodedata
from urllib.parse import SplitResult, quote, urlsplit

from .._core.errors import ValidationError, shorten

#: The schemes that are understood, each with its port.
PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)", re.DOTALL)
_AUTHORITY = re.compile(r"(?:.*@)?(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{0,9}))?", re.DOTALL)
# Compiled here, before Ansible forks a worker for each host: each of them would compile it again.
_PATH = re.compile(r"[/?#]")
_QUERY = re.compile(r"[?#]")
_SIGN = re.compile(r"[/?#@]")
_GROUP = re.compile(r"[0-9A-Fa-f]{0,4}")
_PORT = re.compile(r"[0-9]{1,5}")
_ASCII = re.compile(r"[\x00-\x7f]")
_IN_NAME = re.compile(r"[A-Za-z0-9._-]")
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NUMBERS = tuple(
    (re.compile(form), base)
    for form, base in ((r"0x[0-9a-f]{1,16}", 16), (r"0[0-7]{0,16}", 8), (r"[1-9][0-9]{0,16}", 10))
)
_NO_NAME = re.compile(r"[\s/\\?#@:%\[\]]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
#: Any text: its scheme, its authority, and the rest.
_PARTS = re.compile(r"(\s*[A-Za-z][A-Za-z0-9+.-]*://)?([^/?#]*)(.*)", re.DOTALL)
#: An @ as it is, as other scripts write it, and escaped.
_AT = re.compile(r"[@\ufe6b\uff20]|%40")
#: Full stops of other scripts, which separate the labels of a name as "." does.
_STOPS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))
#: Characters that DNS ignores in a name: soft hyphen, zero-width marks, variation selectors.
_UNSEEN = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10)))


def read_url(url: str, option: str, *, user_info: bool = False, query: bool = True) -> SplitResult:
    """The parts of a URL that a request can be sent to.

    :param option: the option that holds it, for the message.
    :param user_info: whether it may contain a user and a password.
    :param query: whether it may contain a query and a fragment.
    :raises ValidationError: it is not such a URL. The message says why; a URL with an @ is not shown.
    """
    text = url.strip()
    why = _problem(text, user_info, query)
    if why:
        shown = "This" if "@" in text else repr(shorten(text, 200))
        advice = "Give them as options of their own (user, password)." if why == _USER else _FORM
        meant = "the URL of an instance (url)" if option == "url" else f"a URL that can be used ({option})"
        raise ValidationError(f"{shown} is not {meant}: {why}.", next_step=advice)
    return urlsplit(text)


_USER = "it holds a user or a password, which would be seen in logs"
_HOST_PORT = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::(.*))?", re.DOTALL)


def _problem(text: str, user_info: bool, query: bool) -> str:
    """What is wrong with a URL; '' if nothing."""
    why = _spelling_problem(text, user_info)
    if why:
        return why
    authority = _PATH.split(text.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]
    why = _authority_problem(authority)
    if why:
        return why
    if not query and ("?" in text or "#" in text):
        return "it holds a ? or a #"
    try:
        urlsplit(text).port  # noqa: B018  # what we take, the library must take
    except ValueError:
        return "it is malformed"
    return ""


def _spelling_problem(text: str, user_info: bool) -> str:
    """What is wrong with a URL's characters and its scheme; '' when nothing is."""
    if not text:
        return "it is empty"
    if "@" in text and not user_info:
        return _USER
    if " " in text or not text.isprintable():
        return "it holds a blank, or a character that cannot be seen"
    if "\\" in text:
        return "it holds a backslash"
    scheme, sign, _rest = text.partition("://")
    if not sign or _SIGN.search(scheme):
        return "it does not begin with http:// or https://"
    if scheme.lower() not in PORTS:
        return f"{shorten(scheme, 40)}:// is neither http:// nor https://"
    return ""


def _authority_problem(authority: str) -> str:
    """What is wrong with ``host:port``; '' if nothing."""
    if authority.count("[") != authority.count("]"):
        return "a bracket of its host is not closed"
    found = _HOST_PORT.fullmatch(authority)
    if found is None:
        return "its brackets do not hold the host alone"
    host, port = found.groups()
    if port is not None and ":" in port:
        several = all(_GROUP.fullmatch(part) for part in authority.split(":"))
        return "an IPv6 address must stand in brackets" if several else "it has more than one port"
    if not host.strip("."):
        return "it has no host"
    if port and not _is_port(port):
        return f"its port {shorten(port, 40)} is not a number from 1 to 65535"
    return _host_problem(host)


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None and 1 <= int(text) <= 65535


def _host_problem(host: str) -> str:
    try:
        name = _host(host)
    except ValidationError:
        return "its host is no name and no address"
    if name.startswith("["):
        return ""
    labels = name.split(".")
    if not all(labels):
        return "its host has two dots with nothing in between, or one at its beginning"
    if any(len(label) > 63 for label in labels) or len(name) > 253:
        return "its host is longer than a name may be: 63 characters from dot to dot, 253 in all"
    if labels[-1].isdigit() and not _ipv4(name):
        return "its host is made of numbers and is no IPv4 address"
    if _ASCII.search(_IN_NAME.sub("", name)):
        return "its host holds a character that no name has"
    return ""


def canonical(url: str) -> str:
    """``host:port/path``: the same text for every spelling of an instance's URL.

    It leaves out what does not distinguish servers: the scheme (a port has one), a user, the case and the final
    dot of a host, a port that is the scheme's own, slashes too many, dot segments, escapes that need none, Campaign's
    own pages (``/nl/jsp/...``), query and fragment. An address is written in its shortest form, a name in punycode.

    :param url: without a scheme it is read as http.
    :raises ValidationError: it has no host, or an invalid port. The message does not show the URL.
    """
    text = url.strip()
    found = _URL.fullmatch(_upto(text if "://" in text else f"http://{text}"))
    parts = _AUTHORITY.fullmatch(found.group(2)) if found else None
    if found is None or parts is None or found.group(1).lower() not in PORTS:
        raise ValidationError("This is not the URL of an instance.", next_step=_FORM)
    scheme, host = found.group(1).lower(), _host(parts.group(1))
    port = int(parts.group(2) or 0) or PORTS[scheme]  # clients treat port 0 as none, too
    if not host or port > 65535:
        raise ValidationError("The URL of the instance has no host, or a port that is none.", next_step=_FORM)
    return f"{host}:{port}{_path(found.group(3))}"


_FORM = "Write it as http://HOST:PORT or https://HOST, with the instance's path if it has one."


def without_user_info(url: str) -> str:
    """A URL without the user and the password in it. Its scheme may be missing.

    Of a URL, :func:`canonical` stays the same, and an @ in its path or query stays. Any other text with an @ loses all
    before the last one but its scheme: mostly it is no URL since a password holds an unescaped slash. So does one with
    an @ behind a port that is empty: such a colon more likely begins a password, or a second URL.
    """
    scheme, authority, rest = _PARTS.findall(url)[0]
    host = authority.rpartition("@")[2]
    bare = f"{host}{rest}"
    if _AT.search(bare) and (host.endswith(":") or not _is_address(bare)):
        bare = _AT.split(bare)[-1]
    return f"{scheme}{bare}"


def _is_address(text: str) -> bool:
    """Whether a URL without its scheme has an address."""
    try:
        canonical(f"http://{text}")
    except ValidationError:
        return False
    return True


def duplicate_addresses(urls: t.Mapping[str, t.Any]) -> list[list[str]]:
    """The hosts with the same instance, in groups of two or more.

    :param urls: the URL of each host by its name. A malformed URL is no duplicate: it is refused where it is used.
    :returns: groups in the order of their first host, hosts in the order given.
    """
    groups: dict[str, list[str]] = {}
    for host, url in urls.items():
        try:
            groups.setdefault(canonical(url if isinstance(url, str) else ""), []).append(host)
        except ValidationError:
            continue
    return [hosts for hosts in groups.values() if len(hosts) > 1]


def _upto(text: str) -> str:
    """A URL without query and fragment."""
    return _QUERY.split(text, maxsplit=1)[0]


# -- the host ---------------------------------------------------------------------------------------------------------


def _host(text: str) -> str:
    if text.startswith("["):
        return _ipv6(text[1:-1])
    name = _unescaped(text)
    name = unicodedata.normalize("NFKC", name.translate(_UNSEEN)).translate(_STOPS)
    # Letter by letter: str.lower() turns a sigma at the end of a word into another letter.
    name = unicodedata.normalize("NFC", "".join(letter.lower() for letter in name)).strip(".")
    if _NO_NAME.search(name):
        raise ValidationError("The URL of the instance has a host that is no name.", next_step=_FORM)
    return _ipv4(name) or ".".join(map(_label, name.split(".")))


def _unescaped(text: str) -> str:
    octets = _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), text)
    try:
        return octets.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return octets if octets.isascii() else text


def _label(label: str) -> str:
    """One label of a name in punycode. The codec ``idna`` rejects names that clients accept."""
    if label.startswith("xn--"):
        try:
            meant = unicodedata.normalize("NFC", label[4:].encode("ascii").decode("punycode")).lower()
        except UnicodeError:
            return label
        label = label if meant.isascii() else meant
    return label if label.isascii() else f"xn--{label.encode('punycode', 'replace').decode('ascii')}"


def _ipv6(text: str) -> str:
    """An address without its brackets; a mapped IPv6 address becomes its IPv4 address."""
    address, sign, zone = text.partition("%")
    try:
        found = ipaddress.IPv6Address(address)
    except ValueError:
        raise ValidationError(
            "The URL of the instance has brackets with no address in them.", next_step=_FORM
        ) from None
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"[{found.compressed}{sign}{_unescaped(zone[2:] if zone.startswith('25') and zone != '25' else zone)}]"


def _ipv4(name: str) -> str:
    """``127.0.0.1`` for a text that the system's resolver reads so, such as ``127.1`` or ``0x7f000001``; else ''."""
    numbers = [_number(part) for part in name.split(".")]
    if len(numbers) > 4:
        return ""
    value = 0
    for place, number in enumerate(numbers, 1):
        bits = 8 if place < len(numbers) else 8 * (5 - len(numbers))
        if number is None or number >> bits:
            return ""
        value = value << bits | number
    return str(ipaddress.IPv4Address(value))


def _number(text: str) -> int | None:
    for form, base in _NUMBERS:
        if form.fullmatch(text):
            return int(text, base)
    return None


# -- the path ---------------------------------------------------------------------------------------------------------


def _path(text: str) -> str:
    """The path of the instance, '' for the root of a server."""
    plain = _ESCAPE.sub(_escape, _NO_ESCAPE.sub("%25", text))
    kept: list[str] = []
    for segment in quote(plain, safe="/%:@!$&'()*+,;=~", errors="replace").split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    path = "".join(f"/{segment}" for segment in kept)
    return path.partition("/nl/jsp")[0]


def _escape(found: re.Match[str]) -> str:
    letter = chr(int(found.group(1), 16))
    return letter if _UNRESERVED.fullmatch(letter) else found.group().upper()
