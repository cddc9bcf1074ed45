# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call is about, in a few words, before it is executed: a fault can be meant for one object only."""

from __future__ import annotations

from lxml.etree import _Element as Element

from ..soap.envelope import Call, split_tag

_LIMIT = 200


def document_subject(document: Element) -> str:
    """What a write is about: 'xtk:option NmsMidSourcing_LastDelivery_x update'."""
    schema = document.get("xtkschema", "")
    name = document.get("name") or document.get("internalName") or document.get("id") or ""
    operation = document.get("_operation", "insertOrUpdate")
    return _words(schema, name, operation)


def query_subject(query: Element) -> str:
    """What a query is about: 'xtk:workflow select'."""
    return _words(query.get("schema", ""), query.get("operation", ""))


def subject(call: Call) -> str:
    """What any call is about: the document of its first parameter, or the text of it (an option, a workflow, a login).

    The call is only looked at; "" for one without parameters.
    """
    if not call.params:
        return ""
    first = call.params[0]
    document = next((child for child in first if isinstance(child.tag, str)), None)
    if document is None:
        return (first.text or "").strip()[:_LIMIT]
    if split_tag(document.tag)[1] == "queryDef":
        return query_subject(document)
    return document_subject(document)


def _words(*parts: str) -> str:
    return " ".join(part for part in parts if part)[:_LIMIT]
