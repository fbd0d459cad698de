"""Series as the database knows them, and what a query for them returns."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Series

from opsentrix.model.gaps import Reason


@dataclass(frozen=True, slots=True)
class KnownSeries:
    """A series with its number in the database."""

    id: int
    series: Series
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class SeriesLimit:
    """What an agent has too many of: not all of its new series are taken.

    Attributes:
        metric: the one with most series that are new within a day.
        label: the label in which they differ most; empty when they have none.
        count: how many they are.
        since: Unix seconds.
    """

    metric: str
    label: str
    count: int
    since: float = 0.0


class _Statistic(StrEnum):
    """What several numbers become."""

    @property
    def quantile(self) -> float | None:
        """The share of them that is lower, for percentiles."""
        return int(self.value[1:]) / 100 if self.value.startswith("p") else None


class Aggregation(_Statistic):
    """How samples become one point."""

    AVG = "avg"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    LAST = "last"
    RATE = "rate"
    P50 = "p50"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"


class Across(_Statistic):
    """How points of several series become one."""

    AVG = "avg"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"
    P50 = "p50"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """One series over time.

    Attributes:
        time: Unix seconds of each point, float64[points], ascending; shared by all series of an agent in one answer.
        value: float64[points]; NaN where nothing was sampled.
        minimum: float64[points] of the samples behind each point, or None when each point is one sample.
        maximum: like `minimum`.
    """

    known: KnownSeries
    time: NDArray[np.float64]
    value: NDArray[np.float64]
    minimum: NDArray[np.float64] | None
    maximum: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which an agent has no samples; Unix seconds.

    Attributes:
        lost_frames: frames that the agent made and the hub never got, where that is the reason.
    """

    agent_id: int
    start: float
    end: float
    reason: Reason
    lost_frames: int
