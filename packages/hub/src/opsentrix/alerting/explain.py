"""Why an alert fires or does not: what each part of its rule was held against, and what is missing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from opsentrix_protocol.catalogue import Labels

from opsentrix.alerting.compiled import Compiled, OfFleet, OfSeries
from opsentrix.alerting.conditions import NONE, YES, Pass, Truths
from opsentrix.alerting.engine import Engine
from opsentrix.model import rules
from opsentrix.model.alerts import State
from opsentrix.model.rule_format import write_condition

_MOST = 500
_TOLD = {-1: "no such series", 0: "does not hold", 1: "not known", 2: "holds"}


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison or absence of a rule.

    Attributes:
        condition: as text.
        verdict: of the target.
        agents: on how many agents it holds, for rules that count.
    """

    condition: str
    verdict: str
    agents: int | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a target stands; times are Unix seconds.

    Attributes:
        covered: whether the rule is about this agent.
        state: where it stands.
        since: when the condition began to hold; None while it does not.
        fires_in_s: how much longer it must hold; None when nothing is pending.
        value: of the operand, or the number of agents; None where there is none.
        threshold: that it is held against, an override applied.
        last: time of the newest sample that was judged; None before the first one.
        missing: what is missing for more to be said; empty when nothing is.
        parts: each comparison of a rule that has several.
    """

    covered: bool
    state: State
    since: float | None
    fires_in_s: float | None
    value: float | None
    threshold: float | None
    last: float | None
    missing: str
    parts: tuple[Part, ...]


def explain(engine: Engine, rule_id: int, agent_id: int | None, labels: Labels = ()) -> Explanation:
    """Explain how a rule stands on a target as of the last pass.

    Args:
        engine: that has the rule.
        rule_id: which rule.
        agent_id: None for a rule that counts agents.
        labels: of the series, for a rule of one comparison.

    Raises:
        KeyError: there is no such rule.
    """
    at = engine.now()
    rule, row = engine.find(rule_id, agent_id, labels)
    agent = None if agent_id is None else engine.agents.row_of.get(agent_id)
    covered = rule.rule.on and (agent_id is None or (agent is not None and bool(rule.covered.data[agent])))
    if row is None:
        missing = "the agent is not known" if agent is None else "the agent has sent no such series"
        return Explanation(covered, State.INACTIVE, None, None, None, None, None, missing, ())
    state = State(int(rule.targets.state.data[row]))
    since = float(rule.targets.since.data[row])
    last = rule.last(row, at)
    left = None
    if state is State.PENDING:
        left = max(0.0, rule.rule.rule.for_s - (last - since))
    return Explanation(
        covered,
        state,
        None if np.isnan(since) else rule.wall(since, at),
        left,
        rule.value(row),
        rule.threshold(row),
        rule.wall(last, at) if np.isfinite(last) else None,
        _missing(rule, row, at),
        () if isinstance(rule, OfSeries) else tuple(_parts(rule, row, at)),
    )


def standings(engine: Engine, rule_id: int, agent_id: int | None) -> dict[Labels, Explanation]:
    """Explain how a rule stands on its targets on an agent, as of the last pass; 500 of them at the most.

    Raises:
        KeyError: there is no such rule.
    """
    listed = engine.targets(rule_id, agent_id, _MOST)
    return {labels: explain(engine, rule_id, agent_id, labels) for labels in listed}


def _missing(rule: Compiled, row: int, at: Pass) -> str:
    if not isinstance(rule, OfSeries):
        return ""
    if rule.value(row) is None:
        return rule.missing(row)
    if rule.judge(at).known[row] or not rule.covered.data[rule.agent_of(row)]:
        return ""
    late = at.now - rule.last(row, at)
    return (
        f"the newest sample is {late:.0f} s old: the agent is silent, its clock is slow, or it sends what it had kept"
    )


def _parts(rule: Compiled, row: int, at: Pass) -> Iterator[Part]:
    for leaf, truth in zip(rules.leaves(rule.rule.rule.condition), rule.leaves, strict=True):
        truths: Truths = truth(at)
        if isinstance(rule, OfFleet):
            inside = truths[rule.covered.data[: len(truths)] & (truths != NONE)]
            yield Part(write_condition(leaf), "", int(np.count_nonzero(inside == YES)))
        else:
            yield Part(write_condition(leaf), _TOLD[int(truths[row])])
