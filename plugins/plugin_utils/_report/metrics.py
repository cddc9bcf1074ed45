# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The document as metrics of Prometheus, in its text format 0.0.4, for a textfile collector. Pure.

The label of a host is ``host``: Prometheus itself sets ``instance`` to what it scrapes.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .times import moment_of

Document = Mapping[str, t.Any]
#: The labels of a sample, and its value.
Sample = tuple[Mapping[str, str], t.Any]


@dataclass(frozen=True)
class Metric:
    """A gauge, and what it says."""

    name: str
    help: str
    samples: t.Callable[[Document], Iterable[Sample]]


def prometheus_text(document: Document) -> str:
    """All metrics. One that is not known of a host has no sample for it."""
    return "".join(line + "\n" for metric in METRICS for line in _lines(metric, document))


def _lines(metric: Metric, document: Document) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} gauge"
    for labels, value in metric.samples(document):
        if value is not None:
            inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            yield f"{metric.name}{{{inside}}} {_number(value)}" if inside else f"{metric.name} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: t.Any) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _unix(text: str) -> float | None:
    moment = moment_of(text)
    return None if moment is None else moment.timestamp()


# -- the samples ------------------------------------------------------------------------------------------------------


def _of_cursors(value: t.Callable[[Document], t.Any]) -> t.Callable[[Document], Iterator[Sample]]:
    """A sample for each cursor and sibling of each host. An option is there once, whatever shares it."""

    def samples(document: Document) -> Iterator[Sample]:
        for row in document["hosts"]:
            seen: set[str] = set()
            for kind in ("cursor", "sibling"):
                for cursor in row[f"{kind}s"]:
                    if cursor["option"] not in seen:
                        seen.add(cursor["option"])
                        names = {name: cursor[name] for name in ("option", "account", "workflow")}
                        yield {"host": row["host"], "kind": kind, **names}, value(cursor)

    return samples


def _of_hosts(value: t.Callable[[Document], t.Any]) -> t.Callable[[Document], Iterator[Sample]]:
    return lambda document: (({"host": row["host"]}, value(row)) for row in document["hosts"])


def _verdicts(document: Document) -> Iterator[Sample]:
    for row in document["hosts"]:
        yield {"host": row["host"], "verdict": row["verdict"], "group": row["group"]}, 1


def _hosts_by_verdict(document: Document) -> Iterator[Sample]:
    yield from (({"verdict": verdict}, number) for verdict, number in document["counts"]["verdicts"].items())


def _cures(document: Document) -> Iterator[Sample]:
    for one in sorted(document["treated"], key=lambda one: str(one["host"])):
        yield {"host": one["host"]}, _unix(one["cured_at"])


def _affected(document: Document) -> Iterator[Sample]:
    for one in sorted(document["treated"], key=lambda one: str(one["host"])):
        for gap in one["affected"]:
            yield {"host": one["host"], "option": gap["option"]}, gap["count"]


METRICS = (
    Metric(
        "campaign_cursor_age_seconds",
        "How far a cursor is behind the clock of its server, when it was read. Negative ahead of it.",
        _of_cursors(lambda cursor: cursor["age_seconds"]),
    ),
    Metric(
        "campaign_cursor_timestamp_seconds",
        "Where a cursor stands, in seconds since 1970 by the clock of its server.",
        _of_cursors(lambda cursor: _unix(cursor["value"])),
    ),
    Metric("campaign_host_verdict", "1 for the verdict that a host has, which is its worst cursor's.", _verdicts),
    Metric("campaign_hosts", "How many hosts have a verdict.", _hosts_by_verdict),
    Metric(
        "campaign_host_answered",
        "Whether a host could be read: 1, or 0.",
        _of_hosts(lambda row: int(row["answered"])),
    ),
    Metric(
        "campaign_host_last_observation_timestamp_seconds",
        "When a host was last read, by the controller's clock. No sample for one that could not be read.",
        _of_hosts(lambda row: _unix(row["observed_at"])),
    ),
    Metric(
        "campaign_host_clock_skew_seconds",
        "How far the clock of a host is ahead of the controller's.",
        _of_hosts(lambda row: row["skew_seconds"]),
    ),
    Metric(
        "campaign_host_cured_timestamp_seconds",
        "When a cursor of a host was last cured, if the evidence in the report has it.",
        _cures,
    ),
    Metric(
        "campaign_possibly_affected_deliveries",
        "Deliveries whose counters may be old after a cure, since no backfill has fetched them.",
        _affected,
    ),
    Metric(
        "campaign_sweep_duration_seconds",
        "How long it took to read all hosts.",
        lambda document: [({}, document["sweep"]["seconds"])],
    ),
    Metric("campaign_sweep_calls", "SOAP calls of that.", lambda document: [({}, document["sweep"]["calls"])]),
    Metric(
        "campaign_report_timestamp_seconds",
        "When the report was made: older than its schedule means that it is made no more.",
        lambda document: [({}, _unix(document["made"]))],
    ),
)
