"""Notes the requests that were answered with a refusal, for the audit log."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opsentrix.access.refusals import Refusal

_PROOFS = frozenset((b"authorization", b"cookie"))


class NoteRefusals:
    """Notes 403 and 429, and 401 where something was shown to get in: whoever was never logged in shows nothing."""

    def __init__(self, app: ASGIApp, note: Callable[[Refusal, str], None]) -> None:
        self._app = app
        self._note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            if not started:
                started = True
                # A WebSocket that is closed before it is accepted is answered with 403 (ASGI, `websocket.close`).
                status = 403 if message["type"] == "websocket.close" else message.get("status", 0)
                if _refused(scope, status):
                    self._note(Refusal(_address(scope), _actor(scope), status), _route(scope))
            await send(message)

        await self._app(scope, receive, noted)


def _refused(scope: Scope, status: int) -> bool:
    if status == 401:
        return any(name in _PROOFS for name, _ in scope["headers"])
    return status in (403, 429)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _actor(scope: Scope) -> str:
    return str(scope.get("state", {}).get("actor", "anonymous"))


def _route(scope: Scope) -> str:
    # The pattern, not the path: strangers choose that.
    return f"{scope.get('method', 'WebSocket')[:16]} {getattr(scope.get('route'), 'path', 'other')}"
