"""The states of one rule's targets, and how samples move them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opsentrix.alerting.table import Column, Flags, Floats, Rows, Table
from opsentrix.model.alerts import State

FORGET_S = 600.0
"""After a longer gap a time that was running begins anew; over a shorter one it stands still."""
_PRECISION_S = 1e-4
"""Differences of Unix seconds are not exact."""


class Judged(NamedTuple):
    """What is known of each target at a pass.

    Attributes:
        holds: whether the condition holds; only where it is known.
        known: whether anything can be said.
        ended: whether its data has ended; what has not begun yet has not ended.
        times: on whose time `for` counts, in seconds.
        began: since when the condition holds where it did not before.
        calm: whether a firing alert would clear, as far as it is known and does not hold.
    """

    holds: Flags
    known: Flags
    ended: Flags
    times: Floats
    began: Floats
    calm: Flags


class Moves(NamedTuple):
    """Which targets changed: their rows, states before and after, and since when the condition held."""

    rows: Rows
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    since: Floats


_NOTHING = Moves(np.empty(0, np.intp), np.empty(0, np.uint8), np.empty(0, np.uint8), np.empty(0))


class Targets:
    """States of all rows of a table.

    Attributes:
        since: when the condition began to hold.
        quiet: since when a firing alert is clear; NaN while it is not.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.state: Column = table.column(np.uint8, State.INACTIVE)
        self.since: Column = table.column(np.float64, np.nan)
        self._quiet: Column | None = None

    def drop(self) -> None:
        """Give the memory back."""
        for one in (self.state, self.since, self._quiet):
            if one is not None:
                self.table.drop(one)

    def quiet_of(self, row: int) -> float | None:
        """Return since when a firing alert is clear; None while it is not."""
        value = np.nan if self._quiet is None else self._quiet.data[row]
        return None if np.isnan(value) else float(value)

    def restore(self, row: int, state: State, since: float, quiet: float | None) -> None:
        """Put a target where it was."""
        self.state.data[row] = state
        self.since.data[row] = since
        if quiet is not None:
            self._quiets().data[row] = quiet

    def active(self) -> Rows:
        """Return the rows that are not inactive."""
        return np.flatnonzero(self.state.data[: self.table.size])

    def clear(self, rows: Rows) -> None:
        """Make targets inactive."""
        self.state.data[rows] = State.INACTIVE
        self.since.data[rows] = np.nan
        if self._quiet is not None:
            self._quiet.data[rows] = np.nan

    def shift(self, rows: Rows, before: Floats, after: Floats) -> None:
        """Let no time pass where the time of distinct targets jumps; after a long gap it begins anew."""
        moved = np.where(np.abs(after - before) > FORGET_S, np.inf, after - before)
        waiting = self.state.data[rows] == State.PENDING
        since = np.minimum(self.since.data[rows] + moved, after)
        self.since.data[rows] = np.where(waiting, since, self.since.data[rows])
        if self._quiet is not None:
            quiet = self._quiet.data[rows]
            self._quiet.data[rows] = np.where(np.isnan(quiet), quiet, np.minimum(quiet + moved, after))

    def step(self, judged: Judged, for_s: float, keep_s: float) -> Moves:
        """Move all targets on.

        Args:
            judged: arrays as long as the table's size.
            for_s: how long the condition must hold.
            keep_s: how long a firing alert must be clear.
        """
        state, since = self.state.data[: len(judged.holds)], self.since.data
        rows = np.flatnonzero(judged.holds | (state != State.INACTIVE))
        if not rows.size:
            return _NOTHING
        holds, known, times = judged.holds[rows], judged.known[rows], judged.times[rows]
        before = state[rows]
        after = before.copy()
        begins = holds & (before == State.INACTIVE)
        since[rows[begins]] = judged.began[rows[begins]]
        after[begins] = State.PENDING
        after[(after == State.PENDING) & holds & (times - since[rows] >= for_s - _PRECISION_S)] = State.FIRING
        after[(before == State.PENDING) & known & ~holds] = State.INACTIVE
        alight = before >= State.FIRING
        if alight.any():
            after[alight & known] = State.FIRING
            after[alight & ~known & judged.ended[rows]] = State.UNKNOWN
            calm = alight & known & ~holds & judged.calm[rows]
            after[calm & self._kept(rows, alight & known, calm, times, keep_s)] = State.INACTIVE
        changed = np.flatnonzero(after != before)
        if not changed.size:
            return _NOTHING
        moves = Moves(rows[changed], before[changed], after[changed], since[rows[changed]])
        state[rows] = after
        self.clear(rows[after == State.INACTIVE])
        return moves

    def _kept(self, rows: Rows, judged: Flags, calm: Flags, times: Floats, keep_s: float) -> Flags:
        """Return which targets have been clear for long enough; note since when they are, and that others are not."""
        if not keep_s:
            return calm
        quiet = self._quiets().data
        quiet[rows[judged & ~calm]] = np.nan
        begins = calm & np.isnan(quiet[rows])
        quiet[rows[begins]] = times[begins]
        enough: Flags = times - quiet[rows] >= keep_s - _PRECISION_S
        return enough

    def _quiets(self) -> Column:
        if self._quiet is None:
            self._quiet = self.table.column(np.float64, np.nan)
        return self._quiet
