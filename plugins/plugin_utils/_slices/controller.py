# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""AWX, as far as it tells of slices: which jobs a workflow has run, and what each of them has said.

AWX runs a job template with several slices as a workflow of its own, with a job for each slice. A job does not learn
which slice it is; the controller knows.
"""

from __future__ import annotations

import base64
import json
import re
import time
import typing as t
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from ...module_utils._core.errors import ValidationError, shorten
from ...module_utils._core.masking import Secret
from ...module_utils._http.address import read_url
from .._fetching import Fetch

Data = dict[str, t.Any]
#: Scheme, host and port.
Origin = tuple[str, str, t.Optional[int]]

#: What the credential of a controller puts into the environment of a job, the newest names first.
HOSTS = ("CONTROLLER_HOST", "AAP_HOSTNAME", "TOWER_HOST")
TOKENS = ("CONTROLLER_OAUTH_TOKEN", "AAP_TOKEN", "TOWER_OAUTH_TOKEN")
USERS = ("CONTROLLER_USERNAME", "AAP_USERNAME", "TOWER_USERNAME")
PASSWORDS = ("CONTROLLER_PASSWORD", "AAP_PASSWORD", "TOWER_PASSWORD")
VERIFY = ("CONTROLLER_VERIFY_SSL", "AAP_VALIDATE_CERTS", "TOWER_VERIFY_SSL")

#: The option that holds the URL of an output.
SLICES = "mid_sourcing_slices"
#: What is behind the path of a URL may be a secret.
_BEHIND_PATH = re.compile(r"[?#]")

#: Workflows within workflows are followed so far.
DEEPEST = 4
#: AWX ends a job before it has stored all of its output. Seconds to wait for that, and between two looks.
STORING, PAUSE = 120.0, 2.0


@dataclass(frozen=True)
class SliceJob:
    """A job that is one slice."""

    number: str
    name: str
    url: str
    status: str = ""


@dataclass(frozen=True)
class SlicedJob:
    """A job template that was run in slices: ``run`` is what its slices call themselves.

    For a single host AWX makes no slices: then ``jobs`` is the one job of its template, and ``whole`` is true.
    """

    run: str
    jobs: list[SliceJob]
    whole: bool = False


class Controller:
    """The controller that the environment of a job names.

    :param fetch: gets a text.
    :param sleep, clock: for the wait until an output is stored.
    :raises ValidationError: it names none, or what it names is no URL.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        fetch: Fetch,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = _host(environ)
        if not self._host:
            raise ValidationError(
                "The environment names no controller, so the jobs of its workflow cannot be read.",
                next_step="Give the job a credential of the type 'Red Hat Ansible Automation Platform', which sets "
                "CONTROLLER_HOST and CONTROLLER_OAUTH_TOKEN, or name the outputs in mid_sourcing_slices.",
            )
        self._origin = _origin_of_controller(environ)
        self._headers, self._verify = _headers(environ), _verify(environ)
        self._fetch = fetch
        self._sleep, self._clock = sleep, clock
        self._version = ""

    @staticmethod
    def text_of(url: str, environ: Mapping[str, str], fetch: Fetch) -> str:
        """The text at a URL; the credential of the controller is sent to the controller alone.

        :raises ValidationError: it cannot be had, or what the environment names as the controller is no URL.
        """
        if _origin(url, SLICES) == _origin_of_controller(environ):
            return fetch(url, _headers(environ), _verify(environ))
        return fetch(url, {})

    def sliced_jobs(self, workflow_job: str) -> list[SlicedJob]:
        """What was run in slices within a workflow job, or is this workflow job itself; the first one first.

        :returns: where nothing was run in slices, the jobs that were run whole.
        :raises ValidationError: the controller cannot be asked.
        """
        found = sorted(self._all_jobs(workflow_job), key=lambda one: int(one.jobs[0].number))
        return [one for one in found if not one.whole] or found

    def _all_jobs(self, workflow_job: str, depth: int = 0) -> list[SlicedJob]:
        jobs, found = [], []
        for kind, number in self._nodes(workflow_job):
            if kind == "workflow_jobs" and depth < DEEPEST:
                found += self._all_jobs(number, depth + 1)
            elif kind == "jobs":
                jobs.append(self._job(number))
        run = f"workflow-job-{workflow_job}"
        if slices := [job for job, whole in jobs if not whole]:
            found.append(SlicedJob(run, slices))
        return [*found, *(SlicedJob(run, [job], whole=True) for job, whole in jobs if whole)]

    def output_of(self, job: SliceJob) -> str:
        """All that a job has said, once it is stored.

        :raises ValidationError: it cannot be read.
        """
        until = self._clock() + STORING
        while self._json(job.url).get("event_processing_finished") is False and self._clock() < until:
            self._sleep(PAUSE)
        # As a download: as a text AWX gives no more than a megabyte.
        return self._fetch(f"{job.url}stdout/?format=txt_download", self._headers, self._verify)

    def _nodes(self, workflow_job: str) -> Iterator[tuple[str, str]]:
        """Kind and number of what each node of a workflow job has run."""
        url = f"{self._api()}workflow_jobs/{workflow_job}/workflow_nodes/?page_size=200"
        while url:
            page = self._json(url)
            for node in page.get("results") or ():
                parts = str((node.get("related") or {}).get("job") or "").strip("/").split("/")
                if len(parts) >= 2:
                    yield parts[-2], parts[-1]
            url = self._linked(url, page["next"]) if page.get("next") else ""

    def _job(self, number: str) -> tuple[SliceJob, bool]:
        """A job, and whether it was run whole and is no slice."""
        url = f"{self._api()}jobs/{number}/"
        job = self._json(url)
        count, which = int(job.get("job_slice_count") or 1), int(job.get("job_slice_number") or 0)
        status = shorten(str(job.get("status") or ""), 60)
        name = f"job {number}, {status}" if count < 2 else f"slice {which} of {count} (job {number}, {status})"
        return SliceJob(number, name, url, status), count < 2

    def _api(self) -> str:
        """The URL of the API's version: AWX has it at /api/, and the gateway of the platform names it there."""
        if not self._version:
            root = self._json(f"{self._host}/api/")
            apis = root.get("apis") or {}
            if "current_version" not in root and "controller" in apis:
                root = self._json(self._linked(f"{self._host}/api/", apis["controller"]))
            self._version = self._linked(f"{self._host}/api/", root.get("current_version") or "/api/v2/")
        return self._version

    def _linked(self, url: str, link: t.Any) -> str:
        """What the controller refers to, at a URL of its own.

        :raises ValidationError: it is elsewhere, or no URL.
        """
        try:
            found = urljoin(url, str(link))
            is_own = _origin(found, "") == self._origin
        except (ValueError, ValidationError):
            is_own = False
        if not is_own:
            raise ValidationError(f"The controller {self._host} refers to {shorten(str(link))}, which is not its own.")
        return found

    def _json(self, url: str) -> Data:
        text = self._fetch(url, self._headers, self._verify)
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ValidationError(
                f"{shorten(url)}: the answer is no JSON of a controller.", next_step="Check CONTROLLER_HOST."
            )
        return found


def secrets_of(environ: Mapping[str, str]) -> Iterator[Secret]:
    """What must not be shown of that environment, also where the controller, or a proxy, gives it back."""
    user = _first(environ, USERS)
    yield from (Secret(environ[name].strip(), user) for name in (*TOKENS, *PASSWORDS) if environ.get(name))


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name].strip() for name in names if environ.get(name, "").strip()), "")


def _host(environ: Mapping[str, str]) -> str:
    host = _first(environ, HOSTS).rstrip("/")
    return host if not host or "://" in host else f"https://{host}"


def _origin_of_controller(environ: Mapping[str, str]) -> Origin | None:
    """None where the environment names no controller.

    :raises ValidationError: what it names is no URL.
    """
    named = next((name for name in HOSTS if environ.get(name, "").strip()), "")
    return _origin(_host(environ), named) if named else None


def _origin(url: str, option: str) -> Origin:
    """What a credential is for.

    :param option: which holds the URL.
    :raises ValidationError: it is none.
    """
    parts = read_url(_BEHIND_PATH.split(url, maxsplit=1)[0], option, user_info=True)
    return parts.scheme, parts.hostname or "", parts.port


def _headers(environ: Mapping[str, str]) -> dict[str, str]:
    if token := _first(environ, TOKENS):
        return {"Authorization": f"Bearer {token}"}
    if user := _first(environ, USERS):
        secret = base64.b64encode(f"{user}:{_first(environ, PASSWORDS)}".encode()).decode()
        return {"Authorization": f"Basic {secret}"}
    return {}


def _verify(environ: Mapping[str, str]) -> bool:
    return _first(environ, VERIFY).lower() not in ("0", "false", "no", "off", "f", "n")
