import pytest
from opsentrix_agent.rates import Rates, significant

KEY = ("test.rate", ())
SPAN32 = 2**32


def feed(bits: int, *points: tuple[float, float]) -> list[float | None]:
    rates = Rates()
    return [rates.rate(KEY, bits, value, now) for now, value in points]


def test_the_first_observation_yields_nothing() -> None:
    assert feed(64, (0, 500)) == [None]


def test_the_rate_uses_the_time_that_really_passed() -> None:
    assert feed(64, (0, 0), (1, 10), (3.5, 60), (4.0, 60)) == [None, 10, 20, 0]


def test_no_time_passed_yields_nothing_and_loses_nothing() -> None:
    assert feed(64, (0, 0), (0, 10), (1, 20)) == [None, None, 20]


@pytest.mark.parametrize("bits", [32, 64])
def test_a_reset_yields_nothing_and_then_goes_on(bits: int) -> None:
    assert feed(bits, (0, 1000), (1, 1100), (2, 30), (3, 50)) == [None, 100, None, 20]


def test_a_64_bit_counter_never_wraps() -> None:
    top = 2.0**64 - 4096
    assert feed(64, (0, top - 8192), (1, top), (2, 10)) == [None, 8192, None]


def test_a_32_bit_counter_wraps() -> None:
    assert feed(32, (0, SPAN32 - 200), (1, SPAN32 - 100), (2, 50), (3, 150)) == [None, 100, 150, 100]


@pytest.mark.parametrize(
    ("before", "last", "value", "why"),
    [
        (SPAN32 - 200, SPAN32 - 100, 10_000, "the rate would be far above the one before"),
        (SPAN32 / 2 - 100, SPAN32 / 2, 0, "the counter stood in the middle of its range"),
        (SPAN32 - 2e9, SPAN32 - 1e3, SPAN32 * 0.3, "the new value is not near zero"),
        (SPAN32 * 2, SPAN32 * 2 + 100, 10, "the counter was beyond 32 bits, so it is wider"),
    ],
)
def test_a_32_bit_decrease_that_is_not_plausibly_a_wrap_is_a_reset(
    before: float, last: float, value: float, why: str
) -> None:
    assert feed(32, (0, before), (1, last), (2, value))[2] is None, why


def test_without_a_rate_before_a_32_bit_decrease_is_a_reset() -> None:
    assert feed(32, (0, SPAN32 - 10), (1, 10)) == [None, None]


def test_counters_that_are_gone_are_forgotten() -> None:
    rates = Rates()
    for second in range(1300):
        rates.rate(("stays", ()), 64, second, second)
        if second < 10:
            rates.rate(("goes", ()), 64, second, second)
        rates.forget(second)
    assert len(rates) == 1
    assert rates.rate(("stays", ()), 64, 1300, 1300) == 1


def test_rates_keep_what_their_timing_can_support() -> None:
    for rate in (0.0, 1.0, 65_535.0, 1e-9, 123_456_789.123, 7.7e300):
        kept = significant(rate)
        assert abs(kept - rate) <= rate / 65_536
        assert significant(kept) == kept
    assert feed(64, (0, 0), (1, 12_345)) == [None, 12_345.0]
