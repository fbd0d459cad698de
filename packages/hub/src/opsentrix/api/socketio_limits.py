"""Limits on connections of Socket.IO: when somebody must have logged in, and how many messages a browser may send.

Engine.IO, which carries Socket.IO, would keep a connection for as long as it answers pings, whoever it is.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import socketio

from opsentrix import selfmetrics
from opsentrix.access.limiter import Limiter
from opsentrix.api.strangers import TICKET
from opsentrix.errors import TooManyRequestsError

LOGIN_WITHIN_S = 5.0
"""After so long a connection that is in no namespace ends."""
MESSAGE_BURST, MESSAGES_PER_S = 500, 50
"""Of one connection; a page that watches 20 agents confirms 20 batches a second."""
_LEAVE_WITHIN_S = 1.0


class ConnectionLimits:
    """Stands between Engine.IO and Socket.IO: ends connections that nobody logs in on, and those that send too much."""

    def __init__(self, server: socketio.AsyncServer, unlimited: str) -> None:
        """Take their place.

        Args:
            server: with all its namespaces.
            unlimited: the namespace whose connections may send as many messages as they are answered.
        """
        handlers: dict[str, Callable[..., Awaitable[None]]] = server.eio.handlers
        self._connected, self._received = handlers["connect"], handlers["message"]
        self._server = server
        self._unlimited = unlimited
        self._messages = Limiter(MESSAGE_BURST, 1 / MESSAGES_PER_S, time.monotonic)
        server.eio.on("connect", self._on_connect)
        server.eio.on("message", self._on_message)

    async def _on_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        asyncio.get_running_loop().call_later(LOGIN_WITHIN_S, self._check_login, eio_sid)
        await self._connected(eio_sid, environ)

    async def _on_message(self, eio_sid: str, data: str | bytes) -> None:
        if eio_sid not in self._server.environ:
            return  # it was ended
        try:
            if not self._inside(eio_sid, self._unlimited):
                self._messages.take(eio_sid)
            await self._received(eio_sid, data)
        except TooManyRequestsError:
            await self._end(eio_sid, "too many messages")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            await self._end(eio_sid, "not Socket.IO")

    def _check_login(self, eio_sid: str) -> None:
        inside = any(self._inside(eio_sid, one) for one in list(self._server.manager.get_namespaces()))
        if eio_sid in self._server.environ and not inside:
            self._server.start_background_task(self._end, eio_sid, "no login")

    def _inside(self, eio_sid: str, namespace: str) -> bool:
        return self._server.manager.sid_from_eio_sid(eio_sid, namespace) is not None

    async def _end(self, eio_sid: str, why: str) -> None:
        selfmetrics.LIVE_REFUSED.labels(why).inc()
        scope = self._server.environ[eio_sid]["asgi.scope"]
        # Asked to leave, a client need not; behind plain requests there may be a proxy, which other people use too.
        if scope["type"] == "websocket" and (ticket := scope.get("state", {}).get(TICKET)) is not None:
            asyncio.get_running_loop().call_later(_LEAVE_WITHIN_S, ticket.end)
        await self._server.eio.disconnect(eio_sid)
