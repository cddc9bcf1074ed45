# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are well-formed and long: far beyond the limits of an answer, which must refuse them, and just below.

What is below a limit is read, and there the product needs the most memory: so these follow ``_core/limits.py``. The
answers are made piece by piece, as they are sent.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ansible_collections.campaign.classic.plugins.module_utils._core.limits import LONG, MODULE, SWEEP

#: Bytes of what is far beyond the limits.
HUGE = 30 * 1024 * 1024
_ENVELOPE = b'<?xml version="1.0"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>'
_END = b"</S:Body></S:Envelope>"
_ROWS = b"<ExecuteQueryResponse xmlns='urn:xtk:queryDef'><pdomOutput><option-collection>"
_ROWS_END = b"</option-collection></pdomOutput></ExecuteQueryResponse>"
_LOGON = b"<LogonResponse xmlns='urn:xtk:session'><pstrSessionToken>___token-1</pstrSessionToken><pSessionInfo>"
_LOGON_END = b"</pSessionInfo><pstrSecurityToken>@security-1==</pstrSecurityToken></LogonResponse>"

_TAG = b"<x a='1'/>"
_OPTION = b"<option id='1' name='NmsMidSourcing_Last%d' dataType='6' stringValue='a text' description='another text'/>"
#: Every kind of escape, nested, so that a search for secrets has the most to do; and a character of four bytes.
_ESCAPES = b"%2526amp;\\u0026\\x3d=3D+&amp;#37;26 %5Cu0025=26amp;"
_WIDE = "\U0001f600".encode()


@dataclass(frozen=True)
class Large:
    """One such answer.

    :param begin: what comes first; ``piece``: what is repeated, up to ``size`` bytes or ``number`` times; ``end``.
    :param module: the module that asks; ``too_much``: whether it must say that the answer is above a limit.
    """

    begin: bytes
    piece: bytes
    end: bytes
    size: int = 0
    number: int = 0
    module: str = "sync_cursor_info"
    too_much: bool = False
    kind: str = "text/xml"

    @property
    def repeated(self) -> int:
        """How often the piece is there."""
        return self.number or (self.size - len(self.begin) - len(self.end)) // len(self.piece)

    def pieces(self) -> Iterator[bytes]:
        """The answer as it is sent."""
        number = self.repeated
        length = len(self.begin) + number * len(self.piece) + len(self.end)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {self.kind}\r\nContent-Length: {length}\r\n\r\n".encode()
        at_once = max(1, 65536 // len(self.piece))
        yield head + self.begin
        for done in range(0, number, at_once):
            yield self.piece * min(at_once, number - done)
        yield self.end


@lru_cache(maxsize=1)
def bomb() -> bytes:
    """An answer that was packed unasked: some kilobytes, and thirty megabytes."""
    body = gzip.compress(_ENVELOPE + _TAG * (HUGE // len(_TAG)) + _END)
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def after_logon() -> bytes:
    """The answer to a logon that succeeds."""
    body = _ENVELOPE + _LOGON + b"<sessionInfo/>" + _LOGON_END + _END
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(body) + body


_OTHER, _QUERY = MODULE.other, MODULE.query
_FAULT, _FAULT_END = _ENVELOPE + b"<S:Fault><faultstring>", b"</faultstring></S:Fault>" + _END
_PAGE, _PAGE_END = b"<!DOCTYPE html><html><body>", b"</body></html>"
_TABLE, _TABLE_END = _ENVELOPE + _ROWS, _ROWS_END + _END
_MEMO, _MEMO_END = _TABLE + b"<option name='a' dataType='12' id='1'><memoValue>", b"</memoValue></option>" + _TABLE_END


#: Answers to a logon.
OF_LOGON: Mapping[str, Large] = {
    "5-mb-of-tags": Large(_ENVELOPE, _TAG, _END, size=5 * 1024**2, too_much=True),
    "5-mb-in-a-logon": Large(_ENVELOPE + _LOGON, _TAG, _LOGON_END + _END, size=5 * 1024**2, too_much=True),
    "30-mb-of-tags": Large(_ENVELOPE, _TAG, _END, size=HUGE, too_much=True),
    "30-mb-fault": Large(_FAULT, b"a text ", _FAULT_END, size=HUGE, too_much=True),
    "30-mb-page": Large(_PAGE, b"<p>a text", _PAGE_END, size=HUGE, kind="text/html", too_much=True),
    "most-tags": Large(_ENVELOPE + _LOGON, _TAG, _LOGON_END + _END, number=_OTHER.marks - 20),
    "most-tags-sweep": Large(_ENVELOPE + _LOGON, _TAG, _LOGON_END + _END, number=SWEEP.other.marks - 20),
    "longest-fault-sweep": Large(_FAULT, _ESCAPES, _FAULT_END, size=SWEEP.other.size),
    "longest-fault": Large(_FAULT, _ESCAPES, _FAULT_END, size=_OTHER.size),
    "longest-page": Large(_PAGE, _ESCAPES, _PAGE_END, size=_OTHER.size, kind="text/html"),
    "longest-token": Large(_ENVELOPE + b"<LogonResponse><a>", b"token", b"</a><b/><c>x</c></LogonResponse>" + _END,
                           size=_OTHER.size),
    "entities-of-utf-7": Large(_ENVELOPE.replace(b'"1.0"', b'"1.0" encoding="UTF-7"'), b"+ADw-x/+AD4-", _END,
                               size=_OTHER.size),
}  # fmt: skip

#: Answers to a query, after a logon.
OF_QUERY: Mapping[str, Large] = {
    "30-mb-of-rows": Large(_TABLE, _OPTION, _TABLE_END, size=HUGE, too_much=True),
    "30-mb-text": Large(_MEMO, b"a text ", _MEMO_END, size=HUGE, module="option_info",
                        too_much=True),
    "most-rows": Large(_TABLE, _OPTION, _TABLE_END, number=_QUERY.marks // 5 - 20),
    "many-rows-sweep": Large(_TABLE, _OPTION, _TABLE_END, number=LONG.marks // 5 - 20),
    "many-tags-sweep": Large(_TABLE, _TAG, _TABLE_END, number=LONG.marks - 20),
    "most-rows-sweep": Large(_TABLE, _OPTION, _TABLE_END, number=SWEEP.query.marks // 5 - 20),
    "most-rows-query": Large(_TABLE, _TAG, _TABLE_END, number=_QUERY.marks - 20, module="query"),
    "most-rows-info": Large(_TABLE, _OPTION, _TABLE_END, number=_QUERY.marks // 5 - 20,
                            module="option_info"),
    "longest-text": Large(_MEMO, b"a text ", _MEMO_END, size=_QUERY.size, module="query"),
    "longest-escapes": Large(_MEMO + _WIDE, _ESCAPES, _MEMO_END, size=_QUERY.size, module="query"),
    "longest-option": Large(_MEMO + _WIDE, _ESCAPES, _MEMO_END, size=_QUERY.size,
                            module="option_info"),
    "longest-bad-text": Large(_MEMO, b"&#1; a text \x01" + b"x" * 100, _MEMO_END, size=_QUERY.size, module="query"),
    "longest-fault-query": Large(_FAULT + _WIDE, _ESCAPES, _FAULT_END, size=_QUERY.size),
    "longest-page-query": Large(_PAGE, b"<p>" + b"a text " * 200, _PAGE_END, size=_QUERY.size, kind="text/html"),
}  # fmt: skip

LARGE: Mapping[str, Large] = {**OF_LOGON, **OF_QUERY}
