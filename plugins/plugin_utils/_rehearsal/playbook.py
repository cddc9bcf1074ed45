# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The playbook ``reconcile`` itself, against the simulated fleet: in a process of its own, which knows no instance, no
password and no setting but those that are written for it here.

Its waits take real time. So the simulator's time runs faster, and the options that are seconds are shortened as much.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ansible.utils.collection_loader import AnsibleCollectionConfig

from ...module_utils._core.errors import WaitTimeout, shorten
from ...module_utils._cure.verify_timeout import two_periods
from .._fleet.rows import word_of
from .._snapshot.facts import counters, period
from .control import require_loopback
from .simulator import END_LIMIT, end, plain_environment

Data = dict[str, t.Any]

PLAYBOOK = "campaign.classic.reconcile"
#: Simulated seconds in a real one.
SPEED = 30.0
#: The options of the cure that are seconds, with their defaults.
_SECONDS = {"order_timeout": 300.0, "poll_interval": 15.0}
#: The shortest of them that makes sense over HTTP.
_LEAST = 0.1
#: Options that are never passed on: what they name would act on the real world.
_OURS = frozenset({"mids", "evidence_dir", "run_id", "progress", "verify_timeout", "plans", "earlier"})


@dataclass(frozen=True)
class Played:
    """How the playbook ended.

    :param status: its exit code.
    :param what: by host, the outcome of the cure, or the verdict where there was none.
    :param refusals: why the gate refused, as sentences.
    :param problem: what it said where it left no report.
    """

    status: int
    what: Mapping[str, str] = field(default_factory=dict)
    refusals: Sequence[str] = ()
    problem: str = ""


def play(
    urls: Mapping[str, str],
    login: tuple[str, str],
    options: Mapping[str, Mapping[str, t.Any]],
    rows: Mapping[str, Data],
    gate: Mapping[str, t.Any],
    *,
    seconds: float,
) -> Played:
    """Run it.

    :param urls: by host, on loopback; '' for a host that has none.
    :param options: by host, those of the diagnosis and of the cure.
    :param rows: of the snapshot.
    :param gate: the variables of the gate, the same for all.
    :param seconds: the most that it may take.
    :raises WaitTimeout: it took longer, and was ended.
    """
    with tempfile.TemporaryDirectory(prefix="campaign-rehearsal-") as folder:
        there = Path(folder)
        (there / "inventory.json").write_text(json.dumps(inventory(urls, login, options, rows)), encoding="utf-8")
        variables = {
            **gate,
            "mid_sourcing_apply": True,
            "mid_sourcing_progress": 0,
            "mid_sourcing_run_id": "rehearsal",
            "mid_sourcing_evidence_dir": str(there / "evidence"),
            "mid_sourcing_report_file": str(there / "report.json"),
        }
        (there / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
        status = _run(there, seconds)
        return _read(status, there)


def inventory(
    urls: Mapping[str, str],
    login: tuple[str, str],
    options: Mapping[str, Mapping[str, t.Any]],
    rows: Mapping[str, Data],
) -> Data:
    """The inventory of the simulated fleet, and of nothing else."""
    for url in urls.values():
        if url:
            require_loopback(url)
    user, password = login
    return {
        "campaign": {
            "vars": {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "campaign_user": user,
                "campaign_password": password,
            },
            "hosts": {
                host: {"campaign_url": url, **_variables(options.get(host, {}), rows.get(host, {}))}
                for host, url in urls.items()
            },
        }
    }


def _variables(options: Mapping[str, t.Any], row: Data) -> Data:
    found = {
        f"mid_sourcing_{name}": value for name, value in options.items() if name not in _OURS and value is not None
    }
    for name, default in _SECONDS.items():
        found[f"mid_sourcing_{name}"] = max(_LEAST, float(options.get(name) or default) / SPEED)
    usual = two_periods(period(one) for one in counters(row)) if "workflows" in row else two_periods(())
    found["mid_sourcing_verify_timeout"] = max(_LEAST, float(options.get("verify_timeout") or usual) / SPEED)
    return found


def _collections() -> str:
    """Where this Ansible finds its collections, and so this one."""
    found = [str(path) for path in AnsibleCollectionConfig.collection_paths or ()]
    return os.pathsep.join(found) or os.environ.get("ANSIBLE_COLLECTIONS_PATH", "")


def _run(folder: Path, seconds: float) -> int:
    command = [sys.executable, "-m", "ansible", "playbook", "-i", str(folder / "inventory.json")]
    command += [PLAYBOOK, "-e", f"@{folder / 'variables.json'}"]
    environment = plain_environment(
        ANSIBLE_CONFIG=str(folder / "ansible.cfg"),
        ANSIBLE_COLLECTIONS_PATH=_collections(),
        ANSIBLE_HOME=str(folder / "ansible"),
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_NOCOLOR="1",
        PWD=str(folder),
    )
    (folder / "ansible.cfg").touch()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise WaitTimeout(
            f"The playbook {PLAYBOOK} did not end on the copy of the fleet within {seconds:.0f} s.",
            last_state={},
            next_step=f"Give it more time with deadline. It was ended, within {END_LIMIT:.0f} s.",
        ) from None
    finally:
        end(process)


def _read(status: int, folder: Path) -> Played:
    with contextlib.suppress(OSError, ValueError):
        told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        what = {row["host"]: word_of(row) for row in told["hosts"]}
        return Played(status, what, tuple((told.get("outcome") or {}).get("refusals") or ()))
    output = (folder / "output").read_text(encoding="utf-8", errors="replace").splitlines()
    problem = next(
        (line for line in output if line.startswith(("ERROR", "[ERROR", "fatal"))), output[-1] if output else ""
    )
    return Played(status, problem=shorten(problem, 300))
