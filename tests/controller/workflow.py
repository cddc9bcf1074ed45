# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How AWX goes through a workflow: which nodes run, and whether the workflow has failed. Pure.

As its documentation says: a node runs when all nodes before it have ended that run at all, and one of them leads to it
by how it ended. The workflow has failed if a node failed that has no branch for that (failure or always).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

#: From, result (success, failure or always), to.
Link = tuple[str, str, str]


class Walked(NamedTuple):
    """What came of a workflow: the nodes that ran, in their order, and whether it succeeded."""

    ran: list[str]
    succeeded: bool


def walk(links: Collection[Link], ends: Mapping[str, bool]) -> Walked:
    """Go through a workflow.

    :param ends: whether a node succeeds; a node that is not named does.
    """
    nodes = sorted({node for before, _result, after in links for node in (before, after)})
    ran: list[str] = []
    decided: set[str] = set()
    while open_nodes := [node for node in nodes if node not in decided]:
        for node in open_nodes:
            into = [link for link in links if link[2] == node]
            if {before for before, _result, _after in into} <= decided:
                if not into or any(_leads(link, ran, ends) for link in into):
                    ran.append(node)
                decided.add(node)
    handled = {before for before, result, _after in links if result != "success"}
    return Walked(ran, all(ends.get(node, True) or node in handled for node in ran))


def _leads(link: Link, ran: Collection[str], ends: Mapping[str, bool]) -> bool:
    before, result, _after = link
    return before in ran and result in ("always", "success" if ends.get(before, True) else "failure")
