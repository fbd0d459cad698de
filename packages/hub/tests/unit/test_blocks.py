"""The block codec: bit for bit, and corrupt bytes are told from good ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from opsentrix.model import blocks
from opsentrix.model.blocks import CorruptBlockError, Rollup

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = arrays(np.float64, st.integers(1, 200), elements=st.one_of(FLOATS, st.just(-0.0)))


def pack_series(values: NDArray[np.float64], *, float32: bool) -> bytes:
    [block] = blocks.pack_samples(values[np.newaxis], float32=float32)
    return block


@given(VALUES, st.data())
def test_samples_survive_bit_for_bit(values: NDArray[np.float64], data: st.DataObject) -> None:
    absent = data.draw(arrays(np.bool_, values.size))
    absent[0] = False
    holed = np.where(absent, np.nan, values)
    back = blocks.unpack_series(pack_series(holed, float32=False), values.size)
    assert np.array_equal(np.isnan(back), absent)
    assert back[~absent].tobytes() == values[~absent].tobytes()


@given(arrays(np.float32, st.integers(1, 100), elements=st.floats(allow_nan=False, allow_infinity=False, width=32)))
def test_samples_sent_as_float32_take_less_and_survive(values: NDArray[np.float32]) -> None:
    wide = values.astype(np.float64)
    back = blocks.unpack_series(pack_series(wide, float32=True), values.size)
    assert back.tobytes() == wide.tobytes()


def test_a_constant_series_takes_a_few_bytes() -> None:
    assert len(pack_series(np.full(3600, 7.5), float32=False)) == 13


def test_zero_and_minus_zero_are_not_the_same_constant() -> None:
    values = np.array([0.0, -0.0, 0.0])
    assert blocks.unpack_series(pack_series(values, float32=False), 3).tobytes() == values.tobytes()


@pytest.mark.parametrize("steps", [[1000, 1000, 1000], [1000, 5000, 1000]])
def test_the_axis_survives(steps: list[int]) -> None:
    time = np.array([1_700_000_000_000, 1_700_000_001_000, 1_700_000_009_500], np.int64)
    step_ms = np.array(steps, np.int64)
    back_time, back_steps = blocks.unpack_axis(blocks.pack_axis(time, step_ms))
    assert np.array_equal(back_time, time)
    assert np.array_equal(back_steps, step_ms)


@pytest.mark.parametrize("counts", [[60, 60, 60, 60], [60, 0, 3, 60]])
def test_a_rollup_survives_as_float32(counts: list[int]) -> None:
    count = np.array(counts, np.int64)
    base = np.where(count > 0, np.array([1.5, 2.5, -3.25, 1e10]), np.nan)
    other = np.array([[7.0] * 4])
    low, high, mean = (np.vstack([one, other]) for one in (base, base + 1, base + 0.5))
    packed = blocks.pack_rollups(Rollup(low, high, mean, np.vstack([count, [[60] * 4]])))
    back = blocks.unpack_rollup(packed[0], 4)
    assert blocks.unpack_rollup(packed[1], 4).mean.tolist() == [7.0] * 4
    assert np.array_equal(back.count, count)
    for got, wanted in ((back.minimum, base), (back.maximum, base + 1), (back.mean, base + 0.5)):
        assert np.array_equal(got, wanted.astype(np.float32), equal_nan=True)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_noticed(position: int, change: int) -> None:
    block = bytearray(pack_series(np.arange(500.0) ** 1.5, float32=False))
    block[position % len(block)] ^= change
    with pytest.raises(CorruptBlockError):
        blocks.unpack_series(bytes(block), 500)


def test_a_block_cut_short_is_noticed() -> None:
    block = pack_series(np.arange(500.0), float32=False)
    for length in (0, 3, 5, len(block) - 1):
        with pytest.raises(CorruptBlockError):
            blocks.unpack_series(block[:length], 500)


def test_the_readable_blocks_beside_a_corrupt_one_are_read() -> None:
    parts = [pack_series(np.arange(10.0) + n, float32=False) for n in range(3)]
    parts[1] = parts[1][:-1] + bytes((parts[1][-1] ^ 1,))
    row = blocks.join([7, 8, 9], parts, b"")
    read = dict(row.readable(lambda block: blocks.unpack_series(block, 10), 1, 0))
    assert sorted(read) == [7, 9]
    assert read[9][0] == 2.0


def test_a_hole_does_not_keep_what_follows_from_being_packed_as_differences() -> None:
    ramp = np.cumsum(np.random.default_rng(1).integers(0, 3, 3600)).astype(np.float64)
    holed = ramp.copy()
    holed[100:400] = np.nan
    whole, less = blocks.pack_samples(np.vstack([ramp, holed]), float32=False)
    assert len(less) < len(whole) + 100
    assert len(whole) < 3600
