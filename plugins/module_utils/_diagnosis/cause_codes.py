# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Why runs fail: the known causes, and the codes that name them. Data; the words are in ``_diagnosis/cause_words.py``.

A code names a cause in any language. Some codes only wrap a cause (``PGS-220000``, ``SCR-160012``, ``INT-150012``,
``SOP-330011``, ``ORA-06512``, SQLSTATE ``HY000``): they are in no table here, and what they wrap decides.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

#: ``slow``: the other server got the query and did not answer in time; only this is evidence for a stuck cursor.
#: ``never_asked``: the query was never sent. ``other``: it failed for another reason.
CauseKind = t.Literal["slow", "never_asked", "other"]
KINDS: tuple[str, ...] = t.get_args(CauseKind)


@dataclass(frozen=True)
class Cause:
    """Why a run failed, and what helps.

    :param remedy: what the operator should do, as sentences.
    :param source: where the sign is documented.
    """

    id: str
    kind: CauseKind
    remedy: str
    source: str

    @property
    def is_slow(self) -> bool:
        """Whether it is evidence for a cursor too far behind."""
        return self.kind == "slow"

    @property
    def rules_out(self) -> bool:
        """Whether moving a cursor cannot cure this cause."""
        return self.kind != "slow"


_START = " A run from where the cursor stands may then succeed: start the workflow, and nothing is lost."

#: In the order of precedence: causes that rule a cursor out before evidence for it, specific ones before general ones.
CAUSES: tuple[Cause, ...] = (
    Cause(
        "address_refused",
        "other",
        "The mid-sourcing server refuses this instance's IP address: have the address added to the security zone of "
        "the operator there.",
        "KA-14724",
    ),
    Cause(
        "operator_disabled",
        "other",
        "A logon was refused within a script of the workflow: see that the operator under whom the workflow runs is "
        "enabled. If it is, see that the password in the external account is the one set on the mid-sourcing server.",
        "KA-19458, KA-16946",
    ),
    Cause(
        "password_refused",
        "other",
        "A logon was refused: see that the password in the external account is the one set on the mid-sourcing server, "
        "and that the operator under whom the workflow runs is enabled.",
        "KA-16946",
    ),
    Cause(
        "peer_restarting",
        "never_asked",
        "The mid-sourcing server restarts while the workflow runs: wait for the next run; if it happens every day, "
        "shift the schedule of the workflow by five to ten minutes.",
        "KA-05406",
    ),
    Cause(
        "session_ended",
        "never_asked",
        "The session had ended before the question was put: restart the workflow, so that it logs on again. If it "
        "happens again, look at the session time-outs of the servers and of what stands between them.",
        "Adobe's JavaScript SDK (XSV-350008)",
    ),
    Cause(
        "recovery_conflict",
        "never_asked",
        "A standby database gave way to the copying of its primary: ask the primary, or allow the standby more delay."
        + _START,
        "PostgreSQL, hot standby",
    ),
    Cause(
        "deadlock",
        "other",
        "The database broke a deadlock: restart the workflow. Builds 9026 and later repeat such a statement by "
        "themselves.",
        "KA-23471, KA-14033",
    ),
    Cause(
        "lock_timeout",
        "never_asked",
        "The database waited for a lock of somebody else: see who holds it." + _START,
        "PostgreSQL 55P03, ORA-00054, SQL Server 1222, MySQL 1205",
    ),
    Cause(
        "pool_full",
        "never_asked",
        "No connection was free (pool, licence or database limit): see what holds them, and raise the limit if that "
        "is not it." + _START,
        "PostgreSQL 53300, ORA-00018, ORA-12519, MySQL 1040",
    ),
    Cause(
        "name_not_resolved",
        "never_asked",
        "The name of the server was not resolved: see the URL in the external account, and the name service of this "
        "server." + _START,
        "curl 5 and 6",
    ),
    Cause(
        "proxy_refused",
        "other",
        "A proxy between the two servers refuses: see the proxy in the configuration of this server, and its login.",
        "HTTP 407",
    ),
    Cause(
        "tls_refused",
        "other",
        "The TLS connection to the mid-sourcing server failed: check its certificate, and which certificates this "
        "server trusts.",
        "KA-17298",
    ),
    Cause(
        "other_server",
        "never_asked",
        "Another server than the mid-sourcing server did not answer in time: check it." + _START,
        "the text names it (mail, LDAP, FTP, licences, identity)",
    ),
    Cause(
        "logon_timeout",
        "never_asked",
        "The logon was not answered in time, so nothing was asked: see that the server that was to be logged on to is "
        "available." + _START,
        "ODBC (login timeout), ORA-03136",
    ),
    Cause(
        "not_connected",
        "never_asked",
        "No connection came about: see that the server is up, and that firewalls and routes between the two servers "
        "let it through." + _START,
        "strerror ETIMEDOUT and ECONNREFUSED, curl 7 and 28, ORA-12170, HTTP 522",
    ),
    Cause(
        "request_not_sent",
        "never_asked",
        "The question could not be sent in time: look at the network and the proxies between the two servers." + _START,
        "HTTP 408",
    ),
    Cause(
        "connection_lost",
        "other",
        "A connection was broken while the run was on: see whether a server was restarted, and what between the two "
        "servers closes connections.",
        "SQLSTATE 08006 and 57P01, ORA-03113, MySQL 2006, curl 52 and 56",
    ),
    Cause(
        "folder_rights",
        "other",
        "The operator lacks rights on a folder, which can look like a missing record: grant them, then restart the "
        "workflow.",
        "KA-17657, KA-19400",
    ),
    Cause(
        "routing_disabled",
        "other",
        "The routing account is disabled: enable it, or take it out of use everywhere.",
        "KA-23329",
    ),
    Cause(
        "schema_mismatch",
        "other",
        "The schemas of the two servers differ: deploy the same schemas and the same build on both.",
        "KA-19367",
    ),
    Cause(
        "script_error",
        "other",
        "A JavaScript library does not compile: repair or reinstall it. A built-in workflow needs no script of yours.",
        "Adobe's error codes (JST-310000)",
    ),
    Cause(
        "database_rights",
        "other",
        "The database refuses a statement: give the instance's database account the rights that it lacks.",
        "SQLSTATE 42501, ORA-01031, SQL Server 229",
    ),
    Cause(
        "database_login",
        "other",
        "The database refuses the instance's account: see its password, and whether it is locked or has expired.",
        "SQLSTATE class 28, ORA-28001, SQL Server 18456",
    ),
    Cause(
        "database_full",
        "other",
        "A disk, a table space or the memory of a server is full: make room, then restart the workflow.",
        "SQLSTATE 53100 and 53200, ORA-01653, SQL Server 1105 and 9002",
    ),
    Cause(
        "database_schema",
        "other",
        "The database lacks a table, a column or a function, or is at the end of a sequence: finish the upgrade of the "
        "instance (update of the database structure), or have it repaired.",
        "SQLSTATE 42P01, 42703 and 2200H, ORA-00942, SQL Server 208",
    ),
    Cause(
        "database_data",
        "other",
        "The database refuses a value: look at the record that the text names.",
        "SQLSTATE classes 22 and 23",
    ),
    Cause(
        "database_down",
        "other",
        "The database is down, starts, or only reads: wait until it is available, then restart the workflow.",
        "SQLSTATE 57P03 and 25006, ORA-01034, ORA-12514",
    ),
    Cause(
        "database_error",
        "other",
        "The database failed: look at its log.",
        "SQLSTATE classes 40, 42, 53, 54, 58 and XX",
    ),
    Cause(
        "file_refused",
        "other",
        "A file cannot be read or written: see its rights, and that the disk is there and has room.",
        "nothing that Adobe publishes: a guess (BAS-010015)",
    ),
    Cause(
        "delivery_failed",
        "other",
        "A delivery is in a state of its own: see the delivery that the text names.",
        "Adobe's error codes (DLV-490002, DLV-490009, DLV-490118)",
    ),
    Cause(
        "service_mismatch",
        "other",
        "The other server does not know what it is asked: see that the URL of the account is that of a Campaign "
        "server, and that both have the same build.",
        "SOP-330006, SOP-330024, XFR-180000",
    ),
    Cause(
        "answer_unreadable",
        "other",
        "An answer is no XML that can be read: look at the data that it holds (control characters), and at what stands "
        "between the two servers.",
        "XML 1.0, section 2.2",
    ),
    Cause(
        "option_not_saved",
        "other",
        "The workflow may not save its cursor, and so would not move it after a cure either: give the operator under "
        "whom it runs the right to write options.",
        "seen by others (XSV-350023)",
    ),
    Cause(
        "http_error",
        "other",
        "What stands before the mid-sourcing server, or the server itself, refuses (see the HTTP status): look at its "
        "log, and at the URL in the external account.",
        "KA-16297 (INT-150012)",
    ),
    Cause(
        "gateway_timeout",
        "slow",
        "A gateway gave up before the mid-sourcing server answered: if the cursor lies far behind, move it; else "
        "compare the time limits of the gateways between the two servers.",
        "KA-14217",
    ),
    Cause(
        "statement_cancelled",
        "slow",
        "The database cancelled a slow statement: if the cursor lies far behind, move it; else look for a "
        "missing index.",
        "KA-23951",
    ),
    Cause(
        "timeout",
        "slow",
        "A question took longer than it was given: if the cursor lies far behind, move it.",
        "KA-17742 tells of the timeout, but not of its text",
    ),
)
BY_ID: t.Mapping[str, Cause] = {cause.id: cause for cause in CAUSES}

# -- codes, by their place in a text -----------------------------------------------------------------------------------

#: Campaign's own. A code that is missing here wraps a cause, or is unknown.
CAMPAIGN: t.Mapping[str, str] = {
    "XSV-350008": "session_ended",
    "XSV-350012": "password_refused",
    "XSV-350013": "address_refused",
    "XSV-350014": "address_refused",
    "XSV-350023": "option_not_saved",
    "XSV-350063": "database_down",
    "XSV-350176": "password_refused",
    "XTK-170065": "password_refused",
    "XTK-170024": "schema_mismatch",
    "XTK-170036": "schema_mismatch",
    "QUE-370023": "folder_rights",
    "QUE-370030": "folder_rights",
    "DLV-490002": "delivery_failed",
    "DLV-490004": "routing_disabled",
    "DLV-490009": "delivery_failed",
    "DLV-490118": "delivery_failed",
    "IOB-090013": "tls_refused",
    "IOB-090020": "tls_refused",
    "JST-310000": "script_error",
    "BAS-010015": "file_refused",
    "SOP-330006": "service_mismatch",
    "SOP-330024": "service_mismatch",
    "XFR-180000": "service_mismatch",
    "RED-520025": "not_connected",
}

#: ``ORA-nnnnn``.
ORACLE: t.Mapping[int, str] = {
    **dict.fromkeys((1013, 40), "statement_cancelled"),
    12609: "timeout",
    60: "deadlock",
    **dict.fromkeys((54, 2049, 4020, 4021, 30006), "lock_timeout"),
    **dict.fromkeys((18, 19, 20, 2391, 12516, 12518, 12519, 12520, 24418, 24459), "pool_full"),
    **dict.fromkeys((3136, 12606), "logon_timeout"),
    **dict.fromkeys((12154, 12545), "name_not_resolved"),
    **dict.fromkeys((12170, 12203, 12535, 12541, 12543, 12560), "not_connected"),
    12608: "request_not_sent",
    **dict.fromkeys((28, 2396, 2399, 3113, 3114, 3135, 12152, 12537, 12547, 12571), "connection_lost"),
    1031: "database_rights",
    **dict.fromkeys((1005, 1017, 1045, 28000, 28001, 28002, 28003, 28040), "database_login"),
    **dict.fromkeys(
        (257, 1144, 1536, 1562, 1628, 1631, 1632, 1652, 1653, 1654, 1655, 1658, 1659, 1688, 1691), "database_full"
    ),
    **dict.fromkeys((1692, 4030, 4031, 19502, 27072, 30036), "database_full"),
    1555: "database_error",
    **dict.fromkeys((904, 942, 980, 2289, 4043, 4063, 6550, 8004), "database_schema"),
    **dict.fromkeys((1, 1400, 1407, 1438, 1722, 2291, 2292, 12899), "database_data"),
    **dict.fromkeys((1033, 1034, 1035, 1089, 1090, 1092, 1109, 12505, 12514, 12528, 16000), "database_down"),
    **dict.fromkeys((600, 7445, 1578, 8177), "database_error"),
}

#: SQLSTATE, in full or by class (the first two characters). The ODBC states for timeouts are among them.
SQLSTATE: t.Mapping[str, str] = {
    "57014": "statement_cancelled",
    "25P04": "timeout",
    "55P03": "lock_timeout",
    "40P01": "deadlock",
    "40001": "deadlock",
    "53300": "pool_full",
    "HYT01": "not_connected",
    "08001": "not_connected",
    "08004": "not_connected",
    "08003": "connection_lost",
    "08006": "connection_lost",
    "08S01": "connection_lost",
    "57P01": "connection_lost",
    "57P02": "connection_lost",
    "57P05": "session_ended",
    "25P03": "session_ended",
    "57033": "deadlock",
    "57P03": "database_down",
    "25006": "database_down",
    "42501": "database_rights",
    "53100": "database_full",
    "53200": "database_full",
    "58030": "database_full",
    "2200H": "database_schema",
    "42P01": "database_schema",
    "42703": "database_schema",
    "42883": "database_schema",
    "42S02": "database_schema",
    "42S22": "database_schema",
    "3D000": "database_schema",
    "3F000": "database_schema",
    "08": "not_connected",
    "22": "database_data",
    "23": "database_data",
    "28": "database_login",
    "40": "database_error",
    "42": "database_error",
    "53": "database_error",
    "54": "database_error",
    "55": "database_error",
    "58": "database_error",
    "XX": "database_error",
}

#: The numbers of SQL Server, MySQL and Windows sockets, where a text says that the number is an error's.
NUMBERS: t.Mapping[int, str] = {
    **dict.fromkeys((-2, 1969, 3024), "timeout"),
    1213: "deadlock",
    **dict.fromkeys((1205, 1222, 3572), "lock_timeout"),
    **dict.fromkeys((1040, 1203, 1226), "pool_full"),
    **dict.fromkeys((11001, 11004), "name_not_resolved"),
    **dict.fromkeys((2002, 2003, 10060, 10061, 10065), "not_connected"),
    **dict.fromkeys((2006, 2013, 10053, 10054), "connection_lost"),
    **dict.fromkeys((229, 1142, 1143), "database_rights"),
    **dict.fromkeys((1044, 1045, 18456, 18487, 18488), "database_login"),
    **dict.fromkeys((701, 1101, 1105, 1114, 9002), "database_full"),
    **dict.fromkeys((207, 208, 1054, 1146), "database_schema"),
    4060: "database_down",
}

#: HTTP statuses, where a text says that a number is a status. All others from 300 are ``http_error``.
HTTP: t.Mapping[int, str] = {
    # The gateway forwarded the request and waited; 524 and 598 mean the same for content networks and proxies.
    **dict.fromkeys((504, 524, 598), "gateway_timeout"),
    # The server waited for the request.
    408: "request_not_sent",
    407: "proxy_refused",
    **dict.fromkeys((521, 522, 523, 599), "not_connected"),
    **dict.fromkeys((495, 496, 525, 526), "tls_refused"),
}
#: A status that only wraps what its page says: it counts as a cause only where no other cause is found.
WRAPPER_STATUS = 500

#: curl's numbers. 28 (timeout) does not say of what: the words beside it do.
CURL: t.Mapping[int, str] = {
    **dict.fromkeys((5, 6), "name_not_resolved"),
    7: "not_connected",
    **dict.fromkeys((35, 51, 53, 54, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91), "tls_refused"),
    **dict.fromkeys((18, 52, 55, 56), "connection_lost"),
    97: "proxy_refused",
}

#: Db2's: ``SQLnnnnN``.
DB2: t.Mapping[int, str] = {
    952: "statement_cancelled",
    **dict.fromkeys((911, 913), "deadlock"),
    **dict.fromkeys((30081, 1336), "not_connected"),
    **dict.fromkeys((900, 1024, 1224), "connection_lost"),
    **dict.fromkeys((551, 552), "database_rights"),
    30082: "database_login",
    **dict.fromkeys((289, 954, 955, 964, 968), "database_full"),
    **dict.fromkeys((204, 206), "database_schema"),
}

#: ``errno`` of the system; 60 is ETIMEDOUT of a BSD.
ERRNO: t.Mapping[int, str] = {
    **dict.fromkeys((1, 2, 13, 23, 24, 30), "file_refused"),
    **dict.fromkeys((12, 28, 122), "database_full"),
    **dict.fromkeys((60, 101, 110, 111, 112, 113), "not_connected"),
    **dict.fromkeys((32, 103, 104), "connection_lost"),
}
