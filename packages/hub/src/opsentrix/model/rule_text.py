"""The form of rules for people: text to tree. `rule_format` is the way back.

    rule       = condition { "for" DURATION | "clear" OP amount | "keep" DURATION | "on" demands }
    condition  = both { "or" both }
    both       = simple { "and" simple }
    simple     = "(" condition ")" | "absent" "(" ( "agent" | metric ) ")" | "count" "(" condition ")" OP agents
               | operand OP QUANTITY
    operand    = "change" "(" ( metric | window ) "," DURATION ")" | "forecast" "(" share "," DURATION "," DURATION ")"
               | window | share
    window     = FUNCTION "(" share "," DURATION ")"
    share      = metric [ "/" metric ]
    metric     = NAME [ "{" [ demand { "," demand } ] "}" ]
    demands    = demand { "and" demand }
    demand     = NAME ( "=" | "!=" | "~" ) VALUE | NAME "in" "(" VALUE { "," VALUE } ")"
    agents     = NUMBER [ "of" NUMBER ] | NUMBER "%"

`#` begins a comment. The clauses of a rule may stand in any order, each once.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from opsentrix.model.quantities import DIMENSION_OF, Dimension, Quantity, RuleError
from opsentrix.model.rule_scanner import Scanner
from opsentrix.model.rules import (
    FUNCTIONS,
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
    Operand,
    Or,
    Rule,
    Window,
)
from opsentrix.model.selectors import AGENT_KEYS, Match, Matcher, Selector

MAX_CHARS = 4000
_MAX_NESTING = 24
_CLAUSES = ("for", "clear", "keep", "on")
_CALLS = (*FUNCTIONS, "p95", "change", "forecast", "absent", "count")
_OPS = tuple(Op)
_Node = TypeVar("_Node")


def parse(text: str) -> Rule:
    """Read a rule.

    Raises:
        RuleError: it cannot be understood; the error says where, and what could have stood there.
    """
    if len(text) > MAX_CHARS:
        raise RuleError(f"the rule has {len(text)} characters; at most {MAX_CHARS} are read", MAX_CHARS)
    return _Parser(text).rule()


def parse_selector(text: str) -> Selector:
    """Read which agents are meant, as it stands behind `on`; an empty text means all.

    Raises:
        RuleError: it cannot be understood; the error says where, and what could have stood there.
    """
    if len(text) > MAX_CHARS:
        raise RuleError(f"the selector has {len(text)} characters; at most {MAX_CHARS} are read", MAX_CHARS)
    return _Parser(text).selector()


class _Parser:
    """Recursive descent: a method for each line of the grammar."""

    def __init__(self, text: str) -> None:
        self._in = Scanner(text)
        self._nesting = 0

    def rule(self) -> Rule:
        """Read everything."""
        rule = self._make(0, partial(Rule, self._condition()))
        seen: list[str] = []
        while not self._in.at_end():
            at = self._in.at
            clause = self._in.keyword(*_CLAUSES)
            left = tuple(one for one in _CLAUSES if one not in seen)
            if clause is None:
                self._in.expect_failed(*(() if seen else ("and", "or")), *left, "the end")
            if clause in seen:
                self._in.fail(f"{clause!r} stands here a second time", left, at=at)
            seen.append(clause)
            rule = self._make(at, partial(self._with, rule, clause))
        return rule

    def selector(self) -> Selector:
        """Read demands on agents, and nothing else."""
        if self._in.at_end():
            return Selector()
        selector = self._selector()
        if not self._in.at_end():
            self._in.expect_failed("and", "the end")
        return selector

    def _with(self, rule: Rule, clause: str) -> Rule:
        """Read what stands behind the name of a clause."""
        if clause == "for":
            return replace(rule, for_s=self._duration())
        if clause == "keep":
            return replace(rule, keep_s=self._duration())
        if clause == "clear":
            return replace(rule, clear=self._clear(counted=isinstance(rule.condition, Count)))
        return replace(rule, selector=self._selector())

    def _make(self, at: int, build: Callable[[], _Node]) -> _Node:
        """Make a part of the tree; what it does not allow is told with the place where its text begins."""
        try:
            return build()
        except RuleError as error:
            if error.position is not None:
                raise
            raise RuleError(error.detail, at, error.expected, error.hint) from None

    def _condition(self) -> Condition:
        return self._joined("or", self._both, Or)

    def _both(self) -> Condition:
        return self._joined("and", self._simple, And)

    def _joined(
        self, word: str, part: Callable[[], Condition], node: Callable[[tuple[Condition, ...]], Condition]
    ) -> Condition:
        at = self._in.at_next()
        found = [part()]
        while self._in.keyword(word):
            found.append(part())
        return found[0] if len(found) == 1 else self._make(at, lambda: node(tuple(found)))

    def _simple(self) -> Condition:
        at = self._in.at_next()
        if self._in.symbol("("):
            self._nesting += 1
            if self._nesting > _MAX_NESTING:
                self._in.fail("too many parentheses in each other", at=at)
            condition = self._condition()
            self._in.need(")", "and", "or")
            self._nesting -= 1
            return condition
        if self._in.call("absent"):
            return self._absent(at)
        if self._in.call("count"):
            return self._count(at)
        operand = self._operand()
        op = self._op()
        threshold = self._quantity()
        return Comparison(operand, op, threshold)

    def _absent(self, at: int) -> Condition:
        if self._in.word_before(")", "agent"):
            return AbsentAgent()
        metric = self._metric()
        self._in.need(")")
        return self._make(at, lambda: AbsentMetric(metric))

    def _count(self, at: int) -> Condition:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            self._in.fail("too many parentheses in each other", at=at)
        condition = self._condition()
        self._in.need(")", "and", "or")
        self._nesting -= 1
        op = self._op()
        threshold = self._agents()
        return self._make(at, lambda: Count(condition, op, threshold))

    def _operand(self) -> Operand:
        at = self._in.at_next()
        if self._in.call("change"):
            operand = self._window_or_metric()
            self._in.need(",")
            period_s = self._duration()
            self._in.need(")")
            return self._make(at, lambda: Change(operand, period_s))
        if self._in.call("forecast"):
            metric = self._share()
            self._in.need(",", "/")
            window_s = self._duration()
            self._in.need(",")
            horizon_s = self._duration()
            self._in.need(")")
            return self._make(at, lambda: Forecast(metric, window_s, horizon_s))
        return self._window_or_metric()

    def _window_or_metric(self) -> Metric | Window:
        at = self._in.at_next()
        function = self._in.any_call()
        if function is None:
            return self._share()
        known = function in FUNCTIONS or (function[0] == "p" and function[1:].isdecimal())
        if not known:
            self._in.fail(f"there is no function {function!r} here", _CALLS, at=at, word=function)
        metric = self._share()
        self._in.need(",", "/")
        seconds = self._duration()
        self._in.need(")")
        return self._make(at, lambda: Window(function, metric, seconds))

    def _share(self) -> Metric:
        at = self._in.at_next()
        metric = self._metric()
        if not self._in.symbol("/"):
            return metric
        per = self._metric()
        return self._make(at, lambda: Metric(metric.name, metric.matchers, per))

    def _metric(self) -> Metric:
        at = self._in.at_next()
        name = self._in.name("a metric", "a function", "(")
        matchers: list[Matcher] = []
        if self._in.symbol("{") and not self._in.symbol("}"):
            matchers.append(self._matcher(()))
            while self._in.symbol(","):
                matchers.append(self._matcher(()))
            self._in.need("}", ",")
        return self._make(at, lambda: Metric(name, tuple(matchers)))

    def _selector(self) -> Selector:
        at = self._in.at_next()
        matchers = [self._matcher(AGENT_KEYS)]
        while self._in.keyword("and"):
            matchers.append(self._matcher(AGENT_KEYS))
        return self._make(at, lambda: Selector(tuple(matchers)))

    def _matcher(self, keys: tuple[str, ...]) -> Matcher:
        at = self._in.at_next()
        key = self._in.name(*(keys or ("a label",)))
        if keys and key not in keys:
            self._in.fail(f"agents are not chosen by {key!r}", keys, at=at, word=key)
        for match in (Match.IS_NOT, Match.IS, Match.GLOB):
            if self._in.symbol(match.value):
                value = self._in.value()
                return self._demand(at, key, match, value)
        if not self._in.keyword("in"):
            self._in.expect_failed(*Match)
        self._in.need("(")
        values = [self._in.value()]
        while self._in.symbol(","):
            values.append(self._in.value())
        self._in.need(")", ",")
        return self._demand(at, key, Match.IN, *values)

    def _demand(self, at: int, key: str, match: Match, *values: str) -> Matcher:
        return self._make(at, lambda: Matcher(key, match, values))

    def _op(self) -> Op:
        for op in Op:
            if self._in.symbol(op.value):
                return op
        if self._in.peek("="):
            self._in.fail("'=' compares nothing", ("==",), hint="==")
        self._in.expect_failed(*_OPS)
        raise AssertionError  # the line before raises

    def _clear(self, *, counted: bool) -> Clear:
        op = self._op()
        return Clear(op, self._agents() if counted else self._quantity())

    def _quantity(self) -> Quantity:
        return self._in.quantity(tuple(DIMENSION_OF), rates=True)

    def _duration(self) -> float:
        at = self._in.at_next()
        quantity = self._in.quantity(tuple(Dimension.TIME.units), rates=False)
        if quantity.value < 0:
            self._in.fail("a time cannot be negative", at=at)
        return quantity.value

    def _agents(self) -> OfAgents | Quantity:
        at = self._in.at_next()
        quantity = self._in.quantity(("", "%"), rates=False)
        if quantity.dimension is Dimension.SHARE:
            return quantity
        total: float | None = None
        if self._in.keyword("of"):
            total = self._in.quantity(("",), rates=False).value
        if not quantity.value.is_integer() or (total is not None and not total.is_integer()):
            self._in.fail("agents are counted in whole numbers", at=at)
        return self._make(at, lambda: OfAgents(int(quantity.value), None if total is None else int(total)))
