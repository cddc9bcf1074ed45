#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: sync_cursor
short_description: Cure a stuck synchronisation cursor of an Adobe Campaign Classic instance, and prove it
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Moves the stuck cursors of one workflow to a recent time, runs the workflow and waits until the workflow
    itself has moved them further. That last step is the proof (Adobe article KA-17742).
  - The instance is diagnosed again first. Nothing is written unless the verdict is V(stuck) and the cursor still
    holds the expected value. A run that is in progress is a reason to refuse. Only one that an attempt of ours may
    have begun, or that only concerns another cursor of the workflow, is waited for; and one on a value on which an
    earlier run has failed is stopped.
  - With several cursors, it moves one, runs the workflow, diagnoses again, and only then moves the next. The cursor
    whose account the journal names comes first, else the oldest. If nothing shows which account is too slow, they are
    tried each alone, then two together, and so on, at most 15 times; one that was moved without success is put back
    before the next try. Each has its own outcome.
  - When the run fails as before, the old value is put back. A workflow that was found started or failed is
    left started; one that had been stopped, with O(start_stopped=true), is left stopped.
  - A task that is interrupted (Ctrl-C, SIGTERM, SIGHUP, its C(timeout), the end of ansible-playbook) starts the
    workflow again that it has stopped, logs off and ends within ten seconds. Its outcome is V(refused) before the
    write, and V(pending) after it; the same task resumes from there.
  - A cure that was killed is resumed by the next one, from what the server shows and from O(earlier).
  - Campaign has no lock. A cursor is read right before it is written and read back, and the state of the workflow is
    checked before each order; if a second run or a person acts meanwhile, the task ends. A race remains only
    if both write between the last read and the write of one of them. With O(mark=true) the run that
    wrote first then sees the name of the other and ends.
  - Deliveries that changed between the old and the new value, and do not change again, keep stale counters on
    the marketing instance; the mid-sourcing instance keeps the true ones.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.cursor
  - campaign.classic.cursor.mids
  - campaign.classic.cursor.earlier
  - campaign.classic.cursor.judging
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  plans:
    description:
      - The plans of one workflow, as M(campaign.classic.sync_cursor_info) returned them in
        RV(campaign.classic.sync_cursor_info#module:plans). A cursor without a plan is never moved.
      - Each is checked against its digest, and must be of this instance. A plan that was changed or is
        incomplete is refused by its name, and nothing is sent.
      - O(workflow), O(strategy) and O(lookback) are then taken from the plans.
    type: list
    elements: dict
    version_added: 1.0.0
    suboptions:
      instance:
        description:
          - The instance that the plan was made for.
        type: str
      workflow:
        description:
          - The workflow that keeps the cursor. It is the same in all plans of a task.
        type: str
      option:
        description:
          - The option that holds the cursor.
        type: str
      account:
        description:
          - The internal name of its external account, for the record.
        type: str
      old_value:
        description:
          - The value that the cursor must still hold.
        type: str
      strategy:
        description:
          - How the new value is chosen, as in O(strategy).
        type: str
        choices: [lookback, now, explicit]
      lookback_seconds:
        description:
          - How far back, in seconds. It belongs to V(lookback).
        type: int
      explicit_value:
        description:
          - The new value. It belongs to V(explicit).
        type: str
      allow_backwards:
        description:
          - Must be V(false) where it is given, since a cure moves no cursor backwards.
        type: bool
      digest:
        description:
          - The digest over the instance, the workflow, the option, its old value, and the strategy with what belongs to
            it.
        type: str
      new_value:
        description:
          - The new value when the plan was made. It is ignored.
        type: str
      mid:
        description:
          - The figures of the mid-sourcing server when the plan was made. They are ignored.
        type: dict
  cursor:
    description:
      - The option that holds the cursor, if there is no plan. Use O(cursors) for several of one workflow.
    type: str
  expected_value:
    description:
      - The value that the cursor must still hold, as M(campaign.classic.sync_cursor_info) returned it in a plan as
        RV(campaign.classic.sync_cursor_info#module:plans[].old_value).
    type: str
  account:
    description:
      - The internal name of the external account, for the record.
    type: str
  cursors:
    description:
      - The cursors of O(workflow) that may be moved. A cursor that is not listed is never moved.
    type: list
    elements: dict
    suboptions:
      cursor:
        description:
          - The option that holds the cursor.
        type: str
        required: true
      expected_value:
        description:
          - The value that it must still hold.
        type: str
        required: true
      account:
        description:
          - The internal name of its external account, for the record.
        type: str
  workflow:
    description:
      - The internal name of the workflow that keeps the cursor.
    type: str
    default: defaultMidSourcingDlv
  on_failure:
    description:
      - Whether the old value is restored if the run fails for the same reason as before, or with a text that nobody
        knows. When it fails for a known other reason the new value stays, unless another cursor of the workflow may be
        why it failed and nothing shows which of them had to be moved.
      - A cursor that was moved without success is put back before another one is tried, in any case.
    type: str
    choices: [restore, keep]
    default: restore
  confirm:
    description:
      - After the proof, wait for a second run, which the scheduler starts, to move the cursor again. That is waited
        for as long as for the proof; when it does not come, the outcome stays V(cured). When it comes and fails, it
        is V(kept).
    type: bool
    default: false
  mark:
    description:
      - Write the old value, the new value and O(run_id) into the description of the option, in the same call as the
        value. Whoever looks at the option sees it, and a cure that was killed is resumed even when the evidence on
        the controller is lost.
      - The description is put back together with the old value. After a good end the mark stays; the next cure replaces
        it.
    type: bool
    default: false
  force:
    description:
      - Stop the workflow unconditionally when an ordinary stop has not ended within O(order_timeout).
    type: bool
    default: false
  verify_timeout:
    description:
      - How long to wait for the proof, in seconds. The default is two periods of the schedule that the
        workflow shows.
    type: float
  order_timeout:
    description:
      - How long the workflow engine may take to carry out an order, in seconds.
      - An order whose answer was lost, and of which the workflow shows nothing for 7 seconds (15 after a timeout), is
        sent again, at most three times in all.
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
      - A directory on the controller. The intent, with the old value, is written below it before anything is
        sent, and the
        outcome afterwards.
    type: path
  run_id:
    description:
      - The name of the run, which is the directory of its evidence.
    type: str
seealso:
  - module: campaign.classic.sync_cursor_info
"""

EXAMPLES = r"""
- name: Diagnose
  campaign.classic.sync_cursor_info:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
  register: diagnosis

- name: Cure the stuck cursors, and prove it
  campaign.classic.sync_cursor:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    plans: "{{ diagnosis.plans | selectattr('workflow', 'eq', item) }}"
    evidence_dir: "{{ playbook_dir }}/evidence"
    run_id: change-4711
    mark: true
    poll_interval: 2
  loop: "{{ diagnosis.plans | map(attribute='workflow') | unique }}"

- name: Cure all accounts of a workflow in one task, without a plan
  campaign.classic.sync_cursor:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    cursors:
      - cursor: NmsMidSourcing_LastDelivery_defaultEmailMid
        expected_value: "2020-03-01 10:00:00.000Z"
    poll_interval: 2
"""

RETURN = r"""
outcome:
  description:
    - How the cure ended; of several cursors the worst, in the order V(pending), V(kept), V(restored), V(refused),
      V(cured_with_warnings), V(cured), V(confirmed), V(unchanged). In check mode V(planned).
    - V(pending), V(kept), V(restored) and V(refused) fail the task.
    - V(refused) is also how a cursor ends whose verdict is V(running); nothing is sent, and nothing is waited for.
  returned: always, unless the instance could not be read
  type: str
  sample: cured
reason:
  description: Why, as a sentence.
  returned: always, unless the instance could not be read
  type: str
  sample: The workflow ran and moved its cursor itself.
plan:
  description: What was to be done to the cursor whose outcome this is. So are the values below.
  returned: always, unless the instance could not be read
  type: dict
  contains:
    instance:
      description: The instance it was made for.
      type: str
      sample: mkt-paris
    workflow:
      description: The workflow to run afresh.
      type: str
      sample: defaultMidSourcingDlv
    option:
      description: The cursor to move.
      type: str
      sample: NmsMidSourcing_LastDelivery_defaultEmailMid
    account:
      description: Its external account.
      type: str
      sample: defaultEmailMid
    old_value:
      description: The value that the plan was made for.
      type: str
      sample: "2020-03-01 10:00:00.000Z"
    strategy:
      description: Where the cursor goes.
      type: str
      sample: lookback
    lookback_seconds:
      description: How far back, in seconds, with the strategy V(lookback).
      type: int
      sample: 86400
    explicit_value:
      description: The value of the strategy V(explicit).
      type: str
    allow_backwards:
      description: Whether an explicit value may lie before the old one.
      type: bool
      sample: false
digest:
  description: The digest of the plan.
  returned: always, unless the instance could not be read
  type: str
  sample: 9b2c1f0e0d3a
diagnosis:
  description: The diagnosis that came before the first write, as in M(campaign.classic.sync_cursor_info).
  returned: always, unless the instance could not be read
  type: dict
old_value:
  description: The value before the cure.
  returned: always, unless the instance could not be read
  type: str
  sample: "2020-03-01 10:00:00.000Z"
written:
  description: The value that was written. Null when nothing was.
  returned: always, unless the instance could not be read
  type: str
  sample: "2026-11-22 02:00:00.000Z"
after:
  description: The value as it was last read.
  returned: always, unless the instance could not be read
  type: str
  sample: "2026-11-23 02:00:31.000Z"
moves:
  description: What became of each cursor.
  returned: always, unless the instance could not be read
  type: list
  elements: dict
  contains:
    option:
      description: The cursor.
      type: str
      sample: NmsMidSourcing_LastDelivery_defaultEmailMid
    account:
      description: Its external account.
      type: str
      sample: defaultEmailMid
    outcome:
      description: How it ended.
      type: str
      sample: cured
    reason:
      description: Why, as a sentence.
      type: str
      sample: The workflow ran and moved its cursor itself.
    old_value:
      description: The value before the cure, also when an earlier attempt had moved it already.
      type: str
      sample: "2020-03-01 10:00:00.000Z"
    written:
      description: The value that was written, by this or by an earlier attempt. Null when nothing was.
      type: str
      sample: "2026-11-22 02:00:00.000Z"
    unsure:
      description:
        - Whether the answer to that write was lost, and nothing showed that it has arrived. It may land later.
      type: bool
      sample: false
    back_lost:
      description:
        - The same for the write that was to put the old value back.
      type: bool
      sample: false
    undone:
      description: Whether the old value stands again, or still, and nothing more of what was written is to be expected.
      type: bool
      sample: false
    after:
      description: The value as it was last read.
      type: str
      sample: "2026-11-23 02:00:31.000Z"
    changed_between:
      description:
        - How many deliveries changed between the old value and the new one, as the mid-sourcing server said before the
          write. Null when it was not asked, or could not tell.
      type: int
      sample: 41165
    resumed_run:
      description: The earlier run that had written the value and did not end. Empty when there is none.
      type: str
      sample: ""
    digest:
      description: The digest of its plan.
      type: str
      sample: 9b2c1f0e0d3a
found_stopped:
  description: Whether somebody had stopped the workflow before, as far as this task or an earlier attempt has seen.
  returned: always, unless the instance could not be read
  type: bool
  sample: false
left_stopped:
  description:
    - Whether an order of this task may have left the workflow stopped. The next run starts it then.
    - False where somebody else had stopped it before, or has meanwhile.
  returned: always, unless the instance could not be read
  type: bool
  sample: false
stood:
  description: Where the cursors stood that the workflow asks for, before anything was sent, by option.
  returned: always, unless the instance could not be read. Empty where the cure was refused before it had compared them
  type: dict
  sample:
    NmsMidSourcing_LastDelivery_eu_mid: "2020-03-01 00:00:00.000Z"
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
errors:
  description: Journal errors of the run that followed.
  returned: always, unless the instance could not be read
  type: list
  elements: str
  sample: []
# From tools/returns.yml (make returns): evidence
evidence:
  description: The evidence file on the controller.
  returned: when O(evidence_dir) was given, not in check mode
  type: str
  sample: /var/lib/campaign/evidence/change-4711/mkt-paris.json
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
from ..module_utils._operations.sync_cursor import SYNC_CURSOR


def main() -> None:
    """Entry point of the module."""
    run(SYNC_CURSOR)


if __name__ == "__main__":
    main()
