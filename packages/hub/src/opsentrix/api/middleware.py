"""What applies to every request: a limit on bodies, secure headers, and counting."""

import asyncio
import contextlib
from typing import ClassVar

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opsentrix import selfmetrics
from opsentrix.api.problems import problem_response
from opsentrix.errors import OpsentrixError, TooLargeError, TooSlowError

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
_HTTPS_HEADERS = ((b"strict-transport-security", b"max-age=31536000"),)
_API_HEADERS = ((b"cache-control", b"no-store"),)
"""What the API says of agents and people belongs in no cache, unless its route says otherwise."""


class _RefusedBodyError(Exception):
    """More came than is allowed, or too slowly."""


class LimitBody:
    """Refuses request bodies over a size, whether they announce it or not, and those that take too long to come."""

    within_s: ClassVar[float] = 60.0

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
            await self._too_large()(scope, receive, send)
            return
        body = _Body(receive, self._max_bytes, asyncio.get_running_loop().time() + self.within_s)
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            if body.refused is not None and not started:
                return  # whatever the application made of the error
            started = True
            await send(message)

        with contextlib.suppress(_RefusedBodyError):
            await self._app(scope, body.receive, noted)
        if body.refused is not None and not started:
            response = self._too_large() if body.refused is TooLargeError else self._too_slow()
            await response(scope, receive, send)

    def _too_large(self) -> Response:
        detail = f"The body is larger than the {self._max_bytes} bytes that are allowed."
        return problem_response(TooLargeError.status, TooLargeError.title, detail, (), {"Connection": "close"})

    def _too_slow(self) -> Response:
        detail = f"The body did not come within {self.within_s:.0f} seconds."
        return problem_response(TooSlowError.status, TooSlowError.title, detail, (), {"Connection": "close"})


class _Body:
    """What comes of one request's body.

    Attributes:
        refused: why the rest is not taken.
    """

    def __init__(self, receive: Receive, max_bytes: int, deadline: float) -> None:
        self._receive = receive
        self._left = max_bytes
        self._deadline = deadline
        self._complete = False
        self.refused: type[OpsentrixError] | None = None

    async def receive(self) -> Message:
        """Return the next message, which after the body tells only that the client left."""
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self.refused = TooSlowError
            raise _RefusedBodyError from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.refused = TooLargeError
            raise _RefusedBodyError
        self._complete = not message.get("more_body", False)
        return message


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
                more = _HEADERS + (_API_HEADERS if scope["path"].startswith("/api/v1/") else ())
                more += _HTTPS_HEADERS if scope["scheme"] == "https" else ()
                message["headers"] = [*message.get("headers", ()), *(one for one in more if one[0] not in have)]
                # The route's pattern, not the path: labels must stay few whatever strangers ask for.
                route = getattr(scope.get("route"), "path", "other")
                selfmetrics.REQUESTS.labels(route, scope["method"][:8], message["status"]).inc()
            await send(message)

        await self._app(scope, receive, with_headers)
