# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: evidence
short_description: What the evidence of earlier runs says of an instance
version_added: 0.1.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads the evidence that M(campaign.classic.sync_cursor) has left on the controller, and refuses what is not
    as it was written (its SHA-256 is not in the manifest of the run).
options:
  _terms:
    description:
      - The inventory names of the instances. None with the views V(problems), V(hosts) and V(manifest).
    type: list
    elements: str
  directory:
    description:
      - The directory of the evidence, below which each run has its own.
    type: path
    required: true
  run:
    description:
      - The name of the run.
    type: str
    default: ""
  view:
    description:
      - V(earlier) is what earlier attempts did, as the option O(campaign.classic.sync_cursor#module:earlier)
        takes it.
      - V(rollback) is what a rollback of the run has to put back, each with C(option), C(value) and C(workflow).
      - V(record) is the whole record.
      - V(restarts) is which workflows a restart of any run within the last day may have left stopped.
      - V(problems) is what speaks against the evidence of the run, as sentences.
      - V(hosts) is which instances the run has evidence of.
      - V(manifest) is the SHA-256 of the manifest of the run.
    type: str
    choices: [earlier, rollback, record, restarts, problems, hosts, manifest]
    default: earlier
  manifest:
    description:
      - With the view V(problems), the SHA-256 that the manifest must have, as the output of the run showed it.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Show which instances a run has evidence of
  ansible.builtin.debug:
    msg: "{{ query('campaign.classic.evidence', directory='evidence', run='1', view='hosts') }}"
"""

RETURN = r"""
_list:
  description:
    - As O(view) says. Empty when there is no evidence.
  type: list
  elements: raw
"""

import typing as t
from datetime import datetime, timezone
from pathlib import Path

from ansible.errors import AnsibleActionFail, AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..plugin_utils._earlier_runs import earlier_attempts, hosts_of, rollback_targets, run_of, unfinished_restarts
from ..plugin_utils._evidence import check_run, manifest_digest


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup C(campaign.classic.evidence)."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[t.Any]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        directory, run, view = (str(self.get_option(name) or "") for name in ("directory", "run", "view"))
        try:
            if view == "problems":
                return check_run(Path(directory) / run, str(self.get_option("manifest") or ""))
            if view == "hosts":
                return list(hosts_of(directory, run))
            if view == "manifest":
                return [manifest_digest(Path(directory) / run)]
            return [one for term in terms for one in _of_host(str(term), directory, run, view)]
        except (AnsibleActionFail, OSError) as error:
            raise AnsibleLookupError(str(error)) from error


def _of_host(host: str, directory: str, run: str, view: str) -> list[t.Any]:
    if view == "earlier":
        return list(earlier_attempts(directory, run, host))
    if view == "restarts":
        return list(unfinished_restarts(directory, host, datetime.now(timezone.utc)))
    record = run_of(directory, run, host)
    if view == "rollback":
        return list(rollback_targets(record))
    return [record] if record else []
