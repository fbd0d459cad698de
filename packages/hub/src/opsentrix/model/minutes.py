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


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Parts of minutes of many agents, as far as a minute needs them; infinite where all samples are absent.

    Attributes:
        ticks: in each part.
        bounds: float32[parts, 2, series], the minimum and the negative maximum: one operation serves for both.
        total: float32[parts, series].
        absent: int16[parts, series] absent samples; None where none is.
    """

    ticks: int
    bounds: NDArray[np.float32]
    total: NDArray[np.float32]
    absent: NDArray[np.int16] | None

    @classmethod
    @np.errstate(over="ignore", invalid="ignore")  # beyond float32 a number is infinite, here as in the tiers
    def of(cls, samples: NDArray[np.float64]) -> "Parts":
        """Reduce float64[parts, series, ticks], NaN where a sample is absent."""
        parts, series, ticks = samples.shape
        # Ticks first: NumPy reduces a short last axis five times more slowly.
        by_tick = samples.transpose(2, 0, 1).astype(np.float32, order="C")
        bounds = np.empty((parts, 2, series), np.float32)
        total, absent, low, high = by_tick.sum(axis=0), None, by_tick, by_tick
        if np.isnan(total).any():
            missing = np.isnan(by_tick)
            absent = missing.sum(axis=0, dtype=np.int16)
            total = np.where(missing, 0, by_tick).sum(axis=0)
            low, high = np.where(missing, np.inf, by_tick), np.where(missing, -np.inf, by_tick)
        low.min(axis=0, out=bounds[:, 0])
        np.negative(high.max(axis=0), out=bounds[:, 1])
        return cls(ticks, bounds, total, absent)


class Running:
    """A minute of one agent that is being rolled up, part by part."""

    __slots__ = ("_absent", "_bounds", "_total")

    def __init__(self, series: int) -> None:
        self._bounds = np.full((2, series), np.inf, np.float32)
        self._total = np.zeros(series, np.float32)
        self._absent: NDArray[np.int16] | None = None

    def restart(self) -> None:
        """Begin with another minute."""
        self._bounds.fill(np.inf)
        self._total.fill(0)
        self._absent = None

    def add(self, parts: Parts, at: int) -> None:
        """Take one of the parts."""
        np.minimum(self._bounds, parts.bounds[at], out=self._bounds)
        self._total += parts.total[at]
        if parts.absent is not None:
            self._absent = parts.absent[at] + (0 if self._absent is None else self._absent)

    @np.errstate(invalid="ignore")
    def packed(self, ticks: int) -> tuple[bytes, bytes]:
        """Return `Minute.values` and `Minute.counts` of a minute of which so many ticks were taken."""
        count: int | NDArray[np.int16] = ticks if self._absent is None else ticks - self._absent
        rolled = np.empty((len(self._total), 3), _VALUES)
        rolled[:, 0] = self._bounds[0]
        rolled[:, 1] = -self._bounds[1]
        rolled[:, 2] = self._total / np.maximum(count, 1)
        return rolled.tobytes(), b"" if isinstance(count, int) else count.astype(_COUNTS).tobytes()


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
