"""The numbers of the list of agents."""

import math

import numpy as np
import pytest
from opsentrix.live.summary import SLOT_S, SLOTS, Summaries

from packages.hub.tests.kit.batches import batch, series_of

IDLE = series_of("system.cpu.utilization", state="idle")
CORE_IDLE = series_of("system.cpu.utilization", state="idle", cpu="0")
USED = series_of("system.memory.utilization", state="used")
ROOT = series_of("system.filesystem.utilization", device="/dev/sda1", mountpoint="/")
DATA = series_of("system.filesystem.utilization", device="/dev/sdb1", mountpoint="/data")
RX0 = series_of("system.network.io", device="eth0", direction="receive")
RX1 = series_of("system.network.io", device="eth1", direction="receive")
TX0 = series_of("system.network.io", device="eth0", direction="transmit")
LOAD = series_of("system.cpu.load_average.1m")


@pytest.fixture
def summaries() -> Summaries:
    return Summaries()


def test_a_host_by_its_last_tick(summaries: Summaries) -> None:
    summaries.push(
        batch(
            {
                CORE_IDLE: [0.1, 0.1], IDLE: [0.2, 0.7], USED: [0.1, 0.5], ROOT: [0.3, 0.4], DATA: [0.8, 0.9],
                RX0: [1, 100], RX1: [1, 20], TX0: [1, 7], LOAD: [1, 2.5],
            },
            time_s=5000,
        )
    )  # fmt: skip
    newest = summaries.newest(1)
    assert newest.pop("time") == 5000
    assert newest == pytest.approx({
        "cpu": 0.3, "memory": 0.5, "disk": 0.9, "network_receive": 120, "network_transmit": 7, "load_1m": 2.5,
    })  # fmt: skip


def test_the_newest_numbers_are_exact_and_outlive_a_tick_without_them(summaries: Summaries) -> None:
    summaries.push(batch({IDLE: [0.7], USED: [0.1 + 0.2]}, time_s=5000))
    summaries.push(batch({IDLE: [math.nan], USED: [1 / 3]}, time_s=5007))
    newest = summaries.newest(1)
    assert newest["memory"] == 1 / 3
    assert newest["cpu"] == pytest.approx(0.3)


def test_what_is_absent_is_unknown(summaries: Summaries) -> None:
    summaries.push(batch({IDLE: [math.nan], RX0: [math.nan], RX1: [20], LOAD: [1]}))
    newest = summaries.newest(1)
    assert newest["cpu"] is None
    assert newest["network_receive"] == 20
    assert newest["memory"] is None


def test_percentages_of_other_programs_are_shares_of_one(summaries: Summaries) -> None:
    summaries.push(
        batch({series_of("cpu_usage"): [42.5], series_of("memory_usage"): [10], series_of("disk_usage"): [5]})
    )
    newest = summaries.newest(1)
    assert [newest[name] for name in ("cpu", "memory", "disk")] == pytest.approx([0.425, 0.1, 0.05])


def test_the_host_metric_wins_over_the_percentage(summaries: Summaries) -> None:
    summaries.push(batch({series_of("cpu_usage"): [99], IDLE: [0.5]}))
    assert summaries.newest(1)["cpu"] == 0.5


def test_an_older_batch_does_not_undo_a_newer_one(summaries: Summaries) -> None:
    summaries.push(batch({IDLE: [0.5]}, time_s=2000))
    summaries.push(batch({IDLE: [0.1]}, time_s=1990))
    assert summaries.newest(1)["cpu"] == 0.5
    lines = summaries.sparklines(1, 2000)
    assert lines is not None
    assert lines.values["cpu"][-3:] == pytest.approx([0.9, math.nan, 0.5], nan_ok=True)


def test_numbers_of_several_calls_are_put_together_while_fresh(summaries: Summaries) -> None:
    summaries.push(batch({series_of("cpu_usage"): [50]}, time_s=2000))
    summaries.push(batch({series_of("memory_usage"): [25]}, time_s=2001))
    assert (summaries.newest(1)["cpu"], summaries.newest(1)["memory"]) == (0.5, 0.25)
    summaries.push(batch({series_of("memory_usage"): [25]}, time_s=2001 + SLOT_S * SLOTS))
    assert summaries.newest(1)["cpu"] is None


def test_nothing_is_known_of_strangers_of_other_metrics_and_of_the_forgotten(summaries: Summaries) -> None:
    summaries.push(batch({series_of("queue_length"): [5]}, agent=2))
    summaries.push(batch({LOAD: [5]}, agent=3))
    summaries.forget(3)
    for agent in (1, 2, 3):
        assert summaries.sparklines(agent, 1000) is None
        assert set(summaries.newest(agent).values()) == {None}


def test_sparklines_hold_the_last_minutes_and_forget_what_is_older(summaries: Summaries) -> None:
    begin = 10_000
    for at in range(begin, begin + 600, SLOT_S):
        summaries.push(batch({LOAD: [1], USED: [at]}, time_s=at))
    lines = summaries.sparklines(1, begin + 599)
    assert lines is not None
    assert "load_1m" not in lines.values
    assert lines.time.tolist() == [begin + 300 + SLOT_S * n for n in range(SLOTS)]
    assert lines.values["memory"].tolist() == lines.time.tolist()
    assert all(math.isnan(value) for value in lines.values["cpu"])


def test_sparklines_of_a_silent_agent_run_empty(summaries: Summaries) -> None:
    summaries.push(batch({USED: [1]}, time_s=1000))
    late = summaries.sparklines(1, 1000 + SLOTS * SLOT_S)
    assert late is not None
    assert all(math.isnan(value) for value in late.values["memory"])


def test_huge_values_are_unknown_rather_than_infinite(summaries: Summaries) -> None:
    summaries.push(batch({RX0: [1.7e308], RX1: [1.7e308], LOAD: [1e300], USED: [1e300]}))
    newest = summaries.newest(1)
    assert newest["network_receive"] is None
    assert newest["load_1m"] is None
    lines = summaries.sparklines(1, 1000)
    assert lines is not None
    assert all(np.isnan(line).all() for line in lines.values.values())
