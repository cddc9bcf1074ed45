# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input against the simulator: the short version, with one seed. ``make fuzz-simulator`` is the long one."""

from __future__ import annotations

import pytest

from tests.fuzz.attack import shape
from tests.fuzz.cases import Case, Cases, Session
from tests.fuzz.simulator import fuzz, report
from tests.helpers.simulator_process import LINUX

SEED = 17742
REQUESTS = 2_000


@pytest.mark.skipif(not LINUX, reason="the process is looked at through /proc")
def test_bad_requests_harm_nobody() -> None:
    findings = fuzz(REQUESTS, SEED)
    text = report(findings)
    print(text)
    assert findings.problems == []
    assert findings.tally.kinds.total() == REQUESTS
    assert findings.tally.answers.total() == REQUESTS
    assert len(findings.watched) >= 10, "nobody watched the other instance"
    assert text.endswith("no problem was found")


def test_the_same_seed_makes_the_same_requests() -> None:
    def first(seed: int) -> list[Case]:
        stream = iter(Cases(seed, ("mkt-a",), (Session("mkt-a", "t", "s"),)))
        return [next(stream) for _number in range(200)]

    assert first(1) == first(1)
    assert first(1) != first(2)


@pytest.mark.skipif(not LINUX, reason="the process is looked at through /proc")
def test_a_report_names_what_was_wrong() -> None:
    findings = fuzz(200, SEED)
    findings.problems = ["mkt-a: gone"]
    assert report(findings).endswith("PROBLEM: mkt-a: gone")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"", "closed without an answer"),
        (b"SSH-2.0", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\n\r\n<SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode>", "200 fault (Client)"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n<TestCnxResponse xmlns='x'", "200 result"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\nXSV-350012 Invalid", "403 XSV-350012"),
        (b"HTTP/1.1 500 x\r\n\r\nThe simulator failed; its log has the cause.", "DEFECT"),
        (b"HTTP/1.1 200 OK\r\n\r\n<SOAP-ENV:Fault>The simulator failed: KeyError.", "DEFECT"),
        (b"HTTP/1.1 302 Found\r\n\r\n", "302 other"),
    ],
)
def test_answers_are_told_apart(answer: bytes, expected: str) -> None:
    assert shape(answer) == expected
