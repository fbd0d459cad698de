"""How often somebody may try: a token bucket for each key, bounded in number."""

from collections import OrderedDict
from collections.abc import Callable

from opsentrix.errors import TooManyRequestsError

_KEPT = 10_000


class Limiter:
    """Allows `burst` tries at once for each key, and one more each `refill_s` seconds."""

    def __init__(self, burst: int, refill_s: float, clock: Callable[[], float]) -> None:
        self._burst = burst
        self._refill_s = refill_s
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str) -> None:
        """Count a try.

        Raises:
            TooManyRequestsError: the key has no try left.
        """
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now)
        wait = full_at + self._refill_s - now - self._burst * self._refill_s
        if wait > 0:
            raise TooManyRequestsError(f"Too many attempts: try again in {wait:.0f} seconds.", wait)
        self._full_at[key] = full_at + self._refill_s
        self._full_at.move_to_end(key)
        if len(self._full_at) > _KEPT:
            self._full_at.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Forget the tries of a key, because one of them was right."""
        self._full_at.pop(key, None)
