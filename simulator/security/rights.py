# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what (campaign_facts, Rights). The texts of refusals are not known: switches choose (campaign_facts,
unknown 11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..config.spec import Operator
from ..soap.errors import missing_named_right, no_folder_rights, no_read_right, no_write_right, record_missing

WORKFLOW_TYPE = "Workflows (xtk:workflow)"

OPTIONS_FOR_ALL = "XtkSecurity_SaveOptions_AllowNonAdmin"
"""The option that lets others than administrators save options (campaign_facts, Rights)."""


def check_order(
    operator: Operator,
    method: str,
    workflow: Mapping[str, Any],
    *,
    technical: bool,
    readable: bool = True,
    refusal: str = "fault",
) -> None:
    """Whether an operator may give an order to a workflow; raises MethodFailure.

    Technical workflows and the unconditional stop need ADMINISTRATION, others the named right WORKFLOW; all need to be
    seen (`readable`). `refusal` is the switch `rights_refusal`.
    """
    if operator.admin:
        return
    if not readable or technical:
        if refusal == "missing":
            raise record_missing(WORKFLOW_TYPE)
        raise no_folder_rights(int(workflow.get("folder-id") or 0))
    if method == "Kill":
        raise missing_named_right("admin")
    if "workflow" not in operator.rights:
        raise missing_named_right("workflow")


def check_read(operator: Operator, schemas: Iterable[tuple[str, str]], *, system_tables: str) -> None:
    """Whether an operator may query these (schema, label); `system_tables` is the switch of that name."""
    if operator.admin or system_tables == "readable":
        return
    for schema, label in schemas:
        if schema.startswith("xtk:"):
            raise no_read_right(label)


def check_write(operator: Operator, schemas: Iterable[tuple[str, str]], *, options_for_all: bool = False) -> None:
    """Whether an operator may write rows of these (schema, label): those of the platform need ADMINISTRATION.

    `options_for_all`: whether OPTIONS_FOR_ALL says otherwise for options.
    """
    if operator.admin:
        return
    for schema, label in schemas:
        if schema == "xtk:option" and options_for_all:
            continue
        if schema.startswith("xtk:") or not operator.folders:
            raise no_write_right(label)


def check_folder(operator: Operator, folder: int, label: str, *, held: bool, readable: bool) -> None:
    """Whether an operator may do something to a row of type `label` that lies in a folder. A row that it cannot even
    see is refused by the folder (QUE-370030), another one by the missing right (QUE-370023)."""
    if operator.admin or held:
        return
    if not readable:
        raise no_folder_rights(folder)
    raise no_write_right(label)
