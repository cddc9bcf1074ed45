# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of the kit as its files have them, and what launches its job templates: nothing is rendered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.campaign.classic.plugins.plugin_utils._controller.objects import read_objects
from tests.helpers.guide import blocks

from .awx_rules import Data

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles/controller_kit"


class _Loader(yaml.SafeLoader):
    """Reads a file of objects as it is, with its templates as texts."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def objects(kind: str) -> list[Data]:
    """The objects of a kind in all files."""
    found = []
    for path in sorted((ROLE / "files/objects").glob("*.yml")):
        found += yaml.load(path.read_text(encoding="utf-8"), _Loader).get(kind, [])  # noqa: S506 (a SafeLoader)
    return found


def surveys() -> dict[str, Data]:
    """The survey of each job template as AWX gets it, by the name without the prefix; empty for one without."""
    bare = [{key: value for key, value in one.items() if key != "base"} for one in objects("job_template")]
    made = read_objects([{"path": "the kit", "content": {"job_template": bare}}], "")
    return {_plain(one["name"]): one["args"].get("survey_spec", {}) for one in made}


def launches() -> Iterator[tuple[str, str, Data]]:
    """Each launch of a job template in rulebooks, examples and guides: where, the plain name, and the variables."""
    texts = [(path, path.read_text(encoding="utf-8")) for path in sorted(ROOT.glob("e*/**/*.yml"))]
    for path in sorted(ROOT.glob("docs/docsite/rst/*.rst")):
        texts += [(path, text) for kind, text in blocks(path.read_text(encoding="utf-8")) if kind == "yaml"]
    for path, text in texts:
        if "run_job_template" in text:
            for action in _actions(yaml.safe_load(text)):
                yield path.name, _plain(action["name"]), action.get("job_args", {}).get("extra_vars", {})


def _actions(data: Any) -> Iterator[Data]:
    """The arguments of each action that launches a job template."""
    if isinstance(data, dict):
        if "run_job_template" in data:
            yield data["run_job_template"]
        data = list(data.values())
    for one in data if isinstance(data, list) else ():
        yield from _actions(one)


def _plain(name: str) -> str:
    """A name without the template of the prefix before it."""
    return name.rpartition("}}")[2]
