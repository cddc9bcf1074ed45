# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor (e): the same job by the shortest program that does it, without Ansible and without this collection.

    python floor.py FILE_WITH_ONE_URL_A_LINE THREADS

A thread takes an instance, opens a connection of its own, logs on, reads four times, decides, logs off. There is no
retry, no deadline over a whole request, no check of faults beyond the expected answer: a bare client leaves these out.
Every factor is measured against this file: it is fixed, and the documentation shows it unchanged.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import requests

USER, PASSWORD = os.environ.get("CAMPAIGN_USER", "ops"), os.environ.get("CAMPAIGN_PASSWORD", "bench")
TIMEOUT = 30
WORKFLOW = "defaultMidSourcingDlv"
CURSOR = "NmsMidSourcing_LastDelivery_"

ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:{service}">'
    "<soapenv:Header/><soapenv:Body><urn:{method}><urn:sessiontoken>{token}</urn:sessiontoken>{parameters}</urn:{method}>"
    "</soapenv:Body></soapenv:Envelope>"
)
QUERY = (
    '<urn:entity><queryDef operation="select" schema="{schema}" lineCount="{lines}" startLine="0" '
    'xtkschema="xtk:queryDef"><select>{columns}</select><where><condition expr="{where}"/></where>'
    '<orderBy><node expr="{order}"/></orderBy></queryDef></urn:entity>'
)
OPTIONS = ("@id", "@name", "@dataType", "@stringValue", "@longValue", "@doubleValue", "@timeStampValue", "@description")
ACCOUNTS = ("@id", "@name", "@label", "@active", "@server")
WORKFLOWS = ("@id", "@internalName", "@state", "@failed", "@processId", "@processDate", "@nextProcessingDate")
JOURNAL = ("@id", "[@workflow-id]", "@activity", "@logDate", "@logType", "@error", "@message")


class Client:
    """One session with one instance."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/nl/jsp/soaprouter.jsp"
        self.http = requests.Session()
        self.http.trust_env = False
        self.token = self.security = ""

    def call(self, service: str, method: str, parameters: str = "") -> ElementTree.Element:
        body = ENVELOPE.format(service=service, method=method, token=self.token, parameters=parameters)
        headers = {"SOAPAction": f"{service}#{method}", "Content-Type": "text/xml; charset=utf-8"}
        if self.token:
            headers["Cookie"] = f"__sessiontoken={self.token}"
            headers["X-Security-Token"] = self.security
        answer = self.http.post(self.url, data=body.encode(), headers=headers, timeout=TIMEOUT)
        answer.raise_for_status()
        found = ElementTree.fromstring(answer.content).find(f".//{{*}}{method}Response")
        if found is None:
            raise RuntimeError(f"{self.url}: {method} was not answered")
        return found

    def select(self, schema: str, names: tuple[str, ...], where: str, order: str = "@id", lines: int = 1000) -> list:
        columns = "".join(f'<node expr="{name}"/>' for name in names)
        query = QUERY.format(schema=schema, columns=columns, where=where, order=order, lines=lines)
        return list(self.call("xtk:queryDef", "ExecuteQuery", query)[0][0])


def job(url: str) -> str:
    """Log on, read four times, decide, log off."""
    client = Client(url)
    try:
        opened = client.call(
            "xtk:session",
            "Logon",
            f"<urn:strLogin>{USER}</urn:strLogin><urn:strPassword>{PASSWORD}</urn:strPassword><urn:elemParameters/>",
        )
        client.token, client.security = opened[0].text or "", opened[2].text or ""
        server = opened.find(".//{*}serverInfo")
        now = datetime.fromisoformat(server.attrib["serverDate"]) if server is not None else datetime.now()
        try:
            options = client.select("xtk:option", OPTIONS, "@name like 'NmsMidSourcing\\_Last%'")
            accounts = client.select("nms:extAccount", ACCOUNTS, "@type = 3")
            workflows = client.select("xtk:workflow", WORKFLOWS, f"@internalName = '{WORKFLOW}'")
            ids = ", ".join(row.attrib["id"] for row in workflows)
            journal = client.select("xtk:workflowLog", JOURNAL, f"[@workflow-id] in ({ids})", "@logDate", 200)
            return decide(now, options, accounts, workflows, journal)
        finally:
            client.call("xtk:session", "Logoff")
    finally:
        client.http.close()


def decide(now: datetime, options: list, accounts: list, workflows: list, journal: list) -> str:
    """A verdict, by the age of the oldest cursor of an active account and by the errors since."""
    active = {row.attrib["name"] for row in accounts if row.attrib.get("active") in ("1", "true")}
    ages = [
        (now - datetime.fromisoformat(row.attrib["timeStampValue"])).total_seconds()
        for row in options
        if row.attrib["name"].startswith(CURSOR) and row.attrib["name"].removeprefix(CURSOR) in active
    ]
    errors = [row for row in journal if row.attrib.get("error")]
    if not workflows or not ages:
        return "not_applicable"
    if max(ages) > 7 * 86400 and len(errors) >= 2:
        return "stuck"
    return "stale" if max(ages) > 6 * 3600 else "healthy"


def main() -> int:
    urls = Path(sys.argv[1]).read_text(encoding="utf-8").split()
    with ThreadPoolExecutor(int(sys.argv[2])) as pool:
        verdicts = list(pool.map(job, urls))
    print({verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))})
    return 0


if __name__ == "__main__":
    sys.exit(main())
