"""The threshold checks judge the newest values of all agents rightly, and are known to have run."""

from collections.abc import Iterator

import numpy as np
import pytest
from opsentrix.live.latest import LatestValues
from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix_protocol.catalogue import Kind, Labels, Metric, Series, labels_of

from benchmarks import fleet_recording
from benchmarks.checks import Check, Column, Evaluation, Load, Newest, checks_of, from_json, to_json
from benchmarks.harness import BenchmarkError


class Given:
    """Columns of one metric."""

    def __init__(self, agents: list[int], times: list[float], values: list[list[float]]) -> None:
        self._column = np.array(agents), np.array(times), np.array(values)

    def column(self, metric: str, labels: Labels) -> Iterator[Column]:
        yield self._column


def test_a_check_fires_once_its_metric_was_above_for_long_enough() -> None:
    evaluation = Evaluation([Check("load", (), above=5.0, for_s=10.0)])
    assert evaluation.run(Given([1, 2], [100.0, 100.0], [[6.0], [1.0]])) == 0
    assert evaluation.run(Given([1, 2], [109.0, 109.0], [[6.0], [6.0]])) == 0
    assert evaluation.run(Given([1, 2], [110.0, 110.0], [[6.0], [6.0]])) == 1
    assert evaluation.run(Given([1, 2], [119.0, 119.0], [[5.0], [6.0]])) == 1
    assert evaluation.run(Given([1, 2], [120.0, 120.0], [[6.0], [6.0]])) == 1
    assert evaluation.looked_at == 10


def test_the_highest_series_of_an_agent_decides_and_absent_ones_do_not_count() -> None:
    evaluation = Evaluation([Check("load", (), above=5.0, for_s=0.0)])
    assert evaluation.run(Given([7], [100.0], [[1.0, np.nan, 9.0]])) == 1
    assert evaluation.run(Given([7], [101.0], [[np.nan, np.nan, np.nan]])) == 0


def batch(agent_id: int, seconds: int, values: list[float], series: tuple[Series, ...]) -> Batch:
    frame = StoredFrame(agent_id, 1, 1, 1000 * seconds, 1000, 1, len(series), 1, 1, b"", b"")
    return Batch(frame, Layout(len(series), series, np.arange(len(series))), np.array(values)[:, None])


def test_the_newest_values_of_a_hub_come_as_columns_layout_by_layout() -> None:
    load = Metric("load", "1", Kind.GAUGE)
    wide = (Series(load, labels_of(cpu="0")), Series(Metric("other", "1", Kind.GAUGE), ()), Series(load, ()))
    latest = LatestValues()
    latest.push(batch(1, 50, [1.0, 2.0, 3.0], wide))
    latest.push(batch(2, 60, [4.0, 5.0, 6.0], wide))
    latest.push(batch(3, 70, [7.0], wide[:1]))
    newest = Newest(latest)
    found = [(agents.tolist(), times.tolist(), values.tolist())
             for agents, times, values in newest.columns().column("load", labels_of(cpu="0"))]  # fmt: skip
    assert found == [([1, 2], [50.0, 60.0], [[1.0], [4.0]]), ([3], [70.0], [[7.0]])]
    assert [values.shape for _, _, values in newest.columns().column("load", ())] == [(2, 2), (1, 1)]
    latest.push(batch(2, 61, [0.5, 5.0, 6.0], wide))
    (_, times, values), _ = newest.columns().column("load", labels_of(cpu="0"))
    assert times.tolist() == [50.0, 61.0]
    assert values.tolist() == [[1.0], [0.5]]


def test_a_hundred_different_checks_are_made_of_the_recording_and_survive_the_way_to_the_hub() -> None:
    checks = checks_of(fleet_recording.load())
    assert len({(one.metric, one.labels) for one in checks}) == 100
    assert from_json(to_json(checks)) == checks


def test_checks_that_did_not_run_are_an_error_not_a_figure_without_them() -> None:
    metrics = {"benchmark_checks_passes_total": 30.0, "benchmark_checks_seconds_total": 0.6,
               "benchmark_checks_most_seconds": 0.05, "benchmark_checks_values": 30_000.0}  # fmt: skip
    load = Load.of(metrics)
    done = load.since(Load(10, 0.2, 0.05, 10_000), seconds=21.5)
    assert (done.passes, done.values) == (20, 20_000)
    assert done.pass_ms == pytest.approx(20.0)
    with pytest.raises(BenchmarkError, match="0 passes over 0 values in 5 s"):
        load.since(load, seconds=5.0)
    with pytest.raises(BenchmarkError, match="20 passes over 20000 values in 60 s"):
        load.since(Load(10, 0.2, 0.05, 10_000), seconds=60.0)
    with pytest.raises(BenchmarkError, match="20 passes over 0 values"):
        load.since(Load(10, 0.2, 0.05, 30_000), seconds=21.5)
