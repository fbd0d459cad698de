"""Alert rules as trees: what is compared with what, for how long, and of which agents.

Everything here is checked when it is made, so a tree that exists is a rule that can be evaluated. `rule_text` has the
form for people, `rule_json` the one for programs.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from opsentrix_protocol.catalogue import METRIC_NAME, Labels

from opsentrix.model.quantities import Quantity, RuleError, write_duration
from opsentrix.model.selectors import Matcher, Member, Selector, check_matchers

MAX_DEPTH = 6
"""How deep conditions stand in each other."""
MAX_LEAVES = 16
"""Comparisons and absences in one rule."""
MAX_FOR_S = 7 * 86_400.0
MIN_WINDOW_S, MAX_WINDOW_S = 1.0, 7 * 86_400.0
MIN_PERIOD_S, MAX_PERIOD_S = 60.0, 7 * 86_400.0
MAX_HORIZON_S = 90 * 86_400.0
MAX_OF = 10_000
FUNCTIONS = ("last", "avg", "min", "max", "sum", "rate")
"""Window functions, besides the percentiles `p1` to `p99`."""
_PERCENTILE = re.compile(r"p[1-9][0-9]?")


class Severity(StrEnum):
    """How bad it is, from least to most."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Its place in the order; more matters more."""
        return list(Severity).index(self)


class Op(StrEnum):
    """How two numbers are compared."""

    GE = ">="
    LE = "<="
    EQ = "=="
    NE = "!="
    GT = ">"
    LT = "<"

    @property
    def function(self) -> Callable[[Any, Any], Any]:
        """The comparison itself; it takes numbers and arrays."""
        return _OPERATORS[self]


_OPERATORS: dict[Op, Callable[[Any, Any], Any]] = {
    Op.GE: ge, Op.LE: le, Op.EQ: eq, Op.NE: ne, Op.GT: gt, Op.LT: lt,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metric:
    """The newest value of a metric's series whose labels suit; or, with `per`, its share of another metric.

    A label that is not named may have any value. The other metric's series must have no label in which they differ.
    """

    name: str
    matchers: tuple[Matcher, ...] = ()
    per: "Metric | None" = None

    def __post_init__(self) -> None:
        if not METRIC_NAME.fullmatch(self.name):
            raise RuleError(f"{self.name[:150]!r} cannot be the name of a metric")
        check_matchers(self.matchers)
        if self.per is not None and self.per.per is not None:
            raise RuleError("a share of a share is not understood")

    def accepts(self, labels: Mapping[str, str]) -> bool:
        """Return whether a series with these labels is meant; a label that it has not counts as empty."""
        return all(one.accepts((labels.get(one.key, ""),)) for one in self.matchers)


@dataclass(frozen=True, slots=True)
class Window:
    """A function over a metric's samples of the last `seconds`."""

    function: str
    metric: Metric
    seconds: float

    def __post_init__(self) -> None:
        if self.function not in FUNCTIONS and not _PERCENTILE.fullmatch(self.function):
            raise RuleError(f"there is no function {self.function[:40]!r}")
        _check_length("a window", self.seconds, MIN_WINDOW_S, MAX_WINDOW_S)

    @property
    def quantile(self) -> float | None:
        """The share of the samples that is lower, for percentiles."""
        return int(self.function[1:]) / 100 if _PERCENTILE.fullmatch(self.function) else None


@dataclass(frozen=True, slots=True)
class Change:
    """By which share of what it was `period_s` ago a value has changed: 1 is twice as much, -0.5 half of it."""

    operand: Metric | Window
    period_s: float

    def __post_init__(self) -> None:
        _check_length("a period", self.period_s, MIN_PERIOD_S, MAX_PERIOD_S)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a metric will be in `horizon_s` if it goes on as in the last `window_s`."""

    metric: Metric
    window_s: float
    horizon_s: float

    def __post_init__(self) -> None:
        _check_length("a window", self.window_s, MIN_PERIOD_S, MAX_WINDOW_S)
        _check_length("a horizon", self.horizon_s, MIN_WINDOW_S, MAX_HORIZON_S)


Operand = Metric | Window | Change | Forecast


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether a value is above or below a threshold."""

    operand: Operand
    op: Op
    threshold: Quantity


@dataclass(frozen=True, slots=True)
class AbsentAgent:
    """Whether nothing comes from an agent."""


@dataclass(frozen=True, slots=True)
class AbsentMetric:
    """Whether no series of a metric comes from an agent that sends others."""

    metric: Metric

    def __post_init__(self) -> None:
        if self.metric.per is not None:
            raise RuleError("a share cannot be absent; name the metric")


@dataclass(frozen=True, slots=True)
class And:
    """Whether all of some conditions hold on an agent."""

    conditions: "tuple[Condition, ...]"

    def __post_init__(self) -> None:
        _check_parts(self.conditions)


@dataclass(frozen=True, slots=True)
class Or:
    """Whether one of some conditions holds on an agent."""

    conditions: "tuple[Condition, ...]"

    def __post_init__(self) -> None:
        _check_parts(self.conditions)


def _check_parts(conditions: "tuple[Condition, ...]") -> None:
    if len(conditions) < 2:
        raise RuleError("two conditions are needed at least")
    if any(isinstance(one, Count) for one in conditions):
        raise RuleError("a count of agents stands alone, not beside other conditions")


@dataclass(frozen=True, slots=True)
class OfAgents:
    """So many agents: `count` of them, or of every `total` when that is given."""

    count: int
    total: int | None = None

    def __post_init__(self) -> None:
        most = MAX_OF if self.total is None else self.total
        if not 0 <= self.count <= most or not 0 < most <= MAX_OF:
            raise RuleError(f"{self} cannot be reached; up to {MAX_OF} agents can be counted")

    def __str__(self) -> str:
        """Write it canonically."""
        return str(self.count) if self.total is None else f"{self.count} of {self.total}"


@dataclass(frozen=True, slots=True)
class Count:
    """On how many agents a condition holds: a number, so many of every so many, or a share of them all."""

    condition: "Condition"
    op: Op
    threshold: OfAgents | Quantity

    def __post_init__(self) -> None:
        if isinstance(self.condition, Count):
            raise RuleError("a count of a count is not understood")
        if isinstance(self.threshold, Quantity) and not 0 <= self.threshold.value <= 1:
            raise RuleError(f"{self.threshold} is not a share of the agents; 0% to 100% are")


Condition = Comparison | AbsentAgent | AbsentMetric | And | Or | Count


@dataclass(frozen=True, slots=True)
class Clear:
    """What a firing alert needs to clear, instead of merely not holding any more."""

    op: Op
    threshold: Quantity | OfAgents


@dataclass(frozen=True, slots=True)
class Rule:
    """What the text of a rule says.

    Attributes:
        condition: what must hold.
        for_s: how long it must hold before the alert fires.
        clear: what a firing alert needs to clear.
        keep_s: how long it must be clear before the alert is resolved.
        selector: which agents.
    """

    condition: Condition
    for_s: float = 0.0
    clear: Clear | None = None
    keep_s: float = 0.0
    selector: Selector = field(default_factory=Selector)

    def __post_init__(self) -> None:
        _check_length("for", self.for_s, 0, MAX_FOR_S)
        _check_length("keep", self.keep_s, 0, MAX_FOR_S)
        if depth(self.condition) > MAX_DEPTH:
            raise RuleError(f"conditions stand more than {MAX_DEPTH} deep in each other")
        count = sum(1 for _ in leaves(self.condition))
        if count > MAX_LEAVES:
            raise RuleError(f"the rule has {count} comparisons; at most {MAX_LEAVES} are taken")
        if self.clear is not None:
            self._check_clear(self.clear)

    def _check_clear(self, clear: Clear) -> None:
        if not isinstance(self.condition, Comparison | Count):
            raise RuleError("clear needs a rule of one comparison, or a count")
        counted = isinstance(self.condition, Count)
        if isinstance(clear.threshold, OfAgents) and not counted:
            raise RuleError(f"clear {clear.op} {clear.threshold} counts agents, and the rule does not")
        above = (Op.GT, Op.GE)
        below = (Op.LT, Op.LE)
        if self.condition.op not in above + below or clear.op not in above + below:
            raise RuleError("clear needs <, <=, > or >=, as does the comparison")
        if (self.condition.op in above) == (clear.op in above):
            raise RuleError(f"clear {clear.op} goes the same way as {self.condition.op}; it must go the other way")
        if type(clear.threshold) is type(self.condition.threshold) and not counted:
            self._check_distance(clear.threshold, self.condition.threshold, above=self.condition.op in above)

    @staticmethod
    def _check_distance(clear: object, threshold: object, *, above: bool) -> None:
        if isinstance(clear, Quantity) and isinstance(threshold, Quantity):
            beyond = clear.value > threshold.value if above else clear.value < threshold.value
            if beyond:
                raise RuleError(
                    f"clear at {clear} lies beyond the threshold {threshold}: it would clear while it holds"
                )


@dataclass(frozen=True, slots=True)
class Override:
    """What holds for one agent instead: another threshold in base units, or nothing at all.

    A rule's clear threshold keeps its distance to the threshold. Rules of several comparisons can only be off.
    """

    threshold: float | None = None
    off: bool = False


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """What rules have in common: they are about agents that its selector means, too, and are off while it is off."""

    name: str
    selector: Selector = field(default_factory=Selector)
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A rule with what people say about it.

    Attributes:
        id: stays the same through its versions.
        version: 1 for the first.
        name: for people.
        rule: what the text says.
        severity: how bad it is.
        summary: one line of what is the matter.
        advice: what to do about it.
        labels: for whoever groups and routes its alerts.
        enabled: whether it is evaluated, if its group is.
        group: that it belongs to.
        every: whether a comparison beside others holds on an agent only where it does for all of its series.
    """

    id: int
    version: int
    name: str
    rule: Rule
    severity: Severity = Severity.WARNING
    summary: str = ""
    advice: str = ""
    labels: Labels = ()
    enabled: bool = True
    group: RuleGroup | None = None
    every: bool = False

    @property
    def on(self) -> bool:
        """Whether it is evaluated."""
        return self.enabled and (self.group is None or self.group.enabled)

    @property
    def about_all(self) -> bool:
        """Whether it is about every agent."""
        return not self.rule.selector.matchers and (self.group is None or not self.group.selector.matchers)

    def accepts(self, member: Member) -> bool:
        """Return whether it is about an agent, by its own selector and its group's."""
        return self.rule.selector.accepts(member) and (self.group is None or self.group.selector.accepts(member))


def _check_length(what: str, seconds: float, least: float, most: float) -> None:
    if not least <= seconds <= most:
        told = f"{write_duration(least)} to {write_duration(most)}"
        raise RuleError(f"{what} of {seconds:g} s is out of bounds; {told} is taken")


def parts(condition: Condition) -> tuple[Condition, ...]:
    """Return what a condition is made of directly."""
    if isinstance(condition, And | Or):
        return condition.conditions
    return (condition.condition,) if isinstance(condition, Count) else ()


def leaves(condition: Condition) -> Iterator[Comparison | AbsentAgent | AbsentMetric]:
    """Yield the comparisons and absences of a condition, in order."""
    if isinstance(condition, Comparison | AbsentAgent | AbsentMetric):
        yield condition
    for one in parts(condition):
        yield from leaves(one)


def depth(condition: Condition) -> int:
    """Return how deep conditions stand in each other."""
    return 1 + max((depth(one) for one in parts(condition)), default=0)


def metric_of(operand: Operand) -> Metric:
    """Return the metric that an operand is made of."""
    if isinstance(operand, Change):
        return metric_of(operand.operand)
    return operand if isinstance(operand, Metric) else operand.metric


def reach_s(operand: Operand) -> float:
    """Return how far back an operand looks, in seconds."""
    match operand:
        case Window():
            return operand.seconds
        case Change():
            return operand.period_s + reach_s(operand.operand)
        case Forecast():
            return operand.window_s
    return 0.0
