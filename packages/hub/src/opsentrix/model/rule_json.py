"""The form of rules for programs: JSON to tree and back.

Each condition and operand is an object with a `kind`; numbers are in base units (1, seconds, bytes). What is left out
is as in the text form.
"""

from collections.abc import Mapping
from typing import Any

from opsentrix.model.quantities import Dimension, Quantity, RuleError
from opsentrix.model.rules import (
    MAX_DEPTH,
    MAX_LEAVES,
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
from opsentrix.model.selectors import Match, Matcher, Selector

Json = dict[str, Any]


def to_json(rule: Rule) -> Json:
    """Return a rule as what `json.dumps` takes."""
    result: Json = {"condition": _condition_out(rule.condition)}
    if rule.for_s:
        result["for_s"] = rule.for_s
    if rule.clear is not None:
        result["clear"] = {"op": rule.clear.op.value, "threshold": _threshold_out(rule.clear.threshold)}
    if rule.keep_s:
        result["keep_s"] = rule.keep_s
    if rule.selector.matchers:
        result["selector"] = _matchers_out(rule.selector.matchers)
    return result


def from_json(given: object) -> Rule:
    """Return the rule that `json.loads` gave.

    Raises:
        RuleError: it is none; the text says which field is wrong.
    """
    fields = _Fields(given, "rule", {"condition", "for_s", "clear", "keep_s", "selector"})
    clear = None
    if fields.has("clear"):
        inner = fields.inner("clear", {"op", "threshold"})
        clear = Clear(inner.op(), _threshold_in(inner, agents=True))
    return Rule(
        _condition_in(fields.get("condition"), "rule.condition", 0),
        fields.number("for_s", 0.0),
        clear,
        fields.number("keep_s", 0.0),
        Selector(_matchers_in(fields, "selector")),
    )


def _condition_out(condition: Condition) -> Json:
    match condition:
        case Comparison():
            return {
                "kind": "comparison", "operand": _operand_out(condition.operand), "op": condition.op.value,
                "threshold": _threshold_out(condition.threshold),
            }  # fmt: skip
        case AbsentAgent():
            return {"kind": "absent_agent"}
        case AbsentMetric():
            return {"kind": "absent_metric", "metric": _metric_out(condition.metric)}
        case And() | Or():
            kind = "and" if isinstance(condition, And) else "or"
            return {"kind": kind, "conditions": [_condition_out(one) for one in condition.conditions]}
        case Count():
            return {
                "kind": "count", "condition": _condition_out(condition.condition), "op": condition.op.value,
                "threshold": _threshold_out(condition.threshold),
            }  # fmt: skip


def _operand_out(operand: Operand) -> Json:
    match operand:
        case Metric():
            return {"kind": "last", **_metric_out(operand)}
        case Window():
            return {"kind": operand.function, **_metric_out(operand.metric), "window_s": operand.seconds}
        case Change():
            return {"kind": "change", "operand": _operand_out(operand.operand), "period_s": operand.period_s}
        case Forecast():
            return {
                "kind": "forecast", **_metric_out(operand.metric), "window_s": operand.window_s,
                "horizon_s": operand.horizon_s,
            }  # fmt: skip


def _metric_out(metric: Metric) -> Json:
    result: Json = {"metric": metric.name}
    if metric.matchers:
        result["labels"] = _matchers_out(metric.matchers)
    if metric.per is not None:
        result["per"] = _metric_out(metric.per)
    return result


def _matchers_out(matchers: tuple[Matcher, ...]) -> list[Json]:
    return [{"key": one.key, "match": one.match.value, "values": list(one.values)} for one in matchers]


def _threshold_out(threshold: Quantity | OfAgents) -> Json:
    if isinstance(threshold, OfAgents):
        return {"agents": threshold.count} | ({} if threshold.total is None else {"of": threshold.total})
    result: Json = {"value": threshold.value}
    if threshold.dimension is not Dimension.NUMBER:
        result["unit"] = threshold.dimension.value
    return result | ({"per_second": True} if threshold.per_second else {})


class _Fields:
    """An object of JSON whose fields are taken one by one; `place` says where it stands."""

    def __init__(self, given: object, place: str, allowed: set[str]) -> None:
        if not isinstance(given, Mapping):
            raise RuleError(f"{place} is not an object")
        self._given = given
        self.place = place
        for name in given:
            if name not in allowed:
                raise RuleError(f"{place} has no field {str(name)[:40]!r}", expected=tuple(sorted(allowed)))

    def has(self, name: str) -> bool:
        return self._given.get(name) is not None

    def get(self, name: str) -> object:
        if name not in self._given:
            raise RuleError(f"{self.place}.{name} is missing")
        return self._given[name]

    def inner(self, name: str, allowed: set[str]) -> "_Fields":
        return _Fields(self.get(name), f"{self.place}.{name}", allowed)

    def text(self, name: str) -> str:
        value = self.get(name)
        if not isinstance(value, str):
            raise RuleError(f"{self.place}.{name} is not a text")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = default if default is not None and not self.has(name) else self.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RuleError(f"{self.place}.{name} is not a number")
        try:
            return float(value)
        except OverflowError:
            raise RuleError(f"{self.place}.{name} is too large") from None

    def whole(self, name: str) -> int:
        value = self.number(name)
        if not value.is_integer():
            raise RuleError(f"{self.place}.{name} is not a whole number")
        return int(value)

    def flag(self, name: str) -> bool:
        value = self._given.get(name, False)
        if not isinstance(value, bool):
            raise RuleError(f"{self.place}.{name} is neither true nor false")
        return value

    def items(self, name: str, most: int) -> list[object]:
        value = self.get(name)
        if not isinstance(value, list) or len(value) > most:
            raise RuleError(f"{self.place}.{name} is not a list of at most {most}")
        return value

    def op(self) -> Op:
        try:
            return Op(self.text("op"))
        except ValueError:
            raise RuleError(f"{self.place}.op is no comparison", expected=tuple(Op)) from None


_CONDITION_FIELDS = {
    "comparison": {"operand", "op", "threshold"},
    "absent_agent": set(),
    "absent_metric": {"metric"},
    "and": {"conditions"},
    "or": {"conditions"},
    "count": {"condition", "op", "threshold"},
}


def _kind(given: object, place: str) -> str:
    kind = given.get("kind") if isinstance(given, Mapping) else None
    if not isinstance(kind, str):
        raise RuleError(f"{place} is not an object with a kind")
    return kind


def _condition_in(given: object, place: str, depth: int) -> Condition:
    kind = _kind(given, place)
    if kind not in _CONDITION_FIELDS:
        raise RuleError(f"{place}.kind is no condition: {kind[:40]!r}", expected=tuple(_CONDITION_FIELDS))
    if depth >= MAX_DEPTH:
        raise RuleError(f"conditions stand more than {MAX_DEPTH} deep in each other")
    fields = _Fields(given, place, {"kind"} | _CONDITION_FIELDS[kind])
    match kind:
        case "comparison":
            operand = _operand_in(fields.get("operand"), f"{place}.operand")
            threshold = _threshold_in(fields, agents=False)
            if isinstance(threshold, OfAgents):
                raise RuleError(f"{place}.threshold counts agents")
            return Comparison(operand, fields.op(), threshold)
        case "absent_agent":
            return AbsentAgent()
        case "absent_metric":
            return AbsentMetric(_metric_in(fields.inner("metric", {"metric", "labels", "per"})))
        case "count":
            inner = _condition_in(fields.get("condition"), f"{place}.condition", depth + 1)
            return Count(inner, fields.op(), _threshold_in(fields, agents=True))
        case _:
            listed = fields.items("conditions", MAX_LEAVES)
            found = tuple(_condition_in(one, f"{place}.conditions[{at}]", depth + 1) for at, one in enumerate(listed))
            return And(found) if kind == "and" else Or(found)


def _operand_in(given: object, place: str) -> Operand:
    kind = _kind(given, place)
    metric_fields = {"kind", "metric", "labels", "per"}
    if kind == "change":
        fields = _Fields(given, place, {"kind", "operand", "period_s"})
        operand = _operand_in(fields.get("operand"), f"{place}.operand")
        if isinstance(operand, Change | Forecast):
            raise RuleError(f"{place}.operand is neither a metric nor a window")
        return Change(operand, fields.number("period_s"))
    if kind == "forecast":
        fields = _Fields(given, place, metric_fields | {"window_s", "horizon_s"})
        return Forecast(_metric_in(fields), fields.number("window_s"), fields.number("horizon_s"))
    fields = _Fields(given, place, metric_fields | {"window_s"})
    metric = _metric_in(fields)
    if kind == "last" and not fields.has("window_s"):
        return metric
    return Window(kind, metric, fields.number("window_s"))


def _metric_in(fields: _Fields) -> Metric:
    per = _metric_in(fields.inner("per", {"metric", "labels", "per"})) if fields.has("per") else None
    return Metric(fields.text("metric"), _matchers_in(fields, "labels"), per)


def _matchers_in(fields: _Fields, name: str) -> tuple[Matcher, ...]:
    if not fields.has(name):
        return ()
    found = []
    for at, given in enumerate(fields.items(name, 1000)):
        inner = _Fields(given, f"{fields.place}.{name}[{at}]", {"key", "match", "values"})
        values = inner.items("values", 1000)
        texts = tuple(one for one in values if isinstance(one, str))
        if len(texts) != len(values):
            raise RuleError(f"{inner.place}.values has what is not a text")
        try:
            match = Match(inner.text("match"))
        except ValueError:
            raise RuleError(f"{inner.place}.match is none", expected=tuple(Match)) from None
        found.append(Matcher(inner.text("key"), match, texts))
    return tuple(found)


def _threshold_in(fields: _Fields, *, agents: bool) -> Quantity | OfAgents:
    found = fields.inner("threshold", {"value", "unit", "per_second"} | ({"agents", "of"} if agents else set()))
    if found.has("agents"):
        return OfAgents(found.whole("agents"), found.whole("of") if found.has("of") else None)
    unit = found.text("unit") if found.has("unit") else ""
    try:
        dimension = Dimension(unit)
    except ValueError:
        raise RuleError(f"{found.place}.unit is none", expected=tuple(Dimension)) from None
    return Quantity(found.number("value"), dimension, found.flag("per_second"))
