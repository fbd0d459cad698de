"""The WebSocket link: each binary message is an AgentMessage or a HubMessage."""

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from opsentrix.api.auth import proof_of
from opsentrix.api.links.carrier import Ending, GoneError, admit, carry
from opsentrix.api.problems import response_of
from opsentrix.api.services import Hub, address_of
from opsentrix.api.strangers import vouch
from opsentrix.errors import OpsentrixError

LINK = "websocket"
_TRY_AGAIN = 1013
_GOING_AWAY = 1001
_MAX_REASON_CHARS = 100
"""Of the 123 bytes that a close frame has room for."""
router = APIRouter(prefix="/api/v1/agents")


@router.websocket("/connect")
async def connect(websocket: WebSocket, services: Hub) -> None:
    """Carry one agent's session."""
    try:
        agent_id = admit(services, LINK, lambda: proof_of(websocket))
    except OpsentrixError as error:
        await websocket.send_denial_response(response_of(error))
        return
    vouch(websocket.scope)
    await websocket.accept()
    await carry(services, agent_id, LINK, _Channel(websocket), address_of(websocket))


class _Channel:
    """One WebSocket."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def receive(self) -> bytes | None:
        """Return the next message; text is taken as what it is in UTF-8, which is no message."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        return message.get("bytes") or (message.get("text") or "").encode()

    async def send(self, message: bytes) -> None:
        """Send a message."""
        try:
            await self._websocket.send_bytes(message)
        except WebSocketDisconnect:
            raise GoneError from None

    async def close(self, ending: Ending) -> None:
        """Close with the reason."""
        code = _TRY_AGAIN if ending.try_again else _GOING_AWAY
        try:
            await self._websocket.close(code, ending.reason[:_MAX_REASON_CHARS])
        except WebSocketDisconnect:
            raise GoneError from None
