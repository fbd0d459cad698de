"""What applies to every request: a limit on bodies, secure headers, and counting."""

import contextlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opsentrix import selfmetrics
from opsentrix.api.problems import problem_response
from opsentrix.errors import TooLargeError

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
)
_API_HEADERS = ((b"cache-control", b"no-store"),)
"""What the API says of agents and people belongs in no cache, unless its route says otherwise."""


class _BodyTooLargeError(Exception):
    """More came than is allowed."""


class LimitBody:
    """Refuses request bodies over a size, whether they announce it or not."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._max_bytes:
            await self._refuse(scope, receive, send)
            return
        received, started, exceeded = 0, False, False

        async def limited() -> Message:
            nonlocal received, exceeded
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                exceeded = True
                raise _BodyTooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            if exceeded and not started:
                return  # whatever the application made of the error
            started = True
            await send(message)

        with contextlib.suppress(_BodyTooLargeError):
            await self._app(scope, limited, noted)
        if exceeded and not started:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"The body is larger than the {self._max_bytes} bytes that are allowed."
        response = problem_response(TooLargeError.status, TooLargeError.title, detail, (), {"Connection": "close"})
        await response(scope, receive, send)


class SecureHeaders:
    """Adds headers that tell browsers to be careful, and counts what was answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                have = {name for name, _ in message.get("headers", ())}
                more = _HEADERS + _API_HEADERS if scope["path"].startswith("/api/v1/") else _HEADERS
                message["headers"] = [*message.get("headers", ()), *(one for one in more if one[0] not in have)]
                # The route's pattern, not the path: labels must stay few whatever strangers ask for.
                route = getattr(scope.get("route"), "path", "other")
                selfmetrics.REQUESTS.labels(route, scope["method"][:8], message["status"]).inc()
            await send(message)

        await self._app(scope, receive, with_headers)
