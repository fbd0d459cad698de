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


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """Parts of points: time int64[buckets] in Unix ms, the rest [series, buckets].

    An empty bucket has count 0, total 0, minimum infinity and maximum minus infinity, so that it changes nothing.
    """

    time: NDArray[np.int64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    total: NDArray[np.float64]
    count: NDArray[np.int64]

    @classmethod
    def empty(cls, series: int, time: NDArray[np.int64]) -> "Buckets":
        """Return empty buckets at these times."""
        shape = (series, time.size)
        return cls(time, np.full(shape, np.inf), np.full(shape, -np.inf), np.zeros(shape), np.zeros(shape, np.int64))

    @classmethod
    def of(cls, samples: Samples) -> "Buckets":
        """Return each tick as a bucket of its own."""
        present = ~np.isnan(samples.values)
        return cls(
            samples.time,
            np.where(present, samples.values, np.inf),
            np.where(present, samples.values, -np.inf),
            np.where(present, samples.values, 0.0),
            present.astype(np.int64),
        )

    @classmethod
    def concatenate(cls, parts: Sequence["Buckets"]) -> "Buckets":
        """Return all parts in one."""
        return cls(
            np.concatenate([one.time for one in parts]),
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
            self.time[places], self.minimum[:, places], self.maximum[:, places], self.total[:, places],
            self.count[:, places],
        )  # fmt: skip


@np.errstate(over="ignore")  # a sum beyond all numbers is infinite, and null in the answer
def combine(buckets: Buckets, start_ms: int, step_ms: int, aggregation: Aggregation) -> Grid:
    """Return one point for each `step_ms`, aligned to multiples of it.

    Points without any bucket are left out; a series without a sample in a point has NaN there. A point's time is its
    begin, but not before `start_ms`. `LAST` is the mean of the last bucket in each point, because a bucket of several
    samples does not know its last one.
    """
    if not buckets.time.size:
        nothing = np.empty((len(buckets.count), 0))
        return Grid(buckets.time, nothing, nothing, nothing)
    buckets = buckets.take(np.argsort(buckets.time, kind="stable"))
    point = buckets.time // step_ms
    starts = np.flatnonzero(np.diff(point, prepend=point[0] - 1))
    time = point[starts] * step_ms
    time[0] = max(int(time[0]), start_ms)
    count = np.add.reduceat(buckets.count, starts, axis=1)
    low = np.minimum.reduceat(buckets.minimum, starts, axis=1)
    high = np.maximum.reduceat(buckets.maximum, starts, axis=1)
    total = np.add.reduceat(buckets.total, starts, axis=1)
    for part in (low, high, total):
        part[count == 0] = np.nan
    match aggregation:
        case Aggregation.AVG:
            value = total / np.maximum(count, 1)
        case Aggregation.MIN:
            value = low
        case Aggregation.MAX:
            value = high
        case Aggregation.SUM:
            value = total
        case Aggregation.LAST:
            means = np.where(buckets.count > 0, buckets.total / np.maximum(buckets.count, 1), np.nan)
            value = last_present(means, buckets.count == 0, starts)
    return Grid(time, value, low, high)


def downsample(samples: Samples, start_ms: int, step_ms: int, aggregation: Aggregation) -> Grid:
    """Return one point for each `step_ms` of samples, as `combine` does for buckets."""
    return combine(Buckets.of(samples), start_ms, step_ms, aggregation)


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
