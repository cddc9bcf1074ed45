# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a schema with rows describes itself: the ``element`` of its document, with keys, attributes and links.

No public source shows such a document of xtk:option, xtk:workflow and the like. Names and types of the attributes are
those that are known (campaign_facts, Option rows and Attributes), and the form is the one that Adobe's client reads.
What a server says besides (labels of attributes, names of enumerations, computed strings) is not known and left out.
"""

from __future__ import annotations

from lxml import etree
from lxml.etree import _Element as Element

from ..database.schemas import Attribute, Link, Schema


def described(schema: Schema, *, guessed: bool) -> Element:
    """The description of a schema. Attributes that are only guesses are in it where clients may use them."""
    element = etree.Element("element", name=schema.element, label=schema.label)
    _key(element, "id", internal=True)
    if schema.natural_key:
        _key(element, schema.natural_key)
    for attribute in schema.stored:
        if guessed or not attribute.guessed:
            _attribute(element, attribute)
    for link in schema.links:
        _link(element, link)
    return element


def _key(element: Element, name: str, *, internal: bool = False) -> None:
    key = etree.SubElement(element, "key", name=name)
    if internal:
        key.set("internal", "true")
    etree.SubElement(key, "keyfield", xpath=f"@{name}")


def _attribute(element: Element, attribute: Attribute) -> None:
    *steps, last = attribute.path.split("/")
    for step in steps:
        found = element.find(f"element[@name='{step}']")
        element = etree.SubElement(element, "element", name=step) if found is None else found
    tag = "attribute" if last.startswith("@") else "element"
    etree.SubElement(element, tag, name=last.removeprefix("@"), type=attribute.kind.value)


def _link(element: Element, link: Link) -> None:
    node = etree.SubElement(element, "element", name=link.name, type="link", target=link.target)
    etree.SubElement(node, "join", {"xpath-dst": "@id", "xpath-src": f"@{link.column}"})
