# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """How every module reaches its instance. The options are those of connection_spec() in _module.py."""

    DOCUMENTATION = r"""
options:
  url:
    description:
      - Where the instance answers, as V(https://campaign.example.com), with or without the path of its SOAP router.
      - If this is not given, the value of the environment variable E(CAMPAIGN_URL) is used. What is not there either is
        taken from the credentials file that E(CAMPAIGN_CREDENTIALS_FILE) names, as is every other option of the
        connection.
    type: str
  user:
    description:
      - The login of a Campaign operator. It goes together with O(password), and not with O(access_token).
      - If this is not given, the value of the environment variable E(CAMPAIGN_USER) is used.
    type: str
  password:
    description:
      - The password of that operator.
      - If this is not given, the value of the environment variable E(CAMPAIGN_PASSWORD) is used.
    type: str
  access_token:
    description:
      - An access token of Adobe's identity service, instead of O(user) and O(password).
      - If this is not given, the value of the environment variable E(CAMPAIGN_ACCESS_TOKEN) is used.
    type: str
  validate_certs:
    description:
      - Whether the certificate of the server must be valid. V(false) hands the password to whoever answers, so use it
        on a network of your own only.
      - If this is not given, the value of the environment variable E(CAMPAIGN_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - A file or a directory with the certificates of the authorities that sign the certificate of the server, instead
        of those that the system trusts.
      - If this is not given, the value of the environment variable E(CAMPAIGN_CA_PATH) is used.
    type: path
  timeout:
    description:
      - How long one request may take in all, in seconds, from connecting to the last byte of the answer.
      - If this is not given, the value of the environment variable E(CAMPAIGN_TIMEOUT) is used.
    type: float
    default: 30.0
  read_only:
    description:
      - Refuses every call that would write, before it is sent, whatever the task asks for.
      - It is also true when the environment variable E(CAMPAIGN_READ_ONLY) or the credentials file says so. A task
        cannot undo that.
    type: bool
    default: false
  instance:
    description:
      - What the instance is called in results and in messages. If this is not given, the name of the host in the
        inventory is used.
    type: str
requirements:
  - requests >= 2.28
  - lxml >= 4.9
"""
