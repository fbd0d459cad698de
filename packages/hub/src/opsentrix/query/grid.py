"""Points made of samples: pure functions on arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from opsentrix.model.gaps import GAP_STEPS
from opsentrix.model.samples import Samples
from opsentrix.model.series import Aggregation


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """What is known of series over time, one entry for each bucket that holds samples; a sample is a bucket of its own.

    Attributes:
        member: int64[buckets], which series it belongs to, counted from 0.
        time: int64[buckets], when it begins, Unix ms.
        last: int64[buckets], when its last sample was taken, as far as that is known.
        minimum: float64[buckets] of its samples; `maximum` and `total`, their sum, likewise.
        count: int64[buckets], its samples: 1 at least.
    """

    member: NDArray[np.int64]
    time: NDArray[np.int64]
    last: NDArray[np.int64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    total: NDArray[np.float64]
    count: NDArray[np.int64]

    @classmethod
    def of(cls, samples: Samples) -> "Buckets":
        """Return each present sample as a bucket of its own; the member is the row of its series."""
        member, tick = np.nonzero(~np.isnan(samples.values))
        time, values = samples.time[tick], samples.values[member, tick]
        return cls(member, time, time, values, values, values, np.ones(time.size, np.int64))

    @classmethod
    def concatenate(cls, parts: Sequence["Buckets"]) -> "Buckets":
        """Return all parts in one, at least one of them given."""
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate([getattr(one, field.name) for one in parts]) for field in fields(cls)))

    def take(self, places: NDArray[np.intp] | NDArray[np.bool_]) -> "Buckets":
        """Return the buckets at these places."""
        return Buckets(*(getattr(self, field.name)[places] for field in fields(self)))

    def ordered(self) -> "Buckets":
        """Return the buckets by member and time."""
        if not self.time.size:
            return self
        begin = self.time.min()
        key = self.member * (self.time.max() - begin + 1) + (self.time - begin)
        return self if (np.diff(key) >= 0).all() else self.take(np.argsort(key, kind="stable"))


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Points of some series, equally far apart.

    Attributes:
        first_ms: when the first point begins, Unix ms.
        value: float64[members, points], NaN where nothing is; `minimum` and `maximum` of the samples likewise.
    """

    first_ms: int
    step_ms: int
    value: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]

    @property
    def time(self) -> NDArray[np.int64]:
        """When each point begins, int64[points] in Unix ms."""
        return self.first_ms + self.step_ms * np.arange(self.value.shape[1], dtype=np.int64)


@np.errstate(over="ignore", invalid="ignore")  # a sum beyond all numbers is infinite, and null in the answer
def combine(buckets: Buckets, members: int, span_ms: tuple[int, int], step_ms: int, aggregation: Aggregation) -> Grid:
    """Return one point for each `step_ms`, aligned to multiples of it, from the one that holds the begin of a time.

    Where a bucket holds several samples, `LAST` is the mean of the last bucket, a percentile is one of the buckets'
    means, and `RATE` takes a bucket's minimum for its first and its maximum for its last sample, as they are while a
    counter only grows.

    Args:
        buckets: in any order. Those before the first point only lead to what follows.
        members: how many series there are.
        span_ms: begin and end (inclusive) of the time, Unix ms.
        step_ms: width of a point.
        aggregation: how a point is made.
    """
    first, points = span_ms[0] // step_ms, span_ms[1] // step_ms - span_ms[0] // step_ms + 1
    grid = Grid(first * step_ms, step_ms, *(np.full((members, points), np.nan) for _ in range(3)))
    if aggregation is Aggregation.RATE:
        _rates(buckets.ordered(), first, grid)
        return grid
    place = buckets.time // step_ms - first
    if (place < 0).any():
        buckets, place = buckets.take(place >= 0), place[place >= 0]
    cell = buckets.member * points + place
    if aggregation in _IN_ANY_ORDER:
        _fill(buckets, cell, grid, aggregation)
    elif cell.size:
        order = np.lexsort((buckets.time, cell))
        buckets, cell = buckets.take(order), cell[order]
        starts = np.flatnonzero(np.diff(cell, prepend=-1))
        grid.minimum.flat[cell[starts]] = np.minimum.reduceat(buckets.minimum, starts)
        grid.maximum.flat[cell[starts]] = np.maximum.reduceat(buckets.maximum, starts)
        grid.value.flat[cell[starts]] = _value(buckets, starts, aggregation)
    return grid


_IN_ANY_ORDER = (Aggregation.AVG, Aggregation.MIN, Aggregation.MAX, Aggregation.SUM)


def _fill(buckets: Buckets, cell: NDArray[np.int64], grid: Grid, aggregation: Aggregation) -> None:
    """Fill in what does not ask for an order of time; `cell` is the flat place of each bucket's point."""
    low, high = np.full(grid.value.size, np.inf), np.full(grid.value.size, -np.inf)
    np.minimum.at(low, cell, buckets.minimum)
    np.maximum.at(high, cell, buckets.maximum)
    count = np.bincount(cell, buckets.count, grid.value.size)
    some = np.flatnonzero(count)
    grid.minimum.flat[some], grid.maximum.flat[some] = low[some], high[some]
    if aggregation is Aggregation.MIN:
        grid.value.flat[some] = low[some]
    elif aggregation is Aggregation.MAX:
        grid.value.flat[some] = high[some]
    else:
        total = np.bincount(cell, buckets.total, grid.value.size)[some]
        grid.value.flat[some] = total if aggregation is Aggregation.SUM else total / count[some]


def _value(buckets: Buckets, starts: NDArray[np.intp], aggregation: Aggregation) -> NDArray[np.float64]:
    """Return the value of each cell: of the buckets from its start to the next one's, in order of time."""
    means = buckets.total / buckets.count
    if aggregation.quantile is not None:
        return _quantiles(means, starts, aggregation.quantile)
    return np.asarray(means[np.append(starts[1:], means.size) - 1], np.float64)


def _quantiles(values: NDArray[np.float64], starts: NDArray[np.intp], share: float) -> NDArray[np.float64]:
    """Return a quantile of each group of neighbouring values; between two of them in proportion."""
    sizes = np.diff(starts, append=values.size)
    ordered = values[np.lexsort((values, np.repeat(np.arange(starts.size), sizes)))]
    place = starts + share * (sizes - 1)
    below, above = np.floor(place).astype(np.intp), np.ceil(place).astype(np.intp)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _rates(buckets: Buckets, first: int, grid: Grid) -> None:
    """Fill in by how much counters grew a second in each point: on the whole, at least and at most.

    A counter that falls began anew at zero. What it grew between two buckets belongs to the later one; the first
    bucket of a series has none before it.

    Args:
        buckets: by member and time.
        first: the number of the first point.
        grid: to be filled.
    """
    place = buckets.time // grid.step_ms - first
    follows = np.flatnonzero((np.diff(buckets.member) == 0) & (place[1:] >= 0)) + 1
    if not follows.size:
        return
    begin, last = buckets.minimum[follows], buckets.maximum[follows]
    grown = begin - buckets.maximum[follows - 1]
    grown = np.where(grown < 0, begin, grown) + last - begin
    seconds = np.maximum(buckets.last[follows] - buckets.last[follows - 1], 1) / 1000
    cell = buckets.member[follows] * grid.value.shape[1] + place[follows]
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    cells, each = cell[starts], grown / seconds
    grid.value.flat[cells] = np.add.reduceat(grown, starts) / np.add.reduceat(seconds, starts)
    grid.minimum.flat[cells] = np.minimum.reduceat(each, starts)
    grid.maximum.flat[cells] = np.maximum.reduceat(each, starts)


def bucket_step(start: float, end: float, points: int) -> float:
    """Return the width of a point in seconds: the smallest of a fixed ladder that needs no more than `points`."""
    needed = (end - start) / points
    ladder = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
    return float(next((step for step in ladder if step >= needed), -(-needed // 86_400) * 86_400))


def holes(time: NDArray[np.int64], step_ms: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the (from, to) of neighbouring ticks, in Unix ms, that lie further apart than their step."""
    if time.size < 2:
        return []
    apart = np.diff(time) > GAP_STEPS * np.maximum(step_ms[:-1], step_ms[1:])
    return [(int(time[at]), int(time[at + 1])) for at in np.flatnonzero(apart)]
