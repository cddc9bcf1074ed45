# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tests in processes that are forked off: once as the code is, then once for each mutant.

The process that forks has imported everything but the collection and its tests, so a run costs little more than its
tests. The mutant takes the place of its module when that is imported: what stands outside of functions counts, too.
"""

from __future__ import annotations

import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import multiprocessing
import multiprocessing.connection
import os
import resource
import signal
import sys
import time
import typing as t
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType

import coverage
import hypothesis
import pytest

from tests.mutation.mutants import IMPORTED, Mutant, lines_of

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build" / "mutation"
PACKAGE = "ansible_collections.campaign.classic.plugins"
#: What is imported again in each run.
_OURS = ("ansible_collections", "ansible", "tests", "test_", "conftest", "_pytest", "pytest")
#: Bytes that a run may take: a mutant may collect without end.
MEMORY = 4 << 30
#: A mutant may take this many times what its tests took, and some seconds: of the processor, and by the clock.
FACTOR, SECONDS, CLOCK = 4, 10, 10
_FORK = multiprocessing.get_context("fork")
SURVIVED, KILLED, TIMED_OUT = "survived", "killed", "timed out"
Sent = dict[str, object]


@dataclass(frozen=True)
class Ran:
    """The tests as the code is.

    :param seconds: of each test, by its name in pytest.
    :param reached: by module and line, which tests or files of tests run it; ``""`` is what runs when the modules are
        imported.
    :param imported: modules of others that they use.
    """

    seconds: Mapping[str, float]
    reached: Mapping[str, Mapping[int, Sequence[str]]]
    imported: Sequence[str] = field(default=())

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests that may notice it, the fast ones first."""
        lines = self.reached.get(mutant.module, {})
        found = {name for line in lines_of(mutant) for name in lines.get(line, ())}
        if mutant.function == IMPORTED or "" in found:
            chosen = set(self.seconds)
        else:
            chosen = {test for test in self.seconds if test in found or test.partition("::")[0] in found}
        return sorted(chosen, key=lambda test: (self.seconds[test], test))


@dataclass(frozen=True)
class Result:
    """How the tests took a mutant.

    :param by: the test that has noticed it.
    :param seconds: of the processor.
    """

    outcome: str
    by: str = ""
    seconds: float = 0.0


# -- in the process that was forked off --------------------------------------------------------------------------------


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from another text."""

    def __init__(self, module: str, source: bytes) -> None:
        self.name = f"{PACKAGE}.{module.removesuffix('.py').replace('/', '.')}"
        self.path, self.source = ROOT / "plugins" / module, source

    def find_spec(self, fullname: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        """It, if it is the one."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the text."""
        with warnings.catch_warnings():
            # Of some mutants the compiler says that they make no sense.
            warnings.simplefilter("ignore")
            code = compile(self.source, str(self.path), "exec", dont_inherit=True)
        exec(code, module.__dict__)


class _Plugin:
    """Takes a choice of the tests, in an order, and notes how they went."""

    def __init__(self, chosen: Sequence[str], known: Sequence[str], into: coverage.Coverage | None) -> None:
        self.places = {test: place for place, test in enumerate(chosen)}
        self.known, self.into = frozenset(known), into
        self.seconds: dict[str, float] = {}
        self.failed = ""

    def _context(self, name: str) -> None:
        if self.into is not None:
            self.into.switch_context(name)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        """A file of tests may call the collection when it is imported."""
        if isinstance(collector, pytest.Module):
            self._context(collector.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Of a mutant: what may notice it, and tests whose names it has changed."""
        if self.known:
            taken = [item for item in items if item.nodeid in self.places or item.nodeid not in self.known]
            items[:] = sorted(taken, key=lambda item: self.places.get(item.nodeid, -1))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """What a fixture has made may serve all tests of its file."""
        self._context(item.nodeid.partition("::")[0])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """The test itself."""
        self._context(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """How long it took, and the first that failed."""
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed and not self.failed:
            self.failed = report.nodeid


def _pytest(plugin: _Plugin, paths: Sequence[str]) -> int:
    """Run tests, the same ones each time, without what would be left behind."""
    # No example is made smaller: that it fails is enough.
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile(
        "mutation", derandomize=True, database=None, deadline=None, phases=phases, max_examples=50
    )
    hypothesis.settings.load_profile("mutation")
    options = ["-q", "-x", "--whole", "--tb=line", "--assert=plain"]
    options += ["-o", f"cache_dir={BUILD / 'pytest'}", "-o", "timeout=0"]
    options += [f"-pno:{plugin}" for plugin in ("xdist", "pytest_cov", "faulthandler", "hypothesispytest")]
    return int(pytest.main([*options, *paths], plugins=[plugin]))


def _as_it_is(paths: Sequence[str], modules: Sequence[str], send: Callable[[Sent], None]) -> None:
    """The tests, with the lines that each of them runs."""
    import tests.conftest  # noqa: F401, PLC0415  # makes the collection importable

    measure = coverage.Coverage(data_file=None, config_file=False, include=[f"*/plugins/{one}" for one in modules])
    measure.start()
    for module in modules:
        importlib.import_module(_Mutated(module, b"").name)
    plugin = _Plugin((), (), measure)
    status = _pytest(plugin, paths)
    measure.stop()
    data = measure.get_data()
    reached = {
        module: data.contexts_by_lineno(file)
        for file in data.measured_files()
        for module in modules
        if file.endswith(f"/plugins/{module}")
    }
    others = [name for name in sys.modules if not name.startswith(_OURS)]
    send({"status": status, "failed": plugin.failed, "seconds": plugin.seconds, "reached": reached, "others": others})


def _with(mutant: Mutant, source: bytes, order: Sequence[str], known: Sequence[str],
          send: Callable[[Sent], None]) -> None:  # fmt: skip
    """The tests that may notice a mutant."""
    finder = _Mutated(mutant.module, mutant.applied(source))
    sys.meta_path.insert(0, finder)
    plugin = _Plugin(order, known, None)
    status = _pytest(plugin, sorted({test.partition("::")[0] for test in order}))
    module = sys.modules.get(finder.name)
    is_it = module is None or module.__spec__ is not None and module.__spec__.loader is finder
    send({"status": status, "failed": plugin.failed, "is it": is_it, "seconds": time.process_time()})


def _child(work: Callable[[Callable[[Sent], None]], None], to: multiprocessing.connection.Connection,
           log: Path, seconds: int) -> None:  # fmt: skip
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # The bytecode of everything but the mutant, which has a loader of its own.
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(BUILD / "bytecode")
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    work(lambda sent: to.send_bytes(json.dumps(sent).encode()))
    # Threads that a mutant has left waiting are no reason to wait.
    os._exit(0)


# -- in the process that forks -----------------------------------------------------------------------------------------


class _Run:
    """One process at work."""

    def __init__(self, work: Callable[[Callable[[Sent], None]], None], log: Path, seconds: float) -> None:
        self.log, self.seconds, self.began, self.limit = log, seconds, time.monotonic(), seconds * CLOCK
        self.end, other = _FORK.Pipe(duplex=False)
        self.process = _FORK.Process(target=_child, args=(work, other, log, int(seconds) + 1))
        self.process.start()
        other.close()

    @property
    def is_over(self) -> bool:
        """Whether it has said something, has ended, or has taken too long by the clock."""
        return self.end.poll() or not self.process.is_alive() or time.monotonic() - self.began > self.limit

    def result(self) -> Sent | None:
        """What it has sent, or nothing; it ends now."""
        sent: Sent | None = None
        with suppress(EOFError, OSError):
            if self.end.poll():
                sent = json.loads(self.end.recv_bytes())
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid or 0, signal.SIGKILL)
        self.process.join()
        self.end.close()
        return sent


def as_it_is(paths: Sequence[str], modules: Sequence[str], log: Path) -> Ran:
    """Run tests as the code is.

    :raises SystemExit: one fails: nothing can be said about mutants then.
    """
    run = _Run(lambda send: _as_it_is(paths, modules, send), log, 1200)
    multiprocessing.connection.wait([run.end, run.process.sentinel], run.limit)
    sent = run.result()
    if sent is None or sent["status"] or sent["failed"]:
        raise SystemExit(f"The tests fail without a mutant: {sent['failed'] if sent else 'no end'}. See {log}.")
    reached = {
        module: {int(line): tests for line, tests in lines.items()}
        for module, lines in sent["reached"].items()  # type: ignore[attr-defined]
    }
    return Ran(sent["seconds"], reached, sent["others"])  # type: ignore[arg-type]


@cache
def source_of(module: str) -> bytes:
    """The text of a module. It is read once: somebody may change it while its mutants are tried."""
    return (ROOT / "plugins" / module).read_bytes()


def check(ran: Ran, module: str, log: Path) -> None:
    """Run the tests in the way of a mutant, without a mistake in it: else each mutant might seem to be noticed.

    :raises SystemExit: one of them fails so.
    """
    same = Mutant(module, IMPORTED, 1, 0, 0, "", (1, 1), "", "")
    [(_mutant, result)] = try_all([(same, list(ran.seconds))], ran, 1, log)
    if result.outcome != SURVIVED:
        raise SystemExit(f"The tests fail for a mutant that is none: {result.by or result.outcome}. See {log}.")


def _import_others(names: Sequence[str]) -> None:
    """Import here what every run would import again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            with suppress(Exception):
                importlib.import_module(name)
    # They stay: no run needs to look through them for garbage.
    gc.freeze()


def try_all(mutants: Sequence[tuple[Mutant, Sequence[str]]], ran: Ran, jobs: int, log: Path) -> Iterator[
    tuple[Mutant, Result]
]:  # fmt: skip
    """Try mutants, each with these tests, some at a time.

    :param log: the name of a file for the output of the last of them.
    """
    _import_others(ran.imported)
    waiting, runs, free = list(reversed(mutants)), dict[int, tuple[_Run, Mutant]](), list(range(jobs))
    try:
        while waiting or runs:
            while waiting and free:
                mutant, tests = waiting.pop()
                if tests:
                    place = free.pop()
                    runs[place] = _start(mutant, tests, ran, log.with_suffix(f".{place}.log")), mutant
                else:
                    yield mutant, Result(SURVIVED)
            _wait_for([run for run, _mutant in runs.values()])
            for place, (run, mutant) in list(runs.items()):
                if run.is_over:
                    del runs[place]
                    free.append(place)
                    yield mutant, _judged(mutant, run)
    finally:
        for run, _mutant in runs.values():
            run.result()


def _wait_for(runs: Sequence[_Run]) -> None:
    """Until one of them has ended, or for a second: one may have taken too long."""
    if runs:
        multiprocessing.connection.wait([end for run in runs for end in (run.end, run.process.sentinel)], 1.0)


def _start(mutant: Mutant, tests: Sequence[str], ran: Ran, log: Path) -> _Run:
    source = source_of(mutant.module)
    seconds = FACTOR * sum(ran.seconds[test] for test in tests) + SECONDS
    return _Run(lambda send: _with(mutant, source, tests, list(ran.seconds), send), log, seconds)


def _judged(mutant: Mutant, run: _Run) -> Result:
    sent = run.result()
    if sent is None:
        # The limit of time or of memory has ended it, or it was a mistake that ends Python.
        return Result(TIMED_OUT, seconds=run.seconds)
    if not sent["is it"]:
        raise SystemExit(f"Something else than the mutant was imported: {mutant}. See {run.log}.")
    seconds = t.cast("float", sent["seconds"])
    if sent["status"] in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return Result(SURVIVED, seconds=seconds)
    return Result(KILLED, str(sent["failed"]) or "import", seconds)
