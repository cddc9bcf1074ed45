# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs that are nearly right, of any kind: damaged documents, mappings and records with something else in them."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.sampled_from([-1, 10**30, "", " "])
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=60)
_PIECES = [b"<", b"</", b"&amp;", b"&#1;", b"<!DOCTYPE a>", b"\x00", b"]]>", b"<![CDATA[", b'"']


def either(*kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One of these kinds, each as often as the others, or as often as it is named: ``one_of`` would give a kind that is
    a choice itself a share for each of its choices."""
    return st.sampled_from(kinds).flatmap(lambda kind: kind)


def rarely(often: st.SearchStrategy[Any], rare: st.SearchStrategy[Any], times: int) -> st.SearchStrategy[Any]:
    """The second about once in so many times. Not a choice of the bounds: hypothesis likes those."""
    return st.integers(0, times).flatmap(lambda drawn: rare if drawn == times // 2 else often)


@st.composite
def damaged(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """One of these documents after a few cuts, copies and insertions."""
    data = bytearray(draw(st.sampled_from(list(seeds))))
    for _edit in range(draw(st.integers(0, 6))):
        at, length = draw(st.integers(0, max(0, len(data)))), draw(st.integers(0, 40))
        copy = bytes(data[at : at + length])
        piece = draw(st.one_of(st.just(b""), st.binary(max_size=8), st.just(copy), st.sampled_from(_PIECES)))
        data[at : at + (length if draw(st.booleans()) else 0)] = piece
    return bytes(data)


def near(values: Mapping[str, Sequence[Any]], *needed: str) -> st.SearchStrategy[Any]:
    """A mapping with some of these keys, each with one of its values or with something else; or one that has the needed
    keys, and nothing that is wrong by itself."""
    anything = st.recursive(
        SCALARS,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
        max_leaves=6,
    )
    known = {
        key: st.one_of(st.sampled_from(list(found)), st.sampled_from(list(found)), anything)
        for key, found in values.items()
    }
    extra = st.dictionaries(st.text(string.ascii_lowercase, max_size=5), anything, max_size=1)
    whole = st.fixed_dictionaries({}, optional=known)
    right = {key: st.sampled_from(list(found)) for key, found in values.items()}
    good = st.fixed_dictionaries(
        {key: right[key] for key in needed},
        optional={key: one for key, one in right.items() if key not in needed},
    )
    more = st.builds(lambda first, unknown: {**unknown, **first}, whole, extra)
    return either(*5 * [good], *3 * [whole], more, anything)


def changed(*records: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """One of these documents, or one of which one place, at any depth, is missing, another, or has one more key."""
    return st.sampled_from(records).flatmap(lambda record: either(st.just(record), *2 * [_changed(record)]))


def _changed(record: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    def change(place: tuple[Any, ...], value: Any, how: str) -> Any:
        copy = json.loads(json.dumps(record))
        there = copy
        for key in place[:-1]:
            there = there[key]
        if how == "gone":
            del there[place[-1]]
        elif how == "more" and isinstance(there, dict):
            there["more"] = value
        else:
            there[place[-1]] = value
        return copy

    values = st.one_of(SCALARS, st.just([]), st.just({}), st.just([None]), st.just({"option": None}))
    return st.builds(
        change, st.sampled_from(list(_places(record, ()))), values, st.sampled_from(["gone", "other", "other", "more"])
    )


def _places(value: Any, at: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in [(*at, key), *_places(inner, (*at, key))]]
