"""How long to wait before the next attempt to connect.

Exponential with full jitter, so that a fleet that lost its hub does not return all at once
(https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
"""

from collections.abc import Callable

from opsentrix_agent.jitter import uniform

BASE_S = 1.0
CAP_S = 60.0
REFUSED_S = (120.0, 300.0)
"""Trying a refused credential again soon only loads the hub; minutes later somebody may have put it right."""

REVOKED_S = (3000.0, 4200.0)
"""A revoked identity comes back only when a person enrolls this machine again, and that may be without a restart."""


class Backoff:
    """Counts failures; each `uniform(low, high)` draw is a wait in seconds."""

    def __init__(self, uniform: Callable[[float, float], float] = uniform) -> None:
        self._uniform = uniform
        self._failures = 0

    def failed(self, *, refused: bool = False, revoked: bool = False) -> float:
        """Count a failure and return the seconds to wait."""
        if revoked:
            return self._uniform(*REVOKED_S)
        if refused:
            return self._uniform(*REFUSED_S)
        ceiling = min(CAP_S, BASE_S * 2.0 ** min(self._failures, 10))
        self._failures += 1
        return self._uniform(0.0, ceiling)

    def succeeded(self) -> None:
        """Start over: the hub said Welcome."""
        self._failures = 0
