# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulated server: its data, its sessions, its workflow engine and its clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from .clock.clock import Clock
from .config.spec import TECHNICAL_FOLDER, Account, InstanceSpec, Operator, OptionSpec, WorkflowSpec, Zone
from .config.switches import Switches, switches_of
from .database.passwords import KEY_OPTION, encrypt, is_key, make_key
from .database.persist import Change
from .database.rows import ACCOUNT, OPTION, WORKFLOW, Rows
from .database.schemas import Schema
from .database.store import Store
from .database.values import OPTION_COLUMNS
from .documents.entities import database_id
from .engine.engine import Engine, EngineConfig
from .engine.orders import as_id
from .security.rights import check_folder
from .security.sessions import Sessions
from .technical.deliveries import DeliveryQueue
from .technical.families import activities
from .technical.outgoing import Outgoing
from .technical.synchronising import Secret, SecretOf

OPERATOR = "xtk:operator"
FOLDER = "xtk:folder"
WORKFLOW_OPERATOR = "admin"
"""In whose name workflows act. Disable an operator of this name and they fail (KA-19458)."""

_CHUNK = 500  # rows inserted before other requests get their turn


class Instance:
    """See the module's text. `clock` is shared by all instances; `now()` is this one's, skew included."""

    def __init__(self, spec: InstanceSpec, clock: Clock, *, seed: int, path: str = ":memory:") -> None:
        self.spec = spec
        self.name = spec.name
        self.clock = clock
        self.down = spec.down
        self.zone = spec.zone
        self._skew = spec.skew
        self.pending_events = 0  # in the queue of Message Center; nothing but mcPing.jsp looks at it
        self.store = Store(self.now, path=path)
        self.store.readable_folders = self._readable
        self.store.guard = self._check_folder
        self.rows: Rows = self.store  # the same, for those who read and write rows by name
        self.sessions = Sessions(spec.name, spec.operators, spec.zone, self.now, seed)
        self.sessions.timeouts = spec.timeouts
        self._accounts = {account.name: account for account in spec.accounts}
        self._technical = {workflow.name: workflow.technical for workflow in spec.workflows}
        self._seed = seed
        self.deliveries = DeliveryQueue(self.store, spec.deliveries)
        self._engine: Engine | None = None
        self._switches = Switches()
        self.switches = switches_of(spec.switches)

    def now(self) -> datetime:
        """The instance's own time, UTC."""
        return self.clock.now() + timedelta(seconds=self._skew) if self._skew else self.clock.now()

    @property
    def skew(self) -> float:
        """Seconds by which its clock is ahead."""
        return self._skew

    @skew.setter
    def skew(self, seconds: float) -> None:
        ahead, self._skew = timedelta(seconds=seconds - self._skew), seconds
        if self._engine is not None:
            self._engine.clock_was_set(ahead)

    @property
    def engine(self) -> Engine:
        """The workflow engine, there once `begin()` was called."""
        if self._engine is None:
            raise RuntimeError(f"{self.name} has not begun")
        return self._engine

    @property
    def switches(self) -> Switches:
        """The choices where Campaign's behaviour is not known."""
        return self._switches

    @switches.setter
    def switches(self, switches: Switches) -> None:
        self._switches = switches
        self.sessions.expired_answer = switches.expired_answer
        self.store.switches = switches
        if self._engine is not None:
            self._engine.switches = switches

    # -- beginning ------------------------------------------------------------------------------------------------

    def begin(
        self,
        outgoing: Outgoing,
        secret_of: SecretOf,
        url_of: Callable[[str], str],
        first_run: Callable[[WorkflowSpec], float],
    ) -> None:
        """Make the rows of the fleet file (unless the data are there already) and start the workflows.

        `first_run`: seconds to the first due date of a workflow.
        """
        fresh = not self.rows.find(OPERATOR)
        if fresh:
            self._make_rows()
        else:
            self.deliveries.resume()
        self._make_accounts(url_of)
        self._engine = Engine(
            self.name,
            self.store,
            self.clock,
            EngineConfig(),
            {
                workflow.name: activities(workflow, self.spec, outgoing, secret_of, self._kill)
                for workflow in self.spec.workflows
            },
            self.now,
            switches=self._switches,
            operator=WORKFLOW_OPERATOR,
            operator_enabled=self._enabled,
        )
        rows: list[tuple[WorkflowSpec, int]] = []
        for workflow in self.spec.workflows:
            row = self._engine.add_workflow(workflow, first_run=first_run(workflow))
            rows.append((workflow, row))
            if fresh:
                folder = self._folder(workflow.folder)
                values = {"folder-id": folder, "production": workflow.technical, "builtIn": workflow.technical}
                self.rows.update(WORKFLOW, row, {**values, "history": workflow.history})
        if not self.spec.wfserver:
            self._engine.set_wfserver(False)
        if fresh:
            for workflow, row in rows:
                self._engine.restore(row, workflow.found, workflow.journal)

    def _make_rows(self) -> None:
        self.store.insert_many(OPERATOR, [{"name": op.login, "label": op.login} for op in self.spec.operators])
        own = (OptionSpec("XtkDatabaseId", 6, database_id(self.spec)), self._made_key())
        given = {option.name for option in self.spec.options}
        options = [*(option for option in own if option.name not in given), *self.spec.options]
        self.store.insert_many(OPTION, [option_values(option) for option in options])

    def _made_key(self) -> OptionSpec:
        return OptionSpec(KEY_OPTION, 6, make_key(self._seed, self.name))

    def _make_accounts(self, url_of: Callable[[str], str]) -> None:
        """The port may differ each time the simulator starts, so the mids' addresses are always set again."""
        for account in self._accounts.values():
            server = url_of(account.peer) if account.peer else ""
            known = self.rows.find(ACCOUNT, name=account.name)
            if known:
                self.rows.update(ACCOUNT, known[0]["id"], {"server": server})
                continue
            values = {
                "name": account.name,
                "label": account.label,
                "type": account.type,
                "active": account.active,
                "server": server,
                "account": account.login,
                "password": self._encrypted(account.password),
            }
            self.rows.insert(ACCOUNT, values)

    def _encrypted(self, password: str) -> str:
        """The password as its row shows it. With a damaged key, as with the original one."""
        key = self.store.get_option(KEY_OPTION)[0]
        return encrypt(password, key if is_key(key) else make_key(self._seed, self.name))

    def _folder(self, name: str) -> int:
        found = self.rows.find(FOLDER, name=name)
        if found:
            return int(found[0]["id"])
        label = "Technical workflows" if name == TECHNICAL_FOLDER else name
        return self.rows.insert(FOLDER, {"name": name, "label": label})

    def end(self) -> None:
        """Stop the engine and close the data."""
        if self._engine is not None:
            self._engine.close()
        self.store.close()

    def set_zone(self, zone: Zone) -> None:
        """Change the security zone in which the callers are."""
        self.zone = zone
        self.sessions.zone = zone

    # -- who ------------------------------------------------------------------------------------------------------

    def login_id(self, login: str) -> int:
        """The id of an operator's row."""
        found = self.rows.find(OPERATOR, name=login)
        return int(found[0]["id"]) if found else 0

    def _readable(self, login: str) -> frozenset[int] | None:
        """The folders whose rows an operator sees; None for all, those without a folder included."""
        operator = self.sessions.operator(login)
        if operator is None or operator.admin or operator.folders is True:
            return None
        return frozenset(row["id"] for row in self.rows.find(FOLDER) if operator.may("read", row["name"]))

    def may(self, operator: Operator, right: str, folder: int) -> bool:
        """Whether an operator holds a right of FOLDER_RIGHTS on a folder. Only operators with all rights have one on
        rows that lie in no folder."""
        row = self.rows.get(FOLDER, folder) if folder else None
        return operator.may(right, row["name"] if row else "")

    def _check_folder(self, login: str, schema: Schema, right: str, folder: int) -> None:
        operator = self.sessions.operator(login)
        if operator is not None:
            held, readable = self.may(operator, right, folder), self.may(operator, "read", folder)
            check_folder(operator, folder, schema.title, held=held, readable=readable)

    def _enabled(self, login: str) -> bool:
        operator = self.sessions.operator(login)
        return operator is None or operator.enabled

    def secret(self, account: str) -> Secret:
        """What an account needs to log on at its mid."""
        known = self._accounts.get(account)
        return Secret(known.password, known.suffix) if known else Secret("", account)

    def account(self, name: str) -> Account | None:
        """An account as the fleet file, or a change since, has it."""
        return self._accounts.get(name)

    def change_account(self, name: str, *, password: str | None = None, active: bool | None = None) -> None:
        """Repair or break an account. LookupError for one that does not exist."""
        account = self._accounts[name]
        if password is not None:
            self._accounts[name] = account = replace(account, password=password)
            row = self.rows.find(ACCOUNT, name=name)[0]
            self.rows.update(ACCOUNT, int(row["id"]), {"password": self._encrypted(password)})
        if active is not None:
            self._accounts[name] = replace(account, active=active)
            self.rows.update(ACCOUNT, int(self.rows.find(ACCOUNT, name=name)[0]["id"]), {"active": active})

    # -- workflows ------------------------------------------------------------------------------------------------

    def find_workflow(self, reference: str) -> Mapping[str, Any] | None:
        """A workflow's row by internal name or id."""
        row_id = as_id(reference)
        if row_id is not None:
            return self.rows.get(WORKFLOW, row_id)
        rows = self.rows.find(WORKFLOW, internalName=reference)
        return rows[0] if rows else None

    def technical(self, workflow: Mapping[str, Any]) -> bool:
        """Whether orders need ADMINISTRATION. An instance of a template is what its template is; a workflow that the
        fleet file does not know counts as technical."""
        template = self._technical.get(str(workflow["modelName"]), True)
        return self._technical.get(str(workflow["internalName"]), template)

    def _kill(self, workflow_id: int) -> None:
        self.engine.order("Kill", str(workflow_id), WORKFLOW_OPERATOR)

    def changed(self, changes: Sequence[Change]) -> None:
        """Take note of what a document wrote: a workflow whose row was deleted stops."""
        for change in changes:
            if change.schema == WORKFLOW and change.operation == "delete":
                self.engine.forget(change.id)


def option_values(option: OptionSpec) -> dict[str, object]:
    """The columns of an option's row."""
    values: dict[str, object] = {
        "name": option.name,
        "dataType": option.data_type,
        "description": option.description,
    }
    if option.value is not None:
        values[OPTION_COLUMNS[option.data_type]] = option.value
    return values
