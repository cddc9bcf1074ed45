# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes ``ansible_collections.campaign.classic``, ``simulator`` and ``tools`` importable, whoever starts pytest."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _collections_path() -> Path:
    """The folder that holds ``ansible_collections/campaign/classic``, which is this tree."""
    if ROOT.parts[-3:] == ("ansible_collections", "campaign", "classic"):
        return ROOT.parents[2]
    link = ROOT / ".build/collections/ansible_collections/campaign/classic"
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        # Another worker may have made it in between.
        with contextlib.suppress(FileExistsError):
            link.symlink_to("../../../..")
    return link.parents[2]


_COLLECTIONS = str(_collections_path())
# The same path for Python, for Ansible in this process, and for every ansible-playbook that a test starts.
for _path in (_COLLECTIONS, str(ROOT)):
    if _path not in sys.path:
        sys.path.insert(0, _path)
os.environ["ANSIBLE_COLLECTIONS_PATH"] = _COLLECTIONS
os.environ.setdefault("ANSIBLE_HOME", str(ROOT / ".build/home/.ansible"))
# Its sitecustomize.py says what for.
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(ROOT / "tests/helpers/bytecode"), os.environ.get("PYTHONPATH")])
)
os.environ["TESTS_BYTECODE"] = str(ROOT / ".build/bytecode")
(ROOT / ".build/bytecode").mkdir(parents=True, exist_ok=True)
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(ROOT / ".build/hypothesis"))
os.environ.setdefault("ANSIBLE_DEPRECATION_WARNINGS", "false")
os.environ.setdefault("ANSIBLE_LOCALHOST_WARNING", "false")
os.environ.setdefault("ANSIBLE_INVENTORY_UNPARSED_WARNING", "false")
# What a shell starts in the background ignores Ctrl-C, and nohup ignores SIGHUP; the tests send both, to children too.
if threading.current_thread() is threading.main_thread():
    for _number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(_number) is signal.SIG_IGN:
            signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)
# A test must never meet a real server because its author has one in the environment.
for _name in [name for name in os.environ if name.startswith("CAMPAIGN_")]:
    del os.environ[_name]


# -- what a suite leaves out -------------------------------------------------------------------------------------------

#: Files with many cases of one kind, each of which is slow: it starts ansible-playbook, or cures an instance once for
#: every call. `make test` runs every n-th case of them, and the make target of the suite all.
SAMPLED = {
    "compat/test_interrupted.py": 3,
    "compat/test_what_a_play_says.py": 3,
    "integration/test_ask_mid.py": 9,
    "integration/test_backfill.py": 6,
    "integration/test_bad_input.py": 9,
    "integration/test_budgets.py": 3,
    "integration/test_change.py": 19,
    "integration/test_damaged_files.py": 3,
    "integration/test_documents.py": 3,
    "integration/test_evidence.py": 11,
    "integration/test_examples.py": 3,
    "integration/test_fleet.py": 9,
    "integration/test_gate.py": 3,
    "integration/test_given.py": 41,
    "integration/test_hostile_texts.py": 14,
    "integration/test_inventory.py": 5,
    "integration/test_interrupted.py": 2,
    "integration/test_last_words.py": 11,
    "integration/test_modules.py": 7,
    "integration/test_newcomer.py": 9,
    "integration/test_outcome.py": 31,
    "integration/test_playbooks.py": 7,
    "integration/test_progress.py": 4,
    "integration/test_query.py": 3,
    "integration/test_rehearsal.py": 3,
    "integration/test_report.py": 5,
    "integration/test_second_playbook.py": 4,
    "integration/test_secrets.py": 20,
    "integration/test_secrets_in_playbooks.py": 14,
    "integration/test_seen.py": 2,
    "integration/test_session.py": 3,
    "integration/test_siblings.py": 10,
    "integration/test_what_a_play_says.py": 18,
    "integration/test_whose_files.py": 6,
    "unit/plugins/module_utils/_change_window/test_occurrences.py": 3,
    "unit/plugins/module_utils/_cure/test_backfill.py": 5,
    "unit/plugins/module_utils/_cure/test_budget.py": 5,
    "unit/plugins/module_utils/_cure/test_cure_faults.py": 16,
    "unit/plugins/module_utils/_cure/test_cure_interrupted.py": 5,
    "unit/plugins/module_utils/_cure/test_cure_resume.py": 5,
    "unit/plugins/module_utils/_cure/test_cure_tries.py": 2,
    "unit/plugins/module_utils/_cure/test_cure_two_runs.py": 2,
    "unit/plugins/module_utils/test__operations_interrupted.py": 2,
}
_LEFT_OUT = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """An option of the make targets that run one suite."""
    parser.addoption("--whole", action="store_true", help="run the tests too that `make test` has no time for")


def pytest_configure(config: pytest.Config) -> None:
    """A marker for them, and no sample of a file that is gone."""
    config.addinivalue_line("markers", "whole: only with --whole")
    gone = [file for file in SAMPLED if not (ROOT / "tests" / file).exists()]
    if gone:
        raise pytest.UsageError(f"SAMPLED in tests/conftest.py names files that are not there: {', '.join(gone)}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave them out of `make test`."""
    if not config.getoption("--whole"):
        left_out = {item for item in items if item.get_closest_marker("whole")} | _beside_the_sample(items)
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


def _beside_the_sample(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """What is left of the sampled files when every n-th of their cases is run."""
    places: Counter[str] = Counter()
    found = set()
    for item in items:
        file = item.path.relative_to(ROOT / "tests").as_posix()
        if places[file] % SAMPLED.get(file, 1):
            found.add(item)
        places[file] += 1
    return found


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Count what is left out, for whatever reason."""
    for item in items[:1]:
        item.config.stash[_LEFT_OUT] = item.config.stash.get(_LEFT_OUT, 0) + len(items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave the number beside the results: the last lines of `make test` say it."""
    results = getattr(session.config.option, "xmlpath", None)
    count = session.config.stash.get(_LEFT_OUT, 0)
    if results and count:
        Path(results).with_suffix(".left_out").write_text(str(count), encoding="ascii")
