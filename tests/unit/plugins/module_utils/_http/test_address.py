# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every spelling of one server's URL is one address, and two servers are never one."""

from __future__ import annotations

import contextlib
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._http.address import (
    canonical,
    duplicate_addresses,
    read_url,
    without_user_info,
)
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import execute
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor import SYNC_CURSOR_INFO

ONE = "http://mid.example.com/a"
SPELLINGS = {
    ONE: [
        "http://Mid.example.com:80/a/",
        "HTTP://MID.EXAMPLE.COM/a",
        "http://mid.example.com./a",
        "http://mid.example.com:/a",
        "http://mid.example.com:0080/a",
        "http://mid.example.com:0/a",
        "http://mid.example.com/a/nl/jsp/soaprouter.jsp",
        "http://mid.example.com/a/nl/jsp/logon.jsp",
        "http://mid.example.com/a/nl/jsp",
        "http://mid.example.com//a//",
        "http://mid.example.com/./a/b/..",
        "http://mid.example.com/%61",
        "http://mid.example.com/a?x=1",
        "http://mid.example.com/a#x",
        "http://me:secret@mid.example.com/a",
        "http://me@x@mid.example.com/a",
        "mid.example.com:80/a",
        " http://mid.example.com/a\n",
        "http://mid%2Eexample.com/a",
        "http://ｍｉｄ．example。com/a",
        "http://m\xadid.example.com/a",
        "https://mid.example.com:80/a",
    ],
    "https://h": ["https://h:443", "https://h:443/", "https://H.:443//", "h:443"],
    "http://[::1]:8080": [
        "http://[0:0:0:0:0:0:0:1]:8080",
        "http://[0000:0000:0000:0000:0000:0000:0000:0001]:8080/",
        "http://[::0.0.0.1]:8080",
    ],
    "http://[2001:db8::a]": ["http://[2001:DB8:0::A]:80", "http://[2001:0db8:0000::000a]"],
    "http://[fe80::1%25eth0]": ["http://[FE80::1%eth0]:80"],
    "http://127.0.0.1": [
        "http://127.1",
        "http://127.0.1:80",
        "http://2130706433",
        "http://0x7f000001",
        "http://0x7F.0.0.1",
        "http://0177.0.0.01",
        "http://127.0.0.1.",
        "http://１２７.0.0.1",
        "http://[::ffff:127.0.0.1]",
        "http://[::ffff:7f00:1]",
    ],
    "https://köln.example": [
        "https://KÖLN.example",
        "https://xn--kln-sna.example",
        "https://XN--KLN-SNA.example.",
        "https://ko\u0308ln.example",
        "https://k%C3%B6ln.example",
    ],
    "https://straße.example": ["https://xn--strae-oqa.example", "https://STRAßE.example"],
    "https://ΣΟΦΟΣ.example": ["https://σοφοσ.example"],
    "https://h/a%20b": ["https://h/a b"],
    "https://h/%C3%BC": ["https://h/ü", "https://h/%c3%bc"],
    "https://h/100%25": ["https://h/100%"],
}


@pytest.mark.parametrize(("first", "other"), [(one, other) for one, others in SPELLINGS.items() for other in others])
def test_spellings_of_one_server_are_one_address(first: str, other: str) -> None:
    assert canonical(first) == canonical(other)


def test_different_servers_are_different_addresses() -> None:
    others = [
        "http://mid.example.com:8080/a",
        "https://mid.example.com/a",
        "http://mid.example.com",
        "http://mid.example.com/A",
        "http://mid.example.com/a/b",
        "http://mid.example.com/a%2Fb",
        "http://mid2.example.com/a",
        "http://xn--",
        "http://xn--\u00fc\u00fc",
        "http://1.2.3.4.5",
        "http://256.1",
        "http://08.0.0.1",
        "http://[fe80::1%25eth1]",
        "http://localhost",
        "http://strasse.example",
    ]
    addresses = [canonical(url) for url in (*SPELLINGS, *others)]
    assert len(set(addresses)) == len(addresses)


def test_an_address_reads_as_one() -> None:
    assert canonical("https://KÖLN.example/a/") == "xn--kln-sna.example:443/a"
    assert canonical("http://[0::1]") == "[::1]:80"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "ftp://h",
        "http:///a",
        "http://h:99999",
        "http://h:x",
        "http://[::1",
        "http://[x]",
        "http://[]",
        "http://a:b:c",
        "http://h\uff0fa",
        "http://h%2Fa",
        "http://h\\a",
        "http://a b",
        f"http://h:{'9' * 5000}",
        "http://.",
        "http://::1",
        "http://me:secret@",
    ],
)
def test_what_is_no_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        canonical(url)
    assert "secret" not in str(caught.value)
    assert "http://HOST:PORT" in caught.value.next_step


@given(st.text(), st.sampled_from(["", "http://", "https://", "http://h/", "http://xn--", "http://["]))
def test_any_text_has_one_address_or_none_and_an_address_is_its_own(text: str, before: str) -> None:
    with contextlib.suppress(ValidationError):
        address = canonical(before + text)
        assert canonical(address) == address
        assert canonical(f"  {before}{text}\n") == address


@given(st.ip_addresses())
def test_any_address_is_one_in_each_of_its_forms(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if isinstance(address, ipaddress.IPv4Address):
        forms = [str(address), str(int(address)), hex(int(address)), f"[::ffff:{address}]"]
    else:
        forms = [f"[{address.compressed}]", f"[{address.exploded}]", f"[{address.exploded.upper()}]"]
    assert len({canonical(f"http://{form}:8080") for form in forms}) == 1


@given(
    st.from_regex(r"[a-z\u00e0-\u00f6\u03b1-\u03c1\u4e00-\u4e20]{1,12}", fullmatch=True),
    st.sampled_from([str.upper, str.title]),
)
def test_a_name_and_its_punycode_are_one(name: str, spelt: object) -> None:
    punycode = ".".join(label.encode("idna").decode() for label in [name, "example"])
    assert callable(spelt)
    assert canonical(f"https://{punycode}") == canonical(f"https://{spelt(name)}.example.")


def test_duplicates_are_groups_of_hosts_in_their_order() -> None:
    urls = {
        "a": "http://[::1]",
        "b": "https://h",
        "c": "http://[0::1]:80",
        "d": "https://H.",
        "e": "http://e",
        "f": "h:443",
    }
    assert duplicate_addresses(urls) == [["a", "c"], ["b", "d", "f"]]


def test_what_is_no_url_is_nobodys_duplicate() -> None:
    assert (
        duplicate_addresses({"a": "", "b": "", "c": None, "d": None, "e": "{{ x }}", "f": "ftp://h", "g": "ftp://h"})
        == []
    )


# -- a URL without its password ---------------------------------------------------------------------------------------

SECRET = "hunter2"
BARE = {
    "http://mid:hunter2@mid-eu:8080": "http://mid-eu:8080",
    "HTTPS://mid:hunter2@mid-eu/x?y=1#z": "HTTPS://mid-eu/x?y=1#z",
    "http://hunter2@mid-eu": "http://mid-eu",
    "http://:hunter2@mid-eu": "http://mid-eu",
    " http://mid:hunter2@mid-eu\n": " http://mid-eu\n",
    "http://mid:hunter2@[::1]:8080/x": "http://[::1]:8080/x",
    "ftp://mid:hunter2@mid-eu/a@b": "ftp://mid-eu/a@b",
    # An @ in the password, once or more, as it is or escaped.
    "http://mid:p@hunter2@mid-eu": "http://mid-eu",
    "http://mid@x.example:p@@hunter2@@mid-eu:8080/x": "http://mid-eu:8080/x",
    "http://mid:p%40hunter2%3A%2F@mid-eu": "http://mid-eu",
    # No scheme.
    "mid:hunter2@mid-eu:8080": "mid-eu:8080",
    " mid:hunter2@mid-eu/x": "mid-eu/x",
    "//mid:hunter2@mid-eu": "mid-eu",
    "mid:p://hunter2@mid-eu": "mid-eu",
    "hunter2@example.com": "example.com",
    # An @ behind the host.
    "http://mid-eu/path?x=a@b": "http://mid-eu/path?x=a@b",
    "http://mid-eu:8080/a@b/c": "http://mid-eu:8080/a@b/c",
    "http://[::1]#a@b": "http://[::1]#a@b",
    "mid-eu/a@b": "mid-eu/a@b",
    "http://mid-eu/a%40b": "http://mid-eu/a%40b",
    "http://mid:hunter2@mid-eu/path?x=a@b": "http://mid-eu/path?x=a@b",
    # No URL: mostly for a sign in the password that is not escaped.
    "http://mid:x/hunter2@mid-eu:8080/x": "http://mid-eu:8080/x",
    "http://mid:x?hunter2@mid-eu": "http://mid-eu",
    "http://mid:p@x:y#hunter2@mid-eu": "http://mid-eu",
    "http://mid:/hunter2@mid-eu": "http://mid-eu",
    "http://mid:#hunter2@mid-eu": "http://mid-eu",
    "mid:hunter2/x@mid-eu": "mid-eu",
    "http:/mid:hunter2@mid-eu": "mid-eu",
    "http:///mid:hunter2@mid-eu": "http://mid-eu",
    "http:\\\\mid:hunter2@mid-eu": "mid-eu",
    "\ufeffhttp://mid:hunter2@mid-eu": "mid-eu",
    "http://mid:hunter2@[::1": "http://[::1",
    "http://mid:hunter2@mid-eu:x": "http://mid-eu:x",
    "http://mid:99999/hunter2@mid-eu": "http://mid-eu",
    "http://mid:hunter2%40mid-eu": "http://mid-eu",
    "mid%3Ahunter2%40mid-eu": "mid-eu",
    "http://mid:hunter2\uff20mid-eu": "http://mid-eu",
    "see http://mid:hunter2@mid-eu, or ask": "mid-eu, or ask",
    "http://a:8080,http://mid:hunter2@mid-eu": "http://mid-eu",
    "http://mid:hunter2@a;http://mid:hunter2@mid-eu": "http://mid-eu",
    "http://mid:hunter2@": "http://",
    "mid:hunter2@": "",
    "@": "",
    # No @ at all.
    "http://mid-eu:8080/x": "http://mid-eu:8080/x",
    "mid-eu:8080": "mid-eu:8080",
    "http://[::1": "http://[::1",
    "two words": "two words",
    " ": " ",
    "": "",
}


@pytest.mark.parametrize("url", BARE)
def test_url_has_no_user_info_and_is_otherwise_as_it_was(url: str) -> None:
    assert without_user_info(url) == BARE[url]
    assert SECRET not in BARE[url]


_SIGNS = st.text("ab1:/?#@.%[] ", max_size=12)


@given(st.sampled_from(["", "http://", "https://", " http://"]), _SIGNS, _SIGNS)
def test_url_without_user_info_is_that_of_the_same_server(scheme: str, user_info: str, rest: str) -> None:
    for url in (f"{scheme}{user_info}@{rest}", scheme + rest):
        bare = without_user_info(url)
        assert without_user_info(bare) == bare or bare.count("@") < url.count("@")
        host = bare.partition("://")[2] if scheme.strip() else bare
        assert "@" not in host.partition("/")[0].partition("?")[0].partition("#")[0]
        # A port that is empty, with an @ behind it, is none.
        if ":/" not in (rest + user_info) and ":?" not in (rest + user_info) and ":#" not in (rest + user_info):
            with contextlib.suppress(ValidationError):
                address = canonical(url)
                assert canonical(bare) == address


@pytest.mark.parametrize(("first", "other"), [(one, other) for one, others in SPELLINGS.items() for other in others])
def test_spelling_of_a_url_without_user_info_is_its_address(first: str, other: str) -> None:
    assert canonical(without_user_info(other)) == canonical(first)


# What is behind an @ and a host is a path, so that no password has both signs here.
@given(st.sampled_from(["", "http://"]), st.one_of(st.text("ab1:@%[]"), st.text("ab1:/?#%[]")))
def test_whatever_signs_a_password_has_it_is_gone(scheme: str, password: str) -> None:
    assert without_user_info(f"{scheme}mid:x{password}@mid-eu:8080/x") == f"{scheme}mid-eu:8080/x"


# -- what a URL must be -----------------------------------------------------------------------------------------------

MALFORMED = {
    "": "it is empty",
    "host:8080": "does not begin with http:// or https://",
    "ftp://host": "ftp:// is neither",
    "http://": "it has no host",
    "http:///x": "it has no host",
    "http://127.0.0.1:99999/x": "its port 99999 is not a number",
    "http://host:0": "its port 0 is not a number",
    "http://host:ab": "its port ab is not a number",
    "http://host:-1": "its port -1 is not a number",
    "http://host:8080:80/": "more than one port",
    "http://::1/": "must stand in brackets",
    "http://[::1": "is not closed",
    "http://[::g]": "is no name and no address",
    "http://a b": "a blank",
    "http://a\x1bb": "cannot be seen",
    "http://a\nb": "a blank",
    "http:\\\\host": "a backslash",
    f"http://{'a' * 64}.example": "longer than a name may be",
    "http://a..b": "two dots",
    "http://999.1.1.1": "no IPv4 address",
    "http://{{ x }}": "a blank",
    "http://{x}": "a character that no name has",
    "http://u:canary@host": "a user or a password",
    "http://host?x": "a ? or a #",
    "http://host#x": "a ? or a #",
}


@pytest.mark.parametrize("url", MALFORMED)
def test_malformed_url_is_told_with_its_option_and_what_is_wrong(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read_url(url, "token_url", query=False)
    assert "token_url" in caught.value.message and MALFORMED[url] in caught.value.message
    assert "canary" not in str(caught.value)
    assert caught.value.next_step


@pytest.mark.parametrize(
    "url", ["http://h\u00f4te.example:65535/x", "https://[::1]:8080", "http://127.1", "HTTP://a_b."]
)
def test_url_that_can_be_used_is_taken(url: str) -> None:
    assert read_url(url, "url").hostname


@given(st.one_of(st.text(), st.text().map("http://{}".format), st.text("[]:@/.%0a\\ ?#").map("http://a{}".format)))
def test_any_text_is_a_url_or_refused(text: str) -> None:
    for user_info in (True, False):
        try:
            parts = read_url(text, "url", user_info=user_info)
        except ValidationError:
            continue
        assert parts.hostname and parts.scheme in ("http", "https") and 0 < (parts.port or 80) < 65536


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/x", "http://[", "http://host:ab"])
@pytest.mark.parametrize("option", ["url", "proxy", "token_url", "server in mids"])
def test_malformed_address_is_misconfigured_and_no_defect(url: str, option: str) -> None:
    params = {name: spec.get("default") for name, spec in SYNC_CURSOR_INFO.argument_spec.items()}
    params |= {"url": "http://127.0.0.1:1", "timeout": 5.0, "validate_certs": True, "instance": "mkt"}
    params |= {"client_id": "i", "client_secret": "canary", "scope": "s"}
    params |= {"mids": [{"server": url}]} if option == "server in mids" else {option: url}
    result, _distinct = execute(SYNC_CURSOR_INFO, params, check_mode=False, environ={})
    assert result["verdict"] == "misconfigured" and option in result["reason"], result
    assert result["calls"]["total"] == 0
