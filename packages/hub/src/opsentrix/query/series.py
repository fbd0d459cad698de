"""Series over time: an agent's frames become points, with honest gaps, in bounded memory."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Labels

from opsentrix.db import Database
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model.gaps import LedgerGap, Reason
from opsentrix.model.samples import Samples
from opsentrix.model.series import Aggregation, Gap, KnownSeries, Points
from opsentrix.model.tiers import SECOND, TIERS, Tier
from opsentrix.query.grid import Buckets, Grid, bucket_step, combine, downsample, holes
from opsentrix.query.stored import Stored, buckets_of, fetch, samples_of
from opsentrix.storage import series

_HELD_VALUES = 5_000_000
"""So many samples or buckets are held at once; a long range is read window by window."""
_MAX_VALUES = 2_000_000
"""Series times points of one answer."""


@dataclass(frozen=True, slots=True)
class SeriesQuery:
    """What is asked of one agent.

    Attributes:
        metrics: metric names; empty for all.
        labels: pairs that a series must have; it may have others too.
        start: Unix seconds, inclusive.
        end: Unix seconds, inclusive.
        points: how many points at most.
        interval_ms: how often the agent reports: where only buckets are left, those no further apart have no gap.
    """

    agent_id: int
    metrics: tuple[str, ...]
    labels: Labels
    start: float
    end: float
    points: int
    aggregation: Aggregation
    interval_ms: int = 0


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """Points of each series, when the agent sent nothing, the time between points in seconds, and the tier read."""

    points: list[Points]
    gaps: list[Gap]
    step: float
    tier: str


async def read(database: Database, query: SeriesQuery) -> SeriesAnswer:
    """Answer a query. Decoding runs in a thread, so that the event loop stays free.

    Raises:
        InvalidError: the answer would be too large.
    """
    async with database.connection() as connection:
        known = [
            one
            for one in await series.known(connection, query.agent_id, query.metrics)
            if set(query.labels) <= set(one.series.labels)
        ]
    if len(known) * query.points > _MAX_VALUES:
        detail = f"asks for {len(known)} series at once; at most {_MAX_VALUES // query.points} fit with so many points"
        raise InvalidError("The answer would be too large.", FieldError("metric", detail))
    step_ms = round(bucket_step(query.start, query.end, query.points) * 1000)
    tier = tier_for(step_ms)
    collected = _Collected(known, tier, step_ms, query)
    ids = [one.id for one in known]
    for first_ms, last_ms in _windows(query, step_ms, tier, len(ids)) if ids else ():
        async with database.snapshot() as connection:
            stored = await fetch(connection, tier, query.agent_id, ids, first_ms, last_ms)
        if stored.frames or stored.rows:
            await asyncio.to_thread(collected.add, stored)
    return collected.answer()


class _Collected:
    """Windows put together."""

    def __init__(self, known: list[KnownSeries], tier: Tier, step_ms: int, query: SeriesQuery) -> None:
        self._known = known
        self._tier = tier
        self._step_ms = step_ms
        self._query = query
        self._raw: Samples | None = None
        self._grids: list[Grid] = []
        self._gaps: list[tuple[int, int]] = []
        self._ledger: dict[int, LedgerGap] = {}
        self._last: tuple[int, int] | None = None

    def add(self, stored: Stored) -> None:
        """Add what is stored of the next window."""
        self._ledger |= {gap.first_ms: gap for gap in stored.gaps}
        if self._tier is SECOND:
            self._add_samples(samples_of(stored), stored.first_ms)
        else:
            self._add_buckets(buckets_of(stored), stored.first_ms)

    def _explained(self, first_ms: int, last_ms: int) -> Gap:
        """Return a gap between points with the reason of the longest gap that the ledger has for this time."""
        overlap = {
            known: min(known.last_ms, last_ms) - max(known.first_ms, first_ms) for known in self._ledger.values()
        }
        best = max(overlap, key=lambda known: overlap[known], default=None)
        reason, lost = Reason.UNKNOWN, 0
        if best is not None and overlap[best] > 0:
            reason, lost = best.reason, best.lost_frames
        return Gap(self._query.agent_id, first_ms / 1000, last_ms / 1000, reason, lost)

    def _add_samples(self, samples: Samples, first_ms: int) -> None:
        if not samples.time.size:
            return
        self._note_gaps(samples.time, samples.step_ms)
        if self._step_ms == 1000 and samples.time.size <= self._query.points and self._raw is None:
            self._raw = samples
        else:
            self._grids.append(downsample(samples, first_ms, self._step_ms, self._query.aggregation))

    def _add_buckets(self, buckets: Buckets, first_ms: int) -> None:
        if not buckets.time.size:
            return
        width = max(self._tier.bucket_ms, self._query.interval_ms)
        self._note_gaps(np.sort(buckets.time), np.full(buckets.time.size, width))
        self._grids.append(combine(buckets, first_ms, self._step_ms, self._query.aggregation))

    def _note_gaps(self, time: NDArray[np.int64], step_ms: NDArray[np.int64]) -> None:
        if self._last is not None:
            time, step_ms = np.insert(time, 0, self._last[0]), np.insert(step_ms, 0, self._last[1])
        self._gaps += holes(time, step_ms)
        self._last = int(time[-1]), int(step_ms[-1])

    def answer(self) -> SeriesAnswer:
        """Return the points of those series that have any."""
        gaps = [self._explained(first, last) for first, last in self._gaps]
        if self._raw is not None:
            raw = self._raw
            points = [
                Points(one, raw.time / 1000, row, None, None)
                for one, row in zip(self._known, raw.values, strict=True)
                if not np.isnan(row).all()
            ]
            return SeriesAnswer(points, gaps, float(np.median(raw.step_ms)) / 1000, self._tier.name)
        if not self._grids:
            return SeriesAnswer([], gaps, self._step_ms / 1000, self._tier.name)
        time = np.concatenate([one.time for one in self._grids]) / 1000
        value = np.concatenate([one.value for one in self._grids], axis=1)
        low = np.concatenate([one.minimum for one in self._grids], axis=1)
        high = np.concatenate([one.maximum for one in self._grids], axis=1)
        points = [
            Points(one, time, value[row], low[row], high[row])
            for row, one in enumerate(self._known)
            if not np.isnan(value[row]).all()
        ]
        return SeriesAnswer(points, gaps, self._step_ms / 1000, self._tier.name)


def tier_for(step_ms: int) -> Tier:
    """Return the coarsest tier whose buckets are no wider than a point."""
    return next(tier for tier in reversed(TIERS) if tier.bucket_ms <= step_ms)


def _windows(query: SeriesQuery, step_ms: int, tier: Tier, series_count: int) -> Iterator[tuple[int, int]]:
    """Yield (first, last) in Unix ms, both inclusive; all but the first begin where a point begins."""
    wanted_ms = max(_HELD_VALUES // series_count * max(tier.bucket_ms, 1000), tier.row_ms)
    width = max(wanted_ms // step_ms, 1) * step_ms
    first, end_ms = _ms(query.start), _ms(query.end)
    while first <= end_ms:
        following = (first // step_ms) * step_ms + width
        yield first, min(following - 1, end_ms)
        first = following


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
