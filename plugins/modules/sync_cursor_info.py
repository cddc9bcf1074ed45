#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: sync_cursor_info
short_description: Diagnose the synchronisation cursors of an Adobe Campaign Classic instance
version_added: 0.1.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads what is needed in one session with at most four queries, and says for each cursor of the workflow
    C(defaultMidSourcingDlv) whether it is healthy, and if not, why.
  - A cursor is V(stuck) when the workflow fails for ever because the cursor has stopped moving (Adobe article
    KA-17742). For
    those a plan is returned, which M(campaign.classic.sync_cursor) carries out.
  - An instance that does not answer, or refuses, is a verdict (V(unreachable), V(denied)) and not a failure of
    the task.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
  - campaign.classic.attributes.info_module
options:
  max_age:
    description:
      - A cursor older than this is V(stale). A duration such as V(90s), V(15m), V(6h) or V(7d).
    type: str
    default: 6h
  remediate_after:
    description:
      - Only a cursor older than this can be V(stuck).
    type: str
    default: 7d
  max_run:
    description:
      - A run that is on for less than this is left alone.
    type: str
    default: 2h
  engine_grace:
    description:
      - How long an order or a due time may be waiting before the workflow engine counts as down.
    type: str
    default: 15m
  min_failed_runs:
    description:
      - How many runs must have failed on the unchanged cursor. A run that names a timeout counts for two.
    type: int
    default: 2
  cursor_map:
    description:
      - For cursors whose name does not end in the internal name of an account, the account of each option.
    type: dict
    default: {}
  strategy:
    description:
      - Where the cursor is to be moved.
      - V(lookback) is the server's time minus O(lookback), so that deliveries that changed recently are
        fetched again.
      - V(now) is the server's time minus ten minutes, since it is not known whose clock the workflow uses.
      - V(explicit) is O(value).
    type: str
    choices: [lookback, now, explicit]
    default: lookback
  lookback:
    description:
      - How far back the cursor is set with O(strategy=lookback). A duration.
    type: str
    default: 1d
  value:
    description:
      - The value to set with O(strategy=explicit), with its time zone.
    type: str
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

- name: Show the verdict and why
  ansible.builtin.debug:
    msg: "{{ diagnosis.verdict }}: {{ diagnosis.reason }}"
"""

RETURN = r"""
verdict:
  description: The verdict of the instance, the worst of its cursors.
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
  contains:
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
    evidence:
      description: The values, thresholds and journal lines behind the verdict.
      type: dict
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
      description: Where the cursor would go if it were moved now.
      type: str
      sample: "2026-11-22 02:00:00.000Z"
observed:
  description: Cursors that are shown and never moved, each with the reason.
  returned: success
  type: list
  elements: dict
  contains:
    option:
      description: The option.
      type: str
      sample: NmsMidSourcing_LastBroadLog_defaultEmailMid
    value:
      description: Its value.
      type: str
      sample: "2026-11-23 01:00:00.000Z"
    why:
      description: Why it is not moved.
      type: str
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
      description: The URL of the mid-sourcing server. Empty for an account that reaches no other server.
      type: str
      sample: https://mid-eu.campaign.example.com
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

from ..module_utils._module import main as run
from ..module_utils._op_cursor import SYNC_CURSOR_INFO


def main() -> None:
    """Entry point of the module."""
    run(SYNC_CURSOR_INFO)


if __name__ == "__main__":
    main()
