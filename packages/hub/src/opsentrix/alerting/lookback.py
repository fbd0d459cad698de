"""What rules make of an agent's stored samples: a short replay through the engine itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from opsentrix_protocol.catalogue import Series
from opsentrix_protocol.layouts import layout_id

from opsentrix.alerting.agents import MIN_STALE_S
from opsentrix.alerting.engine import Engine
from opsentrix.alerting.table import Floats
from opsentrix.model import rules
from opsentrix.model.alerts import Transition
from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix.model.rules import AlertRule, Override
from opsentrix.model.selectors import Member

LONGEST_S = 3600.0
"""No more than this is replayed: a backtest looks further back."""
_MARGIN_S = 120.0
_PASS_S = 5.0
_RULE_PASSES = 5000
"""Passes times rules of one replay, 0.2 ms each: with many rules over a long time, passes are further apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """An agent's samples of some time.

    Attributes:
        start: Unix seconds.
        end: the moment that is asked about.
        series: in the order of `values`.
        times: float64[ticks], ascending, Unix seconds.
        values: float64[series, ticks]; NaN where nothing was sampled.
    """

    start: float
    end: float
    series: tuple[Series, ...]
    times: Floats
    values: Floats


def reach_s(rule: rules.Rule) -> float:
    """Return how far back a rule looks, in seconds: its windows, how long it must hold, and some more."""
    operands = [one.operand for one in rules.leaves(rule.condition) if isinstance(one, rules.Comparison)]
    return max(map(_length, operands), default=0.0) + rule.for_s + MIN_STALE_S + _MARGIN_S


def look_back(
    listed: Sequence[AlertRule], overrides: Mapping[int, Override], member: Member, stretch: Stretch
) -> tuple[Engine, list[Transition]]:
    """Let rules judge a stretch: sample by sample, or where that would be too much, each few seconds.

    Args:
        listed: which rules; what counts agents says nothing of one.
        overrides: what holds for the agent instead, by rule.
        member: the agent.
        stretch: its samples.

    Returns:
        An engine as it stood at the end of the stretch, and what changed on the way.
    """
    every = (stretch.end - stretch.start) * len(listed) / _RULE_PASSES
    engine = Engine(longest_pass_s=max(_PASS_S, every))
    engine.put_agent(member)
    for rule in listed:
        own = overrides.get(rule.id)
        engine.put_rule(rule, {} if own is None else {member.id: own})
    layout = Layout(layout_id(stretch.series), stretch.series, np.arange(len(stretch.series)))
    told: list[Transition] = []
    looked = -np.inf
    for moment, tick in _moments(stretch):
        if tick is not None:
            frame = StoredFrame(member.id, 1, tick, round(moment * 1000), 1000, 1, layout.id, 1, 1, b"", b"")
            engine.push(Batch([frame], [layout], stretch.values[np.newaxis, :, tick : tick + 1]))
        if moment - looked >= every:
            looked = moment
            told += engine.evaluate(moment, moment)
    return engine, told + engine.evaluate(stretch.end, max(looked, stretch.end))


def _moments(stretch: Stretch) -> Iterator[tuple[float, int | None]]:
    """Yield the moment of each sample with its place, and where there are none, moments every few seconds."""
    last = stretch.start
    for tick, moment in enumerate(stretch.times.tolist()):
        yield from ((one, None) for one in np.arange(last + _PASS_S, moment, _PASS_S).tolist())
        yield moment, tick
        last = moment
    yield from ((one, None) for one in np.arange(last + _PASS_S, stretch.end, _PASS_S).tolist())


def _length(operand: rules.Operand) -> float:
    match operand:
        case rules.Window():
            return operand.seconds
        case rules.Change():
            return operand.period_s + _length(operand.operand)
        case rules.Forecast():
            return operand.window_s
        case rules.Metric():
            return 0.0
