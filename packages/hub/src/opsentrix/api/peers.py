"""Passes a client's TLS certificate on to the application, which uvicorn does not: the TLS extension of ASGI.

https://asgi.readthedocs.io/en/latest/specs/tls.html; of its members only the certificate chain is filled in. The
certificate is that of the connection itself: what a proxy writes into a header is never taken for one.
"""

import asyncio
import ssl
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from opsentrix.api.heads import CountedWebSocket, LimitedHeads

_CHAIN = "client_cert_chain"


class HttpWithPeer(LimitedHeads):
    """HTTP whose requests know the client's certificate."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin, with what TLS knows of the client."""
        super().connection_made(transport)
        self.app: Any = _with_peer(self.app, transport)


class WebSocketWithPeer(CountedWebSocket):
    """A WebSocket that knows the client's certificate."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, with what TLS knows of the client."""
        super().connection_made(transport)
        self.app: Any = _with_peer(self.app, transport)


def certificate_of(connection: HTTPConnection) -> bytes | None:
    """Return the certificate (DER) that the client of a request has shown in the TLS handshake."""
    chain: list[bytes] = connection.scope.get("extensions", {}).get("tls", {}).get(_CHAIN, [])
    return chain[0] if chain else None


def _with_peer(app: Any, transport: asyncio.BaseTransport) -> Any:  # noqa: ANN401 - uvicorn's own type of an application
    encrypted: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    certificate = encrypted.getpeercert(binary_form=True) if encrypted is not None else None
    return app if certificate is None else _Peered(app, certificate)


class _Peered:
    """The application, as one client with a certificate has it."""

    def __init__(self, app: ASGIApp, certificate: bytes) -> None:
        self._app = app
        self._certificate = certificate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request or WebSocket."""
        extensions = {**(scope.get("extensions") or {}), "tls": {_CHAIN: [self._certificate]}}
        await self._app({**scope, "extensions": extensions}, receive, send)
