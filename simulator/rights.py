# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what (domain.md 1.4). The texts of refusals are not known: domain.md 7 row 11 makes them a switch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .errors import missing_named_right, no_folder_rights, no_write_right, record_missing
from .spec import Operator

WORKFLOW_TYPE = "Workflows (xtk:workflow)"


def check_order(
    operator: Operator, method: str, workflow: Mapping[str, Any], *, technical: bool, refusal: str = "fault"
) -> None:
    """Whether an operator may give an order to a workflow; raises MethodFailure.

    Technical workflows and the unconditional stop need ADMINISTRATION, others the named right WORKFLOW.
    """
    if operator.admin:
        return
    if not operator.folders or technical:
        if refusal == "missing":
            raise record_missing(WORKFLOW_TYPE)
        raise no_folder_rights(int(workflow.get("folder-id") or 0))
    if method == "Kill":
        raise missing_named_right("admin")
    if "workflow" not in operator.rights:
        raise missing_named_right("workflow")


def check_write(operator: Operator, schemas: Iterable[tuple[str, str]]) -> None:
    """Whether an operator may write rows of these (schema, label): those of the platform need ADMINISTRATION."""
    if operator.admin:
        return
    for schema, label in schemas:
        if schema.startswith("xtk:") or not operator.folders:
            raise no_write_right(label)
