"""Rules as text and as JSON: the same tree from both, and errors that say where."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opsentrix.model.globs import matches
from opsentrix.model.quantities import Quantity, RuleError
from opsentrix.model.rule_format import write
from opsentrix.model.rule_json import from_json, to_json
from opsentrix.model.rule_text import MAX_CHARS, parse
from opsentrix.model.rules import Comparison, Metric, Op, Rule, Window

from .trees import rules

CANONICAL = [
    "system.cpu.utilization > 90% for 2m on environment=production",
    "avg(system.memory.utilization{state=used}, 5m) > 0.95 for 5m clear < 0.9 keep 1m",
    "p95(system.disk.operation_time, 10m) > 50ms",
    "rate(app.orders, 5m) < 1/s",
    "absent(agent) for 1m",
    "absent(app.queue.length) for 5m on type=web",
    "change(avg(system.network.io, 10m), 1d) > 200%",
    "forecast(system.filesystem.utilization, 6h, 1d) > 100%",
    "(system.cpu.utilization > 90% and (load > 4 or queue >= 1GiB)) for 2m",
    "count(system.cpu.utilization > 90%) >= 3 of 10 on type=web",
    "count(absent(agent)) > 30% clear < 2 on tag in (a, \"b c\") and agent ~ web-*",
    "system.linux.memory.available / system.memory.limit < 10%",
    'm{a="q\\"uo\\\\te", b!="", c ~ ?*} == -1.5 on agent!=db-1',
    "systemd.unit.state{unit in (a.service, b.service)} != 0",
]  # fmt: skip


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_text_comes_back_as_it_was(text: str) -> None:
    assert write(parse(text)) == text


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("x>90%for 120s", "x > 90% for 2m"),
        ("x > 1024KiB", "x > 1MiB"),
        ("x > 1.5GiB", "x > 1536MiB"),
        ("x > 1500000B", "x > 1500kB"),
        ("x > 0.05s", "x > 50ms"),
        ("x > 2µs", "x > 2us"),
        ("x > 1e3", "x > 1000"),
        ("x > +.5", "x > 0.5"),
        ("x > 7%", "x > 7%"),
        ("x > 10MB/s on tag=a keep 90s for 1.5h  # why", "x > 10MB/s for 90m keep 90s on tag=a"),
        ("x > 1 and y > 2 or z > 3", "((x > 1 and y > 2) or z > 3)"),
        ("((x > 1))", "x > 1"),
        ("absent(agent{})", "absent(agent{})"),
        ("count(x > 1) > 3", "count(x > 1) > 3"),
    ],
)
def test_other_ways_to_write_it_become_canonical(written: str, canonical: str) -> None:
    assert write(parse(written)) == canonical
    assert write(parse(canonical)) == canonical


@pytest.mark.parametrize(
    ("text", "position", "says", "hint"),
    [
        ("avgg(x, 5m) > 1", 0, "no function 'avgg'", "avg"),
        ("x > 5 frr 2m", 6, "'frr' stands where", "for"),
        ("x = 5", 2, "'=' compares nothing", "=="),
        ("x > 5mss", 5, "no unit 'mss'", "ms"),
        ("x > 5 on typ=web", 9, "not chosen by 'typ'", "type"),
        ("x > 5 for 8d", 6, "out of bounds", ""),
        ("x > 5 for 5", 11, "no unit", ""),
        ("x > 5 for -5s", 10, "negative", ""),
        ("x >", 3, "the end stands where a number should", ""),
        ("", 0, "the end stands where a metric", ""),
        ("x > 5 for 1m for 2m", 13, "second time", ""),
        ("x > 5 clear > 4", 6, "other way", ""),
        ("x > 5 clear < 6", 6, "beyond the threshold", ""),
        ("(x > 1 and y > 2) clear < 1", 18, "clear needs a rule of one comparison", ""),
        ('x{a="b} > 1', 4, "do not close", ""),
        ("x{a=b > 1", 6, "'>' stands where } or ,", ""),
        ("avg(x, 8d) > 1", 0, "window of 691200 s is out of bounds", ""),
        ("change(x, 1s) > 1", 0, "period", ""),
        ("forecast(x, 6h, 400d) > 1", 0, "horizon", ""),
        ("count(x > 1) > 0.5", 15, "whole numbers", ""),
        ("count(x > 1) > 11 of 10", 15, "cannot be reached", ""),
        ("count(x > 1) > 101%", 0, "not a share", ""),
        ("count(x > 1) > 1 and y > 1", 0, "stands alone", ""),
        ("count(count(x > 1) > 1) > 1", 0, "count of a count", ""),
        ("x > 1e99", 4, "not a number", ""),
        ("p0(x, 5m) > 1", 0, "no function 'p0'", ""),
        ("x{a\x00=b} > 1", 3, "stands where", ""),
        ("(" * 50 + "x > 1", 24, "too many parentheses", ""),
        ("x > 1 and " * 16 + "x > 1", 0, "at most 16", ""),
        ("x" * (MAX_CHARS + 1), MAX_CHARS, "characters", ""),
        ("x > " + "9" * 70, 4, "too long", ""),
        ("a / b / c > 1", 6, "'/' stands where", ""),
    ],
)
def test_an_error_points_at_the_character(text: str, position: int, says: str, hint: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text)
    assert says in caught.value.detail
    assert (caught.value.position, caught.value.hint) == (position, hint)


@given(rules())
def test_text_tree_json_tree_text(rule: Rule) -> None:
    text = write(rule)
    assert parse(text) == rule
    read = from_json(json.loads(json.dumps(to_json(parse(text)))))
    assert read == rule
    assert write(read) == text


_PIECES = st.sampled_from([
    "avg", "(", ")", "x", ",", "5m", ">", "90%", "and", "or", "for", "clear", "keep", "on", "type", "=", "web", "count",
    "absent", "agent", "{", "}", '"', "\\", "in", "of", "3", "change", "forecast", "#", "\n", "/", "1e309", "-", "p95",
])  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=25).map(" ".join)))
def test_any_text_is_a_rule_or_an_error_within_it(text: str) -> None:
    position: int | None = None
    try:
        rule: Rule | None = parse(text)
    except RuleError as error:
        position = error.position
        rule = None
    if rule is None:
        assert position is not None
        assert 0 <= position <= len(text)
    else:
        assert parse(write(rule)) == rule


_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
        st.sampled_from(["comparison", "and", "count", "last", "avg", "change", ">", "x"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([
                "condition", "kind", "operand", "op", "threshold", "value", "unit", "metric", "labels", "conditions",
                "for_s", "clear", "window_s", "agents", "of", "selector", "key", "match", "values", "per", "period_s",
            ]),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=20,
)  # fmt: skip


@given(_JSON)
def test_any_json_is_a_rule_or_an_error(given_json: object) -> None:
    try:
        rule = from_json(given_json)
    except RuleError:
        return
    assert from_json(to_json(rule)) == rule


def test_json_says_which_field_is_wrong() -> None:
    good = to_json(parse("avg(x{a=b}, 5m) > 90% for 2m clear < 0.8"))
    for path, value, says in (
        (("for_s",), "2m", "rule.for_s is not a number"),
        (("for_s",), True, "rule.for_s is not a number"),
        (("for_s",), 10**400, "rule.for_s is too large"),
        (("hold",), 1, "rule has no field 'hold'"),
        (("condition", "kind"), "maybe", "rule.condition.kind"),
        (("condition", "op"), "=>", "rule.condition.op"),
        (("condition", "threshold", "value"), float("nan"), "not a number"),
        (("condition", "threshold", "unit"), "furlong", "rule.condition.threshold.unit"),
        (("condition", "operand", "labels", 0, "match"), "like", "labels[0].match"),
        (("condition", "operand", "window_s"), None, "window_s is not a number"),
    ):
        changed = json.loads(json.dumps(good))
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        with pytest.raises(RuleError) as caught:
            from_json(changed)
        assert says in caught.value.detail


def test_a_tree_that_is_wrong_cannot_be_made() -> None:
    with pytest.raises(RuleError, match="no function 'median'"):
        Window("median", Metric("x"), 60)
    with pytest.raises(RuleError, match="not a number"):
        Comparison(Metric("x"), Op.GT, Quantity(float("inf")))
    with pytest.raises(RuleError, match="name of a metric"):
        Metric("x y")


@pytest.mark.parametrize(
    ("pattern", "text", "right"),
    [
        ("web-*", "web-1", True), ("web-?", "web-12", False), ("*", "", True), ("?", "", False),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "axxbyy", False), ("*a", "bba", True), ("", "", True), ("", "a", False), ("[a]", "a", False),
    ],
)  # fmt: skip
def test_globs(pattern: str, text: str, right: bool) -> None:
    assert matches(pattern, text) is right


def test_a_hostile_glob_takes_no_longer_than_its_size() -> None:
    assert not matches("*a" * 100 + "b", "a" * 256)
