"""Whole minutes of newest samples, rolled up while they came in: read instead of the frames that they stand for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VALUE_BYTES = 12
"""Minimum, maximum and mean of one series, float32 each, little-endian."""
COUNT_BYTES = 2
MAX_TICKS = 3600
"""Minutes of more ticks are not rolled up."""
_VALUES = np.dtype("<f4")
_COUNTS = np.dtype(">i2")  # as PostgreSQL sends a smallint


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


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """The recent minutes of one agent and series, in no order.

    Attributes:
        numbers: int64[minutes] since 1970.
        values: VALUE_BYTES for each.
        counts: COUNT_BYTES for each: samples that are present; 0 too where the minute does not hold the series.
    """

    agent_id: int
    series_id: int
    numbers: NDArray[np.int64]
    values: bytes
    counts: bytes


@np.errstate(over="ignore", invalid="ignore")  # beyond float32 a number is infinite, here as in the tiers
def roll_up(samples: NDArray[np.float32]) -> tuple[bytes, bytes]:
    """Return `Minute.values` and `Minute.counts` of float32[series, ticks], NaN where a sample is absent."""
    total = samples.sum(axis=1)  # as float32: what is kept of it is no finer
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


def unpack(values: bytes, counts: bytes) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return minimum, maximum and mean as float64[3, minutes], and the counts as int64[minutes].

    Args:
        values: VALUE_BYTES for each minute.
        counts: COUNT_BYTES for each minute.
    """
    rolled = np.frombuffer(values, _VALUES).reshape(-1, 3).T.astype(np.float64)
    return rolled, np.frombuffer(counts, _COUNTS).astype(np.int64)


def split(
    minutes: Sequence[Minute], of_layouts: Mapping[int, NDArray[np.int64]], wanted: Sequence[int]
) -> list[Recent]:
    """Return the minutes of one agent, one at least, series by series.

    Args:
        minutes: of one agent.
        of_layouts: for each of their layouts the series numbers, in order.
        wanted: series numbers.
    """
    values = np.zeros((len(wanted), len(minutes), 3), _VALUES)
    counts = np.zeros((len(wanted), len(minutes)), _COUNTS)
    for at, one in enumerate(minutes):
        listed = of_layouts[one.layout_id]
        _, places, rows = np.intersect1d(listed, wanted, return_indices=True)
        values[rows, at] = np.frombuffer(one.values, _VALUES).reshape(-1, 3)[places]
        counts[rows, at] = np.frombuffer(one.counts, _COUNTS)[places] if one.counts else one.ticks
    numbers = np.array([one.number for one in minutes], np.int64)
    return [
        Recent(minutes[0].agent_id, series_id, numbers, values[row].tobytes(), counts[row].tobytes())
        for row, series_id in enumerate(wanted)
    ]
