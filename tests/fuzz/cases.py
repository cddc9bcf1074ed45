# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests of a bad client: by kind, all from one seed."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from xml.sax.saxutils import escape

from simulator.methods.services import build_router

ROUTER = "nl/jsp/soaprouter.jsp"


@dataclass(frozen=True, slots=True)
class Session:
    """A usable session on one instance."""

    instance: str
    token: str
    security: str


@dataclass(frozen=True, slots=True)
class Case:
    """One request. `ending` says what the client does after the bytes.

    answer      it reads the answer
    shut        it closes its sending side, and reads
    reset       it resets the connection at once
    stall       it stops in the middle: `data` is only a part, and the connection stays open for a while
    """

    kind: str
    data: bytes
    ending: str = "answer"


def http(target: str, body: bytes, method: str = "POST", headers: dict[str, str] | None = None) -> bytes:
    """A well-formed HTTP request."""
    lines = [f"{method} {target} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body


def envelope(service: str, method: str, parameters: str, token: str = "") -> bytes:
    """A well-formed envelope."""
    return (
        f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:{service}">'
        f"<soapenv:Body><urn:{method}><urn:t>{token}</urn:t>{parameters}</urn:{method}></soapenv:Body></soapenv:Envelope>"
    ).encode("utf-8", "surrogatepass")


def _method(name: str) -> tuple[str, str]:
    service, _unused, method = name.partition("#")
    return service, method


METHODS = (
    *(_method(name) for name in build_router().names() if name != "xtk:session#Logoff"),
    ("xtk:persist|xtk:session", "Write"),
    ("xtk:queryDef", "Nothing"),
    ("nms:nothing", "Nothing"),
)
"""All methods that are served but the one that would end the sessions, and some that are not served."""

TEXTS = (
    "", " ", "0", "-1", "1", "99999999999999999999", "1e309", "NaN", "true", "\u00e4\u20ac\U0001f600", "a" * 5000,
    "' or 1=1 --", "defaultMidSourcingDlv", "NmsMidSourcing_LastDelivery_x", "xtk:schema|xtk:session", "|", "\\", "\\'",
    "%_\\%", "$(x)", "2026-13-45 99:99:99Z", "#2026-01-01T00:00:00Z#", "@id = 1", "[a/b/@c]", "\x7f", "(" * 300, "x\ny",
)  # fmt: skip
EXPRESSIONS = (
    "@id", "@name", "@id = 1", "@name = 'x'", "@name like '%x\\_%'", "@id in (1, 2, 3)", "@id in ()", "@id = ", "'",
    "((@id))", "[folder/@label] = 'x'", "[workflow/folder/@name]", "GetDate()", "AddDays(GetDate(), -1) > @created",
    "Sum(@id)", "Max(", "@id / 0", "not (not (not @id = 1))", "@id is null", "Iif(@id, 1, 2)", "Count(Count(@id))",
    "#2026-99-99#", "@nothing", "1" * 400, "(" * 120 + "1" + ")" * 120, " and ".join(["@id = 1"] * 300),
    "Lower(Upper(@name)) = Lower('X')", "@id; drop table x", "\u00e9", "9223372036854775807 + 1", "Left(@name, -9)",
    "AddDays(GetDate(), 99999999999)", "TruncDate(@lastModified, 0)", "@id like 1", "'a' + 1", "DaysAgo(9999999)",
)  # fmt: skip
SCHEMAS = ("xtk:option", "xtk:workflow", "xtk:workflowLog", "xtk:folder", "nms:extAccount", "nms:delivery", "x", "")
ATTRIBUTES = (
    "name", "id", "dataType", "stringValue", "timeStampValue", "longValue", "internalName", "state", "nothing", "_key",
)  # fmt: skip
PAGES = (
    "r/test", "nl/jsp/ping.jsp", "nl/jsp/ping.jsp?zones=true", "nl/jsp/mcPing.jsp", "nl/jsp/logon.jsp", "r/config",
    "nl/jsp/schemawsdl.jsp?schema=xtk:session", "nl/jsp/schemawsdl.jsp?schema=%00", "nl/jsp/schemawsdl.jsp", ROUTER,
    "../../etc/passwd", "%ff%fe", "", "xtk/jsp/zoneinfo.jsp?name=../../x",
)  # fmt: skip
INVALID = (b"\x00", b"\xff\xfe", b"<", b"&", b"]]>", b"<!--", b"&#0;", b"&#x110000;")
ACTIONS = ("xtk:session#TestCnx", "", "#", "x" * 300, "xtk:session#", '"xtk:session#Logon"', "\u00e9#x")


def quoted(text: str) -> str:
    """A text as the value of an attribute, quotes included."""
    return '"' + escape(text, {'"': "&quot;"}) + '"'


class Cases:
    """An endless stream of requests. `sessions` are the ones that it may use."""

    def __init__(self, seed: int, instances: tuple[str, ...], sessions: tuple[Session, ...]) -> None:
        self._random = Random(seed)
        self._instances = instances
        self._sessions = sessions
        self._makers: tuple[tuple[Callable[[], Case], int], ...] = (
            (self._random_bytes, 40),
            (self._broken_http, 40),
            (self._random_body, 60),
            (self._broken_xml, 120),
            (self._entities, 60),
            (self._huge, 2),
            (self._nested, 8),
            (self._wrong_types, 330),
            (self._queries, 120),
            (self._documents, 100),
            (self._pages, 60),
            (self._stalled, 15),
            (self._half_closed, 40),
            (self._reset, 20),
        )

    def __iter__(self) -> Iterator[Case]:
        makers, weights = zip(*self._makers, strict=True)
        while True:
            (make,) = self._random.choices(makers, weights)
            yield make()

    @property
    def kinds(self) -> set[str]:
        """All kinds of requests."""
        return {make.__name__.strip("_").replace("_", " ") for make, _weight in self._makers}

    # -- pieces

    def _bytes(self, most: int) -> bytes:
        return self._random.randbytes(self._random.randrange(most))

    def _target(self) -> str:
        return f"/{self._random.choice(self._instances)}/{ROUTER}"

    def _text(self) -> str:
        return self._random.choice(TEXTS)

    def _call(self) -> tuple[str, dict[str, str], bytes]:
        """A whole call with odd parameters: target, headers, envelope."""
        service, method = self._random.choice(METHODS)
        return self._sent(service, method, "".join(self._parameter() for _number in range(self._random.randrange(5))))

    def _sent(self, service: str, method: str, parameters: str) -> tuple[str, dict[str, str], bytes]:
        session = (
            self._random.choice(self._sessions) if self._random.random() < 0.9 else Session("mkt-a", "___no", "@no")
        )
        headers = {
            "SOAPAction": f"{service}#{method}",
            "Cookie": f"__sessiontoken={session.token}",
            "X-Security-Token": session.security,
        }
        return f"/{session.instance}/{ROUTER}", headers, envelope(service, method, parameters, session.token)

    def _parameter(self) -> str:
        text = escape(self._text())
        return self._random.choice(
            (
                f"<p>{text}</p>",
                f"<p><e>{text}</e></p>",
                f"<p><queryDef>{text}</queryDef></p>",
                f"<p><variables a='1' b=''/>{text}</p>",
                f"<p><a/><b/>{text}</p>",
                "<p/>",
                text,
                f"<p xmlns='urn:x' xmlns:y='urn:y' y:z='1'><y:e/>{text}</p>",
                f"<?pi {self._random.randrange(9)}?><!-- c --><p>{text}</p>",
                f"<p><![CDATA[{self._text()}]]></p>",
            )
        )

    # -- kinds

    def _random_bytes(self) -> Case:
        return Case("random bytes", self._bytes(400), "shut")

    def _broken_http(self) -> Case:
        good = http(self._target(), b"<a/>", headers={"SOAPAction": "xtk:session#TestCnx"})
        bad = self._random.choice(
            (
                good.replace(b"POST", b"P\x00ST"),
                good.replace(b"HTTP/1.1", b"HTTP/9.9"),
                good.replace(b"Content-Length: 4", b"Content-Length: -4"),
                good.replace(b"Content-Length: 4", b"Content-Length: 4\r\nContent-Length: 5"),
                good.replace(b"Content-Length: 4", b"Transfer-Encoding: chunked"),
                good.replace(b"Content-Length: 4", b"Transfer-Encoding: chunked\r\nContent-Length: 4"),
                good.replace(b"Content-Length: 4", b"Content-Length: 400000"),
                good.replace(b"Content-Length: 4", b"Content-Length: 4\r\nContent-Encoding: gzip"),
                good.replace(b"Host: x", b"Host: x\r\n" + b"A: b\r\n" * 500),
                good.replace(b"Host: x", b"Host: " + b"x" * 20_000),
                good.replace(b"Host: x", b"Expect: 100-continue\r\nHost: x"),
                good.replace(b"Host: x", b"Cookie: __sessiontoken=\xff\xfe;;;==\r\nHost: x"),
                good.replace(b"Host: x", b"Authorization: Bearer\r\nHost: x"),
                b"GET " + b"/" * 9000 + b" HTTP/1.1\r\n\r\n",
                b"POST http://[::1/" + self._bytes(20).hex().encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                good[: self._random.randrange(1, len(good))],
            )
        )
        return Case("broken http", bad, "shut")

    def _random_body(self) -> Case:
        headers = {"SOAPAction": self._random.choice(ACTIONS)}
        return Case("random body", http(self._target(), self._bytes(600), headers=headers))

    def _broken_xml(self) -> Case:
        target, headers, body = self._call()
        broken = bytearray(body)
        for _time in range(self._random.randrange(1, 6)):
            at = self._random.randrange(max(len(broken), 1))
            change = self._random.randrange(4)
            if change == 0:
                broken[at : at + 1] = self._random.randbytes(1)
            elif change == 1:
                del broken[at : at + self._random.randrange(1, 30)]
            elif change == 2:
                broken[at:at] = broken[at : at + self._random.randrange(1, 60)]
            else:
                broken[at:at] = self._random.choice(INVALID)
        return Case("broken xml", http(target, bytes(broken), headers=headers))

    def _entities(self) -> Case:
        target, headers, body = self._call()
        layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, self._random.randrange(3, 12)))
        head = self._random.choice(
            (
                f'<!DOCTYPE x [<!ENTITY e0 "lol">{layers}]>',
                f'<!DOCTYPE x [<!ENTITY e0 "{"A" * 50_000}">]>',
                '<!DOCTYPE x [<!ENTITY e0 SYSTEM "file:///etc/passwd">]>',
                '<!DOCTYPE x [<!ENTITY e0 SYSTEM "http://127.0.0.1:9/x">]>',
                '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///dev/random"> %p;]>',
                '<!DOCTYPE x [<!ENTITY e0 "&e0;">]>',
                '<!DOCTYPE x SYSTEM "file:///dev/zero">',
            )
        )
        used = body.replace(b"</urn:t>", b"</urn:t><p>" + b"&e0;" * 20 + b"&e5;</p>")
        return Case("entities", http(target, head.encode() + used, headers=headers))

    def _huge(self) -> Case:
        headers = {"SOAPAction": "xtk:session#TestCnx"}
        size = self._random.choice((2, 8, 15, 17)) * 1024 * 1024
        choice = self._random.randrange(4)
        if choice == 0:
            body = gzip.compress(b"<a>" * (size // 3), 1)
            headers["Content-Encoding"] = "gzip"
        elif choice == 1:
            body = envelope("xtk:session", "TestCnx", f"<p>{'x' * size}</p>")
        elif choice == 2:
            body = envelope("xtk:session", "TestCnx", "<p/>" * (size // 40))
        else:
            body = b" " * size
        return Case("huge", http(self._target(), body, headers=headers))

    def _nested(self) -> Case:
        depth = self._random.choice((100, 250, 300, 5000, 50_000))
        inner = "<e>" * depth + "</e>" * depth
        many = " ".join(f'a{n}="{n}"' for n in range(depth))
        service, method = self._random.choice(METHODS)
        parameter = f"<p>{inner}</p>" if self._random.random() < 0.5 else f"<p><option {many}/></p>"
        target, headers, body = self._sent(service, method, parameter)
        return Case("nested", http(target, body, headers=headers))

    def _wrong_types(self) -> Case:
        target, headers, body = self._call()
        return Case("wrong types", http(target, body, headers=headers))

    def _queries(self) -> Case:
        usual = {"operation": "select", "schema": self._random.choice(SCHEMAS), "lineCount": "20"}
        names = ("operation", "schema", "lineCount", "startLine", "xtkschema", "firstRows", "startPath", "distinct")
        for name in self._random.sample(names, self._random.randrange(3)):
            usual[name] = self._random.choice(("get", "count", "getIfExists", "xtk:option", *TEXTS[:9]))
        attributes = " ".join(f"{name}={quoted(value)}" for name, value in usual.items())
        nodes = "".join(f"<node {self._expression()} alias='@a{n}'/>" for n in range(self._random.randrange(4)))
        rest = "".join(
            f"<{name}><{inner} {self._expression()}/><{inner} {self._expression()}/></{name}>"
            for name, inner in (
                ("where", "condition"),
                ("orderBy", "node"),
                ("groupBy", "node"),
                ("having", "condition"),
            )
            if self._random.random() < 0.4
        )
        query = f"<p><queryDef {attributes}><select>{nodes}</select>{rest}</queryDef></p>"
        method = self._random.choice(("ExecuteQuery", "ExecuteQuery", "SelectAll"))
        target, headers, body = self._sent("xtk:queryDef", method, query)
        return Case("queries", http(target, body, headers=headers))

    def _expression(self) -> str:
        odd = self._random.choice(
            ("", "", "", "boolOperator='OR'", "setOperator='IN'", "sortDesc='x'", "analyze='true'")
        )
        return f"expr={quoted(self._random.choice(EXPRESSIONS))} {odd}"

    def _documents(self) -> Case:
        schema = self._random.choice(SCHEMAS)
        element = schema.partition(":")[2] or "x"
        chosen = self._random.sample(ATTRIBUTES, self._random.randrange(5))
        values = " ".join(f"{name}={quoted(self._text()[:200])}" for name in chosen)
        operation = self._random.choice(("update", "delete", "none", "insert", "insertOrUpdate", "explode", ""))
        inner = self._random.choice(
            ("", "<timeStampValue/>", "<folder name='x' _operation='none'/>", "<memoValue>x</memoValue>")
        )
        document = f'<{element} xtkschema="{schema}" _operation="{operation}" {values}>{inner}</{element}>'
        method = self._random.choice(("Write", "WriteCollection"))
        if method == "WriteCollection":
            inside = document * self._random.randrange(3)
            document = f'<{element}-collection xtkschema="{schema}">{inside}</{element}-collection>'
        target, headers, body = self._sent("xtk:persist", method, f"<p>{document}</p>")
        return Case("documents", http(target, body, headers=headers))

    def _pages(self) -> Case:
        instance = self._random.choice((*self._instances, "nobody", "", "..", "%2e%2e"))
        target = f"/{instance}/{self._random.choice(PAGES)}"
        method = self._random.choice(("GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "X"))
        headers = {"Cookie": f"__sessiontoken={self._random.choice(self._sessions).token}"}
        return Case("pages", http(target, b"", method, headers), "shut" if method == "HEAD" else "answer")

    def _stalled(self) -> Case:
        target, headers, body = self._call()
        data = http(target, body, headers=headers)
        return Case("stalled", data[: self._random.randrange(1, len(data))], "stall")

    def _half_closed(self) -> Case:
        target, headers, body = self._call()
        data = http(target, body, headers=headers)
        return Case("half closed", data if self._random.random() < 0.5 else data[: len(data) // 2], "shut")

    def _reset(self) -> Case:
        target, headers, body = self._call()
        return Case("reset", http(target, body, headers=headers), "reset")
