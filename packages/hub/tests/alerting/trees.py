"""Hypothesis strategies for rules."""

from hypothesis import strategies as st
from opsentrix.model.quantities import Dimension, Quantity
from opsentrix.model.rules import (
    FUNCTIONS,
    MAX_FOR_S,
    AbsentAgent,
    AbsentMetric,
    And,
    Change,
    Clear,
    Comparison,
    Condition,
    Count,
    Forecast,
    Metric,
    OfAgents,
    Op,
    Or,
    Rule,
    Window,
)
from opsentrix.model.selectors import AGENT_KEYS, Match, Matcher, Selector

names = st.sampled_from(["m", "agent", "for", "and", "count", "absent", "avg", "system.cpu.utilization", "_x.y"])
values = st.one_of(
    st.sampled_from(["", "used", "for", "a b", '"', "\\", "web-*", "a,b", "{}", "/"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF).filter(str.isprintable), max_size=8),
)
finite = st.one_of(
    st.integers(-(10**6), 10**6).map(float), st.floats(1e-12, 1e24), st.floats(-1e24, -1e-12),
    st.integers(1, 2**40).map(lambda one: one * 1024.0),
)  # fmt: skip
quantities = st.builds(Quantity, finite, st.sampled_from(Dimension), st.booleans())


def seconds(least: float, most: float) -> st.SearchStrategy[float]:
    return st.one_of(st.integers(round(least), round(most)).map(float), st.floats(least, most))


def matchers(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Matcher]:
    return st.one_of(
        st.builds(Matcher, keys, st.sampled_from([Match.IS, Match.IS_NOT, Match.GLOB]), st.tuples(values)),
        st.builds(Matcher, keys, st.just(Match.IN), st.lists(values, min_size=1, max_size=3).map(tuple)),
    )


plain_metrics = st.builds(Metric, names, st.lists(matchers(names), max_size=2).map(tuple))
metrics = st.one_of(plain_metrics, st.builds(Metric, names, st.just(()), plain_metrics))
functions = st.one_of(st.sampled_from(FUNCTIONS), st.integers(1, 99).map(lambda one: f"p{one}"))
windows = st.builds(Window, functions, metrics, seconds(1, 7 * 86_400))
operands = st.one_of(
    metrics, windows, st.builds(Change, st.one_of(metrics, windows), seconds(60, 7 * 86_400)),
    st.builds(Forecast, metrics, seconds(60, 7 * 86_400), seconds(1, 90 * 86_400)),
)  # fmt: skip
leaves: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Comparison, operands, st.sampled_from(Op), quantities),
    st.just(AbsentAgent()), st.builds(AbsentMetric, plain_metrics),
)  # fmt: skip
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
agents = st.one_of(
    st.builds(OfAgents, st.integers(0, 99), st.one_of(st.none(), st.integers(99, 500))),
    st.floats(1e-12, 1).map(lambda one: Quantity(one, Dimension.SHARE)),
)
counts = st.builds(Count, conditions, st.sampled_from(Op), agents)


@st.composite
def clears(draw: st.DrawFn) -> tuple[Condition, Clear]:
    """Return a comparison and a threshold on its other side."""
    operand, high, low = draw(operands), *sorted((draw(finite), draw(finite)), reverse=True)
    above = draw(st.booleans())
    over, under = Quantity(high), Quantity(low, Dimension.SHARE)
    if above:
        return Comparison(operand, Op.GT, over), Clear(draw(st.sampled_from([Op.LT, Op.LE])), under)
    return Comparison(operand, Op.LE, under), Clear(draw(st.sampled_from([Op.GT, Op.GE])), over)


selectors = st.lists(matchers(st.sampled_from(AGENT_KEYS)), max_size=3).map(tuple).map(Selector)
times = st.one_of(st.just(0.0), seconds(0, MAX_FOR_S).filter(lambda one: one == 0 or one > 1e-9))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    clear: Clear | None = None
    if draw(st.booleans()):
        condition, clear = draw(clears())
    else:
        condition = draw(st.one_of(conditions, counts))
    return Rule(condition, draw(times), clear, draw(times), draw(selectors))
