"""A rule made ready: what it looks at, and the states of its targets."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from opsentrix_protocol.catalogue import Labels

from opsentrix.alerting import conditions
from opsentrix.alerting.agents import Agents
from opsentrix.alerting.conditions import MAYBE, NONE, YES, Compared, Pass, Truths
from opsentrix.alerting.sources import Source
from opsentrix.alerting.table import Column, Floats, Rows, Table
from opsentrix.alerting.targets import Judged, Moves, Targets
from opsentrix.model import rules, watching
from opsentrix.model.alerts import Instance, Reason, State, Transition
from opsentrix.model.quantities import Quantity
from opsentrix.model.rules import AlertRule, Override

SourceOf = Callable[[rules.Metric], Source]
_RESERVED = (watching.HUB_AGENT, watching.CANARY_AGENT)
LabelsOf = Callable[[Source, int, int], Labels]
"""Takes a source, an agent's row and a row of the source."""


class Compiled:
    """What all kinds of rules have in common.

    Attributes:
        rule: as people made it.
        covered: which agents it is about.
        subject: the reserved member that it is about instead; None for agents.
        targets: their states.
        steady: whether `for` counts on the engine's own clock, not on the samples' time.
    """

    steady = False

    def __init__(self, rule: AlertRule, agents: Agents, source_of: SourceOf) -> None:
        self.rule = rule
        self.agents = agents
        self._source_of = source_of
        self.covered: Column = agents.table.column(np.bool_, fill=False)
        self._limited = not (rule.on and rule.about_all)
        self._used: list[tuple[Source, rules.Operand]] = []
        for leaf in rules.leaves(rule.rule.condition):
            if isinstance(leaf, rules.AbsentAgent):
                continue
            operand = leaf.metric if isinstance(leaf, rules.AbsentMetric) else leaf.operand
            source = source_of(rules.metric_of(operand))
            source.use(operand)
            self._used.append((source, operand))
        self.subject = watching.subject(rules.metric_of(operand).name for _, operand in self._used)
        self._limited |= self.subject is not None
        self.targets = Targets(self._table())

    @property
    def sources(self) -> list[Source]:
        """The sources that it looks at, some perhaps twice."""
        return [source for source, _ in self._used]

    def _table(self) -> Table:
        """Return whose rows are the targets."""
        return self.agents.table

    @property
    def kind(self) -> tuple[object, ...]:
        """Equal for rules whose targets are the same, so that states can be handed on."""
        return (type(self), self.steady)

    def drop(self) -> None:
        """Give back what it uses; its targets are the next version's, or dropped by themselves."""
        self.agents.table.drop(self.covered)
        for source, operand in self._used:
            source.unuse(operand)

    def cover(self, row: int, override: Override | None) -> None:
        """Find out whether it is about an agent."""
        member = self.agents.members[self.agents.id_of(row)]
        off = override is not None and override.off
        self._limited |= off
        ours = self.subject == (member.id if member.id in _RESERVED else None)
        self.covered.data[row] = self.rule.on and not off and ours and self.rule.accepts(member)

    @property
    def leaves(self) -> list[Callable[[Pass], Truths]]:
        """What finds out on which agents each comparison or absence of the rule holds, in order."""
        return [truth_of(one, self._source_of) for one in rules.leaves(self.rule.rule.condition)]

    def run(self, at: Pass, labels_of: LabelsOf) -> list[Transition]:
        """Look at all targets once."""
        judged = self.judge(at)
        moves = self.targets.step(judged, self.rule.rule.for_s, self.rule.rule.keep_s)
        return list(self._told(moves, at, judged.times, labels_of)) if len(moves.rows) else []

    def judge(self, at: Pass) -> Judged:
        """Find out what is known of each target."""
        raise NotImplementedError

    def _told(self, moves: Moves, at: Pass, times: Floats, labels_of: LabelsOf) -> Iterator[Transition]:
        for row, before, after, since in zip(*(one.tolist() for one in moves), strict=True):
            agent = self.agent_of(row)
            yield Transition(
                self.rule.id, self.rule.version, None if agent is None else self.agents.id_of(agent),
                self.labels(row, labels_of), State(before), State(after), self.wall(float(times[row]), at),
                self.wall(since, at), None if after == State.UNKNOWN else self.value(row), self.threshold(row),
            )  # fmt: skip

    def wall(self, time: float, at: Pass) -> float:
        """Return a time of its clock as Unix seconds."""
        return at.now - (at.clock - time) if self.steady else time

    def leave(self, rows: Rows, reason: Reason, at: Pass, labels_of: LabelsOf) -> list[Transition]:
        """Make targets inactive that are not the rule's any more, or not there."""
        moved = rows[self.targets.state.data[rows] != State.INACTIVE]
        told = [
            Transition(
                self.rule.id, self.rule.version, None if agent is None else self.agents.id_of(agent),
                self.labels(row, labels_of), State(int(self.targets.state.data[row])), State.INACTIVE, at.now,
                self.wall(float(self.targets.since.data[row]), at), reason=reason,
            )
            for row in moved.tolist()
            for agent in [self.agent_of(row)]
        ]  # fmt: skip
        self.targets.clear(moved)
        return told

    def shift(self, rows: Rows, before: Floats, after: Floats) -> None:
        """Let no time pass where the samples' time jumps."""
        self.targets.shift(rows, before, after)

    def rows_of(self, agent: int) -> Rows:
        """Return the rows of an agent's targets."""
        return np.array([agent])

    def agent_of(self, row: int) -> int | None:
        """Return the agent's row of a target; None where the target is the rule itself."""
        return row

    def labels(self, row: int, labels_of: LabelsOf) -> Labels:
        """Return a target's labels."""
        return ()

    def value(self, row: int) -> float | None:
        """Return what a target's threshold is held against."""
        return None

    @property
    def measured(self) -> Floats | None:
        """What all targets' thresholds are held against; None where there are none."""
        return None

    def threshold(self, row: int) -> float | None:
        """Return a target's threshold."""
        return None

    def last(self, row: int, at: Pass) -> float:
        """Return on its clock when a target was judged last."""
        return at.clock if self.steady else float(self.agents.newest.data[row])

    def instances(self, at: Pass, labels_of: LabelsOf) -> Iterator[Instance]:
        """Yield what has to survive a restart."""
        for row in self.targets.active().tolist():
            agent, quiet = self.agent_of(row), self.targets.quiet_of(row)
            yield Instance(
                self.rule.id, self.rule.version, None if agent is None else self.agents.id_of(agent),
                self.labels(row, labels_of), State(int(self.targets.state.data[row])),
                self.wall(float(self.targets.since.data[row]), at),
                None if quiet is None else self.wall(quiet, at), self.wall(self.last(row, at), at),
            )  # fmt: skip

    def restore(self, row: int, instance: Instance, clock: float) -> None:
        """Put a target where it was; on the engine's own clock no time has passed since it was judged last."""
        moved = clock - instance.last if self.steady else 0.0
        quiet = None if instance.quiet is None else instance.quiet + moved
        self.targets.restore(row, instance.state, instance.since + moved, quiet)
        if not self.steady and not np.isfinite(self.agents.newest.data[row]):
            self.agents.newest.data[row] = instance.last


class OfSeries(Compiled):
    """A rule of one comparison: each series is a target."""

    def __init__(self, rule: AlertRule, condition: rules.Comparison, agents: Agents, source_of: SourceOf) -> None:
        self.source = source_of(rules.metric_of(condition.operand))
        super().__init__(rule, agents, source_of)
        self._compared = Compared(self.source, self.source.peek(condition.operand), condition)
        self._own: Column | None = None
        self._base = condition.threshold.value
        self.source.shifts.append(self.shift)

    def _table(self) -> Table:
        return self.source.table

    @property
    def kind(self) -> tuple[object, ...]:
        """Equal for rules about the same series."""
        return (OfSeries, self.source.number)

    def drop(self) -> None:
        """Give back what it uses."""
        super().drop()
        self.source.shifts.remove(self.shift)
        if self._own is not None:
            self.agents.table.drop(self._own)

    def cover(self, row: int, override: Override | None) -> None:
        """Find out whether it is about an agent, and with which threshold."""
        super().cover(row, override)
        own = None if override is None else override.threshold
        if own is not None and self._own is None:
            self._own = self.agents.table.column(np.float64, self._base)
        if self._own is not None:
            self._own.data[row] = self._base if own is None else own

    def judge(self, at: Pass) -> Judged:
        """Compare all values with the threshold."""
        size = self.source.table.size
        agents = self.source.agent.data[:size]
        thresholds = self._base if self._own is None else self._own.data[agents]
        known = self._compared.known(at)
        if self._limited:
            known &= self.covered.data[agents]
        holds = self._compared.holds(thresholds) & known
        calm = known & ~holds
        clear = self.rule.rule.clear
        if clear is not None and isinstance(clear.threshold, Quantity):
            values = self._compared.operand.values.data[:size]
            calm &= clear.op.function(values, thresholds + (clear.threshold.value - self._base))
        times = self.source.time.data[:size]
        return Judged(holds, known, at.ended(self.source), times, times, calm)

    def rows_of(self, agent: int) -> Rows:
        """Return the rows of an agent's series."""
        size = self.source.table.size
        return np.flatnonzero((self.source.agent.data[:size] == agent) & self.source.table.live.data[:size])

    def agent_of(self, row: int) -> int | None:
        """Return the agent's row of a series."""
        return int(self.source.agent.data[row])

    def labels(self, row: int, labels_of: LabelsOf) -> Labels:
        """Return a series' labels."""
        return labels_of(self.source, int(self.source.agent.data[row]), row)

    @property
    def measured(self) -> Floats:
        """The operand's value of each series, NaN where it is not known."""
        return np.asarray(self._compared.operand.values.data[: self.source.table.size], np.float64)

    def value(self, row: int) -> float | None:
        """Return the operand's value; None where it is not known."""
        value = float(self._compared.operand.values.data[row])
        return None if np.isnan(value) else value

    def threshold(self, row: int) -> float | None:
        """Return the threshold, overridden or not."""
        return self._base if self._own is None else float(self._own.data[self.source.agent.data[row]])

    def missing(self, row: int) -> str:
        """Return why there is no value."""
        return self._compared.operand.missing(row)

    def last(self, row: int, at: Pass) -> float:
        """Return the time of the newest sample."""
        return float(self.source.time.data[row])

    def restore(self, row: int, instance: Instance, clock: float) -> None:
        """Put a target where it was."""
        self.targets.restore(row, instance.state, instance.since, instance.quiet)
        self.source.time.data[row] = max(self.source.time.data[row], instance.last)


class OfAgents(Compiled):
    """A rule whose targets are agents: absences, and conditions that are joined."""

    def __init__(self, rule: AlertRule, agents: Agents, source_of: SourceOf) -> None:
        self.steady = any(isinstance(one, rules.AbsentAgent) for one in rules.leaves(rule.rule.condition))
        super().__init__(rule, agents, source_of)
        self._truth = truth_of(rule.rule.condition, source_of, every=rule.every)
        if not self.steady:
            agents.shifts.append(self.shift)

    def drop(self) -> None:
        """Give back what it uses."""
        super().drop()
        if not self.steady:
            self.agents.shifts.remove(self.shift)

    def judge(self, at: Pass) -> Judged:
        """Find out where the condition holds."""
        size = self.agents.table.size
        truths = self._truth(at)
        covered = self.covered.data[:size]
        known = covered & (truths != MAYBE) & (truths != NONE)
        holds = known & (truths == YES)
        newest = self.agents.newest.data[:size]
        ended = newest < self.agents.judge(at.now)
        if not at.judge:
            ended &= ~np.isnan(self.agents.first.data[:size])
        times = np.full(size, at.clock) if self.steady else newest
        return Judged(holds, known, ended & ~known, times, self._began(at, times), known & ~holds)

    def _began(self, at: Pass, times: Floats) -> Floats:
        """Return since when it holds: an absence has lasted since the last sample."""
        condition = self.rule.rule.condition
        if isinstance(condition, rules.AbsentAgent):
            return np.asarray(self.agents.life.data[: len(times)], np.float64)
        if isinstance(condition, rules.AbsentMetric):
            return conditions.last_of_metric(self._used[0][0], self.agents)
        return times

    def restore(self, row: int, instance: Instance, clock: float) -> None:
        """Put a target where it was; an agent that was silent has been so for as long as it was known to be."""
        super().restore(row, instance, clock)
        if isinstance(self.rule.rule.condition, rules.AbsentAgent):
            self.agents.life.data[row] = clock - (instance.last - instance.since)


class OfFleet(Compiled):
    """A rule that counts agents: it is its own only target."""

    steady = True

    def __init__(self, rule: AlertRule, count: rules.Count, agents: Agents, source_of: SourceOf) -> None:
        self._single = Table()
        self._single.allocate(1)
        super().__init__(rule, agents, source_of)
        self._count = count
        self._truth = truth_of(count.condition, source_of)
        self._some = 0

    def _table(self) -> Table:
        return self._single

    def judge(self, at: Pass) -> Judged:
        """Count the agents on which the condition holds."""
        truths = self._truth(at)
        truths[~self.covered.data[: len(truths)]] = NONE
        self._some = int(np.count_nonzero(truths == YES))
        verdict = conditions.counted(truths, self._count, self._count.threshold)
        known = np.array([verdict != MAYBE])
        holds = np.array([verdict == YES])
        calm = known & ~holds
        clear = self.rule.rule.clear
        if clear is not None:
            cleared = conditions.counted(truths, replace(self._count, op=clear.op), clear.threshold)
            calm &= cleared == YES
        times = np.array([at.clock])
        return Judged(holds, known, np.array([False]), times, times, calm)

    def rows_of(self, agent: int) -> Rows:
        """Return nothing: no target is an agent's."""
        return np.empty(0, np.intp)

    def agent_of(self, row: int) -> int | None:
        """Return None."""
        return None

    @property
    def measured(self) -> Floats:
        """On how many agents it holds."""
        return np.array([float(self._some)])

    def value(self, row: int) -> float | None:
        """Return how many agents it holds on."""
        return float(self._some)


def compiled(rule: AlertRule, agents: Agents, source_of: SourceOf) -> Compiled:
    """Make a rule ready."""
    condition = rule.rule.condition
    if isinstance(condition, rules.Comparison):
        return OfSeries(rule, condition, agents, source_of)
    if isinstance(condition, rules.Count):
        return OfFleet(rule, condition, agents, source_of)
    return OfAgents(rule, agents, source_of)


def truth_of(
    condition: rules.Condition, source_of: SourceOf, *, every: bool = False
) -> Callable[[Pass], Truths]:  # fmt: skip
    """Return what finds out on which agents a condition holds, where `every` with all series of each comparison."""
    match condition:
        case rules.Comparison():
            source = source_of(rules.metric_of(condition.operand))
            compared = Compared(source, source.peek(condition.operand), condition)
            return partial(compared.of_agents, every=every)
        case rules.AbsentAgent():
            return conditions.absent_agent
        case rules.AbsentMetric():
            source = source_of(condition.metric)
            return lambda at: conditions.absent_metric(source, at)
        case rules.And() | rules.Or():
            sides = [truth_of(one, source_of, every=every) for one in condition.conditions]
            join = conditions.all_of if isinstance(condition, rules.And) else conditions.any_of
            return lambda at: join([side(at) for side in sides])
        case rules.Count():
            raise ValueError("a count stands alone")
