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

from ansible_collections.campaign.classic.plugins.module_utils._address import canonical, duplicate_addresses
from ansible_collections.campaign.classic.plugins.module_utils._errors import ValidationError

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
