"""A rule over stored history: the engine is given, pass by pass, what it would have been given live."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Series

from opsentrix.alerting.coarser import calm_test, stands
from opsentrix.alerting.columns import Places, joined, layout_of, samples_of
from opsentrix.alerting.counts import targets
from opsentrix.alerting.engine import Engine
from opsentrix.alerting.intake import Flat, Moment
from opsentrix.alerting.plans import Plan
from opsentrix.alerting.rings import first_of_each
from opsentrix.alerting.sources import Rolled
from opsentrix.alerting.table import Floats, Rows
from opsentrix.alerting.worst import Worst
from opsentrix.model.alerts import Transition
from opsentrix.model.frames import Layout
from opsentrix.model.history import Chunk, Stretch
from opsentrix.model.rules import AlertRule, Override
from opsentrix.model.selectors import Member

STALE_STEPS = 1.5
"""An agent whose minutes or hours are further apart than so many was away in between."""
_INTERVALS = 3
"""What the engine takes for stale, in intervals of the agent."""
_ROUNDING = 1e-6
"""Differences of Unix seconds are not exact."""


class Told(NamedTuple):
    """A transition, when the pass was that told of it, and the worst value since it fired where it ended."""

    now: float
    transition: Transition
    worst: float | None


class _Admission(NamedTuple):
    """From a pass on, an agent has this layout; its targets are those of `shape`, numbered from `first` on."""

    number: int
    agent_id: int
    layout: Layout
    shape: Plan
    first: int


class _Part(NamedTuple):
    """Samples of some targets of one source; `numbers` are the passes that they come to."""

    numbers: Places
    targets: Places
    times: Floats
    values: Floats
    rolled: Rolled | None

    def of(self, which: "slice | Rows") -> "_Part":
        """Return some of them."""
        rolled = None if self.rolled is None else self.rolled.of(which)
        return _Part(self.numbers[which], self.targets[which], self.times[which], self.values[which], rolled)


class _Column(NamedTuple):
    """All samples of a source in a chunk by pass, those of each target side by side; `ends` is where each pass ends."""

    source: int
    part: _Part
    ends: Places

    def of(self, first: int, last: int) -> _Part:
        """Return the samples of some of the chunk's passes, by target and time."""
        which = slice(int(self.ends[first - 1]) if first else 0, int(self.ends[last]))
        found = self.part.of(which)
        return found if first == last else found.of(np.argsort(found.targets, kind="stable"))


class Replay:
    """Replays one rule. Chunks are loaded one after the other, and each is run in slices of passes.

    Attributes:
        engine: what is replayed to.
        told: what it told, in order.
        samples: how many values it was given.
        worst: the worst values of what fires.
    """

    def __init__(
        self, rule: AlertRule, overrides: Mapping[int, Override], members: Sequence[tuple[Member, float]],
        begin: float, step_s: float, touched_s: float,
    ) -> None:  # fmt: skip
        """Take what is replayed.

        Args:
            rule: evaluated as it is; `coarser` makes one that suits steps of minutes and hours.
            overrides: by agent.
            members: the agents, and since when each is there, Unix seconds.
            begin: Unix seconds, a whole number of steps; the first pass is then.
            step_s: between passes.
            touched_s: no chunk is longer.
        """
        self.engine = Engine(longest_pass_s=touched_s, gone_s=touched_s)
        self.engine.put_rule(rule, overrides)
        self._rule_id = rule.id
        self.told: list[Told] = []
        self.samples = 0
        self.worst = Worst(self.engine, rule)
        self._begin, self._step_s = begin, step_s
        self._coming = {member.id: (since, self._staying(member)) for member, since in members}
        self._place_of = {member.id: at for at, (member, _) in enumerate(members)}
        self._agent_rows = np.full(len(members), -1, np.intp)
        self._stands = {number: stands(rule.rule, one) for number, one in self.engine.metrics.items()}
        self._layouts: dict[tuple[Series, ...], Layout] = {}
        self._shapes: dict[int, Plan] = {}
        self._next = self._first = self._end = 0
        self._admissions: list[_Admission] = []
        self._rows = np.empty(0, np.intp)
        self._calm = calm_test(rule.rule, overrides)
        self._busy = np.empty(0, np.int64)
        self._heard = _Column(-1, _joined([]), np.empty(0, np.int64))
        self._columns: list[_Column] = []

    @property
    def now(self) -> float:
        """The moment of the next pass, Unix seconds."""
        return self._begin + self._next * self._step_s

    @property
    def targets(self) -> int:
        """On how many targets anything is known."""
        return targets(self.engine.find(self._rule_id, None, ())[0])

    def load(self, chunk: Chunk) -> None:
        """Take the next part of history, which the passes until its end are about."""
        self._first = self._next
        self._end = max(self._first, round((chunk.end - self._begin) / self._step_s))
        self.samples += chunk.samples
        listed = [one for one in chunk.stretches if one.agent_id in self._place_of]
        self._admissions, parts, first = [], dict[int, list[_Part]](), 0
        for one in listed:
            self._expect(one)
            shape = self._shape(self._layout(one.series))
            self._admissions += self._admissions_of(one, shape, first)
            for source, part in self._parts(one, shape, first):
                parts.setdefault(source, []).append(part)
            first += len(shape.keys)
        self._rows = np.full(first, -1, np.intp)
        self._admissions.sort(key=lambda one: -one.number)
        self._columns = [self._column(source, found) for source, found in parts.items()]
        self._heard = self._column(-1, [self._part_of_agent(one) for one in listed])
        self._busy = self._first + np.unique(
            np.concatenate([one.part.numbers[self._holds(one.part)] for one in self._columns] or [self._rows])
        )

    def run(self, passes: int) -> bool:
        """Do so many passes of what is loaded at most; return whether there are more."""
        end = min(self._end, self._next + passes)
        while self._next < end:
            self._pass(self._quiet_until() if self._idle() else self._next)
        return self._next < self._end

    def _holds(self, part: _Part) -> NDArray[np.bool_]:
        """Return for which samples the condition holds, as far as one sample by itself can say."""
        values = part.values if part.rolled is None else part.rolled.newest
        return np.ones(values.size, np.bool_) if self._calm is None else self._calm(values)

    def _idle(self) -> bool:
        """Return whether nothing can change before a sample comes for which the condition holds."""
        if self._calm is None or self._coming or self._next == self._first:
            return False
        return not self.engine.find(self._rule_id, None, ())[0].targets.active().size

    def _quiet_until(self) -> int:
        """Return the last pass in which nothing changes: what comes until then can be taken at once."""
        at = int(np.searchsorted(self._busy, self._next))
        ends = [self._end, *self._busy[at : at + 1].tolist(), *(one.number for one in self._admissions[-1:])]
        return max(self._next, int(min(ends)) - 1)

    def _pass(self, last: int) -> None:
        """Do the passes until the last one, as one."""
        first, self._next = self._next - self._first, last
        now = self.now
        for agent_id, (since, member) in list(self._coming.items()) if self._coming else ():
            if since <= now + self._step_s / 2:
                del self._coming[agent_id]
                self.engine.put_agent(member)
                self._agent_rows[self._place_of[agent_id]] = self.engine.agents.row_of[agent_id]
        while self._admissions and self._admissions[-1].number <= self._next:
            self._admit(self._admissions.pop())
        if self._heard.ends.size:
            self.engine.take(self._moment(first, last - self._first), now)
        told = self.engine.evaluate(now, now - self._begin)
        self.worst.look(told)
        self.told += [Told(now, one, self.worst.of(one)) for one in told]
        self._next += 1

    def _moment(self, first: int, last: int) -> Moment:
        heard = self._heard.of(first, last)
        agents, times = self._agent_rows[heard.targets], heard.times
        newest = np.append(first_of_each(agents)[1:], agents.size) - 1 if agents.size else np.empty(0, np.intp)
        samples = []
        for column in self._columns:
            part = column.of(first, last)
            if part.times.size:
                samples.append((column.source, Flat(self._rows[part.targets], part.times, part.values), part.rolled))
        return Moment(agents[newest], times[newest], samples)

    def _staying(self, member: Member) -> Member:
        """Return an agent that is there as long as no step of its history is missing."""
        return replace(member, interval_s=max(member.interval_s, self._step_s * STALE_STEPS / _INTERVALS))

    def _expect(self, stretch: Stretch) -> None:
        """Let an agent be there once it has history, though it was registered later."""
        coming = self._coming.get(stretch.agent_id)
        if coming is not None and stretch.time[0] < coming[0]:
            self._coming[stretch.agent_id] = float(stretch.time[0]), coming[1]

    def _numbers(self, times: Floats) -> Places:
        """Return the passes that moments come to."""
        return np.floor((times - self._begin) / self._step_s + _ROUNDING).astype(np.int64)

    def _layout(self, series: tuple[Series, ...]) -> Layout:
        known = self._layouts.get(series)
        if known is None:
            known = self._layouts[series] = layout_of(series)
        return known

    def _shape(self, layout: Layout) -> Plan:
        known = self._shapes.get(layout.id)
        if known is None:
            known = self._shapes[layout.id] = self.engine.shape(layout)
        return known

    def _admissions_of(self, stretch: Stretch, shape: Plan, first: int) -> Iterator[_Admission]:
        """Yield which series the agent has, whenever one of them begins or ends."""
        if not stretch.series:
            return
        known = ~np.isnan(stretch.values)
        numbers = self._numbers(stretch.time)
        begins = numbers[known.argmax(axis=1)]
        ends = numbers[known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)]
        for number in np.unique(np.concatenate([begins, ends])).tolist():
            there = np.flatnonzero((begins <= number) & (number <= ends)).tolist()
            layout = self._layout(tuple(stretch.series[at] for at in there))
            yield _Admission(number, stretch.agent_id, layout, shape, first)

    def _admit(self, one: _Admission) -> None:
        plan = self.engine.admit(one.layout, one.agent_id)
        rows = plan.rows[self.engine.agents.row_of[one.agent_id]]
        for at, key in enumerate(one.shape.keys):
            place = plan.index.get(key)
            if place is not None:
                self._rows[one.first + at] = rows[place]

    def _part_of_agent(self, stretch: Stretch) -> _Part:
        place = np.full(stretch.time.size, self._place_of[stretch.agent_id], np.int64)
        return _Part(self._numbers(stretch.time), place, stretch.time, stretch.time, None)

    def _parts(self, stretch: Stretch, shape: Plan, first: int) -> Iterator[tuple[int, _Part]]:
        """Yield the samples of each source's targets."""
        numbers = self._numbers(stretch.time)
        for source, one in samples_of(stretch, shape, self._stands):
            yield source, _Part(numbers[one.moments], first + one.targets, one.times, one.values, one.rolled)

    def _column(self, source: int, parts: Sequence[_Part]) -> _Column:
        """Sort what belongs to one source by pass; in a pass the order stays: by target, then by time."""
        part = _joined(parts)
        at = part.numbers - self._first
        order = np.argsort(at.astype(np.uint16), kind="stable")  # five times as fast as of 64 bits
        ends = np.searchsorted(at[order], np.arange(self._end - self._first), "right")
        return _Column(source, part._replace(numbers=at).of(order), ends)


def _joined(parts: Sequence[_Part]) -> _Part:
    if not parts:
        return _Part(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0), None)
    return _Part(
        np.concatenate([one.numbers for one in parts]),
        np.concatenate([one.targets for one in parts]),
        np.concatenate([one.times for one in parts]),
        np.concatenate([one.values for one in parts]),
        joined([one.rolled for one in parts]),
    )
