# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the XML documents that clients send as parameters: names without namespaces, no comments, no SOAP marks."""

from __future__ import annotations

from typing import NamedTuple

from lxml.etree import _Element as Element


class Part(NamedTuple):
    """An element as plain data: comparable and hashable, so that equal queries share one plan.

    `text` is what stands between its tags and those of its children, without the white space at the ends.
    """

    name: str
    options: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    text: str

    @property
    def weight(self) -> int:
        """About how many characters it holds."""
        own = len(self.name) + len(self.text) + sum(len(name) + len(value) for name, value in self.options)
        return own + sum(part.weight for part in self.parts)


def read_part(element: Element) -> Part:
    """The element and all below it."""
    return Part(
        local_name(element),
        tuple(attributes(element).items()),
        tuple(read_part(child) for child in elements(element)),
        "".join((element.text or "", *(child.tail or "" for child in element))).strip(),
    )


def local_name(element: Element) -> str:
    """The name without its namespace: clients put documents in the default one or in none (campaign_facts,
    Envelopes)."""
    return str(element.tag).rpartition("}")[2]


def elements(parent: Element) -> list[Element]:
    """The child elements, without comments."""
    return [child for child in parent if isinstance(child.tag, str)]


def attributes(element: Element) -> dict[str, str]:
    """The attributes; those in a namespace (xsi:type, encodingStyle) belong to SOAP and are left out."""
    return {str(name): str(value) for name, value in element.attrib.items() if not str(name).startswith("{")}
