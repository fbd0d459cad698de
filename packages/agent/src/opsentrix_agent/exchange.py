"""One small HTTP request on a connection of its own: for the running agent, which has no room for http.client."""

import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from opsentrix_agent.connection import TIMEOUT_S, dial, encoded, read_head
from opsentrix_agent.errors import LinkError
from opsentrix_agent.proxy import proxy_for
from opsentrix_agent.websocket import http_status

if TYPE_CHECKING:
    import socket
    import ssl

_MAX_BODY_BYTES = 64 * 1024


class Reply(NamedTuple):
    """Status and body of an answer."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body's JSON object; an empty one when it is something else."""
        try:
            content = json.loads(self.body)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    def detail(self) -> str:
        """Return the problem's text for people (RFC 9457), or nothing."""
        return "".join(one for one in str(self.json().get("detail", ""))[:300] if one.isprintable())


def exchange(
    server_url: str, path: str, tls: "ssl.SSLContext", *, credential: str = "", body: dict[str, str] | None = None
) -> Reply:
    """Send a GET, or a POST when there is a body, over TLS, and return the answer. Redirects are not followed.

    Args:
        server_url: the hub's https URL.
        path: what is asked for.
        tls: verifies the hub.
        credential: this agent's secret.
        body: goes as JSON.

    Raises:
        OSError: no connection, or TLS failed.
        LinkError: the answer is not HTTP, or too long.
    """
    parts = urlsplit(server_url)
    host = parts.hostname or ""
    data = b"" if body is None else json.dumps(body).encode()
    # HTTP/1.0: the answer comes whole, and its end is the end of the connection.
    head = (
        f"{'GET' if body is None else 'POST'} {parts.path.rstrip('/')}{path} HTTP/1.0\r\nHost: {parts.netloc}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        + (f"Authorization: Bearer {credential}\r\n" if credential else "")
    )
    until = time.monotonic() + TIMEOUT_S
    plain = dial(host, parts.port or 443, proxy_for(host, secure=True), until)
    with plain, tls.wrap_socket(plain, server_hostname=encoded(host)) as connected:
        connected.sendall(head.encode("ascii") + b"\r\n" + data)
        answer, start = read_head(connected, until)
        return Reply(http_status(answer), _rest(connected, start, until))


def _rest(connected: "socket.socket", data: bytes, until: float) -> bytes:
    while len(data) <= _MAX_BODY_BYTES:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        connected.settimeout(left)
        more = connected.recv(4096)
        if not more:
            return data
        data += more
    raise LinkError("the answer is too long")
