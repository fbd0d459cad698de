"""The newest values and their top."""

import numpy as np
import pytest
from opsentrix.live.latest import LatestValues, NewestValue
from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of
from opsentrix_protocol.layouts import layout_id

CPU = Metric("cpu", "1", Kind.GAUGE)
SERIES = (Series(CPU, labels_of(core="0")), Series(CPU, labels_of(core="1")), Series(Metric("load", "1", Kind.GAUGE)))


def batch(agent: int, newest: list[float], time_ms: int = 10_000, series: tuple[Series, ...] = SERIES) -> Batch:
    layout = Layout(layout_id(series), series, np.arange(len(series)))
    frame = StoredFrame(agent, 1, 1, time_ms, 1000, 2, layout.id, 1, 1, b"", b"")
    return Batch([frame], [layout], np.array([[[0.0, value] for value in newest]]))


def test_the_highest_come_first() -> None:
    latest = LatestValues()
    latest.push(batch(1, [0.5, 0.9, 7]))
    latest.push(batch(2, [0.7, 0.1, 3]))
    assert [(one.agent_id, one.value) for one in latest.top([1, 2], "cpu", (), 3, 0)] == [(1, 0.9), (2, 0.7), (1, 0.5)]
    assert latest.top([1, 2], "cpu", (), 1, 0, lowest=True) == [NewestValue(2, SERIES[1], 11.0, 0.1)]


def test_each_agent_stands_once_with_its_highest() -> None:
    latest = LatestValues()
    latest.push(batch(1, [0.9, 0.9, 7]))
    latest.push(batch(2, [0.7, 0.1, 3]))
    latest.push(batch(3, [float("nan"), float("nan"), 1]))
    # Its own metrics, which it sends apart from each other.
    latest.push(batch(4, [0.3], series=SERIES[:1]))
    latest.push(batch(4, [0.8], series=SERIES[1:2]))

    def each(count: int, *, lowest: bool = False) -> list[tuple[int, float]]:
        found = latest.top([1, 2, 3, 4], "cpu", (), count, 0, lowest=lowest, per_agent=True)
        return [(one.agent_id, one.value) for one in found]

    assert each(9) == [(1, 0.9), (4, 0.8), (2, 0.7)]
    assert each(1) == [(1, 0.9)]
    assert each(9, lowest=True) == [(2, 0.1), (4, 0.3), (1, 0.9)]


def test_labels_and_agents_choose() -> None:
    latest = LatestValues()
    latest.push(batch(1, [0.5, 0.9, 7]))
    latest.push(batch(2, [0.7, 0.1, 3]))
    assert [one.value for one in latest.top([1, 2], "cpu", labels_of(core="0"), 9, 0)] == [0.7, 0.5]
    assert [one.value for one in latest.top([1], "load", (), 9, 0)] == [7]
    assert latest.top([1, 2], "nothing", (), 9, 0) == []


def test_what_is_absent_or_old_is_left_out() -> None:
    latest = LatestValues()
    latest.push(batch(1, [float("nan"), 0.2, 7]))
    latest.push(batch(2, [0.9, 0.9, 3], time_ms=1000))
    assert [one.value for one in latest.top([1, 2], "cpu", (), 9, since=5)] == [0.2]


def test_an_older_frame_changes_nothing() -> None:
    latest = LatestValues()
    latest.push(batch(1, [1, 1, 1], time_ms=20_000))
    latest.push(batch(1, [2, 2, 2], time_ms=10_000))
    assert [one.value for one in latest.top([1], "load", (), 9, 0)] == [1]


def test_a_program_that_sends_each_metric_apart_keeps_all_of_them() -> None:
    latest = LatestValues()
    for at, series in enumerate(SERIES):
        latest.push(batch(1, [float(at)], series=(series,)))
    assert [one.value for one in latest.top([1], "load", (), 9, 0)] == [2.0]
    assert [one.value for one in latest.top([1], "cpu", (), 9, 0)] == [1.0, 0.0]
    latest.forget(1)
    assert latest.top([1], "cpu", (), 9, 0) == []


def test_agents_with_one_layout_stand_side_by_side() -> None:
    latest = LatestValues()
    for agent in range(1, 6):
        latest.push(batch(agent, [agent / 10, agent / 20, agent]))
    latest.push(batch(9, [0.5], series=SERIES[:1]))
    latest.forget(2)
    shared, single = latest.columns("cpu", ())
    assert dict(zip(shared.agent_ids.tolist(), shared.values.tolist(), strict=True)) == {
        agent: [agent / 10, agent / 20] for agent in (1, 3, 4, 5)
    }
    assert (shared.time.tolist(), list(shared.series)) == ([11.0] * 4, list(SERIES[:2]))
    assert (single.agent_ids.tolist(), single.values.tolist()) == ([9], [[0.5]])
    assert list(latest.columns("cpu", labels_of(core="7"))) == []


def test_an_agent_keeps_its_newest_layouts() -> None:
    latest = LatestValues()
    metrics = [Series(Metric(f"m{number}", "1", Kind.GAUGE)) for number in range(10)]
    for number, one in enumerate(metrics):
        latest.push(batch(1, [float(number)], time_ms=1000 * (number + 1), series=(one,)))
    held = [number for number in range(10) if latest.top([1], f"m{number}", (), 1, 0)]
    assert held == list(range(2, 10))


@pytest.mark.parametrize("lowest", [True, False])
def test_of_many_the_top_is_that_of_all_in_order(lowest: bool) -> None:
    chance = np.random.default_rng(1)
    latest = LatestValues()
    values = {agent: chance.integers(0, 40, 3).astype(float).tolist() for agent in range(1, 200)}
    for agent, row in values.items():
        row[agent % 3] = row[agent % 3] if agent % 5 else float("nan")
        latest.push(batch(agent, row))
    ranked = sorted((v for row in values.values() for v in row[:2] if not np.isnan(v)), reverse=not lowest)
    for count in (1, 10, 300, 1000):
        assert [one.value for one in latest.top(list(values), "cpu", (), count, 0, lowest=lowest)] == ranked[:count]


def test_of_several_ticks_in_one_batch_the_latest_counts_in_whatever_order() -> None:
    latest = LatestValues()
    parts = [batch(1, [1, 1, 1], 30_000), batch(2, [5, 5, 5], 10_000), batch(1, [2, 2, 2], 20_000)]
    latest.push(
        Batch(
            [one.frames[0] for one in parts],
            [one.layouts[0] for one in parts],
            np.concatenate([one.values for one in parts]),
        )
    )
    assert [(one.agent_id, one.time, one.value) for one in latest.top([1, 2], "load", (), 5, 0)] == [
        (2, 11.0, 5.0),
        (1, 31.0, 1.0),
    ]
