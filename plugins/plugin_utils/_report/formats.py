# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The formats of a report. Each is a function of the document: the same document gives the same bytes. Pure."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .csv_table import csv_text
from .metrics import prometheus_text
from .page import html_text

Document = Mapping[str, t.Any]


def json_text(document: Document) -> str:
    """The document itself, with a line for each value, so that two reports can be compared."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Format:
    """A format: the file that has it, and how the document becomes one."""

    file: str
    text: Callable[[Document], str]


FORMATS: Mapping[str, Format] = {
    "html": Format("fleet.html", html_text),
    "csv": Format("fleet.csv", csv_text),
    "json": Format("fleet.json", json_text),
    "prometheus": Format("campaign.prom", prometheus_text),
}
