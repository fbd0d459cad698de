"""The Socket.IO link: namespace /agent, where each event `message` brings one message as binary data.

Events of one client are handled one after the other (the server's `async_handlers` is off), so a full inbox holds up
the connection, and with it the agent.
"""

import asyncio
from typing import Any

import socketio
from starlette.requests import HTTPConnection

from opsentrix.api.auth import Proof, proof_of
from opsentrix.api.links.carrier import Ending, GoneError, admit, carry
from opsentrix.api.services import Services, address_of
from opsentrix.api.strangers import vouch
from opsentrix.errors import ForbiddenError, OpsentrixError

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
        connection = HTTPConnection(environ["asgi.scope"])
        try:
            agent_id = admit(self._services, LINK, lambda: _proof(connection, auth))
        except OpsentrixError as error:
            told = {"status": error.status, "refusal": error.refusal if isinstance(error, ForbiddenError) else ""}
            raise socketio.exceptions.ConnectionRefusedError(error.detail, told) from None
        vouch(connection.scope)
        channel = self._channels[sid] = _Channel(self, sid)
        channel.carrying = asyncio.create_task(
            self._carry(agent_id, channel, address_of(connection)), name="agent over Socket.IO"
        )

    async def on_message(self, sid: str, data: object = b"", *_more: object) -> None:
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

    async def _carry(self, agent_id: int, channel: "_Channel", address: str) -> None:
        try:
            await carry(self._services, agent_id, LINK, channel, address)
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


def _proof(connection: HTTPConnection, auth: object) -> Proof:
    """Return what an agent proves itself with; its credential is never in the URL, which proxies write down."""
    proof = proof_of(connection)
    credential = auth.get("credential") if isinstance(auth, dict) else None
    return proof._replace(credential=credential) if isinstance(credential, str) and not proof.credential else proof
