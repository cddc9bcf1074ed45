# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
from __future__ import annotations

DOCUMENTATION = r"""
name: slices
short_description: What the slices of a sweep found, from the outputs of their jobs, as one result
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads the outputs of jobs of the playbook C(detect) with O(ignore:mid_sourcing_slice_output=true), and returns what
    M(campaign.classic.fleet_info) would have returned for the whole fleet.
  - Only whole slices of one run count, that are not too old. A host that is in none of them, or in two that differ, is
    V(not_asked), and nothing is planned for it.
  - The credential of a controller is taken from the environment of the job (E(CONTROLLER_HOST),
    E(CONTROLLER_OAUTH_TOKEN), or E(CONTROLLER_USERNAME) and E(CONTROLLER_PASSWORD), E(CONTROLLER_VERIFY_SSL), and the
    names with C(AAP_) and C(TOWER_) that mean the same). It is sent to that controller alone.
options:
  _terms:
    description:
      - The hosts of the fleet, from the inventory.
    type: list
    elements: str
    required: true
  sources:
    description:
      - The outputs, as a list or as a text with commas, blanks or line breaks. Each is a file, a pattern of files, a
        URL, or V(awx) for the jobs of this job's workflow, or V(awx:ID) for those of another workflow job.
      - A file must be trusted, as for P(campaign.classic.__private.trusted_file#lookup).
    type: raw
    required: true
  run:
    description:
      - The run whose slices count. Without it, that of the jobs of the workflow, or the only one there is.
    type: str
    default: ""
  max_age:
    description:
      - Older slices are not used. A duration.
    type: str
    default: 1h
  partial:
    description:
      - Whether slices that do not have all hosts are enough. Otherwise C(problems) names the others.
    type: bool
    default: false
  workflow_job:
    description:
      - The number of the workflow job that this job is one of.
    type: str
    default: ""
  own_job:
    description:
      - The number of this job.
    type: str
    default: ""
"""

RETURN = r"""
_raw:
  description:
    - One dictionary, with the keys that M(campaign.classic.fleet_info) returns, and C(slices).
    - C(slices) has C(run), C(merged) (how many slices), C(lost) (the hosts of which nothing is known), C(said)
      (sentences for the last lines), C(problems) (sentences; with any, the run must fail) and C(asking) (hosts
      that look stuck, and whose mid their slice did not know).
  type: list
  elements: dict
"""

import os
import typing as t
from datetime import datetime, timezone

from ansible.plugins.lookup import LookupBase

from ...module_utils._core.errors import CampaignError, ValidationError
from ...module_utils._core.masking import Masking
from ...module_utils._core.xtk import parse_stated_duration
from ...plugin_utils._fetching import fetch
from ...plugin_utils._playbook.here import user_path
from ...plugin_utils._slices.controller import secrets_of
from ...plugin_utils._slices.merging import merge, nothing_merged
from ...plugin_utils._slices.sources import read_outputs


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup ``slices`` of the playbooks and roles."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        hosts = [str(term) for term in terms]
        try:
            return [self._merged(hosts)]
        except ValidationError as error:
            return [nothing_merged(hosts, error)]

    def _merged(self, hosts: list[str]) -> dict[str, t.Any]:
        with Masking(secrets_of(os.environ)).active():
            outputs = read_outputs(
                self.get_option("sources"),
                place=user_path,
                environ=os.environ,
                fetch=fetch,
                workflow_job=str(self.get_option("workflow_job") or ""),
                own_job=str(self.get_option("own_job") or ""),
            )
        return merge(
            hosts,
            outputs.slices,
            outputs.problems,
            now=datetime.now(timezone.utc),
            max_age=_seconds(self.get_option("max_age")),
            run=str(self.get_option("run") or outputs.run).strip(),
            partial=bool(self.get_option("partial")),
        )


def _seconds(duration: t.Any) -> int:
    try:
        return parse_stated_duration(str(duration))
    except CampaignError as error:
        raise ValidationError(f"mid_sourcing_slices_max_age: {error}") from None
