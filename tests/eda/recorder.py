# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes notifications, and answers as the API of a controller does, so far as ansible-rulebook asks it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.controller.awx_rules import Refused, check_answers
from tests.controller.kit import surveys
from tests.helpers import recorders

#: What the names of the templates begin with, which otherwise are those of the role controller_kit.
PREFIX = "Campaign "
TOKEN = "controller-canary-2b7e"
_JOB = {"id": 41, "type": "job", "url": "/api/v2/jobs/41/", "status": "successful", "artifacts": {}}
_JOB |= {"created": "2026-11-28T20:00:00Z", "started": "2026-11-28T20:00:00Z", "finished": "2026-11-28T20:00:01Z"}


class Recorder(recorders.Recorder):
    """``templates`` holds the names of those that were looked for, ``unknown`` what it has no answer for.

    ``refused`` holds what it has said of variables that do not fit the survey of the template.
    """

    def __init__(self) -> None:
        super().__init__()
        self.templates: list[str] = []
        self.unknown: list[str] = []
        self.refused: list[Any] = []
        self._surveys = surveys()

    @property
    def posted(self) -> list[tuple[str, Any]]:
        """The path and the body of each POST."""
        return [(one.path, one.json) for one in self.sent("POST")]

    @property
    def tokens(self) -> set[str]:
        """The authorizations of all requests."""
        return {one.headers.get("Authorization", "") for one in self.requests}

    def answer(self, request: recorders.Request) -> tuple[int, Any]:
        """A launched job for each POST, and what a GET asks for."""
        if request.method != "POST":
            return 200, self._found(request.path)
        if request.path.endswith("/launch/"):
            try:
                check_answers(self._surveys[self.templates[-1].removeprefix(PREFIX)], request.json["extra_vars"])
            except Refused as refused:
                self.refused.append(refused.body)
                return refused.status, refused.body
        return 201, _JOB

    def _found(self, path: str) -> Any:
        parts = urlsplit(path)
        if parts.path.endswith("/config/"):
            return {"version": "24.6.1"}
        if parts.path.endswith("/unified_job_templates/"):
            self.templates += parse_qs(parts.query)["name"]
            template = {
                "id": 7,
                "type": "job_template",
                "name": self.templates[-1],
                "related": {"launch": "/api/v2/job_templates/7/launch/"},
                "summary_fields": {"organization": {"name": "Operations"}},
            }
            asked = ("limit", "labels", "inventory", "variables")
            rows: list[dict[str, Any]] = [{**template, **{f"ask_{name}_on_launch": True for name in asked}}]
        elif parts.path.endswith("/organizations/"):
            rows = [{"id": 1, "name": "Operations"}]
        elif parts.path.endswith("/labels/"):
            rows = [{"id": 3, "name": parse_qs(parts.query)["name"][0]}]
        elif parts.path.endswith("/jobs/"):
            rows = [_JOB]
        elif parts.path.endswith("/jobs/41/"):
            return _JOB
        else:
            self.unknown.append(path)
            rows = []
        return {"count": len(rows), "next": None, "previous": None, "results": rows}
