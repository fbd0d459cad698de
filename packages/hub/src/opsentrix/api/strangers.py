"""How many connections those may hold open who have not shown who they are; agents and people may hold any number.

Nobody is turned away at the door: who is known by a credential and who is not look alike until they have spoken. So
where too many are silent, the one that has been so for longest goes, of the address that has most of them. An agent
behind the address of an attacker needs one round trip to get in.
"""

from collections.abc import Callable, MutableMapping
from typing import Any, Final

from opsentrix import selfmetrics
from opsentrix.access.limiter import network_of

PER_ADDRESS: Final = 3_000
"""More than the kernel lets wait for the hub at once: a whole fleet behind one address may come back in one moment."""
IN_ALL: Final = 6_000
TICKET = "opsentrix.ticket"
"""Key of a connection's ticket in the state of its ASGI scopes."""
_KNOWN = "opsentrix.known"


class Ticket:
    """One connection; it counts until somebody vouches for it, or it ends."""

    __slots__ = ("_door", "address", "end")

    def __init__(self, door: "Door", address: str, end: Callable[[], None]) -> None:
        self._door = door
        self.address = address
        self.end = end

    def leave(self) -> None:
        """Count no more: whoever it is, is known, or gone. May be called again."""
        self._door.forget(self)


class Door:
    """The strangers of one hub process."""

    def __init__(self, per_address: int = PER_ADDRESS, in_all: int = IN_ALL) -> None:
        self._per_address = per_address
        self._in_all = in_all
        self._by_address: dict[str, dict[Ticket, None]] = {}
        self._count = 0

    def enter(self, address: str, end: Callable[[], None]) -> Ticket:
        """Count a connection; where there are too many, the oldest of the address with most of them is ended.

        Args:
            address: where it comes from.
            end: ends it at once.
        """
        ticket = Ticket(self, network_of(address), end)
        own = self._by_address.setdefault(ticket.address, {})
        own[ticket] = None
        self._count += 1
        if len(own) > self._per_address:
            self._end_oldest(own, "address")
        elif self._count > self._in_all:
            self._end_oldest(max(self._by_address.values(), key=len), "all")
        selfmetrics.STRANGERS.set(self._count)
        return ticket

    def forget(self, ticket: Ticket) -> None:
        """Count a connection no more."""
        own = self._by_address.get(ticket.address, {})
        if ticket in own:
            del own[ticket]
            self._count -= 1
            if not own:
                del self._by_address[ticket.address]
        selfmetrics.STRANGERS.set(self._count)

    def _end_oldest(self, tickets: dict[Ticket, None], limit: str) -> None:
        oldest = next(iter(tickets))
        self.forget(oldest)
        selfmetrics.STRANGERS_ENDED.labels(limit).inc()
        oldest.end()


def vouch(scope: MutableMapping[str, Any]) -> None:
    """Say that whoever sent the request of this ASGI scope is known, by a credential that was checked."""
    state = scope.setdefault("state", {})
    state[_KNOWN] = True
    if (ticket := state.get(TICKET)) is not None:
        ticket.leave()


def known(scope: MutableMapping[str, Any]) -> bool:
    """Return whether somebody vouched for the sender of this request."""
    return _KNOWN in scope.get("state", {})
