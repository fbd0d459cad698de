"""Notes the requests that were answered with a refusal, for the audit log."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opsentrix.access.refusals import Refusal

_STARTS = ("http.response.start", "websocket.http.response.start")
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

        async def noted(message: Message) -> None:
            if message["type"] in _STARTS and _refused(scope, message["status"]):
                address = (scope.get("client") or ("",))[0]
                actor = scope.get("state", {}).get("actor", "anonymous")
                pattern = getattr(scope.get("route"), "path", "other")
                method = scope.get("method", "WS")[:8]
                self._note(Refusal(address, actor, message["status"]), f"{method} {pattern}")
            await send(message)

        await self._app(scope, receive, noted)


def _refused(scope: Scope, status: int) -> bool:
    if status == 401:
        return any(name in _PROOFS for name, _ in scope["headers"])
    return status in (403, 429)
