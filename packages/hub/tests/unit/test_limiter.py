"""The token bucket, by a clock that the test sets."""

import pytest
from opsentrix.access.limiter import Limiter
from opsentrix.errors import TooManyRequestsError


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def allowed(limit: Limiter, key: str = "a", tries: int = 20) -> int:
    """Return how many of these tries pass."""
    count = 0
    for _ in range(tries):
        try:
            limit.take(key)
        except TooManyRequestsError:
            continue
        count += 1
    return count


def test_allows_the_burst_and_then_one_each_refill(clock: Clock) -> None:
    limit = Limiter(3, 10, clock)
    assert allowed(limit) == 3
    clock.now += 9.9
    assert allowed(limit) == 0
    clock.now += 0.2
    assert allowed(limit) == 1
    clock.now += 1000
    assert allowed(limit) == 3


def test_says_how_long_to_wait(clock: Clock) -> None:
    limit = Limiter(2, 10, clock)
    allowed(limit)
    clock.now += 4
    with pytest.raises(TooManyRequestsError) as refused:
        limit.take("a")
    assert refused.value.retry_after_s == pytest.approx(6)
    clock.now += refused.value.retry_after_s
    limit.take("a")


def test_keys_do_not_harm_each_other_and_can_be_forgiven(clock: Clock) -> None:
    limit = Limiter(2, 10, clock)
    assert allowed(limit, "a") == 2
    assert allowed(limit, "b") == 2
    limit.forgive("a")
    assert allowed(limit, "a") == 2


def test_keeps_a_bounded_number_of_keys(clock: Clock) -> None:
    limit = Limiter(1, 10, clock, kept=5)
    for number in range(50):
        limit.take(str(number))
    assert len(limit._full_at) == 5


def test_what_is_only_noted_makes_others_wait_but_no_longer_than_for_one_try(clock: Clock) -> None:
    limit = Limiter(3, 10, clock)
    for _ in range(100):
        limit.spend("a")
    with pytest.raises(TooManyRequestsError) as refused:
        limit.check("a")
    assert refused.value.retry_after_s == pytest.approx(10)
    clock.now += 10
    limit.check("a")
    limit.check("a")
    assert allowed(limit) == 1
