"""Points made of samples: pure functions on arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsentrix.model.gaps import GAP_STEPS
from opsentrix.model.samples import Samples, last_present
from opsentrix.model.series import Aggregation


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Points of some series: time int64[points] in Unix ms, the rest float64[series, points], NaN where nothing is."""

    time: NDArray[np.int64]
    value: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]

    def since(self, first_ms: int) -> "Grid":
        """Return the points that do not begin before this time."""
        if not self.time.size or self.time[0] >= first_ms:
            return self
        begin = int(np.searchsorted(self.time, first_ms))
        return Grid(self.time[begin:], self.value[:, begin:], self.minimum[:, begin:], self.maximum[:, begin:])


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """Parts of points: time int64[buckets] in Unix ms, the rest [series, buckets].

    `last` is when the last sample of each was taken, int64[buckets], as far as that is known. An empty bucket has
    count 0, total 0, minimum infinity and maximum minus infinity, so that it changes nothing.
    """

    time: NDArray[np.int64]
    last: NDArray[np.int64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    total: NDArray[np.float64]
    count: NDArray[np.int64]

    @classmethod
    def of(cls, samples: Samples) -> "Buckets":
        """Return each tick as a bucket of its own."""
        present = ~np.isnan(samples.values)
        return cls(
            samples.time,
            samples.time,
            np.where(present, samples.values, np.inf),
            np.where(present, samples.values, -np.inf),
            np.where(present, samples.values, 0.0),
            present.astype(np.int64),
        )

    @classmethod
    def of_means(
        cls,
        time: NDArray[np.int64],
        width_ms: NDArray[np.int64] | int,
        values: NDArray[np.float64],
        count: NDArray[np.int64],
    ) -> "Buckets":
        """Return buckets that are known by their means. Takes the arrays over; values of empty ones are ignored.

        Args:
            time: int64[buckets].
            width_ms: of all, or int64[buckets]; their samples are taken to be spread evenly.
            values: minimum, maximum and mean, float64[3, series, buckets].
            count: int64[series, buckets].
        """
        minimum, maximum, mean = values
        total = mean * count
        empty = count == 0
        minimum[empty], maximum[empty], total[empty] = np.inf, -np.inf, 0.0
        last = time + width_ms - width_ms // np.maximum(count.max(axis=0, initial=1), 1)
        return cls(time, last, minimum, maximum, total, count)

    @classmethod
    def concatenate(cls, parts: Sequence["Buckets"]) -> "Buckets":
        """Return all parts in one."""
        return cls(
            np.concatenate([one.time for one in parts]),
            np.concatenate([one.last for one in parts]),
            np.concatenate([one.minimum for one in parts], axis=1),
            np.concatenate([one.maximum for one in parts], axis=1),
            np.concatenate([one.total for one in parts], axis=1),
            np.concatenate([one.count for one in parts], axis=1),
        )

    def between(self, first_ms: int, last_ms: int) -> "Buckets":
        """Return the buckets that begin in this time and hold anything."""
        inside = (self.time >= first_ms) & (self.time <= last_ms) & self.count.any(axis=0)
        return self.take(np.flatnonzero(inside))

    def take(self, places: NDArray[np.intp]) -> "Buckets":
        """Return the buckets at these places."""
        return Buckets(
            self.time[places], self.last[places], self.minimum[:, places], self.maximum[:, places],
            self.total[:, places], self.count[:, places],
        )  # fmt: skip


@np.errstate(over="ignore")  # a sum beyond all numbers is infinite, and null in the answer
def combine(buckets: Buckets, step_ms: int, aggregation: Aggregation) -> Grid:
    """Return one point for each `step_ms`, aligned to multiples of it.

    Points without any bucket are left out; a series without a sample in a point has NaN there. A point's time is its
    begin. Where a bucket holds several samples, `LAST` is the mean of the last bucket, a
    percentile is one of the buckets' means, and `RATE` takes a bucket's minimum for its first and its maximum for its
    last sample, as they are while a counter only grows.
    """
    if not buckets.time.size:
        nothing = np.empty((len(buckets.count), 0))
        return Grid(buckets.time, nothing, nothing, nothing)
    buckets = buckets.take(np.argsort(buckets.time, kind="stable"))
    point = buckets.time // step_ms
    starts = np.flatnonzero(np.diff(point, prepend=point[0] - 1))
    time = point[starts] * step_ms
    count = np.add.reduceat(buckets.count, starts, axis=1)
    low = np.minimum.reduceat(buckets.minimum, starts, axis=1)
    high = np.maximum.reduceat(buckets.maximum, starts, axis=1)
    total = np.add.reduceat(buckets.total, starts, axis=1)
    for part in (low, high, total):
        part[count == 0] = np.nan
    if aggregation is Aggregation.RATE:
        return Grid(time, *rates(buckets, starts))
    if aggregation in (Aggregation.MIN, Aggregation.MAX, Aggregation.SUM):
        return Grid(time, {Aggregation.MIN: low, Aggregation.MAX: high, Aggregation.SUM: total}[aggregation], low, high)
    if aggregation is Aggregation.AVG:
        return Grid(time, total / np.maximum(count, 1), low, high)
    means = np.where(buckets.count > 0, buckets.total / np.maximum(buckets.count, 1), np.nan)
    if aggregation.quantile is not None:
        return Grid(time, quantiles(means, starts, aggregation.quantile), low, high)
    return Grid(time, last_present(means, buckets.count == 0, starts), low, high)


def quantiles(values: NDArray[np.float64], starts: NDArray[np.intp], share: float) -> NDArray[np.float64]:
    """Return a quantile of each group of neighbouring columns, between two values in proportion; NaN where none is.

    Args:
        values: float64[rows, columns], NaN where absent.
        starts: where each group begins.
        share: 0 to 1.
    """
    group = np.zeros(values.shape[1], np.intp)
    group[starts[1:]] = 1
    group = np.cumsum(group)
    result = np.full((len(values), starts.size), np.nan)
    for at, row in enumerate(values):
        ordered = row[np.lexsort((row, group))]  # the absent come last within each group
        present = np.add.reduceat(~np.isnan(row), starts, dtype=np.int64)
        some = present > 0
        place = starts[some] + share * (present[some] - 1)
        below = np.floor(place).astype(np.intp)
        above = np.ceil(place).astype(np.intp)
        result[at, some] = ordered[below] + (ordered[above] - ordered[below]) * (place - below)
    return result


def rates(
    buckets: Buckets, starts: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return by how much counters grew a second in each group of buckets: on the whole, at least and at most.

    A counter that falls began anew at zero. What it grew between two buckets belongs to the later one; the first
    bucket has none before it.

    Args:
        buckets: in order of time.
        starts: where each group begins.
    """
    shape = (len(buckets.count), starts.size)
    whole, low, high = (np.full(shape, np.nan) for _ in range(3))
    for at in range(shape[0]):
        present = np.flatnonzero(buckets.count[at] > 0)
        if present.size < 2:
            continue
        first, last = buckets.minimum[at, present], buckets.maximum[at, present]
        grown = first[1:] - last[:-1]
        grown = np.where(grown < 0, first[1:], grown) + last[1:] - first[1:]
        seconds = np.maximum(np.diff(buckets.last[present]), 1) / 1000
        group = np.searchsorted(starts, present[1:], "right") - 1
        begins = np.flatnonzero(np.diff(group, prepend=-1))
        each = grown / seconds
        whole[at, group[begins]] = np.add.reduceat(grown, begins) / np.add.reduceat(seconds, begins)
        low[at, group[begins]] = np.minimum.reduceat(each, begins)
        high[at, group[begins]] = np.maximum.reduceat(each, begins)
    return whole, low, high


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
