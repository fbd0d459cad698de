"""The threshold checks judge the newest values of all agents rightly, and are known to have run."""

import numpy as np
import pytest
from opsentrix.live.latest import LatestValues
from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of

from benchmarks import fleet_recording
from benchmarks.checks import Check, Evaluation, Load, checks_of, from_json, to_json
from benchmarks.harness import BenchmarkError

LOAD = Metric("load", "1", Kind.GAUGE)
SERIES = tuple(Series(LOAD, labels_of(cpu=str(cpu))) for cpu in range(3))


class Fleet:
    """The newest values of agents with three series each."""

    def __init__(self) -> None:
        self.latest = LatestValues()

    def at(self, second: int, values: dict[int, list[float]]) -> LatestValues:
        """Return what a hub holds after these samples by agent."""
        for agent_id, row in values.items():
            frame = StoredFrame(agent_id, 1, 1, 1000 * second, 1000, 1, len(row), 1, 1, b"", b"")
            layout = Layout(len(row), SERIES[: len(row)], np.arange(len(row)))
            self.latest.push(Batch([frame], [layout], np.array(row)[None, :, None]))
        return self.latest


def test_a_check_fires_once_its_metric_was_above_for_long_enough() -> None:
    evaluation, fleet = Evaluation([Check("load", (), above=5.0, for_s=10.0)]), Fleet()
    assert evaluation.run(fleet.at(100, {1: [6.0], 2: [1.0]})) == 0
    assert evaluation.run(fleet.at(109, {1: [6.0], 2: [6.0]})) == 0
    assert evaluation.run(fleet.at(110, {1: [6.0], 2: [6.0]})) == 1
    assert evaluation.run(fleet.at(119, {1: [5.0], 2: [6.0]})) == 1
    assert evaluation.run(fleet.at(120, {1: [6.0], 2: [6.0]})) == 1
    assert evaluation.looked_at == 10


def test_the_highest_series_of_an_agent_decides_and_absent_ones_do_not_count() -> None:
    evaluation, fleet = Evaluation([Check("load", (), above=5.0, for_s=0.0)]), Fleet()
    assert evaluation.run(fleet.at(100, {7: [1.0, np.nan, 9.0]})) == 1
    assert evaluation.run(fleet.at(101, {7: [np.nan, np.nan, np.nan]})) == 0


def test_agents_of_all_layouts_are_checked_by_labels() -> None:
    evaluation, fleet = Evaluation([Check("load", labels_of(cpu="1"), above=5.0, for_s=0.0)]), Fleet()
    assert evaluation.run(fleet.at(100, {1: [9.0], 2: [1.0, 9.0], 3: [1.0, 9.0, 1.0], 4: [9.0, 1.0, 9.0]})) == 2


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
