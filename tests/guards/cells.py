# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cells of the table: a playbook, and a setting on the command line, in ansible.cfg or in a variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: By playbook: its initial state, the prefix of the variables, and one host on which it has something to do.
PLAYBOOKS: Mapping[str, tuple[str, str, str]] = {
    "detect": ("ill", "mid_sourcing", "stuck"),
    "plan": ("ill", "mid_sourcing", "stuck"),
    "reconcile": ("ill", "mid_sourcing", "stuck"),
    "rollback": ("cured", "mid_sourcing", "stuck"),
    "backfill": ("cured", "mid_sourcing", "stuck"),
    "restart_event_status": ("ill", "siblings", "frozen"),
    "repull_tracking": ("ill", "siblings", "control"),
    "runs": ("cured", "mid_sourcing", "stuck"),
}
READING = ("detect", "plan", "runs")
#: These have one host, the controller, whatever the inventory.
HERE = ("runs",)
ALL, GROUP = "campaign", "campaign_verdict_stuck"
NOTHING = "nothing"
"""The scope of a run that must be refused, such as one with a limit that leaves none of our hosts."""


@dataclass(frozen=True)
class Disturbance:
    """One column. ``scope`` are the remaining hosts: ``campaign``, a group, ``one`` or ``nothing``.

    ``rehearsal``: nothing may be written, even if it is full. ``broken``: the server refuses to change the host of the
    playbook, so that its cure fails. ``before`` changes the files of the place: mode or owner of a path.
    """

    kind: str
    name: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    scope: str = ALL
    rehearsal: bool = False
    broken: bool = False
    before: tuple[tuple[str, str, int], ...] = ()
    only: tuple[str, ...] = tuple(PLAYBOOKS)


def limits() -> list[Disturbance]:
    """Every form that --limit takes. ``ONE`` stands for the host of the playbook."""
    forms = {
        "ONE": "one",
        "ONE,localhost": "one",
        "localhost,ONE": "one",
        "all": ALL,
        "campaign": ALL,
        "!web": ALL,
        "campaign:!well": GROUP,
        GROUP: GROUP,
        f"{GROUP},localhost": GROUP,
        f"campaign:&{GROUP}": GROUP,
        "~^ONE$": "one",
        "ONE*": "one",
        "@{place}/one.txt": "one",
        "@{place}/one_and_localhost.txt": "one",
        "localhost": NOTHING,
        "web": NOTHING,
        "others,localhost": NOTHING,
        "@{place}/web.txt": NOTHING,
        # Ansible ignores these limits.
        "": NOTHING,
        ",": NOTHING,
        "@{place}/empty.txt": NOTHING,
    }
    elsewhere = tuple(book for book in PLAYBOOKS if book not in HERE)
    found = [
        Disturbance("limit", form or "''", ("--limit", form), scope=scope, only=elsewhere)
        for form, scope in forms.items()
    ]
    # A playbook of the controller alone must not succeed because a limit left it nothing to do; all is no limit.
    whole = ("ONE,localhost", "all", "*")
    return found + [
        Disturbance("limit", form or "''", ("--limit", form), scope=ALL if form in whole else NOTHING, only=HERE)
        for form in ("localhost", *whole, "ONE", "all:!ONE", "web", "", "@{place}/one.txt")
    ]


def skipping() -> list[Disturbance]:
    """The ways to make Ansible skip tasks, on the command line and in its settings."""
    found = [
        Disturbance("tags", " ".join(arguments), arguments)
        for arguments in (
            ("--tags", "all"),
            ("--tags", "untagged"),
            ("--tags", "tagged"),
            ("--tags", "always"),
            ("--tags", "cure"),
            ("--skip-tags", "always"),
            ("--skip-tags", "untagged"),
            ("--skip-tags", "all,always"),
            ("--skip-tags", "notify"),
            ("--tags", "cure", "--skip-tags", "always"),
        )
    ]
    found += [
        Disturbance("tags", f"ANSIBLE_{name}={value}", environment={f"ANSIBLE_{name}": value})
        for name, value in (("RUN_TAGS", "cure"), ("SKIP_TAGS", "untagged"))
    ]
    tasks = (
        "Detect",
        "Diagnose",
        "Gate*",
        "Let *",
        "Cure*",
        "Roll back*",
        "Backfill*",
        "Change*",
        "Fail*",
        "Report*",
        "Say*",
        "*",
        "nowhere",
    )
    found += [Disturbance("start", f"--start-at-task {name}", ("--start-at-task", name)) for name in tasks]
    limited = ("--limit", "ONE", "--start-at-task", "Fail*")
    return [
        *found,
        Disturbance("start", " ".join(limited), limited, scope="one"),
        Disturbance("start", "--step", ("--step",)),
    ]


#: Settings of Ansible that a user's ansible.cfg may have, as its environment variables.
SETTINGS: tuple[tuple[str, str], ...] = (
    ("ANSIBLE_STRATEGY", "free"),
    ("ANSIBLE_STRATEGY", "host_pinned"),
    ("ANSIBLE_STRATEGY", "debug"),
    ("ANSIBLE_ANY_ERRORS_FATAL", "true"),
    ("ANSIBLE_HASH_BEHAVIOUR", "merge"),
    ("ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED", "true"),
    ("ANSIBLE_INVENTORY_UNPARSED_FAILED", "true"),
    ("ANSIBLE_HOST_PATTERN_MISMATCH", "error"),
    ("ANSIBLE_JINJA2_NATIVE", "true"),
    ("ANSIBLE_FORKS", "1"),
    ("ANSIBLE_STDOUT_CALLBACK", "minimal"),
    ("ANSIBLE_STDOUT_CALLBACK", "oneline"),
    ("ANSIBLE_DISPLAY_SKIPPED_HOSTS", "false"),
    ("ANSIBLE_DISPLAY_OK_HOSTS", "false"),
    ("ANSIBLE_GATHERING", "explicit"),
    ("ANSIBLE_GATHERING", "smart"),
    ("ANSIBLE_FORCE_HANDLERS", "true"),
    ("ANSIBLE_TASK_TIMEOUT", "1"),
    ("ANSIBLE_TIMEOUT", "1"),
    ("ANSIBLE_INJECT_FACT_VARS", "false"),
    ("ANSIBLE_BECOME", "true"),
    ("ANSIBLE_TRANSPORT", "ssh"),
    ("ANSIBLE_NO_LOG", "true"),
    ("ANSIBLE_DIFF_ALWAYS", "true"),
    ("ANSIBLE_ENABLE_TASK_DEBUGGER", "true"),
    ("ANSIBLE_ERROR_ON_UNDEFINED_VARS", "false"),
    ("ANSIBLE_DUPLICATE_YAML_DICT_KEY", "error"),
    ("ANSIBLE_PRIVATE_ROLE_VARS", "true"),
    ("ANSIBLE_RETRY_FILES_ENABLED", "true"),
    ("ANSIBLE_CACHE_PLUGIN", "jsonfile"),
    ("ANSIBLE_PIPELINING", "true"),
    ("ANSIBLE_KEEP_REMOTE_FILES", "true"),
    ("ANSIBLE_LOCAL_TEMP", "{place}/tmp"),
    ("ANSIBLE_VARS_ENABLED", "host_group_vars"),
)
#: Each is tried separately, whatever else is tried together.
APART = ("ANSIBLE_STRATEGY", "ANSIBLE_ANY_ERRORS_FATAL", "ANSIBLE_HASH_BEHAVIOUR", "ANSIBLE_FORKS")
#: The same on the command line.
OPTIONS = (("--become",), ("--connection", "ssh"), ("--force-handlers",), ("--flush-cache",))
#: What a setting needs beside it to be valid.
BESIDE = {"ANSIBLE_CACHE_PLUGIN": {"ANSIBLE_CACHE_PLUGIN_CONNECTION": "{place}/cache"}}


def settings() -> list[Disturbance]:
    """One column for each setting."""
    found = [
        Disturbance("settings", f"{name}={value}", environment={name: value, **BESIDE.get(name, {})})
        for name, value in SETTINGS
    ]
    return found + [Disturbance("settings", " ".join(option), option) for option in OPTIONS]


#: Settings that could lose the report of a run with a failed cure, or begin another one after it.
AFTER_FAILURE = (
    "ANSIBLE_STRATEGY",
    "ANSIBLE_ANY_ERRORS_FATAL",
    "ANSIBLE_FORCE_HANDLERS",
    "ANSIBLE_ENABLE_TASK_DEBUGGER",
)


def failures() -> list[Disturbance]:
    """The same again where a cure fails, and under a limit."""
    writing = tuple(book for book in PLAYBOOKS if book not in READING)
    found = [
        Disturbance("failing", f"{name}={value}, a cure fails", environment={name: value}, broken=True, only=writing)
        for name, value in SETTINGS
        if name in AFTER_FAILURE
    ]
    limited = ("--limit", GROUP)
    return [*found, Disturbance("failing", f"{GROUP}, a cure fails", limited, scope=GROUP, broken=True, only=writing)]


def modes() -> list[Disturbance]:
    """Check mode, the read-only switch, no permission to write, a file of variables."""
    limited = ("--check", "--diff", "--limit", "ONE")
    writing = tuple(book for book in PLAYBOOKS if book not in READING)
    apply_one = ("-i", "{place}/apply_one.yml")
    return [
        Disturbance("mode", "--check", ("--check",), rehearsal=True),
        Disturbance("mode", " ".join(limited), limited, scope="one", rehearsal=True),
        Disturbance("mode", "read only", environment={"CAMPAIGN_READ_ONLY": "true"}, rehearsal=True),
        Disturbance("mode", "no apply", variables={"APPLY": None}, rehearsal=True),
        Disturbance("mode", "apply only for ONE", apply_one, variables={"APPLY": None}, rehearsal=True),
        Disturbance("mode", "-e replaces the gate", variables={"GATE": {}}, scope=NOTHING, only=writing),
        Disturbance("mode", "-e @file", ("-e", "@{place}/more.yml")),
    ]  # fmt: skip


#: Variables that an empty answer of a survey may leave blank, by prefix.
BLANKS = {
    "mid_sourcing": "hosts apply run restore run_id plan manifest serial max_hosts strategy evidence_dir value",
    "siblings": "hosts apply run_id max_hosts repull_to repull_option evidence_dir",
}


def blanks() -> list[Disturbance]:
    """One column for each variable; blank."""
    return [
        Disturbance(
            "blank", f"{prefix}_{name}=''", variables={f"{prefix}_{name}": ""}, rehearsal=name == "apply",
            only=tuple(book for book, (_state, its, _one) in PLAYBOOKS.items() if its == prefix),
        )
        for prefix, names in BLANKS.items()
        for name in names.split()
    ]  # fmt: skip


def files() -> list[Disturbance]:
    """Files that others may have written: each must be refused."""
    undoing = ("rollback", "backfill")
    evidence, run = "campaign-evidence", "campaign-evidence/change-1"
    record, sums = f"{run}/stuck.json", f"{run}/SHA256SUMS"
    others = {
        "evidence for all to write": ("chmod", evidence, 0o777),
        "a run for all to write": ("chmod", run, 0o777),
        "somebody else's run": ("chown", run, 12345),
        "a record for all to write": ("chmod", record, 0o666),
        "somebody else's record": ("chown", record, 12345),
        "somebody else's SHA256SUMS": ("chown", sums, 12345),
    }
    wrong = {"mid_sourcing_manifest": "0" * 64}
    limited = ("--limit", "ONE")
    return [
        *(Disturbance("files", name, before=(one,), scope=NOTHING, only=undoing) for name, one in others.items()),
        Disturbance("files", "somebody else's run, --limit ONE", limited, before=(("chown", run, 12345),),
                    scope=NOTHING, only=undoing),
        Disturbance("files", "another manifest", variables=wrong, scope=NOTHING, only=undoing),
        Disturbance("files", "another manifest, --limit ONE", limited, variables=wrong, scope=NOTHING, only=undoing),
    ]  # fmt: skip


def columns() -> list[Disturbance]:
    """All of them."""
    return [*limits(), *skipping(), *settings(), *failures(), *modes(), *blanks(), *files()]


@dataclass(frozen=True)
class Cell:
    """One run to judge."""

    playbook: str
    column: Disturbance

    @property
    def name(self) -> str:
        return f"{self.playbook} | {self.column.name}"

    @property
    def arguments(self) -> tuple[str, ...]:
        one = PLAYBOOKS[self.playbook][2]
        return tuple(part.replace("ONE", one) for part in self.column.arguments)

    @property
    def variables(self) -> dict[str, Any]:
        prefix = PLAYBOOKS[self.playbook][1]
        names = {"APPLY": f"{prefix}_apply", "GATE": f"{prefix}_gate"}
        return {names.get(name, name): value for name, value in self.column.variables.items()}


def together(chosen: Sequence[Cell]) -> list[list[Cell]]:
    """Settings that must change nothing, in sets that one run can have at once; those of another name each.

    ``APART`` are left out: they change how Ansible runs the tasks, and another setting may hide their effect.
    """
    sets: list[list[Cell]] = []
    for cell in chosen:
        names = set(cell.column.environment)
        if cell.column.kind != "settings" or not names or names & set(APART):
            continue
        for found in sets:
            if found[0].playbook == cell.playbook and not any(names & set(one.column.environment) for one in found):
                found.append(cell)
                break
        else:
            sets.append([cell])
    return [found for found in sets if len(found) > 1]


def joined(found: Sequence[Cell]) -> Cell:
    """One cell with the settings of all of these."""
    environment = {name: value for one in found for name, value in one.column.environment.items()}
    return Cell(found[0].playbook, Disturbance("settings", f"{len(found)} settings", environment=environment))


def cells() -> list[Cell]:
    """The whole table, row by row."""
    return [Cell(book, column) for book in PLAYBOOKS for column in columns() if book in column.only]
