# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the options of a connection come from, and the session that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client import connect as _connection
from ansible_collections.campaign.classic.plugins.module_utils._client.connect import (
    DEFAULTS,
    ENVIRONMENT,
    KINDS,
    SECRET,
    open_session,
    resolve,
    secrets_in,
    secrets_in_environment,
    shows_password,
    with_proxy,
)
from ansible_collections.campaign.classic.plugins.module_utils._client.ims import TokenSource
from ansible_collections.campaign.classic.plugins.module_utils._client.session import (
    BearerCredentials,
    PasswordCredentials,
    TokenCredentials,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import HttpReply, HttpSettings
from tests.unit.plugins.module_utils.fake_transport import FakeTransport

PASSWORD = "ops-canary-7f3a"
PARAMS: Mapping[str, Any] = {
    **dict.fromkeys(ENVIRONMENT),
    **DEFAULTS,
    "url": "http://mkt1:8080",
    "user": "ops",
    "password": PASSWORD,
    "instance": "mkt1",
}

Environ = Callable[..., dict[str, str]]


@pytest.fixture
def environ(tmp_path: Path) -> Environ:
    """An environment that names a credentials file with this text."""

    def made(text: str, **variables: str) -> dict[str, str]:
        path = tmp_path / "credentials.yml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return {"CAMPAIGN_CREDENTIALS_FILE": str(path), **variables}

    return made


# -- where they come from ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", sorted(set(ENVIRONMENT) - {"read_only"}))
def test_each_option_comes_from_the_first_source_that_gives_it(option: str, environ: Environ) -> None:
    variable = ENVIRONMENT[option]
    file = f"default: {{{option}: default}}\ninstances: {{mkt: {{{option}: own}}}}\n"
    found = [
        resolve({option: "argument"}, environ(file, **{variable: "environment"}), "mkt"),
        resolve({option: None}, environ(file, **{variable: "environment"}), "mkt"),
        resolve({}, environ(file, **{variable: ""}), "mkt"),
        resolve({}, environ(file), "other"),
        resolve({}, {}, "mkt"),
    ]
    assert [one[option] for one in found] == ["argument", "environment", "own", "default", DEFAULTS.get(option)]


def test_every_option_is_there_afterwards_and_others_are_left() -> None:
    nothing = {**dict.fromkeys(ENVIRONMENT), **DEFAULTS}
    assert resolve({"name": "x", "url": "u"}, {}) == {**nothing, "name": "x", "url": "u"}


def test_arguments_are_not_changed() -> None:
    arguments = {"url": "u"}
    resolve(arguments, {}, "mkt")
    assert arguments == {"url": "u"}


def test_instance_that_is_given_chooses_the_section_of_the_file(environ: Environ) -> None:
    file = environ("instances: {mkt: {user: a}, paris: {user: b}}\n")
    assert resolve({}, file, "mkt")["user"] == "a"
    found = resolve({"instance": "paris"}, file, "mkt")
    assert (found["instance"], found["user"]) == ("paris", "b")


@pytest.mark.parametrize("saying", ["arguments", "environment", "file"])
@pytest.mark.parametrize("word", ["true", "yes", "True", "1", " on "])
def test_read_only_is_true_when_any_source_says_so(saying: str, word: str, environ: Environ) -> None:
    file = f"default: {{read_only: '{word if saying == 'file' else 'false'}'}}\n"
    variables = {"CAMPAIGN_READ_ONLY": word if saying == "environment" else "false"}
    found = resolve({"read_only": word if saying == "arguments" else False}, environ(file, **variables))
    assert found["read_only"] is True


@pytest.mark.parametrize("value", [False, "no", "perhaps"])
def test_read_only_that_nobody_says_stays_what_was_given(value: Any) -> None:
    assert resolve({"read_only": value}, {"CAMPAIGN_READ_ONLY": "false"})["read_only"] == value


def test_first_source_that_says_how_to_log_on_decides_the_way(environ: Environ) -> None:
    file = environ("default: {access_token: of-the-file}\n", CAMPAIGN_PASSWORD="of-the-environment")
    found = resolve({"user": "ops"}, file)
    assert (found["user"], found["password"], found["access_token"]) == ("ops", "of-the-environment", None)
    found = resolve({"access_token": "given"}, file)
    assert (found["user"], found["password"], found["access_token"]) == (None, None, "given")


SHARED = {"session_token": "___shared", "security_token": "@shared=="}
SHARED_VARIABLES = {"CAMPAIGN_SESSION_TOKEN": "___shared", "CAMPAIGN_SECURITY_TOKEN": "@shared=="}


def test_session_may_come_from_the_environment() -> None:
    assert resolve({"session": {}}, SHARED_VARIABLES)["session"] == SHARED
    assert "session" not in resolve({}, {}), "None would count as given in Ansible's own checks"
    assert "session" not in resolve({"session": None}, {})


def test_session_keeps_how_it_can_be_renewed() -> None:
    found = resolve({"session": SHARED, "user": "ops", "password": "p"}, {"CAMPAIGN_ACCESS_TOKEN": "t"})
    assert (found["session"], found["user"], found["password"], found["access_token"]) == (SHARED, "ops", "p", None)
    found = resolve({"session": SHARED}, {"CAMPAIGN_CLIENT_ID": "c"})
    assert (found["session"], found["client_id"]) == (SHARED, "c")


def test_session_of_a_lower_source_than_the_password_is_not_used() -> None:
    assert "session" not in resolve({"user": "ops"}, SHARED_VARIABLES)


def test_source_with_two_ways_keeps_both_for_the_complaint() -> None:
    found = resolve({}, {"CAMPAIGN_PASSWORD": "a", "CAMPAIGN_ACCESS_TOKEN": "b"})
    assert (found["password"], found["access_token"]) == ("a", "b")


def test_credentials_file_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="credentials file"):
        resolve({}, {"CAMPAIGN_CREDENTIALS_FILE": str(tmp_path / "nowhere")})


def test_ways_to_log_on_are_options() -> None:
    assert {option for options in KINDS.values() for option in options} <= set(ENVIRONMENT)
    assert set(SECRET) <= set(ENVIRONMENT)


def test_secrets_are_those_that_were_given() -> None:
    options = {
        "password": "a",
        "access_token": None,
        "user": "c",
        "client_secret": "d",
        "session": {"url": "e", **SHARED, "access_token": "f"},
        "proxy": "http://me:g@proxy:3128",
    }
    assert {secret.text for secret in secrets_in(options)} == {"a", "d", "f", "g", *SHARED.values()}
    assert list(secrets_in({"session": "no mapping", "proxy": "http://[::1"})) == []


# -- the session ------------------------------------------------------------------------------------------------------


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    """Replaces the real one; keeps its settings."""
    fake = FakeTransport()

    def make(settings: HttpSettings) -> FakeTransport:
        fake.settings = settings  # type: ignore[attr-defined]
        return fake

    monkeypatch.setattr(_connection, "HttpTransport", make)
    return fake


@pytest.mark.parametrize(
    ("params", "kind"),
    [({}, PasswordCredentials), ({"user": None, "password": None, "access_token": "ims"}, BearerCredentials)],
)
def test_credentials_are_a_password_or_a_token(transport: FakeTransport, params: dict[str, Any], kind: type) -> None:
    session = open_session({**PARAMS, **params}, {})
    assert isinstance(session._credentials, kind)
    assert session.name == "mkt1"
    assert session.url == "http://mkt1:8080/nl/jsp/soaprouter.jsp"


@pytest.mark.parametrize(
    "params",
    [{"password": None}, {"user": None}, {"password": ""}, {"access_token": "ims"}, {"user": "", "password": ""}],
    ids=["no password", "no user", "empty password", "both kinds", "empty"],
)
def test_incomplete_or_twofold_credentials_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="mkt1: The.* credentials.*CAMPAIGN_PASSWORD") as caught:
        open_session({**PARAMS, **params}, {})
    assert PASSWORD not in str(caught.value)
    assert ("more than one kind" in str(caught.value)) == bool(params.get("access_token"))


@pytest.mark.parametrize("url", ["", None])
def test_missing_url_is_refused_with_the_variable_that_could_hold_it(url: str | None) -> None:
    with pytest.raises(ValidationError, match="CAMPAIGN_URL"):
        open_session({**PARAMS, "url": url, "instance": None}, {})


def test_session_without_an_instance_is_named_after_its_host(transport: FakeTransport) -> None:
    assert open_session({**PARAMS, "instance": None}, {}).name == "mkt1:8080"


def test_settings_reach_the_transport_and_the_session(transport: FakeTransport) -> None:
    params = {**PARAMS, "timeout": 7.5, "validate_certs": False, "ca_path": "/ca.pem", "read_only": True}
    session = open_session(params, {"http_proxy": "proxy:3128"})
    assert session.read_only
    assert transport.settings == HttpSettings(  # type: ignore[attr-defined]
        timeout=7.5, validate_certs=False, ca_path="/ca.pem", proxies={"http": "http://proxy:3128"}
    )


def test_proxy_that_is_given_stands_for_all_addresses(transport: FakeTransport) -> None:
    params = {**PARAMS, "proxy": "http://other:3128", "client_cert": "/cert.pem", "client_key": "/key.pem"}
    open_session(params, {"http_proxy": "proxy:3128", "no_proxy": "*"})
    assert transport.settings == HttpSettings(  # type: ignore[attr-defined]
        client_cert="/cert.pem",
        client_key="/key.pem",
        proxies={"http": "http://other:3128", "https": "http://other:3128"},
    )


def test_setting_that_cannot_be_right_names_the_instance() -> None:
    with pytest.raises(ValidationError, match="^mkt1: The option timeout"):
        open_session({**PARAMS, "timeout": 0.0}, {})


ACCOUNT = {"user": None, "password": None, "client_id": "c", "client_secret": "ims-canary-1", "scope": "openid"}


def test_technical_account_becomes_a_source_of_tokens(transport: FakeTransport) -> None:
    transport.answers = [HttpReply(200, {}, b'{"access_token": "token-1"}', 0.0)]
    params = {**PARAMS, **ACCOUNT, "token_url": "http://ims/token", "ca_path": "/ca.pem", "validate_certs": False}
    session = open_session(params, {"http_proxy": "proxy:3128"})
    source = session._credentials
    assert isinstance(source, TokenSource)
    made = source._transport()
    assert made is transport  # type: ignore[comparison-overlap]
    # Not the instance's authorities, and always verified: the client's secret is sent there.
    assert transport.settings == HttpSettings(proxies={"http": "http://proxy:3128"})  # type: ignore[attr-defined]


def test_technical_account_asks_adobe_unless_it_is_said(transport: FakeTransport) -> None:
    source = open_session({**PARAMS, **ACCOUNT}, {})._credentials
    assert isinstance(source, TokenSource)
    assert source.account.token_url == "https://ims-na1.adobelogin.com/ims/token/v3"


def test_technical_account_that_is_incomplete_names_the_instance(transport: FakeTransport) -> None:
    with pytest.raises(ValidationError, match="mkt1: The technical account lacks scope"):
        open_session({**PARAMS, **ACCOUNT, "scope": None}, {})


@pytest.mark.parametrize(
    ("shared", "kind"), [(SHARED, TokenCredentials), ({"access_token": "token"}, BearerCredentials)]
)
def test_session_that_is_given_is_used(transport: FakeTransport, shared: dict[str, str], kind: type) -> None:
    session = open_session({**PARAMS, "user": None, "password": None, "session": shared}, {})
    assert isinstance(session._credentials, kind)
    assert session._renewal is None


def test_session_that_is_given_is_renewed_with_the_password(transport: FakeTransport) -> None:
    session = open_session({**PARAMS, "session": SHARED}, {})
    assert session._renewal == PasswordCredentials("ops", PASSWORD)
    assert PASSWORD in session.secrets()


def test_session_that_is_given_is_not_renewed_with_a_token_of_unknown_age(transport: FakeTransport) -> None:
    session = open_session({**PARAMS, "user": None, "password": None, "access_token": "t", "session": SHARED}, {})
    assert session._renewal is None


def test_session_brings_its_url(transport: FakeTransport) -> None:
    session = open_session({**PARAMS, "url": None, "session": {**SHARED, "url": "http://mkt1:8080/"}}, {})
    assert session.url == "http://mkt1:8080/nl/jsp/soaprouter.jsp"


def test_session_of_another_server_is_refused_before_its_tokens_go_there() -> None:
    with pytest.raises(ValidationError, match="mkt1: The session was opened at http://mkt2") as caught:
        open_session({**PARAMS, "session": {**SHARED, "url": "http://mkt2"}}, {})
    assert "___shared" not in str(caught.value)


@pytest.mark.parametrize("shared", [{"session_token": "___shared"}, {"url": "http://mkt1:8080"}])
def test_session_that_lacks_a_token_is_refused(shared: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="tokens are empty"):
        open_session({**PARAMS, "session": shared}, {})


def test_session_can_be_given_a_transport_and_a_way_to_behave() -> None:
    made: list[HttpSettings] = []

    def make(settings: HttpSettings) -> FakeTransport:
        made.append(settings)
        return FakeTransport()

    session = open_session(PARAMS, {}, transport=make, clock=lambda: 42.0)
    assert [settings.timeout for settings in made] == [PARAMS["timeout"]]
    assert session._clock() == 42.0


# -- secrets wherever they are ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"password": "a", "user": "u"}, {("a", "u")}),
        ({"client_secret": "a", "client_id": "c"}, {("a", "c")}),
        ({"mids": [{"url": "http://m", "user": "u", "password": "a"}]}, {("a", "u")}),
        ({"mid": {"session": {"session_token": "a", "security_token": "b"}}}, {("a", ""), ("b", "")}),
        ({"proxy": "http://u:p%2Fq@host:3128"}, {("p%2Fq", "u"), ("p/q", "u")}),
        ({"proxy": "u:a@host:3128"}, {("a", "u")}),
        ({"url": "https://u:a@host/"}, {("a", "u")}),
        ({"password": 7}, {("7", "")}),
        ({"password": "", "proxy": "http://[::1", "names": ["password"]}, set()),
    ],
)
def test_secrets_are_found_however_deep(options: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert {(secret.text, secret.user) for secret in secrets_in(options)} == expected


def test_proxies_of_the_environment_are_secrets_too() -> None:
    environ = {"HTTPS_PROXY": "http://u:a@h:1", "all_proxy": "u:b@h:1", "CAMPAIGN_PROXY": "http://u:c@h", "X": "u:d@h"}
    assert {secret.text for secret in secrets_in_environment(environ)} == {"a", "b", "c"}


@pytest.mark.parametrize("options", [{"url": "http://u:p@h"}, {"proxy": "u:p@h:1"}, {"token_url": "https://u@h/"}])
def test_address_that_would_show_a_password_is_known(options: dict[str, str]) -> None:
    assert shows_password(options)
    assert not shows_password({"url": "http://h", "proxy": "http://u:p@h:1"})


def test_password_of_a_proxy_goes_with_the_arguments_and_not_with_the_environment() -> None:
    environ = {"https_proxy": "http://u:p@h:1", "no_proxy": "x", "http_proxy": "http://h:2"}
    options, withheld = with_proxy({"url": "https://mkt1"}, environ, set(environ))
    assert (options["proxy"], withheld) == ("http://u:p@h:1", {"https_proxy"})
    options, withheld = with_proxy({"url": "https://mkt1", "proxy": "http://own"}, environ, set(environ))
    assert (options["proxy"], withheld) == ("http://own", {"https_proxy"})
    assert with_proxy({"url": "https://mkt1"}, environ, {"http_proxy"}) == ({"url": "https://mkt1"}, set())
    for no_url in ("https://mkt1:abc/", "http://[::1"):
        # It is refused where it is read, on the other host.
        assert with_proxy({"url": no_url}, environ, set(environ))[0] == {"url": no_url, "proxy": None}
