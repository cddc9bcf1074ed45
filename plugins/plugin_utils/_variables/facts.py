# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What tasks have set on hosts, without everything else that Ansible puts together for a host."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, MutableMapping


def facts_of(hostvars: t.Any) -> Mapping[str, MutableMapping[str, t.Any]] | None:
    """The facts and results of each host, as Ansible keeps them until the process ends; None if they are not
    available.

    :param hostvars: Ansible's own.
    """
    found = getattr(getattr(hostvars, "_variable_manager", None), "_nonpersistent_fact_cache", None)
    return found if isinstance(found, Mapping) else None
