"""Frames side by side and points made of them, against an implementation sample by sample."""

import math
from array import array
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from opsentrix.model.frames import StoredFrame
from opsentrix.model.samples import Samples, assemble
from opsentrix.model.series import Aggregation
from opsentrix.query.grid import Buckets, bucket_step, combine, holes
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb

IDS = {7: np.array([11, 12, 13]), 8: np.array([13, 14])}
"""Two layouts that share a series."""


def stored(
    time_ms: int, rows: Sequence[Sequence[float | None]], *, layout: int = 7, step_ms: int = 1000, seq: int = 1
) -> StoredFrame:
    """Return a frame of these values, series by series; None is an absent sample."""
    flat = [value for row in rows for value in row]
    absent = bytearray((len(flat) + 7) // 8)
    for at, value in enumerate(flat):
        if value is None:
            absent[at // 8] |= 1 << at % 8
    frame = pb.Frame()
    codec.pack(frame, array("d", [0.0 if value is None else value for value in flat]), bytes(absent))
    return StoredFrame(
        1, 1, seq, time_ms, step_ms, len(rows[0]), layout, frame.value_type, frame.compression, frame.columns,
        frame.absent,
    )  # fmt: skip


def by_tick(samples: Samples) -> dict[int, list[float | None]]:
    return {
        int(time): [None if math.isnan(value) else value for value in column]
        for time, column in zip(samples.time, samples.values.T.tolist(), strict=True)
    }


def test_assemble_takes_the_wanted_series_of_every_layout() -> None:
    frames = [stored(0, [[1, 2], [3, 4], [5, 6]]), stored(2000, [[7], [8]], layout=8)]
    assert by_tick(assemble(frames, IDS, [13, 11], 0, 10_000)) == {0: [5, 1], 1000: [6, 2], 2000: [7, None]}


def test_assemble_leaves_out_ticks_beyond_the_range() -> None:
    frames = [stored(0, [[1, 2, 3, 4]] * 3)]
    assert by_tick(assemble(frames, IDS, [11], 1000, 2000)) == {1000: [2], 2000: [3]}


def test_of_two_samples_for_one_tick_the_last_written_counts_and_absent_ones_never() -> None:
    frames = [
        stored(0, [[1, 2], [None, None], [3, 4]]),
        stored(1000, [[20, 30], [5, None], [None, 6]], seq=2),
        stored(1000, [[40], [50]], layout=8, seq=3),
    ]
    assert by_tick(assemble(frames, IDS, [11, 12, 13, 14], 0, 9000)) == {
        0: [1, None, 3, None],
        1000: [20, 5, 40, 50],
        2000: [30, None, 6, None],
    }


def test_assemble_of_nothing_is_empty() -> None:
    empty = assemble([stored(0, [[1]] * 2, layout=8)], IDS, [11, 12], 0, 9000)
    assert empty.time.size == 0
    assert empty.values.shape == (2, 0)


_value = st.one_of(st.none(), st.integers(-50, 50).map(float))
_frame = st.tuples(
    st.integers(0, 30), st.integers(1, 5), st.lists(_value, min_size=10, max_size=10), st.sampled_from([1000, 2000])
)


@given(st.lists(_frame, max_size=8))
def test_assemble_against_sample_by_sample(described: list[tuple[int, int, list[float | None], int]]) -> None:
    frames, expected = [], dict[int, list[float | None]]()
    for seq, (second, ticks, values, step_ms) in enumerate(described):
        rows = [values[:ticks], values[5 : 5 + ticks]]
        frames.append(stored(second * 1000, rows, layout=8, step_ms=step_ms, seq=seq))
        for tick in range(ticks):
            time = second * 1000 + tick * step_ms
            if not 3000 <= time <= 25_000:
                continue
            column = expected.setdefault(time, [None, None])
            for row in range(2):
                column[row] = column[row] if rows[row][tick] is None else rows[row][tick]
    result = assemble(frames, IDS, [13, 14], 3000, 25_000)
    assert by_tick(result) == expected
    assert (np.diff(result.time) > 0).all()


def naive(values: list[float], aggregation: Aggregation) -> float:
    match aggregation:
        case Aggregation.AVG:
            return sum(values) / len(values)
        case Aggregation.MIN:
            return min(values)
        case Aggregation.MAX:
            return max(values)
        case Aggregation.SUM:
            return sum(values)
        case Aggregation.LAST:
            return values[-1]
        case _:
            assert aggregation.quantile is not None
            place = aggregation.quantile * (len(values) - 1)
            below, above = sorted(values)[math.floor(place)], sorted(values)[math.ceil(place)]
            return below + (above - below) * (place % 1)


@given(
    st.dictionaries(st.integers(0, 40), st.tuples(_value, _value), min_size=1, max_size=30),
    st.sampled_from([1, 2, 5, 60]),
    st.sampled_from([one for one in Aggregation if one is not Aggregation.RATE]),
)
def test_points_against_sample_by_sample(
    ticks: dict[int, tuple[float | None, float | None]], step: int, aggregation: Aggregation
) -> None:
    seconds = sorted(ticks)
    values = np.array([[math.nan if v is None else v for v in ticks[s]] for s in seconds]).T
    samples = Samples(np.array(seconds) * 1000, values, np.full(len(seconds), 1000))
    span = seconds[0] * 1000, seconds[-1] * 1000
    grid = combine(Buckets.of(samples), 2, span, step * 1000, aggregation)
    buckets = list(range(seconds[0] // step, seconds[-1] // step + 1))
    assert grid.time.tolist() == [bucket * step * 1000 for bucket in buckets]
    for row in range(2):
        for at, bucket in enumerate(buckets):
            inside = [v for s in seconds if s // step == bucket and (v := ticks[s][row]) is not None]
            got = [grid.value[row, at], grid.minimum[row, at], grid.maximum[row, at]]
            expected = [naive(inside, aggregation), min(inside), max(inside)] if inside else [math.nan] * 3
            assert np.allclose(got, expected, equal_nan=True)


@given(st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=1, max_size=30), st.sampled_from([1, 5, 60]))
def test_a_rate_is_what_a_counter_grew_whatever_was_missed_or_reset(grown: list[int | None], step: int) -> None:
    """Each entry is a second: what the counter grew, None where nothing was sampled, 0 where it began anew."""
    counter, counters, expected = 5.0, [], []
    before: tuple[int, float] | None = None
    for second, more in enumerate(grown):
        counter = 0.0 if more == 0 else counter + (more or 0)
        counters.append(math.nan if more is None else counter)
        if more is not None:
            if before is not None:
                rise = counter - before[1] if counter >= before[1] else counter
                expected.append((second, rise, second - before[0]))
            before = second, counter
    samples = Samples(np.arange(len(grown)) * 1000, np.array([counters]), np.full(len(grown), 1000))
    begin = len(grown) // 3  # what lies before leads to the first point
    span = begin * 1000, len(grown) * 1000
    grid = combine(Buckets.of(samples), 1, span, step * 1000, Aggregation.RATE)
    assert grid.time[0] == begin // step * step * 1000
    for at, time in enumerate(grid.time.tolist()):
        inside = [(rise, took) for second, rise, took in expected if second // step == time // 1000 // step]
        if not inside:
            assert math.isnan(grid.value[0, at])
            continue
        assert grid.value[0, at] == pytest.approx(sum(rise for rise, _ in inside) / sum(took for _, took in inside))
        assert grid.minimum[0, at] == pytest.approx(min(rise / took for rise, took in inside))
        assert grid.maximum[0, at] == pytest.approx(max(rise / took for rise, took in inside))


def test_points_of_nothing_are_none() -> None:
    nothing = Samples(np.empty(0, np.int64), np.empty((3, 0)), np.empty(0, np.int64))
    for aggregation in Aggregation:
        grid = combine(Buckets.of(nothing), 3, (5000, 6999), 1000, aggregation)
        assert grid.value.shape == (3, 2)
        assert np.isnan(grid.value).all()


def test_the_order_of_buckets_does_not_matter() -> None:
    values = np.array([[4.0, 1.0, 3.0, 2.0], [8.0, math.nan, 6.0, 7.0]])
    samples = Buckets.of(Samples(np.arange(4) * 1000, values, np.full(4, 1000)))
    mixed = samples.take(np.array([5, 0, 3, 6, 1, 4, 2]))
    for aggregation in Aggregation:
        ordered, other = (combine(one, 2, (0, 3000), 2000, aggregation).value for one in (samples, mixed))
        np.testing.assert_array_equal(ordered, other)


@pytest.mark.parametrize(
    ("seconds", "points", "step"),
    [(900, 1000, 1), (1000, 1000, 1), (1001, 1000, 2), (86_400, 1000, 120), (86_400, 1, 86_400), (86_401, 1, 172_800),
     (0, 1, 1), (0.5, 1000, 1), (366 * 86_400, 10, 37 * 86_400)],
)  # fmt: skip
def test_bucket_step_is_the_smallest_that_needs_no_more_than_the_points(
    seconds: float, points: int, step: float
) -> None:
    assert bucket_step(1000, 1000 + seconds, points) == step


def gaps(seconds: Sequence[float], steps: Sequence[int] | None = None) -> list[tuple[int, int]]:
    time: NDArray[np.int64] = np.array([round(s * 1000) for s in seconds], dtype=np.int64)
    return holes(time, np.array(steps or [1000] * len(seconds), dtype=np.int64))


def test_gaps_are_where_a_tick_is_missing() -> None:
    assert gaps([0, 1, 2, 4, 5, 60]) == [(2000, 4000), (5000, 60_000)]


@pytest.mark.parametrize("seconds", [[], [5], [0, 1, 2], [0, 1.02, 1.97, 3.01]])
def test_no_gaps_where_ticks_follow_each_other(seconds: list[float]) -> None:
    assert gaps(seconds) == []


def test_a_change_of_step_is_no_gap() -> None:
    assert gaps([0, 1, 2, 12, 22], [1000, 1000, 10_000, 10_000, 10_000]) == []
