"""The alert engine: samples go in, and each pass says which alerts changed. Time is an argument everywhere."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from opsentrix_protocol.catalogue import Labels

from opsentrix.alerting.agents import Agents
from opsentrix.alerting.catalogue import GONE_S, Catalogue
from opsentrix.alerting.compiled import Compiled, OfFleet, OfSeries, compiled
from opsentrix.alerting.conditions import Pass
from opsentrix.alerting.intake import Intake, Moment, Piece
from opsentrix.alerting.plans import Plan
from opsentrix.alerting.restored import Restored
from opsentrix.alerting.sources import LookBack, Source
from opsentrix.alerting.table import Rows
from opsentrix.model.alerts import Instance, Reason, Transition
from opsentrix.model.frames import Batch, Layout
from opsentrix.model.history import Stretch
from opsentrix.model.rules import AlertRule, Metric, Override
from opsentrix.model.selectors import Member

MAX_BYTES = 1_000_000_000
LONGEST_PASS_S = 5.0
"""What passes between two passes counts for no more: a hub that did not look has not seen that nothing came."""
SWEEP_S = 300.0
Overrides = Mapping[int, Override]


class Stats(NamedTuple):
    """What the engine holds, and what it left out since it began.

    Attributes:
        rules: rules, disabled ones included.
        agents: agents that it knows.
        series: series of rules' operands.
        nbytes: memory of all columns.
        late_frames: frames that were history when they came.
        dropped_frames: frames that were pushed out before a pass came.
        strangers: frames of agents that it does not know.
        left_out: series that it has no memory for.
        gone: series that were let go of, because their agents send them no more.
    """

    rules: int
    agents: int
    series: int
    nbytes: int
    late_frames: int
    dropped_frames: int
    strangers: int
    left_out: int
    gone: int


class Engine:
    """Evaluates rules over the samples of all agents.

    Agents, rules and overrides are put in as they come to be and change; what that does to alerts is told with the next
    pass. A changed rule's alerts carry on where its targets are the same series or agents, else they are resolved.
    """

    def __init__(
        self, *, max_bytes: int = MAX_BYTES, longest_pass_s: float = LONGEST_PASS_S, gone_s: float = GONE_S
    ) -> None:
        """Take the limits.

        Args:
            max_bytes: of all columns; series for which there is no room are left out and counted.
            longest_pass_s: see LONGEST_PASS_S; a backtest whose passes are further apart says so here.
            gone_s: see `catalogue.GONE_S`; a backtest tells less often which series there are.
        """
        self._longest_pass_s = longest_pass_s
        self.agents = Agents()
        self._intake = Intake(self.agents)
        self._catalogue = Catalogue(self.agents, self._intake, max_bytes, gone_s, self._appeared, self._leaving)
        self._rules: dict[int, Compiled] = {}
        self._overrides: dict[int, dict[int, Override]] = {}
        self._restored = Restored()
        self._queued: list[Transition] = []
        self._now = 0.0
        self._clock = 0.0
        self._steady: float | None = None
        self._judge_from = 0.0
        self._sweep_at = SWEEP_S
        self._strangers = 0

    def put_agent(self, member: Member) -> None:
        """Add an agent, or take what is new about it."""
        self.put_agents([member])

    def put_agents(self, members: Iterable[Member]) -> None:
        """Add agents, or take what is new about them: all at once, because each rule looks at all of its targets."""
        new = [one for one in members if self.agents.members.get(one.id) != one]
        if not new:
            return
        rows = [self.agents.put(one, self._clock) for one in new]
        for rule in self._rules.values():
            self._cover(rule, rows)
        for one in new:
            self._restore(self._restored.of_agent(one.id, self._rules))

    def remove_agent(self, agent_id: int) -> None:
        """Let go of an agent that was deleted; its alerts end."""
        row = self.agents.row_of.get(agent_id)
        if row is None:
            return
        for rule in self._rules.values():
            self._leave(rule, rule.rows_of(row), Reason.AGENT_DELETED)
        self._queued += self._restored.end(Reason.AGENT_DELETED, self._now, agent_id=agent_id)
        self._catalogue.remove_agent(row)
        self.agents.remove(agent_id)

    def put_rule(self, rule: AlertRule, overrides: Overrides | None = None) -> None:
        """Add a rule, or put its new version and overrides in the place of what was there."""
        before = self._rules.get(rule.id)
        self._overrides[rule.id] = dict(overrides or {})
        made = compiled(rule, self.agents, self._catalogue.source)
        if before is not None:
            if before.kind == made.kind:
                made.targets.drop()
                made.targets = before.targets
            else:
                self._leave(before, before.targets.active(), Reason.RULE_CHANGED)
                before.targets.drop()
            before.drop()
        self._rules[rule.id] = made
        self._catalogue.changed()
        self._cover(made, list(self.agents.row_of.values()))

    def remove_rule(self, rule_id: int) -> None:
        """Let go of a rule; its alerts end."""
        rule = self._rules.pop(rule_id, None)
        if rule is None:
            return
        del self._overrides[rule_id]
        self._leave(rule, rule.targets.active(), Reason.RULE_REMOVED)
        self._queued += self._restored.end(Reason.RULE_REMOVED, self._now, rule_id=rule_id)
        rule.targets.drop()
        rule.drop()
        self._catalogue.changed()

    def override(self, rule_id: int, agent_id: int, override: Override | None) -> None:
        """Set what holds for one agent instead; None for nothing any more."""
        listed = self._overrides.get(rule_id)
        if listed is None:
            return
        if override is None:
            listed.pop(agent_id, None)
        else:
            listed[agent_id] = override
        row = self.agents.row_of.get(agent_id)
        if row is not None:
            self._cover(self._rules[rule_id], [row])

    def push(self, batch: Batch) -> None:
        """Take a batch; it counts from the next pass on."""
        piece = self._piece(batch)
        if piece is not None:
            self.agents.hear(piece.agents.tolist())
            self._intake.put(piece)

    def shape(self, layout: Layout) -> Plan:
        """Return where the targets of rules stand in a layout; nobody gets rows by that."""
        return self._catalogue.shape(layout)

    def admit(self, layout: Layout, agent_id: int) -> Plan:
        """Give an agent its rows in a layout, as the first frame of it does, or note that it still has that layout."""
        return self._catalogue.plan(layout, [self.agents.row_of[agent_id]], self._clock)

    def take(self, moment: Moment, now: float) -> None:
        """Take what is sorted by source already: of history, instead of `push`; then evaluate.

        Args:
            moment: all that came since the pass before; rows are those that `admit` gave.
            now: that of the next pass.
        """
        self.agents.hear(moment.agents.tolist())
        self._intake.take(moment, now, self._catalogue.sources)

    def alive(self, agent_ids: Iterable[int]) -> None:
        """Take signs of life that bring no samples."""
        known = self.agents.row_of
        self.agents.hear(known[one] for one in agent_ids if one in known)

    def evaluate(self, now: float, steady: float) -> list[Transition]:
        """Look at everything once.

        Args:
            now: the hub's clock, Unix seconds; decides only which samples are too old to be the present.
            steady: seconds of a clock that never jumps, such as `time.monotonic`.

        Returns:
            All that changed since the pass before, in order.
        """
        passed = 0.0 if self._steady is None else steady - self._steady
        self._steady, self._now = steady, now
        self._clock += min(max(passed, 0.0), self._longest_pass_s)
        self.agents.live(self._clock)
        self._intake.digest(now, self._catalogue.sources)
        at = self._pass()
        told, self._queued = self._queued, []
        for rule in self._rules.values():
            if rule.rule.on:
                told += rule.run(at, self._catalogue.labels_of)
        if at.judge and self._restored:
            told += self._restored.lose(now, self.agents)
        if self._clock >= self._sweep_at:
            self._sweep_at = self._clock + SWEEP_S
            self._catalogue.sweep(self._clock)
            self._queued += self._restored.expire(self._now, self._clock, self.agents)
        return told

    def dump(self) -> list[Instance]:
        """Return what has to survive a restart."""
        at = self._pass()
        found = [one for rule in self._rules.values() for one in rule.instances(at, self._catalogue.labels_of)]
        return found + self._restored.left()

    def load(self, instances: Iterable[Instance], now: float, grace_s: float = 0.0) -> None:
        """Take what survived a restart, after agents and rules, and before samples.

        Args:
            instances: of a dump.
            now: the hub's clock, Unix seconds.
            grace_s: for so long agents may be silent: they have to find the hub again.
        """
        self._now = now
        self._judge_from = self._clock + grace_s
        for one in instances:
            if one.rule_id not in self._rules:
                self._queued.append(Restored.ended(one, Reason.RULE_REMOVED, now))
            elif one.agent_id is not None and one.agent_id not in self.agents.row_of:
                self._queued.append(Restored.ended(one, Reason.AGENT_DELETED, now))
            else:
                self._restored.keep(one)
        self._restore(self._restored.of_agent(None, self._rules))
        for agent_id in list(self.agents.row_of):
            self._restore(self._restored.of_agent(agent_id, self._rules))

    @property
    def stats(self) -> Stats:
        """What it holds and left out."""
        tables = [self.agents.table, *(one.table for one in self._catalogue.sources.values())]
        return Stats(
            len(self._rules), len(self.agents.members), sum(one.used for one in tables[1:]),
            sum(one.nbytes for one in tables), self._intake.late, self._intake.dropped, self._strangers,
            self._catalogue.left_out, self._catalogue.gone,
        )  # fmt: skip

    def look_backs(self) -> dict[int, LookBack]:
        """Return how far back rules look at each source, by its number."""
        return {number: one.look_back for number, one in self._catalogue.sources.items()}

    def refill(self, number: int, stretches: Sequence[Stretch]) -> None:
        """Fill windows of a source from history after a start: nothing of it is the present.

        Args:
            number: of the source.
            stretches: of any agents, several of one perhaps; those that it does not know are left out.
        """
        source = self._catalogue.sources.get(number)
        listed = [one for one in stretches if one.agent_id in self.agents.row_of and one.series]
        if source is not None and listed:
            self._catalogue.refill(source, listed, self._clock)

    @property
    def metrics(self) -> dict[int, Metric]:
        """What rules look at, by the number of the source."""
        return {number: one.metric for number, one in self._catalogue.sources.items()}

    def find(self, rule_id: int, agent_id: int | None, labels: Labels) -> tuple[Compiled, int | None]:
        """Return a rule, and the row of one of its targets; None where it has no such target.

        Raises:
            KeyError: there is no such rule.
        """
        rule = self._rules[rule_id]
        agent = None if agent_id is None else self.agents.row_of.get(agent_id)
        if isinstance(rule, OfSeries):
            return rule, None if agent is None else self._catalogue.row_of(rule.source, agent, labels)
        return rule, agent if agent_id is not None else 0

    def targets(self, rule_id: int, agent_id: int | None, limit: int) -> list[Labels]:
        """Return the labels of a rule's targets on an agent, or of the one of a rule that counts agents.

        Raises:
            KeyError: there is no such rule.
        """
        rule = self._rules[rule_id]
        agent = None if agent_id is None else self.agents.row_of.get(agent_id)
        if not isinstance(rule, OfSeries):
            return [()] if (agent_id is None) is isinstance(rule, OfFleet) else []
        rows = [] if agent is None else rule.rows_of(agent)[:limit].tolist()
        return [self._catalogue.labels_of(rule.source, int(rule.source.agent.data[row]), row) for row in rows]

    def now(self) -> Pass:
        """Return the moment of the last pass."""
        return self._pass()

    def _pass(self) -> Pass:
        return Pass(self.agents, self._now, self._clock, self._clock >= self._judge_from)

    def _piece(self, batch: Batch) -> Piece | None:
        """Return what rules need of a batch; None where all of it is of strangers."""
        row_of = self.agents.row_of
        rows = [row_of.get(frame.agent_id, -1) for frame in batch.frames]
        values, last = batch.values, batch.last_ticks_s
        if -1 in rows:
            known = [at for at, row in enumerate(rows) if row >= 0]
            self._strangers += len(rows) - len(known)
            if not known:
                return None
            rows, values, last = [rows[at] for at in known], values[known], last[known]
        plan = self._catalogue.plan(batch.layouts[0], rows, self._clock)
        step_s = batch.frames[0].step_ms / 1000
        return Piece(plan, np.array(rows, np.intp), last, step_s, plan.rows_of(rows), plan.values(values))

    def _cover(self, rule: Compiled, rows: Sequence[int]) -> None:
        """Find out which agents a rule is about; alerts of those that it is not about any more end."""
        overrides = self._overrides[rule.rule.id]
        listed = [(row, self.agents.id_of(row)) for row in rows]
        for row, agent_id in listed:
            rule.cover(row, overrides.get(agent_id))
        if not rule.rule.on:
            self._leave(rule, rule.targets.active(), _uncovered(rule.rule))
            return
        active = rule.targets.active()
        agents = {row for row, _ in listed if not rule.covered.data[row]}
        left = [row for row in active.tolist() if rule.agent_of(row) in agents]
        self._leave(rule, np.array(left, np.intp), Reason.NOT_COVERED)

    def _leave(self, rule: Compiled, rows: Rows, reason: Reason) -> None:
        if rows.size:
            self._queued += rule.leave(rows, reason, self._pass(), self._catalogue.labels_of)

    def _leaving(self, source: Source, rows: Rows) -> None:
        """End the alerts on series that are let go of."""
        for rule in self._rules.values():
            if isinstance(rule, OfSeries) and rule.source is source:
                self._leave(rule, rows, Reason.SERIES_GONE)

    def _appeared(self, source: Source, agents: Sequence[int], labels: Sequence[Labels], rows: Rows) -> None:
        """Put new rows where they were before a restart."""
        if not self._restored:
            return
        on_source = [one for one in self._rules.values() if isinstance(one, OfSeries) and one.source is source]
        for agent, found, row in zip(agents, labels, rows.tolist(), strict=True):
            for rule in on_source if row >= 0 else ():
                one = self._restored.of_series(rule.rule.id, self.agents.id_of(agent), found)
                if one is not None:
                    self._put_back(rule, row, one)

    def _restore(self, listed: Iterable[Instance]) -> None:
        """Put targets that are agents, or rules, where they were."""
        for one in listed:
            row = 0 if one.agent_id is None else self.agents.row_of[one.agent_id]
            self._put_back(self._rules[one.rule_id], row, one)

    def _put_back(self, rule: Compiled, row: int, instance: Instance) -> None:
        agent = rule.agent_of(row)
        if rule.rule.on and (agent is None or rule.covered.data[agent]):
            rule.restore(row, instance, self._clock)
        else:
            self._queued.append(Restored.ended(instance, _uncovered(rule.rule), self._now))


def _uncovered(rule: AlertRule) -> Reason:
    """Return why a rule is not about a target any more."""
    if rule.on:
        return Reason.NOT_COVERED
    return Reason.GROUP_OFF if rule.enabled else Reason.RULE_OFF
