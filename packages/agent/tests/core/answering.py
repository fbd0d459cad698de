"""A real HTTP server, plain or encrypted, that answers everything with what the test wants."""

import json
import ssl
import threading
from contextlib import suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NOW = 1_700_000_000.0


class Hub(ThreadingHTTPServer):
    """Answers everything with one answer and keeps the requests.

    Attributes:
        status: of each answer; `beat_status` of those to heartbeats.
        date: Unix seconds that it tells.
        answering: cleared while it says nothing.
    """

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.secure = tls is not None
        self._tls = tls
        self.date = NOW
        self.beat_status: int | None = None
        self.answering = threading.Event()
        self.answering.set()
        self.status = 201
        self.body: bytes = b'{"id": 7, "credential": "secret"}'
        self.headers: dict[str, str] = {}
        self.requests: list[tuple[str, str, str, Any]] = []

    @property
    def url(self) -> str:
        return f"{'https' if self.secure else 'http'}://127.0.0.1:{self.server_port}"

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Encrypt in the thread of the connection: a client that breaks off harms no other."""
        if self._tls is None:
            super().finish_request(request, client_address)
            return
        # The client may not like the certificate, or never meant to encrypt.
        with suppress(OSError), self._tls.wrap_socket(request, server_side=True) as encrypted:
            super().finish_request(encrypted, client_address)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        hub = self.server
        assert isinstance(hub, Hub)
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        hub.requests.append((self.command, self.path, self.headers.get("Authorization", ""), body))
        hub.answering.wait(30)
        beats = self.path.endswith("/heartbeat") and hub.beat_status is not None
        self.send_response_only(hub.beat_status if beats and hub.beat_status else hub.status)
        self.send_header("Date", formatdate(hub.date, usegmt=True))
        self.send_header("Content-Length", str(len(hub.body)))
        for name, value in hub.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(hub.body)

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Keep the test's output clean."""
