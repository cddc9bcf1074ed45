# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the module of this name, which only comes with some hundred megabytes: arguments that it documents."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={
            "host": {"type": "str", "default": "localhost"},
            "port": {"type": "int", "default": 25},
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "secure": {"type": "str", "default": "try", "choices": ["always", "never", "starttls", "try"]},
            "sender": {"type": "str", "default": "root", "aliases": ["from"]},
            "to": {"type": "list", "elements": "str", "default": ["root"], "aliases": ["recipients"]},
            "subject": {"type": "str", "required": True, "aliases": ["msg"]},
            "body": {"type": "str"},
        },
        required_together=[["password", "username"]],
    )
    given = module.params
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = given["sender"], ", ".join(given["to"]), given["subject"]
    message.set_content(given["body"] or given["subject"])
    try:
        with smtplib.SMTP(given["host"], given["port"], timeout=20) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        module.fail_json(msg=f"Failed to send mail: {error}")
    module.exit_json(changed=False, msg="Mail sent successfully")


if __name__ == "__main__":
    main()
