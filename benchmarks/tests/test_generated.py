"""Generated history is what the hub would have stored: its own blocks, in the order of time, with known values."""

import functools

import numpy as np
import pytest
from opsentrix.model.blocks import Blocks, unpack_rollup
from opsentrix.model.tiers import HOUR, MINUTE

from benchmarks import fleet_recording
from benchmarks.fleet_plan import Plan, identity
from benchmarks.fleet_recording import Recording
from benchmarks.generated import CYCLE, Cycle, History, hour_of_cycle
from benchmarks.long_queries import newest_mean

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
HISTORY = History(range(1, 4), end_ms=20_000 * DAY_MS + 5 * HOUR_MS, days=365, minute_days=2)


@functools.cache
def cycle() -> Cycle:
    whole = fleet_recording.load()
    return Cycle.of(Recording(whole.series[:3], whole.rows[:, :3]))


def unpacked(row: Blocks, series: int, buckets: int) -> list[float]:
    block = row.data[row.offsets[series] : row.offsets[series + 1]]
    rollup = unpack_rollup(block, buckets)
    assert rollup.count.tolist() == [3600 * 24 // buckets if buckets == 24 else 60] * buckets
    assert (rollup.minimum <= rollup.mean).all()
    assert (rollup.mean <= rollup.maximum).all()
    means: list[float] = rollup.mean.tolist()
    return means


def test_the_hours_and_days_hold_the_means_that_are_told() -> None:
    known = cycle()
    assert known.means.shape == (CYCLE, 3, 60)
    for series in range(3):
        assert unpacked(known.hours[60], series, 60) == pytest.approx(known.means[60, series], rel=1e-6)
        places = (60 + np.arange(24)) % CYCLE
        assert unpacked(known.days[60], series, 24) == pytest.approx(known.means[places, series].mean(axis=1), rel=1e-6)


def test_an_hour_has_the_samples_of_the_recording_scaled() -> None:
    rows = fleet_recording.load().replayed(0, 0, 60)[:, 1]
    ratio = cycle().means[0, 1, 0] / rows.mean()
    assert 0.5 <= ratio <= 2.0
    assert cycle().means[0, 1, 1] / fleet_recording.load().replayed(0, 60, 60)[:, 1].mean() == pytest.approx(ratio)


def test_rows_are_written_hour_by_hour_for_all_agents_up_to_the_hour_that_is_in_frames() -> None:
    ids = {1: [11, 12, 13], 2: [21, 22, 23], 3: [31, 32, 33]}
    rows = list(HISTORY.rows(cycle(), ids, MINUTE, HISTORY.today_ms))
    assert [row[0] for row in rows] == [1, 2, 3] * 5
    assert [row[2] for row in rows[:3]] == list(ids.values())
    assert rows[4][5] == cycle().hours[hour_of_cycle(2, HISTORY.today_ms + HOUR_MS)].data
    (first, *_) = HISTORY.rows(cycle(), ids, HOUR, HISTORY.today_ms - DAY_MS)
    assert first[5] == cycle().days[hour_of_cycle(1, HISTORY.today_ms - DAY_MS)].data


def test_an_agent_is_at_another_hour_than_its_neighbour_and_goes_on_hour_by_hour() -> None:
    assert len({hour_of_cycle(agent, HISTORY.end_ms) for agent in range(1, 11)}) == 10
    assert (hour_of_cycle(1, HISTORY.end_ms) + 1) % CYCLE == hour_of_cycle(1, HISTORY.end_ms + HOUR_MS)


def test_the_newest_hour_is_expected_from_the_ticks_that_fall_into_a_point() -> None:
    plan = Plan("http://127.0.0.1:1", first=1, agents=2, frames=719, rate=1.0, start_ms=HISTORY.end_ms)
    rows = fleet_recording.load()
    # Agent 1 begins a second after the hour and agent 2 two seconds: their ticks 119 and 118 are the point's first.
    expected = [rows.replayed(identity(agent).offset, 120 - agent, 120)[:, 4].mean() for agent in (1, 2)]
    found = newest_mean(plan, 4, HISTORY.end_ms + 120_000, 120_000)
    assert found == pytest.approx(np.mean(expected))
