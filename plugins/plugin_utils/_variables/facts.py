# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What tasks have set on hosts, without everything else that Ansible puts together for a host, and what is kept there
because of the inventory."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager


def facts_of(hostvars: t.Any) -> Mapping[str, MutableMapping[str, t.Any]] | None:
    """The facts and results of each host, as Ansible keeps them until the process ends; None if they are not
    available.

    :param hostvars: Ansible's own.
    """
    found = getattr(getattr(hostvars, "_variable_manager", None), "_nonpersistent_fact_cache", None)
    return found if isinstance(found, Mapping) else None


class KeptFacts:
    """What the variables of the inventory mean, kept as facts of the hosts. Ansible puts these above the variables of a
    play, so they change with the play: what it says itself is not kept.
    """

    def __init__(self) -> None:
        #: By host, what its variables mean where that differs from their value.
        self.meant: dict[str, Mapping[str, t.Any]] = {}
        self._kept: dict[str, Mapping[str, t.Any]] = {}

    @contextmanager
    def aside(self, host: str, own: MutableMapping[str, t.Any]) -> Iterator[None]:
        """For a while, take what is kept on a host out of its facts: it would hide what its play says."""
        kept = {name: own.pop(name) for name in self._kept.get(host, {}) if self._is_kept(host, name, own)}
        try:
            yield
        finally:
            own.update(kept)

    def changed(
        self, host: str, meant: Mapping[str, t.Any], wanted: Mapping[str, t.Any], own: MutableMapping[str, t.Any]
    ) -> dict[str, t.Any]:
        """The facts that are to be set on a host now. What was kept, and is not wanted any more, is removed.

        :param own: all facts of the host. What a task has set since the host was read is left to it.
        """
        is_new = host not in self.meant
        left = {name: wanted[name] for name in wanted if is_new or name not in own or self._is_kept(host, name, own)}
        for name in set(self._kept.get(host, {})).difference(wanted):
            if self._is_kept(host, name, own):
                del own[name]
        self.meant[host], self._kept[host] = meant, left
        return {name: value for name, value in left.items() if own.get(name, self) is not value}

    def _is_kept(self, host: str, name: str, own: Mapping[str, t.Any]) -> bool:
        kept = self._kept.get(host, {})
        return name in kept and name in own and own[name] is kept[name]
