# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
from __future__ import annotations

DOCUMENTATION = r"""
name: side_outputs
short_description: Problems of the report file, the notification and the change of a run
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Looks, before anything is written to an instance, whether what a run leaves beside its outcome can be done. The
    directory of a report must be there and writable. A file of tasks must be trusted (see
    C(trusted_file)), and Ansible must be able to read it, with the modules that it names
    and the files that it imports or includes. A name that is a template is followed as far as it is known
    by then.
  - Nothing is run, and nothing is written.
options:
  _terms:
    description:
      - None.
    type: list
    elements: str
  report_file:
    description:
      - The file of the report. None when it is blank.
    type: str
    default: ""
  plan_file:
    description:
      - The file that a plan is to be written to. None when it is blank.
    type: str
    default: ""
  change_tasks:
    description:
      - The file with the tasks of the change. None when it is blank.
    type: str
    default: ""
  notify_tasks:
    description:
      - The file with the tasks of the notification. None when it is blank.
    type: str
    default: ""
  report_upload:
    description:
      - The file with the tasks that take a fleet report elsewhere. None when it is blank.
    type: str
    default: ""
  prefix:
    description:
      - What the variables begin with that name these files, for the sentences.
    type: str
    default: mid_sourcing_
  upload_tasks:
    description:
      - The file with the tasks that take the evidence elsewhere. None when it is blank.
    type: str
    default: ""
"""

RETURN = r"""
_list:
  description:
    - A sentence for each problem.
  type: list
  elements: str
"""

import typing as t

from ansible.plugins.lookup import LookupBase

from ...plugin_utils._playbook.side_outputs import unusable_tasks, unwritable

try:
    from ansible.template import trust_as_template
except ImportError:  # before 2.19 every text is

    def trust_as_template(value: str) -> str:
        """The text, as it is."""
        return value


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup ``side_outputs`` of the playbooks and roles."""

    def run(
        self, _terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[str]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        report, plan, notify, upload, change = (
            str(self.get_option(name) or "")
            for name in ("report_file", "plan_file", "notify_tasks", "upload_tasks", "change_tasks")
        )
        prefix = str(self.get_option("prefix"))
        fleet_report = str(self.get_option("report_upload") or "")
        return [
            *unwritable(report, f"{prefix}report_file"),
            *unwritable(plan, f"{prefix}plan_file"),
            *unusable_tasks(upload, f"{prefix}evidence_upload", self._loader, self._worked_out),
            *unusable_tasks(fleet_report, "fleet_report_upload", self._loader, self._worked_out),
            *unusable_tasks(notify, f"{prefix}notify_tasks", self._loader, self._worked_out),
            *unusable_tasks(change, f"{prefix}change_tasks", self._loader, self._worked_out, f"{prefix}change"),
        ]

    def _worked_out(self, text: str) -> t.Any:
        """A template of a file that has been found to be this user's, and whose tasks are to be run."""
        return self._templar.template(trust_as_template(text))
