# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store of files on the loopback: it keeps what is PUT, and gives it back."""

from __future__ import annotations

from typing import Any

from tests.helpers.recorders import Recorder, Request


class Store(Recorder):
    """``files`` is what has been put, by path; ``status`` is what a PUT is answered."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}
        self.status = 201

    @property
    def authorizations(self) -> list[str]:
        """The header ``Authorization`` of each PUT."""
        return [one.headers.get("Authorization", "") for one in self.sent("PUT")]

    def answer(self, request: Request) -> tuple[int, Any]:
        """Keep what is PUT, and give it back."""
        if request.method == "PUT":
            if self.status < 300:
                self.files[request.path] = request.body
            return self.status, b""
        content = self.files.get(request.path.partition("?")[0])
        return (404, b"") if content is None else (200, content)
