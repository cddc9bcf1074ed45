# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adobe's SDK as npm delivers it, and a run of all checks with it.

npm works below ``.build/conformance``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.helpers.npm import Package
from tools.environment import BUILD

HERE = Path(__file__).resolve().parent
PACKAGE = "@adobe/acc-js-sdk"
RUN_LIMIT = 500  # half a minute on an idle machine
_CHECK = re.compile(r"""^check\((?P<quote>['"`])(?P<name>(?:\\.|(?!(?P=quote)).)*)(?P=quote), """, re.MULTILINE)


def _package() -> Package:
    return Package(PACKAGE, HERE)


def pinned() -> str:
    """The requested version, exactly."""
    return _package().pinned()


def installed(folder: Path) -> str:
    """The version in a folder, "" for none."""
    return _package().installed(folder)


def sdk_folder(base: Path = BUILD / "conformance") -> Path:
    """The folder below which the SDK is installed; npm runs when there is none yet. RuntimeError when npm fails."""
    return _package().folder(base)


@dataclass
class Result:
    """How a check ended, and how many requests the SDK sent for it."""

    outcome: str
    seconds: float
    error: str = ""
    soap: int = 0
    pages: int = 0


@dataclass
class Report:
    """A run of all checks, by their names. `output` is the further output of node."""

    results: dict[str, Result] = field(default_factory=dict)
    output: str = ""
    status: int = 0

    @property
    def soap(self) -> int:
        return sum(result.soap for result in self.results.values())

    @property
    def pages(self) -> int:
        return sum(result.pages for result in self.results.values())


def run_checks(simulator: str, folder: Path) -> Report:
    """Run all checks against a simulator."""
    environment = {**os.environ, "CONFORMANCE_SDK": str(folder), "CONFORMANCE_SIMULATOR": simulator}
    for name in ("NODE_OPTIONS", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        environment.pop(name, None)
    command = [
        "node",
        f"--test-reporter={HERE / 'reporter.mjs'}",
        "--test-reporter-destination=stdout",
        str(HERE / "all.mjs"),
    ]
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return read_report(done.stdout, done.stderr, done.returncode)


def read_report(lines: str, output: str = "", status: int = 0) -> Report:
    """The reporter's output: a line of JSON for each check, and one for the SDK's requests in it."""
    report = Report(output=output, status=status)
    sent: dict[str, dict[str, int]] = {}
    for line in lines.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            report.output += f"{line}\n"
            continue
        if "check" in event:
            name = event["check"]
            if name in report.results:
                raise ValueError(f"two checks have the name '{name}'")
            report.results[name] = Result(event["outcome"], event["seconds"], event["error"])
        else:
            sent[event["sent"]] = event
    for name, counts in sent.items():
        if name in report.results:
            report.results[name].soap, report.results[name].pages = counts["soap"], counts["pages"]
    return report


def declared() -> list[tuple[str, str]]:
    """The checks that the sources declare: (file, name). They are read, not run, so that each is a test of its own."""
    found = []
    for path in sorted((HERE / "checks").glob("*.mjs")):
        for match in _CHECK.finditer(path.read_text(encoding="utf-8")):
            found.append((path.stem, re.sub(r"\\(.)", r"\1", match["name"])))
    return found
