"""How often a slow source is read."""


class Pace:
    """Says at which ticks a source is due that costs too much, or changes too little, to be read at each."""

    __slots__ = ("_left", "ticks")

    def __init__(self, ticks: int) -> None:
        """Take the number of ticks from one read to the next, which may be changed at any time."""
        self.ticks = ticks
        self._left = 0

    def due(self) -> bool:
        """Return whether the source is read at this tick; true at the first. To be asked once a tick."""
        if self._left > 0:
            self._left -= 1
            return False
        self._left = self.ticks - 1
        return True
