# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The filters of the roles and playbooks that make or read texts."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ...module_utils._core.counted import counted
from ...module_utils._core.errors import CampaignError
from ...plugin_utils._evidence.restore import old_value_line, read_restore
from ...plugin_utils._fleet.role_words import in_role_words
from ...plugin_utils._fleet.screen import paragraphs


def _counted(number: t.Any, what: t.Any) -> str:
    return counted(int(number), str(what))


def _line(host: t.Any, option: t.Any, value: t.Any) -> str:
    return old_value_line(str(host), str(option), str(value))


def restore_targets(given: t.Any, rest: t.Any = "") -> list[dict[str, t.Any]]:
    """The hosts, options and values in the lines."""
    try:
        return read_restore(given, str(rest or ""))
    except CampaignError as error:
        raise AnsibleFilterError(str(error)) from None


def restore_problems(given: t.Any, rest: t.Any = "") -> list[str]:
    """Why the lines cannot be read, as a sentence; nothing when they can."""
    try:
        read_restore(given, str(rest or ""))
    except CampaignError as error:
        return [str(error)]
    return []


def _role_words(text: t.Any, module: str, role: str = "mid_sourcing") -> str:
    return in_role_words(str(text), module, role)


def _wrapped(texts: t.Any) -> list[str]:
    return paragraphs([str(text) for text in ([texts] if isinstance(texts, str) else texts)])


class FilterModule:
    """What the roles say."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {
            "counted": _counted,
            "old_value_line": _line,
            "restore_problems": restore_problems,
            "restore_targets": restore_targets,
            "role_words": _role_words,
            "wrapped": _wrapped,
        }
