# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: believed_file
short_description: The text of a file that nobody else can have written
version_added: 0.1.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads files of the controller that say what is to be done, such as an approved plan, and refuses what is not
    believed.
  - A file is believed as C(sshd) does with C(StrictModes). It, each directory above it and each link on the way to it
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
  view:
    description:
      - V(text) is the text of each file.
      - V(problems) is what speaks against them, as sentences; nothing is read.
    type: str
    choices: [text, problems]
    default: text
"""

EXAMPLES = r"""
- name: Read an approved plan
  ansible.builtin.set_fact:
    plan: "{{ lookup('campaign.classic.believed_file', '/srv/plans/approved.json', what='plan') | from_json }}"
"""

RETURN = r"""
_list:
  description:
    - As O(view) says.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils._errors import CampaignError
from ..module_utils._trust import problems, read


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup C(campaign.classic.believed_file)."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[str]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        what = str(self.get_option("what"))
        paths = [str(term) for term in terms]
        if self.get_option("view") == "problems":
            return problems(paths, what)
        try:
            return [read(path, what).decode("utf-8") for path in paths]
        except (CampaignError, OSError, UnicodeDecodeError) as error:
            raise AnsibleLookupError(f"The {what} cannot be used: {error}") from error
