"""Conditions over agents in three-valued logic (S. C. Kleene, Introduction to Metamathematics, 1952, section 64).

What nothing is known of neither holds nor does not: `and` with a side that does not hold is settled, and so is `or`
with one that does. So the least of two truths is their `and`, and the greatest their `or`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from opsentrix.alerting.agents import Agents
from opsentrix.alerting.operands import Operand
from opsentrix.alerting.sources import Source
from opsentrix.alerting.table import Flags, Floats
from opsentrix.model import rules
from opsentrix.model.quantities import Quantity

NONE, NO, MAYBE, YES = -1, 0, 1, 2
"""Of one agent: it has no such series, does not hold, nothing is known, holds."""
Truths = NDArray[np.int8]


@dataclass(frozen=True)
class Pass:
    """One pass: `now` in Unix seconds, `clock` the engine's own, `judge` whether what does not come counts yet."""

    agents: Agents
    now: float
    clock: float
    judge: bool
    fresh_of: dict[int, Flags] = field(default_factory=dict)
    ended_of: dict[int, Flags] = field(default_factory=dict)

    @cached_property
    def _limits(self) -> Floats:
        """The time before which an agent's samples are stale, or a single one where all have the same."""
        limits = self.agents.judge(self.now)
        return limits[:1] if limits.size and np.all(limits == limits[0]) else limits

    def fresh(self, source: Source) -> Flags:
        """Return which rows of a source have a sample that is not stale; once a pass."""
        found = self.fresh_of.get(source.number)
        if found is None:
            size = source.table.size
            limit = self._limits if self._limits.size == 1 else self._limits[source.agent.data[:size]]
            found = self.fresh_of[source.number] = source.time.data[:size] >= limit  # of rows not in use it is -inf
        return found

    def ended(self, source: Source) -> Flags:
        """Return which rows of a source have no samples any more; once a pass.

        After a restart those that are still to come have not ended, until agents have had the time to come back.
        """
        found = self.ended_of.get(source.number)
        if found is None:
            size = source.table.size
            found = ~self.fresh(source)
            if not self.judge:
                found &= ~np.isnan(source.value.data[:size])
            self.ended_of[source.number] = found
        return found

    def alive(self) -> Flags:
        """Return which agents gave a sign of life lately."""
        return self.silent_s() <= self.agents.stale_s.data[: self.agents.table.size]

    def silent_s(self) -> Floats:
        """Return for how long nothing has come from each agent."""
        return np.asarray(self.clock - self.agents.life.data[: self.agents.table.size], np.float64)


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison over the rows of a source."""

    source: Source
    operand: Operand
    condition: rules.Comparison

    def known(self, at: Pass) -> Flags:
        """Return of which rows something can be said."""
        operand, size = self.condition.operand, self.source.table.size
        fresh = at.fresh(self.source)
        if isinstance(operand, rules.Window) and operand.function == "last":
            fresh = self.source.table.live.data[:size] & (self.source.time.data[:size] >= at.now - operand.seconds)
        known: Flags = fresh & ~np.isnan(self.operand.values.data[:size])
        return known

    def holds(self, threshold: float | Floats) -> Flags:
        """Return where it holds, as far as it is known."""
        values = self.operand.values.data[: self.source.table.size]
        return np.asarray(self.condition.op.function(values, threshold), np.bool_)

    def of_agents(self, at: Pass, *, every: bool = False) -> Truths:
        """Return whether it holds for any series of each agent, or for all of them."""
        found = np.full(at.agents.table.size, NONE, np.int8)
        size = self.source.table.size
        agents, live = self.source.agent.data[:size], self.source.table.live.data[:size]
        known = self.known(at)
        holds = self.holds(self.condition.threshold.value) & known
        sides = ((live, YES), (live & ~known, MAYBE), (known & ~holds, NO))
        if not every:
            sides = ((live, NO), (live & ~known, MAYBE), (holds, YES))
        for which, truth in sides:
            found[agents[which]] = truth
        return found


def absent_agent(at: Pass) -> Truths:
    """Return of which agents nothing comes."""
    if not at.judge:
        return np.full(at.agents.table.size, MAYBE, np.int8)
    return np.where(at.alive(), NO, YES).astype(np.int8)


def last_of_metric(source: Source, agents: Agents) -> Floats:
    """Return when each agent last sent a series of a metric; where never, when it first sent anything."""
    size = source.table.size
    live = source.table.live.data[:size]
    last = np.full(agents.table.size, -np.inf)
    np.maximum.at(last, source.agent.data[:size][live], source.time.data[:size][live])
    return np.where(np.isfinite(last), last, agents.first.data[: agents.table.size])


def absent_metric(source: Source, at: Pass) -> Truths:
    """Return which agents do not send a metric, though they send others; nothing is known of silent ones."""
    size = at.agents.table.size
    newest = at.agents.newest.data[:size]
    with np.errstate(invalid="ignore"):
        missing = newest - last_of_metric(source, at.agents)
    known = at.alive() & ~np.isnan(missing)
    return np.where(known, np.where(missing > at.agents.stale_s.data[:size], YES, NO), MAYBE).astype(np.int8)


def all_of(sides: list[Truths]) -> Truths:
    """Return where all hold."""
    return _joined(sides, np.minimum)


def any_of(sides: list[Truths]) -> Truths:
    """Return where one holds."""
    return _joined(sides, np.maximum)


def _joined(sides: list[Truths], join: Callable[[Truths, Truths], Truths]) -> Truths:
    nothing = np.logical_and.reduce([one == NONE for one in sides])
    result = np.where(sides[0] == NONE, MAYBE, sides[0])
    for one in sides[1:]:
        result = join(result, np.where(one == NONE, MAYBE, one))
    return np.where(nothing, NONE, result).astype(np.int8)


def counted(truths: Truths, count: rules.Count, threshold: rules.OfAgents | Quantity) -> int:
    """Return whether enough agents are YES: NO or YES where those of which nothing is known could not change it."""
    members = int(np.count_nonzero(truths != NONE))
    least = int(np.count_nonzero(truths == YES))
    most = least + int(np.count_nonzero(truths == MAYBE))
    if not members:
        return MAYBE
    verdicts = {holds_count(count.op, some, members, threshold) for some in (least, most)}
    between = least < most and count.op in (rules.Op.EQ, rules.Op.NE)
    if between or len(verdicts) > 1:
        return MAYBE
    return YES if verdicts.pop() else NO


def holds_count(op: rules.Op, some: int, members: int, threshold: rules.OfAgents | Quantity) -> bool:
    """Return whether `some` of so many members are enough."""
    if isinstance(threshold, Quantity):
        return bool(op.function(some / members, threshold.value))
    if threshold.total is None:
        return bool(op.function(some, threshold.count))
    return bool(op.function(some * threshold.total, threshold.count * members))  # without rounding
