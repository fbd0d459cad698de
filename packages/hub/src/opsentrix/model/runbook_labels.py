"""What `$label.NAME` stands for: the value of a label of the alert that started a run.

It stands for a whole value and never for a part of one, so nothing can be put together of what an alert says. Any other
`$` is written `$$`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

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
    leaves,
    metric_of,
)
from opsentrix.model.runbook_errors import RunbookError
from opsentrix.model.selectors import Match, Matcher

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.-]{0,63}")
"""Of a label of an alert: of a series, or of its rule."""
_PREFIX = "$label."
_DOLLARS = re.compile(r"\$\$?")


class MissingLabelError(Exception):
    """The alert has no label of this name, or there is no alert."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no label {name}.")
        self.name = name


@dataclass(frozen=True, slots=True)
class FromLabel:
    """The value of a label of the alert that triggered."""

    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise RunbookError(f"{self.name[:80]!r} cannot be the name of a label")

    def __str__(self) -> str:
        return f"{_PREFIX}{self.name}"

    def value(self, labels: Mapping[str, str]) -> str:
        """Return what it stands for.

        Raises:
            MissingLabelError: there is no such label.
        """
        if self.name not in labels:
            raise MissingLabelError(self.name)
        return labels[self.name]


def read(text: str) -> str | FromLabel:
    """Return what a text says.

    Raises:
        RunbookError: a `$` stands in it that is neither.
    """
    if text.startswith(_PREFIX):
        return FromLabel(text.removeprefix(_PREFIX))
    for found in _DOLLARS.finditer(text):
        if found[0] == "$":
            detail = "a single $ says nothing: $label.NAME stands for a whole value, and $$ for a $"
            raise RunbookError(detail, position=found.start(), expected=("$label.NAME", "$$"))
    return text.replace("$$", "$")


def write(value: str | FromLabel) -> str:
    """Return the text that says it."""
    return str(value) if isinstance(value, FromLabel) else value.replace("$", "$$")


def check_condition(condition: Condition) -> None:
    """Check what demands on labels say.

    Raises:
        RunbookError: a `$` stands where it says nothing.
    """
    for matcher in _matchers(condition):
        for value in matcher.values:
            try:
                found = read(value)
            except RunbookError as error:  # whose place is that in the value, and not in the condition
                raise RunbookError(f"{matcher.key}: {error.detail}", expected=error.expected) from None
            if isinstance(found, FromLabel) and matcher.match is Match.GLOB:
                # What an alert says would become a pattern, and `*` the whole machine.
                raise RunbookError(f"{value} cannot be a pattern behind ~; it can be a value behind =", hint="=")


def needed(condition: Condition) -> Iterator[str]:
    """Yield the names of the labels that a condition needs."""
    for matcher in _matchers(condition):
        yield from (one.name for one in map(read, matcher.values) if isinstance(one, FromLabel))


def filled(rule: Rule, labels: Mapping[str, str]) -> Rule:
    """Return a rule with the values of an alert's labels put in.

    Raises:
        MissingLabelError: the alert has no such label.
    """
    return replace(rule, condition=_filled(rule.condition, labels))


def _matchers(condition: Condition) -> Iterator[Matcher]:
    for leaf in leaves(condition):
        if isinstance(leaf, AbsentAgent):
            continue
        metric: Metric | None = leaf.metric if isinstance(leaf, AbsentMetric) else metric_of(leaf.operand)
        while metric is not None:
            yield from metric.matchers
            metric = metric.per


def _filled(condition: Condition, labels: Mapping[str, str]) -> Condition:
    match condition:
        case Comparison():
            return replace(condition, operand=_operand(condition.operand, labels))
        case AbsentAgent():
            return condition
        case AbsentMetric():
            return AbsentMetric(_metric(condition.metric, labels))
        case And() | Or():
            return type(condition)(tuple(_filled(one, labels) for one in condition.conditions))
        case Count():
            return replace(condition, condition=_filled(condition.condition, labels))


def _operand(operand: Operand, labels: Mapping[str, str]) -> Operand:
    match operand:
        case Metric():
            return _metric(operand, labels)
        case Change():
            inner = operand.operand
            if isinstance(inner, Window):
                return replace(operand, operand=replace(inner, metric=_metric(inner.metric, labels)))
            return replace(operand, operand=_metric(inner, labels))
        case Window() | Forecast():
            return replace(operand, metric=_metric(operand.metric, labels))


def _metric(metric: Metric, labels: Mapping[str, str]) -> Metric:
    per = None if metric.per is None else _metric(metric.per, labels)
    return Metric(metric.name, tuple(_matcher(one, labels) for one in metric.matchers), per)


def _matcher(matcher: Matcher, labels: Mapping[str, str]) -> Matcher:
    said = (read(one) for one in matcher.values)
    values = tuple(one.value(labels) if isinstance(one, FromLabel) else one for one in said)
    return replace(matcher, values=values)
