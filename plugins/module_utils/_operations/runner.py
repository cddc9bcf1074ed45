# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What surrounds an operation: argument specs, the connection, one way out.

An :class:`Operation` is a function that takes parameters and a session and returns an :class:`Answer`. It is run by
``main`` in a module's own process and by the collection's actions in the controller's worker, through the same
``execute``: so both behave alike.
"""

from __future__ import annotations

import contextlib
import os
import time
import traceback
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ansible.module_utils.basic import AnsibleModule, env_fallback

from .._client.connect import DEFAULTS, ENVIRONMENT, open_session, secrets_in, secrets_in_environment
from .._client.mids import Finder, Mids
from .._client.session import MethodClass, Session
from .._core.errors import CampaignError, ValidationError, for_lack, shorten
from .._core.interrupts import Interrupted, interruptible, pause
from .._core.masking import Masking
from .._core.text import shown, visible, visible_lines
from .._cure.progress import Progress

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
                "handle": {"type": "str"},
                "url": {"type": "str"},
                "instance": {"type": "str"},
                "expires": {"type": "str"},
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


#: The option of every module that waits. Only the action gets the lines: a module's own output is its result.
PROGRESS_OPTION: ArgumentSpec = {"progress": {"type": "float", "default": 30.0}}


@dataclass(frozen=True)
class Request:
    """What an operation is asked: validated parameters, whether it may write, where mids are reached, who gets
    how a wait gets on, and how time passes (``clock``: monotonic seconds)."""

    params: Mapping[str, t.Any]
    check_mode: bool = False
    mids: Mids = field(default_factory=Mids)
    progress: Progress = field(default_factory=Progress)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = pause


@dataclass
class Answer:
    """What an operation returns. ``failed`` is a sentence when it ended badly but still has results to show."""

    changed: bool
    result: dict[str, t.Any] = field(default_factory=dict)
    diff: dict[str, t.Any] | list[dict[str, t.Any]] | None = None
    failed: str | None = None


def on_controller_only(name: str) -> Callable[[Request, Session], Answer]:
    """The function of an operation that an action carries out: it is for many instances, and one session is not
    enough."""

    def refuse(_request: Request, _session: Session) -> Answer:
        raise ValidationError(f"{name} runs on the controller only.")

    return refuse


#: What -vvv shows in place of a secret argument, as Ansible does.
_HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@dataclass(frozen=True)
class Operation:
    """One module's work.

    :param name: the module's name, without the collection.
    :param options: the argument spec of its own options.
    :param run: the function. It may raise any CampaignError.
    :param check: looks at the parameters before a session is opened. It may raise any CampaignError.
    :param on_error: turns an error into an answer where an error is a finding (a verdict ``unreachable``).
    :param constraints: ``required_if`` and the like, as AnsibleModule takes them.
    :param controller_only: it keeps something on the controller for the tasks that follow, and is never sent away.
    :param data: places in its result whose texts are data, as keys joined by dots (see ``_core/text.py``): to be
        compared or written back, so they are returned as the server sent them. Every other text is made visible.
    :param traced: with a ``run_id`` among its options, the result says of every call when it was made and how it ended,
        and what the clocks said.
    """

    name: str
    options: ArgumentSpec
    run: Callable[[Request, Session], Answer]
    check: Callable[[Mapping[str, t.Any]], None] | None = None
    on_error: Callable[[CampaignError, Request], t.Optional[Answer]] | None = None
    constraints: Mapping[str, t.Any] = field(default_factory=dict)
    controller_only: bool = False
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
    find_mid: Finder | None = None,
    say: Callable[[str], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = pause,
) -> tuple[dict[str, t.Any], frozenset[str]]:
    """Run one operation in one session of its own. Never raises: every error becomes a result.

    :param opened: makes the session, in place of ``open_session``.
    :param find_mid: knows the connections of mids that are not among the parameters.
    :param say: is given a line now and then while the operation waits; None when nobody can see one.
    :param clock: and ``sleep``: how time passes. A rehearsal moves its servers' time in place of waiting.
    :returns: the result for Ansible, masked, and the secrets that may be masked wherever they stand. The others are as
        short or plain as our own data, and are masked in the words of servers and people alone.
    """
    masking = masking_of(params, environ)
    with masking.active():
        on_order = None if say is None else _on_order(say, masking)
        request = Request(
            params, check_mode, Mids(params.get("mids") or (), environ, find_mid), clock=clock, sleep=sleep
        )
        found = _executed(operation, request, environ, opened or open_session, on_order)
        result = masking.result(found)
        return result, masking.distinct(result)


def _on_order(say: Callable[[str], None], masking: Masking) -> Callable[[str], None]:
    """What shows a line of progress: without a secret, as one line. That it cannot be shown ends no cure."""

    def told(line: str) -> None:
        with contextlib.suppress(Exception):
            say(visible(masking.ours(line)))

    return told


def masking_of(params: Mapping[str, t.Any], environ: Mapping[str, str]) -> Masking:
    """All secrets that are known before anything is sent."""
    masking = Masking(secrets_in(params))
    masking.add(secrets_in_environment(environ))
    return masking


def invocation(operation: Operation, params: Mapping[str, t.Any], environ: Mapping[str, str]) -> dict[str, t.Any]:
    """The arguments as -vvv shows them: secret ones by name, and every other text without a secret."""
    return {"module_args": _shown(operation.argument_spec, params, masking_of(params, environ))}


def _shown(spec: ArgumentSpec, params: Mapping[str, t.Any], masking: Masking) -> dict[str, t.Any]:
    shown: dict[str, t.Any] = {}
    for name, value in params.items():
        known = spec.get(name) or {}
        if known.get("no_log") and value is not None:
            shown[name] = _HIDDEN
        elif isinstance(value, Mapping) and known.get("options"):
            shown[name] = _shown(known["options"], value, masking)
        else:
            shown[name] = masking.arguments(value)
    return shown


def _executed(
    operation: Operation,
    request: Request,
    environ: Mapping[str, str],
    opened: Callable[[Mapping[str, t.Any], Mapping[str, str]], Session],
    say: Callable[[str], None] | None,
) -> dict[str, t.Any]:
    """The result as it is."""
    session: Session | None = None
    params = request.params
    try:
        request = replace(request, progress=Progress(params.get("progress") or 0.0, say))
        if operation.check is not None:
            operation.check(params)
        request.mids.check()
        session = opened(params, environ)
        with session:
            answer = operation.run(request, session)
    except CampaignError as error:
        answer = _answer_to(operation, error, request)
    except Interrupted as stop:
        answer = _answer_to(operation, stop.as_error(), request)
    except Exception as error:  # a defect of ours must not become a traceback
        answer = _unforeseen(operation, error, request, session)
    result = _told(operation, answer, session)
    result.update(_cost(session))
    if operation.traced and session is not None and params.get("run_id"):
        trace = session.trace()
        result["calls"]["log"] = trace.pop("log")
        result.update(trace)
    return result


def _told(operation: Operation, answer: Answer, session: Session | None) -> dict[str, t.Any]:
    """An answer as Ansible takes it, with what the session has to say.

    Every text of a server is made visible here, so that none can forge a line of the output.
    """
    result: dict[str, t.Any] = shown(answer.result, operation.data)
    result["changed"] = answer.changed or (answer.failed is not None and _may_have_written(session))
    if answer.diff is not None:
        result["diff"] = _shown_diff(answer.diff)
    if answer.failed is not None:
        result["failed"] = True
        result["msg"] = visible(answer.failed)
    notes = list(dict.fromkeys(getattr(session, "notes", ())))
    if session is not None and notes:
        result["warnings"] = [*result.get("warnings", ()), *(visible(f"{session.name}: {note}") for note in notes)]
    return result


def main(operation: Operation) -> None:
    """The ``main`` of every module: validate, execute, exit once."""
    module = AnsibleModule(argument_spec=operation.argument_spec, supports_check_mode=True, **operation.constraints)
    if operation.controller_only:
        # What it keeps for other tasks has to be where those are.
        module.fail_json(msg=f"campaign.classic.{operation.name} runs on the controller only.")
    with interruptible(pass_on=False):
        result, distinct = execute(operation, module.params, check_mode=module.check_mode, environ=os.environ)
    result["invocation"] = invocation(operation, module.params, os.environ)
    # The result is masked. Ansible would now take each secret out of all of it again, be it one digit: out of our
    # verdicts and dates too. So it is left with those that can be nothing else.
    module.no_log_values.clear()
    module.no_log_values.update(distinct)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)


def _shown_diff(diff: t.Any) -> t.Any:
    """A diff with its texts made visible. The line breaks in ``before`` and ``after`` are ours."""
    if not isinstance(diff, Mapping):
        return [_shown_diff(one) for one in diff]
    sides = {name: visible_lines(str(diff[name])) for name in ("before", "after") if name in diff}
    return {**shown(diff), **sides}


def _unforeseen(operation: Operation, error: Exception, request: Request, session: Session | None) -> Answer:
    """A defect of ours; or this machine had too little memory, which says nothing of the instance."""
    lack = for_lack("The instance", error) if isinstance(error, MemoryError) else None
    if lack is None:
        return _defect(error)
    if session is not None:
        made = [call for call in session.calls if call.method != "Logoff"]
        answered = sum(call.outcome == "ok" for call in made)
        lack.message += f" Of {len(made)} calls {answered} were answered."
    return _answer_to(operation, lack, request)


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
            f"campaign.classic had an internal error ({type(error).__name__}: "
            f"{shorten(str(error), 500)}; {place}). This is a defect of the collection: please report this line. "
            "Look at the instance before you repeat the task."
        ),
    )


def _may_have_written(session: Session | None) -> bool:
    """Whether a failure may have changed the instance: a write whose answer was lost may have been carried out."""
    return session is not None and any(call.may_have_written for call in session.calls)


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
