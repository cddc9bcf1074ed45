# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The envelopes that are known (campaign_facts, Envelopes), letter by letter: Adobe's JavaScript client, the console,
the minimal form.

Each makes a whole HTTP request as bytes. Names of parameters are those that each client uses, which differ; `misnamed`
is the minimal form with names that belong to other parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

PATH = "/mkt-a/nl/jsp/soaprouter.jsp"
XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
LITERAL = "http://xml.apache.org/xml-soap/literalxml"


class Param(NamedTuple):
    """A parameter: what the SDK, the console and the documentation call it, its type, and its XML."""

    sdk: str
    console: str
    minimal: str
    type: str
    xml: str


class Request(NamedTuple):
    """A call. The SDK has a service name of its own for methods of xtk:persist."""

    service: str
    method: str
    params: tuple[Param, ...] = ()
    sdk_service: str = ""


class Tokens(NamedTuple):
    """Both empty before the logon."""

    session: str = ""
    security: str = ""


def http(headers: list[str], body: str, path: str = PATH) -> bytes:
    data = body.encode()
    head = [f"POST {path} HTTP/1.1", "Host: campaign", *headers, f"Content-Length: {len(data)}", "Connection: close"]
    return "\r\n".join([*head, "", ""]).encode() + data


def sdk(request: Request, tokens: Tokens) -> bytes:
    """Types everywhere, tokens four times, the method in the URL, a service name that is no URI."""
    service = request.sdk_service or request.service
    params = "".join(
        f'<{param.sdk} xsi:type="ns:Element" SOAP-ENV:encodingStyle="{LITERAL}">{param.xml}</{param.sdk}>'
        if param.type == "DOMDocument"
        else f'<{param.sdk} xsi:type="xsd:{param.type}">{param.xml}</{param.sdk}>'
        if param.type
        else f'<{param.sdk} xsi:type="">{param.xml}</{param.sdk}>'
        for param in request.params
    )
    header, sent = "<SOAP-ENV:Header/>", [f"SoapAction: {service}#{request.method}"]
    if tokens.session:
        header = (
            f"<SOAP-ENV:Header><Cookie>__sessiontoken={tokens.session}</Cookie>"
            f"<X-Security-Token>{tokens.security}</X-Security-Token></SOAP-ENV:Header>"
        )
        sent += [
            f"X-Session-Token: {tokens.session}", f"X-Security-Token: {tokens.security}",
            f"Cookie: __sessiontoken={tokens.session}",
        ]  # fmt: skip
    body = (
        f'<SOAP-ENV:Envelope xmlns:xsd="{XSD}" xmlns:xsi="{XSI}" xmlns:SOAP-ENV="{ENVELOPE}"'
        f' xmlns:ns="http://xml.apache.org/xml-soap">{header}<SOAP-ENV:Body>'
        f'<m:{request.method} xmlns:m="urn:{service}" SOAP-ENV:encodingStyle="{ENCODING}">'
        f'<sessiontoken xsi:type="xsd:string">{tokens.session}</sessiontoken>{params}'
        f"</m:{request.method}></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    sent += [
        "Content-Type: application/soap+xml;charset=UTF-8",
        "User-Agent: @adobe/acc-js-sdk/1.2.0 ACC Javascript SDK",
        "ACC-SDK-Version: 1.2.0", "ACC-SDK-Auth: UserPassword ops", "ACC-SDK-Call-Internal: 1",
    ]  # fmt: skip
    action = f"{service}#{request.method}".replace(":", "%3A").replace("|", "%7C").replace("#", "%23")
    return http(sent, body, f"{PATH}?soapAction={action}")


def console(request: Request, tokens: Tokens) -> bytes:
    """The method in the default namespace, single quotes, an empty session token: the cookie carries it."""
    params = "".join(
        f"<{param.console} xsi:type='ns:Element' SOAP-ENV:encodingStyle='{LITERAL}'>{param.xml}</{param.console}>"
        if param.type in ("DOMDocument", "")
        else f"<{param.console} xsi:type='xsd:{param.type}'>{param.xml}</{param.console}>"
        for param in request.params
    )
    body = (
        f"<?xml version='1.0'?>\n<SOAP-ENV:Envelope xmlns:xsd='{XSD}' xmlns:xsi='{XSI}'"
        f" xmlns:ns='http://xml.apache.org/xml-soap' xmlns:SOAP-ENV='{ENVELOPE}'><SOAP-ENV:Body>"
        f"<{request.method} xmlns='urn:{request.service}' SOAP-ENV:encodingStyle='{ENCODING}'>"
        f"<__sessiontoken xsi:type='xsd:string'></__sessiontoken>{params}"
        f"</{request.method}></SOAP-ENV:Body></SOAP-ENV:Envelope>\n"
    )
    sent = [f"SOAPAction: {request.service}#{request.method}", "Content-Type: text/xml; charset=utf-8"]
    return http([*sent, *_tokens(tokens)], body)


def minimal(request: Request, tokens: Tokens) -> bytes:
    """No types, no encoding style: the form that the documentation shows."""
    return _plain(request, tokens, "sessiontoken", [param.minimal for param in request.params])


def misnamed(request: Request, tokens: Tokens) -> bytes:
    """The minimal form with every name wrong: the token is called a password, parameters have each other's names."""
    names = [param.minimal for param in request.params]
    return _plain(request, tokens, "strPassword", [*names[1:], "sessiontoken"] if names else [])


def _plain(request: Request, tokens: Tokens, first: str, names: list[str]) -> bytes:
    params = "".join(f"<urn:{name}>{param.xml}</urn:{name}>" for name, param in zip(names, request.params, strict=True))
    body = (
        f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}" xmlns:urn="urn:{request.service}">\n  <soapenv:Header/>\n'
        f"  <soapenv:Body>\n    <urn:{request.method}>\n      <urn:{first}>{tokens.session}</urn:{first}>{params}\n"
        f"    </urn:{request.method}>\n  </soapenv:Body>\n</soapenv:Envelope>\n"
    )
    sent = [f'SOAPAction: "{request.service}#{request.method}"', "Content-Type: application/xml"]
    return http([*sent, *_tokens(tokens)], body)


def _tokens(tokens: Tokens) -> list[str]:
    if not tokens.session:
        return []
    return [f"cookie: lang=en; __sessiontoken={tokens.session}", f"x-security-token: {tokens.security}"]


Dialect = Callable[[Request, Tokens], bytes]
DIALECTS: dict[str, Dialect] = {"sdk": sdk, "console": console, "minimal": minimal, "misnamed": misnamed}
