# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What unit tests use of ansible-core, also where it is too old to have it: ``make matrix`` runs them under each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

from ansible.module_utils import basic

try:
    from ansible.template import trust_as_template
except ImportError:
    # Before ansible-core 2.19 every text is a template.
    def trust_as_template(value: str) -> str:
        """The same text."""
        return value


try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:

    @contextmanager
    def patch_module_args(args: Mapping[str, Any] | None = None) -> Iterator[None]:
        """Give arguments to a module that runs in this process, as ansible-core before 2.19 hands them over."""
        with patch.object(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": args or {}}).encode()):
            yield


def builtin_collection() -> dict[str, ModuleType]:
    """The modules in which older versions look up what ``ansible.builtin`` redirects: ansible-playbook has them."""
    names = ("ansible_collections.ansible", "ansible_collections.ansible.builtin")
    made = {name: ModuleType(name) for name in names if name not in sys.modules}
    for module in made.values():
        vars(module)["_collection_meta"] = {}
    return made


__all__ = ["builtin_collection", "patch_module_args", "trust_as_template"]
