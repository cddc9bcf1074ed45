# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SOAP methods that the simulator serves (campaign_facts, Calls), one handler each, and their table."""

from __future__ import annotations

import copy
import re

from lxml import etree
from lxml.etree import _Element as Element

from ..database.answers import select_all
from ..database.guesses import BROAD_LOG
from ..database.persist import Change
from ..database.rows import DELIVERY
from ..database.schemas import SCHEMAS, schema_of
from ..documents.entities import entity, session_info, user_info, wire_time
from ..faults.subject import document_subject, query_subject
from ..security import rights
from ..soap import envelope as wire
from ..soap.envelope import Out
from ..soap.errors import record_missing, unreadable_parameters
from . import workflow_methods
from .router import READ, SESSION, WRITE, Context, Router


def build_router() -> Router:
    """All methods with their class (docs/architecture.md, Layers: session, read or write)."""
    router = Router()
    session = "xtk:session"
    router.add(session, "Logon", SESSION, logon, anonymous=True)
    router.add(session, "BearerTokenLogon", SESSION, bearer_logon, anonymous=True)
    router.add(session, "Logoff", SESSION, logoff)
    router.add(session, "TestCnx", READ, test_cnx)
    router.add(session, "GetServerTime", READ, get_server_time, anonymous=True)
    router.add(session, "GetUserInfo", READ, get_user_info)
    router.add(session, "GetOption", READ, get_option)
    router.add("xtk:persist", "Write", WRITE, write)
    router.add("xtk:persist", "WriteCollection", WRITE, write_collection)
    router.add("xtk:persist", "GetEntityIfMoreRecent", READ, get_entity)
    router.add("xtk:queryDef", "ExecuteQuery", READ, execute_query)
    router.add("xtk:queryDef", "SelectAll", READ, fill_select)
    workflow_methods.add_to(router)
    return router


def _empty(context: Context) -> bytes:
    return wire.response(context.call.service, context.call.method)


# -- xtk:session --------------------------------------------------------------------------------------------------


def logon(context: Context) -> bytes:
    """Login and password for the two tokens."""
    call, instance = context.call, context.instance
    context.entry.login = login = call.text(0)
    remember = False
    if len(call.params) > 2 and len(call.params[2]):
        remember = call.element(2).get("rememberMe") == "true"
    session = instance.sessions.logon(login, call.text(1), context.shown, internal=context.internal, remember=remember)
    return _session_answer(context, session.token, session.security)


def bearer_logon(context: Context) -> bytes:
    """An IMS token for the two tokens."""
    session = context.instance.sessions.bearer_logon(
        context.call.text(0).strip(), context.shown, internal=context.internal
    )
    context.entry.login = session.operator.login
    return _session_answer(context, session.token, session.security)


def _session_answer(context: Context, token: str, security: str) -> bytes:
    instance = context.instance
    operator = instance.sessions.operator(context.entry.login)
    if operator is None:
        raise record_missing("Operators (xtk:operator)")
    context.entry.session = token[3:11]
    info = session_info(
        instance.spec, operator, instance.login_id(operator.login), instance.now(), instance.sessions.timeouts
    )
    return wire.response(
        "xtk:session",
        context.call.method,
        (
            Out("pstrSessionToken", "xsd:string", token),
            Out("pSessionInfo", "ns:Element", info),
            Out("pstrSecurityToken", "xsd:string", security),
        ),
    )


def logoff(context: Context) -> bytes:
    """End the session."""
    if context.session is not None:
        context.instance.sessions.close(context.session)
    return _empty(context)


def test_cnx(context: Context) -> bytes:
    """Prove that the session works."""
    return _empty(context)


def get_server_time(context: Context) -> bytes:
    """The clock of the instance, skew included. Anonymous."""
    now = wire_time(context.instance.now(), "T")
    name = context.instance.switches.server_time_name
    return wire.response("xtk:session", "GetServerTime", (Out(name, "xsd:dateTime", now),))


def get_user_info(context: Context) -> bytes:
    """Who the session is."""
    operator = context.operator
    info = user_info(operator, context.instance.login_id(operator.login))
    return wire.response("xtk:session", "GetUserInfo", (Out("pUserInfo", "ns:Element", info),))


def get_option(context: Context) -> bytes:
    """An option as text with its type; a missing one is no fault."""
    name = context.call.text(0)
    context.entry.object = name
    return wire.option_response(*context.instance.store.get_option(name))


# -- xtk:persist --------------------------------------------------------------------------------------------------


def write(context: Context) -> bytes:
    """Insert, update or delete by a document. Nothing is returned, not even a row count."""
    document = context.call.element(0)
    context.entry.object = document_subject(document)
    _check_write(context, [document])
    store = context.instance.store
    option = str(document.get("name", "")) if document.get("xtkschema") == "xtk:option" else ""
    before = store.get_option(option)[0] if option else ""
    context.instance.changed(store.write(document, login=context.operator.login))
    if option:
        context.entry.before, context.entry.after = before, store.get_option(option)[0]
    return _empty(context)


def write_collection(context: Context) -> bytes:
    """Several documents of one schema."""
    collection = context.call.element(0)
    context.entry.object = document_subject(collection)
    _check_write(context, [collection, *(child for child in collection if isinstance(child.tag, str))])
    store = context.instance.store
    done: list[Change] = []
    try:
        store.write_collection(collection, login=context.operator.login, on_change=done.append)
    finally:
        context.instance.changed(done)
    return _empty(context)


def _check_write(context: Context, documents: list[Element]) -> None:
    found: list[tuple[str, str]] = []
    for document in documents:
        _touched(document, document.get("xtkschema", ""), found)
    operator, store = context.operator, context.instance.store
    for_all = not operator.admin and store.get_option(rights.OPTIONS_FOR_ALL)[0] in ("1", "true")
    rights.check_write(operator, found, options_for_all=for_all)


def _touched(document: Element, name: str, found: list[tuple[str, str]]) -> None:
    """The schemas that a document writes to, those of its links included. What is unknown the store refuses."""
    try:
        schema = schema_of(name)
    except LookupError:
        return
    if document.get("_operation") != "none":
        found.append((schema.name, schema.title))
    for child in document:
        link = schema.link_by_name.get(str(child.tag))
        if link is not None:
            _touched(child, link.target, found)


def get_entity(context: Context) -> bytes:
    """A schema by its key; empty when unknown and not required."""
    call = context.call
    key = call.text(0)
    context.entry.object = key
    if "|" not in key:
        raise unreadable_parameters(call.service, call.method, f"'{key[:80]}' is no key of the form 'type|name'.")
    guessed = context.instance.switches.guessed_attributes == "served"
    found = entity(key, call.boolean(2) if len(call.params) > 2 else False, guessed=guessed)
    return wire.response("xtk:persist", call.method, (Out("pdomDoc", "ns:Element", found),))


# -- xtk:queryDef -------------------------------------------------------------------------------------------------


_COSTLY = (DELIVERY, BROAD_LOG)
_ABOUT_DELIVERIES = re.compile(f"{DELIVERY}|{BROAD_LOG}".encode())


async def execute_query(context: Context) -> bytes:
    """Run a queryDef. On a mid, going through deliveries or their logs takes virtual time for each row."""
    query = context.call.element(0, "queryDef")
    instance = context.instance
    context.entry.object = query_subject(query)
    login = context.operator.login
    rights.check_read(context.operator, _asked(query), system_tables=instance.switches.system_tables)
    if instance.deliveries.waiting and _ABOUT_DELIVERIES.search(etree.tostring(query)):
        await instance.deliveries.make()
    cost = instance.spec.seconds_per_row
    is_slow = instance.switches.counting == "rows" or not _only_counts(query)
    if cost and query.get("schema") in _COSTLY and is_slow and query.get("operation") in ("select", "count"):
        # Counted first: an asker that gives up meanwhile leaves nothing to build.
        matched = instance.store.query(_counting(query), login=login, internal=context.internal).matched_rows
        await instance.clock.sleep(matched * cost)
        if context.gone():
            return b""  # the caller has closed its connection: the answer would be built for nothing
    result = instance.store.query(query, login=login, internal=context.internal)
    return wire.response("xtk:queryDef", "ExecuteQuery", (Out("pdomOutput", "ns:Element", result.element),))


def fill_select(context: Context) -> bytes:
    """The queryDef itself comes back, with every column in its `select`. It reads no rows."""
    query = context.call.element(0, "queryDef")
    context.entry.object = query_subject(query)
    return wire.response("xtk:queryDef", "SelectAll", (Out("entity", "ns:Element", select_all(query)),))


def _asked(query: Element) -> list[tuple[str, str]]:
    """The schemas that a query and its sub-queries ask for. What is unknown the store refuses."""
    names = [str(part.get("schema")) for part in query.iter("queryDef", "subQuery")]
    return [(name, SCHEMAS[name].title) for name in names if name in SCHEMAS]


def _only_counts(query: Element) -> bool:
    """Whether no row of the table is in the answer: a count, or one number for each group."""
    grouped = any(part.get("groupBy") == "true" for part in query.iter("node"))
    return query.get("operation") == "count" or grouped


def _counting(query: Element) -> Element:
    """The same query as a count: it costs the simulator nothing to go through twenty thousand rows."""
    counting = copy.deepcopy(query)
    counting.set("operation", "count")
    for name in ("lineCount", "startLine"):
        counting.attrib.pop(name, "")
    for part in list(counting):
        if part.tag not in ("where", "sysFilter"):
            counting.remove(part)
    return counting
