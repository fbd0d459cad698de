import errno

import pytest
from opsentrix_agent.collector import HostPaths
from opsentrix_agent.collectors.clock import Clock
from opsentrix_agent.errors import CollectorUnavailableError

from .support import NANOSECONDS, PLL, UNSYNCHRONIZED, timex, values


def seen(clock: Clock) -> dict[str, float]:
    return values(clock.collect())


def clock_of(*answers: bytes) -> Clock:
    left = [answers[0], *answers]
    return Clock(HostPaths(), adjtimex=lambda: left.pop(0))


def test_a_clock_that_the_kernel_disciplines() -> None:
    answer = timex(offset=-2500, maximum_us=300_000, estimated_us=150, status=PLL)
    assert seen(clock_of(answer)) == {
        "system.clock.synchronized": 1,
        "system.clock.offset": pytest.approx(-0.0025),
        "system.clock.estimated_error": pytest.approx(0.00015),
        "system.clock.maximum_error": pytest.approx(0.3),
    }


def test_an_offset_in_nanoseconds() -> None:
    answer = timex(offset=2_500_000, status=PLL | NANOSECONDS)
    assert seen(clock_of(answer))["system.clock.offset"] == pytest.approx(0.0025)


def test_a_clock_that_chrony_keeps_has_no_offset_in_the_kernel() -> None:
    assert "system.clock.offset" not in seen(clock_of(timex(status=0)))


def test_a_clock_that_nobody_keeps() -> None:
    answer = timex(maximum_us=16_000_000, estimated_us=16_000_000, status=UNSYNCHRONIZED)
    assert seen(clock_of(answer)) == {
        "system.clock.synchronized": 0,
        "system.clock.estimated_error": 16,
        "system.clock.maximum_error": 16,
    }


def test_it_is_asked_every_10_ticks() -> None:
    clock = clock_of(timex(status=0), timex(status=UNSYNCHRONIZED))
    assert [seen(clock)["system.clock.synchronized"] for _ in range(11)] == [1] * 10 + [0]


def test_in_a_sandbox_it_is_unavailable() -> None:
    def refuse() -> bytes:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    with pytest.raises(CollectorUnavailableError, match="clock cannot be read: Operation not permitted"):
        Clock(HostPaths(), adjtimex=refuse)


def test_the_clock_of_this_machine() -> None:
    try:
        clock = Clock(HostPaths())
    except CollectorUnavailableError as error:
        pytest.skip(f"platform: {error}")
    found = seen(clock)

    assert found["system.clock.synchronized"] in {0, 1}
    # The kernel does not let it grow beyond 16 s; reading a wrong place in the struct would.
    assert 0 <= found["system.clock.maximum_error"] <= 16
