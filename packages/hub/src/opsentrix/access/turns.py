"""How much of something expensive goes on at once: in all, and for each person."""

import contextlib
from collections.abc import Iterator

from opsentrix.access.limiter import Limiter
from opsentrix.errors import TooManyRequestsError

_AGAIN_S = 5.0


class Turns:
    """Gives one turn to each person, and so many in all."""

    def __init__(self, most: int, limiter: Limiter) -> None:
        """Take how many there may be at once, and how often somebody may begin one."""
        self._most = most
        self._limiter = limiter
        self._under_way: set[str] = set()

    @contextlib.contextmanager
    def turn(self, person: str) -> Iterator[None]:
        """Hold a turn while the block runs.

        Raises:
            TooManyRequestsError: this person has one, all are taken, or it is too soon.
        """
        if person in self._under_way:
            raise TooManyRequestsError("One of yours is still under way.", _AGAIN_S)
        if len(self._under_way) >= self._most:
            raise TooManyRequestsError(f"{self._most} are under way, more are not done at once.", _AGAIN_S)
        self._limiter.take(person)
        self._under_way.add(person)
        try:
            yield
        finally:
            self._under_way.discard(person)
