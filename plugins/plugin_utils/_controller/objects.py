# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The objects of AWX that a kit consists of, out of files with lists of them. Pure.

A file has lists by kind, and a kind is a module of the collection awx.awx. An object has the arguments of that module,
and some keys more, which are written out here: C(survey) (questions, each with C(variable) and C(question)), C(after)
(the nodes of a workflow before this one, with what must have come of them), C(base) (arguments below its own) and
C(enabled).
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...module_utils._core.errors import ValidationError

Data = dict[str, t.Any]


@dataclass(frozen=True)
class Kind:
    """One kind of object.

    :param endpoint: where AWX lists them.
    :param within: arguments that tell two objects of one name apart, with the field that AWX filters by.
    :param key: the argument that names it.
    :param needs: further arguments without which the module cannot remove it.
    :param owned: AWX removes it together with what it belongs to.
    """

    endpoint: str
    within: Mapping[str, str] = field(default_factory=dict)
    key: str = "name"
    needs: tuple[str, ...] = ()
    owned: bool = False


_IN_ORGANIZATION = {"organization": "organization__name"}
#: The kinds, in the order in which they need each other.
KINDS: dict[str, Kind] = {
    "credential_type": Kind("credential_types"),
    "credential": Kind("credentials", _IN_ORGANIZATION, needs=("credential_type",)),
    "project": Kind("projects", _IN_ORGANIZATION),
    "inventory": Kind("inventories", _IN_ORGANIZATION),
    "inventory_source": Kind(
        "inventory_sources",
        {"inventory": "inventory__name", "organization": "inventory__organization__name"},
        owned=True,
    ),
    "job_template": Kind("job_templates", _IN_ORGANIZATION),
    "workflow_job_template": Kind("workflow_job_templates", _IN_ORGANIZATION),
    "workflow_job_template_node": Kind(
        "workflow_job_template_nodes",
        {
            "workflow_job_template": "workflow_job_template__name",
            "organization": "workflow_job_template__organization__name",
        },
        key="identifier",
        owned=True,
    ),
    "schedule": Kind(
        "schedules",
        {
            "unified_job_template": "unified_job_template__name",
            "organization": "unified_job_template__organization__name",
        },
    ),
}
NODE = "workflow_job_template_node"
#: What must have come of the node before.
_RESULTS = ("success", "failure", "always")
_OWN_KEYS = frozenset({"survey", "after", "enabled", "base"})
_QUESTION_KEYS = frozenset({"variable", "question", "description", "type"})


def read_objects(files: Sequence[Mapping[str, t.Any]], marker: str) -> list[Data]:
    """All objects, in the order in which they can be made.

    :param files: each with C(path) and C(content). Of two objects of one kind and name, the later one adds to the
        earlier one.
    :param marker: what the description of every object ends with.
    :returns: for each C(kind), C(name), C(enabled), C(args) (the module's), C(absent_args) (those that remove it),
        C(endpoint) and C(query) (where AWX lists it, and by what), C(marked) (whether it has a description) and
        C(owned).
    :raises ValidationError: a file or an object that cannot be right.
    """
    merged = _merged(files)
    nodes = merged.get(NODE, {})
    _require_parents(nodes)
    return [one for kind in KINDS for one in (_nodes(nodes) if kind == NODE else _plain(kind, merged, marker))]


def _plain(kind: str, merged: Mapping[str, Mapping[str, Data]], marker: str) -> t.Iterator[Data]:
    """The objects of a kind other than nodes."""
    for given in merged.get(kind, {}).values():
        args = _arguments(given)
        args["description"] = f"{args.get('description', '')} {marker}".strip()
        if given.get("survey"):
            args.update(survey_enabled=True, survey_spec=_survey(f"{kind} '{given['name']}'", given["survey"]))
        yield _object(kind, given, args)


def _nodes(nodes: Mapping[str, Data]) -> t.Iterator[Data]:
    """The nodes of a workflow, the last one first: each names those after it, which must exist.

    The module links the template of an approval too, which has no links, and fails. So an approval is linked by itself.
    """
    for name, given in reversed(list(nodes.items())):
        args, links = _arguments(given), _links(name, nodes)
        if "approval_node" in args:
            yield _object(NODE, given, args)
            args = {key: args[key] for key in (KINDS[NODE].key, *KINDS[NODE].within) if key in args}
        yield _object(NODE, given, {**args, **links})


def _arguments(given: Data) -> Data:
    """What the module takes of an object. An empty text is not given."""
    every = {**(given.get("base") or {}), **given}
    return {key: value for key, value in every.items() if key not in _OWN_KEYS and value not in ("", None)}


def _object(kind: str, given: Data, args: Data) -> Data:
    about = KINDS[kind]
    query = {asked: args[name] for name, asked in about.within.items() if name in args}
    return {
        "kind": kind,
        "name": given[about.key],
        "enabled": _enabled(given),
        "args": args,
        "absent_args": {name: args[name] for name in (about.key, *about.within, *about.needs) if name in args},
        "endpoint": about.endpoint,
        "query": {about.key: given[about.key], **query},
        "marked": kind != NODE,
        "owned": about.owned,
    }


def _enabled(given: Mapping[str, t.Any]) -> bool:
    """Whether it is to be there. A template may say so as text."""
    return str(given.get("enabled", True)).strip().lower() in ("true", "yes", "1")


# -- files ------------------------------------------------------------------------------------------------------------


def _merged(files: Sequence[Mapping[str, t.Any]]) -> dict[str, dict[str, Data]]:
    """The objects of all files, by kind and name."""
    found: dict[str, dict[str, Data]] = {}
    for file in files:
        for kind, objects in _kinds_of(file):
            known = found.setdefault(kind, {})
            for number, given in enumerate(objects):
                place = f"{file['path']}: {kind}[{number}]"
                name = _name_of(kind, given, place)
                known[name] = _combined(known.get(name, {}), given)
    return found


def _kinds_of(file: Mapping[str, t.Any]) -> t.Iterator[tuple[str, Sequence[t.Any]]]:
    content = file["content"]
    if not isinstance(content, Mapping):
        raise ValidationError(f"{file['path']} has no lists of objects by kind.")
    for kind, objects in content.items():
        if kind not in KINDS:
            raise ValidationError(f"{file['path']}: there is no kind {kind!r}. It may have: {', '.join(KINDS)}.")
        if isinstance(objects, str) or not isinstance(objects, Sequence):
            raise ValidationError(f"{file['path']}: {kind} must be a list, and is {objects!r}.")
        yield kind, objects


def _name_of(kind: str, given: t.Any, place: str) -> str:
    key = KINDS[kind].key
    if not isinstance(given, Mapping) or not str(given.get(key) or "").strip():
        raise ValidationError(f"{place} has no {key}.")
    return str(given[key])


def _combined(before: Mapping[str, t.Any], more: Mapping[str, t.Any]) -> Data:
    """An object with what a later file adds to it: within dictionaries key by key, all else as a whole."""
    both = {**before, **more}
    for key, value in before.items():
        if isinstance(value, Mapping) and isinstance(more.get(key), Mapping):
            both[key] = _combined(value, more[key])
    return both


# -- workflows --------------------------------------------------------------------------------------------------------


def _require_parents(nodes: Mapping[str, Data]) -> None:
    seen: set[str] = set()
    for name, node in nodes.items():
        for parent, result in _after(node).items():
            if parent not in seen:
                raise ValidationError(f"The node '{name}' comes after '{parent}', and no node before it has this name.")
            if result not in _RESULTS:
                raise ValidationError(
                    f"The node '{name}' comes after '{parent}' on {result!r}. It may be: {', '.join(_RESULTS)}."
                )
        seen.add(name)


def _after(node: Mapping[str, t.Any]) -> Mapping[str, t.Any]:
    after = node.get("after") or {}
    if not isinstance(after, Mapping):
        raise ValidationError(f"after of the node '{node['identifier']}' must be a dictionary, and is {after!r}.")
    return after


def _links(name: str, nodes: Mapping[str, Data]) -> dict[str, list[str]]:
    """The nodes after one, as its module takes them. An empty list takes away a link that was there."""
    return {
        f"{result}_nodes": [
            other for other, node in nodes.items() if _enabled(node) and _after(node).get(name) == result
        ]
        for result in _RESULTS
    }


def _survey(owner: str, questions: Sequence[Mapping[str, t.Any]]) -> Data:
    """A survey whose every answer may be left empty. Numbers and choices are texts too: AWX refuses an empty one."""
    for one in questions:
        if not isinstance(one, Mapping) or not {"variable", "question"} <= set(one) <= _QUESTION_KEYS:
            raise ValidationError(
                f"The survey of the {owner}: a question has variable and question, and perhaps description and type; "
                f"one is {one!r}."
            )
    return {
        "name": "",
        "description": "",
        "spec": [
            {
                "question_name": one["question"],
                "question_description": one.get("description", ""),
                "variable": one["variable"],
                "type": one.get("type", "text"),
                "required": False,
                "default": "",
                "min": 0,
                "max": 65536 if one.get("type") == "textarea" else 1024,
                "choices": "",
            }
            for one in questions
        ],
    }
