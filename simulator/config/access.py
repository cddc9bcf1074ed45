# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may reach an instance, as fleet files and control requests say it: operators, security zones, token lifetimes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache

from .spec import FOLDER_RIGHTS, REFUSALS, Operator, Timeouts, Zone
from .validation import Section

RIGHTS = ("admin", "workflow")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_operator(place: Section) -> Operator:
    """One operator of a fleet file or a control request."""
    operator = Operator(
        login=place.text("login"),
        password=place.text("password", ""),
        rights=place.texts("rights"),
        token=place.text("token", ""),
        client_id=place.text("client_id", ""),
        client_secret=place.text("client_secret", ""),
        enabled=place.flag("enabled", True),
        folders=_folders(place),
        networks=_networks(place),
    )
    _check_words(place, "rights", operator.rights, RIGHTS)
    if not (operator.password or operator.token or operator.client_id or place.has("password")):
        place.fail("password", "a password or a token is needed; an empty password is written as one")
    place.done()
    return operator


def _folders(place: Section) -> bool | Mapping[str, tuple[str, ...]]:
    """true, false, or rights by folder: {technicalWorkflows: [read]}."""
    if not isinstance(place.raw("folders"), Mapping):
        return place.flag("folders", True)
    below = place.place_of("folders")
    rights = {name: below.texts(name) for name in below.data}
    for name, words in rights.items():
        _check_words(below, name, words, FOLDER_RIGHTS)
    return rights


def _check_words(place: Section, key: str, words: Iterable[str], allowed: Iterable[str]) -> None:
    for index, word in enumerate(words):
        if word not in allowed:
            place.fail(f"{key}[{index}]", f"'{word}' is not one of: {', '.join(allowed)}")


def read_zone(place: Section) -> Zone:
    """A security zone of a fleet file or a control request."""
    zone = Zone(
        session_token_only=place.flag("session_token_only"),
        allow_user_password=place.flag("allow_user_password"),
        allow_empty_password=place.flag("allow_empty_password"),
        allow_http=place.flag("allow_http", True),
        show_errors=place.flag("show_errors", True),
        show_codes=place.flag("show_codes", True),
        allow_debug=place.flag("allow_debug", True),
        refused=place.integer("refused", 0),
        networks=_networks(place),
    )
    if zone.refused not in (0, *REFUSALS):
        place.fail("refused", f"{zone.refused} is not one of: 0, {', '.join(map(str, REFUSALS))}")
    place.done()
    return zone


def read_timeouts(place: Section, present: Timeouts | None = None) -> Timeouts:
    """How long tokens work; what is not given stays as it is."""
    kept = present or Timeouts()
    found = Timeouts(
        session=place.seconds("session", kept.session, least=1.0),
        security=place.seconds("security", kept.security, least=1.0),
        long_session=place.seconds("long_session", kept.long_session, least=1.0),
    )
    place.done()
    return found


def _networks(place: Section) -> tuple[str, ...]:
    """Addresses and networks: ["10.0.0.0/8", "127.0.0.1"]."""
    texts = place.texts("networks")
    for index, text in enumerate(texts):
        try:
            _network(text)
        except ValueError:
            place.fail(f"networks[{index}]", f"'{text}' is no network; write 10.0.0.0/8 or 127.0.0.1")
    return texts


@lru_cache(maxsize=256)
def _network(text: str) -> Network:
    return ipaddress.ip_network(text, strict=False)


def within(address: str, networks: Iterable[str]) -> bool:
    """Whether an address lies in one of the networks."""
    return any(ipaddress.ip_address(address) in _network(network) for network in networks)
