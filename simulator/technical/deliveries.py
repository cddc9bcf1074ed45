# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The deliveries of a mid, made when they are first queried, and the rows that their owners have for them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from ..config.spec import Deliveries
from ..database.guesses import BROAD_LOG
from ..database.rows import ACCOUNT, DELIVERY
from ..database.store import Store
from .midlogs import pending_logs, sent_logs
from .midsourcing import MID_SOURCING, mid_deliveries

_CHUNK = 500  # rows inserted before other requests get their turn
_STARTED = 55  # nms:delivery/@state


class DeliveryQueue:
    """The deliveries of one mid. Numbers run through all its series, in the order in which they were given."""

    def __init__(self, store: Store, series: Sequence[Deliveries]) -> None:
        self._store = store
        self._waiting: list[Deliveries] = list(series)
        self._made = 0  # deliveries
        self._making = asyncio.Lock()

    def resume(self) -> None:
        """Data were kept: do not make again what was made then, and number on from there."""
        self._made = len(self._store.find(DELIVERY))
        if self._made:
            self._waiting.clear()

    @property
    def waiting(self) -> bool:
        """Whether there are deliveries still to be made."""
        return bool(self._waiting)

    def add(self, deliveries: Deliveries) -> int:
        """One more series; the number of its first delivery."""
        first = 1 + self._made + sum(series.count for series in self._waiting)
        self._waiting.append(deliveries)
        return first

    async def make(self) -> None:
        """Make what is still to be made. Other requests are served between the chunks."""
        async with self._making:
            while self._waiting:
                series = self._waiting[0]
                for chunk in _chunks(_rows(series, self._made + 1)):
                    ids = self._store.insert_many(DELIVERY, chunk)
                    if series.logs:
                        logs = [
                            log for row, number in zip(chunk, ids, strict=True) for log in _sent(series, row, number)
                        ]
                        self._store.insert_many(BROAD_LOG, logs)
                    await asyncio.sleep(0)
                self._made += series.count
                self._waiting.pop(0)


def hand_over(series: Deliveries, first: int, owner: str, store: Store, account: str) -> None:
    """What a marketing instance knows of its deliveries before anything came back from the mid: they are started, and
    all their logs pending. Nothing is made for a series without logs, nor twice.

    `account`: the external account that leads to the mid.
    """
    if not series.logs:
        return
    accounts = store.find(ACCOUNT, name=account)
    for row in _rows(series, first):
        name, created, changed = str(row["internalName"]), _date(row, "created"), _date(row, "lastModified")
        if not name.startswith(f"{owner}:") or store.find(DELIVERY, internalName=name):
            continue
        values = {
            **{key: row[key] for key in ("internalName", "label", "created", "toDeliver")},
            "deliveryMode": MID_SOURCING,
            "deliveryProvider-id": accounts[0]["id"] if accounts else 0,
            "state": _STARTED,
            "lastModified": created,
            "validity": changed + timedelta(seconds=series.validity),
        }
        delivery = store.insert(DELIVERY, values)
        store.insert_many(BROAD_LOG, pending_logs(name, delivery, series.logs, created))


def _rows(series: Deliveries, first: int) -> Iterator[dict[str, object]]:
    return mid_deliveries(series.owners, series.count, series.start, series.end, start=first)


def _sent(series: Deliveries, row: Mapping[str, object], delivery: int) -> Iterator[dict[str, object]]:
    sending = timedelta(seconds=series.sending)
    return sent_logs(str(row["internalName"]), delivery, series.logs, _date(row, "lastModified"), sending)


def _date(row: Mapping[str, object], name: str) -> datetime:
    value = row[name]
    if not isinstance(value, datetime):
        raise TypeError(f"a delivery's '{name}' is no date: {value!r}")
    return value


def _chunks(rows: Iterator[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk
