"""When to sample: ticks on whole multiples of the step of the wall clock, so that all agents sample together.

Pure: the clocks are arguments. A tick that comes too late is counted and left out, never made up for, so ticks do not
bunch; a clock that jumps only moves the next tick.
"""

from typing import NamedTuple


class Moment(NamedTuple):
    """Both clocks, read together, in milliseconds; `mono` never jumps and goes on in sleep, `wall` is Unix time."""

    wall: int
    mono: int


class Tick(NamedTuple):
    """One sampling instant.

    Attributes:
        time_ms: Unix time of it, a multiple of the step.
        missed: ticks left out since the one before.
        clock_step_ms: by how much the wall clock was set since the tick before, forward or back; 0 when it was not.
    """

    time_ms: int
    missed: int
    clock_step_ms: int


def next_tick(now_ms: int, step_ms: int) -> int:
    """Return the first multiple of the step after `now_ms`.

    >>> next_tick(1_000, 1_000), next_tick(1_001, 1_000)
    (2000, 2000)
    """
    return (now_ms // step_ms + 1) * step_ms


class Schedule:
    """Plans the next tick and says when it has come. Half a step late is the most that a tick may be."""

    def __init__(self, step_ms: int, now: Moment) -> None:
        self._step = step_ms
        self._tolerance = step_ms // 2
        self._planned = next_tick(now.wall, step_ms)
        self._reference = now
        self._last_mono: int | None = None
        self._clock_step_ms = 0

    def wait_ms(self, now: Moment) -> int:
        """Return how long to wait for the planned tick; 0 when it is due. Never more than two steps."""
        return min(max(0, self._planned - now.wall), 2 * self._step)

    def claim(self, now: Moment) -> Tick | None:
        """Return the tick that is due now, or None when it is yet to come; then ask `wait_ms` again."""
        drift = (now.wall - self._reference.wall) - (now.mono - self._reference.mono)
        self._reference = now
        if abs(drift) > self._tolerance:
            self._clock_step_ms += drift
            self._planned = next_tick(now.wall, self._step)
        if now.wall < self._planned:
            return None
        if now.wall - self._planned > self._tolerance:
            self._planned = next_tick(now.wall, self._step)
            return None
        missed = 0
        if self._last_mono is not None:
            missed = max(0, round((now.mono - self._last_mono) / self._step) - 1)
        tick = Tick(self._planned, missed, self._clock_step_ms)
        self._last_mono = now.mono
        self._clock_step_ms = 0
        self._planned += self._step
        return tick
