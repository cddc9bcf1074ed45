# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_report_files
short_description: Writes a fleet report as files
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Writes the document of the filter C(fleet_report) in each of O(formats). A file is replaced at once, so
    that nobody reads half of one; until it is whole, its name does not end as a collector of metrics looks for it.
  - It is made for the role C(campaign.classic.fleet_report) of this collection.
options:
  _terms:
    description:
      - The document.
    type: list
    elements: dict
    required: true
  directory:
    description:
      - Where the files go. It is made if it is not there.
    type: path
    required: true
  formats:
    description:
      - Which files are written. V(html) is C(fleet.html), V(csv) is C(fleet.csv), V(json) is C(fleet.json), and
        V(prometheus) is C(campaign.prom).
    type: list
    elements: str
    choices: [html, csv, json, prometheus]
    default: [html, csv, json, prometheus]
  mode:
    description:
      - The permissions of the files, as octal digits.
    type: str
    default: "0600"
  metrics_file:
    description:
      - Where the metrics go instead, such as into the directory of a textfile collector. Blank for nowhere else.
    # No path: a blank one would become the present directory, and ansible-core before 2.19 makes a blank of none.
    type: str
  metrics_mode:
    description:
      - The permissions of the metrics. A collector is another user.
    type: str
    default: "0644"
"""

import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ...plugin_utils._report.writing import write_report


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup C(campaign.classic.__private.fleet_report_files)."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, str]]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        names = ("directory", "formats", "mode", "metrics_file", "metrics_mode")
        given = {name: self.get_option(name) for name in names}
        try:
            return [write_report(document, **given) for document in terms]
        except OSError as error:
            where = error.filename or given["directory"]
            raise AnsibleLookupError(
                f"The report could not be written: {where}: {error.strerror or error}. Name another directory with "
                "fleet_report_dir, or another file with fleet_report_metrics_file."
            ) from None
        except ValueError as error:
            raise AnsibleLookupError(f"The report was not written: {error}") from None
