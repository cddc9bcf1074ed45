#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# RFC 5545: the hours of a DURATION are exact, only days and weeks follow the clock on the wall. icalendar and recurring-ical-events add hours to the
# wall clock too: a window of three hours lasts four in the night the clock goes back, and two in the night it goes forward. In UTC it lasts three.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
made=$(new_environment 12 icalendar==7.3.2 recurring-ical-events==3.8.2 python-dateutil==2.9.0.post0 tzdata==2026.6) || exit 2
"$made/bin/python" - <<'PYTHON'
from datetime import UTC
from importlib.metadata import version

import recurring_ical_events
from icalendar import Calendar

TEXT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//EN
BEGIN:VEVENT
UID:window
DTSTAMP:20261001T000000Z
DTSTART{start}
DURATION:PT3H
END:VEVENT
END:VCALENDAR
"""
BERLIN = ";TZID=Europe/Berlin:"
for name in ("icalendar", "recurring-ical-events"):
    print(name, version(name))


def hours(start, end):
    return (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() / 3600


lasted = {}
for start in (BERLIN + "20261024T010000", BERLIN + "20261025T010000", BERLIN + "20270328T010000", ":20261024T230000Z"):
    calendar = Calendar.from_ical(TEXT.format(start=start))
    event = calendar.events[0]
    seen = recurring_ical_events.of(calendar).between("20261001", "20270401")[0]
    lasted[start] = hours(event.start, event.end), hours(seen.start, seen.end)
    print(f"DTSTART{start} DURATION:PT3H: {event.start} to {event.end}, {lasted[start][0]} hours")
assert list(lasted.values()) == [(3, 3), (4, 4), (2, 2), (3, 3)], "changed"
PYTHON
