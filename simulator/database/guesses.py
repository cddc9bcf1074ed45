# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables that the technical workflows need and of which no public description was found.

That Campaign keeps delivery logs, tracking logs, events and their statistics is documented (campaign_facts, Cursor
names, The cleanup and Siblings); how these tables and their attributes are called is not. All of it is a guess and
hidden from clients, unless the switch `guessed_attributes` says otherwise.
"""

from __future__ import annotations

from .schema_types import Enumeration, Schema, attributes, enumeration, table

BROAD_LOG = "nms:broadLogRcp"
TRACKING_LOG = "nms:trackingLogRcp"
RT_EVENT = "nms:rtEvent"
RT_EVENT_STAT = "nms:rtEventStat"

LOG_STATUS: Enumeration = enumeration("""
    0 ignored Ignored
    1 sent Sent
    6 pending Pending
    7 cancelled Delivery cancelled
""")
"""The status of a delivery log; these four are known (campaign_facts, Attributes)."""

# `name` tells a message apart from all others: "<delivery>/<number>" for logs of deliveries, which is the same on both
# sides; the message's id in hex, which is also the name of a log file, for tracking (campaign_facts, Siblings).

_BROAD_LOG = attributes(
    """
    name string guess
    delivery-id long guess
    status short guess
    lastModified datetime guess
""",
    {"status": LOG_STATUS},
)

_TRACKING_LOG = attributes("""
    name string guess
    logDate datetime guess
""")

_RT_EVENT = attributes("""
    name string guess
    eventDate datetime guess
    sent boolean guess
""")

_RT_EVENT_STAT = attributes("""
    begin datetime guess
    end datetime guess
    sent long guess
""")

GUESSED: tuple[Schema, ...] = (
    table(
        BROAD_LOG,
        "Recipient delivery logs",
        _BROAD_LOG,
        natural_key="name",
        links="delivery nms:delivery",
        indexes=(("delivery-id",), ("lastModified",)),
        guessed=True,
    ),
    table(
        TRACKING_LOG,
        "Recipient tracking logs",
        _TRACKING_LOG,
        natural_key="name",
        indexes=(("logDate",),),
        guessed=True,
    ),
    table(RT_EVENT, "Real time events", _RT_EVENT, natural_key="name", indexes=(("eventDate",),), guessed=True),
    table(RT_EVENT_STAT, "Statistics of real time events", _RT_EVENT_STAT, guessed=True),
)
