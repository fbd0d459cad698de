"""What was sampled lately, in buckets: a ring for each row, so that memory does not grow with what comes in."""

from enum import Enum
from math import ceil

import numpy as np
from numpy.typing import NDArray

from opsentrix.alerting.table import Column, Floats, Rows, Table

BUCKETS = 60
"""A window is right to a 60th of its length."""
MIN_BUCKET_S = 1.0
_MOST_COUNTED = 60_000
Numbers = NDArray[np.int64]


class Stat(Enum):
    """What a ring keeps of each bucket's samples."""

    MEAN = "mean"
    LOW = "low"
    HIGH = "high"
    INCREASE = "increase"
    """The mean of what a counter grew by from sample to sample; a counter that fell began again at 0."""


class Heads:
    """The newest bucket of each row of some rings of `slots` buckets, `width` seconds each."""

    def __init__(self, table: Table, slots: int, width: float) -> None:
        self._table = table
        self.slots = slots
        self.width = width
        self.number = table.column(np.int64, fill=-1)

    def drop(self) -> None:
        """Give the memory back."""
        self._table.drop(self.number)

    def advance(self, rows: Rows, newest: Numbers, rings: tuple[Column, ...]) -> None:
        """Empty the buckets that begin between what was the newest one and what now is; rows are distinct."""
        before = self.number.data[rows]
        steps = newest - before
        far = (before < 0) | (steps >= self.slots)
        for ring in rings:
            ring.data[rows[far]] = ring.fill
        steps[far] = 0
        for step in range(1, int(steps.max(initial=0)) + 1):
            some = steps >= step
            places = (before[some] + step) % self.slots
            for ring in rings:
                ring.data[rows[some], places] = ring.fill
        self.number.data[rows] = np.maximum(newest, before)

    def ordered(self, rows: Rows) -> NDArray[np.int64]:
        """Return the places of the buckets of some rows, the newest first: int64[rows, slots]."""
        places: NDArray[np.int64] = (self.number.data[rows][:, None] - np.arange(self.slots)) % self.slots
        return places


class Ring:
    """One statistic over the last `seconds` of each row of a table.

    Samples are reduced in float64 and kept in float32, which is precise to seven digits.
    """

    def __init__(self, table: Table, seconds: float, stat: Stat) -> None:
        self._table = table
        self.seconds = seconds
        self.stat = stat
        self.heads = Heads(
            table, max(1, min(BUCKETS, ceil(seconds / MIN_BUCKET_S))), max(MIN_BUCKET_S, seconds / BUCKETS)
        )
        slots = self.heads.slots
        empty = {Stat.LOW: np.inf, Stat.HIGH: -np.inf}.get(stat, 0.0)
        self.values = table.column(np.float32, empty, slots)
        self.counts = table.column(np.uint16, 0, slots)
        self.last = table.column(np.float64, -np.inf)
        self.began = table.column(np.float64, np.nan)
        self.step = table.column(np.float64, np.nan)
        self._previous = table.column(np.float64, np.nan) if stat is Stat.INCREASE else None

    @property
    def _own(self) -> list[Column]:
        listed = [self.values, self.counts, self.last, self.began, self.step]
        return listed if self._previous is None else [*listed, self._previous]

    def drop(self) -> None:
        """Give the memory back."""
        self.heads.drop()
        for one in self._own:
            self._table.drop(one)

    def reset(self, rows: Rows) -> None:
        """Forget what is known of some rows."""
        for one in (self.heads.number, *self._own):
            one.data[rows] = one.fill

    @np.errstate(over="ignore", invalid="ignore")  # beyond float32 a number is infinite, and then missing
    def add(self, rows: Rows, starts: Rows, times: Floats, values: Floats, counts: Numbers | None = None) -> None:
        """Take samples, those of each row side by side and in the order of time.

        Args:
            rows: of each sample.
            starts: where each row's first sample is.
            times: Unix seconds; older than what is known are left out.
            values: finite.
            counts: how many samples each stands for; None for one.
        """
        if not (times[starts] > self.last.data[rows[starts]]).all():
            new = times > self.last.data[rows]
            rows, times, values = rows[new], times[new], values[new]
            counts = None if counts is None else counts[new]
            starts = first_of_each(rows)
        if not rows.size:
            return
        ends = np.append(starts[1:], rows.size) - 1
        distinct = rows[starts]
        before = self.last.data[distinct]
        gaps = times[starts] - before
        broken = gaps > self.seconds
        self.began.data[distinct[broken]] = times[starts][broken]
        several = ends > starts
        self.step.data[distinct] = np.where(several, times[ends] - times[ends - 1], np.where(broken, np.nan, gaps))
        self.last.data[distinct] = times[ends]
        newest = values[ends]
        if self._previous is not None:
            values = _increases(starts, values, np.where(broken, np.nan, self._previous.data[distinct]))
            self._previous.data[distinct] = newest
        numbers = np.floor(times / self.heads.width).astype(np.int64)
        self.heads.advance(distinct, numbers[ends], (self.values, self.counts))
        if self._previous is not None:  # a counter's first sample says nothing yet
            known = ~np.isnan(values)
            rows, numbers, values = rows[known], numbers[known], values[known]
            counts = None if counts is None else counts[known]
        self._put(rows, numbers, values, counts)

    def _put(self, rows: Rows, numbers: Numbers, values: Floats, counts: Numbers | None) -> None:
        if not rows.size:
            return
        begins = np.flatnonzero(
            np.concatenate(([True], (rows[1:] != rows[:-1]) | (numbers[1:] != numbers[:-1])))
        )  # where a row's or bucket's samples begin
        of, number = rows[begins], numbers[begins]
        held = number > self.heads.number.data[of] - self.heads.slots
        places = number % self.heads.slots
        if self.stat in (Stat.LOW, Stat.HIGH):
            low = self.stat is Stat.LOW
            reduced = (np.minimum if low else np.maximum).reduceat(values, begins).astype(np.float32)
            at = (of[held], places[held])
            self.values.data[at] = (np.minimum if low else np.maximum)(self.values.data[at], reduced[held])
            self.counts.data[at] = 1
            return
        if counts is None:
            sums = np.add.reduceat(values, begins)[held]
            added = np.diff(np.append(begins, rows.size))[held]
        else:
            sums = np.add.reduceat(values * counts, begins)[held]
            added = np.add.reduceat(counts, begins)[held]
        at = (of[held], places[held])
        total = self.counts.data[at] + added
        means = self.values.data[at].astype(np.float64)
        self.values.data[at] = means + (sums - added * means) / total
        self.counts.data[at] = np.minimum(total, _MOST_COUNTED)

    def covered(self, rows: Rows) -> NDArray[np.bool_]:
        """Return for which rows half of the window is known: less says nothing about it."""
        spans = self.last.data[rows] - self.began.data[rows]
        enough: NDArray[np.bool_] = spans >= self.seconds / 2 - self.heads.width
        return enough


def _increases(starts: Rows, values: Floats, before: Floats) -> Floats:
    """Return by how much a counter grew to each sample; `before` are the values before the samples at `starts`."""
    previous = np.concatenate(([np.nan], values[:-1]))
    previous[starts] = before
    return np.where(values < previous, values, values - previous)


def first_of_each(rows: Rows) -> Rows:
    """Return where each of the runs of equal rows begins."""
    if not rows.size:
        return np.empty(0, np.intp)
    return np.flatnonzero(np.concatenate(([True], rows[1:] != rows[:-1])))
