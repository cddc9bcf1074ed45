#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: sync_cursor_backfill
short_description: Fetch again what a cure of a synchronisation cursor has skipped
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - A cure moves a stuck cursor forward. Deliveries that changed in the gap, and do not change again, keep stale
    counters on the marketing instance.
  - This sets the cursor of a healthy workflow back by growing windows, a day, a week, a month. Each time the
    workflow is run and must move the cursor past where it had been.
  - What a run will take is estimated from the run before it. A window whose run would take longer than O(max_run) is
    not begun; one that took more than twice the estimate is the last; after one that fails the last good cursor is put
    back, and a run on it must succeed. It always ends on the last good cursor.
  - The mid-sourcing server is asked how many deliveries changed after O(since) and before what was fetched. It counts
    those of all its customers, so they are at most so many. Where it cannot be asked, the number is not known.
  - Of these, the first 1,000 that the instance itself has are listed. What it has never fetched it need not have.
    With O(evidence_dir) the list is written as CSV, too.
  - Nothing is sent unless the verdict is V(healthy). The workflow is started again, if the server allows it.
  - When it is killed, M(campaign.classic.sync_cursor) resumes from the mark in the option's description.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.cursor.mids
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: none
    details:
      - Each execution fetches the windows again.
options:
  cursor:
    description:
      - The option that holds the cursor.
    type: str
    required: true
  since:
    description:
      - The value of the cursor before the cure, with its time zone. Nothing older is fetched.
    type: str
    required: true
  expected_value:
    description:
      - The cursor must have this value or a later one. It is kept in the evidence before anything is sent.
    type: str
    required: true
  workflow:
    description:
      - The internal name of the workflow that keeps the cursor.
    type: str
    default: defaultMidSourcingDlv
  windows:
    description:
      - How far back, one after the other. Durations such as V(1d).
    type: list
    elements: str
    default: [1d, 7d, 30d]
  max_window:
    description:
      - The cursor is set back no further than this. If it is longer than the last of O(windows), it is the last window.
    type: str
    default: 30d
  max_run:
    description:
      - A run that is estimated to take longer is not started. A duration.
    type: str
    default: 5m
  max_age:
    description:
      - A cursor older than this is V(stale), and then nothing is sent.
    type: str
    default: 6h
  cursor_map:
    description:
      - For cursors whose name does not end in the internal name of an account, the account of each option.
    type: dict
    default: {}
  ask_mid:
    description:
      - Whether the mid-sourcing server is asked how many deliveries changed, by one logon, a counting query for the old
        value and for each window, and one logoff. It is never written to.
      - With V(auto) it is asked if there are credentials for it, from O(mids), a host of the inventory, or an
        instance of the credentials file, with the URL that the account names. With V(require) nothing is sent without
        its figures. With V(never) it is not asked.
    type: str
    choices: [auto, never, require]
    default: auto
  ask_mid_timeout:
    description:
      - Timeout of asking the mid-sourcing server, in seconds.
    type: float
    default: 30.0
  mark:
    description:
      - Write the last good value and O(run_id) into the description of the option, in the same call as the value, so
        that a backfill that was killed can be resumed.
    type: bool
    default: true
  verify_timeout:
    description:
      - How long to wait for a run, in seconds. The default is two periods of the schedule, and at least O(max_run).
    type: float
  order_timeout:
    description:
      - How long the workflow engine may take to carry out an order, in seconds.
    type: float
    default: 300.0
  poll_interval:
    description:
      - The longest time between two polls, in seconds. The first ones come sooner.
    type: float
    default: 15.0
  progress:
    description:
      - While the task waits, it prints a line every so many seconds - what it waits for, and for how long at most.
        The first line comes after 10 seconds; with V(0) there is none.
      - The lines go to standard error and are not part of the result. As a module on another host, in the
        background (C(async)) or with C(no_log) the task prints nothing.
    type: float
    default: 30.0
  evidence_dir:
    description:
      - A directory on the controller for the evidence, as with M(campaign.classic.sync_cursor).
    type: path
  run_id:
    description:
      - The name of the run, which is the directory of its evidence. Not that of the cure.
    type: str
    required: true
seealso:
  - module: campaign.classic.sync_cursor
"""

EXAMPLES = r"""
- name: Fetch again what the cure has skipped
  campaign.classic.sync_cursor_backfill:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    cursor: NmsMidSourcing_LastDelivery_defaultEmailMid
    since: "2020-03-01 10:00:00.000Z"
    expected_value: "2026-11-22 02:00:00.000Z"
    windows: [1d, 7d]
    run_id: change-4711-backfill
    poll_interval: 2
"""

RETURN = r"""
outcome:
  description:
    - V(complete) when everything since O(since) was fetched, V(partial) when it ended before that for a reason that
      RV(reason) tells, V(planned) in check mode.
    - V(refused), V(kept) and V(pending) fail the task.
  returned: always, unless the instance could not be read
  type: str
  sample: partial
reason:
  description: Why, as a sentence.
  returned: always, unless the instance could not be read
  type: str
  sample: Deliveries are fetched from 2026-10-24 02:00:00.000Z on, which is as far as allowed (max_window).
option:
  description: The cursor.
  returned: always, unless the instance could not be read
  type: str
  sample: NmsMidSourcing_LastDelivery_defaultEmailMid
since:
  description: Where the cursor stood before the cure.
  returned: always, unless the instance could not be read
  type: str
  sample: "2020-03-01 10:00:00.000Z"
covered_from:
  description: Since when everything was fetched. Empty when nothing was begun.
  returned: always, unless the instance could not be read
  type: str
  sample: "2026-10-24 02:00:00.000Z"
after:
  description: Where the cursor was last seen.
  returned: always, unless the instance could not be read
  type: str
  sample: "2026-11-23 02:10:31.000Z"
windows:
  description: What was asked for.
  returned: always, unless the instance could not be read
  type: list
  elements: dict
  contains:
    since:
      description: Where the cursor was set back to.
      type: str
      sample: "2026-11-22 02:00:00.000Z"
    deliveries:
      description:
        - How many deliveries changed since then, as the mid-sourcing server counts them. None when that is not known.
      type: int
      sample: 12
    predicted_seconds:
      description: The estimated duration of the run. None for the first one, and where there is no estimate.
      type: float
      sample: 42.0
    seconds:
      description: What it took, by the server's clock. None when it did not run.
      type: float
      sample: 38.5
    outcome:
      description: V(fetched), V(not begun), V(failed), V(interrupted) or V(planned).
      type: str
      sample: fetched
affected:
  description: Deliveries whose counters may be stale still.
  returned: always, unless the instance could not be read
  type: dict
  contains:
    count:
      description:
        - How many changed after O(since) and before RV(covered_from), as the mid-sourcing server counts those of all
          its customers. None when that is not known.
      type: int
      sample: 1500
    counted_by:
      description: The mid-sourcing server that has counted. Empty when none has.
      type: str
      sample: mid-eu
    listed:
      description:
        - How many of them the instance itself has, and are listed. Null where they were not, or could not be, read.
      type: int
      sample: 1000
    deliveries:
      description: The first 1,000, the oldest change first.
      type: list
      elements: dict
      contains:
        id:
          description: Its id.
          type: int
          sample: 9790
        internal_name:
          description: Its internal name.
          type: str
          sample: DM554
        label:
          description: Its label.
          type: str
          sample: Newsletter
        state:
          description: Its state.
          type: int
          sample: 95
        last_modified:
          description: When it changed last.
          type: str
          sample: "2022-09-26 03:13:36.480Z"
affected_file:
  description: The list as CSV, on the controller, with the names of the instance and of the cursor.
  returned: with O(evidence_dir), when there are any
  type: str
  sample: /var/lib/campaign-evidence/change-4711-backfill/mkt-paris~NmsMidSourcing_LastDelivery_eu.affected.csv
# From tools/returns.yml (make returns): steps
steps:
  description: What was done, in order, by the server's clock.
  returned: always, unless the instance could not be read
  type: list
  elements: dict
  contains:
    at:
      description: When.
      type: str
      sample: "2026-11-23 02:00:01.000Z"
    action:
      description: What.
      type: str
      sample: write
    detail:
      description: What came of it.
      type: str
      sample: accepted
evidence:
  description: The evidence file on the controller.
  returned: with O(evidence_dir)
  type: str
  sample: /var/lib/campaign-evidence/change-4711-backfill/mkt-paris.json
# From tools/returns.yml (make returns): evidence_problem
evidence_problem:
  description:
    - Which evidence could not be completed, why, and what to do, as sentences. What was done is as this result says,
      and the file may not say how it ended.
    - The playbooks show it in their last lines, and end with another exit code than 0.
  returned: when the outcome could not be added to RV(evidence)
  type: str
  sample: >-
    The evidence file /var/lib/campaign/evidence/change-4711/mkt-paris.json could not be completed (No space left on
    device): how this ended stands in this output alone. Make room there, and keep this output in its place: it says
    what stood there before.
# From tools/returns.yml (make returns): calls
calls:
  description: What the task cost the server.
  returned: always
  type: dict
  contains:
    total:
      description: All SOAP calls, repeated ones included.
      type: int
      sample: 4
    logons:
      description: Logons among them.
      type: int
      sample: 1
    writes:
      description: Calls that may change the server. V(0) in check mode.
      type: int
      sample: 0
    # From tools/returns.yml (make returns): log
    log:
      description: Every call in its order.
      returned: when O(run_id) was given
      type: list
      elements: dict
      contains:
        at:
          description: When it was sent, by the controller's clock.
          type: str
          sample: "2026-11-23T02:00:00.412Z"
        method:
          description: The SOAP method.
          type: str
          sample: xtk:persist#Write
        class:
          description: Whether it belongs to the session, reads, or may write.
          type: str
          sample: write
        outcome:
          description: V(ok), or the kind of the error.
          type: str
          sample: ok
        seconds:
          description: How long it took.
          type: float
          sample: 0.021
        attempt:
          description: How many times the same call had been sent by then.
          type: int
          sample: 1
        may_have_written:
          description: Whether it is a write that was sent and not refused, so that the server may have carried it out.
          type: bool
          sample: true
# From tools/returns.yml (make returns): server_time
server_time:
  description: The server's clock at the end, in UTC. Empty when it is not known.
  returned: when O(run_id) was given and the instance was asked
  type: str
  sample: "2026-11-23 02:00:31.000Z"
# From tools/returns.yml (make returns): skew_seconds
skew_seconds:
  description: How far the server's clock is ahead of the controller's.
  returned: when O(run_id) was given and the instance was asked
  type: float
  sample: 0.4
# From tools/returns.yml (make returns): error
error:
  description: What went wrong, as data.
  returned: when the instance could not be read, or the task failed because of an error
  type: dict
  contains:
    kind:
      description: The kind of error, such as V(denied), V(timeout), V(fault), V(conflict) or V(not_found).
      type: str
      sample: denied
    message:
      description: What happened.
      type: str
      sample: The logon was refused.
    instance:
      description: The instance it happened on.
      type: str
      sample: mkt-paris
    server_text:
      description: What the server said, verbatim.
      type: str
      sample: XSV-350012 Invalid login or password. Connection denied.
    codes:
      description: Campaign's error codes in that text.
      type: list
      elements: str
      sample: [XSV-350012]
    next_step:
      description: What to do next.
      type: str
      sample: Check user and password.
"""

from ..module_utils._operations.runner import main as run
from ..module_utils._operations.sync_cursor_backfill import SYNC_CURSOR_BACKFILL


def main() -> None:
    """Entry point of the module."""
    run(SYNC_CURSOR_BACKFILL)


if __name__ == "__main__":
    main()
