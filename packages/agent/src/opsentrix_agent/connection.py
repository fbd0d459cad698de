"""A connection to the hub on a real socket: dialled through a proxy if need be, encrypted, read without blocking."""

import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from opsentrix_agent.errors import LinkError
from opsentrix_agent.proxy import Proxy, proxy_for
from opsentrix_agent.websocket import http_status

if TYPE_CHECKING:
    import ssl

TIMEOUT_S = 15.0
"""For connecting, and for the hub to take what is sent."""
MAX_HEAD_BYTES = 16 * 1024
_READ_BYTES = 16 * 1024
"""A TLS record holds no more."""
_MOST_AT_ONCE = 8 * _READ_BYTES


class Stream:
    """A stream of bytes each way: writes block for at most `TIMEOUT_S`, reads never block."""

    def __init__(self, url: str, tls: "ssl.SSLContext | None") -> None:
        """Connect.

        Args:
            url: whose host and port count.
            tls: verifies the hub; None for plain text.

        Raises:
            OSError: no connection.
            LinkError: the proxy opens no tunnel.
        """
        self._early = b""
        self._decrypted: Callable[[], int] = int
        self._try_again: tuple[type[OSError], ...] = (BlockingIOError,)
        self._until = time.monotonic() + TIMEOUT_S
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if tls else 80)
        self._socket = dial(host, port, proxy_for(host, secure=tls is not None), self._until)
        try:
            if tls:
                self._encrypt(tls, host)
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

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self._socket.sendall(data)

    def read_head(self) -> bytes:
        """Wait for the head of an HTTP answer and return it; what came after it is read next.

        Raises:
            LinkError: it is too long, or ends too soon.
            TimeoutError: it takes too long, counted from the beginning of the connection.
        """
        head, self._early = read_head(self._socket, self._until)
        self._socket.settimeout(TIMEOUT_S)
        return head

    def read(self) -> bytes:
        """Return the bytes that are there; the end of the stream is told once all before it were returned.

        Raises:
            LinkError: the hub closed the connection.
            OSError: it broke.
        """
        received, self._early = self._early, b""
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
        if ended and not received:
            raise LinkError("the hub closed the connection")
        return received

    def wait(self, seconds: float) -> bytes:
        """Return the bytes that come within so many seconds; none at the end of the stream.

        Raises:
            OSError: it broke, or nothing came.
        """
        self._socket.settimeout(max(0.001, seconds))
        return self._socket.recv(_READ_BYTES)

    def close(self) -> None:
        """Close, again if need be."""
        self._socket.close()

    def _encrypt(self, tls: "ssl.SSLContext", host: str) -> None:
        import ssl

        self._try_again = (BlockingIOError, ssl.SSLWantReadError)
        encrypted = tls.wrap_socket(self._socket, server_hostname=encoded(host))
        self._socket, self._decrypted = encrypted, encrypted.pending


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
