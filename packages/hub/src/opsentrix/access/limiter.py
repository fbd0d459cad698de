"""How often somebody may try: a token bucket for each key, bounded in number."""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable

from opsentrix.errors import TooManyRequestsError

_KEPT = 10_000


class Limiter:
    """Allows `burst` tries at once for each key, and one more each `refill_s` seconds.

    What it remembers is bounded: with more than `kept` keys the one that tried longest ago begins anew.
    """

    def __init__(self, burst: int, refill_s: float, clock: Callable[[], float], kept: int = _KEPT) -> None:
        self._burst = burst
        self._refill_s = refill_s
        self._clock = clock
        self._kept = kept
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str) -> None:
        """Count a try.

        Raises:
            TooManyRequestsError: the key has no try left.
        """
        self.check(key)
        self.spend(key)

    def check(self, key: str) -> None:
        """Check that a key has a try left, without counting one.

        Raises:
            TooManyRequestsError: it has none.
        """
        now = self._clock()
        wait = self._full(key, now) + self._refill_s - now - self._burst * self._refill_s
        if wait > 0:
            raise TooManyRequestsError(f"Too many attempts: try again in {max(1, round(wait))} seconds.", wait)

    def spend(self, key: str) -> None:
        """Count a try, whether one is left or not; the wait never grows beyond that of one try."""
        now = self._clock()
        full_at = min(self._full(key, now) + self._refill_s, now + self._burst * self._refill_s)
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._kept:
            self._full_at.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Forget the tries of a key, because one of them was right."""
        self._full_at.pop(key, None)

    def _full(self, key: str, now: float) -> float:
        """Return when a key has all its tries again."""
        return max(self._full_at.get(key, now), now)


def network_of(address: str) -> str:
    """Return what strangers are told apart by: an IPv4 address, or the /64 that one IPv6 subscriber has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
