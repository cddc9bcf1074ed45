# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which mistakes are made, which of them tests notice, and that each explanation is of one that is made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation import explained
from tests.mutation.mutants import IMPORTED, mutants_of
from tests.mutation.runs import KILLED, ROOT, SURVIVED, Ran, Result
from tests.mutation.targets import TARGETS

REASONED = """
[[mutant]]
module = "m.py"
function = "f"
line = "return a"
becomes = "return None"
why = "Nobody asks."
"""


def changes(code: str) -> set[str]:
    """What the changed line becomes in each mutant of it."""
    return {mutant.after for mutant in mutants_of("m.py", code.encode())[0]}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = a < 2", {"x = a <= 2", "x = a < 3", "x = a < 1", "x = True", "x = False"}),
        ("x = a == b", {"x = True", "x = False"}),
        ("x = a and b >= c", {"x = True and b >= c", "x = a and True", "x = a and b > c", "x = False"}),
        ("x = a or not b", {"x = False or not b", "x = a or False", "x = True"}),
        ("x = a or 0", {"x = False or 0", "x = True", "x = a or 1", "x = a or (-1)"}),
        ("x = (a) if b else c", {"x = (a) if True else c", "x = (a) if False else c"}),
        ("x = [a for a in b if a]", {"x = [a for a in b if True]", "x = [a for a in b if False]"}),
        ("x = a + b", {"x = a - b"}),
        ("x = -a", {"x = +a"}),
        ("x = True", {"x = False"}),
        ("x = 'go'", {"x = 'XXgo'"}),
        ("x = f'{a}-{b + c}'", {"x = f'XX{a}-{b + c}'", "x = f'{a}-{b - c}'"}),
        ("x = (a).strip()", {"x = (a)"}),
        ("x = sorted(a)", {"x = list(a)"}),
        ("while a: b", {"while False: b", "while a: pass"}),
        ("for a in b: break", {"for a in b: continue"}),
        ("a.b = c", {"pass"}),
        ("a += c", {"pass"}),
        ("raise a", {"pass"}),
        ("def f(a=1): return a", {"def f(a=2): return a", "def f(a=0): return a", "def f(a=1): return None"}),
    ],
)
def test_each_kind_of_mistake_is_made(code: str, expected: set[str]) -> None:
    assert changes(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        '"""Docs."""',
        "import a",
        "x: int",
        "@a(b=1)\ndef f(): ...",
        "if t.TYPE_CHECKING:\n    x = 1",
        "x = t.Literal['a']",
        "x = t.cast('A', a)",
        "__all__ = ['a']",
    ],
)
def test_what_is_no_logic_has_no_mistakes(code: str) -> None:
    assert changes(code) == set()


@pytest.mark.parametrize("text", ["'It is late.'", "f'{a} ago'", "f'at most {a}'"])
def test_words_for_people_are_counted_and_left_alone(text: str) -> None:
    assert mutants_of("m.py", f"x = {text}".encode()) == ([], 1)


def test_mutant_knows_its_function_its_line_and_what_coverage_must_know() -> None:
    code = b"A = 1\n\nclass B:\n    def c(self):\n        return (\n            '\xc3\xa4' < self.d)\n"
    found = {mutant.after: mutant for mutant in mutants_of("m.py", code)[0]}
    outside, inside = found["A = 2"], found["'ä' <= self.d)"]
    assert (outside.function, outside.line, outside.lines) == (IMPORTED, 1, (1, 1))
    assert (inside.function, inside.line, inside.lines) == ("B.c", 6, (5, 6))
    assert inside.applied(code) == code.replace(b"<", b"<=")


def test_tests_of_a_mutant_are_those_that_reach_its_line_and_the_fast_ones_first() -> None:
    code = b"def f(a):\n    return a\n\ndef g(a):\n    return a\n"
    f, g = mutants_of("m.py", code)[0]
    seconds = {"slow.py::a": 2.0, "slow.py::b": 3.0, "fast.py::c": 1.0, "fast.py::d": 1.5}
    # A fixture of slow.py reaches f, and only one test g.
    ran = Ran(seconds, {"m.py": {2: ["slow.py", "fast.py::c"], 5: ["fast.py::d"]}})
    assert ran.tests_of(f) == ["fast.py::c", "slow.py::a", "slow.py::b"]
    assert ran.tests_of(g) == ["fast.py::d"]
    assert Ran(seconds, {"m.py": {2: [""]}}).tests_of(f) == sorted(seconds, key=seconds.__getitem__)


@pytest.mark.parametrize("name", TARGETS)
def test_mutants_of_the_code_are_python_and_every_explanation_is_of_one(name: str) -> None:
    reasons = explained.read()
    for module in TARGETS[name].modules:
        source = (ROOT / "plugins" / module).read_bytes()
        found, _texts = mutants_of(module, source)
        assert len(found) > 10
        for mutant in found[::17]:
            compile(mutant.applied(source), module, "exec")
        gone = {reason for reason in reasons if reason[0] == module} - {mutant.name for mutant in found}
        assert not gone
    assert {reason[0] for reason in reasons} <= {module for target in TARGETS.values() for module in target.modules}


def test_explanation_is_of_one_survivor_and_an_error_without_one(tmp_path: Path) -> None:
    file = tmp_path / "explained.toml"
    file.write_text(REASONED)
    [mutant] = mutants_of("m.py", b"def f(a):\n    return a\n")[0]
    reasons = explained.read(file)
    assert reasons == {mutant.name: "Nobody asks."}
    survived, killed = ({mutant: Result(outcome)} for outcome in (SURVIVED, KILLED))
    assert explained.sort(survived, reasons, ["m.py"]) == explained.Survivors([mutant], [], [])
    assert explained.sort(survived, {}, ["m.py"]).unexplained == [mutant]
    idle = explained.sort(killed, reasons, ["m.py"])
    assert [line.partition(":")[0] for line in explained.lines(idle)][:1] == ["NOT NEEDED explained.toml"]
    assert explained.sort(killed, reasons, ["other.py"]).idle == []


@pytest.mark.parametrize("wrong", [REASONED * 2, REASONED.replace("Nobody asks.", ""), '[[mutant]]\nmodule = "m.py"'])
def test_explanation_that_is_none_is_refused(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "explained.toml"
    file.write_text(wrong)
    with pytest.raises(ValueError, match="An entry"):
        explained.read(file)


@pytest.mark.parametrize(("tests", "status"), [("weak", 1), ("strong", 0)])
def test_weak_test_lets_a_mutant_survive_and_a_strong_one_does_not(tests: str, status: int) -> None:
    command = [sys.executable, "-m", "tests.mutation.main", "--only", "xtk", "--function", "format_date", "--jobs", "1"]
    command += ["--tests", f"tests/mutation/examples/{tests}.py"]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == status, done.stdout + done.stderr
    assert ('+ return _day(value, "XX/")' in done.stdout) is bool(status)
