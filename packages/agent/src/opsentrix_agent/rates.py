"""Counters become rates per second, correct across wraps and resets."""

import math

from opsentrix_agent.collector import Key

_FORGET_AFTER_S = 600.0
_SIGNIFICANT = 1 << 16
"""Rates keep 16 significant bits, 1 in 65,536: finer than the moment is known at which a counter was read, about 1 in
10,000 of a second's tick. The bits beyond are noise, and noise is what history on disk mostly consists of."""


class Rates:
    """The last value of every counter, by series.

    The rule when a counter decreased: it was *reset* (the machine, the driver or the service started anew), and the
    tick yields no rate, because nobody knows how much was counted before the reset. Only a counter narrower than 64
    bits may have *wrapped* instead. That is believed when all three hold, since a driver that restarts looks alike:

    - the last value stood in the top quarter of the counter's range and the new one stands in the bottom quarter,
    - a rate is known from the tick before,
    - the rate that the wrap implies is at most twice that rate.

    A wrap taken for a reset costs one sample; a reset taken for a wrap yields at most twice the rate before.
    """

    def __init__(self) -> None:
        self._last: dict[Key, tuple[float, float, float | None]] = {}
        self._forgot_at: float | None = None

    def rate(self, key: Key, bits: int, value: float, now: float) -> float | None:
        """Return what the counter gained per second since it was last seen.

        Args:
            key: the series.
            bits: width at which the counter wraps.
            value: the counter.
            now: monotonic time in seconds at which it was read.

        Returns:
            The rate to 16 significant bits, or None when this is the first observation, after a reset, or when no
            time has passed.
        """
        last = self._last.get(key)
        if last is None:
            self._last[key] = (value, now, None)
            return None
        last_value, last_time, last_rate = last
        elapsed = now - last_time
        if elapsed <= 0:
            return None
        gained = value - last_value
        rate = gained / elapsed if gained >= 0 else _wrapped_rate(bits, last_value, value, elapsed, last_rate)
        self._last[key] = (value, now, rate)
        return None if rate is None else significant(rate)

    def forget(self, now: float) -> None:
        """Drop counters not seen for ten minutes, such as those of devices that are gone; cheap to call each tick."""
        if self._forgot_at is None:
            self._forgot_at = now
        if now - self._forgot_at < _FORGET_AFTER_S:
            return
        self._forgot_at = now
        self._last = {key: last for key, last in self._last.items() if now - last[1] < _FORGET_AFTER_S}

    def __len__(self) -> int:
        return len(self._last)


def significant(rate: float) -> float:
    """Return a number to 16 significant bits; whole numbers up to 65,536 stay as they are.

    >>> significant(1234.56789)
    1234.5625
    """
    mantissa, exponent = math.frexp(rate)
    return math.ldexp(round(mantissa * _SIGNIFICANT), exponent - 16)


def _wrapped_rate(bits: int, last: float, value: float, elapsed: float, last_rate: float | None) -> float | None:
    if bits >= 64 or last_rate is None:
        return None
    span = float(1 << bits)
    if not (0.75 * span <= last < span and value < 0.25 * span):
        return None
    rate = (value + span - last) / elapsed
    return rate if rate <= 2 * last_rate else None
