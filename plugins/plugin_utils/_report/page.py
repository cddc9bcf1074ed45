# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The document as one page of HTML, which needs no network. Pure but for the files of the page, which never change.

Every text is escaped by the template's engine. What runs or styles is in files of our own, and the page's policy allows
nothing else: a text that became markup all the same would not run.
"""

from __future__ import annotations

import base64
import hashlib
import typing as t
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .._fleet.rows import why
from .._variables.names import ROLES
from .ends import is_cured
from .timeline import timeline
from .times import age_text, lag_text, short
from .verdicts import GROUPS, MEANINGS, group_of, rank_of

Document = Mapping[str, t.Any]

FOLDER = ROLES / "fleet_report" / "files" / "page"
#: Hosts whose cures are in the page; the format json has them all.
MOST_TREATED = 100
#: A clock that differs by less is not worth a word.
SKEW = 120


def html_text(document: Document) -> str:
    """The page."""
    style, script = _text("report.css"), _text("report.js")
    treated = {one["host"]: number for number, one in enumerate(document["treated"][:MOST_TREATED])}
    page: str = (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=document,
            rows=sorted(document["hosts"], key=lambda row: (rank_of(row["verdict"]), -(row["age_seconds"] or 0))),
            tiles=[verdict for verdict, number in document["counts"]["verdicts"].items() if number],
            drawing=timeline(document),
            readings=sorted(row["observed_at"] for row in document["hosts"] if row["observed_at"]),
            treated=treated,
            most_treated=MOST_TREATED,
            # Both are our own, and neither ends its element: a test holds it.
            style=Markup(style),  # noqa: S704
            script=Markup(script),  # noqa: S704
            policy=_policy(style, script),
        )
    )
    return page


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters.update(
        age=age_text, lag=lag_text, short=short, why=why, rank=rank_of, group=group_of, skew=_skew, number=_number
    )
    found.tests.update(cured=is_cured)
    found.globals.update(MEANINGS=MEANINGS, GROUPS=GROUPS)
    return found


@cache
def _text(name: str) -> str:
    return Path(FOLDER, name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """What the page may load and run: its own style and script, by their sums, and nothing else."""
    return (
        f"default-src 'none'; style-src {_sum(style)}; script-src {_sum(script)}; base-uri 'none'; form-action 'none'"
    )


def _sum(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _skew(seconds: float | None) -> str:
    """A sentence on a clock that is wrong; '' for one that is right, or not known."""
    if seconds is None or abs(seconds) < SKEW:
        return ""
    return f"Its clock is {age_text(abs(seconds))} {'ahead of' if seconds > 0 else 'behind'} ours."


def _number(value: int) -> str:
    return f"{value:,}"
