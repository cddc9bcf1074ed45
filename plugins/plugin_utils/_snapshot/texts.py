# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""A text of a journal for each cause: a snapshot holds no text of a server, and a copy of the fleet needs one that is
judged as the original was. Data."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

#: By the id of a cause in ``_diagnosis/cause_codes.py``.
TEXTS: t.Mapping[str, str] = {
    "address_refused": "XSV-350014 The IP address via which you are accessing the server is not accepted.",
    "answer_unreadable": "The XML is invalid: PCDATA invalid Char value 3",
    "connection_lost": "ORA-03113: end-of-file on communication channel",
    "database_data": "SQLSTATE 22001",
    "database_down": "SQLSTATE 57P03",
    "database_error": "SQLSTATE XX000",
    "database_full": "SQLSTATE 53100",
    "database_login": "SQLSTATE 28000",
    "database_rights": "SQLSTATE 42501",
    "database_schema": "ORA-00942: table or view does not exist",
    "deadlock": "PGS-220000 ERROR: deadlock detected",
    "delivery_failed": "DLV-490002 The delivery cannot be prepared.",
    "file_refused": "disk read timed out",
    "folder_rights": "QUE-370030 You do not have the rights needed on the folder.",
    "gateway_timeout": "INT-150012 HTTP query returned error type (504)",
    "http_error": "HTTP error 502: Bad Gateway",
    "lock_timeout": "SQLSTATE 55P03",
    "logon_timeout": "The logon request timed out",
    "name_not_resolved": "Could not resolve host",
    "not_connected": "Unable to connect: Connection refused.",
    "operator_disabled": "XSV-350012 Invalid login or password. Connection denied.\nSCR-160012 JavaScript error.",
    "option_not_saved": "Unable to save document of type 'Options (xtk:option)'.",
    "other_server": "APNS: the request timed out",
    "password_refused": "XSV-350012 Invalid login or password. Connection denied.",
    "peer_restarting": "Empty return for method 'Logon' of service 'xtk:session'",
    "pool_full": "SQLSTATE 53300",
    "proxy_refused": "HTTP error 407: Proxy Authentication Required",
    "recovery_conflict": "PGS-220000 ERROR: canceling statement due to conflict with recovery",
    "request_not_sent": "Request header read timeout",
    "routing_disabled": "DLV-490004 The routing is deactivated",
    "schema_mismatch": "Attribute 'x' unknown",
    "script_error": "JST-310000 Error while compiling a script",
    "service_mismatch": "SOP-330006 The method is not defined in SOAP service 'xtk:queryDef'.",
    "session_ended": "XSV-350008 Session has expired or is invalid. Please reconnect.",
    "statement_cancelled": "PGS-220000 PostgreSQL error: ERROR: canceling statement due to user request",
    "timeout": "Method 'ExecuteQuery': operation timed out (iRc=-53)",
    "tls_refused": "TLS handshake timed out",
}
#: A cause of a site's own is told by one of the same class.
OF_CLASS: t.Mapping[str, str] = {"slow": "timeout", "never_asked": "not_connected", "other": "http_error"}
#: A text that nobody knows.
UNKNOWN = "The text of this line is not in the snapshot."


def text_of(cause: str, kind: str, accounts: Sequence[str]) -> str:
    """The text of a line that says this.

    :param cause: the id of a cause; "" or one that is in no table is told by its class.
    :param kind: the class of the cause, "" where the cause is not known.
    :param accounts: the external accounts that the line names.
    """
    text = TEXTS.get(cause) or TEXTS.get(OF_CLASS.get(kind, ""), UNKNOWN)
    named = ", ".join(f"'{account}'" for account in accounts)
    return f"{text}\nExternal account: {named}" if named else text


#: What the simulator writes when its mid does not answer in time, by the cause that the snapshot has seen. Without an
#: entry it is the first one.
TIMEOUT_TEXTS: t.Mapping[str, str] = {
    "timeout": "timed_out",
    "gateway_timeout": "gateway",
    "statement_cancelled": "statement",
    "": "unnamed",
}
