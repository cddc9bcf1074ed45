# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""How an instance is reached: the options that say it, where their values come from, and the session they make.

Actions, inventory and event source all use :func:`resolve`, so that each of them connects to an instance in the
same way. Does not depend on Ansible.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from urllib.parse import unquote

from .._core.errors import CampaignError, ValidationError, configuring
from .._core.masking import Secret
from .._http.transport import HttpSettings, HttpTransport, host_of, proxies_from_environment
from .credentials_file import VARIABLE as CREDENTIALS_VARIABLE
from .credentials_file import read_credentials
from .ims import TOKEN_URL, ImsAccount, TokenSource
from .session import BearerCredentials, PasswordCredentials, Session, TokenCredentials, router_url

if t.TYPE_CHECKING:
    from .session import Transport

#: Connection options and their environment variables (doc fragment ``connection``).
ENVIRONMENT: dict[str, str] = {
    "url": "CAMPAIGN_URL",
    "user": "CAMPAIGN_USER",
    "password": "CAMPAIGN_PASSWORD",
    "access_token": "CAMPAIGN_ACCESS_TOKEN",
    "client_id": "CAMPAIGN_CLIENT_ID",
    "client_secret": "CAMPAIGN_CLIENT_SECRET",
    "scope": "CAMPAIGN_SCOPE",
    "token_url": "CAMPAIGN_TOKEN_URL",
    "validate_certs": "CAMPAIGN_VALIDATE_CERTS",
    "ca_path": "CAMPAIGN_CA_PATH",
    "client_cert": "CAMPAIGN_CLIENT_CERT",
    "client_key": "CAMPAIGN_CLIENT_KEY",
    "proxy": "CAMPAIGN_PROXY",
    "timeout": "CAMPAIGN_TIMEOUT",
    "read_only": "CAMPAIGN_READ_ONLY",
}
#: The tokens of an existing session.
SESSION_ENVIRONMENT: dict[str, str] = {
    "session_token": "CAMPAIGN_SESSION_TOKEN",
    "security_token": "CAMPAIGN_SECURITY_TOKEN",
}
#: The defaults of options.
DEFAULTS: dict[str, t.Any] = {"token_url": TOKEN_URL, "validate_certs": True, "timeout": 30.0, "read_only": False}
#: The options whose values are secret, and those within ``session``.
SECRET = ("password", "access_token", "client_secret")
SESSION_SECRET = ("session_token", "security_token", "access_token")
_ALL_SECRET = frozenset((*SECRET, *SESSION_SECRET))
#: The options with addresses, which may contain a password.
ADDRESSES = frozenset(("url", "token_url", "proxy", "server"))
#: The variables that name a proxy, in lower case.
PROXIES = frozenset(("http_proxy", "https_proxy", "all_proxy"))
#: Variables that are resolved into options, and need not appear on a command line.
PRIVATE_ENVIRONMENT = frozenset((*ENVIRONMENT.values(), *SESSION_ENVIRONMENT.values(), CREDENTIALS_VARIABLE))

#: The ways to log on, each with the options that select it.
KINDS: dict[str, tuple[str, ...]] = {
    "password": ("user", "password"),
    "token": ("access_token",),
    "account": ("client_id", "client_secret"),
}

#: What Ansible reads as true, in lower case.
_TRUE = frozenset({"y", "yes", "on", "1", "true", "t", "1.0"})

Source = Mapping[str, t.Any]


def resolve(
    arguments: Source, environ: Mapping[str, str], instance: str = "", variables: Source | None = None
) -> dict[str, t.Any]:
    """Every option of the connection, from the first of these sources that sets it.

    1. ``arguments`` (a task's own and its module_defaults); None means not set. A session that was opened at an
       address sets the ``url`` to it.
    2. ``variables``: the host's variables, by option.
    3. ``environ``: the task's environment over that of the process. An empty variable means not set.
    4. the credentials file that ``CAMPAIGN_CREDENTIALS_FILE`` in ``environ`` names: its section for the instance, then
       its default section.

    Some options depend on more than one source. The first source with credentials decides how to log
    on, so that a token in the environment does not conflict with a password in the credentials file. A ``session``
    counts if no higher source has credentials; lower ones are kept, to renew it. And
    ``read_only`` is true if any source says so: a playbook cannot lift a restriction that was set outside it.

    :param arguments: may contain other options too, which stay unchanged.
    :param instance: the instance's name, if ``arguments`` does not have it.
    :returns: ``arguments`` with every connection option, as its default or None if unset; ``session`` only if
        there is one. Values are not validated.
    :raises ConfigurationError: the credentials file cannot be used.
    """
    resolved = dict(arguments)
    if resolved.get("instance") is None and instance:
        resolved["instance"] = instance
    file = _of_file(environ, str(resolved.get("instance") or ""))
    sources = [_with_place(arguments), variables or {}, _of_environment(environ), *file]
    unwanted = _other_kinds(sources)
    for option in ENVIRONMENT:
        resolved[option] = None if option in unwanted else _first_given(sources, option)
    resolved.pop("session", None)
    session = _session_of(sources)
    if session:
        resolved["session"] = session
    if any(is_true(source.get("read_only")) for source in sources):
        resolved["read_only"] = True
    return resolved


def _first_given(sources: Sequence[Source], option: str) -> t.Any:
    given = (source[option] for source in sources if source.get(option) is not None)
    return next(given, DEFAULTS.get(option))


def secrets_in(options: t.Any, key: str = "") -> Iterator[Secret]:
    """The secrets in options at any depth: by the names of the options, and the passwords within addresses.

    :param options: may contain options of several connections; values may be of any type before validation.
    """
    if isinstance(options, Mapping):
        users = {"password": options.get("user"), "client_secret": options.get("client_id")}
        for name, value in options.items():
            if name in _ALL_SECRET and _is_plain(value):
                yield Secret(str(value), str(users.get(name) or ""))
            else:
                yield from secrets_in(value, str(name))
    elif isinstance(options, (list, tuple)):
        for one in options:
            yield from secrets_in(one, key)
    elif key in ADDRESSES and isinstance(options, str):
        yield from secrets_of_address(options)


def _is_plain(value: t.Any) -> bool:
    return isinstance(value, (str, int, float)) and bool(str(value))


def secrets_of_address(address: str) -> Iterator[Secret]:
    """The password in an address, encoded and decoded; with or without a scheme before it."""
    login, at, _host = address.partition("://")[2 if "://" in address else 0].rpartition("@")
    user, colon, password = login.partition(":")
    if at and colon and password:
        yield Secret(password, user)
        yield Secret(unquote(password), unquote(user))


def secrets_in_environment(environ: Mapping[str, str]) -> Iterator[Secret]:
    """The passwords of the proxies that the environment names."""
    for name, value in environ.items():
        if name.lower() in PROXIES or name == ENVIRONMENT["proxy"]:
            yield from secrets_of_address(value)


def shows_password(options: Source) -> bool:
    """Whether an address is refused because of a password in it: then it must not be sent to another machine."""
    proxy = str(options.get("proxy") or "")
    addresses = (str(options.get(name) or "") for name in ("url", "token_url"))
    return any("@" in address for address in addresses) or ("@" in proxy and "://" not in proxy)


def with_proxy(
    options: Source, environ: Mapping[str, str], names: Collection[str]
) -> tuple[dict[str, t.Any], set[str]]:
    """Move a proxy's password from the environment to an option: on other hosts Ansible puts it on a command line.

    :param names: the variables that are about to be sent.
    :returns: the options with the proxy, and the variables that need not be sent.
    """
    secret = {name for name in names if name.lower() in PROXIES and any(secrets_of_address(environ.get(name) or ""))}
    if not secret:
        return dict(options), set()
    found = proxies_from_environment(str(options.get("url") or ""), environ)
    proxy = options.get("proxy") or next(iter(found.values()), None)
    return {**options, "proxy": proxy}, secret


def _with_place(arguments: Source) -> Source:
    """The arguments with the address where their session was opened: its tokens are sent nowhere else."""
    session = arguments.get("session")
    opened_at = session.get("url") if isinstance(session, Mapping) else None
    return {**arguments, "url": opened_at} if opened_at and arguments.get("url") is None else arguments


def _of_environment(environ: Mapping[str, str]) -> Source:
    found: dict[str, t.Any] = {
        name: environ[variable] for name, variable in ENVIRONMENT.items() if environ.get(variable)
    }
    session = {name: environ[variable] for name, variable in SESSION_ENVIRONMENT.items() if environ.get(variable)}
    return {**found, "session": session} if session else found


def _of_file(environ: Mapping[str, str], instance: str) -> Sequence[Source]:
    path = environ.get(CREDENTIALS_VARIABLE)
    if not path:
        return ()
    with configuring():
        return read_credentials(path, ENVIRONMENT).sections(instance)


def _named(source: Source) -> list[str]:
    """The ways to log on that a source configures."""
    return [kind for kind, options in KINDS.items() if any(source.get(option) is not None for option in options)]


def _other_kinds(sources: Sequence[Source]) -> set[str]:
    """The options of the ways to log on that the first source with credentials does not configure."""
    named: list[str] = next(filter(None, map(_named, sources)), list(KINDS))
    return {option for kind in KINDS if kind not in named for option in KINDS[kind]}


def _session_of(sources: Sequence[Source]) -> t.Any:
    for source in sources:
        if source.get("session") or _named(source):
            return source.get("session") or None
    return None


def is_true(value: t.Any) -> bool:
    """Whether Ansible would read an unvalidated value as true."""
    return value is not None and str(value).strip().lower() in _TRUE


# -- the session ------------------------------------------------------------------------------------------------------


def open_session(
    params: Source,
    environ: Mapping[str, str],
    *,
    transport: Callable[[HttpSettings], Transport] | None = None,
    **behaviour: t.Any,
) -> Session:
    """A session for validated parameters; nothing is sent yet.

    :param transport: creates the transport from its settings, instead of one over HTTP.
    :param behaviour: further arguments of the session, such as ``retries``.
    :raises ConfigurationError: no URL, no credentials, or more than one kind; an address that is malformed.
    :raises MissingLibrary: requests or lxml is not installed here.
    """
    with configuring():
        return _opened(params, environ, transport or HttpTransport, behaviour)


def _opened(
    params: Source,
    environ: Mapping[str, str],
    transport: Callable[[HttpSettings], Transport],
    behaviour: Mapping[str, t.Any],
) -> Session:
    shared = params.get("session") or {}
    url = params.get("url") or shared.get("url")
    if not url:
        raise ValidationError(
            "There is no URL (url).",
            instance=params.get("instance") or "",
            next_step="Set it, or CAMPAIGN_URL in the environment, or url in the credentials file.",
        )
    name = params.get("instance") or host_of(url)
    try:
        router_url(url)  # before anything else parses it
        settings = HttpSettings(
            timeout=params["timeout"],
            validate_certs=params["validate_certs"],
            ca_path=params.get("ca_path"),
            client_cert=params.get("client_cert"),
            client_key=params.get("client_key"),
            proxies=_proxies(url, params, environ),
        )
        credentials, renewal = _credentials(url, params, environ)
    except CampaignError as error:
        error.instance = name
        raise
    made = transport(settings)
    return Session(name, url, credentials, made, renewal=renewal, read_only=params["read_only"], **behaviour)


def _proxies(url: str, params: Source, environ: Mapping[str, str]) -> dict[str, str]:
    """The configured proxy applies to all addresses; without one, the environment decides."""
    if not params.get("proxy"):
        return proxies_from_environment(url, environ)
    return dict.fromkeys(("http", "https"), str(params["proxy"]))


Own = t.Union[PasswordCredentials, BearerCredentials, TokenSource]


def _credentials(
    url: str, params: Source, environ: Mapping[str, str]
) -> tuple[t.Union[Own, TokenCredentials], t.Union[PasswordCredentials, TokenSource, None]]:
    """The credentials that open the session, and those that renew it if they differ."""
    shared = params.get("session")
    if not shared:
        return _own(params, environ), None
    try:
        own = _own(params, environ)
        renewal = None if isinstance(own, BearerCredentials) else own
    except ValidationError:
        renewal = None  # the session may be all that is needed
    return _given(url, shared), renewal


def _own(params: Source, environ: Mapping[str, str]) -> Own:
    given = [kind for kind, options in KINDS.items() if any(params.get(option) for option in options)]
    if given == ["token"]:
        return BearerCredentials(params["access_token"])
    if given == ["account"]:
        return _token_source(params, environ)
    if given == ["password"] and params.get("user") and params.get("password"):
        return PasswordCredentials(params["user"], params["password"])
    raise ValidationError(
        "The credentials are not complete." if len(given) < 2 else "There is more than one kind of credentials.",
        next_step="Give a user and password (user, password), or a technical account (client_id, client_secret, scope),"
        " or access_token alone, or a session (or CAMPAIGN_USER and CAMPAIGN_PASSWORD and so on in the environment; or "
        "the same options in the credentials file).",
    )


def _token_source(params: Source, environ: Mapping[str, str]) -> TokenSource:
    account = ImsAccount(
        client_id=params.get("client_id") or "",
        client_secret=params.get("client_secret") or "",
        scope=params.get("scope") or "",
        token_url=params.get("token_url") or TOKEN_URL,
    )
    return TokenSource(account, lambda: _to_ims(account, params, environ))


def _to_ims(account: ImsAccount, params: Source, environ: Mapping[str, str]) -> HttpTransport:
    """A connection to the identity service, not to the instance, so the TLS options of the instance do not apply."""
    return HttpTransport(HttpSettings(timeout=params["timeout"], proxies=_proxies(account.token_url, params, environ)))


def _given(url: str, shared: Source) -> t.Union[TokenCredentials, BearerCredentials]:
    """The tokens of an existing session. They are only sent to the server that issued them."""
    if shared.get("url") and router_url(shared["url"]) != router_url(url):
        raise ValidationError(
            f"The session was opened at {shared['url']}, and the url is {url}. Nothing was sent.",
            next_step="Pass to each instance the session that was opened there.",
        )
    if shared.get("access_token"):
        return BearerCredentials(shared["access_token"])
    return TokenCredentials(str(shared.get("session_token") or ""), str(shared.get("security_token") or ""))
