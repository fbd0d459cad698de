"""The Socket.IO link: each event `message` in the namespace /agent carries one message as binary data.

Engine.IO 4 and Socket.IO 5 (https://socket.io/docs/v4/socket-io-protocol/) over this agent's own WebSocket, as far as
the link needs them: no polling, no acknowledgements. The hub pings by a packet of its own, which is answered.
"""

import json
import select
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from opsentrix_agent.connection import TIMEOUT_S
from opsentrix_agent.errors import LinkError, refusal
from opsentrix_agent.links import NEVER, Dialled
from opsentrix_agent.links.websocket import WebSocket
from opsentrix_agent.websocket import BINARY, PING, TEXT

if TYPE_CHECKING:
    import ssl

    from opsentrix_agent.links.interface import Dial, Readable

PATH = "/socket.io/?EIO=4&transport=websocket"
_NAMESPACE = "/agent,"
_ENGINE_CLOSE, _ENGINE_PING, _ENGINE_PONG = b"1", b"2", b"3"
_CONNECT, _DISCONNECT, _EVENT, _REFUSED, _BINARY_EVENT = "40", "41", "42", "44", "45"
_MESSAGE = f'{_BINARY_EVENT}1-{_NAMESPACE}["message",{{"_placeholder":true,"num":0}}]'.encode()


class SocketIoConnection:
    """One connection to the namespace; see `links.interface.Connection`."""

    def __init__(self, url: str, credential: str, tls: "ssl.SSLContext | None") -> None:
        """Connect and wait until the hub lets this agent in.

        Raises:
            OSError: no connection.
            LinkRefusedError: the hub refuses the credential.
            LinkError: there is no Socket.IO.
        """
        self._connected = False
        self._early: list[bytes] = []
        self._socket = WebSocket(url, PATH, credential, tls, text=True)
        try:
            self._socket.send(TEXT, f"{_CONNECT}{_NAMESPACE}".encode())
            self._wait_connected(time.monotonic() + TIMEOUT_S)
        except BaseException:
            self._socket.close()
            raise

    def readers(self) -> "Sequence[Readable]":
        """Return the socket."""
        return (self._socket.stream,)

    def pending(self) -> bool:
        """Return whether bytes were read already."""
        return bool(self._early) or self._socket.stream.pending()

    def writable(self) -> bool:
        """Return True: sending waits for room."""
        return True

    def send(self, message: bytes) -> None:
        """Send one event: what it is as text, then its data."""
        self._socket.send(TEXT, _MESSAGE)
        self._socket.send(BINARY, message)

    def turn(self, now: float) -> float:
        """Return NEVER: nothing is ever due."""
        return NEVER

    def ping(self) -> bool:
        """Ask for a sign of life of the WebSocket; Engine.IO lets only the hub ping."""
        self._socket.send(PING)
        return False

    def read(self) -> Iterator[bytes]:
        """Yield the messages that have arrived; an empty one stands for anything else."""
        if self._early:
            early, self._early = self._early, []
            yield from early
            return
        for opcode, payload in self._socket.read():
            if opcode == BINARY:
                yield payload
                continue
            if opcode == TEXT:
                self._take(payload)
            yield b""

    def close(self, wait_s: float = 0.0) -> None:
        """Close, again if need be."""
        self._socket.close(wait_s)

    def _wait_connected(self, until: float) -> None:
        came: list[bytes] = []
        while not self._connected:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer takes too long")
            if self.pending() or select.select(self.readers(), [], [], left)[0]:
                came += self.read()
        self._early = came

    def _take(self, packet: bytes) -> None:
        if packet == _ENGINE_PING:
            self._socket.send(TEXT, _ENGINE_PONG)
            return
        if packet == _ENGINE_CLOSE:
            raise LinkError("the hub closed the connection")
        kind, told = packet[:2].decode(errors="replace"), packet[2:].decode(errors="replace")
        if not told.startswith(_NAMESPACE):
            return  # Engine.IO's opening, or the head of a binary event
        content = _json(told[len(_NAMESPACE) :])
        if kind == _CONNECT:
            self._connected = True
        elif kind == _REFUSED:
            raise _refusal(content)
        elif kind == _DISCONNECT:
            raise LinkError("the hub ended the session")
        elif kind == _EVENT and isinstance(content, list) and content[:1] == ["closed"]:
            reason = content[1].get("reason") if len(content) > 1 and isinstance(content[1], dict) else ""
            raise LinkError(f"the hub ended the session ({str(reason)[:200]})")


def _refusal(content: object) -> LinkError:
    told = content if isinstance(content, dict) else {}
    data = told.get("data")
    if isinstance(data, dict) and data.get("status") in {401, 403}:
        return refusal(f"HTTP {data['status']}", str(data.get("refusal", "")))
    return LinkError(f"the hub refuses the connection: {str(told.get('message', ''))[:200]}")


def _json(text: str) -> object:
    try:
        content: object = json.loads(text) if text else None
    except (ValueError, RecursionError):
        raise LinkError("the hub sent something that is not Socket.IO") from None
    return content


def dialer(dialled: Dialled) -> "Dial":
    """Return what connects over Socket.IO."""
    return lambda credential: SocketIoConnection(dialled.url, credential, dialled.context(credential))
