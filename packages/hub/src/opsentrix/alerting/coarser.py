"""What a rule says of history that is kept as minutes or hours: windows are not shorter, and periods whole ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Series

from opsentrix.alerting.sources import places
from opsentrix.model import rules
from opsentrix.model.rules import Condition, Operand, Override, Rule

_SETTLE_S = 120.0
"""What absences take, and the time until all agents were heard once."""


class Stands(StrEnum):
    """Which number of a minute or hour stands for its newest sample."""

    LOW = "lowest"
    HIGH = "highest"
    MEAN = "mean"


def coarser(rule: Rule, step_s: float) -> Rule:
    """Return a rule whose windows are a step long at least, and whose periods are whole steps."""
    return replace(rule, condition=_condition(rule.condition, step_s))


def _condition(condition: Condition, step_s: float) -> Condition:
    match condition:
        case rules.Comparison():
            return replace(condition, operand=_operand(condition.operand, step_s))
        case rules.And() | rules.Or():
            return replace(condition, conditions=tuple(_condition(one, step_s) for one in condition.conditions))
        case rules.Count():
            return replace(condition, condition=_condition(condition.condition, step_s))
    return condition


def _operand(operand: Operand, step_s: float) -> Operand:
    match operand:
        case rules.Window():
            return _window(operand, step_s)
        case rules.Change(rules.Window() as window, period_s):
            return rules.Change(_window(window, step_s), _whole(period_s, step_s))
        case rules.Change():
            return replace(operand, period_s=_whole(operand.period_s, step_s))
        case rules.Forecast():
            return replace(operand, window_s=max(operand.window_s, step_s))
    return operand


def _window(window: rules.Window, step_s: float) -> rules.Window:
    return replace(window, seconds=max(window.seconds, step_s))


def _whole(period_s: float, step_s: float) -> float:
    return max(1, round(period_s / step_s)) * step_s


def stands(rule: Rule, metric: rules.Metric) -> Stands:
    """Return what stands for the newest sample of a metric.

    Where the condition need hold for no time, a spike counts: the extreme on the side of the threshold. Where it must
    last, the mean: extremes of minutes that follow each other would say that a spike a minute lasts. A rule that looks
    at both sides gets the mean, too.
    """
    compared = [
        one for one in rules.leaves(rule.condition)
        if isinstance(one, rules.Comparison) and rules.metric_of(one.operand) == metric
    ]  # fmt: skip
    if rule.for_s or not compared or any(isinstance(one.operand, rules.Change) for one in compared):
        return Stands.MEAN
    ops = {one.op for one in compared}
    if ops <= {rules.Op.GT, rules.Op.GE}:
        return Stands.HIGH
    return Stands.LOW if ops <= {rules.Op.LT, rules.Op.LE} else Stands.MEAN


def metrics_of(rule: Rule) -> list[rules.Metric]:
    """Return the metrics that a rule compares or misses, each once."""
    found: dict[rules.Metric, None] = {}
    for leaf in rules.leaves(rule.condition):
        if isinstance(leaf, rules.Comparison):
            found[rules.metric_of(leaf.operand)] = None
        elif isinstance(leaf, rules.AbsentMetric):
            found[leaf.metric] = None
    return list(found)


def names_of(rule: Rule) -> list[str]:
    """Return the names of all metrics that a rule needs."""
    metrics = metrics_of(rule)
    return list(dict.fromkeys(one.name for metric in metrics for one in (metric, metric.per) if one is not None))


def by_metric(listed: Sequence[Series]) -> dict[str, list[tuple[int, Series]]]:
    """Return series with their places, by the metric's name."""
    found: dict[str, list[tuple[int, Series]]] = {}
    for at, one in enumerate(listed):
        found.setdefault(one.metric.name, []).append((at, one))
    return found


def needed(rule: Rule, listed: Sequence[Series]) -> list[int]:
    """Return which of an agent's series a rule needs, by their places."""
    named = by_metric(listed)
    found = [place for metric in metrics_of(rule) for place in places(metric, named)]
    return sorted({at for one in found for at in (one.at, one.per) if at >= 0})


def windowed(rule: Rule) -> bool:
    """Return whether a rule looks at more than newest samples."""
    return any(
        isinstance(one, rules.Comparison) and not isinstance(one.operand, rules.Metric)
        for one in rules.leaves(rule.condition)
    )


def calm_test(
    rule: Rule, overrides: Mapping[int, Override]
) -> Callable[[NDArray[np.float64]], NDArray[np.bool_]] | None:
    """Return what finds samples for which a rule may hold, with the threshold of any agent.

    Of rules that one sample by itself does not decide, None: windows, absences, and what is joined or counted.
    """
    condition = rule.condition
    if not isinstance(condition, rules.Comparison) or not isinstance(condition.operand, rules.Metric):
        return None
    thresholds = [
        condition.threshold.value,
        *(one.threshold for one in overrides.values() if one.threshold is not None),
    ]
    op = condition.op
    if op in (rules.Op.GT, rules.Op.GE):
        return lambda values: np.asarray(op.function(values, min(thresholds)), np.bool_)
    if op in (rules.Op.LT, rules.Op.LE):
        return lambda values: np.asarray(op.function(values, max(thresholds)), np.bool_)
    return None


def lead_s(rule: Rule) -> float:
    """Return how much history before a moment decides how the rule stands then, in seconds."""
    longest = 0.0
    for leaf in rules.leaves(rule.condition):
        if isinstance(leaf, rules.Comparison):
            longest = max(longest, rules.reach_s(leaf.operand))
    return longest + rule.for_s + rule.keep_s + _SETTLE_S
