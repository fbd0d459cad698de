"""The writer: many agents' frames become durable in one transaction, and only then are they acknowledged."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix import log, selfmetrics
from opsentrix.db import Connection, Database
from opsentrix.errors import UnavailableError
from opsentrix.ingest.causes import PendingCauses
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.ingest.minutes import Changes, MinuteBook
from opsentrix.model.frames import DAY_MS, StoredFrame
from opsentrix.storage import frames, layouts, minutes, partitions


class Sender(Protocol):
    """Who sends frames, and is told what became of each."""

    def committed(self, frames: Sequence[StoredFrame]) -> None:
        """Learn that frames are durable."""

    def refused(self, frame: StoredFrame, error: FrameRejectedError) -> None:
        """Learn that a frame is not written."""


Waiting = tuple[StoredFrame, Sender]
_MAX_WAITING = 50_000
_MAX_WAITING_BYTES = 64 * 1024**2
"""Of columns and bitmaps. Ten thousand agents fill it in half a minute; then their spools hold what comes."""
_MAX_IN_TRANSACTION = 10_000
_MAX_TRANSACTION_BYTES = 16 * 1024**2
_MANY = 2000
"""So many frames are written at once, without waiting for more."""
_RETRY_S = 1.0
_MAX_VERIFIED = 100_000
_FORGET_WITHIN_S = 10.0
_log = log.get(__name__)


class FrameWriter:
    """Group commit: whatever came in while the last transaction ran, or within `linger_s`, goes into the next.

    `room` waits while too much is queued, so that a slow database slows the senders, whose spools then hold what the
    hub cannot take; nothing is dropped here but what the database refuses for good, which is counted, and its sender
    is told.

    Attributes:
        causes: why frames are missing; written with the next commit.
    """

    def __init__(
        self,
        database: Database,
        minutes: MinuteBook,
        linger_s: float = 0.1,
        removed: Callable[[Collection[tuple[int, int]]], None] = lambda _keys: None,
    ) -> None:
        """Take what is needed; `run` begins.

        Args:
            database: the hub's.
            minutes: what has become whole since the last commit.
            linger_s: how long to wait for more.
            removed: told of layouts, each given as (agent, layout), that are no longer in the database.
        """
        self._removed = removed
        self._removals: int | None = None
        self._verified: set[tuple[int, int]] = set()
        self.causes = PendingCauses()
        self._database = database
        self._minutes = minutes
        self._linger_s = linger_s
        self._waiting: deque[Waiting] = deque()
        self._waiting_bytes = 0
        self._failing: str | None = None
        self._committing_since: float | None = None
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._days: set[int] = set()
        self._forgotten: set[int] = set()
        self._committing = asyncio.Lock()
        self._stopping = False
        selfmetrics.WRITE_QUEUE.set_function(lambda: len(self._waiting))
        selfmetrics.WRITE_QUEUE_BYTES.set_function(lambda: self._waiting_bytes)

    async def room(self, coming: Callable[[], tuple[int, int]] = lambda: (0, 0)) -> None:
        """Wait while too much is queued.

        Args:
            coming: how many frames, and how many bytes, will be put besides.
        """
        while self._full(*coming()):
            self._drained.clear()
            await self._drained.wait()

    def put(self, frame: StoredFrame, sender: Sender) -> None:
        """Queue a frame; the sender is told when it is durable."""
        if frame.agent_id in self._forgotten:
            return
        self._waiting.append((frame, sender))
        self._waiting_bytes += size_of(frame)
        self._arrived.set()

    async def run(self) -> None:
        """Write until `stop`, and then what is still queued."""
        while True:
            await self._arrived.wait()
            if not self._stopping:
                await asyncio.sleep(self._linger_s)
            self._arrived.clear()
            while self._waiting:
                taken = self._take()
                # Their frames are among those taken, or durable: while more frames wait, that is not known.
                rolled = None if self._waiting else self._minutes.take()
                async with self._committing:
                    self._committing_since = time.monotonic()
                    committed = await self._commit(taken)
                    self._committing_since = None
                    if committed is None:
                        return
                    _tell(committed)
                    refused = {frame.agent_id for frame, _ in taken} if len(committed) < len(taken) else set()
                    self._minutes.spoil(refused)
                    if rolled:
                        await self._note_minutes(rolled.without(self._forgotten | refused))
                if not self._stopping and len(self._waiting) < _MANY:
                    # A commit costs as much as taking in dozens of frames, whatever it holds: let some more come.
                    await asyncio.sleep(self._linger_s)
            if self._stopping:
                return

    async def forget(self, agent_ids: Collection[int]) -> None:
        """Write nothing more of some agents, and wait for what is on its way: then their history can be deleted.

        Raises:
            UnavailableError: the database is away, so that something stays on its way.
        """
        gone = frozenset(agent_ids)
        self._forgotten.update(gone)
        for agent_id in gone:
            self._minutes.forget(agent_id)
            self.causes.forget(agent_id)
        self._waiting = deque(one for one in self._waiting if one[0].agent_id not in gone)
        self._waiting_bytes = sum(size_of(frame) for frame, _ in self._waiting)
        try:
            async with asyncio.timeout(_FORGET_WITHIN_S), self._committing:
                return
        except TimeoutError:
            raise UnavailableError("The database does not answer.") from None

    def stop(self) -> None:
        """Let `run` end once the queue is empty, or at once while the database is away: what is lost was not acked."""
        self._stopping = True
        self._arrived.set()

    @property
    def stalled_s(self) -> float:
        """For how many seconds what is being committed could not be; 0 where nothing is."""
        since = self._committing_since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def fullness(self) -> float:
        """The share of the queue that is full, from 0 to 1."""
        return max(len(self._waiting) / _MAX_WAITING, self._waiting_bytes / _MAX_WAITING_BYTES)

    def _full(self, frames: int, size: int) -> bool:
        return len(self._waiting) + frames >= _MAX_WAITING or self._waiting_bytes + size >= _MAX_WAITING_BYTES

    def _take(self) -> list[Waiting]:
        """Take as much out of the queue as one transaction may hold."""
        taken: list[Waiting] = []
        size = 0
        while self._waiting and len(taken) < _MAX_IN_TRANSACTION and size < _MAX_TRANSACTION_BYTES:
            taken.append(self._waiting.popleft())
            size += size_of(taken[-1][0])
        self._waiting_bytes -= size
        self._drained.set()
        return taken

    async def _commit(self, taken: list[Waiting]) -> list[Waiting] | None:
        """Return those that are durable now: all but what the database refuses. None: stopped while it was away."""
        tried_again = False
        while True:
            started = time.perf_counter()
            try:
                await self._append([frame for frame, _ in taken])
            except _RemovedLayoutsError as error:
                taken = self._without(taken, error.keys)
                if not taken:
                    return []
            except frames.RefusedFramesError:
                if tried_again:
                    return await self._without_refused(taken)
                tried_again = True
                self._days.clear()  # a partition may have been dropped meanwhile
            except Exception as error:  # noqa: BLE001 - an error that nobody foresaw must not stop the writing for good
                self._note_failure(error)
                if self._stopping:
                    return None
                await asyncio.sleep(_RETRY_S)
            else:
                self._say_once(None)
                selfmetrics.COMMITS.inc()
                selfmetrics.COMMIT_SECONDS.observe(time.perf_counter() - started)
                return taken

    def _note_failure(self, error: Exception) -> None:
        selfmetrics.COMMIT_FAILURES.inc()
        if isinstance(error, UnavailableError):
            self._say_once(str(error.__cause__))
        else:
            _log.error("frames wait", exc_info=error)

    def _say_once(self, error: str | None) -> None:
        """Log why frames wait when that begins or changes, and when it is over: the same line each second says less."""
        if error == self._failing:
            return
        if error is None:
            _log.info("the database takes frames again")
        else:
            _log.warning("frames wait for the database", error=error)
        self._failing = error

    async def _without_refused(self, taken: list[Waiting]) -> list[Waiting] | None:
        if len(taken) == 1:
            selfmetrics.UNWRITABLE.inc()
            _log.exception("the database refuses a frame", agent=taken[0][0].agent_id, seq=taken[0][0].seq)
            _refuse(*taken[0], FrameRejectedError(pb.REJECT_REASON_UNSTORABLE, "frame", "is refused by the database"))
            return []
        first = await self._commit(taken[: len(taken) // 2])
        second = None if first is None else await self._commit(taken[len(taken) // 2 :])
        return None if first is None or second is None else first + second

    async def write_causes(self) -> None:
        """Write the causes that no frame came after.

        Raises:
            UnavailableError: the database is away; they go on waiting.
        """
        if self.causes:
            async with self._committing, self._database.connection() as connection:
                await self.causes.write(connection)

    async def _note_minutes(self, rolled: Changes) -> None:
        try:
            async with self._database.transaction() as connection:
                if rolled.all_stale:
                    await minutes.remove_all(connection)
                if rolled.stale:
                    await minutes.remove(connection, rolled.stale)
                if rolled.whole:
                    await minutes.put(connection, rolled.whole)
        except UnavailableError as error:
            self._minutes.again(rolled)
            _log.warning("rolled-up minutes were not written", error=str(error.__cause__))

    async def _append(self, batch: list[StoredFrame]) -> None:
        missing = {frame.time_ms // DAY_MS for frame in batch} - self._days
        try:
            async with self._database.connection() as connection:
                if missing:
                    await partitions.ensure(connection, missing)
                    self._days |= missing
                if self.causes:
                    await self.causes.write(connection)
                async with connection.transaction():
                    await self._hold_layouts(connection, batch)
                    await frames.append(connection, batch)
        except frames.DuplicateFramesError:
            async with self._database.transaction() as connection:
                await self._hold_layouts(connection, batch)
                selfmetrics.DUPLICATES.inc(len(batch) - await frames.append_new(connection, batch))

    async def _hold_layouts(self, connection: Connection, batch: Sequence[StoredFrame]) -> None:
        """Keep the worker from removing a layout that these frames need, or learn that it did: they wait unwritten."""
        removals = await layouts.hold(connection)
        if removals != self._removals or len(self._verified) > _MAX_VERIFIED:
            self._removals = removals
            self._verified.clear()
        keys = {(frame.agent_id, frame.layout_id) for frame in batch} - self._verified
        if keys:
            gone = await layouts.missing(connection, list(keys))
            if gone:
                raise _RemovedLayoutsError(gone)
            self._verified |= keys

    def _without(self, taken: list[Waiting], gone: set[tuple[int, int]]) -> list[Waiting]:
        """Send those back whose layout was removed meanwhile; return the others."""
        self._removed(gone)
        error = FrameRejectedError(
            pb.REJECT_REASON_UNKNOWN_LAYOUT, "frame.layout_id", "is no longer known: send the layout", permanent=False
        )
        for frame, sender in taken:
            if (frame.agent_id, frame.layout_id) in gone:
                _refuse(frame, sender, error)
        return [one for one in taken if (one[0].agent_id, one[0].layout_id) not in gone]


class _RemovedLayoutsError(Exception):
    """Some frames' layouts, each given as (agent, layout), are no longer in the database."""

    def __init__(self, keys: set[tuple[int, int]]) -> None:
        super().__init__(f"{len(keys)} layouts are gone")
        self.keys = keys


def size_of(frame: StoredFrame) -> int:
    """Return how many bytes of memory the samples and processes of a frame take."""
    return len(frame.columns) + len(frame.absent) + len(frame.processes)


def _tell(taken: Sequence[Waiting]) -> None:
    by_sender: dict[Sender, list[StoredFrame]] = {}
    for frame, sender in taken:
        by_sender.setdefault(sender, []).append(frame)
    for sender, frames_of_sender in by_sender.items():
        try:
            sender.committed(frames_of_sender)
        except Exception:  # noqa: BLE001 - a sender that is gone must harm no other
            _log.exception("a sender could not be told", agent=frames_of_sender[0].agent_id)


def _refuse(frame: StoredFrame, sender: Sender, error: FrameRejectedError) -> None:
    try:
        sender.refused(frame, error)
    except Exception:  # noqa: BLE001 - a sender that is gone must harm no other
        _log.exception("a sender could not be told", agent=frame.agent_id)
