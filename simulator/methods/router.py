# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which methods exist, of which class they are, and how a call reaches its handler."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..config.spec import Operator
from ..security.sessions import Credentials, Session
from ..soap.envelope import Call
from ..soap.errors import MethodFailure, SoapFault, library_unspecified, method_failed, undefined_method

if TYPE_CHECKING:
    from ..instance import Instance
    from ..ledger import Entry

_log = logging.getLogger(__name__)

SESSION, READ, WRITE = "session", "read", "write"


@dataclass(slots=True)
class Context:
    """One call on its way: who calls what on which instance. Handlers name the object they touched in the ledger."""

    instance: Instance
    call: Call
    method: Method | None  # None when the service has none of that name
    shown: Credentials
    internal: bool
    entry: Entry
    session: Session | None = None
    gone: Callable[[], bool] = lambda: False  # whether the caller has closed its connection

    @property
    def operator(self) -> Operator:
        """The operator of the session. Only for methods that need a session."""
        if self.session is None:
            raise LookupError(f"'{self.call.method}' has no session")
        return self.session.operator


MethodHandler = Callable[[Context], bytes | Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Method:
    """A SOAP method. `anonymous` ones need no session."""

    kind: str
    handler: MethodHandler
    anonymous: bool = False


# xtk:session implements xtk:persist, and Adobe's SDK calls it by both names at once (campaign_facts, Calls).
_SAME_SERVICE = {"xtk:persist|xtk:session": "xtk:persist"}
_ONLY_PERSIST = frozenset({"Write", "WriteCollection", "GetEntityIfMoreRecent"})


class Router:
    """The table of methods, filled once."""

    def __init__(self) -> None:
        self._methods: dict[tuple[str, str], Method] = {}

    def add(self, service: str, name: str, kind: str, handler: MethodHandler, *, anonymous: bool = False) -> None:
        """Register a method."""
        self._methods[(service, name)] = Method(kind, handler, anonymous)

    def names(self) -> list[str]:
        """All methods as 'service#method', sorted."""
        return sorted(f"{service}#{name}" for service, name in self._methods)

    def find(self, call: Call) -> Method | None:
        """The method of a call, or None when the service has none of that name."""
        return self._methods.get((_SAME_SERVICE.get(call.service, call.service), call.method))

    async def run(self, context: Context) -> bytes:
        """Execute a call whose method was found and return the answer's bytes. Raises SoapFault or PlainRefusal."""
        call, method = context.call, context.method
        if not context.internal:
            context.instance.sessions.admit(context.shown)
        if method is None:
            if call.service == "xtk:session" and call.method in _ONLY_PERSIST:
                self._authenticate(context)
                raise library_unspecified(call.service, call.method).wrapped(call.service, call.method)
            raise undefined_method(call.service, call.method)
        if not method.anonymous:
            self._authenticate(context)
        try:
            answer = method.handler(context)
            if inspect.isawaitable(answer):
                return await answer
            return answer
        except MethodFailure as failure:
            raise failure.wrapped(call.service, call.method) from failure
        except RecursionError:
            raise method_failed(call.service, call.method, "The document is nested too deeply.") from None

    @staticmethod
    def _authenticate(context: Context) -> None:
        session = context.instance.sessions.authenticate(context.shown, context.call)
        context.session = session
        context.entry.session = session.short
        context.entry.login = session.operator.login


def unexpected(call: Call, error: Exception) -> SoapFault:
    """A defect of the simulator, as the fault of one call; the process and the other calls continue."""
    _log.error("%s#%s failed unexpectedly", call.service, call.method, exc_info=error)
    return method_failed(call.service, call.method, f"The simulator failed: {type(error).__name__}.")
