# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose value the cursor has, and who stopped the workflow: by a mark, by evidence, and by the value itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.doc_fragments.cursor import ModuleDocFragment
from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import (
    AS_IT_STANDS,
    ATTEMPT_OPTIONS,
    CLOCK_TOLERANCE,
    RUN_NAME,
    Attempt,
    Mark,
    ResumePoint,
    attempts_of,
    find_resume_point,
    read_mark,
    without_mark,
)
from ansible_collections.campaign.classic.plugins.module_utils._resources.options import Option
from tests.helpers.cursors import DAY, HOUR, KIND, NOW, ago, option

OLD = "2020-03-01 10:00:00.000Z"
OLD_VALUE = CursorValue.read(OLD)
NAME = option().name


def attempt(**changes: Any) -> Attempt:
    """An attempt that began an hour ago and meant to go a day back."""
    known: dict[str, Any] = {
        "run_id": "r1",
        "started": ago(HOUR),
        "workflow": KIND.workflow,
        "old_values": {NAME: OLD},
        "back_seconds": DAY,
    }
    return Attempt(**{**known, **changes})


def stands(seconds_ago: float, *attempts: Attempt, description: str = "", **more: Any) -> ResumePoint | None:
    """The remains when the cursor is this old."""
    return resume_point_of(
        Option(NAME, 7, format_datetime(ago(seconds_ago)), description=description), *attempts, **more
    )


def resume_point_of(found: Option, *attempts: Attempt, **more: Any) -> ResumePoint | None:
    return find_resume_point(found, KIND.workflow, attempts, **{"server_time": NOW, **more})


# -- the mark ----------------------------------------------------------------------------------------------------------

MARK = Mark(OLD, "2026-11-22 11:30:00.000Z", "change-4711")


@pytest.mark.parametrize("description", ["", "Cursor of the counters.", "[campaign.classic was=x]"])
@pytest.mark.parametrize("mark", [MARK, Mark(OLD, MARK.written, "r.2_x", found_stopped=True)])
def test_mark_is_read_back_and_taken_away_without_a_trace(description: str, mark: Mark) -> None:
    marked = mark.added_to(description)
    assert read_mark(marked) == mark
    assert without_mark(marked) == description


def test_mark_replaces_an_older_one() -> None:
    newer = Mark(OLD, MARK.written, "again")
    assert newer.added_to(MARK.added_to("Text.")) == newer.added_to("Text.")


def test_mark_is_one_line_that_a_person_understands() -> None:
    assert MARK.added_to("Text.") == (
        "Text. [campaign.classic was=2020-03-01T10:00:00.000Z to=2026-11-22T11:30:00.000Z run=change-4711]"
    )
    assert MARK.added_to("").startswith("[campaign.classic "), "no blank before it"


@pytest.mark.parametrize(
    "text", ["", "was=1", "[campaign.classic was=soon to=later run=x]", "[campaign.classic run=x]"]
)
def test_what_is_no_mark_is_none(text: str) -> None:
    assert read_mark(text) is None


@pytest.mark.parametrize("name", ["change-4711", "r.2_x", "2026-11-23T02.00", "0"])
def test_every_run_that_may_mark_is_found_by_its_mark(name: str) -> None:
    assert RUN_NAME.fullmatch(name)
    assert read_mark(Mark(OLD, MARK.written, name).added_to("Text.")) == Mark(OLD, MARK.written, name)


@pytest.mark.parametrize("name", ["", "a b", "a]", ".a", "-a", "_a", "ä", "a/b"])
def test_run_of_another_name_may_not_mark(name: str) -> None:
    assert not RUN_NAME.fullmatch(name)


def test_marked_value_that_stands_is_ours_without_any_evidence() -> None:
    found = stands(DAY + 1800, description=MARK.added_to(""))
    assert found == ResumePoint("change-4711", OLD_VALUE, written=True, stopped=True)


def test_mark_tells_that_the_workflow_had_been_stopped_before() -> None:
    found = stands(DAY + 1800, description=Mark(OLD, MARK.written, "r1", found_stopped=True).added_to(""))
    assert found is not None
    assert found.found_stopped
    found = stands(DAY + 1800, attempt(), description=Mark(OLD, MARK.written, "r1", found_stopped=True).added_to(""))
    assert found is not None
    assert found.found_stopped


def test_mark_of_a_value_that_has_been_moved_since_says_nothing() -> None:
    assert stands(HOUR, description=MARK.added_to("")) is None


def test_mark_of_a_run_that_ended_says_nothing() -> None:
    ended = attempt(
        run_id="change-4711", outcome="kept", written={NAME: MARK.written}, orders=("write", "start"), writes=3
    )
    assert stands(DAY + 1800, ended, description=MARK.added_to("")) is None


def test_mark_of_a_run_whose_end_is_known_says_nothing_to_another_run() -> None:
    ended = attempt(run_id="change-4711", outcome="kept", written={NAME: MARK.written})
    mine = attempt(run_id="mine", outcome="refused", writes=0)
    assert MARK.run_id == "change-4711"
    assert stands(DAY + 1800, mine, ended, description=MARK.added_to("")) is None
    found = stands(DAY + 1800, mine, description=MARK.added_to(""))
    assert found is not None and found.run_id == "change-4711"


def test_mark_of_a_run_that_another_one_has_resumed_and_ended_says_nothing() -> None:
    resumed = attempt(run_id="r2", outcome="kept", written={NAME: MARK.written}, writes=2)
    assert stands(DAY + 1800, resumed, description=MARK.added_to("")) is None


def test_mark_of_a_value_that_no_known_end_has_left_tells_of_its_run() -> None:
    """The same run has left another value there, and has written this one later: a backfill, or a second try."""
    ended = attempt(run_id=MARK.run_id, outcome="kept", written={NAME: "2026-11-01 00:00:00.000Z"}, writes=2)
    found = stands(DAY + 1800, ended, description=MARK.added_to(""))
    assert found is not None and found.run_id == MARK.run_id


def test_mark_stays_that_of_its_run_though_a_later_one_that_sent_nothing_has_looked_at_the_value() -> None:
    nothing = attempt(run_id="r2", outcome="kept", written={NAME: MARK.written}, writes=0)
    found = stands(DAY + 1800, nothing, description=MARK.added_to(""))
    assert found is not None and found.run_id == MARK.run_id


def test_mark_of_another_run_does_not_make_the_value_that_of_a_killed_one() -> None:
    """That one began a minute ago, and cannot have calculated the value."""
    found = stands(DAY + 1800, attempt(run_id="mine", started=ago(60)), description=MARK.added_to(""))
    assert found == ResumePoint(MARK.run_id, OLD_VALUE, written=True, stopped=True)


def test_marked_value_is_certainly_that_of_the_killed_run_of_the_mark_whatever_it_can_have_calculated() -> None:
    found = stands(DAY + 1800, attempt(run_id=MARK.run_id, started=ago(60)), description=MARK.added_to(""))
    assert found == ResumePoint(MARK.run_id, OLD_VALUE, written=True, stopped=True, since=ago(60), certain=True)


def test_a_workflow_that_was_found_stopped_is_not_stopped_by_the_run_of_the_mark() -> None:
    for by_them in (True, False):
        mark = Mark(OLD, MARK.written, "r1", found_stopped=by_them)
        found = stands(DAY + 1800, description=mark.added_to(""))
        assert found is not None and found.stopped is not by_them


# -- the evidence ------------------------------------------------------------------------------------------------------


def test_old_value_beside_an_attempt_without_an_end_may_be_stopped_by_it() -> None:
    found = resume_point_of(Option(NAME, 7, OLD), attempt())
    assert found == ResumePoint("r1", OLD_VALUE, written=False, stopped=True, since=ago(HOUR))


def test_an_attempt_without_an_end_that_is_known_to_have_left_nothing_stopped_claims_no_stop() -> None:
    assert resume_point_of(Option(NAME, 7, OLD), attempt(left_stopped=False)) is None
    found = resume_point_of(Option(NAME, 7, OLD), attempt(left_stopped=True))
    assert found is not None and found.stopped


def test_attempt_that_was_put_back_has_still_stopped_the_workflow_and_has_written_nothing() -> None:
    over = attempt(outcome="restored", left_stopped=True, put_back=ago(600))
    found = resume_point_of(Option(NAME, 7, OLD), over, skew=30.0)
    assert found == ResumePoint("r1", OLD_VALUE, written=False, stopped=True, since=ago(HOUR - 30), over=ago(600 - 30))
    assert stands(DAY + 600, over) is None  # the cursor has gone on


def test_value_that_the_attempt_can_have_reckoned_is_its_own() -> None:
    found = stands(DAY + 600, attempt())
    assert found == ResumePoint("r1", OLD_VALUE, written=True, stopped=True, since=ago(HOUR), certain=False)


@pytest.mark.parametrize(
    ("seconds", "ours"), [(10 * DAY - CLOCK_TOLERANCE, True), (10 * DAY - CLOCK_TOLERANCE - 1, False)]
)
def test_value_of_later_than_a_day_after_its_beginning_is_not_its_own(seconds: int, ours: bool) -> None:
    """It began ten days ago and goes a day back; what lies in between is a person's, or a later run's."""
    assert (stands(seconds, attempt(started=ago(10 * DAY))) is not None) is ours


@pytest.mark.parametrize(
    ("seconds", "ours"),
    [
        (DAY + HOUR + CLOCK_TOLERANCE, True),
        (DAY + HOUR + CLOCK_TOLERANCE + 1, False),
        (DAY - 1, True),
        (DAY - 2, False),
    ],
)
def test_value_is_its_own_between_its_beginning_and_now(seconds: int, ours: bool) -> None:
    assert (stands(seconds, attempt()) is not None) is ours


def test_skew_of_the_clocks_is_reckoned_with() -> None:
    far = DAY + HOUR + CLOCK_TOLERANCE + 100
    assert stands(far, attempt()) is None
    found = stands(far, attempt(), skew=-200.0)
    assert found is not None
    assert found.since == ago(HOUR + 200)


@pytest.mark.parametrize(("skew", "earliest"), [(3.0 * DAY, 0), (60.0, 0), (0.0, 0), (-3.0 * DAY, 3 * DAY)], ids=str)
def test_value_counts_from_the_earlier_of_the_two_clocks(skew: float, earliest: int) -> None:
    """The server's is this far ahead, while the attempt goes by the controller's where that is behind."""
    first = DAY + HOUR + CLOCK_TOLERANCE + earliest
    assert stands(first, attempt(), skew=skew) is not None
    assert stands(first + 1, attempt(), skew=skew) is None


def test_explicit_value_is_its_own_and_no_other() -> None:
    explicit = attempt(explicit=format_datetime(ago(3 * DAY)))
    assert stands(3 * DAY, explicit) is not None
    assert stands(3 * DAY + 1, explicit) is None
    assert stands(DAY, explicit) is None


def test_newest_attempt_that_has_left_anything_counts() -> None:
    first, second = attempt(run_id="first", started=ago(2 * HOUR)), attempt(run_id="second", started=ago(600))
    found = stands(DAY + 2 * HOUR, second, first)
    assert found is not None
    assert found.run_id == "first"
    found = stands(DAY + 300, second, first)
    assert found is not None
    assert found.run_id == "second"


@pytest.mark.parametrize("outcome", ["cured", "confirmed", "cured_with_warnings", "restored", "kept"])
def test_attempt_that_ended_closes_the_book_on_those_before(outcome: str) -> None:
    ended = attempt(run_id="second", started=ago(600), outcome=outcome, orders=("stop", "start"), writes=3)
    assert stands(DAY + 2 * HOUR, ended, attempt(started=ago(3 * HOUR))) is None


@pytest.mark.parametrize("outcome", ["refused", "unchanged", "planned"])
def test_attempt_that_did_nothing_does_not(outcome: str) -> None:
    nothing = attempt(run_id="second", started=ago(600), outcome=outcome, writes=0)
    assert stands(DAY + 2 * HOUR, nothing, attempt(started=ago(3 * HOUR))) is not None


def test_known_value_of_a_pending_attempt_is_its_own_whenever_it_was() -> None:
    known = {NAME: format_datetime(ago(20 * DAY))}
    pending = attempt(outcome="pending", written=known, orders=("write", "stop", "start"), writes=3)
    found = stands(20 * DAY, pending)
    assert found == ResumePoint("r1", OLD_VALUE, written=True, stopped=False, since=ago(HOUR))
    assert stands(19 * DAY, pending) is None


@pytest.mark.parametrize("written", [{}, {NAME: None}], ids=["says nothing of it", "says that nothing was written"])
def test_value_is_not_that_of_an_attempt_whose_result_does_not_tell_of_it(written: dict[str, None]) -> None:
    """Without a result it would count as one that it has calculated."""
    assert stands(DAY + 600, attempt()) is not None
    assert stands(DAY + 600, attempt(outcome="pending", written=written, writes=3)) is None


def test_workflow_that_a_run_has_left_stopped_beside_its_own_value_is_known() -> None:
    kept = attempt(outcome="kept", written={NAME: format_datetime(ago(3 * DAY))}, orders=("write", "stop"), writes=2)
    found = stands(3 * DAY, kept)
    assert found == ResumePoint("r1", OLD_VALUE, written=False, stopped=True, since=ago(HOUR))


@pytest.mark.parametrize(
    ("seconds", "ours"), [(-600, True), (-601, False), (0, True), (3600, True), (3601, False)], ids=str
)
def test_start_is_a_killed_attempts_from_ten_minutes_before_it_to_an_hour_after(seconds: int, ours: bool) -> None:
    assert attempt().has_started(ago(HOUR - seconds), 0.0) is ours


@pytest.mark.parametrize("seconds", [-301, -300, 0, 300, 301], ids=str)
def test_start_is_that_of_an_attempt_within_five_minutes_of_the_answer_to_its_order(seconds: int) -> None:
    """By the server's clock, so that the skew of the clocks does not matter."""
    ended = attempt(outcome="restored", starts=(ago(4 * HOUR), ago(2 * HOUR)))
    for skew in (0.0, 3.0 * DAY):
        assert ended.has_started(ago(2 * HOUR - seconds), skew) is (abs(seconds) <= 300)


@pytest.mark.parametrize(
    ("orders", "stopped"),
    [
        ((), False),
        (("write", "verified"), False),
        (("stop", "start", "verified"), False),
        (("stop", "start", "kill"), True),
        (("write", "stop"), True),
        (("write", "stop", "kill"), True),
        (("write", "stop", "start"), False),
        (("write", "stop", "start", "stop", "restore"), True),
    ],
)
def test_stop_is_ours_unless_a_start_followed(orders: tuple[str, ...], stopped: bool) -> None:
    seen = attempt(outcome="kept", orders=orders, writes=1)
    assert seen.may_have_stopped is stopped
    found = resume_point_of(Option(NAME, 7, OLD), seen)
    assert (found is not None and found.stopped) is stopped


def test_workflow_that_an_attempt_found_stopped_was_not_stopped_by_it() -> None:
    assert attempt().may_have_stopped and not attempt(found_stopped=True).may_have_stopped
    theirs = attempt(found_stopped=True, outcome="kept", orders=("stop",), left_stopped=True)
    assert not theirs.may_have_stopped
    assert resume_point_of(Option(NAME, 7, OLD), theirs) is None


def test_attempt_that_is_known_to_have_sent_nothing_counts_for_nothing() -> None:
    nothing = attempt(writes=0)
    assert not nothing.unfinished
    assert not nothing.may_have_stopped
    assert resume_point_of(Option(NAME, 7, OLD), nothing) is None
    assert stands(DAY + 60, nothing) is None


@pytest.mark.parametrize(
    "found",
    [
        Option(NAME, 6, OLD),
        Option(NAME, 7, ""),
        Option(NAME, 7, "soon"),
        Option("NmsMidSourcing_LastDelivery_other", 7, OLD),
        Option(NAME, 7, "2024-01-01 00:00:00.000Z"),
    ],
)
def test_cursor_that_the_attempt_did_not_leave_so_is_not_its_own(found: Option) -> None:
    assert resume_point_of(found, attempt()) is None


def test_attempt_at_another_workflow_is_not_heeded() -> None:
    assert resume_point_of(Option(NAME, 7, OLD), attempt(workflow="cleanup")) is None


# -- the module option -------------------------------------------------------------------------------------------------


def form(documented: dict[str, Any]) -> dict[str, Any]:
    """What the documentation says of the form of options, without its sentences."""
    return {
        name: {key: value for key, value in said.items() if key not in ("description", "suboptions")}
        | ({"options": form(said["suboptions"])} if "suboptions" in said else {})
        for name, said in documented.items()
    }


def test_attempt_is_taken_in_the_form_that_is_documented() -> None:
    documented = yaml.safe_load(ModuleDocFragment.EARLIER)["options"]["earlier"]
    assert form(documented["suboptions"]) == ATTEMPT_OPTIONS


def given(**changes: Any) -> dict[str, Any]:
    known: dict[str, Any] = {name: option.get("default") for name, option in ATTEMPT_OPTIONS.items()}
    known.update(
        run_id="r1",
        started="2026-11-23T12:00:00+01:00",
        cursors=[{"cursor": NAME, "expected_value": "2020-03-01T10:00:00Z", "written": None}],
    )
    return {**known, **changes}


def test_attempt_is_read_from_the_module_option() -> None:
    (found,) = attempts_of([given()])
    assert found == Attempt("r1", NOW - timedelta(hours=1), KIND.workflow, {NAME: OLD}, back_seconds=DAY)


def test_result_of_an_attempt_is_read_from_the_module_option() -> None:
    cursors = [{"cursor": NAME, "expected_value": OLD, "written": "2026-11-22T11:30:00Z"}]
    (found,) = attempts_of(
        [
            given(
                cursors=cursors,
                outcome="pending",
                orders=["stop"],
                writes=2,
                strategy="explicit",
                value="2026-11-01 00:00:00Z",
            )
        ]
    )
    assert (found.written, found.outcome, found.orders, found.writes) == ({NAME: MARK.written}, "pending", ("stop",), 2)
    assert found.explicit is not None and found.explicit.text == "2026-11-01 00:00:00.000Z"


def test_value_counts_for_the_strategy_that_takes_one_and_for_no_other() -> None:
    (found,) = attempts_of([given(strategy="lookback", value="2026-11-01 00:00:00Z")])
    assert (found.explicit, found.back_seconds) == (None, DAY)


@pytest.mark.parametrize("left_stopped", [True, False, None])
def test_how_an_attempt_has_left_the_workflow_is_read_from_the_module_option(left_stopped: bool | None) -> None:
    starts, runs = ["2026-11-23 10:30:00.000Z", "2026-11-23 10:45:00.000Z"], ["2026-11-23 10:20:00.000Z"]
    (found,) = attempts_of([given(outcome="pending", left_stopped=left_stopped, starts=starts, runs=runs)])
    assert (found.left_stopped, found.starts) == (left_stopped, (ago(5400), ago(4500)))
    assert found.runs == (ago(6000),)
    assert not found.found_stopped and attempts_of([given(found_stopped=True)])[0].found_stopped
    assert found.put_back is None and attempts_of([given(put_back="2026-11-23 10:20:00.000Z")])[0].put_back == ago(6000)


@pytest.mark.parametrize("undone", [True, False])
def test_whether_a_cursor_of_an_attempt_was_put_back_is_read_from_the_module_option(undone: bool) -> None:
    (found,) = attempts_of([given(undone=undone)])
    assert found.undone is undone


def test_where_an_attempt_saw_the_cursors_is_read_from_the_module_option_as_any_text() -> None:
    (found,) = attempts_of([given(stood={NAME: OLD, "other": "soon", "empty": ""})])
    assert found.stood == {NAME: OLD_VALUE, "other": CursorValue("soon", None), "empty": CursorValue("", None)}


def test_run_of_the_workflow_as_it_stood_is_known_in_evidence_by_its_name() -> None:
    # Evidence keeps it, and a later release reads it.
    assert AS_IT_STANDS == "run"


def test_write_whose_answer_was_lost_is_known_by_its_cursor() -> None:
    rows = [
        {"cursor": f"{NAME}{lost}", "expected_value": OLD, "written": MARK.written.text, "unsure": lost}
        for lost in (True, False)
    ]
    (found,) = attempts_of([given(outcome="pending", cursors=rows)])
    assert found.unsure == {f"{NAME}True"}


@pytest.mark.parametrize("nothing", ["", None])
def test_attempt_that_tells_neither_its_workflow_nor_how_far_back_it_went_went_a_day_back_in_none(
    nothing: str | None,
) -> None:
    (found,) = attempts_of([given(workflow=nothing, lookback=nothing)])
    assert (found.workflow, found.back_seconds) == ("", DAY)
    assert resume_point_of(Option(NAME, 7, OLD), found) is None


def test_now_lies_its_overlap_back_whatever_the_lookback_says() -> None:
    (found,) = attempts_of([given(strategy="now", lookback="nothing")])
    assert found.back_seconds == 600


def test_attempts_come_newest_first() -> None:
    found = attempts_of([given(run_id="old"), given(run_id="new", started="2026-11-23T13:00:00Z")])
    assert [one.run_id for one in found] == ["new", "old"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"started": "yesterday"}, r"^earlier\[1\]: .*yesterday"),
        ({"lookback": "a while"}, r"^earlier\[1\]: .*a while"),
        ({"cursors": [{"cursor": NAME, "expected_value": "never"}]}, r"^earlier\[1\]: .*never"),
    ],
)
def test_damaged_evidence_is_an_error_that_names_its_place(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        attempts_of([given(), given(**changes)])
