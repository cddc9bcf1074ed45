#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# RFC 5545: BYDAY=1SA,MO is the first Saturday and every Monday. python-dateutil keeps numbered and plain weekdays in two filters and wants both.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
made=$(new_environment 9 python-dateutil==2.9.0.post0) || exit 2
"$made/bin/python" - <<'PYTHON'
from datetime import datetime
from importlib.metadata import version

from dateutil.rrule import rrulestr

start = datetime(2026, 11, 1, 2)
print("python-dateutil", version("python-dateutil"))
counts = {}
for days in ("1SA", "MO", "1SA,MO"):
    counts[days] = len(list(rrulestr(f"FREQ=MONTHLY;BYDAY={days};UNTIL=20261231T000000", dtstart=start)))
    print(f"FREQ=MONTHLY;BYDAY={days}: {counts[days]} starts in November and December 2026")
assert counts == {"1SA": 2, "MO": 9, "1SA,MO": 0}, "changed: RFC 5545 gives 11 for the last one"
PYTHON
