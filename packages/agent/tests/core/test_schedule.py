import pytest
from opsentrix_agent.schedule import Moment, Schedule, Tick, next_tick

START = 1_700_000_000_000


def at(offset_ms: int, jump_ms: int = 0) -> Moment:
    return Moment(START + offset_ms + jump_ms, 5_000 + offset_ms)


@pytest.mark.parametrize(("now", "expected"), [(0, 1000), (1, 1000), (999, 1000), (1000, 2000)])
def test_the_next_tick_is_aligned_and_ahead(now: int, expected: int) -> None:
    assert next_tick(now, 1000) == expected


def test_ticks_come_on_whole_seconds() -> None:
    schedule = Schedule(1000, at(250))
    assert schedule.wait_ms(at(250)) == 750
    assert schedule.claim(at(999)) is None
    assert schedule.wait_ms(at(999)) == 1
    assert schedule.claim(at(1000)) == Tick(START + 1000, 0, clock_step_ms=0)
    assert schedule.claim(at(1000)) is None
    assert schedule.claim(at(2003)) == Tick(START + 2000, 0, clock_step_ms=0)
    assert schedule.claim(at(3000)) == Tick(START + 3000, 0, clock_step_ms=0)


def test_a_tick_up_to_half_a_step_late_still_counts() -> None:
    schedule = Schedule(1000, at(0))
    assert schedule.claim(at(1500)) == Tick(START + 1000, 0, clock_step_ms=0)
    assert schedule.claim(at(2000)) == Tick(START + 2000, 0, clock_step_ms=0)


def test_missed_ticks_are_counted_and_do_not_bunch() -> None:
    schedule = Schedule(1000, at(0))
    assert schedule.claim(at(1000)) is not None
    assert schedule.claim(at(4600)) is None
    assert schedule.wait_ms(at(4600)) == 400
    assert schedule.claim(at(5000)) == Tick(START + 5000, 3, clock_step_ms=0)
    assert schedule.claim(at(5001)) is None


@pytest.mark.parametrize("jump", [3_600_000, -3_600_000, 700, -700])
def test_a_clock_that_jumps_moves_the_next_tick_and_misses_none(jump: int) -> None:
    schedule = Schedule(1000, at(0))
    assert schedule.claim(at(1000)) is not None
    assert schedule.wait_ms(at(1001)) <= 2000
    now = at(2000, jump)
    tick = schedule.claim(now)
    if tick is None:
        wait = schedule.wait_ms(now)
        assert 0 < wait <= 1000
        tick = schedule.claim(at(2000 + wait, jump))
    assert tick is not None
    assert tick.clock_step_ms == jump
    assert tick.time_ms % 1000 == 0
    assert tick.missed <= 1


def test_the_wait_is_bounded_even_when_the_clock_went_back() -> None:
    schedule = Schedule(1000, at(0))
    assert schedule.wait_ms(at(100, -86_400_000)) == 2000


def test_slow_drift_is_no_jump() -> None:
    schedule = Schedule(1000, at(0))
    for second in range(1, 2000):
        tick = schedule.claim(at(second * 1000, jump_ms=second // 10))
        assert tick == Tick(START + second * 1000, 0, clock_step_ms=0)


def test_sleep_is_no_jump_but_missed_ticks() -> None:
    schedule = Schedule(1000, at(0))
    assert schedule.claim(at(1000)) is not None
    assert schedule.claim(at(3_600_400)) is None  # both clocks went on while the machine slept
    assert schedule.claim(at(3_601_000)) == Tick(START + 3_601_000, 3599, clock_step_ms=0)
