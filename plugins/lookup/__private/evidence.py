# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
from __future__ import annotations

DOCUMENTATION = r"""
name: evidence
short_description: What the evidence of earlier runs says of an instance
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads the evidence that M(campaign.classic.sync_cursor) has left on the controller, and refuses what is not
    as it was written (its SHA-256 is not in the manifest of the run).
  - A damaged record of another run than O(run) does not hold up an instance. V(earlier) and V(restarts) warn of it and
    rely neither on it nor on what is older, so that the server alone decides. That of O(run) itself is refused.
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
      - V(rollback) is what a rollback of the run has to put back, each with C(option), C(value) and C(workflow); with
        C(is_back), it is put back already, and the run may have left the workflow stopped.
      - V(reopen) notes that what O(run) has written last into O(option) did not stand, so that it counts as not put
        back, and is what went wrong with that, as sentences.
      - V(record) is the whole record.
      - V(restarts) is which workflows a restart of any run within the last day may have left stopped.
      - V(problems) are the problems of the evidence of the run, as sentences.
      - V(plan) is the plan that the run has kept when it began, if it has.
      - V(plan_problems) are the problems of that plan, as sentences.
      - V(keep_plan) keeps O(plan) with the evidence of the run, unless it has one, and is what went wrong with that, as
        sentences. No view writes but this one and V(reopen).
      - V(runs) is every run that the directory has evidence of, the newest first, each as a dictionary.
      - V(run) is the one that O(run) names, with what became of each option of each instance.
      - V(changes) is one dictionary. Its C(changes) are what cures, backfills and rollbacks of all runs did since
        O(since), oldest first; its C(damaged) are sentences about evidence that cannot be used.
      - V(hosts) is which instances the run has evidence of.
      - V(manifest) is the SHA-256 of the manifest of the run.
    type: str
    choices: [earlier, rollback, reopen, record, restarts, problems, hosts, manifest, plan, plan_problems, keep_plan,
      runs, run, changes]
    default: earlier
  plan:
    description:
      - With the view V(keep_plan), the plan to keep.
    type: dict
  option:
    description:
      - With the view V(reopen), the option.
    type: str
    default: ""
  since:
    description:
      - With the view V(changes), the moment at which they begin.
    type: str
    default: "1970-01-01T00:00:00Z"
  url:
    description:
      - Where the instance is. Evidence of one on another host is left out of the views V(earlier) and V(restarts),
        and refused by V(rollback).
    type: str
    default: ""
  manifest:
    description:
      - With the view V(problems), the SHA-256 that the manifest must have, as the output of the run showed it.
    type: str
    default: ""
"""

RETURN = r"""
_list:
  description:
    - As O(view) says. Empty when there is no evidence.
  type: list
  elements: raw
"""

import typing as t
from collections.abc import Callable
from datetime import datetime, timezone
from itertools import chain

from ansible.errors import AnsibleActionFail, AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ...module_utils._core.xtk import parse_datetime
from ...plugin_utils._evidence.attempts import earlier_attempts
from ...plugin_utils._evidence.changes import changes_since
from ...plugin_utils._evidence.files import check_run, keep_plan, manifest_digest, read_plan, run_directory
from ...plugin_utils._evidence.records import hosts_of, require_here, run_of
from ...plugin_utils._evidence.reopened import reopen
from ...plugin_utils._evidence.restarts import unfinished_restarts
from ...plugin_utils._evidence.runs import one_run, runs_in
from ...plugin_utils._evidence.undoing import rollback_targets
from ...plugin_utils._variables.host import is_omitted


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup ``evidence`` of the playbooks and roles."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[t.Any]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        directory, run, view, url = (str(self.get_option(name) or "") for name in ("directory", "run", "view", "url"))
        url = _given(url, variables)
        views: dict[str, Callable[[], list[t.Any]]] = {
            "problems": lambda: check_run(run_directory(directory, run), str(self.get_option("manifest") or "")),
            "hosts": lambda: hosts_of(directory, run),
            "manifest": lambda: [manifest_digest(run_directory(directory, run))],
            "plan": lambda: _plan(directory, run),
            "plan_problems": lambda: _plan_problems(directory, run),
            "keep_plan": lambda: self._kept(directory, run),
            "runs": lambda: list(runs_in(directory)),
            "run": lambda: [one_run(directory, run)],
            "reopen": lambda: _reopened(directory, run, terms, str(self.get_option("option"))),
            "changes": lambda: [changes_since(directory, parse_datetime(str(self.get_option("since"))))],
        }
        try:
            if view in views:
                return views[view]()
            return list(chain.from_iterable(_of_host(str(term), directory, run, view, url) for term in terms))
        except AnsibleActionFail as error:
            raise AnsibleLookupError(str(error)) from None
        except OSError as error:
            raise AnsibleLookupError(
                f"The evidence {error.filename or directory} cannot be read ({error.strerror or error}). "
                "Nothing was written."
            ) from None

    def _kept(self, directory: str, run: str) -> list[t.Any]:
        """Keep the plan; what went wrong is told as a sentence."""
        where = run_directory(directory, run)
        try:
            keep_plan(where, self.get_option("plan") or {})
        except AnsibleActionFail as error:
            return [str(error)]
        except OSError as error:
            return [f"The plan cannot be kept in {where} ({error.strerror or error})."]
        return []


def _given(url: str, variables: t.Mapping[str, t.Any] | None) -> str:
    return "" if is_omitted(url, variables or {}) else url.strip()


def _plan(directory: str, run: str) -> list[t.Any]:
    plan = read_plan(run_directory(directory, run))
    return [] if plan is None else [plan]


def _plan_problems(directory: str, run: str) -> list[t.Any]:
    try:
        read_plan(run_directory(directory, run))
    except AnsibleActionFail as error:
        return [str(error)]
    return []


def _reopened(directory: str, run: str, hosts: t.Sequence[t.Any], option: str) -> list[t.Any]:
    """Note that a value does not stand; what went wrong is told as a sentence."""
    try:
        for host in hosts:
            reopen(directory, run, str(host), option)
    except (AnsibleActionFail, OSError) as error:
        why = error if isinstance(error, AnsibleActionFail) else error.strerror or error
        return [
            f"That it did not stand could not be noted in the evidence ({why}), where it counts as put back: give the "
            "line OLD VALUE of this host to rollback, in mid_sourcing_restore."
        ]
    return []


def _of_host(host: str, directory: str, run: str, view: str, url: str) -> list[t.Any]:
    say = Display().warning
    if view == "earlier":
        return list(earlier_attempts(directory, run, host, say, url=url))
    if view == "restarts":
        return list(unfinished_restarts(directory, host, datetime.now(timezone.utc), say, url=url))
    record = run_of(directory, run, host)
    if view == "rollback":
        require_here(record, url)
        return list(rollback_targets(record, datetime.now(timezone.utc)))
    return [record] if record else []
