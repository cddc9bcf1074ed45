#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: query
short_description: Query any schema of an Adobe Campaign Classic instance
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads rows of a schema, one row, or their number.
  - Rows are read in pages by O(key), so that none is missed or repeated, whatever their number.
  - Passwords are never read, not even encrypted ones.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
  - campaign.classic.attributes.info_module
options:
  schema:
    description:
      - The schema, as V(xtk:workflow).
    type: str
    required: true
  operation:
    description:
      - V(select) reads rows, V(get) the one row that fits, V(count) their number.
    type: str
    choices: [select, get, count]
    default: select
  fields:
    description:
      - What to read of each row - attributes as V(@name), those of linked rows as V(folder/@label), functions as
        V(Max(@id\)), each with another name if wanted, as V(folder/@label as @folderLabel).
      - An attribute that the schema does not have fails the whole query.
      - Needed unless O(operation=count).
    type: list
    elements: str
  where:
    description:
      - Conditions that must all hold. Each has a C(field) and one of C(equals), C(not_equals), C(less_than),
        C(at_most), C(more_than), C(at_least), C(begins_with), C(contains), C(one_of) (a list) and C(is_null) (true or
        false).
      - C(type) is the type of the value - C(string), C(integer), C(float), C(boolean), C(date) or C(datetime).
        Without it, a number is a number and a text is a text. A date is a text to Ansible, so it needs its type; a
        C(datetime) needs its time zone too.
      - C(any_of) and C(all_of) hold lists of conditions.
      - Values may contain any character. They are quoted, and cannot change the query.
      - A value with V(********), which results have in place of a secret, gives a warning. The text that was read
        there is another one.
    type: list
    elements: dict
  expression:
    description:
      - A condition in Campaign's own syntax, such as V(@state = 13 and @failed = 1), which must hold too.
      - It is sent unchanged, and refused if it is not balanced. Put no foreign value into it; O(where) is for
        that.
    type: str
  order_by:
    description:
      - How to sort. The rows are then read in one page, of at most O(limit).
      - Without it they are sorted by O(key).
    type: list
    elements: dict
    suboptions:
      field:
        description: An attribute, as in O(fields).
        type: str
        required: true
      descending:
        description: The largest first.
        type: bool
        default: false
  limit:
    description:
      - The maximum number of rows. They are kept in memory. RV(truncated) says whether there are more.
    type: int
    default: 1000
  page_size:
    description:
      - How many rows are read at once.
    type: int
    default: 500
  key:
    description:
      - An attribute with an integer that is unique for each row.
      - No other field may come back under its name, as V(@label as @id) would, unless O(order_by) is given.
    type: str
    default: "@id"
  jmespath:
    description:
      - An expression of L(JMESPath, https://jmespath.org) that converts the list of rows to RV(result).
      - Every value in a row is a string.
    type: str
requirements:
  - jmespath >= 1.0, for O(jmespath)
seealso:
  - module: campaign.classic.workflow_info
  - module: campaign.classic.option_info
"""

EXAMPLES = r"""
- name: Read workflows that are in error
  campaign.classic.query:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    schema: xtk:workflow
    fields: ["@internalName", "@label", "@state"]
    where:
      - any_of:
          - {field: "@failed", equals: true}
          - {field: "@state", one_of: [13, 15, 16]}

- name: Count the journal lines of the last day
  campaign.classic.query:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    schema: xtk:workflowLog
    operation: count
    expression: "@logDate > SubDays(GetDate(), 1)"

- name: Make a list of names and labels
  campaign.classic.query:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    schema: xtk:workflow
    fields: ["@internalName", "@label"]
    where:
      - {field: "@lastStart", at_least: "2020-01-01T00:00:00Z", type: datetime}
    jmespath: "[].{name: internalName, label: label}"
"""

RETURN = r"""
rows:
  description:
    - The rows, by O(key) unless O(order_by) is given. One or none for O(operation=get), none for O(operation=count) and
      with O(jmespath).
    - Attributes by name, those of linked rows by path, all as the text that the server sent. A server may add some that
      were not asked for.
    - They are data. Before you show them, make them visible with P(campaign.classic.visible#filter).
    - Each secret of the task is masked in them (V(********)).
  returned: success
  type: list
  elements: dict
  sample:
    - internalName: defaultMidSourcingDlv
      label: Mid-sourcing (delivery counters)
      state: "13"
count:
  description: How many rows were returned, or for O(operation=count), how many there are.
  returned: success
  type: int
  sample: 1
truncated:
  description: Whether there are more rows than O(limit).
  returned: success
  type: bool
  sample: false
result:
  description: What O(jmespath) made of the rows.
  returned: when O(jmespath) is given
  type: raw
  sample: [{name: defaultMidSourcingDlv, label: Mid-sourcing (delivery counters)}]
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

from ..module_utils._operations.query import QUERY
from ..module_utils._operations.runner import main as run


def main() -> None:
    """Entry point of the module."""
    run(QUERY)


if __name__ == "__main__":
    main()
