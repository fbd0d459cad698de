"""What a link offers to the transport. Only type checkers import this: it would take memory for nothing."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import ssl

    from opsentrix_agent.tls import TlsFiles


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


class Security(Protocol):
    """What a link asks for before each connection, so that each has the newest authorities and certificate."""

    def context(self, credential: str) -> "ssl.SSLContext":
        """Return what verifies the hub and shows this agent's certificate.

        Raises:
            LinkError: it cannot be had.
        """

    def files(self, credential: str) -> "TlsFiles":
        """Return the same as files, for libraries that bring a TLS of their own.

        Raises:
            LinkError: it cannot be had.
        """


Dial = Callable[[str], Connection]
"""Connects with a credential; raises OSError or LinkError."""
