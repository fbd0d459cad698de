"""Which sources there are, which layouts they are found in, and which rows are whose."""

from collections.abc import Callable, Sequence

import numpy as np
from opsentrix_protocol.catalogue import Labels

from opsentrix.alerting.agents import Agents
from opsentrix.alerting.columns import Samples, joined, layout_of, samples_of
from opsentrix.alerting.intake import Intake
from opsentrix.alerting.plans import Plan
from opsentrix.alerting.sources import Source
from opsentrix.alerting.table import Rows
from opsentrix.model import rules
from opsentrix.model.frames import Layout
from opsentrix.model.history import Stretch

GONE_S = 3600.0
"""A layout that its agent has not used for so long, though it sends others, is forgotten with the series that only it
has."""
_LAYOUTS_PER_AGENT = 64
"""A program that posts each metric in a call of its own has a layout for each."""
Appeared = Callable[[Source, Sequence[int], Sequence[Labels], Rows], None]
Leaving = Callable[[Source, Rows], None]


class Catalogue:
    """Finds rows for what comes, and gives them back.

    Attributes:
        sources: by number; a number is never used again.
        left_out: series for which there was no memory.
        gone: series that were let go of.
    """

    def __init__(
        self, agents: Agents, intake: Intake, max_bytes: int, gone_s: float, appeared: Appeared, leaving: Leaving
    ) -> None:
        """Take what is needed.

        Args:
            agents: all of them.
            intake: what waits for rows that may be given back.
            max_bytes: of all rows.
            gone_s: see GONE_S.
            appeared: told of new rows, with their agents and labels.
            leaving: told of rows just before they are given back.
        """
        self._agents = agents
        self._intake = intake
        self._max_bytes = max_bytes
        self._gone_s = gone_s
        self._appeared = appeared
        self._leaving = leaving
        self._by_metric: dict[rules.Metric, Source] = {}
        self.sources: dict[int, Source] = {}
        self._next_number = 0
        self._plans: dict[int, Plan] = {}
        self._plans_of: dict[int, list[Plan]] = {}
        self._version = 0
        self._room = max_bytes
        self.left_out = 0
        self.gone = 0

    def source(self, metric: rules.Metric) -> Source:
        """Return the source of a metric, made when there is none."""
        source = self._by_metric.get(metric)
        if source is None:
            source = self._by_metric[metric] = Source(self._next_number, metric)
            self.sources[source.number] = source
            self._next_number += 1
        return source

    def changed(self) -> None:
        """Forget sources that no rule uses any more; layouts are looked at again when they come."""
        for source in [one for one in self.sources.values() if one.unused]:
            del self.sources[source.number], self._by_metric[source.metric]
        self._version += 1

    def plan(self, layout: Layout, agents: Sequence[int], clock: float) -> Plan:
        """Return the plan of a layout in which these agents have rows."""
        plan = self._plans.get(layout.id)
        if plan is None or plan.version != self._version:
            plan = self._renewed(layout, plan)
        new = [one for one in dict.fromkeys(agents) if one not in plan.rows]
        if new:
            self._measure()
            plan.admit(new, lambda one: self._plans_of.get(one, ()), self._allocate)
            for one in new:
                self._plans_of.setdefault(one, []).append(plan)
        for one in agents:
            plan.seen[one] = clock
        for one in new:
            self._limit(one)
        return plan

    def shape(self, layout: Layout) -> Plan:
        """Return where targets stand in a layout, without giving rows to anybody."""
        return Plan(self._version, layout.id, layout.series, list(self.sources.values()))

    def refill(self, source: Source, stretches: Sequence[Stretch], clock: float) -> None:
        """Give agents rows for what history has of a source, and fill its windows."""
        rows: list[Rows] = []
        found: list[Samples] = []
        for one in stretches:
            agent = self._agents.row_of[one.agent_id]
            plan = self.plan(layout_of(one.series), [agent], clock)
            for number, samples in samples_of(one, plan, {}):
                if number == source.number:
                    rows.append(plan.rows[agent][samples.targets])
                    found.append(samples)
        if not found:
            return
        row, time = np.concatenate(rows), np.concatenate([one.times for one in found])
        order = np.lexsort((time, row))
        order = order[row[order] >= 0]
        if not order.size:  # there is no memory for any of them
            return
        rolled = joined([one.rolled for one in found])
        values = np.concatenate([one.values for one in found])
        source.refill(row[order], time[order], values[order], None if rolled is None else rolled.of(order))

    def labels_of(self, source: Source, agent: int, row: int) -> Labels:
        """Return the labels of a row of a source, of an agent."""
        for plan in self._plans_of.get(agent, ()):
            labels = plan.labels_of(source.number, agent, row)
            if labels is not None:
                return labels
        raise LookupError(f"row {row} of source {source.number} is in no layout of its agent")

    def row_of(self, source: Source, agent: int, labels: Labels) -> int | None:
        """Return the row of a series of an agent; None where it has none."""
        for plan in self._plans_of.get(agent, ()):
            at = plan.index.get((source.number, labels))
            if at is not None and plan.rows[agent][at] >= 0:
                return int(plan.rows[agent][at])
        return None

    def remove_agent(self, agent: int) -> None:
        """Give back all rows of an agent."""
        self._intake.forget(agent)
        for plan in self._plans_of.pop(agent, ()):
            self._forget(plan, agent)
        for source in self.sources.values():
            size = source.table.size
            rows = np.flatnonzero((source.agent.data[:size] == agent) & source.table.live.data[:size])
            source.table.release(rows)

    def sweep(self, clock: float) -> None:
        """Let go of series that their agents send no more."""
        for plan in list(self._plans.values()):
            for agent, seen in list(plan.seen.items()):
                if float(self._agents.life.data[agent]) - seen > self._gone_s:
                    self._drop(plan, agent)

    def _renewed(self, layout: Layout, before: Plan | None) -> Plan:
        """Make a plan for the sources that there are now; the agents of the one before keep their rows."""
        plan = Plan(self._version, layout.id, layout.series, list(self.sources.values()))
        if before is not None:
            self._measure()
            agents = list(before.rows)
            plan.admit(agents, lambda one: self._plans_of[one], self._allocate)
            plan.seen.update(before.seen)
            for agent in agents:
                listed = self._plans_of[agent]
                listed[listed.index(before)] = plan
        self._plans[layout.id] = plan
        return plan

    def _measure(self) -> None:
        """Find out how much memory is left for rows: each takes more once rules compute more of it."""
        held = sum(one.table.used * one.table.row_bytes for one in self.sources.values())
        self._room = self._max_bytes - held

    def _allocate(self, source: Source, agents: Sequence[int], labels: Sequence[Labels]) -> Rows:
        row_bytes = source.table.row_bytes
        count = min(len(agents), max(0, self._room) // row_bytes)
        self._room -= count * row_bytes
        rows = np.full(len(agents), -1, np.intp)
        rows[:count] = source.table.allocate(count)
        source.agent.data[rows[:count]] = agents[:count]
        self.left_out += len(agents) - count
        self._appeared(source, agents, labels, rows)
        return rows

    def _limit(self, agent: int) -> None:
        """Let an agent have so many layouts only; the one that it used longest ago goes."""
        plans = self._plans_of[agent]
        if len(plans) > _LAYOUTS_PER_AGENT:
            self._drop(min(plans[:-1], key=lambda one: one.seen[agent]), agent)

    def _drop(self, plan: Plan, agent: int) -> None:
        """Forget a layout of an agent, and give back the rows that are in no other one."""
        self._intake.forget(agent, plan)
        others = [one for one in self._plans_of[agent] if one is not plan]
        lonely: dict[int, list[int]] = {}
        for at, key in enumerate(plan.keys):
            row = int(plan.rows[agent][at])
            if row >= 0 and key[0] in self.sources and not any(key in one.index for one in others):
                lonely.setdefault(key[0], []).append(row)
        for number, listed in lonely.items():
            rows = np.array(listed, np.intp)
            self._leaving(self.sources[number], rows)
            self.sources[number].table.release(rows)
            self.gone += len(listed)
        self._plans_of[agent] = others
        self._forget(plan, agent)

    def _forget(self, plan: Plan, agent: int) -> None:
        del plan.rows[agent], plan.seen[agent]
        if not plan.rows:
            self._plans.pop(plan.layout_id, None)
