"""The form of rules for people: tree to text, the one that `rule_text.parse` reads back as the same tree."""

from opsentrix.model.quantities import write_duration
from opsentrix.model.rule_scanner import PLAIN_VALUE
from opsentrix.model.rules import (
    AbsentAgent,
    AbsentMetric,
    And,
    Change,
    Comparison,
    Condition,
    Count,
    Forecast,
    Metric,
    Operand,
    Or,
    Rule,
    Window,
)
from opsentrix.model.selectors import Match, Matcher, Selector


def write(rule: Rule) -> str:
    """Return a rule's canonical text."""
    told = [write_condition(rule.condition)]
    if rule.for_s:
        told.append(f"for {write_duration(rule.for_s)}")
    if rule.clear is not None:
        told.append(f"clear {rule.clear.op} {rule.clear.threshold}")
    if rule.keep_s:
        told.append(f"keep {write_duration(rule.keep_s)}")
    if rule.selector.matchers:
        told.append(f"on {write_selector(rule.selector)}")
    return " ".join(told)


def write_selector(selector: Selector) -> str:
    """Return the canonical text of which agents are meant; empty for all."""
    return " and ".join(map(_matcher, selector.matchers))


def write_condition(condition: Condition) -> str:
    """Return a condition's canonical text."""
    match condition:
        case Comparison():
            return f"{write_operand(condition.operand)} {condition.op} {condition.threshold}"
        case AbsentAgent():
            return "absent(agent)"
        case AbsentMetric():
            bare = condition.metric == Metric("agent")  # which would be understood as the agent itself
            return f"absent({'agent{}' if bare else write_operand(condition.metric)})"
        case And():
            return f"({' and '.join(map(write_condition, condition.conditions))})"
        case Or():
            return f"({' or '.join(map(write_condition, condition.conditions))})"
        case Count():
            return f"count({write_condition(condition.condition)}) {condition.op} {condition.threshold}"


def write_operand(operand: Operand) -> str:
    """Return an operand's canonical text."""
    match operand:
        case Metric():
            per = "" if operand.per is None else f" / {write_operand(operand.per)}"
            chosen = f"{{{', '.join(map(_matcher, operand.matchers))}}}" if operand.matchers else ""
            return f"{operand.name}{chosen}{per}"
        case Window():
            return f"{operand.function}({write_operand(operand.metric)}, {write_duration(operand.seconds)})"
        case Change():
            return f"change({write_operand(operand.operand)}, {write_duration(operand.period_s)})"
        case Forecast():
            times = f"{write_duration(operand.window_s)}, {write_duration(operand.horizon_s)}"
            return f"forecast({write_operand(operand.metric)}, {times})"


def _matcher(matcher: Matcher) -> str:
    values = [_value(one) for one in matcher.values]
    if matcher.match is Match.IN:
        return f"{matcher.key} in ({', '.join(values)})"
    spaced = f" {matcher.match} " if matcher.match is Match.GLOB else matcher.match
    return f"{matcher.key}{spaced}{values[0]}"


def _value(value: str) -> str:
    if PLAIN_VALUE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
