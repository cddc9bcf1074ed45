# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A SOAP client made by hand for the simulator's own tests: it shares no code with the collection's client.

Envelopes are texts, answers are read as texts or by a plain parser, so that both sides cannot be wrong alike.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import requests

from simulator.instance import Instance
from simulator.ledger import Ledger
from simulator.methods.router import Context
from simulator.security.sessions import Credentials
from simulator.simulator import Simulator
from simulator.soap.envelope import Call, read_call

ROUTER = "/nl/jsp/soaprouter.jsp"
CURSOR = "NmsMidSourcing_LastDelivery_defaultEmailMid"
COUNTERS = "defaultMidSourcingDlv"


def envelope(service: str, method: str, *params: str, token: str = "") -> str:
    """The minimal dialect. `params` are XML already."""
    listed = "".join(f"<urn:p{index}>{param}</urn:p{index}>" for index, param in enumerate(params))
    return (
        f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:{service}">'
        f"<soapenv:Header/><soapenv:Body><urn:{method}><urn:sessiontoken>{token}</urn:sessiontoken>{listed}"
        f"</urn:{method}></soapenv:Body></soapenv:Envelope>"
    )


class Fault(Exception):
    """The server answered with a fault."""

    def __init__(self, code: str, string: str, detail: str | None) -> None:
        super().__init__(f"{string} | {detail}")
        self.code = code
        self.string = string
        self.detail = detail


def results(body: bytes | str, method: str) -> list[ET.Element]:
    """The results of an answer, by position; raises Fault."""
    root = ET.fromstring(body)
    (node,) = root[0]
    parts = {part.tag.rpartition("}")[2]: part.text for part in node}
    if node.tag.endswith("Fault"):
        raise Fault(parts["faultcode"] or "", parts["faultstring"] or "", parts.get("detail"))
    assert node.tag.rpartition("}")[2] == f"{method}Response", node.tag
    return list(node)


def bare(element: ET.Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


@dataclass
class Hand:
    """One session with one instance over HTTP, on a connection of its own."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)
    token: str = ""
    security: str = ""

    def __post_init__(self) -> None:
        self.session.trust_env = False

    def post(self, service: str, method: str, *params: str, **headers: str) -> requests.Response:
        """One call; the raw answer."""
        sent = {"SOAPAction": f"{service}#{method}", "Content-Type": "text/xml; charset=utf-8"}
        if self.token:
            sent |= {"Cookie": f"__sessiontoken={self.token}", "X-Security-Token": self.security}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        body = envelope(service, method, *params, token=self.token).encode()
        return self.session.post(self.url + ROUTER, data=body, headers=sent, timeout=30, allow_redirects=False)

    def call(self, service: str, method: str, *params: str) -> list[ET.Element]:
        """One call; its results. Raises Fault; an answer that is not 200 fails the test."""
        answer = self.post(service, method, *params)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return results(answer.content, method)

    def logon(self, login: str = "ops", password: str = "ops-secret") -> Hand:
        """Open the session."""
        token, _unused, security = self.call("xtk:session", "Logon", escape(login), escape(password), "")
        self.token, self.security = token.text or "", security.text or ""
        return self

    def logoff(self) -> None:
        """Close the session and the connection."""
        self.call("xtk:session", "Logoff")
        self.session.close()

    def option(self, name: str = CURSOR) -> tuple[str, str]:
        """GetOption: text and type."""
        value, kind = self.call("xtk:session", "GetOption", escape(name))
        return value.text or "", kind.text or ""

    def write_option(self, name: str, value: str, kind: int = 7, column: str = "timeStampValue") -> None:
        """The safe way to write an option (campaign_facts, Writing options)."""
        self.call(
            "xtk:persist",
            "Write",
            f'<option xtkschema="xtk:option" _operation="update" _key="@name" name={quoteattr(name)}'
            f' dataType="{kind}" {column}={quoteattr(value)}/>',
        )

    def query(
        self, schema: str, *columns: str, where: str = "", operation: str = "select", order: str = "@id", **more: object
    ) -> ET.Element:
        """ExecuteQuery; the element inside pdomOutput."""
        nodes = "".join(f"<node expr={quoteattr(column)}/>" for column in columns)
        condition = f"<where><condition expr={quoteattr(where)}/></where>" if where else ""
        ordered = f"<orderBy><node expr={quoteattr(order)}/></orderBy>" if operation == "select" else ""
        options = "".join(f" {name}={quoteattr(str(value))}" for name, value in more.items())
        (output,) = self.call(
            "xtk:queryDef",
            "ExecuteQuery",
            f'<queryDef operation="{operation}" schema="{schema}" xtkschema="xtk:queryDef"{options}>'
            f"<select>{nodes}</select>{condition}{ordered}</queryDef>",
        )
        (found,) = output
        return found

    def workflow(self, name: str = COUNTERS) -> dict[str, str]:
        """State, failed and dates of a workflow."""
        columns = ("@id", "@state", "@failed", "@processId", "@processDate", "@nextProcessingDate", "@errorCount")
        found = self.query("xtk:workflow", *columns, where=f"@internalName = '{name}'", operation="get")
        return dict(found.attrib)

    def errors(self, name: str = COUNTERS, after: int = 0) -> list[dict[str, str]]:
        """Journal lines with an error, oldest first."""
        where = f"[workflow/@internalName] = '{name}' and @error <> '' and @id > {after}"
        rows = self.query("xtk:workflowLog", "@id", "@activity", "@error", "@logDate", where=where, lineCount=1000)
        return [dict(row.attrib) for row in rows]

    def order(self, method: str, workflow: str = COUNTERS) -> None:
        """Start, Stop, ..."""
        assert self.call("xtk:workflow", method, workflow) == []


def instance_of(simulator: Simulator, name: str) -> Instance:
    """An instance that has begun, without HTTP: the engines exist, no mid can be reached."""
    instance = simulator.instances[name]
    instance.begin(simulator.outgoing, lambda _name, account: instance.secret(account), lambda mid: f"/{mid}", _half)
    return instance


def _half(workflow: Any) -> float:
    return float(workflow.every) / 2


def context(
    simulator: Simulator,
    instance: Instance,
    service: str,
    method: str,
    *params: str,
    token: str = "",
    headers: dict[str, str] | None = None,
) -> Context:
    """A call as the server passes it to the router."""
    call: Call = read_call(f"{service}#{method}", envelope(service, method, *params, token=token).encode())
    entry = Ledger().open(instance.name, f"{service}#{method}", "", "external", simulator.clock.now(), call.size)
    return Context(instance, call, simulator.router.find(call), Credentials(headers or {}), False, entry)
