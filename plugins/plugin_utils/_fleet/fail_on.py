# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The verdicts with which a host fails a run at its end, for a monitor. Pure."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Sequence
from difflib import get_close_matches

from ...module_utils._core.errors import ValidationError
from ...module_utils._diagnosis.model import Verdict

#: Verdicts, and the outcome of a backfill that is neither good nor bad.
NAMES = (*(verdict.value for verdict in Verdict), "partial")


def read_fail_on(given: t.Any) -> frozenset[str]:
    """The verdicts in ``mid_sourcing_fail_on``: a list, a text with commas or spaces, or a text with a JSON list.

    :raises ValidationError: another form, or an unknown verdict.
    """
    if given is None:
        return frozenset()
    if isinstance(given, str):
        given = _listed(given.strip())
    if not isinstance(given, Sequence) or not all(isinstance(one, str) for one in given):
        raise ValidationError(f"mid_sourcing_fail_on must be a list of verdicts, and is {given!r}.", next_step=_FORM)
    for name in given:
        if name not in NAMES:
            near = get_close_matches(name.lower(), NAMES, n=1, cutoff=0)[0]
            raise ValidationError(
                f"mid_sourcing_fail_on: there is no verdict '{name}'. Did you mean {near}?", next_step=_FORM
            )
    return frozenset(given)


_FORM = f"Verdicts are: {', '.join(NAMES)}."


def _listed(text: str) -> t.Any:
    if not text.startswith(("[", "{", '"')):
        return [part for part in re.split(r"[,\s]+", text) if part]
    try:
        return json.loads(text)
    except ValueError:
        # As YAML writes a list on one line.
        return [part.strip("'\"") for part in re.split(r"[,\s]+", text.strip("[]")) if part]
