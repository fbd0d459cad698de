"""Whole minutes of newest samples, rolled up while they came in: read instead of the frames that they stand for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VALUE_BYTES = 12
"""Minimum, maximum and mean of one series, float32 each, little-endian."""
COUNT_BYTES = 2
ALL_PRESENT = 65_535
"""Stands for a count where no sample is absent."""
_VALUES = np.dtype("<f4")
_COUNTS = np.dtype("<u2")


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of all series of a layout, of which every tick was taken.

    Attributes:
        number: minutes since 1970.
        ticks: samples of each series, as far as none is absent.
        values: VALUE_BYTES for each series, in the layout's order.
        counts: COUNT_BYTES for each series: how many samples are present; empty when all are.
    """

    agent_id: int
    number: int
    layout_id: int
    ticks: int
    values: bytes
    counts: bytes


@np.errstate(over="ignore", invalid="ignore")  # beyond float32 a number is infinite, here as in the tiers
def roll_up(samples: NDArray[np.float32]) -> tuple[bytes, bytes]:
    """Return `Minute.values` and `Minute.counts` of float32[series, ticks], NaN where a sample is absent."""
    total = samples.sum(axis=1, dtype=np.float64)
    rolled = np.empty((len(samples), 3), _VALUES)
    if not np.isnan(total).any():
        samples.min(axis=1, out=rolled[:, 0])
        samples.max(axis=1, out=rolled[:, 1])
        rolled[:, 2] = total / samples.shape[1]
        return rolled.tobytes(), b""
    absent = np.isnan(samples)
    count = samples.shape[1] - absent.sum(axis=1)
    rolled[:, 0] = np.where(absent, np.float32(np.inf), samples).min(axis=1)
    rolled[:, 1] = np.where(absent, np.float32(-np.inf), samples).max(axis=1)
    rolled[:, 2] = np.where(absent, 0.0, samples).sum(axis=1, dtype=np.float64) / np.maximum(count, 1)
    return rolled.tobytes(), count.astype(_COUNTS).tobytes()


def unpack(values: bytes, counts: bytes, ticks: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return minimum, maximum and mean as float64[3, minutes], and the counts as int64[minutes], of one series.

    Args:
        values: VALUE_BYTES for each minute.
        counts: COUNT_BYTES for each minute, ALL_PRESENT where all `ticks` are.
        ticks: int64[minutes].
    """
    rolled = np.frombuffer(values, _VALUES).reshape(-1, 3).T.astype(np.float64)
    present = np.frombuffer(counts, _COUNTS).astype(np.int64)
    return rolled, np.where(present == ALL_PRESENT, ticks, present)
