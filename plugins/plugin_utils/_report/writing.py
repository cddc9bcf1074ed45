# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Writes a report. Each file is replaced at once, and nothing but the report is in its directory."""

from __future__ import annotations

import os
import re
import typing as t
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...module_utils._core.private_file import replace_file
from .formats import FORMATS

#: How the name of a file begins until it is whole. It does not end in .prom: a textfile collector would read it.
UNFINISHED = ".campaign-report-"
_MODE = re.compile(r"0?o?[0-7]{3,4}")


def write_report(
    document: Mapping[str, t.Any],
    directory: str,
    formats: Sequence[str],
    mode: str = "0600",
    metrics_file: str | None = None,
    metrics_mode: str = "0644",
) -> dict[str, str]:
    """Write the formats of a document.

    :param mode: permissions in octal digits; ``metrics_mode`` are those of the metrics.
    :param metrics_file: where the metrics go; into the directory if it is left out.
    :returns: the path of each format.
    :raises OSError: the disk refused. Files that were there and could not be replaced are as they were.
    :raises ValueError: no such format, or no permissions.
    """
    modes = {name: _permissions(metrics_mode if name == "prometheus" else mode) for name in formats}
    paths = {name: _path(name, directory, metrics_file) for name in formats}
    # A document that cannot be written in one format leaves the files of all as they were.
    contents = {name: FORMATS[name].text(document).encode("utf-8", "backslashreplace") for name in formats}
    for name in formats:
        os.makedirs(paths[name].parent, exist_ok=True)
        replace_file(paths[name], contents[name], UNFINISHED, modes[name])
    return {name: str(path) for name, path in paths.items()}


def _path(name: str, directory: str, metrics_file: str | None) -> Path:
    if name not in FORMATS:
        raise ValueError(f"{name} is no format. Formats are: {', '.join(FORMATS)}.")
    if name == "prometheus" and metrics_file:
        return Path(metrics_file)
    return Path(directory) / FORMATS[name].file


def _permissions(text: str) -> int:
    if not _MODE.fullmatch(str(text)):
        raise ValueError(f"'{text}' are no permissions in octal digits, such as 0644.")
    return int(str(text).replace("o", ""), 8)
