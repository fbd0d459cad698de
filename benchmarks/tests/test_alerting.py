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
    metrics = {"opsentrix_alerting_pass_seconds_count": 30.0, "opsentrix_alerting_pass_seconds_sum": 0.6,
               "opsentrix_alert_transitions_total": 7.0, "opsentrix_alert_rules": 118.0,
               "opsentrix_alerting_series": 1000.0}  # fmt: skip
    load = Load.of(metrics)
    done = load.since(Load(10, 0.2, 5, 118, 1000), seconds=21.5)
    assert (done.passes, done.transitions, done.rules, done.series) == (20, 2, 118, 1000)
    assert done.pass_ms == pytest.approx(20.0)
    with pytest.raises(BenchmarkError, match="0 passes over 1000 series in 5 s"):
        load.since(load, seconds=5.0)
    with pytest.raises(BenchmarkError, match="20 passes over 1000 series in 60 s"):
        load.since(Load(10, 0.2, 5, 118, 1000), seconds=60.0)
    with pytest.raises(BenchmarkError, match="30 passes over 0 series"):
        Load(30, 0.6, 7, 118, 0).since(Load(0, 0.0, 0, 0, 0), seconds=21.5)
