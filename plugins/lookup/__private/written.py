# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
from __future__ import annotations

DOCUMENTATION = r"""
name: written
short_description: How a variable is written, as a digest
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Ansible works a template out again at each use, such as one with the time in it. This tells whether two places have
    the same variable, whatever its template gives there.
options:
  _terms:
    description:
      - The name of the variable.
    type: list
    elements: str
    required: true
"""

RETURN = r"""
_raw:
  description:
    - The SHA-256 of its text, before any template is worked out. Blank when it is not set.
  type: list
  elements: str
"""

import hashlib
import typing as t

from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup ``written`` of the roles."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[str]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        text = (variables or {}).get(str(terms[0]))
        return ["" if text is None else hashlib.sha256(str(text).encode()).hexdigest()]
