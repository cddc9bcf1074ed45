# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The guard of the playbooks: a run is complete or refused, and its gate precedes everything that it writes.

``hosts`` of a play is the only place that nothing on the command line can skip: Ansible evaluates it in its main
process before limits, tags and the task to start at. So every play of the playbooks asks the guard there.

The gate grants a token: a file in the directory that belongs to this one process and ends with it. No variable can
replace it. The writing play takes it, so it serves one gate and one play.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t
from pathlib import Path

from ansible.inventory.manager import split_host_pattern

from .._variables.names import HANDED_ON, OUTPUTS

Arguments = t.Mapping[str, t.Any]

#: The arguments that make Ansible skip tasks: key among its arguments, its name, other sources.
SKIPPING = (
    ("tags", "--tags", "ANSIBLE_RUN_TAGS or [tags] in ansible.cfg"),
    ("skip_tags", "--skip-tags", "ANSIBLE_SKIP_TAGS or [tags] in ansible.cfg"),
    ("start_at_task", "--start-at-task", ""),
    ("step", "--step", ""),
)

#: These run no task.
LISTING = ("syntax", "listhosts", "listtasks", "listtags")

#: Variables that the playbooks and their gates pass on to themselves. A variable of the command line would override
#: them. The outcome is not here, although the report sets it: AWX passes it on to the next job in the same way.
OWN_WORDS = (OUTPUTS - HANDED_ON) | {"guard_prefix", "campaign_change_window", "campaign_change_window_begun"}
#: The prefixes of those that belong to a single role.
OWN_BEGINNINGS = ("__guard", "__mid_sourcing", "__siblings", "__fleet_report", "__change_window")

#: Variables of the user that a playbook has set itself, and what it has set them to: the ticket of a run, from a change
#: that the run has opened; and the run of a rollback or backfill, from a bundle.
SET_BY_US = {
    "change_window_ticket": "__change_window_ticket_opened",
    "mid_sourcing_run": "__mid_sourcing_bundle_run",
}

#: The prefix of what belongs to the playbooks for siblings. The rest belongs to those for the mid-sourcing cursor.
_SIBLINGS = "siblings_"

#: What binds a run that writes, and must not cease to do so when it is given blank.
BINDING = (
    "mid_sourcing_plan",
    "mid_sourcing_plan_file",
    "mid_sourcing_manifest",
    "mid_sourcing_change_tasks",
    "change_window_required",
    "change_window_windows",
    "change_window_blackouts",
    "change_window_timezone",
    "change_window_ticket_required",
    "change_window_ticket_pattern",
)

#: A pattern that matches no host and gives no warning, which ansible.cfg can turn into an error.
NOBODY = "!all"


class Refused(Exception):
    """The run, or its writing, is refused; the text says why and what to type."""


class NoHost(Refused):
    """The pattern and the limit leave none."""


def is_listing(arguments: Arguments) -> bool:
    """Whether Ansible was only asked to inspect the playbook."""
    return any(arguments.get(name) for name in LISTING)


def require_whole(arguments: Arguments) -> None:
    """Refuse a run in which Ansible was told to skip tasks.

    :param arguments: those of the command line, as Ansible keeps them.
    :raises Refused: one of ``SKIPPING`` was given.
    """
    for name, flag, elsewhere in SKIPPING:
        value = arguments.get(name)
        if not value or (name == "tags" and list(value) == ["all"]):
            continue
        shown = "" if value is True else f" {value if isinstance(value, str) else ','.join(map(str, value))}"
        raise Refused(
            f"{flag}{shown} would leave out steps that belong together: the gate, what it lets through, the report. "
            f"Nothing was done. Run the playbook without {flag}"
            + (f" (it may come from {elsewhere})" if elsewhere else "")
            + "; instances are chosen with --limit."
        )


def require_free_words(given: t.Iterable[str]) -> None:
    """Refuse variables of the command line that would replace the decision of the gate.

    :param given: the names of all of them.
    :raises Refused: one belongs to the playbooks.
    """
    own = sorted(name for name in given if _is_own(name))
    if own:
        raise Refused(
            f"{', '.join(own)} is what the playbooks say to themselves, and cannot be given with -e. Nothing was done. "
            "Leave it out."
        )


def _is_own(name: str) -> bool:
    return name in OWN_WORDS or name.startswith(OWN_BEGINNINGS)


def forget(facts: Arguments, hosts: t.Iterable[str], variable: str) -> None:
    """Remove what an earlier playbook of the same process has said to itself on these hosts: it is no finding, gate or
    failure of this one, a change that it has opened is closed, and its bundle was of its own run. The results of the
    other kind of playbooks stay: no playbook of this kind reads them.

    :param facts: those of each host, as Ansible keeps them.
    :param variable: the one that names the hosts of the playbook, and begins with the name of its role.
    """
    of_siblings = variable.startswith(_SIBLINGS)
    for host in hosts:
        own = facts.get(host, {})
        for name, ours in SET_BY_US.items():
            if ours in own and own.get(name) == own[ours]:
                del own[name]
        for name in [name for name in own if _is_own(name)]:
            if name.startswith(OWN_BEGINNINGS) or name.startswith(_SIBLINGS) == of_siblings:
                del own[name]


def require_hosts(pattern: str, variable: str, everyone: t.Sequence[str], limited: t.Sequence[str], limit: str) -> None:
    """Refuse a run that would succeed because it has no host.

    :param pattern: the hosts of the playbook, as the user gave them in ``variable``.
    :param everyone: the hosts that it matches; ``limited`` are the hosts among them within ``limit``.
    :raises NoHost: there are none.
    :raises Refused: the pattern names nothing, which Ansible takes for every host.
    """
    require_names(pattern, variable)
    if not everyone:
        raise NoHost(
            f"No host matches '{pattern}'. Give an inventory (-i) with your instances in the group 'campaign', or "
            f"another pattern with -e {variable}=PATTERN."
        )
    if not limited:
        raise NoHost(
            f"--limit '{limit}' leaves none of the {len(everyone)} hosts of '{pattern}'. Nothing was done. The limit "
            f"takes names, groups and files (@FILE) of the inventory; localhost need not be in it."
        )


def require_names(pattern: str, variable: str) -> None:
    """Refuse a pattern that names nothing, which Ansible takes for every host.

    :param pattern: the hosts of the playbook, as the user gave them in ``variable``.
    :raises Refused: it is blank, or has separators alone.
    """
    if not split_host_pattern(pattern):
        why = f"is '{pattern}', which has no name in it" if pattern.strip() else "is blank"
        raise Refused(f"{variable} {why}. Give a pattern of hosts, or leave it out. Nothing was done.")


def require_bound(blank: t.Sequence[str]) -> None:
    """Refuse a blank approval or change window in a run that writes: an empty variable of a shell must not mean that
    nothing binds it.

    :param blank: those of ``BINDING`` that somebody has given blank, at least one.
    :raises Refused: always.
    """
    names, verb = " and ".join(blank), "is" if len(blank) == 1 else "are"
    raise Refused(
        f"{names} {verb} blank in a run that writes. An empty variable of a shell must not stand for an approval or a "
        "change window: give a value, or leave it out. Nothing was done."
    )


def require_here(here: t.Sequence[str], left: t.Sequence[str], everyone: t.Sequence[str], limit: str) -> list[str]:
    """The one host of a play for the controller alone, where only the controller runs its tasks, whatever the host.

    ``--limit all`` excludes localhost where no inventory names it, and is no limit: ansible-rulebook gives it to
    every playbook. The first host of the inventory stands in for localhost then.

    :param here: localhost, if it remains.
    :param left: the remaining hosts of the inventory, of ``everyone``.
    :raises Refused: the limit excludes localhost and another host.
    """
    if here:
        return list(here)
    if left and set(left) == set(everyone):
        return [left[0]]
    raise Refused(
        f"--limit '{limit}' leaves out localhost, and this playbook asks nobody else: it reads what lies on this "
        "machine. Nothing was done. Leave --limit out."
    )


def require_limit(limit: str | None, names: t.Sequence[str]) -> None:
    """Refuse a limit that names nothing, such as an unset variable of a shell or an empty file: Ansible takes it for
    none.

    :param limit: as it was given; None when it was not.
    :param names: its parts, once its files are read.
    :raises Refused: it is blank.
    """
    if limit is not None and not any(name.strip() for name in names):
        raise Refused(
            f"--limit '{limit}' names no host: it is blank, or its file is empty, and Ansible would take every host. "
            "Nothing was done. Name the hosts, or leave --limit out."
        )


#: The result of fleet_info, and the mark of a host whose tasks have failed.
FLEET, FAILURE = "mid_sourcing_fleet", "mid_sourcing_failure"


def chosen(which: str, hosts: t.Sequence[str], raw: t.Callable[[str], Arguments]) -> list[str] | None:
    """The hosts of a play that comes after ``fleet_info``, in their order; None for all, if it has failed.

    :param which: as the option of the lookup.
    :param hosts: of the pattern, within the limit; at least one.
    :param raw: returns the variables of a host, untemplated.
    """
    fleet = raw(hosts[0]).get(FLEET) or {}
    if "rows" not in fleet:
        # It has failed: there is no result for a single host, and the report has all of them.
        return None if which in ("gate", "report") else []
    planned = {*fleet["stuck"], *fleet["elsewhere"]}
    wanted = {
        "unhealthy": lambda: set(fleet["unhealthy"]),
        "elsewhere": lambda: set(fleet["elsewhere"]),
        "stuck": lambda: planned,
        "gate": lambda: {hosts[0], *planned},
        "report": lambda: {hosts[0], *fleet["failing"], *(host for host in planned if FAILURE in raw(host))},
    }[which]()
    return [host for host in hosts if host in wanted]


class Token:
    """The token that the gate of a run leaves for the writing play.

    :param folder: a directory of this process alone, which ends with it.
    :param playbook: the playbook of the gate.
    """

    def __init__(self, folder: Path, playbook: str) -> None:
        self._playbook = playbook
        self._file = folder / f"campaign-classic-gate-{playbook}.json"
        #: The same once it has been taken: Ansible may ask for the batches of a play after its hosts.
        self._taken = folder / f"campaign-classic-taken-{playbook}.json"

    def grant(self, hosts: t.Sequence[str] | None, sizes: t.Any = 1) -> None:
        """The gate has passed: for these hosts and no others, or, with None, for all of the play.

        :param sizes: the size of the batches, or a list of sizes, as ``serial`` takes it.
        """
        several = list(sizes) if isinstance(sizes, (list, tuple)) else [sizes]
        for earlier in (self._file, self._taken):
            earlier.unlink(missing_ok=True)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump({"hosts": None if hosts is None else list(hosts), "sizes": several}, stream)

    def take(self) -> list[str] | None:
        """What the gate granted, once.

        :raises Refused: it granted nothing in this run.
        """
        try:
            granted = self._read(self._file)["hosts"]
            self._file.replace(self._taken)
        except (FileNotFoundError, ValueError, KeyError, TypeError):  # a full disk leaves half a file
            raise Refused(
                f"The gate of {self._playbook} has not passed in this run, so nothing may be written. Its tasks were "
                "left out, or they failed on every host: see above. Run the whole playbook."
            ) from None
        return None if granted is None else [str(name) for name in granted]

    def sizes(self) -> list[t.Any]:
        """The sizes of the batches that the last gate said. One host after the other where none has passed: that play
        has no hosts."""
        for file in (self._file, self._taken):
            with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError):
                return list(self._read(file)["sizes"])
        return [1]

    @staticmethod
    def _read(file: Path) -> t.Any:
        return json.loads(file.read_text(encoding="utf-8"))
