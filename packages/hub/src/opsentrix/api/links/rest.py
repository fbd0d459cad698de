"""The REST link, for networks that let nothing else by: agents post messages, and fetch the hub's by long poll."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel

from opsentrix import log
from opsentrix.api.auth import ArrivingAgent
from opsentrix.api.links import wire
from opsentrix.api.links.carrier import DATABASE_AWAY, IN_A_ROW, NOT_READING, Unsent, refused
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import ConflictError, TooManyRequestsError, UnavailableError
from opsentrix.ingest.session import Session

LINK = "rest"
HEADER = "Opsentrix-Session"
IDLE_S = 60.0
"""A session without a request for so long is over."""
TAKE_WITHIN_S = 10.0
"""How long the messages of a request may take; then the hub is too busy, and the agent is to come back later."""
MAX_WAIT_S = 60.0
_MAX_POSTS = 4
_MAX_ANSWER_BYTES = 1024**2
_log = log.get(__name__)
router = APIRouter(prefix="/api/v1/agents", tags=["agent link"])

Wait = Annotated[
    float | None,
    Query(ge=0, le=MAX_WAIT_S, allow_inf_nan=False, description="Seconds to wait until the hub has something to say."),
]
SessionToken = Annotated[
    str | None, Header(alias=HEADER, max_length=64, description="The session, as the answer to Hello named it.")
]


class Messages(BaseModel):
    """Messages of the protocol, each as protobuf's JSON mapping has it."""

    messages: list[dict[str, Any]]


_SCHEMAS: dict[str, Any] = {
    "application/json": {"schema": Messages.model_json_schema()},
    wire.PROTOBUF: {"schema": {"type": "string", "format": "binary"}},
}
_ANSWER: dict[int | str, dict[str, Any]] = {200: {"description": "What the hub says.", "content": _SCHEMAS}}


@router.post(
    "/{agent_id}/messages",
    response_class=Response,
    responses={**_ANSWER, 204: {"description": "Taken."}, **responses(400, 401, 403, 404, 409, 413, 422, 429, 503)},
    openapi_extra={"requestBody": {"required": True, "content": _SCHEMAS}},
)
async def post_messages(
    agent: ArrivingAgent, services: Hub, request: Request, wait: Wait = None, token: SessionToken = None
) -> Response:
    """Take messages of an agent's session; without a session, Hello opens one.

    With `wait`, the answer holds what the hub has to say, as soon as there is something. Without it, it is empty.
    """
    messages = wire.read(await request.body(), request.headers.get("content-type", ""))
    link = services.rest_links.of(agent, token) if token else _open(services, agent, messages, address_of(request))
    await link.take(messages)
    return await _answer(link, wait, request)


@router.get(
    "/{agent_id}/messages", response_class=Response, responses={**_ANSWER, **responses(401, 403, 404, 409, 422)}
)
async def get_messages(
    agent: ArrivingAgent, services: Hub, request: Request, wait: Wait = 0, token: SessionToken = None
) -> Response:
    """Return what the hub has to say to an agent; of two requests that wait, the older is answered with nothing."""
    return await _answer(services.rest_links.of(agent, token or ""), wait, request)


def _open(services: Services, agent_id: int, messages: Sequence[bytes], address: str) -> "RestLink":
    if not messages or not wire.is_hello(messages[0]):
        raise ConflictError(f"There is no session: begin with Hello, or name the session in the header {HEADER}.")
    try:
        services.sessions.check_room(agent_id)
    except UnavailableError as error:
        refused(LINK, error)
        raise
    return services.rest_links.open(agent_id, services, address)


async def _answer(link: "RestLink", wait: float | None, request: Request) -> Response:
    headers = {HEADER: link.token}
    if wait is None:
        return Response(status_code=204, headers=headers)
    content, media_type = wire.write(await link.collect(wait), request.headers.get("accept", ""))
    return Response(content, media_type=media_type, headers=headers)


class RestLink:
    """One session over REST.

    Attributes:
        token: names it to the agent.
        reason: why it is over, or nothing.
    """

    def __init__(self, agent_id: int, services: Services, address: str, over: Callable[["RestLink"], None]) -> None:
        """Open a session from an address; `over` is called when it has ended and nothing of it is left to fetch."""
        self.token = secrets.token_urlsafe(16)
        self.reason = ""
        self.session = Session(agent_id, LINK, self._send, services.session_context, self.close, address)
        self._sessions = services.sessions
        self._over = over
        self._unsent = Unsent()
        self._arrived = asyncio.Event()
        self._taking = asyncio.Lock()
        self._posts = 0
        self._requests = 0
        self._idle: asyncio.TimerHandle | None = None
        self._sessions.opened(self.session, self.close)
        _log.info("agent connected", agent=agent_id, link=LINK)
        self._rest()

    def close(self, reason: str) -> None:
        """End the session; what is left for the agent may be fetched for a while."""
        if self.reason:
            return
        self.reason = reason
        self._sessions.closed(self.session)
        self._arrived.set()
        _log.info("agent disconnected", agent=self.session.agent_id, link=LINK, reason=reason)

    async def take(self, messages: Sequence[bytes]) -> None:
        """Let the session take messages.

        Raises:
            ConflictError: the session is over.
            TooManyRequestsError: too many posts of this agent wait.
            UnavailableError: the hub cannot take them now; the session is over.
        """
        if self._posts >= _MAX_POSTS:
            raise TooManyRequestsError(f"{_MAX_POSTS} posts of this session wait already.", 1.0)
        self._posts += 1
        try:
            with self._busy():
                async with self._taking, asyncio.timeout(TAKE_WITHIN_S):
                    await self._take(messages)
        except TimeoutError:
            self.close("the hub is too busy")
            raise UnavailableError("The hub is too busy to take these messages.") from None
        except UnavailableError:
            self.close(DATABASE_AWAY)
            raise
        finally:
            self._posts -= 1

    async def collect(self, wait: float) -> list[bytes]:
        """Return what is there to say, after so many seconds at the most.

        Raises:
            ConflictError: the session is over and there is nothing left.
        """
        self._arrived.set()  # whoever waited before is answered with nothing
        mine = self._arrived = asyncio.Event()
        with self._busy():
            if not self._unsent:
                self._check()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await mine.wait()
        if self._arrived is not mine:
            return []
        if not self._unsent:
            self._check()
        taken: list[bytes] = []
        size = 0
        while self._unsent and size < _MAX_ANSWER_BYTES:
            taken.append(self._unsent.take())
            size += len(taken[-1])
        return taken

    async def _take(self, messages: Sequence[bytes]) -> None:
        for number, message in enumerate(messages, start=1):
            self._check()
            await self.session.receive(message)
            if number % IN_A_ROW == 0:
                await asyncio.sleep(0)

    def _check(self) -> None:
        if self.reason:
            raise ConflictError(f"The session is over: {self.reason}. Begin a new one with Hello.")

    def _send(self, message: bytes) -> None:
        if self.reason:
            return
        if not self._unsent.put(message):
            self.close(NOT_READING)
        self._arrived.set()

    @contextlib.contextmanager
    def _busy(self) -> Iterator[None]:
        """Hold the session for the time of a request."""
        self._requests += 1
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        try:
            yield
        finally:
            self._requests -= 1
            if not self._requests:
                self._rest()

    def _rest(self) -> None:
        self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._expire)

    def _expire(self) -> None:
        self.close(f"no request came for {IDLE_S:.0f} s")
        self._over(self)


class RestLinks:
    """The REST sessions: one per agent, the newest wins."""

    def __init__(self) -> None:
        self._links: dict[int, RestLink] = {}

    def open(self, agent_id: int, services: Services, address: str) -> RestLink:
        """Open a session."""
        link = self._links[agent_id] = RestLink(agent_id, services, address, self._forget)
        return link

    def of(self, agent_id: int, token: str) -> RestLink:
        """Return the session that an agent names.

        Raises:
            ConflictError: it is over, or never was.
        """
        link = self._links.get(agent_id)
        if link is None or not secrets.compare_digest(link.token.encode(), token.encode()):
            raise ConflictError(
                "There is no such session: it is over, or a newer one took its place. Begin with Hello."
            )
        return link

    def end_all(self, reason: str) -> None:
        """End all sessions, so that no request waits any more."""
        for link in list(self._links.values()):
            link.close(reason)

    def _forget(self, link: RestLink) -> None:
        if self._links.get(link.session.agent_id) is link:
            del self._links[link.session.agent_id]
