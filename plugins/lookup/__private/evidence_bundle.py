# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
from __future__ import annotations

DOCUMENTATION = r"""
name: evidence_bundle
short_description: The evidence of a run as one file
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Writes the evidence of a run into one file, to be kept where it outlives the disk of a job, and puts the evidence of
    such a file back where a rollback finds it.
  - A bundle is one document of JSON with C(format) (V(campaign.classic/evidence-bundle/1)), C(run_id), C(manifest) (the
    SHA-256 of C(SHA256SUMS)) and C(files), the text of each file by its name. The same evidence gives the same bytes.
options:
  _terms:
    description:
      - None.
    type: list
    elements: str
  view:
    description:
      - V(write) writes the bundle of O(run) beside its directory, readable by this user only.
      - V(unpack) checks the bundle in O(source) and puts its evidence below O(directory). What is there already stays,
        if it is the same or goes on from it.
    type: str
    choices: [write, unpack]
    default: write
  directory:
    description:
      - The directory of the evidence, below which each run has its own.
    type: path
    required: true
  run:
    description:
      - The name of the run. With the view V(unpack), the only run whose bundle is taken; any when it is blank.
    type: str
    default: ""
  source:
    description:
      - With the view V(unpack), the file of the bundle, which must be trusted (see
        C(trusted_file)), or its URL, which is fetched with GET.
    type: str
    default: ""
  manifest:
    description:
      - With the view V(unpack), the SHA-256 that the manifest of the bundle must have, as the output of the run showed
        it. Required for a URL.
    type: str
    default: ""
"""

RETURN = r"""
_list:
  description:
    - One dictionary with C(problems) (sentences; with any, nothing was written), C(run_id), C(manifest) (its SHA-256),
      and with the view V(write) C(path), C(name) and C(sha256) of the file.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.lookup import LookupBase

from ...module_utils._core.errors import ValidationError
from ...module_utils._core.trust import read
from ...plugin_utils._evidence.bundle import read_bundle, unpack, write_bundle
from ...plugin_utils._fetching import fetch_bytes, shown


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup ``evidence_bundle`` of the playbooks and roles."""

    def run(
        self, _terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        directory, run, source, manifest = (
            str(self.get_option(name) or "") for name in ("directory", "run", "source", "manifest")
        )
        try:
            if self.get_option("view") == "write":
                return [{**write_bundle(directory, run), "problems": []}]
            bundle = read_bundle(_content(source, manifest), shown(source), run_id=run, manifest=manifest)
            unpack(bundle, directory)
            return [{"run_id": bundle.run_id, "manifest": bundle.manifest, "problems": []}]
        except (AnsibleActionFail, ValidationError) as error:
            problem = str(error)
        except OSError as error:
            problem = f"{error.filename or directory} cannot be read or written ({error.strerror or error})."
        return [{"run_id": run, "manifest": "", "problems": [problem]}]


def _content(source: str, manifest: str) -> bytes:
    """The bytes of a bundle.

    :raises ValidationError: they cannot be had, or the file is not trusted.
    """
    if "://" in source:
        return _fetched(source, manifest)
    try:
        return read(source, "evidence bundle")
    except OSError as error:
        raise ValidationError(
            f"The evidence bundle {source} cannot be read ({error.strerror or error}).", next_step="Check the path."
        ) from None


def _fetched(url: str, manifest: str) -> bytes:
    if url.partition("://")[0].lower() not in ("http", "https"):
        raise ValidationError(
            f"The evidence bundle {shown(url)} is neither a file nor a URL with http or https.",
            next_step="Fetch it in a task of your own, and give the file.",
        )
    if not manifest.strip():
        raise ValidationError(
            f"The evidence bundle {shown(url)} comes from a URL, and nothing says that it is the one of the run.",
            next_step="Give the SHA-256 of the manifest in mid_sourcing_manifest; the last lines of that run show it.",
        )
    try:
        return fetch_bytes(url, {})
    except ValidationError as error:
        raise ValidationError(
            f"The evidence bundle cannot be fetched: {error.message}", next_step="Check the URL and the rights to it."
        ) from None
