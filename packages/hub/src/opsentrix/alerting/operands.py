"""The values that rules compare: each is kept for every row of its source and made anew where samples came."""

from abc import abstractmethod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from opsentrix.alerting.rings import BUCKETS, Heads, Ring, Stat
from opsentrix.alerting.table import Column, Floats, Rows, Table

STAT_OF = {"min": Stat.LOW, "max": Stat.HIGH, "rate": Stat.INCREASE}
"""What windows keep; the others keep means."""
_SHORT, _LONG = BUCKETS // 6, BUCKETS // 2
"""Buckets between the two points of a slope."""
_LEAST_SLOPES = 5


class Operand(Protocol):
    """A value for each row of a source."""

    values: Column

    @abstractmethod
    def refresh(self, rows: Rows, times: Floats) -> None:
        """Make the values of some distinct rows anew; `times` are those of their newest samples."""

    @abstractmethod
    def missing(self, row: int) -> str:
        """Return why a row has no value, for people."""

    @abstractmethod
    def drop(self) -> None:
        """Give the memory back."""


class Newest:
    """The newest sample."""

    def __init__(self, values: Column) -> None:
        self.values = values

    def refresh(self, rows: Rows, times: Floats) -> None:
        """Do nothing: the source has put it there."""

    def missing(self, row: int) -> str:
        """Return why a row has no value."""
        return "no sample has come"

    def drop(self) -> None:
        """Do nothing: the column is the source's."""


class Windowed:
    """A function over a ring."""

    def __init__(self, table: Table, ring: Ring, function: str, quantile: float | None) -> None:
        self._table = table
        self._ring = ring
        self._function = function
        self._quantile = quantile
        self.values = table.column(np.float64, np.nan)

    def refresh(self, rows: Rows, times: Floats) -> None:
        """Make the values of some rows anew."""
        found = self._computed(rows)
        found[~self._ring.covered(rows) | ~np.isfinite(found)] = np.nan
        self.values.data[rows] = found

    def missing(self, row: int) -> str:
        """Return why a row has no value."""
        known = self._ring.last.data[row] - self._ring.began.data[row]
        if np.isnan(known):
            return "no sample has come"
        return f"{max(known, 0):.0f} s of samples are known, half of the window's {self._ring.seconds:.0f} s are needed"

    def drop(self) -> None:
        """Give the memory back; the ring is its owner's to drop."""
        self._table.drop(self.values)

    @np.errstate(invalid="ignore", divide="ignore")  # where nothing is known
    def _computed(self, rows: Rows) -> Floats:
        values = self._ring.values.data.take(rows, axis=0)
        if self._function == "min":
            return np.asarray(values.min(axis=1), np.float64)
        if self._function == "max":
            return np.asarray(values.max(axis=1), np.float64)
        counts = self._ring.counts.data.take(rows, axis=0)
        if self._quantile is not None:
            return quantile(np.where(counts > 0, values, np.nan), self._quantile)
        weights = counts.astype(np.float32)
        sums = np.einsum("ij,ij->i", values, weights).astype(np.float64)
        if self._function == "avg":
            return np.asarray(sums / (np.einsum("ij->i", weights)), np.float64)
        return np.asarray(sums / self._elapsed(rows, counts), np.float64) if self._function == "rate" else sums

    def _elapsed(self, rows: Rows, counts: NDArray[np.uint16]) -> Floats:
        """Return the seconds over which the increases in the ring came to be."""
        ring, heads = self._ring, self._ring.heads
        ordered = np.take_along_axis(counts, heads.ordered(rows), axis=1) > 0
        oldest = heads.slots - 1 - ordered[:, ::-1].argmax(axis=1)
        last = ring.last.data[rows]
        began = (heads.number.data[rows] - oldest) * heads.width - ring.step.data[rows]
        return np.asarray(last - np.fmax(began, ring.began.data[rows]), np.float64)


def quantile(values: NDArray[np.floating], share: float) -> Floats:
    """Return a quantile of each row of numbers, NaN left out, interpolated between neighbours."""
    ordered = np.sort(values, axis=1)  # NaN goes to the end
    last = np.maximum((~np.isnan(ordered)).sum(axis=1) - 1, 0)
    place = share * last
    low = np.floor(place).astype(np.intp)
    each = np.arange(len(ordered))
    below, above = ordered[each, low], ordered[each, np.minimum(low + 1, last)]
    return np.asarray(below + (above - below) * (place - low), np.float64)


class Changed:
    """By which share of what it was a period ago another operand has changed."""

    def __init__(self, table: Table, operand: Operand, period_s: float) -> None:
        self._table = table
        self._operand = operand
        self._period_s = period_s
        self._heads = Heads(table, BUCKETS + 2, period_s / BUCKETS)
        self._past = table.column(np.float32, np.nan, BUCKETS + 2)
        self.values = table.column(np.float64, np.nan)

    @np.errstate(invalid="ignore", divide="ignore", over="ignore")
    def refresh(self, rows: Rows, times: Floats) -> None:
        """Keep the operand's value, and compare it with the one a period ago; nothing can be said of what was 0."""
        now = self._operand.values.data[rows]
        numbers = np.floor(times / self._heads.width).astype(np.int64)
        self._heads.advance(rows, numbers, (self._past,))
        self._past.data[rows, numbers % self._heads.slots] = now
        before = numbers - BUCKETS
        then = self._past.data[rows, before % self._heads.slots].astype(np.float64)
        share = (now - then) / np.abs(then)
        self.values.data[rows] = np.where(np.isfinite(share), share, np.nan)

    def missing(self, row: int) -> str:
        """Return why a row has no value."""
        if np.isnan(self._operand.values.data[row]):
            return self._operand.missing(row)
        return f"nothing is known of {self._period_s:.0f} s ago, or it was 0"

    def drop(self) -> None:
        """Give the memory back."""
        self._heads.drop()
        for one in (self._past, self.values):
            self._table.drop(one)


class Forecasted:
    """What a metric will be if it goes on as over a ring; made anew with each bucket."""

    def __init__(self, table: Table, ring: Ring, horizon_s: float) -> None:
        self._table = table
        self._ring = ring
        self._horizon_s = horizon_s
        self._made = table.column(np.int64, -1)
        self.values = table.column(np.float64, np.nan)

    def refresh(self, rows: Rows, times: Floats) -> None:
        """Make the values anew of those rows that have a new bucket."""
        heads = self._ring.heads
        rows = rows[self._made.data[rows] != heads.number.data[rows]]
        if not rows.size:
            return
        self._made.data[rows] = heads.number.data[rows]
        places = heads.ordered(rows)[:, ::-1]
        means = np.take_along_axis(self._ring.values.data[rows], places, axis=1).astype(np.float64)
        means[np.take_along_axis(self._ring.counts.data[rows], places, axis=1) == 0] = np.nan
        found = trend(means, self._horizon_s / heads.width)
        found[~self._ring.covered(rows)] = np.nan
        self.values.data[rows] = found

    def missing(self, row: int) -> str:
        """Return why a row has no value."""
        known = self._ring.last.data[row] - self._ring.began.data[row]
        told = 0.0 if np.isnan(known) else max(known, 0.0)
        return f"{told:.0f} s of samples are known, half of the window's {self._ring.seconds:.0f} s are needed"

    def drop(self) -> None:
        """Give the memory back; the ring is its owner's to drop."""
        for one in (self._made, self.values):
            self._table.drop(one)


def trend(points: Floats, ahead: float) -> Floats:
    """Return where each row of points, float64[rows, BUCKETS] with NaN for gaps, will be `ahead` points after its end.

    The slope is the median of the slopes between points a fixed distance apart (H. Theil, A rank-invariant method of
    linear regression analysis, 1950, the incomplete method), once of near and once of far ones; of both the one nearer
    to 0, or 0 where they contradict each other. A single step bends the far ones only, an outlier none.
    """
    near, far = _slope(points, _SHORT), _slope(points, _LONG)
    agreed = np.where(np.sign(near) == np.sign(far), np.where(np.abs(near) < np.abs(far), near, far), 0.0)
    slope = np.where(np.isnan(far), near, agreed)
    recent = points[:, -_SHORT:] + slope[:, None] * np.arange(_SHORT - 1, -1, -1)
    return np.asarray(quantile(recent, 0.5) + slope * ahead, np.float64)


def _slope(points: Floats, apart: int) -> Floats:
    slopes = (points[:, apart:] - points[:, :-apart]) / apart
    found = quantile(slopes, 0.5)
    found[(~np.isnan(slopes)).sum(axis=1) < _LEAST_SLOPES] = np.nan
    return found
