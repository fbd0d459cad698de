"""The ways to the hub. Each is imported only when it is chosen."""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from opsentrix_agent.endpoint import endpoint
from opsentrix_agent.errors import SettingsError
from opsentrix_agent.tls import client_context

if TYPE_CHECKING:
    import ssl

LINKS = {
    "websocket": "opsentrix_agent.links.websocket",
    "grpc": "opsentrix_agent.links.grpc",
    "socketio": "opsentrix_agent.links.socketio",
    "rest": "opsentrix_agent.links.rest",
}
"""The module of each link; its function `dialer` takes a `Dialled`."""


class Readable(Protocol):
    """What `select` can wait for."""

    def fileno(self) -> int:
        """Return the descriptor."""


class Connection(Protocol):
    """One connection to the hub that carries messages whole and in order; only sending may block, and not for long."""

    def readers(self) -> Sequence[Readable]:
        """Return what becomes readable when there is something to read, or room to send again."""

    def pending(self) -> bool:
        """Return whether there is something to read of which `select` knows nothing."""

    def writable(self) -> bool:
        """Return whether another message may be sent now."""

    def send(self, message: bytes) -> None:
        """Send one message."""

    def turn(self, now: float) -> float:
        """Do what is due by this time, and return the time at which more is; both monotonic seconds.

        Raises:
            LinkError: the hub does not answer in time.
            OSError: the connection broke.
        """

    def ping(self) -> bool:
        """Ask for a sign of life, or return that none is needed, as this connection finds out by itself."""

    def read(self) -> Iterator[bytes]:
        """Yield the messages that have arrived; an empty one stands for another sign of life.

        Raises:
            LinkError: the hub ended the connection, or sent what it must not.
            OSError: the connection broke.
        """

    def close(self, wait_s: float = 0.0) -> None:
        """Close, again if need be; within `wait_s` what was sent last still gets through."""


NEVER = float("inf")
Dial = Callable[[str], Connection]
"""Connects with a credential; raises OSError or LinkError."""


class Dialled(NamedTuple):
    """Whom to call.

    Attributes:
        url: with the scheme http, https, grpc or grpcs.
        agent_id: who calls.
        tls: verifies the hub, for https.
        tls_ca: PEM file with the only authorities to trust, for libraries that take no `tls`.
    """

    url: str
    agent_id: int
    tls: "ssl.SSLContext | None" = None
    tls_ca: Path | None = None


def dialer(server_url: str, link: str, agent_id: int, tls_ca: Path | None) -> Dial:
    """Return what connects to the hub.

    Args:
        server_url: where the hub is.
        link: one of `endpoint.LINKS`.
        agent_id: who connects.
        tls_ca: PEM file with the only authorities to trust; None means the system's.

    Raises:
        SettingsError: `link` and `server_url` do not go together, or need what is not there.
    """
    try:
        found = endpoint(server_url, link)
    except ValueError as error:
        raise SettingsError(f"server_url {error}.") from None
    tls = client_context(tls_ca) if found.url.startswith("https:") else None
    made: Dial = import_module(LINKS[found.link]).dialer(Dialled(found.url, agent_id, tls, tls_ca))
    return made
