# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""How an instance is reached: the options that say it, where their values come from, and the session they make.

Actions, inventory and event source resolve through :func:`resolve` alone, so that the same instance is reached in the
same way by each of them. Knows nothing of Ansible.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping, Sequence

from ._credentials import VARIABLE as CREDENTIALS_VARIABLE
from ._credentials import read_credentials
from ._errors import ValidationError
from ._http import HttpSettings, HttpTransport, host_of, proxies_from_environment
from ._session import BearerCredentials, PasswordCredentials, Session

if t.TYPE_CHECKING:
    from ._session import Transport

#: Connection options and the environment variable behind each (doc fragment ``connection``).
ENVIRONMENT: dict[str, str] = {
    "url": "CAMPAIGN_URL",
    "user": "CAMPAIGN_USER",
    "password": "CAMPAIGN_PASSWORD",
    "access_token": "CAMPAIGN_ACCESS_TOKEN",
    "validate_certs": "CAMPAIGN_VALIDATE_CERTS",
    "ca_path": "CAMPAIGN_CA_PATH",
    "timeout": "CAMPAIGN_TIMEOUT",
    "read_only": "CAMPAIGN_READ_ONLY",
}
#: What an option is when nobody says.
DEFAULTS: dict[str, t.Any] = {"validate_certs": True, "timeout": 30.0, "read_only": False}
#: The options whose values are secret.
SECRET = ("password", "access_token")

#: The ways to prove who one is, each with the options of which one is enough to mean it.
KINDS: dict[str, tuple[str, ...]] = {"password": ("user", "password"), "access_token": ("access_token",)}

#: What Ansible reads as true, in small letters.
_TRUE = frozenset({"y", "yes", "on", "1", "true", "t", "1.0"})

Source = Mapping[str, t.Any]


def resolve(arguments: Source, environ: Mapping[str, str], instance: str = "") -> dict[str, t.Any]:
    """Every option of the connection, from the first of these that gives it.

    1. ``arguments`` (a task's own and its module_defaults); what is None is not given.
    2. ``environ``: the task's environment over that of the process. An empty variable is not given.
    3. the credentials file that ``CAMPAIGN_CREDENTIALS_FILE`` in ``environ`` names: its section of the instance, then
       its default section.

    Two options are more than their first value. The first source that says how to log on decides in which way it is
    done, so that a token in the environment does not get in the way of a password in the file of another. And
    ``read_only`` is true when any source says so: what is there to hold a playbook back, a playbook cannot undo.

    :param arguments: may hold other options too, which are left as they are.
    :param instance: the instance's name, where ``arguments`` does not give it.
    :returns: ``arguments`` with every connection option in it, be it as its default or None. Values are not validated.
    :raises ValidationError: the credentials file cannot be used.
    """
    resolved = dict(arguments)
    if resolved.get("instance") is None and instance:
        resolved["instance"] = instance
    sources = [arguments, _of_environment(environ), *_of_file(environ, str(resolved.get("instance") or ""))]
    unwanted = _other_kinds(sources)
    for option in ENVIRONMENT:
        given = (source[option] for source in sources if source.get(option) is not None)
        resolved[option] = None if option in unwanted else next(given, DEFAULTS.get(option))
    if any(_is_true(source.get("read_only")) for source in sources):
        resolved["read_only"] = True
    return resolved


def secrets_of(options: Source) -> set[str]:
    """The secrets in options, as texts."""
    return {str(options[name]) for name in SECRET if options.get(name)}


def _of_environment(environ: Mapping[str, str]) -> Source:
    return {option: environ[variable] for option, variable in ENVIRONMENT.items() if environ.get(variable)}


def _of_file(environ: Mapping[str, str], instance: str) -> Sequence[Source]:
    path = environ.get(CREDENTIALS_VARIABLE)
    return read_credentials(path, ENVIRONMENT).sections(instance) if path else ()


def _other_kinds(sources: Sequence[Source]) -> set[str]:
    """The options of the ways to log on that the first source which names any does not name."""
    for source in sources:
        named = [kind for kind, options in KINDS.items() if any(source.get(option) is not None for option in options)]
        if named:
            return {option for kind in KINDS if kind not in named for option in KINDS[kind]}
    return set()


def _is_true(value: t.Any) -> bool:
    return value is not None and str(value).strip().lower() in _TRUE


def open_session(
    params: Source,
    environ: Mapping[str, str],
    *,
    transport: Callable[[HttpSettings], Transport] | None = None,
    **behaviour: t.Any,
) -> Session:
    """A session for validated parameters; nothing is sent yet.

    :param transport: makes the transport of its settings, in place of one over HTTP.
    :param behaviour: further arguments of the session, such as ``retries``.
    :raises ValidationError: no URL, no credentials, or both kinds.
    :raises MissingLibrary: requests or lxml is not installed here.
    """
    if not params.get("url"):
        raise ValidationError(
            "There is no URL.",
            instance=params.get("instance") or "",
            next_step="Set url (or CAMPAIGN_URL in the environment, or url in the credentials file).",
        )
    name = params.get("instance") or host_of(params["url"])
    settings = HttpSettings(
        timeout=params["timeout"],
        validate_certs=params["validate_certs"],
        ca_path=params.get("ca_path"),
        proxies=proxies_from_environment(params["url"], environ),
    )
    credentials = _credentials(params, name)
    return Session(
        name,
        params["url"],
        credentials,
        (transport or HttpTransport)(settings),
        read_only=params["read_only"],
        **behaviour,
    )


def _credentials(params: Source, name: str) -> PasswordCredentials | BearerCredentials:
    if params.get("access_token") and not params.get("password"):
        return BearerCredentials(params["access_token"])
    if params.get("user") and params.get("password") and not params.get("access_token"):
        return PasswordCredentials(params["user"], params["password"])
    raise ValidationError(
        "The credentials are not complete.",
        instance=name,
        next_step="Give user and password, or access_token alone (or CAMPAIGN_USER and CAMPAIGN_PASSWORD, or "
        "CAMPAIGN_ACCESS_TOKEN, in the environment; or the same options in the credentials file).",
    )
