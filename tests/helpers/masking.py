# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms in which a server, or a proxy in front of it, may return a secret."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus


def _base64(before: str, behind: str = "") -> Callable[[str], str]:
    return lambda secret: base64.b64encode(f"{before}{secret}{behind}".encode()).decode()


def _lower(text: str) -> str:
    """Percent signs with lower-case digits, and the rest unchanged."""
    parts = text.split("%")
    return "%".join([parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])])


def _dump(between: str, before: str = "") -> Callable[[str], str]:
    return lambda secret: between.join(f"{before}{byte:02x}" for byte in secret.encode())


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "xml": html.escape,
    "xml twice": lambda secret: html.escape(html.escape(secret)),
    "xml decimal": lambda secret: "".join(f"&#{ord(char)};" for char in secret),
    "xml hexadecimal": lambda secret: "".join(f"&#x{ord(char):X};" for char in secret),
    "url": lambda secret: quote(secret, safe=""),
    "url small": lambda secret: _lower(quote(secret, safe="")),
    "url every byte": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "url twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "form": quote_plus,
    "json": json.dumps,
    "json with slashes": lambda secret: json.dumps(secret).replace("/", "\\/").replace("&", "\\u0026"),
    "json unescaped": lambda secret: json.dumps(secret, ensure_ascii=False),
    "script": lambda secret: "".join(f"\\u{ord(char):04x}" for char in secret),
    "script bytes": lambda secret: "".join(f"\\x{ord(char):02x}" for char in secret),
    "repr": repr,
    "repr of bytes": lambda secret: repr(secret.encode()),
    "xml in json": lambda secret: json.dumps(html.escape(secret)),
    "json in xml": lambda secret: html.escape(json.dumps(secret)[1:-1]),
    "xml in url": lambda secret: quote(html.escape(secret), safe=""),
    "base64": _base64(""),
    "base64 of user and password": _base64("ops:"),
    "base64 one before": _base64("a", "z"),
    "base64 two before": _base64("ab", "yz"),
    "base64 for urls": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "base64 in a url": lambda secret: quote(_base64("ops:")(secret), safe=""),
    "base64 in json": lambda secret: _base64("ops:")(secret).replace("/", "\\/"),
    "hexadecimal": lambda secret: secret.encode().hex(),
    "hexadecimal in capitals": lambda secret: secret.encode().hex().upper(),
    "hexadecimal with colons": _dump(":"),
    "dump of memory": _dump(" "),
    "array of bytes": _dump(", ", "0x"),
    "hexadecimal of wide characters": lambda secret: secret.encode("utf-16-le").hex(),
    "base64 of xml": lambda secret: _base64("<p>", "</p>")(html.escape(secret)),
    "base64 of a url": lambda secret: _base64("p=", "&x=1")(quote(secret, safe="")),
    "base64 of json": lambda secret: _base64("")(json.dumps({"password": secret})),
    "base64 of wide characters": lambda secret: base64.b64encode(secret.encode("utf-16-be")).decode(),
    "base64 twice": lambda secret: base64.b64encode(_base64("ops:")(secret).encode()).decode(),
    "sql": lambda secret: secret.replace("'", "''"),
    "table": lambda secret: secret.replace('"', '""'),
    "shell": lambda secret: secret.replace("'", "'\\''"),
    "in the wrong charset": lambda secret: secret.encode().decode("latin-1"),
    "with white space run together": lambda secret: " ".join(secret.split()),
}
