# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
from __future__ import annotations

DOCUMENTATION = r"""
name: trusted_file
short_description: The text of a file that nobody else can have written
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads files of the controller that say what is to be done, such as an approved plan, and refuses what is not
    trusted.
  - A file is trusted as C(sshd) does with C(StrictModes). It, each directory above it and each link on the way to it
    belong to root or to this user, and others may not write them. A directory with the sticky bit, as C(/tmp), may be
    written by all; so may what belongs to a group that nobody but this user is in.
  - The environment variables E(CAMPAIGN_TRUSTED_USERS) and E(CAMPAIGN_TRUSTED_GROUPS) name further ones that are
    trusted, by name or number, separated by commas.
options:
  _terms:
    description:
      - Paths of the files.
    type: list
    elements: path
    required: true
  what:
    description:
      - What the files are, for messages.
    type: str
    default: file
  form:
    description:
      - What the files must hold. With V(any) nothing is asked of the content but that it is text.
      - V(json) is a document of JSON, V(plan) a plan of this collection.
    type: str
    choices: [any, json, plan]
    default: any
  view:
    description:
      - V(text) is the text of each file, V(data) the document in each.
      - V(problems) are their problems, as sentences. With O(form=any) nothing is read.
    type: str
    choices: [text, data, problems]
    default: text
"""

RETURN = r"""
_list:
  description:
    - As O(view) says.
  type: list
  elements: raw
"""

import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ...module_utils._core.content import UnusableFile, load_json, load_text
from ...module_utils._core.errors import CampaignError
from ...module_utils._core.trust import problems
from ...plugin_utils._fleet.plan import read_plan_file


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup ``trusted_file`` of the playbooks and roles."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[t.Any]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        what, form, view = (str(self.get_option(name)) for name in ("what", "form", "view"))
        paths = [str(term) for term in terms]
        if view == "problems":
            return problems(paths, what) if form == "any" else self._problems(paths, what, form)
        try:
            return [load_text(path, what) if view == "text" else _data(path, what, form) for path in paths]
        except CampaignError as error:
            raise AnsibleLookupError(f"{error} Nothing was written.") from None

    @staticmethod
    def _problems(paths: t.Sequence[str], what: str, form: str) -> list[str]:
        found = []
        for path in paths:
            try:
                _data(path, what, form)
            except CampaignError as error:
                found.append(str(error))
        return found


def _data(path: str, what: str, form: str) -> t.Any:
    """The document in a file. Raises CampaignError, which names the file, when it is not what it should be."""
    if form == "any":
        return load_text(path, what)
    return _plan(path, what) if form == "plan" else load_json(path, what)


def _plan(path: str, what: str) -> t.Any:
    """A plan as it was written, JSON."""
    document = load_json(path, what)
    try:
        read_plan_file(document)
    except CampaignError as error:
        raise UnusableFile(f"The {what} {path}: {error.message}", next_step=error.next_step) from None
    return document
