# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """The options of the connection, for all modules: those of connection_spec()."""

    DOCUMENTATION = r"""
options:
  url:
    description:
      - The URL of the instance, such as V(https://campaign.example.com), with or without the path of its SOAP router.
      - Else the host's variable C(campaign_url) sets it, then E(CAMPAIGN_URL) of the environment, then the
        credentials file that E(CAMPAIGN_CREDENTIALS_FILE) names. So it is with every option of the connection. A blank
        variable gives none.
      - The variables are those of the task's host in the inventory, wherever the task is delegated to.
    type: str
  user:
    description:
      - The login of a Campaign operator. It goes together with O(password).
      - Else the host's variable C(campaign_user) sets it, then E(CAMPAIGN_USER) of the environment.
      - There are four ways to log on. O(user) and O(password); O(client_id), O(client_secret) and O(scope);
        O(access_token); O(session). The first of these sources that has one of them decides - the task with
        its C(module_defaults), the host's variables, the environment, the credentials file.
    type: str
  password:
    description:
      - The password of that operator.
      - Else the host's variable C(campaign_password) sets it, then E(CAMPAIGN_PASSWORD) of the environment.
    type: str
  access_token:
    description:
      - An access token of Adobe's identity service that you already have. It cannot be renewed.
      - Else the host's variable C(campaign_access_token) sets it, then E(CAMPAIGN_ACCESS_TOKEN) of the environment.
    type: str
  client_id:
    description:
      - The client of a technical account, as Adobe's Developer Console shows it for a credential of the kind OAuth
        server to server. Adobe asks technical operators to use one with 7.3.5 or later.
      - An access token is fetched with it, kept in memory, and fetched again when the instance refuses it. To fetch
        only one for many tasks, use M(campaign.classic.session).
      - Else the host's variable C(campaign_client_id) sets it, then E(CAMPAIGN_CLIENT_ID) of the environment.
    type: str
  client_secret:
    description:
      - The secret of that client.
      - Else the host's variable C(campaign_client_secret) sets it, then E(CAMPAIGN_CLIENT_SECRET) of the environment.
    type: str
  scope:
    description:
      - The scopes of that client, separated by commas, as Adobe's Developer Console shows them.
      - Else the host's variable C(campaign_scope) sets it, then E(CAMPAIGN_SCOPE) of the environment.
    type: str
  token_url:
    description:
      - The URL that issues the access token. The certificate of that server is always verified, against the authorities
        that the system trusts.
      - Else the host's variable C(campaign_token_url) sets it, then E(CAMPAIGN_TOKEN_URL) of the environment.
    type: str
    default: https://ims-na1.adobelogin.com/ims/token/v3
  session:
    description:
      - A session that M(campaign.classic.session) has opened, as RV(campaign.classic.session#module:session) holds it,
        or its C(handle) alone. The task then neither logs on nor off.
      - If it has expired and there are other credentials too, the task logs on with them.
      - If this is not set, the tokens in E(CAMPAIGN_SESSION_TOKEN) and E(CAMPAIGN_SECURITY_TOKEN) are used.
    type: dict
    suboptions:
      handle:
        description:
          - The name under which the controller keeps the tokens of the session, for as long as this run of Ansible
            lasts. It is no secret.
        type: str
      url:
        description: The URL where it was opened. Its tokens are sent to no other address.
        type: str
      instance:
        description: The name of the instance. For information only.
        type: str
      expires:
        description: When the session ends. For information only.
        type: str
      session_token:
        description: The token of a session that was opened by other means.
        type: str
      security_token:
        description: The security token that goes with it.
        type: str
      access_token:
        description: The access token of a technical account, instead of the other two.
        type: str
  validate_certs:
    description:
      - Whether the certificate of the server must be valid. With V(false) any server that answers gets the password.
        Use it only on your own network.
      - A blank C(campaign_validate_certs) is V(true), since it may hide one that is.
      - Else the host's variable C(campaign_validate_certs) sets it, then E(CAMPAIGN_VALIDATE_CERTS) of the
        environment.
    type: bool
    default: true
  ca_path:
    description:
      - A file or a directory with the certificates of the authorities that sign the certificate of the server, instead
        of those that the system trusts, or that E(SSL_CERT_FILE) and E(SSL_CERT_DIR) name. What other programs read,
        such as C(REQUESTS_CA_BUNDLE), C(CURL_CA_BUNDLE) and C(.netrc), is not read.
      - C(~) and variables within the path are those of the task's environment where the task runs. A relative path
        starts at the directory where Ansible was started.
      - Else the host's variable C(campaign_ca_path) sets it, then E(CAMPAIGN_CA_PATH) of the environment.
    type: path
  client_cert:
    description:
      - A file with the client certificate, in PEM form, for a server that asks for one.
      - Else the host's variable C(campaign_client_cert) sets it, then E(CAMPAIGN_CLIENT_CERT) of the environment.
    type: path
  client_key:
    description:
      - The file of the key of O(client_cert), without a passphrase, unless the key is in the same file.
      - Else the host's variable C(campaign_client_key) sets it, then E(CAMPAIGN_CLIENT_KEY) of the environment.
    type: path
  proxy:
    description:
      - The URL of the proxy, such as V(http://proxy.example.com:3128), for the instance and for O(token_url).
      - Else the host's variable C(campaign_proxy) sets it, then E(CAMPAIGN_PROXY) of the environment. Without that,
        C(http_proxy), C(https_proxy), C(all_proxy) and C(no_proxy) in the environment apply.
    type: str
  timeout:
    description:
      - Timeout of a whole request, in seconds, from connecting to the last byte of the answer.
      - Else the host's variable C(campaign_timeout) sets it, then E(CAMPAIGN_TIMEOUT) of the environment.
    type: float
    default: 30.0
  read_only:
    description:
      - Refuses every call that would write, before it is sent.
      - It is also true when the host's variable C(campaign_read_only), the environment variable E(CAMPAIGN_READ_ONLY)
        or the credentials file says so. A task cannot undo that. A blank C(campaign_read_only) is V(true), since it
        may hide one that is.
    type: bool
    default: false
  instance:
    description:
      - The name of the instance in results and messages. If this is not set, the name of the host in the
        inventory is used.
    type: str
requirements:
  - requests >= 2.28
  - lxml >= 4.9
"""
