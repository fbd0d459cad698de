"""The rules that are measured are what they should be, and an engine that did not run is an error."""

import pytest
from opsentrix.alerting.engine import Engine
from opsentrix.model.selectors import Member

from benchmarks import alert_rules, alerting, fleet_recording
from benchmarks.alert_load import Load
from benchmarks.harness import BenchmarkError


def test_a_hundred_different_rules_of_all_kinds_survive_the_way_to_the_hub() -> None:
    texts = [one.text for one in alert_rules.pairs(fleet_recording.load())]
    assert len(set(texts)) == alert_rules.COUNT
    assert [one.id for one in alert_rules.rules_of("\n".join(texts).splitlines())] == list(range(1, 101))
    for kind in ("avg(", "max(", "p95(", "rate(", "change(", "forecast(", "count(", "absent(", " and ", " / ", "clear"):
        assert any(kind in one for one in texts), kind


def test_the_load_is_real_rules_are_reached() -> None:
    load = alerting.run(20, 30)
    assert load.samples == 20 / 5 * 30 * 150 * 5
    assert load.series > 20 * 80
    assert load.transitions > 0
    assert len(load.passes_ms) == 30


def test_every_rule_has_a_series_in_the_recording() -> None:
    recording = fleet_recording.load()
    engine = Engine()
    engine.put_agent(Member(1, "a"))
    for rule in alert_rules.rules_of([one.text for one in alert_rules.pairs(recording)]):
        engine.put_rule(rule)
    assert engine.stats.rules == alert_rules.COUNT
    assert engine.dump() == []


def test_an_engine_that_did_not_run_is_an_error_not_a_figure_without_it() -> None:
    metrics = {"benchmark_alerting_passes_total": 30.0, "benchmark_alerting_seconds_total": 0.6,
               "benchmark_alerting_most_seconds": 0.05, "benchmark_alerting_series_total": 30_000.0}  # fmt: skip
    load = Load.of(metrics)
    done = load.since(Load(10, 0.2, 0.05, 10_000), seconds=21.5)
    assert (done.passes, done.series) == (20, 20_000)
    assert done.pass_ms == pytest.approx(20.0)
    with pytest.raises(BenchmarkError, match="0 passes over 0 series in 5 s"):
        load.since(load, seconds=5.0)
    with pytest.raises(BenchmarkError, match="20 passes over 20000 series in 60 s"):
        load.since(Load(10, 0.2, 0.05, 10_000), seconds=60.0)
    with pytest.raises(BenchmarkError, match="20 passes over 0 series"):
        load.since(Load(10, 0.2, 0.05, 30_000), seconds=21.5)
