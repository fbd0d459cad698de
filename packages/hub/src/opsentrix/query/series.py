"""Series over time: an agent's frames become points, with honest gaps, in bounded memory."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Labels

from opsentrix.db import Database
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model.frames import StoredFrame
from opsentrix.model.samples import Samples, assemble
from opsentrix.model.series import Aggregation, Gap, KnownSeries, Points
from opsentrix.query.grid import Grid, bucket_step, downsample, gaps_between
from opsentrix.storage import frames, layouts, series

_WINDOW_MS = 3 * 3_600_000
"""This much raw data is held at once; a long range is read window by window."""
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
    """

    agent_id: int
    metrics: tuple[str, ...]
    labels: Labels
    start: float
    end: float
    points: int
    aggregation: Aggregation


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """Points of each series, and when the agent sent nothing."""

    points: list[Points]
    gaps: list[Gap]
    step: float


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
    collected = _Collected(known, step_ms, query)
    for first_ms, last_ms in _windows(_ms(query.start), _ms(query.end), step_ms) if known else ():
        async with database.connection() as connection:
            stored = await frames.read(connection, query.agent_id, first_ms, last_ms)
            ids = await layouts.series_ids(connection, query.agent_id, {frame.layout_id for frame in stored})
        if stored:
            await asyncio.to_thread(collected.add, stored, ids, first_ms, last_ms)
    return collected.answer()


class _Collected:
    """Windows put together."""

    def __init__(self, known: list[KnownSeries], step_ms: int, query: SeriesQuery) -> None:
        self._known = known
        self._step_ms = step_ms
        self._query = query
        self._raw: Samples | None = None
        self._grids: list[Grid] = []
        self._gaps: list[tuple[int, int]] = []
        self._last: tuple[int, int] | None = None

    def add(self, stored: list[StoredFrame], ids: dict[int, NDArray[np.int64]], first_ms: int, last_ms: int) -> None:
        """Add the frames of the next window."""
        samples = assemble(stored, ids, [one.id for one in self._known], first_ms, last_ms)
        if not samples.time.size:
            return
        time, step_ms = samples.time, samples.step_ms
        if self._last is not None:
            time, step_ms = np.insert(time, 0, self._last[0]), np.insert(step_ms, 0, self._last[1])
        self._gaps += gaps_between(time, step_ms)
        self._last = int(time[-1]), int(step_ms[-1])
        if self._step_ms == 1000 and samples.time.size <= self._query.points and self._raw is None:
            self._raw = samples
        else:
            self._grids.append(downsample(samples, first_ms, self._step_ms, self._query.aggregation))

    def answer(self) -> SeriesAnswer:
        """Return the points of those series that have any."""
        gaps = [Gap(self._query.agent_id, first / 1000, last / 1000, "no data") for first, last in self._gaps]
        if self._raw is not None:
            raw = self._raw
            points = [
                Points(one, raw.time / 1000, row, None, None)
                for one, row in zip(self._known, raw.values, strict=True)
                if not np.isnan(row).all()
            ]
            return SeriesAnswer(points, gaps, float(np.median(raw.step_ms)) / 1000)
        if not self._grids:
            return SeriesAnswer([], gaps, self._step_ms / 1000)
        time = np.concatenate([one.time for one in self._grids]) / 1000
        value = np.concatenate([one.value for one in self._grids], axis=1)
        low = np.concatenate([one.minimum for one in self._grids], axis=1)
        high = np.concatenate([one.maximum for one in self._grids], axis=1)
        points = [
            Points(one, time, value[row], low[row], high[row])
            for row, one in enumerate(self._known)
            if not np.isnan(value[row]).all()
        ]
        return SeriesAnswer(points, gaps, self._step_ms / 1000)


def _windows(start_ms: int, end_ms: int, step_ms: int) -> Iterator[tuple[int, int]]:
    """Yield (first, last), both inclusive; all but the first begin where a bucket begins."""
    width = max(_WINDOW_MS // step_ms, 1) * step_ms
    first = start_ms
    while first <= end_ms:
        following = (first // step_ms) * step_ms + width
        yield first, min(following - 1, end_ms)
        first = following


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
