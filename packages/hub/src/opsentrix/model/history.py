"""Stored history as it is replayed: what some series of an agent were, moment by moment."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Series

from opsentrix.model.tiers import Tier


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """What the samples behind each mean were: lowest, highest, how many; of the shape of the means."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    count: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """What is stored of one agent over a part of the time.

    Attributes:
        series: those that were asked for and have a sample in it.
        time: float64[moments], Unix seconds, ascending: whenever the agent sent anything, as far as that is known.
        values: float64[series, moments], samples or means, NaN where absent.
        bounds: of means.
    """

    agent_id: int
    series: tuple[Series, ...]
    time: NDArray[np.float64]
    values: NDArray[np.float64]
    bounds: Bounds | None = None


class Chunk(NamedTuple):
    """All that is stored from `first` until before `end`, Unix seconds, of the agents that sent anything."""

    first: float
    end: float
    stretches: Sequence[Stretch]

    @property
    def samples(self) -> int:
        """How many values it holds."""
        return sum(int(np.count_nonzero(~np.isnan(one.values))) for one in self.stretches)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read.

    Attributes:
        agent_ids: all of them, those without such series too.
        series: agent, number and name of each series, by agents.
        tier: which.
        first_ms: Unix ms.
        end_ms: Unix ms, exclusive.
    """

    agent_ids: Sequence[int]
    series: Sequence[tuple[int, int, Series]]
    tier: Tier
    first_ms: int
    end_ms: int


Read = Callable[[Wanted], AsyncGenerator[Chunk, None]]
"""Reads history, in order of time."""


def cut(chunk: Chunk, span_s: float) -> list[Chunk]:
    """Return a chunk in parts that do not reach over a multiple of `span_s`."""
    parts = []
    first = chunk.first
    while first < chunk.end:
        end = min((first // span_s + 1) * span_s, chunk.end)
        inside = [found for one in chunk.stretches if (found := _between(one, first, end)).time.size]
        parts.append(Chunk(first, end, inside))
        first = end
    return parts


def _between(stretch: Stretch, first: float, end: float) -> Stretch:
    """Return the part of a stretch from `first` until before `end`, without the series that have no sample in it."""
    part = slice(*np.searchsorted(stretch.time, (first, end)).tolist())
    values = stretch.values[:, part]
    held = np.flatnonzero(~np.isnan(values).all(axis=1))
    bounds = stretch.bounds
    if bounds is not None:
        bounds = Bounds(bounds.low[held, part], bounds.high[held, part], bounds.count[held, part])
    return Stretch(stretch.agent_id, tuple(stretch.series[at] for at in held), stretch.time[part], values[held], bounds)
