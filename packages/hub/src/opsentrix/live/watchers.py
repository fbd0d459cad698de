"""Who watches which of the things that there are many of."""

from collections.abc import Collection

from opsentrix.live.feed import Subscriber

MAX_WATCHED = 20
"""Things of one kind that one browser may watch at once."""


class Watchers:
    """Browsers by the number of what they watch."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._watching: dict[int, set[Subscriber]] = {}

    def watch(self, subscriber: Subscriber, number: int) -> bool:
        """Tell of it from now on; False when this browser watches too many already."""
        watched = [one for one, who in self._watching.items() if subscriber in who]
        if len(watched) >= MAX_WATCHED and number not in watched:
            return False
        self._watching.setdefault(number, set()).add(subscriber)
        return True

    def unwatch(self, subscriber: Subscriber, number: int) -> None:
        """Stop that."""
        who = self._watching.get(number, set())
        who.discard(subscriber)
        if not who:
            self._watching.pop(number, None)

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a browser that is gone."""
        for number in [one for one, who in self._watching.items() if subscriber in who]:
            self.unwatch(subscriber, number)

    def of(self, number: int) -> Collection[Subscriber]:
        """Return who watches it."""
        return self._watching.get(number, ())
