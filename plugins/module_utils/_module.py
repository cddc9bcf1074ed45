# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The shell round one operation: argument specs, the connection, one way out.

An :class:`Operation` is a function that takes parameters and a session and returns an :class:`Answer`. It is run by
``main`` in a module's own process and by the collection's actions in the controller's worker, through the same
``execute``: so both behave alike.
"""

from __future__ import annotations

import os
import traceback
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ansible.module_utils.basic import AnsibleModule, env_fallback

from ._connection import DEFAULTS, ENVIRONMENT, open_session, secrets_of
from ._errors import CampaignError
from ._session import MethodClass, Session
from ._text import shown, visible, visible_lines

ArgumentSpec = dict[str, dict[str, t.Any]]


def connection_spec() -> ArgumentSpec:
    """The argument spec that every module shares."""
    spec: ArgumentSpec = {
        "url": {"type": "str"},
        "user": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        "access_token": {"type": "str", "no_log": True},
        "client_id": {"type": "str"},
        "client_secret": {"type": "str", "no_log": True},
        "scope": {"type": "str"},
        "token_url": {"type": "str", "no_log": False},
        "session": {
            "type": "dict",
            "options": {
                "url": {"type": "str"},
                "session_token": {"type": "str", "no_log": True},
                "security_token": {"type": "str", "no_log": True},
                "access_token": {"type": "str", "no_log": True},
            },
        },
        "validate_certs": {"type": "bool"},
        "ca_path": {"type": "path"},
        "client_cert": {"type": "path"},
        "client_key": {"type": "path", "no_log": False},
        "proxy": {"type": "str"},
        "timeout": {"type": "float"},
        "read_only": {"type": "bool"},
        "instance": {"type": "str"},
    }
    for name, default in DEFAULTS.items():
        spec[name]["default"] = default
    for name, variable in ENVIRONMENT.items():
        spec[name]["fallback"] = (env_fallback, [variable])
    return spec


@dataclass(frozen=True)
class Request:
    """What an operation is asked: validated parameters, and whether it may write."""

    params: Mapping[str, t.Any]
    check_mode: bool = False


@dataclass
class Answer:
    """What an operation returns. ``failed`` is a sentence when it ended badly but still has results to show."""

    changed: bool
    result: dict[str, t.Any] = field(default_factory=dict)
    diff: dict[str, t.Any] | list[dict[str, t.Any]] | None = None
    failed: str | None = None


@dataclass(frozen=True)
class Operation:
    """One module's work.

    :param name: the module's name, without the collection.
    :param options: the argument spec of its own options.
    :param run: the function. It may raise any CampaignError.
    :param check: looks at the parameters before a session is opened. It may raise any CampaignError.
    :param on_error: turns an error into an answer where an error is a finding (a verdict ``unreachable``).
    :param constraints: ``required_if`` and the like, as AnsibleModule takes them.
    :param private: keys of its result that hold secrets which the next tasks need. They exist on the controller only,
        and Ansible shows nothing of a result that has one.
    :param data: places in its result whose texts are data, as keys joined by dots (see ``_text.shown``): to be compared
        or written back, so they are handed on as the server sent them. Every other text is made visible.
    :param traced: with a ``run_id`` among its options, the result says of every call when it was made and how it ended,
        and what the clocks said.
    """

    name: str
    options: ArgumentSpec
    run: Callable[[Request, Session], Answer]
    check: Callable[[Mapping[str, t.Any]], None] | None = None
    on_error: Callable[[CampaignError, Request], t.Optional[Answer]] | None = None
    constraints: Mapping[str, t.Any] = field(default_factory=dict)
    private: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    traced: bool = False

    @property
    def argument_spec(self) -> ArgumentSpec:
        """The whole argument spec: connection and own options."""
        return {**connection_spec(), **self.options}


def execute(
    operation: Operation,
    params: Mapping[str, t.Any],
    *,
    check_mode: bool,
    environ: Mapping[str, str],
    opened: Callable[[Mapping[str, t.Any], Mapping[str, str]], Session] | None = None,
) -> tuple[dict[str, t.Any], frozenset[str]]:
    """Run one operation in one session of its own. Never raises: every error becomes a result.

    :param opened: makes the session, in place of ``open_session``.
    :returns: the result for Ansible, and the secrets that must not be in it.
    """
    session: Session | None = None
    request = Request(params, check_mode)
    try:
        if operation.check is not None:
            operation.check(params)
        session = (opened or open_session)(params, environ)
        with session:
            answer = operation.run(request, session)
    except CampaignError as error:
        answer = _answer_to(operation, error, request)
    except Exception as error:  # a defect of ours must not become a traceback at two in the morning
        answer = _defect(error)
    # The one door to what people see: whatever a server has put into a text, it forges no line behind it.
    result: dict[str, t.Any] = shown(answer.result, operation.data)
    result["changed"] = answer.changed or (answer.failed is not None and _has_written(session))
    if answer.diff is not None:
        result["diff"] = _shown_diff(answer.diff)
    if answer.failed is not None:
        result["failed"] = True
        result["msg"] = visible(answer.failed)
    result.update(_cost(session))
    if operation.traced and session is not None and params.get("run_id"):
        trace = session.trace()
        result["calls"]["log"] = trace.pop("log")
        result.update(trace)
    secrets = _secrets(params, session)
    return result, frozenset(secrets | set(map(visible, secrets)))


def main(operation: Operation) -> None:
    """The ``main`` of every module: validate, execute, exit once."""
    module = AnsibleModule(argument_spec=operation.argument_spec, supports_check_mode=True, **operation.constraints)
    if operation.private:
        # Its result would travel as a module's does, which is read, logged and shown by many.
        module.fail_json(msg=f"campaign.classic.{operation.name} runs on the controller only.")
    result, secrets = execute(operation, module.params, check_mode=module.check_mode, environ=os.environ)
    module.no_log_values.update(secrets)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)


def _shown_diff(diff: t.Any) -> t.Any:
    """A diff with its texts made visible. The line breaks in ``before`` and ``after`` are ours."""
    if not isinstance(diff, Mapping):
        return [_shown_diff(one) for one in diff]
    sides = {name: visible_lines(str(diff[name])) for name in ("before", "after") if name in diff}
    return {**shown(diff), **sides}


def _answer_to(operation: Operation, error: CampaignError, request: Request) -> Answer:
    error.instance = error.instance or request.params.get("instance") or ""
    if operation.on_error is not None:
        answer = operation.on_error(error, request)
        if answer is not None:
            return answer
    result = error.to_result()
    return Answer(False, result, failed=result.pop("msg"))


def _defect(error: Exception) -> Answer:
    """An exception that nobody foresaw: its type and its place, without the traceback."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno} in {frame.name}"
    return Answer(
        False,
        {"error": {"kind": "defect", "place": place}},
        failed=(
            f"campaign.classic failed in a way that it does not know ({type(error).__name__}: {error}; {place}). This "
            "is a defect of the collection: please report this line. Look at the instance before you repeat the task."
        ),
    )


def _has_written(session: Session | None) -> bool:
    return session is not None and any(
        call.kind is MethodClass.WRITE and call.outcome == "ok" for call in session.calls
    )


def _cost(session: Session | None) -> dict[str, t.Any]:
    """What the operation cost the server, and whose clock is right."""
    calls = session.calls if session is not None else []
    return {
        "calls": {
            "total": len(calls),
            "logons": sum(call.method in ("Logon", "BearerTokenLogon") for call in calls),
            "writes": sum(call.kind is MethodClass.WRITE for call in calls),
        },
    }


def _secrets(params: Mapping[str, t.Any], session: Session | None) -> set[str]:
    return secrets_of(params) | (set(session.secrets()) if session is not None else set())
