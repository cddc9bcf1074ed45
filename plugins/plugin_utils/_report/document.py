# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The document of a report: all formats are made of it and of nothing else, and the format ``json`` is the document
itself (``roles/fleet_report/files/report.schema.json``). Pure: time is a parameter."""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence

from ...module_utils._core.text import shown
from ...module_utils._core.xtk import parse_datetime
from .cures import treated_hosts
from .headline import headline
from .hosts import HostData, host_rows
from .times import iso
from .verdicts import GROUPS, WORST_FIRST

Data = dict[str, t.Any]

FORMAT = "campaign.classic/fleet-report/1"
TITLE = "Adobe Campaign fleet"


def document(
    hosts: Sequence[str],
    hostvars: Mapping[str, HostData],
    *,
    made: str,
    fleet: Mapping[str, t.Any] | None = None,
    evidence: Mapping[str, t.Any] | None = None,
    since: str = "",
    title: str = TITLE,
) -> Data:
    """The document.

    :param hosts: inventory names, each of which gets a row.
    :param hostvars: Ansible's hostvars, or ``_fleet.seen.Seen``.
    :param made: the moment of the report, as text with a time zone.
    :param fleet: what ``fleet_info`` returned, for what the sweep cost.
    :param evidence: of ``_evidence/changes.py``.
    :param since: the moment from which on cures are shown.
    :raises XtkValueError: ``made`` is no moment.
    """
    rows = host_rows(hosts, hostvars)
    treated = treated_hosts((evidence or {}).get("changes") or ())
    calls = (fleet or {}).get("calls") or {}
    found = {
        "format": FORMAT,
        "title": title,
        "made": f"{parse_datetime(made):%Y-%m-%dT%H:%M:%SZ}",
        "cures_since": iso(since),
        "headline": headline(rows, treated),
        "counts": {
            "hosts": len(rows),
            "groups": _counted([row["group"] for row in rows], GROUPS),
            "verdicts": _counted([row["verdict"] for row in rows], WORST_FIRST),
        },
        "sweep": {
            "seconds": (fleet or {}).get("seconds"),
            "calls": calls.get("total"),
            "logons": calls.get("logons"),
        },
        "hosts": rows,
        "treated": treated,
        "problems": list((evidence or {}).get("damaged") or ()),
    }
    shown_document: Data = shown(found)
    return shown_document


def _counted(words: Sequence[str], names: t.Iterable[str]) -> dict[str, int]:
    """How often each of these names occurs, 0 included."""
    numbers = Counter(words)
    return {name: numbers[name] for name in names}
