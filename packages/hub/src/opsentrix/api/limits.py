"""How many requests may be sent: by each agent, by each login, token or pass, and by strangers for each address.

Whoever is known is limited by who he is, so that 10,000 agents behind one address do not harm each other; only
strangers, and those whose credentials are wrong, are limited by their address.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opsentrix import selfmetrics
from opsentrix.access.limiter import Limiter, network_of
from opsentrix.api.auth import COOKIE, bearer_token
from opsentrix.api.passes import PASS_COOKIE
from opsentrix.api.problems import response_of
from opsentrix.api.strangers import known, vouch
from opsentrix.errors import TooManyRequestsError
from opsentrix.model.tokens import digest

AGENT_BURST, AGENT_PER_S = 120, 20
PERSON_BURST, PERSON_PER_S = 600, 60
STRANGER_BURST, STRANGER_PER_S = 300, 30
FAILURE_BURST, FAILURE_PER_S = 100, 2
_KEPT = 20_000
_ACCEPTED = 20_000


class _Caller(NamedTuple):
    """Who sent a request: `kind` is agent, person or stranger."""

    kind: str
    key: str


class LimitRequests:
    """Answers 429 with Retry-After to who sends too much, before anything else is done for the request."""

    def __init__(
        self, app: ASGIApp, agent_of: Callable[[bytes], int | None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take what is needed.

        Args:
            app: handles the requests that may pass.
            agent_of: the agent that has a credential with this digest.
            clock: seconds.
        """
        self._app = app
        self._agent_of = agent_of
        self._buckets = {
            "agent": Limiter(AGENT_BURST, 1 / AGENT_PER_S, clock, _KEPT),
            "person": Limiter(PERSON_BURST, 1 / PERSON_PER_S, clock, _KEPT),
            "stranger": Limiter(STRANGER_BURST, 1 / STRANGER_PER_S, clock, _KEPT),
        }
        self._failures = Limiter(FAILURE_BURST, 1 / FAILURE_PER_S, clock, _KEPT)
        self._accepted: OrderedDict[str, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or the request for a WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        address = network_of(scope["client"][0] if scope.get("client") else "")
        caller = self._caller(Headers(scope=scope), address)
        try:
            if caller.kind == "person" and caller.key not in self._accepted:
                # Whoever makes up a new cookie for each request is a stranger all the same.
                self._failures.check(address)
                self._buckets["stranger"].take(address)
            self._buckets[caller.kind].take(caller.key)
            if caller.key in self._accepted:
                vouch(scope)
        except TooManyRequestsError as error:
            selfmetrics.LIMITED.labels(caller.kind).inc()
            await _refuse(error, scope, receive, send)
            return

        answered = False

        async def noting(message: Message) -> None:
            nonlocal answered
            if not answered:
                answered = True
                refused = message["type"] == "websocket.close" or message.get("status") == 401
                self._note(caller, address, accepted=known(scope), refused=refused)
            await send(message)

        await self._app(scope, receive, noting if caller.kind == "person" else send)

    def _caller(self, headers: Headers, address: str) -> _Caller:
        if token := bearer_token(headers):
            hashed = digest(token)
            agent_id = self._agent_of(hashed)
            if agent_id is not None:
                return _Caller("agent", str(agent_id))
            return _Caller("person", hashed.hex())
        cookies = cookie_parser(headers.get("cookie", ""))
        if cookie := cookies.get(COOKIE) or cookies.get(PASS_COOKIE):
            return _Caller("person", digest(cookie).hex())
        return _Caller("stranger", address)

    def _note(self, caller: _Caller, address: str, *, accepted: bool, refused: bool) -> None:
        """Remember which person's credentials were accepted, and count against the address those that were not."""
        if refused:
            self._accepted.pop(caller.key, None)
            self._failures.spend(address)
        elif accepted:
            self._accepted[caller.key] = None
            self._accepted.move_to_end(caller.key)
            if len(self._accepted) > _ACCEPTED:
                self._accepted.popitem(last=False)


async def _refuse(error: TooManyRequestsError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        await response_of(error)(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1013, "reason": error.title})
