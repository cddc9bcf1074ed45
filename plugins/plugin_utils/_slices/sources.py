# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Where the outputs of slices come from: files, URLs, or the jobs of a workflow in AWX (``awx``).

An output that cannot be read loses its slice and no other: it is a sentence, and the hosts of that slice are missed by
whoever merges.
"""

from __future__ import annotations

import glob
import os
import re
import typing as t
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from ...module_utils._core.content import load_text
from ...module_utils._core.errors import CampaignError, ValidationError
from .._fetching import Fetch, shown
from .controller import Controller, SlicedJob, SliceJob
from .packing import Slice, read_slices

#: ``awx``, or ``awx:ID`` for the workflow job with this number.
_AWX = re.compile(r"awx(?::(\d+))?", re.IGNORECASE)
_URL = re.compile(r"https?://", re.IGNORECASE)


@dataclass
class Outputs:
    """What was read.

    :param slices: all of them, whatever run they are of.
    :param problems: what could not be read, as sentences.
    :param run: the run that the controller's jobs belong to; '' where no controller was asked.
    :param unread: how many of the outputs could not be read at all.
    """

    slices: list[Slice] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    run: str = ""
    unread: int = 0

    def add(self, text: str, source: str) -> None:
        """Read the slices in the output of a job."""
        slices, problems = read_slices(text, source)
        self.slices += slices
        self.problems += problems


def read_outputs(
    given: t.Any,
    *,
    place: t.Callable[[str], str],
    environ: Mapping[str, str],
    fetch: Fetch,
    workflow_job: str = "",
    own_job: str = "",
) -> Outputs:
    """Read every output that is named.

    :param given: ``mid_sourcing_slices``: a list, or a text with commas, blanks or line breaks.
    :param place: the path that is meant by what the user has written.
    :param workflow_job: the number of the workflow job that this job is one of, for ``awx``.
    :param own_job: the number of this job, whose output is none of a slice.
    :raises ValidationError: the controller cannot be asked for the jobs of the workflow.
    """
    outputs = Outputs()
    for name in _listed(given):
        if awx := _AWX.fullmatch(name):
            controller = Controller(environ, fetch)
            _read_controller(controller, awx.group(1) or workflow_job, own_job, outputs)
        elif _URL.match(name):
            _read_one(outputs, shown(name), partial(Controller.text_of, name, environ, fetch))
        else:
            _read_files(place(name), outputs)
    return outputs


def _listed(given: t.Any) -> list[str]:
    """The names in what was given, each once."""
    named = re.split(r"[,\s]+", given) if isinstance(given, str) else given
    if not isinstance(named, Sequence) or not all(isinstance(one, str) for one in named):
        raise ValidationError(
            f"mid_sourcing_slices must be a list of files and URLs, and is {given!r}.", next_step="Or 'awx'."
        )
    return list(dict.fromkeys(name.strip() for name in named if name.strip()))


def _read_one(outputs: Outputs, source: str, read: Callable[[], str]) -> None:
    try:
        outputs.add(read(), source)
    except CampaignError as error:
        message = str(error)
        outputs.unread += 1
        outputs.problems.append(message if source in message else f"{source}: {message}")


def _read_files(path: str, outputs: Outputs) -> None:
    paths = sorted(glob.glob(path, recursive=True)) if glob.has_magic(path) and not os.path.exists(path) else [path]
    if not paths:
        outputs.problems.append(f"{path}: no file has such a name.")
    for one in paths:
        _read_one(outputs, one, partial(load_text, one, "output of a slice"))


def _read_controller(controller: Controller, workflow_job: str, own_job: str, outputs: Outputs) -> None:
    """Read the outputs of the last sliced job of a workflow that leaves slices."""
    if not workflow_job:
        raise ValidationError(
            "mid_sourcing_slices is 'awx', and this job is not one of a workflow.",
            next_step="Write awx:ID with the number of the workflow job, or name the outputs.",
        )
    for sliced in reversed(controller.sliced_jobs(workflow_job)):
        jobs = [job for job in sliced.jobs if job.number != own_job]
        found = Outputs(run=sliced.run)
        for job in jobs:
            _read_one(found, job.name, partial(controller.output_of, job))
        if found.slices or _has_lost(sliced, jobs, found):
            outputs.slices += found.slices
            outputs.problems += found.problems
            outputs.run = outputs.run or found.run
            return
    outputs.problems.append(f"No job of the workflow job {workflow_job} has left a slice in its output.")


def _has_lost(sliced: SlicedJob, jobs: Sequence[SliceJob], outputs: Outputs) -> bool:
    """Whether slices without rows may have been asked for them. What earlier slices found is old then.

    A job that succeeded and left none was not asked: it is a sliced job of another kind.
    """
    return not sliced.whole and (outputs.unread > 0 or any(job.status != "successful" for job in jobs))
