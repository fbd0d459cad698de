"""What the links have in common: who is let in, and a session on a connection with what waits for the agent bounded."""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

from opsentrix import log, selfmetrics
from opsentrix.api.auth import Proof, agent_with
from opsentrix.api.services import Services
from opsentrix.errors import OpsentrixError, UnavailableError
from opsentrix.ingest.session import Session

MAX_UNSENT = 1000
MAX_UNSENT_BYTES = 8 * 1024**2
HELLO_WITHIN_S = 30.0
"""How long an agent may take to say hello after it was let in."""
CLOSE_WITHIN_S = 5.0
"""How long an agent may take to read what is left for it when its session is ended."""
IN_A_ROW = 50
"""Messages of one agent that are taken before the others have their turn."""
DATABASE_AWAY = "the database does not answer"
NOT_READING = "the agent does not read"
MESSAGE_FACTOR = 4
"""A message over the limit is refused by name; only one over this many times the limit ends the connection."""
_log = log.get(__name__)


class Ending(NamedTuple):
    """Why the hub ends a session; `try_again` where the agent did nothing wrong and another attempt may succeed."""

    reason: str
    try_again: bool = False


class GoneError(Exception):
    """The agent is not there any more."""


class Channel(Protocol):
    """One connection of an agent, as its library has it."""

    async def receive(self) -> bytes | None:
        """Return the next message of the agent, or None when it is gone."""

    async def send(self, message: bytes) -> None:
        """Send a message; returns when the connection has room for another.

        Raises:
            GoneError: the agent is not there any more.
        """

    async def close(self, ending: Ending) -> None:
        """Tell the agent why the session ends, and end it.

        Raises:
            GoneError: the agent is not there any more.
        """


class Unsent:
    """Messages that an agent has not fetched or read yet, within bounds."""

    def __init__(self) -> None:
        self._messages: deque[bytes] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: bytes) -> bool:
        """Append a message, or return False: an agent that reads none of so many has to go."""
        if len(self._messages) >= MAX_UNSENT or self._bytes + len(message) > MAX_UNSENT_BYTES:
            return False
        self._messages.append(message)
        self._bytes += len(message)
        return True

    def take(self) -> bytes:
        """Remove and return the oldest message."""
        message = self._messages.popleft()
        self._bytes -= len(message)
        return message


def admit(services: Services, link: str, prove: Callable[[], Proof]) -> int:
    """Return the id of the agent that wants to open a session.

    Args:
        services: of the hub.
        link: by which it comes.
        prove: returns what it proves itself with, or raises UnauthenticatedError.

    Raises:
        UnauthenticatedError: the credential or the certificate is no agent's.
        RevokedError: the credential or its agent was revoked.
        UnavailableError: as many agents are connected as may be.
    """
    try:
        agent_id = agent_with(services, prove())
        services.sessions.check_room(agent_id)
    except OpsentrixError as error:
        refused(link, error)
        raise
    return agent_id


def refused(link: str, error: OpsentrixError) -> None:
    """Count that somebody was not let in."""
    reason = "capacity" if isinstance(error, UnavailableError) else "credential"
    selfmetrics.REFUSED_SESSIONS.labels(link, reason).inc()


async def carry(services: Services, agent_id: int, link: str, channel: Channel, address: str) -> None:
    """Carry one agent's session over a connection from an address until either side ends it."""
    carrier = _Carrier(channel)
    session = Session(agent_id, link, carrier.send, services.session_context, carrier.close, address)
    services.sessions.opened(session, carrier.close)
    _log.info("agent connected", agent=agent_id, link=link)
    greeting = asyncio.get_running_loop().call_later(HELLO_WITHIN_S, carrier.need_hello, session)
    try:
        await carrier.run(session)
    finally:
        greeting.cancel()
        services.sessions.closed(session)
        _log.info("agent disconnected", agent=agent_id, link=link)


class _Carrier:
    """What the session sends is queued and goes out in order."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._unsent = Unsent()
        self._wake = asyncio.Event()
        self._ended = asyncio.Event()
        self._ending: Ending | None = None

    def send(self, message: bytes) -> None:
        """Queue a message."""
        if not self._unsent.put(message):
            self.close(NOT_READING)
        self._wake.set()

    def close(self, reason: str) -> None:
        """End the session once all that is queued is sent."""
        self._end(Ending(reason))

    def need_hello(self, session: Session) -> None:
        """End a session that has not begun."""
        if session.capable("") is None:
            self.close("the agent said no hello")

    async def run(self, session: Session) -> None:
        """Carry messages both ways until either side ends it."""
        receiving = asyncio.create_task(self._receive(session))
        sending = asyncio.create_task(self._send())
        ending = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait((receiving, sending, ending), return_when=asyncio.FIRST_COMPLETED)
            if self._ending is not None:
                receiving.cancel()
                await asyncio.wait((sending,), timeout=CLOSE_WITHIN_S)
        finally:
            for task in (receiving, sending, ending):
                task.cancel()
            outcomes = await asyncio.gather(receiving, sending, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception) and not isinstance(outcome, GoneError):
                _log.error("agent session failed", agent=session.agent_id, exc_info=outcome)
        if self._ending is not None:
            _log.warning("agent session ended", agent=session.agent_id, reason=self._ending.reason)

    def _end(self, ending: Ending) -> None:
        self._ending = self._ending or ending
        self._wake.set()
        self._ended.set()

    async def _receive(self, session: Session) -> None:
        try:
            for number in itertools.count(1):
                message = await self._channel.receive()
                if message is None:
                    return
                await session.receive(message)
                if number % IN_A_ROW == 0:
                    await asyncio.sleep(0)  # while messages wait, nothing else here lets the others run
        except UnavailableError:
            self._end(Ending(DATABASE_AWAY, try_again=True))

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._unsent:
                await self._channel.send(self._unsent.take())
            if self._ending is not None:
                await self._channel.close(self._ending)
                return
