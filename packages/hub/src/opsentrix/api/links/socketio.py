"""The Socket.IO link: namespace /agent, where each event `message` brings one message as binary data.

Events of one client are handled one after the other (the server's `async_handlers` is off), so a full inbox holds up
the connection, and with it the agent.
"""

import asyncio
from typing import Any

import socketio

from opsentrix.api.links.carrier import Ending, GoneError, admit, carry
from opsentrix.api.services import Services
from opsentrix.errors import OpsentrixError

LINK = "socketio"
NAMESPACE = "/agent"
_MAX_INBOX = 8
"""Messages that have arrived and that the session has not taken."""


class AgentNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    """What agents may do: connect with their credential, and send messages."""

    def __init__(self, services: Services) -> None:
        super().__init__(NAMESPACE)
        self._services = services
        self._channels: dict[str, _Channel] = {}

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        """Let an agent in by its credential, in the header Authorization or as `credential` of the payload."""
        try:
            agent_id = admit(self._services, LINK, _credential(environ, auth))
        except OpsentrixError as error:
            raise socketio.exceptions.ConnectionRefusedError(error.detail, {"status": error.status}) from None
        channel = self._channels[sid] = _Channel(self, sid)
        channel.carrying = asyncio.create_task(self._carry(agent_id, channel), name="agent over Socket.IO")

    async def on_message(self, sid: str, data: object = b"") -> None:
        """Take one message; what is not binary is no message, and the session says so."""
        if (channel := self._channels.get(sid)) is not None:
            await channel.put(data if isinstance(data, bytes) else str(data).encode())

    def on_disconnect(self, sid: str, reason: str) -> None:
        """End the session of an agent that is gone."""
        if (channel := self._channels.pop(sid, None)) is not None:
            channel.gone()

    async def flushed(self, sid: str) -> None:
        """Wait until what was emitted to a client is on its way.

        Raises:
            GoneError: it is not connected.
        """
        engine_id = self.server.manager.eio_sid_from_sid(sid, NAMESPACE)
        connection = self.server.eio.sockets.get(engine_id)
        if connection is None:
            raise GoneError
        await connection.queue.join()

    async def _carry(self, agent_id: int, channel: "_Channel") -> None:
        try:
            await carry(self._services, agent_id, LINK, channel)
        finally:
            self._channels.pop(channel.sid, None)
            channel.gone()


class _Channel:
    """One client in the namespace.

    Attributes:
        carrying: the task that carries the session.
    """

    def __init__(self, namespace: AgentNamespace, sid: str) -> None:
        self.sid = sid
        self.carrying: asyncio.Task[None] | None = None
        self._namespace = namespace
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue(_MAX_INBOX)

    async def put(self, message: bytes) -> None:
        """Keep a message for the session, once there is room."""
        await self._inbox.put(message)

    def gone(self) -> None:
        """Let the session know, and nobody wait for it any more."""
        while not self._inbox.empty():
            self._inbox.get_nowait()
        self._inbox.put_nowait(None)

    async def receive(self) -> bytes | None:
        """Return the next message."""
        return await self._inbox.get()

    async def send(self, message: bytes) -> None:
        """Send a message."""
        await self._namespace.emit("message", message, to=self.sid)
        await self._namespace.flushed(self.sid)

    async def close(self, ending: Ending) -> None:
        """Tell the agent why, by the event `closed`, and take it out of the namespace."""
        closed = {"reason": ending.reason, "try_again": ending.try_again}
        await self._namespace.emit("closed", closed, to=self.sid)
        await self._namespace.flushed(self.sid)
        await self._namespace.disconnect(self.sid)


def _credential(environ: dict[str, Any], auth: object) -> str:
    """Return the credential, or nothing, which is nobody's; never from the URL, which proxies write down."""
    scheme, _, token = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    credential = auth.get("credential") if isinstance(auth, dict) else None
    return credential if isinstance(credential, str) else ""
