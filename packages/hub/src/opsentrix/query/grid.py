"""Frames side by side, and points made of them: pure functions on arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsentrix.model.frames import StoredFrame, decode
from opsentrix.model.series import Aggregation

_GAP_STEPS = 1.5
"""Ticks further apart than this many steps have a gap between them: one tick was missed."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Raw samples of some series: time int64[ticks] in Unix ms, values float64[series, ticks], step int64[ticks]."""

    time: NDArray[np.int64]
    values: NDArray[np.float64]
    step_ms: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Points of some series: time int64[points] in Unix ms, the rest float64[series, points], NaN where nothing is."""

    time: NDArray[np.int64]
    value: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]


def assemble(
    stored: Sequence[StoredFrame],
    ids: dict[int, NDArray[np.int64]],
    wanted: Sequence[int],
    first_ms: int,
    last_ms: int,
) -> Samples:
    """Put frames side by side.

    Args:
        stored: frames of one agent.
        ids: for each of their layouts the series numbers, in order.
        wanted: the series numbers to take.
        first_ms: ticks before it are left out.
        last_ms: ticks after it are left out.

    Returns:
        Ticks in ascending order, each once; of several samples for one series and tick the last written one counts.
    """
    times, columns, steps = [], [], []
    row_of = {number: row for row, number in enumerate(wanted)}
    places: dict[int, tuple[NDArray[np.intp], NDArray[np.intp]]] = {}
    for frame in stored:
        if frame.layout_id not in places:
            pairs = [(row_of[one], at) for at, one in enumerate(ids[frame.layout_id].tolist()) if one in row_of]
            places[frame.layout_id] = (
                np.array([row for row, _ in pairs], dtype=np.intp),
                np.array([at for _, at in pairs], dtype=np.intp),
            )
        rows, at = places[frame.layout_id]
        if not rows.size:
            continue
        column = np.full((len(wanted), frame.ticks), np.nan)
        column[rows] = decode(frame, len(ids[frame.layout_id]))[at]
        times.append(frame.time_ms + frame.step_ms * np.arange(frame.ticks, dtype=np.int64))
        columns.append(column)
        steps.append(np.full(frame.ticks, frame.step_ms, dtype=np.int64))
    if not times:
        return Samples(np.empty(0, np.int64), np.empty((len(wanted), 0)), np.empty(0, np.int64))
    time, values, step = np.concatenate(times), np.concatenate(columns, axis=1), np.concatenate(steps)
    inside = (time >= first_ms) & (time <= last_ms)
    return _merge(Samples(time[inside], values[:, inside], step[inside]))


def downsample(samples: Samples, start_ms: int, step_ms: int, aggregation: Aggregation) -> Grid:
    """Return one point for each bucket of `step_ms`, aligned to multiples of it.

    Buckets without any tick are left out; a series without a sample in a bucket has NaN there. A point's time is its
    bucket's begin, but not before `start_ms`.
    """
    if not samples.time.size:
        nothing = np.empty((len(samples.values), 0))
        return Grid(samples.time, nothing, nothing, nothing)
    bucket = samples.time // step_ms
    starts = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
    time = bucket[starts] * step_ms
    time[0] = max(int(time[0]), start_ms)
    absent = np.isnan(samples.values)
    count = np.add.reduceat(~absent, starts, axis=1, dtype=np.int64)
    low = np.minimum.reduceat(np.where(absent, np.inf, samples.values), starts, axis=1)
    high = np.maximum.reduceat(np.where(absent, -np.inf, samples.values), starts, axis=1)
    total = np.add.reduceat(np.where(absent, 0.0, samples.values), starts, axis=1)
    empty = count == 0
    for part in (low, high, total):
        part[empty] = np.nan
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
            value = _last(samples.values, absent, starts)
    return Grid(time, value, low, high)


def bucket_step(start: float, end: float, points: int) -> float:
    """Return the width of a point in seconds: the smallest of a fixed ladder that needs no more than `points`."""
    needed = (end - start) / points
    ladder = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
    return float(next((step for step in ladder if step >= needed), -(-needed // 86_400) * 86_400))


def gaps_between(time: NDArray[np.int64], step_ms: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the (from, to) of neighbouring ticks, in Unix ms, that lie further apart than their step."""
    if time.size < 2:
        return []
    apart = np.diff(time) > _GAP_STEPS * np.maximum(step_ms[:-1], step_ms[1:])
    return [(int(time[at]), int(time[at + 1])) for at in np.flatnonzero(apart)]


def _merge(samples: Samples) -> Samples:
    if np.all(np.diff(samples.time) > 0):
        return samples
    order = np.argsort(samples.time, kind="stable")
    time, values, step = samples.time[order], samples.values[:, order], samples.step_ms[order]
    starts = np.flatnonzero(np.diff(time, prepend=time[0] - 1))
    return Samples(time[starts], _last(values, np.isnan(values), starts), step[starts])


def _last(values: NDArray[np.float64], absent: NDArray[np.bool_], starts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the last present value of each group of neighbouring columns, NaN where a group has none."""
    place = np.where(absent, -1, np.arange(values.shape[1]))
    last = np.maximum.reduceat(place, starts, axis=1)
    return np.where(last < starts, np.nan, np.take_along_axis(values, np.maximum(last, 0), axis=1))
