# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A write whose answer was lost may land later: it is not sent again, and whoever reads the result is told."""

from __future__ import annotations

from typing import Any

from tests.helpers.cure_world import CURSOR, OLD, OLD_TIME, World, at, make_slow, stage
from tests.unit.plugins.module_utils._cure.test_cure_tries import accounts, plans

MAY_LAND = "was lost or is still on its way is not known: it may land later."


def lose(there: World, *, nth: int) -> None:
    """The nth write gets no answer, and does not arrive."""
    there.sim.fault("reset", instance="mkt", method="xtk:persist#Write", nth=nth, count=1)


def test_old_value_whose_write_is_lost_is_not_sent_again_by_what_undoes_the_rest() -> None:
    with accounts("az", "z") as there:
        lose(there, nth=2)  # "a" is moved for nothing, and put back before "z" is tried
        result = there.cure("mkt", plans=plans(there, "az"))
        first = result.moves[0]
        assert (first.outcome, first.back_lost) == ("pending", True), result.reason
        assert f"Whether the write of {first.plan.old_value} {MAY_LAND}" in first.reason
        assert "it is not sent again" in first.reason
        assert there.writes("mkt").count("Write") == 2
        assert there.row("mkt")["state"] == 11


def test_old_value_whose_write_is_lost_is_said_to_land_later() -> None:
    with stage() as start:
        there = start()
        make_slow(there)
        lose(there, nth=2)
        result = there.cure("mkt")
        move = result.moves[0]
        assert (result.outcome, move.back_lost) == ("pending", True)
        assert f"Whether the write of {OLD} {MAY_LAND}" in result.reason
        assert f"Whether the write of {move.written}" not in result.reason  # that one has arrived


def test_lost_write_over_which_somebody_writes_may_land_on_theirs() -> None:
    with stage() as start:
        there = start()
        lose(there, nth=1)
        seen: list[str] = []

        def before(method: str) -> None:
            if seen[-1:] == ["xtk:persist#Write"]:
                there.sim.set_option("mkt", CURSOR, "2026-11-20T00:00:00Z")
            seen.append(method)

        there.before = before
        result = there.cure("mkt")
        move = result.moves[0]
        assert (result.outcome, move.unsure) == ("pending", True), result.reason
        assert f"Whether the write of {move.written} {MAY_LAND}" in result.reason
        assert move.to_dict()["unsure"] is True
        assert there.writes("mkt").count("Write") == 1


def test_write_that_arrived_is_sure() -> None:
    with stage() as start:
        there = start()
        there.sim.fault("lose_answer", instance="mkt", method="xtk:persist#Write", nth=1, count=1)
        result = there.cure("mkt")
        assert (result.outcome, result.moves[0].to_dict()["unsure"]) == ("cured", False)


def test_what_somebody_writes_into_the_description_during_our_stop_stays() -> None:
    with stage() as start:
        there = start(on_error="ignore")
        make_slow(there)

        def edit() -> None:
            now = option(there)
            there.sim.set_option("mkt", CURSOR, {**now, "description": f"{now['description']} Asked by Ann."})

        at(there, "Stop", edit, nth=2)  # the one before the old value is put back
        result = there.cure("mkt", mark=True, run_id="r1")
        assert result.outcome == "restored", result.reason
        assert option(there)["description"].strip() == "Asked by Ann."
        assert there.cursor("mkt") == OLD_TIME


def option(there: World) -> dict[str, Any]:
    """The cursor's option, as it may be set."""
    found = there.sim.option("mkt", CURSOR)
    return {name: found[name] for name in ("type", "value", "description")} if found else {}
