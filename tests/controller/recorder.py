# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local server that answers as the API of AWX does, version 2, and records every request.

It keeps objects of the kinds in :mod:`tests.controller.awx_rules`, and follows AWX where that is not convenient: a
project has no playbooks until its update has ended, secrets do not come back, lists have pages, an inventory that is
removed is listed for a last time, and what belongs to an object goes with it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, NamedTuple

from aiohttp import web

from .awx_rules import KINDS, TARGETS, TEMPLATES, Checked, Data, Refused, check, check_survey

ROOT = "/api/v2/"
TOKEN = "a-token-of-a-test"
USER, PASSWORD = "admin", "a-password-of-a-test"
#: Shorter than that of AWX, which is 25, so that a list of the kit has a second page.
PAGE = 4
#: Where the recorder says, as JSON, what was made, changed and removed (``writes``), and what is there (``left``).
LEDGER = "/_recorder"
PLAYBOOKS = [
    "detect",
    "merge_slices",
    "plan",
    "reconcile",
    "rollback",
    "backfill",
    "nothing_to_change",
    "describe_approval",
    "end_failed",
]


class Call(NamedTuple):
    """One request."""

    method: str
    path: str
    body: Any


class Awx:
    """The objects and the calls.

    :param playbooks: what an update of a project finds.
    """

    def __init__(self, playbooks: list[str] | None = None) -> None:
        self.objects: dict[str, dict[int, Data]] = {endpoint: {} for endpoint in KINDS}
        self.lists: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, Data] = {}
        self.secrets: dict[int, Data] = {}
        self.calls: list[Call] = []
        #: What was made, changed and removed: method, endpoint and name of each object.
        self.written: list[str] = []
        self.tokens: dict[str, int] = {}
        self.playbooks = [f"playbooks/{name}.yml" for name in PLAYBOOKS] if playbooks is None else playbooks
        self.update_fails = False
        self.url = ""
        self._last = 0
        self._asked: dict[int, int] = {}
        self.add("organizations", name="Default")
        self.add("credential_types", name="Machine", kind="ssh", managed=True, inputs={"fields": [{"id": "username"}]})
        self.add(
            "credential_types",
            name="Red Hat Ansible Automation Platform",
            kind="cloud",
            managed=True,
            inputs={"fields": [{"id": "host"}, {"id": "oauth_token"}]},
        )

    # -- for tests ---------------------------------------------------------------------------------------------------

    def add(self, endpoint: str, **fields: Any) -> Data:
        """An object that is there before."""
        return self._put(endpoint, {**deepcopy(KINDS[endpoint].fields), **fields})

    def named(self, endpoint: str) -> dict[str, Data]:
        """The objects of an endpoint by their names."""
        key = "identifier" if endpoint == "workflow_job_template_nodes" else "name"
        return {one[key]: one for one in self.objects[endpoint].values()}

    def writes(self) -> list[Call]:
        """The calls that change something. A logon is none."""
        return [call for call in self.calls if call.method != "GET" and not call.path.startswith(f"{ROOT}tokens/")]

    def ledger(self) -> Data:
        """What is at LEDGER."""
        self._end_removals([*self.objects["inventories"].values()])
        left = {endpoint: sorted(self.named(endpoint)) for endpoint in KINDS if endpoint != "project_updates"}
        return {"writes": self.written, "left": {endpoint: names for endpoint, names in left.items() if names}}

    def _note(self, method: str, endpoint: str, one: Data) -> None:
        self.written.append(f"{method} {endpoint} {one.get('identifier') or one['name']}")

    # -- objects -----------------------------------------------------------------------------------------------------

    def _put(self, endpoint: str, fields: Data) -> Data:
        self._last += 1
        found = {"id": self._last, "type": KINDS[endpoint].type, "url": f"{ROOT}{endpoint}/{self._last}/", **fields}
        self.objects[endpoint][self._last] = found
        return found

    def find(self, endpoint: str, number: int) -> Data:
        """An object by its number.

        :raises Refused: there is none (404).
        """
        places = TEMPLATES if endpoint == "unified_job_templates" else (endpoint,)
        for place in places:
            if number in self.objects[place]:
                return self.objects[place][number]
        raise Refused({"detail": "Not found."}, 404)

    def shown(self, endpoint: str, one: Data) -> Data:
        """An object as AWX shows it."""
        kind = KINDS[endpoint]
        related = {name: f"{one['url']}{name}/" for name in (*kind.related, *kind.lists)}
        summary: Data = {}
        for name, target in TARGETS.items():
            if one.get(name) is not None:
                there = self.find(target, one[name])
                related[name] = there["url"]
                summary[name] = {"id": there["id"], "name": there.get("name")}
        if endpoint == "projects" and one["status"] == "pending":
            summary["current_update"] = {"id": one["update"], "status": "pending"}
        return {**one, "related": related, "summary_fields": summary}

    def _has(self, number: int) -> list[str]:
        project = self.find("projects", number)
        return self.playbooks if project["status"] == "successful" else []

    def _check(self, endpoint: str, wanted: Data, number: int | None) -> None:
        kind = KINDS[endpoint]
        lacks = {name: ["This field is required."] for name in kind.required if wanted.get(name) in (None, "")}
        if lacks:
            raise Refused(lacks)
        for name, target in TARGETS.items():
            if wanted.get(name) is not None:
                try:
                    self.find(target, wanted[name])
                except Refused:
                    raise Refused({name: [f'Invalid pk "{wanted[name]}" - object does not exist.']}) from None
        for other in self.objects[endpoint].values():
            if other["id"] != number and all(other.get(name) == wanted.get(name) for name in kind.unique):
                names = " and ".join(name.replace("_", " ").title() for name in kind.unique)
                raise Refused({"__all__": [f"{kind.type.replace('_', ' ')} with this {names} already exists."]})
        check(endpoint, wanted, Checked(self.find, self._has, self.surveys))

    # -- requests ----------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: list[str], query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        """Status and body for one request below ``/api/v2/``."""
        if path == ["me"]:
            return 200, {"count": 1, "next": None, "previous": None, "results": [{"id": 1, "username": USER}]}
        if len(path) == 1:
            return self._of_endpoint(method, path[0], query, body)
        endpoint, number = path[0], int(path[1])
        one = self.find(endpoint, number)
        if len(path) == 2:
            return self._of_object(method, endpoint, one, body)
        return self._of_related(method, endpoint, one, path[2], body)

    def _of_endpoint(self, method: str, endpoint: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, self._page(endpoint, query)
        fields = KINDS[endpoint].fields
        wanted = {**deepcopy(fields), **{name: value for name, value in body.items() if name in fields}}
        self._check(endpoint, wanted, None)
        self._note(method, endpoint, wanted)
        one = self._put(endpoint, self._hidden(endpoint, self._last + 1, wanted))
        if endpoint == "projects" and one["scm_type"]:
            self._update(one)  # AWX updates a new project by itself
        return 201, self.shown(endpoint, one)

    def _of_object(self, method: str, endpoint: str, one: Data, body: Any) -> tuple[int, Any]:
        if method == "DELETE":
            if endpoint == "inventories":
                one["pending_deletion"] = True
            else:
                self._remove(endpoint, one)
            self._note(method, endpoint, one)
            return (202 if endpoint == "inventories" else 204), None
        if method == "PATCH":
            fields = KINDS[endpoint].fields
            wanted = {**one, **{name: value for name, value in body.items() if name in fields}}
            self._check(endpoint, wanted, one["id"])
            one.update(self._hidden(endpoint, one["id"], wanted))
            self._note(method, endpoint, one)
        elif endpoint == "project_updates":
            self._go_on(one)
        return 200, self.shown(endpoint, one)

    def _of_related(self, method: str, endpoint: str, one: Data, name: str, body: Any) -> tuple[int, Any]:
        if name == "survey_spec":
            return self._survey(method, one, body)
        if name == "playbooks":
            return 200, self._has(one["id"])
        if name == "update" and method == "POST":
            return 202, self._update(one)
        if name == "create_approval_template":
            template = self._put("workflow_approval_templates", {"description": "", "timeout": 0, **body})
            one["unified_job_template"] = template["id"]
            return 201, template
        return self._associated(method, (endpoint, one["id"], name), body)

    def _survey(self, method: str, one: Data, body: Any) -> tuple[int, Any]:
        if method == "POST":
            check_survey(body)
            self.surveys[one["id"]] = body
        elif method == "DELETE":
            self.surveys.pop(one["id"], None)
        return 200, self.surveys.get(one["id"], {}) if method == "GET" else None

    def _associated(self, method: str, key: tuple[str, int, str], body: Any) -> tuple[int, Any]:
        endpoint, _number, name = key
        if name not in KINDS[endpoint].lists:
            raise Refused({"detail": "Not found."}, 404)
        members = self.lists.setdefault(key, [])
        if method == "GET":
            shown = [{"id": one} for one in members]
            return 200, {"count": len(shown), "next": None, "previous": None, "results": shown}
        if body.get("disassociate"):
            members.remove(body["id"])
        elif body["id"] not in members:
            target = "workflow_job_template_nodes" if name.endswith("_nodes") else name
            self.find(target, body["id"])
            members.append(body["id"])
        return 204, None

    # -- lists -------------------------------------------------------------------------------------------------------

    def _page(self, endpoint: str, query: Mapping[str, str]) -> Data:
        places = TEMPLATES if endpoint == "unified_job_templates" else (endpoint,)
        every = [(place, one) for place in places for one in self.objects[place].values()]
        found = [self.shown(place, one) for place, one in every if self._meets(one, query)]
        self._end_removals(found)
        page, size = int(query.get("page", 1)), int(query.get("page_size", PAGE))
        more = page * size < len(found)
        kept = "&".join(f"{name}={value}" for name, value in query.items() if name != "page")
        return {
            "count": len(found),
            "next": f"{ROOT}{endpoint}/?{kept}&page={page + 1}" if more else None,
            "previous": None,
            "results": found[(page - 1) * size : page * size],
        }

    def _meets(self, one: Data, query: Mapping[str, str]) -> bool:
        asked = {name: value for name, value in query.items() if name not in ("page", "page_size", "order_by")}
        either = [self._is(one, name[4:], value) for name, value in asked.items() if name.startswith("or__")]
        every = [self._is(one, name, value) for name, value in asked.items() if not name.startswith("or__")]
        return all(every) and (any(either) or not either)

    def _is(self, one: Data, name: str, value: str) -> bool:
        first, _sign, rest = name.partition("__")
        if first not in one:
            if any(first in kind.fields for kind in KINDS.values()):
                return False  # a template of a kind that has no such field
            raise Refused({"detail": f"{one['type']} has no field named '{first}'"})
        if not rest:
            return str(one[first]) == value
        if one[first] is None:
            return False
        return self._is(self.find(TARGETS[first], one[first]), rest, value)

    # -- what AWX does by itself -------------------------------------------------------------------------------------

    def _hidden(self, endpoint: str, number: int, wanted: Data) -> Data:
        """The object without its secrets, which AWX keeps and does not give back."""
        if endpoint != "credentials":
            return wanted
        fields = self.find("credential_types", wanted["credential_type"])["inputs"]["fields"]
        secret = {one["id"] for one in fields if one.get("secret")}
        kept = self.secrets.setdefault(number, {})
        kept.update({name: value for name, value in wanted["inputs"].items() if value != "$encrypted$"})
        hidden = {name: "$encrypted$" if name in secret else value for name, value in wanted["inputs"].items()}
        return {**wanted, "inputs": hidden}

    def _update(self, project: Data) -> Data:
        update = self._put(
            "project_updates",
            {"name": project["name"], "status": "pending", "project": project["id"], "scm_revision": ""},
        )
        update.update(finished=None, failed=False, elapsed=0.0, started=None, event_processing_finished=False)
        project.update(status="pending", update=update["id"])
        return update

    def _go_on(self, update: Data) -> None:
        """An update that is asked for a second time has ended."""
        self._asked[update["id"]] = self._asked.get(update["id"], 0) + 1
        if self._asked[update["id"]] < 2:
            return
        status = "failed" if self.update_fails else "successful"
        update.update(status=status, failed=self.update_fails, finished="2026-11-28T00:00:00Z", scm_revision="abc")
        update["event_processing_finished"] = True
        self.find("projects", update["project"]).update(status=status, scm_revision="abc")

    def _end_removals(self, seen: list[Data]) -> None:
        """An inventory that was shown as one that is being removed goes."""
        for one in seen:
            if one.get("pending_deletion"):
                self._remove("inventories", one)

    def _remove(self, endpoint: str, one: Data) -> None:
        number = one["id"]
        using = [other for other in self.objects["credentials"].values() if other["credential_type"] == number]
        if endpoint == "credential_types" and using:
            raise Refused({"detail": "Credential types that are in use cannot be deleted."}, 403)
        del self.objects[endpoint][number]
        owner = {"inventories": "inventory", "workflow_job_templates": "workflow_job_template"}.get(endpoint)
        owned = {"inventories": "inventory_sources", "workflow_job_templates": "workflow_job_template_nodes"}
        if owner:
            self._remove_all(owned[endpoint], owner, number)
        if endpoint in TEMPLATES:
            self._remove_all("schedules", "unified_job_template", number)
        if endpoint == "workflow_job_template_nodes":
            self.objects["workflow_approval_templates"].pop(one["unified_job_template"] or 0, None)
        for members in self.lists.values():
            if number in members:
                members.remove(number)
        self._forget(number)

    def _remove_all(self, endpoint: str, field: str, number: int) -> None:
        for one in [one for one in self.objects[endpoint].values() if one[field] == number]:
            self._remove(endpoint, one)

    def _forget(self, number: int) -> None:
        """Take a number out of what refers to it."""
        for kind in self.objects.values():
            for one in kind.values():
                for field in TARGETS:
                    if one.get(field) == number:
                        one[field] = None


# -- HTTP -------------------------------------------------------------------------------------------------------------


def _handler(awx: Awx) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.Response:
        if request.path == LEDGER:
            return web.json_response(awx.ledger())
        text = await request.text()
        body = json.loads(text) if text else {}
        awx.calls.append(Call(request.method, request.path, body))
        path = request.path.removeprefix(ROOT).strip("/").split("/")
        try:
            status, found = _authorized(awx, request, path, body)
        except Refused as refused:
            status, found = refused.status, refused.body
        return web.Response(
            status=status,
            text="" if found is None else json.dumps(found),
            content_type="application/json",
            headers={"X-API-Product-Name": "AWX", "X-API-Product-Version": "24.6.1"},
        )

    return handle


def _authorized(awx: Awx, request: web.Request, path: list[str], body: Any) -> tuple[int, Any]:
    if path[0] == "tokens":
        return _token(awx, request, path)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if given != TOKEN and given not in awx.tokens:
        raise Refused({"detail": "Authentication credentials were not provided."}, 401)
    return awx.answer(request.method, path, request.query, body)


def _token(awx: Awx, request: web.Request, path: list[str]) -> tuple[int, Any]:
    """A logon with user and password, and its end."""
    expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    if request.headers.get("Authorization") != f"Basic {expected}":
        raise Refused({"detail": "Invalid username/password."}, 401)
    if request.method == "DELETE":
        awx.tokens = {token: number for token, number in awx.tokens.items() if number != int(path[1])}
        return 204, None
    number = len(awx.calls)
    awx.tokens[f"token-{number}"] = number
    return 201, {"id": number, "token": f"token-{number}"}


@contextmanager
def serving(awx: Awx) -> Iterator[Awx]:
    """Serve it on loopback, in a thread; ``awx.url`` is where."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def start() -> web.AppRunner:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", _handler(awx))
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        awx.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    runner = loop.run_until_complete(start())

    def run() -> None:
        loop.call_soon(ready.set)
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield awx
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.run_until_complete(runner.cleanup())
        loop.close()
