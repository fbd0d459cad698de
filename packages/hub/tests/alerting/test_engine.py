"""What the cases cannot say: memory, bounds, hostile input, explanations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opsentrix.alerting import intake
from opsentrix.alerting.engine import Engine
from opsentrix.alerting.explain import explain
from opsentrix.alerting.operands import quantile, trend
from opsentrix.alerting.rings import BUCKETS, Ring, Stat, first_of_each
from opsentrix.alerting.table import Table
from opsentrix.model.alerts import Instance, Reason, State, fingerprint
from opsentrix.model.rule_text import parse
from opsentrix.model.rules import AlertRule, Override, RuleGroup
from opsentrix.model.selectors import Member

from packages.hub.tests.kit.batches import batch, series_of

NOW = 1_700_000_000.0


def engine_with(*texts: str, agents: int = 1, **options: float) -> Engine:
    engine = Engine(max_bytes=int(options.get("max_bytes", 1e9)))
    for one in range(1, agents + 1):
        engine.put_agent(Member(one, f"a{one}", interval_s=1))
    for at, text in enumerate(texts):
        engine.put_rule(AlertRule(at + 1, 1, f"rule {at}", parse(text)))
    return engine


def test_short_lived_containers_do_not_leak() -> None:
    engine = engine_with("container.cpu > 90%", "avg(container.cpu, 5m) > 90%")
    most = 0
    for second in range(0, 50_000, 10):
        living = range(second // 10, second // 10 + 5)
        engine.push(batch({series_of("container.cpu", id=str(one)): [0.5] for one in living}, time_s=NOW + second))
        engine.evaluate(NOW + second, float(second) / 2)
        most = max(most, engine.stats.series)
    assert engine.stats.gone > 4000
    assert most < 600
    assert engine.stats.nbytes < 2_000_000


def test_series_beyond_the_memory_are_left_out_and_counted() -> None:
    engine = engine_with("m > 5", max_bytes=4000)
    engine.push(batch({series_of("m", id=str(one)): [9] for one in range(1000)}, time_s=NOW))
    told = engine.evaluate(NOW, 0)
    assert 0 < len(told) == engine.stats.series < 200
    assert engine.stats.left_out == 1000 - engine.stats.series


def test_what_waits_for_a_pass_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_WAITING_SAMPLES", 100)
    engine = engine_with("m > 5")
    for second in range(500):
        engine.push(batch({series_of("m"): [9.0]}, time_s=NOW + second))
    assert engine.stats.dropped_frames >= 440
    assert [one.at for one in engine.evaluate(NOW + 500, 0)] == [NOW + 499]


def test_frames_of_strangers_are_counted_and_left_out() -> None:
    engine = engine_with("m > 5")
    engine.push(batch({series_of("m"): [9.0]}, agent=7, time_s=NOW))
    assert engine.evaluate(NOW, 0) == []
    assert engine.stats.strangers == 1


def test_an_agent_deleted_between_push_and_pass_leaves_nothing_to_who_gets_its_row() -> None:
    engine = engine_with("m > 5")
    engine.push(batch({series_of("m"): [9.0]}, time_s=NOW))
    engine.remove_agent(1)
    engine.put_agent(Member(2, "b"))
    assert engine.evaluate(NOW, 0) == []
    engine.push(batch({series_of("m"): [1.0]}, agent=2, time_s=NOW + 1))
    assert engine.evaluate(NOW + 1, 1) == []


def test_a_program_that_posts_each_metric_apart() -> None:
    engine = engine_with(*(f"m{one} > 5" for one in range(30)))
    for second in range(3):
        for one in range(30):
            engine.push(batch({series_of(f"m{one}"): [9.0]}, time_s=NOW + second))
        told = engine.evaluate(NOW + second, second)
        assert len(told) == (30 if second == 0 else 0)


def test_more_layouts_than_an_agent_may_have() -> None:
    engine = engine_with("m > 5")
    for one in range(200):
        engine.push(batch({series_of("m", id=str(one)): [9.0]}, time_s=NOW))
    told = engine.evaluate(NOW, 0)
    assert engine.stats.series == 64
    assert sum(one.after is State.FIRING for one in told) == 64


def test_explanations() -> None:
    engine = engine_with(
        "m > 5 for 10s", "avg(m, 10m) > 5", "(m > 5 and n > 1)", "count(m > 5) >= 1", "m > 5 on type=db"
    )
    engine.push(batch({series_of("m"): [9.0]}, time_s=NOW))
    engine.evaluate(NOW, 0)
    engine.push(batch({series_of("m"): [8.0]}, time_s=NOW + 4))
    engine.evaluate(NOW + 4, 4)
    one = explain(engine, 1, 1)
    assert (one.state, one.since, one.fires_in_s, one.value, one.threshold, one.missing) == (
        State.PENDING, NOW, 6, 8, 5, "",
    )  # fmt: skip
    assert "4 s of samples are known" in explain(engine, 2, 1).missing
    assert [(part.condition, part.verdict) for part in explain(engine, 3, 1).parts] == [
        ("m > 5", "holds"), ("n > 1", "no such series"),
    ]  # fmt: skip
    counted = explain(engine, 4, None)
    assert (counted.state, counted.value, counted.parts[0].agents) == (State.FIRING, 1, 1)
    assert not explain(engine, 5, 1).covered
    assert explain(engine, 1, 1, (("a", "b"),)).missing == "the agent has sent no such series"
    assert explain(engine, 1, 9).missing == "the agent is not known"
    with pytest.raises(KeyError):
        explain(engine, 9, 1)
    engine.override(1, 1, Override(20.0))
    assert explain(engine, 1, 1).threshold == 20
    engine.evaluate(NOW + 300, 5)
    assert "296 s old" in explain(engine, 1, 1).missing


def test_fingerprints_tell_targets_apart() -> None:
    found = {
        fingerprint(1, 2, ()),
        fingerprint(12, None, ()),
        fingerprint(1, None, ()),
        fingerprint(1, 2, (("a", "b"),)),
    }
    assert len(found) == 4
    assert fingerprint(1, 2, (("a", "b"), ("c", "d"))) == fingerprint(1, 2, (("c", "d"), ("a", "b")))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=BUCKETS), st.floats(0, 1))
def test_quantiles_are_numpys(values: list[float], share: float) -> None:
    padded = np.full((1, BUCKETS), np.nan)
    padded[0, : len(values)] = values
    np.testing.assert_allclose(quantile(padded, share)[0], np.quantile(values, share), rtol=1e-9, atol=1e-6)


def test_a_trend_is_found_in_noise_and_gaps() -> None:
    noise = np.random.default_rng(1).normal(0, 0.5, (100, BUCKETS))
    points = 10 + 2.0 * np.arange(BUCKETS) + noise
    points[:, 20:30] = np.nan
    points[:, 40] = 1e9
    ahead = trend(points, 100)
    np.testing.assert_allclose(ahead, 10 + 2.0 * (BUCKETS - 1 + 100), rtol=0.05)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.floats(-100, 100)), min_size=1, max_size=60))
def test_rings_hold_what_a_plain_list_would(samples: list[tuple[int, int, float]]) -> None:
    """Of samples in any order only those count that are newer than the ones before, as the source hands them on."""
    table = Table()
    rings = {stat: Ring(table, 10, stat) for stat in (Stat.MEAN, Stat.LOW, Stat.HIGH)}
    table.allocate(4)
    kept: dict[int, list[tuple[int, float]]] = {}
    for row, second, value in samples:
        mine = kept.setdefault(row, [])
        if not mine or second > mine[-1][0]:
            mine.append((second, value))
        rows, times, values = np.array([row]), np.array([float(second)]), np.array([value])
        for ring in rings.values():
            ring.add(rows, first_of_each(rows), times, values)
    for row, mine in kept.items():
        inside = [value for second, value in mine if second > mine[-1][0] - 10]
        counts, means = rings[Stat.MEAN].counts.data[row], rings[Stat.MEAN].values.data[row]
        assert counts.sum() == len(inside)
        np.testing.assert_allclose((counts * means).sum(), sum(inside), rtol=1e-5, atol=1e-4)
        np.testing.assert_allclose(rings[Stat.LOW].values.data[row].min(), min(inside), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(rings[Stat.HIGH].values.data[row].max(), max(inside), rtol=1e-6, atol=1e-6)


def test_what_was_switched_off_while_no_hub_ran_ends_for_that_reason() -> None:
    rules = {
        Reason.RULE_OFF: AlertRule(1, 1, "off", parse("absent(agent) for 1m"), enabled=False),
        Reason.GROUP_OFF: AlertRule(2, 1, "held", parse("absent(agent)"), group=RuleGroup("all", enabled=False)),
    }
    engine = engine_with()
    for rule in rules.values():
        engine.put_rule(rule)
    engine.load([Instance(one.id, 1, 1, (), State.FIRING, NOW, None, NOW) for one in rules.values()], NOW)
    assert {one.rule_id: one.reason for one in engine.evaluate(NOW, 0)} == {one.id: key for key, one in rules.items()}


def test_what_came_late_is_told_once_with_the_time_that_it_is_of() -> None:
    engine = engine_with("m > 5", agents=2)
    engine.push(batch({series_of("m"): [1.0, 9.0]}, agent=1, time_s=NOW - 500))
    engine.push(batch({series_of("m"): [9.0]}, agent=1, time_s=NOW - 400))
    engine.push(batch({series_of("m"): [1.0]}, agent=2, time_s=NOW))
    assert engine.evaluate(NOW, 0) == []
    assert engine.agents.take_late() == [(1, NOW - 501, NOW - 400)]
    assert engine.agents.take_late() == []
