from collections.abc import Sequence

import pytest
from opsentrix_agent.collectors.walkpace import WalkPace


def walks(total: int, idle_cores: Sequence[float | None]) -> list[int]:
    """Return the ticks at which a machine with so many processes is walked, given how idle it was in each second."""
    pace = WalkPace()
    idle: float | None = 0.0
    found = []
    for tick, cores in enumerate(idle_cores):
        idle = None if cores is None else (idle or 0.0) + cores

        def seconds(known: float | None = idle) -> float | None:
            return known

        if pace.due(float(tick), seconds):
            found.append(tick)
            pace.walked(total, float(tick), seconds)
    return found


def test_the_plain_pace_keeps_to_100_processes_a_tick() -> None:
    assert walks(500, [2.0] * 16) == [0, 5, 10, 15]
    assert walks(2000, [2.0] * 61) == [0, 20, 40, 60]


def test_a_machine_that_got_busier_is_walked_after_two_ticks() -> None:
    assert walks(2000, [2.0] * 48 + [1.0] * 3 + [2.0] * 9) == [0, 20, 40, 49]


@pytest.mark.parametrize("total", [10, 500, 600, 1000, 1600])
def test_whoever_takes_a_core_for_5_seconds_is_seen_after_a_second_of_it(total: int) -> None:
    for begin in range(100, 120):
        busy = range(begin + 1, begin + 6)
        found = walks(total, [1.0 if tick in busy else 2.0 for tick in range(130)])
        assert any(tick in busy[:-1] for tick in found), begin


def test_one_busy_tick_and_small_changes_are_nothing() -> None:
    assert walks(2000, [2.0] * 48 + [0.0] + [2.0] * 12) == [0, 20, 40, 60]
    assert walks(2000, [2.0] * 48 + [1.6] * 13) == [0, 20, 40, 60]


def test_early_walks_have_their_own_least_distance() -> None:
    restless = [2.0] * 41 + [0.0, 0.0, 2.0, 2.0] * 10
    assert walks(2000, restless)[3:5] == [46, 54]
    assert walks(100, [2.0] * 16 + [0.0] * 4)[3:] == [15, 17]
    assert walks(10_000, [2.0] * 201 + [0.0] * 60)[3:4] == [225]


def test_a_machine_that_stays_busy_is_walked_at_the_plain_pace_again() -> None:
    found = walks(2000, [2.0] * 41 + [0.0] * 80)
    assert found[3:] == [45, 65, 85, 105]


def test_where_nobody_knows_how_idle_it_is_the_pace_is_plain() -> None:
    assert walks(2000, [None] * 41) == [0, 20, 40]
    assert walks(2000, [2.0] * 25 + [None] * 5 + [2.0] * 31) == [0, 20, 40, 60]
