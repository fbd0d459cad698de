"""What a rule would be about at this moment: an engine of its own is given the newest values, and looks once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from opsentrix.alerting.coarser import names_of, windowed
from opsentrix.alerting.counts import holding, targets, with_data
from opsentrix.alerting.engine import Engine
from opsentrix.model import rules
from opsentrix.model.frames import Batch
from opsentrix.model.rules import AlertRule, Condition, Rule
from opsentrix.model.selectors import Member

ID = 1
"""Of the rule in the engine that `look_once` returns."""
_LONG_S = 86_400.0
"""Who is not heard of now has been silent for longer than any rule waits."""


@dataclass(frozen=True, slots=True)
class Matches:
    """How many a rule would be about.

    Attributes:
        agents: those that it covers.
        agents_with_data: those of them that send what it looks at.
        targets: series, agents, or the rule itself.
        holding: on how many targets it holds, `for` aside; None where newest values cannot say.
    """

    agents: int
    agents_with_data: int
    targets: int
    holding: int | None


def about_agents(rule: Rule) -> bool:
    """Return whether a rule asks for agents that are absent, so that all that is heard of matters."""
    return any(isinstance(one, rules.AbsentAgent) for one in rules.leaves(rule.condition))


def matches(rule: Rule, members: Iterable[Member], newest: Sequence[Batch], now: float) -> Matches:
    """Look at a rule once.

    Args:
        rule: any.
        members: all agents.
        newest: newest values of what the rule names, one tick each; of all agents where it is `about_agents`.
        now: Unix seconds.
    """
    covered = [one for one in members if rule.selector.accepts(one)]
    engine = look_once(rule, covered, newest, now)
    made, _ = engine.find(ID, None, ())
    there = with_data(made) if names_of(rule) else targets(made) - holding(made, engine.now())
    return Matches(len(covered), there, targets(made), holding(made, engine.now()) if tells(rule) else None)


def tells(rule: Rule) -> bool:
    """Return whether newest values say if a rule holds: what looks back, or misses a series, they do not."""
    absent = any(isinstance(one, rules.AbsentMetric) for one in rules.leaves(rule.condition))
    return not windowed(rule) and not absent


def look_once(rule: Rule, members: Iterable[Member], newest: Sequence[Batch], now: float) -> Engine:
    """Return an engine that was given newest values and looked at a rule once, under `ID`, on these agents."""
    engine = Engine(longest_pass_s=_LONG_S, gone_s=2 * _LONG_S)
    for one in members:
        engine.put_agent(one)
    engine.put_rule(AlertRule(ID, 1, "", replace(rule, condition=_plain(rule.condition))))
    engine.evaluate(now - _LONG_S, 0.0)
    for batch in newest:
        fresh = _fresh(batch, engine, now)
        if fresh is not None:
            engine.push(fresh)
    engine.evaluate(now, _LONG_S)
    return engine


def _fresh(batch: Batch, engine: Engine, now: float) -> Batch | None:
    """Return those frames of a batch that are the present, of agents that the rule covers."""
    row_of, stale_s = engine.agents.row_of, engine.agents.stale_s.data
    rows = np.array([row_of.get(one.agent_id, -1) for one in batch.frames], np.intp)
    kept = np.flatnonzero((rows >= 0) & (batch.last_ticks_s >= now - stale_s[rows]))
    if kept.size == len(batch.frames):
        return batch
    listed = kept.tolist()
    if not listed:
        return None
    return Batch([batch.frames[at] for at in listed], [batch.layouts[at] for at in listed], batch.values[kept])


def _plain(condition: Condition) -> Condition:
    """Return a condition on newest values: looking back makes no more targets of the same series."""
    match condition:
        case rules.Comparison():
            return replace(condition, operand=rules.metric_of(condition.operand))
        case rules.And() | rules.Or():
            return replace(condition, conditions=tuple(_plain(one) for one in condition.conditions))
        case rules.Count():
            return replace(condition, condition=_plain(condition.condition))
    return condition
