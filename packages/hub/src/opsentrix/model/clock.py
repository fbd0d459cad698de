"""The hub's clock, and where it would stand if nobody had set it."""

from collections.abc import Callable

from opsentrix.model.frames import DAY_MS

_AGREE_MS = 1000
"""Clocks that are corrected slowly differ by less between two looks."""


class HubClock:
    """Tells between which moments it may be now, so that a clock that is set makes no good frame look bad.

    While the wall clock stands elsewhere than where the steady one says that it should, either may be right. After a
    day the wall clock is believed.
    """

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        """Take the clocks.

        Args:
            wall: Unix time in seconds; may jump.
            steady: seconds since any moment; never jumps.
        """
        self._wall = wall
        self._steady = steady
        self._agreed_ms = (round(wall() * 1000), round(steady() * 1000))

    def between(self) -> tuple[int, int]:
        """Return the earliest and the latest moment, Unix ms, that may be now."""
        wall_ms, steady_ms = round(self._wall() * 1000), round(self._steady() * 1000)
        agreed_wall_ms, agreed_steady_ms = self._agreed_ms
        expected_ms = agreed_wall_ms + steady_ms - agreed_steady_ms
        if abs(wall_ms - expected_ms) <= _AGREE_MS or steady_ms - agreed_steady_ms > DAY_MS:
            self._agreed_ms = wall_ms, steady_ms
            return wall_ms, wall_ms
        return min(wall_ms, expected_ms), max(wall_ms, expected_ms)
