# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the module of this name, which no package index has: arguments that it documents, on the Table API."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

from ansible.module_utils.basic import AnsibleModule, env_fallback
from ansible.module_utils.urls import open_url

STATES = {
    "new": "-5",
    "assess": "-4",
    "authorize": "-3",
    "scheduled": "-2",
    "implement": "-1",
    "review": "0",
    "closed": "3",
    "canceled": "4",
}
FIELDS = ("type", "assignment_group", "short_description", "description", "close_code", "close_notes")
TABLE = "/api/now/table/change_request"


def instance() -> dict:
    """The option ``instance``, with the environment behind it."""
    options = {
        name: {"type": "str", "fallback": (env_fallback, [f"SN_{name.upper()}"])} for name in ("host", "username")
    }
    secret = {"type": "str", "no_log": True, "fallback": (env_fallback, ["SN_PASSWORD"])}
    return {"type": "dict", "apply_defaults": True, "options": {**options, "password": secret}}


class Table:
    """Requests to an instance."""

    def __init__(self, module: AnsibleModule) -> None:
        given = module.params["instance"]
        self._host = given["host"]
        pair = base64.b64encode(f"{given['username']}:{given['password']}".encode()).decode()
        self._headers = {"Authorization": f"Basic {pair}", "Accept": "application/json"}

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> object:
        """What the instance answers to one request."""
        headers = {**self._headers, "Content-Type": kind}
        with open_url(f"{self._host}{path}", method=method, data=body, headers=headers, timeout=20) as answer:
            return json.load(answer)["result"]

    def record(self, number: str) -> dict:
        """The change with a number."""
        found = self.ask("GET", f"{TABLE}?number={quote(number)}")
        if not found:
            raise LookupError(f"No change_request records match {number}")
        return found[0]


def main() -> None:
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={
            "instance": instance(),
            "number": {"type": "str"},
            "state": {"type": "str", "choices": list(STATES)},
            "other": {"type": "dict"},
            "attachments": {"type": "list", "elements": "dict", "options": {"path": {"type": "str", "required": True}}},
            **{name: {"type": "str"} for name in FIELDS},
        },
        required_if=[("state", "assess", ("assignment_group",))],
    )
    given = {name: module.params[name] for name in FIELDS if module.params[name] is not None}
    given.update(module.params["other"] or {})
    if module.params["state"]:
        given["state"] = STATES[module.params["state"]]
    try:
        table = Table(module)
        if module.params["number"]:
            old = table.record(module.params["number"])
            record = table.ask("PATCH", f"{TABLE}/{old['sys_id']}", json.dumps(given).encode())
        else:
            record = table.ask("POST", TABLE, json.dumps(given).encode())
        for one in module.params["attachments"] or ():
            file = Path(one["path"])
            place = f"table_name=change_request&table_sys_id={record['sys_id']}&file_name={quote(file.name)}"
            table.ask("POST", f"/api/now/attachment/file?{place}", file.read_bytes(), "application/octet-stream")
    except (OSError, LookupError, ValueError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=True, record=record)


if __name__ == "__main__":
    main()
