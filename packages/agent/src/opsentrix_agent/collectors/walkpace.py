"""When to walk all processes: the more there are the less often, but soon after the machine got busier."""

from collections.abc import Callable

WALK_TICKS = 5
PROCESSES_PER_TICK = 100
EARLY_PROCESSES_PER_TICK = 400
"""What an early walk may cost at most, on average: 0.4 % of a core at 10 us a process."""
BUSIER_CORES = 0.5
BUSIER_TICKS = 2
"""One tick may be anything; a process that runs for 5 seconds and is found after 2 of them can still be read."""


class WalkPace:
    """Counts the ticks to the next walk.

    Walks come each 5th tick, and less often beyond 500 processes, so that on average at most 100 are read a tick.
    Between two of them a process could begin, take all that a core has, and end unseen. So a walk comes early when, for
    two ticks, the cores were idle for half a core less than they were between the latest two walks.
    """

    def __init__(self) -> None:
        self._ticks = 0
        self._planned = 0
        self._soonest = 0
        self._walked: tuple[float, float] | None = None
        self._usual: float | None = None
        self._last: tuple[float, float] | None = None
        self._busier_ticks = 0

    def due(self, now: float, idle: Callable[[], float | None]) -> bool:
        """Count one tick and return whether to walk at it.

        Args:
            now: monotonic time in seconds.
            idle: returns the seconds that all cores together have been idle so far, or None where nobody knows.
        """
        self._ticks += 1
        if self._ticks >= self._planned:
            return True
        return self._got_busier(now, idle()) and self._ticks >= self._soonest

    def walked(self, total: int, now: float, idle: Callable[[], float | None]) -> None:
        """Plan the next walk after one over `total` processes; the others are as in `due`."""
        self._ticks = 0
        self._planned = max(WALK_TICKS, total // PROCESSES_PER_TICK)
        self._soonest = max(BUSIER_TICKS, total // EARLY_PROCESSES_PER_TICK)
        seconds = idle()
        here = None if seconds is None else (now, seconds)
        self._usual = _rate(self._walked, here)
        self._walked = self._last = here
        self._busier_ticks = 0

    def _got_busier(self, now: float, seconds: float | None) -> bool:
        here = None if seconds is None else (now, seconds)
        rate = _rate(self._last, here)
        self._last = here
        if self._usual is None or rate is None or rate > self._usual - BUSIER_CORES:
            self._busier_ticks = 0
        else:
            self._busier_ticks += 1
        return self._busier_ticks >= BUSIER_TICKS


def _rate(before: tuple[float, float] | None, after: tuple[float, float] | None) -> float | None:
    """Return how many cores were idle between two moments, each with the idle seconds until then."""
    if before is None or after is None or after[0] <= before[0]:
        return None
    return (after[1] - before[1]) / (after[0] - before[0])
