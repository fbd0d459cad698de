"""Series over time: an agent's frames become points, with honest gaps, in bounded memory."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Labels

from opsentrix.db import Database
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model.gaps import LedgerGap, Reason
from opsentrix.model.samples import Samples
from opsentrix.model.series import Aggregation, Gap, KnownSeries, Points
from opsentrix.model.tiers import MINUTE_MS, SECOND, TIERS, Tier
from opsentrix.query import rolled
from opsentrix.query.grid import Buckets, bucket_step, combine, holes
from opsentrix.query.stored import Stored, fetch, known_gaps, samples_of
from opsentrix.storage import gaps, series

_HELD_VALUES = 5_000_000
"""So many samples or buckets are held at once; a long range is read window by window."""
_MAX_VALUES = 2_000_000
"""Series times points of one answer."""


_SILENT_INTERVALS = 3
_SILENT_MS = 10_000
"""An agent that has been silent for so long, and for so many of its intervals, has a gap that goes on."""


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known of an agent's silence; Unix seconds.

    Attributes:
        since: when the agent was registered: before, nothing is missing.
        now: what lies behind it is not missing yet.
        stopped: whether the agent said that it stops.
    """

    since: float
    now: float
    stopped: bool


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
        presence: for the gap behind the last sample; without it there is none.
    """

    agent_id: int
    metrics: tuple[str, ...]
    labels: Labels
    start: float
    end: float
    points: int
    aggregation: Aggregation
    interval_ms: int = 0
    presence: Presence | None = None


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """What is known of some series of one agent.

    Attributes:
        points: of each series.
        gaps: when the agent sent nothing.
        overlaps: (from, to) of times that the agent went through twice, Unix seconds.
        step: the time between points in seconds.
        tier: the one that was read.
    """

    points: list[Points]
    gaps: list[Gap]
    overlaps: list[tuple[float, float]]
    step: float
    tier: str


async def read(database: Database, query: SeriesQuery) -> SeriesAnswer:
    """Answer a query. Decoding runs in a thread, so that the event loop stays free.

    Raises:
        InvalidError: the answer would be too large.
    """
    async with database.connection() as connection:
        known = await series.known(connection, query.agent_id, query.metrics, query.start, query.labels)
        twice = await gaps.sampled_twice(connection, query.agent_id, _ms(query.start), _ms(query.end))
    if len(known) * query.points > _MAX_VALUES:
        detail = f"asks for {len(known)} series at once; at most {_MAX_VALUES // query.points} fit with so many points"
        raise InvalidError("The answer would be too large.", FieldError("metric", detail))
    step_ms = round(bucket_step(query.start, query.end, query.points) * 1000)
    tier = tier_for(step_ms)
    lead = lead_ms(query.aggregation, step_ms)
    collected = _Collected(known, tier, step_ms, query)
    start_ms = _ms(query.start)
    ids = [one.id for one in known]
    members = rolled.Members([(query.agent_id, one) for one in ids])
    for first_ms, last_ms in windows(query.start, query.end, step_ms, tier, len(ids)) if ids else ():
        if tier is SECOND:
            async with database.snapshot() as connection:
                stored = await fetch(connection, query.agent_id, ids, first_ms - lead, last_ms, start_ms)
            collected.learn(stored.gaps)
            if stored.frames or stored.rows:
                await asyncio.to_thread(collected.add_samples, stored, first_ms, last_ms)
        else:
            async with database.snapshot() as connection:
                found = await rolled.fetch(connection, tier, members, first_ms - lead, last_ms, MINUTE_MS)
                runs = found.runs(query.agent_id)
                ledger = await known_gaps(connection, query.agent_id, runs, first_ms, last_ms, start_ms)
            collected.learn(ledger)
            await asyncio.to_thread(collected.add_buckets, found.buckets, first_ms, last_ms)
    return collected.answer([(first / 1000, last / 1000) for first, last in twice])


class _Collected:
    """Windows put together."""

    def __init__(self, known: list[KnownSeries], tier: Tier, step_ms: int, query: SeriesQuery) -> None:
        self._known = known
        self._tier = tier
        self._step_ms = step_ms
        self._query = query
        self._raw: Samples | None = None
        self._grids: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]] = []
        self._gaps: list[tuple[int, int]] = []
        self._ledger: dict[int, LedgerGap] = {}
        self._last: tuple[int, int] | None = None

    def learn(self, ledger: Sequence[LedgerGap]) -> None:
        """Learn why samples are missing in the next window."""
        self._ledger |= {gap.first_ms: gap for gap in ledger}

    def add_samples(self, stored: Stored, first_ms: int, last_ms: int) -> None:
        """Add the samples of the next window."""
        samples = samples_of(stored)
        if not samples.time.size:
            return
        self._note_gaps(samples.time, samples.step_ms, first_ms)
        as_sampled = self._step_ms == 1000 and self._query.aggregation is not Aggregation.RATE
        if as_sampled and samples.time.size <= self._query.points and self._raw is None:
            self._raw = samples
        else:
            self._add_grid(Buckets.of(samples), first_ms, last_ms)

    def add_buckets(self, buckets: Buckets, first_ms: int, last_ms: int) -> None:
        """Add the buckets of the next window."""
        if not buckets.time.size:
            return
        times = np.unique(buckets.time)
        width = max(self._tier.bucket_ms, self._query.interval_ms)
        self._note_gaps(times, np.full(times.size, width), first_ms)
        self._add_grid(buckets, first_ms, last_ms)

    def _add_grid(self, buckets: Buckets, first_ms: int, last_ms: int) -> None:
        span = first_ms, last_ms
        grid = combine(buckets, len(self._known), span, self._step_ms, self._query.aggregation)
        some = ~np.isnan(grid.maximum).all(axis=0)
        time = np.maximum(grid.time, first_ms)[some]
        self._grids.append((time, grid.value[:, some], grid.minimum[:, some], grid.maximum[:, some]))

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

    def _note_gaps(self, time: NDArray[np.int64], step_ms: NDArray[np.int64], first_ms: int) -> None:
        begin = int(np.searchsorted(time, first_ms))
        time, step_ms = time[begin:], step_ms[begin:]
        if not time.size:
            return
        if self._last is not None:
            time, step_ms = np.insert(time, 0, self._last[0]), np.insert(step_ms, 0, self._last[1])
        self._gaps += holes(time, step_ms)
        self._last = int(time[-1]), int(step_ms[-1])

    def _silence(self, presence: Presence) -> list[Gap]:
        """Return the gap behind the last sample, up to the end of what is asked or to now."""
        last_ms = _ms(self._query.start)
        if self._last is not None:
            last_ms = self._last[0] + (0 if self._tier is SECOND else self._last[1])
        begin_ms = max(last_ms, _ms(presence.since))
        end_ms = min(_ms(self._query.end), _ms(presence.now))
        if not self._known or end_ms - begin_ms <= max(_SILENT_MS, _SILENT_INTERVALS * self._query.interval_ms):
            return []
        gap = self._explained(begin_ms, end_ms)
        return [replace(gap, reason=Reason.NOT_RUNNING) if presence.stopped and gap.reason is Reason.UNKNOWN else gap]

    def answer(self, overlaps: list[tuple[float, float]]) -> SeriesAnswer:
        """Return the points of those series that have any."""
        found = [self._explained(first, last) for first, last in self._gaps]
        if self._query.presence is not None:
            found += self._silence(self._query.presence)
        if self._raw is not None:
            raw = self._raw
            points = [
                Points(one, raw.time / 1000, row, None, None)
                for one, row in zip(self._known, raw.values, strict=True)
                if not np.isnan(row).all()
            ]
            return SeriesAnswer(points, found, overlaps, float(np.median(raw.step_ms)) / 1000, self._tier.name)
        if not self._grids:
            return SeriesAnswer([], found, overlaps, self._step_ms / 1000, self._tier.name)
        time = np.concatenate([one[0] for one in self._grids]) / 1000
        value, low, high = (np.concatenate([one[part] for one in self._grids], axis=1) for part in (1, 2, 3))
        points = [
            Points(one, time, value[row], low[row], high[row])
            for row, one in enumerate(self._known)
            if not np.isnan(value[row]).all()
        ]
        return SeriesAnswer(points, found, overlaps, self._step_ms / 1000, self._tier.name)


def tier_for(step_ms: int) -> Tier:
    """Return the coarsest tier whose buckets are no wider than a point."""
    return next(tier for tier in reversed(TIERS) if tier.bucket_ms <= step_ms)


def lead_ms(aggregation: Aggregation, step_ms: int) -> int:
    """Return how much earlier one must begin to read: what a counter grew in a point takes the sample before it."""
    return step_ms if aggregation is Aggregation.RATE else 0


def windows(start: float, end: float, step_ms: int, tier: Tier, series_count: int) -> Iterator[tuple[int, int]]:
    """Yield (first, last) in Unix ms, both inclusive; all but the first begin where a point begins.

    Args:
        start: Unix seconds.
        end: Unix seconds.
        step_ms: the width of a point.
        tier: which is read.
        series_count: how many series are read at once.
    """
    wanted_ms = max(_HELD_VALUES // series_count * max(tier.bucket_ms, 1000), tier.row_ms)
    width = max(wanted_ms // step_ms, 1) * step_ms
    first, end_ms = _ms(start), _ms(end)
    while first <= end_ms:
        following = (first // step_ms) * step_ms + width
        yield first, min(following - 1, end_ms)
        first = following


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
