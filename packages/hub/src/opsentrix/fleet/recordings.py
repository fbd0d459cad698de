"""Recordings: windows of agents' flight recorders, asked for, taken as they come, and given up when nothing comes.

A recording is `requested` until its first part is durable, then `arriving`, and in the end `complete` or `failed`. The
agent forgets a request with its connection, so it is asked again, by the same id, whenever it connects meanwhile; its
answer begins at part 0 each time. An agent has one open recording at the most.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix import log, selfmetrics
from opsentrix.db import Database
from opsentrix.errors import ConflictError, UnavailableError
from opsentrix.model.recordings import MAX_BYTES, RING_S, Recording
from opsentrix.storage import audit, recordings

CAPABILITY = "recordings"
KEPT = 20
"""Recordings of one agent; a new one takes the place of the oldest."""
MAX_PARTS = 64
MAX_TAKEN = 10 * MAX_PARTS
"""Parts taken for one recording, those that begin anew included: an agent cannot keep the database busy with it."""
MAX_AT_ONCE = 64
"""Agents that are sending; when many are asked for at once, the others wait."""
STALL_S = 120.0
"""An agent that is connected and sends nothing for so long will not."""
BEFORE_S, AFTER_S = 600.0, 300.0
"""What is recorded around a moment."""
NOTHING = "The agent holds nothing of this time: it was started since, or did not look at processes then."
UNABLE = "The agent's release keeps no flight recorder, or does not send what it holds."
_log = log.get(__name__)


class Requester(NamedTuple):
    """Who asks for a recording: their name, what the audit log calls them, and where they are."""

    name: str
    actor: str
    address: str


THE_HUB = Requester("hub", "hub", "")


class Links(Protocol):
    """The sessions of agents, as far as they are needed here."""

    def capable(self, agent_id: int, capability: str) -> bool | None:
        """Return whether an agent has a capability; None when it is not connected."""
        ...

    def send(self, agent_id: int, message: pb.HubMessage) -> None:
        """Queue a message to an agent, if it is connected."""
        ...


@dataclass(slots=True)
class _Open:
    """An open recording.

    Attributes:
        row: as it was asked for.
        heard: when the agent was asked on its present connection, or sent a part since; None until it is asked.
        next_index: the part that must come next.
        bytes: in the parts before it.
        taken: parts that came, over all connections.
    """

    row: Recording
    heard: float | None = None
    next_index: int = 0
    bytes: int = 0
    taken: int = 0


class Recordings:
    """Brings open recordings to their end. All times are Unix seconds."""

    def __init__(self, database: Database, links: Links) -> None:
        self._database = database
        self._links = links
        self._open: dict[int, _Open] = {}
        self._sending: set[int] = set()

    async def load(self) -> None:
        """Take up what was open when the hub ended."""
        async with self._database.connection() as connection:
            self._open = {row.agent_id: _Open(row) for row in await recordings.every_open(connection)}

    async def request(
        self, agent_id: int, window: tuple[float, float], reason: str, by: Requester, now: float
    ) -> Recording:
        """Ask for a window of an agent's flight recorder, as soon as it is over and the agent is connected.

        Args:
            agent_id: an agent that exists.
            window: begin and end.
            reason: for people.
            by: who asks.
            now: the present.

        Raises:
            ConflictError: the agent cannot, or has an open recording already.
            UnavailableError: the database is away.
        """
        if self._links.capable(agent_id, CAPABILITY) is False:
            raise ConflictError(UNABLE)
        begins, ends = (datetime.fromtimestamp(one, UTC) for one in window)
        async with self._database.transaction() as connection:
            row = await recordings.add(connection, agent_id, (begins, ends), reason, by.name, _moment(now))
            if row is None:
                raise ConflictError("A recording of this agent is under way; wait until it is there, or delete it.")
            await recordings.keep_newest(connection, agent_id, KEPT)
            await audit.add(
                connection, by.actor, "recording.request", f"agent:{agent_id}", by.address,
                recording=row.id, begins=begins.isoformat(), ends=ends.isoformat(), reason=reason,
            )  # fmt: skip
        self._open[agent_id] = _Open(row)
        self._ask(self._open[agent_id], now)
        return row

    async def record(self, agent_id: int, around: float, reason: str, now: float) -> Recording | None:
        """Record what surrounds a moment, for the hub itself; None, and a line in the log, where that cannot be."""
        try:
            return await self.request(agent_id, (around - BEFORE_S, around + AFTER_S), reason, THE_HUB, now)
        except (ConflictError, UnavailableError) as error:
            _log.info("nothing is recorded", agent=agent_id, reason=error.detail)
            return None

    async def delete(self, row: Recording, actor: str, address: str) -> None:
        """Delete a recording; one that is open is given up."""
        async with self._database.transaction() as connection:
            await recordings.delete(connection, row.agent_id, row.id)
            await audit.add(connection, actor, "recording.delete", f"agent:{row.agent_id}", address, recording=row.id)
        one = self._open.get(row.agent_id)
        if one is not None and one.row.id == row.id:
            self.forget(row.agent_id)

    def forget(self, agent_id: int) -> None:
        """Let an agent's open recording go: it is finished, or nobody wants it any more."""
        self._open.pop(agent_id, None)
        self._sending.discard(agent_id)

    def greeted(self, agent_id: int, now: float) -> None:
        """Ask an agent that has just connected for what is open."""
        one = self._open.get(agent_id)
        if one is not None:
            self._rest(one)
            self._ask(one, now)

    async def arrived(self, agent_id: int, part: pb.Recording, now: float) -> None:
        """Take a part; one that was not asked for is dropped and counted.

        Raises:
            UnavailableError: the database is away; the agent must be asked again.
        """
        one = self._open.get(agent_id)
        if one is None or not _fits(one, part):
            selfmetrics.REFUSED_RECORDING_PARTS.inc()
            return
        one.bytes = len(part.data) + (one.bytes if part.index else 0)
        one.next_index = part.index + 1
        one.taken += 1
        one.heard = now
        nothing = part.last and not one.bytes
        async with self._database.transaction() as connection:
            wanted = await recordings.put_part(connection, one.row, part.index, part.data, one.bytes)
            if nothing:
                await recordings.fail(connection, one.row, NOTHING, _moment(now))
            elif part.last:
                await recordings.complete(connection, one.row, truncated=part.truncated, now=_moment(now))
        if part.last and wanted:
            self._ended(one, "nothing" if nothing else "complete")

    async def sweep(self, now: float) -> None:
        """Give up what will not come, and ask for what is due."""
        for one in list(self._open.values()):
            capable = self._links.capable(one.row.agent_id, CAPABILITY)
            if capable is None:
                self._rest(one)
            if error := _hopeless(one, now, capable=capable):
                async with self._database.connection() as connection:
                    await recordings.fail(connection, one.row, error, _moment(now))
                self._ended(one, "failed")
            elif one.heard is None:
                self._ask(one, now)

    def _ask(self, one: _Open, now: float) -> None:
        agent_id = one.row.agent_id
        # Both to the microsecond: as floats, a window that ends now may be rounded to end later.
        due = _moment(now) >= one.row.ends and len(self._sending) < MAX_AT_ONCE
        if not due or not self._links.capable(agent_id, CAPABILITY):
            return
        one.heard = now
        one.next_index = 0
        self._sending.add(agent_id)
        request = pb.RecordingRequest(
            id=one.row.id,
            from_ms=round(one.row.begins.timestamp() * 1000),
            to_ms=round(one.row.ends.timestamp() * 1000),
            max_bytes=MAX_BYTES,
        )
        self._links.send(agent_id, pb.HubMessage(recording_request=request))

    def _rest(self, one: _Open) -> None:
        one.heard = None
        self._sending.discard(one.row.agent_id)

    def _ended(self, one: _Open, end: str) -> None:
        if self._open.get(one.row.agent_id) is one:
            self.forget(one.row.agent_id)
            selfmetrics.RECORDINGS.labels(end).inc()
            _log.info("recording ended", agent=one.row.agent_id, recording=one.row.id, end=end, bytes=one.bytes)


def _fits(one: _Open, part: pb.Recording) -> bool:
    size = len(part.data) + (one.bytes if part.index else 0)
    return (
        part.id == one.row.id
        and one.heard is not None
        and part.index in (0, one.next_index)
        and part.index < MAX_PARTS
        and size <= MAX_BYTES
        and one.taken < MAX_TAKEN
    )


def _hopeless(one: _Open, now: float, *, capable: bool | None) -> str:
    """Return why an open recording will not be complete any more; empty while it may."""
    if capable is False:
        return UNABLE
    if one.heard is not None and now - one.heard >= STALL_S:
        return f"The agent sent nothing for {STALL_S:.0f} seconds, though it is connected."
    if now >= max(one.row.created_at, one.row.ends).timestamp() + RING_S:
        if one.taken:
            return f"Not all of it came within {RING_S / 60:.0f} minutes; what came is kept."
        return (
            f"The agent did not connect within {RING_S / 60:.0f} minutes, which is all that its flight recorder holds."
        )
    return ""


def _moment(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC)
