#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# RFC 5545: BYSETPOS counts in the whole week, from its first day. python-dateutil counts in the first week from DTSTART on: a start that the rule gives
# is left out, or one that it does not give is there. With a month as the period it counts in the whole month.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
cat > look.py <<'PYTHON'
from datetime import datetime
from importlib.metadata import version

from dateutil.rrule import rrulestr

print("python-dateutil", version("python-dateutil"))
ROWS = (  # DTSTART in December 2026, the rule, the first two days by RFC 5545, and those seen; 1 December is a Tuesday
    (1, "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=2", "Dec 1, Dec 8", "Dec 8, Dec 15"),
    (2, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=3", "Dec 2, Dec 9", "Dec 4, Dec 9"),
    (2, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-3", "Dec 2, Dec 9", "Dec 2, Dec 9"),
    (3, "FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=3", "Dec 3, Jan 7", "Dec 3, Jan 7"),
)
for day, rule, right, expected in ROWS:
    first = zip(rrulestr(rule, dtstart=datetime(2026, 12, day, 8)), range(2))
    found = ", ".join(f"{start:%b} {start.day}" for start, _ in first)
    print(f"  from Dec {day}, {rule}: {found}" + ("" if found == right else f" (RFC 5545: {right})"))
    assert found == expected, "changed"
PYTHON
for release in 2.9.0.post0 4.0.0; do
  made=$(new_environment 11 "python-dateutil==$release") || exit 2
  "$made/bin/python" look.py || exit 1
done
