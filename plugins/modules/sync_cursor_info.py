#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: sync_cursor_info
short_description: Diagnose the synchronisation cursors of an Adobe Campaign Classic instance
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads what is needed in one session with at most four queries, and says for each cursor of the workflow
    C(defaultMidSourcingDlv) whether it is healthy, and if not, why.
  - It also shows the cursors of other technical workflows of the instance, which are never moved.
  - Where a cursor looks stuck, its mid-sourcing server is asked too, see O(ask_mid).
  - A cursor is V(stuck) when the workflow fails on every run because the cursor has stopped moving (Adobe article
    KA-17742). For those a plan is returned, which M(campaign.classic.sync_cursor) carries out.
  - An instance that is misconfigured, does not answer or refuses is a verdict (V(misconfigured), V(unreachable),
    V(denied)) and not a failure of the task.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.cursor
  - campaign.classic.cursor.mids
  - campaign.classic.cursor.earlier
  - campaign.classic.cursor.judging
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
  - campaign.classic.attributes.info_module
options:
  extra_cursors:
    description:
      - Cursors of your own, or of packages that the catalogue does not know, to be shown among RV(siblings). They are
        never moved.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - The name of the option, or the beginning of the names of several, which then ends in V(_).
        type: str
        required: true
      workflow:
        description:
          - The internal name of the workflow that moves it, or the beginning of that name, which then ends in V(_).
        type: str
      label:
        description:
          - The display name of the workflow.
        type: str
      max_age:
        description:
          - A cursor older than this is V(stale). A duration.
        type: str
        default: 1d
      text:
        description:
          - The option is a text that contains a time.
        type: bool
        default: false
seealso:
  - module: campaign.classic.sync_cursor
"""

EXAMPLES = r"""
- name: Diagnose the cursors of an instance
  campaign.classic.sync_cursor_info:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
  register: diagnosis

- name: Show a cursor of your own among the siblings
  campaign.classic.sync_cursor_info:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    extra_cursors:
      - name: cusLastExport_
        workflow: nightlyExport
        max_age: 2d

- name: Classify a text of your own journals
  campaign.classic.sync_cursor_info:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    causes:
      - pattern: maintenance of the mid
        class: never_asked
        remedy: Wait for the end of the maintenance, then start the workflow.

- name: Report a cursor as stuck only if its mid-sourcing server confirms it
  campaign.classic.sync_cursor_info:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    ask_mid: require
    mids:
      - server: https://mid-eu.campaign.example.com
        name: mid-eu
        user: ops
        password: "{{ campaign_password }}"

- name: Show the verdict and why
  ansible.builtin.debug:
    msg: "{{ diagnosis.verdict }}: {{ diagnosis.reason }}"
"""

RETURN = r"""
verdict:
  description: The verdict of the instance, the worst of RV(cursors).
  returned: success
  type: str
  sample: stuck
reason:
  description: Why, as a sentence.
  returned: success
  type: str
  sample: The cursor is 2457 d behind and 2 runs failed on it.
proposal:
  description: What to do.
  returned: success
  type: str
  sample: Move the cursor.
cursors:
  description: The diagnosis of each cursor.
  returned: success
  type: list
  elements: dict
  contains: &diagnosis
    verdict:
      description: What the facts say of this cursor.
      type: str
      sample: stuck
    rule:
      description: The number of the rule that decided.
      type: int
      sample: 10
    reason:
      description: Why, as a sentence with values and thresholds.
      type: str
      sample: The cursor is 2457 d behind and 2 runs failed on it.
    proposal:
      description: What to do.
      type: str
      sample: Move the cursor.
    option:
      description: The cursor's option. Empty when there is none.
      type: str
      sample: NmsMidSourcing_LastDelivery_defaultEmailMid
    account:
      description: The internal name of its external account.
      type: str
      sample: defaultEmailMid
    workflow:
      description: The workflow that keeps it.
      type: str
      sample: defaultMidSourcingDlv
    label:
      description: What people call that workflow.
      type: str
      sample: Mid-sourcing (delivery counters)
    value:
      description: The value in UTC. Null when there is none.
      type: str
      sample: "2020-03-01 10:00:00.000Z"
    value_text:
      description: The value as the server sent it.
      type: str
      sample: "2020-03-01 10:00:00.000Z"
    server_time:
      description: The server's clock when it was read, in UTC.
      type: str
      sample: "2026-11-23 02:00:00.000Z"
    cure:
      description: V(move) when the cursor may be moved, V(none) when it is only reported.
      type: str
      sample: move
    unfinished_run:
      description: The run that wrote the present value and did not end. Empty when there is none.
      type: str
      sample: ""
    evidence:
      description:
        - The values, thresholds and journal lines behind the verdict. V(mid) in it is what the mid-sourcing server
          said, or why it was not asked; null where the cursor did not look stuck.
      type: dict
siblings_verdict:
  description:
    - The worst verdict among RV(siblings), V(not_applicable) when there is none. It does not count for RV(verdict),
      since a sibling neither prevents a cure nor asks for one.
  returned: success
  type: str
  sample: healthy
siblings:
  description:
    - Other cursors of the instance that are known to stand still in incidents of their own, and those of
      O(extra_cursors). They are judged by their own age and by the state of their workflow, whose journal is not
      read, and are never moved. What is not there is not listed.
  returned: success
  type: list
  elements: dict
  contains: *diagnosis
plans:
  description: For each stuck cursor, the change that would cure it.
  returned: success
  type: list
  elements: dict
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
      description: Stands for instance, workflow, cursor, old value and strategy. Any drift changes it.
      type: str
      sample: 9b2c1f0e0d3a
    new_value:
      description: Where the cursor would go if it were moved now. What an earlier attempt has written already stays.
      type: str
      sample: "2026-11-22 02:00:00.000Z"
    mid:
      description:
        - What the mid-sourcing server said, where it was asked. The digest binds none of it, since it changes by
          itself.
      type: dict
      contains:
        name:
          description: Its name in the inventory, else host and port.
          type: str
          sample: mid-eu
        state:
          description: V(answered); a server that was not asked, or is silent, stands in the evidence of its cursor.
          type: str
          sample: answered
        why:
          description: What went wrong, in words.
          type: str
          sample: ""
        cause:
          description: The cause that these figures name, V(mid_unreachable) or V(mid_overloaded), or nothing.
          type: str
          sample: ""
        seconds:
          description: How long the logon took.
          type: float
          sample: 0.21
        changed_since_cursor:
          description: How many deliveries changed since the cursor. Null when that could not be counted.
          type: int
          sample: 41203
        changed_since_planned:
          description: How many changed since the new value.
          type: int
          sample: 38
        changed_last_day:
          description: How many changed within the last day.
          type: int
          sample: 38
        changed_between:
          description: How many changed between the two, which the move skips. Null when that is not known.
          type: int
          sample: 41165
        counted:
          description: For V(cursor), V(planned) and V(last_day), since when was counted, and how many seconds it took.
          type: dict
unplanned:
  description: The stuck cursors for which no plan could be made, because the strategy does not fit them.
  returned: success
  type: list
  elements: dict
  contains:
    option:
      description: The cursor.
      type: str
      sample: NmsMidSourcing_LastDelivery_defaultEmailMid
    reason:
      description: Why the strategy does not fit, and what to do.
      type: str
      sample: The new value 2030-01-01 00:00:00.000Z lies in the future of the server.
url:
  description: The address that was asked, wherever it was given. Empty when it is none.
  returned: success
  type: str
  sample: https://paris.campaign.example.com/nl/jsp/soaprouter.jsp
server_time:
  description: The server's clock, in UTC. Ages are measured by it. Empty when the instance did not answer.
  returned: success
  type: str
  sample: "2026-11-23 02:00:00.000Z"
skew_seconds:
  description: How far the server's clock is ahead of the controller's.
  returned: success
  type: float
  sample: 0.4
build:
  description: The server's build.
  returned: success
  type: str
  sample: "9396"
release:
  description: The server's version. Empty where the logon does not tell, as with an access token.
  returned: success
  type: str
  sample: 7.4.3
accounts:
  description: The routing accounts, by which the instance reaches its mid-sourcing servers.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The internal name.
      type: str
      sample: defaultEmailMid
    label:
      description: The label.
      type: str
      sample: Email routing using mid-sourcing
    active:
      description: Whether it is enabled.
      type: bool
      sample: true
    server:
      description:
        - The URL of the mid-sourcing server, without a user and a password in it. Empty for an account that reaches no
          other server.
      type: str
      sample: https://mid-eu.campaign.example.com
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
from ..module_utils._operations.sync_cursor import SYNC_CURSOR_INFO


def main() -> None:
    """Entry point of the module."""
    run(SYNC_CURSOR_INFO)


if __name__ == "__main__":
    main()
