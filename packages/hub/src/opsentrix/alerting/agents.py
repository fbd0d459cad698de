"""The agents that rules may be about: who they are, and when they last gave a sign of life."""

from collections.abc import Callable, Iterable

import numpy as np

from opsentrix.alerting.table import Floats, Rows, Table
from opsentrix.model.selectors import Member

MIN_STALE_S = 30.0
_STALE_INTERVALS = 3
AHEAD_S = 30.0
"""A sample that is further ahead of the hub's clock, with an older one behind it, was of a clock that has been set."""
Shift = Callable[[Rows, Floats, Floats], None]
"""Told of distinct rows whose samples made a jump in time: the rows, the times before and after."""


class Agents:
    """A row for each agent.

    Attributes:
        stale_s: older samples than this are no longer the agent's present.
        newest: time of its newest sample, Unix seconds; -inf before the first one.
        first: time of its first sample since the engine began.
        life: when it last gave a sign of life, on the engine's own clock.
    """

    def __init__(self) -> None:
        self.table = Table()
        self.row_of: dict[int, int] = {}
        self.members: dict[int, Member] = {}
        self._id_of: dict[int, int] = {}
        self.stale_s = self.table.column(np.float64, MIN_STALE_S)
        self.newest = self.table.column(np.float64, -np.inf)
        self.first = self.table.column(np.float64, np.nan)
        self.life = self.table.column(np.float64, np.nan)
        self._late_from = self.table.column(np.float64, np.inf)
        self._late_to = self.table.column(np.float64, -np.inf)
        self.shifts: list[Shift] = []
        self._heard: set[int] = set()

    def put(self, member: Member, clock: float) -> int:
        """Add an agent, or take what is new about it, and return its row; one that is added counts as alive."""
        row = self.row_of.get(member.id)
        if row is None:
            row = int(self.table.allocate(1)[0])
            self.row_of[member.id] = row
            self._id_of[row] = member.id
            self.life.data[row] = clock
        self.members[member.id] = member
        self.stale_s.data[row] = max(MIN_STALE_S, _STALE_INTERVALS * member.interval_s)
        return row

    def remove(self, agent_id: int) -> None:
        """Let go of an agent."""
        row = self.row_of.pop(agent_id)
        del self.members[agent_id], self._id_of[row]
        self._heard.discard(row)
        self.table.release(np.array([row]))

    def id_of(self, row: int) -> int:
        """Return which agent a row is."""
        return self._id_of[row]

    def came_late(self, rows: Rows, first: Floats, last: Floats) -> None:
        """Note samples that were history when they came: the agents' rows, the times of their first and last ones."""
        np.minimum.at(self._late_from.data, rows, first)
        np.maximum.at(self._late_to.data, rows, last)

    def take_late(self) -> list[tuple[int, float, float]]:
        """Return whose samples came late since the last call, and from when to when they are, Unix seconds."""
        size = self.table.size
        rows = np.flatnonzero(np.isfinite(self._late_to.data[:size])).tolist()
        told = [(self._id_of[row], float(self._late_from.data[row]), float(self._late_to.data[row])) for row in rows]
        self._late_from.data[rows], self._late_to.data[rows] = np.inf, -np.inf
        return told

    def hear(self, rows: Iterable[int]) -> None:
        """Take signs of life; they count from the next pass on."""
        self._heard.update(rows)

    def live(self, clock: float) -> None:
        """Note who was heard since the last pass."""
        self.life.data[list(self._heard)] = clock
        self._heard.clear()

    def judge(self, now: float) -> Floats:
        """Return for each agent the time before which its samples are stale at `now`, Unix seconds."""
        size = self.table.size
        return np.asarray(now - self.stale_s.data[:size], np.float64)

    def sampled(self, rows: Rows, times: Floats, now: float) -> None:
        """Note the newest samples of some distinct agents; a clock that was set back is followed."""
        before = self.newest.data[rows]
        after = np.where(before > now + AHEAD_S, times, np.maximum(before, times))
        steps = after - before
        jumped = ((steps > self.stale_s.data[rows]) | (steps < 0)) & np.isfinite(before)
        if jumped.any():
            for shift in self.shifts:
                shift(rows[jumped], before[jumped], after[jumped])
        self.newest.data[rows] = after
        unknown = np.isnan(self.first.data[rows])
        self.first.data[rows[unknown]] = after[unknown]
