#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: option
short_description: Set options of an Adobe Campaign Classic instance
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Sets the value of one option (C(xtk:option)), or of several in one session.
  - An option keeps the type that it has, and the value is read back after it was written.
  - Adobe calls every option internal that its documentation does not list. Change only what you know.
extends_documentation_fragment:
  - campaign.classic.connection
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
  name:
    description:
      - The name of the option.
      - Either O(name) with O(value), or O(options) is needed.
    type: str
  value:
    description:
      - The value. It must fit the type of the option.
      - A C(datetime) needs its time zone, as in V(2026-11-23T02:00:00Z) or V(2026-11-23 03:00:00+01:00).
      - A C(timespan) is a number of seconds or a duration such as V(1d12h).
      - Put a C(string) or C(memo) in quotes. YAML makes V(83) of 0123 and V(510) of 8:30, so a number is refused for
        them. To the value of a template that is a number add C(| string).
      - A text with V(********) is refused, unless the option already holds it. Results have the mask in place of a
        secret, such as your password, so the text that was read is not the one that the option held. Give the real one.
    type: raw
  type:
    description:
      - The type. Needed to create an option; for an existing one the task fails when it differs.
    type: str
    choices: [string, integer, float, boolean, date, datetime, memo, timespan]
  expected_value:
    description:
      - Write only if the option still holds this value. Dates are compared at whole seconds.
      - A text in which a secret was masked cannot be compared, and is refused as in O(value).
    type: raw
  create:
    description:
      - Create the option when there is none. Without it a misspelt name is an error.
    type: bool
    default: false
  description:
    description:
      - The description to write with the value. Without it the description stays as it is.
      - A text in which a secret was masked is refused as in O(value).
    type: str
  options:
    description:
      - Several options in one session, each with the same options as a single one.
      - All of them are checked before anything is written. If one of them cannot be set, none is.
      - They are written one after the other. It stops at the first failure.
    type: list
    elements: dict
    suboptions:
      name:
        description: As O(name).
        type: str
        required: true
      value:
        description: As O(value).
        type: raw
        required: true
      type:
        description: As O(type).
        type: str
        choices: [string, integer, float, boolean, date, datetime, memo, timespan]
      expected_value:
        description: As O(expected_value).
        type: raw
      create:
        description: As O(create).
        type: bool
        default: false
      description:
        description: As O(description).
        type: str
  evidence_dir:
    description:
      - A directory on the controller. The intent is written below it before anything is sent, and the outcome
        afterwards.
    type: path
  run_id:
    description:
      - The name of the run, which is the directory of its evidence.
    type: str
seealso:
  - module: campaign.classic.option_info
  - module: campaign.classic.sync_cursor
"""

EXAMPLES = r"""
- name: Set an option, only if nobody changed it since it was read
  campaign.classic.option:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    name: NmsServer_PausedWorkflowPeriod
    value: 14
    expected_value: 7

- name: Create an option
  campaign.classic.option:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    name: opsLastReview
    type: datetime
    value: "2026-11-23T02:00:00Z"
    create: true

- name: Set several options in one session
  campaign.classic.option:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    options:
      - {name: NmsServer_PausedWorkflowPeriod, value: 21}
      - {name: opsReviewer, value: somebody, type: string, create: true}
"""

RETURN = r"""
option:
  description: The option as it is now. In check mode, as it would be.
  returned: when O(name) is given
  type: dict
  contains:
    name:
      description: The name of the option.
      type: str
      sample: NmsMidSourcing_LastDelivery_defaultEmailMid
    type:
      description: Its type, in the words of O(type). V(unknown) for a type that the collection does not know.
      type: str
      sample: datetime
    data_type:
      description: Campaign's number of the type.
      type: int
      sample: 7
    value:
      description:
        - The value. Dates are text with their time zone, empty when there is none.
        - In a text, each secret of the task is masked (V(********)). Such a text cannot be written back, so keep the
          real one before you change it.
      type: raw
      sample: "2026-11-23 01:10:02.000Z"
    description:
      description: The description of the option.
      type: str
      sample: ""
previous:
  description: The option as it was, with the same keys. Null when it was created.
  returned: when O(name) is given
  type: dict
  sample:
    name: NmsServer_PausedWorkflowPeriod
    type: integer
    data_type: 3
    value: 7
    description: ""
options:
  description: What became of each option, in the order in which they were given.
  returned: when O(options) is given, and all of them could be set as far as was to be seen before
  type: list
  elements: dict
  contains:
    name:
      description: The name of the option.
      type: str
      sample: NmsServer_PausedWorkflowPeriod
    outcome:
      description: V(changed), V(unchanged), V(failed), or V(not_attempted) after a failure.
      type: str
      sample: changed
    option:
      description: As RV(option). Not there after a failure.
      type: dict
    previous:
      description: As RV(previous). Not there after a failure.
      type: dict
    error:
      description: As RV(error), for the one that failed.
      type: dict
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

from ..module_utils._operations.option import OPTION
from ..module_utils._operations.runner import main as run


def main() -> None:
    """Entry point of the module."""
    run(OPTION)


if __name__ == "__main__":
    main()
