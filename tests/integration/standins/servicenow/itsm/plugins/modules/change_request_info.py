# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the module of this name, which no package index has: arguments that it documents, on the Table API."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from ansible.module_utils.basic import AnsibleModule, env_fallback
from ansible.module_utils.urls import open_url


def main() -> None:
    """Entry point of the module."""
    options = {
        name: {"type": "str", "fallback": (env_fallback, [f"SN_{name.upper()}"])} for name in ("host", "username")
    }
    options["password"] = {"type": "str", "no_log": True, "fallback": (env_fallback, ["SN_PASSWORD"])}
    module = AnsibleModule(
        argument_spec={
            "instance": {"type": "dict", "apply_defaults": True, "options": options},
            "number": {"type": "str"},
        }
    )
    given = module.params["instance"]
    pair = base64.b64encode(f"{given['username']}:{given['password']}".encode()).decode()
    url = f"{given['host']}/api/now/table/change_request?number={quote(module.params['number'])}"
    try:
        with open_url(url, headers={"Authorization": f"Basic {pair}"}, timeout=20) as answer:
            module.exit_json(changed=False, records=json.load(answer)["result"])
    except OSError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
