"""One WebSocket to the hub on a real socket: dialled through a proxy if need be, encrypted, read without blocking."""

import socket
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from opsentrix_agent.errors import LinkError
from opsentrix_agent.proxy import Proxy, proxy_for
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
    http_status,
    new_key,
    request,
)

if TYPE_CHECKING:
    import ssl

TIMEOUT_S = 15.0
"""For connecting, and for the hub to take what is sent."""
MAX_HEAD_BYTES = 16 * 1024
_READ_BYTES = 16 * 1024
"""A TLS record holds no more."""
_MOST_AT_ONCE = 8 * _READ_BYTES


class Connection:
    """One WebSocket: sends block for at most `TIMEOUT_S`, reads never block."""

    def __init__(self, url: str, credential: str, tls: "ssl.SSLContext | None") -> None:
        """Connect.

        Args:
            url: ws or wss URL.
            credential: this agent's secret.
            tls: verifies the hub, for wss.

        Raises:
            OSError: no connection.
            LinkError: no WebSocket there.
        """
        self._reader = Reader()
        self._early = b""
        self._decrypted: Callable[[], int] = int
        self._try_again: tuple[type[OSError], ...] = (BlockingIOError,)
        until = time.monotonic() + TIMEOUT_S
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if tls else 80)
        self._socket = dial(host, port, proxy_for(host, secure=tls is not None), until)
        try:
            if tls:
                self._encrypt(tls, host)
            key = new_key()
            self._socket.sendall(request(parts.netloc, parts.path, key, credential))
            head, self._early = read_head(self._socket, until)
            check_answer(head, key)
            self._socket.settimeout(TIMEOUT_S)
        except BaseException:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """Return the descriptor, for `select`."""
        return self._socket.fileno()

    def pending(self) -> bool:
        """Return whether bytes were read already, of which `select` knows nothing."""
        return bool(self._early) or self._decrypted() > 0

    def send(self, message: bytes) -> None:
        """Send one binary message."""
        self._socket.sendall(frame(BINARY, message))

    def ping(self) -> None:
        """Ask for a sign of life."""
        self._socket.sendall(frame(PING))

    def read(self) -> Iterator[bytes]:
        """Yield the messages that have arrived; an empty one stands for a ping or a pong.

        Raises:
            LinkError: the hub closed the connection, or sent what it must not.
            OSError: the connection broke.
        """
        data, self._early = self._early + self._receive(), b""
        for opcode, payload in self._reader.feed(data):
            if opcode == CLOSE:
                raise LinkError(f"the hub closed the connection ({close_reason(payload)})")
            if opcode == PING:
                self._socket.sendall(frame(PONG, payload))
            yield payload if opcode == BINARY else b""

    def close(self, wait_s: float = 0.0) -> None:
        """Close, again if need be.

        Args:
            wait_s: time for the hub to answer; without it, unread data makes the kernel reset the connection, and the
                hub may lose what was sent last.
        """
        if wait_s:
            self._say_goodbye(time.monotonic() + wait_s)
        self._socket.close()

    def _say_goodbye(self, until: float) -> None:
        try:
            self._socket.settimeout(max(0.001, until - time.monotonic()))
            self._socket.sendall(frame(CLOSE, NORMAL.to_bytes(2, "big")))
            while (left := until - time.monotonic()) > 0:
                self._socket.settimeout(left)
                data = self._socket.recv(_READ_BYTES)
                if not data or any(opcode == CLOSE for opcode, _ in self._reader.feed(data)):
                    return
        except (OSError, LinkError):
            # Whatever went wrong, the connection ends here anyway.
            return

    def _encrypt(self, tls: "ssl.SSLContext", host: str) -> None:
        import ssl

        self._try_again = (BlockingIOError, ssl.SSLWantReadError)
        encrypted = tls.wrap_socket(self._socket, server_hostname=encoded(host))
        self._socket, self._decrypted = encrypted, encrypted.pending

    def _receive(self) -> bytes:
        """Return the bytes that are there; the end of the stream is told once all before it were returned."""
        received = b""
        ended = False
        self._socket.settimeout(0)
        try:
            while len(received) < _MOST_AT_ONCE and not ended:
                data = self._socket.recv(_READ_BYTES)
                ended = not data
                received += data
        except self._try_again:
            pass
        finally:
            self._socket.settimeout(TIMEOUT_S)
        if ended and not received and not self._early:
            raise LinkError("the hub closed the connection")
        return received


def dial(host: str, port: int, proxy: Proxy | None, until: float) -> socket.socket:
    """Return a connection to the hub, through a tunnel where there is a proxy.

    Raises:
        OSError: no connection.
        LinkError: the proxy opens no tunnel.
        TimeoutError: the proxy has not answered by the monotonic time `until`.
    """
    name, at = (proxy.host, proxy.port) if proxy else (host, port)
    # getaddrinfo takes bytes, whatever the stubs of create_connection say.
    connected = socket.create_connection((encoded(name), at), timeout=TIMEOUT_S)  # type: ignore[arg-type]
    try:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if proxy:
            connected.sendall(proxy.connect_request(host, port))
            head, early = read_head(connected, until)
            if http_status(head) != 200 or early:
                raise LinkError(f"{proxy!r} opens no tunnel (HTTP {http_status(head)})")
    except BaseException:
        connected.close()
        raise
    return connected


def encoded(host: str) -> bytes:
    """Return a host name as it is looked up.

    Left to themselves, socket and ssl load the IDNA codec with its tables for every name, and keep it.
    """
    return host.encode("ascii" if host.isascii() else "idna")


def read_head(connected: socket.socket, until: float) -> tuple[bytes, bytes]:
    """Return the head of an HTTP answer, and what came after it.

    Raises:
        LinkError: it is too long, or ends too soon.
        TimeoutError: it has not come by the monotonic time `until`.
    """
    data = b""
    while b"\r\n\r\n" not in data:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        connected.settimeout(left)
        more = connected.recv(4096)
        if not more or len(data) > MAX_HEAD_BYTES:
            raise LinkError("the answer is not HTTP")
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest
