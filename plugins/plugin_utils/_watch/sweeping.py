# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""One sweep of a watch: the list of instances as it stands now, and what each instance says. Runs in a thread."""

from __future__ import annotations

import threading
import typing as t
from collections.abc import Mapping

import yaml

from ...module_utils._core.content import load_text
from ...module_utils._core.errors import ValidationError
from ...module_utils._core.interrupts import Interrupted
from .._sweep.instances import Instance, files_of, read_instances
from .._sweep.observations import Observation
from .._sweep.threads import Reader, SweepTarget, sweep
from .arguments import WatchSettings

_OWN = "the arguments of cursor_watch"


# Kept: the event source uses it.
class WatchSweep:
    """Reads the instances of a watch. The lists are read each time, so that a new instance is watched at once.

    :param base: the directory in which the paths of lists begin.
    :param environ: where credentials come from.
    """

    def __init__(self, settings: WatchSettings, base: str, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._base = base
        self._reader = Reader(settings.diagnosis, environ, settings.limits)

    def instances(self) -> list[Instance]:
        """The instances as they are listed now.

        :raises ValidationError: a list is wrong, or others can have written it.
        """
        own, lists = self._settings.instances, self._settings.instances_from
        files = [file for path in lists for file in files_of(path, self._base)]
        return read_instances(own, _OWN, files, _load)

    def __call__(self, stop: threading.Event) -> Mapping[str, Observation] | None:
        """The observation of each instance; None if it was stopped, when no session is open any more.

        :raises ValidationError: a list is wrong.
        """
        targets = [SweepTarget(one.name, one.url, one.connection) for one in self.instances()]
        try:
            return sweep(targets, self._reader, self._settings.limits, stop=stop)
        except Interrupted:
            return None


def _load(path: str) -> t.Any:
    """What is in a list.

    :raises ValidationError: it is no YAML, or has a value that only Ansible can read.
    """
    try:
        return yaml.safe_load(load_text(path, "list of instances"))
    except yaml.constructor.ConstructorError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise ValidationError(
            f"{path} has a value with a tag, such as !vault, that an event source cannot read{line}.",
            next_step="Give the watch a list without it; credentials come from CAMPAIGN_CREDENTIALS_FILE.",
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        raise ValidationError(f"{path} is not YAML{line}.", next_step="Correct it.") from None
