"""The WebSocket link: each binary message is one message of the protocol."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from opsentrix_agent.connection import Stream
from opsentrix_agent.errors import LinkError
from opsentrix_agent.links import NEVER, Dialled
from opsentrix_agent.websocket import (
    BINARY,
    CLOSE,
    NORMAL,
    PING,
    PONG,
    Reader,
    check_answer,
    close_reason,
    frame,
    new_key,
    request,
)

if TYPE_CHECKING:
    import ssl

    from opsentrix_agent.links.interface import Dial, Readable

CONNECT_PATH = "/api/v1/agents/connect"


class WebSocket:
    """One WebSocket on a real socket.

    Attributes:
        stream: what it runs on.
    """

    def __init__(
        self, url: str, path: str, credential: str, tls: "ssl.SSLContext | None", *, text: bool = False
    ) -> None:
        """Connect.

        Args:
            url: the hub's http or https URL.
            path: is appended to it.
            credential: this agent's secret.
            tls: verifies the hub, for https.
            text: whether the hub may send text.

        Raises:
            OSError: no connection.
            LinkError: no WebSocket there.
        """
        self._reader = Reader(text=text)
        self.stream = Stream(url, tls)
        try:
            key = new_key()
            parts = urlsplit(url)
            self.stream.write(request(parts.netloc, parts.path.rstrip("/") + path, key, credential))
            check_answer(self.stream.read_head(), key)
        except BaseException:
            self.stream.close()
            raise

    def send(self, opcode: int, payload: bytes = b"") -> None:
        """Send one frame."""
        self.stream.write(frame(opcode, payload))

    def read(self) -> Iterator[tuple[int, bytes]]:
        """Yield what has arrived, opcode and payload; pings are answered, and yielded as well.

        Raises:
            LinkError: the hub closed the connection, or sent what it must not.
            OSError: the connection broke.
        """
        for opcode, payload in self._reader.feed(self.stream.read()):
            if opcode == CLOSE:
                raise LinkError(f"the hub closed the connection ({close_reason(payload)})")
            if opcode == PING:
                self.send(PONG, payload)
            yield opcode, payload

    def close(self, wait_s: float = 0.0) -> None:
        """Close, again if need be.

        Args:
            wait_s: time for the hub to answer; without it, unread data makes the kernel reset the connection, and the
                hub may lose what was sent last.
        """
        if wait_s:
            self._say_goodbye(time.monotonic() + wait_s)
        self.stream.close()

    def _say_goodbye(self, until: float) -> None:
        try:
            self.send(CLOSE, NORMAL.to_bytes(2, "big"))
            while (left := until - time.monotonic()) > 0:
                data = self.stream.wait(left)
                if not data or any(opcode == CLOSE for opcode, _ in self._reader.feed(data)):
                    return
        except (OSError, LinkError):
            # Whatever went wrong, the connection ends here anyway.
            return


class WebSocketConnection:
    """Carries each message in a binary one; see `links.interface.Connection`."""

    def __init__(self, url: str, credential: str, tls: "ssl.SSLContext | None") -> None:
        """Connect; see `WebSocket`."""
        self._socket = WebSocket(url, CONNECT_PATH, credential, tls)

    def readers(self) -> "Sequence[Readable]":
        """Return the socket."""
        return (self._socket.stream,)

    def pending(self) -> bool:
        """Return whether bytes were read already."""
        return self._socket.stream.pending()

    def writable(self) -> bool:
        """Return True: sending waits for room."""
        return True

    def send(self, message: bytes) -> None:
        """Send one binary message."""
        self._socket.send(BINARY, message)

    def turn(self, now: float) -> float:
        """Return NEVER: nothing is ever due."""
        return NEVER

    def ping(self) -> bool:
        """Ask for a sign of life."""
        self._socket.send(PING)
        return False

    def read(self) -> Iterator[bytes]:
        """Yield the messages that have arrived; an empty one stands for a ping or a pong."""
        for opcode, payload in self._socket.read():
            yield payload if opcode == BINARY else b""

    def close(self, wait_s: float = 0.0) -> None:
        """Close, again if need be."""
        self._socket.close(wait_s)


def dialer(dialled: Dialled) -> "Dial":
    """Return what connects over WebSocket."""
    return lambda credential: WebSocketConnection(dialled.url, credential, dialled.context(credential))
