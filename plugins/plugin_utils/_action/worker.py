# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The base of all actions: run a module's operation in the controller's worker (docs/architecture.md, Execution).

Starting a Python process for each task and host is what makes API collections slow. A task that would run on the
controller anyway is run in the worker that Ansible has already forked. Every other task is sent to its host, with all
options resolved here, so that credentials and the read-only switch never depend on the remote host.
"""

from __future__ import annotations

import contextlib
import os
import typing as t
from collections.abc import Collection, Mapping

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ...module_utils._client.connect import PRIVATE_ENVIRONMENT, resolve, shows_password, with_proxy
from ...module_utils._core.errors import CampaignError
from ...module_utils._core.interrupts import interruptible
from ...module_utils._core.lazy_pattern import compile_all
from ...module_utils._core.text import shown
from ...module_utils._operations.runner import Operation, execute, invocation
from .._variables.as_module import Unfit, Validator, as_module_sees, environment
from .._variables.host import connection_of, require_known
from .handles import Handles

if t.TYPE_CHECKING:
    from ...module_utils._client.mids import Finder

COLLECTION = "campaign.classic"

Result = dict[str, t.Any]


class WorkerAction(ActionBase):  # type: ignore[misc]  # ansible-core ships no types
    """Base class of the collection's actions; a subclass names its operation."""

    OPERATION: t.ClassVar[Operation]

    #: What the task sees: its variables, not yet templated, and its environment.
    variables: Result
    environ: Mapping[str, str]

    #: Variables of the task's environment that are not sent with a module.
    _withheld: Collection[str] = PRIVATE_ENVIRONMENT

    _supports_check_mode = True  # Kept: Ansible reads it.
    _supports_async = True  # Kept: Ansible reads it.

    def __init_subclass__(cls, **more: t.Any) -> None:
        """Ansible's main process loads an action before it forks a worker for each host: compile there, once."""
        super().__init_subclass__(**more)
        compile_all()

    def run(self, tmp: None = None, task_vars: Result | None = None) -> Result:
        """Run the task: in this process when it would run on the controller, else as a module on the host."""
        result: Result = super().run(tmp, task_vars)
        # A retried task has the same action, with the environment of its first attempt.
        self._task.environment = self._given = self.__dict__.get("_given", self._task.environment)
        variables = self.variables = task_vars or {}
        environ = self.environ = self._environment()
        try:
            require_known(variables, self._templar.template, lambda: load_extra_vars(self._loader))
            arguments = self._resolve(as_module_sees(self._task.args), variables, environ)
        except CampaignError as error:
            return {**result, "changed": False, "failed": True, **error.to_result()}
        # An address that contains a password is refused, so it need not be shown elsewhere.
        here = self._runs_here() or shows_password(arguments)
        # The code that runs a task elsewhere reports about it there.
        with interruptible(pass_on=True) if here else contextlib.nullcontext():
            return self._carried_out(arguments, result, here=here)

    def _carried_out(self, arguments: Result, result: Result, *, here: bool) -> Result:
        """The result, with everything that a subclass adds before and after."""
        self.before(arguments)
        try:
            result.update(self._run_here(arguments, self.environ) if here else self.run_there(arguments))
        except AnsibleActionFail as error:
            # Here the validation failed, so nothing was sent; elsewhere that is unknown.
            sent = {"calls": {"total": 0, "logons": 0, "writes": 0}} if self._runs_here() else {}
            self.after(arguments, {"failed": True, "msg": str(error), **sent})
            raise
        self.after(arguments, result)
        return result

    # -- what a subclass may add on the controller --------------------------------------------------------------

    def before(self, arguments: Result) -> None:
        """Called with the resolved arguments before anything is sent."""

    def after(self, arguments: Result, result: Result) -> None:
        """Called with the result, however the task ended."""

    def find_mid(self) -> Finder | None:
        """The finder of the connections of mid-sourcing servers, for an operation that asks them."""
        return None

    def run_there(self, arguments: Result) -> Result:
        """Run the module on the host."""
        found: Result = self._execute_module(
            module_name=f"{COLLECTION}.{self.OPERATION.name}",
            module_args=self._leaving(arguments, self.environ),
            task_vars=self.variables,
            wrap_async=bool(self._task.async_val),
        )
        return found

    # -- how -----------------------------------------------------------------------------------------------------

    def _runs_here(self) -> bool:
        """Whether the module would run on the controller, as the same user, now."""
        return self._connection.transport == "local" and not self._play_context.become and not self._task.async_val

    def _environment(self) -> dict[str, str]:
        """The process's environment with the task's own over it."""
        raw: dict[str, t.Any] = {}
        super()._compute_environment_string(raw)
        return {**os.environ, **{name: "" if value is None else str(value) for name, value in raw.items()}}

    def _leaving(self, arguments: Result, environ: Mapping[str, str]) -> Result:
        """The arguments of a module that is sent elsewhere, with the secrets of the task's environment in them."""
        raw: dict[str, t.Any] = {}
        super()._compute_environment_string(raw)
        arguments, proxies = with_proxy(arguments, environ, set(raw))
        self._withheld = PRIVATE_ENVIRONMENT | proxies
        # Ansible polls a task in the background with a module of its own, in the task's environment.
        self._task.environment = [{name: value for name, value in raw.items() if name not in self._withheld}]
        return arguments

    def _compute_environment_string(self, raw_environment_out: dict[str, t.Any] | None = None) -> str:
        """In the form in which Ansible puts it before a command, where every user of that machine can read it.

        The options of the connection are in the arguments already, and those travel in a file or a pipe.
        """
        raw: dict[str, t.Any] = {}
        super()._compute_environment_string(raw)
        kept = {name: value for name, value in raw.items() if name not in self._withheld}
        if raw_environment_out is not None:
            raw_environment_out.clear()
            raw_environment_out.update(kept)
        return str(self._connection._shell.env_prefix(**kept))

    def _resolve(self, arguments: Result, variables: Result, environ: Mapping[str, str]) -> Result:
        """Arguments and module_defaults come with the task; the rest comes from elsewhere.

        Every option of the connection is then set, if only to its default. For an option that is not set, the
        validation would read the environment of its own process. That may be another host's, and it does not know that
        the task has emptied a variable.
        """
        if arguments.get("session"):
            arguments["session"] = Handles().open(arguments["session"])
        host = connection_of(arguments, variables, self._templar.template)
        return resolve(arguments, environ, str(variables.get("inventory_hostname") or ""), host)

    def _run_here(self, arguments: Result, environ: t.Mapping[str, str]) -> Result:
        find_mid = self.find_mid()
        if find_mid is not None:
            # The variables of other hosts do not belong to this task: their templates see the environment of the
            # process.
            find_mid = environment(dict(os.environ))(find_mid)
        # Libraries read the environment of their process; in a module they would read the task's own.
        with environment(environ):
            return self._executed(arguments, environ, find_mid)

    def validated(self, arguments: Result) -> Result:
        """The parameters of the operation. Raises AnsibleActionFail, without a secret, when they are invalid."""
        try:
            return Validator(self.OPERATION).read(arguments, self.environ)
        except Unfit as error:
            raise AnsibleActionFail(str(error)) from None

    def _executed(self, arguments: Result, environ: t.Mapping[str, str], find_mid: Finder | None) -> Result:
        operation = self.OPERATION
        params = self.validated(arguments)
        result, _distinct = execute(
            operation,
            params,
            check_mode=bool(self._task.check_mode),
            environ=environ,
            find_mid=find_mid,
            say=None if getattr(self._task, "no_log", False) else tell,
        )
        # Text that a template took from a server is shown like all text of a server.
        result["invocation"] = shown(invocation(operation, params, environ))
        return result


def tell(line: str) -> None:
    """Show a line while a task runs. A worker's display reaches the console through Ansible's main process, which
    writes one line at a time; to standard error, since a callback may print JSON to standard output."""
    Display().display(line, stderr=True)


class ControllerAction(WorkerAction):
    """Base class of the actions that run in the worker wherever the task's host is."""

    _supports_async = False  # Kept: Ansible reads it.

    def _runs_here(self) -> bool:
        return True
