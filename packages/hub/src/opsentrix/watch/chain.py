"""Whether the way from a sample to a person is whole, as far as the hub can know. Pure."""

from collections.abc import Callable
from typing import NamedTuple

RECENT_S = 30.0
"""A stage that did nothing for longer is stuck: each has something to do every second."""
CANARY_S = 60.0
"""A canary that takes longer is late."""


class Chain(NamedTuple):
    """How long ago each stage did its part, in seconds.

    Attributes:
        engine: the last evaluation of all rules.
        incidents: the last pass over incidents.
        notifications: the last look of the notifier.
        written: the last row that could be written.
        unwritten: for how long transitions have waited to be written; 0 where none do.
        canary: for how long a canary has been under way; 0 for none; None where canaries are off.
        proven: whether a canary was received since the start.
    """

    engine: float
    incidents: float
    notifications: float
    written: float
    unwritten: float
    canary: float | None
    proven: bool


def broken(chain: Chain) -> list[str]:
    """Return what is wrong, in words; nothing when the chain is whole."""
    aged = (
        ("no evaluation of rules", chain.engine),
        ("no pass over incidents", chain.incidents),
        ("no look for notifications", chain.notifications),
        ("no row was written", chain.written),
        ("alerts wait to be written", chain.unwritten),
    )
    found = [f"{what} for {age:.0f} s" for what, age in aged if age > RECENT_S]
    if chain.canary is not None and chain.canary > CANARY_S:
        found.append(f"the canary has been under way for {chain.canary:.0f} s")
    elif chain.canary is not None and not chain.proven:
        found.append("no canary came through since the start")
    return found


class Beats:
    """When each stage last did its part, on a clock that never jumps."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._began = steady()
        self._last: dict[str, float] = {}

    def beat(self, stage: str) -> None:
        """Note that a stage did its part."""
        self._last[stage] = self._steady()

    def age(self, stage: str) -> float:
        """Return how many seconds ago that was; since the start where it never was."""
        return self._steady() - self._last.get(stage, self._began)
