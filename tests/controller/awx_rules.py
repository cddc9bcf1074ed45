# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX 24.6 knows of each kind of object: its fields, and what it refuses.

Written from the documentation of AWX and from what the modules of awx.awx ask and expect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dateutil.rrule import rrulestr
from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

Data = dict[str, Any]
#: Where the object is that a field names by its number.
TARGETS = {
    "organization": "organizations",
    "credential_type": "credential_types",
    "credential": "credentials",
    "inventory": "inventories",
    "project": "projects",
    "source_project": "projects",
    "execution_environment": "execution_environments",
    "unified_job_template": "unified_job_templates",
    "workflow_job_template": "workflow_job_templates",
}
#: What the list of all templates has.
TEMPLATES = ("projects", "inventory_sources", "job_templates", "workflow_job_templates", "workflow_approval_templates")


class Refused(Exception):
    """An answer 400 with its body."""

    def __init__(self, body: Any, status: int = 400) -> None:
        super().__init__(str(body))
        self.body, self.status = body, status


@dataclass(frozen=True)
class Kind:
    """An endpoint: what an object is called, its fields with their defaults, what must be given, what is unique."""

    type: str
    fields: Data
    required: tuple[str, ...] = ("name",)
    unique: tuple[str, ...] = ("name", "organization")
    related: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


_NOTIFIED = ("notification_templates_started", "notification_templates_success", "notification_templates_error")
_ASKED = {
    f"ask_{what}_on_launch": False
    for what in (
        "scm_branch",
        "diff_mode",
        "variables",
        "limit",
        "tags",
        "skip_tags",
        "job_type",
        "verbosity",
        "inventory",
        "credential",
        "execution_environment",
        "labels",
        "forks",
        "job_slice_count",
        "timeout",
        "instance_groups",
    )
}
_PROMPTED: Data = {
    "extra_data": {},
    "inventory": None,
    "scm_branch": None,
    "job_type": None,
    "job_tags": None,
    "skip_tags": None,
    "limit": None,
    "diff_mode": None,
    "verbosity": None,
    "execution_environment": None,
    "forks": None,
    "job_slice_count": None,
    "timeout": None,
    "unified_job_template": None,
}
KINDS: dict[str, Kind] = {
    "organizations": Kind("organization", {"name": "", "description": ""}, unique=("name",)),
    "execution_environments": Kind("execution_environment", {"name": "", "organization": None}, unique=("name",)),
    "credential_types": Kind(
        "credential_type",
        {"name": "", "description": "", "kind": "", "managed": False, "inputs": {}, "injectors": {}, "namespace": None},
        required=("name", "kind"),
        unique=("name",),
    ),
    "credentials": Kind(
        "credential",
        {"name": "", "description": "", "organization": None, "credential_type": None, "inputs": {}},
        required=("name", "credential_type"),
        unique=("organization", "name", "credential_type"),
    ),
    "projects": Kind(
        "project",
        {
            "name": "",
            "description": "",
            "organization": None,
            "scm_type": "",
            "scm_url": "",
            "scm_branch": "",
            "scm_refspec": "",
            "scm_clean": False,
            "scm_delete_on_update": False,
            "scm_track_submodules": False,
            "scm_update_on_launch": False,
            "scm_update_cache_timeout": 0,
            "allow_override": False,
            "local_path": "",
            "credential": None,
            "timeout": 0,
            "default_environment": None,
            "status": "never updated",
            "scm_revision": "",
        },
        related=("playbooks", "update"),
        lists=_NOTIFIED,
    ),
    "inventories": Kind(
        "inventory",
        {
            "name": "",
            "description": "",
            "organization": None,
            "kind": "",
            "host_filter": None,
            "variables": "",
            "prevent_instance_group_fallback": False,
            "pending_deletion": False,
        },
        required=("name", "organization"),
        lists=("instance_groups",),
    ),
    "inventory_sources": Kind(
        "inventory_source",
        {
            "name": "",
            "description": "",
            "inventory": None,
            "source": "",
            "source_path": "",
            "source_vars": "",
            "source_project": None,
            "credential": None,
            "execution_environment": None,
            "overwrite": False,
            "overwrite_vars": False,
            "update_on_launch": False,
            "update_cache_timeout": 0,
            "enabled_var": "",
            "enabled_value": "",
            "host_filter": "",
            "scm_branch": "",
            "limit": "",
            "timeout": 0,
            "verbosity": 1,
        },
        required=("name", "inventory"),
        unique=("inventory", "name"),
        related=("update",),
        lists=_NOTIFIED,
    ),
    "job_templates": Kind(
        "job_template",
        {
            "name": "",
            "description": "",
            "organization": None,
            "job_type": "run",
            "inventory": None,
            "project": None,
            "playbook": "",
            "scm_branch": "",
            "forks": 0,
            "limit": "",
            "verbosity": 0,
            "extra_vars": "---",
            "job_tags": "",
            "force_handlers": False,
            "skip_tags": "",
            "start_at_task": "",
            "timeout": 0,
            "use_fact_cache": False,
            "execution_environment": None,
            "host_config_key": "",
            "survey_enabled": False,
            "become_enabled": False,
            "diff_mode": False,
            "allow_simultaneous": False,
            "job_slice_count": 1,
            "webhook_service": "",
            "prevent_instance_group_fallback": False,
            **_ASKED,
        },
        required=("name", "project", "playbook"),
        related=("survey_spec",),
        lists=("credentials", "labels", "instance_groups", *_NOTIFIED),
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        {
            "name": "",
            "description": "",
            "organization": None,
            "extra_vars": "---",
            "inventory": None,
            "limit": None,
            "scm_branch": None,
            "survey_enabled": False,
            "allow_simultaneous": False,
            "webhook_service": "",
            "job_tags": None,
            "skip_tags": None,
            **_ASKED,
        },
        related=("survey_spec",),
        lists=("labels", "notification_templates_approvals", *_NOTIFIED),
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {**_PROMPTED, "workflow_job_template": None, "identifier": "", "all_parents_must_converge": False},
        required=("workflow_job_template",),
        unique=("workflow_job_template", "identifier"),
        related=("create_approval_template",),
        lists=("success_nodes", "failure_nodes", "always_nodes", "credentials", "labels", "instance_groups"),
    ),
    "workflow_approval_templates": Kind(
        "workflow_approval_template", {"name": "", "description": "", "timeout": 0}, unique=("id",)
    ),
    "schedules": Kind(
        "schedule",
        {**_PROMPTED, "name": "", "description": "", "rrule": "", "enabled": True},
        required=("name", "rrule", "unified_job_template"),
        unique=("unified_job_template", "name"),
        lists=("credentials", "labels", "instance_groups"),
    ),
    "project_updates": Kind("project_update", {"name": "", "status": "pending", "project": None}, unique=("id",)),
}

Get = Callable[[str, int], Data]


@dataclass
class Checked:
    """What a check may ask of AWX: an object by endpoint and number, and the playbooks of a project."""

    get: Get
    playbooks: Callable[[int], list[str]]
    surveys: Mapping[int, Data] = field(default_factory=dict)


def check(endpoint: str, wanted: Data, awx: Checked) -> None:
    """Refuse what AWX refuses.

    :param wanted: the whole object as it would be.
    """
    checks: dict[str, Callable[[Data, Checked], None]] = {
        "credential_types": _check_type,
        "credentials": _check_credential,
        "inventory_sources": _check_source,
        "job_templates": _check_template,
        "workflow_job_template_nodes": _check_extra_data,
        "schedules": _check_schedule,
    }
    if endpoint in checks:
        checks[endpoint](wanted, awx)


def _check_type(wanted: Data, _awx: Checked) -> None:
    if wanted["kind"] not in ("cloud", "net"):
        raise Refused({"kind": [f"Must be 'cloud' or 'net', not {wanted['kind']}."]})
    fields = wanted["inputs"].get("fields", [])
    for one in fields:
        unknown = set(one) - {"id", "label", "type", "secret", "multiline", "format", "help_text", "choices", "default"}
        if unknown or not {"id", "label"} <= set(one):
            raise Refused({"inputs": [f"Additional properties are not allowed: {sorted(unknown)}"]})
        if one.get("multiline") and one.get("type", "string") != "string":
            raise Refused({"inputs": [f"multiline not allowed for {one['type']}"]})
    injectors = wanted["injectors"]
    if set(injectors) - {"env", "file", "extra_vars"}:
        raise Refused({"injectors": [f"Additional properties are not allowed: {sorted(injectors)}"]})
    files = injectors.get("file", {})
    if len(files) > 1 and not all(re.fullmatch(r"template\.[A-Za-z_][A-Za-z0-9_]*", name) for name in files):
        raise Refused({"injectors": ["Must use multi-file syntax when injecting multiple files"]})
    for name in injectors.get("env", {}):
        if name.startswith("ANSIBLE_") or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise Refused({"injectors": [f"Environment variable {name} is not allowed to be used in credentials."]})
    _render(injectors, {one["id"]: "EXAMPLE_VALUE" for one in fields}, StrictUndefined)


def inject(injectors: Data, inputs: Data, fields: list[Data], folder: str) -> tuple[dict[str, str], dict[str, str]]:
    """The environment, and the content of files by their path, with which a job of AWX starts.

    :param fields: those of the credential type: a boolean that is missing counts as false.
    :param folder: where the files are.
    """
    missing = {one["id"]: False for one in fields if one["type"] == "boolean"}
    given = {name: value for name, value in inputs.items() if value != ""}
    return _render(injectors, {**missing, **given}, Undefined, folder)


def _render(
    injectors: Data, given: Data, undefined: type[Undefined], folder: str = "/runner/env"
) -> tuple[dict[str, str], dict[str, str]]:
    sandbox = ImmutableSandboxedEnvironment(undefined=undefined)
    names = {name.split(".")[1]: f"{folder}/{name.split('.')[1]}" for name in injectors.get("file", {})}
    space = {**given, "tower": {"filename": names}}
    try:
        files = {
            names[name.split(".")[1]]: sandbox.from_string(text).render(**space)
            for name, text in injectors.get("file", {}).items()
        }
        env = {name: sandbox.from_string(text).render(**space) for name, text in injectors.get("env", {}).items()}
    except TemplateError as error:
        raise Refused({"injectors": [f"uses an undefined field ({error})"]}) from None
    return env, files


def _check_credential(wanted: Data, awx: Checked) -> None:
    fields = {one["id"] for one in awx.get("credential_types", wanted["credential_type"])["inputs"].get("fields", [])}
    if set(wanted["inputs"]) - fields:
        unknown = ", ".join(f"'{name}' was" for name in sorted(set(wanted["inputs"]) - fields))
        raise Refused({"inputs": [f"Additional properties are not allowed ({unknown} unexpected)"]})
    if wanted["organization"] is None:
        raise Refused({"detail": ["Missing 'user', 'team', or 'organization'."]})


def _check_source(wanted: Data, awx: Checked) -> None:
    if wanted["source"] == "scm" and wanted["source_project"] is None:
        raise Refused({"source_project": ["Project required for scm type sources."]})
    if wanted["credential"] is not None:
        given = awx.get("credentials", wanted["credential"])
        if awx.get("credential_types", given["credential_type"])["kind"] not in ("cloud", "net"):
            raise Refused(
                {
                    "credential": [
                        "Credentials of type machine, source control, insights and vault are disallowed for scm "
                        "inventory sources."
                    ]
                }
            )


def _check_template(wanted: Data, awx: Checked) -> None:
    if wanted["playbook"] not in awx.playbooks(wanted["project"]):
        raise Refused({"playbook": ["Playbook not found for project."]})
    if wanted["inventory"] is None and not wanted["ask_inventory_on_launch"]:
        raise Refused({"inventory": ["You must either set a default value or ask to prompt on launch."]})


def _check_extra_data(wanted: Data, awx: Checked) -> None:
    template = wanted["unified_job_template"]
    if not wanted["extra_data"] or template is None:
        return
    survey = awx.surveys.get(template, {})
    check_answers(survey, wanted["extra_data"])
    if awx.get("unified_job_templates", template).get("ask_variables_on_launch"):
        return
    refused = sorted(not_asked(survey, wanted["extra_data"]))
    if refused:
        raise Refused({"extra_data": [f"Variables {', '.join(refused)} are not allowed on launch."]})


#: What an answer must be, by the type of its question. AWX takes no true for a number.
_ANSWERS: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("text", "textarea", "password", "multiplechoice"), (str,)),
    "integer": (int,),
    "float": (int, float),
    "multiselect": (list,),
}


def check_answers(survey: Data, given: Data) -> None:
    """Refuse the answers that AWX refuses, at a launch as in a node or a schedule, also where any variable is taken.

    :param survey: with ``spec``, or empty.
    """
    asked = [one for one in survey.get("spec", []) if one["variable"] in given]
    wrong = [said for one in asked if (said := _wrong_answer(one, given[one["variable"]]))]
    if wrong:
        raise Refused({"variables_needed_to_start": wrong})


def _wrong_answer(question: Data, value: Any) -> str:
    """What AWX says of an answer; "" for one that it takes. Its choices and the sizes of numbers are not looked at."""
    name, kind, longest = question["variable"], question["type"], question.get("max")
    if type(value) not in _ANSWERS[kind]:
        return f"Value {value} for '{name}' expected to be of the type {kind}."
    if kind in ("text", "textarea", "password") and longest and len(value) > longest:
        return f"'{name}' value {value} is too large (must be no more than {longest})."
    return ""


def not_asked(survey: Data, given: Data) -> set[str]:
    """The variables for which a survey has no question. A launch leaves them out, a node and a schedule are refused."""
    return set(given) - {one["variable"] for one in survey.get("spec", [])}


def check_survey(spec: Data) -> None:
    """Refuse a survey that AWX refuses."""
    if not {"name", "description", "spec"} <= set(spec):
        raise Refused({"error": "'name', 'description' and 'spec' are required in a survey."})
    seen = set()
    for index, one in enumerate(spec["spec"]):
        lacks = {"type", "question_name", "variable", "required"} - set(one)
        if lacks or one["variable"] in seen:
            raise Refused({"error": f"'{sorted(lacks) or 'variable'}' in survey question {index}."})
        seen.add(one["variable"])
        if one["type"] not in _ANSWERS:
            raise Refused({"error": f"'{one['type']}' in survey question {index} is not one of the allowed types."})
        if not isinstance(one.get("default", ""), str) and one["type"] in ("text", "textarea"):
            raise Refused({"error": f"The default of survey question {index} must be a string."})


def _check_schedule(wanted: Data, awx: Checked) -> None:
    _check_extra_data(wanted, awx)
    text = wanted["rrule"]
    errors = []
    if not re.search(r"DTSTART(;[^:]+)?:[0-9]+T[0-9]+Z?", text):
        errors.append("Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ")
    if re.search(r"DTSTART:[0-9]+T[0-9]+ ", text):
        errors.append("DTSTART cannot be a naive datetime.  Specify ;TZINFO= or YYYYMMDDTHHMMSSZZ.")
    if "rrule:" not in text.lower():
        errors.append("One or more rule required in rrule.")
    errors += [f"{name} not allowed in rrule." for name in ("EXDATE", "RDATE") if f"{name.lower()}:" in text.lower()]
    for rule in re.findall(r"(?:EX)?RULE:\S+", text):
        if "INTERVAL" not in rule:
            errors.append(f"INTERVAL required in rrule: {rule}")
        if "SECONDLY" in rule:
            errors.append(f"SECONDLY is not supported: {rule}")
        if re.search(r"BYDAY[:=][0-9]+[a-zA-Z]{2}", rule):
            errors.append(f"BYDAY with numeric prefix not supported: {rule}")
        if "COUNT" in rule and "UNTIL" in rule:
            errors.append(f"RRULE may not contain both COUNT and UNTIL: {rule}")
        count = re.search(r"COUNT=([0-9]+)", rule)
        if count and int(count[1]) > 999:
            errors.append(f"COUNT > 999 is unsupported: {rule}")
    try:
        rrulestr(text, forceset=True)
    except ValueError as error:
        errors.append(f"rrule parsing failed validation: {error}")
    if errors:
        raise Refused({"rrule": errors})
