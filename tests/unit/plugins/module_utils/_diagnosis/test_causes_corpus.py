# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each text of the corpus in each place of a journal, under a cursor of 2024, and the resulting verdict."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.causes import BUILT_IN
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import judge
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import Thresholds
from tests.helpers.corpus import PLACES, row, samples
from tests.helpers.cursors import DAY, MINUTE, cursor, failed_cursor, option, workflow

SAMPLES = samples()
#: On 2026-11-23, a cursor of January 2024.
OF_2024 = 1040 * DAY
VERDICTS = {"slow": "stuck", "out": "failing_other", "unknown": "failing_unknown"}
#: What a zone with showErrors=false leaves out.
CODE = re.compile(r"\b[A-Z]{2,4}-\d{6}:?\s*")
T = Thresholds()


def test_corpus_has_enough_of_each_class_and_no_text_twice() -> None:
    kinds = Counter(sample.kind for sample in SAMPLES)
    assert set(kinds) == set(VERDICTS)
    assert min(kinds["slow"], kinds["out"]) >= 75 and kinds["unknown"] >= 30
    assert len({sample.text for sample in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("runs", [1, 3])
@pytest.mark.parametrize("place", PLACES)
def test_text_leads_to_its_verdict_wherever_it_stands(place: str, runs: int) -> None:
    wrong = []
    for kind, text in SAMPLES:
        lines = [line for run in range(runs) for line in PLACES[place](text, 10 * MINUTE * (run + 1))]
        found = judge(failed_cursor(OF_2024, *lines), T)
        if found.verdict.value != VERDICTS[kind]:
            wrong.append((kind, text, found.verdict.value, found.reason))
    assert wrong == []


@pytest.mark.parametrize("length", [20, 60, 255, 1000])
def test_text_that_is_cut_off_does_not_become_a_slow_answer(length: int) -> None:
    wrong = []
    for kind, text in SAMPLES:
        if kind == "slow" or "\n" in text or ". ERROR" in text:
            continue  # of several messages the first may be a slow answer
        for short in (text[:length], CODE.sub("", text)[:length]):
            cause = BUILT_IN.of(short)
            if cause is not None and cause.is_slow:
                wrong.append(short)
    assert wrong == []


@pytest.mark.parametrize("place", PLACES)
def test_text_that_nobody_knows_is_shown_with_how_to_classify_it(place: str) -> None:
    for kind, text in SAMPLES:
        if kind != "unknown" or "wrapper" in place:
            continue
        found = judge(failed_cursor(OF_2024, *PLACES[place](text, 600)), T)
        # A text that was cut in two is shown in two pieces.
        assert text[:3] in found.reason, (text, found.reason)
        assert "cut" in place or "half" in place or text.rstrip(". ") in found.reason, (text, found.reason)
        assert "mid_sourcing_causes" in found.proposal


@pytest.mark.parametrize("kind", ["out", "unknown"])
def test_slow_answer_among_other_failures_is_not_written(kind: str) -> None:
    """Ten refusals and then one 504, or the other way round, or one among many: a person decides."""
    slow = [sample.text for sample in SAMPLES if sample.kind == "slow"]
    for number, (_kind, text) in enumerate(sample for sample in SAMPLES if sample.kind == kind):
        others = [row(1000 * (at + 2), text) for at in range(10)]
        after = judge(failed_cursor(OF_2024, row(600, slow[number % len(slow)]), *others), T)
        before = judge(failed_cursor(OF_2024, row(60_000, slow[number % len(slow)]), *others), T)
        assert {after.verdict.value, before.verdict.value} <= {"failing_other", "failing_unknown"}, text
        assert "They failed for several reasons" in after.reason and " x " in after.reason


@pytest.mark.parametrize("kind", ["out", "unknown"])
def test_started_workflow_that_ignores_such_errors_is_not_stuck_either(kind: str) -> None:
    for _kind, text in (sample for sample in SAMPLES if sample.kind == kind):
        lines = tuple(row(600 * (at + 1), text) for at in range(20))
        seen = cursor(option=option(OF_2024), workflow=workflow(11), journal=lines)
        assert judge(seen, T).verdict.value == VERDICTS[kind], text


def test_what_an_older_run_said_without_an_error_does_not_tell_why_the_last_one_failed() -> None:
    rows = [row(3 * DAY, "", "The operation timed out", 2), row(600, "", "Something else went wrong", 2)]
    assert judge(failed_cursor(OF_2024, *rows), T).verdict.value == "failing_unknown"
    last_run = workflow(13, failed=True, due=None, processed=3 * DAY)
    assert judge(failed_cursor(OF_2024, rows[0], workflow=last_run), T).verdict.value == "stuck"
